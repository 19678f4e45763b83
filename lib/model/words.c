#include "model/words.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORD_MAX 96 /* longer ones are compared by their beginning */

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: insert, delete, replace, swap neighbours. */
static unsigned distance(const char *a, const char *b)
{
    unsigned rows[3][WORD_MAX + 1];
    unsigned *before = rows[0], *above = rows[1], *row = rows[2];
    size_t rows_max = strnlen(a, WORD_MAX), columns = strnlen(b, WORD_MAX);
    for (size_t j = 0; j <= columns; j++)
        above[j] = before[j] = (unsigned)j;
    for (size_t i = 1; i <= rows_max; i++) {
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= columns; j++) {
            bool same = tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 1]);
            row[j] = smaller(above[j - 1] + !same, smaller(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = smaller(row[j], before[j - 2] + 1);
        }
        unsigned *free_row = before;
        before = above;
        above = row;
        row = free_row;
    }
    return above[columns];
}

const char *words_nearest(const char *word, const char *const *candidates)
{
    const char *nearest = NULL;
    size_t length = strlen(word);
    unsigned limit = length < 4 ? 1 : length < 8 ? 2 : length < 16 ? 3 : 4;
    for (; *candidates; candidates++) {
        size_t other = strlen(*candidates);
        if ((other > length ? other - length : length - other) > limit)
            continue;
        unsigned away = distance(word, *candidates);
        if (away <= limit) {
            nearest = *candidates;
            if (!away)
                break;
            limit = away - 1;
        }
    }
    return nearest;
}

char *words_list(const char *const *words)
{
    char *list = mem_text("");
    for (size_t i = 0; words[i]; i++) {
        char *longer = mem_format("%s%s\"%s\"", list,
                                  i == 0         ? ""
                                  : words[i + 1] ? ", "
                                                 : " or ",
                                  words[i]);
        free(list);
        list = longer;
    }
    return list;
}

void words_check(struct faults *faults, const struct place *place, struct json_object *object,
                 const char *const *allowed)
{
    json_object_object_foreach(object, key, value)
    {
        (void)value;
        bool is_known = false;
        for (size_t i = 0; allowed[i] && !is_known; i++)
            is_known = strcmp(allowed[i], key) == 0;
        if (is_known)
            continue;
        const struct place at = place_key(place, key);
        const char *nearest = words_nearest(key, allowed);
        AUTO(text) char *list = words_list(allowed);
        if (nearest)
            fault(faults, &at, "unknown key; did you mean \"%s\"?", nearest);
        else if (*list)
            fault(faults, &at, "unknown key, expected %s", list);
        else
            fault(faults, &at, "unknown key, expected none here");
    }
}

const char *words_type(enum json_type type)
{
    switch (type) {
    case json_type_null:
        return "null";
    case json_type_boolean:
        return "a boolean";
    case json_type_double:
        return "a number";
    case json_type_int:
        return "a whole number";
    case json_type_object:
        return "an object";
    case json_type_array:
        return "an array";
    case json_type_string:
        return "a string";
    }
    abort();
}

struct json_object *words_get(struct faults *faults, const struct place *place,
                              struct json_object *object, const char *key, enum json_type type)
{
    struct json_object *value = NULL;
    if (!json_object_object_get_ex(object, key, &value) || !value)
        return NULL;
    if (json_object_is_type(value, type) ||
        (type == json_type_double && json_object_is_type(value, json_type_int)))
        return value;
    const struct place at = place_key(place, key);
    fault(faults, &at, "is %s, expected %s", words_type(json_object_get_type(value)),
          words_type(type));
    return NULL;
}

const char *words_need(struct faults *faults, const struct place *place, struct json_object *object,
                       const char *key, const char *expected)
{
    struct json_object *value = NULL;
    if (!json_object_object_get_ex(object, key, &value) || !value) {
        fault(faults, place, "\"%s\" is missing, expected %s", key, expected);
        return NULL;
    }
    value = words_get(faults, place, object, key, json_type_string);
    return value ? json_object_get_string(value) : NULL;
}
