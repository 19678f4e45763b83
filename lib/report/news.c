#include "report/news_private.h"

#include "reconcile/memory.h"
#include "report/doubt.h"
#include "report/kinds.h"
#include "report/words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_SHORT_S 10 /* a wait that is over by then is no news */

/* ---- the facts of an entry ----------------------------------------------------------------- */

/* The text less every word with a digit in it: times, counts and ids differ from pass to pass
 * where the reason is the same. */
static char *gist(const char *text)
{
    char *words = mem_text(text), *to = words;
    for (const char *at = text; *at;) {
        size_t length = strcspn(at, " ");
        bool has_digit = false;
        for (size_t i = 0; i < length; i++)
            has_digit |= isdigit((unsigned char)at[i]) != 0;
        if (!has_digit) {
            memmove(to, at, length);
            to += length;
        }
        at += length;
        at += strspn(at, " ");
    }
    *to = '\0';
    return words;
}

static const char *whole(const struct entry *entry)
{
    if (entry->need == NEED_CREATION)
        return "it is not found";
    return entry->need == NEED_RECOVERY ? "it is deleted" : NULL;
}

/* Several versions of one key can be disabled, each a state of its own. */
static const char *version_of(const struct entry *entry)
{
    return entry->action == ACTION_ENABLE ? js_string(entry->observed, "version", "") : "";
}

/* Of the whole, of what a date asks for, and of what no table has. */
static const char *control_of(const struct entry *entry)
{
    return entry->field ? entry->field->control : entry->node->type->control;
}

static struct told *find_told(const struct news *news, const struct entry *entry)
{
    return told_find(news->told, entry->node, SUBJECT_FINDING, entry->path, version_of(entry));
}

static struct told *get_told(const struct news *news, const struct entry *entry)
{
    return told_get(news->told, entry->node, SUBJECT_FINDING, entry->path, version_of(entry));
}

static char *signature_of(enum event_kind kind, const char *pass, const struct entry *entry)
{
    AUTO(text) char *observed = js_words(entry->observed, SIZE_MAX);
    AUTO(text) char *desired = js_words(entry->desired, SIZE_MAX);
    AUTO(text) char *reason = gist(entry->reason);
    bool is_done = entry->status == STATUS_DONE;
    /* Of a refusal that is sat out the reason has the code, between two tries too. */
    const char *code = kind == EVENT_WAITING ? "" : entry->error_code;
    return mem_format("%s\n%s\n%s\n%s\n%s %u", observed, desired,
                      kind == EVENT_KEY_DISABLED ? "" : reason, code, is_done ? pass : "",
                      is_done ? entry->round : 0);
}

/* Most waits are over before anybody has read of them: a grant for an identity that is being made,
 * a second look. One that lasts, or that a pass ends with, is told. */
static bool is_short(struct told *told, enum event_kind kind, bool is_end, int64_t now_s)
{
    if (kind != EVENT_WAITING) {
        told->waiting_s = 0;
        return false;
    }
    if (!told->waiting_s)
        told->waiting_s = now_s;
    return !is_end && now_s - told->waiting_s < WAIT_SHORT_S;
}

static bool was_written(const struct told *told)
{
    return told->last >= EVENT_REPAIRED && told->last <= EVENT_ENABLED;
}

/* What was just written may take a while to show, and what failed is told with "tries again". */
static bool goes_without_saying(const struct told *told, enum event_kind kind,
                                const struct entry *entry, int64_t now_s)
{
    if (kind != EVENT_WAITING)
        return false;
    if (told->sent && !told->sent->is_doubtful)
        return now_s - told->sent->sent_s <= memory_grace_s(entry->path);
    if (told->last == EVENT_KINDS)
        return false;
    if (told_signature(told, EVENT_FAILED))
        return true;
    return was_written(told) && now_s - told->last_s <= memory_grace_s(entry->path);
}

/* ---- telling ------------------------------------------------------------------------------- */

void news_tell(struct news *news, const struct node *node, const char *pass,
               const char *resource_id, struct event *event)
{
    const char **stacks = mem_new(node->n_stacks, sizeof *stacks);
    for (size_t i = 0; i < node->n_stacks; i++)
        stacks[i] = news->graph->stacks[node->stacks[i]].name;
    AUTO(text) char *resource = words_node(node);
    event->stacks = stacks;
    event->n_stacks = node->n_stacks;
    event->resource = resource;
    event->resource_id = resource_id;
    event->pass = pass;
    news->tell(news->owner, event);
    free(stacks);
}

