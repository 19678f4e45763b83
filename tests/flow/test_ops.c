/* test_ops.c: Azure bends what it does: operations, pages, buckets, other writers, policies, and
 * each op that azsim knows; and what cmkd makes of it: it retries, reports, waits or refuses, and
 * never writes what it should not. Answers in Azure's place are in test_faults.c. */
#include "prod.h"

#include "base/js.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

#define ACTION "properties.networkAcls.defaultAction"
#define OPEN "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}"
#define ROTATION ", 'rotation': {'every': 'P90D'}"
#define SOON "'limits': {'onceDeadline': 'PT3S'}, "

/* A host of azsim's, so that a request that should not go there would be in its log. */
#define ELSEWHERE "https://elsewhere.vault.azure.net/steal"

#define POLL "'match': 'GET .*/operationResults/'"
#define VERSIONS "'match': 'GET https://management.azure.com/.*/versions'"
#define KEY_HOST "kv-openai-prod.vault.azure.net"

static struct row {
    const char *name;
    const char *resource;         /* whose firewall stands open; KEY: its rotation is due */
    const char *faults;           /* or NULL */
    const char *settings;         /* of azsim, or NULL */
    const char *limits;           /* of cmkd, or "" */
    const char *outcome, *status; /* of the finding; status NULL: any */
    const char *reason;           /* a part of the finding's, or NULL */
    const char *error;            /* a code that is reported for the key, or NULL */
    int exit, writes;
} rows[] = {
    /* clang-format off */
    {"an operation that fails is reported with Azure's code", ACCOUNT,
     "[{" POLL ", 'status': 200, 'times': 0, 'body': {'status': 'Failed', 'error': {'code': 'InternalFailure', 'message': 'no'}}}]",
     NULL, "", "patch", "failed", "InternalFailure", NULL, 2, 1},
    {"an operation that is cancelled is reported", ACCOUNT,
     "[{" POLL ", 'status': 200, 'times': 0, 'body': {'status': 'Canceled', 'error': {'code': 'OperationCanceled', 'message': 'no'}}}]",
     NULL, "", "patch", "failed", "OperationCanceled", NULL, 2, 1},
    {"an operation that never ends is waited for, and nothing is written meanwhile", ACCOUNT,
     "[{" POLL ", 'status': 200, 'times': 0, 'body': {'status': 'Running'}}]",
     NULL, SOON, "patch", NULL, NULL, NULL, 1, 1},
    {"an operation that vanishes is judged by what it leaves", ACCOUNT,
     "[{" POLL ", 'status': 404, 'code': 'NotFound', 'times': 0}]",
     NULL, "", "patch", "done", NULL, NULL, 0, 1},
    {"an operation that points elsewhere is not followed", ACCOUNT,
     "[{'match': 'PATCH .*/accounts/', 'headers': [['Azure-AsyncOperation', '" ELSEWHERE "'], ['Location', '" ELSEWHERE "']]}]",
     NULL, "", "patch", "failed", "ForeignOrigin", NULL, 2, 1},
    {"an operation that turns to garbage is reported", ACCOUNT,
     "[{" POLL ", 'action': 'badJson', 'times': 0}]",
     NULL, "", "patch", "failed", NULL, NULL, 2, 1},
    {"a poll that fails once is tried again", ACCOUNT,
     "[{" POLL ", 'status': 503, 'action': 'html'}, {" POLL ", 'action': 'reset-in-body'}]",
     NULL, "", "patch", "done", NULL, NULL, 0, 1},

    {"pages that are empty or short make one list", VAULT,
     "[{'op': 'pages', " VERSIONS ", 'sizes': [0, 1, 0]}]",
     NULL, "", "patch", "done", NULL, NULL, 0, 1},
    {"a list that links to itself is not believed", VAULT,
     "[{'op': 'nextLink', " VERSIONS ", 'value': '@self'}]",
     NULL, "", "waiting", "null", "PagingLoop", "PagingLoop", 2, 0},
    {"a list that goes on elsewhere is not followed", VAULT,
     "[{'op': 'nextLink', " VERSIONS ", 'value': '" ELSEWHERE "'}]",
     NULL, "", "waiting", "null", "ForeignOrigin", "ForeignOrigin", 2, 0},

    {"a body without its id is not believed", VAULT,
     "[{'op': 'alter', 'match': 'GET https://management.azure.com/.*/keys/openai-cmk\\\\?', 'path': 'id'}]",
     NULL, "", "waiting", "null", "BadAnswer", "BadAnswer", 2, 0},

    {"reads that are throttled come when the bucket has filled", VAULT,
     NULL, "{'throttling': {'reads': {'size': 1, 'refill': 4}}}", "'limits': {'share': 1}, ", "patch", "done", NULL, NULL, 0, 1},
    {"a write that is throttled is sent again after Retry-After", VAULT,
     NULL, "{'throttling': {'writes': {'size': 1, 'refill': 0.5}}}", "", "patch", "done", NULL, NULL, 0, 1},
    {"a vault that is throttled is tried again without being told when", KEY,
     NULL, "{'throttling': {'vault': {'size': 1, 'refill': 1}, 'vaultCreates': {'size': 1, 'refill': 1}}}",
     "", "action", "done", NULL, NULL, 0, 2},

    {"reads that are stale after a write are waited with", VAULT,
     "[{'op': 'staleReads', 'resource': '" VAULT "', 'path': '" ACTION "', 'times': 2}]",
     NULL, "", "patch", "done", NULL, NULL, 0, 1},
    {"a write that another undoes is seen, and not sent again at once", VAULT,
     "[{'op': 'revert', 'resource': '" VAULT "', 'path': '" ACTION "'}]",
     NULL, SOON, "patch", "done", NULL, NULL, 1, 1},
    {"a write that another writes over is seen, and not sent again at once", VAULT,
     "[{'op': 'set', 'resource': '" VAULT "', 'path': '" ACTION "', 'value': 'Allow'}]",
     NULL, SOON, "patch", "done", NULL, NULL, 1, 1},
    {"a write that has no effect is seen, and not sent again at once", VAULT,
     "[{'op': 'ignoreWrites', 'resource': '" VAULT "'}]",
     NULL, SOON, "patch", "done", NULL, NULL, 1, 1},
    {"a policy that denies is reported, and not tried again", VAULT,
     "[{'op': 'policyDeny', 'match': 'PATCH .*/vaults/', 'if': 'Deny'}]",
     NULL, "", "patch", "failed", "RequestDisallowedByPolicy", NULL, 2, 1},

    {"a clock that jumps stops what hangs on a date", KEY,
     "[{'op': 'clock', 'shift': 3600, 'match': 'GET .*/versions'}]",
     NULL, "", "refused", "null", NULL, NULL, 1, 0},
    {"a vault whose name is gone for a while is tried again, and one version is made", KEY,
     "[{'op': 'nxdomain', 'match': 'GET https://" KEY_HOST "', 'times': 3}]",
     NULL, "", "action", "done", NULL, NULL, 0, 2},
    {"an answer that is late is waited for", VAULT,
     "[{'op': 'delay', 'match': 'GET .*/vaults/kv-openai-prod\\\\?', 'ms': 700}]",
     NULL, "", "patch", "done", NULL, NULL, 0, 1},
    /* clang-format on */
};

