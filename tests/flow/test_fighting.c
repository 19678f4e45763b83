/* test_fighting.c: others write too, and the activity log names them, once it has caught up. The
 * log lags, is forbidden, goes round in circles, holds what nobody should print: findings and
 * repairs never wait for it. */
#include "prod.h"

#include "base/mem.h"

#include <signal.h>
#include <string.h>

#define ACTION "properties.networkAcls.defaultAction"
#define OPEN "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}"
#define ASSIGNMENT SUBSCRIPTION "/providers/Microsoft.Authorization/policyAssignments/open-vaults"
#define ALICE                                                                                      \
    "{'caller': 'alice@contoso.com', 'correlationId': 'a11ce000-0000-4000-8000-000000000001'}"
#define LOG "^GET .*/eventtypes/management/values"
#define LAGS "{'activityLag': 3600}"
#define SHOWS "{'activityLag': 0}"

/* cmkd runs, and has seen that all is well. */
static void watch_declared(void **flow, const char *account)
{
    AUTO(text) char *config = mem_format(PROD("'interval': 'PT1H', ", "", "", "%s"), account);
    prod_good(flow, config);
    cmkd_start(flow, NULL);
    cmkd_wait_line(flow, "started");
    flow_await(flow, "^GET .*/keys/openai-cmk/versions");
    cmkd_signal(flow, SIGUSR1);
    flow_await(flow, "^GET .*/keys/openai-cmk/versions");
}

static void watch(void **flow)
{
    watch_declared(flow, "");
}

static void is_opened_and_shut(void **flow, const char *by)
{
    flow_drift_by(flow, VAULT, OPEN, by);
    cmkd_signal(flow, SIGUSR1);
    cmkd_wait_line(flow, ACTION " was Allow, is Deny again");
}

/* ---- who is named --------------------------------------------------------------------------- */

static void a_person_is_named_when_the_log_has_caught_up(void **flow)
{
    watch(flow);
    flow_settings(flow, LAGS);
    is_opened_and_shut(flow, ALICE);
    flow_await(flow, LOG); /* which knows nothing yet: the repair has not waited for it */
    flow_settings(flow, SHOWS);
    cmkd_signal(flow, SIGUSR1);
    cmkd_wait_line(flow, "kv-openai-prod: " ACTION " was changed by alice@contoso.com");
    assert_int_equal(cmkd_stop(flow), 0);
    expect_said(flow, "alice@contoso.com at .*Microsoft.KeyVault/vaults/write "
                      "\\[a11ce000-0000-4000-8000-000000000001\\]");
    expect_writes(flow, 1);
}

static void a_pipeline_is_named_by_its_identity_and_client(void **flow)
{
    watch(flow);
    is_opened_and_shut(flow, "{'caller': '7e44af04-0000-4000-8000-000000000002', 'appid': "
                             "'7e44af04-0000-4000-8000-00000000c11e'}");
    cmkd_wait_line(flow, "was changed by 7e44af04-0000-4000-8000-000000000002 by client "
                         "7e44af04-0000-4000-8000-00000000c11e at ");
    assert_int_equal(cmkd_stop(flow), 0);
}

static void cmkd_is_never_named_and_an_empty_log_names_nobody(void **flow)
{
    watch(flow);
    flow_drift(flow, VAULT, OPEN); /* and no record of it: but the repair has one */
    cmkd_signal(flow, SIGUSR1);
    cmkd_wait_line(flow, "is Deny again");
    flow_await(flow, LOG);
    cmkd_signal(flow, SIGUSR1);
    flow_await(flow, LOG);
    cmkd_signal(flow, SIGUSR1);
    flow_await(flow, LOG); /* what the two before said has been taken in */
    assert_int_equal(cmkd_stop(flow), 0);
    assert_null(strstr(cmkd_stderr(flow), "was changed by"));
}

static void what_the_log_says_forges_no_line(void **flow)
{
    watch(flow);
    is_opened_and_shut(flow, "{'caller': 'eve\\n2026-01-01T00:00:00Z NOTICE prod: \\u001b[2J%n'}");
    cmkd_wait_line(flow, "was changed by eve\\n2026-01-01T00:00:00Z NOTICE prod: \\x1b[2J%n at ");
    assert_int_equal(cmkd_stop(flow), 0);
    assert_null(strchr(cmkd_stderr(flow), '\x1b'));
}

/* ---- who fights ----------------------------------------------------------------------------- */

/* Its remediation opens the vault again each time that it is shut. */
static void of_a_policy_that_fights_one_event_names_the_assignment(void **flow)
{
    watch(flow);
    for (int i = 0; i < 3; i++) {
        is_opened_and_shut(flow, "{'assignment': '" ASSIGNMENT "'}");
        cmkd_wait_line(flow, "was changed by the Azure Policy assignment " ASSIGNMENT);
    }
    flow_drift_by(flow, VAULT, OPEN, "{'assignment': '" ASSIGNMENT "'}");
    cmkd_signal(flow, SIGUSR1);
    cmkd_wait_line(flow, "somebody else writes it too");
    cmkd_signal(flow, SIGUSR1);
    flow_await(flow, LOG);
    assert_int_equal(cmkd_stop(flow), 0);
    expect_said(
        flow,
        "changed back 3 times within a week: .* it is the Azure Policy assignment " ASSIGNMENT);
    expect_writes(flow, 3);
}

/* ---- who fights for days: on a clock of the test's own -----------------------------------------
 */

#define CONTENDED "changed back 3 times within a week: somebody else writes it too"
#define DAY 86400
#define PASS "^GET .*/keys/openai-cmk/versions"

