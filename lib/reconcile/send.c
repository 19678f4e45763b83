/* send.c: the requests of a round, one after the other, and what came of each.
 *
 *     island_send ─► apply ─► (on_running) ─► on_applied ─► island_send ... ─► look again
 */
#include "reconcile/dates.h"
#include "reconcile/island.h"

#include <stdlib.h>
#include <string.h>

#define UNKNOWN_WAIT_S 600 /* how long a write of unknown outcome is waited with */

static void on_running(void *owner, const struct call_answer *answer);
static void on_applied(void *owner, const struct applied *applied);

static const struct planned *current(const struct island *island)
{
    return &island->plan.list[island->next];
}

static const struct observed *observed_of(const struct island *island, const struct node *node)
{
    return &island->observed[island_index(island, node)];
}

/* An order ends when it is taken away, which is for whoever looks after orders. A dry run takes
 * nothing away, and says what would be without it. */
int64_t island_orders_s(const struct island *island)
{
    return island->pass->options.dry_run ? dates_now_s(island->reconciler->azure) : INT64_MIN;
}

/* An order that has come since the round was judged: it wins at once. */
static char *held_by_now(const struct island *island, const struct node *node)
{
    const struct reconciler *reconciler = island->reconciler;
    struct orders orders;
    orders_load(reconciler->folder, &orders);
    char *held = orders_against(&orders, &reconciler->config->graph, node, island_orders_s(island));
    orders_done(&orders);
    return held;
}

static void hold_back(struct island *island, const char *why)
{
    const struct planned *planned = current(island);
    for (size_t f = 0; f < planned->n_findings; f++) {
        const struct finding *finding = &island->findings.list[planned->findings[f]];
        struct entry *entry = ledger_find(&island->ledger, finding);
        entry->outcome = OUTCOME_HELD;
        err_copy(entry->reason, sizeof entry->reason, why);
        json_object_put(TAKE(entry->request));
        island_tell(island, entry);
    }
    island->next++;
}

/* Begins the next request; false: it is held back, or there is none left. */
static bool send_next(struct island *island)
{
    const struct planned *planned = current(island);
    AUTO(text) char *held = held_by_now(island, planned->node);
    if (held) {
        hold_back(island, held);
        return false;
    }
    island->idle_rounds = 0;
    island->has_sent = true;
    island->application = apply_start(
        island->reconciler->azure, planned, observed_of(island, planned->node),
        island->pass->options.once ? island->deadline_ms : 0, on_running, on_applied, island);
    return true;
}

static bool is_out_of_time(const struct island *island)
{
    return island->pass->options.once && uv_now(island->reconciler->loop) >= island->deadline_ms;
}

/* The next request that serves anybody. */
static bool has_next(struct island *island)
{
    while (island->next < island->plan.count && !current(island)->n_findings)
        island->next++;
    return island->next < island->plan.count;
}

void island_send(struct island *island)
{
    while (has_next(island)) {
        if (island_must_end(island) || is_out_of_time(island)) {
            island_finish(island);
            return;
        }
        if (send_next(island))
            return; /* on_applied() goes on */
    }
    if (island_must_end(island) || is_out_of_time(island))
        island_finish(island);
    else if (island->has_sent)
        island_look(island); /* see what came of it */
    else
        island_pause(island);
}

static void each_served(struct island *island,
                        void (*act)(struct island *island, const struct finding *finding,
                                    struct entry *entry, const struct applied *applied),
                        const struct applied *applied)
{
    const struct planned *planned = current(island);
    for (size_t f = 0; f < planned->n_findings; f++) {
        const struct finding *finding = &island->findings.list[planned->findings[f]];
        struct entry *entry = ledger_find(&island->ledger, finding);
        if (applied->answer) {
            err_copy(entry->correlation_id, sizeof entry->correlation_id,
                     applied->answer->correlation_id);
            err_copy(entry->request_id, sizeof entry->request_id, applied->answer->request_id);
        }
        act(island, finding, entry, applied);
        island_tell(island, entry);
    }
}

static void note_running(struct island *island, const struct finding *finding, struct entry *entry,
                         const struct applied *applied)
{
    (void)island;
    (void)finding;
    (void)applied;
    entry->status = STATUS_RUNNING;
}

/* Azure has taken the write and is still at it. --once follows it until its deadline. */
static void on_running(void *owner, const struct call_answer *answer)
{
    struct island *island = owner;
    uint64_t now_ms = uv_now(island->reconciler->loop);
    island->is_followed = true;
    each_served(island, note_running, &(struct applied){answer, false});
    if (island_must_end(island))
        island_wake_in(island, 0);
    if (island->pass->options.once)
        island_wake_in(island, island->deadline_ms > now_ms ? island->deadline_ms - now_ms : 0);
}

static void note_done(struct island *island, const struct finding *finding, struct entry *entry,
                      const struct applied *applied)
{
    (void)applied;
    entry->status = STATUS_DONE;
    memory_wrote(island->reconciler->memory, finding, clock_now_s());
}

static void note_overtaken(struct island *island, const struct finding *finding,
                           struct entry *entry, const struct applied *applied)
{
    struct err why;
    (void)applied;
    err_set(&why, ERR_AZURE, "Overtaken",
            "the vault itself shows another newest version of the key than Resource Manager does");
    entry->outcome = OUTCOME_WAITING;
    err_copy(entry->reason, sizeof entry->reason,
             "until Resource Manager shows the key's newest "
             "version");
    memory_refused(island->reconciler->memory, finding, &why, clock_now_s() + UNKNOWN_WAIT_S,
                   island->reconciler->config->interval_s, clock_now_s());
}

