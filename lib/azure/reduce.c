#include "azure/reduce.h"

#include "base/js.h"

#include <string.h>

/* True if another path keeps all of this one. */
static bool is_covered(const char *const *keep, size_t at)
{
    for (size_t i = 0; keep[i]; i++)
        if (i != at && js_path_covers(keep[i], keep[at]) &&
            (i < at || !js_path_covers(keep[at], keep[i])))
            return true;
    return false;
}

struct json_object *reduce_body(struct json_object *body, const char *const *keep)
{
    if (!keep || !json_object_is_type(body, json_type_object))
        return body;

    struct json_object *kept = json_object_new_object();
    for (size_t i = 0; keep[i]; i++) {
        struct json_object *value = js_find(body, keep[i]);
        if (value && !is_covered(keep, i))
            js_put(kept, keep[i], json_object_get(value));
    }
    json_object_put(body);
    return kept;
}
