#include "types/parent.h"

#include <stddef.h>

const struct refusal parent_account_refusals[] = {
    {"RequestConflict", false, 3600},
    {"AccountProvisioningStateInvalid", false, 3600},
    {NULL, false, 0},
};

const struct refusal parent_vault_refusals[] = {
    {"RequestConflict", false, 3600},
    {"ConflictError", false, 600},
    {NULL, false, 0},
};

const struct refusal parent_network_refusals[] = {
    {"AnotherOperationInProgress", false, 3600},
    {"RetryableError", false, 3600},
    {"ReferencedResourceNotProvisioned", false, 3600},
    {"AccountProvisioningStateInvalid", false, 3600},
    {"RequestConflict", false, 3600},
    {NULL, false, 0},
};

const char *parent_missing(const struct neighbours *near)
{
    return seen_body(&near->parent) ? NULL : "what it hangs under exists and can be seen";
}
