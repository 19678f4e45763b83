#include "report/told.h"

#include <stdlib.h>
#include <string.h>

/* The nodes' keys are the table's: nodes come and go with the graph. */
struct told_nodes {
    struct lh_table *first; /* owned: a node's key to the first struct told */
};

/* ---- one thing told ------------------------------------------------------------------------ */

const char *told_signature(const struct told *told, enum event_kind kind)
{
    for (const struct saying *saying = told->sayings; saying; saying = saying->next)
        if (saying->kind == kind)
            return saying->signature;
    return NULL;
}

/* A repair that fails, is waited with and fails again is one state, not three. */
static bool is_attempt(enum event_kind kind)
{
    return kind == EVENT_FAILED || kind == EVENT_WAITING || kind == EVENT_REPAIRING;
}

/* Forgets what was said, but for what is of one state with kind. */
static void forget_others(struct told *told, enum event_kind kind)
{
    struct saying **at = &told->sayings;
    while (*at) {
        struct saying *saying = *at;
        if (saying->kind == kind || (is_attempt(kind) && is_attempt(saying->kind))) {
            at = &saying->next;
            continue;
        }
        *at = saying->next;
        free(saying);
    }
}

static void say(struct told *told, enum event_kind kind, const char *signature)
{
    size_t size = strlen(signature) + 1;
    struct saying *saying = mem_new(1, sizeof *saying + size);
    saying->next = told->sayings;
    saying->kind = kind;
    memcpy(saying->signature, signature, size);
    told->sayings = saying;
}

static void unsay(struct told *told, enum event_kind kind)
{
    struct saying **at = &told->sayings;
    while (*at && (*at)->kind != kind)
        at = &(*at)->next;
    struct saying *saying = *at;
    if (!saying)
        return;
    *at = saying->next;
    free(saying);
}

bool told_is_news(struct told *told, enum event_kind kind, const char *signature, int64_t now_s)
{
    const char *before = told_signature(told, kind);
    forget_others(told, kind);
    if (before && strcmp(before, signature) == 0)
        return false;
    unsay(told, kind);
    say(told, kind, signature);
    told->last = kind;
    told->last_s = now_s;
    return true;
}

void told_forget_sent(struct told *told)
{
    if (!told->sent)
        return;
    json_object_put(told->sent->observed);
    json_object_put(told->sent->desired);
    free(TAKE(told->sent));
}

static void free_one(struct told *told)
{
    forget_others(told, EVENT_KINDS);
    told_forget_sent(told);
    free(told->path);
    free(told->version);
    free(told);
}

/* ---- all of a node ------------------------------------------------------------------------- */

static void free_entry(struct lh_entry *entry)
{
    for (struct told *told = lh_entry_v(entry), *next; told; told = next) {
        next = told->next;
        free_one(told);
    }
    free(lh_entry_k(entry));
}

struct told *told_first(const struct told_nodes *nodes, const struct node *node)
{
    struct lh_entry *entry = lh_table_lookup_entry(nodes->first, node->key);
    return entry ? lh_entry_v(entry) : NULL;
}

struct told *told_find(const struct told_nodes *nodes, const struct node *node,
                       enum subject subject, const char *path, const char *version)
{
    for (struct told *told = told_first(nodes, node); told; told = told->next)
        if (told->subject == subject && strcmp(told->path, path) == 0 &&
            strcmp(told->version ? told->version : "", version ? version : "") == 0)
            return told;
    return NULL;
}

struct told *told_get(struct told_nodes *nodes, const struct node *node, enum subject subject,
                      const char *path, const char *version)
{
    struct told *told = told_find(nodes, node, subject, path, version);
    if (told)
        return told;
    told = mem_new(1, sizeof *told);
    told->subject = subject;
    told->path = mem_text(path);
    told->version = version && *version ? mem_text(version) : NULL;
    told->last = EVENT_KINDS;

    struct told *last = told_first(nodes, node);
    while (last && last->next)
        last = last->next;
    if (last)
        last->next = told;
    else if (lh_table_insert(nodes->first, mem_text(node->key), told))
        abort(); /* out of memory */
    return told;
}

/* Takes it out of the row that begins at *first. */
static void unlink_one(struct told **first, const struct told *told)
{
    while (*first != told)
        first = &(*first)->next;
    *first = told->next;
}

void told_remove(struct told_nodes *nodes, const struct node *node, struct told *told)
{
    struct lh_entry *entry = lh_table_lookup_entry(nodes->first, node->key);
    struct told *first = lh_entry_v(entry);
    unlink_one(&first, told);
    free_one(told);
    lh_entry_set_val(entry, first);
    if (!first)
        lh_table_delete_entry(nodes->first, entry);
}

/* ---- all of them --------------------------------------------------------------------------- */

static bool is_declared_alike(const struct node *a, const struct node *b, const char *path)
{
    const struct want *x = node_want(a, path), *y = node_want(b, path);
    return x && y ? json_object_equal(x->value, y->value) == 1 : x == y;
}

/* Findings are told anew under another graph; and what was told as wrong must be told as right
 * once it is, also if it is so by then: all but the words are kept. */
static bool renew(struct told *told, const struct node *was, const struct node *node)
{
    if (told->subject == SUBJECT_DEED)
        return node != NULL;
    if (told->subject != SUBJECT_FINDING)
        return true;
    if (!told->sent)
        forget_others(told, EVENT_KINDS);
    told->is_redeclared |= was && node && !is_declared_alike(was, node, told->path);
    return node != NULL;
}

void told_reload(struct told_nodes *nodes, const struct graph *before, const struct graph *graph)
{
    struct lh_entry *entry, *next_entry;
    lh_foreach_safe(nodes->first, entry, next_entry)
    {
        const struct node *was = graph_find(before, lh_entry_k(entry));
        const struct node *node = graph_find(graph, lh_entry_k(entry));
        struct told *first = lh_entry_v(entry);
        for (struct told *told = first, *next; told; told = next) {
            next = told->next;
            if (renew(told, was, node))
                continue;
            unlink_one(&first, told);
            free_one(told);
        }
        lh_entry_set_val(entry, first);
        if (!first)
            lh_table_delete_entry(nodes->first, entry);
    }
}

struct told_nodes *told_new(void)
{
    struct told_nodes *nodes = mem_new(1, sizeof *nodes);
    nodes->first = lh_kchar_table_new(64, free_entry);
    if (!nodes->first)
        abort();
    return nodes;
}

void told_free(struct told_nodes *nodes)
{
    if (!nodes)
        return;
    lh_table_free(nodes->first);
    free(nodes);
}
