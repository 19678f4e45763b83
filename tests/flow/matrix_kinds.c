/* matrix_kinds.c: the requests that cmkd sends, and the worlds in which it sends them. */
#include "matrix.h"

#include "prod.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */
#define ARM "https://management[.]azure[.]com"
#define IN_SUBSCRIPTION ARM "/subscriptions/{s}"
#define IN_GROUP IN_SUBSCRIPTION "/resourceGroups/rg-openai-prod/providers/"
#define THE_VAULT IN_GROUP "Microsoft[.]KeyVault/vaults/{v}"
#define THE_ACCOUNT IN_GROUP "Microsoft[.]CognitiveServices/accounts/{a}"
#define AT_VAULT "https://{v}[.]vault[.]azure[.]net"
#define GET_GROUP "https://management.azure.com/subscriptions/{s}/resourceGroups/rg-openai-prod/providers/"
#define GET_VAULT GET_GROUP "Microsoft.KeyVault/vaults/{v}"
#define KEY_VAULT_VERSION "?api-version=2026-02-01"
#define ACCOUNT_VERSION "?api-version=2025-06-01"

#define ID_VAULT "/subscriptions/{s}/resourceGroups/rg-openai-prod/providers/Microsoft.KeyVault/vaults/{v}"
#define ID_KEY ID_VAULT "/keys/openai-cmk"
#define NETWORK "/subscriptions/{s}/resourceGroups/rg-openai-prod/providers/Microsoft.Network"
#define ID_ACCOUNT "/subscriptions/{s}/resourceGroups/rg-openai-prod/providers/Microsoft.CognitiveServices/accounts/{a}"

