/* test_daemon.c: cmkd as it runs for years: started, signalled, killed, started again. */
#include "prod.h"

#include "base/js.h"

#include <signal.h>
#include <stdio.h>

static void a_signal_reconciles_at_once(void **flow)
{
    prod_good(flow, PROD("'interval': 'PT1H', ", "", "", ""));
    cmkd_start(flow, NULL);
    cmkd_wait_line(flow, "started");
    flow_drift(flow, VAULT, "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}");
    cmkd_signal(flow, SIGUSR1);
    cmkd_wait_line(flow, "properties.networkAcls.defaultAction was Allow, is Deny again");
    assert_int_equal(cmkd_stop(flow), 0);
    expect_quiet(flow);
}

/* It waits for the second look at what is gone; the signal makes it look before its time. */
static void a_signal_wakes_a_stack_that_waits(void **flow)
{
    prod_good(flow, PROD("'interval': 'PT1H', 'limits': {'absentFor': 'PT50M'}, ", "", "", ""));
    flow_drift(flow, GRANT, NULL);
    cmkd_start(flow, NULL);
    /* The probe of the data plane goes out when the stack has been judged, and waits. */
    flow_await(flow, "^GET https://kv-openai-prod.vault.azure.net/keys/openai-cmk\\?");
    flow_drift(flow, VAULT, "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}");
    cmkd_signal(flow, SIGUSR1);
    cmkd_wait_line(flow, "properties.networkAcls.defaultAction was Allow, is Deny again");
    assert_int_equal(cmkd_stop(flow), 0);
}

static void a_good_file_is_taken_and_a_bad_one_refused_with_its_place(void **flow)
{
    prod_good(flow, PROD("'interval': 'PT1H', 'mode': 'audit', ", "", "", ""));
    flow_drift(flow, VAULT, "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}");
    cmkd_start(flow, NULL);
    cmkd_wait_line(flow, "properties.networkAcls.defaultAction is Allow");
    flow_config(flow, PROD("'interval': 'PT1H', 'mode': 'enfroce', ", "", "", ""));
    cmkd_signal(flow, SIGHUP);
    cmkd_wait_line(flow, "/mode: ");
    flow_config(flow, PROD("'interval': 'PT1H', ", "", "", ""));
    cmkd_signal(flow, SIGHUP);
    cmkd_wait_line(flow, "properties.networkAcls.defaultAction was Allow, is Deny again");
    assert_int_equal(cmkd_stop(flow), 0);
}

/* A file that is good in itself and cannot be taken into use is refused too, late: nothing of the
 * hurry that the islands were in for it may stay. */
static void a_reload_that_fails_late_leaves_the_daemon_repairing(void **flow)
{
    AUTO(text) char *ca = mem_format("%s/none.pem", flow_directory(flow));
    prod_good(flow, PROD("'interval': 'PT1H', ", "", "", ""));
    cmkd_start(flow, NULL);
    cmkd_wait_notify(flow, "1 of 1 stack in sync");

    AUTO(text) char *path = mem_format("%s/cmkd.json", flow_directory(flow));
    AUTO(json) struct json_object *bad = json_object_from_file(path);
    FILE *file = fopen(ca, "w"); /* there, and no certificate */
    assert_true(file && fclose(file) == 0);
    js_put(bad, "cloud.caFile", json_object_new_string(ca));
    assert_int_equal(json_object_to_file(path, bad), 0);
    cmkd_signal(flow, SIGHUP);
    cmkd_wait_line(flow, "holds no certificate");

    flow_drift(flow, VAULT, "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}");
    cmkd_signal(flow, SIGUSR1);
    cmkd_wait_line(flow, "properties.networkAcls.defaultAction was Allow, is Deny again");
    assert_int_equal(cmkd_stop(flow), 0);
}

