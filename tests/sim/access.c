#include "access.h"

#include "base/armid.h"
#include "role.h"
#include "route.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- the caller's roles ---------------------------------------------------------------------- */

struct right {
    const char *scope, *grant; /* borrowed; grant: the name of the assignment */
    struct json_object *role;  /* borrowed */
    const char *condition;     /* borrowed, or NULL */
};

struct rights {
    struct right *list; /* owned */
    size_t count;
};

static void add_right(struct call *call, struct rights *rights, const struct resource *grant)
{
    struct json_object *properties = js_object(grant->body, "properties");
    int64_t from_ms = grant->since_ms ? grant->since_ms + call->sim->settings.grant_delay_ms : 0;
    if (from_ms > state_now_ms(call->sim) ||
        strcasecmp(js_string(properties, "principalId", ""), call->caller.object) != 0)
        return;
    struct json_object *role = role_find(call->sim, js_string(properties, "roleDefinitionId", ""));
    if (!role)
        return;
    rights->list = mem_resize(rights->list, rights->count + 1, sizeof *rights->list);
    rights->list[rights->count++] =
        (struct right){.scope = js_string(properties, "scope", ""),
                       .grant = armid_name(grant->id),
                       .role = role,
                       .condition = js_string(properties, "condition", NULL)};
}

/* Gathered once in a call, as a list asks for each of its resources. */
static const struct rights *rights_of(struct call *call)
{
    if (call->rights)
        return call->rights;
    call->rights = mem_new(1, sizeof *call->rights);
    struct lh_table *grants = call->sim->grants;
    for (struct lh_entry *at = lh_table_head(grants); at; at = lh_entry_next(at))
        add_right(call, call->rights, lh_entry_v(at));
    return call->rights;
}

void access_done(struct call *call)
{
    if (call->rights)
        free(call->rights->list);
    free(TAKE(call->rights));
}

enum answer { NO, CONDITION_NOT_MET, YES };

/* A condition speaks of the writing of role assignments; for any other action it holds. *grant is
 * the assignment that allows it, or stays as it is. */
static enum answer ask_grant(struct call *call, const char *action, const char *id, bool is_data,
                             const char **grant)
{
    const struct rights *rights = rights_of(call);
    bool grants = strcasecmp(action, "Microsoft.Authorization/roleAssignments/write") == 0;
    enum answer answer = NO;
    for (size_t i = 0; i < rights->count; i++) {
        const struct right *right = &rights->list[i];
        if (!armid_within(id, right->scope) || !role_permits(right->role, action, is_data))
            continue;
        if (!grants || !right->condition ||
            condition_met(right->condition, js_object(call->request->body, "properties"))) {
            *grant = right->grant;
            return YES;
        }
        answer = CONDITION_NOT_MET;
    }
    return answer;
}

static enum answer ask(struct call *call, const char *action, const char *id)
{
    const char *grant;
    return ask_grant(call, action, id, false, &grant);
}

const char *access_data(struct call *call, const char *action, const char *id)
{
    const char *grant = NULL;
    (void)ask_grant(call, action, id, true, &grant);
    return grant;
}

/* ---- the action of a request ----------------------------------------------------------------- */

/* Resource Manager names an action by the resource's type and what the method does to it. Types
 * and names take turns in an id and in a route's pattern; without a provider it is its own. */
static char *type_of(const char *id)
{
    const char *at = NULL;
    for (const char *next = id; (next = strcasestr(next, "/providers/")); next++)
        at = next + strlen("/providers/");
    char *type = at ? mem_text_n(at, strcspn(at, "/")) : mem_text("Microsoft.Resources");
    at = at ? at + strcspn(at, "/") : id;
    for (bool is_type = true; *at == '/' && at[1]; is_type = !is_type) {
        size_t length = strcspn(++at, "/");
        if (is_type) {
            AUTO(text) char *longer = mem_format("%s/%.*s", type, (int)length, at);
            char *shorter = type;
            type = TAKE(longer);
            free(shorter);
        }
        at += length;
    }
    return type;
}

