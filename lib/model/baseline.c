/* baseline.c: the built-in posture, config/baseline.json, as rows. Each value exists once and is
 * shared by the rows of all stacks, those with a stack's own name in them excepted. */
#include "model/loader.h"

#include "base/js.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char *fact(const struct facts *facts, const char *marker, size_t length)
{
    const struct {
        const char *name, *value;
    } known[] = {
        {"location", facts->location},
        {"account.name", facts->account},
        {"key.name", facts->key},
        {"subscriptionId", facts->subscription_id},
    };
    for (size_t i = 0; i < COUNT(known); i++)
        if (strlen(known[i].name) == length && strncmp(known[i].name, marker, length) == 0)
            return known[i].value ? known[i].value : "";
    return NULL;
}

char *baseline_fill(const char *text, const struct facts *facts)
{
    char *filled = NULL;
    const char *rest = text;
    for (const char *at = strstr(rest, "${"); at; at = strstr(at + 2, "${")) {
        size_t length = strcspn(at + 2, "}");
        const char *value = fact(facts, at + 2, length);
        if (!value)
            continue;
        char *longer = mem_format("%s%.*s%s", filled ? filled : "", (int)(at - rest), rest, value);
        free(filled);
        filled = longer;
        rest = at + 2 + length + 1;
    }
    if (!filled)
        return NULL;
    char *whole = mem_format("%s%s", filled, rest);
    free(filled);
    return whole;
}

/* An object with the same members; those are shared. */
static struct json_object *shallow_copy(struct json_object *object)
{
    struct json_object *copy = json_object_new_object();
    json_object_object_foreach(object, key, value)
        json_object_object_add(copy, key, json_object_get(value));
    return copy;
}

/* A copy with the markers filled in, sharing what has none; NULL if none has. */
static struct json_object *fill_tree(struct json_object *tree, const struct facts *facts)
{
    if (json_object_is_type(tree, json_type_string)) {
        AUTO(text) char *filled = baseline_fill(json_object_get_string(tree), facts);
        return filled ? json_object_new_string(filled) : NULL;
    }
    struct json_object *copy = NULL;
    if (!json_object_is_type(tree, json_type_object))
        return NULL;
    json_object_object_foreach(tree, key, value)
    {
        struct json_object *filled = fill_tree(value, facts);
        if (filled && !copy)
            copy = shallow_copy(tree);
        if (filled)
            json_object_object_add(copy, key, filled);
    }
    return copy;
}

const char *baseline_create(struct loader *loader, const struct base *base,
                            const struct facts *facts)
{
    AUTO(json) struct json_object *filled = fill_tree(base->create, facts);
    struct json_object *tree = filled ? filled : base->create;
    if (!tree)
        return NULL;
    return intern_text(&loader->build.intern,
                       json_object_to_json_string_ext(tree, JSON_C_TO_STRING_PLAIN));
}

/* ---- loading ------------------------------------------------------------------------------ */

static void add_rows(struct loader *loader, const struct type *type, struct base *base,
                     const char *path, struct json_object *value)
{
    const struct field *field = *path ? type_field(type, path) : NULL;
    if (json_object_is_type(value, json_type_object) && !(field && field->compare == BY_KEYS)) {
        json_object_object_foreach(value, key, member)
        {
            AUTO(text) char *below = js_join(path, key);
            add_rows(loader, type, base, below, member);
        }
        return;
    }
    base->rows = mem_resize(base->rows, base->count + 1, sizeof *base->rows);
    base->rows[base->count++] =
        (struct want){.path = intern_text(&loader->build.intern, field ? field->path : path),
                      .field = field,
                      .value = json_object_get(value),
                      .from_baseline = true};
}

struct json_object *baseline_tree(void)
{
    struct jsonfile file = {.path = mem_text("baseline.json")};
    struct faults faults = {0};
    AUTO(text) char *text = mem_text(baseline_text());
    bool valid = jsonfile_parse(&file, text, strlen(text), &faults);
    assert(valid); /* it was tested when it was built in */
    (void)valid;
    struct json_object *tree = json_object_get(file.tree);
    jsonfile_done(&file);
    return tree;
}

void baseline_load(struct loader *loader)
{
    size_t n_types = 0;
    const char *built_in = baseline_text();
    AUTO(text) char *text = mem_text(built_in);
    loader->baseline.path = mem_text("baseline.json");
    bool valid = jsonfile_parse(&loader->baseline, text, strlen(text), &loader->faults);
    assert(valid); /* it was tested when it was built in */

    while (loader->types[n_types])
        n_types++;
    loader->bases = mem_new(n_types + 1, sizeof *loader->bases);
    for (size_t i = 0; i < n_types; i++) {
        struct json_object *said = js_object(loader->baseline.tree, loader->types[i]->word);
        struct json_object *hold = js_object(said, "hold");
        if (hold)
            add_rows(loader, loader->types[i], &loader->bases[i], "", hold);
        loader->bases[i].create = json_object_get(js_object(said, "create"));
    }
}

void baseline_done(struct loader *loader)
{
    for (size_t i = 0; loader->bases && loader->types[i]; i++) {
        for (size_t j = 0; j < loader->bases[i].count; j++)
            json_object_put(loader->bases[i].rows[j].value);
        free(loader->bases[i].rows);
        json_object_put(loader->bases[i].create);
    }
    free(loader->bases);
    jsonfile_done(&loader->baseline);
}

const struct type *loader_type(const struct loader *loader, const char *word)
{
    for (size_t i = 0; loader->types[i]; i++)
        if (strcmp(loader->types[i]->word, word) == 0)
            return loader->types[i];
    abort(); /* a registry without one of the configuration's words */
}

const struct base *loader_base(const struct loader *loader, const struct type *type)
{
    size_t i = 0;
    while (loader->types[i] != type)
        i++;
    return &loader->bases[i];
}
