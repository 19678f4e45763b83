/* test_reach.c: a vault's firewall shuts cmkd out of the data plane by its address, and never out
 * of Resource Manager: what it repairs there is repaired, the rest is said beforehand. */
#include "prod.h"

#include "base/js.h"

#define OUTSIDE "{'callerAddress': '198.51.100.7'}"
#define DENY "'defaultAction': 'Deny', 'bypass': 'AzureServices'"
#define KEY_URL "https://kv-openai-prod.vault.azure.net/keys/openai-cmk?api-version=7.4"

/* clang-format off */
static struct door {
    const char *name;
    const char *properties; /* a patch of the vault's */
    long status;            /* of a read from 198.51.100.7 */
} doors[] = {
    {"a vault without rules is open", "{'networkAcls': null}", 200},
    {"a vault that denies is shut", "{'networkAcls': {" DENY ", 'ipRules': []}}", 403},
    {"an address that a rule names comes in", "{'networkAcls': {" DENY ", 'ipRules': [{'value': '198.51.100.7/32'}]}}", 200},
    {"so does one of a range", "{'networkAcls': {" DENY ", 'ipRules': [{'value': '198.51.100.0/29'}]}}", 200},
    {"one beside the range does not", "{'networkAcls': {" DENY ", 'ipRules': [{'value': '198.51.100.8/29'}]}}", 403},
    {"the bypass is for Azure's services, not for cmkd", "{'networkAcls': {" DENY "}}", 403},
    {"without public access no rule helps", "{'publicNetworkAccess': 'Disabled', 'networkAcls': {"
     "'defaultAction': 'Allow', 'ipRules': [{'value': '198.51.100.7'}]}}", 403},
};
/* clang-format on */

static void the_vault_looks_at_the_address_and_resource_manager_does_not(void **flow)
{
    const struct door *door = flow_row(flow);
    AUTO(text) char *patch = mem_format("{'properties': %s}", door->properties);
    flow_good(flow);
    flow_settings(flow, OUTSIDE);
    flow_drift(flow, VAULT, patch);

    struct flow_answer answer = flow_request(flow, "GET", KEY_URL, NULL, 20000);
    if (answer.status != door->status)
        flow_fail(flow, "status %ld: %s", answer.status, answer.body);
    flow_answer_done(&answer);
    answer = flow_request(
        flow, "GET", "https://management.azure.com" VAULT "?api-version=2026-02-01", NULL, 20000);
    assert_int_equal(answer.status, 200);
    flow_answer_done(&answer);
}

static void what_resource_manager_can_repair_is_repaired_from_outside(void **flow)
{
    prod_good(flow, PROD("", "", "", ""));
    flow_settings(flow, OUTSIDE);
    flow_drift(flow, ACCOUNT, "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}");
    flow_drift(flow, VAULT, "{'properties': {'enablePurgeProtection': null}}");
    cmkd_once(flow);
    expect_finding(flow, ACCOUNT, "properties.networkAcls.defaultAction", "patch", "done");
    expect_finding(flow, VAULT, "properties.enablePurgeProtection", "patch", "done");
    expect_said(flow, "kv-openai-prod.*NOT possible.*ForbiddenByFirewall");
    expect_writes(flow, 2);
    expect_exit(flow, 0);
}

/* What only the vault can do is tried, refused, and nothing is made up for it. */
static void a_rotation_that_is_due_fails_from_outside(void **flow)
{
    prod_good(flow, PROD("", "", ", 'rotation': {'every': 'P7D'}", ""));
    flow_settings(flow, OUTSIDE);
    cmkd_once(flow);
    expect_finding(flow, KEY, "rotation.every", "action|waiting", NULL);
    expect_said(flow, "ForbiddenByFirewall");
    expect_writes(flow, 0);
    assert_int_not_equal(cmkd_exit(flow), 0);
}

int main(void)
{
    const struct CMUnitTest whole[] = {
        FLOW_TEST(what_resource_manager_can_repair_is_repaired_from_outside),
        FLOW_TEST(a_rotation_that_is_due_fails_from_outside),
    };
    int failed =
        FLOW_CASES_RUN(doors, the_vault_looks_at_the_address_and_resource_manager_does_not);
    return failed + cmocka_run_group_tests_name("reach", whole, NULL, NULL);
}
