#include "report/status.h"

#include "report/words.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 5   /* stacks named one by one in the sentence */
#define VALUE_MAX 200 /* bytes of one value in a line */

/* How one stack stands. */
struct standing {
    char *name;    /* owned */
    bool is_known; /* a pass has been through with it */
    enum stack_state state;
    struct vision vision;
};

/* A vault whose data plane does not answer as it should. */
struct shut {
    char *key;     /* owned: the node's */
    char *label;   /* owned */
    char code[64]; /* Azure's, or the transport's */
};

struct status {
    const struct graph *graph;
    struct standing *stacks; /* owned: as many as the graph has */
    size_t n_stacks;
    size_t *by_island; /* owned: indices of the stacks, those of one island together */
    size_t *begins;    /* owned: where an island's begin there; one more than islands: the end */
    struct shut *shut; /* owned */
    size_t n_shut;
};

/* ---- taking in ----------------------------------------------------------------------------- */

static bool is_blind(const struct ledger *ledger, size_t stack)
{
    for (size_t i = 0; i < ledger->n_errors; i++)
        if (node_is_of(ledger->errors[i].node, stack))
            return true;
    return false;
}

void status_island(struct status *status, size_t island, const struct ledger *ledger, int64_t now_s)
{
    for (size_t i = status->begins[island]; i < status->begins[island + 1]; i++) {
        size_t stack = status->by_island[i];
        struct standing *standing = &status->stacks[stack];
        standing->is_known = true;
        standing->state = ledger_stack_state(ledger, stack);
        vision_looked(&standing->vision, !is_blind(ledger, stack), now_s);
    }
}

static void remove_shut(struct status *status, size_t index)
{
    free(status->shut[index].key);
    free(status->shut[index].label);
    status->shut[index] = status->shut[--status->n_shut];
}

void status_reach(struct status *status, const struct node *vault, const struct err *err)
{
    if (err && err->domain == ERR_CANCELLED)
        return;
    for (size_t i = 0; i < status->n_shut; i++)
        if (strcmp(status->shut[i].key, vault->key) == 0) {
            remove_shut(status, i);
            break;
        }
    if (!err)
        return;
    status->shut = mem_resize(status->shut, status->n_shut + 1, sizeof *status->shut);
    struct shut *shut = &status->shut[status->n_shut++];
    shut->key = mem_text(vault->key);
    shut->label = mem_text(node_label(vault));
    err_copy(shut->code, sizeof shut->code, err->code);
}

/* ---- the sentence -------------------------------------------------------------------------- */

static const char *state_words(const struct standing *standing)
{
    if (!standing->is_known)
        return "not looked at yet";
    switch (standing->state) {
    case STACK_INSYNC:
        return "in sync";
    case STACK_REPAIRED:
        return "repaired";
    case STACK_DRIFTED:
        return "drifted";
    case STACK_BUSY:
        return "at work";
    case STACK_HELD:
        return "held";
    case STACK_UNKNOWN:
        return "cannot be seen";
    }
    abort();
}

static bool is_good(const struct standing *standing)
{
    return standing->is_known &&
           (standing->state == STACK_INSYNC || standing->state == STACK_REPAIRED);
}

static void append(char **text, char *more)
{
    AUTO(text) char *before = *text;
    AUTO(text) char *after = more;
    *text = mem_format("%s%s", before, after);
}

static void append_bad(const struct status *status, char **text)
{
    size_t shown = 0, left = 0;
    for (size_t i = 0; i < status->n_stacks; i++) {
        const struct standing *standing = &status->stacks[i];
        if (is_good(standing))
            continue;
        if (shown == NAMES_MAX) {
            left++;
            continue;
        }
        shown++;
        append(text, mem_format("; %s %s", standing->name, state_words(standing)));
    }
    if (left)
        append(text, mem_format("; %zu more not in sync", left));
}

