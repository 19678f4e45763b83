#include "reconcile/activity.h"

#include "azure/encode.h"
#include "base/iso8601.h"
#include "reconcile/island.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MATTERS_MAX 1000     /* beyond it authors stay unknown */
#define OWN_MAX 512          /* the latest writes of cmkd */
#define FIRST_S 5            /* the repair goes first; an island that is through asks at once */
#define WAIT_S 60            /* the first wait; each one is twice the one before */
#define WAIT_MAX_S 3600      /* and not longer than this; also after a refusal */
#define GIVE_UP_S (6 * 3600) /* what is not in the log by then was done by another way */
#define BLIND_S 86400        /* how far to look back where no good look is known */
#define SLACK_S 5            /* between Azure's clocks, and of a look itself */
#define KNOWN_S (7 * 86400)  /* how long it is remembered who wrote: see MEMORY_REVERSALS */
#define ASK_MS 60000         /* all pages of one question */

/* One path that was found otherwise than declared. */
struct matter {
    struct matter *next;
    const struct node *node;         /* borrowed from the graph */
    char *resource_id, *path, *pass; /* owned; the pass that found it */
    int64_t good_s, found_s;         /* seen right, or 0; found */
    int64_t next_s;                  /* when to ask next */
    unsigned tries;
    bool is_hurried;             /* an operator has asked while a question was in flight */
    bool is_over;                /* it is right again */
    bool is_settled;             /* told, or given up */
    bool is_contended;           /* asked again for the sake of that */
    struct author author, heard; /* told; what the question in flight has found so far */
    struct question *question;   /* in flight, or NULL */
};

struct looks {
    int64_t before_s, last_s; /* the last two looks */
};

/* A log that may not be read. */
struct barred {
    struct barred *next;
    char *subscription; /* owned */
    int64_t until_s;
    bool is_told;
};

struct question {
    struct question *next;
    struct activity *activity;
    const char *subscription; /* borrowed from path */
    char *path;               /* owned: "/subscriptions/S" */
    struct call *call;
    int64_t skew_s;
};

struct activity {
    struct azure *azure;
    struct activity_hooks hooks;
    struct matter *matters; /* owned, the latest first */
    size_t n_matters;
    struct lh_table *looks;     /* owned: of nodes, by their keys */
    struct barred *refusals;    /* owned */
    struct question *questions; /* owned: in flight */
    char own[OWN_MAX][64];      /* correlation ids of cmkd's writes, in a ring */
    size_t next_own;
    bool is_stopping;
    uv_timer_t timer;
};

static void on_timer(uv_timer_t *timer);
static void ask_due(struct activity *activity, int64_t now_s);
static bool on_record(void *owner, const char *text, size_t length, struct err *err);
static void on_answer(void *owner, const struct call_answer *answer);

/* ---- what was found ------------------------------------------------------------------------- */

static bool is_at(const struct matter *matter, const struct node *node, const char *path)
{
    return matter->node == node && strcmp(matter->path, path) == 0;
}

static struct matter *find_open(const struct activity *activity, const struct node *node,
                                const char *path)
{
    struct matter *matter = activity->matters;
    while (matter && (matter->is_over || !is_at(matter, node, path)))
        matter = matter->next;
    return matter;
}

static void matter_free(struct matter *matter)
{
    free(matter->resource_id);
    free(matter->path);
    free(matter->pass);
    free(matter);
}

/* What is settled and right again is kept while it may help to name who contends. */
static bool is_of_use(const struct matter *matter, int64_t now_s)
{
    return !matter->is_settled || !matter->is_over ||
           (matter->author.time_s && now_s - matter->found_s < KNOWN_S);
}

static void forget_useless(struct activity *activity, int64_t now_s)
{
    struct matter **at = &activity->matters;
    while (*at) {
        struct matter *matter = *at;
        bool is_full = activity->n_matters >= MATTERS_MAX && matter->is_over && matter->is_settled;
        if (matter->question || (is_of_use(matter, now_s) && !is_full)) {
            at = &matter->next;
            continue;
        }
        *at = matter->next;
        activity->n_matters--;
        matter_free(matter);
    }
}

