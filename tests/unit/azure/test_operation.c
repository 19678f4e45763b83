/* Long-running operations as Azure answered them (recorded), and as others report them. */
#include "answers.h"
#include "azure/operation.h"
#include "cases.h"

#define ARM "https://management.azure.com"
#define OP                                                                                         \
    ARM "/subscriptions/s/providers/Microsoft.CognitiveServices/locations/SOUTHCENTRALUS/operationResults/g?api-version=2017-04-18&t=1&c=x"
#define ACCEPTED "{'properties': {'provisioningState': 'Accepted'}}"

/* clang-format off */
static struct begin_case {
    const char *name;
    int status;
    const char *headers, *body;
    enum operation_state state;
    enum operation_ask ask;
    const char *url, *code;
} begins[] = {
    {"an account is created",          201, "Azure-AsyncOperation: " OP, "{'properties': {'provisioningState': 'Creating'}}", OPERATION_RUNNING, ASK_OPERATION, OP, NULL},
    {"an account is created, the fast path", 201, NULL, "{'properties': {'provisioningState': 'Succeeded'}}", OPERATION_DONE, 0, NULL, NULL},
    {"an account is updated by PUT",   200, "Azure-AsyncOperation: " OP, ACCEPTED, OPERATION_RUNNING, ASK_OPERATION, OP, NULL},
    {"an account is patched",          202, "Location: " OP "&l\nAzure-AsyncOperation: " OP, ACCEPTED, OPERATION_RUNNING, ASK_OPERATION, OP, NULL},
    {"tags only",                      200, "ETag: \"1\"", "{'properties': {'provisioningState': 'Succeeded'}}", OPERATION_DONE, 0, NULL, NULL},
    {"a vault is created",             200, NULL, "{'properties': {'provisioningState': 'RegisteringDns'}}", OPERATION_RUNNING, ASK_RESOURCE, NULL, NULL},
    {"a role assignment",              201, NULL, "{'properties': {'scope': '/x'}}", OPERATION_DONE, 0, NULL, NULL},
    {"an identity, with a bare path for Location", 201, "Location: /subscriptions/s/x", "{'properties': {}}", OPERATION_DONE, 0, NULL, NULL},
    {"a vault is purged",              202, "Location: " ARM ":443/op\nRetry-After: 5", NULL, OPERATION_RUNNING, ASK_LOCATION, ARM "/op", NULL},
    {"a relative Location",            202, "Location: /op?a=b", "{}", OPERATION_RUNNING, ASK_LOCATION, ARM "/op?a=b", NULL},
    {"a Location that is no URL",      202, "Location: not a url", "{}", OPERATION_RUNNING, ASK_RESOURCE, NULL, NULL},
    {"202 and nothing else",           202, NULL, NULL, OPERATION_RUNNING, ASK_RESOURCE, NULL, NULL},
    {"nothing to say",                 204, NULL, NULL, OPERATION_DONE, 0, NULL, NULL},
    {"failed at once",                 200, NULL, "{'properties': {'provisioningState': 'Failed'}}", OPERATION_FAILED, 0, NULL, "OperationFailed"},
    {"an operation elsewhere",         202, "Azure-AsyncOperation: https://evil.example/op", ACCEPTED, OPERATION_FAILED, 0, NULL, "ForeignOrigin"},
    {"a Location elsewhere",           202, "Location: //evil.example/op", ACCEPTED, OPERATION_FAILED, 0, NULL, "ForeignOrigin"},
    {"a body that is an array",        200, NULL, "[1]", OPERATION_DONE, 0, NULL, NULL},
};

