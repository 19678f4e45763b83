/* private_endpoint.c: Microsoft.Network/privateEndpoints, an address in a virtual network by which
 * a vault or an account is reached. It lives apart from what it leads to, often in the group of the
 * network.
 *
 * REST: Private Endpoints, operations Get, Create Or Update. There is no Update.
 * https://learn.microsoft.com/rest/api/virtualnetwork/private-endpoints
 * What it leads to, and the subnet (CannotChangeSubnetOnExistingPrivateEndpoint), are fixed when it
 * is made. */
#include "types/registry.h"

#include "base/mem.h"
#include "model/finding.h"
#include "model/parts.h"
#include "model/rules.h"
#include "types/controls.h"
#include "types/parent.h"

#include <string.h>

#define LINKS "properties.privateLinkServiceConnections"
#define MANUAL_LINKS "properties.manualPrivateLinkServiceConnections"
#define SUBNET "properties.subnet.id"

/* clang-format off */
static const struct field fields[] = {
    /* path                                   compare      mutability strength severity absent  control, why */
    {"location",                              BY_LOCATION, ONCE,      FREE,     LOW,    NULL,   NULL, NULL},
    {SUBNET,                                  BY_ID,       ONCE,      FREE,     HIGH,   NULL,   CONTROL_PRIVATE_LINK,
     "who reaches that subnet reaches what the endpoint leads to"},
    {LINKS,                                   BY_PARTS,    ONCE,      FREE,     HIGH,   "[]",   CONTROL_PRIVATE_LINK,
     "an endpoint that leads elsewhere leaves its clients on the public way, or on none"},
    {MANUAL_LINKS,                            BY_PARTS,    ONCE,      FREE,     HIGH,   "[]",   CONTROL_PRIVATE_LINK,
     "the same, asked of an owner who has to approve"},
    {"properties.applicationSecurityGroups",  BY_ID_SET,   PATCH,     FREE,     MEDIUM, "[]",   NULL,
     "the network's rules about the endpoint go by them"},
    {"properties.customNetworkInterfaceName", BY_NAME,     ONCE,      FREE,     LOW,    "\"\"", NULL, NULL},
    {"properties.ipConfigurations",           BY_PARTS,    ONCE,      FREE,     LOW,    "[]",   NULL, NULL},
    {"properties.customDnsConfigs",           BY_VALUE,    READ_ONLY, FREE,     LOW,    NULL,   NULL, NULL},
    {"properties.networkInterfaces",          BY_VALUE,    READ_ONLY, FREE,     LOW,    NULL,   NULL, NULL},
};
/* clang-format on */

static const char *const under[] = {"vault", "account", NULL};
static const struct child child = {.map = "privateEndpoints",
                                   .under = under,
                                   .is_name = rule_network,
                                   .expected = RULE_NETWORK,
                                   .is_apart = true};

static const char *const not_found[] = {"ResourceNotFound", NULL};
static const char *const facts[] = {"location", "extendedLocation", "tags", "properties", NULL};

/* ---- what it leads to ----------------------------------------------------------------------- */

/* What the vault or the account calls the way in. */
static const char *group_of(const struct node *parent)
{
    return strcmp(parent->type->word, "vault") == 0 ? "vault" : "account";
}

/* Made by hand or by another tool, the connection has a name of its own, and asking the owner is as
 * good a way as any. */
static struct json_object *connections(const struct neighbours *near)
{
    const struct node *node = near->self.node;
    struct json_object *body = seen_body(&near->self), *list = json_object_new_array();
    struct json_object *shown = js_array(body, LINKS), *asked = js_array(body, MANUAL_LINKS);
    if (node_want(node, MANUAL_LINKS) || (asked && json_object_array_length(asked)))
        return list;
    struct json_object *first =
        shown && json_object_array_length(shown) ? json_object_array_get_idx(shown, 0) : NULL;
    struct json_object *connection = json_object_new_object(), *groups = json_object_new_array();
    json_object_array_add(groups, json_object_new_string(group_of(node->parent)));
    js_put(connection, "name", json_object_new_string(js_string(first, "name", node->name)));
    js_put(connection, "properties.privateLinkServiceId", json_object_new_string(node->parent->id));
    js_put(connection, "properties.groupIds", groups);
    json_object_array_add(list, connection);
    return list;
}

static struct json_object *derive(const struct neighbours *near, const char *path,
                                  struct json_object *declared, const char **unknown)
{
    (void)path, (void)unknown;
    return strcmp(js_string(declared, "", ""), "${connections}") == 0 ? connections(near)
                                                                      : json_object_get(declared);
}

/* ---- what stands in the way ----------------------------------------------------------------- */

/* An endpoint that is made while the account is still being made fails for good.
 * https://github.com/Azure/bicep-registry-modules/issues/5957 */
static void obstruct(const struct neighbours *near, const struct finding *finding, int64_t now_s,
                     struct obstacles *obstacles)
{
    (void)now_s;
    if (finding->need != NEED_CREATION)
        return;
    if (!node_want(near->self.node, SUBNET))
        obstacles->impossible = "no private endpoint is made without a subnet: declare "
                                "properties.subnet.id";
    if (!seen_is(&near->parent, SIGHT_PRESENT))
        obstacles->waiting = "what it leads to has settled";
}

/* ---- what is sent --------------------------------------------------------------------------- */

/* The state of a connection is the owner's to say. */
static void tidy(struct json_object *body)
{
    static const char *const paths[] = {LINKS, MANUAL_LINKS, "properties.ipConfigurations"};
    for (size_t i = 0; i < COUNT(paths); i++)
        if (js_array(body, paths[i]))
            js_put(body, paths[i], parts_copy(js_array(body, paths[i])));
}

const struct type type_private_endpoint = {
    .arm_type = "Microsoft.Network/privateEndpoints",
    .word = "privateEndpoint",
    .api_version = "2024-05-01",
    .child = &child,
    .fields = fields,
    .n_fields = COUNT(fields),
    .not_found = not_found,
    .facts = facts,
    .refusals = parent_network_refusals,
    .is_replaced = true,
    .missing = parent_missing,
    .derive = derive,
    .obstruct = obstruct,
    .tidy = tidy,
};
