/* test_adopt.c: a file of stacks out of what is live; what it says deviates is what cmkd then
 * finds. */
#include "ctl.h"
#include "prod.h"

#include "base/js.h"
#include "base/mem.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOMEBODY "99999999-9999-9999-9999-999999999999"
#define USER GROUP "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/uai"
#define NOTHING "'stacks': {}"
#define ACTION "properties.networkAcls.defaultAction"

/* The file's path; the caller frees. */
static char *in_folder(void **flow, const char *name)
{
    return mem_format("%s/%s", flow_directory(flow), name);
}

static void write_file(void **flow, const char *name, const char *text)
{
    AUTO(text) char *path = in_folder(flow, name);
    AUTO(fd) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

/* Runs it with these words and the flow's configuration, in which nothing is declared yet; what it
 * prints is for the caller. Nothing but GETs may have been sent. */
static char *adopt(void **flow, const char *first, const char *second, const char *third,
                   const char *fourth, int status, char **said)
{
    AUTO(text) char *config = in_folder(flow, "cmkd.json");
    AUTO(text) char *err = NULL;
    char *out = NULL;
    const char *words[] = {"adopt", "--config", config, first, second, third, fourth, NULL};
    int ended = ctl_run(flow, words, &out, &err);
    if (ended != status)
        flow_fail(flow, "adopt ended with %d, not %d: %s%s", ended, status, out, err);
    expect_sent(flow, "^(PUT|PATCH|POST|DELETE) ", NULL, 0);
    if (said)
        *said = TAKE(err);
    return out;
}

static void declare_nothing(void **flow)
{
    flow_config(flow, "{" NOTHING "}");
}

/* Puts it where the configuration includes it, and looks. */
static void plan(void **flow, const char *text)
{
    write_file(flow, "adopted.json", text);
    flow_config(flow, "{'mode': 'audit', 'include': ['adopted.json']}");
    cmkd_run(flow, "--once", "--dry-run", "--output", "json", NULL);
}

static void expect_text(void **flow, const char *text, const char *part)
{
    if (!strstr(text, part))
        flow_fail(flow, "adopt does not print \"%s\":\n%s", part, text);
}

static void expect_no_text(void **flow, const char *text, const char *part)
{
    if (strstr(text, part))
        flow_fail(flow, "adopt prints \"%s\":\n%s", part, text);
}

static void a_sound_deployment_deviates_in_nothing(void **flow)
{
    prod_seed(flow, "{}", "{" NOTHING "}");
    AUTO(text) char *text = adopt(flow, ACCOUNT, NULL, NULL, NULL, 0, NULL);
    const char *legend = strstr(text, "DEVIATES: ");
    assert_non_null(legend);
    expect_no_text(flow, legend + 1, "DEVIATES: ");
    expect_text(flow, text, "// baseline: properties.enablePurgeProtection is true\n");
    expect_no_text(flow, text, "\"mode\":");
    plan(flow, text);
    expect_no_findings(flow);
    expect_exit(flow, 0);
    AUTO(text) char *again = NULL;
    declare_nothing(flow);
    again = adopt(flow, ACCOUNT, NULL, NULL, NULL, 0, NULL);
    assert_string_equal(again, text);
}

#define SETTING                                                                                    \
    ", 'diagnosticSettings': {'audit': {'properties': {'workspaceId': '" GROUP                     \
    "/providers/Microsoft.OperationalInsights/workspaces/logs', 'logs': [{'categoryGroup': "       \
    "'audit', 'enabled': true}]}}}"
#define LOCK ", 'locks': {'keep': {'properties': {'level': 'CanNotDelete'}}}"
#define MODEL                                                                                      \
    ", 'deployments': {'gpt-4o': {'sku': {'name': 'Standard', 'capacity': 3}, 'properties': "      \
    "{'model': {'format': 'OpenAI', 'name': 'gpt-4o'}}}}"

#define NETWORK GROUP "/providers/Microsoft.Network"
#define ENDPOINT(of)                                                                               \
    ", 'privateEndpoints': {'pe-" of "': {'properties': {'subnet': {'id': '" NETWORK               \
    "/virtualNetworks/vnet/subnets/snet'}}, 'privateDnsZoneGroups': {'default': {'properties': "   \
    "{'privateDnsZoneConfigs': [{'name': 'zone', 'properties': {'privateDnsZoneId': '" NETWORK     \
    "/privateDnsZones/privatelink.x.azure.net'}}]}}}}}"

static void what_hangs_under_it_is_adopted_and_deviates_in_nothing(void **flow)
{
    prod_good(flow, PROD("", SETTING LOCK ENDPOINT("kv"), "", SETTING MODEL ENDPOINT("oai")));
    cmkd_once(flow);
    expect_exit(flow, 0);
    declare_nothing(flow);
    flow_log_clear(flow);
    AUTO(text) char *text = adopt(flow, ACCOUNT, NULL, NULL, NULL, 0, NULL);
    expect_text(flow, text, "\"diagnosticSettings\": {");
    expect_text(flow, text, "\"locks\": {");
    expect_text(flow, text, "\"deployments\": {");
    expect_text(flow, text, "\"pe-kv\": {");
    expect_text(flow, text, "\"pe-oai\": {");
    expect_text(flow, text, "\"privateDnsZoneGroups\": {");
    expect_no_text(flow, text, "privateLinkServiceId");
    plan(flow, text);
    expect_no_findings(flow);
    expect_exit(flow, 0);
}

/* ---- one thing that somebody did ----------------------------------------------------------------
 */

/* What somebody did to a sound deployment, and what must come of it. */
static struct drift_case {
    const char *name, *id, *patch, *path, *outcome, *line;
} drifts[] = {
    {"purge protection that is off is told to be switched on for good", VAULT,
     "{'properties': {'enablePurgeProtection': null}}", "properties.enablePurgeProtection", "audit",
     "DEVIATES: properties.enablePurgeProtection is false: will be turned on, cannot be undone\n"},
    {"days of retention cannot be changed", VAULT,
     "{'properties': {'softDeleteRetentionInDays': 7}}", "properties.softDeleteRetentionInDays",
     "impossible",
     "DEVIATES: properties.softDeleteRetentionInDays is 7: the baseline says 90, and cmkd cannot "
     "change it: "},
    {"an open vault will be shut", VAULT,
     "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}", ACTION, "audit",
     "DEVIATES: properties.networkAcls.defaultAction is Allow: will be Deny\n"},
    {"an open account will be shut", ACCOUNT,
     "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}", ACTION, "audit",
     "DEVIATES: properties.networkAcls.defaultAction is Allow: will be Deny\n"},
    {"a value with a line end stays within its comment", VAULT,
     "{'properties': {'networkAcls': {'bypass': 'None\\n\\\"x\\\": {'}}}",
     "properties.networkAcls.bypass", "audit",
     "bypass is None\\n\"x\": {: will be AzureServices\n"},
    {"rules are declared as they are live", ACCOUNT,
     "{'properties': {'networkAcls': {'ipRules': [{'value': '203.0.113.7'}]}}}", NULL, NULL,
     "\"value\": \"203.0.113.7\""},
    {"a versionless link is declared as one", ACCOUNT,
     "{'properties': {'encryption': {'keyVaultProperties': {'keyVersion': ''}}}}", NULL, NULL,
     "\"keyVersion\": \"\""},
    {"a link's address may be in capitals", ACCOUNT,
     "{'properties': {'encryption': {'keyVaultProperties': {'keyVaultUri': "
     "'https://KV-OPENAI-PROD.vault.azure.net/'}}}}",
     NULL, NULL, "\"name\": \"kv-openai-prod\""},
    {"another kind is declared", ACCOUNT, "{'kind': 'AIServices'}", NULL, NULL,
     "\"kind\": \"AIServices\""},
    {"a private endpoint that nobody has approved is named", ACCOUNT,
     "{'properties': {'privateEndpointConnections': [{'properties': {'privateEndpoint': {'id': "
     "'" GROUP "/providers/Microsoft.Network/privateEndpoints/pe'}, "
     "'privateLinkServiceConnectionState': {'status': 'Pending'}}}]}}",
     NULL, NULL,
     "// oai-prod: not declared: the account has a private endpoint, " GROUP
     "/providers/Microsoft.Network/privateEndpoints/pe (Pending)\n"},
    {"an endpoint of which Azure says no such thing is named", ACCOUNT,
     "{'properties': {'privateEndpointConnections': [{'properties': {'privateEndpoint': {'id': "
     "'/pe?x'}, 'privateLinkServiceConnectionState': {'status': 'Approved'}}}]}}",
     NULL, NULL,
     "// oai-prod: not declared: the account has a private endpoint, /pe?x (Approved)\n"},
    {"an identity of the operator's, and the link's, are declared", ACCOUNT,
     "{'identity': {'type': 'SystemAssigned, UserAssigned', 'userAssignedIdentities': {'" USER
     "': {'clientId': '" SOMEBODY "', 'principalId': '44444444-4444-4444-4444-444444444441'}}}, "
     "'properties': {'encryption': {'keyVaultProperties': {'identityClientId': '" SOMEBODY "'}}}}",
     NULL, NULL, "\"identityClientId\": \"" SOMEBODY "\""},
    {"an account that may go anywhere but to its vault is told to be", ACCOUNT,
     "{'properties': {'restrictOutboundNetworkAccess': true, 'allowedFqdnList': ['a.example']}}",
     "properties.allowedFqdnList", "audit",
     "DEVIATES: properties.allowedFqdnList is [\"a.example\"]: will be [\"a.example\",\"kv-"},
    {"a vault that asks access policies has them declared", VAULT,
     "{'properties': {'enableRbacAuthorization': false, 'accessPolicies': [{'objectId': "
     "'44444444-4444-4444-4444-444444444441', 'permissions': {'keys': ['get', 'wrapKey', "
     "'unwrapKey']}}, {'objectId': '" SOMEBODY "', 'permissions': {'keys': ['Get', 'Purge']}}]}}",
     "properties.enableRbacAuthorization", "impossible",
     "\"accessPolicies\": {\n          \"" SOMEBODY "\": {\n"},
    {"a grant that is gone is told", GRANT, NULL, "", "audit", "DEVIATES: grant: is not there: "},
};

static void what_deviates_is_told_and_found(void **flow)
{
    const struct drift_case *c = flow_row(flow);
    prod_seed(flow, "{}", "{" NOTHING "}");
    flow_drift(flow, c->id, c->patch);
    flow_log_clear(flow);
    AUTO(text) char *text = adopt(flow, ACCOUNT, NULL, NULL, NULL, 0, NULL);
    expect_text(flow, text, c->line);
    plan(flow, text);
    struct json_object *stacks = js_array(cmkd_document(flow), "stacks");
    struct json_object *findings = js_array(json_object_array_get_idx(stacks, 0), "findings");
    if (json_object_array_length(findings) != (c->path ? 1 : 0))
        flow_fail(flow, "other findings than the one:\n%s", text);
    if (c->path)
        expect_finding(flow, "*", c->path, c->outcome, NULL);
}

/* ---- what cannot be adopted, or not whole -------------------------------------------------------
 */

#define NOBODYS GROUP "/providers/Microsoft.CognitiveServices/accounts/oai-nobody"
#define LINK(member) "{'properties': {'encryption': {" member "}}}"

static struct unhappy_case {
    const char *name, *id, *patch, *faults, *asked;
    int status;
    const char *said;    /* on standard error */
    const char *printed; /* a part of what is; NULL: nothing is */
} unhappy[] = {
    {"an account under Microsoft's key has no stack", ACCOUNT,
     "{'properties': {'encryption': null}}", NULL, ACCOUNT, 65,
     "NoCmk: it has no customer-managed key: declare a vault and a key for it by hand", NULL},
    {"a link that leads out of the cloud is not followed", ACCOUNT,
     LINK("'keyVaultProperties': {'keyVaultUri': 'https://kv-openai-prod.vault.evil.example/'}"),
     NULL, ACCOUNT, 65,
     "ForeignVault: its encryption names https://kv-openai-prod.vault.evil.example/", NULL},
    {"a vault that is not seen is asked for", VAULT, NULL, NULL, ACCOUNT, 65,
     "VaultNotFound: its vault kv-openai-prod is not seen in subscription "
     "00000000-0000-0000-0000-000000000001: give its id with --vault-id",
     NULL},
    {"an account that is not there", NULL, NULL, NULL, NOBODYS, 65, "ResourceNotFound: ", NULL},
    {"an account of another kind", ACCOUNT, "{'kind': 'SpeechServices'}", NULL, ACCOUNT, 65,
     "BadKind: it is of kind SpeechServices", NULL},
    {"what is no account's id is refused before anything is asked", NULL, NULL, NULL, VAULT, 64,
     "that is not the id of an account", NULL},
    {"an account that may not be read", NULL, NULL,
     "[{'match': 'GET .*/accounts/oai-prod\\\\?', 'status': 403, 'code': 'AuthorizationFailed', "
     "'message': 'no right to Microsoft.CognitiveServices/accounts/read'}]",
     ACCOUNT, 77, "AuthorizationFailed: no right to Microsoft.CognitiveServices/accounts/read",
     NULL},
    {"vaults that may not be listed", NULL, NULL,
     "[{'match': 'GET .*/providers/Microsoft.KeyVault/vaults\\\\?', 'status': 403, "
     "'code': 'AuthorizationFailed', 'message': 'no right to Microsoft.KeyVault/vaults/read'}]",
     ACCOUNT, 77, "AuthorizationFailed: no right to Microsoft.KeyVault/vaults/read", NULL},
    {"a vault that may not be read is declared all the same", NULL, NULL,
     "[{'match': 'GET .*/vaults/kv-openai-prod\\\\?', 'status': 403, 'code': 'AuthorizationFailed', "
     "'message': 'no right to Microsoft.KeyVault/vaults/read', 'times': 9}]",
     ACCOUNT, 77, "not all could be seen: look for UNKNOWN",
     "// UNKNOWN: vault kv-openai-prod cannot be seen: AuthorizationFailed: no right to "
     "Microsoft.KeyVault/vaults/read\n"},
    {"locks that may not be listed stop nothing else", NULL, NULL,
     "[{'match': 'GET .*/vaults/kv-openai-prod/providers/Microsoft.Authorization/locks\\\\?', "
     "'status': 403, 'code': 'AuthorizationFailed', 'message': 'no right to "
     "Microsoft.Authorization/locks/read'}]",
     ACCOUNT, 77, "(its locks): AuthorizationFailed: ",
     "// not adopted: " VAULT " (its locks): AuthorizationFailed: no right to "
     "Microsoft.Authorization/locks/read\n"},
};

static void what_cannot_be_adopted_is_said(void **flow)
{
    const struct unhappy_case *c = flow_row(flow);
    AUTO(text) char *said = NULL;
    prod_seed(flow, "{}", "{" NOTHING "}");
    if (c->id)
        flow_drift(flow, c->id, c->patch);
    if (c->faults)
        flow_faults(flow, c->faults);
    flow_log_clear(flow);
    AUTO(text) char *text = adopt(flow, c->asked, NULL, NULL, NULL, c->status, &said);
    expect_text(flow, said, c->said);
    if (c->faults)
        assert_true(flow_faults_fired(flow) > 0);
    if (c->printed)
        expect_text(flow, text, c->printed);
    else
        assert_string_equal(text, "");
    expect_sent(flow, "evil", NULL, 0);
}

/* ---- more than one account ----------------------------------------------------------------------
 */

static void a_subscription_is_adopted_page_by_page(void **flow)
{
    AUTO(text) char *again = NULL;
    prod_seed(flow,
              "{'live': {'" NOBODYS "': {'id': '" NOBODYS "', 'location': 'swedencentral', "
              "'kind': 'OpenAI', 'sku': {'name': 'S0'}, 'properties': {}}}}",
              "{" NOTHING "}");
    flow_faults(flow, "[{'op': 'pages', 'match': 'GET .*/accounts\\\\?', 'sizes': [0, 1, 0]}]");
    AUTO(text)
    char *text =
        adopt(flow, "--subscription", "00000000-0000-0000-0000-000000000001", NULL, NULL, 0, NULL);
    assert_true(flow_faults_fired(flow) > 0);
    expect_text(flow, text, "\n// not adopted: " NOBODYS ": NoCmk: ");
    plan(flow, text);
    expect_no_findings(flow);
    flow_faults_clear(flow);
    declare_nothing(flow);
    again =
        adopt(flow, "--subscription", "00000000-0000-0000-0000-000000000001", NULL, NULL, 0, NULL);
    assert_string_equal(again, text);
}

/* What one stack declares of the shared vault the other contradicts: they cannot stand in one file.
 */
static void accounts_of_two_regions_that_share_a_vault_are_told_apart(void **flow)
{
    AUTO(text) char *said = NULL;
    AUTO(json) struct json_object *seed = flow_control_case();
    struct json_object *live = js_object(seed, "live");
    struct json_object *other = js_copy(js_member(live, ACCOUNT, NULL));
    js_put(other, "id", json_object_new_string(NOBODYS));
    js_put(other, "name", json_object_new_string("oai-nobody"));
    js_put(other, "location", json_object_new_string("westeurope"));
    js_put(other, "properties.customSubDomainName", json_object_new_string("oai-nobody"));
    json_object_object_add(live, NOBODYS, other);
    flow_seed_case(flow, seed);
    declare_nothing(flow);
    AUTO(text)
    char *text = adopt(flow, "--subscription", "00000000-0000-0000-0000-000000000001", NULL, NULL,
                       65, &said);
    expect_text(flow, said, "cmkctl: oai-prod: NotDeclarable: ");
    expect_text(flow, text, "\"oai-nobody\": {");
    expect_text(flow, text, "\n// not adopted: oai-prod: NotDeclarable: ");
    plan(flow, text);
    expect_finding(flow, VAULT, "location", "impossible", NULL);
}

static void an_azure_whose_certificate_does_not_verify_is_not_asked(void **flow)
{
    AUTO(text) char *path = in_folder(flow, "cloud.json");
    AUTO(text) char *said = NULL;
    prod_seed(flow, "{}", "{" NOTHING "}");
    AUTO(json) struct json_object *cloud = json_object_from_file(path);
    AUTO(json) struct json_object *config = json_object_new_object();
    js_remove(cloud, "caFile");
    json_object_object_add(config, "cloud", json_object_get(cloud));
    flow_config_tree(flow, config);
    AUTO(text) char *text = adopt(flow, ACCOUNT, NULL, NULL, NULL, 69, &said);
    expect_text(flow, said, ACCOUNT ": Tls: ");
    assert_string_equal(text, "");
}

static void a_state_of_terraform_names_accounts_and_vaults(void **flow)
{
    AUTO(text) char *path = in_folder(flow, "terraform.tfstate");
    AUTO(text) char *said = NULL;
    AUTO(text) char *broken = NULL;
    AUTO(text) char *where = mem_format("%s:3: ", path);
    prod_seed(flow, "{}", "{" NOTHING "}");
    write_file(flow, "terraform.tfstate",
               "{\"version\": 4, \"resources\": [\n"
               "{\"mode\": \"data\", \"type\": \"azurerm_cognitive_account\", \"instances\": "
               "[{\"attributes\": {\"id\": \"" NOBODYS "\"}}]},\n"
               "{\"mode\": \"managed\", \"type\": "
               "\"azurerm_cognitive_account_customer_managed_key\", \"instances\": "
               "[{\"attributes\": {\"id\": \"" ACCOUNT "\"}}]},\n"
               "{\"mode\": \"managed\", \"type\": \"azurerm_cognitive_account\", \"instances\": "
               "[{\"attributes\": {\"id\": \"" ACCOUNT "\"}}]},\n"
               "{\"mode\": \"managed\", \"module\": \"module.keys\", \"type\": \"azapi_resource\", "
               "\"instances\": [{\"attributes\": {\"id\": \"" VAULT "\"}}]}]}\n");
    AUTO(text) char *text = adopt(flow, "--terraform-state", path, NULL, NULL, 0, NULL);
    expect_sent(flow, "GET .*/providers/Microsoft.KeyVault/vaults\\?", NULL, 0); /* it is known */
    expect_no_text(flow, text, "oai-prod-2");
    plan(flow, text);
    expect_no_findings(flow);
    write_file(flow, "terraform.tfstate", "{\"version\": 4,\n\"resources\": [\n}\n");
    declare_nothing(flow);
    broken = adopt(flow, "--terraform-state", path, NULL, NULL, 65, &said);
    expect_text(flow, said, where);
    assert_string_equal(broken, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_TEST(a_sound_deployment_deviates_in_nothing),
        FLOW_TEST(what_hangs_under_it_is_adopted_and_deviates_in_nothing),
        FLOW_TEST(a_subscription_is_adopted_page_by_page),
        FLOW_TEST(accounts_of_two_regions_that_share_a_vault_are_told_apart),
        FLOW_TEST(an_azure_whose_certificate_does_not_verify_is_not_asked),
        FLOW_TEST(a_state_of_terraform_names_accounts_and_vaults),
    };
    int failed = FLOW_CASES_RUN(drifts, what_deviates_is_told_and_found);
    failed += FLOW_CASES_RUN(unhappy, what_cannot_be_adopted_is_said);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
