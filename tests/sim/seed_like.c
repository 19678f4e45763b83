/* seed_like.c: resources of a seed that are like another, so that tens of thousands fit into a file
 * and into memory. */
#include "seed.h"

#include <string.h>

/* What Azure works out for an account and no request changes: nine tenths of it, and the same in
 * all that are alike. These trees are never written, so that all may hold one. */
static const char *const worked_out[] = {"callRateLimit", "capabilities", "endpoints"};

static bool is_worked_out(const char *name)
{
    for (size_t i = 0; i < COUNT(worked_out); i++)
        if (strcmp(worked_out[i], name) == 0)
            return true;
    return false;
}

/* All of a body but what makes it this resource, and what is worked out. */
static struct json_object *copy_rest(struct json_object *model)
{
    struct json_object *copy = json_object_new_object();
    json_object_object_foreach(model, name, value)
    {
        if (strcmp(name, "id") == 0 || strcmp(name, "name") == 0)
            continue;
        if (strcmp(name, "properties") != 0 || !json_object_is_type(value, json_type_object)) {
            json_object_object_add(copy, name, js_copy(value));
            continue;
        }
        struct json_object *properties = json_object_new_object();
        json_object_object_add(copy, name, properties);
        json_object_object_foreach(value, property, held)
        {
            if (!is_worked_out(property))
                json_object_object_add(properties, property, js_copy(held));
        }
    }
    return copy;
}

struct json_object *seed_like(struct json_object *model, struct json_object *patch)
{
    AUTO(json) struct json_object *rest = copy_rest(model);
    struct json_object *body = state_merge(rest, patch);
    struct json_object *properties = js_object(body, "properties");
    struct json_object *from = js_object(model, "properties"), *value = NULL;
    json_object_object_del(body, "@like");
    for (size_t i = 0; properties && from && i < COUNT(worked_out); i++)
        if (!json_object_object_get_ex(properties, worked_out[i], NULL) &&
            json_object_object_get_ex(from, worked_out[i], &value))
            json_object_object_add(properties, worked_out[i], json_object_get(value));
    return body;
}
