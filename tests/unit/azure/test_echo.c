/* What Azure repeats of the token stands in no error: of a read, of a list that is taken apart as
 * it comes, of an operation. (Proofs and all that is printed: tests/flow/test_secrets.c.) */
#include "base/js.h"
#include "cases.h"
#include "fixture.h"

#define TOKEN "tru3tok3n.0123456789abcdefghijklmnopqrstuvwxyz"
#define MIDDLE "0123456789abcdefghijkl"

/* clang-format off */
static struct echo_case {
    const char *name, *method;
    bool is_list;
    struct script_step steps[SCRIPT_STEPS_MAX];
    const char *code;
} cases[] = {
    {"a refusal", "GET", false, {{"GET {arm}/a", 403, NULL, "{'error': {'code': 'No', 'message': 'not with " TOKEN "'}}"}}, "No"},
    {"a piece of the token", "GET", false, {{"GET {arm}/a", 403, NULL, "{'error': {'code': 'No', 'message': '..." MIDDLE "...'}}"}}, "No"},
    {"its code", "GET", false, {{"GET {arm}/a", 403, NULL, "{'error': {'code': '" TOKEN "', 'message': ''}}"}}, "**********************************************"},
    {"a body that is no JSON", "GET", false, {{"GET {arm}/a", 200, NULL, TOKEN}}, "BadJson"},
    {"a page that is no JSON", "GET", true, {{"GET {arm}/a", 200, NULL, "{'value': [], " TOKEN "}"}}, "BadJson"},
    {"a page of text", "GET", true, {{"GET {arm}/a", 200, NULL, "{'value': ['" TOKEN "']}"}}, "NotAList"},
    {"a nextLink", "GET", true, {{"GET {arm}/a", 200, NULL, "{'value': [], 'nextLink': 'https://evil.example/" TOKEN "'}"}}, "ForeignOrigin"},
    {"a nextLink that is none", "GET", true, {{"GET {arm}/a", 200, NULL, "{'value': [], 'nextLink': '" TOKEN "'}"}}, "BadLink"},
    {"a refused list", "GET", true, {{"GET {arm}/a", 403, NULL, "{'error': {'code': 'No', 'message': '" TOKEN "'}}"}}, "No"},
    {"a Location", "PUT", false, {{"PUT {arm}/a", 202, "Location: https://evil.example/" TOKEN, NULL}}, "ForeignOrigin"},
    {"an operation that failed", "PUT", false,
     {{"PUT {arm}/a", 202, "Azure-AsyncOperation: {arm}/op", NULL},
      {"GET {arm}/op", 200, NULL, "{'status': 'Failed', 'error': {'code': 'No', 'message': '" TOKEN "'}}"}}, "No"},
    {"a challenge", "GET", false, {{"GET {arm}/a", 401, "WWW-Authenticate: Bearer resource=\"" TOKEN "\"", NULL}}, "ForeignOrigin"},
};
/* clang-format on */

static void check(void **state)
{
    const struct echo_case *c = *state;
    void *made = NULL;
    fixture_setup(&made);
    struct fixture *fixture = made;
    struct script_step steps[SCRIPT_STEPS_MAX + 1] = {
        {"POST {entra}", 200, NULL, "{'access_token': '" TOKEN "', 'expires_in': 3599}"}};
    struct call_request request = {.method = c->method, .path = "/a", .list = c->is_list};
    memcpy(steps + 1, c->steps, (SCRIPT_STEPS_MAX - 1) * sizeof *steps);
    script_play(fixture->script, steps);
    const struct call_answer *answer = fixture_call(fixture, &request);
    assert_string_equal(answer->err.code, c->code);
    if (strstr(answer->err.message, MIDDLE))
        fail_msg("the message is: %s", answer->err.message);
    fixture_teardown(&made);
}

int main(void)
{
    return CASES_RUN(cases, check);
}