/* Those first that take longest. */
const struct kind matrix_kinds[] = {
    {"get a token", TOKEN, false, false, "open vault", "^POST https://login[.].*/oauth2/v2.0/token", 0, ID_VAULT, "ResourceNotFound", NULL},
    {"get a token for the vault", TOKEN, false, false, "rotation due", "^POST https://login[.].*/oauth2/v2.0/token", 1, ID_KEY, NULL, NULL},

    {"look at the vault", LOOK, false, false, "open vault", "^GET " THE_VAULT "[?]", 0, ID_VAULT,
     "ResourceNotFound", GET_VAULT KEY_VAULT_VERSION},
    {"look at the account", LOOK, false, false, "open vault", "^GET " THE_ACCOUNT "[?]", 0, ID_ACCOUNT,
     "ResourceNotFound", GET_GROUP "Microsoft.CognitiveServices/accounts/{a}" ACCOUNT_VERSION},
    {"look at the key", LOOK, false, false, "open vault", "^GET " THE_VAULT "/keys/openai-cmk[?]", 0, ID_KEY,
     "ResourceNotFound", GET_VAULT "/keys/openai-cmk" KEY_VAULT_VERSION},
    {"list the versions", LOOK, true, false, "open vault", "^GET " THE_VAULT "/keys/openai-cmk/versions[?]", 0, ID_KEY,
     NULL, GET_VAULT "/keys/openai-cmk/versions" KEY_VAULT_VERSION},
    {"list the grants", LOOK, true, false, "open vault", "^GET " THE_VAULT "/keys/.*/roleAssignments[?]", 0, ID_KEY,
     NULL, GET_VAULT "/keys/openai-cmk/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01"},
    {"look at the content filter", LOOK, false, false, "drifted content filter", "^GET " THE_ACCOUNT "/raiPolicies/strict[?]", 0, ID_ACCOUNT,
     "NotFound", NULL},
    {"look at the deployment", LOOK, false, false, "drifted deployment", "^GET " THE_ACCOUNT "/deployments/gpt-4o[?]", 0, ID_ACCOUNT,
     "NotFound", NULL},
    {"look at the diagnostic setting", LOOK, false, false, "drifted diagnostic setting", "^GET " THE_VAULT "/providers/Microsoft[.]Insights/diagnosticSettings/audit[?]", 0, ID_VAULT,
     "ResourceNotFound", NULL},
    {"look at the lock", LOOK, false, false, "drifted lock", "^GET " THE_VAULT "/providers/Microsoft[.]Authorization/locks/keep[?]", 0, ID_VAULT,
     "LockNotFound", NULL},
    {"look at the private endpoint", LOOK, false, false, "drifted endpoint", "^GET " IN_GROUP "Microsoft[.]Network/privateEndpoints/pe-kv[?]", 0, NETWORK "/privateEndpoints/pe-kv",
     "ResourceNotFound", NULL},
    {"look at the zone group", LOOK, false, false, "drifted zone group", "^GET " IN_GROUP "Microsoft[.]Network/privateEndpoints/pe-kv/privateDnsZoneGroups/default[?]", 0, NETWORK "/privateEndpoints/pe-kv",
     "NotFound", NULL},
    {"list the connections", OTHERS, true, false, "vault asked", "^GET " THE_VAULT "/privateEndpointConnections[?]", 0, NETWORK "/privateEndpoints/pe-kv",
     NULL, NULL},
    {"list the accounts", OTHERS, true, false, "retirement due", "^GET " IN_SUBSCRIPTION "/providers/Microsoft[.]CognitiveServices/accounts[?]", 0, ID_KEY,
     NULL, "https://management.azure.com/subscriptions/{s}/providers/Microsoft.CognitiveServices/accounts" ACCOUNT_VERSION},
    {"survey the vaults", SURVEY, true, false, "open vault", "^GET " IN_SUBSCRIPTION "/providers/Microsoft[.]KeyVault/vaults[?]", 0, "/subscriptions/{s}/",
     NULL, "https://management.azure.com/subscriptions/{s}/providers/Microsoft.KeyVault/vaults" KEY_VAULT_VERSION},
    {"survey the accounts", SURVEY, true, false, "open vault", "^GET " IN_SUBSCRIPTION "/providers/Microsoft[.]CognitiveServices/accounts[?]", 0, "/subscriptions/{s}/",
     NULL, NULL},
    {"survey the grants", SURVEY, true, false, "open vault", "^GET " IN_GROUP "Microsoft[.]Authorization/roleAssignments[?]", 0, "/subscriptions/{s}/",
     NULL, NULL},
    {"look for a deleted vault", STORE, false, false, "deleted vault", "^GET .*/subscriptions/{s}/.*/deletedVaults/{v}[?]", 0, ID_VAULT,
     "DeletedVaultNotFound", "https://management.azure.com/subscriptions/{s}/providers/Microsoft.KeyVault/locations/swedencentral/deletedVaults/{v}" KEY_VAULT_VERSION},
    {"find no deleted vault", STORE, false, false, "nothing", "^GET .*/subscriptions/{s}/.*/deletedVaults/{v}[?]", 0, ID_VAULT,
     NULL, NULL},
    {"look for a deleted account", STORE, false, false, "deleted account", "^GET .*/subscriptions/{s}/.*/deletedAccounts/{a}[?]", 0, ID_ACCOUNT,
     "ResourceNotFound", "https://management.azure.com/subscriptions/{s}/providers/Microsoft.CognitiveServices/locations/swedencentral/resourceGroups/rg-openai-prod/deletedAccounts/{a}" ACCOUNT_VERSION},
    {"find no deleted account", STORE, false, false, "no account", "^GET .*/subscriptions/{s}/.*/deletedAccounts/{a}[?]", 0, ID_ACCOUNT,
     NULL, NULL},
    {"look for a deleted key", STORE, false, false, "deleted key", "^GET " AT_VAULT "/deletedkeys/openai-cmk[?]", 0, ID_KEY,
     "KeyNotFound", "https://{v}.vault.azure.net/deletedkeys/openai-cmk?api-version=7.4"},
    {"find no deleted key", STORE, false, false, "no key", "^GET " AT_VAULT "/deletedkeys/openai-cmk[?]", 0, ID_KEY,
     NULL, NULL},
    {"look at the subscription", TENANT, false, false, "nothing", "^GET " IN_SUBSCRIPTION "[?]", 0, ID_VAULT,
     NULL, "https://management.azure.com/subscriptions/{s}?api-version=2022-12-01"},
    {"list the versions before a rotation", CHECK, true, false, "rotation due", "^GET " AT_VAULT "/keys/openai-cmk/versions[?]", 0, ID_KEY,
     NULL, "https://{v}.vault.azure.net/keys/openai-cmk/versions?api-version=7.4"},
    {"probe the data plane", PROBE, false, false, "open vault", "^GET " AT_VAULT "/keys/openai-cmk[?]", 0, ID_VAULT,
     NULL, "https://{v}.vault.azure.net/keys/openai-cmk?api-version=7.4"},

    {"make the vault", WRITE, false, true, "nothing", "^PUT " THE_VAULT "[?]", 0, ID_VAULT, NULL, NULL},
    {"patch the vault", WRITE, false, false, "open vault", "^PATCH " THE_VAULT "[?]", 0, ID_VAULT, NULL, NULL},
    {"recover the vault", WRITE, false, true, "deleted vault", "^PUT " THE_VAULT "[?]", 0, ID_VAULT, NULL, NULL},
    {"make the key", WRITE, false, true, "no key", "^PUT " THE_VAULT "/keys/openai-cmk[?]", 0, ID_KEY, NULL, NULL},
    {"rotate the key", ROTATE, false, false, "rotation due", "^POST " AT_VAULT "/keys/openai-cmk/rotate[?]", 0, ID_KEY, NULL, NULL},
    {"enable a version", WRITE, false, false, "disabled version", "^PATCH " AT_VAULT "/keys/openai-cmk/", 0, ID_KEY, NULL, NULL},
    {"retire a version", WRITE, false, false, "retirement due", "^PATCH " AT_VAULT "/keys/openai-cmk/", 0, ID_KEY, NULL, NULL},
    {"recover the key", WRITE, false, true, "deleted key", "^POST " AT_VAULT "/deletedkeys/openai-cmk/recover[?]", 0, ID_KEY, NULL, NULL},
    {"make the grant", WRITE, false, false, "no grant", "^PUT " THE_VAULT "/keys/.*/roleAssignments/", 0, ID_KEY, NULL, NULL},
    {"make the account", WRITE, false, false, "no account", "^PUT " THE_ACCOUNT "[?]", 0, ID_ACCOUNT, NULL, NULL},
    {"patch the account", WRITE, false, false, "open account", "^PATCH " THE_ACCOUNT "[?]", 0, ID_ACCOUNT, NULL, NULL},
    {"link the account", WRITE, false, false, "old link", "^PATCH " THE_ACCOUNT "[?]", 0, ID_ACCOUNT, NULL, NULL},
    {"recover the account", WRITE, false, false, "deleted account", "^PUT " THE_ACCOUNT "[?]", 0, ID_ACCOUNT, NULL, NULL},
    {"give the account an identity", WRITE, false, false, "no identity", "^PATCH " THE_ACCOUNT "[?]", 0, ID_ACCOUNT, NULL, NULL},
    {"write what failed again", WRITE, false, false, "failed account", "^PATCH " THE_ACCOUNT "[?]", 0, ID_ACCOUNT, NULL, NULL},
    {"add an access policy", WRITE, false, false, "no access policy", "^PUT " THE_VAULT "/accessPolicies/add[?]", 0, ID_VAULT, NULL, NULL},
    {"replace an access policy", WRITE, false, false, "wide access policy", "^PUT " THE_VAULT "/accessPolicies/replace[?]", 0, ID_VAULT, NULL, NULL},
    {"set the rotation policy", WRITE, false, false, "no rotation policy", "^PUT " AT_VAULT "/keys/openai-cmk/rotationpolicy[?]", 0, ID_KEY, NULL, NULL},
    {"tag the key", WRITE, false, false, "no tag", "^PATCH " AT_VAULT "/keys/openai-cmk/", 0, ID_KEY, NULL, NULL},
    {"write the content filter", WRITE, false, false, "no content filter", "^PUT " THE_ACCOUNT "/raiPolicies/strict[?]", 0, ID_ACCOUNT, NULL, NULL},
    {"write the deployment", WRITE, false, false, "no deployment", "^PUT " THE_ACCOUNT "/deployments/gpt-4o[?]", 0, ID_ACCOUNT, NULL, NULL},
    {"write the diagnostic setting", WRITE, false, false, "no diagnostic setting", "^PUT " THE_VAULT "/providers/Microsoft[.]Insights/diagnosticSettings/audit[?]", 0, ID_VAULT "/providers/Microsoft.Insights/diagnosticSettings/audit", NULL, NULL},
    {"write the lock", WRITE, false, false, "no lock", "^PUT " THE_VAULT "/providers/Microsoft[.]Authorization/locks/keep[?]", 0, ID_VAULT "/providers/Microsoft.Authorization/locks/keep", NULL, NULL},
    {"make the private endpoint", WRITE, false, false, "no endpoint", "^PUT " IN_GROUP "Microsoft[.]Network/privateEndpoints/pe-kv[?]", 0, NETWORK "/privateEndpoints/pe-kv", NULL, NULL},
    {"make the zone group", WRITE, false, false, "no zone group", "^PUT " IN_GROUP "Microsoft[.]Network/privateEndpoints/pe-kv/privateDnsZoneGroups/default[?]", 0, NETWORK "/privateEndpoints/pe-kv", NULL, NULL},
    {"approve the vault's connection", WRITE, false, false, "vault asked", "^PUT " THE_VAULT "/privateEndpointConnections/pe-kv[?]", 0, NETWORK "/privateEndpoints/pe-kv", NULL, NULL},
    {"approve the account's connection", WRITE, false, false, "account asked", "^PUT " THE_ACCOUNT "/privateEndpointConnections/pe-oai[?]", 0, NETWORK "/privateEndpoints/pe-oai", NULL, NULL},
    {"poll an operation", POLL, false, false, "open account", "^GET " IN_SUBSCRIPTION "/.*/operationResults/", 0, ID_ACCOUNT, NULL, NULL},
};
const size_t matrix_kinds_count = COUNT(matrix_kinds);

