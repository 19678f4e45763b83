#include "model/intern.h"

#include <stdlib.h>
#include <string.h>

static void free_key(struct lh_entry *entry)
{
    free(lh_entry_k(entry));
}

static void put_value(struct lh_entry *entry)
{
    json_object_put(lh_entry_v(entry));
}

static void free_key_and_put_value(struct lh_entry *entry)
{
    put_value(entry);
    free_key(entry);
}

void intern_init(struct intern *intern)
{
    intern->texts = lh_kchar_table_new(256, free_key);
    intern->strings = lh_kchar_table_new(256, put_value);
    intern->values = lh_kchar_table_new(256, free_key_and_put_value);
    if (!intern->texts || !intern->strings || !intern->values)
        abort();
}

void intern_done(struct intern *intern)
{
    if (intern->texts)
        lh_table_free(intern->texts);
    if (intern->strings)
        lh_table_free(intern->strings);
    if (intern->values)
        lh_table_free(intern->values);
    memset(intern, 0, sizeof *intern);
}

const char *intern_text(struct intern *intern, const char *text)
{
    struct lh_entry *entry = lh_table_lookup_entry(intern->texts, text);
    if (entry)
        return lh_entry_k(entry);
    char *copy = mem_text(text);
    if (lh_table_insert(intern->texts, copy, NULL) != 0)
        abort();
    return copy;
}

struct json_object *intern_string(struct intern *intern, const char *text)
{
    struct lh_entry *entry = lh_table_lookup_entry(intern->strings, text);
    if (entry)
        return json_object_get(lh_entry_v(entry));
    struct json_object *value = json_object_new_string(text);
    if (!value || lh_table_insert(intern->strings, json_object_get_string(value), value) != 0)
        abort();
    return json_object_get(value);
}

struct json_object *intern_value(struct intern *intern, struct json_object *value)
{
    if (json_object_is_type(value, json_type_string))
        return intern_string(intern, json_object_get_string(value));
    const char *text = json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);
    struct lh_entry *entry = lh_table_lookup_entry(intern->values, text);
    if (entry)
        return json_object_get(lh_entry_v(entry));
    struct json_object *copy = js_copy(value);
    if (lh_table_insert(intern->values, mem_text(text), copy) != 0)
        abort();
    return json_object_get(copy);
}

char **intern_take(struct intern *intern, size_t *count)
{
    size_t used = 0;
    struct lh_entry *entry;
    char **texts = mem_new((size_t)lh_table_length(intern->texts) + 1, sizeof *texts);
    lh_foreach(intern->texts, entry) texts[used++] = lh_entry_k(entry);
    intern->texts->free_fn = NULL; /* the texts have a new owner */
    *count = used;
    intern_done(intern);
    return texts;
}
