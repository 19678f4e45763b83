/* island.c: one island, round after round.
 *
 *     island_begin ─► look ─► on_observed ─► judge ─► send_next ─► on_applied ─┐
 *                      ▲                       │         ▲──────────────────────┤ more to send
 *                      │                       ▼                                │
 *                      ├───── on_timer ◄── wait, or finish                      │
 *                      └────────────────────── all sent ◄───────────────────────┘
 */
#include "reconcile/island.h"

#include "reconcile/diff.h"
#include "reconcile/reach.h"

#include <stdlib.h>
#include <string.h>

#define PAUSE_MAX_S 15     /* between looks while something is waited for */
#define UNKNOWN_WAIT_S 600 /* how long a write of unknown outcome is waited with */

static void look(struct island *island);
static void on_observed(void *owner);
static void judge(struct island *island);
static void send_next(struct island *island);
static void on_running(void *owner, const struct call_answer *answer);
static void on_applied(void *owner, const struct applied *applied);
static void wait_or_finish(struct island *island);
static void on_timer(uv_timer_t *timer);
static void finish(struct island *island);

/* ---- looking ------------------------------------------------------------------------------ */

void island_begin(struct island *island, struct pass *pass)
{
    const struct limits *limits = &island->reconciler->config->limits;
    int64_t budget_s =
        pass->options.once ? limits->once_deadline_s : island->reconciler->config->interval_s;
    island->pass = pass;
    island->round = 0;
    island->idle_rounds = 0;
    island->absent = 0;
    island->has_looked = false;
    island->observed = mem_new(island->count, sizeof *island->observed);
    island->dependants = mem_new(island->count, sizeof *island->dependants);
    island->deadline_ms = pass->started_ms + (uint64_t)budget_s * 1000;
    look(island);
}

static void look(struct island *island)
{
    island->round++;
    observe_start(island->reconciler->loop, island->reconciler->azure, island->nodes,
                  island->observed, island->count, on_observed, island);
}

static bool is_blind(const struct observed *observed)
{
    return observed->sight == SIGHT_FORBIDDEN || observed->sight == SIGHT_UNREACHABLE;
}

static void on_probed(void *owner, const struct node *vault, const struct err *err)
{
    struct island *island = owner;
    const struct reconcile_hooks *hooks = &island->reconciler->hooks;
    island->probes--;
    if (hooks->reach)
        hooks->reach(hooks->owner, island->pass, vault, err);
    if (!island->probes && island->probes_only)
        uv_timer_start(&island->timer, on_timer, 0, 0);
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
            reach_probe(island->reconciler->azure, node->vault, node, on_probed, island);
        }
    }
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
        if (is_blind(observed))
            ledger_error(&island->ledger, node, observed->err);
        if (observed->sight == SIGHT_UNSETTLED)
            island->ledger.is_unsettled = true;
        if (observed->sight == SIGHT_ABSENT && node->type->counts_as_creation)
            absent++;
        if (hooks->looked && !observed->is_below_missing)
            hooks->looked(hooks->owner, island->pass, node,
                          is_blind(observed) ? observed->err : NULL);
    }
    island->pass->creations += absent - island->absent;
    island->absent = absent;
    if (!island->has_looked)
        island->pass->unseen--;
    island->has_looked = true;
}

static void on_observed(void *owner)
{
    struct island *island = owner;
    if (island->reconciler->is_stopping) {
        finish(island);
        return;
    }
    take_stock(island);
    probe_reach(island);
    judge(island);
}

/* ---- judging ------------------------------------------------------------------------------ */

/* What of the node's stacks cannot be seen, or NULL. A text for the caller. */
static char *blind_spot(const struct island *island, const struct node *node)
{
    for (size_t i = 0; i < island->count; i++)
        for (size_t s = 0; is_blind(&island->observed[i]) && s < node->n_stacks; s++)
            if (node_is_of(island->nodes[i], node->stacks[s]))
                return mem_format("%s: %s", node_label(island->nodes[i]),
                                  island->observed[i].err->code);
    return NULL;
}

