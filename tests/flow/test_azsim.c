/* test_azsim.c: azsim's front does what its README says: requests, log, control, faults. */
#include "flow.h"

#include "base/js.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ARM "https://management.azure.com"
#define VAULT_URL ARM FLOW_VAULT "?api-version=2026-02-01"
#define LIST_URL ARM FLOW_GROUP "/providers/Microsoft.KeyVault/vaults?api-version=2026-02-01"
#define KEY_URL "https://kv-openai-prod.vault.azure.net/keys/openai-cmk?api-version=7.4"

#define ANSWER_MS 20000
#define SILENCE_MS 300 /* how long an answer that must not come is waited for */

static void contains(void **flow, const char *text, const char *part)
{
    if (part && !strstr(text, part))
        flow_fail(flow, "\"%s\" is not in: %s", part, text);
}

/* ---- answers in Azure's place, and broken connections --------------------------------------- */

#define ANY ARM "/any?api-version=1"
#define BODY "'body': {'value': ['0123456789']}"

/* clang-format off */
static struct reply_case {
    const char *name, *fault, *url;
    int curl;
    long status;
    const char *body, *headers; /* parts that must be there */
} replies[] = {
    {"an error has ARM's envelope",
     "[{'match': 'GET .*/any', 'status': 404, 'code': 'Nowhere', 'message': 'It is not.'}]",
     ANY, CURLE_OK, 404, "{\"error\":{\"code\":\"Nowhere\",\"message\":\"It is not.\"}}", "x-ms-request-id"},
    {"a vault's error has an inner one",
     "[{'match': 'GET https://kv-openai-prod.vault.azure.net/keys', 'status': 409, 'code': 'Conflict', "
     "'inner': 'ObjectIsBeingRecovered'}]",
     KEY_URL, CURLE_OK, 409, "\"innererror\":{\"code\":\"ObjectIsBeingRecovered\"}", NULL},
    {"a token request's error has Entra's envelope",
     "[{'match': 'GET https://login', 'status': 400, 'code': 'invalid_client', 'message': 'AADSTS7000215'}]",
     "https://login.microsoftonline.com/t", CURLE_OK, 400,
     "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215\"}", NULL},
    {"an error without a code gets the usual one",
     "[{'match': 'GET', 'status': 429}]", ANY, CURLE_OK, 429, "TooManyRequests", NULL},
    {"a text goes out as it is",
     "[{'match': 'GET', 'status': 404, 'body': '\\ufeff<?xml version=\\u00221.0\\u0022?>'}]",
     ANY, CURLE_OK, 404, "\xef\xbb\xbf<?xml version=\"1.0\"?>", "application/xml"},
    {"origins in headers and bodies become azsim's own",
     "[{'match': 'GET', 'status': 202, 'headers': [['Location', 'https://management.azure.com/op']], "
     "'body': {'next': 'https://kv-openai-prod.vault.azure.net/keys'}}]",
     ANY, CURLE_OK, 202, "https://kv-openai-prod.vault.localhost:", "Location: https://management.localhost:"},
    {"html",            "[{'match': 'GET', 'action': 'html'}]",                      ANY, CURLE_OK,             503, "<html", "text/html"},
    {"badJson",         "[{'match': 'GET', 'action': 'badJson'}]",                   ANY, CURLE_OK,             200, "{\"id\": \"", NULL},
    {"wrongType",       "[{'match': 'GET', 'action': 'wrongType'}]",                 ANY, CURLE_OK,             200, "\"id\":17", NULL},
    {"huge",            "[{'match': 'GET', 'action': 'huge', 'bytes': 300000}]",     ANY, CURLE_OK,             200, "{\"value\":[\"aaaa", "300000"},
    {"drip",            "[{'match': 'GET', 'action': 'drip', 'ms': 5, " BODY "}]",   ANY, CURLE_OK,             200, "{\"value\":[\"0123456789\"]}", NULL},
    {"reset-before",    "[{'match': 'GET', 'action': 'reset-before'}]",              ANY, CURLE_RECV_ERROR,     0,   NULL, NULL},
    {"reset-in-header", "[{'match': 'GET', 'action': 'reset-in-header', " BODY "}]", ANY, CURLE_RECV_ERROR,     200, NULL, "HTTP/1.1 200"},
    {"reset-in-body",   "[{'match': 'GET', 'action': 'reset-in-body', " BODY "}]",   ANY, CURLE_RECV_ERROR,     200, "{\"value\":[\"0", "Content-Length: 24"},
    {"truncate",        "[{'match': 'GET', 'action': 'truncate', " BODY "}]",        ANY, CURLE_PARTIAL_FILE,   200, "{\"value\":[\"0", "Content-Length: 24"},
    {"close",           "[{'match': 'GET', 'action': 'close'}]",                     ANY, CURLE_GOT_NOTHING,    0,   NULL, NULL},
    {"nxdomain",        "[{'op': 'nxdomain', 'match': 'kv-openai-prod.vault.azure.net'}]",
     KEY_URL, CURLE_GOT_NOTHING, 0, NULL, NULL},
};
/* clang-format on */

