#include "types/policy.h"

#include "base/iso8601.h"
#include "model/compare.h"
#include "model/lifetime.h"
#include "types/versions.h"

#include <string.h>
#include <strings.h>

#define DAY_S 86400

/* ---- what is sent -------------------------------------------------------------------------- */

/* The data plane has capitals where Resource Manager has none. */
static void spell_actions(struct json_object *actions)
{
    size_t count = actions ? json_object_array_length(actions) : 0;
    for (size_t i = 0; i < count; i++) {
        struct json_object *action = json_object_array_get_idx(actions, i);
        const char *type = js_string(action, "action.type", "");
        if (strcasecmp(type, "rotate") == 0)
            js_put(action, "action.type", json_object_new_string("Rotate"));
        else if (strcasecmp(type, "notify") == 0)
            js_put(action, "action.type", json_object_new_string("Notify"));
    }
}

/* The policy that is shown, but for what is the vault's own to say. */
static struct json_object *shown(const struct neighbours *near)
{
    struct json_object *there = js_object(near->self.now->body, POLICY);
    struct json_object *body = there ? js_copy(there) : json_object_new_object();
    js_remove(body, "attributes.created");
    js_remove(body, "attributes.updated");
    return body;
}

void policy_request(const struct neighbours *near, const struct finding *finding,
                    struct write *write)
{
    enum compare how = finding->field ? finding->field->compare : BY_VALUE;
    if (!write->body) {
        write->method = "PUT";
        write->repeatable = true;
        write->path = mem_format("/keys/%s/rotationpolicy?api-version=7.4", near->self.node->name);
        write->judge = mem_format("/keys/%s?api-version=7.4", near->self.node->name);
        write->body = shown(near);
    }
    js_put(write->body, finding->path + strlen(POLICY "."),
           compare_write_form(how, finding->desired, finding->observed));
    spell_actions(js_array(write->body, "lifetimeActions"));
}

/* ---- when the vault rotates ---------------------------------------------------------------- */

/* A policy that is set when its time has passed already rotates then. */
int64_t policy_due_s(const struct seen *key)
{
    struct json_object *policy = js_object(seen_body(key), POLICY);
    struct json_object *rotation = lifetime_find(js_array(policy, "lifetimeActions"), "rotate");
    int64_t set_s = js_int(policy, "attributes.updated", 0), due_s = INT64_MAX;
    struct duration wait;
    struct version newest;
    if (!version_newest_of(key, false, &newest))
        return INT64_MAX;
    if (iso8601_parse_duration(js_string(rotation, "trigger.timeAfterCreate", ""), &wait))
        due_s = iso8601_add(newest.created_s, wait);
    else if (newest.expires_s != INT64_MAX &&
             iso8601_parse_duration(js_string(rotation, "trigger.timeBeforeExpiry", ""), &wait))
        due_s = iso8601_subtract(newest.expires_s, wait);
    return due_s < set_s ? set_s : due_s;
}

bool policy_is_at_it(const struct seen *key, int64_t now_s)
{
    struct version newest;
    int64_t due_s = policy_due_s(key);
    bool is_expired = version_newest_of(key, false, &newest) && newest.expires_s <= now_s;
    return !is_expired && due_s != INT64_MAX && due_s - DAY_S <= now_s && now_s < due_s + DAY_S;
}
