/* account_rules.c: what an account takes, what it refuses, and the body that a write leaves.
 * networkAcls and arrays are replaced whole; the caller's spelling is kept (OBSERVED). The texts
 * of refusals were not recorded. */
#include "account.h"

#include "base/armid.h"
#include "base/cidr.h"
#include "base/uuid.h"
#include "grant.h"
#include "identity.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- refusals -------------------------------------------------------------------------------- */

/* The provider takes addresses and ranges up to /30 (Azure/azure-powershell#25455). */
static bool ip_rules_allowed(struct call *call, struct json_object *rules)
{
    for (size_t i = 0; rules && i < json_object_array_length(rules); i++) {
        struct cidr range;
        const char *value = js_string(json_object_array_get_idx(rules, i), "value", "");
        if (!cidr_parse(value, &range))
            return call_fail(call, 400, "BadRequest",
                             "The IP address or range '%s' of networkAcls.ipRules is invalid.",
                             value);
        if (strchr(value, '/') && range.length > 30)
            return call_fail(call, 400, "BadRequest",
                             "The range '%s' of networkAcls.ipRules is invalid: prefixes /31 and "
                             "/32 are not supported, use single addresses.",
                             value);
    }
    return true;
}

static bool acls_allowed(struct call *call, struct json_object *acls, const char *domain)
{
    if (!acls)
        return true;
    if (!domain)
        return call_fail(call, 400, "BadRequest",
                         "A custom subdomain name is required for the resource before network "
                         "rules (networkAcls) can be set.");
    const char *action = js_string(acls, "defaultAction", "Allow");
    if (strcasecmp(action, "Allow") != 0 && strcasecmp(action, "Deny") != 0)
        return call_fail(call, 400, "BadRequest",
                         "The value '%s' of networkAcls.defaultAction is invalid.", action);
    return ip_rules_allowed(call, js_array(acls, "ipRules"));
}

static bool types_allowed(struct call *call, struct json_object *sent)
{
    static const struct {
        const char *name;
        enum json_type type;
    } rows[] = {
        {"tags", json_type_object},
        {"identity", json_type_object},
        {"identity.type", json_type_string},
        {"sku", json_type_object},
        {"properties", json_type_object},
        {"properties.networkAcls", json_type_object},
        {"properties.networkAcls.ipRules", json_type_array},
        {"properties.networkAcls.virtualNetworkRules", json_type_array},
        {"properties.encryption", json_type_object},
        {"properties.publicNetworkAccess", json_type_string},
        {"properties.disableLocalAuth", json_type_boolean},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct json_object *value = js_find(sent, rows[i].name);
        if (value && !json_object_is_type(value, rows[i].type))
            return call_fail(call, 400, "InvalidRequestContent",
                             "The request content was invalid: the property '%s' has the wrong "
                             "type.",
                             rows[i].name);
    }
    return true;
}

static bool identity_allowed(struct call *call, struct json_object *sent)
{
    const char *type = js_string(sent, "identity.type", NULL);
    bool users = type && strcasestr(type, "UserAssigned");
    if (!type || strcasecmp(type, "None") == 0 || users || strcasecmp(type, "SystemAssigned") == 0)
        return true;
    return call_fail_gateway(call, 400, "InvalidIdentityType", "The identity type '%s' is invalid.",
                             type);
}

bool account_allowed(struct call *call, struct json_object *sent, struct json_object *old)
{
    if (!types_allowed(call, sent) || !identity_allowed(call, sent) ||
        !identity_attachable(call, js_object(sent, "identity"), js_object(old, "identity")))
        return false;
    const char *wanted = js_string(sent, "properties.customSubDomainName", NULL);
    const char *there = js_string(old, "properties.customSubDomainName", NULL);
    if (there && wanted && strcasecmp(there, wanted) != 0)
        return call_fail(call, 400, "BadRequest",
                         "The custom subdomain name cannot be changed once it has been set.");
    if (!old && (!js_string(sent, "kind", NULL) || !js_string(sent, "sku.name", NULL)))
        return call_fail(call, 400, "InvalidResourceProperties",
                         "The properties 'kind' and 'sku' are required to create an account.");
    return acls_allowed(call, js_object(sent, "properties.networkAcls"), wanted ? wanted : there);
}

/* ---- the identity ---------------------------------------------------------------------------- */

static bool has_system(struct json_object *identity)
{
    return strcasestr(js_string(identity, "type", ""), "SystemAssigned") != NULL;
}

/* User identities are shown with the ids that they have; a null takes one away. */
static struct json_object *user_identities(struct sim *sim, struct json_object *sent,
                                           struct json_object *old)
{
    struct json_object *users = old ? js_copy(old) : json_object_new_object();
    if (!sent)
        return users;
    json_object_object_foreach(sent, id, value)
    {
        const char *actual = id;
        struct json_object *there = js_member(users, id, &actual);
        AUTO(text) char *name = mem_text(actual);
        if (!value)
            json_object_object_del(users, name);
        else if (!there)
            json_object_object_add(users, id, identity_ids(sim, id));
    }
    return users;
}