static void a_fault_answers_so(void **flow)
{
    const struct reply_case *c = flow_row(flow);
    flow_faults(flow, c->fault);
    struct flow_answer answer = flow_request(flow, "GET", c->url, NULL, ANSWER_MS);
    if (answer.curl != c->curl || answer.status != c->status)
        flow_fail(flow, "curl %d, status %ld", answer.curl, answer.status);
    contains(flow, answer.body, c->body);
    contains(flow, answer.headers, c->headers);
    assert_int_equal(flow_faults_fired(flow), 1);
    flow_answer_done(&answer);
}

static void a_stalled_request_gets_no_answer(void **flow)
{
    flow_faults(flow, "[{'match': 'GET', 'action': 'stall'}]");
    struct flow_answer answer = flow_request(flow, "GET", ANY, NULL, SILENCE_MS);
    assert_int_equal(answer.curl, CURLE_OPERATION_TIMEDOUT);
    assert_int_equal(answer.status, 0);
    flow_answer_done(&answer);
}

/* ---- how often ------------------------------------------------------------------------------ */

static long status_of(void **flow, const char *method, const char *url, const char *body)
{
    struct flow_answer answer = flow_request(flow, method, url, body, ANSWER_MS);
    long status = answer.status;
    flow_answer_done(&answer);
    return status;
}

static void faults_are_used_up_in_order(void **flow)
{
    static const long expected[] = {500, 500, 501, 502, 502};
    flow_faults(flow,
                "[{'match': 'GET', 'status': 500, 'times': 2}, {'match': 'GET', 'status': 501},"
                " {'match': 'GET', 'status': 502, 'times': 0}]");
    for (size_t i = 0; i < COUNT(expected); i++)
        assert_int_equal(status_of(flow, "GET", ANY, NULL), expected[i]);
}

static void a_fault_lets_the_first_pass_if_it_comes_after_them(void **flow)
{
    flow_faults(flow, "[{'match': 'GET', 'status': 500, 'after': 1},"
                      " {'match': 'GET', 'status': 501, 'times': 9}]");
    assert_int_equal(status_of(flow, "GET", ANY, NULL), 501);
    assert_int_equal(status_of(flow, "GET", ANY, NULL), 500);
    assert_int_equal(status_of(flow, "GET", ANY, NULL), 501);
}

static void cleared_faults_are_gone(void **flow)
{
    flow_faults(flow, "[{'match': '.', 'status': 500, 'times': 0}]");
    flow_faults_clear(flow);
    flow_good(flow);
    assert_int_equal(status_of(flow, "GET", VAULT_URL, NULL), 200);
}

