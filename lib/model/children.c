/* children.c: what hangs under a vault, an account, or what hangs there itself: maps of the
 * configuration, from name to ARM body. */
#include "model/stack.h"

#include "base/js.h"
#include "model/rules.h"
#include "model/words.h"

#include <string.h>

/* What things hang under. */
struct holder {
    const struct resource *resource;
    struct node *node; /* NULL: it is wrong */
    const char *path;  /* for exemptions */
};

static void read_maps(struct reading *reading, const struct holder *holder);

/* "privateDnsZoneGroups" of "Microsoft.Network/privateEndpoints/privateDnsZoneGroups". */
static const char *last_word(const char *arm_type)
{
    return strrchr(arm_type, '/') + 1;
}

static char *id_of(const struct resource *resource, const struct node *parent)
{
    const struct type *type = resource->type;
    const char *above = parent ? parent->id : "";
    if (type->child->list)
        return type_part_id(type, above, resource->object);
    if (type->child->is_apart)
        return mem_format("/subscriptions/%s/resourceGroups/%s/providers/%s/%s",
                          resource->subscription_id ? resource->subscription_id : "",
                          resource->resource_group ? resource->resource_group : "", type->arm_type,
                          resource->name);
    if (type->child->is_extension)
        return mem_format("%s/providers/%s/%s", above, type->arm_type, resource->name);
    return mem_format("%s/%s/%s", above, last_word(type->arm_type), resource->name);
}

/* What is apart may have a home of its own; all else is at home with its parent. */
static void find_home(struct reading *reading, struct resource *resource,
                      const struct holder *holder)
{
    struct loader *loader = reading->loader;
    resource->subscription_id = holder->resource->subscription_id;
    resource->resource_group = holder->resource->resource_group;
    if (!resource->type->child->is_apart)
        return;
    resource->subscription_id =
        resource_home(loader, &resource->place, resource->object, reading->object, "subscriptionId",
                      rule_guid, RULE_GUID);
    resource->resource_group =
        resource_home(loader, &resource->place, resource->object, reading->object, "resourceGroup",
                      rule_group, RULE_GROUP);
}

/* What an element of a list is told apart by is as it must be, or reported. */
static bool check_parts(struct faults *faults, const struct resource *resource)
{
    const struct child *child = resource->type->child;
    bool is_good = true;
    for (size_t i = 0; child->list && child->parts[i]; i++) {
        const char *text =
            i ? js_string(resource->object, child->parts[i], NULL)
              : words_need(faults, &resource->place, resource->object, child->parts[i], RULE_GUID);
        const struct place at = place_key(&resource->place, child->parts[i]);
        if (text && !rule_guid(text))
            is_good = fault(faults, &at, "\"%s\" is not valid, expected " RULE_GUID, text);
        else
            is_good = is_good && (text || i);
    }
    return is_good;
}

static void read_one(struct reading *reading, const struct holder *holder, const struct type *type,
                     const struct place *place, const char *name, struct json_object *object)
{
    static const char *const words[] = {"name", NULL};
    static const char *const words_apart[] = {"name", "subscriptionId", "resourceGroup", NULL};
    struct faults *faults = &reading->loader->faults;
    if (!json_object_is_type(object, json_type_object)) {
        fault(faults, place, "is %s, expected the resource as Resource Manager shows it",
              words_type(json_object_get_type(object)));
        return;
    }
    struct resource resource = {.type = type, .object = object, .place = *place, .name = name};
    bool is_named = type->child->is_name(name);
    if (!is_named)
        fault(faults, place, "\"%s\" is not a name for it, expected %s", name,
              type->child->expected);
    resource_check_words(reading->loader, &resource, type->child->is_apart ? words_apart : words);
    is_named = check_parts(faults, &resource) && is_named;
    find_home(reading, &resource, holder);

    struct node *node =
        resource_node(reading->loader, &resource, id_of(&resource, holder->node), &reading->facts);
    node->parent = holder->node;
    AUTO(text) char *doubt = node->parent && type->child->doubt ? type->child->doubt(node) : NULL;
    if (doubt)
        fault_warn(faults, place, "%s", doubt);
    bool is_good = is_named && holder->node && resource.subscription_id && resource.resource_group;
    AUTO(text) char *map = js_join(holder->path, type->child->map);
    AUTO(text) char *path = js_join(map, name);
    node = stack_keep(reading, place, is_good, node, path);
    const struct holder here = {&resource, node, path};
    read_maps(reading, &here);
}

static void read_map(struct reading *reading, const struct holder *holder, const struct type *type)
{
    const struct resource *above = holder->resource;
    struct json_object *map = words_get(&reading->loader->faults, &above->place, above->object,
                                        type->child->map, json_type_object);
    const struct place place = place_key(&above->place, type->child->map);
    if (!map)
        return;
    size_t count = 0;
    json_object_object_foreach(map, name, object)
    {
        const struct place at = place_key(&place, name);
        if (count++ && type->child->is_single)
            fault(&reading->loader->faults, &at,
                  "is one too many: Azure has room for one %s under "
                  "a %s",
                  type->word, above->type->word);
        read_one(reading, holder, type, &at, name, object);
    }
}

static void read_maps(struct reading *reading, const struct holder *holder)
{
    const struct type *const *types = reading->loader->types;
    for (size_t i = 0; types[i]; i++)
        if (type_hangs_under(types[i], holder->resource->type->word))
            read_map(reading, holder, types[i]);
}

void children_read(struct reading *reading)
{
    const struct holder holders[] = {
        {&reading->vault, reading->vault_node, "vault"},
        {&reading->account, reading->account_node, "account"},
    };
    for (size_t i = 0; i < COUNT(holders); i++)
        if (holders[i].resource->object)
            read_maps(reading, &holders[i]);
}
