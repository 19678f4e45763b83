/* signer.h: a key and its certificate, made by a test, and what they sign. All texts are the
 * caller's to free. GnuTLS does it: what cmkd signs with OpenSSL is judged by another library. */
#pragma once

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdbool.h>
#include <time.h>

struct signer {
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t certificate; /* its own issuer */
};

void signer_make(struct signer *signer, gnutls_pk_algorithm_t algorithm, time_t expires_s);
void signer_done(struct signer *signer);

/* PEM. passphrase: NULL for none. */
char *signer_certificate(const struct signer *signer);
char *signer_key(const struct signer *signer, const char *passphrase);

/* base64url without padding (RFC 7515), of bytes, and of the certificate's fingerprint. */
char *signer_encode(const void *bytes, size_t size);
char *signer_thumbprint(const struct signer *signer, gnutls_digest_algorithm_t digest);

/* A JWT of a header and of claims, signed by PS256 or by RS256. */
char *signer_jwt(const struct signer *signer, const char *header, const char *claims, bool is_pss);
