/* test_least_privilege.c: the roles of README.md hold all that cmkd needs, and not one action more:
 * for each of them there is a day that cmkd cannot mend without it.
 *
 * All other flows run under the same roles, so what is missing from them fails there. */
#include "prod.h"

#include "base/js.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define USER GROUP "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/somebody"
#define SOMEBODY "99999999-9999-9999-9999-999999999999"
#define CMKD "33333333-3333-3333-3333-333333333333"
#define SUBNET GROUP "/providers/Microsoft.Network/virtualNetworks/vnet/subnets/snet"
#define OPEN                                                                                       \
    "'networkAcls': {'defaultAction': 'Allow', 'virtualNetworkRules': [{'id': '" SUBNET "'}]}"
#define ENDPOINT                                                                                                                                     \
    "{'properties': {'subnet': {'id': '" SUBNET                                                                                                      \
    "'}}, 'privateDnsZoneGroups': {'default': {'properties': {'privateDnsZoneConfigs': [{'name': 'zone', 'properties': {'privateDnsZoneId': '" GROUP \
    "/providers/Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net'}}]}}}}"
/* An endpoint that has asked for its connection. */
#define ASKS(name, target, group)                                                                  \
    "'" GROUP "/providers/Microsoft.Network/privateEndpoints/" name "': {'location': "             \
    "'swedencentral', 'properties': {'provisioningState': 'Succeeded', 'subnet': {'id': '" SUBNET  \
    "'}, 'manualPrivateLinkServiceConnections': [{'name': 'asked', 'properties': "                 \
    "{'privateLinkServiceId': '" target "', 'groupIds': ['" group "']}}]}}, '" target              \
    "/privateEndpointConnections/" name "': {'properties': {'provisioningState': 'Succeeded', "    \
    "'privateEndpoint': {'id': '" GROUP "/providers/Microsoft.Network/privateEndpoints/" name      \
    "'}, 'privateLinkServiceConnectionState': {'status': 'Pending'}}}"
#define ONE_VERSION(more) "{'kv-openai-prod': {'openai-cmk': [{'version': '" NEWEST "'" more "}]}}"

/* What lacks a right may be waited for: not long. */
#define SOON "'limits': {'onceDeadline': 'PT10S'}, "

/* What Azure is like in the morning: cmkd --once makes everything of it right in one pass. */
enum day { EMPTY, NEIGHBOURS, DUE, OLD, POLICY, DISABLED, DELETED, BARE, POLICIES, PRIVATE, ASKED };

