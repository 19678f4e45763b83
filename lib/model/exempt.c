/* exempt.c: exemptions: what they cover, why, until when. An expired one is no error: whether a
 * file is valid never depends on the date. */
#include "model/loader.h"

#include "base/iso8601.h"
#include "base/js.h"
#include "model/words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S 86400

/* A date is until its end, UTC; an instant is itself. */
static bool read_until(struct loader *loader, const struct place *exemption,
                       struct json_object *object, int64_t *until_s)
{
    struct json_object *value =
        words_get(&loader->faults, exemption, object, "until", json_type_string);
    if (!value) {
        *until_s = INT64_MAX;
        return !js_find(object, "until");
    }
    const char *text = json_object_get_string(value);
    if (iso8601_parse_date(text, until_s)) {
        *until_s += DAY_S;
        return true;
    }
    if (iso8601_parse_time(text, until_s))
        return true;
    const struct place at = place_key(exemption, "until");
    return fault(&loader->faults, &at,
                 "\"%s\" is no date and no instant, expected one such as \"2027-01-31\" (to the "
                 "end of that day, UTC) or \"2027-01-31T10:00:00Z\"",
                 text);
}

static bool is_blank(const char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    return !*text;
}

static size_t depth_of(const char *path)
{
    char step[JS_SEGMENT_MAX];
    size_t depth = 0;
    while (js_step(&path, step))
        depth++;
    return depth;
}

static bool is_map(const struct loader *loader, const struct type *type, const char *word)
{
    for (size_t i = 0; loader->types[i]; i++)
        if (type_hangs_under(loader->types[i], type->word) &&
            strcasecmp(loader->types[i]->child->map, word) == 0)
            return true;
    return strcasecmp(word, "roleAssignments") == 0;
}

/* The deepest that a path begins with; *below is what is left of the path. NULL: nothing of the
 * stack. What a map of it does not have is none of its properties either. */
static const struct hanging *find_hanging(const struct loader *loader,
                                          const struct hanging *hanging, size_t count,
                                          const char *path, const char **below)
{
    char step[JS_SEGMENT_MAX];
    const struct hanging *found = NULL;
    size_t depth = 0;
    for (size_t i = 0; i < count; i++) {
        if (!js_path_covers(hanging[i].path, path) || depth_of(hanging[i].path) <= depth)
            continue;
        found = &hanging[i];
        depth = depth_of(found->path);
    }
    for (*below = path; depth; depth--)
        (void)js_step(below, step);
    const char *rest = *below;
    bool is_missing =
        found && found->node && js_step(&rest, step) && is_map(loader, found->node->type, step);
    return is_missing ? NULL : found;
}

static const char *find_word(const struct hanging *hanging, size_t count, const char *path)
{
    char word[JS_SEGMENT_MAX];
    if (!js_step(&path, word))
        return NULL;
    for (size_t i = 0; i < count; i++)
        if (js_path_covers(word, hanging[i].path))
            return hanging[i].path;
    return NULL;
}

/* The known path nearest to below, or the object above one of them: as deep as below is. A copy. */
static char *nearest_to(const char *below, const char *const *known)
{
    size_t depth = 0, count = 0;
    char step[JS_SEGMENT_MAX];
    for (const char *rest = below; js_step(&rest, step);)
        depth++;
    while (known && known[count])
        count++;
    char **cut = mem_new(count + 1, sizeof *cut);
    for (size_t i = 0; i < count; i++) {
        const char *rest = known[i];
        for (size_t deep = 0; deep < depth && js_step(&rest, step);)
            deep++;
        size_t length = (size_t)(rest - known[i]);
        cut[i] = mem_text_n(known[i], *rest ? length - 1 : length);
    }
    char *nearest = mem_text(words_nearest(below, (const char *const *)cut));
    for (size_t i = 0; i < count; i++)
        free(cut[i]);
    free(cut);
    return nearest;
}

/* A misspelt path would suspend nothing, and nobody would notice. */
static void warn_if_idle(struct loader *loader, const struct place *place, const struct node *node,
                         const char *path, const char *below)
{
    const char *const *known = node->type->known;
    if (!*below || strncmp(below, "rotation", 8) == 0)
        return;
    for (size_t i = 0; i < node->n_wants; i++)
        if (js_path_covers(below, node->wants[i].path) ||
            js_path_covers(node->wants[i].path, below))
            return;
    for (size_t i = 0; known && known[i]; i++)
        if (js_path_covers(below, known[i]) || js_path_covers(known[i], below))
            return; /* real, though not held at present */
    AUTO(text) char *nearest = nearest_to(below, known);
    fault_warn(&loader->faults, place, "the exemption covers nothing that is held%s%.*s%s%s",
               nearest ? "; did you mean " : "", nearest ? (int)(below - path) : 0, path,
               nearest ? nearest : "", nearest ? "?" : "");
}

static void read_one(struct loader *loader, const struct place *place, struct json_object *object,
                     const struct hanging *hanging, size_t count)
{
    static const char *const keys[] = {"path", "reason", "until", NULL};
    struct faults *faults = &loader->faults;
    int64_t until_s = INT64_MAX;
    if (!json_object_is_type(object, json_type_object)) {
        fault(faults, place, "expected {\"path\": ..., \"reason\": ..., \"until\": ...}");
        return;
    }
    words_check(faults, place, object, keys);
    const char *path = words_need(faults, place, object, "path",
                                  "a path such as \"account.properties.networkAcls\"");
    const char *reason = words_need(faults, place, object, "reason", "why, for whoever reads it");
    const struct place at_path = place_key(place, "path"), at_reason = place_key(place, "reason");
    bool is_good = read_until(loader, place, object, &until_s);
    if (reason && is_blank(reason))
        is_good = fault(faults, &at_reason, "is empty, expected why, for whoever reads it");
    if (!path)
        return;
    const char *below = "";
    const struct hanging *found =
        js_path_valid(path) ? find_hanging(loader, hanging, count, path, &below) : NULL;
    if (!js_path_valid(path)) {
        fault(faults, &at_path,
              "\"%s\" is not a path, expected one such as \"account.properties.networkAcls\", odd "
              "names as ['gpt-4.1']",
              path);
    } else if (!found && !find_word(hanging, count, path)) {
        fault(faults, &at_path,
              "\"%s\" does not begin with a resource of the stack, expected \"vault\", \"key\", "
              "\"account\" or \"grant\" and what of it",
              path);
    } else if (!found) {
        fault(faults, &at_path, "\"%s\" names nothing that the stack declares", path);
    } else if (reason && is_good && found->node) {
        warn_if_idle(loader, &at_path, found->node, path, below);
        build_exempt(found->node, below, reason, until_s);
    }
}

void exempt_read(struct loader *loader, const struct place *stack, struct json_object *stack_object,
                 const struct hanging *hanging, size_t count)
{
    struct json_object *list =
        words_get(&loader->faults, stack, stack_object, "exemptions", json_type_array);
    const struct place place = place_key(stack, "exemptions");
    for (size_t i = 0; list && i < json_object_array_length(list); i++) {
        const struct place at = place_index(&place, i);
        read_one(loader, &at, json_object_array_get_idx(list, i), hanging, count);
    }
}
