/* account_cmk.c: when Azure lets an account name a vault key.
 * Rules: https://learn.microsoft.com/azure/ai-services/openai/encrypt-data-at-rest. No refusal was
 * recorded: status and code are azsim's belief, the texts say which rule it was. */
#include "account.h"

#include "base/armid.h"
#include "grant.h"
#include "key.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What the rules look at. */
struct link {
    struct sim *sim;
    struct json_object *body, *wanted; /* the account; its keyVaultProperties */
    struct resource *vault;            /* or NULL */
    struct key *key;                   /* or NULL */
    struct key_version *version;       /* named or newest; or NULL */
};

static bool vault_there(const struct link *link)
{
    return link->vault != NULL;
}

static bool vault_protected(const struct link *link)
{
    return js_bool(link->vault->body, "properties.enablePurgeProtection", false) &&
           js_bool(link->vault->body, "properties.enableSoftDelete", true);
}

static bool same_region(const struct link *link)
{
    AUTO(text) char *here = armid_location(js_string(link->body, "location", ""));
    AUTO(text) char *there = armid_location(js_string(link->vault->body, "location", ""));
    return strcmp(here, there) == 0;
}

static bool key_there(const struct link *link)
{
    return link->version != NULL;
}

static bool key_type_fits(const struct link *link)
{
    return strncasecmp(link->version->kty, "RSA", 3) == 0;
}

static bool key_enabled(const struct link *link)
{
    return link->version->enabled;
}

static bool key_in_time(const struct link *link)
{
    int64_t now_s = sim_now_s(link->sim);
    return (!link->version->exp_s || link->version->exp_s > now_s) &&
           (!link->version->nbf_s || link->version->nbf_s <= now_s);
}

/* The principal that is to use the key: the system identity, or the named user identity. */
static const char *principal_of(const struct link *link)
{
    const char *client = js_string(link->wanted, "identityClientId", NULL);
    struct json_object *users = js_object(link->body, "identity.userAssignedIdentities");
    if (!client || !*client)
        return js_string(link->body, "identity.principalId", NULL);
    if (!users)
        return NULL;
    json_object_object_foreach(users, id, user)
    {
        (void)id;
        if (strcasecmp(js_string(user, "clientId", ""), client) == 0)
            return js_string(user, "principalId", NULL);
    }
    return NULL;
}

static bool identity_there(const struct link *link)
{
    return principal_of(link) != NULL;
}

static bool has_permission(struct json_object *words, const char *word)
{
    for (size_t i = 0; words && i < json_object_array_length(words); i++) {
        const char *had = json_object_get_string(json_object_array_get_idx(words, i));
        if (had && (strcasecmp(had, word) == 0 || strcasecmp(had, "all") == 0))
            return true;
    }
    return false;
}

/* On a vault with access policies. */
static bool policy_holds(const struct link *link, const char *principal)
{
    struct json_object *policies = js_array(link->vault->body, "properties.accessPolicies");
    for (size_t i = 0; policies && i < json_object_array_length(policies); i++) {
        struct json_object *policy = json_object_array_get_idx(policies, i);
        struct json_object *words = js_array(policy, "permissions.keys");
        if (strcasecmp(js_string(policy, "objectId", ""), principal) == 0 &&
            has_permission(words, "get") && has_permission(words, "wrapKey") &&
            has_permission(words, "unwrapKey"))
            return true;
    }
    return false;
}

static bool may_use_key(const struct link *link)
{
    static const char *const roles[] = {
        "e147488a-f6f5-4113-8e2d-b22465e65bf6", /* Key Vault Crypto Service Encryption User */
        "12338af0-0e69-4776-bea7-57ae8d297424", /* Key Vault Crypto User */
        "14b46e9e-c2b7-41b4-b07b-48a6ebf60603", /* Key Vault Crypto Officer */
        NULL,
    };
    const char *principal = principal_of(link);
    AUTO(text) char *id = mem_format("%s/keys/%s", link->vault->id, link->key->name);
    if (!js_bool(link->vault->body, "properties.enableRbacAuthorization", false))
        return policy_holds(link, principal);
    return grant_holds(link->sim, principal, roles, id);
}

static bool door_open(const struct link *link)
{
    struct json_object *acls = js_object(link->vault->body, "properties.networkAcls");
    bool denies = strcasecmp(js_string(acls, "defaultAction", "Allow"), "Deny") == 0 ||
                  strcasecmp(js_string(link->vault->body, "properties.publicNetworkAccess", ""),
                             "Disabled") == 0;
    return !denies || strcasecmp(js_string(acls, "bypass", "AzureServices"), "None") != 0;
}

/* In this order: each may rely on those above it. */
static const struct {
    bool (*holds)(const struct link *link);
    const char *refusal;
} rules[] = {
    {vault_there, "The key vault of 'keyVaultUri' was not found."},
    {vault_protected, "The key vault must have soft delete and purge protection enabled."},
    {same_region, "The key vault must be in the same region as the account."},
    {key_there, "The key, or its version, was not found in the key vault."},
    {key_type_fits, "The key must be of type RSA or RSA-HSM."},
    {key_enabled, "The key version is disabled."},
    {key_in_time, "The key version has expired or is not yet active."},
    {identity_there, "The account has no managed identity to access the key vault with."},
    {may_use_key, "The key vault key cannot be accessed by the identity of the resource: it needs "
                  "get, wrap key and unwrap key."},
    {door_open, "The firewall of the key vault must allow trusted Azure services to bypass it."},
};

/* "https://<vault>.vault.localhost:<port>[/]" names the vault. */
static struct resource *vault_of(struct sim *sim, const char *uri)
{
    AUTO(text) char *suffix = mem_format(".vault.localhost:%u", sim->port);
    AUTO(text) char *folded = armid_key(uri);
    const char *host = strncmp(folded, "https://", 8) == 0 ? folded + 8 : "";
    const char *at = strstr(host, suffix);
    if (!at || (at[strlen(suffix)] && strcmp(at + strlen(suffix), "/") != 0))
        return NULL;
    AUTO(text) char *name = mem_text_n(host, (size_t)(at - host));
    struct resource *vault = state_vault(sim, name);
    return vault && !vault->deleted_ms ? vault : NULL;
}

static void follow(struct link *link)
{
    const char *name = js_string(link->wanted, "keyName", "");
    const char *version = js_string(link->wanted, "keyVersion", "");
    link->vault = vault_of(link->sim, js_string(link->wanted, "keyVaultUri", ""));
    if (!link->vault)
        return;
    struct key *key = key_find(link->sim, armid_name(link->vault->id), name);
    if (!key || !key_visible(link->sim, key))
        return;
    link->key = key;
    link->version = *version ? key_version(key, version) : key_newest(key);
}

/* Only a write that sends an encryption block is asked. */
bool account_key_allowed(struct call *call, struct json_object *body)
{
    struct json_object *sent = js_object(call->request->body, "properties.encryption");
    const char *source = js_string(sent, "keySource", "");
    if (!sent || strcasecmp(source, "Microsoft.CognitiveServices") == 0)
        return true;
    if (strcasecmp(source, "Microsoft.KeyVault") != 0)
        return call_fail(call, 400, "BadRequest", "The encryption key source '%s' is invalid.",
                         source);
    struct link link = {
        .sim = call->sim,
        .body = body,
        .wanted = js_object(body, "properties.encryption.keyVaultProperties"),
    };
    follow(&link);
    for (size_t i = 0; i < COUNT(rules); i++)
        if (!rules[i].holds(&link))
            return call_fail(call, 400, "BadRequest", "%s", rules[i].refusal);
    return true;
}
