/* vault.c: Microsoft.KeyVault/vaults, the vault that holds the key.
 *
 * REST: Vaults, operations Get, Create Or Update, Update; Deleted Vaults, Get.
 * https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults
 * A vault has no ETag, so two writers can lose an update: what was written is read back before it
 * counts as done. Create Or Update replaces the whole vault, access policies too: a vault that
 * exists is only ever sent an Update (PATCH). */
#include "types/registry.h"

#include "base/armid.h"
#include "model/finding.h"
#include "model/observed.h"
#include "types/controls.h"
#include "types/incident.h"
#include "types/known.h"
#include "types/parent.h"

#include <strings.h>

#define API_VERSION "2026-02-01"

/* clang-format off */
static const struct field fields[] = {
    /* path                                    compare      mutability  strength  severity  absent means       control, why */
    {"location",                               BY_LOCATION, ONCE,       EXACT,    MEDIUM,   NULL,              CONTROL_RESIDENCY,
     "a vault cannot move; key and account must be in one region"},
    {"properties.enablePurgeProtection",       BY_VALUE,    ONE_WAY,    EXACT,    CRITICAL, "false",           CONTROL_PURGE_PROTECTION,
     "without it the vault and its key can be destroyed for good, and the account's data with them"},
    {"properties.enableSoftDelete",            BY_VALUE,    ONE_WAY,    EXACT,    CRITICAL, "true",            CONTROL_SOFT_DELETE,
     "what is deleted must be recoverable"},
    {"properties.softDeleteRetentionInDays",   BY_VALUE,    ONCE,       AT_LEAST, LOW,      "90",              CONTROL_SOFT_DELETE,
     "how long a deleted vault can be recovered is fixed when it is made"},
    {"properties.enableRbacAuthorization",     BY_VALUE,    REPORT,     EXACT,    HIGH,     "false",           CONTROL_VAULT_RBAC,
     "switching the permission model voids every access policy at once: an operator must"},
    {"properties.publicNetworkAccess",         BY_NAME,     PATCH,      FREE,     HIGH,     "\"Enabled\"",     CONTROL_VAULT_PUBLIC,
     "a vault behind private endpoints needs no public address"},
    {"properties.networkAcls.defaultAction",   BY_NAME,     PATCH,      EXACT,    HIGH,     "\"Allow\"",       CONTROL_VAULT_FIREWALL,
     "an open vault can be reached from the whole internet"},
    {"properties.networkAcls.bypass",          BY_NAME,     PATCH,      EXACT,    HIGH,     "\"AzureServices\"", CONTROL_VAULT_FIREWALL,
     "the account reaches its key as a trusted service"},
    {"properties.networkAcls.ipRules",         BY_CIDR,     PATCH,      FREE,     HIGH,     "[]",              CONTROL_VAULT_FIREWALL,
     "who may pass the firewall is the operator's to say"},
    {"properties.networkAcls.virtualNetworkRules", BY_ID_SET, PATCH,    FREE,     HIGH,     "[]",              CONTROL_VAULT_FIREWALL,
     "who may pass the firewall is the operator's to say"},
    {"properties.tenantId",                    BY_NAME,     ONCE,       FREE,     MEDIUM,   NULL,              CONTROL_NONE,
     "whose directory is asked who somebody is; another one voids every right"},
    {"properties.sku.family",                  BY_NAME,     PATCH,      FREE,     LOW,      NULL,              CONTROL_NONE,
     "there is one family, A"},
    {"properties.sku.name",                    BY_NAME,     PATCH,      FREE,     LOW,      NULL,              CONTROL_KEY_HSM,
     "only a premium vault has keys in hardware"},
    {"properties.accessPolicies",              BY_VALUE,    REPORT,     FREE,     HIGH,     "[]",              CONTROL_VAULT_RBAC,
     "Azure replaces the list whole: declare the entries under accessPolicies of the vault itself"},
    {"properties.enabledForDeployment",        BY_VALUE,    PATCH,      FREE,     LOW,      "false",           CONTROL_LEAST_FUNCTION,
     "machines may fetch certificates from the vault while they are made"},
    {"properties.enabledForDiskEncryption",    BY_VALUE,    PATCH,      FREE,     LOW,      "false",           CONTROL_LEAST_FUNCTION,
     "disk encryption may fetch and unwrap the vault's keys"},
    {"properties.enabledForTemplateDeployment", BY_VALUE,   PATCH,      FREE,     LOW,      "false",           CONTROL_LEAST_FUNCTION,
     "whoever deploys templates may have Resource Manager fetch secrets"},
    {"properties.vaultUri",                    BY_URI,      READ_ONLY,  FREE,     LOW,      NULL,              NULL, NULL},
    {"properties.hsmPoolResourceId",           BY_ID,       READ_ONLY,  FREE,     LOW,      NULL,              NULL, NULL},
    {"properties.privateEndpointConnections",  BY_VALUE,    READ_ONLY,  FREE,     LOW,      NULL,              NULL, NULL},
};
/* clang-format on */

