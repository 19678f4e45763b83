/* connection.c: a vault's connections are written in an operation whose URL is the connection
 * itself; an account's at once. The parent shows them all.
 * OBSERVED 1.6 and 2.1; traffic/kv-private-endpoint-connections-2023-07-01,
 * traffic/cs-private-endpoint-connections. */
#include "connection.h"

#include "account.h"
#include "base/armid.h"
#include "base/uuid.h"
#include "child.h"
#include "vault.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define OPAQUE 163 /* characters of kv-operation */

/* clang-format off */
static const struct parent_type {
    const char *type;  /* "Microsoft.KeyVault/vaults" */
    const char *child; /* as the 404 of a missing parent has it */
    const char *group, *zone;
    size_t table;
    bool is_account; /* synchronous; whole names, group ids and quoted ETags are shown */
} types[] = {
    {"Microsoft.KeyVault/vaults", "vaults/privateEndpointConnections", "vault",
     "privatelink.vaultcore.azure.net", offsetof(struct sim, vaults), false},
    {"Microsoft.CognitiveServices/accounts", "accounts/privateEndpointConnections", "account",
     "privatelink.cognitiveservices.azure.com", offsetof(struct sim, accounts), true},
};
/* clang-format on */

/* ---- the parent ------------------------------------------------------------------------------ */

static const struct parent_type *type_of(const char *id)
{
    for (size_t i = 0; i < COUNT(types); i++)
        if (strcasestr(id, types[i].type))
            return &types[i];
    return NULL;
}

static struct lh_table *table_of(struct sim *sim, const struct parent_type *type)
{
    return *(struct lh_table **)(void *)((char *)sim + type->table);
}

static struct resource *find_parent(struct call *call, const struct parent_type **type)
{
    *type = type_of(call->id);
    if (!*type)
        abort(); /* no route leads here but from these types */
    AUTO(text)
    char *id = mem_format("/subscriptions/%s/resourceGroups/%s/providers/%s/%s", call->args[0],
                          call->args[1], (*type)->type, call->args[2]);
    struct resource *parent = child_parent(call, table_of(call->sim, *type), id, (*type)->child);
    if (parent && (*type)->is_account)
        account_settle(call->sim, parent);
    else if (parent)
        vault_settle(call->sim, parent);
    return parent;
}

static bool is_below(const struct resource *child, const char *parent_id)
{
    static const char part[] = "/privateEndpointConnections/";
    return armid_within(child->id, parent_id) &&
           strncasecmp(child->id + strlen(parent_id), part, strlen(part)) == 0;
}

/* What a parent shows of a connection: the vault no name, the account no state. */
static struct json_object *summary(const struct parent_type *type, struct json_object *body)
{
    static const char *const of_vault[] = {"id", "properties"};
    static const char *const of_account[] = {"id", "name", "type", "properties"};
    const char *const *names = type->is_account ? of_account : of_vault;
    size_t count = type->is_account ? COUNT(of_account) : COUNT(of_vault);
    struct json_object *shown = json_object_new_object();
    for (size_t i = 0; i < count; i++)
        js_put(shown, names[i], js_copy(js_find(body, names[i])));
    if (type->is_account)
        js_remove(shown, "properties.provisioningState");
    return shown;
}

/* A vault without connections does not show the member; an account shows []. */
static void show_in_parent(struct sim *sim, const struct parent_type *type, struct resource *parent)
{
    struct json_object *body = js_copy(parent->body), *shown = json_object_new_array();
    for (struct lh_entry *at = lh_table_head(sim->others); at; at = lh_entry_next(at)) {
        const struct resource *child = lh_entry_v(at);
        if (is_below(child, parent->id))
            json_object_array_add(shown, summary(type, child->body));
    }
    if (json_object_array_length(shown) || type->is_account) {
        js_put(body, "properties.privateEndpointConnections", shown);
    } else {
        json_object_put(shown);
        js_remove(body, "properties.privateEndpointConnections");
    }
    resource_set(parent, body);
}

/* ---- the body -------------------------------------------------------------------------------- */

/* On vaults 32 digits without quotes, on accounts a quoted UUID. */
static void stamp(const struct parent_type *type, struct json_object *body)
{
    char uuid[UUID_SIZE], *end = uuid;
    if (type->is_account) {
        child_stamp(body);
        return;
    }
    uuid_random(uuid);
    for (const char *from = uuid; *from; from++)
        if (*from != '-')
            *end++ = *from;
    *end = '\0';
    js_put(body, "etag", json_object_new_string(uuid));
}

