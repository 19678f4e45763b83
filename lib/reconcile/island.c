/* island.c: one island, round after round.
 *
 *     island_begin ─► look (look.c) ─► island_saw: judge ─► send (send.c)
 *                      ▲                                   │     │
 *                      ├──────── on_timer ◄── pause ◄──────┘     │ all sent
 *                      └─────────────────────────┼───────────────┘
 *                                                └─► finish
 */
#include "reconcile/island.h"

#include "reconcile/diff.h"
#include "reconcile/reach.h"
#include "types/versions.h"

#include <stdlib.h>
#include <string.h>

#define PAUSE_MAX_S 15 /* between looks while something is waited for */

static void judge(struct island *island);
static void on_timer(uv_timer_t *timer);

/* ---- looking ------------------------------------------------------------------------------ */

void island_begin(struct island *island)
{
    const struct limits *limits = &island->reconciler->config->limits;
    const struct pass *pass = island->pass;
    int64_t budget_s =
        pass->options.once ? limits->once_deadline_s : island->reconciler->config->interval_s;
    uint64_t begun_ms = pass->options.once ? pass->started_ms : uv_now(island->reconciler->loop);
    island->round = 0;
    island->idle_rounds = 0;
    island->absent = 0;
    island->deadline_ms = begun_ms + (uint64_t)budget_s * 1000;
    island_look(island);
}

void island_look(struct island *island)
{
    if (!island->observed) {
        island->observed = mem_new(island->count, sizeof *island->observed);
        island->dependants = mem_new(island->count, sizeof *island->dependants);
    }
    island->is_asked_again = island->probes_only = false;
    island->round++;
    look_start(island);
}

/* The first look is over, or will not be. */
static void looked(struct island *island)
{
    if (!island->wave)
        return;
    island->pass->unseen--;
    wave_looked(TAKE(island->wave));
}

static void on_probed(void *owner, const struct node *vault, const struct err *err)
{
    struct island *island = owner;
    const struct reconcile_hooks *hooks = &island->reconciler->hooks;
    island->probes--;
    if (hooks->reach)
        hooks->reach(hooks->owner, island->pass, vault, err);
    if (!island->probes && island->probes_only)
        island_wake_in(island, 0);
}

/* Probes the data plane of each vault that has a key here, when it is time. */
static void probe_reach(struct island *island)
{
    int64_t now_s = clock_now_s();
    if (island->probed_s && now_s < island->probed_s + REACH_INTERVAL_S)
        return;
    island->probed_s = now_s;
    for (size_t i = 0; i < island->count; i++) {
        const struct node *node = island->nodes[i];
        if (node->type->versions_path && island->observed[i].sight == SIGHT_PRESENT) {
            island->probes++;
            reach_probe(island->reconciler->reach, node->vault, node, look_patience_ms(island),
                        on_probed, island);
        }
    }
}

/* What stays as it was stays where it is: else the heap of a fleet is full of holes. */
static void keep_text(char **kept, const char *text)
{
    if (*kept && strcmp(*kept, text) == 0)
        return;
    free(*kept);
    *kept = mem_text(text);
}

/* Tells what could be seen, and counts what seems to be gone. */
static void take_stock(struct island *island)
{
    const struct reconcile_hooks *hooks = &island->reconciler->hooks;
    unsigned absent = 0;
    ledger_clear_errors(&island->ledger);
    for (size_t i = 0; i < island->count; i++) {
        const struct observed *observed = &island->observed[i];
        const struct node *node = island->nodes[i];
        if (observed_is_blind(observed))
            ledger_error(&island->ledger, node, observed->err);
        AUTO(text) char *versions = observed->versions ? version_text(observed->versions) : NULL;
        if (versions)
            keep_text(&island->versions[i], versions);
        if (observed->sight == SIGHT_UNSETTLED)
            island->ledger.is_unsettled = true;
        if (observed->sight == SIGHT_ABSENT && node->type->counts_as_creation)
            absent++;
        if (hooks->looked && !observed->is_below_missing)
            hooks->looked(hooks->owner, island->pass, node,
                          observed_is_blind(observed) ? observed->err : NULL);
    }
    island->pass->creations += absent - island->absent;
    island->absent = absent;
    island->gone = absent;
    looked(island);
}

void island_saw(struct island *island)
{
    take_stock(island);
    probe_reach(island);
    judge(island);
}

/* ---- judging ------------------------------------------------------------------------------ */

/* Whoever may not see what hangs under a vault or an account does not let it go for that. */
static bool is_alone(const struct node *unseen, const struct node *node)
{
    return unseen->parent && unseen != node && unseen != node->parent;
}

/* What of the node's stacks cannot be seen, or NULL. A text for the caller. */
static char *blind_spot(const struct island *island, const struct node *node)
{
    for (size_t i = 0; i < island->count; i++)
        for (size_t s = 0; observed_is_blind(&island->observed[i]) &&
                           !is_alone(island->nodes[i], node) && s < node->n_stacks;
             s++)
            if (node_is_of(island->nodes[i], node->stacks[s]))
                return mem_format("%s: %s", node_label(island->nodes[i]),
                                  island->observed[i].err->code);
    return NULL;
}

