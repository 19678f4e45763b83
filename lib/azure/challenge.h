/* challenge.h: what a 401 asks for in WWW-Authenticate. RFC 9110 section 11.6.1, RFC 6750.
 * https://learn.microsoft.com/azure/key-vault/general/authentication-requests-and-responses
 *
 * cmkd knows where tokens come from and what they are for; a challenge is never followed, only
 * looked at: one that names another authority or audience comes from somebody who wants to be
 * handed a token. */
#pragma once

#include "azure/cloud.h"
#include "base/err.h"

#include <stdbool.h>

struct challenge {
    char authority[256]; /* authorization or authorization_uri, or "" */
    char resource[256];  /* or "" */
    char scope[256];     /* the resource and "/.default", or "" */
    char error[64];      /* "invalid_token", "insufficient_claims", or "" */
    char claims[2048];   /* as it came: claims.h; or "" */
};

/* Reads the Bearer challenge of a header value; false if there is none or it is malformed. */
bool challenge_parse(const char *text, struct challenge *challenge) MUST_CHECK;

/* True if it names nothing but the cloud's authority (the public one also answers as
 * login.windows.net, others have other names too) and the audience; else ERR_AZURE
 * "ForeignOrigin". */
bool challenge_check(const struct challenge *challenge, const struct cloud *cloud,
                     const char *audience, struct err *err) MUST_CHECK;