/* An account says Approved where no description was sent. */
static struct json_object *build_state(const struct parent_type *type, struct json_object *sent)
{
    struct json_object *state = json_object_new_object();
    const char *status = js_string(sent, "status", "Pending");
    const char *description = js_string(sent, "description", NULL);
    bool approved = strcasecmp(status, "Approved") == 0;
    if (!description && type->is_account && approved)
        description = "Approved";
    js_put(state, "status", json_object_new_string(status));
    if (description)
        js_put(state, "description", json_object_new_string(description));
    js_put(state, "actionsRequired",
           json_object_new_string(js_string(sent, "actionsRequired", "None")));
    return state;
}

bool connection_add(struct sim *sim, const char *target_id, const char *endpoint_id,
                    const char *connection, const char *group, bool approved)
{
    const struct parent_type *type = type_of(target_id);
    struct resource *parent = type ? table_find(table_of(sim, type), target_id) : NULL;
    if (!parent || strcasecmp(group, type->group) != 0)
        return false;

    AUTO(json) struct json_object *wanted = json_object_new_object();
    struct json_object *body = json_object_new_object(), *groups = json_object_new_array();
    AUTO(text)
    char *id = mem_format("%s/privateEndpointConnections/%s", parent->id, connection);
    AUTO(text) char *whole = mem_format("%s/%s", armid_name(parent->id), connection);
    AUTO(text) char *child_type = mem_format("%s/privateEndpointConnections", type->type);
    json_object_array_add(groups, json_object_new_string(type->group));
    js_put(body, "id", json_object_new_string(id));
    js_put(body, "name", json_object_new_string(type->is_account ? whole : connection));
    js_put(body, "type", json_object_new_string(child_type));
    if (type->is_account)
        stamp(type, body); /* a vault's has none until it is first written */
    js_put(body, "location", js_copy(js_find(parent->body, "location")));
    if (!type->is_account)
        js_put(body, "properties.provisioningState", json_object_new_string("Succeeded"));
    js_put(body, "properties.privateEndpoint.id", json_object_new_string(endpoint_id));
    if (type->is_account)
        js_put(body, "properties.groupIds", json_object_get(groups));
    js_put(wanted, "status", json_object_new_string(approved ? "Approved" : "Pending"));
    js_put(body, "properties.privateLinkServiceConnectionState", build_state(type, wanted));
    if (type->is_account)
        js_put(body, "properties.provisioningState", json_object_new_string("Succeeded"));
    json_object_put(groups);
    table_put(sim->others, id, resource_new(id, body));
    show_in_parent(sim, type, parent);
    return true;
}

struct json_object *connection_state(struct sim *sim, const char *target_id,
                                     const char *endpoint_id)
{
    for (struct lh_entry *at = lh_table_head(sim->others); at; at = lh_entry_next(at)) {
        const struct resource *child = lh_entry_v(at);
        if (is_below(child, target_id) &&
            armid_same(js_string(child->body, "properties.privateEndpoint.id", ""), endpoint_id))
            return js_object(child->body, "properties.privateLinkServiceConnectionState");
    }
    return NULL;
}

void connections_drop(struct sim *sim, const char *endpoint_id)
{
    struct lh_entry *next;
    for (struct lh_entry *at = lh_table_head(sim->others); at; at = next) {
        const struct resource *child = lh_entry_v(at);
        next = lh_entry_next(at);
        if (!armid_same(js_string(child->body, "properties.privateEndpoint.id", ""), endpoint_id))
            continue;
        AUTO(text) char *id = mem_text(child->id);
        AUTO(text) char *parent_id = armid_parent(id);
        const struct parent_type *type = type_of(id);
        struct resource *parent = type ? table_find(table_of(sim, type), parent_id) : NULL;
        table_remove(sim->others, id);
        if (parent)
            show_in_parent(sim, type, parent);
    }
}

