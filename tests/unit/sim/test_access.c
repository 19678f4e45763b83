/* What a caller's roles let it do, and how Azure refuses the rest. */
#include "azure.h"

#include "base/mem.h"

#include <string.h>

#define CALLER "33333333-3333-3333-3333-333333333333"
#define CUSTOM                                                                                     \
    "/providers/Microsoft.Authorization/roleDefinitions/77777777-7777-7777-7777-777777777777"
#define ASSIGNMENT GRANTS "/88888888-8888-8888-8888-888888888888"
#define NEW_GRANT KEY GRANTS "/66666666-6666-6666-6666-666666666666"
#define USER RG "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/u"
#define SUBNET RG "/providers/Microsoft.Network/virtualNetworks/n/subnets/s"
#define ENDPOINT RG "/providers/Microsoft.Network/privateEndpoints/pe"
#define ZONE RG "/providers/Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net"
#define TO_VAULT                                                                                   \
    "{'location': 'swedencentral', 'properties': {'subnet': {'id': '" SUBNET                       \
    "'}, 'privateLinkServiceConnections': [{'name': 'pe', 'properties': {'privateLinkServiceId': " \
    "'" VAULT "', 'groupIds': ['vault']}}]}}"
#define DENIED(action, scope)                                                                      \
    "The client '22222222-2222-2222-2222-222222222222' with object id '" CALLER                    \
    "' does not have authorization to perform action '" action "' over scope '" scope              \
    "' or the scope is invalid. If access was recently granted, please refresh your credentials."
#define ONLY                                                                                       \
    "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR ("                    \
    "@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] "                          \
    "ForAnyOfAnyValues:GuidEquals {e147488a-f6f5-4113-8e2d-b22465e65bf6} AND "                     \
    "@Request[Microsoft.Authorization/roleAssignments:PrincipalType] "                             \
    "ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}))"
#define GRANT_BODY(role, type)                                                                     \
    "{'properties': {'roleDefinitionId': '" ROLE role "', 'principalType': '" type "', "           \
    "'principalId': '44444444-4444-4444-4444-444444444449'}}"
#define USED "e147488a-f6f5-4113-8e2d-b22465e65bf6"
#define OWNER "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"