/* clang-format off */
static const struct {
    const char *seed; /* a patch of the control case; NULL: a group with nothing in it */
    const char *config;
} days[] = {
    [EMPTY] = {NULL, PROD(SOON, "", "", "")},
    [NEIGHBOURS] = {
        "{'live': {'" VAULT "': {'properties': {" OPEN "}},"
        " '" ACCOUNT "': {'properties': {" OPEN "}, 'identity': {'type': 'UserAssigned', 'principalId': null,"
        "   'userAssignedIdentities': {'" USER "': {'principalId': '" SOMEBODY "', 'clientId': '" SOMEBODY "'}}}}}}",
        PROD(SOON, "", "", "")},
    [DUE] = {"{'keys': " ONE_VERSION(", 'ageDays': 99") "}", PROD(SOON, "", ", 'rotation': {'every': 'P90D'}", "")},
    [OLD] = {"{'live': {'" ACCOUNT "': {'systemData': {'lastModifiedAt': '2020-01-01T00:00:00Z'}}}}",
             PROD(SOON, "", ", 'rotation': {'every': 'P90D', 'retireAfter': 'P30D'}", "")},
    [POLICY] = {"{}", PROD(SOON, "", ", 'properties': {'rotationPolicy': {'attributes': {'expiryTime': 'P1Y'}}}", "")},
    [DISABLED] = {"{'keys': " ONE_VERSION(", 'enabled': false") "}", PROD(SOON, "", ", 'reenable': true", "")},
    [DELETED] = {"{'keys': {'kv-openai-prod': null, '@deletedKeys': " ONE_VERSION("") "}}", PROD(SOON, "", "", "")},
    [BARE] = {"{}", PROD(SOON, ", 'locks': {'keep': {'properties': {'level': 'CanNotDelete'}}}, "
                         "'diagnosticSettings': {'audit': {'properties': {'logs': [{'categoryGroup': 'audit', 'enabled': true}], "
                         "'workspaceId': '" GROUP "/providers/Microsoft.OperationalInsights/workspaces/logs'}}}", "",
                         ", 'raiPolicies': {'strict': {'properties': {'mode': 'Blocking', 'basePolicyName': 'Microsoft.DefaultV2'}}}, "
                         "'deployments': {'gpt-4o': {'properties': {'model': {'format': 'OpenAI', 'name': 'gpt-4o'}}}}")},
    [POLICIES] = {"{'live': {'" VAULT "': {'properties': {'enableRbacAuthorization': false, 'accessPolicies': ["
                  "{'objectId': '" CMKD "', 'permissions': {'keys': ['get']}}]}}}}",
                  "{" SOON "'stacks': {'prod': {" PLACE ", 'exemptions': [{'path': 'vault.properties.enableRbacAuthorization', "
                  "'reason': 'SEC-7'}], 'vault': {'name': 'kv-openai-prod', 'accessPolicies': {'us': {'objectId': '" SOMEBODY "', "
                  "'permissions': {'keys': ['get']}}}}, 'key': {'name': 'openai-cmk'}, 'account': {'name': 'oai-prod'}}}}"},
    [ASKED] = {"{'live': {" ASKS("pe-kv", VAULT, "vault") ", " ASKS("pe-oai", ACCOUNT, "account") "}}",
               PROD(SOON, ", 'privateEndpoints': {'pe-kv': {}}", "", ", 'privateEndpoints': {'pe-oai': {}}")},
    [PRIVATE] = {"{}", PROD(SOON, ", 'privateEndpoints': {'pe-kv': " ENDPOINT "}", "",
                            ", 'privateEndpoints': {'pe-oai': " ENDPOINT "}")},
};

#define DATA "data:" /* a data action, as README.md's DataActions has it */

static struct need {
    const char *action;
    enum day day;
} needs[] = {
    {"Microsoft.Resources/subscriptions/read",                                  EMPTY},
    {"Microsoft.KeyVault/vaults/read",                                          EMPTY},
    {"Microsoft.KeyVault/vaults/write",                                         EMPTY},
    {"Microsoft.KeyVault/vaults/accessPolicies/write",                          POLICIES},
    {"Microsoft.KeyVault/vaults/keys/read",                                     EMPTY},
    {"Microsoft.KeyVault/vaults/keys/write",                                    EMPTY},
    {"Microsoft.KeyVault/vaults/keys/versions/read",                            EMPTY},
    {"Microsoft.KeyVault/locations/deletedVaults/read",                         EMPTY},
    {"Microsoft.CognitiveServices/accounts/read",                               EMPTY},
    {"Microsoft.CognitiveServices/accounts/write",                              EMPTY},
    {"Microsoft.CognitiveServices/accounts/deployments/read",                   BARE},
    {"Microsoft.CognitiveServices/accounts/deployments/write",                  BARE},
    {"Microsoft.CognitiveServices/accounts/raiPolicies/read",                   BARE},
    {"Microsoft.CognitiveServices/accounts/raiPolicies/write",                  BARE},
    {"Microsoft.CognitiveServices/locations/operationResults/read",             EMPTY},
    {"Microsoft.CognitiveServices/locations/resourceGroups/deletedAccounts/read", EMPTY},
    {"Microsoft.CognitiveServices/deletedAccounts/read",                        OLD},
    {"Microsoft.Authorization/roleAssignments/read",                            EMPTY},
    {"Microsoft.Authorization/roleAssignments/write",                           EMPTY},
    {"Microsoft.Insights/diagnosticSettings/read",                              BARE},
    {"Microsoft.Insights/diagnosticSettings/write",                             BARE},
    {"Microsoft.Authorization/locks/read",                                      BARE},
    {"Microsoft.Authorization/locks/write",                                     BARE},
    {"Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",          NEIGHBOURS},
    {"Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action", NEIGHBOURS},
    {"Microsoft.KeyVault/vaults/privateEndpointConnections/read",               ASKED},
    {"Microsoft.KeyVault/vaults/privateEndpointConnections/write",              ASKED},
    {"Microsoft.CognitiveServices/accounts/privateEndpointConnections/read",    ASKED},
    {"Microsoft.CognitiveServices/accounts/privateEndpointConnections/write",   ASKED},
    {"Microsoft.Network/privateEndpoints/read",                                 PRIVATE},
    {"Microsoft.Network/privateEndpoints/write",                                PRIVATE},
    {"Microsoft.Network/virtualNetworks/subnets/join/action",                   PRIVATE},
    {"Microsoft.Network/privateEndpoints/privateDnsZoneGroups/read",            PRIVATE},
    {"Microsoft.Network/privateEndpoints/privateDnsZoneGroups/write",           PRIVATE},
    {"Microsoft.Network/privateDnsZones/join/action",                           PRIVATE},
    {"Microsoft.Network/locations/operations/read",                             PRIVATE},
    {"Microsoft.KeyVault/vaults/PrivateEndpointConnectionsApproval/action",     PRIVATE},
    {"Microsoft.CognitiveServices/accounts/PrivateEndpointConnectionsApproval/action", PRIVATE},
    {DATA "Microsoft.KeyVault/vaults/keys/read",                                DUE},
    {DATA "Microsoft.KeyVault/vaults/keys/rotate/action",                       DUE},
    {DATA "Microsoft.KeyVault/vaults/keys/update/action",                       DISABLED},
    {DATA "Microsoft.KeyVault/vaults/keys/recover/action",                      DELETED},
    {DATA "Microsoft.KeyVault/vaults/keyrotationpolicies/write",                POLICY},
};
/* clang-format on */

