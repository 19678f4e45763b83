/* When an account may name a vault key, and when Azure refuses. */
#include "azure.h"

#define LINK                                                                                       \
    "PATCH " ACCOUNT, "{'properties': {'encryption': {'keySource': 'Microsoft.KeyVault', "         \
                      "'keyVaultProperties': {'keyVaultUri': 'https://kvt.vault.localhost:8443', " \
                      "'keyName': 'cmk', 'keyVersion': '" NEW "'}}}}"
#define LINK_OLD                                                                                   \
    "PATCH " ACCOUNT,                                                                              \
        "{'properties': {'encryption': {'keySource': 'Microsoft.Keyvault', "                       \
        "'keyVaultProperties': {'keyVaultUri': 'https://kvt.vault.localhost:8443/', "              \
        "'keyName': 'cmk', 'keyVersion': '" OLD "'}}}}"
#define GRANT_BODY(role)                                                                           \
    "{'properties': {'principalId': '" PRINCIPAL "', 'principalType': 'ServicePrincipal', "        \
    "'roleDefinitionId': '" ROLE role "'}}"

/* clang-format off */
static struct story stories[] = {
    {"a sound key may be named, and is echoed as it was sent", NULL, {
        {LINK, 202, .path = "properties.encryption.keyVaultProperties.keyVaultUri",
         .value = "https://kvt.vault.localhost:8443"},
        {LINK_OLD, 202, .path = "properties.encryption.keySource", .value = "Microsoft.Keyvault",
         .path2 = "properties.encryption.keyVaultProperties.keyVersion", .value2 = OLD},
    }},
    {"back to Microsoft's keys there are no key properties", NULL, {
        {"PATCH " ACCOUNT, "{'properties': {'encryption': {'keySource':"
         " 'Microsoft.CognitiveServices'}}}", 202, .path = "properties.encryption",
         .value = "{\"keySource\":\"Microsoft.CognitiveServices\"}"},
        {"PATCH " ACCOUNT, "{'properties': {'encryption': {'keySource': 'Elsewhere'}}}", 400},
    }},
    {"the vault must be there", NULL, {{LINK, 400, "BadRequest", .drift = VAULT}}},
    {"the vault must be protected from purging", NULL, {
        {LINK, 400, "BadRequest", .drift = VAULT,
         .patch = "{'properties': {'enablePurgeProtection': null}}"},
    }},
    {"the vault must lie in the account's region", NULL, {
        {LINK, 202, .drift = VAULT, .patch = "{'location': 'Sweden Central'}"},
        {LINK, 400, "BadRequest", .drift = VAULT, .patch = "{'location': 'westus'}"},
    }},
    {"the key must be there", NULL, {{LINK, 400, "BadRequest", .drift = KEY}}},
    {"the named version must be enabled", NULL, {
        {LINK_OLD, 400, "BadRequest", .drift = KEY "/versions/" OLD,
         .patch = "{'properties': {'attributes': {'enabled': false}}}"},
        {LINK, 202},
    }},
    {"the named version must not have expired", NULL, {
        {LINK, 400, "BadRequest", .drift = KEY,
         .patch = "{'properties': {'attributes': {'exp': 1000}}}"},
    }},
    {"the named version must be active already", NULL, {
        {LINK, 400, "BadRequest", .drift = KEY,
         .patch = "{'properties': {'attributes': {'nbf': 4000000000}}}"},
    }},
    {"a link without a version means the newest", NULL, {
        {"PATCH " ACCOUNT, "{'properties': {'encryption': {'keySource': 'Microsoft.KeyVault',"
         " 'keyVaultProperties': {'keyVaultUri': 'https://kvt.vault.localhost:8443/', 'keyName':"
         " 'cmk'}}}}", 202},
        {"PATCH " ACCOUNT, "{'properties': {'encryption': {'keySource': 'Microsoft.KeyVault',"
         " 'keyVaultProperties': {'keyVaultUri': 'https://kvt.vault.localhost:8443/', 'keyName':"
         " 'cmk'}}}}", 400, .drift = KEY,
         .patch = "{'properties': {'attributes': {'enabled': false}}}"},
    }},
    {"an elliptic curve will not do", NULL, {
        {"POST kv:/keys/curve/create", "{'kty': 'EC'}", 200},
        {"PATCH " ACCOUNT, "{'properties': {'encryption': {'keySource': 'Microsoft.KeyVault',"
         " 'keyVaultProperties': {'keyVaultUri': 'https://kvt.vault.localhost:8443/', 'keyName':"
         " 'curve'}}}}", 400, "BadRequest"},
    }},
    {"the account needs an identity", NULL, {
        {LINK, 400, "BadRequest", .drift = ACCOUNT, .patch = "{'identity': null}"},
    }},
    {"the identity needs a grant, at the key or above it", "{'grantDelay': 0}", {
        {"DELETE " KEY GRANTS "/" GRANT_NAME, NULL, 200},
        {LINK, 400, "BadRequest"},
        {"PUT " VAULT "/keys/other" GRANTS "/" GRANT_NAME,
         GRANT_BODY("e147488a-f6f5-4113-8e2d-b22465e65bf6"), 201},
        {LINK, 400, "BadRequest"},
        {"PUT " RG GRANTS "/" GRANT_NAME, GRANT_BODY("12338af0-0e69-4776-bea7-57ae8d297424"), 201},
        {LINK, 202},
    }},
    {"another role is no grant", NULL, {
        {"DELETE " KEY GRANTS "/" GRANT_NAME, NULL, 200},
        {"PUT " KEY GRANTS "/" GRANT_NAME, GRANT_BODY("21090545-7ca7-4776-b22c-e363652d74d2"), 201},
        {LINK, 400, "BadRequest"},
    }},
    {"a grant takes a while to have effect", "{'grantDelay': 30}", {
        {LINK, 202},
        {"DELETE " KEY GRANTS "/" GRANT_NAME, NULL, 200},
        {"PUT " KEY GRANTS "/" GRANT_NAME, GRANT_BODY("e147488a-f6f5-4113-8e2d-b22465e65bf6"), 201},
        {LINK, 400, "BadRequest", .later_s = 20},
        {LINK, 202, .later_s = 11},
    }},
    {"on a vault with access policies an entry counts, and no role does", NULL, {
        {LINK, 400, "BadRequest", .drift = VAULT,
         .patch = "{'properties': {'enableRbacAuthorization': false}}"},
        {LINK, 400, "BadRequest", .drift = VAULT,
         .patch = "{'properties': {'accessPolicies': [{'objectId': '" PRINCIPAL "',"
         " 'permissions': {'keys': ['Get', 'wrapKey']}}]}}"},
        {LINK, 202, .drift = VAULT,
         .patch = "{'properties': {'accessPolicies': [{'objectId': '" PRINCIPAL "',"
         " 'permissions': {'keys': ['Get', 'wrapKey', 'UnwrapKey']}}]}}"},
    }},
    {"a closed vault must let Azure's services through", NULL, {
        {LINK, 400, "BadRequest", .drift = VAULT,
         .patch = "{'properties': {'networkAcls': {'bypass': 'None'}}}"},
        {LINK, 202, .drift = VAULT,
         .patch = "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}"},
    }},
    {"a write that is about something else is not asked for the key", NULL, {
        {"PATCH " ACCOUNT, "{'properties': {'disableLocalAuth': true}}", 202, .drift = KEY},
    }},
    {"a refused link leaves the account as it was", NULL, {
        {LINK_OLD, 400, "BadRequest", .drift = VAULT,
         .patch = "{'properties': {'enablePurgeProtection': null}}"},
        {"GET " ACCOUNT, NULL, 200,
         .path = "properties.encryption.keyVaultProperties.keyVersion", .value = NEW,
         .path2 = "properties.provisioningState", .value2 = "Succeeded"},
    }},
};
/* clang-format on */

int main(void)
{
    return CASES_RUN(stories, story_check);
}
