/* Vaults that ask access policies: the account's grant is an entry there, and entries that are
 * declared are held one by one. */
#include "world.h"

#define MICROSOFTS                                                                                 \
    "{'properties': {'encryption': {'keySource': 'Microsoft.CognitiveServices',"                   \
    " 'keyVaultProperties': null}}}"
#define LINK_IS(outcome)                                                                           \
    "account properties.encryption.keySource " outcome ", "                                        \
    "account properties.encryption.keyVaultProperties.keyName " outcome ", "                       \
    "account properties.encryption.keyVaultProperties.keyVaultUri " outcome ", "                   \
    "account properties.encryption.keyVaultProperties.keyVersion " outcome
#define MODEL "vault properties.enableRbacAuthorization impossible"
#define MAY                                                                                        \
    "{'exemptions': [{'path': 'vault.properties.enableRbacAuthorization', 'reason': 'SEC-7'}]}"
#define MAY_MODEL "vault properties.enableRbacAuthorization exempt"
#define BACKUP "77777777-7777-7777-7777-777777777777"
#define POLICIES(entries)                                                                          \
    "{'properties': {'enableRbacAuthorization': false, 'accessPolicies': [" entries "]}}"
#define ENTRY(who, more, keys)                                                                     \
    "{'objectId': '" who "', " more "'permissions': {'keys': [" keys "]}}"
#define HAS(more, permissions)                                                                     \
    "{'vault': {'accessPolicies': {'backup': {'objectId': '" BACKUP "', " more                     \
    "'permissions': {" permissions "}}}}}"
#define B_DISABLED                                                                                 \
    "[{'version': '" VERSION_A "', 'ageDays': 120},"                                               \
    " {'version': '" VERSION_B "', 'ageDays': 30, 'enabled': false}]"

