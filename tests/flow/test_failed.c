/* test_failed.c: what Azure could not finish. It equals its declaration, and is of no use: an
 * operator is told, it is written again as it is, and where that ends the same way, not for ever.
 */
#include "prod.h"

#include "base/js.h"
#include "base/mem.h"

#include <signal.h>
#include <string.h>

#define STATE "properties.provisioningState"
#define IN(state) "{'properties': {'provisioningState': '" state "'}}"
#define FILTER ACCOUNT "/raiPolicies/strict"
#define MODEL ACCOUNT "/deployments/gpt-4o"
#define DECLARED                                                                                   \
    ", 'raiPolicies': {'strict': {'properties': {'mode': 'Blocking', 'basePolicyName': "           \
    "'Microsoft.DefaultV2'}}}, 'deployments': {'gpt-4o': {'sku': {'name': 'Standard', "            \
    "'capacity': 10}, 'properties': {'model': {'format': 'OpenAI', 'name': 'gpt-4o', 'version': "  \
    "'2024-11-20'}, 'versionUpgradeOption': 'NoAutoUpgrade', 'raiPolicyName': 'strict'}}}"
#define CONFIG(file) PROD(file, "", "", DECLARED)

/* Azure's own stamps. The state is one; that it is right again, the quiet pass says. */
#define STAMPS ".*: (etag|systemData.*|" STATE ")"
#define AZURES "provisioningState|etag|rateLimits|currentCapacity|capabilities|principalId"

static void made(void **flow, const char *config)
{
    prod_good(flow, config);
    cmkd_once(flow);
    expect_exit(flow, 0);
    flow_log_clear(flow);
}

/* ---- written again -------------------------------------------------------------------------- */

static struct failure {
    const char *name;
    const char *id, *word;    /* what it is, and how the journal calls it */
    const char *state, *also; /* what somebody has changed of it besides */
    const char *write;
    const char *path; /* of what has been changed */
} failures[] = {
    {"an account that failed is written again", ACCOUNT, "oai-prod", "Failed", NULL,
     "^PATCH .*/accounts/oai-prod[?]", NULL},
    {"an account that was cancelled is written again", ACCOUNT, "oai-prod", "Canceled", NULL,
     "^PATCH .*/accounts/oai-prod[?]", NULL},
    {"an account that failed and was opened is written once", ACCOUNT, "oai-prod", "Failed",
     "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}",
     "^PATCH .*/accounts/oai-prod[?]", "properties.networkAcls.defaultAction"},
    {"an account that failed and lost its link is written once", ACCOUNT, "oai-prod", "Failed",
     "{'properties': {'encryption': {'keyVaultProperties': {"
     "'keyVersion': 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}}}}",
     "^PATCH .*/accounts/oai-prod[?]", "properties.encryption.keyVaultProperties.keyVersion"},
    {"a deployment that failed is written again", MODEL, "deployment gpt-4o of oai-prod", "Failed",
     NULL, "^PUT .*/deployments/gpt-4o[?]", NULL},
    {"a deployment that was cancelled is written again", MODEL, "deployment gpt-4o of oai-prod",
     "Canceled", NULL, "^PUT .*/deployments/gpt-4o[?]", NULL},
    {"a deployment that failed without its filter is written once, with it", MODEL,
     "deployment gpt-4o of oai-prod", "Failed",
     "{'properties': {'raiPolicyName': 'Microsoft.Default'}}", "^PUT .*/deployments/gpt-4o[?]",
     "properties.raiPolicyName"},
    {"a content filter that failed is written again", FILTER, "raiPolicy strict of oai-prod",
     "Failed", NULL, "^PUT .*/raiPolicies/strict[?]", NULL},
    {"a content filter that failed and lets more through is written once", FILTER,
     "raiPolicy strict of oai-prod", "Failed", "{'properties': {'mode': 'Default'}}",
     "^PUT .*/raiPolicies/strict[?]", "properties.mode"},
};

