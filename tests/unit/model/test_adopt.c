/* What of a live account is declared, and where its link leads. */
#include "cases.h"

#include "model/adopt.h"

#include "base/js.h"
#include "types/entry.h"
#include "types/registry.h"

#define GROUP "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg"
#define ACCOUNT GROUP "/providers/Microsoft.CognitiveServices/accounts/oai"
#define VAULT GROUP "/providers/Microsoft.KeyVault/vaults/kv-oai"
#define ELSEWHERE                                                                                  \
    "/subscriptions/00000000-0000-0000-0000-000000000002/resourceGroups/keys/providers/"           \
    "Microsoft.KeyVault/vaults/kv-oai"
#define PLACE                                                                                      \
    "'subscriptionId': '00000000-0000-0000-0000-000000000001', 'resourceGroup': 'rg', "            \
    "'location': 'swedencentral', "
#define NO_RULES "'properties': {'networkAcls': {'ipRules': [], 'virtualNetworkRules': []}}"

static struct json_object *json_of(const char *text)
{
    struct json_object *tree = json_tokener_parse(text);
    if (!tree)
        fail_msg("the test's own JSON is wrong: %s", text);
    return tree;
}

/* ---- ids ----------------------------------------------------------------------------------- */

static struct id_case {
    const char *name, *id;
    bool is_account, is_vault;
} ids[] = {
    {"an account", ACCOUNT, true, false},
    {"a vault", VAULT, false, true},
    {"in another case",
     "/SUBSCRIPTIONS/00000000-0000-0000-0000-000000000001/resourcegroups/RG/providers/"
     "microsoft.cognitiveservices/Accounts/Oai",
     true, false},
    {"what hangs on an account", ACCOUNT "/deployments/chat", false, false},
    {"a key", VAULT "/keys/cmk", false, false},
    {"a group", GROUP, false, false},
    {"a path that climbs", GROUP "/../rg/providers/Microsoft.KeyVault/vaults/kv-oai", false, false},
    {"a query", ACCOUNT "?x=1", false, false},
    {"no subscription's GUID",
     "/subscriptions/mine/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv-oai", false,
     false},
    {"nothing", "", false, false},
};

static void check_id(void **state)
{
    const struct id_case *c = *state;
    assert_int_equal(adopt_is_account(c->id), c->is_account);
    assert_int_equal(adopt_is_vault(c->id), c->is_vault);
}

/* ---- links --------------------------------------------------------------------------------- */

static struct link_case {
    const char *name, *cloud, *uri, *vault, *code;
} links[] = {
    {"as Azure spells it", "AzureCloud", "https://kv-oai.vault.azure.net/", "kv-oai", NULL},
    {"without a slash", "AzureCloud", "https://kv-oai.vault.azure.net", "kv-oai", NULL},
    {"with the port", "AzureCloud", "https://kv-oai.vault.azure.net:443/", "kv-oai", NULL},
    {"in capitals", "AzureCloud", "HTTPS://KV-Oai.Vault.Azure.Net/", "KV-Oai", NULL},
    {"with the key's path", "AzureCloud", "https://kv-oai.vault.azure.net/keys/cmk/0123", "kv-oai",
     NULL},
    {"of China", "AzureChinaCloud", "https://kv-oai.vault.azure.cn/", "kv-oai", NULL},
    {"of another cloud", "AzureCloud", "https://kv-oai.vault.azure.cn/", NULL, "ForeignVault"},
    {"another port", "AzureCloud", "https://kv-oai.vault.azure.net:8443/", NULL, "ForeignVault"},
    {"a suffix of the suffix", "AzureCloud", "https://kv-oai.vault.azure.net.evil.example/", NULL,
     "ForeignVault"},
    {"a user before the host", "AzureCloud", "https://kv-oai.vault.azure.net@evil.example/", NULL,
     "ForeignVault"},
    {"a backslash", "AzureCloud", "https://evil.example\\.vault.azure.net/", NULL, "ForeignVault"},
    {"two labels", "AzureCloud", "https://evil.kv-oai.vault.azure.net/", NULL, "ForeignVault"},
    {"not encrypted", "AzureCloud", "http://kv-oai.vault.azure.net/", NULL, "ForeignVault"},
    {"no host", "AzureCloud", "https://", NULL, "ForeignVault"},
    {"nothing", "AzureCloud", "", NULL, "ForeignVault"},
};

