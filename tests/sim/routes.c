/* routes.c: all that Resource Manager serves: method, path, provider, handler; and which
 * api-versions a provider takes, the way its refusal lists them. */
#include "route.h"

#include "account.h"
#include "activity.h"
#include "connection.h"
#include "deployment.h"
#include "diagnostic.h"
#include "endpoint.h"
#include "grant.h"
#include "group.h"
#include "identity.h"
#include "key_arm.h"
#include "lock.h"
#include "operation.h"
#include "rai_policy.h"
#include "registration.h"
#include "resources.h"
#include "role.h"
#include "vault.h"
#include "zone_group.h"

#include <string.h>

#define GROUP "/subscriptions/{}/resourceGroups/{}"
#define KEY_VAULT "/providers/Microsoft.KeyVault"
#define COGNITIVE "/providers/Microsoft.CognitiveServices"
#define VAULT GROUP KEY_VAULT "/vaults/{}"
#define INSIGHTS "{scope}/providers/Microsoft.Insights"
#define IDENTITY "/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
#define ENDPOINT "/providers/Microsoft.Network/privateEndpoints"
#define ACCOUNT GROUP COGNITIVE "/accounts/{}"

/* clang-format off */
static const struct provider
    resources = {"Microsoft.Resources",         "2015-01-01, 2015-11-01, 2019-11-01, 2020-01-01, "
                 "2020-06-01, 2021-01-01, 2021-04-01, 2022-09-01, 2022-12-01, 2024-03-01, 2024-11-01, "
                 "2025-03-01, 2025-04-01", NULL, true},
    key_vault = {"Microsoft.KeyVault",          "2022-07-01, 2023-07-01, 2024-11-01, 2026-02-01",
                 "2.2.922.0", false},
    kv_lists  = {"Microsoft.KeyVault",          "2022-07-01, 2023-07-01, 2024-11-01, 2026-02-01",
                 NULL, false}, /* of a subscription: without the provider's header, as recorded */
    cognitive = {"Microsoft.CognitiveServices", "2022-12-01, 2023-05-01, 2024-10-01, 2025-06-01, "
                 "2025-09-01", NULL, false},
    cs_polls  = {"Microsoft.CognitiveServices", "2017-04-18, 2022-12-01, 2023-05-01, 2024-10-01, "
                 "2025-06-01, 2025-09-01", NULL, false},
    network    = {"Microsoft.Network",          "2021-05-01, 2022-01-01, 2023-11-01, 2024-05-01", NULL,
                  false},
    identities = {"Microsoft.ManagedIdentity",  "2018-11-30, 2022-01-31-preview, 2023-01-31, "
                  "2024-11-30", NULL, false},
    activity  = {"Microsoft.Insights",          "2015-04-01", NULL, false},
    insights  = {"Microsoft.Insights",          "2017-05-01-preview, 2021-05-01-preview", NULL,
                 false},
    locks     = {"Microsoft.Authorization",     "2016-09-01, 2017-04-01, 2020-05-01", NULL, false},
    authz     = {"Microsoft.Authorization",     "2020-04-01-preview, 2022-04-01", NULL, false};

