/* A token's life from the first use to its end, while the clock is ours: renewed ahead, by one
 * request however many need it, and served until it expires while renewing fails. */
#include "base/js.h"
#include "cases.h"
#include "fixture.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int64_t ahead_s; /* of the real clock: only what measures spans sees it */

/* libuv's and libcurl's too: a program's own comes first. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
    long failed = syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE)
        now->tv_sec += ahead_s;
    return (int)failed;
}

#define TOKEN(name, life)                                                                          \
    {                                                                                              \
        "POST {entra}", 200, NULL, "{'access_token': '" name "', 'expires_in': " life "}"          \
    }
#define GET                                                                                        \
    {                                                                                              \
        "GET {arm}/a", 200, NULL, "{}"                                                             \
    }
#define END                                                                                        \
    {                                                                                              \
        NULL, 0, NULL, NULL                                                                        \
    }

static int setup(void **state)
{
    ahead_s = 0;
    fixture_setup(state);
    ((struct fixture *)*state)->azure->second_ms = 1000;
    return 0;
}

static size_t asked(struct fixture *fixture)
{
    return script_count(fixture->script, "POST {entra}");
}

/* One call: its error's code, and the token that it was sent with, if it is sent. */
static const char *get(struct fixture *fixture, size_t n, const char *token)
{
    struct call_request request = fixture_get("/a");
    const struct call_answer *answer = fixture_call(fixture, &request);
    AUTO(text) char *line = mem_format("\nAuthorization: Bearer %s\n", token);
    const char *sent = script_request(fixture->script, "GET {arm}/a", n);
    if (answer->err.domain == ERR_NONE && !(sent && strstr(sent, line)))
        fail_msg("request %zu had not %s: %s", n, token, sent);
    return fixture->answer.err.code;
}

/* What nobody waits for comes in its own time. */
static void wait_asked(struct fixture *fixture, size_t count)
{
    while (asked(fixture) < count)
        uv_run(&fixture->loop, UV_RUN_ONCE);
}

/* Until the answer to what was asked for last has been read: it comes before those of two calls
 * that are begun later. */
static size_t settle(struct fixture *fixture, size_t n, const char *token)
{
    assert_string_equal(get(fixture, n, token), "");
    assert_string_equal(get(fixture, n + 1, token), "");
    return n + 2;
}

/* Until what was asked for has arrived as well: the fixture's answers come one after another. */
static void wait_token(struct fixture *fixture, const char *token)
{
    const char *audience = azure_audience(fixture->azure, AUDIENCE_RESOURCE_MANAGER);
    for (bool is_there = false; !is_there;) {
        AUTO(secret) char *held = tokens_find(fixture->azure->tokens, audience);
        is_there = held && strcmp(held, token) == 0;
        if (!is_there)
            uv_run(&fixture->loop, UV_RUN_ONCE);
    }
}

/* An hour that Entra asks for is an hour, for whoever comes meanwhile too. */
static void it_is_not_asked_for_before_the_time_that_was_told(void **state)
{
    static const struct script_step steps[] = {
        {"POST {entra}", 429, "Retry-After: 3600", NULL}, TOKEN("one", "3600"), GET, END};
    struct fixture *fixture = *state;
    script_play(fixture->script, steps);
    assert_string_not_equal(get(fixture, 0, "one"), "");
    ahead_s += 3500;
    assert_string_not_equal(get(fixture, 0, "one"), "");
    assert_int_equal(asked(fixture), 1);
    ahead_s += 101;
    assert_string_equal(get(fixture, 0, "one"), "");
    assert_int_equal(asked(fixture), 2);
}

static void it_is_renewed_when_a_quarter_of_its_life_is_left(void **state)
{
    static const struct script_step steps[] = {
        TOKEN("one", "4000"), TOKEN("two", "4000"), GET, GET, GET, GET, END};
    struct fixture *fixture = *state;
    script_play(fixture->script, steps);
    assert_string_equal(get(fixture, 0, "one"), "");
    ahead_s = 2900;
    assert_string_equal(get(fixture, 1, "one"), "");
    assert_int_equal(asked(fixture), 1); /* not yet */
    ahead_s = 3010;
    assert_string_equal(get(fixture, 2, "one"), ""); /* and nobody waits for it */
    wait_token(fixture, "two");
    assert_string_equal(get(fixture, 3, "two"), "");
    assert_int_equal(asked(fixture), 2);
}