/* A pass, so much later. */
static void look_after(void **flow, int64_t seconds)
{
    flow_pass_time(flow, seconds);
    cmkd_signal(flow, SIGUSR1);
    flow_await(flow, PASS);
}

/* One event, and it names the assignment; and nothing more is written. */
static void expect_contended(void **flow, const char *resource, const char *write)
{
    cmkd_wait_line(flow, CONTENDED);
    expect_sent(flow, write, NULL, 3);
    for (int i = 0; i < 4; i++)
        look_after(flow, 6 * 3600 - 600);
    expect_sent(flow, write, NULL, 3);
    AUTO(text)
    char *line = mem_format("%s: .* " CONTENDED ".* it is the Azure Policy assignment %s", resource,
                            ASSIGNMENT);
    look_after(flow, DAY / 2); /* then one try a day */
    flow_await(flow, write);
    assert_int_equal(cmkd_stop(flow), 0);
    expect_said(flow, line);
    const char *first = strstr(cmkd_stderr(flow), CONTENDED);
    assert_null(strstr(first + 1, CONTENDED));
    expect_sent(flow, write, NULL, 4);
}

/* Each write that it meddles with is seen undone, by two looks, once it has had time to show. */
static void a_policy_that_modifies_is_contended_and_named(void **flow)
{
    watch(flow);
    flow_faults(flow, "[{'op': 'modify', 'resource': '" VAULT "', 'path': '" ACTION
                      "', 'value': 'Allow', 'assignment': '" ASSIGNMENT "'}]");
    flow_drift(flow, VAULT, OPEN);
    for (int i = 0; i < 3; i++) {
        look_after(flow, 60);
        flow_await(flow, "^PATCH .*/vaults/");
        look_after(flow, 150);
    }
    look_after(flow, 60);
    expect_contended(flow, "kv-openai-prod", "^PATCH .*/vaults/");
}

/* Its remediation comes minutes after each write, under an identity of its own. */
static void a_policy_that_deploys_is_contended_and_named(void **flow)
{
    watch_declared(flow, ", 'properties': {'publicNetworkAccess': 'Enabled'}");
    for (int i = 0; i < 4; i++) {
        flow_pass_time(flow, 600);
        flow_drift_by(flow, ACCOUNT, "{'properties': {'publicNetworkAccess': 'Disabled'}}",
                      "{'caller': '6d0d90c0-0000-4000-8000-000000000003', 'identityOf': "
                      "'" ASSIGNMENT "'}");
        look_after(flow, 1);
        if (i < 3)
            cmkd_wait_line(flow, "properties.publicNetworkAccess was Disabled, is Enabled again");
    }
    expect_contended(flow, "oai-prod", "^PATCH .*/accounts/");
}

/* ---- a log that is no help ------------------------------------------------------------------ */

static void a_log_that_may_not_be_read_is_told_once(void **flow)
{
    flow_withhold(flow, "Microsoft.Insights/eventtypes/values/read");
    watch(flow);
    is_opened_and_shut(flow, ALICE);
    cmkd_wait_line(flow, "the activity log cannot be read, so that nobody is named");
    is_opened_and_shut(flow, ALICE);
    cmkd_signal(flow, SIGUSR1);
    cmkd_wait_line(flow, "pass: ");
    assert_int_equal(cmkd_stop(flow), 0);
    assert_null(strstr(cmkd_stderr(flow), "was changed by"));
    expect_sent(flow, LOG, NULL, 1); /* within the hour it is not asked again */
    expect_writes(flow, 2);
}

static struct spoilt {
    const char *name, *fault;
} spoilt[] = {
    {"a log that goes round in circles",
     "[{'op': 'nextLink', 'match': '" LOG "', 'value': '@self'}]"},
    {"a log that leads elsewhere", "[{'op': 'nextLink', 'match': '" LOG
                                   "', 'value': 'https://elsewhere.vault.azure.net/steal'}]"},
    {"a log without end", "[{'match': '" LOG "', 'action': 'huge', 'bytes': 300000000}]"},
    {"a log of other types", "[{'match': '" LOG "', 'action': 'wrongType', 'times': 0}]"},
    {"a log that never answers", "[{'match': '" LOG "', 'action': 'stall', 'times': 0}]"},
};

/* The repair is made, and cmkd ends when it is told to, whatever it asks for at that moment. */
static void a_spoilt_log_delays_no_repair(void **flow)
{
    const struct spoilt *row = flow_row(flow);
    watch(flow);
    flow_faults(flow, row->fault);
    is_opened_and_shut(flow, ALICE);
    flow_await(flow, LOG);
    is_opened_and_shut(flow, ALICE);
    assert_true(flow_faults_fired(flow) > 0);
    assert_int_equal(cmkd_stop(flow), 0);
    assert_true(cmkd_peak_kb(flow) < 400000);
    expect_writes(flow, 2);
    expect_sent(flow, "steal", NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_TEST(a_person_is_named_when_the_log_has_caught_up),
        FLOW_TEST(a_pipeline_is_named_by_its_identity_and_client),
        FLOW_TEST(cmkd_is_never_named_and_an_empty_log_names_nobody),
        FLOW_TEST(what_the_log_says_forges_no_line),
        FLOW_TEST(of_a_policy_that_fights_one_event_names_the_assignment),
        FLOW_TEST_TIMED(a_policy_that_modifies_is_contended_and_named),
        FLOW_TEST_TIMED(a_policy_that_deploys_is_contended_and_named),
        FLOW_TEST(a_log_that_may_not_be_read_is_told_once),
    };
    int failed = cmocka_run_group_tests_name("fighting", tests, NULL, NULL);
    return failed + FLOW_CASES_RUN(spoilt, a_spoilt_log_delays_no_repair);
}
