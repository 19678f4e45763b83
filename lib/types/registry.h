/* registry.h: every resource type that cmkd knows. Adding one: a file here and a line in the
 * registry. */
#pragma once

#include "model/type.h"

extern const struct type type_vault;         /* Microsoft.KeyVault/vaults */
extern const struct type type_key;           /* Microsoft.KeyVault/vaults/keys */
extern const struct type type_account;       /* Microsoft.CognitiveServices/accounts */
extern const struct type type_grant;         /* Microsoft.Authorization/roleAssignments */
extern const struct type type_access_policy; /* Microsoft.KeyVault/vaults/accessPolicies */
extern const struct type type_rai_policy;    /* Microsoft.CognitiveServices/accounts/raiPolicies */
extern const struct type type_deployment;    /* Microsoft.CognitiveServices/accounts/deployments */
extern const struct type type_diagnostic_setting; /* Microsoft.Insights/diagnosticSettings */
extern const struct type type_private_endpoint;   /* Microsoft.Network/privateEndpoints */
/* Microsoft.Network/privateEndpoints/privateDnsZoneGroups */
extern const struct type type_zone_group;
extern const struct type type_lock; /* Microsoft.Authorization/locks */

/* In the order of repair, ended by NULL. */
extern const struct type *const registry[];
