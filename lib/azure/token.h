/* token.h: what a token endpoint answers: Entra's v2.0 endpoint (RFC 6749 section 5) and the
 * instance metadata service.
 * https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
 */
#pragma once

#include "azure/answer.h"
#include "azure/credential.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define TOKEN_MAX 65536 /* bytes: ten times what Entra makes, and more than Azure takes */

struct token {
    char *value;    /* owned, a secret */
    int64_t life_s; /* from the answer on; 0: it does not say, so one use and no more */
};

/* Reads a 200 answer. The token's bytes in its body are overwritten, so that no copy is left.
 * date_s is the answer's own Date (or our clock), against which expires_on is counted. False:
 * ERR_AZURE "BadToken". */
bool token_parse(struct http_answer *answer, int64_t date_s, struct token *token,
                 struct err *err) MUST_CHECK;

void token_done(struct token *token); /* zeroes and frees */

/* Reads an answer that is not 200. True if it is worth trying again: it may pass by itself. What
 * is final says what to fix; several identities and no client id is ERR_CONFIG
 * "IdentityAmbiguous". */
bool token_refused(const struct http_answer *answer, enum credential_type type, struct err *err);

/* An instant in any of the dresses seen: "1774516777", "2026-03-26T09:19:37Z",
 * "3/26/2026 9:19:37 AM +00:00". False for what is none, or not after 1970. */
bool token_parse_instant(const char *text, int64_t *time_s) MUST_CHECK;
