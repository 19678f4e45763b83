/* Claims challenges: what they demand, and what is no demand. */
#include "azure/claims.h"
#include "cases.h"

#include <stdio.h>

/* {"access_token":{"nbf":{"essential":true, "value":"1604106651"}}}: Microsoft's own example. */
#define NBF                                                                                        \
    "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwgInZhbHVlIjoiMTYwNDEwNjY1MSJ9fX0"
#define NBF_JSON "{\"access_token\":{\"nbf\":{\"essential\":true,\"value\":\"1604106651\"}}}"

/* clang-format off */
static struct read_case {
    const char *name, *error, *text;
    bool is_read;
    const char *claims;
} reads[] = {
    {"Microsoft's example",                    "insufficient_claims", NBF "=", true, NBF_JSON},
    {"the same without padding",               "insufficient_claims", NBF, true, NBF_JSON},
    {"both digits of URLs",                    "insufficient_claims", "eyJhIjoi77-_In0", true, "{\"a\":\"\xef\xbf\xbf\"}"},
    {"the same of plain base64",               "insufficient_claims", "eyJhIjoi77+/In0=", true, "{\"a\":\"\xef\xbf\xbf\"}"},
    {"an empty object",                        "insufficient_claims", "e30", true, "{}"},
    {"claims that nobody calls insufficient",  "invalid_token", NBF, true, NULL},
    {"no claims",                              "insufficient_claims", "", true, NULL},
    {"a blank in it",                          "insufficient_claims", "eyJhIjox fQ", false, NULL},
    {"one digit too many",                     "insufficient_claims", NBF "A", false, NULL},
    {"padding that is too long",               "insufficient_claims", "e30==", false, NULL},
    {"padding alone",                          "insufficient_claims", "====", false, NULL},
    {"padding in the middle",                  "insufficient_claims", "e30=e30=", false, NULL},
    {"bits that are left over",                "insufficient_claims", "e31", false, NULL},
    {"bytes that are no digits",               "insufficient_claims", "e30\xc3\xa4", false, NULL},
    {"no JSON",                                "insufficient_claims", "YWJj", false, NULL},
    {"no object",                              "insufficient_claims", "W10", false, NULL},
    {"an object and something behind it",      "insufficient_claims", "e30gMQ", false, NULL},
    {"a NUL behind it",                        "insufficient_claims", "e30A", false, NULL},
    {"no UTF-8",                               "insufficient_claims", "eyJhIjoi_yJ9", false, NULL},
};

static struct merge_case {
    const char *name, *a, *b, *whole;
} merges[] = {
    {"none and none",        NULL, NULL, NULL},
    {"one and none",         "{\"a\":1}", NULL, "{\"a\":1}"},
    {"none and one",         NULL, "{\"a\":1}", "{\"a\":1}"},
    {"side by side",         "{\"a\":{\"b\":1}}", "{\"a\":{\"c\":2},\"d\":3}", "{\"a\":{\"b\":1,\"c\":2},\"d\":3}"},
    {"the later one counts", "{\"a\":{\"nbf\":{\"value\":\"1\"}}}", "{\"a\":{\"nbf\":{\"value\":\"2\"}}}", "{\"a\":{\"nbf\":{\"value\":\"2\"}}}"},
    {"null demands as well", "{\"a\":{\"b\":1}}", "{\"a\":{\"acrs\":null}}", "{\"a\":{\"b\":1,\"acrs\":null}}"},
};
/* clang-format on */

static void check_read(void **state)
{
    const struct read_case *c = *state;
    AUTO(text) char *claims = NULL;
    struct challenge challenge = {0};
    struct err err;
    err_copy(challenge.error, sizeof challenge.error, c->error);
    err_copy(challenge.claims, sizeof challenge.claims, c->text);
    assert_int_equal(claims_read(&challenge, &claims, &err), c->is_read);
    if (!c->is_read)
        assert_string_equal(err.code, "BadChallenge");
    assert_string_equal(claims ? claims : "none", c->claims ? c->claims : "none");
}

static void check_merge(void **state)
{
    const struct merge_case *c = *state;
    AUTO(text) char *whole = claims_merge(c->a, c->b);
    assert_string_equal(whole ? whole : "none", c->whole ? c->whole : "none");
}

int main(void)
{
    return CASES_RUN(reads, check_read) + CASES_RUN(merges, check_merge);
}