static void live_through(void **flow, enum day day)
{
    if (days[day].seed) {
        prod_seed(flow, days[day].seed, days[day].config);
    } else {
        flow_seed(flow, "{'resourceGroups': ['" GROUP "']}");
        flow_config(flow, days[day].config);
    }
    flow_settings(flow, "{'operation': 0.1, 'registeringDns': 0, 'recovering': 0}");
    flow_log_clear(flow);
    cmkd_once(flow);
}

static bool was_refused(void **flow)
{
    AUTO(json) struct json_object *log = flow_log(flow);
    for (size_t i = 0; i < json_object_array_length(log); i++)
        if (js_int(json_object_array_get_idx(log, i), "status", 0) == 403)
            return true;
    return false;
}

static void each_day_is_mended_under_the_roles_of_the_readme(void **flow)
{
    for (enum day day = EMPTY; day <= ASKED; day++) {
        live_through(flow, day);
        if (cmkd_exit(flow) != 0 || was_refused(flow))
            flow_fail(flow, "day %d is not mended", (int)day);
        expect_still(flow);
    }
}

static void without_the_action_its_day_is_not_mended(void **flow)
{
    const struct need *need = flow_row(flow);
    flow_withhold(flow, need->action);
    live_through(flow, need->day);
    if (cmkd_exit(flow) == 0)
        flow_fail(flow, "cmkd does without %s", need->action);
    if (!was_refused(flow))
        flow_fail(flow, "nothing asked for %s", need->action);
}

/* ---- nothing is left out -------------------------------------------------------------------- */

static bool is_tried(const char *action, bool is_data)
{
    for (size_t i = 0; i < COUNT(needs); i++) {
        bool of_data = strncmp(needs[i].action, DATA, strlen(DATA)) == 0;
        if (of_data == is_data &&
            strcmp(needs[i].action + (of_data ? strlen(DATA) : 0), action) == 0)
            return true;
    }
    return false;
}

static size_t count_tried(void **flow, struct json_object *actions, bool is_data)
{
    for (size_t i = 0; actions && i < json_object_array_length(actions); i++) {
        const char *action = json_object_get_string(json_object_array_get_idx(actions, i));
        if (!is_tried(action, is_data))
            flow_fail(flow, "README.md gives cmkd %s, and no day shows that it is needed", action);
    }
    return actions ? json_object_array_length(actions) : 0;
}