static void judge_node(struct island *island, const struct situation *situation, size_t index)
{
    size_t first = island->findings.count;
    struct neighbours near =
        neighbours_of(island->nodes, island->observed, island->count, index, island->dependants);
    AUTO(text) char *blind = blind_spot(island, near.self.node);
    struct restraint restraint = {.held = NULL, .blind = blind};
    diff_node(&near, situation->now_s, &island->findings);
    memory_saw(island->reconciler->memory, &near, &island->findings, first, situation->now_s);
    decide_node(situation, &near, &restraint, &island->findings, first);
    plan_node(&near, &island->findings, first, &island->plan);
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

static bool is_seen(void *owner, const struct node *node)
{
    const struct island *island = owner;
    for (size_t i = 0; i < island->count; i++)
        if (island->nodes[i] == node)
            return !is_blind(&island->observed[i]) && island->observed[i].sight != SIGHT_UNSETTLED;
    return false;
}

static void on_settled(void *owner, const struct entry *entry)
{
    const struct island *island = owner;
    const struct reconcile_hooks *hooks = &island->reconciler->hooks;
    if (hooks->settled)
        hooks->settled(hooks->owner, island->pass, entry);
}

static void tell(const struct island *island, const struct entry *entry)
{
    const struct reconcile_hooks *hooks = &island->reconciler->hooks;
    if (hooks->entry)
        hooks->entry(hooks->owner, island->pass, entry);
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
        .creations = island->pass->creations,
        .creations_max = limits->creations,
        .absent_for_s = limits->absent_for_s,
    };
    findings_done(&island->findings);
    plan_done(&island->plan);
    for (size_t i = 0; i < island->count; i++)
        judge_node(island, &situation, i);
    keep_to_limit(island);
    ledger_round(&island->ledger, &island->findings, island->round,
                 &(struct ledger_watch){island, is_seen, on_settled});
    for (size_t i = 0; i < island->plan.count; i++)
        note_request(island, &island->plan.list[i]);
    for (size_t i = 0; i < island->ledger.n_entries; i++)
        if (island->ledger.entries[i].round == island->round)
            tell(island, &island->ledger.entries[i]);

    island->next = 0;
    island->has_sent = false;
    if (island->pass->options.dry_run)
        finish(island);
    else
        send_next(island);
}

/* ---- sending ------------------------------------------------------------------------------ */

static const struct planned *current(const struct island *island)
{
    return &island->plan.list[island->next];
}

static const struct observed *observed_of(const struct island *island, const struct node *node)
{
    for (size_t i = 0; i < island->count; i++)
        if (island->nodes[i] == node)
            return &island->observed[i];
    abort();
}

static bool is_out_of_time(const struct island *island)
{
    return island->pass->options.once && uv_now(island->reconciler->loop) >= island->deadline_ms;
}

static void send_next(struct island *island)
{
    while (island->next < island->plan.count && !current(island)->n_findings)
        island->next++;
    if (island->reconciler->is_stopping || is_out_of_time(island)) {
        finish(island);
    } else if (island->next < island->plan.count) {
        const struct planned *planned = current(island);
        island->idle_rounds = 0;
        island->has_sent = true;
        island->application =
            apply_start(island->reconciler->azure, planned, observed_of(island, planned->node),
                        on_running, on_applied, island);
    } else if (island->has_sent) {
        look(island); /* see what came of it */
    } else {
        wait_or_finish(island);
    }
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
        tell(island, entry);
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
    each_served(island, note_running, &(struct applied){answer, false});
    if (island->pass->options.once)
        uv_timer_start(&island->timer, on_timer,
                       island->deadline_ms > now_ms ? island->deadline_ms - now_ms : 0, 0);
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
    else
        err_copy(entry->reason, sizeof entry->reason, "not sent: cmkd is stopping");
}

static const struct refusal *find_refusal(const struct type *type, const char *code)
{
    for (const struct refusal *row = type->refusals; row && row->code; row++)
        if (strcmp(row->code, code) == 0)
            return row;
    return NULL;
}

