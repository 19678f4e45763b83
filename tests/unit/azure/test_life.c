/* Calls that end before their time, many calls at once, and what goes over the wire. */
#include "base/js.h"
#include "cases.h"
#include "fixture.h"

#define SUB "/subscriptions/00000000-0000-0000-0000-000000000001"
#define ASYNC "Azure-AsyncOperation: {arm}/op\nRetry-After: 3600"
#define ACCEPTED "{'properties': {'provisioningState': 'Accepted'}}"

/* ---- cancel and stop in every state -------------------------------------------------------- */

/* When the call is given up: at once, or when the server has got the request that begins so, or
 * when it is told that its operation runs (the request is then "running"). */
/* clang-format off */
static struct end_case {
    const char *name;
    bool is_stop; /* azure_stop(), else call_cancel() */
    const char *method;
    const char *when; /* NULL: at once */
    struct script_step steps[SCRIPT_STEPS_MAX];
    enum err_domain domain;
    bool accepted, unknown;
} ends[] = {
    {"cancelled before anything was sent", false, "GET", NULL, {{0}}, ERR_CANCELLED, false, false},
    {"stopped before anything was sent", true, "GET", NULL, {{0}}, ERR_CANCELLED, false, false},
    {"cancelled while the token is fetched", false, "GET", "POST {entra}",
     {{"POST {entra}", STALL, NULL, NULL}}, ERR_CANCELLED, false, false},
    {"stopped while the token is fetched", true, "GET", "POST {entra}",
     {{"POST {entra}", STALL, NULL, NULL}}, ERR_CANCELLED, false, false},
    {"stopped while the token is tried again", true, "GET", "POST {entra}",
     {{"POST {entra}", 503, "Retry-After: 50", NULL}}, ERR_CANCELLED, false, false},
    {"cancelled while a read is on its way", false, "GET", "GET {arm}/w",
     {{"GET {arm}/w", STALL, NULL, NULL}}, ERR_CANCELLED, false, false},
    {"cancelled while a write is on its way: nobody knows", false, "PUT", "PUT {arm}/w",
     {{"PUT {arm}/w", STALL, NULL, NULL}}, ERR_CANCELLED, false, true},
    {"stopped while a read is on its way: it is finished", true, "GET", "GET {arm}/w",
     {{"GET {arm}/w", 200, NULL, "{}"}}, ERR_NONE, false, false},
    {"stopped while a write is on its way: it is finished", true, "PUT", "PUT {arm}/w",
     {{"PUT {arm}/w", 200, NULL, "{}"}}, ERR_NONE, true, false},
    {"stopped while a write is on its way: its operation is not followed", true, "PUT", "PUT {arm}/w",
     {{"PUT {arm}/w", 202, ASYNC, ACCEPTED}}, ERR_CANCELLED, true, false},
    {"stopped: what failed is not tried again", true, "GET", "GET {arm}/w",
     {{"GET {arm}/w", 503, NULL, NULL}}, ERR_CANCELLED, false, false},
    {"stopped: a 401 gets no other token", true, "GET", "GET {arm}/w",
     {{"GET {arm}/w", 401, NULL, NULL}}, ERR_CANCELLED, false, false},
    {"cancelled between two polls", false, "PUT", "running",
     {{"PUT {arm}/w", 202, ASYNC, ACCEPTED}}, ERR_CANCELLED, true, false},
    {"stopped between two polls", true, "PUT", "running",
     {{"PUT {arm}/w", 202, ASYNC, ACCEPTED}}, ERR_CANCELLED, true, false},
    {"cancelled while it is polled", false, "PUT", "GET {arm}/op",
     {{"PUT {arm}/w", 202, "Azure-AsyncOperation: {arm}/op", ACCEPTED}, {"GET {arm}/op", STALL, NULL, NULL}},
     ERR_CANCELLED, true, false},
    {"stopped while it is polled", true, "PUT", "GET {arm}/op",
     {{"PUT {arm}/w", 202, "Azure-AsyncOperation: {arm}/op", ACCEPTED}, {"GET {arm}/op", 200, NULL, "{'status': 'Updating'}"}},
     ERR_CANCELLED, true, false},
    {"stopped while its last poll is on its way: it is done", true, "PUT", "GET {arm}/op",
     {{"PUT {arm}/w", 202, "Azure-AsyncOperation: {arm}/op", ACCEPTED}, {"GET {arm}/op", 200, NULL, "{'status': 'Succeeded'}"}},
     ERR_NONE, true, false},
};
/* clang-format on */

