/* resource.c: one vault, key, account of a stack: its names, its keys, its node. */
#include "model/loader.h"

#include "base/armid.h"
#include "base/js.h"
#include "model/rules.h"
#include "model/words.h"

#include <stdlib.h>
#include <string.h>

/* ARM's own members of a resource; what is read-only may be pasted. */
#define ARM_WORDS                                                                                  \
    "id", "type", "etag", "systemData", "location", "tags", "properties", "identity", "sku",       \
        "kind", "zones", "extendedLocation", "managedBy", "plan"

static const char *const arm_words[] = {ARM_WORDS, NULL};
static const char *const key_words[] = {"name", "rotation", "reenable", NULL};
static const char *const other_words[] = {"name", "subscriptionId", "resourceGroup",
                                          "roleAssignments", NULL};

static const struct naming {
    const char *word;
    bool (*rule)(const char *name);
    const char *expected;
    const char *const *words;
    bool has_home; /* may live in another group or subscription than the stack */
} namings[] = {
    {"vault", rule_vault, RULE_VAULT, other_words, true},
    {"key", rule_key, RULE_KEY, key_words, false},
    {"account", rule_account, RULE_ACCOUNT, other_words, true},
};

static const struct naming *naming_of(const char *word)
{
    size_t i = 0;
    while (strcmp(namings[i].word, word) != 0)
        i++;
    return &namings[i];
}

static bool is_word(const char *const *words, const char *key)
{
    for (; *words; words++)
        if (strcmp(*words, key) == 0)
            return true;
    return false;
}

/* The members of its ARM body: of an entry, its own alone. */
static const char *const *words_of(const struct type *type)
{
    return type->child && type->child->list ? type->child->words : arm_words;
}

/* ARM's words, those given, and the maps of what hangs under such a resource. Ended by NULL, the
 * caller frees the list. */
static const char **all_words(const struct loader *loader, const struct type *type,
                              const char *const *words)
{
    const char *const *const lists[] = {words_of(type), words};
    const char **all = mem_new(1, sizeof *all);
    size_t count = 0;
    for (size_t i = 0; i < COUNT(lists); i++)
        for (const char *const *word = lists[i]; word && *word; word++) {
            all = mem_resize(all, count + 2, sizeof *all);
            all[count++] = *word;
        }
    for (size_t i = 0; loader->types[i]; i++)
        if (type_hangs_under(loader->types[i], type->word)) {
            all = mem_resize(all, count + 2, sizeof *all);
            all[count++] = loader->types[i]->child->map;
        }
    all[count] = NULL;
    return all;
}

void resource_check_words(struct loader *loader, const struct resource *resource,
                          const char *const *words)
{
    const char **all = all_words(loader, resource->type, words);
    json_object_object_foreach(resource->object, key, value)
    {
        (void)value;
        const struct place at = place_key(&resource->place, key);
        if (is_word(all, key))
            continue;
        const char *nearest = words_nearest(key, all);
        if (nearest)
            fault(&loader->faults, &at, "unknown key; did you mean \"%s\"?", nearest);
        else
            fault(&loader->faults, &at,
                  "unknown key, expected a member of the resource in Resource Manager (tags, "
                  "properties, ...) or one of cmkd's own words");
    }
    free(all);
}

const char *resource_home(struct loader *loader, const struct place *place,
                          struct json_object *object, struct json_object *stack_object,
                          const char *key, bool (*rule)(const char *), const char *expected)
{
    struct json_object *own =
        object ? words_get(&loader->faults, place, object, key, json_type_string) : NULL;
    const char *text = own ? json_object_get_string(own) : NULL;
    const struct place at = place_key(place, key);
    if (text && rule(text))
        return text;
    if (text) {
        fault(&loader->faults, &at, "\"%s\" is not valid, expected %s", text, expected);
        return NULL;
    }
    const char *inherited = js_string(stack_object, key, NULL);
    return inherited && rule(inherited) ? inherited : NULL; /* reported with the stack */
}

