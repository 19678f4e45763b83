/* What we have sent as a proof does not come out again, however it is repeated. */
#include "answers.h"
#include "azure/mask.h"
#include "cases.h"

#define TOKEN "eyJ0eXAiOiJKV1QifQ.eyJhdWQiOiJ4In0.c2lnbmF0dXJl"
#define STARS "***********************************************" /* as long as the token */

/* clang-format off */
static struct mask_case {
    const char *name, *secret, *body, *masked;
} cases[] = {
    {"a token in an error",            TOKEN, "{\"error\": \"bad token " TOKEN "\"}", "{\"error\": \"bad token " STARS "\"}"},
    {"twice",                          TOKEN, TOKEN " " TOKEN, STARS " " STARS},
    {"one after the other",            TOKEN, TOKEN TOKEN, STARS STARS},
    {"cut off",                        TOKEN, "bad token eyJ0eXAiOiJKV1QifQ.eyJh...", "bad token ***********************..."},
    {"cut off at the end of the text", TOKEN, "bad token eyJ0eXAiOiJKV1Q", "bad token ***************"},
    {"another token that begins alike", TOKEN, "eyJ0eXAiOiJKother", "************other"},
    {"less than shows anything",       TOKEN, "eyJ0eXAiOiJ", "eyJ0eXAiOiJ"},
    {"a secret in a form",             "s3cr3t & more/\"\xc3\xa4", "client_secret=s3cr3t%20%26%20more%2F%22%C3%A4&x", "client_secret=*******************************&x"},
    {"the same in JSON",               "s3cr3t & more/\"\xc3\xa4", "\"s3cr3t & more/\\\"\xc3\xa4\"", "\"******************\""},
    {"in JSON with its slash escaped", "s3cr3t & more/\"\xc3\xa4", "\"s3cr3t & more\\/\\\"\xc3\xa4\"", "\"*******************\""},
    {"as it is",                       "s3cr3t & more/\"\xc3\xa4", "(s3cr3t & more/\"\xc3\xa4)", "(*****************)"},
    {"a short one",                    "abcd", "xabcdx", "x****x"},
    {"what is no secret",              "abc", "xabcx", "xabcx"},
    {"no secret",                      NULL, "abc", "abc"},
    {"nothing of it",                  TOKEN, "{\"value\": []}", "{\"value\": []}"},
    {"an empty body",                  TOKEN, "", ""},
};
/* clang-format on */

static void check(void **state)
{
    const struct mask_case *c = *state;
    struct http_answer answer = answer_of(401, NULL, c->body);
    mask_answer(&answer, c->secret);
    assert_string_equal(answer.body, c->masked);
    answer_done(&answer);
}

static void headers_are_masked_too(void **state)
{
    (void)state;
    struct http_answer answer = answer_of(
        401, "x-ms-request-id: " TOKEN "\nWWW-Authenticate: Bearer realm=\"" TOKEN "\"\n", NULL);
    mask_answer(&answer, TOKEN);
    assert_string_equal(answer_header(&answer, "x-ms-request-id"), STARS);
    assert_string_equal(answer_header(&answer, "WWW-Authenticate"), "Bearer realm=\"" STARS "\"");
    answer_done(&answer);
}

static void of_a_short_text_every_piece_is_masked(void **state)
{
    (void)state;
    char text[] = "near JhdWQiOiJ4In0.c2lnbm, and JhdWQiOiJ4";
    mask_text(text, TOKEN);
    assert_string_equal(text, "near ********************, and JhdWQiOiJ4");
    char short_one[] = "xabcdx";
    mask_text(short_one, "abcd");
    assert_string_equal(short_one, "x****x");
    mask_text(short_one, NULL);
    assert_string_equal(short_one, "x****x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(headers_are_masked_too),
                                       cmocka_unit_test(of_a_short_text_every_piece_is_masked)};
    return CASES_RUN(cases, check) + cmocka_run_group_tests_name("headers", tests, NULL, NULL);
}
