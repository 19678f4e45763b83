/* Waves by themselves: islands that look as the test says, and no Azure. */
#include "cases.h"

#include "reconcile/island.h"

#include <stdlib.h>

/* ---- what a wave begins ------------------------------------------------------------------------
 */

int64_t clock_now_s(void)
{
    return 0;
}

void island_begin(struct island *island)
{
    island->round = 1;
}

void island_skip(struct island *island)
{
    (void)island;
}

void look_listed(struct island *island, const struct node *node, const char *body)
{
    (void)island, (void)node, (void)body;
}

struct survey *survey_new(struct azure *azure, const struct graph *graph,
                          const struct node *const *nodes, size_t count)
{
    (void)azure, (void)graph, (void)nodes, (void)count;
    return NULL;
}

bool survey_start(struct survey *survey, int64_t now_s, survey_seen_fn *seen, survey_done_fn *done,
                  void *owner)
{
    (void)survey, (void)now_s, (void)seen, (void)done, (void)owner;
    return false; /* few: each is read by itself */
}

void survey_forget(struct survey *survey)
{
    (void)survey;
}

void survey_cancel(struct survey *survey)
{
    (void)survey;
}

void survey_free(struct survey *survey)
{
    (void)survey;
}

/* ---- the test
 * ------------------------------------------------------------------------------------ */

static void start(struct pass *pass, struct cohort *cohort, struct island *island)
{
    struct island **islands = mem_new(1, sizeof(struct island *));
    islands[0] = island;
    uint64_t far_ms = uv_now(pass->reconciler->loop) + 3600000;
    wave_start(pass, cohort, islands, 1, far_ms, 0);
    wave_hasten(island->wave, island); /* it is asked for before its time */
}

/* Its last look is the end of the last pass, and with that everything may go: before any timer, and
 * whatever wakes waves on their way out. */
static void a_wave_asks_nothing_of_the_reconciler_after_its_last_look(void **state)
{
    (void)state;
    uv_loop_t loop;
    assert_int_equal(uv_loop_init(&loop), 0);
    struct reconciler *reconciler = mem_new(1, sizeof *reconciler);
    reconciler->loop = &loop;
    reconciler->surveying = WIDTH_OF(1);
    struct pass pass = {.reconciler = reconciler};
    struct cohort cohorts[2] = {0};
    struct island islands[2] = {0};
    for (size_t i = 0; i < COUNT(islands); i++)
        start(&pass, &cohorts[i], &islands[i]);
    uv_run(&loop, UV_RUN_NOWAIT);
    for (size_t i = 0; i < COUNT(islands); i++)
        assert_int_equal(islands[i].round, 1);

    for (size_t i = 0; i < COUNT(islands); i++)
        wave_looked(islands[i].wave);
    free(reconciler);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wave_asks_nothing_of_the_reconciler_after_its_last_look),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