static void check_link(void **state)
{
    const struct link_case *c = *state;
    struct cloud cloud = {0};
    struct err err = {0};
    AUTO(text) char *vault = NULL;
    AUTO(json) struct json_object *account = json_object_new_object();
    js_put(account, "properties.encryption.keySource",
           json_object_new_string("microsoft.keyvault"));
    js_put(account, "properties.encryption.keyVaultProperties.keyName",
           json_object_new_string("cmk"));
    js_put(account, "properties.encryption.keyVaultProperties.keyVaultUri",
           json_object_new_string(c->uri));
    assert_true(cloud_by_name(c->cloud, &cloud));
    assert_int_equal(adopt_vault(&cloud, account, &vault, &err), c->vault != NULL);
    if (c->vault)
        assert_string_equal(vault, c->vault);
    else
        assert_string_equal(err.code, c->code);
    cloud_done(&cloud);
}

static void without_a_link_or_a_key_there_is_no_vault(void **state)
{
    struct cloud cloud = {0};
    struct err err;
    char *vault;
    AUTO(json) struct json_object *bare = json_of("{'properties': {}}");
    AUTO(json)
    struct json_object *keyless = json_of("{'properties': {'encryption': {'keySource': "
                                          "'Microsoft.KeyVault', 'keyVaultProperties': "
                                          "{'keyVaultUri': 'https://kv-oai.vault.azure.net/', "
                                          "'keyName': '../x'}}}}");
    (void)state;
    assert_true(cloud_by_name("AzureCloud", &cloud));
    assert_false(adopt_vault(&cloud, bare, &vault, &err));
    assert_string_equal(err.code, "NoCmk");
    assert_false(adopt_vault(&cloud, keyless, &vault, &err));
    assert_string_equal(err.code, "BadLink");
    cloud_done(&cloud);
}

/* ---- stacks -------------------------------------------------------------------------------- */

#define LINKED(version)                                                                            \
    "'encryption': {'keySource': 'Microsoft.KeyVault', 'keyVaultProperties': {'keyName': 'cmk', "  \
    "'keyVersion': '" version "'}}"

#define REACHES                                                                                    \
    "'encryption': {'keyVaultProperties': {'keyName': 'cmk', 'keyVersion': '0123', "               \
    "'keyVaultUri': 'https://kv-oai.vault.azure.net/'}}"

static struct stack_case {
    const char *name, *vault_id, *account, *vault, *stack;
} stacks[] = {
    {"names and places are all", VAULT,
     "{'id': '" ACCOUNT "', 'location': 'Sweden Central', 'kind': 'OpenAI', 'tags': {'a': 'b'}, "
     "'properties': {'customSubDomainName': 'OAI', " LINKED("0123") "}}",
     "{'properties': {'enablePurgeProtection': false}}",
     "{" PLACE "'vault': {'name': 'kv-oai', " NO_RULES "}, 'key': {'name': 'cmk'}, "
     "'account': {'name': 'oai', " NO_RULES "}}"},
    {"a vault elsewhere has its own place, and one unseen no rules", ELSEWHERE,
     "{'id': '" ACCOUNT "', 'location': 'swedencentral', 'properties': {" LINKED("0123") "}}", NULL,
     "{" PLACE "'vault': {'name': 'kv-oai', 'subscriptionId': "
     "'00000000-0000-0000-0000-000000000002', 'resourceGroup': 'keys'}, 'key': {'name': 'cmk'}, "
     "'account': {'name': 'oai', " NO_RULES "}}"},
    {"kind, sub-domain and a link without a version are explicit", VAULT,
     "{'id': '" ACCOUNT "', 'location': 'swedencentral', 'kind': 'AIServices', 'properties': {"
     "'customSubDomainName': 'other', " LINKED("") "}}",
     NULL,
     "{" PLACE "'vault': {'name': 'kv-oai'}, 'key': {'name': 'cmk'}, 'account': {'name': 'oai', "
     "'kind': 'AIServices', 'properties': {'customSubDomainName': 'other', 'networkAcls': {"
     "'ipRules': [], 'virtualNetworkRules': []}, 'encryption': {'keyVaultProperties': "
     "{'keyVersion': ''}}}}}"},
    {"identities are named, and the one of the link", VAULT,
     "{'id': '" ACCOUNT "', 'location': 'swedencentral', 'identity': {'type': 'UserAssigned', "
     "'userAssignedIdentities': {'/i': {'clientId': 'c', 'principalId': 'p'}}}, 'properties': {"
     "'encryption': {'keyVaultProperties': {'keyName': 'cmk', 'keyVersion': '0123', "
     "'identityClientId': 'c'}}}}",
     NULL,
     "{" PLACE "'vault': {'name': 'kv-oai'}, 'key': {'name': 'cmk'}, 'account': {'name': 'oai', "
     "'properties': {'networkAcls': {'ipRules': [], 'virtualNetworkRules': []}, 'encryption': "
     "{'keyVaultProperties': {'identityClientId': 'c'}}}, 'identity': {'userAssignedIdentities': "
     "{'/i': {}}}}}"},
    {"where a restricted account may go is declared", VAULT,
     "{'id': '" ACCOUNT "', 'location': 'swedencentral', 'properties': {"
     "'restrictOutboundNetworkAccess': true, 'allowedFqdnList': ['kv-OAI.vault.azure.net', "
     "'files.contoso.com'], " REACHES "}}",
     NULL,
     "{" PLACE "'vault': {'name': 'kv-oai'}, 'key': {'name': 'cmk'}, 'account': {'name': 'oai', "
     "'properties': {'networkAcls': {'ipRules': [], 'virtualNetworkRules': []}, "
     "'restrictOutboundNetworkAccess': true, 'allowedFqdnList': ['kv-OAI.vault.azure.net', "
     "'files.contoso.com']}}}"},
    {"but no list that its vault is missing from", VAULT,
     "{'id': '" ACCOUNT "', 'location': 'swedencentral', 'properties': {"
     "'restrictOutboundNetworkAccess': true, 'allowedFqdnList': ['files.contoso.com'], " REACHES
     "}}",
     NULL,
     "{" PLACE "'vault': {'name': 'kv-oai'}, 'key': {'name': 'cmk'}, 'account': {'name': 'oai', "
     "'properties': {'networkAcls': {'ipRules': [], 'virtualNetworkRules': []}, "
     "'restrictOutboundNetworkAccess': true}}}"},
    {"rules are as they are live, without what Azure adds", VAULT,
     "{'id': '" ACCOUNT "', 'location': 'swedencentral', 'properties': {" LINKED(
         "0123") ", "
                 "'networkAcls': {'ipRules': [{'value': '203.0.113.7', 'x': 1}, 7], 'virtualNetworkRules': "
                 "[{'id': '/v', 'state': 'Succeeded'}]}}}",
     NULL,
     "{" PLACE "'vault': {'name': 'kv-oai'}, 'key': {'name': 'cmk'}, 'account': {'name': 'oai', "
     "'properties': {'networkAcls': {'ipRules': [{'value': '203.0.113.7'}], "
     "'virtualNetworkRules': [{'id': '/v'}]}}}}"},
};

