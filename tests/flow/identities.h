/* identities.h: who cmkd can be, for tests of what comes of it: Azure as it should be, cmkd with
 * that credential and no other, and the files that it reads. */
#pragma once

#include "signer.h"

#include <sys/types.h>

#define IDENTITY_SUBJECT "system:serviceaccount:keys:cmkd"

extern struct signer identity_own, identity_strange;

void identities_start(void); /* makes the signers */
void identities_done(void);

/* Files of the test's own, in the flow's folder. The caller frees the path. */
char *identity_path(void **flow, const char *name);
void identity_save(void **flow, const char *name, const char *text, mode_t mode);

/* By certificate: "client.pem". */
void identity_seed_certificate(void **flow);
void identity_save_certificate(void **flow, const struct signer *signer, mode_t mode);

/* By another issuer's token: "token", and it is there. */
void identity_seed_workload(void **flow);
void identity_save_token(void **flow, const char *subject, int expires_s);

/* By the agent of Azure Arc: "6f1a.key", in which "k3y==" must be. */
void identity_seed_arc(void **flow);