static struct end_case *current;

static void give_up(struct fixture *fixture)
{
    if (current->is_stop)
        azure_stop(fixture->azure);
    else
        call_cancel(fixture->call);
}

static void give_up_at_request(struct fixture *fixture)
{
    if (script_count(fixture->script, current->when))
        give_up(fixture);
}

static void check_end(void **state)
{
    void *made = NULL;
    current = *state;
    fixture_setup(&made);
    struct fixture *fixture = made;
    struct call_request request = {.method = current->method, .path = "/w", .repeatable = true};
    bool is_at_running = current->when && strcmp(current->when, "running") == 0;
    bool is_polled = current->when && strncmp(current->when, "GET {arm}/op", 12) == 0;
    if (!is_polled)
        fixture->azure->second_ms = 1000; /* what waits, waits long */
    fixture->arrived = current->when && !is_at_running ? give_up_at_request : NULL;
    script_play(fixture->script, current->steps);

    fixture_start(fixture, &request);
    if (!current->when)
        give_up(fixture);
    while (is_at_running && !fixture->running)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    if (is_at_running)
        give_up(fixture);
    assert_int_equal(fixture->done, 0); /* never inside */
    fixture_wait(fixture, 1);

    assert_int_equal(fixture->answer.err.domain, current->domain);
    assert_int_equal(fixture->answer.was_accepted, current->accepted);
    assert_int_equal(fixture->answer.unknown_outcome, current->unknown);
    assert_int_equal(script_unused(fixture->script), 0);
    fixture_teardown(&made);
}

/* ---- many at once -------------------------------------------------------------------------- */

static const struct script_step eight_reads[] = {
    {"GET {arm}" SUB "/a", 200, NULL, "{}"},
    {"GET {arm}" SUB "/a", 200, NULL, "{}"},
    {"GET {arm}" SUB "/a", 200, NULL, "{}"},
    {"GET {arm}" SUB "/a", 200, NULL, "{}"},
    {"GET {arm}" SUB "/a", 200, NULL, "{}"},
    {"GET {arm}" SUB "/a", 200, NULL, "{}"},
    {"GET {arm}" SUB "/a", 200, NULL, "{}"},
    {"GET {arm}" SUB "/a", 200, NULL, "{}"},
    {NULL, 0, NULL, NULL},
};

static void many_calls_ask_for_one_token_and_go_four_at_a_time(void **state)
{
    struct fixture *fixture = *state;
    struct call_request request = fixture_get(SUB "/a");
    script_play(fixture->script, eight_reads);
    for (int i = 0; i < 8; i++)
        fixture_start(fixture, &request);
    fixture_wait(fixture, 8);
    assert_int_equal(script_count(fixture->script, "POST {entra}"), 1);
    assert_int_equal(script_count(fixture->script, "GET {arm}"), 8);
    assert_in_range(script_crowd(fixture->script), 1, 4);
}

