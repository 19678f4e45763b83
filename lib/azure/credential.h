/* credential.h: how cmkd proves who it is, and the tokens it gets for it. */
#pragma once

#include "base/err.h"

enum credential_type {
    CREDENTIAL_MANAGED_IDENTITY,
    CREDENTIAL_AZURE_ARC,
    CREDENTIAL_WORKLOAD_IDENTITY,
    CREDENTIAL_CLIENT_SECRET,
    CREDENTIAL_CLIENT_CERTIFICATE,
    CREDENTIAL_GIVEN, /* there is none: a person has given a token, see azure_give_token() */
};

/* What the configuration says; files are absolute paths (already resolved), never contents. */
struct credential_config {
    enum credential_type type;
    char *client_id; /* owned, or NULL */
    char *tenant_id; /* owned, or NULL */
    char *file;      /* owned: secretFile, tokenFile or certificateFile; or NULL */
};

/* True if it can ask for a token with claims (claims.h): Entra's own endpoint takes them, the
 * metadata service does not. */
bool credential_takes_claims(enum credential_type type);

void credential_config_copy(const struct credential_config *from, struct credential_config *to);
void credential_config_done(struct credential_config *config); /* frees the members */
