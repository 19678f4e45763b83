/* matrix_trace.c: what was sent for a stack, and what Azure holds of it, in texts that are equal
 * for stacks that fare alike. */
#include "matrix.h"

#include "base/js.h"
#include "base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define UUID_LENGTH 36
#define VERSION_LENGTH 32
#define NUMBER_LENGTH 3

/* ---- taking names out ------------------------------------------------------------------------ */

static size_t hex_length(const char *text)
{
    size_t length = 0;
    while (isxdigit((unsigned char)text[length]) || text[length] == '-')
        length++;
    return length;
}

/* How much of the text is a name that differs between stacks: an id, a version, a number. */
static size_t name_length(const char *text, char before)
{
    size_t length = isalnum((unsigned char)before) ? 0 : hex_length(text);
    bool has_hyphen = memchr(text, '-', length);
    if ((length == UUID_LENGTH && has_hyphen) || (length == VERSION_LENGTH && !has_hyphen))
        return length;
    return strncmp(text, "-m", 2) == 0 && strspn(text + 2, "0123456789") == NUMBER_LENGTH
               ? 2 + NUMBER_LENGTH
               : 0;
}

static char *without_names(const char *text)
{
    char *plain = mem_new(strlen(text) + 1, 1), *end = plain;
    for (char before = '\0'; *text;) {
        size_t length = name_length(text, before);
        *end++ = length ? '*' : *text;
        text += length ? length : 1;
        before = text[-1];
    }
    return plain;
}

/* ---- writes --------------------------------------------------------------------------------- */

struct json_object *matrix_writes(struct json_object *log, size_t number)
{
    struct json_object *writes = json_object_new_array();
    AUTO(text) char *subscription = matrix_names("/subscriptions/{s}/", number);
    AUTO(text) char *host = matrix_names("//{v}.", number);
    for (size_t i = 0; i < json_object_array_length(log); i++) {
        struct json_object *entry = json_object_array_get_idx(log, i);
        const char *url = js_string(entry, "publicUrl", "");
        const char *method = js_string(entry, "method", "");
        if (strcmp(method, "GET") == 0 || (!strstr(url, subscription) && !strstr(url, host)))
            continue;
        AUTO(text) char *request = mem_format("%s %s", method, url);
        AUTO(text) char *line = mem_format("%s %s", request, js_string(entry, "body", ""));
        AUTO(text) char *plain_request = without_names(request);
        AUTO(text) char *plain_line = without_names(line);
        struct json_object *write = json_object_new_object();
        js_put(write, "request", json_object_new_string(plain_request));
        js_put(write, "line", json_object_new_string(plain_line));
        js_put(write, "status", json_object_new_int64(js_int(entry, "status", 0)));
        json_object_array_add(writes, write);
    }
    return writes;
}

/* ---- the state ------------------------------------------------------------------------------ */

static bool is_stamp(const char *name)
{
    static const char *const stamps[] = {"systemData",   "etag",       "created",     "updated",
                                         "createdOn",    "updatedOn",  "dateCreated", "ageDays",
                                         "deletionDate", "internalId", "hsmPlatform"};
    for (size_t i = 0; i < COUNT(stamps); i++)
        if (strcasecmp(stamps[i], name) == 0)
            return true;
    return false;
}

static void add_lines(struct json_object *lines, const char *place, struct json_object *value)
{
    if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, name, member)
        {
            AUTO(text) char *below = mem_format("%s %s", place, name);
            if (!is_stamp(name))
                add_lines(lines, below, member);
        }
        return;
    }
    if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++) {
            AUTO(text) char *below = mem_format("%s %zu", place, i);
            add_lines(lines, below, json_object_array_get_idx(value, i));
        }
        return;
    }
    AUTO(text)
    char *line = mem_format("%s = %s", place,
                            json_object_to_json_string_ext(value, JSON_C_TO_STRING_NOSLASHESCAPE));
    AUTO(text) char *plain = without_names(line);
    json_object_array_add(lines, json_object_new_string(plain));
}

static int by_text(const void *a, const void *b)
{
    return strcmp(json_object_get_string(*(struct json_object *const *)a),
                  json_object_get_string(*(struct json_object *const *)b));
}

struct json_object *matrix_holdings(struct json_object *state, size_t number)
{
    struct json_object *lines = json_object_new_array();
    AUTO(text) char *subscription = matrix_names("/subscriptions/{s}/", number);
    AUTO(text) char *vault = matrix_names("{v}", number);
    json_object_object_foreach(js_object(state, "live"), id, body)
    {
        if (strstr(id, subscription))
            add_lines(lines, id, body);
    }
    add_lines(lines, "keys", js_member(js_object(state, "keys"), vault, NULL));
    json_object_array_sort(lines, by_text);
    return lines;
}
