/* source.h: the request that gets a token, for each type of credential.
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 * https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
 */
#pragma once

#include "azure/cloud.h"
#include "azure/credential.h"
#include "azure/http.h"

struct source_request {
    struct http_send send; /* points into the rest */
    char *url;             /* owned */
    char *body;            /* owned, a secret; or NULL */
    const char *headers[2];
};

/* Reads the secret file anew each time, so that a new secret needs no reload. Errors: those of
 * secret_load(); ERR_CONFIG "CredentialUnsupported", "CredentialIncomplete". */
bool source_request(const struct credential_config *config, const struct cloud *cloud,
                    const char *audience, struct source_request *request,
                    struct err *err) MUST_CHECK;

void source_request_done(struct source_request *request); /* zeroes and frees */
