#include "reconcile/switching.h"

#include "types/versions.h"

#include <stdlib.h>
#include <strings.h>

#define UNDER_WAY_S 60

static bool is_recorded(const struct order *order, const char *id)
{
    size_t count = order->versions ? json_object_array_length(order->versions) : 0;
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(js_string(json_object_array_get_idx(order->versions, i), "", ""), id) == 0)
            return true;
    return false;
}

static int newest_first(const void *a, const void *b)
{
    const struct version *x = a, *y = b;
    return (x->created_s < y->created_s) - (x->created_s > y->created_s);
}

/* The ids of those that wanted() is true of, newest first: it is the newest that accounts name. */
static struct json_object *pick(const struct order *order, struct json_object *list,
                                bool (*wanted)(const struct order *order,
                                               const struct version *version))
{
    struct json_object *ids = json_object_new_array();
    size_t length = list ? json_object_array_length(list) : 0, count = 0;
    struct version *versions = mem_new(length + 1, sizeof *versions);
    for (size_t i = 0; i < length; i++)
        if (version_read(json_object_array_get_idx(list, i), &versions[count]) &&
            wanted(order, &versions[count]))
            count++;
    qsort(versions, count, sizeof *versions, newest_first);
    for (size_t i = 0; i < count; i++)
        json_object_array_add(ids, json_object_new_string(versions[i].id));
    free(versions);
    return ids;
}

static bool is_enabled(const struct order *order, const struct version *version)
{
    (void)order;
    return version->is_enabled;
}

static bool is_not_as_ordered(const struct order *order, const struct version *version)
{
    return order->restore_by ? !version->is_enabled && is_recorded(order, version->id)
                             : version->is_enabled;
}

static bool is_new_to_record(const struct order *order, const struct version *version)
{
    bool is_open = !order->revoked_s || version->created_s <= order->since_s + UNDER_WAY_S;
    return is_open && version->is_enabled && !is_recorded(order, version->id);
}

static bool is_left(const struct order *order, const struct version *version)
{
    return !version->is_enabled && !is_recorded(order, version->id);
}

struct json_object *switching_todo(const struct order *order, struct json_object *list)
{
    return pick(order, list, is_not_as_ordered);
}

struct json_object *switching_left(const struct order *order, struct json_object *list)
{
    return pick(order, list, is_left);
}

struct json_object *switching_enabled(struct json_object *list)
{
    return list ? pick(NULL, list, is_enabled) : NULL;
}

bool switching_record(struct order *order, struct json_object *list)
{
    if (order->restore_by)
        return false;
    AUTO(json) struct json_object *more = pick(order, list, is_new_to_record);
    size_t count = json_object_array_length(more);
    if (order->versions && !count)
        return false;
    struct json_object *record =
        order->versions ? js_copy(order->versions) : json_object_new_array();
    for (size_t i = 0; i < count; i++)
        json_object_array_add(record, json_object_get(json_object_array_get_idx(more, i)));
    json_object_put(order->versions);
    order->versions = record;
    return true;
}
