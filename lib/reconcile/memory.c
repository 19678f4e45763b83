#include "reconcile/memory.h"

#include "base/iso8601.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WEEK_S (7 * 86400)
#define SECOND_LOOK_S 30
#define RETRY_MAX_S (6 * 3600)
#define PATIENT_MAX_S 60

/* All that is remembered of one node. */
struct about {
    char *key; /* owned: the node's; must be first, the tree compares by it */
    struct recollection *list;
    size_t count;
};

struct memory {
    void *tree; /* of struct about, tsearch(3) */
};

static int by_key(const void *a, const void *b)
{
    const struct about *x = a, *y = b;
    return strcmp(x->key, y->key);
}

static void about_free(void *p)
{
    struct about *about = p;
    for (size_t i = 0; i < about->count; i++) {
        free(about->list[i].path);
        free(about->list[i].wanted);
        free(about->list[i].refused_values);
    }
    free(about->list);
    free(about->key);
    free(about);
}

struct memory *memory_new(void)
{
    return mem_new(1, sizeof(struct memory));
}

void memory_free(struct memory *memory)
{
    if (memory)
        tdestroy(memory->tree, about_free);
    free(memory);
}

static struct about *find_about(const struct memory *memory, const struct node *node)
{
    const struct about looked_for = {.key = node->key};
    struct about *const *found = tfind(&looked_for, &memory->tree, by_key);
    return found ? *found : NULL;
}

static struct about *make_about(struct memory *memory, const struct node *node)
{
    struct about *about = find_about(memory, node);
    if (about)
        return about;
    about = mem_new(1, sizeof *about);
    about->key = mem_text(node->key);
    if (!tsearch(about, &memory->tree, by_key))
        abort();
    return about;
}

static struct recollection *find_path(const struct about *about, const char *path)
{
    for (size_t i = 0; about && i < about->count; i++)
        if (strcmp(about->list[i].path, path) == 0)
            return &about->list[i];
    return NULL;
}

static struct recollection *recall(struct memory *memory, const struct node *node, const char *path)
{
    struct about *about = make_about(memory, node);
    struct recollection *found = find_path(about, path);
    if (found)
        return found;
    about->list = mem_resize(about->list, about->count + 1, sizeof *about->list);
    found = &about->list[about->count++];
    memset(found, 0, sizeof *found);
    found->path = mem_text(path);
    return found;
}

const struct recollection *memory_find(const struct memory *memory, const struct node *node,
                                       const char *path)
{
    return find_path(find_about(memory, node), path);
}

int64_t memory_grace_s(const char *path)
{
    return js_path_covers("properties.encryption", path) ? 600 : 120;
}

unsigned memory_reversals(const struct recollection *recollection, int64_t now_s)
{
    unsigned count = 0;
    for (size_t i = 0; i < MEMORY_REVERSALS; i++)
        if (recollection->reversals_s[i] > now_s - WEEK_S)
            count++;
    return count;
}

/* ---- what a look tells -------------------------------------------------------------------- */

static char *wish_of(const struct finding *finding)
{
    return js_words(finding->desired, SIZE_MAX);
}

static void forget_write(struct recollection *about)
{
    about->written_s = 0;
    about->is_shown = false;
    about->undone_s = 0;
}

static void note_reversal(struct recollection *about, int64_t now_s)
{
    memmove(&about->reversals_s[1], &about->reversals_s[0],
            sizeof about->reversals_s - sizeof about->reversals_s[0]);
    about->reversals_s[0] = now_s;
    forget_write(about);
}

/* The path is a finding again, or still. */
static void saw_wrong(struct recollection *about, const struct finding *finding, int64_t now_s)
{
    if (!about->written_s || finding->unknown)
        return;
    AUTO(text) char *wish = wish_of(finding);
    if (strcmp(about->wanted, wish) != 0) {
        forget_write(about); /* nobody changed it back: something else is wanted now */
    } else if (about->is_shown) {
        note_reversal(about, now_s);
    } else if (now_s >= about->written_s + memory_grace_s(about->path)) {
        if (!about->undone_s)
            about->undone_s = now_s;
        else if (now_s >= about->undone_s + SECOND_LOOK_S)
            note_reversal(about, now_s);
    }
}

