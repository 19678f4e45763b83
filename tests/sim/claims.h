/* claims.h: claims challenges. With the setting "claims" Resource Manager and vaults take no token
 * that was not asked for with these.
 * https://learn.microsoft.com/entra/identity-platform/claims-challenge */
#pragma once

#include "state.h"

/* What the challenge says where the token lacks claims, "error=..., claims=...", for the caller to
 * free; NULL if it lacks none. */
char *claims_lacking(const struct sim *sim, const struct token *token);
