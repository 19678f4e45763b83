/* assertion.h: how a client without a secret shows Entra who it is: a JWT that its certificate
 * has signed, or one of an issuer that the client trusts (workload identity).
 * https://learn.microsoft.com/entra/identity-platform/certificate-credentials
 * https://learn.microsoft.com/entra/workload-id/workload-identity-federation */
#pragma once

#include "call.h"

/* What is wrong with an assertion, as Entra answers it; static texts. */
struct refusal {
    int status;
    const char *error;
    int code; /* AADSTS... */
    const char *text;
};

/* NULL if the JWT proves that it comes from the client of the seed: signed with PS256 or RS256 by
 * its "certificate" (PEM), or by the "certificate" of one of its "federated" issuers
 * ("issuer", "subject", "audience"). audience: a URL that a client's own assertion is for. */
const struct refusal *assertion_check(struct call *call, struct json_object *client,
                                      const char *jwt, const char *audience);