static void what_failed_is_told_and_written_again_once(void **flow)
{
    const struct failure *row = flow_row(flow);
    AUTO(text) char *state = mem_format(IN("%s"), row->state);
    AUTO(text)
    char *line = mem_format("%s: " STATE " was %s, is Succeeded again", row->word, row->state);
    made(flow, CONFIG(""));
    AUTO(json) struct json_object *before = flow_state(flow);
    flow_drift(flow, row->id, state);
    if (row->also)
        flow_drift(flow, row->id, row->also);
    cmkd_once(flow);
    expect_finding(flow, row->id, STATE, "action", "done");
    if (row->path)
        expect_finding(flow, row->id, row->path, "patch", "done");
    expect_exit(flow, 0);
    expect_said(flow, line);
    expect_writes(flow, 1);
    expect_sent(flow, row->write, NULL, 1);
    expect_sent(flow, row->write, AZURES, 0);
    expect_changed_only(flow, before, STAMPS, "nothing at all", NULL);
    expect_quiet(flow);
}

/* ---- not written ---------------------------------------------------------------------------- */

static struct guard {
    const char *name;
    const char *file; /* more of the configuration */
    const char *id, *state;
    const char *outcome; /* NULL: it is no finding */
    bool has_disabled;   /* somebody has disabled the key's newest version */
} guards[] = {
    {"a watching cmkd tells of an account", "'mode': 'audit', ", ACCOUNT, "Failed", "audit", false},
    {"a watching cmkd tells of a deployment", "'mode': 'audit', ", MODEL, "Failed", "audit", false},
    {"a watching cmkd tells of a content filter", "'mode': 'audit', ", FILTER, "Failed", "audit",
     false},
    {"under a key that somebody disabled an account is left as it is", "", ACCOUNT, "Failed",
     "refused", true},
    {"an account that is on its way is waited for", "", ACCOUNT, "Moving", NULL, false},
    {"a deployment that is on its way is waited for", "", MODEL, "Creating", NULL, false},
    {"a content filter that is on its way is waited for", "", FILTER, "Accepted", NULL, false},
};

/* By hand, on the data plane. */
static void disable_newest(void **flow)
{
    struct flow_answer answer = flow_request(
        flow, "PATCH",
        "https://kv-openai-prod.vault.azure.net/keys/openai-cmk/" NEWEST "?api-version=7.4",
        "{\"attributes\": {\"enabled\": false}}", 10000);
    assert_int_equal(answer.status, 200);
    flow_answer_done(&answer);
    flow_log_clear(flow);
}

static void what_must_not_be_written_again_is_not(void **flow)
{
    const struct guard *row = flow_row(flow);
    AUTO(text) char *state = mem_format(IN("%s"), row->state);
    made(flow, CONFIG("'limits': {'onceDeadline': 'PT3S'}, "));
    AUTO(text)
    char *config = mem_format(CONFIG("%s'limits': {'onceDeadline': 'PT3S'}, "), row->file);
    flow_config(flow, config);
    flow_drift(flow, row->id, state);
    if (row->has_disabled)
        disable_newest(flow);
    cmkd_once(flow);
    if (row->outcome)
        expect_finding(flow, row->id, STATE, row->outcome, NULL);
    else
        expect_no_findings(flow);
    expect_exit(flow, 1);
    expect_writes(flow, 0);
}

/* ---- not for ever: on a clock of the test's own ---------------------------------------------- */

#define PASS "^GET .*/keys/openai-cmk/versions"
#define CONTENDED "changed back 3 times within a week"
#define DAY_S 86400

/* A pass, so much later. */
static void look_after(void **flow, int64_t seconds)
{
    flow_pass_time(flow, seconds);
    cmkd_signal(flow, SIGUSR1);
    flow_await(flow, PASS);
}

/* cmkd runs, and has seen that all is well. */
static void watch(void **flow)
{
    made(flow, CONFIG("'interval': 'PT1H', "));
    cmkd_start(flow, NULL);
    cmkd_wait_line(flow, "started");
    flow_await(flow, PASS);
    cmkd_signal(flow, SIGUSR1);
    flow_await(flow, PASS);
}

/* Azure takes each write, says that it is done, and shows the state as before: three writes, each
 * once the one before has had time to show, then one a day. */
