#include "reconcile/reconciler.h"

#include "reconcile/island.h"
#include "reconcile/reach.h"

#include <assert.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SURVEYING_MAX 12     /* waves: they fill the whole gate (azure/gate.h) */
#define SPREAD_MIN 8         /* islands that are no burst */
#define SPREAD_OVER 0.9      /* of the interval, so that a pass is over when the next one begins */
#define FREE_KEPT (2U << 20) /* bytes of the heap */

int64_t clock_now_s(void)
{
    return (int64_t)time(NULL);
}

/* ---- islands ------------------------------------------------------------------------------ */

static void make_islands(struct reconciler *reconciler)
{
    const struct graph *graph = &reconciler->config->graph;
    reconciler->n_islands = graph->n_islands;
    reconciler->islands = mem_new(graph->n_islands, sizeof *reconciler->islands);
    for (size_t i = 0; i < graph->n_islands; i++) {
        struct island *island = &reconciler->islands[i];
        size_t first;
        island->reconciler = reconciler;
        island->index = i;
        island->count = graph_island(graph, i, &first);
        island->nodes = &graph->nodes[first];
        island->versions = mem_new(island->count, sizeof(char *));
        island->lives = mem_new(island->count, sizeof *island->lives);
        uv_timer_init(reconciler->loop, &island->timer);
        island->timer.data = island;
    }
    cohorts_make(reconciler);
}

/* The islands' memory lives until their timers are closed. */
struct discarded {
    struct island *islands;
    size_t left;
};

static void on_timer_closed(uv_handle_t *handle)
{
    struct discarded *discarded = handle->data;
    if (--discarded->left)
        return;
    free(discarded->islands);
    free(discarded);
}

static void discard_islands(struct reconciler *reconciler)
{
    size_t count = reconciler->n_islands;
    struct discarded *discarded = mem_new(1, sizeof *discarded);
    *discarded = (struct discarded){reconciler->islands, count};
    cohorts_done(reconciler);
    for (size_t i = 0; i < count; i++) {
        ledger_done(&discarded->islands[i].ledger);
        for (size_t k = 0; k < discarded->islands[i].count; k++) {
            free(discarded->islands[i].versions[k]);
            life_free(discarded->islands[i].lives[k]);
        }
        free(discarded->islands[i].versions);
        free(discarded->islands[i].lives);
        discarded->islands[i].timer.data = discarded;
    }
    for (size_t i = 0; i < count; i++)
        uv_close((uv_handle_t *)&discarded->islands[i].timer, on_timer_closed);
    if (!count) {
        free(discarded->islands);
        free(discarded);
    }
    reconciler->islands = NULL;
    reconciler->n_islands = 0;
    reconciler->first = 0;
}

struct reconciler *reconciler_new(uv_loop_t *loop, struct azure *azure, const struct config *config,
                                  struct order_folder *folder, const struct reconcile_hooks *hooks)
{
    struct reconciler *reconciler = mem_new(1, sizeof *reconciler);
    reconciler->loop = loop;
    reconciler->azure = azure;
    reconciler->config = config;
    reconciler->folder = folder;
    reconciler->hooks = *hooks;
    reconciler->memory = memory_new();
    reconciler->reach = reach_new(loop, azure);
    reconciler->surveying = WIDTH_OF(SURVEYING_MAX);
    make_islands(reconciler);
    return reconciler;
}

bool reconciler_is_busy(const struct reconciler *reconciler)
{
    return reconciler->n_busy > 0;
}

const struct pass *reconciler_pass_of(const struct reconciler *reconciler, size_t island)
{
    assert(island < reconciler->n_islands);
    return reconciler->islands[island].pass;
}

bool reconciler_island_is_busy(const struct reconciler *reconciler, size_t island)
{
    assert(island < reconciler->n_islands);
    return reconciler->islands[island].pass != NULL;
}

void reconciler_reload(struct reconciler *reconciler, const struct config *config)
{
    assert(!reconciler_is_busy(reconciler));
    discard_islands(reconciler);
    reconciler->config = config;
    reconciler->is_hurried = false;
    make_islands(reconciler);
}

