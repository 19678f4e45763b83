/* What a configuration means once it is loaded: config_show() is the window. What does not load,
 * and what is said of it, is in files/bad. */
#include "cases.h"

#include "base/js.h"
#include "model/loading.h"

#define GUID "00000000-0000-0000-0000-00000000000"
#define ID "/subscriptions/" GUID "1/resourceGroups/rg/providers/"
#define VAULT "'name': 'kv-one',"
#define KEY "'name': 'cmk',"
#define ACCOUNT "'name': 'oai-one',"

static struct load_case {
    const char *name;
    const char *file, *stack, *vault, *key, *account; /* members, each with its comma; or NULL */
    const char *path, *shown; /* of config_show(); ' for ", "none" if nothing is there */
} cases[] = {
    /* clang-format off: name, and what is declared; then what is understood */
    {.name = "the cloud is Azure's own by default", .path = "cloud.name", .shown = "AzureCloud"},
    {.name = "a cloud has its own addresses",
     .file = "'cloud': 'AzureChinaCloud',",
     .path = "cloud.keyVaultSuffix",
     .shown = "vault.azure.cn"},
    {.name = "the credential is the managed identity by default",
     .path = "credential.type",
     .shown = "managedIdentity"},
    {.name = "a user-assigned identity is named by its client id",
     .file = "'credential': {'type': 'managedIdentity', 'clientId': '" GUID "7'},",
     .path = "credential.clientId",
     .shown = GUID "7"},
    {.name = "no proxy by default", .path = "proxy", .shown = "none"},
    {.name = "a proxy",
     .file = "'proxy': 'http://proxy.example:3128',",
     .path = "proxy",
     .shown = "http://proxy.example:3128"},
    {.name = "the interval is a minute by default", .path = "interval", .shown = "PT1M"},
    {.name = "an interval in other words",
     .file = "'interval': 'PT90S',",
     .path = "interval",
     .shown = "PT1M30S"},
    {.name = "the shortest interval",
     .file = "'interval': 'PT10S',",
     .path = "interval",
     .shown = "PT10S"},
    {.name = "the limits have defaults",
     .path = "limits",
     .shown =
         "{'changesPerPass':50,'creations':2,'absentFor':'PT30S','onceDeadline':'PT15M','share':0.25}"},
    {.name = "one limit leaves the others",
     .file = "'limits': {'creations': 0, 'share': 1},",
     .path = "limits",
     .shown =
         "{'changesPerPass':50,'creations':0,'absentFor':'PT30S','onceDeadline':'PT15M','share':1.0}"},
    {.name = "orders lie below /var/lib by default",
     .path = "stateDirectory",
     .shown = "/var/lib/cmkd"},

    {.name = "the mode is audit by default", .path = "stacks.prod.vault.mode", .shown = "audit"},
    {.name = "the file's mode is the stack's",
     .file = "'mode': 'enforce',",
     .path = "stacks.prod.account.mode",
     .shown = "enforce"},
    {.name = "a stack's mode may differ from the file's",
     .file = "'mode': 'enforce',",
     .stack = "'mode': 'audit',",
     .path = "stacks.prod.key.mode",
     .shown = "audit"},

    {.name = "a vault's id",
     .path = "stacks.prod.vault.id",
     .shown = ID "Microsoft.KeyVault/vaults/kv-one"},
    {.name = "a key's id",
     .path = "stacks.prod.key.id",
     .shown = ID "Microsoft.KeyVault/vaults/kv-one/keys/cmk"},
    {.name = "an account's id",
     .path = "stacks.prod.account.id",
     .shown = ID "Microsoft.CognitiveServices/accounts/oai-one"},
    {.name = "a key lives where its vault does",
     .vault = VAULT "'resourceGroup': 'rg-keys',",
     .path = "stacks.prod.key.id",
     .shown = "/subscriptions/" GUID
              "1/resourceGroups/rg-keys/providers/Microsoft.KeyVault/vaults/kv-one/keys/cmk"},

    {.name = "naming a vault is enough for its posture",
     .path = "stacks.prod.vault.hold",
     .shown =
         "{'location':'swedencentral','properties':{'enablePurgeProtection':true,'enableRbacAuthorization':true,"
         "'enableSoftDelete':true,'networkAcls':{'bypass':'AzureServices','defaultAction':'Deny'},"
         "'softDeleteRetentionInDays':90}}"},
    {.name = "naming an account is enough for its posture",
     .path = "stacks.prod.account.hold",
     .shown =
         "{'identity':{'type':'SystemAssigned'},'location':'swedencentral','properties':{'encryption':"
         "{'keySource':'Microsoft.KeyVault','keyVaultProperties':{'keyName':'cmk','keyVaultUri':'${vault.vaultUri}',"
         "'keyVersion':'${key.version}'}},'networkAcls':{'defaultAction':'Deny'}}}"},
    {.name = "nothing of a key is held by itself", .path = "stacks.prod.key.hold", .shown = "{}"},
    {.name = "a key is made with",
     .path = "stacks.prod.key.create",
     .shown = "{'properties':{'kty':'RSA','keySize':2048}}"},
    {.name = "an account is made with its name in it",
     .path = "stacks.prod.account.create",
     .shown =
         "{'kind':'OpenAI','sku':{'name':'S0'},'properties':{'customSubDomainName':'oai-one'}}"},
    {.name = "a vault's tenant is asked of Azure",
     .path = "stacks.prod.vault.create.properties.tenantId",
     .shown = "${tenantId}"},

    {.name = "a declared value stands above the baseline's",
     .vault = VAULT "'properties': {'networkAcls': {'defaultAction': 'deny'}},",
     .path = "stacks.prod.vault.hold.properties.networkAcls.defaultAction",
     .shown = "deny"},
    {.name = "a property that nobody knows is held",
     .account = ACCOUNT "'properties': {'whatever': {'deep': [1, 2]}},",
     .path = "stacks.prod.account.hold.properties.whatever",
     .shown = "{'deep':[1,2]}"},
    {.name = "a declared null declares nothing",
     .vault = VAULT "'properties': {'enablePurgeProtection': null},",
     .path = "stacks.prod.vault.hold.properties.enablePurgeProtection",
     .shown = "true"},
    {.name = "an empty object declares nothing",
     .vault = VAULT "'properties': {'networkAcls': {}, 'x': {}},",
     .path = "stacks.prod.vault.hold.properties.x",
     .shown = "none"},
    {.name = "an empty array is a value",
     .vault = VAULT "'properties': {'networkAcls': {'ipRules': []}},",
     .path = "stacks.prod.vault.hold.properties.networkAcls.ipRules",
     .shown = "[]"},
    {.name = "an array is one value",
     .account = ACCOUNT "'properties': {'allowedFqdnList': ['a', 'b']},",
     .path = "stacks.prod.account.hold.properties.allowedFqdnList",
     .shown = "['a','b']"},
    {.name = "what is read-only may be pasted",
     .account =
         ACCOUNT "'id': 'x', 'etag': 'y', 'systemData': {'createdAt': 'z'},"
                 "'properties': {'provisioningState': 'Succeeded', 'endpoint': 'https://x/'},",
     .path = "stacks.prod.account.hold.properties.endpoint",
     .shown = "none"},
    {.name = "a path is spelt as Azure spells it",
     .vault = VAULT "'properties': {'PUBLICNETWORKACCESS': 'Disabled'},",
     .path = "stacks.prod.vault.hold.properties",
     .shown =
         "{'enablePurgeProtection':true,'enableRbacAuthorization':true,'enableSoftDelete':true,'networkAcls':"
         "{'bypass':'AzureServices','defaultAction':'Deny'},'publicNetworkAccess':'Disabled','softDeleteRetentionInDays':90}"},
    {.name = "each tag is a value of its own",
     .vault = VAULT "'tags': {'cost.center': '4711', 'env': 'prod'},",
     .path = "stacks.prod.vault.hold.tags",
     .shown = "{'env':'prod','cost.center':'4711'}"},
    {.name = "identities are compared by their names",
     .account = ACCOUNT
     "'identity': {'type': 'SystemAssigned, UserAssigned', 'userAssignedIdentities': {'/a.b/c': {}}},",
     .path = "stacks.prod.account.hold.identity.userAssignedIdentities",
     .shown = "{'/a.b/c':{}}"},
    {.name = "the link may be without a version",
     .account = ACCOUNT "'properties': {'encryption': {'keyVaultProperties': {'keyVersion': ''}}},",
     .key = KEY "'rotation': {'every': 'P90D'},",
     .path = "stacks.prod.account.hold.properties.encryption.keyVaultProperties.keyVersion",
     .shown = ""},
    {.name = "a longer retention would be no weaker",
     .vault = VAULT "'properties': {'softDeleteRetentionInDays': 90},",
     .path = "stacks.prod.vault.hold.properties.softDeleteRetentionInDays",
     .shown = "90"},

    {.name = "no rotation by default", .path = "stacks.prod.key.rotation", .shown = "none"},
    {.name = "a rotation",
     .key = KEY
     "'rotation': {'every': 'P90D', 'beforeExpiry': 'P2W', 'expireAfter': 'P1Y', 'retireAfter': 'P1D'},",
     .path = "stacks.prod.key.rotation",
     .shown = "{'every':'P90D','beforeExpiry':'P14D','expireAfter':'P1Y','retireAfter':'P1D'}"},
    {.name = "reenable",
     .key = KEY "'reenable': true,",
     .path = "stacks.prod.key.reenable",
     .shown = "true"},

    {.name = "the account's identity may use the key",
     .path = "stacks.prod.grants",
     .shown =
         "[{'id':'" ID
         "Microsoft.KeyVault/vaults/kv-one/keys/cmk/providers/Microsoft.Authorization/roleAssignments',"
         "'mode':'audit','hold':{'properties':{'principalId':'${account.principalId}','roleDefinitionId':'/subscriptions/" GUID
         "1/providers/Microsoft.Authorization/roleDefinitions/e147488a-f6f5-4113-8e2d-b22465e65bf6'}},"
         "'create':{'properties':{'principalType':'ServicePrincipal'}}}]"},
    {.name = "a grant for the whole vault replaces that on the key",
     .vault = VAULT
     "'roleAssignments': {'all keys': {'properties': {'roleDefinitionId': '12338af0-0e69-4776-bea7-57ae8d297424'}}},",
     .path = "stacks.prod.grants",
     .shown =
         "[{'id':'" ID
         "Microsoft.KeyVault/vaults/kv-one/providers/Microsoft.Authorization/roleAssignments',"
         "'mode':'audit','hold':{'properties':{'principalId':'${account.principalId}','roleDefinitionId':'/subscriptions/" GUID
         "1/providers/Microsoft.Authorization/roleDefinitions/12338af0-0e69-4776-bea7-57ae8d297424'}},"
         "'create':{'properties':{'principalType':'ServicePrincipal'}}}]"},

    {.name = "an exemption of the grant finds that which replaces it",
     .vault = VAULT
     "'roleAssignments': {'all keys': {'properties': {'roleDefinitionId': '12338af0-0e69-4776-bea7-57ae8d297424'}}},",
     .stack = "'exemptions': [{'path': 'grant', 'reason': 'SEC-1'}],",
     .path = "stacks.prod.grants",
     .shown =
         "[{'id':'" ID
         "Microsoft.KeyVault/vaults/kv-one/providers/Microsoft.Authorization/roleAssignments',"
         "'mode':'audit','hold':{'properties':{'principalId':'${account.principalId}','roleDefinitionId':'/subscriptions/" GUID
         "1/providers/Microsoft.Authorization/roleDefinitions/12338af0-0e69-4776-bea7-57ae8d297424'}},"
         "'create':{'properties':{'principalType':'ServicePrincipal'}},'exemptions':[{'path':'','reason':'SEC-1'}]}]"},

    {.name = "a date is until the end of its day",
     .stack =
         "'exemptions': [{'path': 'vault.properties.networkAcls', 'reason': 'SEC-1', 'until': '2027-01-31'}],",
     .path = "stacks.prod.vault.exemptions",
     .shown =
         "[{'path':'properties.networkAcls','reason':'SEC-1','until':'2027-02-01T00:00:00Z'}]"},
    {.name = "an instant is itself",
     .stack =
         "'exemptions': [{'path': 'vault', 'reason': 'SEC-1', 'until': '2027-01-31T10:00:00.1234567+02:00'}],",
     .path = "stacks.prod.vault.exemptions",
     .shown = "[{'path':'','reason':'SEC-1','until':'2027-01-31T08:00:00Z'}]"},
    {.name = "an exemption without an end",
     .stack = "'exemptions': [{'path': 'grant', 'reason': 'SEC-1'}],",
     .path = "stacks.prod.vault.exemptions",
     .shown = "none"},
    {.name = "an exemption of an odd name",
     .account = ACCOUNT "'tags': {'cost.center': 'x'},",
     .stack =
         "'exemptions': [{'path': \"account.tags[\\u0027cost.center\\u0027]\", 'reason': 'SEC-1'}],",
     .path = "stacks.prod.account.exemptions",
     .shown = "[{'path':'tags[\\u0027cost.center\\u0027]','reason':'SEC-1'}]"},
    /* clang-format on */
};

