/* test_drift.c: whatever drifts is found and repaired within one pass, the next one finds nothing,
 * and nothing that was not declared has changed on the way. */
#include "prod.h"

#include "base/js.h"

/* Undeclared things of all sorts, which must be there unchanged afterwards. */
#define FOREIGN_USER GROUP "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/somebody"
#define FOREIGN_SUBNET GROUP "/providers/Microsoft.Network/virtualNetworks/VNet/subnets/Snet"
/* As a vault stores it. */
#define VAULT_SUBNET                                                                               \
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourcegroups/rg-openai-prod/"           \
    "providers/microsoft.network/virtualnetworks/vnet/subnets/snet"

static const char strange[] =
    "{'live': {"
    "'" VAULT "': {'tags': {'owner': 'somebody', 'Cost.Center': '7'}, 'properties': {"
    "  'enabledForDeployment': true, 'anUnknownProperty': {'a': [1, 2]},"
    "  'networkAcls': {'ipRules': [{'value': '198.51.100.0/24'}],"
    "                  'virtualNetworkRules': [{'id': '" VAULT_SUBNET "'}]}}},"
    "'" ACCOUNT "': {'tags': {'owner': 'somebody'}, 'identity': {"
    "  'type': 'SystemAssigned, UserAssigned', 'userAssignedIdentities': {'" FOREIGN_USER "': {"
    "    'principalId': '66666666-6666-6666-6666-666666666666',"
    "    'clientId': '77777777-7777-7777-7777-777777777777'}}},"
    "  'properties': {'disableLocalAuth': true, 'anUnknownProperty': 'x',"
    "  'networkAcls': {'bypass': 'AzureServices', 'ipRules': [{'value': '198.51.100.9'}],"
    "  'virtualNetworkRules': [{'id': '" FOREIGN_SUBNET "',"
    "                           'ignoreMissingVnetServiceEndpoint': true}]}}}}}";

#define DECLARED_RULES                                                                             \
    ", 'properties': {'networkAcls': {'ipRules': [{'value': '198.51.100.0/24'}]}}"
#define DECLARED_PUBLIC ", 'properties': {'publicNetworkAccess': 'Disabled'}"