static void tell_entry(struct news *news, const char *pass, enum event_kind kind,
                       const struct entry *entry)
{
    struct event event = {
        .kind = kind,
        .outcome = outcome_word(entry->outcome),
        .path = entry->path,
        .whole = whole(entry),
        .has_values = true,
        .observed = entry->observed,
        .desired = entry->desired,
        .control = control_of(entry),
        .correlation_id = entry->correlation_id,
        .request_id = entry->request_id,
        .error_code = entry->error_code,
        .reason = entry->reason,
    };
    news_tell(news, entry->node, pass, entry->resource_id, &event);
}

/* That Azure has accepted a write is no repair: one that another writer, a policy or Azure itself
 * undoes is accepted too. A look must show it. */
static bool is_unseen(const struct entry *entry)
{
    return entry->status == STATUS_DONE && !entry->shown_round;
}

/* A write of which it is not known that a look has shown it, or that it did nothing. */
static bool is_open_write(const struct entry *entry)
{
    bool is_doubtful = entry->may_have_acted && entry->status != STATUS_DONE;
    return entry->status == STATUS_RUNNING || is_unseen(entry) || is_doubtful;
}

static struct sent *sent_new(enum event_kind kind, const char *pass, const struct entry *entry,
                             int64_t now_s)
{
    struct sent *sent = mem_new(1, sizeof *sent);
    sent->is_doubtful = entry->may_have_acted && entry->status != STATUS_DONE;
    sent->sent_s = entry->answered_s ? entry->answered_s : now_s;
    sent->until_s = sent->sent_s + doubt_lasts_s(entry);
    err_copy(sent->pass, sizeof sent->pass, pass);
    sent->kind = kind;
    sent->outcome = outcome_word(entry->is_unsure ? entry->unsure : entry->outcome);
    sent->control = control_of(entry);
    sent->observed = json_object_get(entry->observed);
    sent->desired = json_object_get(entry->desired);
    err_copy(sent->correlation_id, sizeof sent->correlation_id, entry->correlation_id);
    err_copy(sent->request_id, sizeof sent->request_id, entry->request_id);
    err_copy(sent->error_code, sizeof sent->error_code, entry->error_code);
    return sent;
}

/* Until a look shows it, be it in another pass. Once more is known of the path than that it waits,
 * it is no longer sure that this write is what makes it right. */
static void remember_sent(struct told *told, enum event_kind kind, const char *pass,
                          const struct entry *entry, int64_t now_s)
{
    if (is_open_write(entry)) {
        told_forget_sent(told);
        told->sent = sent_new(kinds_of_done(entry), pass, entry, now_s);
        if (kind != EVENT_WAITING)
            told->waiting_s = 0;
    } else if (entry->status == STATUS_DONE) {
        told_forget_sent(told);
    } else if (kind != EVENT_WAITING && told->sent) {
        told->sent->is_doubtful = true;
    }
}

/* What was made or recovered brings back what hangs on it, and what follows from it. */
static void remember_deed(struct news *news, const struct entry *entry, int64_t now_s)
{
    if (entry->need == NEED_FIELD || (entry->status != STATUS_DONE && !is_open_write(entry)))
        return;
    news_ordered(news, entry->node, entry->correlation_id, entry->request_id, now_s);
}

/* What is sent was wrong when it was looked at; what is done was so before. */
static void note_sight(const struct news *news, struct told *told, const struct entry *entry,
                       int64_t now_s)
{
    if (!told->seen_s)
        told->is_inherited = !news->looked[entry->node->island];
    if (!told->seen_s || entry->status == STATUS_NONE)
        told->seen_s = now_s;
    told->is_known |= !entry->is_supposed;
    told->is_redeclared = false;
}

