/* zone_group.c: zone groups of private endpoints. No exchange about them was recorded: shapes are
 * those of the REST reference, codes and most texts are beliefs.
 * https://learn.microsoft.com/rest/api/virtualnetwork/private-dns-zone-groups/create-or-update */
#include "zone_group.h"

#include "base/armid.h"
#include "child.h"
#include "endpoint.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TYPE "Microsoft.Network/privateEndpoints/privateDnsZoneGroups"
#define CONFIGS "properties.privateDnsZoneConfigs"

static struct resource *find_endpoint(struct call *call)
{
    AUTO(text)
    char *id = mem_format("/subscriptions/%s/resourceGroups/%s/providers/Microsoft.Network/"
                          "privateEndpoints/%s",
                          call->args[0], call->args[1], call->args[2]);
    struct resource *endpoint =
        child_parent(call, call->sim->others, id, "privateEndpoints/privateDnsZoneGroups");
    return endpoint ? endpoint_find(call->sim, id) : NULL;
}

static void settle(struct sim *sim, struct resource *group)
{
    if (!group->settles_ms || group->settles_ms > state_now_ms(sim))
        return;
    struct json_object *body = js_copy(group->body);
    js_put(body, "properties.provisioningState", json_object_new_string("Succeeded"));
    resource_set(group, body);
    group->settles_ms = 0;
}

void zone_group_get(struct call *call)
{
    struct resource *endpoint = find_endpoint(call);
    struct resource *group = endpoint ? child_find(call) : NULL;
    if (group) {
        settle(call->sim, group);
        child_show(call, 200, group->body);
    } else if (endpoint) {
        call_fail(call, 404, "NotFound", "Resource %s not found.", call->id);
    }
}

/* The text is quoted by users: https://github.com/pulumi/pulumi-azure-native/issues/2179 */
static bool is_only_one(struct call *call, const struct resource *endpoint)
{
    for (struct lh_entry *at = lh_table_head(call->sim->others); at; at = lh_entry_next(at)) {
        const struct resource *other = lh_entry_v(at);
        if (armid_within(other->id, endpoint->id) && !armid_same(other->id, endpoint->id) &&
            !armid_same(other->id, call->id))
            return call_fail(call, 400,
                             "MoreThanOnePrivateDnsZoneGroupPerPrivateEndpointNotAllowed",
                             "Cannot create more than one private dns zone groups in the private "
                             "endpoint %s.",
                             endpoint->id);
    }
    return true;
}

/* The code of two of one name is quoted by users, as a detail:
 * https://github.com/hashicorp/terraform-provider-azurerm/issues/28966 */
static bool configs_valid(struct call *call, struct json_object *configs)
{
    for (size_t i = 0; configs && i < json_object_array_length(configs); i++) {
        struct json_object *config = json_object_array_get_idx(configs, i);
        const char *name = js_string(config, "name", "");
        const char *zone = js_string(config, "properties.privateDnsZoneId", "");
        bool is_good = *name && strcasestr(zone, "/Microsoft.Network/privateDnsZones/");
        for (size_t n = 0; n < i; n++)
            is_good &=
                strcasecmp(name, js_string(json_object_array_get_idx(configs, n), "name", "")) != 0;
        if (!is_good)
            return call_fail(call, 400, "InvalidRequestFormat", "Cannot parse the request.");
    }
    return true;
}

/* As the network's other resources are. */
static bool is_idle(struct call *call, const struct resource *endpoint)
{
    return strcmp(js_string(endpoint->body, "properties.provisioningState", ""), "Updating") != 0 ||
           call_fail(call, 409, "AnotherOperationInProgress",
                     "Another operation on this or dependent resource is in progress.");
}

/* One record each, by the name of what the endpoint leads to. */
static void dress(struct call *call, const struct resource *endpoint, struct json_object *config)
{
    const char *zone = armid_name(js_string(config, "properties.privateDnsZoneId", ""));
    struct json_object *connections =
        js_array(endpoint->body, "properties.privateLinkServiceConnections");
    const char *target = connections && json_object_array_length(connections)
                             ? armid_name(js_string(json_object_array_get_idx(connections, 0),
                                                    "properties.privateLinkServiceId", ""))
                             : endpoint->id;
    AUTO(text)
    char *id = mem_format("%s/privateDnsZoneConfigs/%s", call->id, js_string(config, "name", ""));
    AUTO(text)
    char *records = mem_format("[{'recordType': 'A', 'recordSetName': '%s', 'fqdn': '%s.%s', "
                               "'ttl': 10, 'ipAddresses': ['10.0.0.4'], 'provisioningState': "
                               "'Succeeded'}]",
                               target, target, zone);
    js_put(config, "id", json_object_new_string(id));
    js_put(config, "type", json_object_new_string(TYPE "/privateDnsZoneConfigs"));
    js_put(config, "properties.provisioningState", json_object_new_string("Succeeded"));
    js_put(config, "properties.recordSets", json_tokener_parse(records));
}

void zone_group_put(struct call *call)
{
    struct resource *endpoint = find_endpoint(call), *old = child_find(call);
    struct json_object *sent = endpoint ? call_object(call) : NULL;
    if (!sent || !is_idle(call, endpoint) || !is_only_one(call, endpoint) ||
        !configs_valid(call, js_array(sent, CONFIGS)))
        return;
    struct json_object *body = child_begin(call, TYPE);
    struct json_object *configs = js_copy(js_array(sent, CONFIGS));
    bool is_slow = call->sim->settings.operation_ms > 0;
    for (size_t i = 0; configs && i < json_object_array_length(configs); i++)
        dress(call, endpoint, json_object_array_get_idx(configs, i));
    js_put(body, "properties.provisioningState",
           json_object_new_string(is_slow ? "Updating" : "Succeeded"));
    js_put(body, CONFIGS, configs ? configs : json_object_new_array());
    child_stamp(body);
    endpoint_answer(call, old ? 200 : 201, js_string(endpoint->body, "location", ""),
                    child_store(call, body));
}

void zone_group_delete(struct call *call)
{
    if (find_endpoint(call))
        child_delete(call);
}

static struct json_object *take(struct call *call, struct resource *child)
{
    settle(call->sim, child);
    return child_take(call, child);
}

void zone_groups_list(struct call *call)
{
    if (find_endpoint(call))
        call_list(call, call->sim->others, take);
}
