/* account.c: Microsoft.CognitiveServices/accounts, the Azure OpenAI account and its link to the
 * key.
 *
 * REST: Accounts, operations Get, Create, Update; Deleted Accounts, Get.
 * https://learn.microsoft.com/rest/api/aiservices/accountmanagement/accounts
 * Writes are long-running. An account with a system-assigned identity is made in two steps: the
 * account, a grant for its identity, and only then the link (properties.encryption).
 * https://learn.microsoft.com/azure/ai-services/openai/encrypt-data-at-rest */
#include "types/registry.h"

#include "base/armid.h"
#include "base/iso8601.h"
#include "model/compare.h"
#include "model/finding.h"
#include "model/observed.h"
#include "types/controls.h"
#include "types/failed.h"
#include "types/identity.h"
#include "types/incident.h"
#include "types/known.h"
#include "types/outbound.h"
#include "types/parent.h"
#include "types/roles.h"
#include "types/versions.h"

#include <string.h>
#include <strings.h>

#define API_VERSION "2025-06-01"
#define GRANT_PROPAGATION_S 900 /* how long after a grant Azure may still refuse the link */

/* clang-format off */
static const struct field fields[] = {
    /* path                                    compare      mutability  strength  severity  absent              control, why */
    {"location",                               BY_LOCATION, ONCE,       EXACT,    MEDIUM,   NULL,               CONTROL_RESIDENCY,
     "an account cannot move; key and account must be in one region"},
    {"kind",                                   BY_NAME,     ONCE,       FREE,     LOW,      NULL,               CONTROL_NONE,
     "what the account can do, and which rules Azure has for it"},
    {"sku.name",                               BY_NAME,     PATCH,      FREE,     LOW,      NULL,               CONTROL_NONE,
     "what it costs and allows"},
    {"identity.type",                          BY_WORDS,    PATCH,      INCLUDES, CRITICAL, "\"None\"",         CONTROL_ACCOUNT_IDENTITY,
     "without its identity the account cannot reach its key, and its data becomes unreadable"},
    {"identity.userAssignedIdentities",        BY_KEYS,     PATCH,      FREE,     HIGH,     "{}",               CONTROL_ACCOUNT_IDENTITY,
     "what uses the account's identities, its link to the key too, fails without them"},
    {"identity.principalId",                   BY_NAME,     READ_ONLY,  FREE,     LOW,      NULL,               NULL, NULL},
    {"identity.tenantId",                      BY_NAME,     READ_ONLY,  FREE,     LOW,      NULL,               NULL, NULL},
    {"properties.customSubDomainName",         BY_NAME,     ONCE_UNSET, FREE,     LOW,      NULL,               CONTROL_NONE,
     "network rules need it, and it cannot change"},
    {"properties.publicNetworkAccess",         BY_NAME,     PATCH,      FREE,     HIGH,     "\"Enabled\"",      CONTROL_ACCOUNT_FIREWALL,
     "an account behind private endpoints needs no public address"},
    {"properties.networkAcls.defaultAction",   BY_NAME,     PATCH,      EXACT,    HIGH,     "\"Allow\"",        CONTROL_ACCOUNT_FIREWALL,
     "an open account can be reached from the whole internet"},
    {"properties.networkAcls.bypass",          BY_NAME,     PATCH,      FREE,     MEDIUM,   "\"None\"",         CONTROL_ACCOUNT_FIREWALL,
     "a trusted service of Azure passes the firewall, others do not"},
    {"properties.networkAcls.ipRules",         BY_CIDR_BARE, PATCH,     FREE,     HIGH,     "[]",               CONTROL_ACCOUNT_FIREWALL,
     "who may pass the firewall is the operator's to say"},
    {"properties.networkAcls.virtualNetworkRules", BY_ID_SET, PATCH,    FREE,     HIGH,     "[]",               CONTROL_ACCOUNT_FIREWALL,
     "who may pass the firewall is the operator's to say"},
    {"properties.encryption.keySource",        BY_NAME,     PATCH,      EXACT,    CRITICAL, "\"Microsoft.CognitiveServices\"", CONTROL_CMK,
     "the data must be encrypted under the customer's own key"},
    {"properties.encryption.keyVaultProperties.keyVaultUri", BY_URI, PATCH, FREE, CRITICAL, NULL,               CONTROL_CMK,
     "the data must be encrypted under the customer's own key"},
    {"properties.encryption.keyVaultProperties.keyName", BY_NAME, PATCH, FREE,    CRITICAL, NULL,               CONTROL_CMK,
     "the data must be encrypted under the customer's own key"},
    {"properties.encryption.keyVaultProperties.keyVersion", BY_NAME, PATCH, FREE, HIGH,     "\"\"",             CONTROL_KEY_ROTATION,
     "after a rotation the account goes on with the old version until it is pointed to the new one"},
    {"properties.encryption.keyVaultProperties.identityClientId", BY_NAME, PATCH, FREE, HIGH, "\"\"",           CONTROL_CMK,
     "the identity that the account reaches its key with; absent, its system-assigned one"},
    {"properties.disableLocalAuth",            BY_VALUE,    PATCH,      FREE,     MEDIUM,   "false",            CONTROL_ACCOUNT_LOCAL_AUTH,
     "keys of the account are secrets that cannot be traced to a person"},
    {"properties.restrictOutboundNetworkAccess", BY_VALUE,  PATCH,      FREE,     MEDIUM,   "false",            CONTROL_ACCOUNT_OUTBOUND,
     "without it the account fetches from any address that a request names"},
    {"properties.dynamicThrottlingEnabled",    BY_VALUE,    PATCH,      FREE,     LOW,      "false",            CONTROL_NONE,
     "whether calls beyond the quota are served while there is room"},
    {"properties.allowedFqdnList",             BY_NAMES,    PATCH,      FREE,     HIGH,     "[]",               CONTROL_ACCOUNT_OUTBOUND,
     "with outbound access restricted the account reaches nothing else, its key vault neither"},
    {FAILED_STATE,                             BY_NAME,     READ_ONLY,  FREE,     HIGH,     NULL,               CONTROL_CMK,
     "of what Azure could not finish nobody knows what holds: it is written again as it is"},
    {"properties.endpoint",                    BY_URI,      READ_ONLY,  FREE,     LOW,      NULL,               NULL, NULL},
    {"properties.endpoints",                   BY_VALUE,    READ_ONLY,  FREE,     LOW,      NULL,               NULL, NULL},
    {"properties.internalId",                  BY_VALUE,    READ_ONLY,  FREE,     LOW,      NULL,               NULL, NULL},
    {"properties.dateCreated",                 BY_VALUE,    READ_ONLY,  FREE,     LOW,      NULL,               NULL, NULL},
    {"properties.deletionDate",                BY_VALUE,    READ_ONLY,  FREE,     LOW,      NULL,               NULL, NULL},
    {"properties.scheduledPurgeDate",          BY_VALUE,    READ_ONLY,  FREE,     LOW,      NULL,               NULL, NULL},
    {"properties.isMigrated",                  BY_VALUE,    READ_ONLY,  FREE,     LOW,      NULL,               NULL, NULL},
    {"properties.migrationToken",              BY_VALUE,    READ_ONLY,  FREE,     LOW,      NULL,               NULL, NULL},
    {"properties.callRateLimit",               BY_VALUE,    READ_ONLY,  FREE,     LOW,      NULL,               NULL, NULL},
    {"properties.quotaLimit",                  BY_VALUE,    READ_ONLY,  FREE,     LOW,      NULL,               NULL, NULL},
    {"properties.capabilities",                BY_VALUE,    READ_ONLY,  FREE,     LOW,      NULL,               NULL, NULL},
    {"properties.skuChangeInfo",               BY_VALUE,    READ_ONLY,  FREE,     LOW,      NULL,               NULL, NULL},
    {"properties.commitmentPlanAssociations",  BY_VALUE,    READ_ONLY,  FREE,     LOW,      NULL,               NULL, NULL},
    {"properties.abusePenalty",                BY_VALUE,    READ_ONLY,  FREE,     LOW,      NULL,               NULL, NULL},
    {"properties.armFeatures",                 BY_VALUE,    READ_ONLY,  FREE,     LOW,      NULL,               NULL, NULL},
    {"properties.privateEndpointConnections",  BY_VALUE,    READ_ONLY,  FREE,     LOW,      NULL,               NULL, NULL},
};
/* clang-format on */

