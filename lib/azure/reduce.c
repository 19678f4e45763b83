#include "azure/reduce.h"

#include "base/js.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- what is wanted ------------------------------------------------------------------------ */

const struct want *want_find(const struct want *want, const char *name, size_t length)
{
    for (const struct want *at = want->members; at; at = at->next)
        if (strncasecmp(at->name, name, length) == 0 && !at->name[length])
            return at;
    return NULL;
}

static void free_members(struct want *want)
{
    while (want->members) {
        struct want *first = want->members;
        want->members = first->next;
        want_free(first);
    }
}

static struct want *add_member(struct want *want, const char *name)
{
    struct want **end = &want->members;
    for (; *end; end = &(*end)->next)
        if (strcasecmp((*end)->name, name) == 0)
            return *end;
    *end = mem_new(1, sizeof **end);
    (*end)->name = mem_text(name);
    return *end;
}

struct want *want_new(const char *const *keep)
{
    struct want *root = mem_new(1, sizeof *root);
    root->is_whole = !keep;
    for (size_t i = 0; keep && keep[i]; i++) {
        const char *cursor = keep[i];
        char step[JS_SEGMENT_MAX];
        struct want *at = root;
        if (!js_path_valid(cursor))
            continue;
        while (!at->is_whole && js_step(&cursor, step))
            at = add_member(at, step);
        at->is_whole = true;
        free_members(at);
    }
    return root;
}

void want_free(struct want *want)
{
    if (!want)
        return;
    free_members(want);
    free(want->name);
    free(want);
}

/* ---- what is kept -------------------------------------------------------------------------- */

/* What is wanted of value (borrowed), for the caller; NULL if nothing is there. */
static struct json_object *wanted_of(struct json_object *value, const struct want *want)
{
    if (want->is_whole)
        return json_object_get(value);
    if (!json_object_is_type(value, json_type_object))
        return NULL;

    struct json_object *kept = NULL;
    for (const struct want *at = want->members; at; at = at->next) {
        struct json_object *found = wanted_of(js_member(value, at->name, NULL), at);
        if (found && !kept)
            kept = json_object_new_object();
        if (found)
            json_object_object_add(kept, at->name, found);
    }
    return kept;
}

struct json_object *reduce_body(struct json_object *body, const struct want *want)
{
    if (want->is_whole || !json_object_is_type(body, json_type_object))
        return body;
    struct json_object *kept = wanted_of(body, want);
    json_object_put(body);
    return kept ? kept : json_object_new_object();
}
