#include "state.h"

#include "base/armid.h"
#include "base/iso8601.h"
#include "key.h"
#include "throttle.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- the clock ------------------------------------------------------------------------------- */

int64_t state_now_ms(const struct sim *sim)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return ((int64_t)now.tv_sec + sim->shift_s) * 1000 + now.tv_nsec / 1000000;
}

int64_t sim_now_s(const struct sim *sim)
{
    return state_now_ms(sim) / 1000;
}

void sim_shift_clock(struct sim *sim, int64_t seconds)
{
    sim->shift_s += seconds;
}

char *state_time(int64_t time_ms, bool fraction)
{
    char text[ISO8601_TIME_SIZE];
    iso8601_format_time(time_ms / 1000, text);
    if (!fraction)
        return mem_text(text);
    text[strlen(text) - 1] = '\0';
    return mem_format("%s.%03d0000Z", text, (int)(time_ms % 1000));
}

/* ---- tables ---------------------------------------------------------------------------------- */

#define NAME_MAX_BYTES 1024

/* The name in lower case, in the caller's buffer where it fits. */
static char *fold(const char *name, char buffer[NAME_MAX_BYTES])
{
    size_t length = strlen(name), i = 0;
    char *folded = length < NAME_MAX_BYTES ? buffer : mem_new(length + 1, 1);
    for (; i < length; i++)
        folded[i] = (char)tolower((unsigned char)name[i]);
    folded[i] = '\0';
    return folded;
}

void *table_find(struct lh_table *table, const char *name)
{
    char buffer[NAME_MAX_BYTES];
    char *folded = fold(name, buffer);
    void *value = NULL;
    if (!lh_table_lookup_ex(table, folded, &value))
        value = NULL;
    if (folded != buffer)
        free(folded);
    return value;
}

void table_put(struct lh_table *table, const char *name, void *value)
{
    char buffer[NAME_MAX_BYTES];
    char *folded = fold(name, buffer);
    lh_table_delete(table, folded);
    if (lh_table_insert(table, folded == buffer ? mem_text(folded) : folded, value) != 0)
        abort();
}

void table_remove(struct lh_table *table, const char *name)
{
    char buffer[NAME_MAX_BYTES];
    char *folded = fold(name, buffer);
    lh_table_delete(table, folded);
    if (folded != buffer)
        free(folded);
}

/* The value goes on living, so the entry is emptied before it goes. */
void *table_take(struct lh_table *table, const char *name)
{
    char buffer[NAME_MAX_BYTES];
    char *folded = fold(name, buffer);
    struct lh_entry *entry = lh_table_lookup_entry(table, folded);
    void *value = entry ? lh_entry_v(entry) : NULL;
    if (entry) {
        lh_entry_set_val(entry, NULL);
        lh_table_delete(table, folded);
    }
    if (folded != buffer)
        free(folded);
    return value;
}

static void *entry_value(struct lh_entry *entry)
{
    free(lh_entry_k(entry));
    return lh_entry_v(entry);
}

static void free_resource(struct lh_entry *entry)
{
    resource_free(entry_value(entry));
}

static void free_key(struct lh_entry *entry)
{
    key_free(entry_value(entry));
}

static void free_plain(struct lh_entry *entry)
{
    free(entry_value(entry));
}

static void free_name(struct lh_entry *entry)
{
    free(lh_entry_k(entry));
}

static void free_token(struct lh_entry *entry)
{
    struct token *token = entry_value(entry);
    free(token->audience);
    free(token->tenant);
    free(token->object);
    free(token->client);
    free(token->claims);
    free(token);
}

static void free_operation(struct lh_entry *entry)
{
    struct operation *operation = entry_value(entry);
    free(operation->id);
    free(operation->path);
    free(operation->subscription);
    free(operation->account);
    free(operation);
}

/* ---- the things in them ---------------------------------------------------------------------- */

struct resource *resource_new(const char *id, struct json_object *body)
{
    struct resource *resource = mem_new(1, sizeof *resource);
    resource->id = mem_text(id);
    resource->body = body;
    return resource;
}

void resource_set(struct resource *resource, struct json_object *body)
{
    json_object_put(resource->body);
    resource->body = body;
}

