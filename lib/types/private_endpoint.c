/* private_endpoint.c: Microsoft.Network/privateEndpoints, an address in a virtual network by which
 * a vault or an account is reached. It lives apart from what it leads to, often in the group of the
 * network. At what it leads to it makes a connection, which has to be approved there: at once by
 * whoever may, else later. cmkd approves what is declared and nothing else.
 *
 * REST: Private Endpoints, operations Get, Create Or Update. There is no Update. Of the connection:
 * Private Endpoint Connections, operations List, Put (of vaults), Create Or Update (of accounts).
 * https://learn.microsoft.com/rest/api/virtualnetwork/private-endpoints
 * What it leads to, and the subnet (CannotChangeSubnetOnExistingPrivateEndpoint), are fixed when it
 * is made. */
#include "types/registry.h"

#include "base/armid.h"
#include "base/mem.h"
#include "model/finding.h"
#include "model/parts.h"
#include "model/rules.h"
#include "types/controls.h"
#include "types/failed.h"
#include "types/parent.h"

#include <string.h>
#include <strings.h>

#define LINKS "properties.privateLinkServiceConnections"
#define MANUAL_LINKS "properties.manualPrivateLinkServiceConnections"
#define SUBNET "properties.subnet.id"
#define STATE "properties.privateLinkServiceConnectionState"
#define STATUS STATE ".status" /* of the connection */

