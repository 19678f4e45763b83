#include "reconcile/wave.h"

#include "azure/width.h"
#include "reconcile/island.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LOOKING_MAX 16 /* enough for the queues of azure/gate.h never to run dry */

struct wave {
    struct reconciler *reconciler;
    struct wave *next_wave, **link; /* of the reconciler's */
    struct cohort *cohort;
    enum { WAVE_BEFORE, WAVE_SURVEYS, WAVE_BEGINS } state;
    struct island **islands; /* owned; in their turn */
    size_t count, next;
    size_t hastened;               /* from next on: begun whatever their time */
    bool has_survey, is_surveying; /* the latter: it has a place among those that do */
    struct width looking;          /* in uv_now() time */
    uint64_t first_ms;
    double slot_ms;
    uv_timer_t timer;
};

static void advance(struct wave *wave);
static void on_timer(uv_timer_t *timer);

/* ---- cohorts ------------------------------------------------------------------------------ */

static size_t cohort_of(struct reconciler *reconciler, const char *subscription_id)
{
    for (size_t i = reconciler->n_cohorts; i-- > 0;)
        if (strcasecmp(reconciler->cohorts[i].subscription_id, subscription_id) == 0)
            return i;
    reconciler->cohorts =
        mem_resize(reconciler->cohorts, reconciler->n_cohorts + 1, sizeof *reconciler->cohorts);
    reconciler->cohorts[reconciler->n_cohorts] =
        (struct cohort){.subscription_id = subscription_id};
    return reconciler->n_cohorts++;
}

/* The nodes of one cohort, for its survey. */
static void make_survey(struct reconciler *reconciler, size_t cohort, const struct node **nodes)
{
    size_t count = 0;
    for (size_t i = 0; i < reconciler->n_islands; i++) {
        const struct island *island = &reconciler->islands[i];
        for (size_t k = 0; island->cohort == cohort && k < island->count; k++)
            nodes[count++] = island->nodes[k];
    }
    reconciler->cohorts[cohort].survey =
        survey_new(reconciler->azure, &reconciler->config->graph, nodes, count);
}

void cohorts_make(struct reconciler *reconciler)
{
    for (size_t i = 0; i < reconciler->n_islands; i++)
        reconciler->islands[i].cohort =
            cohort_of(reconciler, reconciler->islands[i].nodes[0]->subscription_id);

    const struct node **nodes =
        mem_new(reconciler->config->graph.n_nodes, sizeof(const struct node *));
    for (size_t i = 0; i < reconciler->n_cohorts; i++)
        make_survey(reconciler, i, nodes);
    free(nodes);
}

void cohorts_done(struct reconciler *reconciler)
{
    for (size_t i = 0; i < reconciler->n_cohorts; i++)
        survey_free(reconciler->cohorts[i].survey);
    free(TAKE(reconciler->cohorts));
    reconciler->n_cohorts = 0;
}

/* ---- the wave ----------------------------------------------------------------------------- */

void wave_wake(struct wave *wave)
{
    if (!uv_is_closing((uv_handle_t *)&wave->timer))
        uv_timer_start(&wave->timer, on_timer, 0, 0);
}

void wave_start(struct pass *pass, struct cohort *cohort, struct island **islands, size_t count,
                uint64_t first_ms, double slot_ms)
{
    struct wave *wave = mem_new(1, sizeof *wave);
    wave->reconciler = pass->reconciler;
    wave->cohort = cohort;
    wave->islands = islands;
    wave->count = count;
    wave->first_ms = first_ms;
    wave->slot_ms = slot_ms;
    wave->looking = WIDTH_OF(LOOKING_MAX);
    wave->next_wave = pass->reconciler->waves;
    wave->link = &pass->reconciler->waves;
    if (wave->next_wave)
        wave->next_wave->link = &wave->next_wave;
    pass->reconciler->waves = wave;
    for (size_t i = 0; i < count; i++)
        islands[i]->wave = wave;
    uv_timer_init(wave->reconciler->loop, &wave->timer);
    wave->timer.data = wave;
    wave_wake(wave);
}

static void on_closed(uv_handle_t *handle)
{
    struct wave *wave = handle->data;
    free(wave->islands);
    free(wave);
}

static void end(struct wave *wave)
{
    struct reconciler *reconciler = wave->reconciler;
    if (wave->has_survey)
        survey_forget(wave->cohort->survey);
    *wave->link = wave->next_wave;
    if (wave->next_wave)
        wave->next_wave->link = wave->link;
    if (wave->is_surveying)
        width_leave(&reconciler->surveying, uv_now(reconciler->loop));
    for (struct wave *other = reconciler->waves; other; other = other->next_wave)
        if (other->state == WAVE_BEFORE)
            wave_wake(other);
    uv_close((uv_handle_t *)&wave->timer, on_closed);
}

