#include "model/categories.h"

#include "model/compare.h"

#include <strings.h>

static size_t length_of(struct json_object *array)
{
    return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

static bool same_name(struct json_object *a, struct json_object *b)
{
    return strcasecmp(js_string(a, "category", ""), js_string(b, "category", "")) == 0 &&
           strcasecmp(js_string(a, "categoryGroup", ""), js_string(b, "categoryGroup", "")) == 0;
}

/* The one of this name that is on, or NULL. */
static struct json_object *find(struct json_object *list, struct json_object *like)
{
    for (size_t i = 0; i < length_of(list); i++) {
        struct json_object *one = json_object_array_get_idx(list, i);
        if (js_bool(one, "enabled", false) && same_name(one, like))
            return one;
    }
    return NULL;
}

static bool has_all(struct json_object *wanted, struct json_object *list)
{
    for (size_t i = 0; i < length_of(wanted); i++) {
        struct json_object *one = json_object_array_get_idx(wanted, i);
        if (js_bool(one, "enabled", false) && !find(list, one))
            return false;
    }
    return true;
}

bool categories_equal(struct json_object *declared, struct json_object *observed)
{
    for (size_t i = 0; i < length_of(declared); i++) {
        struct json_object *one = json_object_array_get_idx(declared, i);
        struct json_object *there = find(observed, one);
        if (js_bool(one, "enabled", false) && !(there && compare_equal(BY_VALUE, one, there)))
            return false;
    }
    return has_all(observed, declared);
}
