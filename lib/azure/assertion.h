/* assertion.h: how a client shows Entra who it is with its certificate: a token (JWT) that it signs
 * with the certificate's key. RFC 7523; PS256 (RFC 7518 section 3.5), under x5t#S256.
 * https://learn.microsoft.com/entra/identity-platform/certificate-credentials */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define ASSERTION_LIFE_S 600

/* pem: a private key (RSA, without a passphrase) and its certificate, in any order, perhaps among
 * others; it was read from path, which errors name. client_id and audience (the token endpoint's
 * URL) become claims. The caller frees jwt as a secret.
 *
 * Errors: ERR_CONFIG "CertificateInvalid" (no key, no certificate of that key, not RSA),
 * "CertificateExpired". */
bool assertion_sign(const char *pem, const char *path, const char *client_id, const char *audience,
                    int64_t now_s, char **jwt, struct err *err) MUST_CHECK;
