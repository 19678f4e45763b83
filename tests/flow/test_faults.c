/* test_faults.c: each fault that azsim knows, once in the way of a read and once in the way of a
 * write, and what cmkd makes of it: it retries, reports, or waits, and never writes what it should
 * not. The vault's firewall stands open, and one PATCH shuts it. */
#include "prod.h"

#include "base/js.h"

#define READ "GET .*/vaults/kv-openai-prod\\\\?"
#define WRITE "PATCH .*/vaults/kv-openai-prod\\\\?"

enum behaviour {
    RETRIED,  /* the pass ends well: repaired, and nobody is bothered */
    REPORTED, /* exit 2 with the resource and the code; where it was a read, nothing is written */
    WAITED,   /* it passes by itself, and is waited for: repaired */
};

static struct row {
    const char *name;
    const char *match; /* READ or WRITE */
    const char *fault; /* what else is in the fault, after the match */
    enum behaviour behaviour;
    const char *code; /* of what is reported, or NULL for any */
} rows[] = {
    /* clang-format off */
    {"a read answered 400 is reported",            READ,  "'status': 400, 'code': 'BadRequest'", REPORTED, "BadRequest"},
    {"a read answered 401 gets a fresh token",     READ,  "'status': 401, 'code': 'ExpiredAuthenticationToken'", RETRIED, NULL},
    {"a read answered 403 is reported",            READ,  "'status': 403, 'code': 'AuthorizationFailed'", REPORTED, "AuthorizationFailed"},
    {"a 404 of another kind is no absence",        READ,  "'status': 404, 'code': 'SomethingElse'", REPORTED, "SomethingElse"},
    {"a 404 without a code is no absence",         READ,  "'status': 404, 'body': ''", REPORTED, "Http404"},
    {"a read answered 408 is retried",             READ,  "'status': 408", RETRIED, NULL},
    {"a read answered 409 is waited with",         READ,  "'status': 409, 'code': 'Conflict'", WAITED, NULL},
    {"a read answered 410 is reported",            READ,  "'status': 410, 'code': 'Gone'", REPORTED, "Gone"},
    {"a read answered 429 is retried",             READ,  "'status': 429, 'code': 'TooManyRequests'", RETRIED, NULL},
    {"a Retry-After in seconds is obeyed",         READ,  "'status': 429, 'headers': [['Retry-After', '1']]", RETRIED, NULL},
    {"a Retry-After as a date is obeyed",          READ,  "'status': 429, 'headers': [['Retry-After', '@httpdate+1']]", RETRIED, NULL},
    {"a read answered 500 is retried",             READ,  "'status': 500, 'body': {'Message': 'An error has occurred.'}", RETRIED, NULL},
    {"a read answered 502 is retried",             READ,  "'status': 502", RETRIED, NULL},
    {"a read answered 503 in HTML is retried",     READ,  "'status': 503, 'action': 'html'", RETRIED, NULL},
    {"a read answered 504 is retried",             READ,  "'status': 504", RETRIED, NULL},
    {"a redirect is not followed",                 READ,  "'status': 302, 'headers': [['Location', 'https://elsewhere.example/']]", REPORTED, NULL},
    {"a reset before the answer is retried",       READ,  "'action': 'reset-before'", RETRIED, NULL},
    {"a connection that ends is retried",          READ,  "'action': 'close'", RETRIED, NULL},
    {"a reset in the header is retried",           READ,  "'action': 'reset-in-header'", RETRIED, NULL},
    {"a reset in the body is retried",             READ,  "'action': 'reset-in-body'", RETRIED, NULL},
    {"a body cut short is retried",                READ,  "'action': 'truncate'", RETRIED, NULL},
    {"a body that drips is read",                  READ,  "'action': 'drip', 'ms': 1", RETRIED, NULL},
    {"an answer that never comes is given up",     READ,  "'action': 'stall', 'times': 0", REPORTED, "Timeout"},
    {"a body beyond all bounds is refused",        READ,  "'action': 'huge', 'bytes': 20000000, 'times': 0", REPORTED, NULL},
    {"a body that is no JSON is reported",         READ,  "'action': 'badJson', 'times': 0", REPORTED, NULL},
    {"a body of other types is reported",          READ,  "'action': 'wrongType', 'times': 0", REPORTED, NULL},
    {"HTML with status 200 is reported",           READ,  "'status': 200, 'action': 'html', 'times': 0", REPORTED, NULL},

    {"a write answered 400 is reported",           WRITE, "'status': 400, 'code': 'BadRequest'", REPORTED, "BadRequest"},
    {"a write answered 401 gets a fresh token",    WRITE, "'status': 401, 'code': 'ExpiredAuthenticationToken'", RETRIED, NULL},
    {"a write answered 403 is reported",           WRITE, "'status': 403, 'code': 'RequestDisallowedByPolicy'", REPORTED, "RequestDisallowedByPolicy"},
    {"a write answered 404 is reported",           WRITE, "'status': 404, 'code': 'ResourceNotFound'", REPORTED, "ResourceNotFound"},
    {"a lock is reported, not waited for",         WRITE, "'status': 409, 'code': 'ScopeLocked'", REPORTED, "ScopeLocked"},
    {"a conflict with another write is waited with", WRITE, "'status': 409, 'code': 'RequestConflict'", WAITED, NULL},
    {"a write answered 412 is reported",           WRITE, "'status': 412, 'code': 'PreconditionFailed'", REPORTED, "PreconditionFailed"},
    {"a write answered 429 is retried",            WRITE, "'status': 429, 'code': 'TooManyRequests'", RETRIED, NULL},
    {"a write answered 500 is retried",            WRITE, "'status': 500", RETRIED, NULL},
    {"a write answered 503 in HTML is retried",    WRITE, "'status': 503, 'action': 'html'", RETRIED, NULL},
    {"a write answered 504 is retried",            WRITE, "'status': 504", RETRIED, NULL},
    {"a reset before a write's answer is retried", WRITE, "'action': 'reset-before'", RETRIED, NULL},
    {"a write that took effect unheard is seen",   WRITE, "'action': 'close', 'takesEffect': true", RETRIED, NULL},
    {"a reset in a write's answer is retried",     WRITE, "'action': 'reset-in-body'", RETRIED, NULL},
    {"a write's answer cut short is retried",      WRITE, "'action': 'truncate'", RETRIED, NULL},
    /* clang-format on */
};