static struct drift {
    const char *name;
    const char *id, *patch;      /* what somebody does to Azure */
    const char *vault, *account; /* more of the declaration */
    const char *resource, *path, *outcome;
    int writes;
    const char *changed; /* all that may differ from before the drift, beside Azure's own stamps */
} drifts[] = {
    {
        .name = "purge protection that is off is switched on",
        .id = VAULT,
        .patch = "{'properties': {'enablePurgeProtection': null}}",
        .resource = VAULT,
        .path = "properties.enablePurgeProtection",
        .outcome = "patch",
        .writes = 1,
    },
    {
        .name = "a vault firewall that somebody opened is shut",
        .id = VAULT,
        .patch = "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}",
        .resource = VAULT,
        .path = "properties.networkAcls.defaultAction",
        .outcome = "patch",
        .writes = 1,
    },
    {
        .name = "a bypass that CMK needs is given back",
        .id = VAULT,
        .patch = "{'properties': {'networkAcls': {'bypass': 'None'}}}",
        .resource = VAULT,
        .path = "properties.networkAcls.bypass",
        .outcome = "patch",
        .writes = 1,
    },
    {
        .name = "a foreign IP rule on the vault is taken out where the list is declared",
        .id = VAULT,
        .patch = "{'properties': {'networkAcls': {'ipRules': [{'value': '198.51.100.0/24'},"
                 " {'value': '192.0.2.66/32'}]}}}",
        .vault = DECLARED_RULES,
        .resource = VAULT,
        .path = "properties.networkAcls.ipRules",
        .outcome = "patch",
        .writes = 1,
    },
    {
        .name = "an account firewall that somebody opened is shut",
        .id = ACCOUNT,
        .patch = "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}",
        .resource = ACCOUNT,
        .path = "properties.networkAcls.defaultAction",
        .outcome = "patch",
        .writes = 1,
    },
    {
        .name = "public network access is switched off where it is declared off",
        .id = ACCOUNT,
        .patch = "{'properties': {'publicNetworkAccess': 'Enabled'}}",
        .account = DECLARED_PUBLIC,
        .resource = ACCOUNT,
        .path = "properties.publicNetworkAccess",
        .outcome = "patch",
        .writes = 1,
        .changed = ".*: properties.publicNetworkAccess",
    },
    {
        .name = "a restriction that somebody set leaves the account its key vault",
        .id = ACCOUNT,
        .patch = "{'properties': {'restrictOutboundNetworkAccess': true, 'allowedFqdnList': "
                 "['files.contoso.com']}}",
        .resource = ACCOUNT,
        .path = "properties.allowedFqdnList",
        .outcome = "patch",
        .writes = 1,
        .changed = ".*: properties.(restrictOutboundNetworkAccess|allowedFqdnList.*)",
    },
    {
        .name = "a missing role assignment is made anew",
        .id = GRANT,
        .patch = NULL,
        .resource = GRANTS "*",
        .path = "",
        .outcome = "create",
        .writes = 1,
        .changed = ".*/roleAssignments/.*",
    },
    {
        .name = "encryption back at Microsoft's keys is linked again",
        .id = ACCOUNT,
        .patch = "{'properties': {'encryption': {'keySource': 'Microsoft.CognitiveServices',"
                 " 'keyVaultProperties': null}}}",
        .resource = ACCOUNT,
        .path = "properties.encryption.keySource",
        .outcome = "patch",
        .writes = 1,
    },
    {
        .name = "an account that names an old key version is pointed to the newest",
        .id = ACCOUNT,
        .patch = "{'properties': {'encryption': {'keyVaultProperties': {"
                 "'keyVersion': 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}}}}",
        .resource = ACCOUNT,
        .path = "properties.encryption.keyVaultProperties.keyVersion",
        .outcome = "patch",
        .writes = 1,
    },
    {
        .name = "a declared tag that somebody changed is set again, the others stay",
        .id = ACCOUNT,
        .patch = "{'tags': {'data': 'public'}}",
        .account = ", 'tags': {'data': 'secret'}",
        .resource = ACCOUNT,
        .path = "tags.data",
        .outcome = "patch",
        .writes = 1,
        .changed = ".*: tags.data",
    },
};

/* What Azure itself stamps on what is written. */
#define STAMPS ".*: (etag|systemData.*|properties.provisioningState)"
#define NOTHING "nothing at all"

static void a_drift_is_repaired_and_nothing_else_changes(void **flow)
{
    const struct drift *drift = flow_row(flow);
    AUTO(text)
    char *config =
        mem_format("{'stacks': {'prod': {" PLACE ", 'vault': {'name': 'kv-openai-prod'%s}, "
                   "'key': {'name': 'openai-cmk'}, 'account': {'name': 'oai-prod'%s}}}}",
                   drift->vault ? drift->vault : "", drift->account ? drift->account : "");
    prod_seed(flow, strange, config);
    AUTO(json) struct json_object *before = flow_state(flow);

    flow_drift(flow, drift->id, drift->patch);
    cmkd_once(flow);
    expect_finding(flow, drift->resource, drift->path, drift->outcome, "done");
    expect_exit(flow, 0);
    expect_state(flow, "prod", "repaired");
    expect_writes(flow, drift->writes);

    expect_quiet(flow);
    expect_changed_only(flow, before, STAMPS, drift->changed ? drift->changed : NOTHING, NULL);
}

/* A new identity is a new principal: the old grant is worth nothing, and a new one is made. */
static void an_identity_that_was_removed_comes_back_with_a_grant(void **flow)
{
    prod_good(flow, PROD("", "", "", ""));
    flow_drift(flow, ACCOUNT, "{'identity': {'type': 'None', 'principalId': null}}");
    cmkd_once(flow);
    expect_finding(flow, ACCOUNT, "identity.type", "patch", "done");
    expect_finding(flow, GRANTS "*", "", "create", "done");
    expect_exit(flow, 0);
    expect_quiet(flow);
}

