/* look.c
 *
 *     look_start ── nothing was shown ──────────────────► look
 *         │
 *         └─► glance ─► on_glanced ─┬─ a read failed ───► look
 *                                   ├─ as marked ───────────────────────────► island_saw
 *                                   └─► look, known ─► on_observed ─┬─ right ─► island_saw
 *                                                                   └─ wrong ─► look
 *
 *     look: each node by a read of its own ─► on_observed ─► island_saw
 */
#include "reconcile/look.h"

#include "base/peek.h"
#include "reconcile/diff.h"
#include "reconcile/island.h"

#include <stdlib.h>
#include <string.h>

#define READ_MAX_MS 120000
#define READ_MIN_MS 2000

/* How long what was found right is believed to be right while it shows itself unchanged. It is
 * judged for that time beforehand, too: what comes due meanwhile (an age, a date) is not marked. */
#define MARK_S 3600

static void on_glanced(void *owner, bool has_failed);
static void look(struct island *island);
static void on_observed(void *owner);

uint64_t look_patience_ms(const struct island *island)
{
    uint64_t now_ms = uv_now(island->reconciler->loop);
    uint64_t half_ms = (uint64_t)island->reconciler->config->interval_s * 500;
    uint64_t left_ms = island->deadline_ms > now_ms ? island->deadline_ms - now_ms : 0;
    uint64_t wanted_ms = half_ms < READ_MAX_MS ? half_ms : READ_MAX_MS;
    if (island->pass->options.once && left_ms < wanted_ms)
        wanted_ms = left_ms;
    return wanted_ms > READ_MIN_MS ? wanted_ms : READ_MIN_MS;
}

/* ---- what was shown ------------------------------------------------------------------------ */

void look_listed(struct island *island, const struct node *node, const char *body)
{
    size_t index = island_index(island, node);
    if (!island->shown)
        island->shown = mem_new(island->count, sizeof *island->shown);
    free(island->shown[index].body);
    island->shown[index].body = mem_text(body);
}

void look_forget(struct island *island)
{
    for (size_t i = 0; island->shown && i < island->count; i++) {
        free(island->shown[i].body);
        free(island->shown[i].versions);
    }
    free(TAKE(island->shown));
}

/* Elements of a list in which the node is found, or NULL. */
static char *found(const struct island *island, const struct neighbours *near)
{
    const struct type *type = near->self.node->type;
    const char *key = type->list_key_of ? type->list_key_of(near) : NULL;
    const struct cohort *cohort = &island->reconciler->cohorts[island->cohort];
    return key ? survey_found(cohort->survey, type, key) : NULL;
}

static char *listed(void *owner, const struct neighbours *near)
{
    const struct island *island = owner;
    const char *body = island->shown[near->self.now - island->observed].body;
    return body ? mem_text(body) : found(island, near);
}

static char *versions(void *owner, const struct neighbours *near)
{
    const struct island *island = owner;
    return mem_text(island->shown[near->self.now - island->observed].versions);
}

/* ---- as it was? ---------------------------------------------------------------------------- */

/* By what of the bodies others are found in lists: a part of them, without the rest of the tree. */
static void see_list_keys(struct island *island)
{
    for (size_t i = 0; i < island->count; i++) {
        const struct type *type = island->nodes[i]->type;
        if (!type->gives_list_key || !island->shown[i].body)
            continue;
        observed_done(&island->observed[i]);
        island->observed[i].body = peek_trees(island->shown[i].body, type->list_key_at);
        island->observed[i].sight = SIGHT_PRESENT;
    }
}

/* What was shown of all nodes, those found in lists by what the bodies say now. */
static void sum_up(struct island *island, uint8_t bytes[DIGEST_SIZE])
{
    struct digest *digest = digest_new();
    for (size_t i = 0; i < island->count; i++) {
        const struct shown *shown = &island->shown[i];
        struct neighbours near =
            neighbours_of(island->nodes, island->observed, island->count, i, island->dependants);
        AUTO(text) char *elements = shown->body ? NULL : found(island, &near);
        digest_add(digest, shown->body ? shown->body : elements);
        digest_add(digest, shown->versions);
    }
    digest_end(digest, bytes);
}