/* The system identity is a new principal each time it is switched on. */
static struct json_object *build_identity(struct call *call, struct json_object *sent,
                                          struct json_object *old)
{
    struct json_object *identity = json_object_new_object();
    const char *type = js_string(sent, "type", "None");
    if (has_system(sent) && has_system(old)) {
        js_put(identity, "principalId", js_copy(js_find(old, "principalId")));
        js_put(identity, "tenantId", js_copy(js_find(old, "tenantId")));
    } else if (has_system(sent)) {
        char principal[UUID_SIZE];
        uuid_random(principal);
        principal_add(call->sim, principal, state_now_ms(call->sim));
        js_put(identity, "principalId", json_object_new_string(principal));
        js_put(identity, "tenantId", json_object_new_string(call->caller.tenant));
    }
    js_put(identity, "type", json_object_new_string(type));
    if (strcasestr(type, "UserAssigned"))
        js_put(identity, "userAssignedIdentities",
               user_identities(call->sim, js_object(sent, "userAssignedIdentities"),
                               js_object(old, "userAssignedIdentities")));
    return identity;
}

/* ---- the body -------------------------------------------------------------------------------- */

/* The echo has the defaults that clients rely on; bypass only if it was sent. */
static struct json_object *build_acls(struct json_object *sent)
{
    struct json_object *acls = json_object_new_object();
    const char *bypass = js_string(sent, "bypass", NULL);
    struct json_object *subnets = js_array(sent, "virtualNetworkRules");
    struct json_object *ips = js_array(sent, "ipRules");
    if (bypass)
        js_put(acls, "bypass", json_object_new_string(bypass));
    bool denies = strcasecmp(js_string(sent, "defaultAction", "Allow"), "Deny") == 0;
    js_put(acls, "defaultAction", json_object_new_string(denies ? "Deny" : "Allow"));
    js_put(acls, "virtualNetworkRules", subnets ? js_copy(subnets) : json_object_new_array());
    js_put(acls, "ipRules", ips ? js_copy(ips) : json_object_new_array());
    return acls;
}

static struct json_object *build_encryption(struct json_object *sent)
{
    bool vault = strcasecmp(js_string(sent, "keySource", ""), "Microsoft.KeyVault") == 0;
    struct json_object *key = js_object(sent, "keyVaultProperties");
    struct json_object *encryption = json_object_new_object();
    js_put(encryption, "keySource", js_copy(js_find(sent, "keySource")));
    if (vault && key)
        js_put(encryption, "keyVaultProperties", js_copy(key));
    return encryption;
}

/* Members of properties that a client may write; others are swallowed. */
static const char *const writable[] = {
    "allowProjectManagement",
    "allowedFqdnList",
    "amlWorkspace",
    "apiProperties",
    "associatedProjects",
    "customSubDomainName",
    "defaultProject",
    "disableLocalAuth",
    "dynamicThrottlingEnabled",
    "encryption",
    "locations",
    "networkAcls",
    "networkInjections",
    "publicNetworkAccess",
    "raiMonitorConfig",
    "restrictOutboundNetworkAccess",
    "userOwnedStorage",
};

/* A PUT takes away what it does not send; these stay, or get their default. */
static bool stays(const char *name)
{
    static const char *const names[] = {"customSubDomainName", "publicNetworkAccess",
                                        "apiProperties", "allowProjectManagement",
                                        "associatedProjects"};
    for (size_t i = 0; i < COUNT(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void write_property(struct json_object *properties, const char *name,
                           struct json_object *value)
{
    if (strcmp(name, "networkAcls") == 0)
        js_put(properties, name, build_acls(value));
    else if (strcmp(name, "encryption") == 0)
        js_put(properties, name, build_encryption(value));
    else
        js_put(properties, name, js_copy(value));
}

static void touch(struct call *call, struct json_object *body)
{
    struct json_object *data = js_object(body, "systemData");
    AUTO(text) char *now = state_time(state_now_ms(call->sim), true);
    if (!data)
        return;
    js_put(data, "lastModifiedBy", json_object_new_string(call->caller.client));
    js_put(data, "lastModifiedByType", json_object_new_string("Application"));
    js_put(data, "lastModifiedAt", json_object_new_string(now));
}

struct json_object *account_build(struct call *call, struct json_object *sent,
                                  struct json_object *old)
{
    static const char *const plain[] = {"tags", "sku", "kind"};
    bool replace = call_is(call, "PUT");
    struct json_object *body = js_copy(old), *wanted = js_object(sent, "properties");
    if (!js_object(body, "properties"))
        js_put(body, "properties", json_object_new_object());
    struct json_object *properties = js_object(body, "properties");

    for (size_t i = 0; i < COUNT(plain); i++)
        if (js_find(sent, plain[i]))
            js_put(body, plain[i], js_copy(js_find(sent, plain[i])));
    for (size_t i = 0; i < COUNT(writable); i++) {
        struct json_object *value = js_find(wanted, writable[i]);
        if (value)
            write_property(properties, writable[i], value);
        else if (replace && !stays(writable[i]))
            js_remove(properties, writable[i]);
    }
    if (js_object(sent, "identity"))
        js_put(body, "identity",
               build_identity(call, js_object(sent, "identity"), js_object(old, "identity")));
    touch(call, body);
    return body;
}
