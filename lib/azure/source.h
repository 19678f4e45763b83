/* source.h: the request that gets a token, for each type of credential.
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 * https://learn.microsoft.com/entra/workload-id/workload-identity-federation
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
    char *proof;           /* owned, a secret: a header; or NULL */
    char *secret;          /* owned: what either holds, as it is; or NULL */
    const char *headers[3];
};

/* Reads the credential's file anew each time, so that a new secret, token or certificate needs no
 * reload. claims: what the token must have (claims.h), or NULL; the machine's identity cannot ask
 * for any. key_file: what the agent of Azure Arc has named (arc.h), NULL when it is asked first.
 * Errors: those of secret_load(), assertion_sign() and arc_header(); ERR_CONFIG
 * "CredentialIncomplete". */
bool source_request(const struct credential_config *config, const struct cloud *cloud,
                    const char *audience, const char *claims, const char *key_file,
                    struct source_request *request, struct err *err) MUST_CHECK;

/* Where the agent of Azure Arc keeps its key files; NULL: anywhere, for the cloud has another. */
const char *source_arc_folder(const struct cloud *cloud);

void source_request_done(struct source_request *request); /* zeroes and frees */