void connections_settle(struct sim *sim, struct resource *vault)
{
    int64_t now_ms = state_now_ms(sim);
    for (struct lh_entry *at = lh_table_head(sim->others); at; at = lh_entry_next(at)) {
        struct resource *child = lh_entry_v(at);
        if (!is_below(child, vault->id) || !child->settles_ms || child->settles_ms > now_ms)
            continue;
        struct json_object *body = js_copy(child->body);
        js_put(body, "properties.provisioningState", json_object_new_string("Succeeded"));
        stamp(&types[0], body);
        resource_set(child, body);
        child->settles_ms = 0;
    }
    show_in_parent(sim, &types[0], vault);
}

/* ---- serving --------------------------------------------------------------------------------- */

/* What a connection that is not there answers, was not recorded. */
static struct resource *find(struct call *call, const struct parent_type *type)
{
    struct resource *connection = child_find(call);
    if (connection)
        return connection;
    AUTO(text)
    char *name = mem_format("%s/%s/privateEndpointConnections", type->type, call->args[2]);
    child_missing(call, name);
    return NULL;
}

static void show(struct call *call, const struct parent_type *type, struct resource *connection)
{
    if (type->is_account)
        child_show(call, 200, connection->body);
    else
        call_show(call, 200, connection->body);
}

void connection_get(struct call *call)
{
    const struct parent_type *type;
    struct resource *connection = find_parent(call, &type) ? find(call, type) : NULL;
    if (connection)
        show(call, type, connection);
}

void connections_list(struct call *call)
{
    const struct parent_type *type;
    if (find_parent(call, &type))
        call_list(call, call->sim->others, child_take);
}

static bool status_valid(struct call *call, const char *status)
{
    static const char *const known[] = {"Approved", "Rejected", "Pending", "Disconnected"};
    for (size_t i = 0; i < COUNT(known); i++)
        if (strcasecmp(known[i], status) == 0)
            return true;
    return call_fail(call, 400, "BadRequest",
                     "The status '%s' of the private endpoint connection is invalid.", status);
}

/* The operation is polled at the connection itself, which says Updating until it is over. */
static void start_operation(struct call *call, struct resource *parent, struct resource *connection)
{
    char opaque[OPAQUE + 1];
    memset(opaque, 'A', OPAQUE);
    opaque[OPAQUE] = '\0';
    connection->settles_ms = state_now_ms(call->sim) + call->sim->settings.operation_ms;
    parent->child_ms = connection->settles_ms;
    call_header(call, "Azure-AsyncOperation", "https://%s%s?api-version=%s&kv-operation=%s",
                call->request->host, call->id, call->api_version, opaque);
}

void connection_put(struct call *call)
{
    const struct parent_type *type;
    struct resource *parent = find_parent(call, &type);
    struct resource *connection = parent ? find(call, type) : NULL;
    struct json_object *sent = connection ? call_object(call) : NULL;
    struct json_object *state = js_object(sent, "properties.privateLinkServiceConnectionState");
    if (!sent || !status_valid(call, js_string(state, "status", "")) ||
        (type->is_account && !account_idle(call, parent)))
        return;

    struct json_object *body = js_copy(connection->body);
    js_put(body, "properties.privateLinkServiceConnectionState", build_state(type, state));
    js_put(body, "properties.provisioningState",
           json_object_new_string(type->is_account ? "Succeeded" : "Updating"));
    stamp(type, body);
    resource_set(connection, body);
    show(call, type, connection);
    if (!type->is_account)
        start_operation(call, parent, connection);
    show_in_parent(call->sim, type, parent);
}

/* That a vault answers as an account does is a belief. */
void connection_delete(struct call *call)
{
    const struct parent_type *type;
    struct resource *parent = find_parent(call, &type);
    if (!parent || (type->is_account && !account_idle(call, parent)))
        return;
    child_delete(call);
    show_in_parent(call->sim, type, parent);
}

void link_resources_list(struct call *call)
{
    const struct parent_type *type;
    struct resource *parent = find_parent(call, &type);
    if (!parent)
        return;
    AUTO(text) char *id = mem_format("%s/privateLinkResources/%s", parent->id, type->group);
    AUTO(text) char *own = mem_format("%s/privateLinkResources", type->type);
    AUTO(text)
    char *text = mem_format("{'value': [{'id': '%s', 'name': '%s', 'type': '%s', 'properties': "
                            "{'groupId': '%s', 'requiredMembers': ['default'], "
                            "'requiredZoneNames': ['%s']}}]}",
                            id, type->group, own, type->group, type->zone);
    call_answer(call, 200, json_tokener_parse(text));
}