static bool is_marked(const struct mark *mark, const uint8_t digest[DIGEST_SIZE])
{
    int64_t age_s = clock_now_s() - mark->right_s;
    return mark->right_s && age_s >= 0 && age_s < MARK_S &&
           memcmp(mark->digest, digest, DIGEST_SIZE) == 0;
}

/* There is nothing to be found. */
static bool is_right(const struct island *island, int64_t now_s)
{
    struct findings findings = {0};
    bool is_good = true;
    for (size_t i = 0; i < island->count; i++)
        is_good &= island->observed[i].sight == SIGHT_PRESENT;
    for (size_t i = 0; is_good && i < island->count; i++) {
        struct neighbours near =
            neighbours_of(island->nodes, island->observed, island->count, i, island->dependants);
        diff_node(&near, now_s, &findings);
        is_good = findings.count == 0;
    }
    findings_done(&findings);
    return is_good;
}

static void see_as_marked(struct island *island)
{
    for (size_t i = 0; i < island->count; i++) {
        observed_done(&island->observed[i]);
        island->observed[i].sight = SIGHT_PRESENT;
    }
}

/* ---- the steps ----------------------------------------------------------------------------- */

/* A glance that takes too long costs half of what the look after it may take. */
void look_start(struct island *island)
{
    struct reconciler *reconciler = island->reconciler;
    island->is_as_marked = island->is_right = false;
    if (!island->shown ||
        !glance_start(reconciler->azure, island->nodes, island->count, island->shown,
                      look_patience_ms(island) / 2, on_glanced, island))
        look(island);
}

static void on_glanced(void *owner, bool has_failed)
{
    struct island *island = owner;
    uint8_t digest[DIGEST_SIZE];
    if (island->reconciler->is_stopping) {
        look_forget(island);
        island_finish(island);
        return;
    }
    if (has_failed) {
        look_forget(island); /* or what failed would be asked for twice more */
        look(island);
        return;
    }
    see_list_keys(island);
    sum_up(island, digest);
    if (!is_marked(&island->mark, digest)) {
        memcpy(island->mark.digest, digest, DIGEST_SIZE);
        look(island);
        return;
    }
    look_forget(island);
    see_as_marked(island);
    island->is_right = island->is_as_marked = true;
    island_saw(island);
}

static void look(struct island *island)
{
    static const struct observe_known known = {.listed = listed, .versions = versions};
    island->mark.right_s = 0;
    observe_start(island->reconciler->loop, island->reconciler->azure, island->nodes,
                  island->shown ? &known : NULL, island->observed, island->count,
                  look_patience_ms(island), on_observed, island);
}

static bool is_any_listed(const struct island *island)
{
    bool is_any = false;
    for (size_t i = 0; i < island->count; i++)
        is_any |= island->observed[i].is_listed;
    return is_any;
}

/* Nothing has been read but what was shown, and it is what the glance has summed up: others were
 * found by what the bodies say as a whole, too. */
static bool is_as_summed_up(struct island *island)
{
    uint8_t digest[DIGEST_SIZE];
    bool is_all = true;
    for (size_t i = 0; i < island->count; i++)
        is_all &= island->observed[i].is_listed && !island->observed[i].others;
    if (!is_all)
        return false;
    sum_up(island, digest);
    return memcmp(island->mark.digest, digest, DIGEST_SIZE) == 0;
}

static void on_observed(void *owner)
{
    struct island *island = owner;
    int64_t now_s = clock_now_s();
    if (island->reconciler->is_stopping) {
        look_forget(island);
        island_finish(island);
        return;
    }
    bool is_believed = is_any_listed(island);
    island->is_right = is_believed && is_right(island, now_s);
    if (island->is_right && is_as_summed_up(island) && is_right(island, now_s + MARK_S))
        island->mark.right_s = now_s;
    look_forget(island);
    if (is_believed && !island->is_right)
        look(island); /* again, each node by a read of its own */
    else
        island_saw(island);
}