static void wake_islands(struct reconciler *reconciler)
{
    for (size_t i = 0; i < reconciler->n_islands; i++)
        if (reconciler->islands[i].pass)
            island_wake(&reconciler->islands[i]);
}

void reconciler_hurry(struct reconciler *reconciler)
{
    reconciler->is_hurried = true;
    wake_islands(reconciler);
}

void reconciler_keep(struct reconciler *reconciler)
{
    reconciler->is_hurried = false;
}

void reconciler_stop(struct reconciler *reconciler)
{
    reconciler->is_stopping = true;
    wake_islands(reconciler);
}

const struct ledger *reconciler_ledger(const struct reconciler *reconciler, size_t island)
{
    assert(island < reconciler->n_islands);
    return &reconciler->islands[island].ledger;
}

struct json_object *reconciler_versions(const struct reconciler *reconciler, const struct node *key)
{
    const struct island *island = &reconciler->islands[key->island];
    const char *text = island->versions[island_index(island, key)];
    return text ? json_tokener_parse(text) : NULL;
}

const struct life *reconciler_life(const struct reconciler *reconciler, const struct node *key)
{
    const struct island *island = &reconciler->islands[key->island];
    return island->lives[island_index(island, key)];
}

void reconciler_free(struct reconciler *reconciler)
{
    if (!reconciler)
        return;
    assert(!reconciler_is_busy(reconciler));
    discard_islands(reconciler);
    memory_free(reconciler->memory);
    reach_free(reconciler->reach);
    free(reconciler);
}

/* ---- passes ------------------------------------------------------------------------------- */