void activity_looked(struct activity *activity, const struct node *node, int64_t now_s)
{
    struct looks *looks;
    void *known = NULL;
    if (lh_table_lookup_ex(activity->looks, node->key, &known)) {
        looks = known;
    } else {
        looks = mem_new(1, sizeof *looks);
        lh_table_insert(activity->looks, node->key, looks);
    }
    looks->before_s = looks->last_s;
    looks->last_s = now_s;
}

/* The data plane is not in the activity log, and dates pass without anybody's doing. */
static bool is_in_the_log(const struct entry *entry)
{
    if (entry->need == NEED_ACTION)
        return false;
    return !entry->field ||
           (entry->field->mutability != DATA_PLANE && entry->field->mutability != DATA_PLANE_WHOLE);
}

static struct matter *open_matter(struct activity *activity, const char *pass,
                                  const struct entry *entry, int64_t now_s)
{
    void *looks = NULL;
    forget_useless(activity, now_s);
    if (activity->n_matters >= MATTERS_MAX)
        return NULL;
    struct matter *matter = mem_new(1, sizeof *matter);
    lh_table_lookup_ex(activity->looks, entry->node->key, &looks);
    *matter = (struct matter){
        .next = activity->matters,
        .node = entry->node,
        .resource_id = mem_text(entry->resource_id),
        .path = mem_text(entry->path),
        .pass = mem_text(pass),
        .good_s = looks ? ((struct looks *)looks)->before_s : 0,
        .found_s = now_s,
        .next_s = now_s + FIRST_S,
    };
    activity->matters = matter;
    activity->n_matters++;
    return matter;
}

/* Whoever contends has written again: it may be another one than the author of the beginning. */
static void ask_again(struct matter *matter, int64_t now_s)
{
    matter->is_contended = true;
    if (*matter->author.policy)
        return;
    matter->is_settled = false;
    matter->found_s = now_s;
    matter->tries = 0;
    matter->next_s = now_s + FIRST_S;
}

static void note_own(struct activity *activity, const char *correlation_id)
{
    size_t last = (activity->next_own + OWN_MAX - 1) % OWN_MAX;
    if (!*correlation_id || strcmp(activity->own[last], correlation_id) == 0)
        return;
    err_copy(activity->own[activity->next_own], sizeof activity->own[0], correlation_id);
    activity->next_own = (activity->next_own + 1) % OWN_MAX;
}

void activity_entry(struct activity *activity, const char *pass, const struct entry *entry,
                    int64_t now_s)
{
    note_own(activity, entry->correlation_id);
    if (!is_in_the_log(entry) || activity->is_stopping)
        return;
    struct matter *matter = find_open(activity, entry->node, entry->path);
    bool is_shown = entry->status == STATUS_DONE && !entry->is_open && entry->shown_round;
    if (!matter && !is_shown)
        matter = open_matter(activity, pass, entry, now_s);
    if (matter && entry->outcome == OUTCOME_CONTENDED && !matter->is_contended)
        ask_again(matter, now_s);
    ask_due(activity, now_s);
}

static bool is_found(const struct ledger *ledger, const struct matter *matter)
{
    for (size_t i = 0; i < ledger->n_entries; i++) {
        const struct entry *entry = &ledger->entries[i];
        if (is_at(matter, entry->node, entry->path))
            return entry->status != STATUS_DONE || !entry->shown_round || entry->is_open;
    }
    return false;
}

/* Nothing is concluded from a pass that could not see all of it. */
void activity_island(struct activity *activity, size_t island, const struct ledger *ledger,
                     int64_t now_s)
{
    bool sees_all = !ledger->n_errors && !ledger->is_unsettled;
    for (struct matter *matter = activity->matters; matter; matter = matter->next) {
        if (matter->node->island != island || matter->is_over)
            continue;
        matter->is_over = sees_all && !is_found(ledger, matter);
        if (!matter->tries)
            matter->next_s = now_s;
    }
    ask_due(activity, now_s);
}

