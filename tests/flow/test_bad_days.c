/* test_bad_days.c: what the operator is told when nothing can be seen, and that nothing is
 * written then: exit 2 with the resource, the code, and what to do. */
#include "prod.h"

#include "base/js.h"

#include <string.h>

static void a_refused_credential_is_named_with_microsofts_text(void **flow)
{
    prod_good(flow, PROD("'credential': {'type': 'clientSecret', 'tenantId': "
                         "'11111111-1111-1111-1111-111111111111', 'clientId': "
                         "'99999999-9999-9999-9999-999999999999', 'secretFile': 'secret'}, ",
                         "", "", ""));
    cmkd_once(flow);
    expect_error(flow, VAULT, "unauthorized_client");
    expect_state(flow, "prod", "unknown");
    expect_exit(flow, 2);
    expect_requests_at_most(flow, 0);
    if (!strstr(cmkd_stderr(flow), "AADSTS"))
        flow_fail(flow, "Microsoft's own text is not passed on");
}

static void an_azure_that_is_down_is_unreachable_and_nothing_is_made(void **flow)
{
    prod_good(flow, PROD("'cloud': {'resourceManager': 'https://management.localhost:9', "
                         "'authority': 'https://login.localhost:9', "
                         "'keyVaultSuffix': 'vault.localhost:9', 'audience': {"
                         "'resourceManager': 'https://management.azure.com', "
                         "'keyVault': 'https://vault.azure.net'}, 'imds': 'http://127.0.0.1:9'}, "
                         "'credential': {'type': 'managedIdentity'}, ",
                         "", "", ""));
    cmkd_once(flow);
    expect_error(flow, VAULT, "Connect");
    expect_exit(flow, 2);
}

/* The certificate of azsim is signed by an authority that this machine does not know. */
static void a_certificate_that_does_not_verify_stops_everything(void **flow)
{
    prod_good(flow, PROD("", "", "", ""));
    AUTO(text) char *path = mem_format("%s/cmkd.json", flow_directory(flow));
    AUTO(json) struct json_object *config = json_object_from_file(path);
    js_remove(config, "cloud.caFile");
    flow_config_tree(flow, config);
    cmkd_once(flow);
    expect_error(flow, VAULT, "Tls");
    expect_exit(flow, 2);
    expect_requests_at_most(flow, 0);
}

static void one_stack_in_trouble_never_stops_another(void **flow)
{
    prod_good(flow, "{'stacks': {'prod': {" PLACE ", 'vault': {'name': 'kv-openai-prod'}, "
                    "'key': {'name': 'openai-cmk'}, 'account': {'name': 'oai-prod'}}, "
                    "'other': {'subscriptionId': '00000000-0000-0000-0000-00000000000f', "
                    "'resourceGroup': 'rg-gone', 'location': 'swedencentral', "
                    "'vault': {'name': 'kv-other'}, 'key': {'name': 'cmk'}, "
                    "'account': {'name': 'oai-other'}}}}");
    flow_drift(flow, VAULT, "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}");
    cmkd_once(flow);
    expect_finding(flow, VAULT, "properties.networkAcls.defaultAction", "patch", "done");
    expect_state(flow, "prod", "repaired");
    expect_state(flow, "other", "unknown");
    expect_exit(flow, 2);
    expect_writes(flow, 1);
}

/* 503, 500, a reset, a cut body: each once; the retry sees what is there. */
static void weather_is_retried_and_leaves_no_trace(void **flow)
{
    prod_good(flow, PROD("", "", "", ""));
    flow_faults(flow, "[{'match': 'GET .*/vaults/kv-openai-prod\\\\?', 'status': 503, "
                      "'action': 'html'},"
                      "{'match': 'GET .*/accounts/oai-prod\\\\?', 'action': 'reset-before'},"
                      "{'match': 'GET .*/keys/openai-cmk\\\\?', 'action': 'truncate'},"
                      "{'match': 'GET .*/versions\\\\?', 'status': 500}]");
    cmkd_once(flow);
    expect_no_findings(flow);
    expect_exit(flow, 0);
    assert_int_equal(flow_faults_fired(flow), 4);
    expect_writes(flow, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_TEST(a_refused_credential_is_named_with_microsofts_text),
        FLOW_TEST(an_azure_that_is_down_is_unreachable_and_nothing_is_made),
        FLOW_TEST(a_certificate_that_does_not_verify_stops_everything),
        FLOW_TEST(one_stack_in_trouble_never_stops_another),
        FLOW_TEST(weather_is_retried_and_leaves_no_trace),
    };
    return cmocka_run_group_tests_name("bad days", tests, NULL, NULL);
}