static char *with_double_quotes(const char *text)
{
    char *copy = mem_text(text);
    for (char *at = copy; *at; at++)
        if (*at == '\'')
            *at = '"';
    return copy;
}

/* Compared as text, or as JSON where the expected is an object or an array. */
static void check_shown(struct json_object *found, const char *expected)
{
    AUTO(text) char *quoted = with_double_quotes(expected);
    if (*expected != '{' && *expected != '[') {
        AUTO(text) char *words = js_words(found, 1000);
        assert_string_equal(words, expected);
        return;
    }
    struct err err;
    AUTO(json) struct json_object *tree = NULL;
    assert_true(js_parse(quoted, strlen(quoted), &tree, &err));
    if (!js_same(found, tree))
        assert_string_equal(json_object_to_json_string_ext(
                                found, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
                            quoted);
}

static const char * or (const char *text, const char *fallback)
{
    return text ? text : fallback;
}

static void check(void **state)
{
    const struct load_case *c = *state;
    struct config config;
    struct problems problems = {0};
    AUTO(text)
    char *stack = stack_text("prod", or (c->stack, ""), or (c->vault, VAULT), or (c->key, KEY),
                             or (c->account, ACCOUNT));
    AUTO(text) char *text = mem_format("{%s 'stacks': {%s}}", or (c->file, ""), stack);

    bool loaded = load_text(text, &config, &problems);
    for (size_t i = 0; i < problems.count; i++)
        if (!problems.list[i].is_warning)
            print_error("%s\n", problems.list[i].text);
    problems_done(&problems);
    assert_true(loaded);
    AUTO(json) struct json_object *shown = config_show(&config);
    config_done(&config);
    check_shown(js_find(shown, c->path), c->shown);
}

static void the_built_in_baseline_is_the_file_in_config(void **state)
{
    (void)state;
    char *text = NULL;
    size_t room = 0;
    FILE *in = fopen(SOURCE_DIR "/config/baseline.json", "r");
    assert_non_null(in);
    assert_true(getdelim(&text, &room, EOF, in) > 0);
    fclose(in);
    assert_string_equal(baseline_text(), text);
    free(text);
}

static void the_example_loads_without_a_warning(void **state)
{
    (void)state;
    struct config config;
    struct problems problems = {0};
    assert_true(config_load(SOURCE_DIR "/config/cmkd.json", registry, NULL, &config, &problems));
    assert_int_equal(problems.count, 0);
    problems_done(&problems);
    config_done(&config);
}

static void a_credential_is_looked_for_in_its_directory_first(void **state)
{
    (void)state;
    static const char files[] = TESTS_DIR "/unit/model/files";
    struct config config;
    struct problems problems = {0};
    AUTO(text) char *directory = mem_format("%s/credentials", files);
    AUTO(text) char *path = mem_format("%s/good/settings.json", files);
    AUTO(text) char *secret = mem_format("%s/client-secret", directory);
    assert_true(config_load(path, registry, directory, &config, &problems));
    assert_string_equal(config.credential.file, secret);
    problems_done(&problems);
    config_done(&config);

    /* Without it, only beside the configuration; the absolute path does not hang on where the
     * daemon was started. */
    AUTO(text) char *beside = mem_format("%s/good/credential-beside.json", files);
    AUTO(text) char *found = mem_format("%s/good/minimal.json", files);
    memset(&problems, 0, sizeof problems);
    assert_true(config_load(beside, registry, NULL, &config, &problems));
    assert_string_equal(config.credential.file, found);
    problems_done(&problems);
    config_done(&config);
    memset(&problems, 0, sizeof problems);
    assert_false(config_load(path, registry, NULL, &config, &problems));
    problems_done(&problems);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_built_in_baseline_is_the_file_in_config),
        cmocka_unit_test(the_example_loads_without_a_warning),
        cmocka_unit_test(a_credential_is_looked_for_in_its_directory_first),
    };
    return CASES_RUN(cases, check) + cmocka_run_group_tests(tests, NULL, NULL);
}
