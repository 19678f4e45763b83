/* test_children.c: what hangs under a vault or an account: made from nothing, drifted in every
 * declared field and repaired, and left alone where a guard says so. */
#include "prod.h"

#include "base/js.h"
#include "base/mem.h"

#include <string.h>

#define VAULT_LOCK VAULT "/providers/Microsoft.Authorization/locks/keep"
#define ACCOUNT_LOCK ACCOUNT "/providers/Microsoft.Authorization/locks/keep"

static const struct declared {
    const char *vault, *account;
} locks = {
    ", 'locks': {'keep': {'properties': {'level': 'CanNotDelete', 'notes': 'ours'}}}",
    ", 'locks': {'keep': {'properties': {'level': 'CanNotDelete'}}}",
};

#define FILTER ACCOUNT "/raiPolicies/strict"
#define MODEL ACCOUNT "/deployments/gpt-4o"
#define SMALL ACCOUNT "/deployments/small"

static const struct declared models = {
    "",
    ", 'raiPolicies': {'strict': {'properties': {'mode': 'Blocking', 'basePolicyName': "
    "'Microsoft.DefaultV2'}}}, 'deployments': {"
    "'gpt-4o': {'sku': {'name': 'Standard', 'capacity': 10}, 'properties': {"
    "  'model': {'format': 'OpenAI', 'name': 'gpt-4o', 'version': '2024-11-20'},"
    "  'versionUpgradeOption': 'NoAutoUpgrade', 'raiPolicyName': 'strict'}},"
    "'small': {'properties': {'model': {'format': 'OpenAI', 'name': 'gpt-4o-mini'}}}}",
};

#define WORKSPACE GROUP "/providers/Microsoft.OperationalInsights/workspaces/logs"
#define SETTING(of) of "/providers/Microsoft.Insights/diagnosticSettings/audit"
#define AUDIT                                                                                      \
    ", 'diagnosticSettings': {'audit': {'properties': {'workspaceId': '" WORKSPACE "', 'logs': "   \
    "[{'categoryGroup': 'audit', 'enabled': true}], 'metrics': [{'category': 'AllMetrics', "       \
    "'enabled': true}]}}}"

static const struct declared audits = {AUDIT, AUDIT};

/* What the network's people look after lies in a group of theirs. */
#define NETWORK SUBSCRIPTION "/resourceGroups/rg-network"
#define OF_NETWORK NETWORK "/providers/Microsoft.Network"
#define SUBNET OF_NETWORK "/virtualNetworks/vnet/subnets/endpoints"
#define CLIENTS OF_NETWORK "/applicationSecurityGroups/clients"
#define ZONE(of) OF_NETWORK "/privateDnsZones/privatelink." of
#define ZONES(configs)                                                                             \
    "'privateDnsZoneGroups': {'default': {'properties': {'privateDnsZoneConfigs': [" configs "]}}}"
#define GROUP_OF(endpoint) endpoint "/privateDnsZoneGroups/default"
#define VAULT_ENDPOINT OF_NETWORK "/privateEndpoints/pe-kv"
#define ACCOUNT_ENDPOINT GROUP "/providers/Microsoft.Network/privateEndpoints/pe-oai"

static const struct declared endpoints = {
    ", 'privateEndpoints': {'pe-kv': {'resourceGroup': 'rg-network', 'tags': {'for': 'cmk'}, "
    "'properties': {'subnet': {'id': '" SUBNET "'}, 'customNetworkInterfaceName': 'nic-kv', "
    "'applicationSecurityGroups': [{'id': '" CLIENTS
    "'}]}, " ZONES("{'name': 'vault', 'properties': {'privateDnsZoneId': '" ZONE(
        "vaultcore.azure.net") "'}}") "}}",
    ", 'privateEndpoints': {'pe-oai': {'location': 'Sweden Central', 'properties': {'subnet': "
    "{'id': '" SUBNET "'}}, " ZONES("{'name': 'openai', 'properties': {'privateDnsZoneId': '" ZONE(
        "openai") "'}}, "
                  "{'name': 'cognitive', 'properties': {'privateDnsZoneId': '" ZONE(
                      "cognitiveservices") "'}}") "}}",
};

static char *config_of(const char *file, const struct declared *declared)
{
    return mem_format("{%s'stacks': {'prod': {" PLACE ", 'vault': {'name': 'kv-openai-prod'%s}, "
                      "'key': {'name': 'openai-cmk'}, 'account': {'name': 'oai-prod'%s}}}}",
                      file, declared->vault, declared->account);
}

#define PLACES "{'resourceGroups': ['" GROUP "', '" NETWORK "']}"

/* Azure as in the control case, and all that is declared made by cmkd. */
static void made(void **flow, const struct declared *declared)
{
    AUTO(text) char *config = config_of("", declared);
    prod_seed(flow, PLACES, config);
    cmkd_once(flow);
    expect_exit(flow, 0);
    expect_quiet(flow);
}

