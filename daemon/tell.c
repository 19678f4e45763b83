/* tell.c: what the reconciler does becomes events, status and the document of --once. The words
 * are lib/report's. */
#include "control.h"

#include "report/document.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STATUS_MS 1000

static int64_t now_s(void)
{
    return (int64_t)time(NULL);
}

/* ---- single events ------------------------------------------------------------------------- */

void tell(enum journal_way way, enum event_kind kind, const char *reason)
{
    const struct event event = {.kind = kind, .reason = reason};
    journal_tell(way, &event);
}

void tell_problems(enum journal_way way, const struct problems *problems, enum event_kind error)
{
    for (size_t i = 0; i < problems->count; i++)
        tell(way, problems->list[i].is_warning ? EVENT_CONFIG_WARNING : error,
             problems->list[i].text);
}

void tell_loaded(const struct daemon *daemon)
{
    const struct graph *graph = &daemon->config->graph;
    size_t audited = 0;
    for (size_t i = 0; i < graph->n_nodes; i++)
        audited += graph->nodes[i]->mode == MODE_AUDIT;
    AUTO(text)
    char *reason = mem_format(
        "%zu stack%s, %zu resources, %zu of them in audit mode; a pass every %" PRId64 " s",
        graph->n_stacks, graph->n_stacks == 1 ? "" : "s", graph->n_nodes, audited,
        daemon->config->interval_s);
    tell(daemon->way, EVENT_LOADED, reason);
}

static void tell_stack(const struct daemon *daemon, enum event_kind kind, size_t stack,
                       const char *reason)
{
    const char *name = daemon->config->graph.stacks[stack].name;
    const struct event event = {.kind = kind, .stacks = &name, .n_stacks = 1, .reason = reason};
    journal_tell(daemon->way, &event);
}

void tell_hour(struct daemon *daemon)
{
    for (size_t i = 0; i < daemon->config->graph.n_stacks; i++) {
        AUTO(text) char *line = status_line(daemon->status, i);
        bool was_blind = status_was_blind(daemon->status, i);
        tell_stack(daemon, was_blind ? EVENT_HOUR_BLIND : EVENT_HOUR, i, line);
    }
    status_hour_over(daemon->status);
}

/* ---- the status ---------------------------------------------------------------------------- */

struct telling {
    const struct daemon *daemon;
    size_t stack;
};

static void on_detail(void *owner, const char *line)
{
    const struct telling *telling = owner;
    tell_stack(telling->daemon, EVENT_STATUS, telling->stack, line);
}

void tell_status(struct daemon *daemon)
{
    const struct graph *graph = &daemon->config->graph;
    AUTO(text) char *sentence = daemon_sentence(daemon);
    tell(daemon->way, EVENT_STATUS, sentence);
    for (size_t i = 0; i < daemon->orders.count; i++) {
        if (daemon->orders.list[i].kind != ORDER_REVOKE)
            continue;
        AUTO(text) char *words = revoking_words(daemon, &daemon->orders.list[i]);
        tell(daemon->way, EVENT_STATUS, words);
    }
    for (size_t i = 0; i < graph->n_stacks; i++) {
        struct telling telling = {daemon, i};
        AUTO(text) char *line = status_line(daemon->status, i);
        tell_stack(daemon, EVENT_STATUS, i, line);
        const struct ledger *ledger =
            daemon->reconciler ? reconciler_ledger(daemon->reconciler, graph->stacks[i].island)
                               : NULL;
        status_details(daemon->status, i, ledger, now_s(), on_detail, &telling);
    }
}

/* The manager is told what has changed, not the same in every pass. */
void daemon_update_status(struct daemon *daemon)
{
    char *sentence = daemon_sentence(daemon);
    bool is_new = !daemon->last_sentence || strcmp(daemon->last_sentence, sentence) != 0;
    if (is_new && !daemon->is_stopping)
        notify_status(sentence);
    free(daemon->last_sentence);
    daemon->last_sentence = sentence;
}

static void on_status_timer(uv_timer_t *timer)
{
    daemon_update_status(timer->data);
}

