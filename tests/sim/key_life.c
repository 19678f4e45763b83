/* key_life.c: new versions of keys, and their attributes. */
#include "key_data.h"

#include "key_make.h"
#include "key_policy.h"

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

void key_data_rotate(struct call *call)
{
    struct key *key = key_data_find(call);
    if (key)
        call_answer(call, 200,
                    key_bundle(call, key, key_rotate(call->sim, key, sim_now_s(call->sim))));
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
