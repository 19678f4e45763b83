/* endpoint.c: private endpoints. No exchange with Microsoft.Network was recorded: shapes and
 * headers are those of the REST reference, the texts are beliefs; the connection that one makes at
 * its target was recorded (connection.c).
 * https://learn.microsoft.com/rest/api/virtualnetwork/private-endpoints/create-or-update */
#include "endpoint.h"

#include "account.h"
#include "base/armid.h"
#include "base/uuid.h"
#include "child.h"
#include "connection.h"
#include "operation.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TYPE "Microsoft.Network/privateEndpoints"

/* Those that are approved at once, and those that the owner of the target has to approve. */
/* clang-format off */
static const struct {
    const char *member;
    bool approved;
} kinds[] = {
    {"privateLinkServiceConnections",       true},
    {"manualPrivateLinkServiceConnections", false},
};
/* clang-format on */

/* ---- what is shown --------------------------------------------------------------------------- */

/* A connection is as its target has it; one that is not there any more has been cut. */
static void refresh_one(struct sim *sim, const struct resource *endpoint,
                        struct json_object *connection)
{
    const char *target = js_string(connection, "properties.privateLinkServiceId", "");
    struct json_object *state = connection_state(sim, target, endpoint->id);
    if (state)
        js_put(connection, "properties.privateLinkServiceConnectionState", js_copy(state));
    else
        js_put(connection, "properties.privateLinkServiceConnectionState.status",
               json_object_new_string("Disconnected"));
}

static void refresh(struct sim *sim, struct resource *endpoint)
{
    struct json_object *body = js_copy(endpoint->body);
    bool is_over = endpoint->settles_ms && endpoint->settles_ms <= state_now_ms(sim);
    for (size_t i = 0; i < COUNT(kinds); i++) {
        AUTO(text) char *path = mem_format("properties.%s", kinds[i].member);
        struct json_object *list = js_array(body, path);
        for (size_t n = 0; list && n < json_object_array_length(list); n++)
            refresh_one(sim, endpoint, json_object_array_get_idx(list, n));
    }
    if (is_over) {
        js_put(body, "properties.provisioningState", json_object_new_string("Succeeded"));
        endpoint->settles_ms = 0;
    }
    resource_set(endpoint, body);
}

struct resource *endpoint_find(struct sim *sim, const char *id)
{
    struct resource *endpoint = table_find(sim->others, id);
    if (endpoint)
        refresh(sim, endpoint);
    return endpoint;
}

void endpoint_get(struct call *call)
{
    struct resource *endpoint = endpoint_find(call->sim, call->id);
    if (endpoint)
        child_show(call, 200, endpoint->body);
    else
        child_missing(call, TYPE);
}

/* ---- what it leads to ------------------------------------------------------------------------ */

/* No endpoint leads to an account that is being written:
 * https://github.com/Azure/bicep-registry-modules/issues/5957 */
static bool target_ready(struct call *call, const char *target)
{
    struct resource *account = table_find(call->sim->accounts, target);
    if (!account)
        return true;
    account_settle(call->sim, account);
    const char *state = js_string(account->body, "properties.provisioningState", "Succeeded");
    return strcmp(state, "Succeeded") == 0 ||
           call_fail(call, 400, "AccountProvisioningStateInvalid",
                     "Call to Microsoft.CognitiveServices/accounts failed. Error message: Account "
                     "%s in state %s",
                     account->id, state);
}

/* A vault names the connection as the endpoint does, an account by the endpoint and a UUID. */
static bool connect(struct call *call, struct json_object *wanted, bool approved)
{
    const char *target = js_string(wanted, "properties.privateLinkServiceId", "");
    struct json_object *groups = js_array(wanted, "properties.groupIds");
    struct json_object *first = groups ? json_object_array_get_idx(groups, 0) : NULL;
    char uuid[UUID_SIZE];
    if (!target_ready(call, target))
        return false;
    uuid_of_name(call->id, uuid);
    AUTO(text) char *whole = mem_format("%s.%s", call->args[2], uuid);
    bool is_vault = strcasestr(target, "/Microsoft.KeyVault/") != NULL;
    const char *name = is_vault ? js_string(wanted, "name", whole) : whole;
    const char *group =
        json_object_is_type(first, json_type_string) ? json_object_get_string(first) : "";
    return connection_add(call->sim, target, call->id, name, group, approved) ||
           call_fail(call, 400, "InvalidResourceReference",
                     "Resource %s referenced by resource %s was not found, or has no group '%s'.",
                     target, call->id, group);
}

static bool connect_all(struct call *call, struct json_object *properties)
{
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct json_object *list = js_array(properties, kinds[i].member);
        for (size_t n = 0; list && n < json_object_array_length(list); n++)
            if (!connect(call, json_object_array_get_idx(list, n), kinds[i].approved))
                return false;
    }
    return true;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* The subnet's code is quoted by users: https://github.com/pulumi/registry/issues/6396. That the
 * rest cannot change either, and its code, are beliefs. */
static bool stays_as_made(struct call *call, const struct resource *old,
                          struct json_object *properties)
{
    static const char subnet[] = "subnet.id";
    struct json_object *made = js_object(old->body, "properties");
    if (!armid_same(js_string(made, subnet, ""), js_string(properties, subnet, "")))
        return call_fail(call, 400, "CannotChangeSubnetOnExistingPrivateEndpoint",
                         "Cannot change subnet on existing private endpoint %s.", call->id);
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct json_object *was = js_array(made, kinds[i].member);
        struct json_object *is = js_array(properties, kinds[i].member);
        size_t length = was ? json_object_array_length(was) : 0;
        bool is_same = length == (is ? json_object_array_length(is) : 0);
        for (size_t n = 0; is_same && n < length; n++)
            is_same = armid_same(
                js_string(json_object_array_get_idx(was, n), "properties.privateLinkServiceId", ""),
                js_string(json_object_array_get_idx(is, n), "properties.privateLinkServiceId", ""));
        if (!is_same)
            return call_fail(call, 400, "PrivateEndpointCannotBeUpdated",
                             "Cannot change what private endpoint %s leads to.", call->id);
    }
    return true;
}

