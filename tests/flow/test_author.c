/* test_author.c: whom the journal names where something is right again. An auditor reads it: of
 * what cmkd has, or may have, done it must not say that it was somebody else, nor the reverse. */
#include "revoked.h"

#include "base/mem.h"

#include <signal.h>
#include <string.h>

#define NOT_BY_CMKD "right again, and not by cmkd"
#define SHUT "{'properties': {'networkAcls': {'defaultAction': 'Deny'}}}"
#define RESULT "'match': 'GET .*/operationResults/.*', 'times': 0"

static void expect_no_denial(void **flow)
{
    assert_int_equal(cmkd_stop(flow), 0);
    assert_null(strstr(cmkd_stderr(flow), NOT_BY_CMKD));
}

/* ---- a write that Azure took, and of which it then said that it failed -------------------------
 */

static struct row {
    const char *name, *faults, *code;
} rows[] = {
    /* clang-format off */
    {"an operation called failed that had its effect", "[{" RESULT ", 'body': {'status': 'Failed', 'error': {'code': 'InternalServerError', 'message': 'try again'}}}]", "InternalServerError"},
    {"an operation called cancelled that had its effect", "[{" RESULT ", 'body': {'status': 'Canceled'}}]", "OperationCanceled"},
    {"an operation that nobody can ask for", "[{'match': 'PATCH .*/accounts/.*', 'times': 1, 'headers': [['Azure-AsyncOperation', 'https://management.example/operation']]}]", "ForeignOrigin"},
    {"an operation whose state cannot be read", "[{" RESULT ", 'action': 'badJson'}]", "BadJson"},
    /* clang-format on */
};

static void what_failed_and_shows_all_the_same_is_not_called_somebody_elses(void **flow)
{
    const struct row *row = flow_row(flow);
    AUTO(text)
    char *perhaps = mem_format(ACTION " is right again; cmkd's own patch may have done it, though "
                                      "it ended with %s at ",
                               row->code);
    cmkd_running(flow, PROD(SLOWLY, "", "", ""));
    flow_drift(flow, ACCOUNT, OPEN);
    flow_faults(flow, row->faults);
    cmkd_signal(flow, SIGUSR1);
    cmkd_wait_line(flow, "patch FAILED: ");
    cmkd_signal(flow, SIGUSR1);
    cmkd_wait_line(flow, perhaps);
    expect_no_denial(flow);
}

/* ---- what comes right by something else ---------------------------------------------------------
 */

static void what_comes_back_with_a_recovered_key_was_brought_by_cmkd(void **flow)
{
    cmkd_running(flow, PROD(SLOWLY "'mode': 'audit', ", "", "", ""));
    somebody(flow, "DELETE", "", NULL);
    cmkd_signal(flow, SIGUSR1);
    cmkd_wait_line(flow, "grant on openai-cmk: it is not found; left alone");
    flow_config(flow, PROD(SLOWLY, "", "", ""));
    cmkd_signal(flow, SIGHUP);
    cmkd_wait_line(flow, "openai-cmk: was deleted, has been recovered");
    cmkd_wait_line(flow, "is right again; it may have come with what cmkd did to openai-cmk at ");
    expect_no_denial(flow);
}

static void a_version_that_was_restored_by_order_was_enabled_by_cmkd(void **flow)
{
    cmkd_running(flow, PROD(SLOWLY, "", "", ""));
    json_object_put(revoke_key(flow, "prod"));
    cmkd_wait_line(flow, "openai-cmk: REVOKED");
    json_object_put(call_cmkd(flow, "Reconcile", "{}")); /* that it is held has been told by now */
    restore_key(flow, "prod");
    cmkd_wait_line(flow, "key version enabled again by order");
    cmkd_wait_line(flow, "is right again; it may have come with what cmkd did to openai-cmk at ");
    expect_no_denial(flow);
}

/* ---- who began only now -------------------------------------------------------------------------
 */

#define EXEMPT                                                                                     \
    SLOWLY "'stacks': {'prod': {" PLACE ", 'vault': {'name': 'kv-openai-prod'}, 'key': {'name': "  \
           "'openai-cmk'}, 'account': {'name': 'oai-prod'}, 'exemptions': [{'path': "              \
           "'vault.properties.networkAcls', 'reason': 'SEC-1'}]}}"

/* One that was killed may have sent it: what Azure takes shows later. */
static void whoever_was_started_anew_does_not_rule_out_what_was_sent_before(void **flow)
{
    prod_good(flow, "{" EXEMPT "}");
    flow_drift(flow, VAULT, OPEN);
    cmkd_start(flow, NULL);
    cmkd_wait_line(flow, "exempt: SEC-1");
    flow_drift(flow, VAULT, SHUT);
    cmkd_signal(flow, SIGUSR1);
    cmkd_wait_line(flow, ACTION " is right again; cmkd was started anew at ");
    expect_no_denial(flow);
}

/* ---- somebody else ------------------------------------------------------------------------------
 */

static void what_somebody_else_puts_right_is_told_as_that(void **flow)
{
    cmkd_running(flow, "{" EXEMPT "}");
    flow_drift(flow, VAULT, OPEN);
    cmkd_signal(flow, SIGUSR1);
    cmkd_wait_line(flow, "exempt: SEC-1");
    flow_drift(flow, VAULT, SHUT);
    cmkd_signal(flow, SIGUSR1);
    cmkd_wait_line(flow, ACTION " is " NOT_BY_CMKD);
    assert_int_equal(cmkd_stop(flow), 0);
    expect_writes(flow, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_TEST(what_comes_back_with_a_recovered_key_was_brought_by_cmkd),
        FLOW_TEST(a_version_that_was_restored_by_order_was_enabled_by_cmkd),
        FLOW_TEST(whoever_was_started_anew_does_not_rule_out_what_was_sent_before),
        FLOW_TEST(what_somebody_else_puts_right_is_told_as_that),
    };
    return FLOW_CASES_RUN(rows, what_failed_and_shows_all_the_same_is_not_called_somebody_elses) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
