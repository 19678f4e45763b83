/* vault_rules.c: what a vault takes, what it refuses, and how it shows what it took.
 * Recorded: drops an Allow without rules, lower-cases subnet ids, defaults as in OBSERVED's
 * section on the vault. Refusals quoted: purge protection; the other texts are azsim's own. */
#include "vault.h"

#include "base/armid.h"
#include "base/cidr.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define RETENTION_MIN 7
#define RETENTION_MAX 90

/* ---- network rules --------------------------------------------------------------------------- */

/* A bare address comes back as a /32 (Azure/azure-cli#21330). */
static struct json_object *ip_rules(struct json_object *sent)
{
    struct json_object *rules = json_object_new_array();
    for (size_t i = 0; sent && i < json_object_array_length(sent); i++) {
        const char *value = js_string(json_object_array_get_idx(sent, i), "value", "");
        AUTO(text) char *shown = mem_format("%s%s", value, strchr(value, '/') ? "" : "/32");
        struct json_object *rule = json_object_new_object();
        json_object_object_add(rule, "value", json_object_new_string(shown));
        json_object_array_add(rules, rule);
    }
    return rules;
}

static struct json_object *subnet_rules(struct json_object *sent)
{
    struct json_object *rules = json_object_new_array();
    for (size_t i = 0; sent && i < json_object_array_length(sent); i++) {
        struct json_object *rule = js_copy(json_object_array_get_idx(sent, i));
        AUTO(text) char *id = armid_key(js_string(rule, "id", ""));
        js_put(rule, "id", json_object_new_string(id));
        json_object_array_add(rules, rule);
    }
    return rules;
}

struct json_object *vault_acls(struct json_object *sent)
{
    struct json_object *ips = js_array(sent, "ipRules");
    struct json_object *subnets = js_array(sent, "virtualNetworkRules");
    const char *action = js_string(sent, "defaultAction", "Allow");
    bool has_rules =
        (ips && json_object_array_length(ips)) || (subnets && json_object_array_length(subnets));
    if (!sent || (strcasecmp(action, "Allow") == 0 && !has_rules))
        return NULL;

    bool bypassed = strcasecmp(js_string(sent, "bypass", "AzureServices"), "None") != 0;
    struct json_object *acls = json_object_new_object();
    js_put(acls, "bypass", json_object_new_string(bypassed ? "AzureServices" : "None"));
    js_put(acls, "defaultAction",
           json_object_new_string(strcasecmp(action, "Allow") == 0 ? "Allow" : "Deny"));
    js_put(acls, "ipRules", ip_rules(ips));
    js_put(acls, "virtualNetworkRules", subnet_rules(subnets));
    return acls;
}

static bool word_allowed(const char *word, const char *a, const char *b)
{
    return strcasecmp(word, a) == 0 || strcasecmp(word, b) == 0;
}

static bool acls_allowed(struct call *call, struct json_object *acls)
{
    struct json_object *ips = js_array(acls, "ipRules");
    struct json_object *subnets = js_array(acls, "virtualNetworkRules");
    if (!acls)
        return true;
    if (!word_allowed(js_string(acls, "defaultAction", "Allow"), "Allow", "Deny") ||
        !word_allowed(js_string(acls, "bypass", "None"), "None", "AzureServices"))
        return call_fail(call, 400, "BadRequest",
                         "The parameter networkAcls is invalid: 'defaultAction' is Allow or Deny, "
                         "'bypass' is None or AzureServices.");
    for (size_t i = 0; subnets && i < json_object_array_length(subnets); i++)
        if (!js_string(json_object_array_get_idx(subnets, i), "id", NULL))
            return call_fail(call, 400, "BadRequest",
                             "A virtual network rule of networkAcls has no id.");
    for (size_t i = 0; ips && i < json_object_array_length(ips); i++) {
        struct cidr range;
        const char *value = js_string(json_object_array_get_idx(ips, i), "value", "");
        if (!cidr_parse(value, &range))
            return call_fail(call, 400, "BadRequest",
                             "The IP address or CIDR range '%s' of networkAcls is invalid.", value);
    }
    return true;
}

/* ---- what does not change -------------------------------------------------------------------- */

static bool retention_allowed(struct call *call, struct json_object *sent, struct json_object *old)
{
    int64_t wanted = js_int(sent, "softDeleteRetentionInDays", -1);
    if (wanted == -1)
        return true;
    if (wanted < RETENTION_MIN || wanted > RETENTION_MAX)
        return call_fail(call, 400, "BadRequest",
                         "The property \"softDeleteRetentionInDays\" must be between %d and %d.",
                         RETENTION_MIN, RETENTION_MAX);
    if (old && wanted != js_int(old, "softDeleteRetentionInDays", RETENTION_MAX))
        return call_fail(call, 400, "BadRequest",
                         "The property \"softDeleteRetentionInDays\" has been set already and it "
                         "can't be modified.");
    return true;
}

static bool protection_allowed(struct call *call, struct json_object *sent)
{
    if (js_find(sent, "enablePurgeProtection") && !js_bool(sent, "enablePurgeProtection", true))
        return call_fail(call, 400, "BadRequest",
                         "The property \"enablePurgeProtection\" cannot be set to false. Enabling "
                         "the purge protection for a vault is an irreversible action.");
    if (!js_bool(sent, "enableSoftDelete", true))
        return call_fail(call, 400, "BadRequest",
                         "The property \"enableSoftDelete\" can be set to false only for creating "
                         "new vault. Enabling the 'soft delete' functionality is an irreversible "
                         "action.");
    return true;
}