/* clang-format off */
static const struct field fields[] = {
    /* path                                   compare      mutability strength severity absent  control, why */
    {"location",                              BY_LOCATION, ONCE,      FREE,     LOW,    NULL,   CONTROL_RESIDENCY,
     "an endpoint lies where its network lies"},
    {SUBNET,                                  BY_ID,       ONCE,      FREE,     HIGH,   NULL,   CONTROL_PRIVATE_LINK,
     "who reaches that subnet reaches what the endpoint leads to"},
    {LINKS,                                   BY_PARTS,    ONCE,      FREE,     HIGH,   "[]",   CONTROL_PRIVATE_LINK,
     "an endpoint that leads elsewhere leaves its clients on the public way, or on none"},
    {MANUAL_LINKS,                            BY_PARTS,    ONCE,      FREE,     HIGH,   "[]",   CONTROL_PRIVATE_LINK,
     "the same, asked of an owner who has to approve"},
    {"properties.applicationSecurityGroups",  BY_ID_SET,   PATCH,     FREE,     MEDIUM, "[]",   CONTROL_PRIVATE_LINK,
     "the network's rules about the endpoint go by them"},
    {"properties.customNetworkInterfaceName", BY_NAME,     ONCE,      FREE,     LOW,    "\"\"", CONTROL_NONE,
     "what the network's people know its interface by"},
    {"properties.ipConfigurations",           BY_PARTS,    ONCE,      FREE,     LOW,    "[]",   CONTROL_NONE,
     "addresses of its own choice, which others may have written down"},
    {STATUS,                                  BY_NAME,     READ_ONLY, FREE,     HIGH,   NULL,   CONTROL_PRIVATE_LINK,
     "through a connection that is not approved nobody comes"},
    {FAILED_STATE,                            BY_NAME,     READ_ONLY, FREE,     HIGH,   NULL,   CONTROL_PRIVATE_LINK,
     "through an endpoint that Azure could not finish nobody comes: it is written again as it is"},
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

/* ---- its connection ------------------------------------------------------------------------- */

/* As the endpoint shows it: there is one. */
static struct json_object *shown_connection(const struct neighbours *near)
{
    static const char *const lists[] = {LINKS, MANUAL_LINKS};
    for (size_t i = 0; i < COUNT(lists); i++) {
        struct json_object *list = js_array(near->self.now->body, lists[i]);
        if (list && json_object_array_length(list))
            return json_object_array_get_idx(list, 0);
    }
    return NULL;
}

static const char *shown_status(const struct neighbours *near)
{
    return js_string(shown_connection(near), STATUS, "Approved");
}

static bool is_status(const struct neighbours *near, const char *status)
{
    return strcasecmp(shown_status(near), status) == 0;
}

/* As what it leads to shows it, or NULL. */
static struct json_object *find_connection(const struct neighbours *near)
{
    struct json_object *list = near->self.now->others;
    for (size_t i = 0; list && i < json_object_array_length(list); i++) {
        struct json_object *connection = json_object_array_get_idx(list, i);
        const char *id = js_string(connection, "id", "");
        const char *of = js_string(connection, "properties.privateEndpoint.id", "");
        if (armid_same(of, near->self.node->id) && armid_valid(id) &&
            armid_within(id, near->self.node->parent->id))
            return connection;
    }
    return NULL;
}

/* Asked for only while there is something to approve. */
static char *others_path(const struct neighbours *near, size_t index, int64_t now_s)
{
    const struct node *parent = near->self.node->parent;
    (void)now_s;
    if (index > 0 || !seen_is(&near->self, SIGHT_PRESENT) || !is_status(near, "Pending"))
        return NULL;
    return mem_format("%s/privateEndpointConnections?api-version=%s", parent->id,
                      parent->type->api_version);
}

static const char *const others_facts[] = {"id", "properties", NULL};
static const char *const others_must[] = {"id", NULL};

static void changes(const struct neighbours *near, int64_t now_s, struct findings *findings)
{
    (void)now_s;
    if (failed_find(near, findings) || is_status(near, "Approved"))
        return;
    AUTO(json) struct json_object *observed = json_object_new_string(shown_status(near));
    AUTO(json) struct json_object *desired = json_object_new_string("Approved");
    findings_add(findings, near, NEED_ACTION, STATUS, observed, desired)->action = ACTION_APPROVE;
}

/* ---- what stands in the way ----------------------------------------------------------------- */

static void obstruct_approval(const struct neighbours *near, struct obstacles *obstacles)
{
    if (is_status(near, "Rejected"))
        obstacles->refused = "the connection has been rejected, and cmkd approves none but those "
                             "that wait for it: approve it by hand, or declare no endpoint";
    else if (!is_status(near, "Pending"))
        obstacles->impossible = "the connection has been cut where it leads to: delete the private "
                                "endpoint, and cmkd makes it anew";
    else if (!seen_is(&near->parent, SIGHT_PRESENT))
        obstacles->waiting = "what it leads to has settled";
    else if (strcasecmp(js_string(find_connection(near), STATUS, ""), "Pending") != 0)
        obstacles->waiting = "what it leads to shows a connection of this endpoint that waits for "
                             "approval";
}

/* An endpoint that is made while the account is still being made fails for good.
 * https://github.com/Azure/bicep-registry-modules/issues/5957 */
static void obstruct(const struct neighbours *near, const struct finding *finding, int64_t now_s,
                     struct obstacles *obstacles)
{
    (void)now_s;
    if (finding->action == ACTION_APPROVE)
        obstruct_approval(near, obstacles);
    if (finding->need != NEED_CREATION && !finding->is_rewrite)
        return;
    if (finding->need == NEED_CREATION && !node_want(near->self.node, SUBNET))
        obstacles->impossible = "no private endpoint is made without a subnet: declare "
                                "properties.subnet.id";
    if (!seen_is(&near->parent, SIGHT_PRESENT))
        obstacles->waiting = "what it leads to has settled";
}

/* ---- what is sent --------------------------------------------------------------------------- */

/* An approval. What both providers were recorded to take: the connection as it is, with another
 * state. */
static void request(const struct neighbours *near, const struct finding *finding,
                    struct write *write)
{
    static const char *const kept[] = {"properties.privateEndpoint", "properties.groupIds"};
    const struct node *parent = near->self.node->parent;
    struct json_object *connection = find_connection(near);
    (void)finding;
    write->method = "PUT";
    write->path =
        mem_format("%s/privateEndpointConnections/%s?api-version=%s", parent->id,
                   armid_name(js_string(connection, "id", "")), parent->type->api_version);
    write->body = json_object_new_object();
    write->repeatable = true;
    for (size_t i = 0; i < COUNT(kept); i++)
        if (js_find(connection, kept[i]))
            js_put(write->body, kept[i], js_copy(js_find(connection, kept[i])));
    js_put(write->body, STATUS, json_object_new_string("Approved"));
    js_put(write->body, STATE ".description", json_object_new_string("declared, approved by cmkd"));
}

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
    .control = CONTROL_PRIVATE_LINK,
    .facts = facts,
    .refusals = parent_network_refusals,
    .is_replaced = true,
    .missing = parent_missing,
    .others_path = others_path,
    .others_facts = others_facts,
    .others_must = others_must,
    .derive = derive,
    .obstruct = obstruct,
    .changes = changes,
    .request = request,
    .tidy = tidy,
};