/* ---- from nothing --------------------------------------------------------------------------- */

static struct birth {
    const char *name;
    const struct declared *declared;
    const char *ids[5]; /* ended by NULL */
    const char *line;
} births[] = {
    {"locks are made", &locks, {VAULT_LOCK, ACCOUNT_LOCK}, "lock keep of oai-prod"},
    {"models are made, with the filter that one names",
     &models,
     {FILTER, MODEL, SMALL},
     "deployment gpt-4o of oai-prod"},
    {"diagnostic settings are made",
     &audits,
     {SETTING(VAULT), SETTING(ACCOUNT)},
     "diagnosticSetting audit of kv-openai-prod"},
    {"private endpoints are made where they are to lie, and their zone groups after them",
     &endpoints,
     {VAULT_ENDPOINT, ACCOUNT_ENDPOINT, GROUP_OF(VAULT_ENDPOINT), GROUP_OF(ACCOUNT_ENDPOINT)},
     "privateEndpoint pe-kv of kv-openai-prod"},
};

static void what_is_missing_is_made_once(void **flow)
{
    const struct birth *birth = flow_row(flow);
    AUTO(text) char *config = config_of("", birth->declared);
    prod_seed(flow, PLACES, config);
    cmkd_once(flow);
    int count = 0;
    for (; birth->ids[count]; count++)
        expect_finding(flow, birth->ids[count], "", "create", "done");
    expect_exit(flow, 0);
    expect_writes(flow, count);
    expect_said(flow, birth->line);
    expect_quiet(flow);
}

/* An account that is not there yet has nothing under it; all is there after one pass. */
static void a_whole_deployment_is_made_with_what_hangs_under_it(void **flow)
{
    const struct birth *birth = flow_row(flow);
    AUTO(text) char *config = config_of("", birth->declared);
    flow_seed(flow, PLACES);
    flow_config(flow, config);
    flow_settings(flow, "{'operation': 0.1, 'registeringDns': 0, 'recovering': 0}");
    cmkd_once(flow);
    for (size_t i = 0; birth->ids[i]; i++)
        expect_finding(flow, birth->ids[i], "", "create", "done");
    expect_exit(flow, 0);
    expect_quiet(flow);
}

/* ---- drift ---------------------------------------------------------------------------------- */

