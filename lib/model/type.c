#include "model/type.h"

#include "base/armid.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A row "tags.*" is about everything below tags. */
static bool matches(const char *row, const char *path)
{
    size_t length = strlen(row);
    if (length > 2 && strcmp(row + length - 2, ".*") == 0) {
        AUTO(text) char *above = mem_text_n(row, length - 2);
        return js_path_covers(above, path) && strcasecmp(above, path) != 0;
    }
    return strcasecmp(row, path) == 0;
}

const struct field *type_field(const struct type *type, const char *path)
{
    for (size_t i = 0; i < type->n_fields; i++)
        if (matches(type->fields[i].path, path))
            return &type->fields[i];
    return NULL;
}

bool type_hangs_under(const struct type *type, const char *word)
{
    for (size_t i = 0; type->child && type->child->under[i]; i++)
        if (strcmp(type->child->under[i], word) == 0)
            return true;
    return false;
}

char *type_part_id(const struct type *type, const char *parent_id, struct json_object *element)
{
    char *id = mem_format("%s/%s/", parent_id, type->child->map);
    for (const char *const *part = type->child->parts; *part; part++) {
        const char *guid = js_string(element, *part, "");
        char *longer =
            mem_format("%s%s%s", id, *guid && part != type->child->parts ? "_" : "", guid);
        free(id);
        id = longer;
    }
    return id;
}

struct json_object *type_find_part(const struct type *type, const char *parent_id,
                                   struct json_object *parent, const char *id)
{
    struct json_object *list = js_array(parent, type->child->list);
    for (size_t i = 0; list && i < json_object_array_length(list); i++) {
        struct json_object *element = json_object_array_get_idx(list, i);
        AUTO(text) char *own = type_part_id(type, parent_id, element);
        if (armid_same(own, id))
            return element;
    }
    return NULL;
}

/* js_path_covers() for a row's path, which has no quotes: few get past the first comparison. */
static bool covers(const char *row, const char *path)
{
    return strncasecmp(row, path, strlen(row)) == 0 && js_path_covers(row, path);
}

bool type_is_read_only(const struct type *type, const char *path)
{
    static const char *const everywhere[] = {
        "id", "name", "type", "etag", "systemData", "properties.provisioningState",
    };
    for (size_t i = 0; i < COUNT(everywhere); i++)
        if (covers(everywhere[i], path))
            return true;
    for (size_t i = 0; i < type->n_fields; i++)
        if (type->fields[i].mutability == READ_ONLY && covers(type->fields[i].path, path))
            return true;
    return false;
}

static struct json_object *writable(const struct type *type, const char *path,
                                    struct json_object *shown)
{
    if (!json_object_is_type(shown, json_type_object))
        return js_copy(shown);
    struct json_object *copy = json_object_new_object();
    json_object_object_foreach(shown, name, value)
    {
        AUTO(text) char *below = js_join(path, name);
        if (!type_is_read_only(type, below))
            json_object_object_add(copy, name, writable(type, below, value));
    }
    return copy;
}

struct json_object *type_writable(const struct type *type, struct json_object *shown)
{
    return writable(type, "", shown);
}

const char *severity_word(enum severity severity)
{
    switch (severity) {
    case LOW:
        return "low";
    case MEDIUM:
        return "medium";
    case HIGH:
        return "high";
    case CRITICAL:
        return "critical";
    }
    abort();
}

void write_done(struct write *write)
{
    free(write->path);
    free(write->judge);
    json_object_put(write->body);
    memset(write, 0, sizeof *write);
}
