/* Calls, each with what the server answers and what comes of it. */
#include "base/js.h"
#include "cases.h"
#include "fixture.h"

#define SUB "/subscriptions/00000000-0000-0000-0000-000000000001"
#define VAULT SUB "/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv"
#define OPERATION SUB "/providers/Microsoft.CognitiveServices/locations/x/operationResults/op1"
#define ACCEPTED "{'properties': {'provisioningState': 'Accepted'}}"
#define ASYNC "Azure-AsyncOperation: {arm}" OPERATION "?api-version=2017-04-18&t=1\n"
#define POLL "GET {arm}" OPERATION

static const char *const keep_acl[] = {"id", "properties.networkAcls", NULL};

/* clang-format off */
static struct call_case {
    const char *name;
    const char *method;
    const char *path;
    struct script_step steps[SCRIPT_STEPS_MAX];
    bool is_list, as_text, repeatable, fresh;
    const char *judge;
    const char *const *keep;
    uint64_t deadline_ms;
    /* what comes of it */
    enum err_domain domain;
    const char *code;
    int status;
    unsigned requests;
    bool accepted, unknown, ran;
    const char *body, *text;
} cases[] = {
    /* ---- reading ---- */
    {"a GET brings its body", "GET", "/a",
     {{"GET {arm}/a", 200, NULL, "{'id': '/a'}"}},
     .status = 200, .requests = 1, .body = "{'id': '/a'}"},
    {"of a body only what is asked for is kept", "GET", "/a", .keep = keep_acl,
     .steps = {{"GET {arm}/a", 200, NULL, "{'ID': '/a', 'junk': [1], 'properties': {'x': 1, 'networkAcls': {'y': 2}}}"}},
     .status = 200, .requests = 1, .body = "{'id': '/a', 'properties': {'networkAcls': {'y': 2}}}"},
    {"a text is not parsed", "GET", "/a", {{"GET {arm}/a", 200, NULL, "{[ no JSON"}},
     .as_text = true, .status = 200, .requests = 1, .text = "{[ no JSON"},
    {"an empty text is none", "GET", "/a", {{"GET {arm}/a", 200, NULL, ""}},
     .as_text = true, .status = 200, .requests = 1},
    {"no content is no text", "GET", "/a", {{"GET {arm}/a", 204, NULL, NULL}},
     .as_text = true, .status = 204, .requests = 1},
    {"half a text is no answer", "GET", "/a",
     {{"GET {arm}/a", SHORTEN, NULL, "{"}, {"GET {arm}/a", 200, NULL, "{}"}},
     .as_text = true, .status = 200, .requests = 2, .text = "{}"},
    {"an error is read where a text is asked for, too", "GET", "/a",
     {{"GET {arm}/a", 404, NULL, "{'error': {'code': 'KeyNotFound', 'message': 'gone'}}"}},
     .as_text = true, .domain = ERR_AZURE, .code = "KeyNotFound", .status = 404, .requests = 1},
    {"a redirect leads to no text", "GET", "/a", {{"GET {arm}/a", 302, "Location: {arm}/b", "x"}},
     .as_text = true, .domain = ERR_AZURE, .code = "Redirect", .status = 302, .requests = 1},
    {"an error of Azure's keeps its code", "GET", "/a",
     {{"GET {arm}/a", 404, NULL, "{'error': {'code': 'ResourceNotFound', 'message': 'gone'}}"}},
     .domain = ERR_AZURE, .code = "ResourceNotFound", .status = 404, .requests = 1},
    {"C031: a page of HTML with 503 is tried again, XML with 404 has no code", "GET", "/a",
     {{"GET {arm}/a", 503, "Content-Type: text/html", "<!DOCTYPE html>"},
      {"GET {arm}/a", 404, NULL, "\xEF\xBB\xBF<?xml version=\"1.0\"?><Error><Message>nothing here</Message></Error>"}},
     .domain = ERR_AZURE, .code = "Http404", .status = 404, .requests = 2},
    {"C046: a 429 without Retry-After is waited out", "GET", "/a",
     {{"GET {arm}/a", 429, NULL, "{'error': {'code': 'SubscriptionRequestsThrottled', 'message': 'come back in 324 seconds'}}"},
      {"GET {arm}/a", 429, NULL, "{}"}, {"GET {arm}/a", 429, NULL, "{}"}, {"GET {arm}/a", 200, NULL, "{}"}},
     .status = 200, .requests = 4, .body = "{}"},
    {"a wait longer than the deadline ends the call at once", "GET", "/a",
     {{"GET {arm}/a", 429, "Retry-After: 86400", "{'error': {'code': 'Throttled', 'message': ''}}"}},
     .domain = ERR_AZURE, .code = "Throttled", .status = 429, .requests = 1},
    {"a connection that is reset is made again", "GET", "/a",
     {{"GET {arm}/a", RESET, NULL, NULL}, {"GET {arm}/a", 200, NULL, "{}"}},
     .status = 200, .requests = 2, .body = "{}"},
    {"half a body is no answer", "GET", "/a",
     {{"GET {arm}/a", SHORTEN, NULL, "{"}, {"GET {arm}/a", 200, NULL, "{}"}},
     .status = 200, .requests = 2, .body = "{}"},
    {"a server that says nothing is left at the deadline", "GET", "/a",
     {{"GET {arm}/a", STALL, NULL, NULL}}, .deadline_ms = 300,
     .domain = ERR_TRANSPORT, .code = "Timeout", .requests = 1},
    {"a redirect is an error", "GET", "/a",
     {{"GET {arm}/a", 302, "Location: https://elsewhere.example/", ""}},
     .domain = ERR_AZURE, .code = "Redirect", .status = 302, .requests = 1},
    {"a page of HTML with 200 is no resource", "GET", "/a",
     {{"GET {arm}/a", 200, NULL, "<html>log in</html>"}},
     .domain = ERR_AZURE, .code = "BadJson", .status = 200, .requests = 1},
    {"a 401 is answered once with another token", "GET", "/a",
     {{"GET {arm}/a", 401, "WWW-Authenticate: Bearer authorization_uri=\"{entra}/\", error=\"invalid_token\"", "{}"},
      {"GET {arm}/a", 200, NULL, "{}"}},
     .status = 200, .requests = 2, .body = "{}"},
    {"a second 401 is final", "GET", "/a",
     {{"GET {arm}/a", 401, NULL, "{}"},
      {"GET {arm}/a", 401, NULL, "{'error': {'code': 'InvalidAuthenticationToken', 'message': 'no'}}"}},
     .domain = ERR_AZURE, .code = "InvalidAuthenticationToken", .status = 401, .requests = 2},
    {"a challenge that leads elsewhere is not followed", "GET", "/a",
     {{"GET {arm}/a", 401, "WWW-Authenticate: Bearer authorization=\"https://evil.example/t\"", "{}"}},
     .domain = ERR_AZURE, .code = "ForeignOrigin", .status = 401, .requests = 1},
    {"a challenge for another audience is not followed", "GET", "/a",
     {{"GET {arm}/a", 401, "WWW-Authenticate: Bearer authorization=\"{entra}/t\", resource=\"https://vault.example\"", "{}"}},
     .domain = ERR_AZURE, .code = "ForeignOrigin", .status = 401, .requests = 1},

    /* ---- lists ---- */
    {"pages are followed to the end, empty ones too", "GET", "/l", .is_list = true,
     .steps = {{"GET {arm}/l\n", 200, NULL, "{'value': [{'a': 1}], 'nextLink': '{arm}/l?p=2'}"},
      {"GET {arm}/l?p=2", 200, NULL, "{'value': [], 'nextLink': '{arm}/l?p=3'}"},
      {"GET {arm}/l?p=3", 200, NULL, "{'value': [{'a': 2}], 'nextLink': null}"}},
     .status = 200, .requests = 3, .body = "{'value': [{'a': 1}, {'a': 2}]}"},
    {"C044: an empty nextLink ends the list", "GET", "/l", .is_list = true,
     .steps = {{"GET {arm}/l", 200, NULL, "{'value': [{'a': 1}], 'nextLink': ''}"}},
     .status = 200, .requests = 1, .body = "{'value': [{'a': 1}]}"},
    {"C044: a nextLink that goes round is an error", "GET", "/l", .is_list = true,
     .steps = {{"GET {arm}/l\n", 200, NULL, "{'value': [{'a': 1}], 'nextLink': '{arm}/l?p=2'}"},
      {"GET {arm}/l?p=2", 200, NULL, "{'value': [{'a': 1}], 'nextLink': '{arm}/l?p=2'}"}},
     .domain = ERR_AZURE, .code = "PagingLoop", .status = 200, .requests = 2},
    {"a nextLink elsewhere is not followed", "GET", "/l", .is_list = true,
     .steps = {{"GET {arm}/l", 200, NULL, "{'value': [{'a': 1}], 'nextLink': 'https://evil.example/l?p=2'}"}},
     .domain = ERR_AZURE, .code = "ForeignOrigin", .status = 200, .requests = 1},
    {"a page that fails fails the list", "GET", "/l", .is_list = true,
     .steps = {{"GET {arm}/l\n", 200, NULL, "{'value': [{'a': 1}], 'nextLink': '{arm}/l?p=2'}"},
      {"GET {arm}/l?p=2", 403, NULL, "{'error': {'code': 'AuthorizationFailed', 'message': 'no'}}"}},
     .domain = ERR_AZURE, .code = "AuthorizationFailed", .status = 403, .requests = 2},
    {"each element is reduced", "GET", "/l", .is_list = true, .keep = keep_acl,
     .steps = {{"GET {arm}/l", 200, NULL, "{'value': [{'id': 'x', 'junk': 1}, {'properties': {'networkAcls': 2, 'b': 3}}]}"}},
     .status = 200, .requests = 1, .body = "{'value': [{'id': 'x'}, {'properties': {'networkAcls': 2}}]}"},
    {"a body without value is no list", "GET", "/l", .is_list = true,
     .steps = {{"GET {arm}/l", 200, NULL, "{}"}},
     .domain = ERR_AZURE, .code = "NotAList", .status = 200, .requests = 1},
    {"a page of HTML with 200 is no list, and is not asked for again", "GET", "/l", .is_list = true,
     .steps = {{"GET {arm}/l", 200, NULL, "<html>log in</html>"}},
     .domain = ERR_AZURE, .code = "BadJson", .status = 200, .requests = 1},
    {"a page without a body is no list", "GET", "/l", .is_list = true,
     .steps = {{"GET {arm}/l", 200, NULL, ""}},
     .domain = ERR_AZURE, .code = "BadJson", .status = 200, .requests = 1},
    {"a list of texts is no list of resources", "GET", "/l", .is_list = true,
     .steps = {{"GET {arm}/l", 200, NULL, "{'value': ['a']}"}},
     .domain = ERR_AZURE, .code = "NotAList", .status = 200, .requests = 1},
    {"a page that breaks off is read again, and its elements count once", "GET", "/l", .is_list = true,
     .steps = {{"GET {arm}/l\n", 200, NULL, "{'value': [{'a': 1}], 'nextLink': '{arm}/l?p=2'}"},
      {"GET {arm}/l?p=2", SHORTEN, NULL, "{'value': [{'a': 2}, {'a': 3"},
      {"GET {arm}/l?p=2", 200, NULL, "{'value': [{'a': 2}, {'a': 3}]}"}},
     .status = 200, .requests = 3, .body = "{'value': [{'a': 1}, {'a': 2}, {'a': 3}]}"},
    {"an error that comes instead of a page is read as one", "GET", "/l", .is_list = true,
     .steps = {{"GET {arm}/l", 403, NULL, "{'error': {'code': 'AuthorizationFailed', 'message': 'no'}, 'value': [{}]}"}},
     .domain = ERR_AZURE, .code = "AuthorizationFailed", .status = 403, .requests = 1},

    /* ---- writing ---- */
    {"a write that answers at once is done", "PUT", "/w", .repeatable = true,
     .steps = {{"PUT {arm}/w", 200, NULL, "{'properties': {'provisioningState': 'Succeeded'}}"}},
     .status = 200, .requests = 1, .accepted = true, .body = "{'properties': {'provisioningState': 'Succeeded'}}"},
    {"201 without a state needs no poll, whatever its relative Location", "PUT", "/w",
     {{"PUT {arm}/w", 201, "Location: /w", "{'id': '/w'}"}},
     .status = 201, .requests = 1, .accepted = true, .body = "{'id': '/w'}"},
    {"a write is followed to the end of its operation", "PATCH", "/w",
     {{"PATCH {arm}/w", 202, ASYNC "Location: {arm}/not-this-one", ACCEPTED},
      {POLL, 200, NULL, "{'status': 'Updating'}"}, {POLL, 200, NULL, "{'status': 'succeeded'}"}},
     .status = 200, .requests = 3, .accepted = true, .ran = true, .body = ACCEPTED},
    {"an operation that fails keeps Azure's code", "PATCH", "/w",
     {{"PATCH {arm}/w", 202, ASYNC, ACCEPTED},
      {POLL, 200, NULL, "{'status': 'Failed', 'error': {'code': 'KeyVaultNotReachable', 'message': 'no'}}"}},
     .domain = ERR_AZURE, .code = "KeyVaultNotReachable", .status = 200, .requests = 2, .accepted = true, .ran = true, .body = ACCEPTED},
    {"C035: Cancelled is an end in its other spelling", "PATCH", "/w",
     {{"PATCH {arm}/w", 202, ASYNC "Retry-After: 1", "{}"}, {POLL, 200, NULL, "{'status': 'InProgress'}"},
      {POLL, 200, NULL, "{'status': 'Cancelled', 'error': {'code': 'OperationCanceled', 'message': 'canceled'}}"}},
     .domain = ERR_AZURE, .code = "OperationCanceled", .status = 200, .requests = 3, .accepted = true, .ran = true, .body = "{}"},
    {"C041: a null status is judged by the resource", "PATCH", "/w",
     {{"PATCH {arm}/w", 202, "Location: " OPERATION "?api-version=1\nRetry-After: 1", "{}"},
      {POLL, 200, NULL, "{'status': null, 'properties': null}"},
      {"GET {arm}/w", 200, NULL, ACCEPTED}, {"GET {arm}/w", 200, NULL, "{'properties': {'provisioningState': 'Succeeded'}}"}},
     .status = 200, .requests = 4, .accepted = true, .ran = true, .body = "{}"},
    {"C041: a Location that is no URL is ignored", "PATCH", "/w",
     {{"PATCH {arm}/w", 202, "Location: not a url", "{}"},
      {"GET {arm}/w", 200, NULL, "{'properties': {'provisioningState': 'Failed'}}"}},
     .domain = ERR_AZURE, .code = "OperationFailed", .status = 200, .requests = 2, .accepted = true, .ran = true, .body = "{}"},
    {"C041: Failed in the answer of a Location is a failure", "PATCH", "/w",
     {{"PATCH {arm}/w", 202, "Location: {arm}" OPERATION, "{}"},
      {POLL, 200, NULL, "{'status': 'Failed', 'error': {'code': 'X', 'message': 'x'}}"}},
     .domain = ERR_AZURE, .code = "X", .status = 200, .requests = 2, .accepted = true, .ran = true, .body = "{}"},
    {"a Location that moves is followed", "POST", "/w",
     {{"POST {arm}/w", 202, "Location: {arm}/op1\nRetry-After: 5", NULL},
      {"GET {arm}/op1", 202, "Location: {arm}/op2", "{'status': 'NotStarted'}"},
      {"GET {arm}/op2", 200, NULL, "{'status': 'Succeeded'}"}},
     .status = 200, .requests = 3, .accepted = true, .ran = true},
    {"a poll URL that is gone is judged by the resource", "PATCH", "/w", .judge = "/j",
     .steps = {{"PATCH {arm}/w", 202, ASYNC, ACCEPTED}, {POLL, 404, NULL, "{}"}, {"GET {arm}/j", 200, NULL, "{}"}},
     .status = 200, .requests = 3, .accepted = true, .ran = true, .body = ACCEPTED},
    {"a new vault is watched while its DNS is registered", "PUT", "/w",
     {{"PUT {arm}/w", 200, NULL, "{'properties': {'provisioningState': 'RegisteringDns'}}"},
      {"GET {arm}/w", 200, NULL, "{'properties': {'provisioningState': 'RegisteringDns'}}"},
      {"GET {arm}/w", 200, NULL, "{'properties': {'provisioningState': 'Succeeded'}}"}},
     .status = 200, .requests = 3, .accepted = true, .ran = true, .body = "{'properties': {'provisioningState': 'RegisteringDns'}}"},
    {"an operation that is the resource itself is watched by its state", "PUT", "/w",
     {{"PUT {arm}/w", 200, "Azure-AsyncOperation: {arm}/w", "{'properties': {'provisioningState': 'Updating'}}"},
      {"GET {arm}/w", 200, NULL, "{'properties': {'provisioningState': 'Updating'}}"},
      {"GET {arm}/w", 200, NULL, "{'properties': {'provisioningState': 'Succeeded'}}"}},
     .status = 200, .requests = 3, .accepted = true, .ran = true, .body = "{'properties': {'provisioningState': 'Updating'}}"},
    {"an operation elsewhere is not followed", "PATCH", "/w",
     {{"PATCH {arm}/w", 202, "Azure-AsyncOperation: https://evil.example/op", ACCEPTED}},
     .domain = ERR_AZURE, .code = "ForeignOrigin", .status = 202, .requests = 1, .accepted = true, .body = ACCEPTED},
    {"an operation that does not end is left at the deadline", "PATCH", "/w", .deadline_ms = 400,
     .steps = {{"PATCH {arm}/w", 202, ASYNC "Retry-After: 3600", ACCEPTED}},
     .domain = ERR_TRANSPORT, .code = "Timeout", .status = 202, .requests = 1, .accepted = true, .ran = true, .body = ACCEPTED},
    {"a 409 is never tried again", "PATCH", "/w", .repeatable = true,
     .steps = {{"PATCH {arm}/w", 409, NULL, "{'error': {'code': 'RequestConflict', 'message': 'busy'}}"}},
     .domain = ERR_AZURE, .code = "RequestConflict", .status = 409, .requests = 1},
    {"the vault's inner code counts", "POST", "/w",
     {{"POST {arm}/w", 403, NULL, "{'error': {'code': 'Forbidden', 'message': 'no', 'innererror': {'code': 'ForbiddenByFirewall'}}}"}},
     .domain = ERR_AZURE, .code = "ForbiddenByFirewall", .status = 403, .requests = 1},
    {"a harmless write is repeated after 504", "PUT", "/w", .repeatable = true,
     .steps = {{"PUT {arm}/w", 504, NULL, "{}"}, {"PUT {arm}/w", 200, NULL, "{}"}},
     .status = 200, .requests = 2, .accepted = true, .body = "{}"},
    {"another write is not, and its outcome is unknown", "POST", "/w",
     {{"POST {arm}/w", 504, NULL, "{'error': {'code': 'GatewayTimeout', 'message': 'late'}}"}},
     .domain = ERR_AZURE, .code = "GatewayTimeout", .status = 504, .requests = 1, .unknown = true},
    {"a write whose connection broke has an unknown outcome", "POST", "/w",
     {{"POST {arm}/w", RESET, NULL, NULL}},
     .domain = ERR_TRANSPORT, .code = "Broken", .requests = 1, .unknown = true},
    {"a write refused with 429 had no effect, and is repeated", "POST", "/w",
     {{"POST {arm}/w", 429, "Retry-After: 1", "{}"}, {"POST {arm}/w", 200, NULL, "{}"}},
     .status = 200, .requests = 2, .accepted = true, .body = "{}"},
    {"a rotation is not repeated after 429", "POST", "/w", .fresh = true,
     .steps = {{"POST {arm}/w", 429, "Retry-After: 1", "{'error': {'code': 'Throttled', 'message': ''}}"}},
     .domain = ERR_AZURE, .code = "Throttled", .status = 429, .requests = 1},
    {"an outcome stays unknown when the second try is refused", "PUT", "/w", .repeatable = true,
     .steps = {{"PUT {arm}/w", 500, NULL, "{'Message': 'An error has occurred.'}"},
      {"PUT {arm}/w", 403, NULL, "{'error': {'code': 'AuthorizationFailed', 'message': ''}}"}},
     .domain = ERR_AZURE, .code = "AuthorizationFailed", .status = 403, .requests = 2, .unknown = true},
};
/* clang-format on */

