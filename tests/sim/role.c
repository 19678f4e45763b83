#include "role.h"

#include "base/armid.h"
#include "base/uuid.h"

#include <fnmatch.h>
#include <string.h>
#include <strings.h>

/* The built-in roles in use, less of their actions than Azure has where nothing here could tell.
 * https://learn.microsoft.com/azure/role-based-access-control/built-in-roles */
#define VAULT_READS                                                                                \
    "'Microsoft.Authorization/*/read', 'Microsoft.KeyVault/checkNameAvailability/read', "          \
    "'Microsoft.KeyVault/deletedVaults/read', 'Microsoft.KeyVault/locations/*/read', "             \
    "'Microsoft.KeyVault/vaults/*/read', 'Microsoft.KeyVault/operations/read'"
#define KEYS "Microsoft.KeyVault/vaults/keys/"

/* clang-format off */
static const struct {
    const char *id, *name, *actions, *not_actions, *data_actions; /* JSON arrays without [] */
} builtins[] = {
    {"8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner", "'*'", "", ""},
    {"b24988ac-6180-42a0-ab88-20f7382dd24c", "Contributor", "'*'",
     "'Microsoft.Authorization/*/Delete', 'Microsoft.Authorization/*/Write'", ""},
    {"acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader", "'*/read'", "", ""},
    {"18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", "User Access Administrator",
     "'*/read', 'Microsoft.Authorization/*'", "", ""},
    {"f58310d9-a9f6-439a-9e8d-f62e7b41a168", "Role Based Access Control Administrator",
     "'Microsoft.Authorization/roleAssignments/write', "
     "'Microsoft.Authorization/roleAssignments/delete', '*/read'", "", ""},
    {"f1a07417-d97a-45cb-824c-7a7467783830", "Managed Identity Operator",
     "'Microsoft.ManagedIdentity/userAssignedIdentities/*/read', "
     "'Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action', "
     "'Microsoft.ManagedIdentity/userAssignedIdentities/read', "
     "'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action', "
     "'Microsoft.Authorization/*/read'", "", ""},
    {"f25e0fa2-a7c8-4377-a976-54943a77a395", "Key Vault Contributor",
     "'Microsoft.Authorization/*/read', 'Microsoft.KeyVault/*', "
     "'Microsoft.Resources/subscriptions/resourceGroups/read'",
     "'Microsoft.KeyVault/locations/deletedVaults/purge/action'", ""},
    {"00482a5a-887f-4fb3-b363-3b7fe8e74483", "Key Vault Administrator", VAULT_READS, "",
     "'Microsoft.KeyVault/vaults/*'"},
    {"21090545-7ca7-4776-b22c-e363652d74d2", "Key Vault Reader", VAULT_READS, "",
     "'Microsoft.KeyVault/vaults/*/read'"},
    {"14b46e9e-c2b7-41b4-b07b-48a6ebf60603", "Key Vault Crypto Officer", VAULT_READS, "",
     "'" KEYS "*', 'Microsoft.KeyVault/vaults/keyrotationpolicies/*'"},
    {"12338af0-0e69-4776-bea7-57ae8d297424", "Key Vault Crypto User", "", "",
     "'" KEYS "read', '" KEYS "update/action', '" KEYS "backup/action', '" KEYS "encrypt/action', "
     "'" KEYS "decrypt/action', '" KEYS "wrap/action', '" KEYS "unwrap/action', "
     "'" KEYS "sign/action', '" KEYS "verify/action'"},
    {"e147488a-f6f5-4113-8e2d-b22465e65bf6", "Key Vault Crypto Service Encryption User", "", "",
     "'" KEYS "read', '" KEYS "wrap/action', '" KEYS "unwrap/action'"},
    {"25fbc0a9-bd7c-42a3-aa1a-3b75d497ee68", "Cognitive Services Contributor",
     "'Microsoft.Authorization/*/read', 'Microsoft.CognitiveServices/*', "
     "'Microsoft.Resources/subscriptions/resourceGroups/read'", "", ""},
};
/* clang-format on */

/* ---- finding --------------------------------------------------------------------------------- */

static struct json_object *make_builtin(size_t row)
{
    AUTO(text)
    char *text = mem_format(
        "{'properties': {'roleName': '%s', 'type': 'BuiltInRole', 'description': '', "
        "'assignableScopes': ['/'], 'permissions': [{'actions': [%s], 'notActions': [%s], "
        "'dataActions': [%s], 'notDataActions': []}]}, "
        "'id': '/providers/Microsoft.Authorization/roleDefinitions/%s', "
        "'type': 'Microsoft.Authorization/roleDefinitions', 'name': '%s'}",
        builtins[row].name, builtins[row].actions, builtins[row].not_actions,
        builtins[row].data_actions, builtins[row].id, builtins[row].id);
    struct json_object *role = json_tokener_parse(text);
    if (!role)
        abort();
    return role;
}

static struct json_object *builtin_roles(struct sim *sim)
{
    if (!sim->builtin_roles) {
        sim->builtin_roles = json_object_new_array();
        for (size_t i = 0; i < COUNT(builtins); i++)
            json_object_array_add(sim->builtin_roles, make_builtin(i));
    }
    return sim->builtin_roles;
}

