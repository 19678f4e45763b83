#include "azure.h"

#define CREATE                                                                                     \
    "{'location': 'swedencentral', 'properties': {'tenantId': '" TENANT_ID                         \
    "', 'sku': {'family': 'A', 'name': 'standard'}"

/* clang-format off */
static struct story stories[] = {
    {"a vault is shown as it was seeded, with azsim's own host in its URI", NULL, {
        {"GET " VAULT, NULL, 200, .path = "properties.vaultUri",
         .value = "https://kvt.vault.localhost:8443/", .path2 = "name", .value2 = "kvt"},
    }},
    {"an id is found in any case", NULL, {
        {"GET " RG "/PROVIDERS/microsoft.keyvault/VAULTS/KVT?api-version=2026-02-01", NULL, 200,
         .path = "name", .value = "kvt"},
    }},
    {"a vault that is not there is the gateway's 404", NULL, {
        {"GET " VAULTS "none", NULL, 404, "ResourceNotFound",
         .header = "x-ms-failure-cause", .contains = "gateway"},
    }},
    {"a PATCH merges properties and keeps the rest", NULL, {
        {"PATCH " VAULT, "{'properties': {'publicNetworkAccess': 'disabled'}}", 200,
         .path = "properties.publicNetworkAccess", .value = "Disabled",
         .path2 = "properties.networkAcls.defaultAction", .value2 = "Deny"},
    }},
    {"a PATCH replaces networkAcls whole", NULL, {
        {"PATCH " VAULT, "{'properties': {'networkAcls': {'defaultAction': 'Deny', 'ipRules':"
         " [{'value': '203.0.113.7'}]}}}", 200,
         .path = "properties.networkAcls.ipRules", .value = "[{\"value\":\"203.0.113.7/32\"}]"},
        {"PATCH " VAULT, "{'properties': {'networkAcls': {'defaultAction': 'Deny'}}}", 200,
         .path = "properties.networkAcls.ipRules", .value = "[]",
         .path2 = "properties.networkAcls.bypass", .value2 = "AzureServices"},
    }},
    {"an Allow without rules is not shown", NULL, {
        {"PATCH " VAULT, "{'properties': {'networkAcls': {'defaultAction': 'Allow', 'bypass':"
         " 'AzureServices'}}}", 200, .path = "properties.networkAcls", .value = NULL},
    }},
    {"subnet ids are shown in lower case", NULL, {
        {"PATCH " VAULT, "{'properties': {'networkAcls': {'defaultAction': 'Deny',"
         " 'virtualNetworkRules': [{'id': '/subscriptions/S/resourceGroups/RG'}]}}}", 200,
         .path = "properties.networkAcls.virtualNetworkRules",
         .value = "[{\"id\":\"/subscriptions/s/resourcegroups/rg\"}]"},
    }},
    {"a PUT replaces: what it does not send is gone", NULL, {
        {"PATCH " VAULT, "{'tags': {'a': 'b'}, 'properties': {'enabledForDiskEncryption': true}}",
         200, .path = "tags.a", .value = "b"},
        {"PUT " VAULT, CREATE "}}", 200, .path = "tags", .value = "{}",
         .path2 = "properties.networkAcls", .value2 = NULL},
        {"GET " VAULT, NULL, 200, .path = "properties.enabledForDiskEncryption", .value = NULL,
         .path2 = "properties.enablePurgeProtection", .value2 = "true"},
    }},
    {"purge protection cannot be turned off", NULL, {
        {"PATCH " VAULT, "{'properties': {'enablePurgeProtection': false}}", 400, "BadRequest"},
        {"PUT " VAULTS "another", CREATE ", 'enablePurgeProtection': false}}", 400, "BadRequest"},
    }},
    {"retention is fixed at creation", NULL, {
        {"PATCH " VAULT, "{'properties': {'softDeleteRetentionInDays': 30}}", 400, "BadRequest"},
        {"PATCH " VAULT, "{'properties': {'softDeleteRetentionInDays': 90}}", 200},
        {"PUT " VAULTS "another", CREATE ", 'softDeleteRetentionInDays': 5}}", 400, "BadRequest"},
    }},
    {"a new vault registers its name first, and its URI gets a slash later",
     "{'registeringDns': 20}", {
        {"PUT " VAULTS "MyVault", CREATE "}}", 200, .path = "properties.vaultUri",
         .value = "https://MyVault.vault.localhost:8443", .path2 = "properties.provisioningState",
         .value2 = "RegisteringDns"},
        {"GET " VAULTS "myvault", NULL, 200, .path = "properties.vaultUri",
         .value = "https://myvault.vault.localhost:8443/", .path2 = "properties.provisioningState",
         .value2 = "RegisteringDns"},
        {"GET " VAULTS "myvault", NULL, 200, .path = "properties.provisioningState",
         .value = "Succeeded", .later_s = 21},
    }},
    {"a vault is made with RBAC from 2026-02-01 on", NULL, {
        {"PUT " VAULTS "newer", CREATE "}}", 200,
         .path = "properties.enableRbacAuthorization", .value = "true",
         .path2 = "properties.softDeleteRetentionInDays", .value2 = "90"},
        {"PUT " VAULTS "older?api-version=2024-11-01", CREATE ", 'accessPolicies': []}}", 200,
         .path = "properties.enableRbacAuthorization", .value = NULL},
    }},
    {"members that nobody knows are swallowed", NULL, {
        {"PUT " VAULTS "newer", CREATE ", 'shoeSize': 43}, 'hat': 1}", 200,
         .path = "properties.shoeSize", .value = NULL, .path2 = "hat", .value2 = NULL},
    }},
    {"a vault needs a location, a tenant and a sku", NULL, {
        {"PUT " VAULTS "newer", "{'properties': {}}", 400, "LocationRequired"},
        {"PUT " VAULTS "newer", "{'location': 'swedencentral'}", 400, "BadRequest"},
        {"PUT " VAULTS "n", CREATE "}}", 400, "VaultNameNotValid"},
    }},
    {"a vault stays in its location, and its name is taken everywhere", NULL, {
        {"PUT " VAULT, "{'location': 'westus'}", 409, "InvalidResourceLocation"},
        {"PUT " SUB "/resourceGroups/other", "{'location': 'westus'}", 201},
        {"PUT " SUB "/resourceGroups/other/providers/Microsoft.KeyVault/vaults/KVT", CREATE "}}",
         409, "VaultAlreadyExists"},
    }},
    {"a soft-deleted vault blocks its name until it is recovered", NULL, {
        {"DELETE " VAULT, NULL, 200},
        {"GET " VAULT, NULL, 404, "ResourceNotFound"},
        {"PUT " VAULT, CREATE "}}", 409, "ConflictError"},
        {"GET " SUB "/providers/Microsoft.KeyVault/locations/swedencentral/deletedVaults/kvt", NULL,
         200, .path = "properties.vaultId", .value = VAULT,
         .path2 = "properties.purgeProtectionEnabled", .value2 = "true"},
        {"PUT " VAULT, CREATE ", 'createMode': 'recover'}}", 200,
         .path = "properties.sku.name", .value = "premium",
         .path2 = "properties.provisioningState", .value2 = "Succeeded"},
        {"GET " KEY, NULL, 200, .path = "name", .value = "cmk"},
        {"GET " SUB "/providers/Microsoft.KeyVault/locations/swedencentral/deletedVaults/kvt", NULL,
         404, "DeletedVaultNotFound"},
    }},
    {"a recovered vault has lost its role assignments", NULL, {
        {"GET " KEY GRANTS "/" GRANT_NAME, NULL, 200},
        {"DELETE " VAULT, NULL, 200},
        {"PUT " VAULT, CREATE ", 'createMode': 'recover'}}", 200},
        {"GET " KEY GRANTS "/" GRANT_NAME, NULL, 404, "RoleAssignmentNotFound"},
    }},
    {"a deleted vault is gone, with its keys, when its retention is over", NULL, {
        {"DELETE " VAULT, NULL, 200},
        {"PUT " VAULT, CREATE "}}", 409, "ConflictError", .later_s = 89 * 86400},
        {"PUT " VAULT, CREATE "}}", 200, .later_s = 86401},
        {"GET " KEY, NULL, 404, "KeyNotFound"},
    }},
    {"there is nothing to recover of a vault that never was", NULL, {
        {"PUT " VAULTS "never", CREATE ", 'createMode': 'recover'}}", 404,
         "SoftDeletedVaultDoesNotExist"},
    }},
    {"a protected vault cannot be purged", NULL, {
        {"DELETE " VAULT, NULL, 200},
        {"POST " SUB "/providers/Microsoft.KeyVault/locations/swedencentral/deletedVaults/kvt/purge",
         NULL, 403, "MethodNotAllowed"},
        {"GET kv:/keys/cmk", NULL, 404, "VaultNotFound"},
    }},
    {"a vault serves nothing but keys", NULL, {
        {"GET kv:/secrets", NULL, 404, "NotFound"},
        {"PUT kv:/keys/cmk", "{}", 405, "MethodNotAllowed"},
    }},
    {"a purge is polled at its Location, and then the name is free", "{'operation': 10}", {
        {"PUT " VAULTS "another", CREATE "}}", 200},
        {"DELETE " VAULTS "another", NULL, 200},
        {"POST " SUB "/providers/Microsoft.KeyVault/locations/swedencentral/deletedVaults/another/"
         "purge", NULL, 202, .header = "Retry-After", .contains = "5"},
        {"GET @Location", NULL, 202, .path = "status", .value = "NotStarted",
         .header = "Location", .contains = "/operationResults/"},
        {"GET @Location", NULL, 200, .path = "status", .value = "Succeeded", .later_s = 11},
        {"PUT " VAULTS "another", CREATE "}}", 200},
    }},
    {"access policies are joined, replaced and taken away by entry", NULL, {
        {"PUT " VAULT "/accessPolicies/add", "{'properties': {'accessPolicies': [{'tenantId': 't',"
         " 'objectId': 'o', 'permissions': {'keys': ['Get']}}]}}", 200,
         .path = "id", .value = VAULT "/accessPolicies/", .path2 = "name", .value2 = NULL},
        {"PUT " VAULT "/accessPolicies/add", "{'properties': {'accessPolicies': [{'tenantId': 't',"
         " 'objectId': 'O', 'permissions': {'keys': ['get', 'list']}}]}}", 200},
        {"GET " VAULT, NULL, 200, .path = "properties.accessPolicies", .value =
         "[{\"tenantId\":\"t\",\"objectId\":\"o\",\"permissions\":{\"keys\":[\"Get\",\"list\"]}}]"},
        {"PUT " VAULT "/accessPolicies/remove", "{'properties': {'accessPolicies': [{'tenantId':"
         " 't', 'objectId': 'o', 'permissions': {'keys': ['GET']}}]}}", 200,
         .path = "properties.accessPolicies", .value =
         "[{\"tenantId\":\"t\",\"objectId\":\"o\",\"permissions\":{\"keys\":[\"list\"]}}]"},
        {"PUT " VAULT "/accessPolicies/replace", "{'properties': {'accessPolicies': [{'tenantId':"
         " 't', 'objectId': 'o', 'permissions': {'keys': ['all']}}]}}", 200,
         .path = "properties.accessPolicies", .value =
         "[{\"tenantId\":\"t\",\"objectId\":\"o\",\"permissions\":{\"keys\":[\"all\"]}}]"},
        {"PUT " VAULTS "none/accessPolicies/add", "{'properties': {'accessPolicies': []}}", 404,
         "ParentResourceNotFound"},
    }},
    {"rules that are none are refused, whatever they are", NULL, {
        {"PATCH " VAULT, "{'properties': {'networkAcls': {'virtualNetworkRules': [1]}}}", 400,
         "BadRequest"},
        {"PATCH " VAULT, "{'properties': {'networkAcls': {'ipRules': [null]}}}", 400, "BadRequest"},
        {"PATCH " VAULT, "{'properties': {'networkAcls': {'defaultAction': 'Maybe'}}}", 400,
         "BadRequest"},
        {"PUT " VAULT "/accessPolicies/add", "{'properties': {'accessPolicies': [null, {'objectId':"
         " 'o', 'permissions': {'keys': [null, 3]}}]}}", 400, "BadRequest"},
        {"PUT " VAULT "/accessPolicies/add", "{'properties': {'accessPolicies': [null, {'objectId':"
         " 'o', 'permissions': {'keys': [null]}}]}}", 200},
        {"PUT " VAULT "/accessPolicies/subtract", "{'properties': {'accessPolicies': []}}", 400,
         "BadRequest"},
    }},
    {"a full page has a nextLink, even to an empty one", NULL, {
        {"GET " SUB "/providers/Microsoft.KeyVault/vaults?$top=1", NULL, 200},
        {"GET @nextLink", NULL, 200, .path = "value", .value = "[]",
         .path2 = "nextLink", .value2 = NULL, .header = "x-ms-keyvault-service-version",
         .contains = NULL},
        {"GET " RG "/providers/Microsoft.KeyVault/vaults", NULL, 200,
         .path = "nextLink", .value = NULL, .header = "x-ms-keyvault-service-version",
         .contains = "2."},
    }},
    {"a name can be asked for", NULL, {
        {"POST " SUB "/providers/Microsoft.KeyVault/checkNameAvailability",
         "{'name': 'kvt', 'type': 'Microsoft.KeyVault/vaults'}", 200,
         .path = "nameAvailable", .value = "false", .path2 = "reason", .value2 = "AlreadyExists"},
    }},
    {"of managed HSMs there are empty lists", NULL, {
        {"GET " SUB "/providers/Microsoft.KeyVault/managedHSMs", NULL, 200, .path = "value",
         .value = "[]"},
        {"GET " SUB "/providers/Microsoft.KeyVault/deletedManagedHSMs", NULL, 200,
         .path = "value", .value = "[]"},
        {"GET " RG "/providers/Microsoft.KeyVault/managedHSMs", NULL, 200, .path = "value",
         .value = "[]"},
    }},
};
/* clang-format on */

int main(void)
{
    return CASES_RUN(stories, story_check);
}
