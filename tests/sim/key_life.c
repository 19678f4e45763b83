/* key_life.c: new versions of keys, their attributes, and the policy by which a vault rotates. */
#include "key_data.h"

#include "base/iso8601.h"
#include "key_make.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- creating -------------------------------------------------------------------------------- */

static bool name_free(struct call *call, const struct key *key)
{
    if (!key || key_visible(call->sim, key))
        return true;
    if (!key->deleted_ms)
        return call_fail_inner(call, 409, "Conflict", "ObjectIsBeingRecovered",
                               "Key %s is currently being recovered.", key->name);
    if (key->hidden_ms > state_now_ms(call->sim))
        return call_fail_inner(call, 409, "Conflict", "ObjectIsBeingDeleted",
                               "Key %s is currently being deleted and cannot be re-created; retry "
                               "later.",
                               key->name);
    return call_fail_inner(call, 409, "Conflict", "ObjectIsDeletedButRecoverable",
                           "Key %s is currently in a deleted but recoverable state, and its name "
                           "cannot be reused; in this state, the key can only be recovered or "
                           "purged.",
                           key->name);
}

void key_data_create(struct call *call)
{
    struct json_object *sent = call_object(call);
    if (!sent)
        return;
    const struct key_wish wish = {
        .kty = js_string(sent, "kty", NULL),
        .curve = js_string(sent, "crv", NULL),
        .size = js_int(sent, "key_size", 0),
        .enabled = js_bool(sent, "attributes.enabled", true),
        .exp_s = js_int(sent, "attributes.exp", 0),
        .nbf_s = js_int(sent, "attributes.nbf", 0),
        .ops = js_array(sent, "key_ops"),
        .tags = js_object(sent, "tags"),
    };
    const char *fault =
        key_name_valid(call->args[0]) ? key_wish_fault(&wish) : "The name of the key is invalid.";
    if (fault) {
        call_fail(call, 400, "BadParameter", "%s", fault);
        return;
    }
    struct key *key = key_find(call->sim, call->scope, call->args[0]);
    if (!name_free(call, key))
        return;
    if (!key)
        key = key_new(call->sim, call->scope, call->args[0]);
    call_answer(call, 200, key_bundle(call, key, key_make(call->sim, key, &wish)));
}

/* A rotated version is like the newest one, but expires when the policy says so, or never. */
void key_data_rotate(struct call *call)
{
    struct key *key = key_data_find(call);
    if (!key)
        return;
    struct duration life;
    const struct key_version *newest = key_newest(key);
    const struct key_wish wish = {.kty = newest->kty,
                                  .curve = newest->curve,
                                  .size = newest->size,
                                  .enabled = true,
                                  .ops = newest->ops,
                                  .tags = newest->tags};
    struct key_version *version = key_make(call->sim, key, &wish);
    if (iso8601_parse_duration(js_string(key->policy, "attributes.expiryTime", ""), &life))
        version->exp_s = iso8601_add(version->created_s, life);
    call_answer(call, 200, key_bundle(call, key, version));
}

/* ---- attributes ------------------------------------------------------------------------------ */

static bool attributes_valid(struct call *call, struct json_object *sent,
                             const struct key_version *version)
{
    int64_t exp_s = js_int(sent, "attributes.exp", version->exp_s);
    int64_t nbf_s = js_int(sent, "attributes.nbf", version->nbf_s);
    struct json_object *enabled = js_find(sent, "attributes.enabled");
    if (enabled && !json_object_is_type(enabled, json_type_boolean))
        return call_fail(call, 400, "BadParameter", "Property has invalid value.");
    if (exp_s && nbf_s && exp_s <= nbf_s)
        return call_fail(call, 400, "BadParameter",
                         "The expiry of a key must lie after its activation.");
    return true;
}

void key_data_update(struct call *call)
{
    struct key *key = key_data_find(call);
    struct json_object *sent = key ? call_object(call) : NULL;
    if (!sent)
        return;
    struct key_version *version = call->args[1] ? key_version(key, call->args[1]) : key_newest(key);
    if (!version) {
        call_fail(call, 404, "KeyNotFound",
                  "A key with (name/id) %s/%s was not found in this key vault.", call->args[0],
                  call->args[1]);
        return;
    }
    if (!attributes_valid(call, sent, version))
        return;
    version->enabled = js_bool(sent, "attributes.enabled", version->enabled);
    version->exp_s = js_int(sent, "attributes.exp", version->exp_s);
    version->nbf_s = js_int(sent, "attributes.nbf", version->nbf_s);
    if (js_array(sent, "key_ops")) {
        json_object_put(version->ops);
        version->ops = js_copy(js_array(sent, "key_ops"));
    }
    if (js_object(sent, "tags")) {
        json_object_put(version->tags);
        version->tags = js_copy(js_object(sent, "tags"));
    }
    version->updated_s = sim_now_s(call->sim);
    call_answer(call, 200, key_bundle(call, key, version));
}