void resource_name(struct loader *loader, struct resource *resource, const struct place *stack,
                   struct json_object *stack_object, const char *word)
{
    const struct naming *naming = naming_of(word);
    struct json_object *object = NULL;
    resource->type = loader_type(loader, word);
    resource->place = place_key(stack, naming->word);
    if (!json_object_object_get_ex(stack_object, word, &object) || !object) {
        fault(&loader->faults, stack, "\"%s\" is missing, expected {\"name\": ...}", word);
        return;
    }
    resource->object = words_get(&loader->faults, stack, stack_object, word, json_type_object);
    if (!resource->object)
        return;
    resource_check_words(loader, resource, naming->words);
    const char *name =
        words_need(&loader->faults, &resource->place, resource->object, "name", naming->expected);
    if (name && naming->rule(name)) {
        resource->name = name;
    } else if (name) {
        const struct place at = place_key(&resource->place, "name");
        fault(&loader->faults, &at, "\"%s\" is not a name for it, expected %s", name,
              naming->expected);
    }
    struct json_object *own = naming->has_home ? resource->object : NULL;
    resource->subscription_id = resource_home(loader, &resource->place, own, stack_object,
                                              "subscriptionId", rule_guid, RULE_GUID);
    resource->resource_group = resource_home(loader, &resource->place, own, stack_object,
                                             "resourceGroup", rule_group, RULE_GROUP);
}

/* ---- its node ------------------------------------------------------------------------------ */

/* What many nodes say is in memory once. */
static const char *name_of(struct intern *names, const char *text)
{
    return text ? intern_text(names, text) : NULL;
}

struct node *resource_node(struct loader *loader, const struct resource *resource, char *id,
                           const struct facts *facts)
{
    struct node *node = mem_new(1, sizeof *node);
    node->type = resource->type;
    node->id = id;
    node->key = armid_key(id);
    node->name = mem_text(resource->name);
    struct intern *names = &loader->build.intern;
    node->subscription_id = name_of(names, resource->subscription_id);
    node->resource_group = name_of(names, resource->resource_group);
    node->location = name_of(names, facts->location);
    node->source = place_text(&resource->place);
    node->mode = facts->mode;

    const struct base *base = loader_base(loader, resource->type);
    struct facts here = *facts;
    here.subscription_id = resource->subscription_id;
    struct body body = {.loader = loader,
                        .type = resource->type,
                        .base = base,
                        .facts = &here,
                        .errors_before = loader->faults.n_errors};
    if (resource->object) {
        json_object_object_foreach(resource->object, key, value)
        {
            const struct place at = place_key(&resource->place, key);
            if (is_word(words_of(resource->type), key))
                body_read(&body, &at, key, value);
        }
    }
    body_merge(&body, &resource->place);
    node->wants = mem_resize(body.wants, body.count + 1, sizeof *body.wants);
    node->n_wants = body.count;
    node->create = baseline_create(loader, base, &here);
    return node;
}

/* ---- what a key has besides ---------------------------------------------------------------- */

static void read_rotation(struct loader *loader, const struct place *place,
                          struct json_object *object, struct rotation *rotation)
{
    static const char *const keys[] = {"every", "beforeExpiry", "expireAfter", "retireAfter", NULL};
    struct faults *faults = &loader->faults;
    words_check(faults, place, object, keys);
    rotation->is_declared = true;
    rotation->has_every =
        settings_duration(faults, place, object, "every", "P7D", "P10Y", &rotation->every);
    rotation->has_before_expiry = settings_duration(faults, place, object, "beforeExpiry", "P1D",
                                                    "P10Y", &rotation->before_expiry);
    rotation->has_expire_after = settings_duration(faults, place, object, "expireAfter", "P8D",
                                                   "P10Y", &rotation->expire_after);
    rotation->has_retire_after = settings_duration(faults, place, object, "retireAfter", "P1D",
                                                   "P10Y", &rotation->retire_after);

    if (!json_object_object_length(object))
        fault(faults, place, "says nothing, expected at least \"every\", such as \"P90D\"");
    if (!rotation->has_expire_after)
        return;
    const struct place at = place_key(place, "expireAfter");
    int64_t life_s = iso8601_nominal_s(rotation->expire_after);
    if (rotation->has_before_expiry && iso8601_nominal_s(rotation->before_expiry) >= life_s)
        fault(faults, &at,
              "is not longer than \"beforeExpiry\": a new version would be due at "
              "once, for ever");
    else if (!rotation->has_before_expiry && rotation->has_every &&
             iso8601_nominal_s(rotation->every) >= life_s)
        fault(faults, &at,
              "is not longer than \"every\": the key would expire before it is "
              "rotated");
}

void resource_rotation(struct loader *loader, const struct resource *key, struct node *node)
{
    struct json_object *value =
        words_get(&loader->faults, &key->place, key->object, "reenable", json_type_boolean);
    node->reenable = value && json_object_get_boolean(value);
    value = words_get(&loader->faults, &key->place, key->object, "rotation", json_type_object);
    const struct place place = place_key(&key->place, "rotation");
    if (!value)
        return;
    read_rotation(loader, &place, value, &node->rotation);
}
