#include "base/js.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CASE_BIT 0x20

void auto_json(struct json_object **tree)
{
    json_object_put(*tree);
}

/* ---- parsing ------------------------------------------------------------------------------ */

/* What json-c 0.16 takes in its strict mode too and RFC 8259 does not: control characters in
 * strings, single quotes, NaN and Infinity, and all that follows a NUL. These, and where a string
 * begins or ends. */
static const bool stops_in_string[256] = {[0 ... ' ' - 1] = true, ['"'] = true, ['\\'] = true};
static const bool stops_outside[256] = {
    ['\0'] = true, ['\''] = true, ['N'] = true, ['I'] = true, ['i'] = true, ['"'] = true,
};

static size_t run(const char *text, size_t at, size_t length, const bool stops[256])
{
    while (at < length && !stops[(unsigned char)text[at]])
        at++;
    return at;
}

/* Length if there is none, else where. */
static size_t find_lax(const char *text, size_t length)
{
    size_t at = 0;
    while ((at = run(text, at, length, stops_outside)) < length && text[at] == '"') {
        at++;
        while ((at = run(text, at, length, stops_in_string)) < length && text[at] == '\\')
            at += 2;
        if (at >= length)
            return length;
        if (text[at] != '"')
            return at;
        at++;
    }
    return at;
}

/* To make one costs as much as to parse a small text. */
static struct json_tokener *the_tokener(void)
{
    static struct json_tokener *kept;
    if (!kept) {
        kept = json_tokener_new_ex(JS_DEPTH_MAX);
        if (!kept)
            abort();
        json_tokener_set_flags(kept, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    }
    return kept;
}

bool js_parse(const char *text, size_t length, struct json_object **tree, struct err *err)
{
    if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        length -= 3;
    }
    if (length > INT32_MAX)
        return err_set(err, ERR_AZURE, "BadJson", "a JSON text of %zu bytes is too large", length);
    size_t lax = find_lax(text, length);
    if (lax < length)
        return err_set(err, ERR_AZURE, "BadJson",
                       "not JSON: a character that has no place there "
                       "at byte %zu",
                       lax);

    struct json_tokener *tokener = the_tokener();
    struct json_object *parsed = json_tokener_parse_ex(tokener, text, (int)length);
    enum json_tokener_error failure = json_tokener_get_error(tokener);
    if (failure == json_tokener_continue) { /* a bare number or an unfinished text */
        json_object_put(parsed);
        parsed = json_tokener_parse_ex(tokener, "", 1);
        failure = json_tokener_get_error(tokener);
    }
    size_t end = json_tokener_get_parse_end(tokener);
    json_tokener_reset(tokener);

    if (failure != json_tokener_success) {
        json_object_put(parsed);
        return err_set(err, ERR_AZURE, "BadJson", "not JSON: %s at byte %zu",
                       json_tokener_error_desc(failure), end);
    }
    *tree = parsed;
    return true;
}

/* ---- paths -------------------------------------------------------------------------------- */

/* Of a name that is not in brackets. */
static bool is_begin(char c)
{
    return c && c != '.' && c != '[';
}

bool js_step(const char **cursor, char step[JS_SEGMENT_MAX])
{
    const char *at = *cursor;
    size_t length = 0;
    if (!*at)
        return false;
    if (at[0] == '[' && at[1] == '\'') {
        for (at += 2; *at && *at != '\''; at++) {
            if (at[0] == '\\' && at[1])
                at++;
            if (length + 1 >= JS_SEGMENT_MAX)
                return false;
            step[length++] = *at;
        }
        if (at[0] != '\'' || at[1] != ']')
            return false;
        at += 2;
    } else {
        length = strcspn(at, ".[");
        if (!length || length >= JS_SEGMENT_MAX)
            return false;
        memcpy(step, at, length);
        at += length;
    }
    step[length] = '\0';
    if (*at == '.') {
        at++;
        if (!is_begin(*at))
            return false;
    } else if (*at && *at != '[') {
        return false;
    }
    *cursor = at;
    return true;
}

bool js_path_valid(const char *path)
{
    char step[JS_SEGMENT_MAX];
    if (!*path)
        return false;
    while (*path)
        if (!js_step(&path, step))
            return false;
    return true;
}

static bool is_plain(const char *name)
{
    if (!*name)
        return false;
    for (; *name; name++)
        if (strchr(".[]'\\", *name))
            return false;
    return true;
}

char *js_join(const char *parent, const char *name)
{
    if (is_plain(name))
        return mem_format("%s%s%s", parent, *parent ? "." : "", name);

    AUTO(text) char *quoted = mem_new(2 * strlen(name) + 1, 1);
    char *to = quoted;
    for (const char *from = name; *from; from++) {
        if (*from == '\'' || *from == '\\')
            *to++ = '\\';
        *to++ = *from;
    }
    return mem_format("%s['%s']", parent, quoted);
}

bool js_path_covers(const char *prefix, const char *path)
{
    char above[JS_SEGMENT_MAX], below[JS_SEGMENT_MAX];
    while (*prefix) {
        if (!js_step(&prefix, above) || !js_step(&path, below) || strcasecmp(above, below) != 0)
            return false;
    }
    return true;
}

/* ---- reading ------------------------------------------------------------------------------ */

