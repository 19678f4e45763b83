/* Model deployments and content filters below an account. */
#include "azure.h"

#define MODEL "'model': {'format': 'OpenAI', 'name': 'gpt-4o'"
#define BODY "{'sku': {'name': 'Standard', 'capacity': 10}, 'properties': {" MODEL "}}}"
#define ONE ACCOUNT "/deployments/one"
#define TWO ACCOUNT "/deployments/two"
#define POLICY ACCOUNT "/raiPolicies/strict"
#define SLOW "{'deployment': 60}"

/* clang-format off */
static struct story stories[] = {
    {"a new deployment is there at once, with what was not sent", NULL, {
        {"PUT " ONE, BODY, 201, .path = "properties.provisioningState", .value = "Succeeded",
         .path2 = "properties.model.version", .value2 = "2024-11-20", .header = "ETag",
         .contains = "\""},
        {"GET " ONE, NULL, 200, .path = "properties.versionUpgradeOption",
         .value = "OnceNewDefaultVersionAvailable", .path2 = "properties.raiPolicyName",
         .value2 = "Microsoft.DefaultV2"},
        {"GET " ONE, NULL, 200, .path = "properties.currentCapacity", .value = "10",
         .path2 = "properties.rateLimits", .value2 =
         "[{\"key\":\"request\",\"renewalPeriod\":10,\"count\":10},"
         "{\"key\":\"token\",\"renewalPeriod\":60,\"count\":10000}]"},
        {"GET " ONE, NULL, 200, .path = "properties.capabilities.chatCompletion", .value = "true",
         .path2 = "properties.model.publisher", .value2 = NULL},
    }},
    {"a deployment polls nothing", NULL, {
        {"PUT " ONE, BODY, 201, .header = "Azure-AsyncOperation", .contains = NULL},
        {"PUT " ONE, BODY, 200, .header = "Location", .contains = NULL},
    }},
    {"a changed deployment answers 200, and its limits follow the capacity", NULL, {
        {"PUT " ONE, BODY, 201},
        {"PUT " ONE, "{'sku': {'name': 'Standard', 'capacity': 2}, 'properties': {" MODEL "}}}",
         200, .path = "sku.capacity", .value = "2", .path2 = "properties.currentCapacity",
         .value2 = "2"},
        {"PATCH " ONE, "{'sku': {'capacity': 3}, 'tags': {'a': 'b'}}", 200, .path = "sku",
         .value = "{\"name\":\"Standard\",\"capacity\":3}", .path2 = "tags.a", .value2 = "b"},
    }},
    {"a deployment without sku gets one from the service", NULL, {
        {"PUT " ONE, "{'properties': {" MODEL "}}}", 201, .path = "sku",
         .value = "{\"name\":\"Standard\",\"capacity\":1}"},
    }},
    {"unknown members are swallowed", NULL, {
        {"PUT " ONE, "{'hat': 1, 'properties': {'hat': 2, " MODEL "}}}", 201, .path = "hat",
         .value = NULL, .path2 = "properties.hat", .value2 = NULL},
    }},
    {"a deployment that is not there is the provider's 404", NULL, {
        {"GET " ONE, NULL, 404, "NotFound", .header = "x-ms-failure-cause", .contains = NULL},
        {"GET " ACCOUNTS "none/deployments/one", NULL, 404, "ParentResourceNotFound",
         .header = "x-ms-failure-cause", .contains = "gateway"},
        {"PUT " ACCOUNTS "none/deployments/one", BODY, 404, "ParentResourceNotFound"},
        {"DELETE " ONE, NULL, 204},
    }},
    {"a deleted deployment is gone", NULL, {
        {"PUT " ONE, BODY, 201},
        {"DELETE " ONE, NULL, 200},
        {"GET " ONE, NULL, 404, "NotFound"},
        {"GET " ACCOUNT "/deployments", NULL, 200, .path = "value", .value = "[]",
         .path2 = "nextLink", .value2 = NULL},
    }},
    {"what cannot be deployed is refused", NULL, {
        {"PUT " ONE, "{'properties': {}}", 400, "InvalidResourceProperties"},
        {"PUT " ONE, "{'properties': {'model': {'format': 'OpenAI', 'name': 'hat'}}}", 400,
         "DeploymentModelNotSupported"},
        {"PUT " ONE, "{'sku': {'name': 'Standard', 'capacity': 0}, 'properties': {" MODEL "}}}",
         400, "InvalidCapacity"},
    }},
    {"while a deployment is written, neither account nor sibling can be", SLOW, {
        {"PUT " ONE, BODY, 201, .path = "properties.provisioningState", .value = "Creating"},
        {"PUT " TWO, BODY, 409, "RequestConflict"},
        {"PATCH " ACCOUNT, "{'tags': {'a': 'b'}}", 409, "RequestConflict"},
        {"DELETE " ONE, NULL, 409, "RequestConflict"},
        {"PUT " POLICY, "{'properties': {}}", 409, "RequestConflict"},
        {"PUT " TWO, BODY, 201, .later_s = 61},
        {"GET " ONE, NULL, 200, .path = "properties.provisioningState", .value = "Succeeded"},
        {"DELETE " ONE, NULL, 200, .later_s = 61},
        {"DELETE " TWO, NULL, 409, "RequestConflict"},
    }},
    {"while the account is written, no deployment can be", "{'operation': 60}", {
        {"PATCH " ACCOUNT, "{'properties': {'publicNetworkAccess': 'Disabled'}}", 202},
        {"PUT " ONE, BODY, 409, "RequestConflict"},
        {"PUT " ONE, BODY, 201, .later_s = 61},
    }},
    {"an account with deployments cannot be deleted", NULL, {
        {"PUT " ONE, BODY, 201},
        {"DELETE " ACCOUNT, NULL, 409, "CannotDeleteResource", .path = "error.message", .value =
         "Cannot delete resource while nested resources exist. Some existing nested resource IDs "
         "include: 'Microsoft.CognitiveServices/accounts/oai/deployments/one'. Please delete all "
         "nested resources before deleting this resource.", .header = "x-ms-failure-cause",
         .contains = "gateway"},
        {"DELETE " ONE, NULL, 200},
        {"DELETE " ACCOUNT, NULL, 200},
    }},
    {"a content filter is the account's, and replaced as a whole", NULL, {
        {"PUT " POLICY, "{'properties': {'basePolicyName': 'Microsoft.Default', 'hat': 1}}", 201,
         .path = "properties.type", .value = "UserManaged", .path2 = "properties.mode",
         .value2 = "Default"},
        {"PUT " POLICY, "{'properties': {'mode': 'Blocking'}}", 200,
         .path = "properties.basePolicyName", .value = NULL, .path2 = "properties.mode",
         .value2 = "Blocking"},
        {"GET " POLICY, NULL, 200, .path = "name", .value = "strict"},
        {"DELETE " POLICY, NULL, 200},
        {"DELETE " POLICY, NULL, 204},
        {"GET " POLICY, NULL, 404, "NotFound"},
    }},
    {"scale settings, from before there was a sku, are echoed", NULL, {
        {"PUT " ACCOUNT "/deployments/old?api-version=2022-12-01", "{'properties': {'model':"
         " {'format': 'OpenAI', 'name': 'ada', 'version': '1'}, 'scaleSettings': {'scaleType':"
         " 'Manual', 'capacity': 1}}}", 201, .path = "properties.scaleSettings",
         .value = "{\"scaleType\":\"Manual\",\"capacity\":1}"},
    }},
    {"built-in content filters are listed, and cannot be changed", NULL, {
        {"GET " ACCOUNT "/raiPolicies/Microsoft.Default", NULL, 200, .path = "properties.type",
         .value = "SystemManaged"},
        {"PUT " ACCOUNT "/raiPolicies/Microsoft.Default", "{}", 400},
        {"DELETE " ACCOUNT "/raiPolicies/Microsoft.DefaultV2", NULL, 400},
        {"GET " ACCOUNT "/raiPolicies", NULL, 200, .path = "nextLink", .value = NULL},
    }},
};
/* clang-format on */

int main(void)
{
    return CASES_RUN(stories, story_check);
}