/* is_end: the pass is through with it. */
static void take_in(struct news *news, const char *pass, const struct entry *entry, bool is_end,
                    int64_t now_s)
{
    enum event_kind kind = kinds_of(entry);
    if (kind == EVENT_KINDS)
        return;
    AUTO(text) char *signature = signature_of(kind, pass, entry);
    struct told *told = get_told(news, entry);
    note_sight(news, told, entry, now_s);
    remember_sent(told, kind, pass, entry, now_s);
    remember_deed(news, entry, now_s);
    if (is_unseen(entry))
        return; /* a look follows, or news_written() */
    if (is_short(told, kind, is_end, now_s) || goes_without_saying(told, kind, entry, now_s))
        return;
    if (told_is_news(told, kind, signature, now_s))
        tell_entry(news, pass, kind, entry);
}

void news_entry(struct news *news, const char *pass, const struct entry *entry, int64_t now_s)
{
    take_in(news, pass, entry, false, now_s);
}

void news_written(struct news *news, const char *pass, const struct ledger *ledger, int64_t now_s)
{
    for (size_t i = 0; i < ledger->n_entries; i++) {
        const struct entry *entry = &ledger->entries[i];
        if (!is_unseen(entry))
            continue;
        AUTO(text) char *signature = signature_of(EVENT_ACCEPTED, pass, entry);
        struct told *told = get_told(news, entry);
        if (told_is_news(told, EVENT_ACCEPTED, signature, now_s))
            tell_entry(news, pass, EVENT_ACCEPTED, entry);
        if (told->sent)
            told->sent->is_told = true;
    }
}

/* ---- what is right again ------------------------------------------------------------------- */

static void tell_sent(struct news *news, const char *pass, const struct node *node,
                      const struct told *told, enum event_kind kind, const char *reason)
{
    const struct sent *sent = told->sent;
    struct event event = {
        .kind = kind,
        .outcome = sent->outcome,
        .path = told->path,
        .has_values = true,
        .observed = sent->observed,
        .desired = sent->desired,
        .control = sent->control,
        .correlation_id = sent->correlation_id,
        .request_id = sent->request_id,
        .reason = reason,
    };
    news_tell(news, node, pass, node->id, &event);
}

/* The last deed of cmkd's to the node, or to what it hangs on, or NULL. */
static const struct sent *find_deed(const struct news *news, const struct node *node,
                                    const struct node **of)
{
    const struct node *const nodes[] = {node, node->vault, node->cmk, node->account, node->parent};
    const struct sent *last = NULL;
    for (size_t i = 0; i < COUNT(nodes); i++) {
        const struct told *deed =
            nodes[i] ? told_find(news->told, nodes[i], SUBJECT_DEED, "", NULL) : NULL;
        if (deed && (!last || deed->sent->sent_s > last->sent_s)) {
            last = deed->sent;
            *of = nodes[i];
        }
    }
    return last;
}

/* That it was somebody else is said only where it cannot have been cmkd. */
static void tell_settled(struct news *news, const char *pass, const struct node *node,
                         const struct told *told)
{
    struct doubt_facts facts = {.told = told, .mode = node->mode, .started_s = news->started_s};
    if (told->sent && !told->sent->is_doubtful) { /* no look has shown it before */
        tell_sent(news, pass, node, told, told->sent->kind, NULL);
        return;
    }
    if (told->last == EVENT_KINDS || told->last == EVENT_REPAIRING || was_written(told))
        return;
    facts.deed = find_deed(news, node, &facts.deed_node);
    const struct sent *by;
    AUTO(text) char *doubt = doubt_words(&facts, &by);
    struct event event = {
        .kind = doubt ? EVENT_UNSURE : EVENT_SETTLED,
        .path = told->path,
        .reason = doubt,
        .correlation_id = by ? by->correlation_id : NULL,
        .request_id = by ? by->request_id : NULL,
    };
    news_tell(news, node, pass, node->id, &event);
}

static void forget_settled_of(struct news *news, const char *pass, const struct node *node)
{
    for (struct told *told = told_first(news->told, node), *next; told; told = next) {
        next = told->next;
        if (told->subject == SUBJECT_FINDING && !told->is_entry) {
            tell_settled(news, pass, node, told);
            told_remove(news->told, node, told);
        } else {
            told->is_entry = false;
        }
    }
}