void activity_hurry(struct activity *activity, int64_t now_s)
{
    for (struct matter *matter = activity->matters; matter; matter = matter->next) {
        matter->next_s = now_s;
        matter->is_hurried = matter->question != NULL;
    }
    ask_due(activity, now_s);
}

/* ---- what is known -------------------------------------------------------------------------- */

const struct author *activity_author(const struct activity *activity, const struct node *node,
                                     const char *path)
{
    const struct matter *matter = activity ? find_open(activity, node, path) : NULL;
    return matter && matter->author.time_s ? &matter->author : NULL;
}

const struct author *activity_writer(const struct activity *activity, const struct node *node,
                                     const char *path)
{
    for (const struct matter *matter = activity ? activity->matters : NULL; matter;
         matter = matter->next)
        if (is_at(matter, node, path) && matter->author.time_s)
            return &matter->author;
    return NULL;
}

bool activity_is_asking(const struct activity *activity)
{
    return activity && activity->questions;
}

/* ---- asking --------------------------------------------------------------------------------- */

static bool is_busy(const struct activity *activity, const char *subscription)
{
    for (const struct question *question = activity->questions; question; question = question->next)
        if (strcasecmp(question->subscription, subscription) == 0)
            return true;
    return false;
}

static struct barred *refusal_of(const struct activity *activity, const char *subscription)
{
    struct barred *refusal = activity->refusals;
    while (refusal && strcasecmp(refusal->subscription, subscription) != 0)
        refusal = refusal->next;
    return refusal;
}

/* When the matter may be asked about; INT64_MAX: not for its own sake. */
static int64_t due_s(const struct activity *activity, const struct matter *matter)
{
    const struct barred *refusal = refusal_of(activity, matter->node->subscription_id);
    if (matter->is_settled || matter->question)
        return INT64_MAX;
    if (refusal && refusal->until_s > matter->next_s)
        return refusal->until_s;
    return matter->next_s;
}

static int64_t from_s(const struct matter *matter)
{
    return (matter->good_s ? matter->good_s : matter->found_s - BLIND_S) - SLACK_S;
}

static char *question_path(const struct matter *matter, int64_t earliest_s, int64_t latest_s)
{
    char from[ISO8601_TIME_SIZE], to[ISO8601_TIME_SIZE];
    iso8601_format_time(earliest_s, from);
    iso8601_format_time(latest_s, to);
    AUTO(text)
    char *filter = mem_format("eventTimestamp ge '%s' and eventTimestamp le '%s' and "
                              "resourceGroupName eq '%s'",
                              from, to, matter->node->resource_group);
    AUTO(text) char *encoded = encode_text(filter);
    return mem_format("/subscriptions/%s/providers/Microsoft.Insights/eventtypes/management/"
                      "values?api-version=2015-04-01&$filter=%s",
                      matter->node->subscription_id, encoded);
}

/* All that is due in the group of the matter is asked at once. */
static void ask(struct activity *activity, const struct matter *first, int64_t now_s)
{
    struct question *question = mem_new(1, sizeof *question);
    int64_t earliest_s = from_s(first);
    question->next = activity->questions;
    question->activity = activity;
    question->path = mem_format("/subscriptions/%s", first->node->subscription_id);
    question->subscription = question->path + strlen("/subscriptions/");
    question->skew_s = azure_clock_skew_s(activity->azure);
    activity->questions = question;
    for (struct matter *matter = activity->matters; matter; matter = matter->next) {
        if (due_s(activity, matter) > now_s ||
            strcasecmp(matter->node->subscription_id, first->node->subscription_id) != 0 ||
            strcasecmp(matter->node->resource_group, first->node->resource_group) != 0)
            continue;
        matter->question = question;
        memset(&matter->heard, 0, sizeof matter->heard);
        if (from_s(matter) < earliest_s)
            earliest_s = from_s(matter);
    }
    AUTO(text)
    char *path =
        question_path(first, earliest_s - question->skew_s, now_s + SLACK_S - question->skew_s);
    const struct call_request request = {
        .audience = AUDIENCE_RESOURCE_MANAGER,
        .method = "GET",
        .path = path,
        .list = true,
        .keep = author_keep,
        .each = on_record,
        .deadline_ms = ASK_MS,
    };
    question->call = call_start(activity->azure, &request, NULL, on_answer, question);
}

