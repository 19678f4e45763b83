/* endpoint.c: private endpoints. No exchange with Microsoft.Network was recorded: that writes are
 * synchronous here, and the texts, are beliefs; the connection that one makes at its target was
 * recorded (connection.c). */
#include "endpoint.h"

#include "account.h"
#include "base/armid.h"
#include "base/uuid.h"
#include "child.h"
#include "connection.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TYPE "Microsoft.Network/privateEndpoints"

/* Those that the owner of the target has to approve, and those that are approved at once. */
/* clang-format off */
static const struct {
    const char *member;
    bool approved;
} kinds[] = {
    {"privateLinkServiceConnections",       true},
    {"manualPrivateLinkServiceConnections", false},
};
/* clang-format on */

void endpoint_get(struct call *call)
{
    struct resource *endpoint = child_find(call);
    if (endpoint)
        child_show(call, 200, endpoint->body);
    else
        child_missing(call, TYPE);
}

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

void endpoint_put(struct call *call)
{
    struct resource *old = child_find(call);
    struct json_object *sent = call_object(call), *properties = js_object(sent, "properties");
    if (!sent)
        return;
    if (!js_string(sent, "location", NULL) || !js_string(properties, "subnet.id", NULL)) {
        call_fail(call, 400, "InvalidRequestFormat",
                  "A private endpoint needs a location and the id of a subnet.");
        return;
    }
    if (!old && !connect_all(call, properties))
        return;
    struct json_object *body = child_begin(call, TYPE);
    js_put(body, "location", js_copy(js_find(sent, "location")));
    if (js_object(sent, "tags"))
        js_put(body, "tags", js_copy(js_object(sent, "tags")));
    js_put(body, "properties", js_copy(properties));
    js_put(body, "properties.provisioningState", json_object_new_string("Succeeded"));
    child_stamp(body);
    child_show(call, old ? 200 : 201, child_store(call, body)->body);
}

void endpoint_delete(struct call *call)
{
    connections_drop(call->sim, call->id);
    child_delete(call);
}

static struct json_object *take(struct call *call, struct resource *child, bool grouped)
{
    bool fits = strcasecmp(js_string(child->body, "type", ""), TYPE) == 0 &&
                call_covers(call, child->id, grouped);
    return fits ? json_object_get(child->body) : NULL;
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