/* What is kept of a look at a key for whoever asks. */
static void note_life(struct island *island, size_t index, const struct neighbours *near,
                      const struct situation *situation, const char *blind)
{
    if (!island->lives[index])
        island->lives[index] = mem_new(1, sizeof *island->lives[index]);
    life_note(island->lives[index], near, situation, blind);
}

static void judge_node(struct island *island, const struct situation *situation,
                       const struct orders *orders, size_t index)
{
    size_t first = island->findings.count;
    struct neighbours near =
        neighbours_of(island->nodes, island->observed, island->count, index, island->dependants);
    AUTO(text) char *blind = blind_spot(island, near.self.node);
    AUTO(text)
    char *held = orders_against(orders, &island->reconciler->config->graph, near.self.node,
                                island_orders_s(island));
    struct restraint restraint = {.held = held, .blind = blind};
    if (!island->is_right)
        diff_node(&near, situation->now_s, &island->findings);
    memory_saw(island->reconciler->memory, &near, &island->findings, first, situation->now_s);
    decide_node(situation, &near, &restraint, &island->findings, first);
    plan_node(&near, situation->now_s, &island->findings, first, &island->plan);
    if (near.self.node->type->versions_path)
        note_life(island, index, &near, situation, blind);
}

static void judge_nodes(struct island *island, const struct situation *situation)
{
    struct orders orders;
    orders_load_anew(island->reconciler->folder, situation->now_s, &orders);
    for (size_t i = 0; i < island->count; i++)
        judge_node(island, situation, &orders, i);
    orders_done(&orders);
}

/* At most limits.changesPerPass writes a pass; what is over is left for the next. */
static void keep_to_limit(struct island *island)
{
    for (size_t i = 0; i < island->plan.count; i++) {
        struct planned *planned = &island->plan.list[i];
        if (island->pass->changes_left) {
            island->pass->changes_left--;
            continue;
        }
        for (size_t f = 0; f < planned->n_findings; f++) {
            struct finding *finding = &island->findings.list[planned->findings[f]];
            finding->outcome = OUTCOME_REFUSED;
            err_copy(finding->reason, sizeof finding->reason,
                     "changesPerPass: the pass has made as many changes as limits allow; the next "
                     "one goes on");
        }
        planned->n_findings = 0; /* serves nobody: not sent */
    }
}

static char *url_of(const struct island *island, const struct planned *planned)
{
    const struct cloud *cloud = &island->reconciler->config->cloud;
    const struct node *vault = planned->node->vault ? planned->node->vault : planned->node;
    AUTO(text)
    char *origin = planned->write.on_data_plane ? cloud_vault_origin(cloud, vault->name)
                                                : mem_text(cloud->resource_manager);
    return mem_format("%s%s", origin, planned->write.path);
}

/* The request as people see it, one for all the entries it serves. */
static void note_request(struct island *island, const struct planned *planned)
{
    AUTO(text) char *url = url_of(island, planned);
    AUTO(json) struct json_object *request = json_object_new_object();
    json_object_object_add(request, "method", json_object_new_string(planned->write.method));
    json_object_object_add(request, "url", json_object_new_string(url));
    json_object_object_add(request, "body", js_copy(planned->write.body));
    for (size_t f = 0; f < planned->n_findings; f++) {
        struct entry *entry =
            ledger_find(&island->ledger, &island->findings.list[planned->findings[f]]);
        json_object_put(entry->request);
        entry->request = json_object_get(request);
        if (island->pass->options.dry_run)
            entry->status = STATUS_PLANNED;
    }
}

void island_tell(const struct island *island, const struct entry *entry)
{
    const struct reconcile_hooks *hooks = &island->reconciler->hooks;
    if (hooks->entry)
        hooks->entry(hooks->owner, island->pass, entry);
}

/* What the round has decided, and what it shows of what was sent before. */
static void tell_round(struct island *island)
{
    struct ledger *ledger = &island->ledger;
    for (size_t i = 0; i < island->count; i++)
        if (island->observed[i].sight == SIGHT_PRESENT)
            ledger_shown(ledger, island->nodes[i], island->round);
    for (size_t i = 0; i < ledger->n_entries; i++)
        if (ledger->entries[i].round == island->round ||
            ledger->entries[i].shown_round == island->round)
            island_tell(island, &ledger->entries[i]);
}

/* What is gone, however the looks are cut up: a pass over one stack after the other must not get
 * round the guard. */
static unsigned count_creations(const struct island *island)
{
    const struct reconciler *reconciler = island->reconciler;
    unsigned count = island->pass->creations;
    if (!island->absent)
        return count; /* nobody asks */
    for (size_t i = 0; i < reconciler->n_islands; i++)
        if (!island->pass->covers[i])
            count += reconciler->islands[i].gone;
    return count;
}

