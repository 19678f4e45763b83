/* fleet.h: many deployments like that of prod.h, in one resource group. */
#pragma once

#include "prod.h"

#define FLEET_VAULT(number) GROUP "/providers/Microsoft.KeyVault/vaults/kv-fleet-" number
#define FLEET_KEY(number) FLEET_VAULT(number) "/keys/openai-cmk"
#define FLEET_GRANT(number)                                                                        \
    FLEET_KEY(number)                                                                              \
    "/providers/Microsoft.Authorization/roleAssignments/55555555-5555-5555-5555-555555555" number
#define FLEET_ACCOUNT(number)                                                                      \
    GROUP "/providers/Microsoft.CognitiveServices/accounts/oai-fleet-" number

/* Azure with count (at most 999) deployments in which everything is right: the vaults
 * kv-fleet-000, -001 ..., accounts oai-fleet-000 ..., and cmkd configured for the stacks fleet-000
 * ..., with more members of the file ("'interval': 'PT10S', "). */
void fleet_good(void **flow, int count, const char *file);