/* Until when this refusal passes by itself; 0: it does not. */
static int64_t patient_until_s(struct island *island, const struct finding *finding,
                               const struct call_answer *answer)
{
    const struct type *type = finding->node->type;
    const struct refusal *refusal = find_refusal(type, answer->err.code);
    const struct recollection *known =
        memory_find(island->reconciler->memory, finding->node, finding->path);
    int64_t now_s = clock_now_s(), until_s = 0;
    int64_t first_s = known && known->refusals && !memory_is_stale(known, finding)
                          ? known->first_refusal_s
                          : now_s;
    if (refusal)
        until_s = first_s + refusal->wait_s;
    if (answer->unknown_outcome)
        until_s = first_s + UNKNOWN_WAIT_S;
    if (type->patience && answer->err.domain == ERR_AZURE && answer->err.status == 400) {
        size_t index = 0;
        while (island->nodes[index] != finding->node)
            index++;
        struct neighbours near = neighbours_of(island->nodes, island->observed, island->count,
                                               index, island->dependants);
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
    AUTO(text) char *text = mem_format("%s: %s", err->code, err->message);
    err_copy(entry->error_code, sizeof entry->error_code, err->code);
    if (now_s < until_s) {
        entry->outcome = OUTCOME_WAITING;
        entry->status = STATUS_NONE;
        AUTO(text) char *waiting = mem_format("until Azure takes it, so far it says %s", text);
        err_copy(entry->reason, sizeof entry->reason, waiting);
    } else {
        entry->status = STATUS_FAILED;
        err_copy(entry->reason, sizeof entry->reason, text);
    }
    memory_refused(island->reconciler->memory, finding, err, until_s,
                   island->reconciler->config->interval_s, now_s);
}

static void on_applied(void *owner, const struct applied *applied)
{
    struct island *island = owner;
    const struct planned *planned = current(island);
    const struct err *err = &applied->answer->err;
    const struct refusal *refusal = find_refusal(planned->node->type, err->code);
    island->application = NULL;
    uv_timer_stop(&island->timer);
    if (applied->was_overtaken) {
        each_served(island, note_overtaken, applied);
    } else if (err->domain == ERR_NONE ||
               (err->domain == ERR_AZURE && refusal && refusal->is_success)) {
        each_served(island, note_done, applied);
        if (planned->node->type->counts_as_creation &&
            island->findings.list[planned->findings[0]].need == NEED_CREATION)
            island->absent--; /* made: it goes on counting in the pass */
        if (planned->node->type->deleted_path && !planned->write.on_data_plane)
            island->probed_s = 0; /* network rules may have changed: look whether it is reached */
    } else if (err->domain == ERR_CANCELLED) {
        each_served(island, note_cancelled, applied);
    } else {
        each_served(island, note_failed, applied);
    }
    island->next++;
    send_next(island);
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

static void wait_or_finish(struct island *island)
{
    island->idle_rounds++;
    uv_update_time(island->reconciler->loop); /* the pause counts from now, not from the answer */
    uint64_t next_ms = next_look_ms(island);
    uint64_t now_ms = uv_now(island->reconciler->loop);
    if (next_ms && next_ms < island->deadline_ms)
        uv_timer_start(&island->timer, on_timer, next_ms > now_ms ? next_ms - now_ms : 0, 0);
    else
        finish(island);
}

static void on_timer(uv_timer_t *timer)
{
    struct island *island = timer->data;
    if (island->application)
        apply_cancel(island->application); /* the deadline: follow the operation no further */
    else if (island->reconciler->is_stopping || island->probes_only)
        finish(island);
    else
        look(island);
}

void island_wake(struct island *island)
{
    if (uv_is_active((uv_handle_t *)&island->timer) && !island->application)
        uv_timer_start(&island->timer, on_timer, 0, 0);
}

/* The only way out. */
static void finish(struct island *island)
{
    if (island->probes) {
        island->probes_only = true; /* on_probed() wakes it */
        return;
    }
    island->probes_only = false;
    findings_done(&island->findings);
    plan_done(&island->plan);
    for (size_t i = 0; i < island->count; i++)
        observed_done(&island->observed[i]);
    free(TAKE(island->observed));
    free(TAKE(island->dependants));
    if (!island->has_looked)
        island->pass->unseen--;
    island_ended(island);
}
