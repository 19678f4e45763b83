/* stack.c: one stack becomes nodes: vault, key, account, the grants between them, and what hangs
 * under them. */
#include "model/stack.h"

#include "base/js.h"
#include "model/compare.h"
#include "model/lifetime.h"
#include "model/rules.h"
#include "model/words.h"

#include <assert.h>
#include <stdlib.h>

static const char *const stack_words[] = {
    "subscriptionId", "resourceGroup", "location", "mode", "exemptions",
    "vault",          "key",           "account",  NULL};

static const char *need_text(struct reading *reading, const char *key, bool (*rule)(const char *),
                             const char *expected)
{
    struct faults *faults = &reading->loader->faults;
    const char *text = words_need(faults, &reading->place, reading->object, key, expected);
    if (!text || rule(text))
        return text;
    const struct place at = place_key(&reading->place, key);
    fault(faults, &at, "\"%s\" is not valid, expected %s", text, expected);
    return NULL;
}

/* ---- names --------------------------------------------------------------------------------- */

static bool rotates(struct json_object *key)
{
    struct json_object *actions = js_array(key, "properties.rotationPolicy.lifetimeActions");
    return js_find(key, "rotation.every") || js_find(key, "rotation.beforeExpiry") ||
           lifetime_find(actions, "rotate");
}

static void read_names(struct reading *reading)
{
    struct facts *facts = &reading->facts;
    facts->subscription_id = need_text(reading, "subscriptionId", rule_guid, RULE_GUID);
    (void)need_text(reading, "resourceGroup", rule_group, RULE_GROUP);
    facts->location = need_text(reading, "location", rule_location, RULE_LOCATION);
    facts->mode = settings_mode(&reading->loader->faults, &reading->place, reading->object,
                                reading->loader->mode);
    resource_name(reading->loader, &reading->vault, &reading->place, reading->object, "vault");
    resource_name(reading->loader, &reading->key, &reading->place, reading->object, "key");
    resource_name(reading->loader, &reading->account, &reading->place, reading->object, "account");
    /* A key lives where its vault does. */
    reading->key.subscription_id = reading->vault.subscription_id;
    reading->key.resource_group = reading->vault.resource_group;
    facts->vault = reading->vault.name;
    facts->key = reading->key.name;
    facts->account = reading->account.name;
    facts->rotates = rotates(reading->key.object);
}

/* ---- the three resources ------------------------------------------------------------------- */

static char *top_level_id(const struct resource *resource)
{
    assert(resource->type); /* read_names() has been there */
    return mem_format("/subscriptions/%s/resourceGroups/%s/providers/%s/%s",
                      resource->subscription_id ? resource->subscription_id : "",
                      resource->resource_group ? resource->resource_group : "",
                      resource->type->arm_type, resource->name ? resource->name : "");
}

static bool is_whole(const struct reading *reading, const struct resource *resource)
{
    return resource->name && resource->subscription_id && resource->resource_group &&
           reading->facts.location;
}

void stack_hang(struct reading *reading, const char *path, struct node *node)
{
    reading->hanging =
        mem_resize(reading->hanging, reading->n_hanging + 1, sizeof *reading->hanging);
    reading->hanging[reading->n_hanging++] = (struct hanging){mem_text(path), node};
}

struct node *stack_keep(struct reading *reading, const struct place *place, bool is_good,
                        struct node *node, const char *path)
{
    struct node *kept = NULL;
    if (is_good)
        kept = build_add(&reading->loader->build, node, reading->index, &reading->loader->faults,
                         place);
    else
        node_free(node);
    stack_hang(reading, path, kept);
    return kept;
}

static struct node *keep(struct reading *reading, const struct resource *resource, bool is_good,
                         struct node *node)
{
    return stack_keep(reading, &resource->place, is_good, node, resource->type->word);
}

static struct node *make(struct reading *reading, const struct resource *resource, char *id)
{
    return resource_node(reading->loader, resource, id, &reading->facts);
}

/* NULL where the cloud or the name is wrong, which is told elsewhere. */
static char *origin(const struct reading *reading)
{
    const struct cloud *cloud = &reading->loader->config->cloud;
    const char *name = reading->vault.name;
    return cloud->key_vault_suffix && name ? cloud_vault_origin(cloud, name) : NULL;
}

/* With outbound access restricted the account reaches its key vault only if the list names it. */
static void check_outbound(struct reading *reading, const struct node *account)
{
    static const char restricts[] = "properties.restrictOutboundNetworkAccess";
    static const char list[] = "properties.allowedFqdnList";
    const struct want *restricted = node_want(account, restricts),
                      *hosts = node_want(account, list);
    AUTO(text) char *host = node_host(reading->vault_node);
    if (!restricted || !js_bool(restricted->value, "", false) || !hosts || !host ||
        compare_has_name(hosts->value, host))
        return;
    const struct place properties = place_key(&reading->account.place, "properties");
    const struct place place = place_key(&properties, "allowedFqdnList");
    fault(&reading->loader->faults, &place,
          "lacks the host of the stack's vault: with restrictOutboundNetworkAccess the account "
          "could not reach its key; add \"%s\"",
          host);
}

static void read_resources(struct reading *reading)
{
    struct node *node;
    AUTO(text) char *vault_id = top_level_id(&reading->vault);
    bool is_good = is_whole(reading, &reading->vault);
    if (reading->vault.object) {
        node = make(reading, &reading->vault, mem_text(vault_id));
        node->origin = origin(reading);
        reading->vault_node = keep(reading, &reading->vault, is_good, node);
    }
    if (reading->key.object) {
        node = make(reading, &reading->key,
                    mem_format("%s/keys/%s", vault_id, reading->key.name ? reading->key.name : ""));
        node->vault = reading->vault_node;
        resource_rotation(reading->loader, &reading->key, node);
        is_good = reading->vault_node && reading->key.name;
        reading->key_node = keep(reading, &reading->key, is_good, node);
    }
    if (reading->account.object) {
        node = make(reading, &reading->account, top_level_id(&reading->account));
        node->vault = reading->vault_node;
        node->cmk = reading->key_node;
        check_outbound(reading, node);
        is_good = reading->key_node && is_whole(reading, &reading->account);
        reading->account_node = keep(reading, &reading->account, is_good, node);
    }
}

/* ---- the whole ----------------------------------------------------------------------------- */

void stack_read(struct loader *loader, const struct place *place, const char *name,
                struct json_object *object)
{
    if (!rule_stack(name))
        fault(&loader->faults, place, "is not a name for a stack, expected " RULE_STACK);
    if (!json_object_is_type(object, json_type_object)) {
        fault(&loader->faults, place, "is %s, expected an object",
              words_type(json_object_get_type(object)));
        return;
    }
    words_check(&loader->faults, place, object, stack_words);

    AUTO(text) char *source = place_text(place);
    struct reading reading = {.loader = loader, .place = *place, .object = object};
    reading.index = build_stack(&loader->build, name, source);
    read_names(&reading);
    read_resources(&reading);
    kind_check(&reading);
    grants_read(&reading);
    children_read(&reading);
    exempt_read(loader, place, object, reading.hanging, reading.n_hanging);
    for (size_t i = 0; i < reading.n_hanging; i++)
        free(reading.hanging[i].path);
    free(reading.hanging);

    struct stack *stack = &loader->build.stacks[reading.index];
    stack->vault = reading.vault_node;
    stack->key = reading.key_node;
    stack->account = reading.account_node;
    stack->grant = reading.grant_node;
}