char *access_action(const struct call *call)
{
    const char *pattern = call->route ? call->route->pattern : "/providers/{}";
    AUTO(text) char *type = type_of(strstr(pattern, "/providers/{}") ? call->id : pattern);
    if (call_is(call, "POST")) /* the one POST that only reads */
        return strcasecmp(type, "Microsoft.KeyVault/checkNameAvailability") == 0
                   ? mem_format("%s/read", type)
                   : mem_format("%s/action", type);
    return mem_format("%s/%s", type,
                      call_is_read(call)        ? "read"
                      : call_is(call, "DELETE") ? "delete"
                                                : "write");
}

/* True if the path ends with a type: a list, or a POST's word. */
static bool is_collection(const char *id)
{
    const char *at = id;
    for (const char *next = id; (next = strcasestr(next, "/providers/")); next++)
        at = next + strlen("/providers/");
    size_t slashes = 0;
    for (const char *c = at; *c; c++)
        slashes += *c == '/';
    return slashes % 2 == 1;
}

/* What an action is asked of: the resource, or what a list hangs on. */
static char *scope_of(const char *id)
{
    const char *last = strrchr(id, '/');
    return is_collection(id) && last > id ? mem_text_n(id, (size_t)(last - id)) : mem_text(id);
}

/* Lists that show what the caller may read and are silent about the rest, as users see it of
 * tracked resources. (Belief: no recording shows it.) */
static bool is_filtered(const struct call *call, const char *action)
{
    static const char *const actions[] = {
        "Microsoft.Resources/subscriptions/read",
        "Microsoft.Resources/subscriptions/resourceGroups/read",
        "Microsoft.Resources/subscriptions/resources/read",
        "Microsoft.Resources/subscriptions/resourceGroups/resources/read",
        "Microsoft.KeyVault/vaults/read",
        "Microsoft.CognitiveServices/accounts/read",
    };
    for (size_t i = 0; i < COUNT(actions); i++)
        if (strcmp(actions[i], action) == 0)
            return call_is(call, "GET") && is_collection(call->id);
    return false;
}

bool access_shows(struct call *call, const char *id)
{
    if (!call->filters)
        return true;
    AUTO(text) char *type = type_of(id);
    AUTO(text) char *action = mem_format("%s/read", type);
    if (strcmp(type, "Microsoft.Resources/subscriptions") != 0)
        return ask(call, action, id) == YES;

    /* Whoever has any role in a subscription sees that it is there. */
    const struct rights *rights = rights_of(call);
    for (size_t i = 0; i < rights->count; i++)
        if (armid_within(rights->list[i].scope, id) || armid_within(id, rights->list[i].scope))
            return true;
    return false;
}

/* ---- refusals -------------------------------------------------------------------------------- */

static const char *client_of(const struct call *call)
{
    return *call->caller.client ? call->caller.client : call->caller.object;
}

/* Recorded; that with a condition is quoted by users. */
static bool require(struct call *call, const char *action, const char *scope)
{
    enum answer answer = ask(call, action, scope);
    return answer == YES ||
           call_fail_gateway(
               call, 403, "AuthorizationFailed",
               "The client '%s' with object id '%s' %s to perform action '%s' over scope '%s' or "
               "the scope is invalid. If access was recently granted, please refresh your "
               "credentials.",
               client_of(call), call->caller.object,
               answer == NO ? "does not have authorization"
                            : "has an authorization with ABAC condition that is not fulfilled",
               action, scope);
}

/* Quoted by users. */
static bool require_linked(struct call *call, const char *action, const char *linked)
{
    if (ask(call, action, linked) == YES)
        return true;
    AUTO(text) char *own = access_action(call);
    return call_fail_gateway(
        call, 403, "LinkedAuthorizationFailed",
        "The client '%s' with object id '%s' has permission to perform action '%s' on scope '%s'; "
        "however, it does not have permission to perform action '%s' on the linked scope(s) '%s' "
        "or the linked scope(s) are invalid.",
        client_of(call), call->caller.object, own, call->id, action, linked);
}

/* ---- what a body brings in ------------------------------------------------------------------- */