static const char *const not_found[] = {"ResourceNotFound", NULL};

static const char *const facts[] = {
    "location",
    "kind",
    "identity",
    "properties.customSubDomainName",
    "properties.encryption",
    "properties.networkAcls",
    "properties.restrictOutboundNetworkAccess",
    "properties.allowedFqdnList",
    "properties.publicNetworkAccess",
    "properties.provisioningState",
    "systemData.lastModifiedAt",
    NULL,
};

static char *deleted_path(const struct neighbours *near)
{
    const struct node *node = near->self.node;
    AUTO(text) char *location = armid_location(node->location);
    return mem_format("/subscriptions/%s/providers/Microsoft.CognitiveServices/locations/%s"
                      "/resourceGroups/%s/deletedAccounts/%s?api-version=" API_VERSION,
                      node->subscription_id, location, node->resource_group, node->name);
}

/* ---- derived values ----------------------------------------------------------------------- */

/* The version the account should name: the newest enabled one, and never one created before the
 * one it names already. */
static struct json_object *pinned_version(const struct neighbours *near, const char **unknown)
{
    struct json_object *list = near->cmk.now ? near->cmk.now->versions : NULL;
    const char *current =
        armid_name(js_string(seen_body(&near->cmk), "properties.keyUriWithVersion", ""));
    struct version newest, newest_enabled, named;
    /* The list and the key itself are two reads: they must tell the same story. */
    if (!version_newest_of(&near->cmk, false, &newest) || strcasecmp(newest.id, current) != 0) {
        *unknown = "the key and the list of its versions agree on the newest";
        return NULL;
    }
    bool has_enabled = version_newest_of(&near->cmk, true, &newest_enabled);
    const char *id = version_named_by(&near->self, near->cmk.node);
    if (id && version_find(list, id, &named) &&
        (!has_enabled || named.created_s >= newest_enabled.created_s))
        return json_object_new_string(named.id);
    if (!has_enabled)
        *unknown = "the key shows an enabled version";
    return has_enabled ? json_object_new_string(newest_enabled.id) : NULL;
}