/* clang-format off */
static struct refusal_case { const char *name, *faults, *message; } refusals[] = {
    {"no array",           "{'match': 'GET', 'status': 500}",                        "faults are an array"},
    {"an unknown key",     "[{'match': 'GET', 'status': 500, 'wait': 1}]",           "no key \\\"wait\\\""},
    {"an unknown op",      "[{'op': 'explode', 'match': 'GET'}]",                    "the op \\\"explode\\\""},
    {"an unknown action",  "[{'match': 'GET', 'action': 'melt'}]",                   "no action \\\"melt\\\""},
    {"no match",           "[{'status': 500}]",                                      "lacks its \\\"match\\\""},
    {"nothing to do",      "[{'match': 'GET'}]",                                     "neither op, action"},
    {"a key of another op", "[{'op': 'delay', 'match': 'GET', 'ms': 1, 'sizes': []}]", "no key \\\"sizes\\\""},
    {"a text as a number", "[{'match': 'GET', 'status': '500'}]",                    "wrong type is the fault's \\\"status\\\""},
    {"a bad expression",   "[{'match': '(', 'status': 500}]",                        "not a regular expression"},
    {"a bad header",       "[{'match': 'GET', 'headers': [['A']]}]",                 "a header is"},
    {"the second of two",  "[{'match': 'GET', 'status': 500}, {'x': 1}]",            "fault 1: "},
};
/* clang-format on */

static void a_fault_that_is_none_is_refused_by_name(void **flow)
{
    const struct refusal_case *c = flow_row(flow);
    AUTO(json) struct json_object *faults = flow_json(c->faults);
    struct flow_answer answer = flow_control(flow, "POST", "/faults", faults);
    assert_int_equal(answer.status, 400);
    contains(flow, answer.body, c->message);
    flow_answer_done(&answer);

    /* Not a half of them stays. */
    assert_int_equal(status_of(flow, "GET", VAULT_URL, NULL), 404);
}

/* ---- ops: Azure bent ------------------------------------------------------------------------ */

#define PNA "properties.publicNetworkAccess"
#define SHUT "{\"properties\": {\"publicNetworkAccess\": \"Disabled\"}}"

/* What the vault's publicNetworkAccess is by a read. */
static void expect_read(void **flow, const char *value)
{
    struct err err;
    AUTO(json) struct json_object *body = NULL;
    struct flow_answer answer = flow_request(flow, "GET", VAULT_URL, NULL, ANSWER_MS);
    assert_int_equal(answer.status, 200);
    assert_true(js_parse(answer.body, strlen(answer.body), &body, &err));
    assert_string_equal(js_string(body, PNA, "absent"), value);
    flow_answer_done(&answer);
}

static void without_faults_a_write_holds(void **flow)
{
    flow_good(flow);
    assert_int_equal(status_of(flow, "PATCH", VAULT_URL, SHUT), 200);
    expect_read(flow, "Disabled");
}

static void another_writer_sets_it_back(void **flow)
{
    flow_good(flow);
    flow_faults(flow,
                "[{'op': 'revert', 'resource': '" FLOW_VAULT "', 'path': '" PNA "', 'times': 2}]");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(status_of(flow, "PATCH", VAULT_URL, SHUT), 200);
        expect_read(flow, "Enabled");
    }
    assert_int_equal(status_of(flow, "PATCH", VAULT_URL, SHUT), 200);
    expect_read(flow, "Disabled");
}

static void another_writer_sets_something_else(void **flow)
{
    flow_good(flow);
    flow_faults(flow,
                "[{'op': 'set', 'resource': '" FLOW_VAULT "', 'path': '" PNA "', 'value': 'Odd'}]");
    assert_int_equal(status_of(flow, "PATCH", VAULT_URL, SHUT), 200);
    expect_read(flow, "Odd");
}

static void an_ignored_write_is_answered_as_if_it_were_not(void **flow)
{
    flow_good(flow);
    flow_faults(flow, "[{'op': 'ignoreWrites', 'resource': '" FLOW_VAULT "'}]");
    struct flow_answer answer = flow_request(flow, "PATCH", VAULT_URL, SHUT, ANSWER_MS);
    assert_int_equal(answer.status, 200);
    contains(flow, answer.body, "\"publicNetworkAccess\":\"Disabled\"");
    flow_answer_done(&answer);
    expect_read(flow, "Enabled");
}

