#include "answers.h"
#include "azure/problem.h"
#include "cases.h"

/* Shapes and texts of recorded answers. */
/* clang-format off */
static struct problem_case {
    const char *name;
    int status;
    const char *json; /* or */
    const char *text;
    const char *code, *message;
} cases[] = {
    {"Resource Manager's envelope", 404, "{'error': {'code': 'ResourceNotFound', 'message': 'The Resource was not found.'}}", NULL,
     "ResourceNotFound", "The Resource was not found."},
    {"the vault's inner code", 403, "{'error': {'code': 'Forbidden', 'message': 'Client address is not authorized', 'innererror': {'code': 'ForbiddenByFirewall'}}}", NULL,
     "ForbiddenByFirewall", "Client address is not authorized"},
    {"the inner code of a conflict", 409, "{'error': {'code': 'Conflict', 'message': 'm', 'innererror': {'code': 'ObjectIsBeingDeleted'}}}", NULL,
     "ObjectIsBeingDeleted", "m"},
    {"an inner error that is null", 404, "{'error': {'code': 'KeyNotFound', 'message': 'm', 'innererror': null}}", NULL, "KeyNotFound", "m"},
    {"its other spelling", 403, "{'error': {'code': 'Forbidden', 'message': 'm', 'innerError': {'code': 'ForbiddenByRbac'}}}", NULL, "ForbiddenByRbac", "m"},
    {"Insights without the wrapping", 404, "{'code': 'ResourceNotFound', 'message': \"The diagnostic setting 'x' doesn't exist.\"}", NULL,
     "ResourceNotFound", "The diagnostic setting 'x' doesn't exist."},
    {"a provider that broke", 500, "{'Message': 'An error has occurred.'}", NULL, "Http500", "An error has occurred."},
    {"a code that is a number in a string", 429, "{'error': {'code': '429', 'message': 'm'}}", NULL, "429", "m"},
    {"a code that is a number", 429, "{'error': {'code': 429, 'message': 'm'}}", NULL, "Http429", "m"},
    {"a code that is a sentence", 400, "{'error': {'code': 'not a word', 'message': 'm'}}", NULL, "Http400", "m"},
    {"lines in a text", 409, "{'error': {'code': 'C', 'message': 'one\\r\\ntwo'}}", NULL, "C", "one\\r\\ntwo"},
    {"a bare string", 400, "'NoRegisteredProviderFound'", "\"NoRegisteredProviderFound\"",
     "Http400", "HTTP 400 without an error text of Azure's: \"NoRegisteredProviderFound\""},
    {"XML with a byte order mark", 404, NULL, "\xEF\xBB\xBF<Error>\n<Code>X</Code></Error>",
     "Http404", "HTTP 404 without an error text of Azure's: <Error>\\n<Code>X</Code></Error>"},
    {"HTML", 503, NULL, "<!DOCTYPE html>\x1b[31m", "Http503", "HTTP 503 without an error text of Azure's: <!DOCTYPE html>\\x1b[31m"},
    {"bytes that are no UTF-8", 500, NULL, "a\xFF\xC3" "b", "Http500", "HTTP 500 without an error text of Azure's: a??b"},
    {"a character cut in the middle", 500, NULL, "\xC3\xA4\xE2\x82", "Http500", "HTTP 500 without an error text of Azure's: \xC3\xA4??"},
    {"nothing", 502, NULL, NULL, "Http502", "HTTP 502 with an empty body"},
    {"an empty object", 400, "{}", "{}", "Http400", "HTTP 400 without an error text of Azure's: {}"},
};
/* clang-format on */

static void check(void **state)
{
    const struct problem_case *c = *state;
    struct http_answer answer = answer_of(c->status, NULL, c->text);
    AUTO(json) struct json_object *body = json_of(c->json);
    struct err err;
    problem_read(&answer, body, &err);
    assert_int_equal(err.domain, ERR_AZURE);
    assert_int_equal(err.status, c->status);
    assert_string_equal(err.code, c->code);
    assert_string_equal(err.message, c->message);
    answer_done(&answer);
}

static void what_is_shown_of_a_body_is_bounded(void **state)
{
    (void)state;
    char text[1000];
    memset(text, '\n', sizeof text);
    AUTO(text) char *shown = problem_printable(text, sizeof text, 199);
    assert_int_equal(strlen(shown), 198); /* no half escape */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_shown_of_a_body_is_bounded)};
    return CASES_RUN(cases, check) + cmocka_run_group_tests_name("shown", tests, NULL, NULL);
}