/* The role that the caller has at the scope, and what comes of a request then. */
/* clang-format off */
static struct access_case {
    const char *name;
    const char *actions, *not_actions, *data_actions; /* of a custom role; NULL: none */
    const char *scope, *condition;
    struct step step;
    const char *message; /* a part; or NULL */
} cases[] = {
    {"a role's action at the resource is enough", "'Microsoft.KeyVault/vaults/read'", NULL, NULL, VAULT, NULL,
     {"GET " VAULT, NULL, 200}},
    {"actions compare without case", "'microsoft.keyvault/VAULTS/read'", NULL, NULL, RG, NULL,
     {"GET " VAULT, NULL, 200}},
    {"a role holds below its scope", "'Microsoft.KeyVault/vaults/read'", NULL, NULL, SUB, NULL,
     {"GET " VAULT, NULL, 200}},
    {"nor does it hold beside it", "'*'", NULL, NULL, ACCOUNT, NULL,
     {"GET " VAULT, NULL, 403, "AuthorizationFailed"}},
    {"nor above it", "'*'", NULL, NULL, KEY, NULL,
     {"GET " VAULT, NULL, 403, "AuthorizationFailed"}},
    {"roles are found by their names", "'*/read'", NULL, NULL, SUB, NULL,
     {"GET " SUB "/providers/Microsoft.Authorization/roleDefinitions?$filter=roleName%20eq%20'Owner'", NULL, 200},
     "8e3af657"},
    {"a star stands for any text, slashes too", "'Microsoft.KeyVault/*/read'", NULL, NULL, RG, NULL,
     {"GET " VAULT "/keys/cmk/versions", NULL, 200}},
    {"a not-action takes away", "'*'", "'Microsoft.KeyVault/vaults/write'", NULL, RG, NULL,
     {"PATCH " VAULT, "{}", 403, "AuthorizationFailed"}},
    {"what is refused names client, action and scope", "'Microsoft.KeyVault/vaults/read'", NULL, NULL, RG, NULL,
     {"PATCH " VAULT, "{}", 403, "AuthorizationFailed", .header = "x-ms-failure-cause", .contains = "gateway"},
     DENIED("Microsoft.KeyVault/vaults/write", VAULT)},
    {"a list below a resource is asked of the resource", "'Microsoft.KeyVault/vaults/read'", NULL, NULL, RG, NULL,
     {"GET " VAULT "/keys", NULL, 403, "AuthorizationFailed"}, DENIED("Microsoft.KeyVault/vaults/keys/read", VAULT)},
    {"a data action opens nothing in Resource Manager", NULL, NULL, "'*'", RG, NULL,
     {"GET " VAULT, NULL, 403, "AuthorizationFailed"}},
    {"who may not look does not learn that a group is missing", "'*'", NULL, NULL, RG, NULL,
     {"GET " SUB "/resourceGroups/none/providers/Microsoft.KeyVault/vaults/kvt", NULL, 403, "AuthorizationFailed"}},
    {"a purge is an action of the deleted vault", "'*/read'", NULL, NULL, SUB, NULL,
     {"POST " SUB "/providers/Microsoft.KeyVault/locations/swedencentral/deletedVaults/kvt/purge", NULL, 403},
     DENIED("Microsoft.KeyVault/locations/deletedVaults/purge/action",
            SUB "/providers/Microsoft.KeyVault/locations/swedencentral/deletedVaults/kvt")},
    {"a name is checked by a read", "'Microsoft.KeyVault/checkNameAvailability/read'", NULL, NULL, SUB, NULL,
     {"POST " SUB "/providers/Microsoft.KeyVault/checkNameAvailability", "{'name': 'free-name'}", 200}},
    {"a group's role does not reach the stores of deleted ones", "'*'", NULL, NULL, RG, NULL,
     {"GET " SUB "/providers/Microsoft.CognitiveServices/locations/swedencentral/resourceGroups/rg/deletedAccounts/a",
      NULL, 403}, DENIED("Microsoft.CognitiveServices/locations/resourceGroups/deletedAccounts/read",
      SUB "/providers/Microsoft.CognitiveServices/locations/swedencentral/resourceGroups/rg/deletedAccounts/a")},
    {"nor to operations", "'*'", NULL, NULL, RG, NULL,
     {"GET " SUB "/providers/Microsoft.CognitiveServices/locations/swedencentral/operationResults/x", NULL, 403}},

    {"a list has what may be read", "'Microsoft.KeyVault/vaults/read'", NULL, NULL, VAULT, NULL,
     {"GET " SUB "/providers/Microsoft.KeyVault/vaults", NULL, 200}, "/vaults/kvt"},
    {"a list leaves out what may not be read", "'*'", NULL, NULL, ACCOUNT, NULL,
     {"GET " SUB "/providers/Microsoft.KeyVault/vaults", NULL, 200, .path = "value", .value = "[]"}},
    {"the list of everything asks by each one's type", "'Microsoft.KeyVault/vaults/read'", NULL, NULL, SUB, NULL,
     {"GET " SUB "/resources", NULL, 200}, "/vaults/kvt"},
    {"a subscription with any role in it is listed", "'Microsoft.KeyVault/vaults/read'", NULL, NULL, VAULT, NULL,
     {"GET /subscriptions", NULL, 200}, SUB},
    {"a deleted store's list is not cut but refused", "'Microsoft.KeyVault/vaults/read'", NULL, NULL, SUB, NULL,
     {"GET " SUB "/providers/Microsoft.KeyVault/deletedVaults", NULL, 403},
     DENIED("Microsoft.KeyVault/deletedVaults/read", SUB "/providers/Microsoft.KeyVault")},

    {"an identity in a body must be assignable", "'Microsoft.CognitiveServices/accounts/write'", NULL, NULL, RG, NULL,
     {"PATCH " ACCOUNT, "{'identity': {'type': 'UserAssigned', 'userAssignedIdentities': {'" USER "': {}}}}", 403,
      "LinkedAuthorizationFailed"}, "userAssignedIdentities/assign/action' on the linked scope(s) '" USER "'"},
    {"the link's own scope counts", "'Microsoft.CognitiveServices/accounts/write', "
     "'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action'", NULL, NULL, ACCOUNT, NULL,
     {"PATCH " ACCOUNT, "{'identity': {'type': 'UserAssigned', 'userAssignedIdentities': {'" USER "': {}}}}", 403,
      "LinkedAuthorizationFailed"}},
    {"an identity that is taken away needs no right", "'Microsoft.CognitiveServices/accounts/write'", NULL, NULL, RG, NULL,
     {"PATCH " ACCOUNT, "{'identity': {'type': 'SystemAssigned', 'userAssignedIdentities': {'" USER "': null}}}", 202}},
    {"a subnet in a body must be joinable", "'Microsoft.KeyVault/vaults/write'", NULL, NULL, RG, NULL,
     {"PATCH " VAULT, "{'properties': {'networkAcls': {'virtualNetworkRules': [{'id': '" SUBNET "'}]}}}", 403,
      "LinkedAuthorizationFailed"}, "joinViaServiceEndpoint/action' on the linked scope(s) '" SUBNET "'"},
    {"and passes where it is", "'Microsoft.KeyVault/vaults/write', "
     "'Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action'", NULL, NULL, RG, NULL,
     {"PATCH " VAULT, "{'properties': {'networkAcls': {'virtualNetworkRules': [{'id': '" SUBNET "'}]}}}", 200}},
    {"an endpoint's subnet must be joinable", "'Microsoft.Network/privateEndpoints/write'", NULL, NULL, RG, NULL,
     {"PUT " ENDPOINT, TO_VAULT, 403, "LinkedAuthorizationFailed"},
     "subnets/join/action' on the linked scope(s) '" SUBNET "'"},
    {"its connection must be approvable", "'Microsoft.Network/privateEndpoints/write', "
     "'Microsoft.Network/virtualNetworks/subnets/join/action'", NULL, NULL, RG, NULL,
     {"PUT " ENDPOINT, TO_VAULT, 403, "LinkedAuthorizationFailed"},
     "vaults/PrivateEndpointConnectionsApproval/action' on the linked scope(s) '" VAULT "'"},
    {"and is made then", "'Microsoft.Network/privateEndpoints/write', 'Microsoft.Network/virtualNetworks/subnets/join/action', "
     "'Microsoft.KeyVault/vaults/privateEndpointConnectionsApproval/action'", NULL, NULL, RG, NULL,
     {"PUT " ENDPOINT, TO_VAULT, 201}},
    {"a zone in a body must be joinable", "'Microsoft.Network/privateEndpoints/privateDnsZoneGroups/write'", NULL, NULL, RG, NULL,
     {"PUT " ENDPOINT "/privateDnsZoneGroups/default", "{'properties': {'privateDnsZoneConfigs': [{'name': 'vault', "
      "'properties': {'privateDnsZoneId': '" ZONE "'}}]}}", 403, "LinkedAuthorizationFailed"},
     "privateDnsZones/join/action' on the linked scope(s) '" ZONE "'"},
    {"a recovery reads the store", "'Microsoft.KeyVault/vaults/write'", NULL, NULL, RG, NULL,
     {"PUT " VAULTS "gone", "{'location': 'swedencentral', 'properties': {'createMode': 'recover'}}", 403},
     DENIED("Microsoft.KeyVault/locations/deletedVaults/read",
            SUB "/providers/Microsoft.KeyVault/locations/swedencentral/deletedVaults/gone")},
    {"and so does a restore", "'Microsoft.CognitiveServices/accounts/write'", NULL, NULL, RG, NULL,
     {"PUT " ACCOUNTS "gone", "{'location': 'swedencentral', 'properties': {'restore': true}}", 403},
     "Microsoft.CognitiveServices/locations/resourceGroups/deletedAccounts/read"},

    {"a role assignment may be written with the right", "'Microsoft.Authorization/roleAssignments/write'", NULL, NULL,
     RG, NULL, {"PUT " NEW_GRANT, GRANT_BODY(OWNER, "User"), 201}},
    {"the role that the condition names passes", "'Microsoft.Authorization/roleAssignments/write'", NULL, NULL,
     RG, ONLY, {"PUT " NEW_GRANT, GRANT_BODY(USED, "ServicePrincipal"), 201}},
    {"another role does not", "'Microsoft.Authorization/roleAssignments/write'", NULL, NULL, RG, ONLY,
     {"PUT " NEW_GRANT, GRANT_BODY(OWNER, "ServicePrincipal"), 403, "AuthorizationFailed"},
     "has an authorization with ABAC condition that is not fulfilled to perform action "
     "'Microsoft.Authorization/roleAssignments/write'"},
    {"another type of principal does not", "'Microsoft.Authorization/roleAssignments/write'", NULL, NULL, RG, ONLY,
     {"PUT " NEW_GRANT, GRANT_BODY(USED, "User"), 403, "AuthorizationFailed"}},
    {"the condition is about nothing else", "'*'", NULL, NULL, RG, ONLY, {"GET " VAULT, NULL, 200}},

    {"a data action opens the vault", NULL, NULL, "'Microsoft.KeyVault/vaults/keys/read'", KEY, NULL,
     {"GET kv:/keys/cmk", NULL, 200}},
    {"the vault says which assignment let the caller in", NULL, NULL, "'Microsoft.KeyVault/vaults/keys/read'", KEY, NULL,
     {"GET kv:/keys/cmk", NULL, 200, .header = "x-ms-keyvault-rbac-assignment-id", .contains = "-"}},
    {"only there", NULL, NULL, "'Microsoft.KeyVault/vaults/keys/read'", VAULT "/keys/other", NULL,
     {"GET kv:/keys/cmk", NULL, 403, "Forbidden/ForbiddenByRbac"}, "Action: 'Microsoft.KeyVault/vaults/keys/read'"},
    {"an action does not open the vault", "'*'", NULL, NULL, RG, NULL,
     {"GET kv:/keys/cmk", NULL, 403, "Forbidden/ForbiddenByRbac"}},
    {"a rotation is no update", NULL, NULL, "'Microsoft.KeyVault/vaults/keys/update/action'", RG, NULL,
     {"POST kv:/keys/cmk/rotate", NULL, 403, "Forbidden/ForbiddenByRbac"}, "keys/rotate/action"},
    {"a rotation policy has rights of its own", NULL, NULL, "'Microsoft.KeyVault/vaults/keys/*'", RG, NULL,
     {"GET kv:/keys/cmk/rotationpolicy", NULL, 403, "Forbidden/ForbiddenByRbac"}, "keyrotationpolicies/read"},
    {"a vault with access policies does not ask for roles", NULL, NULL, "'*'", RG, NULL,
     {"GET kv:/keys/cmk", NULL, 403, "Forbidden/ForbiddenByPolicy", .drift = VAULT,
      .patch = "{'properties': {'enableRbacAuthorization': false}}"},
     "does not have keys get permission on key vault 'kvt;location=swedencentral'"},
    {"but for a policy", NULL, NULL, NULL, RG, NULL,
     {"GET kv:/keys/cmk/versions", NULL, 200, .drift = VAULT,
      .patch = "{'properties': {'enableRbacAuthorization': false, 'accessPolicies': [{'objectId': '" CALLER "', "
               "'permissions': {'keys': ['List']}}]}}"}},
};
/* clang-format on */