/* A versionless link shows no version, or the newest one: both are as they should be. */
static struct json_object *versionless(const struct neighbours *near)
{
    struct version newest;
    const char *id = version_named_by(&near->self, near->cmk.node);
    if (id && version_newest_of(&near->cmk, false, &newest) && strcasecmp(newest.id, id) == 0)
        return json_object_new_string(newest.id);
    return json_object_new_string("");
}

/* The key is looked for wherever the link says: nothing but this cloud's own address of the vault
 * is written there, whatever is shown. */
static struct json_object *vault_uri(const struct neighbours *near, const char **unknown)
{
    const char *uri = js_string(seen_body(&near->vault), "properties.vaultUri", NULL);
    const struct node *vault = near->vault.node;
    bool is_elsewhere = uri && vault && vault->origin && !armid_same(uri, vault->origin);
    if (!uri)
        *unknown = "the vault's address is known";
    else if (is_elsewhere)
        *unknown = "the vault shows its address in this cloud, and not another";
    return uri && !is_elsewhere ? json_object_new_string(uri) : NULL;
}

static struct json_object *derive(const struct neighbours *near, const char *path,
                                  struct json_object *declared, const char **unknown)
{
    const char *text = js_string(declared, "", "");
    if (strcmp(text, "${key.version}") == 0)
        return pinned_version(near, unknown);
    if (strcmp(text, "${vault.vaultUri}") == 0)
        return vault_uri(near, unknown);
    if (!text[0] && type_field(&type_account, path) &&
        js_path_covers(path, "properties.encryption."
                             "keyVaultProperties."
                             "keyVersion"))
        return versionless(near);
    return json_object_get(declared);
}

/* ---- what stands in the way --------------------------------------------------------------- */

/* A key that cannot carry the link, or NULL. */
static const char *unusable(const struct neighbours *near)
{
    const char *kty = js_string(seen_body(&near->cmk), "properties.kty", "");
    AUTO(text) char *here = armid_location(js_string(near->self.now->body, "location", ""));
    AUTO(text) char *there = armid_location(js_string(seen_body(&near->vault), "location", ""));
    if (strcasecmp(kty, "RSA") != 0 && strcasecmp(kty, "RSA-HSM") != 0)
        return "the key is not an RSA key, and Azure OpenAI can only be encrypted under one: "
               "declare another key";
    if (!version_can_wrap(seen_body(&near->cmk)))
        return "the key may not wrap and unwrap, and Azure OpenAI needs both: allow it by hand, or "
               "declare the key's keyOps";
    if (strcmp(here, there) != 0)
        return "the vault and the account are in different regions";
    return incident_at_link(near);
}

