/* Private endpoints and the connections that they make at vaults and accounts. */
#include "azure.h"

#define ENDPOINTS RG "/providers/Microsoft.Network/privateEndpoints"
#define ENDPOINT ENDPOINTS "/pe"
#define SUBNET RG "/providers/Microsoft.Network/virtualNetworks/v/subnets/s"
#define BODY(kind, target, group)                                                                  \
    "{'location': 'swedencentral', 'properties': {'subnet': {'id': '" SUBNET "'}, '" kind          \
    "': [{'name': 'pec', 'properties': {'privateLinkServiceId': '" target                          \
    "', 'groupIds': ['" group "']}}]}}"
#define TO_VAULT BODY("privateLinkServiceConnections", VAULT, "vault")
#define TO_ACCOUNT BODY("privateLinkServiceConnections", ACCOUNT, "account")
#define CONNECTION VAULT "/privateEndpointConnections/pec"
/* The UUID is always the same for this endpoint. */
#define UUID "d33af423-16ec-5a3c-8b50-d0733914607b"
#define OWN ACCOUNT "/privateEndpointConnections/pe." UUID
#define STATE "properties.privateLinkServiceConnectionState"
#define SET(status)                                                                                \
    "{'properties': {'privateLinkServiceConnectionState': {'status': '" status "'}}}"
#define SHOWN(state, status)                                                                       \
    "[{\"id\":\"" CONNECTION "\",\"properties\":{\"provisioningState\":\"" state "\","             \
    "\"privateEndpoint\":{\"id\":\"" ENDPOINT "\"},\"privateLinkServiceConnectionState\":{"        \
    "\"status\":\"" status "\",\"actionsRequired\":\"None\"}}}]"
#define LIST "properties.privateEndpointConnections"
#define LINKS "properties.privateLinkServiceConnections"
#define SHOWN_BY_ENDPOINT(status)                                                                  \
    "[{\"name\":\"pec\",\"properties\":{\"privateLinkServiceId\":\"" VAULT                         \
    "\",\"groupIds\":[\"vault\"],\"provisioningState\":\"Succeeded\","                             \
    "\"privateLinkServiceConnectionState\":{\"status\":\"" status                                  \
    "\",\"actionsRequired\":\"None\"}},\"id\":\"" ENDPOINT                                         \
    "/privateLinkServiceConnections/pec\",\"type\":\"Microsoft.Network/privateEndpoints/"          \
    "privateLinkServiceConnections\"}]"
#define ZONES ENDPOINT "/privateDnsZoneGroups"
#define ZONE RG "/providers/Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net"
#define IN_ZONE                                                                                    \
    "{'properties': {'privateDnsZoneConfigs': [{'name': 'vault', 'properties': "                   \
    "{'privateDnsZoneId': '" ZONE "'}}]}}"
#define RECORDS                                                                                    \
    "[{\"name\":\"vault\",\"properties\":{\"privateDnsZoneId\":\"" ZONE                            \
    "\",\"provisioningState\":\"Succeeded\",\"recordSets\":[{\"recordType\":\"A\","                \
    "\"recordSetName\":\"kvt\",\"fqdn\":\"kvt.privatelink.vaultcore.azure.net\",\"ttl\":10,"       \
    "\"ipAddresses\":[\"10.0.0.4\"],\"provisioningState\":\"Succeeded\"}]},\"id\":\"" ZONES        \
    "/default/privateDnsZoneConfigs/vault\",\"type\":\"Microsoft.Network/privateEndpoints/"        \
    "privateDnsZoneGroups/privateDnsZoneConfigs\"}]"

