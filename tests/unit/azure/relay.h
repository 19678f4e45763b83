/* relay.h: Azure, and a thief to whom everything else leads: whoever lets himself be led away hands
 * his token over. Its certificates are trusted, so that nothing but the look at where a request
 * goes protects a token. */
#pragma once

#include "fixture.h"

#define ARM "https://management.azure.com"
#define VAULT "https://kv-test.vault.azure.net"

extern struct relay {
    struct fixture *fixture; /* in the public cloud */
    struct script *thief;
    unsigned tricks; /* that were played */
    unsigned lures;  /* of these, what hands a token to the thief when nobody looks */
    unsigned leaks;
} relay;

void relay_start(void);
void relay_end(void); /* prints the counts */

/* What Azure answers next. */
void relay_play(const struct script_step *steps);

/* Fails unless the thief has heard nothing, and what Azure has heard is what it should: a token
 * only at origin, the credential's proof only with our own authority, and for origin. */
void relay_expect_none(const char *origin);

/* The same trick on a client that follows the link from base without a look: true if the thief
 * then has its token. */
bool relay_catches(const char *base, const char *link);