/* There it is: an absence begins anew. */
static void forget_absence(struct recollection *about)
{
    if (!about)
        return;
    about->absent_s = 0;
    about->absences = 0;
}

/* The path is as it should be. */
static void saw_right(struct recollection *about)
{
    if (about->written_s)
        about->is_shown = true;
    about->undone_s = 0;
    about->refusals = 0;
    about->next_try_s = 0;
    forget_absence(about);
}

static const struct finding *find_finding(const struct findings *findings, size_t first,
                                          const char *path)
{
    for (size_t i = first; i < findings->count; i++)
        if (strcmp(findings->list[i].path, path) == 0)
            return &findings->list[i];
    return NULL;
}

void memory_saw(struct memory *memory, const struct neighbours *near,
                const struct findings *findings, size_t first, int64_t now_s)
{
    const struct node *node = near->self.node;
    enum sight sight = near->self.now->sight;
    bool is_absent = sight == SIGHT_ABSENT && !near->self.now->is_below_missing;
    struct recollection *whole;
    if (is_absent) {
        whole = recall(memory, node, "");
        if (!whole->absences++)
            whole->absent_s = now_s;
    }
    if (sight == SIGHT_DELETED || sight == SIGHT_UNSETTLED)
        forget_absence(find_path(find_about(memory, node), ""));
    if (sight == SIGHT_UNREACHABLE || sight == SIGHT_FORBIDDEN || sight == SIGHT_UNSETTLED ||
        near->self.now->is_below_missing)
        return; /* it was not seen */

    struct about *about = find_about(memory, node);
    for (size_t i = 0; about && i < about->count; i++) {
        struct recollection *known = &about->list[i];
        const struct finding *finding = find_finding(findings, first, known->path);
        if (finding)
            saw_wrong(known, finding, now_s);
        else if (sight == SIGHT_PRESENT)
            saw_right(known);
    }
}

/* ---- what a write tells ------------------------------------------------------------------- */

void memory_wrote(struct memory *memory, const struct finding *finding, int64_t now_s)
{
    struct recollection *about = recall(memory, finding->node, finding->path);
    free(about->wanted);
    about->wanted = wish_of(finding);
    about->written_s = now_s;
    about->last_write_s = now_s;
    about->is_shown = false;
    about->undone_s = 0;
    about->refusals = 0;
    about->next_try_s = 0;
    forget_absence(about);
}

static char *values_of(const struct finding *finding)
{
    AUTO(text) char *observed = js_words(finding->observed, SIZE_MAX);
    AUTO(text) char *desired = wish_of(finding);
    return mem_format("%s\n%s", observed, desired);
}

bool memory_is_stale(const struct recollection *recollection, const struct finding *finding)
{
    AUTO(text) char *values = values_of(finding);
    return !recollection->refused_values || strcmp(recollection->refused_values, values) != 0;
}

static int64_t doubled(int64_t first_s, unsigned times, int64_t max_s)
{
    while (--times && first_s < max_s)
        first_s *= 2;
    return first_s < max_s ? first_s : max_s;
}

void memory_refused(struct memory *memory, const struct finding *finding, const struct err *why,
                    int64_t patient_until_s, int64_t interval_s, int64_t now_s)
{
    struct recollection *about = recall(memory, finding->node, finding->path);
    bool is_patient = now_s < patient_until_s;
    bool is_first = !about->refusals || memory_is_stale(about, finding);
    if (is_first)
        about->first_refusal_s = now_s;
    if (is_first || is_patient != about->is_patient)
        about->refusals = 0; /* each kind has its own row of pauses */
    free(about->refused_values);
    about->refused_values = values_of(finding);
    about->refusals++;
    about->last_write_s = now_s;
    about->is_patient = is_patient;
    about->next_try_s =
        now_s + (about->is_patient ? doubled(2, about->refusals, PATIENT_MAX_S)
                                   : doubled(interval_s, about->refusals, RETRY_MAX_S));
    AUTO(text) char *text = mem_format("%s: %s", why->code, why->message);
    err_copy(about->refusal, sizeof about->refusal, text);
}

char *memory_pause_words(const struct recollection *recollection)
{
    char next[ISO8601_TIME_SIZE];
    iso8601_format_time(recollection->next_try_s, next);
    return mem_format("until %s to try again: Azure refused it, %s", next, recollection->refusal);
}