/* ---- the rotation policy --------------------------------------------------------------------- */

static struct json_object *action(const char *trigger, const char *after, const char *type)
{
    struct json_object *made = json_object_new_object();
    AUTO(text) char *path = mem_format("trigger.%s", trigger);
    js_put(made, path, json_object_new_string(after));
    js_put(made, "action.type", json_object_new_string(type));
    return made;
}

/* A key without a policy of its own answers with the default one: a notice 30 days before. */
static struct json_object *show_policy(struct call *call, const struct key *key)
{
    AUTO(text) char *origin = key_origin(call->sim, key->vault);
    AUTO(text) char *id = mem_format("%s/keys/%s/rotationpolicy", origin, key->name);
    struct json_object *body = json_object_new_object();
    json_object_object_add(body, "id", json_object_new_string(id));
    if (!key->policy) {
        struct json_object *actions = json_object_new_array();
        json_object_array_add(actions, action("timeBeforeExpiry", "P30D", "Notify"));
        json_object_object_add(body, "lifetimeActions", actions);
        json_object_object_add(body, "attributes", json_object_new_object());
        return body;
    }
    json_object_object_add(body, "lifetimeActions",
                           js_copy(js_find(key->policy, "lifetimeActions")));
    json_object_object_add(body, "attributes", js_copy(js_find(key->policy, "attributes")));
    return body;
}

void key_data_policy_get(struct call *call)
{
    struct key *key = key_data_find(call);
    if (key)
        call_answer(call, 200, show_policy(call, key));
}

static bool duration_valid(const char *text)
{
    struct duration duration;
    return !text || iso8601_parse_duration(text, &duration);
}

/* One trigger an action; a notice cannot count from the creation. */
static const char *action_fault(struct json_object *sent)
{
    const char *after = js_string(sent, "trigger.timeAfterCreate", NULL);
    const char *before = js_string(sent, "trigger.timeBeforeExpiry", NULL);
    const char *type = js_string(sent, "action.type", "");
    bool is_notice = strcasecmp(type, "Notify") == 0;
    if (!is_notice && strcasecmp(type, "Rotate") != 0)
        return "An action's type is Rotate or Notify.";
    if (!after == !before || (is_notice && after))
        return "An action has exactly one trigger, and Notify only timeBeforeExpiry.";
    if (!duration_valid(after) || !duration_valid(before))
        return "A trigger is not a valid ISO 8601 duration.";
    return NULL;
}

static const char *policy_fault(struct json_object *sent)
{
    struct json_object *actions = js_array(sent, "lifetimeActions");
    if (!duration_valid(js_string(sent, "attributes.expiryTime", NULL)))
        return "The expiryTime is not a valid ISO 8601 duration.";
    for (size_t i = 0; actions && i < json_object_array_length(actions); i++) {
        const char *fault = action_fault(json_object_array_get_idx(actions, i));
        if (fault)
            return fault;
    }
    return NULL;
}

/* Types get the vault's own spelling; a notice is added where none was sent. */
static struct json_object *normal_actions(struct json_object *sent)
{
    struct json_object *actions = json_object_new_array();
    bool noticed = false;
    for (size_t i = 0; sent && i < json_object_array_length(sent); i++) {
        struct json_object *copy = js_copy(json_object_array_get_idx(sent, i));
        bool is_notice = strcasecmp(js_string(copy, "action.type", ""), "Notify") == 0;
        js_put(copy, "action.type", json_object_new_string(is_notice ? "Notify" : "Rotate"));
        json_object_array_add(actions, copy);
        noticed = noticed || is_notice;
    }
    if (!noticed)
        json_object_array_add(actions, action("timeBeforeExpiry", "P30D", "Notify"));
    return actions;
}

void key_data_policy_put(struct call *call)
{
    struct key *key = key_data_find(call);
    struct json_object *sent = key ? call_object(call) : NULL;
    const char *fault = sent ? policy_fault(sent) : NULL, *expiry;
    if (!sent)
        return;
    if (fault) {
        call_fail(call, 400, "BadParameter", "%s", fault);
        return;
    }
    int64_t now_s = sim_now_s(call->sim);
    struct json_object *policy = json_object_new_object(), *attributes = json_object_new_object();
    if ((expiry = js_string(sent, "attributes.expiryTime", NULL)))
        js_put(attributes, "expiryTime", json_object_new_string(expiry));
    js_put(attributes, "created",
           json_object_new_int64(js_int(key->policy, "attributes.created", now_s)));
    js_put(attributes, "updated", json_object_new_int64(now_s));
    js_put(policy, "lifetimeActions", normal_actions(js_array(sent, "lifetimeActions")));
    js_put(policy, "attributes", attributes);
    json_object_put(key->policy);
    key->policy = policy;
    call_answer(call, 200, show_policy(call, key));
}