static void a_stop_ends_those_that_wait_for_their_turn(void **state)
{
    static const struct script_step stalls[] = {
        {"GET {arm}" SUB "/a", STALL, NULL, NULL},
        {"GET {arm}" SUB "/a", STALL, NULL, NULL},
        {"GET {arm}" SUB "/a", STALL, NULL, NULL},
        {"GET {arm}" SUB "/a", STALL, NULL, NULL},
        {NULL, 0, NULL, NULL},
    };
    struct fixture *fixture = *state;
    struct call_request request = fixture_get(SUB "/a");
    struct call *calls[6];
    script_play(fixture->script, stalls);
    for (size_t i = 0; i < COUNT(calls); i++)
        calls[i] = fixture_start(fixture, &request);
    while (script_count(fixture->script, "GET {arm}") < 4)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    azure_stop(fixture->azure);
    fixture_wait(fixture, 2);
    assert_int_equal(fixture->answer.err.domain, ERR_CANCELLED);
    assert_int_equal(script_count(fixture->script, "GET {arm}"), 4);
    for (size_t i = 0; i < 4; i++)
        call_cancel(calls[i]);
    fixture_wait(fixture, 4);
}

static void a_429_pauses_its_subscription_and_no_other(void **state)
{
    static const struct script_step steps[] = {
        {"GET {arm}" SUB "/a", 429, "Retry-After: 2", "{}"},
        {"GET {arm}/subscriptions/other/b", 200, NULL, "{}"},
        {"GET {arm}" SUB "/a", 200, NULL, "{}"},
        {"GET {arm}" SUB "/c", 200, NULL, "{}"},
        {NULL, 0, NULL, NULL},
    };
    struct fixture *fixture = *state;
    struct call_request a = fixture_get(SUB "/a"), b = fixture_get("/subscriptions/other/b"),
                        c = fixture_get(SUB "/c");
    uint64_t before_ms = uv_hrtime() / 1000000;
    fixture->azure->second_ms = 300;
    script_play(fixture->script, steps);
    fixture_start(fixture, &a);
    while (!azure_has_told_time(fixture->azure)) /* until the first answer's Date is noted */
        uv_run(&fixture->loop, UV_RUN_ONCE);
    fixture_start(fixture, &c);
    fixture_start(fixture, &b);
    fixture_wait(fixture, 1);
    assert_int_equal(script_count(fixture->script, "GET {arm}/subscriptions/other"), 1);
    assert_int_equal(script_count(fixture->script, "GET {arm}" SUB "/c"), 0);
    fixture_wait(fixture, 2);
    assert_in_range(uv_hrtime() / 1000000 - before_ms, 550, 60000);
}

/* ---- over the wire ------------------------------------------------------------------------- */

static bool has_line(const char *request, const char *start)
{
    AUTO(text) char *line = mem_format("\n%s", start);
    return strcasestr(request, line) != NULL;
}

static void C085_no_body_waits_for_100_continue(void **state)
{
    static const struct script_step steps[] = {{"PUT {arm}/w", 200, NULL, "{}"},
                                               {NULL, 0, NULL, NULL}};
    struct fixture *fixture = *state;
    AUTO(json) struct json_object *body = json_object_new_object();
    AUTO(text) char *big = mem_new(1500001, 1);
    memset(big, 'x', 1500000);
    js_put(body, "big", json_object_new_string(big));
    struct call_request request = {.method = "PUT", .path = "/w", .body = body};
    script_play(fixture->script, steps);
    assert_int_equal(fixture_call(fixture, &request)->err.domain, ERR_NONE);
    const char *seen = script_request(fixture->script, "PUT {arm}", 0);
    assert_false(has_line(seen, "Expect:"));
    assert_true(has_line(seen, "Content-Type: application/json"));
    assert_true(strlen(seen) > 1500000);
}

static void every_request_has_an_id_of_its_own_and_azures_is_kept(void **state)
{
    static const struct script_step steps[] = {
        {"GET {arm}/a", 500, "x-ms-request-id: r1", "{}"},
        {"GET {arm}/a", 404, "x-ms-correlation-request-id: c2\nx-ms-request-id: r2", "{}"},
        {NULL, 0, NULL, NULL},
    };
    struct fixture *fixture = *state;
    struct call_request request = fixture_get("/a");
    script_play(fixture->script, steps);
    const struct call_answer *answer = fixture_call(fixture, &request);
    AUTO(text) char *line = mem_format("x-ms-client-request-id: %s", answer->client_request_id);
    assert_false(has_line(script_request(fixture->script, "GET {arm}", 0), line));
    assert_true(has_line(script_request(fixture->script, "GET {arm}", 1), line));
    assert_true(has_line(script_request(fixture->script, "GET {arm}", 1),
                         "x-ms-return-client-request-id: true"));
    assert_string_equal(answer->correlation_id, "c2");
    assert_string_equal(answer->request_id, "r2");
    assert_string_equal(answer->err.correlation_id, "c2");
}

