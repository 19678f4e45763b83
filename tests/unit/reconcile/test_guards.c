/* The guards of DESIGN section 5 and the incident rule of section 7: each test fails if its guard
 * is taken out. */
#include "world.h"

#define MICROSOFTS                                                                                 \
    "{'properties': {'encryption': {'keySource': 'Microsoft.CognitiveServices',"                   \
    " 'keyVaultProperties': null}}}"
#define ELSEWHERE                                                                                  \
    "'properties': {'encryption': {'keyVaultProperties': {'keyVaultUri': "                         \
    "'https://kv-elsewhere.vault.azure.net/'}}}"
#define LINK_IS(outcome)                                                                           \
    "account properties.encryption.keySource " outcome ", "                                        \
    "account properties.encryption.keyVaultProperties.keyName " outcome ", "                       \
    "account properties.encryption.keyVaultProperties.keyVaultUri " outcome ", "                   \
    "account properties.encryption.keyVaultProperties.keyVersion " outcome
#define ROLE(guid) SUBSCRIPTION "/providers/Microsoft.Authorization/roleDefinitions/" guid
#define ENCRYPTION_USER ROLE("e147488a-f6f5-4113-8e2d-b22465e65bf6")
#define CRYPTO_USER ROLE("12338AF0-0e69-4776-bea7-57ae8d297424")
#define READER ROLE("21090545-7ca7-4776-b22c-e363652d74d2")
#define GRANT(role, principal, scope)                                                              \
    "[{'id': '/x', 'name': 'somebody-made-it', 'properties': {'roleDefinitionId': '" role          \
    "', 'principalId': '" principal "', 'scope': '" scope                                          \
    "', 'createdOn': '2026-12-31T00:00:00Z'}}]"
#define B_DISABLED                                                                                 \
    "[{'version': '" VERSION_A "', 'ageDays': 120},"                                               \
    " {'version': '" VERSION_B "', 'ageDays': 30, 'enabled': false}]"
#define A_DISABLED                                                                                 \
    "[{'version': '" VERSION_A "', 'ageDays': 120, 'enabled': false},"                             \
    " {'version': '" VERSION_B "', 'ageDays': 30}]"