/* Within a second: thousands of islands end one after the other, and the manager may be slow. */
static void update_status_soon(struct daemon *daemon)
{
    if (!uv_is_closing((uv_handle_t *)&daemon->status_timer) &&
        !uv_is_active((uv_handle_t *)&daemon->status_timer))
        uv_timer_start(&daemon->status_timer, on_status_timer, STATUS_MS, 0);
}

/* ---- the document -------------------------------------------------------------------------- */

/* The ledgers of the islands that the pass covers; the caller frees the array. */
static const struct ledger **ledgers_of(const struct daemon *daemon, const struct pass *pass)
{
    size_t n_islands = daemon->config->graph.n_islands;
    const struct ledger **ledgers = mem_new(n_islands, sizeof(struct ledger *));
    for (size_t i = 0; i < n_islands; i++)
        if (pass_covers(pass, i))
            ledgers[i] = reconciler_ledger(daemon->reconciler, i);
    return ledgers;
}

static char *document_words(const struct daemon *daemon, const struct document *document)
{
    AUTO(json) struct json_object *tree = document_json(document);
    return daemon->options->output == OUTPUT_TEXT ? document_prose(tree) : document_text(tree);
}

bool tell_document(struct daemon *daemon, const struct pass *pass)
{
    const struct ledger **ledgers = ledgers_of(daemon, pass);
    const struct document document = {
        .pass = pass_id(pass),
        .started_s = pass_started_s(pass),
        .seconds = pass_seconds(pass),
        .requests = pass_requests(pass),
        .graph = &daemon->config->graph,
        .ledgers = ledgers,
    };
    AUTO(text) char *text = document_words(daemon, &document);
    daemon->exit_status = document_exit_status(&document);
    if (daemon->was_interrupted && daemon->exit_status == 0)
        daemon->exit_status = 1; /* what was not looked at any more may be amiss */
    free(ledgers);
    return fputs(text, stdout) >= 0 && fflush(stdout) == 0;
}

/* ---- the summary of a pass ----------------------------------------------------------------- */

struct tally {
    size_t done, failed, running, left, unseen;
};

static void count_entry(const struct entry *entry, struct tally *tally)
{
    switch (entry->status) {
    case STATUS_DONE:
        tally->done++;
        return;
    case STATUS_FAILED:
        tally->failed++;
        return;
    case STATUS_RUNNING:
        tally->running++;
        return;
    case STATUS_NONE:
    case STATUS_PLANNED:
        tally->left += entry->outcome != OUTCOME_EXEMPT;
        return;
    }
}

static struct tally tally_of(const struct daemon *daemon, const struct pass *pass)
{
    struct tally tally = {0};
    const struct ledger **ledgers = ledgers_of(daemon, pass);
    for (size_t i = 0; i < daemon->config->graph.n_islands; i++) {
        for (size_t k = 0; ledgers[i] && k < ledgers[i]->n_entries; k++)
            count_entry(&ledgers[i]->entries[k], &tally);
        tally.unseen += ledgers[i] ? ledgers[i]->n_errors : 0;
    }
    free(ledgers);
    return tally;
}

/* Told aloud if it did something, or came to something else than the pass before. */
static void tell_pass(struct daemon *daemon, const struct pass *pass)
{
    struct tally tally = tally_of(daemon, pass);
    char *summary =
        mem_format("repaired %zu, failed %zu, at work %zu, left as found %zu, not seen %zu",
                   tally.done, tally.failed, tally.running, tally.left, tally.unseen);
    bool is_clean = !tally.done && !tally.failed && !tally.running && !tally.left && !tally.unseen;
    bool is_quiet = daemon->last_summary ? strcmp(summary, daemon->last_summary) == 0 : is_clean;
    is_quiet = is_quiet && !daemon->has_sent;
    free(daemon->last_summary);
    daemon->last_summary = summary;
    daemon->has_sent = false;

    AUTO(text)
    char *reason =
        mem_format("%s; %" PRIu64 " requests in %.2f s", is_clean ? "all as declared" : summary,
                   pass_requests(pass), pass_seconds(pass));
    const struct event event = {
        .kind = is_quiet ? EVENT_PASS_QUIET : EVENT_PASS, .pass = pass_id(pass), .reason = reason};
    journal_tell(daemon->way, &event);
}