static void judge(struct island *island)
{
    const struct reconciler *reconciler = island->reconciler;
    const struct limits *limits = &reconciler->config->limits;
    struct situation situation = {
        .now_s = clock_now_s(),
        .clock_skew_s = azure_clock_skew_s(reconciler->azure),
        .memory = reconciler->memory,
        .is_all_seen = island->pass->unseen == 0,
        .creations = count_creations(island),
        .creations_max = limits->creations,
        .absent_for_s = limits->absent_for_s,
    };
    findings_done(&island->findings);
    plan_done(&island->plan);
    if (!island->is_as_marked)
        judge_nodes(island, &situation);
    keep_to_limit(island);
    ledger_round(&island->ledger, &island->findings, island->round);
    for (size_t i = 0; i < island->plan.count; i++)
        note_request(island, &island->plan.list[i]);
    tell_round(island);
    island->next = 0;
    island->has_sent = false;
    if (island->pass->options.dry_run)
        island_finish(island);
    else
        island_send(island);
}

/* ---- waiting ------------------------------------------------------------------------------ */

/* When looking again is worth it: uv_now() time, or 0 for never. */
static uint64_t next_look_ms(const struct island *island)
{
    uint64_t now_ms = uv_now(island->reconciler->loop);
    int64_t now_s = clock_now_s(), pause_s = 1, soonest_s = INT64_MAX;
    for (unsigned i = 1; i < island->idle_rounds && pause_s < PAUSE_MAX_S; i++)
        pause_s *= 2;
    if (pause_s > PAUSE_MAX_S)
        pause_s = PAUSE_MAX_S;
    if (island->ledger.is_unsettled)
        soonest_s = now_s + pause_s;
    for (size_t i = 0; i < island->findings.count; i++) {
        const struct finding *finding = &island->findings.list[i];
        int64_t wake_s = finding->wake_s;
        if (finding->outcome != OUTCOME_WAITING || wake_s == INT64_MAX)
            continue;
        if (wake_s <= now_s)
            wake_s = now_s + pause_s;
        soonest_s = wake_s < soonest_s ? wake_s : soonest_s;
    }
    return soonest_s == INT64_MAX ? 0 : now_ms + (uint64_t)(soonest_s - now_s) * 1000;
}

void island_pause(struct island *island)
{
    island->idle_rounds++;
    uv_update_time(island->reconciler->loop); /* the pause counts from now, not from the answer */
    uint64_t next_ms = next_look_ms(island);
    uint64_t now_ms = uv_now(island->reconciler->loop);
    if (next_ms && next_ms < island->deadline_ms)
        island_wake_in(island, next_ms > now_ms ? next_ms - now_ms : 0);
    else
        island_finish(island);
}

static void on_timer(uv_timer_t *timer)
{
    struct island *island = timer->data;
    if (island->application)
        apply_cancel(island->application); /* the deadline: follow the operation no further */
    else if (island_must_end(island) || (island->probes_only && !island->is_asked_again))
        island_finish(island);
    else
        island_look(island);
}

void island_wake_in(struct island *island, uint64_t delay_ms)
{
    uv_timer_start(&island->timer, on_timer, delay_ms, 0);
}

bool island_must_end(const struct island *island)
{
    return island->reconciler->is_stopping || island->reconciler->is_hurried;
}

bool island_is_to_begin(const struct island *island)
{
    return island->wave && !island->observed;
}

void island_wake(struct island *island)
{
    if (island_is_to_begin(island)) {
        wave_hasten(island->wave, island); /* it was not begun yet */
        return;
    }
    if (island->reconciler->is_hurried && island->is_followed)
        apply_cancel(island->application);
    if (uv_is_active((uv_handle_t *)&island->timer) && !island->application)
        island_wake_in(island, 0);
}

void island_ask(struct island *island)
{
    island->is_asked_again = !island_is_to_begin(island);
    if (island->probes_only)
        island_wake_in(island, 0);
}

static void forget_round(struct island *island)
{
    findings_done(&island->findings);
    plan_done(&island->plan);
    for (size_t i = 0; island->observed && i < island->count; i++)
        observed_done(&island->observed[i]);
    free(TAKE(island->observed));
    free(TAKE(island->dependants));
}

/* The only way out for one that was begun. */
void island_finish(struct island *island)
{
    if (island->is_asked_again && !island_must_end(island)) {
        island_wake_in(island, 0); /* what it has seen may be older than what it was asked */
        return;
    }
    forget_round(island);
    looked(island);
    island->probes_only = island->probes > 0; /* on_probed() wakes it */
    if (!island->probes_only)
        island_ended(island);
}

void island_skip(struct island *island)
{
    island->round = 0;
    look_forget(island);
    looked(island);
    island_ended(island);
}
