/* test_once.c: one pass from a drift to a quiet Azure, and the daemon's way from start to stop. */
#include "flow.h"

#include "base/js.h"

static void an_opened_vault_firewall_is_shut_within_one_pass(void **flow)
{
    flow_good(flow);
    flow_drift(flow, FLOW_VAULT, "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}");
    AUTO(json) struct json_object *before = flow_state(flow);

    cmkd_once(flow);
    expect_finding(flow, FLOW_VAULT, "properties.networkAcls.defaultAction", "patch", "done");
    expect_state(flow, "prod", "repaired");
    expect_exit(flow, 0);
    expect_changed_only(flow, before, FLOW_VAULT ": properties\\.networkAcls\\.defaultAction",
                        NULL);

    cmkd_once(flow); /* a second pass finds nothing to do */
    expect_no_findings(flow);
    expect_state(flow, "prod", "insync");
    expect_exit(flow, 0);
    expect_writes(flow, 1);
}

static void what_is_well_is_left_alone(void **flow)
{
    flow_good(flow);
    AUTO(json) struct json_object *before = flow_state(flow);
    cmkd_once(flow);
    expect_no_findings(flow);
    expect_exit(flow, 0);
    expect_writes(flow, 0);
    expect_requests_at_most(flow, 6);
    expect_changed_only(flow, before, NULL);
}

static void a_managed_identity_does_as_well(void **flow)
{
    flow_credential(flow, "managedIdentity");
    flow_good(flow);
    cmkd_once(flow);
    expect_no_findings(flow);
    expect_exit(flow, 0);
}

static void the_daemon_repairs_and_stops_when_told(void **flow)
{
    flow_good(flow);
    flow_drift(flow, FLOW_VAULT, "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}");
    cmkd_start(flow, NULL);
    cmkd_wait_notify(flow, "READY=1");
    flow_await(flow, "^PATCH .*/vaults/kv-openai-prod\\?");
    assert_int_equal(cmkd_stop(flow), 0);
    expect_writes(flow, 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        FLOW_TEST(an_opened_vault_firewall_is_shut_within_one_pass),
        FLOW_TEST(what_is_well_is_left_alone),
        FLOW_TEST(a_managed_identity_does_as_well),
        FLOW_TEST(the_daemon_repairs_and_stops_when_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
