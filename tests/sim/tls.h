/* tls.h: a certificate authority that lives as long as azsim does, and the one certificate it
 * signs. Clients trust ca.pem; its key never leaves the process. */
#pragma once

#include "base/err.h"

struct tls {
    char *ca;          /* owned, PEM: what clients are to trust */
    char *certificate; /* owned, PEM: the server's, for the names that azsim answers to */
    char *key;         /* owned, PEM: the server's private key */
};

bool tls_make(struct tls *tls, struct err *err) MUST_CHECK;
void tls_done(struct tls *tls);