#define VERSIONS(older, newest)                                                                    \
    "{'openai-cmk': [{'version': 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'enabled': true, 'kty': 'RSA', 'keySize': 2048, " older "}," \
    " {'version': '" NEWEST "', 'kty': 'RSA', 'keySize': 2048, " newest "}]}"
#define KEYS(newest) "'keys': {'kv-openai-prod': " VERSIONS("'ageDays': 120", newest) "}"
#define YOUNG "'enabled': true, 'ageDays': 10"
#define GROUPS "'resourceGroups': ['" GROUP "'], "
#define LONG_AGO "'systemData': {'lastModifiedAt': '2020-01-01T00:00:00.0000000Z'}"
#define UNLINKED "'encryption': null"

/* A vault that asks access policies: the account has its own. */
#define ENTRY(object, keys) "{'tenantId': '11111111-1111-1111-1111-111111111111', 'objectId': '" object "', 'permissions': {'keys': [" keys "]}}"
#define SOMEBODY "99999999-9999-9999-9999-999999999999"
#define BACKUP "77777777-7777-7777-7777-777777777777"
#define ENTRIES(more) "{" KEYS(YOUNG) ", 'live': {'" VAULT "': {'properties': {'enableRbacAuthorization': false, 'accessPolicies': [" \
    ENTRY(SOMEBODY, "'get', 'purge'") ", " ENTRY("44444444-4444-4444-4444-444444444441", "'get', 'wrapKey', 'unwrapKey'") more "]}}}}"
