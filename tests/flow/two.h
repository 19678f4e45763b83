/* two.h: the deployment of prod.h with a second account under the same key, which is declared as
 * the stack "test". */
#pragma once

#include "prod.h"

#define TEST_ACCOUNT GROUP "/providers/Microsoft.CognitiveServices/accounts/oai-test"
#define TEST_PRINCIPAL "44444444-4444-4444-4444-444444444442"
#define CRYPTO_USER                                                                                \
    SUBSCRIPTION                                                                                   \
    "/providers/Microsoft.Authorization/roleDefinitions/e147488a-f6f5-4113-8e2d-b22465e65bf6"

/* A second account under the same key, as right as the first. */
#define TWO_ACCOUNTS                                                                               \
    "{'live': {'" ACCOUNT "': {'systemData': {'lastModifiedAt': '2020-01-01T00:00:00Z'}},"         \
    " '" TEST_ACCOUNT "': {'id': '" TEST_ACCOUNT "', 'name': 'oai-test',"                          \
    "  'type': 'Microsoft.CognitiveServices/accounts', 'location': 'swedencentral',"               \
    "  'kind': 'OpenAI', 'sku': {'name': 'S0'}, 'tags': {},"                                       \
    "  'systemData': {'lastModifiedAt': '2020-01-01T00:00:00Z'}, 'identity': {"                    \
    "   'type': 'SystemAssigned', 'principalId': '" TEST_PRINCIPAL "',"                            \
    "   'tenantId': '11111111-1111-1111-1111-111111111111'}, 'properties': {"                      \
    "   'customSubDomainName': 'oai-test', 'endpoint': 'https://oai-test.openai.azure.com/',"      \
    "   'networkAcls': {'defaultAction': 'Deny', 'ipRules': [], 'virtualNetworkRules': []},"       \
    "   'encryption': {'keySource': 'Microsoft.KeyVault', 'keyVaultProperties': {"                 \
    "    'keyVaultUri': 'https://kv-openai-prod.vault.azure.net/', 'keyName': 'openai-cmk',"       \
    "    'keyVersion': '" NEWEST "'}}, 'publicNetworkAccess': 'Enabled',"                          \
    "   'privateEndpointConnections': [], 'provisioningState': 'Succeeded'}},"                     \
    " '" GRANTS "66666666-6666-6666-6666-666666666666': {'properties': {"                          \
    "  'roleDefinitionId': '" CRYPTO_USER "', 'principalId': '" TEST_PRINCIPAL "',"                \
    "  'principalType': 'ServicePrincipal', 'scope': '" KEY "'}}}}"

#define STACK(account)                                                                             \
    "{" PLACE ", 'vault': {'name': 'kv-openai-prod'}, 'key': {'name': 'openai-cmk', 'rotation': "  \
    "{'every': 'P90D', 'expireAfter': 'P1Y', 'retireAfter': 'P30D'}},"                             \
    " 'account': {'name': '" account "'}}"
#define BOTH "{'stacks': {'prod': " STACK("oai-prod") ", 'test': " STACK("oai-test") "}}"