static struct drift {
    const char *name;
    const struct declared *declared;
    const char *id, *patch, *path;
    const char *outcome; /* NULL: it is repaired */
    const char *changed; /* what may differ afterwards */
} drifts[] = {
    {
        .name = "a note that somebody changed is put right, the level stays",
        .declared = &locks,
        .id = VAULT_LOCK,
        .patch = "{'properties': {'notes': 'mine'}}",
        .path = "properties.notes",
    },
    {
        .name = "a note that was not declared stays",
        .declared = &locks,
        .id = ACCOUNT_LOCK,
        .patch = "{'properties': {'notes': 'theirs', 'level': 'Unknown'}}",
        .path = "properties.level",
        .changed = ".*: properties.notes",
    },
    {
        .name = "a lock that is gone is made anew",
        .declared = &locks,
        .id = VAULT_LOCK,
        .path = "",
        .outcome = "create",
    },
    {
        .name = "a log that somebody switched off is on again",
        .declared = &audits,
        .id = SETTING(VAULT),
        .patch = "{'properties': {'logs': [{'categoryGroup': 'audit', 'enabled': false}]}}",
        .path = "properties.logs",
    },
    {
        .name = "a log that somebody added is taken out",
        .declared = &audits,
        .id = SETTING(ACCOUNT),
        .patch = "{'properties': {'logs': [{'categoryGroup': 'audit', 'enabled': true}, "
                 "{'category': 'RequestResponse', 'enabled': true}]}}",
        .path = "properties.logs",
    },
    {
        .name = "metrics are on again",
        .declared = &audits,
        .id = SETTING(VAULT),
        .patch = "{'properties': {'metrics': []}}",
        .path = "properties.metrics",
    },
    {
        .name = "logs go where they are to go",
        .declared = &audits,
        .id = SETTING(VAULT),
        .patch = "{'properties': {'workspaceId': '" WORKSPACE "2'}}",
        .path = "properties.workspaceId",
    },
    {
        .name = "a second place that was not declared stays",
        .declared = &audits,
        .id = SETTING(VAULT),
        .patch = "{'properties': {'workspaceId': null, 'storageAccountId': '" GROUP
                 "/providers/Microsoft.Storage/storageAccounts/logs'}}",
        .path = "properties.workspaceId",
        .changed = ".*: properties.storageAccountId",
    },
    {
        .name = "a setting that is gone is made anew",
        .declared = &audits,
        .id = SETTING(ACCOUNT),
        .path = "",
        .outcome = "create",
    },
    {
        .name = "a content filter that somebody loosened is tightened",
        .declared = &models,
        .id = FILTER,
        .patch = "{'properties': {'mode': 'Asynchronous_filter'}}",
        .path = "properties.mode",
    },
    {
        .name = "a filter's base is put back",
        .declared = &models,
        .id = FILTER,
        .patch = "{'properties': {'basePolicyName': 'Microsoft.Default'}}",
        .path = "properties.basePolicyName",
    },
    {
        .name = "a model's capacity is put back, what Azure works out of it too",
        .declared = &models,
        .id = MODEL,
        .patch = "{'sku': {'capacity': 99}}",
        .path = "sku.capacity",
    },
    {
        .name = "a model stays where its data may be processed",
        .declared = &models,
        .id = MODEL,
        .patch = "{'sku': {'name': 'GlobalStandard'}}",
        .path = "sku.name",
    },
    {
        .name = "a model gets its filter back",
        .declared = &models,
        .id = MODEL,
        .patch = "{'properties': {'raiPolicyName': 'Microsoft.Default'}}",
        .path = "properties.raiPolicyName",
    },
    {
        .name = "a model that Azure may exchange is pinned again",
        .declared = &models,
        .id = MODEL,
        .patch = "{'properties': {'versionUpgradeOption': 'OnceNewDefaultVersionAvailable'}}",
        .path = "properties.versionUpgradeOption",
    },
    {
        .name = "a model's version is put back",
        .declared = &models,
        .id = MODEL,
        .patch = "{'properties': {'model': {'version': '2024-08-06'}}}",
        .path = "properties.model.version",
    },
    {
        .name = "another model under the name is an operator's",
        .declared = &models,
        .id = SMALL,
        .patch = "{'properties': {'model': {'name': 'gpt-4.1-mini'}}}",
        .path = "properties.model.name",
        .outcome = "impossible",
    },
    {
        .name = "a model that is gone is made anew",
        .declared = &models,
        .id = SMALL,
        .path = "",
        .outcome = "create",
    },
    {
        .name = "an endpoint gets its security group back, and leads where it led",
        .declared = &endpoints,
        .id = VAULT_ENDPOINT,
        .patch = "{'properties': {'applicationSecurityGroups': []}}",
        .path = "properties.applicationSecurityGroups",
    },
    {
        .name = "an endpoint gets its tag back",
        .declared = &endpoints,
        .id = VAULT_ENDPOINT,
        .patch = "{'tags': {'for': 'others'}}",
        .path = "tags.for",
    },
    {
        .name = "an endpoint in another subnet is an operator's",
        .declared = &endpoints,
        .id = VAULT_ENDPOINT,
        .patch = "{'properties': {'subnet': {'id': '" SUBNET "2'}}}",
        .path = "properties.subnet.id",
        .outcome = "impossible",
    },
    {
        .name = "an endpoint that leads elsewhere is an operator's",
        .declared = &endpoints,
        .id = ACCOUNT_ENDPOINT,
        .patch = "{'properties': {'privateLinkServiceConnections': [{'name': 'pe-oai', "
                 "'properties': {'privateLinkServiceId': '" ACCOUNT "2', 'groupIds': "
                 "['account']}}]}}",
        .path = "properties.privateLinkServiceConnections",
        .outcome = "impossible",
        .changed = ".*: properties.privateLinkServiceConnections",
    },
    {
        .name = "an endpoint with another network interface is an operator's",
        .declared = &endpoints,
        .id = VAULT_ENDPOINT,
        .patch = "{'properties': {'customNetworkInterfaceName': 'nic'}}",
        .path = "properties.customNetworkInterfaceName",
        .outcome = "impossible",
    },
    {
        .name = "an endpoint of another region is an operator's",
        .declared = &endpoints,
        .id = ACCOUNT_ENDPOINT,
        .patch = "{'location': 'westeurope'}",
        .path = "location",
        .outcome = "impossible",
    },
    {
        .name = "an endpoint that Azure could not finish is written again",
        .declared = &endpoints,
        .id = VAULT_ENDPOINT,
        .patch = "{'properties': {'provisioningState': 'Failed'}}",
        .path = "properties.provisioningState",
        .outcome = "action",
    },
    {
        .name = "and so is a zone group",
        .declared = &endpoints,
        .id = GROUP_OF(ACCOUNT_ENDPOINT),
        .patch = "{'properties': {'provisioningState': 'Failed'}}",
        .path = "properties.provisioningState",
        .outcome = "action",
    },
    {
        .name = "one that leads to another zone besides is written once, with its own",
        .declared = &endpoints,
        .id = GROUP_OF(ACCOUNT_ENDPOINT),
        .patch = "{'properties': {'provisioningState': 'Failed', 'privateDnsZoneConfigs': []}}",
        .path = "properties.provisioningState",
        .outcome = "action",
    },
    {
        .name = "an endpoint that is gone is made anew",
        .declared = &endpoints,
        .id = ACCOUNT_ENDPOINT,
        .path = "",
        .outcome = "create",
    },
    {
        .name = "an endpoint's names are found in its zone again",
        .declared = &endpoints,
        .id = GROUP_OF(VAULT_ENDPOINT),
        .patch = "{'properties': {'privateDnsZoneConfigs': [{'name': 'vault', 'properties': "
                 "{'privateDnsZoneId': '" ZONE("other.azure.net") "'}}]}}",
        .path = "properties.privateDnsZoneConfigs",
    },
    {
        .name = "a zone that somebody took out is back",
        .declared = &endpoints,
        .id = GROUP_OF(ACCOUNT_ENDPOINT),
        .patch = "{'properties': {'privateDnsZoneConfigs': []}}",
        .path = "properties.privateDnsZoneConfigs",
    },
    {
        .name = "a zone group that is gone is made anew",
        .declared = &endpoints,
        .id = GROUP_OF(ACCOUNT_ENDPOINT),
        .path = "",
        .outcome = "create",
    },
    {
        .name = "a tighter lock is not loosened",
        .declared = &locks,
        .id = VAULT_LOCK,
        .patch = "{'properties': {'level': 'ReadOnly'}}",
        .path = "properties.level",
        .outcome = "refused",
    },
};