static const struct route routes[] = {
    {"GET",    "/subscriptions",                                &resources, subscriptions_list},
    {"GET",    "/subscriptions/{}",                             &resources, subscription_get},
    {"GET",    "/subscriptions/{}/resourceGroups",              &resources, groups_list},
    {"GET",    GROUP,                                           &resources, group_get},
    {"HEAD",   GROUP,                                           &resources, group_head},
    {"PUT",    GROUP,                                           &resources, group_put},
    {"DELETE", GROUP,                                           &resources, group_delete},
    {"GET",    "/subscriptions/{}/operationresults/{}",         &resources, group_operation_get},
    {"GET",    "/subscriptions/{}/providers",                   &resources, providers_list},
    {"GET",    "/subscriptions/{}/providers/{}",                &resources, provider_get},
    {"POST",   "/subscriptions/{}/providers/{}/register",       &resources, provider_register},
    {"POST",   "/subscriptions/{}/providers/{}/unregister",     &resources, provider_unregister},
    {"GET",    "/subscriptions/{}/providers/Microsoft.Insights/eventtypes/management/values",
                                                                &activity,  activities_list},
    {"GET",    "/subscriptions/{}/resources",                   &resources, resources_list},
    {"GET",    GROUP "/resources",                              &resources, group_resources_list},

    {"GET",    VAULT,                                           &key_vault, vault_get},
    {"PUT",    VAULT,                                           &key_vault, vault_put},
    {"PATCH",  VAULT,                                           &key_vault, vault_patch},
    {"DELETE", VAULT,                                           &key_vault, vault_delete},
    {"GET",    VAULT "/keys/{}",                                &key_vault, key_arm_get},
    {"PUT",    VAULT "/keys/{}",                                &key_vault, key_arm_put},
    {"GET",    VAULT "/keys",                                   &key_vault, key_arm_list},
    {"GET",    VAULT "/keys/{}/versions",                       &key_vault, key_arm_versions},
    {"GET",    VAULT "/keys/{}/versions/{}",                    &key_vault, key_arm_version},
    {"PUT",    VAULT "/accessPolicies/{}",                      &key_vault, vault_put_policies},
    {"GET",    GROUP KEY_VAULT "/vaults",                       &key_vault, vaults_list_group},
    {"GET",    "/subscriptions/{}" KEY_VAULT "/vaults",         &kv_lists,  vaults_list},
    {"GET",    "/subscriptions/{}" KEY_VAULT "/deletedVaults",  &kv_lists,  deleted_vaults_list},
    {"GET",    "/subscriptions/{}" KEY_VAULT "/managedHSMs",    &kv_lists,  managed_hsms_list},
    {"GET",    GROUP KEY_VAULT "/managedHSMs",                  &kv_lists,  managed_hsms_list},
    {"GET",    "/subscriptions/{}" KEY_VAULT "/deletedManagedHSMs", &kv_lists, managed_hsms_list},
    {"GET",    "/subscriptions/{}" KEY_VAULT "/locations/{}/deletedVaults/{}",
                                                                &key_vault, deleted_vault_get},
    {"POST",   "/subscriptions/{}" KEY_VAULT "/locations/{}/deletedVaults/{}/purge",
                                                                &key_vault, deleted_vault_purge},
    {"GET",    "/subscriptions/{}" KEY_VAULT "/locations/{}/operationResults/{}",
                                                                &key_vault, operation_get},
    {"POST",   "/subscriptions/{}" KEY_VAULT "/checkNameAvailability",
                                                                &key_vault, vault_check_name},

    {"GET",    ACCOUNT,                                         &cognitive, account_get},
    {"PUT",    ACCOUNT,                                         &cognitive, account_put},
    {"PATCH",  ACCOUNT,                                         &cognitive, account_patch},
    {"DELETE", ACCOUNT,                                         &cognitive, account_delete},
    {"GET",    GROUP COGNITIVE "/accounts",                     &cognitive, accounts_list_group},
    {"GET",    "/subscriptions/{}" COGNITIVE "/accounts",       &cognitive, accounts_list},
    {"GET",    ACCOUNT "/deployments",                          &cognitive, deployments_list},
    {"GET",    ACCOUNT "/deployments/{}",                       &cognitive, deployment_get},
    {"PUT",    ACCOUNT "/deployments/{}",                       &cognitive, deployment_put},
    {"PATCH",  ACCOUNT "/deployments/{}",                       &cognitive, deployment_patch},
    {"DELETE", ACCOUNT "/deployments/{}",                       &cognitive, deployment_delete},
    {"GET",    ACCOUNT "/raiPolicies",                          &cognitive, rai_policies_list},
    {"GET",    ACCOUNT "/raiPolicies/{}",                       &cognitive, rai_policy_get},
    {"PUT",    ACCOUNT "/raiPolicies/{}",                       &cognitive, rai_policy_put},
    {"DELETE", ACCOUNT "/raiPolicies/{}",                       &cognitive, rai_policy_delete},
    {"GET",    "/subscriptions/{}" COGNITIVE "/deletedAccounts", &cognitive,
                                                                deleted_accounts_list},
    {"GET",    "/subscriptions/{}" COGNITIVE "/locations/{}/resourceGroups/{}/deletedAccounts/{}",
                                                                &cognitive, deleted_account_get},
    {"DELETE", "/subscriptions/{}" COGNITIVE "/locations/{}/resourceGroups/{}/deletedAccounts/{}",
                                                                &cognitive, deleted_account_purge},
    {"GET",    "/subscriptions/{}" COGNITIVE "/locations/{}/operationResults/{}",
                                                                &cs_polls,  operation_get},

    {"GET",    GROUP ENDPOINT "/{}",                            &network,   endpoint_get},
    {"PUT",    GROUP ENDPOINT "/{}",                            &network,   endpoint_put},
    {"DELETE", GROUP ENDPOINT "/{}",                            &network,   endpoint_delete},
    {"GET",    GROUP ENDPOINT,                                  &network,   endpoints_list_group},
    {"GET",    "/subscriptions/{}" ENDPOINT,                    &network,   endpoints_list},
    {"GET",    GROUP ENDPOINT "/{}/privateDnsZoneGroups",       &network,   zone_groups_list},
    {"GET",    GROUP ENDPOINT "/{}/privateDnsZoneGroups/{}",    &network,   zone_group_get},
    {"PUT",    GROUP ENDPOINT "/{}/privateDnsZoneGroups/{}",    &network,   zone_group_put},
    {"DELETE", GROUP ENDPOINT "/{}/privateDnsZoneGroups/{}",    &network,   zone_group_delete},
    {"GET",    "/subscriptions/{}/providers/Microsoft.Network/locations/{}/operations/{}",
                                                                &network,   operation_get},
    {"GET",    VAULT "/privateLinkResources",                   &key_vault, link_resources_list},
    {"GET",    VAULT "/privateEndpointConnections",             &key_vault, connections_list},
    {"GET",    VAULT "/privateEndpointConnections/{}",          &key_vault, connection_get},
    {"PUT",    VAULT "/privateEndpointConnections/{}",          &key_vault, connection_put},
    {"DELETE", VAULT "/privateEndpointConnections/{}",          &key_vault, connection_delete},
    {"GET",    ACCOUNT "/privateLinkResources",                 &cognitive, link_resources_list},
    {"GET",    ACCOUNT "/privateEndpointConnections",           &cognitive, connections_list},
    {"GET",    ACCOUNT "/privateEndpointConnections/{}",        &cognitive, connection_get},
    {"PUT",    ACCOUNT "/privateEndpointConnections/{}",        &cognitive, connection_put},
    {"DELETE", ACCOUNT "/privateEndpointConnections/{}",        &cognitive, connection_delete},

    {"GET",    GROUP IDENTITY "/{}",                            &identities, identity_get},
    {"PUT",    GROUP IDENTITY "/{}",                            &identities, identity_put},
    {"PATCH",  GROUP IDENTITY "/{}",                            &identities, identity_patch},
    {"DELETE", GROUP IDENTITY "/{}",                            &identities, identity_delete},
    {"GET",    GROUP IDENTITY,                                  &identities, identities_list_group},
    {"GET",    "/subscriptions/{}" IDENTITY,                    &identities, identities_list},

    {"GET",    INSIGHTS "/diagnosticSettings",                  &insights,  diagnostics_list},
    {"GET",    INSIGHTS "/diagnosticSettings/{}",               &insights,  diagnostic_get},
    {"PUT",    INSIGHTS "/diagnosticSettings/{}",               &insights,  diagnostic_put},
    {"DELETE", INSIGHTS "/diagnosticSettings/{}",               &insights,  diagnostic_delete},
    {"GET",    INSIGHTS "/diagnosticSettingsCategories",        &insights,
                                                                diagnostic_categories_list},

    {"GET",    "{scope}/providers/Microsoft.Authorization/locks",    &locks, locks_list},
    {"GET",    "{scope}/providers/Microsoft.Authorization/locks/{}", &locks, lock_get},
    {"PUT",    "{scope}/providers/Microsoft.Authorization/locks/{}", &locks, lock_put},
    {"DELETE", "{scope}/providers/Microsoft.Authorization/locks/{}", &locks, lock_delete},
    {"GET",    "{scope}/providers/Microsoft.Authorization/roleAssignments", &authz, grants_list},
    {"GET",    "{scope}/providers/Microsoft.Authorization/roleAssignments/{}", &authz, grant_get},
    {"PUT",    "{scope}/providers/Microsoft.Authorization/roleAssignments/{}", &authz, grant_put},
    {"DELETE", "{scope}/providers/Microsoft.Authorization/roleAssignments/{}", &authz,
                                                                grant_delete},
    {"GET",    "{scope}/providers/Microsoft.Authorization/roleDefinitions", &authz, roles_list},
    {"GET",    "{scope}/providers/Microsoft.Authorization/roleDefinitions/{}", &authz, role_get},
    {"PUT",    "{scope}/providers/Microsoft.Authorization/roleDefinitions/{}", &authz, role_put},
};
/* clang-format on */

const struct route *routes_find(struct call *call, bool *wrong_method)
{
    return route_find(routes, COUNT(routes), call, call->request->path, wrong_method);
}

const char *routes_versions(const char *provider)
{
    for (size_t i = 0; i < COUNT(routes); i++)
        if (strcmp(routes[i].provider->name, provider) == 0)
            return routes[i].provider->versions;
    return "";
}