/* flow.retirement shows what accounts/read is for in the second role. */
#define TRIED_ELSEWHERE 1

static void each_action_of_the_readme_is_tried(void **flow)
{
    static const char *const marks[] = {"role", "subscription role"};
    size_t count = 0;
    for (size_t i = 0; i < COUNT(marks); i++) {
        AUTO(json) struct json_object *role = flow_readme_role(marks[i]);
        count += count_tried(flow, js_array(role, "Actions"), false);
        count += count_tried(flow, js_array(role, "DataActions"), true);
    }
    assert_int_equal(count, COUNT(needs) + TRIED_ELSEWHERE);
}

/* flow.fighting shows what it is for, and that all else works without it. */
static void the_optional_role_reads_the_activity_log_and_nothing_else(void **flow)
{
    (void)flow;
    AUTO(json) struct json_object *role = flow_readme_role("optional role");
    struct json_object *actions = js_array(role, "Actions");
    assert_non_null(actions);
    assert_int_equal(json_object_array_length(actions), 1);
    assert_string_equal(json_object_get_string(json_object_array_get_idx(actions, 0)),
                        "Microsoft.Insights/eventtypes/values/read");
    assert_null(js_array(role, "DataActions"));
}

/* ---- the condition -------------------------------------------------------------------------- */

#define AT(scope)                                                                                  \
    "https://management.azure.com" scope                                                           \
    "/providers/Microsoft.Authorization/roleAssignments/12121212-1212-4212-8212-121212121212"      \
    "?api-version=2022-04-01"
#define CRYPTO_USER "e147488a-f6f5-4113-8e2d-b22465e65bf6"
#define OWNER "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
#define THIRD "34343434-3434-4434-8434-343434343434"

/* clang-format off */
static struct gift {
    const char *name, *url, *role, *type;
    long status;
} gifts[] = {
    {"the identity's role may be given to a service",   AT(KEY),   CRYPTO_USER, "ServicePrincipal", 201},
    {"at the group too",                                AT(GROUP), CRYPTO_USER, "ServicePrincipal", 201},
    {"another role may not",                            AT(KEY),   OWNER,       "ServicePrincipal", 403},
    {"and nobody gets it who is human",                 AT(KEY),   CRYPTO_USER, "User",             403},
    {"nor at a place that cmkd has no role at",         AT(SUBSCRIPTION), CRYPTO_USER, "ServicePrincipal", 403},
};
/* clang-format on */

static void cmkd_can_give_away_what_the_condition_says(void **flow)
{
    const struct gift *gift = flow_row(flow);
    prod_good(flow, PROD("", "", "", ""));
    AUTO(text)
    char *body = mem_format("{\"properties\":{\"roleDefinitionId\":\"" SUBSCRIPTION
                            "/providers/Microsoft.Authorization/roleDefinitions/%s\","
                            "\"principalId\":\"" THIRD "\",\"principalType\":\"%s\"}}",
                            gift->role, gift->type);
    struct flow_answer answer = flow_request_as_cmkd(flow, "PUT", gift->url, body);
    if (answer.status != gift->status)
        flow_fail(flow, "%ld %s", answer.status, answer.body);
    flow_answer_done(&answer);
}

/* Each row a test by the name of its action, or of its gift. */
int main(void)
{
    const struct CMUnitTest whole[] = {
        FLOW_TEST(each_day_is_mended_under_the_roles_of_the_readme),
        FLOW_TEST(each_action_of_the_readme_is_tried),
        FLOW_TEST(the_optional_role_reads_the_activity_log_and_nothing_else),
    };
    int failed = FLOW_CASES_RUN(needs, without_the_action_its_day_is_not_mended);
    failed += FLOW_CASES_RUN(gifts, cmkd_can_give_away_what_the_condition_says);
    return failed + cmocka_run_group_tests_name("least privilege", whole, NULL, NULL);
}