static void the_first_reads_after_a_write_are_stale(void **flow)
{
    flow_good(flow);
    flow_faults(flow, "[{'op': 'staleReads', 'resource': '" FLOW_VAULT "', 'path': '" PNA
                      "', 'times': 2}]");
    expect_read(flow, "Enabled"); /* before a write there is nothing stale to read */
    assert_int_equal(status_of(flow, "PATCH", VAULT_URL, SHUT), 200);
    expect_read(flow, "Enabled");
    expect_read(flow, "Enabled");
    expect_read(flow, "Disabled");
}

struct writer {
    pthread_t thread;
    void **flow;
    long status;
};

static void *write_once(void *owner)
{
    struct writer *writer = owner;
    writer->status = status_of(writer->flow, "PATCH", VAULT_URL, SHUT);
    return NULL;
}

static void the_second_of_two_writes_in_flight_is_refused(void **flow)
{
    struct writer writers[2] = {{.flow = flow}, {.flow = flow}};
    flow_good(flow);
    flow_faults(flow, "[{'op': 'serialize', 'parent': '" FLOW_VAULT "', 'ms': 2000}]");
    for (size_t i = 0; i < COUNT(writers); i++)
        pthread_create(&writers[i].thread, NULL, write_once, &writers[i]);
    for (size_t i = 0; i < COUNT(writers); i++)
        pthread_join(writers[i].thread, NULL);
    assert_int_equal(writers[0].status + writers[1].status, 200 + 409);
    assert_int_equal(status_of(flow, "PATCH", VAULT_URL, SHUT), 200);
}

static void a_policy_denies_by_the_body(void **flow)
{
    flow_good(flow);
    flow_faults(flow, "[{'op': 'policyDeny', 'match': 'PATCH .*/vaults/', 'if': 'Disabled'}]");
    struct flow_answer answer = flow_request(flow, "PATCH", VAULT_URL, SHUT, ANSWER_MS);
    assert_int_equal(answer.status, 403);
    contains(flow, answer.body, "RequestDisallowedByPolicy");
    flow_answer_done(&answer);
    assert_int_equal(status_of(flow, "PATCH", VAULT_URL, "{\"tags\": {\"a\": \"b\"}}"), 200);
    expect_read(flow, "Enabled");
}

static void the_clock_of_azure_can_be_wrong(void **flow)
{
    flow_faults(flow, "[{'op': 'clock', 'match': 'GET .*/any', 'shift': 86400},"
                      " {'match': 'GET .*/any', 'status': 200,"
                      "  'headers': [['Retry-After', '@httpdate+40']]}]");
    struct flow_answer answer = flow_request(flow, "GET", ANY, NULL, ANSWER_MS);
    const char *date = strstr(answer.headers, "Date: ");
    const char *retry = strstr(answer.headers, "Retry-After: ");
    assert_non_null(date);
    assert_non_null(retry);
    AUTO(text) char *now = mem_text_n(date + strlen("Date: "), 29);
    AUTO(text) char *later = mem_text_n(retry + strlen("Retry-After: "), 29);
    assert_int_equal(curl_getdate(later, NULL) - curl_getdate(now, NULL), 40);
    assert_true(curl_getdate(now, NULL) > time(NULL) + 86000);
    flow_answer_done(&answer);
}

static void a_delayed_answer_comes_late(void **flow)
{
    flow_faults(flow, "[{'op': 'delay', 'match': 'GET .*/any', 'ms': 1000},"
                      " {'match': 'GET .*/any', 'status': 204, 'times': 0}]");
    struct flow_answer answer = flow_request(flow, "GET", ANY, NULL, SILENCE_MS);
    assert_int_equal(answer.curl, CURLE_OPERATION_TIMEDOUT);
    flow_answer_done(&answer);
    assert_int_equal(status_of(flow, "GET", ANY, NULL), 204);
}

/* ---- lists ---------------------------------------------------------------------------------- */