static bool is_named(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

static bool is_wanted(const struct reconciler *reconciler, size_t island, const char *const *stacks)
{
    const struct graph *graph = &reconciler->config->graph;
    if (!stacks)
        return true;
    for (size_t i = 0; i < graph->n_stacks; i++)
        if (graph->stacks[i].island == island && is_named(graph->stacks[i].name, stacks))
            return true;
    return false;
}

static struct pass *pass_new(struct reconciler *reconciler, const struct pass_options *options)
{
    struct pass *pass = mem_new(1, sizeof *pass);
    pass->reconciler = reconciler;
    pass->options = *options;
    pass->options.stacks = NULL;
    uuid_random(pass->id);
    pass->started_s = clock_now_s();
    uv_update_time(reconciler->loop);
    pass->started_ms = uv_now(reconciler->loop);
    pass->requests_before = azure_requests(reconciler->azure);
    pass->changes_left = reconciler->config->limits.changes_per_pass;
    pass->covers = mem_new(reconciler->n_islands, sizeof *pass->covers);
    return pass;
}

static void pass_free(struct pass *pass)
{
    free(pass->covers);
    free(pass);
}

/* A pass before has islands that are still to be begun. */
static bool is_behind(const struct reconciler *reconciler)
{
    for (size_t i = 0; i < reconciler->n_islands; i++)
        if (island_is_to_begin(&reconciler->islands[i]))
            return true;
    return false;
}

/* The time from one island to the next. */
static double slot_ms(const struct pass *pass)
{
    const struct reconciler *reconciler = pass->reconciler;
    if (!pass->options.spread || pass->left <= SPREAD_MIN)
        return 0;
    return (double)reconciler->config->interval_s * 1000 * SPREAD_OVER / (double)pass->left;
}

/* The islands of one cohort that a pass covers. */
struct turn {
    struct island **islands; /* the wave's */
    size_t count;
};

/* Each cohort's; the caller frees the array. */
static struct turn *make_turns(const struct pass *pass)
{
    struct reconciler *reconciler = pass->reconciler;
    size_t count = reconciler->n_islands;
    struct turn *turns = mem_new(reconciler->n_cohorts, sizeof *turns);
    for (size_t i = 0; i < count; i++)
        turns[reconciler->islands[i].cohort].count += pass->covers[i];
    for (size_t i = 0; i < reconciler->n_cohorts; i++) {
        if (turns[i].count)
            turns[i].islands = mem_new(turns[i].count, sizeof(struct island *));
        turns[i].count = 0;
    }
    for (size_t i = 0; i < count; i++) {
        size_t index = (reconciler->first + i) % count;
        struct turn *turn = &turns[reconciler->islands[index].cohort];
        if (pass->covers[index])
            turn->islands[turn->count++] = &reconciler->islands[index];
    }
    return turns;
}

/* One wave for each cohort. */
static void start_waves(struct pass *pass)
{
    struct reconciler *reconciler = pass->reconciler;
    size_t first = reconciler->islands[reconciler->first].cohort, begun = 0;
    double slot = slot_ms(pass);
    struct turn *turns = make_turns(pass);
    for (size_t i = 0; i < reconciler->n_cohorts; i++) {
        size_t cohort = (first + i) % reconciler->n_cohorts;
        const struct turn *turn = &turns[cohort];
        uint64_t first_ms = pass->started_ms + (uint64_t)((double)begun * slot);
        begun += turn->count;
        if (turn->count)
            wave_start(pass, &reconciler->cohorts[cohort], turn->islands, turn->count, first_ms,
                       slot);
    }
    free(turns);
}

bool reconciler_pass(struct reconciler *reconciler, const struct pass_options *options)
{
    if (options->spread && is_behind(reconciler))
        return true;
    struct pass *pass = pass_new(reconciler, options);
    bool is_missed = false;
    for (size_t i = 0; i < reconciler->n_islands; i++) {
        struct island *island = &reconciler->islands[i];
        bool wanted = is_wanted(reconciler, i, options->stacks);
        pass->covers[i] = wanted && !island->pass;
        pass->left += pass->covers[i];
        if (wanted && island->pass) {
            is_missed |= island->pass->options.dry_run && !options->dry_run;
            island_wake(island); /* it looks now, for the pass it is in */
        }
    }
    pass->unseen = pass->left;
    if (!pass->left || reconciler->is_stopping) {
        pass_free(pass);
        return false;
    }
    for (size_t i = 0; i < reconciler->n_islands; i++)
        if (pass->covers[i])
            reconciler->islands[i].pass = pass;
    bool is_at_once = !options->spread && !options->dry_run && !options->stacks;
    for (size_t i = 0; is_at_once && i < reconciler->n_islands; i++)
        if (!pass->covers[i])
            island_ask(&reconciler->islands[i]);
    reconciler->n_busy += pass->left;
    start_waves(pass);
    return !is_missed;
}

/* What a pass of a fleet takes is free until the next: half of the heap. A little is kept: to get
 * it back takes longer than to use it. */
static void give_back(void)
{
    if (mallinfo2().fordblks > FREE_KEPT)
        malloc_trim(0);
}

void island_ended(struct island *island)
{
    struct reconciler *reconciler = island->reconciler;
    const struct reconcile_hooks *hooks = &reconciler->hooks;
    struct pass *pass = island->pass;
    if (hooks->island && island->round) /* else nobody has looked, and there is nothing to tell */
        hooks->island(hooks->owner, pass, island->index, &island->ledger);
    island->pass = NULL;
    reconciler->n_busy--;
    if (--pass->left)
        return;
    if (!pass->changes_left) /* the next one begins with another, so that none starves */
        reconciler->first = (reconciler->first + 1) % reconciler->n_islands;
    if (hooks->pass)
        hooks->pass(hooks->owner, pass);
    pass_free(pass);
    give_back();
}

const char *pass_id(const struct pass *pass)
{
    return pass->id;
}

int64_t pass_started_s(const struct pass *pass)
{
    return pass->started_s;
}

double pass_seconds(const struct pass *pass)
{
    return (double)(uv_now(pass->reconciler->loop) - pass->started_ms) / 1000.0;
}

uint64_t pass_requests(const struct pass *pass)
{
    return azure_requests(pass->reconciler->azure) - pass->requests_before;
}

const struct pass_options *pass_options_of(const struct pass *pass)
{
    return &pass->options;
}

bool pass_covers(const struct pass *pass, size_t island)
{
    return pass->covers[island];
}
