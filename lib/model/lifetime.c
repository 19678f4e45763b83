#include "model/lifetime.h"

#include "model/compare.h"

#include <strings.h>

static size_t length_of(struct json_object *array)
{
    return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

static const char *type_of(struct json_object *action)
{
    return js_string(action, "action.type", "");
}

struct json_object *lifetime_find(struct json_object *actions, const char *type)
{
    for (size_t i = 0; i < length_of(actions); i++) {
        struct json_object *action = json_object_array_get_idx(actions, i);
        if (strcasecmp(type_of(action), type) == 0)
            return action;
    }
    return NULL;
}

static bool same_trigger(struct json_object *declared, struct json_object *observed)
{
    static const char *const triggers[] = {"trigger.timeAfterCreate", "trigger.timeBeforeExpiry"};
    for (size_t i = 0; i < COUNT(triggers); i++)
        if (!compare_equal(BY_DURATION, js_find(declared, triggers[i]),
                           js_find(observed, triggers[i])))
            return false;
    return true;
}

bool lifetime_equal(struct json_object *declared, struct json_object *observed)
{
    if (!lifetime_find(declared, "rotate") && lifetime_find(observed, "rotate"))
        return false;
    for (size_t i = 0; i < length_of(declared); i++) {
        struct json_object *action = json_object_array_get_idx(declared, i);
        struct json_object *there = lifetime_find(observed, type_of(action));
        if (!there || !same_trigger(action, there))
            return false;
    }
    return true;
}

struct json_object *lifetime_write_form(struct json_object *declared, struct json_object *observed)
{
    struct json_object *actions = js_copy(declared);
    for (size_t i = 0; i < length_of(observed); i++) {
        struct json_object *there = json_object_array_get_idx(observed, i);
        bool is_rotation = strcasecmp(type_of(there), "rotate") == 0;
        if (!is_rotation && !lifetime_find(declared, type_of(there)))
            json_object_array_add(actions, js_copy(there));
    }
    return actions;
}