static void ask_due(struct activity *activity, int64_t now_s)
{
    int64_t next_s = INT64_MAX;
    if (activity->is_stopping)
        return;
    for (struct matter *matter = activity->matters; matter; matter = matter->next) {
        int64_t at_s = due_s(activity, matter);
        bool waits_its_turn = is_busy(activity, matter->node->subscription_id);
        if (at_s <= now_s && !waits_its_turn)
            ask(activity, matter, now_s);
        else if (at_s > now_s && at_s < next_s)
            next_s = at_s;
    }
    if (next_s != INT64_MAX)
        uv_timer_start(&activity->timer, on_timer, (uint64_t)(next_s - now_s) * 1000, 0);
}

static void on_timer(uv_timer_t *timer)
{
    ask_due(timer->data, clock_now_s());
}

/* ---- what came ------------------------------------------------------------------------------ */

static bool is_own(void *owner, const char *correlation_id)
{
    const struct activity *activity = owner;
    for (size_t i = 0; i < OWN_MAX; i++)
        if (*activity->own[i] && strcasecmp(activity->own[i], correlation_id) == 0)
            return true;
    return false;
}

static bool on_record(void *owner, const char *text, size_t length, struct err *err)
{
    const struct question *question = owner;
    struct activity *activity = question->activity;
    AUTO(json) struct json_object *record = NULL;
    if (!js_parse(text, length, &record, err))
        return false;
    for (struct matter *matter = activity->matters; matter; matter = matter->next) {
        if (matter->question != question)
            continue;
        const struct author_question asked = {
            .resource_id = matter->resource_id,
            .from_s = from_s(matter) - question->skew_s,
            .to_s = matter->found_s + SLACK_S - question->skew_s,
            .is_own = is_own,
            .principal = azure_principal(activity->azure),
            .owner = activity,
        };
        author_consider(&asked, record, &matter->heard);
    }
    return true;
}

/* Not in the log yet, or not to be had. */
static void ask_later(struct matter *matter, int64_t now_s)
{
    int64_t wait_s = WAIT_S;
    for (unsigned i = 0; i < matter->tries && wait_s < WAIT_MAX_S; i++)
        wait_s *= 2;
    matter->tries++;
    matter->next_s = now_s + (wait_s < WAIT_MAX_S ? wait_s : WAIT_MAX_S);
    if (matter->is_hurried)
        matter->next_s = now_s;
    matter->is_hurried = false;
    matter->is_settled = now_s - matter->found_s >= GIVE_UP_S;
}

static void take_in(struct activity *activity, struct matter *matter, bool is_answered,
                    int64_t now_s)
{
    matter->question = NULL;
    if (!is_answered || !matter->heard.time_s) {
        ask_later(matter, now_s);
        return;
    }
    bool is_news = matter->heard.time_s != matter->author.time_s ||
                   strcmp(matter->heard.correlation_id, matter->author.correlation_id) != 0;
    matter->author = matter->heard;
    matter->is_settled = true;
    if (is_news)
        activity->hooks.author(activity->hooks.owner, matter->pass, matter->node,
                               matter->resource_id, matter->path, &matter->author);
}

static void note_refusal(struct activity *activity, const struct question *question,
                         const struct err *err, int64_t now_s)
{
    struct barred *refusal = refusal_of(activity, question->subscription);
    if (!refusal) {
        refusal = mem_new(1, sizeof *refusal);
        refusal->subscription = mem_text(question->subscription);
        refusal->next = activity->refusals;
        activity->refusals = refusal;
    }
    refusal->until_s = now_s + WAIT_MAX_S;
    if (!refusal->is_told)
        activity->hooks.refused(activity->hooks.owner, question->path, err);
    refusal->is_told = true;
}

