#include "key_arm.h"

#include "base/armid.h"
#include "key.h"
#include "key_make.h"
#include "key_policy.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- finding --------------------------------------------------------------------------------- */

/* The path's vault, or NULL with the gateway's 404. args: subscription, group, vault, ... */
static struct resource *find_vault(struct call *call)
{
    AUTO(text)
    char *id =
        mem_format("/subscriptions/%s/resourceGroups/%s/providers/Microsoft.KeyVault/vaults/%s",
                   call->args[0], call->args[1], call->args[2]);
    struct resource *vault = table_find(call->sim->vaults, id);
    if (!vault)
        call_fail_gateway(call, 404, "ParentResourceNotFound",
                          "Failed to perform '%s' on resource(s) of type 'vaults/keys', because "
                          "the parent resource '%s' could not be found.",
                          call_is(call, "GET") ? "read" : "write", id);
    return vault;
}

/* The 404 of a missing key was never recorded; azsim believes that the provider answers with its
 * data plane's code. */
static bool refuse_missing(struct call *call)
{
    return call_fail(call, 404, "KeyNotFound",
                     "A key with (name/id) %s was not found in this key vault. If you recently "
                     "deleted this key you may be able to recover it using the correct recovery "
                     "command. For help resolving this issue, please see "
                     "https://go.microsoft.com/fwlink/?linkid=2125182",
                     call->args[3]);
}

static struct key *find(struct call *call, struct resource **vault)
{
    *vault = find_vault(call);
    if (!*vault)
        return NULL;
    struct key *key = key_find(call->sim, call->args[2], call->args[3]);
    if (key && key_visible(call->sim, key))
        return key;
    refuse_missing(call);
    return NULL;
}

/* ---- showing --------------------------------------------------------------------------------- */

static void put_number(struct json_object *object, const char *name, int64_t value)
{
    if (value)
        json_object_object_add(object, name, json_object_new_int64(value));
}

static struct json_object *attributes(struct sim *sim, const struct key *key,
                                      const struct key_version *version)
{
    int64_t days;
    const char *level = key_recovery_level(sim, key->vault, &days);
    struct json_object *shown = json_object_new_object();
    json_object_object_add(shown, "enabled", json_object_new_boolean(version->enabled));
    put_number(shown, "nbf", version->nbf_s);
    put_number(shown, "exp", version->exp_s);
    json_object_object_add(shown, "created", json_object_new_int64(version->created_s));
    json_object_object_add(shown, "updated", json_object_new_int64(version->updated_s));
    json_object_object_add(shown, "recoveryLevel", json_object_new_string(level));
    json_object_object_add(shown, "exportable", json_object_new_boolean(false));
    return shown;
}

/* Resource Manager spells the actions in lower case and durations as they were set. */
static struct json_object *show_policy(struct json_object *set)
{
    struct json_object *shown = js_copy(set), *actions = js_array(shown, "lifetimeActions");
    js_remove(shown, "id");
    for (size_t i = 0; actions && i < json_object_array_length(actions); i++) {
        struct json_object *action = json_object_array_get_idx(actions, i);
        AUTO(text) char *type = armid_key(js_string(action, "action.type", ""));
        if (js_object(action, "action"))
            js_put(action, "action.type", json_object_new_string(type));
    }
    return shown;
}

/* A key shows its newest version; a version (with_id) is a resource of its own. */
static struct json_object *show(struct sim *sim, struct resource *vault, const struct key *key,
                                const struct key_version *version, bool with_id)
{
    AUTO(text) char *origin = key_origin(sim, key->vault);
    AUTO(text) char *uri = mem_format("%s/keys/%s", origin, key->name);
    AUTO(text) char *exact = mem_format("%s/%s", uri, version->id);
    AUTO(text)
    char *id = mem_format("%s/keys/%s%s%s", vault->id, key->name, with_id ? "/versions/" : "",
                          with_id ? version->id : "");
    struct json_object *body = json_object_new_object(), *properties = json_object_new_object();
    js_put(body, "id", json_object_new_string(id));
    js_put(body, "name", json_object_new_string(with_id ? version->id : key->name));
    js_put(body, "type",
           json_object_new_string(with_id ? "Microsoft.KeyVault/vaults/keys/versions"
                                          : "Microsoft.KeyVault/vaults/keys"));
    js_put(body, "location", js_copy(js_find(vault->body, "location")));
    if (version->tags)
        js_put(body, "tags", js_copy(version->tags));
    json_object_object_add(body, "properties", properties);
    json_object_object_add(properties, "attributes", attributes(sim, key, version));
    json_object_object_add(properties, "kty", json_object_new_string(version->kty));
    json_object_object_add(properties, "keyOps", js_copy(version->ops));
    put_number(properties, "keySize", version->size);
    if (version->curve)
        json_object_object_add(properties, "curveName", json_object_new_string(version->curve));
    json_object_object_add(properties, "keyUri", json_object_new_string(uri));
    json_object_object_add(properties, "keyUriWithVersion", json_object_new_string(exact));
    if (key->policy && !with_id)
        json_object_object_add(properties, "rotationPolicy", show_policy(key->policy));
    return body;
}

void key_arm_get(struct call *call)
{
    struct resource *vault;
    struct key *key = find(call, &vault);
    if (key)
        call_answer(call, 200, show(call->sim, vault, key, key_newest(key), false));
}

