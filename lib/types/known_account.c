/* known_account.c: every property path of Microsoft.CognitiveServices/accounts 2025-06-01.
 *
 * Made from Microsoft.CognitiveServices.2025-06-01.json by lib/types/known.py:
 * do not edit, make it again.
 *
 * The schema is Copyright (c) Microsoft Corporation, MIT License:
 * https://github.com/Azure/azure-resource-manager-schemas/blob/main/LICENSE
 * Permission is hereby granted, free of charge, to any person obtaining a copy of this software
 * and associated documentation files (the "Software"), to deal in the Software without
 * restriction, including without limitation the rights to use, copy, modify, merge, publish,
 * distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
 * Software is furnished to do so, subject to the following conditions: the above copyright notice
 * and this permission notice shall be included in all copies or substantial portions of the
 * Software. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED. */
#include "types/known.h"

#include <stddef.h>

/* clang-format off */
const char *const known_account[] = {
    "identity.type",
    "identity.userAssignedIdentities.*",
    "kind",
    "location",
    "properties.allowProjectManagement",
    "properties.allowedFqdnList",
    "properties.amlWorkspace.identityClientId",
    "properties.amlWorkspace.resourceId",
    "properties.apiProperties.*",
    "properties.apiProperties.aadClientId",
    "properties.apiProperties.aadTenantId",
    "properties.apiProperties.eventHubConnectionString",
    "properties.apiProperties.qnaAzureSearchEndpointId",
    "properties.apiProperties.qnaAzureSearchEndpointKey",
    "properties.apiProperties.qnaRuntimeEndpoint",
    "properties.apiProperties.statisticsEnabled",
    "properties.apiProperties.storageAccountConnectionString",
    "properties.apiProperties.superUser",
    "properties.apiProperties.websiteName",
    "properties.associatedProjects",
    "properties.customSubDomainName",
    "properties.defaultProject",
    "properties.disableLocalAuth",
    "properties.dynamicThrottlingEnabled",
    "properties.encryption.keySource",
    "properties.encryption.keyVaultProperties.identityClientId",
    "properties.encryption.keyVaultProperties.keyName",
    "properties.encryption.keyVaultProperties.keyVaultUri",
    "properties.encryption.keyVaultProperties.keyVersion",
    "properties.locations.regions",
    "properties.locations.routingMethod",
    "properties.migrationToken",
    "properties.networkAcls.bypass",
    "properties.networkAcls.defaultAction",
    "properties.networkAcls.ipRules",
    "properties.networkAcls.virtualNetworkRules",
    "properties.networkInjections",
    "properties.publicNetworkAccess",
    "properties.raiMonitorConfig.adxStorageResourceId",
    "properties.raiMonitorConfig.identityClientId",
    "properties.restore",
    "properties.restrictOutboundNetworkAccess",
    "properties.userOwnedStorage",
    "sku.capacity",
    "sku.family",
    "sku.name",
    "sku.size",
    "sku.tier",
    "tags.*",
    NULL,
};