static void check_stack(void **state)
{
    const struct stack_case *c = *state;
    AUTO(json) struct json_object *made = json_object_new_object();
    AUTO(json) struct json_object *account = json_of(c->account);
    AUTO(json) struct json_object *vault = c->vault ? json_of(c->vault) : NULL;
    AUTO(json) struct json_object *expected = json_of(c->stack);
    assert_string_equal(adopt_stack(made, account, c->vault_id, vault), "oai");
    if (!js_same(js_member(made, "oai", NULL), expected))
        fail_msg("%s", json_object_to_json_string(made));
}

static void namesakes_are_told_apart(void **state)
{
    AUTO(json) struct json_object *made = json_object_new_object();
    AUTO(json) struct json_object *account = json_of(stacks[0].account);
    (void)state;
    assert_string_equal(adopt_stack(made, account, VAULT, NULL), "oai");
    assert_string_equal(adopt_stack(made, account, VAULT, NULL), "oai-2");
    assert_string_equal(adopt_stack(made, account, VAULT, NULL), "oai-3");
}

static void what_hangs_under_it_is_declared_by_its_table(void **state)
{
    AUTO(json) struct json_object *stack = json_of("{'vault': {'name': 'kv-oai'}}");
    AUTO(json)
    struct json_object *list = json_of(
        "[{'id': '" VAULT "/providers/Microsoft.Authorization/locks/keep', 'name': 'keep', "
        "'systemData': {}, 'properties': {'level': 'CanNotDelete', 'x': 1}},"
        " {'id': '" GROUP "/providers/Microsoft.Authorization/locks/above', 'properties': {}}]");
    AUTO(json)
    struct json_object *expected = json_of("{'vault': {'name': 'kv-oai', 'locks': {'keep': "
                                           "{'properties': {'level': 'CanNotDelete'}}}}}");
    AUTO(text) char *path = adopt_list_path(&type_lock, "vault", VAULT);
    (void)state;
    assert_string_equal(path, VAULT "/providers/Microsoft.Authorization/locks?api-version="
                                    "2020-05-01");
    assert_null(adopt_list_path(&type_lock, "key", VAULT));
    assert_null(adopt_list_path(&type_vault, "vault", VAULT));
    adopt_children(js_object(stack, "vault"), &type_lock, VAULT, list);
    if (!js_same(stack, expected))
        fail_msg("%s", json_object_to_json_string(stack));
}

#define ENTRY(who, permissions) "{'objectId': '" who "', 'permissions': {" permissions "}}"
#define SOMEBODY "99999999-9999-9999-9999-999999999999"
#define PORTAL "88888888-8888-8888-8888-888888888888"
#define PRINCIPAL "44444444-4444-4444-4444-444444444441"
#define LEAST "'keys': ['Get', 'unwrapKey', 'wrapKey']"