void resource_free(struct resource *resource)
{
    if (!resource)
        return;
    free(resource->id);
    json_object_put(resource->body);
    free(resource);
}

/* clang-format off */
static const struct {
    size_t offset;
    lh_entry_free_fn *free_entry;
} tables[] = {
    {offsetof(struct sim, subscriptions),    free_resource},
    {offsetof(struct sim, groups),           free_resource},
    {offsetof(struct sim, vaults),           free_resource},
    {offsetof(struct sim, accounts),         free_resource},
    {offsetof(struct sim, grants),           free_resource},
    {offsetof(struct sim, roles),            free_resource},
    {offsetof(struct sim, others),           free_resource},
    {offsetof(struct sim, locks),            free_resource},
    {offsetof(struct sim, deleted_vaults),   free_resource},
    {offsetof(struct sim, deleted_accounts), free_resource},
    {offsetof(struct sim, vault_names),      free_name},
    {offsetof(struct sim, keys),             free_key},
    {offsetof(struct sim, tokens),           free_token},
    {offsetof(struct sim, operations),       free_operation},
    {offsetof(struct sim, principals),       free_plain},
    {offsetof(struct sim, buckets),          free_plain},
};
/* clang-format on */

static struct lh_table **table_at(struct sim *sim, size_t offset)
{
    return (struct lh_table **)(void *)((char *)sim + offset);
}

static void free_tables(struct sim *sim)
{
    for (size_t i = 0; i < COUNT(tables); i++)
        if (*table_at(sim, tables[i].offset))
            lh_table_free(*table_at(sim, tables[i].offset));
    json_object_put(sim->clients);
    json_object_put(sim->events);
    json_object_put(sim->identities);
    json_object_put(sim->arc);
    free(sim->settings.caller_address);
    free(sim->settings.claims);
}

void state_clear(struct sim *sim)
{
    free_tables(sim);
    for (size_t i = 0; i < COUNT(tables); i++)
        if (!(*table_at(sim, tables[i].offset) = lh_kchar_table_new(32, tables[i].free_entry)))
            abort();
    sim->clients = NULL;
    sim->events = NULL;
    sim->identities = NULL;
    sim->arc = NULL;
    sim->settings = (struct settings){
        .operation_ms = 1000,
        .registering_dns_ms = 1000,
        .recovering_ms = 1000,
        .principal_delay_ms = 1000,
        .token_ms = 86399 * INT64_C(1000),
        .page_size = 1000,
        .caller_address = mem_text("allowed"),
    };
    throttle_init(&sim->settings);
}

struct sim *sim_new(unsigned port)
{
    struct sim *sim = mem_new(1, sizeof *sim);
    sim->port = port;
    state_clear(sim);
    return sim;
}

void sim_free(struct sim *sim)
{
    if (!sim)
        return;
    free_tables(sim);
    json_object_put(sim->template);
    for (size_t i = 0; i < SCHEMAS; i++)
        json_object_put(sim->schemas[i]);
    json_object_put(sim->builtin_roles);
    free(sim);
}

/* ---- places ---------------------------------------------------------------------------------- */

static void place_subscription(struct sim *sim, const char *subscription)
{
    AUTO(text) char *id = mem_format("/subscriptions/%s", subscription);
    if (table_find(sim->subscriptions, id))
        return;
    struct json_object *body = json_object_new_object();
    js_put(body, "id", json_object_new_string(id));
    js_put(body, "authorizationSource", json_object_new_string("RoleBased"));
    js_put(body, "subscriptionId", json_object_new_string(subscription));
    js_put(body, "tenantId", json_object_new_string(TENANT));
    js_put(body, "displayName", json_object_new_string("azsim"));
    js_put(body, "state", json_object_new_string("Enabled"));
    table_put(sim->subscriptions, id, resource_new(id, body));
}