/* What Azure adds to each connection. */
static void dress(struct call *call, struct json_object *properties)
{
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct json_object *list = js_array(properties, kinds[i].member);
        if (!list)
            js_put(properties, kinds[i].member, json_object_new_array());
        for (size_t n = 0; list && n < json_object_array_length(list); n++) {
            struct json_object *connection = json_object_array_get_idx(list, n);
            AUTO(text) char *own = mem_format("%s/%s", TYPE, kinds[i].member);
            AUTO(text)
            char *id = mem_format("%s/%s/%s", call->id, kinds[i].member,
                                  js_string(connection, "name", ""));
            js_put(connection, "id", json_object_new_string(id));
            js_put(connection, "type", json_object_new_string(own));
            js_put(connection, "properties.provisioningState", json_object_new_string("Succeeded"));
        }
    }
}

static void put_array(struct json_object *properties, const char *name)
{
    if (!js_array(properties, name))
        js_put(properties, name, json_object_new_array());
}

/* The names that an operator's own DNS would need: without a zone group they are all there is. */
static void put_network(struct call *call, struct json_object *properties)
{
    AUTO(text)
    char *group = mem_text_n(call->id, strlen(call->id) - strlen(strcasestr(call->id, TYPE)));
    AUTO(text)
    char *nic = mem_format("%sMicrosoft.Network/networkInterfaces/%s.nic", group, call->args[2]);
    AUTO(text) char *text = mem_format("[{'id': '%s'}]", nic);
    js_put(properties, "networkInterfaces", json_tokener_parse(text));
    put_array(properties, "customDnsConfigs");
    put_array(properties, "ipConfigurations");
    if (!js_string(properties, "customNetworkInterfaceName", NULL))
        js_put(properties, "customNetworkInterfaceName", json_object_new_string(""));
}

static struct json_object *build(struct call *call, struct json_object *sent)
{
    struct json_object *body = child_begin(call, TYPE);
    bool is_slow = call->sim->settings.operation_ms > 0;
    js_put(body, "location", js_copy(js_find(sent, "location")));
    if (js_object(sent, "tags"))
        js_put(body, "tags", js_copy(js_object(sent, "tags")));
    js_put(body, "properties", js_copy(js_object(sent, "properties")));
    js_put(body, "properties.provisioningState",
           json_object_new_string(is_slow ? "Updating" : "Succeeded"));
    dress(call, js_object(body, "properties"));
    put_network(call, js_object(body, "properties"));
    child_stamp(body);
    return body;
}

void endpoint_answer(struct call *call, int status, const char *location, struct resource *resource)
{
    int64_t wait_ms = call->sim->settings.operation_ms;
    child_show(call, status, resource->body);
    if (!wait_ms)
        return;
    resource->settles_ms = state_now_ms(call->sim) + wait_ms;
    AUTO(text) char *url = operation_start_network(call, location, resource->settles_ms);
    call_header(call, "Azure-AsyncOperation", "%s", url);
    if (wait_ms >= 1000)
        call_header(call, "Retry-After", "%d", (int)(wait_ms / 1000));
}

void endpoint_put(struct call *call)
{
    struct resource *old = endpoint_find(call->sim, call->id);
    struct json_object *sent = call_object(call), *properties = js_object(sent, "properties");
    const char *location = js_string(sent, "location", NULL);
    if (!sent)
        return;
    if (!location || !js_string(properties, "subnet.id", NULL)) {
        call_fail(call, 400, "InvalidRequestFormat",
                  "A private endpoint needs a location and the id of a subnet.");
        return;
    }
    /* One that could not be finished asks its target again. */
    bool is_made =
        old && strcmp(js_string(old->body, "properties.provisioningState", ""), "Failed") != 0;
    if ((old && !stays_as_made(call, old, properties)) ||
        (!is_made && !connect_all(call, properties)))
        return;
    struct resource *endpoint = child_store(call, build(call, sent));
    refresh(call->sim, endpoint);
    endpoint_answer(call, old ? 200 : 201, location, endpoint);
}

void endpoint_delete(struct call *call)
{
    bool there = child_find(call) != NULL;
    connections_drop(call->sim, call->id);
    children_drop(call->sim, call->id);
    call_answer(call, there ? 200 : 204, NULL);
}

/* ---- lists ----------------------------------------------------------------------------------- */

static struct json_object *take(struct call *call, struct resource *child, bool grouped)
{
    bool fits = strcasecmp(js_string(child->body, "type", ""), TYPE) == 0 &&
                call_covers(call, child->id, grouped);
    if (!fits)
        return NULL;
    refresh(call->sim, child);
    return json_object_get(child->body);
}

static struct json_object *take_of_subscription(struct call *call, struct resource *child)
{
    return take(call, child, false);
}

static struct json_object *take_of_group(struct call *call, struct resource *child)
{
    return take(call, child, true);
}

void endpoints_list(struct call *call)
{
    call_list(call, call->sim->others, take_of_subscription);
}

void endpoints_list_group(struct call *call)
{
    call_list(call, call->sim->others, take_of_group);
}