static struct poll_case {
    const char *name;
    enum operation_ask ask;
    int status;
    const char *headers, *body;
    enum operation_state state;
    const char *url, *code;
} polls[] = {
    {"Creating",                          ASK_OPERATION, 200, NULL, "{'status': 'Creating'}", OPERATION_RUNNING, OP, NULL},
    {"Updating, after a creation",        ASK_OPERATION, 200, NULL, "{'status': 'Updating'}", OPERATION_RUNNING, OP, NULL},
    {"Succeeded",                         ASK_OPERATION, 200, NULL, "{'status': 'Succeeded'}", OPERATION_DONE, OP, NULL},
    {"in another case",                   ASK_OPERATION, 200, NULL, "{'Status': 'SUCCEEDED'}", OPERATION_DONE, OP, NULL},
    {"a newer link",                      ASK_OPERATION, 200, "Azure-AsyncOperation: /op2", "{'status': 'InProgress'}", OPERATION_RUNNING, ARM "/op2", NULL},
    {"a newer link elsewhere",            ASK_OPERATION, 200, "Azure-AsyncOperation: https://evil.example", "{'status': 'InProgress'}", OPERATION_FAILED, OP, "ForeignOrigin"},
    {"Failed, with Azure's error",        ASK_OPERATION, 200, NULL, "{'name': 'g', 'status': 'Failed', 'startTime': null, 'endTime': null, 'error': {'code': 'ServerIsBusy', 'message': 'm'}}", OPERATION_FAILED, OP, "ServerIsBusy"},
    {"Failed, and no word why",           ASK_OPERATION, 200, NULL, "{'status': 'Failed'}", OPERATION_FAILED, OP, "OperationFailed"},
    {"Canceled",                          ASK_OPERATION, 200, NULL, "{'status': 'Canceled'}", OPERATION_FAILED, OP, "OperationCanceled"},
    {"Cancelled",                         ASK_OPERATION, 200, NULL, "{'status': 'Cancelled', 'error': null}", OPERATION_FAILED, OP, "OperationCanceled"},
    {"the resource itself, updating",     ASK_OPERATION, 200, NULL, "{'properties': {'provisioningState': 'Updating'}}", OPERATION_RUNNING, OP, NULL},
    {"the resource itself, done",         ASK_OPERATION, 200, NULL, "{'properties': {'provisioningState': 'Succeeded'}}", OPERATION_DONE, OP, NULL},
    {"a status that is null",             ASK_OPERATION, 200, NULL, "{'status': null, 'properties': null}", OPERATION_UNKNOWN, OP, NULL},
    {"a status that is a number",         ASK_OPERATION, 200, NULL, "{'status': 5}", OPERATION_UNKNOWN, OP, NULL},
    {"202 without a body",                ASK_OPERATION, 202, NULL, NULL, OPERATION_RUNNING, OP, NULL},
    {"204",                               ASK_OPERATION, 204, NULL, NULL, OPERATION_DONE, OP, NULL},
    {"NotStarted, and another Location",  ASK_LOCATION,  202, "Location: " ARM "/op2", "{'status': 'NotStarted'}", OPERATION_RUNNING, ARM "/op2", NULL},
    {"202 and Failed all the same",       ASK_LOCATION,  202, NULL, "{'status': 'Failed'}", OPERATION_FAILED, OP, "OperationFailed"},
    {"200 and Failed",                    ASK_LOCATION,  200, NULL, "{'status': 'Failed', 'error': {'code': 'X', 'message': 'x'}}", OPERATION_FAILED, OP, "X"},
    {"200 and the resource",              ASK_LOCATION,  200, NULL, "{'properties': {'provisioningState': 'Succeeded'}}", OPERATION_DONE, OP, NULL},
    {"200 and nothing",                   ASK_LOCATION,  200, NULL, NULL, OPERATION_UNKNOWN, OP, NULL},
    {"the resource, not settled",         ASK_RESOURCE,  200, NULL, ACCEPTED, OPERATION_RUNNING, NULL, NULL},
    {"the resource, without a state",     ASK_RESOURCE,  200, NULL, "{'status': 'Failed'}", OPERATION_DONE, NULL, NULL},
    {"the resource, failed",              ASK_RESOURCE,  200, NULL, "{'properties': {'provisioningState': 'Failed'}}", OPERATION_FAILED, NULL, "OperationFailed"},
};
/* clang-format on */

static void check_url(const char *url, const char *expected)
{
    if (expected)
        assert_string_equal(url ? url : "(none)", expected);
    else
        assert_null(url);
}

static void check_begin(void **state)
{
    const struct begin_case *c = *state;
    struct http_answer answer = answer_of(c->status, c->headers, NULL);
    AUTO(json) struct json_object *body = json_of(c->body);
    struct operation operation = {0};
    struct err err;
    assert_int_equal(operation_begin(&answer, body, ARM, &operation, &err), c->state);
    check_url(operation.url, c->url);
    if (c->state == OPERATION_RUNNING)
        assert_int_equal(operation.ask, c->ask);
    if (c->code)
        assert_string_equal(err.code, c->code);
    operation_done(&operation);
    answer_done(&answer);
}

static void check_poll(void **state)
{
    const struct poll_case *c = *state;
    struct http_answer answer = answer_of(c->status, c->headers, NULL);
    AUTO(json) struct json_object *body = json_of(c->body);
    struct operation operation = {c->ask, c->ask == ASK_RESOURCE ? NULL : mem_text(OP)};
    struct err err;
    assert_int_equal(operation_poll(&operation, &answer, body, ARM, &err), c->state);
    check_url(operation.url, c->url);
    if (c->code)
        assert_string_equal(err.code, c->code);
    operation_done(&operation);
    answer_done(&answer);
}

int main(void)
{
    return CASES_RUN(begins, check_begin) + CASES_RUN(polls, check_poll);
}