static void check_body(const char *quoted, struct json_object *body)
{
    AUTO(json) struct json_object *expected = quoted ? json_tokener_parse(quoted) : NULL;
    AUTO(text) char *shown = js_words(body, 400);
    if (!js_same(expected, body))
        fail_msg("the body is %s", shown);
}

static void check(void **state)
{
    const struct call_case *c = *state;
    void *made = NULL;
    fixture_setup(&made);
    struct fixture *fixture = made;
    AUTO(json) struct json_object *body = json_tokener_parse("{'hello': 1}");
    struct call_request request = {
        .method = c->method,
        .path = c->path,
        .body = strcmp(c->method, "GET") != 0 ? body : NULL,
        .list = c->is_list,
        .as_text = c->as_text,
        .repeatable = c->repeatable,
        .fresh = c->fresh,
        .judge = c->judge,
        .keep = c->keep,
        .deadline_ms = c->deadline_ms ? c->deadline_ms : 20000,
    };
    script_play(fixture->script, c->steps);
    const struct call_answer *answer = fixture_call(fixture, &request);

    assert_string_equal(answer->err.code, c->code ? c->code : "");
    assert_int_equal(answer->err.domain, c->domain);
    assert_int_equal(answer->status, c->status);
    assert_int_equal(answer->requests, c->requests);
    assert_int_equal(azure_requests(fixture->azure), c->requests);
    assert_int_equal(answer->was_accepted, c->accepted);
    assert_int_equal(answer->unknown_outcome, c->unknown);
    assert_int_equal(fixture->running, c->ran);
    assert_int_equal(script_unused(fixture->script), 0);
    check_body(c->body, answer->body);
    assert_string_equal(answer->text ? answer->text : "none", c->text ? c->text : "none");
    fixture_teardown(&made);
}

int main(void)
{
    return CASES_RUN(cases, check);
}