static void a_key_that_is_due_is_rotated_once_and_the_account_follows(void **flow)
{
    prod_good(flow, PROD("", "", ", 'rotation': {'every': 'P90D'}", ""));
    flow_age(flow, "kv-openai-prod", "openai-cmk", 100);
    cmkd_once(flow);
    expect_finding(flow, KEY, "rotation.every", "action", "done");
    expect_finding(flow, ACCOUNT, "properties.encryption.keyVaultProperties.keyVersion", "patch",
                   "done");
    expect_exit(flow, 0);
    expect_sent(flow, "^POST .*/rotate", NULL, 1);
    expect_quiet(flow);
}

static void a_soft_deleted_vault_is_recovered_with_its_grant(void **flow)
{
    AUTO(json) struct json_object *seed = flow_control_case();
    struct json_object *live = js_object(seed, "live");
    struct json_object *deleted = json_object_new_object();
    AUTO(json) struct json_object *vault = json_object_get(js_member(live, VAULT, NULL));
    json_object_object_add(deleted, "@deleted", js_copy(vault));
    json_object_object_add(live, VAULT, deleted);
    json_object_object_del(live, GRANT); /* Azure drops the grants of a deleted vault */
    flow_seed_case(flow, seed);
    flow_config(flow, PROD("", "", "", ""));

    cmkd_once(flow);
    expect_finding(flow, VAULT, "", "recover", "done");
    expect_finding(flow, GRANTS "*", "", "create", "done");
    expect_exit(flow, 0);
    expect_sent(flow, "^PUT .*/vaults/kv-openai-prod\\?", "recover", 1);
    expect_quiet(flow);
}

static void a_deployment_is_built_from_nothing(void **flow)
{
    flow_seed(flow, "{'resourceGroups': ['" GROUP "']}");
    flow_config(flow, PROD("", "", ", 'rotation': {'every': 'P90D'}", ""));
    cmkd_once(flow);
    expect_finding(flow, VAULT, "", "create", "done");
    expect_finding(flow, KEY, "", "create", "done");
    expect_finding(flow, ACCOUNT, "", "create", "done");
    expect_finding(flow, GRANTS "*", "", "create", "done");
    expect_finding(flow, ACCOUNT, "properties.encryption.keySource", "patch", "done");
    expect_exit(flow, 0);
    expect_quiet(flow);
}

/* Azure refuses the link until the grant has taken effect: that is waited for, not given up. */
static void a_grant_that_takes_a_while_is_waited_for(void **flow)
{
    flow_seed(flow, "{'resourceGroups': ['" GROUP "'], 'settings': {'grantDelay': 4}}");
    flow_config(flow, PROD("", "", "", ""));
    cmkd_once(flow);
    expect_finding(flow, ACCOUNT, "properties.encryption.keySource", "patch", "done");
    expect_exit(flow, 0);
    int links = flow_count_sent(flow, "^PATCH .*/accounts/oai-prod\\?", "encryption", NULL);
    assert_in_range(links, 2, 5);
    expect_quiet(flow);
}

int main(void)
{
    const struct CMUnitTest whole[] = {
        FLOW_TEST(an_identity_that_was_removed_comes_back_with_a_grant),
        FLOW_TEST(a_key_that_is_due_is_rotated_once_and_the_account_follows),
        FLOW_TEST(a_soft_deleted_vault_is_recovered_with_its_grant),
        FLOW_TEST(a_deployment_is_built_from_nothing),
        FLOW_TEST(a_grant_that_takes_a_while_is_waited_for),
    };
    int failed = FLOW_CASES_RUN(drifts, a_drift_is_repaired_and_nothing_else_changes);
    return failed + cmocka_run_group_tests_name("repairs", whole, NULL, NULL);
}
