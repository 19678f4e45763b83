#include "answers.h"
#include "azure/token.h"
#include "cases.h"

#define NOW 1774513177 /* 2026-03-26T08:19:37Z, an hour before the first dress */

/* C067: expires_on in every dress. */
/* clang-format off */
static struct life_case {
    const char *name, *body;
    int64_t life_s; /* -1: no token in it */
} lives[] = {
    {"seconds since 1970 in a string",   "{\"access_token\":\"t\",\"expires_on\":\"1774516777\"}", 3600},
    {"seconds since 1970",               "{\"access_token\":\"t\",\"expires_on\":1774516777}", 3600},
    {"RFC 3339",                         "{\"access_token\":\"t\",\"expires_on\":\"2026-03-26T09:19:37Z\"}", 3600},
    {"American, 24 hours",               "{\"access_token\":\"t\",\"expires_on\":\"03/26/2026 09:19:37 +00:00\"}", 3600},
    {"American, AM",                     "{\"access_token\":\"t\",\"expires_on\":\"3/26/2026 9:19:37 AM +00:00\"}", 3600},
    {"American, PM",                     "{\"access_token\":\"t\",\"expires_on\":\"3/26/2026 12:19:37 PM +00:00\"}", 4 * 3600},
    {"only expires_in, in a string",     "{\"access_token\":\"t\",\"expires_in\":\"3599\"}", 3599},
    {"only expires_in",                  "{\"access_token\":\"t\",\"expires_in\":3599}", 3599},
    {"both: the shorter counts",         "{\"access_token\":\"t\",\"expires_in\":\"86399\",\"expires_on\":\"1774516777\"}", 3600},
    {"neither: one use",                 "{\"access_token\":\"t\"}", 0},
    {"negative: one use",                "{\"access_token\":\"t\",\"expires_on\":-5,\"expires_in\":\"-1\"}", 0},
    {"1e300: one use",                   "{\"access_token\":\"t\",\"expires_on\":1e300,\"expires_in\":\"1e300\"}", 0},
    {"already over: one use",            "{\"access_token\":\"t\",\"expires_on\":\"1774513000\"}", 0},
    {"nonsense: one use",                "{\"access_token\":\"t\",\"expires_on\":\"13/45/2026 99:19:37 AM +00:00\"}", 0},
    {"for ever is a week",               "{\"access_token\":\"t\",\"expires_in\":999999999}", 7 * 86400},
    {"other members and blanks",         " { \"a\" : {\"access_token\":\"not this\"} , \"access_token\" : \"t\" , \"expires_in\" : 5 } ", 5},
    {"an escaped quote before it",       "{\"x\":\"\\\"access_token\\\":\\\"no\",\"access_token\":\"t\",\"expires_in\":5}", 5},
    {"no token",                         "{\"expires_in\":5}", -1},
    {"a token that is no text",          "{\"access_token\":5}", -1},
    {"an empty token",                   "{\"access_token\":\"\"}", -1},
    {"a token with a line end",          "{\"access_token\":\"t\\r\\nHost: evil\"}", -1},
    {"a token with a blank",             "{\"access_token\":\"t t\"}", -1},
    {"a text that is cut",               "{\"access_token\":\"t\",\"expires_in\":", -1},
    {"no JSON",                          "<html>", -1},
};