/* An operation of Azure's may take half an hour: the other stacks must not go unwatched for it. */
static void a_reload_does_not_wait_for_an_operation_of_azures(void **flow)
{
    prod_good(flow, PROD("'interval': 'PT1H', ", "", "", ""));
    flow_drift(flow, ACCOUNT, "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}");
    flow_settings(flow, "{'operation': 3600}");
    cmkd_start(flow, NULL);
    flow_await(flow, "^GET .*/operationResults/");
    flow_config(flow, PROD("'interval': 'PT1H', 'mode': 'audit', ", "", "", ""));
    flow_drift(flow, VAULT, "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}");
    cmkd_signal(flow, SIGHUP);
    cmkd_wait_line(flow, "properties.networkAcls.defaultAction is Allow");
    assert_int_equal(cmkd_stop(flow), 0);
    expect_writes(flow, 1);
}

/* What was sent must stand in the journal, with the id that Microsoft's support asks for. */
static void a_stop_tells_what_azure_is_still_at_work_on(void **flow)
{
    prod_good(flow, PROD("'interval': 'PT1H', ", "", "", ""));
    flow_drift(flow, ACCOUNT, "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}");
    flow_settings(flow, "{'operation': 3600}");
    cmkd_start(flow, NULL);
    flow_await(flow, "^GET .*/operationResults/");
    assert_int_equal(cmkd_stop(flow), 0);
    expect_writes(flow, 1);
    expect_said(flow, "oai-prod: properties.networkAcls.defaultAction was Allow, should be Deny; "
                      "Azure has accepted the patch, but no look shows it yet: cmkd has ended.* "
                      "\\[[0-9a-f-]{36}\\]");
}

/* Killed between the write and the look at it: the next start converges, with nothing to lose. */
static void a_daemon_that_is_killed_in_a_repair_converges_when_it_starts_again(void **flow)
{
    prod_good(flow, PROD("", "", ", 'rotation': {'every': 'P90D'}", ""));
    flow_age(flow, "kv-openai-prod", "openai-cmk", 100);
    flow_drift(flow, VAULT, "{'properties': {'enablePurgeProtection': null}}");
    flow_drift(flow, ACCOUNT, "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}");
    flow_settings(flow, "{'operation': 3}");
    cmkd_start(flow, NULL);
    flow_await(flow, "^PATCH .*/accounts/oai-prod\\?");
    cmkd_kill(flow);

    cmkd_once(flow);
    cmkd_once(flow);
    expect_no_findings(flow);
    expect_exit(flow, 0);
    expect_sent(flow, "^POST .*/rotate", NULL, 1);
}

static void a_second_cmkd_is_kept_out(void **flow)
{
    prod_good(flow, PROD("'interval': 'PT1H', ", "", "", ""));
    cmkd_start(flow, NULL);
    cmkd_wait_line(flow, "started");
    assert_int_equal(cmkd_beside(flow), 75);
    assert_int_equal(cmkd_stop(flow), 0);
}

/* Another writer sets the value back each time: seen, told, and not fought over. */
static void a_value_that_is_set_back_is_waited_with_and_not_hammered(void **flow)
{
    prod_good(flow, PROD("'limits': {'onceDeadline': 'PT5S'}, ", "", "", ""));
    flow_drift(flow, VAULT, "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}");
    flow_faults(flow, "[{'op': 'revert', 'resource': '" VAULT "', "
                      "'path': 'properties.networkAcls.defaultAction'}]");
    cmkd_once(flow);
    expect_sent(flow, "^PATCH .*/vaults/", NULL, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_TEST(a_signal_reconciles_at_once),
        FLOW_TEST(a_signal_wakes_a_stack_that_waits),
        FLOW_TEST(a_good_file_is_taken_and_a_bad_one_refused_with_its_place),
        FLOW_TEST(a_reload_that_fails_late_leaves_the_daemon_repairing),
        FLOW_TEST(a_reload_does_not_wait_for_an_operation_of_azures),
        FLOW_TEST(a_stop_tells_what_azure_is_still_at_work_on),
        FLOW_TEST(a_daemon_that_is_killed_in_a_repair_converges_when_it_starts_again),
        FLOW_TEST(a_second_cmkd_is_kept_out),
        FLOW_TEST(a_value_that_is_set_back_is_waited_with_and_not_hammered),
    };
    return cmocka_run_group_tests_name("daemon", tests, NULL, NULL);
}