static struct entry_case {
    const char *name;
    const char *declared;   /* laid over the stack, or NULL */
    const char *vault;      /* laid over what Azure shows, or NULL */
    const char *account;    /* likewise */
    const char *versions;   /* of the key, or NULL */
    enum sight vault_sight; /* SIGHT_UNREACHABLE: it is there */
    const char *words;      /* all that is found */
    const char *requests;   /* all that is sent; NULL: nothing */
} cases[] = {
    /* ---- the account's grant ---- */
    {
        .name = "the permission model of a vault is found and never switched",
        .vault = "{'properties': {'enableRbacAuthorization': false, 'accessPolicies': ["
                 " {'objectId': '" PRINCIPAL "', 'permissions': {'keys':"
                 "  ['Get', 'WrapKey', 'unwrapkey']}}]}}",
        .words = "vault properties.enableRbacAuthorization impossible",
    },
    {
        .name = "a policy that lets the account do everything lets it use the key",
        .vault = "{'properties': {'enableRbacAuthorization': null, 'accessPolicies': ["
                 " {'objectId': '" PRINCIPAL "', 'permissions': {'keys': ['all']}}]}}",
        .account = MICROSOFTS,
        .words = "vault properties.enableRbacAuthorization impossible, " LINK_IS("patch"),
        .requests = "PATCH account",
    },
    {
        .name = "a role is worth nothing where the vault asks its policies",
        .declared = MAY,
        .vault = "{'properties': {'enableRbacAuthorization': false}}",
        .account = MICROSOFTS,
        .words = MAY_MODEL ", " LINK_IS("waiting") ", grant create",
        .requests = "PUT grant add",
    },
    {
        .name = "no entry is given on a vault that is declared to ask roles",
        .vault = "{'properties': {'enableRbacAuthorization': null}}",
        .words = MODEL ", grant impossible",
    },
    {
        .name = "a policy that lacks a right is completed",
        .declared = MAY,
        .vault = POLICIES(ENTRY(PRINCIPAL, "", "'get', 'wrapKey'")),
        .words = MAY_MODEL ", grant create",
        .requests = "PUT grant add",
    },
    {
        .name = "a policy for the account through some application is none for the account",
        .declared = MAY,
        .vault = POLICIES(ENTRY(PRINCIPAL, "'applicationId': '" TENANT "', ", "'all'")),
        .words = MAY_MODEL ", grant create",
        .requests = "PUT grant add",
    },
    {
        .name = "no policy is given while a version is disabled without an order",
        .declared = MAY,
        .vault = POLICIES(""),
        .versions = B_DISABLED,
        .words = MAY_MODEL ", key properties.attributes.enabled refused, grant refused",
    },
    /* ---- declared entries ---- */
    {
        .name = "a declared entry that is not there is added",
        .declared = HAS("", "'keys': ['get']"),
        .vault = POLICIES(ENTRY(PRINCIPAL, "", "'all'")),
        .words = MODEL ", accessPolicy create",
        .requests = "PUT accessPolicy add",
    },
    {
        .name = "an entry for another application is another entry",
        .declared = HAS("'applicationId': '" TENANT "', ", "'keys': ['get']"),
        .vault = POLICIES(ENTRY(PRINCIPAL, "", "'all'") "," ENTRY(BACKUP, "", "'get'")),
        .words = MODEL ", accessPolicy create",
        .requests = "PUT accessPolicy add",
    },
    {
        .name = "permissions have no case and no order",
        .declared = HAS("", "'keys': ['get', 'backup']"),
        .vault = POLICIES(ENTRY(PRINCIPAL, "", "'all'") "," ENTRY(BACKUP, "", "'Backup', 'GET'")),
        .words = MODEL,
    },
    {
        .name = "a permission that is gone is added",
        .declared = HAS("", "'keys': ['get', 'backup']"),
        .vault = POLICIES(ENTRY(PRINCIPAL, "", "'all'") "," ENTRY(BACKUP, "", "'get'")),
        .words = MODEL ", accessPolicy permissions.keys patch",
        .requests = "PUT accessPolicy add",
    },
    {
        .name = "a permission that is not declared is taken away, of this entry alone",
        .declared = HAS("", "'keys': ['get', 'backup']"),
        .vault = POLICIES(ENTRY(PRINCIPAL, "", "'all'") "," ENTRY(BACKUP, "", "'get', 'purge'")),
        .words = MODEL ", accessPolicy permissions.keys patch",
        .requests = "PUT accessPolicy replace",
    },
    {
        .name = "what lacks and what is too much goes out together",
        .declared = HAS("", "'keys': ['get', 'backup'], 'secrets': []"),
        .vault = POLICIES(ENTRY(
            PRINCIPAL, "", "'all'") ",{'objectId': '" BACKUP
                                    "', 'permissions': {'keys': ['get'], 'secrets': ['set']}}"),
        .words = MODEL ", accessPolicy permissions.keys patch, accessPolicy permissions.secrets "
                       "patch",
        .requests = "PUT accessPolicy replace",
    },
    {
        .name = "an entry through which an account reaches its key is not cut",
        .declared = "{'vault': {'accessPolicies': {'account': {'objectId': '" PRINCIPAL
                    "', 'permissions': {'keys': ['get']}}}}}",
        .vault = POLICIES(ENTRY(PRINCIPAL, "", "'all'")),
        .words = MODEL ", accessPolicy permissions.keys refused",
    },
    {
        .name = "what it has besides is taken away",
        .declared = "{'vault': {'accessPolicies': {'account': {'objectId': '" PRINCIPAL
                    "', 'permissions': {'keys': ['get', 'wrapKey', 'unwrapKey']}}}}}",
        .vault = POLICIES(ENTRY(PRINCIPAL, "", "'all'")),
        .words = MODEL ", accessPolicy permissions.keys patch",
        .requests = "PUT accessPolicy replace",
    },
    {
        .name = "no permission is given while a version is disabled without an order",
        .declared = HAS("", "'keys': ['get', 'backup']"),
        .vault = POLICIES(ENTRY(PRINCIPAL, "", "'all'") "," ENTRY(BACKUP, "", "'get'")),
        .versions = B_DISABLED,
        .words = MODEL
        ", key properties.attributes.enabled refused, accessPolicy permissions.keys refused",
    },
    {
        .name = "and too much is taken away all the same",
        .declared = HAS("", "'keys': ['get', 'backup']"),
        .vault = POLICIES(
            ENTRY(PRINCIPAL, "", "'all'") "," ENTRY(BACKUP, "", "'get', 'backup', 'purge'")),
        .versions = B_DISABLED,
        .words = MODEL
        ", key properties.attributes.enabled refused, accessPolicy permissions.keys patch",
        .requests = "PUT accessPolicy replace",
    },
    {
        .name = "an access policy on a vault that asks roles is an operator's matter",
        .declared = HAS("", "'keys': ['get']"),
        .words = "accessPolicy impossible",
    },
    {
        .name = "an access policy waits for its vault",
        .declared = HAS("", "'keys': ['get']"),
        .vault_sight = SIGHT_DELETED,
        .words = "vault refused, key waiting, "
                 "account properties.encryption.keyVaultProperties.keyVaultUri waiting, "
                 "account properties.encryption.keyVaultProperties.keyVersion waiting, "
                 "grant waiting, accessPolicy waiting",
    },
    {
        .name = "declared access policies are found and never written",
        .declared = "{'vault': {'properties': {'accessPolicies': [{'objectId': 'x'}]}}}",
        .words = "vault properties.accessPolicies impossible",
    },
};

/* At the address of an operation nothing can be read: the vault tells how it ended. */
static void expect_judges(const struct world *world)
{
    for (size_t i = 0; i < world->plan.count; i++) {
        const struct write *write = &world->plan.list[i].write;
        if (strstr(write->path, "/accessPolicies/"))
            assert_string_equal(write->judge, VAULT_ID "?api-version=2026-02-01");
    }
}

static void check(void **state)
{
    const struct entry_case *c = *state;
    struct world *world = world_new(c->declared);
    if (c->vault)
        world_show(world, "vault", c->vault);
    if (c->account)
        world_show(world, "account", c->account);
    if (c->versions)
        world_versions(world, "key", c->versions);
    if (c->vault_sight != SIGHT_UNREACHABLE)
        world_sight(world, "vault", c->vault_sight);
    world_round(world);
    world_later(world, 60); /* what is absent has now been seen to be, twice */
    assert_words(world, c->words);
    assert_requests(world, c->requests ? c->requests : "");
    expect_judges(world);
    world_free(world);
}

int main(void)
{
    return CASES_RUN(cases, check);
}