/* clang-format off */
static struct story stories[] = {
    {"an endpoint makes a connection that the vault shows", NULL, {
        {"PUT " ENDPOINT, TO_VAULT, 201, .path = "properties.provisioningState",
         .value = "Succeeded"},
        {"GET " VAULT, NULL, 200, .path = LIST, .value = SHOWN("Succeeded", "Approved")},
        {"GET " CONNECTION, NULL, 200, .path = "name", .value = "pec", .path2 = "etag",
         .value2 = NULL},
        {"PUT " ENDPOINT, TO_VAULT, 200},
    }},
    {"a vault's connection is polled at itself", "{'operation': 60}", {
        {"PUT " ENDPOINT, TO_VAULT, 201},
        {"PUT " CONNECTION, SET("Rejected"), 200, .path = "properties.provisioningState",
         .value = "Updating", .path2 = STATE ".status", .value2 = "Rejected",
         .header = "Azure-AsyncOperation",
         .contains = CONNECTION "?api-version=2026-02-01&kv-operation="},
        {"GET @Azure-AsyncOperation", NULL, 200, .path = "properties.provisioningState",
         .value = "Updating", .path2 = "status", .value2 = NULL},
        {"GET " VAULT, NULL, 200, .path = LIST, .value = SHOWN("Updating", "Rejected")},
        {"GET " CONNECTION, NULL, 200, .path = "properties.provisioningState",
         .value = "Succeeded", .later_s = 61},
        {"GET " VAULT, NULL, 200, .path = LIST, .value = SHOWN("Succeeded", "Rejected")},
    }},
    {"a vault that is written keeps its connections", NULL, {
        {"PUT " ENDPOINT, TO_VAULT, 201},
        {"PATCH " VAULT, "{'tags': {'a': 'b'}}", 200, .path = LIST,
         .value = SHOWN("Succeeded", "Approved")},
    }},
    {"an account's connection is written at once, its name the account's too", NULL, {
        {"PUT " ENDPOINT, TO_ACCOUNT, 201},
        {"GET " ACCOUNT "/privateEndpointConnections?$top=1", NULL, 200},
        {"GET @nextLink", NULL, 200, .path = "value", .value = "[]"},
        {"GET " OWN, NULL,
         200, .path = "name", .value = "oai/pe." UUID,
         .path2 = "properties.groupIds", .value2 = "[\"account\"]"},
        {"PUT " OWN,
         SET("Rejected"), 200, .path = "properties.provisioningState", .value = "Succeeded",
         .path2 = STATE, .value2 = "{\"status\":\"Rejected\",\"actionsRequired\":\"None\"}",
         .header = "ETag", .contains = "\""},
        {"PUT " OWN,
         SET("Approved"), 200, .path = STATE ".description", .value = "Approved",
         .header = "Azure-AsyncOperation", .contains = NULL},
    }},
    {"no endpoint leads to an account that is being written", "{'operation': 60}", {
        {"PATCH " ACCOUNT, "{'properties': {'publicNetworkAccess': 'Disabled'}}", 202},
        {"PUT " ENDPOINT, TO_ACCOUNT, 400, "AccountProvisioningStateInvalid"},
        {"PUT " ENDPOINT, TO_ACCOUNT, 201, .later_s = 61},
    }},
    {"an endpoint is being made until its operation is over", "{'operation': 60}", {
        {"PUT " ENDPOINT, TO_VAULT, 201, .path = "properties.provisioningState",
         .value = "Updating", .header = "Azure-AsyncOperation",
         .contains = "/providers/Microsoft.Network/locations/swedencentral/operations/"},
        {"GET @Azure-AsyncOperation", NULL, 200, .path = "status", .value = "InProgress"},
        {"GET " ENDPOINT, NULL, 200, .path = "properties.provisioningState", .value = "Succeeded",
         .later_s = 61, .path2 = "properties.customNetworkInterfaceName", .value2 = ""},
    }},
    {"an endpoint shows its connection as its target has it", NULL, {
        {"PUT " ENDPOINT, TO_VAULT, 201, .path = LINKS, .value = SHOWN_BY_ENDPOINT("Approved")},
        {"PUT " CONNECTION, SET("Rejected"), 200},
        {"GET " ENDPOINT, NULL, 200, .path = LINKS, .value = SHOWN_BY_ENDPOINT("Rejected")},
        {"DELETE " CONNECTION, NULL, 200},
        {"GET " ENDPOINT, NULL, 200, .path = LINKS, .value = SHOWN_BY_ENDPOINT("Disconnected")},
    }},
    {"an endpoint stays in its subnet, and leads where it led", NULL, {
        {"PUT " ENDPOINT, TO_VAULT, 201},
        {"PUT " ENDPOINT, "{'location': 'swedencentral', 'properties': {'subnet': {'id': '" SUBNET
         "2'}}}", 400, "CannotChangeSubnetOnExistingPrivateEndpoint"},
        {"PUT " ENDPOINT, TO_ACCOUNT, 400, "PrivateEndpointCannotBeUpdated"},
        {"PUT " ENDPOINT, BODY("manualPrivateLinkServiceConnections", VAULT, "vault"), 400,
         "PrivateEndpointCannotBeUpdated"},
    }},
    {"an endpoint has one zone group, with a record in each of its zones", NULL, {
        {"PUT " ZONES "/default", IN_ZONE, 404, "ParentResourceNotFound"},
        {"PUT " ENDPOINT, TO_VAULT, 201},
        {"GET " ZONES "/default", NULL, 404, "NotFound"},
        {"PUT " ZONES "/default", IN_ZONE, 201,
         .path = "properties.provisioningState", .value = "Succeeded"},
        {"PUT " ZONES "/default", IN_ZONE, 200},
        {"GET " ZONES "/default", NULL, 200, .path = "properties.privateDnsZoneConfigs",
         .value = RECORDS},
        {"GET " ZONES "?$top=1", NULL, 200},
        {"GET @nextLink", NULL, 200, .path = "value", .value = "[]"},
        {"PUT " ZONES "/second", IN_ZONE, 400,
         "MoreThanOnePrivateDnsZoneGroupPerPrivateEndpointNotAllowed"},
        {"PUT " ZONES "/default", "{'properties': {'privateDnsZoneConfigs': [{'name': 'a'}]}}", 400,
         "InvalidRequestFormat"},
    }},
    {"an endpoint that is being made takes no zone group yet", "{'operation': 60}", {
        {"PUT " ENDPOINT, TO_VAULT, 201},
        {"PUT " ZONES "/default", IN_ZONE, 409, "AnotherOperationInProgress"},
        {"PUT " ZONES "/default", IN_ZONE, 201, .later_s = 61},
    }},
    {"a zone group goes with its endpoint, or alone", NULL, {
        {"PUT " ENDPOINT, TO_VAULT, 201},
        {"PUT " ZONES "/default", IN_ZONE, 201},
        {"DELETE " ENDPOINT, NULL, 200},
        {"PUT " ENDPOINT, TO_VAULT, 201},
        {"GET " ZONES "/default", NULL, 404, "NotFound"},
        {"PUT " ZONES "/default", IN_ZONE, 201},
        {"DELETE " ZONES "/default", NULL, 200},
        {"DELETE " ZONES "/default", NULL, 204},
    }},
    {"an account can be deleted with its connections", NULL, {
        {"PUT " ENDPOINT, TO_ACCOUNT, 201},
        {"DELETE " ACCOUNT, NULL, 200},
    }},
    {"a manual connection waits for approval", NULL, {
        {"PUT " ENDPOINT, BODY("manualPrivateLinkServiceConnections", VAULT, "vault"), 201},
        {"GET " CONNECTION, NULL, 200, .path = STATE ".status", .value = "Pending"},
        {"PUT " CONNECTION, SET("Approved"), 200},
        {"PUT " CONNECTION, SET("Perhaps"), 400, "BadRequest"},
    }},
    {"an endpoint needs a target, its group, and a subnet", NULL, {
        {"PUT " ENDPOINT, BODY("privateLinkServiceConnections", VAULTS "none", "vault"), 400,
         "InvalidResourceReference"},
        {"PUT " ENDPOINT, BODY("privateLinkServiceConnections", VAULT, "account"), 400,
         "InvalidResourceReference"},
        {"PUT " ENDPOINT, "{'location': 'westus', 'properties': {}}", 400, "InvalidRequestFormat"},
        {"GET " ENDPOINT, NULL, 404, "ResourceNotFound"},
    }},
    {"with the endpoint goes its connection", NULL, {
        {"PUT " ENDPOINT, TO_VAULT, 201},
        {"GET " ENDPOINTS "?$top=1", NULL, 200},
        {"GET @nextLink", NULL, 200, .path = "value", .value = "[]"},
        {"DELETE " ENDPOINT, NULL, 200},
        {"GET " CONNECTION, NULL, 404, "ResourceNotFound"},
        {"GET " VAULT, NULL, 200, .path = LIST, .value = NULL},
        {"GET " ENDPOINTS, NULL, 200, .path = "value", .value = "[]"},
        {"GET " SUB "/providers/Microsoft.Network/privateEndpoints", NULL, 200, .path = "value",
         .value = "[]"},
    }},
    {"a deleted connection is not shown any more", NULL, {
        {"PUT " ENDPOINT, TO_VAULT, 201},
        {"DELETE " CONNECTION, NULL, 200},
        {"DELETE " CONNECTION, NULL, 204},
        {"GET " VAULT, NULL, 200, .path = LIST, .value = NULL},
        {"PUT " CONNECTION, SET("Approved"), 404, "ResourceNotFound"},
    }},
    {"what can be connected to is listed", NULL, {
        {"GET " VAULT "/privateLinkResources", NULL, 200, .path = "value", .value =
         "[{\"id\":\"" VAULT "/privateLinkResources/vault\",\"name\":\"vault\",\"type\":"
         "\"Microsoft.KeyVault/vaults/privateLinkResources\",\"properties\":{\"groupId\":\"vault\","
         "\"requiredMembers\":[\"default\"],\"requiredZoneNames\":["
         "\"privatelink.vaultcore.azure.net\"]}}]"},
        {"GET " ACCOUNTS "none/privateLinkResources", NULL, 404, "ParentResourceNotFound"},
    }},
};
/* clang-format on */

int main(void)
{
    return CASES_RUN(stories, story_check);
}