#define POLICIES ", 'accessPolicies': {'backup': {'objectId': '" BACKUP "', 'permissions': {'keys': ['get', 'backup']}}}"
#define OF_POLICIES ", 'exemptions': [{'path': 'vault.properties.enableRbacAuthorization', 'reason': 'SEC-7'}]"

#define SUBNET GROUP "/providers/Microsoft.Network/virtualNetworks/vnet/subnets/endpoints"
#define ENDPOINT(name) GROUP "/providers/Microsoft.Network/privateEndpoints/" name
#define WITH_SUBNET "'properties': {'subnet': {'id': '" SUBNET "'}}"
#define ZONE_GROUP ", 'privateDnsZoneGroups': {'default': {'properties': {'privateDnsZoneConfigs': [{'name': 'zone', 'properties': {'privateDnsZoneId': '" \
    GROUP "/providers/Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net'}}]}}}"
/* An endpoint and its connection, which waits for approval or has it. */
#define ENDPOINT_IS(name, target, group, links, status) "'" ENDPOINT(name) "': {'location': 'swedencentral', 'properties': {'provisioningState': 'Succeeded'," \
    " 'subnet': {'id': '" SUBNET "'}, '" links "': [{'name': 'asked', 'properties': {'privateLinkServiceId': \"" target "\", 'groupIds': ['" group "']}}]}}, \"" target \
    "/privateEndpointConnections/" name "\": {'properties': {'provisioningState': 'Succeeded', 'privateEndpoint': {'id': '" ENDPOINT(name) \
    "'}, 'privateLinkServiceConnectionState': {'status': '" status "'}}}"
#define LOGS "[{'categoryGroup': 'audit', 'enabled': true}], 'workspaceId': '" GROUP "/providers/Microsoft.OperationalInsights/workspaces/logs'"