static void expect_three_and_one_a_day(void **flow, const char *faults, const char *id,
                                       const char *write, const char *look)
{
    watch(flow);
    flow_faults(flow, faults);
    flow_drift(flow, id, IN("Failed"));
    for (int i = 0; i < 3; i++) {
        look_after(flow, 60);
        flow_await(flow, write);
        flow_await(flow, look); /* it is over */
        look_after(flow, 150);
    }
    look_after(flow, 60);
    cmkd_wait_line(flow, CONTENDED);
    for (int i = 0; i < 4; i++)
        look_after(flow, 6 * 3600 - 600);
    expect_sent(flow, write, NULL, 3);
    look_after(flow, DAY_S / 2);
    flow_await(flow, write);
    assert_int_equal(cmkd_stop(flow), 0);
    expect_sent(flow, write, NULL, 4);
    expect_writes(flow, 4);
}

static void an_account_that_stays_failed_is_written_once_a_day(void **flow)
{
    expect_three_and_one_a_day(flow,
                               "[{'op': 'alter', 'match': 'GET .*/accounts/oai-prod[?]', "
                               "'path': '" STATE "', 'value': 'Failed', 'times': 0}]",
                               ACCOUNT, "^PATCH .*/accounts/oai-prod[?]",
                               "^GET .*/accounts/oai-prod[?]");
}

static void a_deployment_that_stays_failed_is_written_once_a_day(void **flow)
{
    expect_three_and_one_a_day(flow,
                               "[{'op': 'alter', 'match': 'GET .*/deployments/gpt-4o[?]', "
                               "'path': '" STATE "', 'value': 'Failed', 'times': 0}]",
                               MODEL, "^PUT .*/deployments/gpt-4o[?]",
                               "^GET .*/deployments/gpt-4o[?]");
}

static void a_content_filter_that_stays_failed_is_written_once_a_day(void **flow)
{
    expect_three_and_one_a_day(flow,
                               "[{'op': 'alter', 'match': 'GET .*/raiPolicies/strict[?]', "
                               "'path': '" STATE "', 'value': 'Failed', 'times': 0}]",
                               FILTER, "^PUT .*/raiPolicies/strict[?]",
                               "^GET .*/raiPolicies/strict[?]");
}

/* Azure says of the write itself that it failed: the next one after 1, 2, 4 ... intervals. */
static void a_write_that_fails_too_is_told_and_repeated_ever_more_rarely(void **flow)
{
    static const char write[] = "^PUT .*/deployments/gpt-4o[?]";
    watch(flow);
    flow_faults(flow, "[{'op': 'alter', 'match': '^(GET|PUT) .*/deployments/gpt-4o[?]', "
                      "'path': '" STATE "', 'value': 'Failed', 'times': 0}]");
    flow_drift(flow, MODEL, IN("Failed"));
    look_after(flow, 60);
    cmkd_wait_line(flow, "OperationFailed");
    for (int hours = 1; hours <= 4; hours *= 2) {
        flow_log_clear(flow);
        look_after(flow, hours * 3600 - 120);
        expect_writes(flow, 0);
        look_after(flow, 240);
        flow_await(flow, write);
        cmkd_wait_line(flow, "pass: ");
        expect_writes(flow, 1);
    }
    assert_int_equal(cmkd_stop(flow), 0);
}

int main(void)
{
    const struct CMUnitTest timed[] = {
        FLOW_TEST_TIMED(an_account_that_stays_failed_is_written_once_a_day),
        FLOW_TEST_TIMED(a_deployment_that_stays_failed_is_written_once_a_day),
        FLOW_TEST_TIMED(a_content_filter_that_stays_failed_is_written_once_a_day),
        FLOW_TEST_TIMED(a_write_that_fails_too_is_told_and_repeated_ever_more_rarely),
    };
    int failed = FLOW_CASES_RUN(failures, what_failed_is_told_and_written_again_once);
    failed += FLOW_CASES_RUN(guards, what_must_not_be_written_again_is_not);
    return failed + cmocka_run_group_tests_name("failed", timed, NULL, NULL);
}
