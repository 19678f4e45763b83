/* key_deleted.c: soft-deleted keys: all versions of a name go and come back together. */
#include "key_data.h"

#include <stdlib.h>
#include <string.h>

#define DAY_S 86400

static struct json_object *record(struct call *call, const struct key *key, bool flat)
{
    int64_t days;
    (void)key_recovery_level(call->sim, key->vault, &days);
    AUTO(text) char *origin = key_origin(call->sim, key->vault);
    AUTO(text) char *recovery = mem_format("%s/deletedkeys/%s", origin, key->name);
    AUTO(text) char *kid = mem_format("%s/keys/%s", origin, key->name);
    const struct key_version *newest = key_newest(key);
    struct json_object *body = json_object_new_object();
    js_put(body, "recoveryId", json_object_new_string(recovery));
    js_put(body, "deletedDate", json_object_new_int64(key->deleted_ms / 1000));
    js_put(body, "scheduledPurgeDate",
           json_object_new_int64(key->deleted_ms / 1000 + days * DAY_S));
    if (flat) { /* an item of the list */
        js_put(body, "kid", json_object_new_string(kid));
        js_put(body, "attributes", key_attributes(call, key, newest));
        if (newest->tags)
            js_put(body, "tags", js_copy(newest->tags));
        return body;
    }
    AUTO(json) struct json_object *bundle = key_bundle(call, key, newest);
    json_object_object_foreach(bundle, name, value)
        json_object_object_add(body, name, json_object_get(value));
    return body;
}

void key_data_delete(struct call *call)
{
    struct key *key = key_data_find(call);
    if (!key)
        return;
    key->deleted_ms = state_now_ms(call->sim);
    key->hidden_ms = key->deleted_ms + call->sim->settings.deleting_ms;
    call_answer(call, 200, record(call, key, false));
}

static bool is_shown(struct call *call, const struct key *key)
{
    return key && key->deleted_ms && key->hidden_ms <= state_now_ms(call->sim);
}

static struct key *find(struct call *call)
{
    struct key *key = key_find(call->sim, call->scope, call->args[0]);
    if (is_shown(call, key))
        return key;
    call_fail(call, 404, "KeyNotFound", "Deleted Key not found: %s", call->args[0]);
    return NULL;
}

void deleted_key_get(struct call *call)
{
    struct key *key = find(call);
    if (key)
        call_answer(call, 200, record(call, key, false));
}

static void on_key(struct key *key, void *owner)
{
    struct page *page = owner;
    if (is_shown(page->call, key) && page_wants(page))
        json_object_array_add(page->value, record(page->call, key, true));
}

void deleted_keys_list(struct call *call)
{
    struct page page;
    page_start(&page, call);
    key_each(call->sim, call->scope, on_key, &page);
    page_finish(&page);
}

/* The key is not found for some seconds after its recovery. */
void deleted_key_recover(struct call *call)
{
    struct key *key = key_find(call->sim, call->scope, call->args[0]);
    int64_t now_ms = state_now_ms(call->sim);
    if (key && !key->deleted_ms) {
        call_fail_inner(call, 400, "MethodNotAllowed", "RequestNotAllowedOnNonDeletedObject",
                        "Key exists already: %s", key->name);
        return;
    }
    if (key && key->hidden_ms > now_ms) {
        call_fail_inner(call, 409, "Conflict", "ObjectIsBeingDeleted",
                        "Key %s is currently being deleted.", key->name);
        return;
    }
    key = find(call);
    if (!key)
        return;
    key->deleted_ms = 0;
    key->hidden_ms = now_ms + call->sim->settings.recovering_ms;
    call_answer(call, 200, key_bundle(call, key, key_newest(key)));
}

void deleted_key_purge(struct call *call)
{
    struct key *key = find(call);
    int64_t days;
    if (!key)
        return;
    if (!strstr(key_recovery_level(call->sim, key->vault, &days), "Purgeable")) {
        call_fail_inner(call, 403, "Forbidden", "OperationNotAllowed",
                        "Operation \"purge\" is not allowed because purge protection is enabled "
                        "for this vault. Key Vault service will automatically purge it after the "
                        "retention period has passed.");
        return;
    }
    AUTO(text) char *both = mem_format("%s/%s", key->vault, key->name);
    table_remove(call->sim->keys, both);
    call_answer(call, 204, NULL);
}
