/* The probes of a fleet by themselves: Azure is the test, which answers when it likes. */
#include "cases.h"

#include "reconcile/reach.h"

#include <stdlib.h>
#include <string.h>

#define AT_ONCE 16

struct fleet {
    uv_loop_t loop;
    struct reach *reach;
    struct node vault, key;
    void *asked[3 * AT_ONCE]; /* who waits for an answer, in turn */
    size_t n_asked, n_answered;
    call_done_fn *answer;
    size_t n_done, n_reached;
};

static struct fleet fleet;

struct call *call_start(struct azure *azure, const struct call_request *request,
                        call_running_fn *running, call_done_fn *done, void *owner)
{
    (void)azure, (void)running;
    assert_string_equal(request->path, "/keys/k?api-version=7.4");
    assert_string_equal(request->vault, "kv");
    assert_true(request->once); /* thousands of idle connections would be no use */
    assert_true(request->deadline_ms <= REACH_MAX_MS);
    assert_true(fleet.n_asked < COUNT(fleet.asked));
    fleet.answer = done;
    fleet.asked[fleet.n_asked++] = owner;
    return NULL;
}

static void on_done(void *owner, const struct node *vault, const struct err *err)
{
    assert_ptr_equal(owner, &fleet);
    assert_ptr_equal(vault, &fleet.vault);
    fleet.n_done++;
    fleet.n_reached += !err;
}

static int setup(void **state)
{
    (void)state;
    memset(&fleet, 0, sizeof fleet);
    fleet.vault.name = mem_text("kv");
    fleet.key.name = mem_text("k");
    uv_loop_init(&fleet.loop);
    fleet.reach = reach_new(&fleet.loop, NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    reach_free(fleet.reach);
    uv_run(&fleet.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&fleet.loop), 0);
    free(fleet.vault.name);
    free(fleet.key.name);
    return 0;
}

static void probe(size_t count)
{
    for (size_t i = 0; i < count; i++)
        reach_probe(fleet.reach, &fleet.vault, &fleet.key, 60000, on_done, &fleet);
}

static void answer_next(enum err_domain domain, int status)
{
    struct call_answer answer = {.err = {.domain = domain, .status = status}};
    fleet.answer(fleet.asked[fleet.n_answered++], &answer);
}

static void a_fleet_is_asked_a_few_at_a_time(void **state)
{
    (void)state;
    probe(AT_ONCE + 2);
    assert_int_equal(fleet.n_asked, AT_ONCE);
    answer_next(ERR_NONE, 0);
    assert_int_equal(fleet.n_asked, AT_ONCE + 1);
    while (fleet.n_answered < fleet.n_asked)
        answer_next(ERR_NONE, 0);
    assert_int_equal(fleet.n_done, AT_ONCE + 2);
    assert_int_equal(fleet.n_reached, AT_ONCE + 2);
}

static void a_key_that_is_not_there_is_an_answer(void **state)
{
    (void)state;
    probe(3);
    answer_next(ERR_AZURE, 404);
    answer_next(ERR_AZURE, 403);
    answer_next(ERR_TRANSPORT, 0);
    assert_int_equal(fleet.n_done, 3);
    assert_int_equal(fleet.n_reached, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_fleet_is_asked_a_few_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_that_is_not_there_is_an_answer, setup, teardown),
    };
    return cmocka_run_group_tests_name("reach", tests, NULL, NULL);
}
