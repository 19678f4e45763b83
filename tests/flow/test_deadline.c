/* test_deadline.c: cmkd --once ends when its time is over, whoever does not answer. Nothing is
 * begun after limits.onceDeadline; what was sent just before is given a little to be answered. */
#include "prod.h"

#include "base/js.h"

#define DEADLINE_S 3
#define LIMITS "'limits': {'onceDeadline': 'PT3S'}, "
#define DUE PROD(LIMITS, "", ", 'rotation': {'every': 'P7D'}", "")
#define OPEN PROD(LIMITS, "", "", "")
#define KEY_HOST "https://kv-openai-prod[.]vault[.]azure[.]net/"
#define WRITE "PATCH .*/vaults/kv-openai-prod\\\\?"

static struct row {
    const char *name;
    const char *config; /* with DUE a rotation, with OPEN a PATCH of the vault is due */
    const char *fault;
    int after_s; /* how long past its deadline a pass may end, for a machine that is busy */
    int attempts_min, attempts_max;
} rows[] = {
    /* clang-format off */
    {"a vault that never answers is not rotated",      DUE,  "{'match': 'GET " KEY_HOST "', 'action': 'stall', 'times': 0}", 5, 0, 0},
    {"a vault without a name is not rotated",          DUE,  "{'op': 'nxdomain', 'match': 'GET " KEY_HOST "'}", 5, 0, 0},
    {"a vault that is always unwell is not rotated",   DUE,  "{'match': 'GET " KEY_HOST "', 'status': 503, 'times': 0}", 5, 0, 0},
    {"a token that never comes is not waited for",     OPEN, "{'match': 'POST .*/oauth2/v2.0/token', 'action': 'stall', 'times': 0}", 5, 0, 0},
    {"a look that is never answered is given up",      OPEN, "{'match': 'GET .*management.azure.com/', 'action': 'stall', 'times': 0}", 5, 0, 0},
    {"a write that never gets through is given up",    OPEN, "{'match': '" WRITE "', 'action': 'reset-before', 'times': 0}", 5, 2, 9},
    {"a write that is always throttled is given up",   OPEN, "{'match': '" WRITE "', 'status': 429, 'headers': [['Retry-After', '1']], 'times': 0}", 5, 2, 9},
    {"a write that is never answered is sent once",    OPEN, "{'match': '" WRITE "', 'action': 'stall', 'times': 0}", 20, 1, 1},
    /* clang-format on */
};

static void a_pass_ends_when_its_time_is_over(void **flow)
{
    const struct row *row = flow_row(flow);
    AUTO(text) char *faults = mem_format("[%s]", row->fault);
    prod_good(flow, row->config);
    if (strcmp(row->config, OPEN) == 0)
        flow_drift(flow, VAULT, "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}");
    flow_faults(flow, faults);
    cmkd_once(flow);
    assert_true(flow_faults_fired(flow) > 0);
    double took_s = json_object_get_double(js_find(cmkd_document(flow), "seconds"));
    if (took_s > DEADLINE_S + row->after_s)
        flow_fail(flow, "the pass took %.1f s", took_s);
    int attempts = flow_count_sent(flow, "^(PUT|PATCH|POST) ", NULL, NULL);
    assert_in_range(attempts, row->attempts_min, row->attempts_max);
    assert_int_not_equal(cmkd_exit(flow), 0);

    flow_faults_clear(flow); /* and the next one does what is left */
    cmkd_once(flow);
    expect_exit(flow, 0);
    cmkd_once(flow);
    expect_no_findings(flow);
}

int main(void)
{
    return FLOW_CASES_RUN(rows, a_pass_ends_when_its_time_is_over);
}
