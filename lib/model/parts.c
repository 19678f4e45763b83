#include "model/parts.h"

#include "model/compare.h"

#include <ctype.h>
#include <strings.h>

/* What Azure adds to a part, and what may be pasted with it. */
static bool is_azures(const char *name)
{
    static const char *const names[] = {
        "id",         "etag", "type", "provisioningState", "privateLinkServiceConnectionState",
        "recordSets",
    };
    for (size_t i = 0; i < COUNT(names); i++)
        if (strcasecmp(names[i], name) == 0)
            return true;
    return false;
}

static struct json_object *text_copy(struct json_object *text, bool is_lower)
{
    AUTO(text) char *copy = mem_text(json_object_get_string(text));
    for (char *at = copy; is_lower && *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return json_object_new_string(copy);
}

static struct json_object *own_copy(struct json_object *tree, bool is_lower)
{
    if (json_object_is_type(tree, json_type_string))
        return text_copy(tree, is_lower);
    if (json_object_is_type(tree, json_type_array)) {
        struct json_object *copy = json_object_new_array();
        for (size_t i = 0; i < json_object_array_length(tree); i++)
            json_object_array_add(copy, own_copy(json_object_array_get_idx(tree, i), is_lower));
        return copy;
    }
    if (!json_object_is_type(tree, json_type_object))
        return js_copy(tree);
    struct json_object *copy = json_object_new_object();
    json_object_object_foreach(tree, name, value)
    {
        if (!is_azures(name))
            json_object_object_add(copy, name, own_copy(value, is_lower));
    }
    return copy;
}

bool parts_equal(struct json_object *declared, struct json_object *observed)
{
    AUTO(json) struct json_object *wanted = own_copy(declared, true);
    AUTO(json) struct json_object *shown = own_copy(observed, true);
    return compare_equal(BY_VALUE, wanted, shown);
}

struct json_object *parts_copy(struct json_object *parts)
{
    return own_copy(parts, false);
}
