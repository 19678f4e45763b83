/* roles.h: the built-in roles that let an account use a key, and how their assignments are told.
 * https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/security */
#pragma once

#include "base/js.h"

#include <stdbool.h>

#define ROLE_CRYPTO_SERVICE_ENCRYPTION_USER "e147488a-f6f5-4113-8e2d-b22465e65bf6"
#define ROLE_CRYPTO_USER "12338af0-0e69-4776-bea7-57ae8d297424"

/* True if the assignment (its ARM body) gives principal_id a role that can wrap and unwrap keys,
 * at scope or above. */
bool role_can_use_key(struct json_object *assignment, const char *principal_id, const char *scope);

/* The GUID at the end of a role definition's id; borrowed. */
const char *role_guid(const char *role_definition_id);
