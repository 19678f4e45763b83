#include "cases.h"

#include "base/js.h"
#include "varlink/message.h"

/* clang-format off */
#define DEEP_16 "[[[[[[[[[[[[[[[["
#define DEEP DEEP_16 DEEP_16 DEEP_16

static struct call_case {
    const char *name, *text;
    size_t length; /* 0: as long as the text */
    enum message_kind kind;
    const char *method, *parameters, *invalid;
    bool more, oneway;
} calls[] = {
    {"a method alone is a call", "{\"method\":\"a.B\"}", 0, MESSAGE_CALL, "a.B", NULL, NULL, false, false},
    {"parameters and more are read", "{\"method\":\"io.cmkd.Watch\",\"parameters\":{\"x\":1},\"more\":true}", 0,
     MESSAGE_CALL, "io.cmkd.Watch", "{\"x\":1}", NULL, true, false},
    {"null parameters are none", "{\"method\":\"a.B\",\"parameters\":null}", 0, MESSAGE_CALL, "a.B", NULL, NULL, false, false},
    {"oneway is read", "{\"method\":\"a.B\",\"oneway\":true}", 0, MESSAGE_CALL, "a.B", NULL, NULL, false, true},
    {"with oneway more means nothing", "{\"method\":\"a.B\",\"oneway\":true,\"more\":true}", 0, MESSAGE_CALL, "a.B", NULL, NULL, false, true},
    {"unknown members are nothing to us", "{\"method\":\"a.B\",\"x\":[1]}", 0, MESSAGE_CALL, "a.B", NULL, NULL, false, false},
    {"a false upgrade is none", "{\"method\":\"a.B\",\"upgrade\":false}", 0, MESSAGE_CALL, "a.B", NULL, NULL, false, false},

    {"a call without a method is bad", "{}", 0, MESSAGE_INVALID, NULL, NULL, "method", false, false},
    {"members have exact names", "{\"Method\":\"a.B\"}", 0, MESSAGE_INVALID, NULL, NULL, "method", false, false},
    {"a method is a string", "{\"method\":1}", 0, MESSAGE_INVALID, NULL, NULL, "method", false, false},
    {"a method has a dot", "{\"method\":\"B\"}", 0, MESSAGE_INVALID, NULL, NULL, "method", false, false},
    {"a method has a last part", "{\"method\":\"a.\"}", 0, MESSAGE_INVALID, NULL, NULL, "method", false, false},
    {"a method has a first part", "{\"method\":\".B\"}", 0, MESSAGE_INVALID, NULL, NULL, "method", false, false},
    {"a method has no NUL in it", "{\"method\":\"a.B\\u0000\"}", 0, MESSAGE_INVALID, NULL, NULL, "method", false, false},
    {"parameters are an object", "{\"method\":\"a.B\",\"parameters\":[]}", 0, MESSAGE_INVALID, NULL, NULL, "parameters", false, false},
    {"more is a boolean", "{\"method\":\"a.B\",\"more\":1}", 0, MESSAGE_INVALID, NULL, NULL, "more", false, false},
    {"oneway is a boolean", "{\"method\":\"a.B\",\"oneway\":\"true\"}", 0, MESSAGE_INVALID, NULL, NULL, "oneway", false, false},
    {"there is nothing to upgrade to", "{\"method\":\"a.B\",\"upgrade\":true}", 0, MESSAGE_INVALID, NULL, NULL, "upgrade", false, false},
    {"a bad call can be oneway too", "{\"oneway\":true}", 0, MESSAGE_INVALID, NULL, NULL, "method", false, true},

    {"nothing is garbage", "", 0, MESSAGE_GARBAGE, NULL, NULL, NULL, false, false},
    {"half an object is garbage", "{\"method\":\"a.B\"", 0, MESSAGE_GARBAGE, NULL, NULL, NULL, false, false},
    {"two objects are garbage", "{\"method\":\"a.B\"}{}", 0, MESSAGE_GARBAGE, NULL, NULL, NULL, false, false},
    {"an array is garbage", "[]", 0, MESSAGE_GARBAGE, NULL, NULL, NULL, false, false},
    {"null is garbage", "null", 0, MESSAGE_GARBAGE, NULL, NULL, NULL, false, false},
    {"HTTP is garbage", "GET / HTTP/1.1\r\n\r\n", 0, MESSAGE_GARBAGE, NULL, NULL, NULL, false, false},
    {"what is no UTF-8 is garbage", "{\"method\":\"a.\xFF\"}", 0, MESSAGE_GARBAGE, NULL, NULL, NULL, false, false},
    {"deep nesting is garbage", "{\"method\":\"a.B\",\"x\":" DEEP, 0, MESSAGE_GARBAGE, NULL, NULL, NULL, false, false},
    {"a NUL within is garbage", "{\"method\":\"a.B\"}\0{}", 19, MESSAGE_GARBAGE, NULL, NULL, NULL, false, false},
};
/* clang-format on */