static bool is_read(const struct row *row)
{
    return strcmp(row->match, READ) == 0;
}

/* What was written is one thing only, however often: the declared value. */
static void expect_no_wrong_write(void **flow)
{
    int all = flow_count_sent(flow, "^(PUT|PATCH|POST|DELETE) ", NULL, NULL);
    int right = flow_count_sent(flow, "^PATCH .*/vaults/kv-openai-prod\\?",
                                "\"defaultAction\": ?\"Deny\"", NULL);
    assert_int_equal(all, right);
}

static void a_fault_is_met_as_it_should_be(void **flow)
{
    const struct row *row = flow_row(flow);
    AUTO(text) char *faults = mem_format("[{'match': '%s', %s}]", row->match, row->fault);
    prod_good(flow, PROD("'interval': 'PT10S', ", "", "", ""));
    flow_drift(flow, VAULT, "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}");
    flow_faults(flow, faults);
    cmkd_once(flow);
    assert_true(flow_faults_fired(flow) > 0);
    expect_no_wrong_write(flow);
    switch (row->behaviour) {
    case RETRIED:
    case WAITED:
        expect_finding(flow, VAULT, "properties.networkAcls.defaultAction", "patch", "done");
        expect_exit(flow, 0);
        break;
    case REPORTED:
        expect_exit(flow, 2);
        if (is_read(row)) {
            expect_state(flow, "prod", "unknown");
            expect_writes(flow, 0);
            if (row->code)
                expect_error(flow, VAULT, row->code);
        } else {
            struct json_object *finding = expect_finding(
                flow, VAULT, "properties.networkAcls.defaultAction", "patch", "failed");
            assert_non_null(strstr(js_string(finding, "reason", ""), row->code));
            expect_writes(flow, 1);
        }
        break;
    }

    flow_faults_clear(flow); /* the next good pass converges */
    cmkd_once(flow);
    expect_quiet(flow);
}

int main(void)
{
    return FLOW_CASES_RUN(rows, a_fault_is_met_as_it_should_be);
}
