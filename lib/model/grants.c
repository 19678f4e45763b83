/* grants.c: role assignments: the one that the baseline wants on the key, for the account's
 * identity, and those that are declared under a vault or an account. */
#include "model/stack.h"

#include "base/armid.h"
#include "base/js.h"
#include "model/rules.h"
#include "model/words.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COLLECTION "/providers/Microsoft.Authorization/roleAssignments"
#define DEFINITIONS "/providers/Microsoft.Authorization/roleDefinitions/"

/* The built-in roles that let an account use a key: for the whole vault, they make the grant on
 * the key needless.
 * https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/security */
static const char *const key_roles[] = {
    "e147488a-f6f5-4113-8e2d-b22465e65bf6", /* Key Vault Crypto Service Encryption User */
    "12338af0-0e69-4776-bea7-57ae8d297424", /* Key Vault Crypto User */
};

static bool is_key_role(const char *role)
{
    for (size_t i = 0; i < COUNT(key_roles); i++)
        if (strcasecmp(key_roles[i], armid_name(role)) == 0)
            return true;
    return false;
}

/* Nodes of one scope differ by who gets which role. */
static void make_unique(struct node *node, const char *who, const char *role)
{
    AUTO(text) char *whole = mem_format("%s#%s#%s", node->id, who, armid_name(role));
    free(node->key);
    node->key = armid_key(whole);
}

static const char *role_of(const struct node *node)
{
    const struct want *want = node_want(node, "properties.roleDefinitionId");
    return want ? js_string(want->value, "", "") : "";
}

/* ---- the baseline's ------------------------------------------------------------------------ */

static void grant_by_default(struct reading *reading)
{
    const struct node *key = reading->key_node, *account = reading->account_node;
    const struct resource resource = {
        .type = loader_type(reading->loader, "grant"),
        .place = reading->account.place,
        .name = "",
        .subscription_id = reading->key.subscription_id,
        .resource_group = reading->key.resource_group,
    };
    struct node *node =
        resource_node(reading->loader, &resource, mem_format("%s" COLLECTION, key ? key->id : ""),
                      &reading->facts);
    node->vault = reading->vault_node;
    node->cmk = reading->key_node;
    node->account = reading->account_node;
    make_unique(node, account ? account->id : "", role_of(node));
    reading->grant_node = stack_keep(reading, &resource.place, account != NULL, node, "grant");
}

/* ---- declared ones ------------------------------------------------------------------------- */

/* "/subscriptions/S/providers/Microsoft.Authorization/roleDefinitions/GUID", or without the
 * subscription for a built-in role. */
static bool is_role_id(const char *text)
{
    static const char word[] = DEFINITIONS;
    const char *guid = armid_name(text);
    size_t above = (size_t)(guid - text), length = sizeof word - 1;
    return armid_valid(text) && rule_guid(guid) && above >= length &&
           strncasecmp(guid - length, word, length) == 0;
}

/* Checks what the assignment says and writes a bare GUID out as an id. False if reported. */
static bool read_properties(struct reading *reading, const struct resource *resource)
{
    struct faults *faults = &reading->loader->faults;
    struct json_object *properties =
        words_get(faults, &resource->place, resource->object, "properties", json_type_object);
    const struct place place = place_key(&resource->place, "properties");
    if (!properties)
        return fault(faults, &resource->place,
                     "\"properties\" is missing, expected {\"roleDefinitionId\": ...}");

    const char *principal = js_string(properties, "principalId", NULL);
    if (principal && !rule_guid(principal)) {
        const struct place at = place_key(&place, "principalId");
        return fault(faults, &at, "\"%s\" is not valid, expected " RULE_GUID, principal);
    }
    const char *role = words_need(faults, &place, properties, "roleDefinitionId",
                                  "a role definition's id or GUID");
    const struct place at = place_key(&place, "roleDefinitionId");
    if (role && rule_guid(role)) {
        AUTO(text)
        char *id = mem_format("/subscriptions/%s" DEFINITIONS "%s",
                              resource->subscription_id ? resource->subscription_id : "", role);
        js_put(properties, "roleDefinitionId", json_object_new_string(id));
    } else if (role && !is_role_id(role)) {
        return fault(faults, &at, "\"%s\" is not a role, expected a role definition's id or GUID",
                     role);
    }
    return role != NULL;
}

static void read_one(struct reading *reading, const struct resource *scope, struct node *scope_node,
                     const struct place *place, const char *name, struct json_object *object)
{
    static const char *const keys[] = {"id", "name", "type", "properties", NULL};
    struct faults *faults = &reading->loader->faults;
    if (!json_object_is_type(object, json_type_object)) {
        fault(faults, place, "is %s, expected {\"properties\": {\"roleDefinitionId\": ...}}",
              words_type(json_object_get_type(object)));
        return;
    }
    words_check(faults, place, object, keys);
    AUTO(json) struct json_object *copy = js_copy(object);
    const struct resource resource = {
        .type = loader_type(reading->loader, "grant"),
        .object = copy,
        .place = *place,
        .name = rule_guid(name) ? name : "",
        .subscription_id = scope->subscription_id,
        .resource_group = scope->resource_group,
    };
    bool is_good = read_properties(reading, &resource) && scope_node && reading->account_node;
    bool is_vaults = scope == &reading->vault;
    const char *principal = js_string(copy, "properties.principalId", NULL);
    struct node *node = resource_node(reading->loader, &resource,
                                      mem_format("%s" COLLECTION, scope_node ? scope_node->id : ""),
                                      &reading->facts);
    node->vault = is_vaults ? scope_node : NULL;
    node->account = is_vaults && principal ? NULL : reading->account_node;
    const char *account = node->account ? node->account->id : "";
    make_unique(node, principal ? principal : account, role_of(node));
    if (principal)
        node->create = NULL; /* who that is, Azure knows better than the baseline */
    bool replaces = is_vaults && !principal && is_key_role(role_of(node));
    AUTO(text) char *map = js_join(scope->type->word, "roleAssignments");
    AUTO(text) char *path = js_join(map, name);
    node = stack_keep(reading, place, is_good, node, path);
    if (replaces) {
        reading->grant_node = node;
        stack_hang(reading, "grant", node);
    }
}

static void read_map(struct reading *reading, const struct resource *scope, struct node *scope_node)
{
    struct json_object *map = words_get(&reading->loader->faults, &scope->place, scope->object,
                                        "roleAssignments", json_type_object);
    const struct place place = place_key(&scope->place, "roleAssignments");
    if (!map)
        return;
    json_object_object_foreach(map, name, object)
    {
        const struct place at = place_key(&place, name);
        read_one(reading, scope, scope_node, &at, name, object);
    }
}

void grants_read(struct reading *reading)
{
    read_map(reading, &reading->vault, reading->vault_node);
    read_map(reading, &reading->account, reading->account_node);
    if (!reading->grant_node)
        grant_by_default(reading);
}