static void forget_refusal(struct activity *activity, const char *subscription)
{
    struct barred *refusal = refusal_of(activity, subscription);
    if (refusal)
        refusal->is_told = false;
}

static void on_answer(void *owner, const struct call_answer *answer)
{
    struct question *question = owner, **at;
    struct activity *activity = question->activity;
    int64_t now_s = clock_now_s();
    bool is_answered = answer->err.domain == ERR_NONE;
    if (is_answered)
        forget_refusal(activity, question->subscription);
    else if (answer->err.domain == ERR_AZURE && answer->err.status == 403)
        note_refusal(activity, question, &answer->err, now_s);
    for (struct matter *matter = activity->matters; matter; matter = matter->next)
        if (matter->question == question)
            take_in(activity, matter, is_answered, now_s);
    for (at = &activity->questions; *at != question;)
        at = &(*at)->next;
    *at = question->next;
    free(question->path);
    free(question);
    ask_due(activity, now_s);
    if (!activity->questions)
        activity->hooks.idle(activity->hooks.owner);
}

/* ---- life ----------------------------------------------------------------------------------- */

static void free_looks(struct lh_entry *entry)
{
    free(lh_entry_v(entry));
}

struct activity *activity_new(uv_loop_t *loop, struct azure *azure,
                              const struct activity_hooks *hooks)
{
    struct activity *activity = mem_new(1, sizeof *activity);
    activity->azure = azure;
    activity->hooks = *hooks;
    activity->looks = lh_kchar_table_new(64, free_looks);
    if (!activity->looks)
        abort(); /* out of memory */
    uv_timer_init(loop, &activity->timer);
    activity->timer.data = activity;
    return activity;
}

/* The keys of the table are the old graph's. */
static void reload_looks(struct activity *activity, const struct graph *graph)
{
    struct lh_table *before = activity->looks;
    activity->looks = lh_kchar_table_new(64, free_looks);
    if (!activity->looks)
        abort(); /* out of memory */
    for (size_t i = 0; i < graph->n_nodes; i++) {
        void *looks = NULL;
        if (!lh_table_lookup_ex(before, graph->nodes[i]->key, &looks))
            continue;
        struct looks *kept = mem_new(1, sizeof *kept);
        *kept = *(const struct looks *)looks;
        lh_table_insert(activity->looks, graph->nodes[i]->key, kept);
    }
    lh_table_free(before);
}

void activity_reload(struct activity *activity, const struct graph *graph)
{
    struct matter **at = &activity->matters;
    if (!activity)
        return;
    reload_looks(activity, graph);
    while (*at) {
        struct matter *matter = *at;
        const struct node *node = graph_find(graph, matter->node->key);
        if (node) {
            matter->node = node;
            at = &matter->next;
            continue;
        }
        *at = matter->next;
        activity->n_matters--;
        matter_free(matter);
    }
}

void activity_stop(struct activity *activity)
{
    if (!activity)
        return;
    activity->is_stopping = true;
    for (struct question *question = activity->questions; question; question = question->next)
        call_cancel(question->call); /* nobody waits for the answer: on_answer() comes */
}

static void on_closed(uv_handle_t *handle)
{
    struct activity *activity = handle->data;
    while (activity->matters) {
        struct matter *matter = activity->matters;
        activity->matters = matter->next;
        matter_free(matter);
    }
    while (activity->refusals) {
        struct barred *refusal = activity->refusals;
        activity->refusals = refusal->next;
        free(refusal->subscription);
        free(refusal);
    }
    lh_table_free(activity->looks);
    free(activity);
}

void activity_free(struct activity *activity)
{
    if (!activity)
        return;
    assert(!activity->questions);
    uv_close((uv_handle_t *)&activity->timer, on_closed);
}
