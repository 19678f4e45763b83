/* tls.h: a certificate authority that lives as long as azsim does, and the one certificate it
 * signs. Clients trust ca.pem; its key never leaves the process. */
#pragma once

#include "base/err.h"

#include <gnutls/x509.h>

struct tls {
    char *ca;          /* owned, PEM: what clients are to trust */
    char *certificate; /* owned, PEM: the server's, for the names that azsim answers to */
    char *key;         /* owned, PEM: the server's private key */
};

bool tls_make(struct tls *tls, struct err *err) MUST_CHECK;
void tls_done(struct tls *tls);

/* What one certificate is made of. */
struct tls_pair {
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t certificate;
};

/* A fresh key and a certificate for these names, ended by NULL, and for the address 127.0.0.1. NULL
 * for both: an authority, which signs itself. To be done even if it fails. */
bool tls_pair_make(struct tls_pair *pair, const struct tls_pair *authority,
                   const char *const *names) MUST_CHECK;
void tls_pair_done(struct tls_pair *pair);
char *tls_certificate(const struct tls_pair *pair); /* PEM; the caller frees. NULL: GnuTLS failed */
