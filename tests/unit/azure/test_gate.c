/* Queues: who goes when. Times are loop time, and only lower bounds are looked at. */
#include "answers.h"
#include "azure/gate.h"
#include "cases.h"

struct crowd {
    uv_loop_t loop;
    struct gate *gate;
    struct gate_ticket tickets[GATE_WHOLE + 8];
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

static void enter_as(struct crowd *crowd, size_t n, const char *key, enum quota_kind kind)
{
    gate_enter(crowd->gate, key, kind, &crowd->tickets[n], on_turn, crowd);
}

static void enter(struct crowd *crowd, size_t n, const char *key)
{
    enter_as(crowd, n, key, QUOTA_READS);
}

/* Runs the loop until so many have had their turn. */
static void turn(struct crowd *crowd, unsigned count)
{
    while (crowd->turns < count)
        uv_run(&crowd->loop, UV_RUN_NOWAIT); /* "once" would wait for the next timer too */
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

/* ---- all subscriptions together ------------------------------------------------------------- */

/* As many queues, of as many each, as the whole lets through; the rest of the tickets is left. */
static void fill_up(struct crowd *crowd)
{
    for (size_t i = 0; i < GATE_WHOLE; i++) {
        AUTO(text) char *key = mem_format("/subscriptions/%zu", i / GATE_WIDTH);
        enter(crowd, i, key);
    }
    turn(crowd, GATE_WHOLE);
}

/* What is to be done now is done. */
static void settle(struct crowd *crowd)
{
    for (int i = 0; i < 4; i++)
        uv_run(&crowd->loop, UV_RUN_NOWAIT);
}

static void no_more_than_the_whole_go_through(void **state)
{
    struct crowd *crowd = *state;
    fill_up(crowd);
    enter(crowd, GATE_WHOLE, "/subscriptions/x");
    enter(crowd, GATE_WHOLE + 1, "/subscriptions/y");
    enter_as(crowd, GATE_WHOLE + 2, "https://kv", QUOTA_VAULT);
    settle(crowd);
    assert_int_equal(crowd->turns, GATE_WHOLE + 1);
    assert_true(crowd->tickets[GATE_WHOLE + 2].is_through); /* a vault is a host of its own */
    gate_leave(&crowd->tickets[0]);
    settle(crowd);
    assert_true(crowd->tickets[GATE_WHOLE].is_through); /* in turn */
    assert_false(crowd->tickets[GATE_WHOLE + 1].is_through);
    gate_leave(&crowd->tickets[1]);
    settle(crowd);
    assert_true(crowd->tickets[GATE_WHOLE + 1].is_through);
}

static void a_place_that_nobody_needs_goes_to_the_next(void **state)
{
    struct crowd *crowd = *state;
    fill_up(crowd);
    enter(crowd, GATE_WHOLE, "/subscriptions/x");
    enter(crowd, GATE_WHOLE + 1, "/subscriptions/y");
    settle(crowd);
    gate_leave(&crowd->tickets[GATE_WHOLE]);
    gate_leave(&crowd->tickets[0]);
    settle(crowd);
    assert_true(crowd->tickets[GATE_WHOLE + 1].is_through);
}

static void a_place_is_not_held_while_the_queue_pauses(void **state)
{
    struct crowd *crowd = *state;
    struct err why;
    err_set(&why, ERR_AZURE, "Throttled", "slow down");
    fill_up(crowd);
    gate_leave(&crowd->tickets[3]);
    enter(crowd, GATE_WHOLE, "/subscriptions/0"); /* with the one that is free */
    enter(crowd, GATE_WHOLE + 1, "/subscriptions/0");
    enter(crowd, GATE_WHOLE + 2, "/subscriptions/y");
    settle(crowd);
    assert_true(crowd->tickets[GATE_WHOLE].is_through);
    gate_pause(&crowd->tickets[0], uv_now(&crowd->loop) + 60000, &why);
    gate_leave(&crowd->tickets[0]);
    settle(crowd);
    assert_false(crowd->tickets[GATE_WHOLE + 1].is_through);
    assert_true(crowd->tickets[GATE_WHOLE + 2].is_through);
}

/* ---- a vault that nobody asks any more ------------------------------------------------------ */

/* The moment of what keeps no loop running has come. */
static void hasten(uv_handle_t *handle, void *count)
{
    uv_timer_t *timer = (uv_timer_t *)handle;
    if (!uv_is_active(handle) || uv_has_ref(handle))
        return;
    assert_true(uv_timer_get_due_in(timer) >= 9000); /* Azure counts for ten seconds */
    uv_timer_start(timer, timer->timer_cb, 0, 0);
    ++*(unsigned *)count;
}

static void a_vault_is_forgotten_and_known_again(void **state)
{
    struct crowd *crowd = *state;
    unsigned idle = 0;
    enter_as(crowd, 0, "https://kv", QUOTA_VAULT);
    enter_as(crowd, 1, "https://other", QUOTA_VAULT);
    enter_as(crowd, 2, "https://rotated", QUOTA_VAULT_KEYS);
    enter(crowd, 3, "/subscriptions/a");
    turn(crowd, 4);
    for (size_t i = 0; i < 4; i++)
        if (i != 1)
            gate_leave(&crowd->tickets[i]);
    assert_int_equal(uv_run(&crowd->loop, UV_RUN_DEFAULT), 0); /* nothing is waited for */
    uv_walk(&crowd->loop, hasten, &idle);
    assert_int_equal(idle, 1);
    settle(crowd);
    enter_as(crowd, 0, "https://kv", QUOTA_VAULT);
    gate_leave(&crowd->tickets[1]);
    turn(crowd, 5);
    assert_true(crowd->tickets[0].is_through);
}

/* ---- a share of what Azure allows: how much is quota's to say ------------------------------- */

static void what_is_spent_lets_nobody_through_for_now(void **state)
{
    struct crowd *crowd = *state;
    gate_set_share(crowd->gate,
                   0.05); /* half a rotation: one at once, the next in twenty seconds */
    for (size_t i = 0; i < 2; i++)
        enter_as(crowd, i, "https://kv", QUOTA_VAULT_KEYS);
    enter_as(crowd, 2, "https://other", QUOTA_VAULT_KEYS);
    enter_as(crowd, 3, "https://kv", QUOTA_VAULT);
    turn(crowd, 3);
    assert_true(crowd->tickets[0].is_through);
    assert_false(crowd->tickets[1].is_through);
    assert_true(crowd->tickets[2].is_through); /* another vault has limits of its own */
    assert_true(crowd->tickets[3].is_through); /* and so has another kind */
}

static void a_share_that_is_made_larger_lets_go_who_waits(void **state)
{
    struct crowd *crowd = *state;
    gate_set_share(crowd->gate, 0.05);
    for (size_t i = 0; i < 2; i++)
        enter_as(crowd, i, "https://kv", QUOTA_VAULT_KEYS);
    turn(crowd, 1);
    gate_set_share(crowd->gate, 1);
    assert_int_equal(uv_backend_timeout(&crowd->loop), 0);
    turn(crowd, 2);
    assert_true(crowd->tickets[1].is_through);
}

static void writes_go_before_reads(void **state)
{
    struct crowd *crowd = *state;
    for (size_t i = 0; i < 4; i++)
        enter(crowd, i, "/subscriptions/a");
    enter_as(crowd, 4, "/subscriptions/a", QUOTA_WRITES);
    turn(crowd, 1);
    assert_true(crowd->tickets[4].is_through);
}

static void what_an_answer_shows_to_be_left_sets_the_pace(void **state)
{
    struct crowd *crowd = *state;
    enter(crowd, 0, "q");
    turn(crowd, 1);
    struct http_answer answer =
        answer_of(200,
                  "X-Ms-Ratelimit-Remaining-Subscription-Reads: 1000\n"
                  "X-Ms-Ratelimit-Remaining-Subscription-Global-Reads: 9000\n",
                  NULL);
    gate_learn(&crowd->tickets[0], &answer);
    answer_done(&answer);
    answer = answer_of(200, "X-Ms-Ratelimit-Remaining-Subscription-Global-Reads: 900\n", NULL);
    gate_learn(&crowd->tickets[0], &answer);
    answer_done(&answer);
    uint64_t before_ms = crowd->turned_ms;
    enter(crowd, 1, "q");
    turn(crowd, 2);
    assert_true(crowd->turned_ms - before_ms >= 995); /* a second: half of the last fifth is left */
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(a_queue_lets_four_through_at_a_time),
        ROW(another_queue_is_not_held_up),
        ROW(a_pause_holds_those_that_come_and_tells_them_why),
        ROW(no_more_than_the_whole_go_through),
        ROW(a_place_that_nobody_needs_goes_to_the_next),
        ROW(a_place_is_not_held_while_the_queue_pauses),
        ROW(a_vault_is_forgotten_and_known_again),
        ROW(what_is_spent_lets_nobody_through_for_now),
        ROW(a_share_that_is_made_larger_lets_go_who_waits),
        ROW(writes_go_before_reads),
        ROW(what_an_answer_shows_to_be_left_sets_the_pace),
    };
    return cmocka_run_group_tests_name("queues", tests, NULL, NULL);
}