static struct entries_case {
    const char *name;
    const char *rbac, *entries; /* of the vault */
    const char *declared;
} entries[] = {
    {"a vault that asks roles has no policies", "true", ENTRY(SOMEBODY, LEAST), "{}"},
    {"the account's grant is no declaration", "false",
     ENTRY(PRINCIPAL, LEAST ", 'secrets': []") "," ENTRY(SOMEBODY, "'secrets': ['get']"),
     "{'accessPolicies': {'" SOMEBODY "': " ENTRY(SOMEBODY, "'secrets': ['get']") "}}"},
    {"what it has besides is one", "null", ENTRY(PRINCIPAL, "'keys': ['all']"),
     "{'accessPolicies': {'" PRINCIPAL "': " ENTRY(PRINCIPAL, "'keys': ['all']") "}}"},
    {"or of another sort", "null", ENTRY(PRINCIPAL, LEAST ", 'secrets': ['get']"),
     "{'accessPolicies': {'" PRINCIPAL "': " ENTRY(PRINCIPAL, LEAST ", 'secrets': ['get']") "}}"},
    {"an application has an entry of its own", "false",
     "{'objectId': '" PRINCIPAL "', 'applicationId': '" PORTAL "', 'permissions': {" LEAST "}}",
     "{'accessPolicies': {'" PRINCIPAL "_" PORTAL "': {'objectId': '" PRINCIPAL
     "', 'applicationId': '" PORTAL "', 'permissions': {" LEAST "}}}}"},
    {"what is no entry is none", "false", "7, {}, {'objectId': '../x'}", "{}"},
};

static void check_entries(void **state)
{
    const struct entries_case *c = *state;
    AUTO(text)
    char *text = mem_format("{'properties': {'enableRbacAuthorization': %s, 'accessPolicies': "
                            "[%s]}}",
                            c->rbac, c->entries);
    AUTO(json) struct json_object *vault = json_of(text);
    AUTO(json) struct json_object *stack = json_of("{'vault': {}}");
    AUTO(json) struct json_object *expected = json_of(c->declared);
    AUTO(json) struct json_object *list = entry_list(vault, PRINCIPAL);
    assert_null(adopt_list_path(&type_access_policy, "vault", VAULT));
    adopt_children(js_object(stack, "vault"), &type_access_policy, VAULT, list);
    if (!js_same(js_object(stack, "vault"), expected))
        fail_msg("%s", json_object_to_json_string(stack));
}

static void what_azure_moves_or_owns_is_not_declared(void **state)
{
    AUTO(json) struct json_object *stack = json_of("{'account': {}}");
    AUTO(json)
    struct json_object *models =
        json_of("[{'id': '" ACCOUNT "/deployments/moving', 'properties': {'versionUpgradeOption': "
                "'OnceCurrentVersionExpired', 'model': {'name': 'gpt-4o', 'version': '1'}}},"
                " {'id': '" ACCOUNT "/deployments/fixed', 'properties': {'versionUpgradeOption': "
                "'NoAutoUpgrade', 'model': {'name': 'gpt-4o', 'version': '1'}}}]");
    AUTO(json)
    struct json_object *filters =
        json_of("[{'id': '" ACCOUNT "/raiPolicies/Microsoft.Default', 'properties': {'type': "
                "'SystemManaged', 'mode': 'Blocking'}}]");
    AUTO(json)
    struct json_object *expected = json_of(
        "{'account': {'deployments': {'moving': {'properties': {'model': {'name': 'gpt-4o'}, "
        "'versionUpgradeOption': 'OnceCurrentVersionExpired'}}, 'fixed': {'properties': {'model': "
        "{'name': 'gpt-4o', 'version': '1'}, 'versionUpgradeOption': 'NoAutoUpgrade'}}}}}");
    (void)state;
    adopt_children(js_object(stack, "account"), &type_deployment, ACCOUNT, models);
    adopt_children(js_object(stack, "account"), &type_rai_policy, ACCOUNT, filters);
    if (!js_same(stack, expected))
        fail_msg("%s", json_object_to_json_string(stack));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_azure_moves_or_owns_is_not_declared),
        cmocka_unit_test(what_hangs_under_it_is_declared_by_its_table),
        cmocka_unit_test(without_a_link_or_a_key_there_is_no_vault),
        cmocka_unit_test(namesakes_are_told_apart),
    };
    int failed = CASES_RUN(ids, check_id) + CASES_RUN(links, check_link);
    failed += CASES_RUN(stacks, check_stack) + CASES_RUN(entries, check_entries);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
