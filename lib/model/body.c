/* body.c: a declared ARM body becomes flat rows, merged over the baseline's. Objects are
 * descended; all else, and what a type compares by its members' names, is a leaf. */
#include "model/loader.h"

#include "base/js.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A row's path is spelt as the type's table spells it, unless that is a pattern ("tags.*"). */
static const char *spelling(const struct field *field, const char *path)
{
    return field && !strchr(field->path, '*') ? field->path : path;
}

static struct want *find(const struct body *body, const char *path)
{
    for (size_t i = 0; i < body->count; i++)
        if (strcasecmp(body->wants[i].path, path) == 0)
            return &body->wants[i];
    return NULL;
}

/* value is handed over. */
static void append(struct body *body, const char *path, const struct field *field,
                   struct json_object *value, bool from_baseline)
{
    if (body->count == body->room) {
        body->room = body->room ? 2 * body->room : 8;
        body->wants = mem_resize(body->wants, body->room, sizeof *body->wants);
    }
    body->wants[body->count++] =
        (struct want){intern_text(&body->loader->build.intern, spelling(field, path)), field, value,
                      from_baseline};
}

static void read_leaf(struct body *body, const struct place *place, const char *path,
                      const struct field *field, struct json_object *value)
{
    const struct want *earlier = find(body, path);
    if (earlier) {
        fault(&body->loader->faults, place,
              "is declared twice, as %s too: names in Azure do not differ by case", earlier->path);
        return;
    }
    check_leaf(body, place, path, field, value);
    append(body, path, field, intern_value(&body->loader->build.intern, value), false);
}

void body_read(struct body *body, const struct place *place, const char *path,
               struct json_object *value)
{
    if (!value || type_is_read_only(body->type, path))
        return;
    const struct field *field = type_field(body->type, path);
    bool is_object = json_object_is_type(value, json_type_object);
    if (!is_object || (field && field->compare == BY_KEYS)) {
        if (!is_object || json_object_object_length(value) > 0)
            read_leaf(body, place, path, field, value);
        return;
    }
    if (!check_object(body, place, path, field))
        return;
    json_object_object_foreach(value, key, member)
    {
        const struct place at = place_key(place, key);
        AUTO(text) char *below = js_join(path, key);
        if (!*key || strlen(key) >= JS_SEGMENT_MAX)
            fault(&body->loader->faults, &at, "expected a name of 1 to %d bytes",
                  JS_SEGMENT_MAX - 1);
        else
            body_read(body, &at, below, member);
    }
}

/* ---- the baseline below it ----------------------------------------------------------------- */

static struct json_object *filled(const struct body *body, const struct want *row)
{
    if (!json_object_is_type(row->value, json_type_string))
        return json_object_get(row->value);
    AUTO(text) char *text = baseline_fill(json_object_get_string(row->value), body->facts);
    return text ? intern_string(&body->loader->build.intern, text) : json_object_get(row->value);
}

struct json_object *body_baseline(const struct body *body, const char *path)
{
    for (size_t i = 0; i < body->base->count; i++)
        if (strcasecmp(body->base->rows[i].path, path) == 0)
            return filled(body, &body->base->rows[i]);
    return NULL;
}

/* Who may pass a firewall is the operator's to say, so the baseline does not. */
static void warn_of_open_lists(struct body *body, const struct place *place)
{
    for (size_t i = 0; i < body->type->n_fields; i++) {
        const struct field *field = &body->type->fields[i];
        bool is_cidr = field->compare == BY_CIDR || field->compare == BY_CIDR_BARE;
        if (is_cidr && !find(body, field->path))
            fault_warn(&body->loader->faults, place,
                       "%s is not declared, so the list is not held: declare the addresses that "
                       "may pass, [] for none",
                       field->path);
    }
}

static int by_path(const void *a, const void *b)
{
    return strcasecmp(((const struct want *)a)->path, ((const struct want *)b)->path);
}

void body_merge(struct body *body, const struct place *place)
{
    if (body->loader->faults.n_errors == body->errors_before)
        warn_of_open_lists(body, place);
    for (size_t i = 0; i < body->base->count; i++) {
        const struct want *row = &body->base->rows[i];
        if (!find(body, row->path))
            append(body, row->path, row->field, filled(body, row), true);
    }
    if (body->count)
        qsort(body->wants, body->count, sizeof *body->wants, by_path);
}