/* Definitions go by their last segment, as the id may be written below any scope. */
static struct resource *find_custom(struct sim *sim, const char *id)
{
    for (struct lh_entry *at = lh_table_head(sim->roles); at; at = lh_entry_next(at)) {
        struct resource *role = lh_entry_v(at);
        if (strcasecmp(armid_name(role->id), armid_name(id)) == 0)
            return role;
    }
    return NULL;
}

struct json_object *role_find(struct sim *sim, const char *id)
{
    const char *name = armid_name(id);
    for (size_t i = 0; i < COUNT(builtins); i++)
        if (strcasecmp(builtins[i].id, name) == 0)
            return json_object_array_get_idx(builtin_roles(sim), i);
    struct resource *role = find_custom(sim, id);
    return role ? role->body : NULL;
}

/* ---- what it permits ------------------------------------------------------------------------- */

/* A star stands for any text, slashes included. */
static bool among(struct json_object *patterns, const char *action)
{
    for (size_t i = 0; patterns && i < json_object_array_length(patterns); i++) {
        struct json_object *pattern = json_object_array_get_idx(patterns, i);
        if (json_object_is_type(pattern, json_type_string) &&
            fnmatch(json_object_get_string(pattern), action, FNM_CASEFOLD) == 0)
            return true;
    }
    return false;
}

bool role_permits(struct json_object *role, const char *action, bool is_data)
{
    struct json_object *permissions = js_array(role, "properties.permissions");
    for (size_t i = 0; permissions && i < json_object_array_length(permissions); i++) {
        struct json_object *one = json_object_array_get_idx(permissions, i);
        if (among(js_array(one, is_data ? "dataActions" : "actions"), action) &&
            !among(js_array(one, is_data ? "notDataActions" : "notActions"), action))
            return true;
    }
    return false;
}

/* ---- routes ---------------------------------------------------------------------------------- */

void role_get(struct call *call)
{
    struct json_object *role = role_find(call->sim, call->id);
    if (role)
        call_show(call, 200, role);
    else
        call_fail(call, 404, "RoleDefinitionDoesNotExist",
                  "The specified role definition with ID '%s' does not exist.", call->args[0]);
}

/* $filter=roleName eq '...' and type eq '...', as az asks; anything else keeps all. */
static bool wanted(const char *filter, struct json_object *role)
{
    static const struct {
        const char *word, *path;
    } rows[] = {{"roleName eq '", "properties.roleName"}, {"type eq '", "properties.type"}};
    for (size_t i = 0; filter && i < COUNT(rows); i++) {
        const char *value = strcasestr(filter, rows[i].word);
        const char *real = js_string(role, rows[i].path, "");
        if (!value)
            continue;
        value += strlen(rows[i].word);
        if (strcspn(value, "'") != strlen(real) || strncasecmp(value, real, strlen(real)) != 0)
            return false;
    }
    return true;
}

static bool assignable(struct json_object *role, const char *scope)
{
    struct json_object *scopes = js_array(role, "properties.assignableScopes");
    for (size_t i = 0; scopes && i < json_object_array_length(scopes); i++) {
        const char *at = json_object_get_string(json_object_array_get_idx(scopes, i));
        if (at && armid_within(scope, at))
            return true;
    }
    return false;
}

void roles_list(struct call *call)
{
    AUTO(text) char *filter = call_query(call, "$filter");
    struct json_object *body = json_object_new_object(), *value = json_object_new_array();
    struct json_object *all = builtin_roles(call->sim);
    json_object_object_add(body, "value", value);
    for (size_t i = 0; i < json_object_array_length(all); i++)
        if (wanted(filter, json_object_array_get_idx(all, i)))
            json_object_array_add(value, json_object_get(json_object_array_get_idx(all, i)));
    for (struct lh_entry *at = lh_table_head(call->sim->roles); at; at = lh_entry_next(at)) {
        struct resource *role = lh_entry_v(at);
        if (assignable(role->body, call->scope) && wanted(filter, role->body))
            json_object_array_add(value, json_object_get(role->body));
    }
    call_answer(call, 200, body);
}

void role_put(struct call *call)
{
    struct json_object *sent = call_object(call), *properties = js_object(sent, "properties");
    if (!sent)
        return;
    if (!uuid_valid(call->args[0]) || !js_string(properties, "roleName", NULL) ||
        !js_array(properties, "permissions") || !js_array(properties, "assignableScopes")) {
        call_fail(call, 400, "InvalidRoleDefinition",
                  "The role definition needs a GUID, roleName, permissions and assignableScopes.");
        return;
    }
    struct json_object *body = json_object_new_object();
    json_object_object_add(body, "properties", js_copy(properties));
    js_put(body, "properties.type", json_object_new_string("CustomRole"));
    json_object_object_add(body, "id", json_object_new_string(call->id));
    json_object_object_add(body, "type",
                           json_object_new_string("Microsoft.Authorization/roleDefinitions"));
    json_object_object_add(body, "name", json_object_new_string(call->args[0]));

    struct resource *role = find_custom(call->sim, call->id);
    if (role)
        resource_set(role, body);
    else
        table_put(call->sim->roles, call->id, resource_new(call->id, body));
    call_show(call, 201, body);
}