#define STAMPS ".*: (etag|systemData.*|properties.provisioningState)"

static void a_drift_is_judged_and_nothing_else_changes(void **flow)
{
    const struct drift *drift = flow_row(flow);
    const char *outcome = drift->outcome ? drift->outcome : "patch";
    bool is_mended = strcmp(outcome, "refused") != 0 && strcmp(outcome, "impossible") != 0;
    made(flow, drift->declared);
    AUTO(json) struct json_object *before = flow_state(flow);
    flow_drift(flow, drift->id, drift->patch);
    AUTO(json) struct json_object *drifted = flow_state(flow);
    flow_log_clear(flow);

    cmkd_once(flow);
    expect_finding(flow, drift->id, drift->path, outcome, is_mended ? "done" : NULL);
    expect_exit(flow, is_mended ? 0 : 1);
    expect_writes(flow, is_mended ? 1 : 0);
    expect_changed_only(flow, is_mended ? before : drifted, STAMPS,
                        drift->changed ? drift->changed : "nothing at all", NULL);
    if (is_mended)
        expect_quiet(flow);
}

/* ---- alone in their trouble ----------------------------------------------------------------- */

static void what_may_not_be_seen_does_not_keep_the_rest_from_repair(void **flow)
{
    AUTO(text) char *config = config_of("'limits': {'onceDeadline': 'PT10S'}, ", &locks);
    flow_withhold(flow, "Microsoft.Authorization/locks/read");
    prod_good(flow, config);
    flow_drift(flow, VAULT, "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}");
    cmkd_once(flow);
    expect_finding(flow, VAULT, "properties.networkAcls.defaultAction", "patch", "done");
    expect_error(flow, VAULT_LOCK, "AuthorizationFailed");
    expect_exit(flow, 2);
    expect_writes(flow, 1);
}

static void an_exemption_covers_one_of_a_map(void **flow)
{
    static const char config[] =
        "{'stacks': {'prod': {" PLACE ", 'exemptions': [{'path': "
        "'vault.locks.keep', 'reason': 'SEC-1'}], 'vault': {'name': 'kv-openai-prod', 'locks': "
        "{'keep': {'properties': {'level': 'CanNotDelete'}}}}, 'key': {'name': 'openai-cmk'}, "
        "'account': {'name': 'oai-prod', 'locks': {'keep': {'properties': {'level': "
        "'CanNotDelete'}}}}}}}";
    prod_good(flow, config);
    cmkd_once(flow);
    expect_finding(flow, VAULT_LOCK, "", "exempt", NULL);
    expect_finding(flow, ACCOUNT_LOCK, "", "create", "done");
    expect_writes(flow, 1);
    expect_exit(flow, 0);
}

int main(void)
{
    const struct CMUnitTest whole[] = {
        FLOW_TEST(what_may_not_be_seen_does_not_keep_the_rest_from_repair),
        FLOW_TEST(an_exemption_covers_one_of_a_map),
    };
    int failed = FLOW_CASES_RUN(births, what_is_missing_is_made_once);
    failed += FLOW_CASES_RUN(births, a_whole_deployment_is_made_with_what_hangs_under_it);
    failed += FLOW_CASES_RUN(drifts, a_drift_is_judged_and_nothing_else_changes);
    failed += cmocka_run_group_tests(whole, NULL, NULL);
    return failed;
}