#define ID(n) n n n n n n n n "-" n n n n "-" n n n n "-" n n n n "-" n n n n n n n n n n n n
#define WE_ARE(n) "x-ms-operation-identifier: tenantId=t,objectId=" ID(n) "/westeurope/x"

static void a_vault_gets_a_token_of_its_own(void **state)
{
    static const struct script_step steps[] = {{"GET {vault}/keys/k", 200, NULL, "{}"},
                                               {NULL, 0, NULL, NULL}};
    struct fixture *fixture = *state;
    struct call_request request = {
        .audience = AUDIENCE_KEY_VAULT, .vault = "kv-test", .method = "GET", .path = "/keys/k"};
    script_play(fixture->script, steps);
    assert_int_equal(fixture_call(fixture, &request)->err.domain, ERR_NONE);
    const char *asked = script_request(fixture->script, "POST {entra}/tenant/oauth2/v2.0/token", 0);
    assert_non_null(strstr(asked, "scope=https%3A%2F%2Fvault.example%2F.default"));
    assert_non_null(strstr(asked, "client_secret=s3cr3t%20%26%20more"));
    assert_true(has_line(script_request(fixture->script, "GET {vault}", 0),
                         "Authorization: Bearer token-1"));
}

/* Who says that a change was ours is not the vault. */
static void who_we_are_is_resource_managers_to_say(void **state)
{
    static const struct script_step steps[] = {
        {"GET {arm}/a", 200, WE_ARE("1"), "{}"},
        {"GET {vault}/keys/k", 200, WE_ARE("2"), "{}"},
        {NULL, 0, NULL, NULL},
    };
    struct fixture *fixture = *state;
    struct call_request manager = fixture_get("/a");
    struct call_request vault = {
        .audience = AUDIENCE_KEY_VAULT, .vault = "kv-test", .method = "GET", .path = "/keys/k"};
    script_play(fixture->script, steps);
    fixture_call(fixture, &manager);
    fixture_call(fixture, &vault);
    assert_int_equal(fixture->answer.err.domain, ERR_NONE);
    assert_string_equal(azure_principal(fixture->azure), "11111111-1111-1111-1111-111111111111");
}

static void a_vault_name_cannot_change_the_host(void **state)
{
    struct fixture *fixture = *state;
    struct call_request request = {.audience = AUDIENCE_KEY_VAULT,
                                   .vault = "evil.example/",
                                   .method = "GET",
                                   .path = "/keys/k"};
    const struct call_answer *answer = fixture_call(fixture, &request);
    assert_string_equal(answer->err.code, "VaultName");
    assert_int_equal(script_count(fixture->script, ""), 0);
}

static void a_certificate_that_nobody_signed_ends_the_call_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct call_request request = fixture_get("/a");
    struct cloud cloud;
    struct err err;
    cloud_copy(&fixture->azure->cloud, &cloud);
    free(cloud.ca_file);
    cloud.ca_file = NULL; /* the system's, which do not know the script's */
    assert_true(azure_reconfigure(fixture->azure, &cloud, &fixture->credential, NULL, &err));
    cloud_done(&cloud);
    const struct call_answer *answer = fixture_call(fixture, &request);
    assert_int_equal(answer->err.domain, ERR_TRANSPORT);
    assert_string_equal(answer->err.code, "Tls");
    assert_int_equal(script_count(fixture->script, ""), 0);
}