/* All that is wrong has been found so since. */
static void forget_deed(struct news *news, const struct node *node, int64_t now_s)
{
    struct told *deed = told_find(news->told, node, SUBJECT_DEED, "", NULL);
    if (deed && now_s > deed->sent->until_s)
        told_remove(news->told, node, deed);
}

/* Of what is not there none of the paths is right, though none is a finding either. */
static bool is_gone(const struct entry *entry)
{
    bool is_whole = entry->need == NEED_CREATION || entry->need == NEED_RECOVERY;
    return is_whole && !(entry->status == STATUS_DONE && entry->shown_round);
}

static void keep_all(struct news *news, const struct node *node)
{
    for (struct told *told = told_first(news->told, node); told; told = told->next)
        told->is_entry = true;
}

/* What was told of the island and is no entry any more is right. Nothing is concluded from a pass
 * that could not see all of it. */
static void forget_settled(struct news *news, const char *pass, size_t island,
                           const struct ledger *ledger, int64_t now_s)
{
    size_t first, count = graph_island(news->graph, island, &first);
    if (ledger->n_errors || ledger->is_unsettled)
        return;
    for (size_t i = 0; i < ledger->n_entries; i++) {
        struct told *told = find_told(news, &ledger->entries[i]);
        if (told)
            told->is_entry = true;
        if (is_gone(&ledger->entries[i]))
            keep_all(news, ledger->entries[i].node);
    }
    for (size_t i = first; i < first + count; i++)
        forget_settled_of(news, pass, news->graph->nodes[i]);
    for (size_t i = first; i < first + count; i++)
        forget_deed(news, news->graph->nodes[i], now_s);
    news->looked[island] = true;
}

void news_island(struct news *news, const char *pass, size_t island, const struct ledger *ledger,
                 int64_t now_s)
{
    for (size_t i = 0; i < ledger->n_entries; i++)
        if (ledger->entries[i].status == STATUS_NONE)
            take_in(news, pass, &ledger->entries[i], true, now_s);
    forget_settled(news, pass, island, ledger, now_s);
}

void news_stop(struct news *news)
{
    for (size_t i = 0; i < news->graph->n_nodes; i++) {
        const struct node *node = news->graph->nodes[i];
        for (struct told *told = told_first(news->told, node); told; told = told->next)
            if (told->subject == SUBJECT_FINDING && told->sent && !told->sent->is_doubtful &&
                !told->sent->is_told)
                tell_sent(news, told->sent->pass, node, told, EVENT_ACCEPTED,
                          "cmkd has ended before Azure was through with it");
    }
}

/* ---- orders -------------------------------------------------------------------------------- */

void news_ordered(struct news *news, const struct node *node, const char *correlation_id,
                  const char *request_id, int64_t now_s)
{
    struct told *deed = told_get(news->told, node, SUBJECT_DEED, "", NULL);
    told_forget_sent(deed);
    struct sent *sent = deed->sent = mem_new(1, sizeof *deed->sent);
    sent->sent_s = now_s;
    sent->until_s = now_s + DOUBT_S;
    err_copy(sent->correlation_id, sizeof sent->correlation_id, correlation_id);
    err_copy(sent->request_id, sizeof sent->request_id, request_id);
}

/* ---- life ---------------------------------------------------------------------------------- */

struct news *news_new(const struct graph *graph, news_tell_fn *tell_fn, void *owner, int64_t now_s)
{
    struct news *news = mem_new(1, sizeof *news);
    news->graph = graph;
    news->tell = tell_fn;
    news->owner = owner;
    news->told = told_new();
    news->started_s = now_s;
    news->looked = mem_new(graph->n_islands, sizeof *news->looked);
    return news;
}

void news_free(struct news *news)
{
    if (!news)
        return;
    told_free(news->told);
    free(news->looked);
    free(news);
}

/* Islands are others under another graph: one that was not seen makes all of them new. */
void news_reload(struct news *news, const struct graph *graph)
{
    bool was_all_seen = true;
    for (size_t i = 0; i < news->graph->n_islands; i++)
        was_all_seen &= news->looked[i];
    free(news->looked);
    news->looked = mem_new(graph->n_islands, sizeof *news->looked);
    for (size_t i = 0; i < graph->n_islands; i++)
        news->looked[i] = was_all_seen;
    told_reload(news->told, news->graph, graph);
    news->graph = graph;
}
