#include "key_policy.h"

#include "base/iso8601.h"
#include "key_data.h"
#include "key_make.h"

#include <string.h>
#include <strings.h>

#define DAY_S 86400
#define ROTATION_MIN_S (7 * DAY_S) /* from the creation of a version, and to its expiry */
#define EXPIRY_MIN_S (28 * DAY_S)

/* ---- what may be set ------------------------------------------------------------------------- */

/* How long a duration is, from a day without leap on; false if it is none. */
static bool length_of(const char *text, int64_t *length_s)
{
    struct duration duration;
    if (!iso8601_parse_duration(text, &duration))
        return false;
    *length_s = iso8601_add(0, duration);
    return true;
}

static bool is_notice(struct json_object *action)
{
    return strcasecmp(js_string(action, "action.type", ""), "Notify") == 0;
}

/* A rotation is 7 days from the creation of a version, and from its expiry. */
static const char *rotation_fault(int64_t after_s, int64_t before_s, int64_t expiry_s)
{
    if (after_s ? after_s < ROTATION_MIN_S : before_s < ROTATION_MIN_S)
        return "A key is rotated at least 7 days after its creation and before its expiry.";
    if (expiry_s && after_s + before_s + ROTATION_MIN_S > expiry_s)
        return "A key is rotated at least 7 days after its creation and before its expiry.";
    return NULL;
}

/* One trigger an action; a notice cannot count from the creation. */
static const char *action_fault(struct json_object *action, int64_t expiry_s)
{
    const char *after = js_string(action, "trigger.timeAfterCreate", NULL);
    const char *before = js_string(action, "trigger.timeBeforeExpiry", NULL);
    int64_t after_s = 0, before_s = 0;
    if (!is_notice(action) && strcasecmp(js_string(action, "action.type", ""), "Rotate") != 0)
        return "An action's type is Rotate or Notify.";
    if (!after == !before || (is_notice(action) && after))
        return "An action has exactly one trigger, and Notify only timeBeforeExpiry.";
    if ((after && !length_of(after, &after_s)) || (before && !length_of(before, &before_s)))
        return "A trigger is not a valid ISO 8601 duration.";
    return is_notice(action) ? NULL : rotation_fault(after_s, before_s, expiry_s);
}

const char *key_policy_fault(struct json_object *policy)
{
    struct json_object *actions = js_array(policy, "lifetimeActions");
    const char *expiry = js_string(policy, "attributes.expiryTime", NULL);
    size_t seen[2] = {0, 0};
    int64_t expiry_s = 0;
    if (expiry && !length_of(expiry, &expiry_s))
        return "The expiryTime is not a valid ISO 8601 duration.";
    if (expiry && expiry_s < EXPIRY_MIN_S)
        return "The expiryTime is at least 28 days.";
    for (size_t i = 0; actions && i < json_object_array_length(actions); i++) {
        struct json_object *action = json_object_array_get_idx(actions, i);
        const char *fault = action_fault(action, expiry_s);
        if (fault)
            return fault;
        if (seen[is_notice(action)]++)
            return "A policy has one action of each type.";
    }
    return NULL;
}

/* ---- setting --------------------------------------------------------------------------------- */

static struct json_object *notice(void)
{
    struct json_object *made = json_object_new_object();
    js_put(made, "trigger.timeBeforeExpiry", json_object_new_string("P30D"));
    js_put(made, "action.type", json_object_new_string("Notify"));
    return made;
}

/* Types get the vault's own spelling; a notice is added where none was sent. */
static struct json_object *normal_actions(struct json_object *sent)
{
    struct json_object *actions = json_object_new_array();
    bool noticed = false;
    for (size_t i = 0; sent && i < json_object_array_length(sent); i++) {
        struct json_object *copy = js_copy(json_object_array_get_idx(sent, i));
        noticed = noticed || is_notice(copy);
        js_put(copy, "action.type", json_object_new_string(is_notice(copy) ? "Notify" : "Rotate"));
        json_object_array_add(actions, copy);
    }
    if (!noticed)
        json_object_array_add(actions, notice());
    return actions;
}