static bool pass_identities(struct call *call)
{
    struct json_object *users = js_object(call->request->body, "identity.userAssignedIdentities");
    if (!users)
        return true;
    json_object_object_foreach(users, id, value)
    {
        if (value && !require_linked(call,
                                     "Microsoft.ManagedIdentity/userAssignedIdentities/"
                                     "assign/action",
                                     id))
            return false;
    }
    return true;
}

static bool pass_subnets(struct call *call)
{
    struct json_object *rules =
        js_array(call->request->body, "properties.networkAcls.virtualNetworkRules");
    for (size_t i = 0; rules && i < json_object_array_length(rules); i++) {
        const char *id = js_string(json_object_array_get_idx(rules, i), "id", "");
        if (!require_linked(call,
                            "Microsoft.Network/virtualNetworks/subnets/"
                            "joinViaServiceEndpoint/action",
                            id))
            return false;
    }
    return true;
}

/* What an endpoint lies in, what it leads to (unless its owner is asked), and the zones of its
 * names: https://learn.microsoft.com/azure/private-link/rbac-permissions */
static bool pass_network(struct call *call)
{
    struct json_object *body = call->request->body;
    const char *subnet = js_string(body, "properties.subnet.id", NULL);
    struct json_object *connections = js_array(body, "properties.privateLinkServiceConnections");
    struct json_object *zones = js_array(body, "properties.privateDnsZoneConfigs");
    if (subnet &&
        !require_linked(call, "Microsoft.Network/virtualNetworks/subnets/join/action", subnet))
        return false;
    for (size_t i = 0; connections && i < json_object_array_length(connections); i++) {
        const char *id = js_string(json_object_array_get_idx(connections, i),
                                   "properties.privateLinkServiceId", "");
        AUTO(text) char *type = type_of(id);
        AUTO(text) char *action = mem_format("%s/PrivateEndpointConnectionsApproval/action", type);
        if (!require_linked(call, action, id))
            return false;
    }
    for (size_t i = 0; zones && i < json_object_array_length(zones); i++) {
        const char *id =
            js_string(json_object_array_get_idx(zones, i), "properties.privateDnsZoneId", "");
        if (!require_linked(call, "Microsoft.Network/privateDnsZones/join/action", id))
            return false;
    }
    return true;
}

/* What comes back from the store of deleted ones must be readable there. */
static bool pass_store(struct call *call)
{
    struct json_object *body = call->request->body;
    AUTO(text) char *subscription = armid_part(call->id, "subscriptions");
    AUTO(text) char *group = armid_part(call->id, "resourceGroups");
    AUTO(text) char *location = armid_location(js_string(body, "location", ""));
    bool is_vault = strcasecmp(js_string(body, "properties.createMode", ""), "recover") == 0;
    if (!is_vault && !js_bool(body, "properties.restore", false))
        return true;
    AUTO(text)
    char *where =
        is_vault ? mem_format("/subscriptions/%s/providers/Microsoft.KeyVault/locations/%s/"
                              "deletedVaults/%s",
                              subscription, location, armid_name(call->id))
                 : mem_format("/subscriptions/%s/providers/Microsoft.CognitiveServices/locations/"
                              "%s/resourceGroups/%s/deletedAccounts/%s",
                              subscription, location, group, armid_name(call->id));
    return require(call,
                   is_vault ? "Microsoft.KeyVault/locations/deletedVaults/read"
                            : "Microsoft.CognitiveServices/locations/resourceGroups/"
                              "deletedAccounts/read",
                   where);
}

bool access_arm(struct call *call)
{
    if (!call->sim->settings.enforced)
        return true;
    AUTO(text) char *action = access_action(call);
    AUTO(text) char *scope = scope_of(call->id);
    if (is_filtered(call, action)) {
        call->filters = true;
        return true;
    }
    if (!require(call, action, scope))
        return false;
    bool is_write = call_is(call, "PUT") || call_is(call, "PATCH");
    return !is_write ||
           (pass_identities(call) && pass_subnets(call) && pass_network(call) && pass_store(call));
}