char *status_sentence(const struct status *status)
{
    size_t good = 0, known = 0;
    for (size_t i = 0; i < status->n_stacks; i++) {
        good += is_good(&status->stacks[i]);
        known += status->stacks[i].is_known;
    }
    if (!known)
        return mem_format("%zu stack%s declared, none looked at yet", status->n_stacks,
                          status->n_stacks == 1 ? "" : "s");
    char *text = mem_format("%zu of %zu stack%s in sync", good, status->n_stacks,
                            status->n_stacks == 1 ? "" : "s");
    append_bad(status, &text);
    if (status->n_shut)
        append(&text, mem_format("; rotate and revoke NOT possible on %s: %s",
                                 status->shut[0].label, status->shut[0].code));
    if (status->n_shut > 1)
        append(&text, mem_format(" (and %zu vaults more)", status->n_shut - 1));
    return text;
}

/* ---- lines --------------------------------------------------------------------------------- */

char *status_line(const struct status *status, size_t stack)
{
    const struct standing *standing = &status->stacks[stack];
    AUTO(text) char *seen = vision_words(&standing->vision);
    return mem_format("%s; %s", state_words(standing), seen);
}

bool status_was_blind(const struct status *status, size_t stack)
{
    return vision_has_gaps(&status->stacks[stack].vision);
}

void status_hour_over(struct status *status)
{
    for (size_t i = 0; i < status->n_stacks; i++)
        vision_forget(&status->stacks[i].vision);
}

static char *entry_line(const struct entry *entry)
{
    AUTO(text) char *observed = words_of(entry->observed, VALUE_MAX);
    AUTO(text)
    char *desired =
        entry->desired ? words_of(entry->desired, VALUE_MAX) : mem_text("something not known yet");
    AUTO(text) char *label = words_node(entry->node);
    const char *word = status_word(entry->status);
    if (!*entry->path)
        return mem_format("%s: %s%s%s%s%s", label, outcome_word(entry->outcome), word ? ", " : "",
                          word ? word : "", *entry->reason ? ": " : "", entry->reason);
    return mem_format("%s: %s %s %s, declared %s: %s%s%s%s%s", label, entry->path,
                      entry->status == STATUS_DONE ? "was" : "is", observed, desired,
                      outcome_word(entry->outcome), word ? ", " : "", word ? word : "",
                      *entry->reason ? ": " : "", entry->reason);
}

static void add_line(status_add_fn *add, void *owner, char *line)
{
    AUTO(text) char *owned = line;
    add(owner, owned);
}

static void add_exemptions(const struct node *node, int64_t now_s, status_add_fn *add, void *owner)
{
    char until[ISO8601_TIME_SIZE];
    for (size_t i = 0; i < node->n_exemptions; i++) {
        const struct exemption *exemption = &node->exemptions[i];
        AUTO(text) char *label = words_node(node);
        bool ends = exemption->until_s != INT64_MAX;
        if (ends)
            iso8601_format_time(exemption->until_s, until);
        add_line(add, owner,
                 mem_format("%s: exemption of %s %s%s: %s", label,
                            *exemption->path ? exemption->path : "the whole resource",
                            !ends                        ? "without an end"
                            : now_s < exemption->until_s ? "until "
                                                         : "ENDED ",
                            ends ? until : "", exemption->reason));
    }
}

static const struct shut *find_shut(const struct status *status, const struct node *node)
{
    for (size_t i = 0; i < status->n_shut; i++)
        if (strcmp(status->shut[i].key, node->key) == 0)
            return &status->shut[i];
    return NULL;
}

const char *status_unreached(const struct status *status, const struct node *vault)
{
    const struct shut *shut = find_shut(status, vault);
    return shut ? shut->code : NULL;
}

struct stack_status status_of(const struct status *status, size_t stack)
{
    const struct standing *standing = &status->stacks[stack];
    return (struct stack_status){
        .is_known = standing->is_known,
        .state = standing->state,
        .last_good_s = standing->vision.last_good_s,
        .blind_since_s = standing->vision.blind_since_s,
    };
}

static void add_node(const struct status *status, const struct node *node, int64_t now_s,
                     status_add_fn *add, void *owner)
{
    const struct shut *shut = find_shut(status, node);
    if (shut)
        add_line(add, owner,
                 mem_format("%s: rotate and revoke NOT possible: %s", shut->label, shut->code));
    add_exemptions(node, now_s, add, owner);
}

