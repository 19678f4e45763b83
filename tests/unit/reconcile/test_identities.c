/* Who an account is when it reaches its key: the identity whose client id its link names, else its
 * system-assigned one. */
#include "world.h"

#define USER(name) GROUP "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/" name
#define MINE USER("uai-key")
#define THEIRS USER("uai-app")
#define CLIENT "aaaaaaaa-0000-4000-8000-00000000000c"
#define OTHER "aaaaaaaa-0000-4000-8000-00000000000d"
#define USERS_PRINCIPAL "aaaaaaaa-0000-4000-8000-00000000000e"
#define LINK "account properties.encryption.keyVaultProperties."
#define DECLARED                                                                                   \
    "{'account': {'identity': {'userAssignedIdentities': {'" MINE "': {}}}, 'properties': "        \
    "{'encryption': {'keyVaultProperties': {'identityClientId': '" CLIENT "'}}}}}"
#define HAS_MINE "'" MINE "': {'clientId': '" CLIENT "', 'principalId': '" USERS_PRINCIPAL "'}"
#define HAS_THEIRS "'" THEIRS "': {'clientId': '" OTHER "', 'principalId': '" PRINCIPAL "'}"
#define IDENTITY(type, users)                                                                      \
    "'identity': {'type': '" type "', 'userAssignedIdentities': {" users "}}"
#define BOTH IDENTITY("SystemAssigned, UserAssigned", HAS_MINE)
#define LINKED(client)                                                                             \
    "'properties': {'encryption': {'keyVaultProperties': {'identityClientId': " client "}}}"
#define GRANTED(principal)                                                                         \
    "[{'id': '/x', 'properties': {'roleDefinitionId': '" SUBSCRIPTION                              \
    "/providers/Microsoft.Authorization/roleDefinitions/e147488a-f6f5-4113-8e2d-b22465e65bf6', "   \
    "'principalId': '" principal "', 'scope': '" KEY_ID "'}}]"

static struct identity_case {
    const char *name;
    const char *declared;        /* laid over the stack, or NULL */
    const char *account, *grant; /* laid over what Azure shows, or NULL */
    const char *words;           /* all that is found */
    const char *requests;        /* NULL: nothing */
    const char *body;            /* of the first; NULL: any */
} cases[] = {
    {
        .name = "a user-assigned identity is given the key",
        .declared = DECLARED,
        .account = "{" BOTH ", " LINKED("'" CLIENT "'") "}",
        .words = "grant create",
        .requests = "PUT grant",
        .body = "{'properties': {'principalType': 'ServicePrincipal', 'principalId': "
                "'" USERS_PRINCIPAL "', 'roleDefinitionId': '" SUBSCRIPTION
                "/providers/Microsoft.Authorization/roleDefinitions/"
                "e147488a-f6f5-4113-8e2d-b22465e65bf6'}}",
    },
    {
        .name = "with its grant all is right",
        .declared = DECLARED,
        .account = "{" BOTH ", " LINKED("'" CLIENT "'") "}",
        .grant = GRANTED(USERS_PRINCIPAL),
        .words = "",
    },
    {
        .name = "what the link names without a declaration counts as shown",
        .account = "{" BOTH ", " LINKED("'" CLIENT "'") "}",
        .grant = GRANTED(USERS_PRINCIPAL),
        .words = "",
    },
    {
        .name = "a link of another identity waits for the grant of the declared one",
        .declared = DECLARED,
        .account = "{" BOTH "}",
        .words = LINK "identityClientId waiting, grant create",
        .requests = "PUT grant",
    },
    {
        .name = "and is set once it has that",
        .declared = DECLARED,
        .account = "{" BOTH "}",
        .grant = GRANTED(USERS_PRINCIPAL),
        .words = LINK "identityClientId patch",
        .requests = "PATCH account",
        .body = "{'properties': {'encryption': {'keySource': 'Microsoft.KeyVault', "
                "'keyVaultProperties': {'keyVaultUri': 'https://kv-openai-prod.vault.azure.net/', "
                "'keyName': 'openai-cmk', 'keyVersion': '" VERSION_B "', 'identityClientId': "
                "'" CLIENT "'}}}}",
    },
    {
        .name = "a declared identity that is missing is attached, others stay",
        .declared = DECLARED,
        .account = "{" IDENTITY("UserAssigned, SystemAssigned", HAS_THEIRS) "}",
        .words = "account identity.userAssignedIdentities patch, " LINK
                 "identityClientId waiting, grant waiting",
        .requests = "PATCH account",
        .body = "{'identity': {'type': 'UserAssigned, SystemAssigned', 'userAssignedIdentities': "
                "{'" THEIRS "': {}, '" MINE "': {}}}}",
    },
    {
        .name = "the type is made to say so",
        .declared = DECLARED,
        .account = "{'identity': {'userAssignedIdentities': null}}",
        .words = "account identity.userAssignedIdentities patch, " LINK
                 "identityClientId waiting, grant waiting",
        .requests = "PATCH account",
        .body = "{'identity': {'type': 'SystemAssigned, UserAssigned', 'userAssignedIdentities': "
                "{'" MINE "': {}}}}",
    },
    {
        .name = "a client id that no identity has is refused",
        .declared = "{'account': {'properties': {'encryption': {'keyVaultProperties': "
                    "{'identityClientId': '" OTHER "'}}}}}",
        .account = "{" BOTH "}",
        .words = LINK "identityClientId refused, grant waiting",
    },
    {
        .name = "no client id is the system-assigned identity",
        .declared = "{'account': {'properties': {'encryption': {'keyVaultProperties': "
                    "{'identityClientId': ''}}}}}",
        .account = "{" BOTH ", " LINKED("'" CLIENT "'") "}",
        .words = LINK "identityClientId patch",
        .requests = "PATCH account",
        .body = "{'properties': {'encryption': {'keySource': 'Microsoft.KeyVault', "
                "'keyVaultProperties': {'keyVaultUri': 'https://kv-openai-prod.vault.azure.net/', "
                "'keyName': 'openai-cmk', 'keyVersion': '" VERSION_B "', 'identityClientId': "
                "null}}}}",
    },
    {
        .name = "an entry through which such an identity reaches the key is not cut",
        .declared = "{'vault': {'accessPolicies': {'account': {'objectId': '" USERS_PRINCIPAL
                    "', 'permissions': {'keys': ['get']}}}}, 'exemptions': [{'path': "
                    "'vault.properties.enableRbacAuthorization', 'reason': 'SEC-7'}]}",
        .account = "{" BOTH ", " LINKED("'" CLIENT "'") "}",
        .words = "vault properties.enableRbacAuthorization exempt, accessPolicy permissions.keys "
                 "refused",
    },
};

static void check(void **state)
{
    const struct identity_case *c = *state;
    struct world *world = world_new(c->declared);
    if (c->account)
        world_show(world, "account", c->account);
    if (c->grant)
        world_show(world, "grant", c->grant);
    if (c->declared && strstr(c->declared, "accessPolicies"))
        world_show(world, "vault",
                   "{'properties': {'enableRbacAuthorization': false, 'accessPolicies': "
                   "[{'objectId': '" USERS_PRINCIPAL "', 'permissions': {'keys': ['all']}}]}}");
    world_round(world);
    world_later(world, 60); /* what is absent has now been seen to be, twice */
    assert_words(world, c->words);
    assert_requests(world, c->requests ? c->requests : "");
    if (c->body)
        assert_json(world_body(world, 0), c->body);
    world_free(world);
}

int main(void)
{
    return CASES_RUN(cases, check);
}
