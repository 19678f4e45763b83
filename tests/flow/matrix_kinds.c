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

/* Nothing is due by itself: the older version is enabled still, the newest ten days old. */
static const struct world worlds[] = {
    {"open vault", "{" KEYS(YOUNG) ", 'live': {'" VAULT "': {'properties': {'networkAcls': {'defaultAction': 'Allow'}}}}}", NULL, ""},
    {"all is well", "{" KEYS(YOUNG) "}", NULL, ""},
    {"open account", "{" KEYS(YOUNG) ", 'live': {'" ACCOUNT "': {'properties': {'networkAcls': {'defaultAction': 'Allow'}}}}}", NULL, ""},
    {"old link", "{" KEYS(YOUNG) ", 'live': {'" ACCOUNT "': {'properties': {'encryption': {'keyVaultProperties': {'keyVersion': 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}}}}}}", NULL, ""},
    {"rotation due", "{" KEYS("'enabled': true, 'ageDays': 100") "}", NULL, ""},
    {"retirement due", "{" KEYS("'enabled': true, 'ageDays': 60") ", 'live': {'" ACCOUNT "': {" LONG_AGO "}}}", NULL, ", 'rotation': {'every': 'P90D', 'retireAfter': 'P30D'}"},
    {"disabled version", "{" KEYS("'enabled': false, 'ageDays': 10") "}", NULL, ", 'reenable': true"},
    {"nothing", "{'keys': {'kv-openai-prod': null}, 'live': {'" VAULT "': null, '" ACCOUNT "': null, '" GRANT "': null}}", NULL, ""},
    {"no key", "{'keys': {'kv-openai-prod': {'openai-cmk': null}}, 'live': {'" ACCOUNT "': {'properties': {" UNLINKED "}}, '" GRANT "': null}}", NULL, ""},
    {"no grant", "{" KEYS(YOUNG) ", 'live': {'" GRANT "': null}}", NULL, ""},
    {"no account", "{" KEYS(YOUNG) ", 'live': {'" ACCOUNT "': null, '" GRANT "': null}}", NULL, ""},
    {"deleted vault", "{" KEYS(YOUNG) ", 'live': {'" GRANT "': null}}", VAULT, ""},
    {"deleted account", "{" KEYS(YOUNG) "}", ACCOUNT, ""},
    {"deleted key", "{'keys': {'kv-openai-prod': null, '@deletedKeys': {'kv-openai-prod': " VERSIONS("'ageDays': 120", YOUNG) "}}}", NULL, ""},
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