/* Nothing is due by itself: the older version is enabled still, the newest ten days old. */
static const struct world worlds[] = {
    {"open vault", "{" KEYS(YOUNG) ", 'live': {'" VAULT "': {'properties': {'networkAcls': {'defaultAction': 'Allow'}}}}}", NULL, "", NULL, NULL, NULL},
    {"all is well", "{" KEYS(YOUNG) "}", NULL, "", NULL, NULL, NULL},
    {"open account", "{" KEYS(YOUNG) ", 'live': {'" ACCOUNT "': {'properties': {'networkAcls': {'defaultAction': 'Allow'}}}}}", NULL, "", NULL, NULL, NULL},
    {"old link", "{" KEYS(YOUNG) ", 'live': {'" ACCOUNT "': {'properties': {'encryption': {'keyVaultProperties': {'keyVersion': 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}}}}}}", NULL, "", NULL, NULL, NULL},
    {"rotation due", "{" KEYS("'enabled': true, 'ageDays': 100") "}", NULL, "", NULL, NULL, NULL},
    {"retirement due", "{" KEYS("'enabled': true, 'ageDays': 60") ", 'live': {'" ACCOUNT "': {" LONG_AGO "}}}", NULL, ", 'rotation': {'every': 'P90D', 'retireAfter': 'P30D'}", NULL, NULL, NULL},
    {"disabled version", "{" KEYS("'enabled': false, 'ageDays': 10") "}", NULL, ", 'reenable': true", NULL, NULL, NULL},
    {"nothing", "{'keys': {'kv-openai-prod': null}, 'live': {'" VAULT "': null, '" ACCOUNT "': null, '" GRANT "': null}}", NULL, "", NULL, NULL, NULL},
    {"no key", "{'keys': {'kv-openai-prod': {'openai-cmk': null}}, 'live': {'" ACCOUNT "': {'properties': {" UNLINKED "}}, '" GRANT "': null}}", NULL, "", NULL, NULL, NULL},
    {"no grant", "{" KEYS(YOUNG) ", 'live': {'" GRANT "': null}}", NULL, "", NULL, NULL, NULL},
    {"no account", "{" KEYS(YOUNG) ", 'live': {'" ACCOUNT "': null, '" GRANT "': null}}", NULL, "", NULL, NULL, NULL},
    {"deleted vault", "{" KEYS(YOUNG) ", 'live': {'" GRANT "': null}}", VAULT, "", NULL, NULL, NULL},
    {"deleted account", "{" KEYS(YOUNG) "}", ACCOUNT, "", NULL, NULL, NULL},
    {"no identity", "{" KEYS(YOUNG) ", 'live': {'" ACCOUNT "': {'identity': {'type': 'None', 'principalId': null, 'tenantId': null}}}}", NULL, "", NULL, NULL, NULL},
    {"failed account", "{" KEYS(YOUNG) ", 'live': {'" ACCOUNT "': {'properties': {'provisioningState': 'Failed'}}}}", NULL, "", NULL, NULL, NULL},
    {"no access policy", ENTRIES(""), NULL, "", POLICIES, NULL, OF_POLICIES},
    {"wide access policy", ENTRIES(", " ENTRY(BACKUP, "'get', 'backup', 'purge'")), NULL, "", POLICIES, NULL, OF_POLICIES},
    {"no rotation policy", "{" KEYS(YOUNG) "}", NULL, ", 'properties': {'rotationPolicy': {'attributes': {'expiryTime': 'P1Y'}}}", NULL, NULL, NULL},
    {"no tag", "{" KEYS(YOUNG) "}", NULL, ", 'tags': {'owner': 'us'}", NULL, NULL, NULL},
    {"no content filter", "{" KEYS(YOUNG) "}", NULL, "", NULL, ", 'raiPolicies': {'strict': {'properties': {'mode': 'Blocking', 'basePolicyName': 'Microsoft.DefaultV2'}}}", NULL},
    {"no deployment", "{" KEYS(YOUNG) "}", NULL, "", NULL, ", 'deployments': {'gpt-4o': {'properties': {'model': {'format': 'OpenAI', 'name': 'gpt-4o'}}}}", NULL},
    {"no diagnostic setting", "{" KEYS(YOUNG) "}", NULL, "", ", 'diagnosticSettings': {'audit': {'properties': {'logs': " LOGS "}}}", NULL, NULL},
    {"no lock", "{" KEYS(YOUNG) "}", NULL, "", ", 'locks': {'keep': {'properties': {'level': 'CanNotDelete'}}}", NULL, NULL},
    {"no endpoint", "{" KEYS(YOUNG) "}", NULL, "", ", 'privateEndpoints': {'pe-kv': {" WITH_SUBNET "}}", NULL, NULL},
    {"no zone group", "{" KEYS(YOUNG) ", 'live': {" ENDPOINT_IS("pe-kv", VAULT, "vault", "privateLinkServiceConnections", "Approved") "}}", NULL, "", ", 'privateEndpoints': {'pe-kv': {" WITH_SUBNET ZONE_GROUP "}}", NULL, NULL},
    {"vault asked", "{" KEYS(YOUNG) ", 'live': {" ENDPOINT_IS("pe-kv", VAULT, "vault", "manualPrivateLinkServiceConnections", "Pending") "}}", NULL, "", ", 'privateEndpoints': {'pe-kv': {}}", NULL, NULL},
    {"account asked", "{" KEYS(YOUNG) ", 'live': {" ENDPOINT_IS("pe-oai", ACCOUNT, "account", "manualPrivateLinkServiceConnections", "Pending") "}}", NULL, "", NULL, ", 'privateEndpoints': {'pe-oai': {}}", NULL},
    {"drifted content filter", "{" KEYS(YOUNG) ", 'live': {\"" ACCOUNT "/raiPolicies/strict\": {'properties': {'mode': 'Default', 'basePolicyName': 'Microsoft.DefaultV2'}}}}", NULL, "",
     NULL, ", 'raiPolicies': {'strict': {'properties': {'mode': 'Blocking', 'basePolicyName': 'Microsoft.DefaultV2'}}}", NULL},
    {"drifted deployment", "{" KEYS(YOUNG) ", 'live': {\"" ACCOUNT "/deployments/gpt-4o\": {'sku': {'name': 'Standard', 'capacity': 1}, 'properties': {"
     "'model': {'format': 'OpenAI', 'name': 'gpt-4o', 'version': '2024-11-20'}, 'raiPolicyName': 'Microsoft.Default', 'provisioningState': 'Succeeded'}}}}", NULL, "",
     NULL, ", 'deployments': {'gpt-4o': {'properties': {'model': {'format': 'OpenAI', 'name': 'gpt-4o'}, 'raiPolicyName': 'Microsoft.DefaultV2'}}}", NULL},
    {"drifted diagnostic setting", "{" KEYS(YOUNG) ", 'live': {'" VAULT "/providers/Microsoft.Insights/diagnosticSettings/audit': {'properties': {'logs': [{'categoryGroup': 'audit', 'enabled': false}], "
     "'workspaceId': '" GROUP "/providers/Microsoft.OperationalInsights/workspaces/logs'}}}}", NULL, "", ", 'diagnosticSettings': {'audit': {'properties': {'logs': " LOGS "}}}", NULL, NULL},
    {"drifted lock", "{" KEYS(YOUNG) ", 'live': {'" VAULT "/providers/Microsoft.Authorization/locks/keep': {'properties': {'level': 'CanNotDelete', 'notes': 'theirs'}}}}", NULL, "",
     ", 'locks': {'keep': {'properties': {'level': 'CanNotDelete', 'notes': 'ours'}}}", NULL, NULL},
    {"drifted endpoint", "{" KEYS(YOUNG) ", 'live': {" ENDPOINT_IS("pe-kv", VAULT, "vault", "privateLinkServiceConnections", "Approved") "}}", NULL, "",
     ", 'privateEndpoints': {'pe-kv': {'tags': {'for': 'us'}, " WITH_SUBNET "}}", NULL, NULL},
    {"drifted zone group", "{" KEYS(YOUNG) ", 'live': {" ENDPOINT_IS("pe-kv", VAULT, "vault", "privateLinkServiceConnections", "Approved") ", '"
     ENDPOINT("pe-kv") "/privateDnsZoneGroups/default': {'properties': {'provisioningState': 'Succeeded', 'privateDnsZoneConfigs': []}}}}", NULL, "",
     ", 'privateEndpoints': {'pe-kv': {" WITH_SUBNET ZONE_GROUP "}}", NULL, NULL},
    {"deleted key", "{'keys': {'kv-openai-prod': null, '@deletedKeys': {'kv-openai-prod': " VERSIONS("'ageDays': 120", YOUNG) "}}}", NULL, "", NULL, NULL, NULL},
};
/* clang-format on */

const struct world *matrix_world(const char *name)
{
    for (size_t i = 0; i < COUNT(worlds); i++)
        if (strcmp(worlds[i].name, name) == 0)
            return &worlds[i];
    fail_msg("there is no world \"%s\"", name);
    abort();
}
