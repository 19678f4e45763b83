#include "types/entry.h"

#include <stdlib.h>
#include <strings.h>

#define API_VERSION "2026-02-01"

const char *const entry_least[ENTRY_LEAST] = {"get", "wrapKey", "unwrapKey"};

bool entry_counts_at(struct json_object *vault)
{
    return vault && !js_bool(vault, ENTRY_OR_ROLES, false);
}

static bool permits(struct json_object *permissions, const char *word)
{
    size_t count = permissions ? json_object_array_length(permissions) : 0;
    for (size_t i = 0; i < count; i++) {
        const char *text = js_string(json_object_array_get_idx(permissions, i), "", "");
        if (strcasecmp(text, word) == 0 || strcasecmp(text, "all") == 0)
            return true;
    }
    return false;
}

bool entry_can_use_keys(struct json_object *permissions)
{
    for (size_t i = 0; i < COUNT(entry_least); i++)
        if (!permits(permissions, entry_least[i]))
            return false;
    return true;
}

struct json_object *entry_find_user(struct json_object *vault, const char *principal_id)
{
    struct json_object *list = js_array(vault, "properties.accessPolicies");
    size_t count = list ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < count; i++) {
        struct json_object *entry = json_object_array_get_idx(list, i);
        bool is_direct = !js_string(entry, "applicationId", NULL); /* else on behalf of it */
        if (is_direct && strcasecmp(js_string(entry, "objectId", ""), principal_id) == 0 &&
            entry_can_use_keys(js_array(entry, "permissions.keys")))
            return entry;
    }
    return NULL;
}

/* True if nothing but the use of keys is permitted, and all that this takes. */
static bool is_least(struct json_object *entry)
{
    struct json_object *permissions = js_object(entry, "permissions");
    struct json_object *keys = js_array(permissions, "keys");
    size_t count = 0;
    if (!permissions || !entry_can_use_keys(keys))
        return false;
    json_object_object_foreach(permissions, name, list)
    {
        (void)name;
        count += json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    }
    return count == COUNT(entry_least) && json_object_array_length(keys) == count;
}

struct json_object *entry_list(struct json_object *vault, const char *principal_id)
{
    struct json_object *list = js_array(vault, "properties.accessPolicies");
    struct json_object *others = json_object_new_array();
    struct json_object *grant = entry_find_user(vault, principal_id);
    bool counts = list && entry_counts_at(vault);
    for (size_t i = 0; counts && i < json_object_array_length(list); i++) {
        struct json_object *entry = json_object_array_get_idx(list, i);
        if (entry != grant || !is_least(entry))
            json_object_array_add(others, json_object_get(entry));
    }
    return others;
}

struct json_object *entry_new(struct json_object *vault, const char *object_id)
{
    struct json_object *entry = json_object_new_object();
    js_put(entry, "tenantId", json_object_new_string(js_string(vault, "properties.tenantId", "")));
    js_put(entry, "objectId", json_object_new_string(object_id));
    js_put(entry, "permissions", json_object_new_object());
    return entry;
}

void entry_request(const struct node *vault, const char *operation, struct json_object *entry,
                   struct write *write)
{
    struct json_object *list = json_object_new_array();
    json_object_array_add(list, entry);
    write_done(write);
    write->method = "PUT";
    write->repeatable = true;
    write->path = mem_format("%s/accessPolicies/%s?api-version=" API_VERSION, vault->id, operation);
    write->judge = mem_format("%s?api-version=" API_VERSION, vault->id);
    write->body = json_object_new_object();
    js_put(write->body, "properties.accessPolicies", list);
}