static const char *const not_found[] = {"ResourceNotFound", NULL};

/* What its neighbours and its own rules ask of a vault, declared or not. */
static const char *const facts[] = {
    "location",
    "properties.enablePurgeProtection",
    "properties.enableRbacAuthorization",
    "properties.accessPolicies",
    "properties.networkAcls",
    "properties.publicNetworkAccess",
    "properties.vaultUri",
    "properties.tenantId", /* of its access policies */
    "properties.provisioningState",
    "properties.vaultId", /* of a deleted one's record */
    NULL,
};

/* The record stays under the location the vault had. */
static char *deleted_path(const struct neighbours *near)
{
    const struct node *node = near->self.node;
    AUTO(text) char *location = armid_location(node->location);
    return mem_format("/subscriptions/%s/providers/Microsoft.KeyVault/locations/%s/deletedVaults/%s"
                      "?api-version=" API_VERSION,
                      node->subscription_id, location, node->name);
}

static struct json_object *derive(const struct neighbours *near, const char *path,
                                  struct json_object *declared, const char **unknown)
{
    (void)path;
    if (strcasecmp(json_object_get_string(declared), "${tenantId}") != 0)
        return json_object_get(declared);
    if (near->self.now && near->self.now->tenant_id)
        return json_object_new_string(near->self.now->tenant_id);
    *unknown = "the subscription's tenant is known";
    return NULL;
}

/* A record of the same name from another resource group is somebody else's vault. */
static void obstruct(const struct neighbours *near, const struct finding *finding, int64_t now_s,
                     struct obstacles *obstacles)
{
    (void)now_s;
    if (finding->need == NEED_RECOVERY) {
        const char *was = js_string(near->self.now->body, "properties.vaultId", "");
        if (!armid_same(was, near->self.node->id))
            obstacles->refused = "the deleted vault of this name lay in another resource group: "
                                 "recover or rename it by hand";
        else if (!near->self.now->tenant_id)
            obstacles->waiting = "the subscription's tenant is known";
    }
    if (finding->need == NEED_CREATION && !near->self.now->tenant_id)
        obstacles->waiting = "the subscription's tenant is known";
    /* The bypass is the account's way to its key. */
    if (finding->need == NEED_FIELD &&
        js_path_covers("properties.networkAcls.bypass", finding->path))
        obstacles->refused = incident_at_vault(near, near->self.node);
}

/* The declared sku, in what a creation has of it. A new reference. */
static struct json_object *sku_of(const struct node *node)
{
    AUTO(json) struct json_object *body = node_create(node);
    for (size_t i = 0; i < node->n_wants; i++)
        if (js_path_covers("properties.sku", node->wants[i].path))
            js_put(body, node->wants[i].path, js_copy(node->wants[i].value));
    return json_object_get(js_find(body, "properties.sku"));
}

/* A recovery brings the old properties back; what of them is wrong is repaired afterwards. It is
 * not repeated unseen: once the vault is back, the same PUT would replace what it brought. */
static void request(const struct neighbours *near, const struct finding *finding,
                    struct write *write)
{
    const struct node *node = near->self.node;
    (void)finding;
    write->method = "PUT";
    write->path = mem_format("%s?api-version=" API_VERSION, node->id);
    write->body = json_object_new_object();
    js_put(write->body, "location", json_object_new_string(node->location));
    js_put(write->body, "properties.createMode", json_object_new_string("recover"));
    js_put(write->body, "properties.tenantId", json_object_new_string(near->self.now->tenant_id));
    js_put(write->body, "properties.sku", sku_of(node));
}

const struct type type_vault = {
    .arm_type = "Microsoft.KeyVault/vaults",
    .word = "vault",
    .api_version = API_VERSION,
    .fields = fields,
    .n_fields = COUNT(fields),
    .known = known_vault,
    .not_found = not_found,
    .control = CONTROL_PURGE_PROTECTION,
    .facts = facts,
    .refusals = parent_vault_refusals,
    .counts_as_creation = true,
    .is_listed = true,
    .needs_tenant = true,
    .deleted_path = deleted_path,
    .deleted_not_found = "DeletedVaultNotFound",
    .derive = derive,
    .obstruct = obstruct,
    .request = request,
};
