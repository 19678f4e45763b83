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

/* What a path begins with; *below is what is left of the path. NULL: nothing of the stack. */
static const struct hanging *find_hanging(const struct hanging *hanging, size_t count,
                                          const char *path, const char **below)
{
    char word[JS_SEGMENT_MAX], map[JS_SEGMENT_MAX] = "", name[JS_SEGMENT_MAX] = "";
    const char *rest = path;
    if (!js_step(&rest, word))
        return NULL;
    const char *after_name = rest;
    bool is_deep = js_step(&after_name, map) && js_step(&after_name, name);
    for (size_t i = 0; i < count; i++) {
        bool is_own = hanging[i].map != NULL;
        if (strcmp(hanging[i].scope, word) != 0 ||
            (is_own && (!is_deep || strcmp(hanging[i].map, map) != 0 ||
                        strcmp(hanging[i].name, name) != 0)) ||
            (!is_own && strcmp(map, "roleAssignments") == 0))
            continue;
        *below = is_own ? after_name : rest;
        return &hanging[i];
    }
    return NULL;
}

static const char *find_word(const struct hanging *hanging, size_t count, const char *path)
{
    char word[JS_SEGMENT_MAX];
    for (size_t i = 0; js_step(&path, word) && i < count; i++)
        if (strcmp(hanging[i].scope, word) == 0)
            return hanging[i].scope;
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
        js_path_valid(path) ? find_hanging(hanging, count, path, &below) : NULL;
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
