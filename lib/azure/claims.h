/* claims.h: a claims challenge: a 401 that says error="insufficient_claims" and, in claims, what
 * the next token must have: JSON in base64url (RFC 4648 section 5).
 * https://learn.microsoft.com/entra/identity-platform/claims-challenge */
#pragma once

#include "azure/challenge.h"

/* The claims that the challenge demands, as compact JSON for the caller to free; NULL if it
 * demands none. False, ERR_AZURE "BadChallenge", if they cannot be read: they are Entra's to
 * understand, but an object they must be. */
bool claims_read(const struct challenge *challenge, char **claims, struct err *err) MUST_CHECK;

/* What either of two demands, as claims_read() gives them; of what both have, b's counts. NULL: no
 * demand. The caller frees. */
char *claims_merge(const char *a, const char *b);
