#include "base/peek.h"

#include "base/js.h"
#include "base/mem.h"

#include <string.h>

/* Each of these takes the first byte of something, and returns what comes after it. */

static const char *skip_string(const char *at)
{
    for (at++; *at && *at != '"'; at++)
        if (at[0] == '\\' && at[1])
            at++;
    return *at ? at + 1 : at;
}

static const char *skip_nested(const char *at)
{
    size_t depth = 0;
    do {
        at += strcspn(at, "\"{}[]");
        if (*at == '"') {
            at = skip_string(at);
            continue;
        }
        if (!*at)
            return at;
        depth = *at == '{' || *at == '[' ? depth + 1 : depth - 1;
        at++;
    } while (depth);
    return at;
}

static const char *skip_value(const char *at)
{
    if (*at == '"')
        return skip_string(at);
    if (*at == '{' || *at == '[')
        return skip_nested(at);
    return at + strcspn(at, ",]}");
}

/* The member of the object that begins at at; NULL if it has none of that name. */
static const char *find_member(const char *at, const char *name, size_t length)
{
    const char *found = NULL;
    if (*at != '{')
        return NULL;
    for (at++; *at == '"'; at += *at == ',') {
        const char *end = skip_string(at);
        if (*end != ':')
            return NULL;
        if ((size_t)(end - at) == length + 2 && memcmp(at + 1, name, length) == 0)
            found = end + 1;
        at = skip_value(end + 1);
    }
    return found;
}

const char *peek_find(const char *text, const char *path, size_t *length)
{
    while (text && *path) {
        size_t step = strcspn(path, ".");
        text = find_member(text, path, step);
        path += step + (path[step] == '.');
    }
    if (text)
        *length = (size_t)(skip_value(text) - text);
    return text;
}

struct json_object *peek_tree(const char *text, const char *path)
{
    struct json_object *tree = NULL;
    struct err err;
    size_t length;
    const char *value = peek_find(text, path, &length);
    return value && js_parse(value, length, &tree, &err) ? tree : NULL;
}

struct json_object *peek_trees(const char *text, const char *const *paths)
{
    struct json_object *trees = json_object_new_object();
    for (; *paths; paths++) {
        struct json_object *tree = peek_tree(text, *paths);
        if (tree)
            js_put(trees, *paths, tree);
    }
    return trees;
}

char *peek_string(const char *text, const char *path)
{
    size_t length;
    const char *value = peek_find(text, path, &length);
    if (!value || length < 2 || *value != '"' || value[length - 1] != '"')
        return NULL;
    if (!memchr(value, '\\', length))
        return mem_text_n(value + 1, length - 2);
    AUTO(json) struct json_object *read = peek_tree(text, path);
    const char *string = js_string(read, "", NULL);
    return string ? mem_text(string) : NULL;
}