static struct refusal_case {
    const char *name;
    enum credential_type type;
    int status;
    const char *body;
    bool may_pass;
    enum err_domain domain;
    const char *code, *in_message;
} refusals[] = {
    {"a wrong secret", CREDENTIAL_CLIENT_SECRET, 401,
     "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215: Invalid client secret provided. Ensure it is the value.\\r\\nTrace ID: t1\\r\\nCorrelation ID: c1\",\"error_codes\":[7000215],\"trace_id\":\"t1\",\"correlation_id\":\"c1\"}",
     false, ERR_AZURE, "invalid_client", "put the secret's value, not its id, into the secret file: AADSTS7000215: Invalid client secret provided. Ensure it is the value. (trace t1)"},
    {"another's certificate", CREDENTIAL_CLIENT_CERTIFICATE, 401,
     "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS700027: The certificate is not registered on application.\"}",
     false, ERR_AZURE, "invalid_client", "upload it to the application's registration"},
    {"a workload that nobody trusts", CREDENTIAL_WORKLOAD_IDENTITY, 401,
     "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS700213: No matching federated identity record found.\"}",
     false, ERR_AZURE, "invalid_client", "compare them with the token in tokenFile"},
    {"a token of a workload that is too old", CREDENTIAL_WORKLOAD_IDENTITY, 401,
     "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS700024: Client assertion is not within its valid time range.\"}",
     false, ERR_AZURE, "invalid_client", "this machine's clock"},
    {"an expired secret", CREDENTIAL_CLIENT_SECRET, 401,
     "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000222: The provided client secret keys are expired.\"}",
     false, ERR_AZURE, "invalid_client", "the secret has expired"},
    {"an unknown application", CREDENTIAL_CLIENT_SECRET, 400,
     "{\"error\":\"unauthorized_client\",\"error_description\":\"AADSTS700016: Application was not found\"}",
     false, ERR_AZURE, "unauthorized_client", "check clientId and tenantId"},
    {"an unknown tenant", CREDENTIAL_CLIENT_SECRET, 400,
     "{\"error\":\"invalid_request\",\"error_description\":\"AADSTS90002: Tenant not found.\"}",
     false, ERR_AZURE, "invalid_request", "check tenantId"},
    {"Entra is throttling", CREDENTIAL_CLIENT_SECRET, 429, "", true, ERR_AZURE, "Http429", ""},
    {"Entra is down", CREDENTIAL_CLIENT_SECRET, 503, "<html>", true, ERR_AZURE, "Http503", "<html>"},
    {"Entra's 404 is final", CREDENTIAL_CLIENT_SECRET, 404, "", false, ERR_AZURE, "Http404", ""},
    {"C071: IMDS is being upgraded", CREDENTIAL_MANAGED_IDENTITY, 410, "", true, ERR_AZURE, "Http410", ""},
    {"C071: IMDS says 404", CREDENTIAL_MANAGED_IDENTITY, 404, "", true, ERR_AZURE, "Http404", ""},
    {"C071: no pod", CREDENTIAL_MANAGED_IDENTITY, 500, "pod list is empty", true, ERR_AZURE, "Http500", "pod list is empty"},
    {"C071: an identity that is not there yet", CREDENTIAL_MANAGED_IDENTITY, 400,
     "{\"error\":\"invalid_request\",\"error_description\":\"Identity not found\"}", true, ERR_AZURE, "invalid_request", "Identity not found"},
    {"C071: several identities", CREDENTIAL_MANAGED_IDENTITY, 400,
     "{\"error\":\"invalid_request\",\"error_description\":\"Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request\"}",
     false, ERR_CONFIG, "IdentityAmbiguous", "clientId"},
    {"another 400 of IMDS is final", CREDENTIAL_MANAGED_IDENTITY, 400,
     "{\"error\":\"invalid_resource\",\"error_description\":\"no such\"}", false, ERR_AZURE, "invalid_resource", "no such"},
};
/* clang-format on */

static void check_life(void **state)
{
    const struct life_case *c = *state;
    struct http_answer answer = answer_of(200, NULL, c->body);
    struct token token = {0};
    struct err err;
    assert_int_equal(token_parse(&answer, NOW, &token, &err), c->life_s >= 0);
    if (c->life_s >= 0) {
        assert_string_equal(token.value, "t");
        assert_int_equal(token.life_s, c->life_s);
    } else {
        assert_string_equal(err.code, "BadToken");
    }
    token_done(&token);
    answer_done(&answer);
}

static void check_refusal(void **state)
{
    const struct refusal_case *c = *state;
    struct http_answer answer = answer_of(c->status, NULL, c->body);
    struct err err;
    assert_int_equal(token_refused(&answer, c->type, &err), c->may_pass);
    assert_int_equal(err.domain, c->domain);
    assert_string_equal(err.code, c->code);
    if (!strstr(err.message, c->in_message))
        fail_msg("the message is: %s", err.message);
    answer_done(&answer);
}

static void the_body_keeps_no_copy_of_the_token(void **state)
{
    (void)state;
    struct http_answer answer = answer_of(200, NULL, "{\"access_token\":\"s3cr3t\"}");
    struct token token;
    struct err err;
    assert_true(token_parse(&answer, NOW, &token, &err));
    assert_string_equal(token.value, "s3cr3t");
    assert_null(strstr(answer.body, "s3cr3t"));
    token_done(&token);
    answer_done(&answer);
}

/* Every request that waits has a copy of its own. */
static void a_token_that_no_header_carries_is_none(void **state)
{
    static const struct {
        size_t length;
        bool is_good;
    } sizes[] = {{20000, true}, {TOKEN_MAX, true}, {TOKEN_MAX + 1, false}, {1000000, false}};
    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        AUTO(text) char *body = mem_format("{\"access_token\":\"%0*d\"}", (int)sizes[i].length, 0);
        struct http_answer answer = answer_of(200, NULL, body);
        struct token token = {0};
        struct err err = {0};
        assert_int_equal(token_parse(&answer, NOW, &token, &err), sizes[i].is_good);
        assert_string_equal(err.code, sizes[i].is_good ? "" : "BadToken");
        token_done(&token);
        answer_done(&answer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_body_keeps_no_copy_of_the_token),
                                       cmocka_unit_test(a_token_that_no_header_carries_is_none)};
    return CASES_RUN(lives, check_life) + CASES_RUN(refusals, check_refusal) +
           cmocka_run_group_tests_name("copies", tests, NULL, NULL);
}
