#include "azure/demand.h"

#include "azure/claims.h"
#include "azure/problem.h"

#include <string.h>

bool demand_read(const struct http_answer *answer, const struct cloud *cloud, const char *audience,
                 char **claims, struct err *err)
{
    struct challenge challenge;
    const char *text = answer_header(answer, "WWW-Authenticate");
    *claims = NULL;
    if (!text || !challenge_parse(text, &challenge) ||
        (challenge_check(&challenge, cloud, audience, err) && claims_read(&challenge, claims, err)))
        return true;
    err->status = answer->status;
    return false;
}

/* Resource Manager has a code for it; a vault says so in words only. */
static bool is_of_audience(const struct err *err)
{
    return err_is(err, "InvalidAuthenticationTokenAudience") ||
           strncmp(err->message, "AKV10022", 8) == 0;
}

void demand_refused(const struct http_answer *answer, struct json_object *body,
                    const char *audience, enum credential_type type, const char *claims,
                    struct err *err)
{
    problem_read(answer, body, err);
    if (claims) {
        err_set(err, ERR_AZURE, "InsufficientClaims",
                "Azure wants a token with the claims %.160s, %s", claims,
                credential_takes_claims(type)
                    ? "and does not take the one that was got for them: see what Conditional "
                      "Access asks of the application"
                    : "which a managed identity cannot ask for: exempt it in Conditional Access, "
                      "or use another type of credential");
    } else if (is_of_audience(err)) {
        AUTO(text) char *said = mem_text(err->message);
        err_set(err, ERR_CONFIG, "Audience",
                "a token for %s is not what is wanted there: check the cloud's audience: %s",
                audience, said);
    }
    err->status = answer->status;
}