/* A property has its own type or is refused; null is the same as absent. */
static bool types_allowed(struct call *call, struct json_object *sent)
{
    static const struct {
        const char *name;
        enum json_type type;
    } rows[] = {
        {"enablePurgeProtection", json_type_boolean},
        {"enableSoftDelete", json_type_boolean},
        {"enableRbacAuthorization", json_type_boolean},
        {"enabledForDeployment", json_type_boolean},
        {"softDeleteRetentionInDays", json_type_int},
        {"networkAcls", json_type_object},
        {"accessPolicies", json_type_array},
        {"sku", json_type_object},
        {"tenantId", json_type_string},
        {"publicNetworkAccess", json_type_string},
        {"networkAcls.ipRules", json_type_array},
        {"networkAcls.virtualNetworkRules", json_type_array},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct json_object *value = js_find(sent, rows[i].name);
        if (value && !json_object_is_type(value, rows[i].type))
            return call_fail(call, 400, "BadRequest",
                             "The request body is invalid: the property '%s' has the wrong type.",
                             rows[i].name);
    }
    return true;
}

static bool creation_allowed(struct call *call, struct json_object *sent)
{
    if (!js_string(sent, "tenantId", NULL) || !js_string(sent, "sku.name", NULL))
        return call_fail(call, 400, "BadRequest", "The parameter %s is not specified.",
                         js_string(sent, "tenantId", NULL) ? "sku" : "tenantId");
    bool rbac =
        js_bool(sent, "enableRbacAuthorization", strcmp(call->api_version, "2026-02-01") >= 0);
    if (!rbac && !js_array(sent, "accessPolicies"))
        return call_fail(call, 400, "BadRequest", "The parameter accessPolicies is not specified.");
    return true;
}

bool vault_allowed(struct call *call, struct json_object *sent, struct json_object *old)
{
    return types_allowed(call, sent) && protection_allowed(call, sent) &&
           retention_allowed(call, sent, old) &&
           acls_allowed(call, js_object(sent, "networkAcls")) &&
           (old || creation_allowed(call, sent));
}

/* ---- how it shows ---------------------------------------------------------------------------- */

enum source {
    KEPT,      /* sent, else as it was: a PUT does not take it away */
    REPLACED,  /* sent, else gone by a PUT and kept by a PATCH */
    READ_ONLY, /* as it was */
};

/* Members that are not here are swallowed. The order is that of recorded answers. */
/* clang-format off */
static const struct {
    const char *name;
    enum source source;
    const char *otherwise; /* JSON that a PUT leaves where nothing was sent, or NULL */
} members[] = {
    {"sku",                          KEPT,      NULL},
    {"tenantId",                     KEPT,      NULL},
    {"accessPolicies",               REPLACED,  "[]"},
    {"networkAcls",                  REPLACED,  NULL},
    {"privateEndpointConnections",   READ_ONLY, NULL},
    {"enabledForDeployment",         REPLACED,  "false"},
    {"enabledForDiskEncryption",     REPLACED,  NULL},
    {"enabledForTemplateDeployment", REPLACED,  NULL},
    {"enableSoftDelete",             KEPT,      "true"},
    {"softDeleteRetentionInDays",    KEPT,      "90"},
    {"enableRbacAuthorization",      KEPT,      NULL},
    {"enablePurgeProtection",        KEPT,      NULL},
    {"vaultUri",                     READ_ONLY, NULL},
    {"provisioningState",            READ_ONLY, NULL},
    {"publicNetworkAccess",          REPLACED,  "\"Enabled\""},
};
/* clang-format on */

static struct json_object *member_of(struct call *call, size_t row, struct json_object *sent,
                                     struct json_object *old)
{
    bool replace = call_is(call, "PUT");
    struct json_object *value =
        members[row].source == READ_ONLY ? NULL : js_find(sent, members[row].name);
    if (value)
        return strcmp(members[row].name, "networkAcls") == 0 ? vault_acls(value) : js_copy(value);
    if (old && (!replace || members[row].source != REPLACED))
        value = js_find(old, members[row].name);
    if (value)
        return js_copy(value);
    if (!replace || !members[row].otherwise)
        return NULL;
    return json_tokener_parse(members[row].otherwise);
}

/* Members of the vault that azsim does not know stay through a PATCH. */
static void add_foreign(struct json_object *properties, struct json_object *old)
{
    json_object_object_foreach(old, name, value)
    {
        bool known = false;
        for (size_t i = 0; i < COUNT(members) && !known; i++)
            known = strcasecmp(members[i].name, name) == 0;
        if (!known)
            json_object_object_add(properties, name, js_copy(value));
    }
}

static void spell_access(struct json_object *properties)
{
    const char *access = js_string(properties, "publicNetworkAccess", NULL);
    if (access && strcasecmp(access, "enabled") == 0)
        js_put(properties, "publicNetworkAccess", json_object_new_string("Enabled"));
    else if (access && strcasecmp(access, "disabled") == 0)
        js_put(properties, "publicNetworkAccess", json_object_new_string("Disabled"));
}

struct json_object *vault_properties(struct call *call, struct json_object *sent,
                                     struct json_object *old)
{
    struct json_object *properties = json_object_new_object();
    for (size_t i = 0; i < COUNT(members); i++) {
        struct json_object *value = member_of(call, i, sent, old);
        if (value)
            json_object_object_add(properties, members[i].name, value);
    }
    if (!old && !js_find(sent, "enableRbacAuthorization") &&
        strcmp(call->api_version, "2026-02-01") >= 0)
        js_put(properties, "enableRbacAuthorization", json_object_new_boolean(true));
    spell_access(properties);
    if (old && !call_is(call, "PUT"))
        add_foreign(properties, old);
    return properties;
}