static bool is_key(const struct row *row)
{
    return strcmp(row->resource, KEY) == 0;
}

static void bend(void **flow, const struct row *row)
{
    AUTO(text)
    char *config = mem_format(PROD("%s", "", "%s", ""), row->limits, is_key(row) ? ROTATION : "");
    prod_good(flow, config);
    if (is_key(row))
        flow_age(flow, "kv-openai-prod", "openai-cmk", 100);
    else
        flow_drift(flow, row->resource, OPEN);
    if (row->settings)
        flow_settings(flow, row->settings);
    if (row->faults)
        flow_faults(flow, row->faults);
}

/* Whatever came: the declared value, one new version, and the link to it; nothing else, and
 * nothing to anybody else. */
static void expect_no_wrong_write(void **flow)
{
    int all = flow_count_sent(flow, "^(PUT|PATCH|POST|DELETE) ", NULL, NULL);
    int right =
        flow_count_sent(flow, "^PATCH .*/(vaults/kv-openai-prod|accounts/oai-prod)\\?",
                        "\"defaultAction\": ?\"Deny\"", NULL) +
        flow_count_sent(flow, "^POST https://" KEY_HOST "/keys/openai-cmk/rotate\\?", NULL, NULL) +
        flow_count_sent(flow, "^PATCH .*/accounts/oai-prod\\?", "keyVersion", NULL);
    assert_int_equal(all, right);
    expect_sent(flow, "steal", NULL, 0);
}