void key_arm_version(struct call *call)
{
    struct resource *vault;
    struct key *key = find(call, &vault);
    struct key_version *version = key ? key_version(key, call->args[4]) : NULL;
    if (version)
        call_answer(call, 200, show(call->sim, vault, key, version, true));
    else if (key)
        refuse_missing(call);
}

/* ---- lists ----------------------------------------------------------------------------------- */

/* Pages of both lists: $skiptoken is the number of the first row to show. */
struct rows {
    struct call *call;
    struct resource *vault;
    struct json_object *value;
    int64_t skip, limit, seen;
};

static void start_rows(struct rows *rows, struct call *call, struct resource *vault)
{
    AUTO(text) char *top = call_query(call, "$top");
    AUTO(text) char *token = call_query(call, "$skiptoken");
    *rows = (struct rows){.call = call, .vault = vault, .value = json_object_new_array()};
    rows->skip = token ? strtoll(token, NULL, 10) : 0;
    rows->limit =
        top && strtoll(top, NULL, 10) > 0 ? strtoll(top, NULL, 10) : call->sim->settings.page_size;
}

static bool wants_row(struct rows *rows)
{
    int64_t number = rows->seen++;
    return number >= rows->skip && number - rows->skip < rows->limit;
}

static void finish_rows(struct rows *rows)
{
    struct call *call = rows->call;
    struct json_object *body = json_object_new_object();
    json_object_object_add(body, "value", rows->value);
    int64_t next = rows->skip + rows->limit;
    if (rows->seen > next) {
        AUTO(text)
        char *link = mem_format("https://%s%s?api-version=%s&$top=%lld&$skiptoken=%lld",
                                call->request->host, call->request->path, call->api_version,
                                (long long)rows->limit, (long long)next);
        js_put(body, "nextLink", json_object_new_string(link));
    }
    call_answer(call, 200, body);
}

static void on_key(struct key *key, void *owner)
{
    struct rows *rows = owner;
    if (key_visible(rows->call->sim, key) && wants_row(rows))
        json_object_array_add(rows->value,
                              show(rows->call->sim, rows->vault, key, key_newest(key), false));
}

void key_arm_list(struct call *call)
{
    struct rows rows;
    struct resource *vault = find_vault(call);
    if (!vault)
        return;
    start_rows(&rows, call, vault);
    key_each(call->sim, call->args[2], on_key, &rows);
    finish_rows(&rows);
}

void key_arm_versions(struct call *call)
{
    struct rows rows;
    struct resource *vault;
    struct key *key = find(call, &vault);
    if (!key)
        return;
    struct key_version **sorted = key_by_id(key);
    start_rows(&rows, call, vault);
    for (size_t i = 0; i < key->count; i++)
        if (wants_row(&rows))
            json_object_array_add(rows.value, show(call->sim, vault, key, sorted[i], true));
    free(sorted);
    finish_rows(&rows);
}

/* ---- creating -------------------------------------------------------------------------------- */

static void create(struct call *call, struct resource *vault, struct json_object *sent)
{
    struct json_object *properties = js_object(sent, "properties");
    const struct key_wish wish = {
        .kty = js_string(properties, "kty", NULL),
        .curve = js_string(properties, "curveName", NULL),
        .size = js_int(properties, "keySize", 0),
        .enabled = js_bool(properties, "attributes.enabled", true),
        .exp_s = js_int(properties, "attributes.exp", 0),
        .nbf_s = js_int(properties, "attributes.nbf", 0),
        .ops = js_array(properties, "keyOps"),
        .tags = js_object(sent, "tags"),
    };
    struct json_object *policy = js_object(properties, "rotationPolicy");
    const char *fault =
        key_name_valid(call->args[3]) ? key_wish_fault(&wish) : "The name of the key is invalid.";
    if (!fault && policy)
        fault = key_policy_fault(policy);
    if (fault) {
        call_fail(call, 400, "BadRequest", "%s", fault);
        return;
    }
    struct key *key = key_new(call->sim, call->args[2], call->args[3]);
    struct key_version *version = key_make(call->sim, key, &wish);
    if (policy)
        key_policy_set(call->sim, key, policy);
    call_answer(call, 200, show(call->sim, vault, key, version, false));
}

/* How a soft-deleted name is refused here was not recorded either; azsim gives the data plane's
 * words. */
void key_arm_put(struct call *call)
{
    struct resource *vault = find_vault(call);
    struct json_object *sent = vault ? call_object(call) : NULL;
    if (!sent)
        return;
    struct key *key = key_find(call->sim, call->args[2], call->args[3]);
    if (!key)
        create(call, vault, sent);
    else if (key->deleted_ms)
        call_fail_inner(call, 409, "Conflict", "ObjectIsDeletedButRecoverable",
                        "Key %s is currently in a deleted but recoverable state, and its name "
                        "cannot be reused; in this state, the key can only be recovered or "
                        "purged.",
                        key->name);
    else if (!key_visible(call->sim, key))
        call_fail_inner(call, 409, "Conflict", "ObjectIsBeingRecovered",
                        "Key %s is currently being recovered.", key->name);
    else
        call_answer(call, 200, show(call->sim, vault, key, key_newest(key), false));
}
