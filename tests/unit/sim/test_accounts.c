#include "azure.h"

#include "base/mem.h"

#define CREATE                                                                                     \
    "{'location': 'SwedenCentral', 'kind': 'OpenAI', 'sku': {'name': 'S0'}, 'properties': {"
#define USER RG "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/"

/* clang-format off */
static struct story stories[] = {
    {"an account is shown as it was seeded, with an ETag only if it has one", NULL, {
        {"GET " ACCOUNT, NULL, 200, .path = "properties.foreign.kept", .value = "true",
         .path2 = "properties.encryption.keyVaultProperties.keyVaultUri",
         .value2 = "https://kvt.vault.localhost:8443/", .header = "ETag", .contains = NULL},
    }},
    {"an account that is not there is the gateway's 404", NULL, {
        {"GET " ACCOUNTS "none", NULL, 404, "ResourceNotFound",
         .header = "x-ms-failure-cause", .contains = "gateway"},
        {"PATCH " ACCOUNTS "none", "{}", 404, "ResourceNotFound"},
        {"DELETE " ACCOUNTS "none", NULL, 204},
    }},
    {"a creation is Accepted, polled at Azure-AsyncOperation, then Succeeded",
     "{'operation': 10}", {
        {"PUT " ACCOUNTS "new", CREATE "'customSubDomainName': 'new'}}", 201,
         .path = "properties.provisioningState", .value = "Accepted",
         .path2 = "location", .value2 = "SwedenCentral", .header = "Location", .contains = NULL},
        {"GET " ACCOUNTS "new", NULL, 200, .path = "properties.provisioningState",
         .value = "Accepted", .path2 = "properties.endpoint",
         .value2 = "https://new.openai.azure.com/"},
        {"PUT " ACCOUNTS "two", CREATE "}}", 201, .header = "Azure-AsyncOperation",
         .contains = "/locations/SwedenCentral/operationResults/"},
        {"GET @Azure-AsyncOperation", NULL, 200, .path = "status", .value = "Creating",
         .path2 = "endTime", .value2 = NULL},
        {"GET " ACCOUNTS "two", NULL, 200, .path = "properties.provisioningState",
         .value = "Succeeded", .path2 = "identity", .value2 = NULL, .later_s = 11,
         .header = "ETag", .contains = "\""},
        {"GET " ACCOUNTS "two", NULL, 200, .path = "properties.networkAcls", .value = NULL,
         .path2 = "properties.publicNetworkAccess", .value2 = "Enabled"},
        {"GET " ACCOUNTS "two", NULL, 200, .path = "tags", .value = NULL,
         .path2 = "properties.encryption", .value2 = NULL},
    }},
    {"before 2025 a new account is Creating", "{'operation': 10}", {
        {"PUT " ACCOUNTS "new?api-version=2023-05-01", CREATE "}}", 201,
         .path = "properties.provisioningState", .value = "Creating"},
    }},
    {"what takes no time is no operation", NULL, {
        {"PUT " ACCOUNTS "new", CREATE "}}", 201, .path = "properties.provisioningState",
         .value = "Succeeded", .header = "Azure-AsyncOperation", .contains = NULL},
    }},
    {"an operation is polled under an old api-version, and no second write starts meanwhile",
     "{'operation': 10}", {
        {"PATCH " ACCOUNT, "{'properties': {'disableLocalAuth': true}}", 202,
         .header = "Azure-AsyncOperation", .contains = "?api-version=2017-04-18&t="},
        {"GET @Azure-AsyncOperation", NULL, 200, .path = "status", .value = "Updating"},
        {"PATCH " ACCOUNT, "{'properties': {'disableLocalAuth': false}}", 409, "RequestConflict"},
        {"PATCH " ACCOUNT, "{'properties': {'disableLocalAuth': false}}", 202, .later_s = 11,
         .path = "properties.disableLocalAuth", .value = "false",
         .header = "Location", .contains = "&operationResultResponseType=Location"},
        {"GET @Location", NULL, 202, .header = "Location",
         .contains = "&operationResultResponseType=Location"},
        {"GET @Location", NULL, 200, .path = "properties.disableLocalAuth", .value = "false",
         .path2 = "properties.provisioningState", .value2 = "Succeeded", .later_s = 11},
    }},
    {"an operation that nobody started is not found", NULL, {
        {"GET " SUB "/providers/Microsoft.CognitiveServices/locations/x/operationResults/y", NULL,
         404, "NotFound"},
    }},
    {"tags alone are changed at once", "{'operation': 10}", {
        {"PATCH " ACCOUNT, "{'tags': {'a': 'b'}}", 200, .path = "tags.a", .value = "b",
         .path2 = "properties.provisioningState", .value2 = "Succeeded",
         .header = "Azure-AsyncOperation", .contains = NULL},
        {"PATCH " ACCOUNT, "{'tags': {'a': 'c'}, 'properties': {}}", 200, .path = "tags.a",
         .value = "c"},
        {"PATCH " ACCOUNT, "{'tags': {'a': 'b'}, 'properties': {'disableLocalAuth': true}}", 202},
    }},
    {"a PATCH keeps what it does not name, foreign members too", NULL, {
        {"PATCH " ACCOUNT, "{'properties': {'publicNetworkAccess': 'Disabled', 'shoeSize': 43}}",
         202, .path = "properties.foreign.kept", .value = "true",
         .path2 = "properties.shoeSize", .value2 = NULL},
        {"GET " ACCOUNT, NULL, 200, .path = "properties.publicNetworkAccess", .value = "Disabled",
         .path2 = "properties.encryption.keySource", .value2 = "Microsoft.KeyVault"},
    }},
    {"networkAcls are replaced whole and echoed as they were sent", NULL, {
        {"PATCH " ACCOUNT, "{'properties': {'networkAcls': {'defaultAction': 'Deny', 'ipRules':"
         " [{'value': '203.0.113.7'}, {'value': '198.51.100.0/24'}], 'virtualNetworkRules':"
         " [{'id': '/Subscriptions/S'}]}}}", 202, .path = "properties.networkAcls", .value =
         "{\"defaultAction\":\"Deny\",\"virtualNetworkRules\":[{\"id\":\"/Subscriptions/S\"}],"
         "\"ipRules\":[{\"value\":\"203.0.113.7\"},{\"value\":\"198.51.100.0/24\"}]}"},
        {"PATCH " ACCOUNT, "{'properties': {'networkAcls': {'defaultAction': 'Deny', 'bypass':"
         " 'AzureServices'}}}", 202, .path = "properties.networkAcls.ipRules", .value = "[]",
         .path2 = "properties.networkAcls.bypass", .value2 = "AzureServices"},
    }},
    {"prefixes /31 and /32 are refused", NULL, {
        {"PATCH " ACCOUNT, "{'properties': {'networkAcls': {'defaultAction': 'Deny', 'ipRules':"
         " [{'value': '203.0.113.7/32'}]}}}", 400, "BadRequest"},
        {"PATCH " ACCOUNT, "{'properties': {'networkAcls': {'defaultAction': 'Deny', 'ipRules':"
         " [{'value': '203.0.113.6/31'}]}}}", 400, "BadRequest"},
        {"PATCH " ACCOUNT, "{'properties': {'networkAcls': {'defaultAction': 'Deny', 'ipRules':"
         " [{'value': '203.0.113.4/30'}]}}}", 202},
    }},
    {"network rules need a sub-domain, which never changes", NULL, {
        {"PUT " ACCOUNTS "new", CREATE "'networkAcls': {'defaultAction': 'Deny'}}}", 400,
         "BadRequest"},
        {"PUT " ACCOUNTS "new", CREATE "}}", 201},
        {"PATCH " ACCOUNTS "new", "{'properties': {'networkAcls': {'defaultAction': 'Deny'}}}",
         400, "BadRequest"},
        {"PATCH " ACCOUNT, "{'properties': {'customSubDomainName': 'other'}}", 400, "BadRequest"},
        {"PATCH " ACCOUNT, "{'properties': {'customSubDomainName': 'oai'}}", 202},
    }},
    {"an identity that was off comes back as another principal", NULL, {
        {"PATCH " ACCOUNT, "{'identity': {'type': 'SystemAssigned'}}", 202,
         .path = "identity.principalId", .value = PRINCIPAL},
        {"PATCH " ACCOUNT, "{'identity': {'type': 'None'}}", 202, .path = "identity",
         .value = "{\"type\":\"None\"}"},
        {"PATCH " ACCOUNT, "{'identity': {'type': 'SystemAssigned'}}", 202,
         .path = "identity.tenantId", .value = TENANT_ID},
        {"PATCH " ACCOUNT, "{'properties': {'encryption': {'keySource': 'Microsoft.KeyVault',"
         " 'keyVaultProperties': {'keyVaultUri': 'https://kvt.vault.localhost:8443/', 'keyName':"
         " 'cmk'}}}}", 400, "BadRequest"},
    }},
    {"user identities come and go beside the system's", NULL, {
        {"PUT " USER "u1", "{'location': 'swedencentral'}", 201},
        {"PUT " USER "u2", "{'location': 'swedencentral'}", 201},
        {"PATCH " ACCOUNT, "{'identity': {'type': 'SystemAssigned, UserAssigned',"
         " 'userAssignedIdentities': {'" USER "u1': {}, '" USER "u2': {}}}}",
         202, .path = "identity.principalId", .value = PRINCIPAL},
        {"PATCH " ACCOUNT, "{'identity': {'type': 'SystemAssigned,UserAssigned',"
         " 'userAssignedIdentities': {'" USER "u1': null}}}", 202,
         .path = "identity.userAssignedIdentities['" USER "u1']", .value = NULL},
        {"PATCH " ACCOUNT, "{'identity': {'type': 'SystemAssigned, UserAssigned'}}", 202,
         .path = "identity.userAssignedIdentities['" USER "u1']", .value = NULL,
         .path2 = "identity.principalId", .value2 = PRINCIPAL},
        {"PATCH " ACCOUNT, "{'identity': {'type': 'SystemAssigned'}}", 202,
         .path = "identity.userAssignedIdentities", .value = NULL,
         .path2 = "identity.principalId", .value2 = PRINCIPAL},
        {"PATCH " ACCOUNT, "{'identity': {'type': 'Sometimes'}}", 400, "InvalidIdentityType"},
    }},
    {"a PUT over an account replaces and answers 200", NULL, {
        {"PUT " ACCOUNT, CREATE "}}", 200, .path = "properties.networkAcls", .value = NULL,
         .path2 = "properties.customSubDomainName", .value2 = "oai"},
        {"PUT " ACCOUNT, "{'location': 'westus'}", 409, "InvalidResourceLocation"},
        {"PUT " ACCOUNT, "{}", 400, "LocationRequired"},
        {"PUT " ACCOUNTS "new", "{'location': 'westus'}", 400, "InvalidResourceProperties"},
    }},
    {"a soft-deleted account blocks its id until it is restored", NULL, {
        {"DELETE " ACCOUNT, NULL, 200},
        {"GET " ACCOUNT, NULL, 404, "ResourceNotFound"},
        {"PUT " ACCOUNT, CREATE "}}", 409, "FlagMustBeSetForRestore"},
        {"GET " SUB "/providers/Microsoft.CognitiveServices/locations/swedencentral/"
         "resourceGroups/rg/deletedAccounts/oai", NULL, 200,
         .path = "type", .value = "Microsoft.CognitiveServices/deletedAccounts",
         .path2 = "properties.encryption.keyVaultProperties.keyVersion", .value2 = NEW},
        {"PUT " ACCOUNT, "{'location': 'swedencentral', 'properties': {'restore': true}}", 201,
         .path = "properties.provisioningState", .value = "Succeeded",
         .path2 = "identity.principalId", .value2 = PRINCIPAL,
         .header = "Azure-AsyncOperation", .contains = NULL},
        {"GET " ACCOUNT, NULL, 200, .path = "properties.restore", .value = NULL},
        {"GET " SUB "/providers/Microsoft.CognitiveServices/deletedAccounts", NULL, 200,
         .path = "value", .value = "[]"},
    }},
    {"a deleted account is gone after 48 hours", NULL, {
        {"DELETE " ACCOUNT, NULL, 200},
        {"PUT " ACCOUNT, CREATE "}}", 409, "FlagMustBeSetForRestore", .later_s = 47 * 3600},
        {"PUT " ACCOUNT, CREATE "}}", 201, .later_s = 3601},
    }},
    {"a purged account is gone for good", "{'operation': 10}", {
        {"DELETE " ACCOUNT, NULL, 200},
        {"DELETE " SUB "/providers/Microsoft.CognitiveServices/locations/swedencentral/"
         "resourceGroups/rg/deletedAccounts/oai", NULL, 202},
        {"GET @Azure-AsyncOperation", NULL, 200, .path = "status", .value = "Deleting"},
        {"PUT " ACCOUNT, CREATE "}}", 201},
    }},
    {"a purge ends with nothing at its Location", "{'operation': 10}", {
        {"DELETE " ACCOUNT, NULL, 200},
        {"DELETE " SUB "/providers/Microsoft.CognitiveServices/locations/swedencentral/"
         "resourceGroups/rg/deletedAccounts/oai", NULL, 202},
        {"GET @Location", NULL, 202},
        {"GET @Location", NULL, 204, .later_s = 11},
    }},
    {"a complete list has no nextLink", NULL, {
        {"GET " RG "/providers/Microsoft.CognitiveServices/accounts", NULL, 200,
         .path = "nextLink", .value = NULL},
        {"GET " SUB "/resources?$filter=resourceType%20eq%20'Microsoft.KeyVault/vaults'", NULL, 200,
         .path = "value", .value = "[{\"id\":\"" VAULT "\",\"name\":\"kvt\",\"type\":"
         "\"Microsoft.KeyVault/vaults\",\"location\":\"swedencentral\",\"tags\":{}}]"},
    }},
    {"a missing deployment is the provider's 404, one without an account the gateway's", NULL, {
        {"GET " ACCOUNT "/deployments/gpt", NULL, 404, "NotFound"},
        {"GET " ACCOUNT "/deployments", NULL, 200, .path = "value", .value = "[]"},
        {"GET " ACCOUNTS "none/deployments/gpt", NULL, 404, "ParentResourceNotFound"},
    }},
    {"an account drifts behind Azure's back", NULL, {
        {"GET " ACCOUNT, NULL, 200, .drift = ACCOUNT,
         .patch = "{'properties': {'encryption': null, 'networkAcls': {'defaultAction': 'Allow'}}}",
         .path = "properties.encryption", .value = NULL,
         .path2 = "properties.networkAcls", .value2 =
         "{\"defaultAction\":\"Allow\",\"ipRules\":[],\"virtualNetworkRules\":[]}"},
        {"GET " ACCOUNT, NULL, 404, "ResourceNotFound", .drift = ACCOUNT},
        {"PUT " ACCOUNT, CREATE "}}", 201},
    }},
};
/* clang-format on */

static void the_poll_url_is_as_long_as_azures(void **state)
{
    (void)state;
    struct sim *sim = azure_new(NULL);
    AUTO(text) char *token = azure_token(sim, "https://management.azure.com");
    AUTO(json) struct json_object *body = azure_json("{'properties': {'disableLocalAuth': true}}");
    const struct sim_request request = {.method = "PATCH",
                                        .host = "management.localhost:8443",
                                        .path = ACCOUNT,
                                        .query = "api-version=2025-06-01",
                                        .body = body,
                                        .body_text = "",
                                        .authorization = token};
    struct sim_response response;
    size_t found = 0;
    sim_serve(sim, &request, &response);
    for (int i = 0; i < response.n_headers; i++) {
        const char *name = response.headers[i].name, *value = response.headers[i].value;
        if (strcmp(name, "Azure-AsyncOperation") == 0 || strcmp(name, "Location") == 0) {
            assert_in_range(strlen(value), 3000, 4000);
            found++;
        }
    }
    assert_int_equal(found, 2);
    sim_response_done(&response);
    sim_free(sim);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(the_poll_url_is_as_long_as_azures),
    };
    int failed = CASES_RUN(stories, story_check);
    return failed + cmocka_run_group_tests(others, NULL, NULL);
}