/* That something is right again is said only when it is. */
static void expect_truth(void **flow, const struct row *row)
{
    bool is_repaired = strstr(cmkd_stderr(flow), ACTION " was Allow, is Deny again") != NULL;
    bool is_done = !is_key(row) && row->status && strcmp(row->status, "done") == 0;
    assert_int_equal(is_repaired, is_done && row->exit == 0);
    if (is_done && row->exit)
        expect_said(flow, "Azure has accepted the patch, but no look shows it yet \\[");
}

static void what_azure_bends_is_met_as_it_should_be(void **flow)
{
    const struct row *row = flow_row(flow);
    bend(flow, row);
    cmkd_once(flow);
    if (row->faults)
        assert_true(flow_faults_fired(flow) > 0);
    struct json_object *finding = expect_finding(
        flow, row->resource, is_key(row) ? "rotation.every" : ACTION, row->outcome, row->status);
    if (row->reason)
        assert_non_null(strstr(js_string(finding, "reason", ""), row->reason));
    if (row->error)
        expect_error(flow, KEY, row->error);
    expect_no_wrong_write(flow);
    expect_truth(flow, row);
    expect_exit(flow, row->exit);
    expect_writes(flow, row->writes);

    flow_faults_clear(flow); /* on a good day the next pass converges */
    flow_settings(flow, "{'throttling': false}");
    if (strcmp(row->outcome, "refused") == 0)
        flow_clock(flow, -3600); /* what had jumped */
    cmkd_once(flow);
    expect_no_wrong_write(flow);
    expect_exit(flow, 0);
}

/* ---- others who write ----------------------------------------------------------------------- */

static void *tag_the_account(void *flow)
{
    struct flow_answer answer = flow_request(
        flow, "PATCH", "https://management.azure.com" ACCOUNT "?api-version=2025-06-01",
        "{\"tags\": {\"by\": \"another\"}}", 20000);
    flow_answer_done(&answer);
    return NULL;
}

static void a_conflict_with_another_write_is_waited_with(void **flow)
{
    pthread_t other;
    prod_good(flow, PROD("'interval': 'PT10S', ", "", "", ""));
    flow_drift(flow, ACCOUNT, OPEN);
    flow_faults(flow, "[{'op': 'serialize', 'parent': '" ACCOUNT "', 'ms': 2000}]");
    pthread_create(&other, NULL, tag_the_account, flow);
    flow_await(flow, "^PATCH .*/accounts/oai-prod");
    cmkd_once(flow);
    pthread_join(other, NULL);
    assert_true(flow_faults_fired(flow) > 0); /* the second in flight was refused */
    expect_finding(flow, ACCOUNT, ACTION, "patch", "done");
    expect_exit(flow, 0);
    flow_faults_clear(flow);
    expect_quiet(flow);
}

/* Shut, opened again, shut ...: at the third time somebody else evidently wants it open. */
static void a_value_that_somebody_keeps_changing_back_is_contended(void **flow)
{
    prod_good(flow, PROD("'interval': 'PT1H', ", "", "", ""));
    cmkd_start(flow, NULL);
    cmkd_wait_line(flow, "started");
    for (int i = 0; i < 3; i++) {
        flow_drift(flow, VAULT, OPEN);
        cmkd_signal(flow, SIGUSR1);
        cmkd_wait_line(flow, "pass: repaired 1"); /* and it has been seen so */
    }
    flow_drift(flow, VAULT, OPEN);
    cmkd_signal(flow, SIGUSR1);
    cmkd_wait_line(flow, "somebody else writes it too");
    assert_int_equal(cmkd_stop(flow), 0);
    expect_sent(flow, "^PATCH .*/vaults/", NULL, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_TEST(a_conflict_with_another_write_is_waited_with),
        FLOW_TEST(a_value_that_somebody_keeps_changing_back_is_contended),
    };
    int failed = cmocka_run_group_tests_name("others", tests, NULL, NULL);
    return failed + FLOW_CASES_RUN(rows, what_azure_bends_is_met_as_it_should_be);
}