/* A list showed it, before its own look: kept as text, which is a tenth of the tree. */
static void on_seen(void *owner, const struct node *node, const char *body)
{
    struct wave *wave = owner;
    struct island *island = &wave->reconciler->islands[node->island];
    if (island->wave == wave && !island->observed)
        look_listed(island, node, body);
}

static void on_surveyed(void *owner)
{
    struct wave *wave = owner;
    wave->state = WAVE_BEGINS;
    advance(wave);
}

/* False, and the timer is set, if the instant has not come. */
static bool has_come(struct wave *wave, uint64_t due_ms)
{
    uv_update_time(wave->reconciler->loop);
    uint64_t now_ms = uv_now(wave->reconciler->loop);
    if (now_ms >= due_ms)
        return true;
    uv_timer_start(&wave->timer, on_timer, due_ms - now_ms, 0);
    return false;
}

static bool is_due(struct wave *wave, size_t index)
{
    return has_come(wave, wave->first_ms + (uint64_t)((double)index * wave->slot_ms));
}

/* All of a fleet are to be told blind within the interval, though Azure does not answer. */
static bool is_wide_enough(struct wave *wave)
{
    uint64_t again_ms;
    uv_update_time(wave->reconciler->loop);
    return width_has_room(&wave->looking, uv_now(wave->reconciler->loop), &again_ms) ||
           has_come(wave, again_ms);
}

/* What the lists show is in memory until the islands look: a few waves at a time. */
static bool may_survey(struct wave *wave)
{
    struct reconciler *reconciler = wave->reconciler;
    uint64_t again_ms, now_ms = uv_now(reconciler->loop);
    if (!width_has_room(&reconciler->surveying, now_ms, &again_ms)) {
        uv_timer_start(&wave->timer, on_timer, again_ms - now_ms, 0);
        return false;
    }
    wave->is_surveying = true;
    width_take(&reconciler->surveying, now_ms);
    return true;
}

/* True if the next island may be begun. */
static bool may_begin(struct wave *wave)
{
    switch (wave->state) {
    case WAVE_BEFORE:
        if (wave->hastened)
            break; /* without a survey: the others have theirs in time */
        if (!is_due(wave, 0) || !may_survey(wave))
            return false;
        wave->state = WAVE_SURVEYS;
        wave->has_survey =
            survey_start(wave->cohort->survey, clock_now_s(), on_seen, on_surveyed, wave);
        if (wave->has_survey)
            return false;
        wave->state = WAVE_BEGINS;
        break;
    case WAVE_SURVEYS:
        return false;
    case WAVE_BEGINS:
        break;
    }
    return is_wide_enough(wave) && (wave->hastened || is_due(wave, wave->next));
}

static void begin_next(struct wave *wave)
{
    struct island *island = wave->islands[wave->next++];
    if (wave->hastened)
        wave->hastened--;
    width_take(&wave->looking, uv_now(wave->reconciler->loop));
    island_begin(island);
}

/* Those that nobody will look at any more. */
static void give_up(struct wave *wave)
{
    if (wave->state == WAVE_SURVEYS) {
        survey_cancel(wave->cohort->survey); /* on_surveyed() brings us here again */
        return;
    }
    while (wave->next < wave->count) {
        width_take(&wave->looking, uv_now(wave->reconciler->loop));
        island_skip(wave->islands[wave->next++]);
    }
}

/* Not from the timer: with its last island nothing is at work any more, and the reconciler may be
 * freed before a timer comes. */
static void end_if_over(struct wave *wave)
{
    if (wave->next == wave->count && !wave->looking.taken && wave->state != WAVE_SURVEYS &&
        !uv_is_closing((uv_handle_t *)&wave->timer))
        end(wave);
}

static void advance(struct wave *wave)
{
    if (wave->reconciler->is_stopping || wave->reconciler->is_hurried)
        give_up(wave);
    else
        while (wave->next < wave->count && may_begin(wave))
            begin_next(wave);
    end_if_over(wave);
}

static void on_timer(uv_timer_t *timer)
{
    advance(timer->data);
}

void wave_looked(struct wave *wave)
{
    uint64_t now_ms = uv_now(wave->reconciler->loop);
    width_leave(&wave->looking, now_ms);
    width_move(&wave->reconciler->surveying, now_ms);
    wave_wake(wave);
    end_if_over(wave);
}

void wave_hasten(struct wave *wave, struct island *island)
{
    for (size_t i = wave->next; i < wave->count; i++)
        if (wave->islands[i] == island) {
            size_t to = wave->next + wave->hastened;
            if (i < to)
                return; /* it is already */
            wave->islands[i] = wave->islands[to];
            wave->islands[to] = island;
            wave->hastened++;
            wave_wake(wave);
            return;
        }
}