/* Objects are small: to walk over a few members takes less than to hash a name. */
static struct json_object *member_n(struct json_object *object, const char *name, size_t length,
                                    const char **actual)
{
    struct lh_entry *found = NULL;
    if (!json_object_is_type(object, json_type_object))
        return NULL;
    for (struct lh_entry *at = json_object_get_object(object)->head; at; at = at->next) {
        const char *member = at->k;
        if (((*member ^ *name) & ~CASE_BIT) || strncasecmp(member, name, length) != 0 ||
            member[length])
            continue;
        bool is_exact = memcmp(member, name, length) == 0;
        if (is_exact || !found)
            found = at;
        if (is_exact)
            break;
    }
    if (found && actual)
        *actual = found->k;
    return found ? lh_entry_v(found) : NULL;
}

struct json_object *js_member(struct json_object *object, const char *name, const char **actual)
{
    return member_n(object, name, strlen(name), actual);
}

/* A plain name is looked up where it stands in the path. */
struct json_object *js_find(struct json_object *tree, const char *path)
{
    char step[JS_SEGMENT_MAX];
    while (tree && *path) {
        size_t length = strcspn(path, ".[");
        const char *end = path + length;
        if (length && length < JS_SEGMENT_MAX && (*end != '.' || is_begin(end[1]))) {
            tree = member_n(tree, path, length, NULL);
            path = *end == '.' ? end + 1 : end;
        } else {
            if (!js_step(&path, step))
                return NULL;
            tree = js_member(tree, step, NULL);
        }
    }
    return tree;
}

static struct json_object *find_typed(struct json_object *tree, const char *path,
                                      enum json_type type)
{
    struct json_object *value = js_find(tree, path);
    return json_object_is_type(value, type) ? value : NULL;
}

const char *js_string(struct json_object *tree, const char *path, const char *fallback)
{
    struct json_object *value = find_typed(tree, path, json_type_string);
    return value ? json_object_get_string(value) : fallback;
}

bool js_bool(struct json_object *tree, const char *path, bool fallback)
{
    struct json_object *value = find_typed(tree, path, json_type_boolean);
    return value ? json_object_get_boolean(value) != 0 : fallback;
}

int64_t js_int(struct json_object *tree, const char *path, int64_t fallback)
{
    struct json_object *value = find_typed(tree, path, json_type_int);
    return value ? json_object_get_int64(value) : fallback;
}

struct json_object *js_array(struct json_object *tree, const char *path)
{
    return find_typed(tree, path, json_type_array);
}

struct json_object *js_object(struct json_object *tree, const char *path)
{
    return find_typed(tree, path, json_type_object);
}

/* ---- writing ------------------------------------------------------------------------------ */

void js_put(struct json_object *tree, const char *path, struct json_object *value)
{
    char step[JS_SEGMENT_MAX];
    while (js_step(&path, step)) {
        const char *actual = step;
        struct json_object *child = js_member(tree, step, &actual);
        if (!*path) {
            json_object_object_add(tree, actual, value);
            return;
        }
        if (!json_object_is_type(child, json_type_object)) {
            child = json_object_new_object();
            json_object_object_add(tree, actual, child);
        }
        tree = child;
    }
    json_object_put(value);
}

void js_remove(struct json_object *tree, const char *path)
{
    char step[JS_SEGMENT_MAX];
    while (tree && js_step(&path, step)) {
        const char *actual = step;
        struct json_object *child = js_member(tree, step, &actual);
        if (!*path) {
            if (json_object_is_type(tree, json_type_object))
                json_object_object_del(tree, actual);
            return;
        }
        tree = child;
    }
}

/* What somebody has hung on an object stays there; json-c's own, on a number, is its text. */
static int copy_bare(struct json_object *from, struct json_object *parent, const char *name,
                     size_t index, struct json_object **copy)
{
    int done = json_c_shallow_copy_default(from, parent, name, index, copy);
    return done == 1 && json_object_is_type(from, json_type_object) ? 2 : done;
}

struct json_object *js_copy(struct json_object *tree)
{
    struct json_object *copy = NULL;
    if (tree && json_object_deep_copy(tree, &copy, copy_bare) != 0)
        abort();
    return copy;
}

bool js_same(struct json_object *a, struct json_object *b)
{
    bool numbers =
        (json_object_is_type(a, json_type_int) || json_object_is_type(a, json_type_double)) &&
        (json_object_is_type(b, json_type_int) || json_object_is_type(b, json_type_double));
    if (numbers && json_object_get_type(a) != json_object_get_type(b)) {
        double difference = json_object_get_double(a) - json_object_get_double(b);
        return difference >= 0.0 && difference <= 0.0;
    }
    return json_object_equal(a, b) != 0;
}

char *js_words(struct json_object *value, size_t max)
{
    const char *text = "none";
    if (json_object_is_type(value, json_type_string))
        text = json_object_get_string(value);
    else if (value)
        text = json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN |
                                                         JSON_C_TO_STRING_NOSLASHESCAPE);
    size_t length = strlen(text);
    if (length <= max)
        return mem_text(text);
    length = max > 3 ? max - 3 : 0;
    while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80)
        length--;
    return mem_format("%.*s...", (int)length, text);
}