static void place_group(struct sim *sim, const char *subscription, const char *group)
{
    AUTO(text) char *id = mem_format("/subscriptions/%s/resourceGroups/%s", subscription, group);
    if (table_find(sim->groups, id))
        return;
    struct json_object *body = json_object_new_object();
    js_put(body, "id", json_object_new_string(id));
    js_put(body, "name", json_object_new_string(group));
    js_put(body, "type", json_object_new_string("Microsoft.Resources/resourceGroups"));
    js_put(body, "location", json_object_new_string("swedencentral"));
    js_put(body, "properties.provisioningState", json_object_new_string("Succeeded"));
    table_put(sim->groups, id, resource_new(id, body));
}

void state_place(struct sim *sim, const char *id)
{
    AUTO(text) char *subscription = armid_part(id, "subscriptions");
    AUTO(text) char *group = armid_part(id, "resourceGroups");
    if (subscription)
        place_subscription(sim, subscription);
    if (subscription && group)
        place_group(sim, subscription, group);
}

struct resource *state_vault(struct sim *sim, const char *name)
{
    return table_find(sim->vault_names, name);
}

struct lh_table *state_table(struct sim *sim, const char *id)
{
    AUTO(text) char *folded = armid_key(id);
    const char *last = strstr(folded, "/providers/"), *next;
    if (!last)
        return strstr(folded, "/resourcegroups/") ? sim->groups : sim->subscriptions;
    while ((next = strstr(last + 1, "/providers/")))
        last = next;

    static const struct {
        const char *type;
        size_t table;
    } types[] = {
        {"/providers/microsoft.keyvault/vaults/", offsetof(struct sim, vaults)},
        {"/providers/microsoft.cognitiveservices/accounts/", offsetof(struct sim, accounts)},
        {"/providers/microsoft.authorization/locks/", offsetof(struct sim, locks)},
        {"/providers/microsoft.authorization/roleassignments/", offsetof(struct sim, grants)},
        {"/providers/microsoft.authorization/roledefinitions/", offsetof(struct sim, roles)},
    };
    for (size_t i = 0; i < COUNT(types); i++) {
        size_t length = strlen(types[i].type);
        if (strncmp(last, types[i].type, length) == 0 && !strchr(last + length, '/'))
            return *table_at(sim, types[i].table);
    }
    return sim->others;
}

/* ---- trees ----------------------------------------------------------------------------------- */

static char *rehost_text(const struct sim *sim, const char *text)
{
    static const char arm[] = "https://management.azure.com", vault[] = ".vault.azure.net";
    const char *at;
    if ((at = strstr(text, arm)))
        return mem_format("%.*shttps://management.localhost:%u%s", (int)(at - text), text,
                          sim->port, at + strlen(arm));
    if ((at = strstr(text, vault)))
        return mem_format("%.*s.vault.localhost:%u%s", (int)(at - text), text, sim->port,
                          at + strlen(vault));
    return NULL;
}

/* Replaces texts in the tree itself, which is a copy of the caller's. */
static void rehost(const struct sim *sim, struct json_object *tree)
{
    if (json_object_is_type(tree, json_type_object)) {
        json_object_object_foreach(tree, name, value)
        {
            (void)name;
            rehost(sim, value);
        }
    } else if (json_object_is_type(tree, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(tree); i++)
            rehost(sim, json_object_array_get_idx(tree, i));
    } else if (json_object_is_type(tree, json_type_string)) {
        AUTO(text) char *text = rehost_text(sim, json_object_get_string(tree));
        if (text)
            json_object_set_string(tree, text);
    }
}

struct json_object *state_rehost(const struct sim *sim, struct json_object *tree)
{
    struct json_object *copy = js_copy(tree);
    rehost(sim, copy);
    return copy;
}

struct json_object *state_merge(struct json_object *tree, struct json_object *patch)
{
    if (!json_object_is_type(patch, json_type_object))
        return js_copy(patch);
    struct json_object *merged =
        json_object_is_type(tree, json_type_object) ? js_copy(tree) : json_object_new_object();
    json_object_object_foreach(patch, name, value)
    {
        const char *actual = name;
        struct json_object *old = js_member(merged, name, &actual);
        AUTO(text) char *key = mem_text(actual); /* the name may die with its member */
        if (value)
            json_object_object_add(merged, key, state_merge(old, value));
        else
            json_object_object_del(merged, key);
    }
    return merged;
}