void key_policy_set(struct sim *sim, struct key *key, struct json_object *policy)
{
    struct json_object *set = json_object_new_object(), *attributes = json_object_new_object();
    const char *expiry = js_string(policy, "attributes.expiryTime", NULL);
    int64_t now_s = sim_now_s(sim);
    if (expiry)
        js_put(attributes, "expiryTime", json_object_new_string(expiry));
    js_put(attributes, "created",
           json_object_new_int64(js_int(key->policy, "attributes.created", now_s)));
    js_put(attributes, "updated", json_object_new_int64(now_s));
    js_put(set, "lifetimeActions", normal_actions(js_array(policy, "lifetimeActions")));
    js_put(set, "attributes", attributes);
    json_object_put(key->policy);
    key->policy = set;
}

/* ---- rotating -------------------------------------------------------------------------------- */

struct key_version *key_rotate(struct sim *sim, struct key *key, int64_t created_s)
{
    struct duration life;
    const struct key_version *newest = key_newest(key);
    const struct key_wish wish = {.kty = newest->kty,
                                  .curve = newest->curve,
                                  .size = newest->size,
                                  .enabled = true,
                                  .ops = newest->ops,
                                  .tags = newest->tags};
    struct key_version *version = key_make(sim, key, &wish);
    version->created_s = version->updated_s = created_s;
    if (iso8601_parse_duration(js_string(key->policy, "attributes.expiryTime", ""), &life))
        version->exp_s = iso8601_add(created_s, life);
    return version;
}

static int64_t trigger_s(struct json_object *action, const struct key_version *newest)
{
    struct duration wait;
    if (iso8601_parse_duration(js_string(action, "trigger.timeAfterCreate", ""), &wait))
        return iso8601_add(newest->created_s, wait);
    if (newest->exp_s &&
        iso8601_parse_duration(js_string(action, "trigger.timeBeforeExpiry", ""), &wait))
        return iso8601_subtract(newest->exp_s, wait);
    return INT64_MAX;
}

/* When the vault rotates next. A policy that comes late is late, and makes nothing in the past. */
static int64_t due_s(const struct key *key, const struct key_version *newest)
{
    struct json_object *actions = js_array(key->policy, "lifetimeActions");
    int64_t set_s = js_int(key->policy, "attributes.updated", 0), due_s = INT64_MAX;
    for (size_t i = 0; actions && i < json_object_array_length(actions); i++) {
        struct json_object *action = json_object_array_get_idx(actions, i);
        if (!is_notice(action))
            due_s = trigger_s(action, newest);
    }
    return due_s < set_s ? set_s : due_s;
}

void key_policy_run(struct sim *sim, struct key *key)
{
    int64_t now_s = sim_now_s(sim);
    while (key->policy && !key->deleted_ms) {
        const struct key_version *newest = key_newest(key);
        int64_t next_s = due_s(key, newest);
        if (next_s > now_s || next_s <= newest->created_s)
            return;
        (void)key_rotate(sim, key, next_s);
    }
}

/* ---- the data plane -------------------------------------------------------------------------- */

/* A key without a policy of its own answers with the default one: a notice 30 days before. */
static struct json_object *show(struct call *call, const struct key *key)
{
    AUTO(text) char *origin = key_origin(call->sim, key->vault);
    AUTO(text) char *id = mem_format("%s/keys/%s/rotationpolicy", origin, key->name);
    struct json_object *body = json_object_new_object();
    struct json_object *attributes = js_object(key->policy, "attributes");
    json_object_object_add(body, "id", json_object_new_string(id));
    json_object_object_add(body, "lifetimeActions",
                           key->policy ? js_copy(js_find(key->policy, "lifetimeActions"))
                                       : normal_actions(NULL));
    json_object_object_add(body, "attributes",
                           attributes ? js_copy(attributes) : json_object_new_object());
    return body;
}

void key_data_policy_get(struct call *call)
{
    struct key *key = key_data_find(call);
    if (key)
        call_answer(call, 200, show(call, key));
}

void key_data_policy_put(struct call *call)
{
    struct key *key = key_data_find(call);
    struct json_object *sent = key ? call_object(call) : NULL;
    const char *fault = sent ? key_policy_fault(sent) : NULL;
    if (!sent)
        return;
    if (fault) {
        call_fail(call, 400, "BadParameter", "%s", fault);
        return;
    }
    key_policy_set(call->sim, key, sent);
    call_answer(call, 200, show(call, key));
}