static void give_role(struct sim *sim, const struct access_case *c)
{
    AUTO(text)
    char *role = mem_format("{'properties': {'roleName': 'r', 'assignableScopes': ['" SUB "'], "
                            "'permissions': [{'actions': [%s], 'notActions': [%s], "
                            "'dataActions': [%s]}]}}",
                            c->actions ? c->actions : "", c->not_actions ? c->not_actions : "",
                            c->data_actions ? c->data_actions : "");
    AUTO(json)
    struct json_object *assignment = azure_json("{'properties': {'roleDefinitionId': '" SUB CUSTOM
                                                "', 'principalId': '" CALLER "'}}");
    if (c->condition)
        js_put(assignment, "properties.condition", json_object_new_string(c->condition));
    AUTO(text) char *where = mem_format("PUT %s" ASSIGNMENT, c->scope);
    const struct step steps[] = {
        {"PUT " SUB CUSTOM, role, 201},
        {"GET " SUB CUSTOM, NULL, 200, .path = "properties.type", .value = "CustomRole"},
        {where, json_object_to_json_string(assignment), 201},
    };
    struct sim_response last = {0};
    for (size_t i = 0; i < COUNT(steps); i++)
        story_step(sim, &steps[i], &last);
    sim_response_done(&last);
}

static void check(void **state)
{
    const struct access_case *c = *state;
    struct err err;
    struct sim *sim = azure_new(NULL);
    struct sim_response last = {0};
    AUTO(json) struct json_object *enforced = azure_json("{'authorization': 'enforced'}");
    give_role(sim, c);
    assert_true(sim_settings(sim, enforced, &err));
    story_step(sim, &c->step, &last);
    const char *text = json_object_to_json_string_ext(
        last.body, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
    if (c->message && !strstr(text, c->message))
        fail_msg("\"%s\" is not in %s", c->message, text);
    sim_response_done(&last);
    sim_free(sim);
}

/* clang-format off */
static struct story stories[] = {
    {"without a word in the seed the caller may do all", NULL, {
        {"GET " VAULT, NULL, 200},
        {"POST kv:/keys/cmk/rotate", NULL, 200},
    }},
    {"where it is enforced, without a role it may do nothing", "{'authorization': 'enforced'}", {
        {"GET " VAULT, NULL, 403, "AuthorizationFailed"},
        {"GET " SUB, NULL, 403, "AuthorizationFailed"},
        {"GET /subscriptions", NULL, 200, .path = "value", .value = "[]"},
        {"POST kv:/keys/cmk/rotate", NULL, 403, "Forbidden/ForbiddenByRbac"},
    }},
    {"the built-in roles are there", NULL, {
        {"GET " ROLE OWNER, NULL, 200, .path = "properties.roleName", .value = "Owner"},
    }},
    {"a role that is not there is not found", NULL, {
        {"GET " SUB CUSTOM, NULL, 404, "RoleDefinitionDoesNotExist"},
        {"PUT " SUB CUSTOM, "{'properties': {'roleName': 'r'}}", 400, "InvalidRoleDefinition"},
    }},
    {"a condition that azsim does not understand is not stored", NULL, {
        {"PUT " RG ASSIGNMENT, "{'properties': {'roleDefinitionId': '" ROLE OWNER "', 'principalId': '" CALLER "', "
         "'condition': '@Resource[a:b] StringEquals \\u0027c\\u0027'}}", 400, "InvalidRoleAssignmentCondition"},
    }},
};
/* clang-format on */

int main(void)
{
    return CASES_RUN(cases, check) + CASES_RUN(stories, story_check);
}