/* ---- hooks --------------------------------------------------------------------------------- */

void tell_all(const struct daemon *daemon, const struct event *event)
{
    journal_tell(daemon->way, event);
    control_event(daemon->control, event);
}

/* What is told of who contends is told once: with the name, where the log has told it. */
void tell_news(void *owner, const struct event *event)
{
    const struct daemon *daemon = owner;
    const struct node *node = event->kind == EVENT_CONTENDED && daemon->activity
                                  ? graph_find(&daemon->config->graph, event->resource_id)
                                  : NULL;
    struct event named = *event;
    if (node)
        named.author = activity_writer(daemon->activity, node, event->path);
    tell_all(daemon, &named);
}

static void on_entry(void *owner, const struct pass *pass, const struct entry *entry)
{
    struct daemon *daemon = owner;
    daemon->has_sent |= entry->status == STATUS_RUNNING || entry->status == STATUS_DONE;
    if (pass_options_of(pass)->dry_run)
        return;
    news_entry(daemon->news, pass_id(pass), entry, now_s());
    if (daemon->activity)
        activity_entry(daemon->activity, pass_id(pass), entry, now_s());
}

static void on_looked(void *owner, const struct pass *pass, const struct node *node,
                      const struct err *err)
{
    struct daemon *daemon = owner;
    daemon_end_orders(daemon);
    if (daemon->activity && !err)
        activity_looked(daemon->activity, node, now_s());
    news_looked(daemon->news, pass_id(pass), node, err, now_s());
}

static void on_reach(void *owner, const struct pass *pass, const struct node *vault,
                     const struct err *err)
{
    struct daemon *daemon = owner;
    status_reach(daemon->status, vault, err);
    news_reach(daemon->news, pass_id(pass), vault, err);
    update_status_soon(daemon);
}

static void on_island(void *owner, const struct pass *pass, size_t island,
                      const struct ledger *ledger)
{
    struct daemon *daemon = owner;
    if (pass_options_of(pass)->dry_run)
        return; /* its document says it all */
    news_written(daemon->news, pass_id(pass), ledger, now_s());
    if (daemon->is_stopping)
        return; /* what was cut short says no more */
    status_island(daemon->status, island, ledger, now_s());
    news_island(daemon->news, pass_id(pass), island, ledger, now_s());
    if (daemon->activity)
        activity_island(daemon->activity, island, ledger, now_s());
    update_status_soon(daemon);
}

static void on_pass(void *owner, const struct pass *pass)
{
    struct daemon *daemon = owner;
    if (!daemon->is_stopping && !pass_options_of(pass)->dry_run)
        tell_pass(daemon, pass); /* one that was cut short came to nothing that can be told */
    if (!daemon->is_stopping)
        daemon_tell_standing(daemon);
    daemon_update_status(daemon);
}

/* ---- who did it ---------------------------------------------------------------------------- */

static void on_author(void *owner, const char *pass, const struct node *node,
                      const char *resource_id, const char *path, const struct author *author)
{
    const struct daemon *daemon = owner;
    news_author(daemon->news, pass, node, resource_id, path, author);
}

static void on_refused(void *owner, const char *subscription, const struct err *err)
{
    const struct event event = {
        .kind = EVENT_NO_AUTHORS,
        .resource = subscription,
        .resource_id = subscription,
        .correlation_id = err->correlation_id,
        .error_code = err->code,
        .reason = err->message,
    };
    tell_all(owner, &event);
}

static void on_idle(void *owner)
{
    struct daemon *daemon = owner;
    if (daemon->is_stopping)
        daemon_settle(daemon);
}

struct activity_hooks tell_activity_hooks(struct daemon *daemon)
{
    return (struct activity_hooks){
        .owner = daemon,
        .author = on_author,
        .refused = on_refused,
        .idle = on_idle,
    };
}

struct reconcile_hooks tell_hooks(struct daemon *daemon)
{
    return (struct reconcile_hooks){
        .owner = daemon,
        .entry = on_entry,
        .looked = on_looked,
        .reach = on_reach,
        .island = on_island,
        .pass = on_pass,
    };
}