static void one_that_lives_for_minutes_is_renewed_at_its_half(void **state)
{
    static const struct script_step steps[] = {TOKEN("one", "200"), TOKEN("two", "200"), GET, GET,
                                               END};
    struct fixture *fixture = *state;
    script_play(fixture->script, steps);
    get(fixture, 0, "one");
    ahead_s = 110;
    assert_string_equal(get(fixture, 1, "one"), "");
    wait_token(fixture, "two");
}

static void one_renewal_is_on_its_way_at_a_time(void **state)
{
    static const struct script_step steps[] = {
        TOKEN("one", "4000"), {"POST {entra}", STALL, NULL, NULL}, GET, GET, GET, GET, END};
    struct fixture *fixture = *state;
    script_play(fixture->script, steps);
    get(fixture, 0, "one");
    ahead_s = 3010;
    for (size_t i = 1; i <= 3; i++)
        assert_string_equal(get(fixture, i, "one"), "");
    wait_asked(fixture, 2);
    assert_int_equal(asked(fixture), 2);
}

/* Refused, then weather: the old one serves to its last second, and then the reason is told. */
static void the_old_one_is_served_while_renewing_fails(void **state)
{
    static const struct script_step steps[] = {
        TOKEN("one", "4000"),
        {"POST {entra}", 400, NULL, "{'error': 'invalid_client'}"},
        {"POST {entra}", 400, NULL, "{'error': 'unauthorized_client'}"},
        {"POST {entra}", 400, NULL, "{'error': 'invalid_scope'}"},
        GET,
        GET,
        GET,
        GET,
        GET,
        GET,
        GET,
        END};
    struct fixture *fixture = *state;
    script_play(fixture->script, steps);
    get(fixture, 0, "one");
    ahead_s = 3010;
    assert_string_equal(get(fixture, 1, "one"), "");
    wait_asked(fixture, 2);
    size_t n = settle(fixture, 2, "one");
    ahead_s = 3900;
    assert_string_equal(get(fixture, n, "one"), "");
    wait_asked(fixture, 3); /* tried again meanwhile */
    n = settle(fixture, n + 1, "one");
    ahead_s = 4010;
    assert_string_equal(get(fixture, n, "none"), "invalid_scope");
}

static void one_that_came_back_is_used_at_once(void **state)
{
    static const struct script_step steps[] = {TOKEN("one", "4000"),
                                               {"POST {entra}", 503, NULL, NULL},
                                               TOKEN("two", "4000"),
                                               GET,
                                               GET,
                                               GET,
                                               END};
    struct fixture *fixture = *state;
    script_play(fixture->script, steps);
    get(fixture, 0, "one");
    ahead_s = 3010;
    assert_string_equal(get(fixture, 1, "one"), "");
    wait_token(fixture, "two");
    assert_string_equal(get(fixture, 2, "two"), "");
}

static void an_expired_one_is_never_sent(void **state)
{
    static const struct script_step steps[] = {TOKEN("one", "4000"), TOKEN("two", "4000"), GET, GET,
                                               END};
    struct fixture *fixture = *state;
    script_play(fixture->script, steps);
    get(fixture, 0, "one");
    ahead_s = 4001;
    assert_string_equal(get(fixture, 1, "two"), "");
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(it_is_not_asked_for_before_the_time_that_was_told),
        ROW(it_is_renewed_when_a_quarter_of_its_life_is_left),
        ROW(one_that_lives_for_minutes_is_renewed_at_its_half),
        ROW(one_renewal_is_on_its_way_at_a_time),
        ROW(the_old_one_is_served_while_renewing_fails),
        ROW(one_that_came_back_is_used_at_once),
        ROW(an_expired_one_is_never_sent),
    };
    return cmocka_run_group_tests_name("renewal", tests, NULL, NULL);
}
