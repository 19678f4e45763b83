/* test_client.c: the client against answers that are ready before it asks. */
#include "cases.h"

#include "base/js.h"
#include "varlink/client.h"
#include "varlink/listener.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

struct line {
    char folder[64];
    char path[96];
    int listener, service; /* the service's end */
    struct varlink_client *client;
};

static void line_open(struct line *line)
{
    gid_t gid = 0;
    struct err err = {0};
    *line = (struct line){.folder = "/tmp/cmkd-client-XXXXXX"};
    assert_non_null(mkdtemp(line->folder));
    snprintf(line->path, sizeof line->path, "%s/socket", line->folder);
    if (!listener_open(line->path, NULL, &line->listener, &gid, &err) ||
        !varlink_connect(line->path, 1000, &line->client, &err))
        fail_msg("%s", err.message);
    line->service = accept4(line->listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(line->service >= 0);
}

static void line_close(struct line *line)
{
    varlink_disconnect(line->client);
    auto_fd(&line->service);
    auto_fd(&line->listener);
    unlink(line->path);
    assert_int_equal(rmdir(line->folder), 0);
}

static void answer(struct line *line, const char *bytes, size_t length)
{
    assert_int_equal(send(line->service, bytes, length, MSG_NOSIGNAL), length);
}

/* A message with its NUL. */
#define WHOLE(text) text, sizeof(text)

/* clang-format off */
static struct answer_case {
    const char *name, *bytes;
    size_t length;
    bool ends; /* the service goes, after the bytes */
    const char *reply, *code, *parameters;
} answers[] = {
    {"a reply is handed out", WHOLE("{\"parameters\":{\"a\":1}}"), false, "{'a': 1}", NULL, NULL},
    {"a reply without parameters has none", WHOLE("{}"), false, "{}", NULL, NULL},
    {"a reply counts though the service has gone", WHOLE("{}"), true, "{}", NULL, NULL},
    {"an error has its name", WHOLE("{\"error\":\"io.cmkd.NotHeld\",\"parameters\":{\"stack\":\"x\"}}"), false,
     NULL, "io.cmkd.NotHeld", "{'stack': 'x'}"},
    {"an error may have no parameters", WHOLE("{\"error\":\"io.cmkd.Stopping\"}"), false, NULL, "io.cmkd.Stopping", "{}"},
    {"no answer is a timeout", "", 0, false, NULL, "ETIMEDOUT", NULL},
    {"half an answer is a timeout", "{\"para", 6, false, NULL, "ETIMEDOUT", NULL},
    {"a service that goes is noticed", "", 0, true, NULL, "ECONNRESET", NULL},
    {"a service that goes in mid answer is noticed", "{\"para", 6, true, NULL, "ECONNRESET", NULL},
    {"what is no JSON is no reply", WHOLE("HTTP/1.1 400\r\n"), false, NULL, "EPROTO", NULL},
    {"nothing is no reply", WHOLE(""), false, NULL, "EPROTO", NULL},
    {"more replies than asked for are wrong", WHOLE("{\"continues\":true}"), false, NULL, "EPROTO", NULL},
};
/* clang-format on */

static void check_answer(void **state)
{
    struct answer_case *c = *state;
    struct line line;
    struct err err;
    AUTO(json) struct json_object *reply = NULL;
    line_open(&line);
    answer(&line, c->bytes, c->length);
    if (c->ends)
        shutdown(line.service, SHUT_WR);
    bool answered = varlink_call(line.client, "a.B", NULL, 50, &reply, &err);
    assert_int_equal(answered, c->reply != NULL);
    if (answered) {
        AUTO(json) struct json_object *wanted = json_tokener_parse(c->reply);
        assert_true(js_same(reply, wanted));
    } else {
        assert_string_equal(err.code, c->code);
        assert_int_equal(varlink_is_answer(&err), c->parameters != NULL);
    }
    struct json_object *parameters = varlink_error_parameters(line.client);
    AUTO(json)
    struct json_object *wanted = c->parameters ? json_tokener_parse(c->parameters) : NULL;
    assert_true(js_same(parameters, wanted));
    line_close(&line);
}

static void replies_come_one_by_one(void **state)
{
    (void)state;
    static const char replies[] = "{\"continues\":true,\"parameters\":{\"n\":0}}\0"
                                  "{\"continues\":true,\"parameters\":{\"n\":1}}\0"
                                  "{\"parameters\":{\"n\":2}}";
    struct line line;
    struct err err = {0};
    line_open(&line);
    answer(&line, replies, sizeof replies);
    assert_true(varlink_send(line.client, "a.B", NULL, true, 1000, &err));
    for (int i = 0; i < 3; i++) {
        AUTO(json) struct json_object *reply = NULL;
        bool continues = false;
        assert_true(varlink_receive(line.client, 1000, &reply, &continues, &err));
        assert_int_equal(js_int(reply, "n", -1), i);
        assert_int_equal(continues, i < 2);
    }
    char sent[100];
    static const char wanted[] = "{\"method\":\"a.B\",\"more\":true,\"parameters\":{}}";
    assert_int_equal(recv(line.service, sent, sizeof sent, 0), sizeof wanted);
    assert_string_equal(sent, wanted);
    line_close(&line);
}

static void a_service_that_does_not_read_is_a_timeout(void **state)
{
    (void)state;
    struct line line;
    struct err err = {0};
    line_open(&line);
    AUTO(text) char *text = mem_new(8000001, 1);
    memset(text, 'x', 8000000);
    AUTO(json) struct json_object *parameters = json_object_new_object();
    json_object_object_add(parameters, "text", json_object_new_string(text));
    assert_false(varlink_send(line.client, "a.B", parameters, false, 20, &err));
    assert_string_equal(err.code, "ETIMEDOUT");
    line_close(&line);
}

static void a_service_that_is_not_there_is_told_from_one_that_is_busy(void **state)
{
    (void)state;
    struct line line;
    struct err err = {0};
    struct varlink_client *client = NULL;
    line_open(&line);
    auto_fd(&line.listener);
    assert_false(varlink_connect(line.path, 1000, &client, &err));
    assert_string_equal(err.code, "ECONNREFUSED");
    unlink(line.path);
    assert_false(varlink_connect(line.path, 1000, &client, &err));
    assert_string_equal(err.code, "ENOENT");

    gid_t gid = 0;
    struct varlink_client *waiting[2] = {NULL};
    assert_true(listener_open(line.path, NULL, &line.listener, &gid, &err));
    assert_int_equal(listen(line.listener, 1), 0); /* a queue for two, and nobody takes them */
    for (int i = 0; i < 2; i++)
        assert_true(varlink_connect(line.path, 1000, &waiting[i], &err));
    assert_false(varlink_connect(line.path, 20, &client, &err));
    assert_string_equal(err.code, "ETIMEDOUT");
    for (int i = 0; i < 2; i++)
        varlink_disconnect(waiting[i]);
    line_close(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_come_one_by_one),
        cmocka_unit_test(a_service_that_does_not_read_is_a_timeout),
        cmocka_unit_test(a_service_that_is_not_there_is_told_from_one_that_is_busy),
    };
    return CASES_RUN(answers, check_answer) + cmocka_run_group_tests(tests, NULL, NULL);
}