/* The youngest of the account's grants that lets it use a key: an assignment of such a role, or
 * an access policy of the vault; or NULL. */
static struct json_object *find_grant(const struct neighbours *near)
{
    struct json_object *found = NULL;
    const char *principal = identity_principal(near->self.node, seen_body(&near->self));
    for (size_t i = 0; principal && i < near->n_dependants; i++) {
        struct json_object *grant = seen_body(&near->dependants[i]);
        bool suffices = js_object(grant, "permissions") ||
                        role_can_use_key(grant, principal, near->cmk.node->id);
        if (suffices && (!found || strcmp(js_string(grant, "properties.createdOn", ""),
                                          js_string(found, "properties.createdOn", "")) > 0))
            found = grant;
    }
    return found;
}

/* A link is sent whole or not at all: beside another key's version, Azure would refuse it or, with
 * none, make it versionless. */
static const char *unknown_part(const struct neighbours *near)
{
    const struct node *node = near->self.node;
    const char *unknown = NULL;
    for (size_t i = 0; i < node->n_wants && !unknown; i++) {
        if (!js_path_covers("properties.encryption", node->wants[i].path))
            continue;
        AUTO(json)
        struct json_object *part =
            derive(near, node->wants[i].path, node->wants[i].value, &unknown);
    }
    return unknown;
}

/* The version that the link is to have: the one that is declared or derived; of a versionless
 * link the newest. */
static bool find_target(const struct neighbours *near, struct version *target)
{
    const char *unknown = NULL;
    const struct want *want =
        node_want(near->self.node, "properties.encryption.keyVaultProperties.keyVersion");
    AUTO(json)
    struct json_object *value = want ? derive(near, want->path, want->value, &unknown) : NULL;
    const char *id = js_string(value, "", "");
    return id[0] ? version_find(near->cmk.now->versions, id, target)
                 : version_newest_of(&near->cmk, true, target);
}

/* What the link waits for, or NULL. */
static const char *unready(const struct neighbours *near, int64_t now_s)
{
    struct version target;
    const char *unknown = unknown_part(near);
    if (!js_bool(seen_body(&near->vault), "properties.enablePurgeProtection", false))
        return "the vault's purge protection is on";
    if (unknown)
        return unknown;
    if (!find_target(near, &target) || !version_is_valid_at(&target, now_s))
        return "the version of the key is there, enabled and valid now";
    if (!find_grant(near))
        return "a grant of the account's identity on the key is seen";
    return NULL;
}

/* True if the link leads to another vault than the declared one, and Azure would not move it.
 * https://learn.microsoft.com/azure/ai-foundry/concepts/encryption-keys-portal */
static bool is_bound(const struct neighbours *near)
{
    const char *unknown = NULL;
    struct json_object *body = seen_body(&near->self);
    struct json_object *there =
        js_find(body, "properties.encryption.keyVaultProperties.keyVaultUri");
    AUTO(json) struct json_object *here = vault_uri(near, &unknown);
    return there && here && strcasecmp(js_string(body, "kind", ""), "AIServices") == 0 &&
           !compare_equal(BY_URI, here, there);
}

static void obstruct_link(const struct neighbours *near, int64_t now_s, struct obstacles *obstacles)
{
    if (is_bound(near))
        obstacles->impossible = "an account of kind AIServices can be given another key of the "
                                "same vault, and of no other: declare the vault that it names, or "
                                "make a new account";
    if (!seen_is(&near->vault, SIGHT_PRESENT)) {
        obstacles->waiting = "the vault is there and has been seen";
    } else if (!seen_is(&near->cmk, SIGHT_PRESENT)) {
        obstacles->waiting = "the key is there and has been seen";
    } else {
        obstacles->waiting = unready(near, now_s);
        identity_obstruct(near, obstacles);
        if (unusable(near))
            obstacles->refused = unusable(near);
    }
}