/* Follows a list to its end: "2 0 1" are the sizes of its pages. At most nine of them. */
static char *page_sizes(void **flow, const char *url)
{
    char *sizes = mem_text(""), *next = mem_text(url);
    for (int page = 0; next && page < 9; page++) {
        struct err err;
        AUTO(json) struct json_object *body = NULL;
        struct flow_answer answer = flow_request(flow, "GET", next, NULL, ANSWER_MS);
        assert_true(js_parse(answer.body, strlen(answer.body), &body, &err));
        flow_answer_done(&answer);
        assert_non_null(js_array(body, "value"));
        AUTO(text) char *before = sizes;
        sizes = mem_format("%s%s%zu", before, page ? " " : "",
                           json_object_array_length(js_array(body, "value")));
        free(next);
        next = mem_text(js_string(body, "nextLink", NULL));
    }
    free(next);
    return sizes;
}

static void seed_three_vaults(void **flow)
{
    AUTO(json) struct json_object *seed = flow_control_case();
    struct json_object *live = js_object(seed, "live");
    for (int i = 1; i < 3; i++) {
        struct json_object *copy = js_copy(js_member(live, FLOW_VAULT, NULL));
        AUTO(text) char *id = mem_format("%s%d", FLOW_VAULT, i);
        AUTO(text) char *name = mem_format("kv-openai-prod%d", i);
        js_put(copy, "id", json_object_new_string(id));
        js_put(copy, "name", json_object_new_string(name));
        json_object_object_add(live, id, copy);
    }
    flow_seed_case(flow, seed);
}

static void a_list_comes_in_pages_of_the_given_sizes(void **flow)
{
    seed_three_vaults(flow);
    flow_faults(flow, "[{'op': 'pages', 'match': 'GET .*/vaults\\\\?', 'sizes': [2, 0]}]");
    AUTO(text) char *sizes = page_sizes(flow, LIST_URL);
    assert_string_equal(sizes, "2 0 1");
}

static void a_list_can_link_to_itself(void **flow)
{
    seed_three_vaults(flow);
    flow_faults(flow, "[{'op': 'nextLink', 'match': 'GET .*/vaults\\\\?', 'value': '@self'}]");
    AUTO(text) char *sizes = page_sizes(flow, LIST_URL);
    assert_string_equal(sizes, "3 3 3 3 3 3 3 3 3");
}

static void a_list_can_end_with_an_empty_link(void **flow)
{
    seed_three_vaults(flow);
    flow_faults(flow, "[{'op': 'nextLink', 'match': 'GET .*/vaults\\\\?', 'value': ''}]");
    struct flow_answer answer = flow_request(flow, "GET", LIST_URL, NULL, ANSWER_MS);
    contains(flow, answer.body, "\"nextLink\":\"\"");
    flow_answer_done(&answer);
}

/* ---- requests, log, control
 * ---------------------------------------------------------------------- */

static void repeated_slashes_are_one(void **flow)
{
    flow_good(flow);
    assert_int_equal(status_of(flow, "GET", ARM "/" FLOW_VAULT "?api-version=2026-02-01", NULL),
                     200);
}

static void a_body_that_is_no_json_is_refused(void **flow)
{
    flow_good(flow);
    struct flow_answer answer = flow_request(flow, "PATCH", VAULT_URL, "{\"bad\": ", ANSWER_MS);
    assert_int_equal(answer.status, 400);
    contains(flow, answer.body, "InvalidRequestContent");
    flow_answer_done(&answer);
}

static void a_body_over_four_megabytes_is_refused(void **flow)
{
    size_t size = (4u << 20) + 1;
    AUTO(text) char *body = mem_new(size + 1, 1);
    memset(body, ' ', size);
    struct flow_answer answer = flow_request(flow, "PATCH", VAULT_URL, body, ANSWER_MS);
    assert_int_equal(answer.status, 413);
    contains(flow, answer.body, "RequestContentTooLarge");
    flow_answer_done(&answer);
}