static void check_call(void **state)
{
    struct call_case *c = *state;
    struct message message;
    size_t length = c->length ? c->length : strlen(c->text);
    assert_int_equal(message_parse_call(c->text, length, &message), c->kind);
    if (c->method) {
        assert_string_equal(message.method, c->method);
        assert_int_equal(message.method[message.interface_length], '.');
        assert_null(strchr(message.method + message.interface_length + 1, '.'));
    }
    if (c->invalid)
        assert_string_equal(message.invalid, c->invalid);
    else
        assert_null(message.invalid);
    if (c->parameters)
        assert_string_equal(
            json_object_to_json_string_ext(message.parameters, JSON_C_TO_STRING_PLAIN),
            c->parameters);
    else
        assert_null(message.parameters);
    assert_int_equal(message.more, c->more);
    assert_int_equal(message.oneway, c->oneway);
    message_done(&message);
}

/* clang-format off */
static struct reply_case {
    const char *name, *text, *error, *parameters;
    bool continues;
} replies[] = {
    {"an empty object is a reply", "{}", "", "{}", false},
    {"a reply may continue", "{\"continues\":true,\"parameters\":{\"a\":1}}", "", "{\"a\":1}", true},
    {"an error has its parameters", "{\"error\":\"a.E\",\"parameters\":{\"a\":1}}", "a.E", "{\"a\":1}", false},
    {"an error is the last reply", "{\"error\":\"a.E\",\"continues\":true}", "a.E", "{}", false},
    {"an error is a string", "{\"error\":1}", NULL, NULL, false},
    {"an error has a name", "{\"error\":\"\"}", NULL, NULL, false},
    {"parameters are an object", "{\"parameters\":1}", NULL, NULL, false},
    {"continues is a boolean", "{\"continues\":1}", NULL, NULL, false},
    {"a reply is an object", "[]", NULL, NULL, false},
    {"a reply is JSON", "{", NULL, NULL, false},
};
/* clang-format on */

static void check_reply(void **state)
{
    struct reply_case *c = *state;
    char error[VARLINK_NAME_SIZE];
    AUTO(json) struct json_object *parameters = NULL;
    bool continues = false;
    struct err err;
    bool parsed =
        message_parse_reply(c->text, strlen(c->text), error, &parameters, &continues, &err);
    assert_int_equal(parsed, c->error != NULL);
    if (!parsed) {
        assert_string_equal(err.code, "EPROTO");
        return;
    }
    assert_string_equal(error, c->error);
    assert_string_equal(json_object_to_json_string_ext(parameters, JSON_C_TO_STRING_PLAIN),
                        c->parameters);
    assert_int_equal(continues, c->continues);
}

static void what_is_sent_reads_back_equal(void **state)
{
    (void)state;
    AUTO(json) struct json_object *parameters = json_tokener_parse("{'a': 'x\\u0000y', 'b': null}");
    AUTO(text) char *call = message_format_call("io.cmkd.Watch", parameters, true, false);
    struct message message;
    assert_int_equal(message_parse_call(call, strlen(call), &message), MESSAGE_CALL);
    assert_string_equal(message.method, "io.cmkd.Watch");
    assert_true(message.more);
    assert_true(js_same(message.parameters, parameters));
    message_done(&message);

    AUTO(text) char *text = message_format_reply(NULL, parameters, true);
    char error[VARLINK_NAME_SIZE];
    AUTO(json) struct json_object *back = NULL;
    bool continues = false;
    struct err err;
    assert_true(message_parse_reply(text, strlen(text), error, &back, &continues, &err));
    assert_true(continues);
    assert_true(js_same(back, parameters));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_sent_reads_back_equal)};
    return CASES_RUN(calls, check_call) + CASES_RUN(replies, check_reply) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