/* Azure takes network rules only on an account with a sub-domain of its own. */
static void obstruct_network(const struct neighbours *near, struct obstacles *obstacles)
{
    static const char sub_domain[] = "properties.customSubDomainName";
    if (!seen_body(&near->self) || js_string(near->self.now->body, sub_domain, NULL))
        return; /* a new one is made with its sub-domain */
    if (node_want(near->self.node, sub_domain))
        obstacles->waiting = "the account has its custom sub-domain";
    else
        obstacles->impossible = "Azure takes network rules only on an account with a custom "
                                "sub-domain, and it can never change: declare "
                                "properties.customSubDomainName to have it set";
}

/* What is written again has the link in it, if no exemption keeps it out. Under a key that somebody
 * has stopped, Azure is not asked to take up its work again at all. */
static void obstruct_rewrite(const struct neighbours *near, int64_t now_s,
                             struct obstacles *obstacles)
{
    if (!node_has_exemption(near->self.node, "properties.encryption"))
        obstruct_link(near, now_s, obstacles);
    if (!obstacles->refused)
        obstacles->refused = incident_at_link(near);
}

static void obstruct(const struct neighbours *near, const struct finding *finding, int64_t now_s,
                     struct obstacles *obstacles)
{
    switch (finding->need) {
    case NEED_RECOVERY:
        if (!seen_is(&near->vault, SIGHT_PRESENT))
            obstacles->waiting = "the vault, which must be back before the account, is there";
        return;
    case NEED_FIELD:
        if (js_path_covers("properties.encryption", finding->path))
            obstruct_link(near, now_s, obstacles);
        if (js_path_covers("properties.networkAcls", finding->path))
            obstruct_network(near, obstacles);
        if (js_path_covers("identity", finding->path))
            obstacles->refused = incident_at_link(near);
        outbound_obstruct(near, finding, obstacles);
        return;
    case NEED_ACTION:
        obstruct_rewrite(near, now_s, obstacles);
        return;
    case NEED_CREATION:
        return;
    }
}

/* A grant takes a while to have effect, and Azure refuses the link until then. */
static int64_t patience(const struct neighbours *near, const struct finding *finding)
{
    int64_t granted_s;
    const char *created = js_string(find_grant(near), "properties.createdOn", "");
    if (!js_path_covers("properties.encryption", finding->path) ||
        !iso8601_parse_time(created, &granted_s))
        return 0;
    return granted_s + GRANT_PROPAGATION_S;
}

/* ---- what is sent ------------------------------------------------------------------------- */

/* Not repeated unseen: once the account is back, a PUT of a bare body would take its link and its
 * network rules off. */
static void request(const struct neighbours *near, const struct finding *finding,
                    struct write *write)
{
    const struct node *node = near->self.node;
    (void)finding;
    write->method = "PUT";
    write->path = mem_format("%s?api-version=" API_VERSION, node->id);
    write->body = json_object_new_object();
    js_put(write->body, "location", json_object_new_string(node->location));
    js_put(write->body, "properties.restore", json_object_new_boolean(true));
}

static void changes(const struct neighbours *near, int64_t now_s, struct findings *findings)
{
    (void)now_s;
    outbound_changes(near, findings);
    (void)failed_find(near, findings);
}

static void complete(const struct neighbours *near, int64_t now_s, struct json_object *body)
{
    (void)now_s;
    outbound_complete(near, body);
}

/* Azure refuses an empty client id; null takes it out. */
static void tidy(struct json_object *body)
{
    struct json_object *link = js_object(body, "properties.encryption.keyVaultProperties");
    identity_tidy(body);
    if (link && js_string(link, "identityClientId", NULL) &&
        !*js_string(link, "identityClientId", ""))
        js_put(link, "identityClientId", NULL);
}

const struct type type_account = {
    .arm_type = "Microsoft.CognitiveServices/accounts",
    .word = "account",
    .api_version = API_VERSION,
    .fields = fields,
    .n_fields = COUNT(fields),
    .known = known_account,
    .not_found = not_found,
    .control = CONTROL_CMK,
    .facts = facts,
    .refusals = parent_account_refusals,
    .counts_as_creation = true,
    .is_listed = true,
    .gives_list_key = identity_principal,
    .list_key_at = identity_principal_at,
    .deleted_path = deleted_path,
    .deleted_not_found = "ResourceNotFound",
    .derive = derive,
    .obstruct = obstruct,
    .changes = changes,
    .patience = patience,
    .request = request,
    .complete = complete,
    .tidy = tidy,
};