static void note_cancelled(struct island *island, const struct finding *finding,
                           struct entry *entry, const struct applied *applied)
{
    (void)island;
    (void)finding;
    if (applied->answer->was_accepted)
        entry->status = STATUS_RUNNING; /* Azure goes on with it; the next pass looks again */
    else if (applied->answer->unknown_outcome)
        err_copy(entry->reason, sizeof entry->reason,
                 "sent, and nobody has told what came of it: cmkd is stopping");
    else
        err_copy(entry->reason, sizeof entry->reason, "not sent: cmkd is stopping");
}

/* What Azure's refusal of a write means, or NULL. What it says to a poll is none: the write it has
 * accepted. */
static const struct refusal *refusal_of(const struct node *node, const struct call_answer *answer)
{
    const struct refusal *row = answer->was_accepted ? NULL : node->type->refusals;
    for (; row && row->code; row++)
        if (strcmp(row->code, answer->err.code) == 0)
            return row;
    return NULL;
}

/* Until when this refusal passes by itself; 0: it does not. */
static int64_t patient_until_s(struct island *island, const struct finding *finding,
                               const struct call_answer *answer)
{
    const struct type *type = finding->node->type;
    const struct refusal *refusal = refusal_of(finding->node, answer);
    const struct recollection *known =
        memory_find(island->reconciler->memory, finding->node, finding->path);
    int64_t now_s = clock_now_s(), until_s = 0;
    int64_t first_s = known && known->refusals && !memory_is_stale(known, finding)
                          ? known->first_refusal_s
                          : now_s;
    if (refusal)
        until_s = first_s + refusal->wait_s;
    /* A rotation is never repeated by the engine, not even where a throttled vault did nothing. */
    bool is_throttled = finding->action == ACTION_ROTATE && answer->err.status == 429;
    if (answer->unknown_outcome || is_throttled)
        until_s = first_s + UNKNOWN_WAIT_S;
    if (type->patience && answer->err.domain == ERR_AZURE && answer->err.status == 400) {
        struct neighbours near =
            neighbours_of(island->nodes, island->observed, island->count,
                          island_index(island, finding->node), island->dependants);
        int64_t granted_s = type->patience(&near, finding);
        until_s = granted_s > until_s ? granted_s : until_s;
    }
    return until_s;
}

static void note_failed(struct island *island, const struct finding *finding, struct entry *entry,
                        const struct applied *applied)
{
    const struct err *err = &applied->answer->err;
    int64_t now_s = clock_now_s();
    int64_t until_s = patient_until_s(island, finding, applied->answer);
    struct memory *memory = island->reconciler->memory;
    /* An operation that is told to have failed may have come to its end, as may what nobody has
     * answered: whoever finds it right must not be told that it was somebody else. */
    entry->may_have_acted = applied->answer->was_accepted || applied->answer->unknown_outcome;
    entry->answered_s = now_s;
    memory_refused(memory, finding, err, until_s, island->reconciler->config->interval_s, now_s);
    err_copy(entry->error_code, sizeof entry->error_code, err->code);
    if (now_s < until_s) { /* in the words of the looks to come, so that it is told once */
        AUTO(text)
        char *words = memory_pause_words(memory_find(memory, finding->node, finding->path));
        entry->is_unsure = applied->answer->unknown_outcome;
        entry->unsure = entry->outcome;
        entry->outcome = OUTCOME_WAITING;
        entry->status = STATUS_NONE;
        err_copy(entry->reason, sizeof entry->reason, words);
    } else {
        AUTO(text) char *text = mem_format("%s: %s", err->code, err->message);
        entry->status = STATUS_FAILED;
        err_copy(entry->reason, sizeof entry->reason, text);
    }
}

static bool has_keys(const struct island *island, const struct node *vault)
{
    for (size_t i = 0; i < island->count; i++)
        if (island->nodes[i]->type->versions_path && island->nodes[i]->vault == vault)
            return true;
    return false;
}

static void on_applied(void *owner, const struct applied *applied)
{
    struct island *island = owner;
    const struct planned *planned = current(island);
    const struct err *err = &applied->answer->err;
    const struct refusal *refusal = refusal_of(planned->node, applied->answer);
    island->application = NULL;
    island->is_followed = false;
    uv_timer_stop(&island->timer);
    if (applied->was_overtaken) {
        each_served(island, note_overtaken, applied);
    } else if (err->domain == ERR_NONE ||
               (err->domain == ERR_AZURE && refusal && refusal->is_success)) {
        each_served(island, note_done, applied);
        if (planned->node->type->counts_as_creation &&
            island->findings.list[planned->findings[0]].need == NEED_CREATION) {
            island->absent--; /* made: it goes on counting in the pass */
            island->gone--;
        }
        if (has_keys(island, planned->node))
            island->probed_s = 0; /* its network rules may have changed: is it still reached? */
    } else if (err->domain == ERR_CANCELLED) {
        each_served(island, note_cancelled, applied);
    } else {
        each_served(island, note_failed, applied);
    }
    island->next++;
    island_send(island);
}