static void the_log_counts_what_went_to_azure(void **flow)
{
    flow_good(flow);
    flow_log_clear(flow);
    status_of(flow, "GET", VAULT_URL, NULL);
    status_of(flow, "PATCH", VAULT_URL, SHUT);
    expect_requests_at_most(flow, 2); /* the tokens for both, and this, do not count */
    expect_writes(flow, 1);
    expect_sent(flow,
                "^PATCH https://management.azure.com/subscriptions/.*/vaults/kv-openai-prod\\?",
                "Disabled", 1);

    AUTO(json) struct json_object *log = flow_log(flow);
    struct json_object *patch = json_object_array_get_idx(log, 1);
    assert_int_equal(js_int(patch, "status", 0), 200);
    assert_true(js_int(patch, "seq", 0) > 0);
    assert_null(js_find(patch, "expect"));
}

static void a_request_can_be_waited_for(void **flow)
{
    struct writer writer = {.flow = flow};
    flow_good(flow);
    flow_faults(flow, "[{'op': 'delay', 'match': 'PATCH', 'ms': 200}]");
    pthread_create(&writer.thread, NULL, write_once, &writer);
    flow_await(flow, "^PATCH .*/vaults/"); /* whether it came before this or comes later */
    pthread_join(writer.thread, NULL);
    assert_int_equal(writer.status, 200);
}

static void drift_changes_just_that(void **flow)
{
    flow_good(flow);
    AUTO(json) struct json_object *before = flow_state(flow);
    flow_drift(flow, FLOW_VAULT, "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}");
    AUTO(json) struct json_object *after = flow_state(flow);
    AUTO(json) struct json_object *changes = flow_changes(before, after);
    assert_int_equal(json_object_array_length(changes), 1);
    assert_string_equal(json_object_get_string(json_object_array_get_idx(changes, 0)),
                        FLOW_VAULT ": properties.networkAcls.defaultAction");
    expect_changed_only(flow, before, ".*/kv-openai-prod: properties\\..*", NULL);
}

static void an_unknown_control_is_refused(void **flow)
{
    struct flow_answer answer = flow_control(flow, "POST", "/nothing", NULL);
    assert_int_equal(answer.status, 404);
    flow_answer_done(&answer);
}

static const struct CMUnitTest tests[] = {
    FLOW_TEST(a_stalled_request_gets_no_answer),
    FLOW_TEST(faults_are_used_up_in_order),
    FLOW_TEST(a_fault_lets_the_first_pass_if_it_comes_after_them),
    FLOW_TEST(cleared_faults_are_gone),
    FLOW_TEST(without_faults_a_write_holds),
    FLOW_TEST(another_writer_sets_it_back),
    FLOW_TEST(another_writer_sets_something_else),
    FLOW_TEST(an_ignored_write_is_answered_as_if_it_were_not),
    FLOW_TEST(the_first_reads_after_a_write_are_stale),
    FLOW_TEST(the_second_of_two_writes_in_flight_is_refused),
    FLOW_TEST(a_policy_denies_by_the_body),
    FLOW_TEST(the_clock_of_azure_can_be_wrong),
    FLOW_TEST(a_delayed_answer_comes_late),
    FLOW_TEST(a_list_comes_in_pages_of_the_given_sizes),
    FLOW_TEST(a_list_can_link_to_itself),
    FLOW_TEST(a_list_can_end_with_an_empty_link),
    FLOW_TEST(repeated_slashes_are_one),
    FLOW_TEST(a_body_that_is_no_json_is_refused),
    FLOW_TEST(a_body_over_four_megabytes_is_refused),
    FLOW_TEST(the_log_counts_what_went_to_azure),
    FLOW_TEST(a_request_can_be_waited_for),
    FLOW_TEST(drift_changes_just_that),
    FLOW_TEST(an_unknown_control_is_refused),
};

int main(void)
{
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    failed += FLOW_CASES_RUN(replies, a_fault_answers_so);
    failed += FLOW_CASES_RUN(refusals, a_fault_that_is_none_is_refused_by_name);
    return failed;
}
