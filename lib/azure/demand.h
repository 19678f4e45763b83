/* demand.h: what a 401 wants, and what it means when another token does not help. */
#pragma once

#include "azure/answer.h"
#include "azure/cloud.h"
#include "azure/credential.h"

#include <json-c/json.h>

/* *claims: those that the next token must have (claims.h), for the caller to free; NULL: none.
 * False: ERR_AZURE "ForeignOrigin" (challenge.h), "BadChallenge" (claims.h). */
bool demand_read(const struct http_answer *answer, const struct cloud *cloud, const char *audience,
                 char **claims, struct err *err) MUST_CHECK;

/* Fills err for a second 401: Azure's own, ERR_CONFIG "Audience", or ERR_AZURE
 * "InsufficientClaims". body is the answer's JSON, or NULL; claims what it wanted, or NULL. */
void demand_refused(const struct http_answer *answer, struct json_object *body,
                    const char *audience, enum credential_type type, const char *claims,
                    struct err *err);