void status_details(const struct status *status, size_t stack, const struct ledger *ledger,
                    int64_t now_s, status_add_fn *add, void *owner)
{
    size_t first, count = graph_island(status->graph, status->graph->stacks[stack].island, &first);
    for (size_t i = first; i < first + count; i++)
        if (node_is_of(status->graph->nodes[i], stack))
            add_node(status, status->graph->nodes[i], now_s, add, owner);
    for (size_t i = 0; ledger && i < ledger->n_errors; i++) {
        AUTO(text) char *label = words_node(ledger->errors[i].node);
        const struct err *err = &ledger->errors[i].err;
        if (node_is_of(ledger->errors[i].node, stack))
            add_line(add, owner,
                     mem_format("%s: cannot be seen: %s: %s", label, err->code, err->message));
    }
    for (size_t i = 0; ledger && i < ledger->n_entries; i++)
        if (node_is_of(ledger->entries[i].node, stack))
            add_line(add, owner, entry_line(&ledger->entries[i]));
}

/* ---- life ---------------------------------------------------------------------------------- */

static struct standing *new_standings(const struct graph *graph)
{
    struct standing *standings = mem_new(graph->n_stacks, sizeof *standings);
    for (size_t i = 0; i < graph->n_stacks; i++)
        standings[i].name = mem_text(graph->stacks[i].name);
    return standings;
}

static void free_standings(struct standing *standings, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(standings[i].name);
    free(standings);
}

/* Sorts the stacks by island: thousands of islands end in a pass, and each asks for its own. */
static void set_graph(struct status *status, const struct graph *graph)
{
    free(status->begins);
    free(status->by_island);
    status->graph = graph;
    status->n_stacks = graph->n_stacks;
    status->begins = mem_new(graph->n_islands + 2, sizeof *status->begins);
    status->by_island = mem_new(graph->n_stacks, sizeof *status->by_island);
    size_t *ends = status->begins + 1; /* each moves on to the beginning of the next */
    for (size_t i = 0; i < graph->n_stacks; i++)
        ends[graph->stacks[i].island + 1]++;
    for (size_t i = 1; i <= graph->n_islands; i++)
        ends[i] += ends[i - 1];
    for (size_t i = 0; i < graph->n_stacks; i++)
        status->by_island[ends[graph->stacks[i].island]++] = i;
}

struct status *status_new(const struct graph *graph)
{
    struct status *status = mem_new(1, sizeof *status);
    set_graph(status, graph);
    status->stacks = new_standings(graph);
    return status;
}

void status_free(struct status *status)
{
    if (!status)
        return;
    while (status->n_shut)
        remove_shut(status, status->n_shut - 1);
    free(status->shut);
    free(status->begins);
    free(status->by_island);
    free_standings(status->stacks, status->n_stacks);
    free(status);
}

static const struct standing *find_standing(const struct status *status, const char *name)
{
    for (size_t i = 0; i < status->n_stacks; i++)
        if (strcmp(status->stacks[i].name, name) == 0)
            return &status->stacks[i];
    return NULL;
}

/* Vaults that are not declared any more say nothing any more. */
static void drop_strangers(struct status *status)
{
    for (size_t i = status->n_shut; i-- > 0;) {
        bool is_declared = false;
        for (size_t k = 0; k < status->graph->n_nodes; k++)
            is_declared |= strcmp(status->graph->nodes[k]->key, status->shut[i].key) == 0;
        if (!is_declared)
            remove_shut(status, i);
    }
}

void status_reload(struct status *status, const struct graph *graph)
{
    struct standing *standings = new_standings(graph);
    for (size_t i = 0; i < graph->n_stacks; i++) {
        const struct standing *before = find_standing(status, standings[i].name);
        if (!before)
            continue;
        standings[i].is_known = before->is_known;
        standings[i].state = before->state;
        standings[i].vision = before->vision;
    }
    free_standings(status->stacks, status->n_stacks);
    set_graph(status, graph);
    status->stacks = standings;
    drop_strangers(status);
}