static struct guard_case {
    const char *name;
    const char *declared;                      /* laid over the stack, or NULL */
    const char *vault, *key, *account, *grant; /* laid over what Azure shows, or NULL */
    const char *versions;                      /* of the key, or NULL */
    struct {
        const char *word;
        enum sight sight;
    } sights[2];
    const char *blind; /* the restraint, or NULL */
    const char *held;
    const char *words;    /* all that is found */
    const char *requests; /* all that is sent; NULL: nothing */
} cases[] = {
    /* ---- linking ---- */
    {
        .name = "an account back at Microsoft's key is linked again",
        .account = MICROSOFTS,
        .words = LINK_IS("patch"),
        .requests = "PATCH account",
    },
    {
        .name = "an account of kind OpenAI is moved to the declared vault",
        .account = "{" ELSEWHERE "}",
        .words = "account properties.encryption.keyVaultProperties.keyVaultUri patch",
        .requests = "PATCH account",
    },
    {
        .name = "one of kind AIServices cannot be",
        .account = "{'kind': 'AIServices', " ELSEWHERE "}",
        .words = "account properties.encryption.keyVaultProperties.keyVaultUri impossible",
    },
    {
        .name = "within its vault it is repaired like any other",
        .account = "{'kind': 'AIServices', 'properties': {'encryption': {'keyVaultProperties': "
                   "{'keyName': 'other', 'keyVaultUri': "
                   "'https://KV-openai-prod.vault.azure.net'}}}}",
        .words = "account properties.encryption.keyVaultProperties.keyName patch",
        .requests = "PATCH account",
    },
    {
        .name = "and from Microsoft's key too",
        .account = "{'kind': 'AIServices', 'properties': {'encryption': null}}",
        .words = LINK_IS("patch"),
        .requests = "PATCH account",
    },
    {
        .name = "no link to a vault without purge protection: that comes first",
        .account = MICROSOFTS,
        .vault = "{'properties': {'enablePurgeProtection': null}}",
        .words = "vault properties.enablePurgeProtection patch, " LINK_IS("waiting"),
        .requests = "PATCH vault",
    },
    {
        .name = "no link while a version is disabled that nobody ordered to be",
        .account = MICROSOFTS,
        .versions = B_DISABLED,
        .words = "key properties.attributes.enabled refused, " LINK_IS("refused"),
    },
    {
        .name = "no link to a key that has expired",
        .account = MICROSOFTS,
        .versions = "[{'version': '" VERSION_B "', 'ageDays': 30, 'expDays': -1}]",
        .words = "key properties.attributes.exp refused, " LINK_IS("waiting"),
    },
    {
        .name = "no link to a key that is not valid yet",
        .account = MICROSOFTS,
        .versions = "[{'version': '" VERSION_B "', 'ageDays': 30, 'nbfDays': 1}]",
        .words = "key properties.attributes.nbf refused, " LINK_IS("waiting"),
    },
    {
        .name = "no link to a declared version that is disabled, whatever the newest is",
        .declared = "{'account': {'properties': {'encryption': {'keyVaultProperties': {"
                    " 'keyVersion': '" VERSION_A "'}}}}}",
        .versions = A_DISABLED,
        .words = "account properties.encryption.keyVaultProperties.keyVersion waiting",
    },
    {
        .name = "no link to a declared version that the key does not have",
        .declared = "{'account': {'properties': {'encryption': {'keyVaultProperties': {"
                    " 'keyVersion': '" VERSION_C "'}}}}}",
        .words = "account properties.encryption.keyVaultProperties.keyVersion waiting",
    },
    {
        .name = "C056 no link to an elliptic-curve key",
        .account = MICROSOFTS,
        .key = "{'properties': {'kty': 'EC'}}",
        .words = LINK_IS("refused"),
    },
    {
        .name = "C056 a key in hardware is as good as one that is not",
        .account = MICROSOFTS,
        .key = "{'properties': {'kty': 'RSA-HSM'}}",
        .words = LINK_IS("patch"),
        .requests = "PATCH account",
    },
    {
        .name = "no link without a grant: that is made first",
        .account = MICROSOFTS,
        .grant = "[]",
        .words = LINK_IS("waiting") ", grant create",
        .requests = "PUT grant",
    },
    {
        .name = "C008 a grant under a name that is not ours is one",
        .account = MICROSOFTS,
        .grant = GRANT(ENCRYPTION_USER, PRINCIPAL, KEY_ID),
        .words = LINK_IS("patch"),
        .requests = "PATCH account",
    },
    {
        .name = "a grant on the vault is one",
        .account = MICROSOFTS,
        .grant = GRANT(ENCRYPTION_USER, PRINCIPAL, VAULT_ID),
        .words = LINK_IS("patch"),
        .requests = "PATCH account",
    },
    {
        .name = "a grant on the group is one, in whatever case",
        .account = MICROSOFTS,
        .grant = GRANT(ENCRYPTION_USER, PRINCIPAL, SUBSCRIPTION "/resourcegroups/RG-openai-prod"),
        .words = LINK_IS("patch"),
        .requests = "PATCH account",
    },
    {
        .name = "a grant on the subscription, of Crypto User, is one",
        .account = MICROSOFTS,
        .grant = GRANT(CRYPTO_USER, PRINCIPAL, SUBSCRIPTION),
        .words = LINK_IS("patch"),
        .requests = "PATCH account",
    },
    {
        .name = "a grant on a management group is the root's, seen from any key",
        .account = MICROSOFTS,
        .grant = GRANT(CRYPTO_USER, PRINCIPAL, "/"),
        .words = LINK_IS("patch"),
        .requests = "PATCH account",
    },
    {
        .name = "a grant on a key whose name only begins the same is none",
        .grant = GRANT(ENCRYPTION_USER, PRINCIPAL, VAULT_ID "/keys/openai"),
        .words = "grant create",
        .requests = "PUT grant",
    },
    {
        .name = "a role that cannot wrap keys is no grant",
        .grant = GRANT(READER, PRINCIPAL, KEY_ID),
        .words = "grant create",
        .requests = "PUT grant",
    },
    {
        .name = "the grant of another principal is no grant",
        .grant = GRANT(ENCRYPTION_USER, "44444444-4444-4444-4444-444444444449", KEY_ID),
        .words = "grant create",
        .requests = "PUT grant",
    },
    {
        .name = "a key role on the account itself is no grant on the key",
        .declared = "{'account': {'roleAssignments': {'odd': {'properties': {"
                    " 'roleDefinitionId': '12338af0-0e69-4776-bea7-57ae8d297424'}}}}}",
        .account = MICROSOFTS,
        .grant = "[]",
        .words = LINK_IS("waiting") ", grant create",
        .requests = "PUT grant",
    },
    {
        .name = "no link into another region",
        .account = "{'location': 'swedencentral', 'properties': {'encryption': null}}",
        .vault = "{'location': 'westeurope'}",
        .words = "vault location impossible, " LINK_IS("refused"),
    },
    {
        .name = "no link while the vault is not settled",
        .account = MICROSOFTS,
        .sights = {{"vault", SIGHT_UNSETTLED}},
        .words = LINK_IS("waiting"),
    },
    {
        .name = "no part of a link is sent while its version is not known",
        .account = MICROSOFTS,
        .key = "{'properties': {'keyUriWithVersion':"
               " 'https://kv-openai-prod.vault.azure.net/keys/openai-cmk/" VERSION_C "'}}",
        .words = LINK_IS("waiting"),
    },
    /* ---- an incident ---- */
    {
        .name = "a disabled version is the loudest finding, and nothing is rotated or relinked",
        .declared = "{'key': {'rotation': {'every': 'P90D'}}}",
        .versions = "[{'version': '" VERSION_A "', 'ageDays': 120},"
                    " {'version': '" VERSION_B "', 'ageDays': 100, 'enabled': false}]",
        .words = "key properties.attributes.enabled refused, key rotation.every refused",
    },
    {
        .name = "nothing is rotated or relinked while the named version is disabled",
        .declared = "{'key': {'rotation': {'every': 'P30D'}}}",
        .versions = A_DISABLED,
        .account = "{'properties': {'encryption': {'keyVaultProperties': {'keyVersion':"
                   " '" VERSION_A "'}}}}",
        .words = "key properties.attributes.enabled refused, key rotation.every refused, "
                 "account properties.encryption.keyVaultProperties.keyVersion refused",
    },
    {
        .name = "an old version that nobody names may well be disabled",
        .versions = A_DISABLED,
        .words = "",
    },
    {
        .name = "no identity and no grant are given back while the named version is disabled",
        .versions = B_DISABLED,
        .account = "{'identity': {'type': 'None', 'principalId': null}}",
        .words = "key properties.attributes.enabled refused, account identity.type refused, "
                 "grant waiting",
    },
    {
        .name = "no grant is made while the named version is disabled",
        .versions = B_DISABLED,
        .grant = "[]",
        .words = "key properties.attributes.enabled refused, grant refused",
    },
    {
        .name = "the vault's bypass is not given back while the newest version is disabled",
        .versions = B_DISABLED,
        .vault = "{'properties': {'networkAcls': {'bypass': 'None'}}}",
        .words = "vault properties.networkAcls.bypass refused, "
                 "key properties.attributes.enabled refused",
    },
    {
        .name = "what takes access away is repaired all the same",
        .versions = B_DISABLED,
        .vault = "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}",
        .words = "vault properties.networkAcls.defaultAction patch, "
                 "key properties.attributes.enabled refused",
        .requests = "PATCH vault",
    },
    {
        .name = "with reenable the version is enabled, and that alone",
        .declared = "{'key': {'reenable': true}}",
        .versions = B_DISABLED,
        .words = "key properties.attributes.enabled action",
        .requests = "PATCH /keys/openai-cmk/" VERSION_B "?api-version=7.4",
    },
    /* ---- creating and recovering ---- */
    {
        .name = "no key is made that a live account is encrypted under",
        .sights = {{"key", SIGHT_ABSENT}},
        .words = "key refused, "
                 "account properties.encryption.keyVaultProperties.keyVersion waiting, "
                 "grant waiting",
    },
    {
        .name = "no key is made while an account that may name it shows nothing of itself",
        .sights = {{"key", SIGHT_ABSENT}, {"account", SIGHT_FORBIDDEN}},
        .words = "key waiting",
    },
    {
        .name = "nor while Azure only says that the account is being worked on",
        .sights = {{"key", SIGHT_ABSENT}, {"account", SIGHT_UNSETTLED}},
        .account = "null",
        .words = "key waiting, grant waiting",
    },
    {
        .name = "a key that only another vault's was named is made",
        .sights = {{"key", SIGHT_ABSENT}},
        .account = "{'properties': {'encryption': {'keyVaultProperties': {'keyVaultUri':"
                   " 'https://kv-openai-old.vault.azure.net/'}}}}",
        .words = "key create, "
                 "account properties.encryption.keyVaultProperties.keyVaultUri waiting, "
                 "account properties.encryption.keyVaultProperties.keyVersion waiting, "
                 "grant waiting",
        .requests = "PUT key",
    },
    {
        .name = "a key under a vault that is gone is not called lost",
        .sights = {{"vault", SIGHT_DELETED}},
        .vault = "{'properties': {'vaultId': '" VAULT_ID "'}}",
        .words = "vault recover, key waiting, "
                 "account properties.encryption.keyVaultProperties.keyVaultUri waiting, "
                 "account properties.encryption.keyVaultProperties.keyVersion waiting, "
                 "grant waiting",
        .requests = "PUT vault",
    },
    {
        .name = "a deleted vault of another group is not recovered",
        .sights = {{"vault", SIGHT_DELETED}},
        .vault = "{'properties': {'vaultId': '" SUBSCRIPTION "/resourceGroups/rg-other/providers/"
                 "Microsoft.KeyVault/vaults/kv-openai-prod'}}",
        .words = "vault refused, key waiting, "
                 "account properties.encryption.keyVaultProperties.keyVaultUri waiting, "
                 "account properties.encryption.keyVaultProperties.keyVersion waiting, "
                 "grant waiting",
    },
    {
        .name = "a deleted vault whose record does not say where it lay is not recovered",
        .sights = {{"vault", SIGHT_DELETED}, {"account", SIGHT_UNSETTLED}},
        .words = "vault refused, key waiting, grant waiting",
    },
    {
        .name = "an account is recovered after its vault",
        .sights = {{"vault", SIGHT_UNSETTLED}, {"account", SIGHT_DELETED}},
        .words = "account waiting, grant waiting",
    },
    /* ---- blindness ---- */
    {
        .name = "nothing is written to a stack that is not seen whole",
        .vault = "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}",
        .sights = {{"account", SIGHT_FORBIDDEN}},
        .blind = "oai-prod: AuthorizationFailed",
        .words = "vault properties.networkAcls.defaultAction waiting",
    },
    {
        .name = "nothing is said about what is forbidden, unreachable or unsettled",
        .vault = "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}",
        .account = "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}",
        .sights = {{"vault", SIGHT_UNREACHABLE}, {"account", SIGHT_UNSETTLED}},
        .blind = "kv-openai-prod: Timeout",
        .words = "",
    },
    {
        .name = "C038 an account that is not settled is neither compared nor written to",
        .account = "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}",
        .sights = {{"account", SIGHT_UNSETTLED}},
        .words = "",
    },
    /* ---- what Azure does not let change ---- */
    {
        .name = "C022 network rules on an account without a sub-domain are an operator's matter",
        .account = "{'properties': {'customSubDomainName': null, 'networkAcls': null}}",
        .words = "account properties.networkAcls.defaultAction impossible",
    },
    {
        .name = "C022 a declared sub-domain is set first, and the rules wait for it",
        .declared = "{'account': {'properties': {'customSubDomainName': 'oai-prod'}}}",
        .account = "{'properties': {'customSubDomainName': null, 'networkAcls': null}}",
        .words = "account properties.customSubDomainName patch, "
                 "account properties.networkAcls.defaultAction waiting",
        .requests = "PATCH account",
    },
    {
        .name = "a sub-domain that is set never changes",
        .declared = "{'account': {'properties': {'customSubDomainName': 'oai-other'}}}",
        .words = "account properties.customSubDomainName impossible",
    },
    {
        .name = "a region never changes",
        .account = "{'location': 'westeurope'}",
        .words = "account location impossible",
    },
    {
        .name = "a key never changes its type",
        .declared = "{'key': {'properties': {'kty': 'RSA-HSM'}}}",
        .words = "key properties.kty impossible",
    },
};

static void check(void **state)
{
    const struct guard_case *c = *state;
    const struct {
        const char *word, *overlay;
    } shown[] = {{"vault", c->vault}, {"account", c->account}, {"grant", c->grant}};
    struct world *world = world_new(c->declared);
    for (size_t i = 0; i < COUNT(shown); i++)
        if (shown[i].overlay)
            world_show(world, shown[i].word, shown[i].overlay);
    if (c->versions)
        world_versions(world, "key", c->versions);
    if (c->key)
        world_show(world, "key", c->key);
    for (size_t i = 0; i < COUNT(c->sights) && c->sights[i].word; i++)
        world_sight(world, c->sights[i].word, c->sights[i].sight);
    world->restraint = (struct restraint){.held = c->held, .blind = c->blind};
    world_round(world);
    world_later(world, 60); /* what is absent has now been seen to be, twice */
    assert_words(world, c->words);
    assert_requests(world, c->requests ? c->requests : "");
    world_free(world);
}

int main(void)
{
    return CASES_RUN(cases, check);
}