static void the_environments_proxy_is_ignored(void **state)
{
    static const struct script_step steps[] = {{"GET {arm}/a", 200, NULL, "{}"},
                                               {NULL, 0, NULL, NULL}};
    struct fixture *fixture = *state;
    struct call_request request = fixture_get("/a");
    script_play(fixture->script, steps);
    setenv("https_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    assert_int_equal(fixture_call(fixture, &request)->err.domain, ERR_NONE);
    unsetenv("https_proxy");
    unsetenv("ALL_PROXY");
}

static uint64_t blocked_until_ms;

/* The loop does not turn meanwhile, as in a pass over thousands of answers. */
static void block(struct fixture *fixture)
{
    (void)fixture;
    blocked_until_ms = uv_hrtime() / 1000000 + 250;
    while (uv_hrtime() / 1000000 < blocked_until_ms)
        ;
}

/* libuv counts timers from the loop's own idea of now, which is as old as the callback that runs
 * is long. */
static void C079_a_wait_counts_from_its_own_start(void **state)
{
    static const struct script_step steps[] = {
        {"PUT {arm}/w", 202, "Azure-AsyncOperation: {arm}/op\nRetry-After: 1", "{}"},
        {"GET {arm}/op", 200, NULL, "{'status': 'Succeeded'}"},
        {NULL, 0, NULL, NULL},
    };
    struct fixture *fixture = *state;
    struct call_request request = {.method = "PUT", .path = "/w"};
    fixture->azure->second_ms = 300;
    fixture->ran = block;
    script_play(fixture->script, steps);
    assert_int_equal(fixture_call(fixture, &request)->err.domain, ERR_NONE);
    assert_in_range(uv_hrtime() / 1000000 - blocked_until_ms, 295, 60000);
}

/* Who waits for it sees nothing of what it waits with. */
static void an_operation_is_asked_for_though_it_says_an_hour(void **state)
{
    static const struct script_step steps[] = {
        {"PUT {arm}/w", 202, "Azure-AsyncOperation: {arm}/op\nRetry-After: 3600", "{}"},
        {"GET {arm}/op", 200, NULL, "{'status': 'Succeeded'}"},
        {NULL, 0, NULL, NULL},
    };
    struct fixture *fixture = *state;
    struct call_request request = {.method = "PUT", .path = "/w", .deadline_ms = 3000};
    fixture->azure->second_ms = 1; /* an hour is longer than the deadline */
    script_play(fixture->script, steps);
    assert_int_equal(fixture_call(fixture, &request)->err.domain, ERR_NONE);
}

static void a_ca_file_without_a_certificate_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct cloud cloud;
    struct err err;
    cloud_copy(&fixture->azure->cloud, &cloud);
    free(cloud.ca_file);
    cloud.ca_file = mem_text(fixture->secret_file);
    assert_false(azure_reconfigure(fixture->azure, &cloud, &fixture->credential, NULL, &err));
    assert_string_equal(err.code, "CaFile");
    cloud_done(&cloud);
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(many_calls_ask_for_one_token_and_go_four_at_a_time),
        ROW(a_stop_ends_those_that_wait_for_their_turn),
        ROW(a_429_pauses_its_subscription_and_no_other),
        ROW(C085_no_body_waits_for_100_continue),
        ROW(every_request_has_an_id_of_its_own_and_azures_is_kept),
        ROW(a_vault_gets_a_token_of_its_own),
        ROW(who_we_are_is_resource_managers_to_say),
        ROW(a_vault_name_cannot_change_the_host),
        ROW(a_certificate_that_nobody_signed_ends_the_call_at_once),
        ROW(the_environments_proxy_is_ignored),
        ROW(C079_a_wait_counts_from_its_own_start),
        ROW(an_operation_is_asked_for_though_it_says_an_hour),
        ROW(a_ca_file_without_a_certificate_is_refused),
    };
    return CASES_RUN(ends, check_end) + cmocka_run_group_tests_name("life", tests, NULL, NULL);
}
