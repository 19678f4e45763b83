/* Queues: who goes when. Times are loop time, and only lower bounds are looked at. */
#include "answers.h"
#include "azure/gate.h"
#include "cases.h"

struct crowd {
    uv_loop_t loop;
    struct gate *gate;
    struct gate_ticket tickets[8];
    unsigned turns;
    uint64_t turned_ms; /* the last turn */
    bool is_closed;
};

static int setup(void **state)
{
    struct crowd *crowd = mem_new(1, sizeof *crowd);
    uv_loop_init(&crowd->loop);
    crowd->gate = gate_new(&crowd->loop);
    *state = crowd;
    return 0;
}

static void on_closed(void *owner)
{
    ((struct crowd *)owner)->is_closed = true;
}

static int teardown(void **state)
{
    struct crowd *crowd = *state;
    for (size_t i = 0; i < COUNT(crowd->tickets); i++)
        gate_leave(&crowd->tickets[i]);
    gate_free(crowd->gate, on_closed, crowd);
    uv_run(&crowd->loop, UV_RUN_DEFAULT);
    assert_true(crowd->is_closed);
    assert_int_equal(uv_loop_close(&crowd->loop), 0);
    free(crowd);
    return 0;
}

static void on_turn(void *owner)
{
    struct crowd *crowd = owner;
    crowd->turns++;
    crowd->turned_ms = uv_now(&crowd->loop);
}

static void enter(struct crowd *crowd, size_t n, const char *key)
{
    gate_enter(crowd->gate, key, &crowd->tickets[n], on_turn, crowd);
}

static void a_queue_lets_four_through_at_a_time(void **state)
{
    struct crowd *crowd = *state;
    for (size_t i = 0; i < 6; i++)
        enter(crowd, i, "/subscriptions/a");
    assert_int_equal(crowd->turns, 0); /* never inside gate_enter() */
    uv_run(&crowd->loop, UV_RUN_DEFAULT);
    assert_int_equal(crowd->turns, 4);
    gate_leave(&crowd->tickets[4]); /* one that waits does not free a place */
    uv_run(&crowd->loop, UV_RUN_DEFAULT);
    assert_int_equal(crowd->turns, 4);
    gate_leave(&crowd->tickets[0]);
    uv_run(&crowd->loop, UV_RUN_DEFAULT);
    assert_int_equal(crowd->turns, 5);
    assert_true(crowd->tickets[5].is_through);
}

static void another_queue_is_not_held_up(void **state)
{
    struct crowd *crowd = *state;
    for (size_t i = 0; i < 5; i++)
        enter(crowd, i, "/subscriptions/a");
    enter(crowd, 5, "/subscriptions/b");
    uv_run(&crowd->loop, UV_RUN_DEFAULT);
    assert_int_equal(crowd->turns, 5);
    assert_true(crowd->tickets[5].is_through);
}

static void a_pause_holds_those_that_come_and_tells_them_why(void **state)
{
    struct crowd *crowd = *state;
    struct err why, told;
    err_set(&why, ERR_AZURE, "Throttled", "slow down");
    enter(crowd, 0, "q");
    uv_run(&crowd->loop, UV_RUN_DEFAULT);
    uint64_t until_ms = uv_now(&crowd->loop) + 60;
    gate_pause(&crowd->tickets[0], until_ms, &why);
    gate_leave(&crowd->tickets[0]);
    enter(crowd, 1, "q");
    assert_int_equal(gate_paused_until_ms(&crowd->tickets[1], &told), until_ms);
    assert_string_equal(told.code, "Throttled");
    uv_run(&crowd->loop, UV_RUN_DEFAULT);
    assert_int_equal(crowd->turns, 2);
    assert_true(crowd->turned_ms >= until_ms);
}

/* How long a queue waits between two requests after an answer that began with all of a quota and
 * one that shows what is left of it. */
/* clang-format off */
static struct pace_case {
    const char *name;
    double share;
    const char *most, *left;
    uint64_t at_least_ms;
} paces[] = {
    {"all is left",                          1,    "100", "100", 0},
    {"more than a fifth is left",            1,    "100", "21", 0},
    {"half of the last fifth",               1,    "100", "10", 490},
    {"nothing is left",                      1,    "100", "0", 990},
    {"a quarter may be used, and is not yet", 0.25, "100", "81", 0},
    {"a quarter may be used, and more is",   0.25, "100", "40", 490},
    {"words for a number",                   1,    "100", "few", 0},
    {"it fills up again",                    1,    "10",  "100", 0},
};
/* clang-format on */

static void learn(struct crowd *crowd, const char *left)
{
    AUTO(text)
    char *header = mem_format("X-Ms-Ratelimit-Remaining-Subscription-Global-Reads: %s\n", left);
    struct http_answer answer = answer_of(200, header, NULL);
    gate_learn(&crowd->tickets[0], &answer);
    answer_done(&answer);
}

static void check_pace(void **state)
{
    const struct pace_case *c = *state;
    void *made = NULL;
    setup(&made);
    struct crowd *crowd = made;
    gate_set_share(crowd->gate, c->share);
    enter(crowd, 0, "q");
    uv_run(&crowd->loop, UV_RUN_DEFAULT);
    learn(crowd, c->most);
    learn(crowd, c->left);
    enter(crowd, 1, "q"); /* goes at once, and sets the pace for the next */
    uv_run(&crowd->loop, UV_RUN_DEFAULT);
    uint64_t before_ms = crowd->turned_ms;
    enter(crowd, 2, "q");
    uv_run(&crowd->loop, UV_RUN_DEFAULT);
    uint64_t passed_ms = crowd->turned_ms - before_ms;
    assert_true(passed_ms >= c->at_least_ms);
    assert_true(c->at_least_ms > 0 || passed_ms < 200);
    teardown(&made);
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(a_queue_lets_four_through_at_a_time),
        ROW(another_queue_is_not_held_up),
        ROW(a_pause_holds_those_that_come_and_tells_them_why),
    };
    return CASES_RUN(paces, check_pace) + cmocka_run_group_tests_name("queues", tests, NULL, NULL);
}
