#include "peer.h"

#include "base/js.h"

#include <grp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define SAY(text) "{'method': 't.t.Echo', 'parameters': {'text': '" text "'}}"
#define SAID(text) "{'parameters': {'text': '" text "'}}"
#define KEEP "{'method': 't.t.Keep'}"
#define WATCH "{'method': 't.t.Keep', 'more': true}"

/* ---- one call, one answer ----------------------------------------------------------------- */

#define FAILURE(error, name, value)                                                                \
    "{'error': 'org.varlink.service." error "', 'parameters': {'" name "': '" value "'}}"

/* clang-format off */
static struct call_case {
    const char *name, *call, *reply;
} calls[] = {
    {"a method is called", SAY("x"), SAID("x")},
    {"the service tells about itself", "{'method': 'org.varlink.service.GetInfo'}",
     "{'parameters': {'vendor': 'V', 'product': 'P', 'version': '1', 'url': 'U',"
     " 'interfaces': ['org.varlink.service', 't.t']}}"},
    {"an unknown interface is not found", "{'method': 'x.y.Z'}", FAILURE("InterfaceNotFound", "interface", "x.y")},
    {"an interface has its exact name", "{'method': 'T.T.Echo'}", FAILURE("InterfaceNotFound", "interface", "T.T")},
    {"an unknown method is not found", "{'method': 't.t.Nope'}", FAILURE("MethodNotFound", "method", "t.t.Nope")},
    {"a described method may be missing", "{'method': 't.t.Absent'}", FAILURE("MethodNotImplemented", "method", "t.t.Absent")},
    {"an unknown description is not found",
     "{'method': 'org.varlink.service.GetInterfaceDescription', 'parameters': {'interface': 'x.y'}}",
     FAILURE("InterfaceNotFound", "interface", "x.y")},
    {"a parameter that is missing is named", "{'method': 't.t.Echo'}", FAILURE("InvalidParameter", "parameter", "text")},
    {"a parameter of a wrong type is named", "{'method': 't.t.Echo', 'parameters': {'text': 1}}",
     FAILURE("InvalidParameter", "parameter", "text")},
    {"a parameter nobody knows is named", "{'method': 't.t.Keep', 'parameters': {'x': 1}}",
     FAILURE("InvalidParameter", "parameter", "x")},
    {"a huge number is no text", "{'method': 't.t.Echo', 'parameters': {'text': 1e400}}",
     FAILURE("InvalidParameter", "parameter", "text")},
    {"a huge integer is no text", "{'method': 't.t.Echo', 'parameters': {'text': 99999999999999999999999999}}",
     FAILURE("InvalidParameter", "parameter", "text")},
    {"a call without a method is told so", "{}", FAILURE("InvalidParameter", "parameter", "method")},
    {"parameters are no array", "{'method': 't.t.Echo', 'parameters': []}",
     FAILURE("InvalidParameter", "parameter", "parameters")},
};
/* clang-format on */

/* After each of them the connection is as good as before. */
static void check_call(void **state)
{
    struct call_case *c = *state;
    struct peers peers;
    peers_start(&peers, NULL);
    int fd = peer_connect(&peers);
    peer_call(&peers, fd, c->call);
    peer_expect(&peers, fd, c->reply);
    peer_call(&peers, fd, SAY("after"));
    peer_expect(&peers, fd, SAID("after"));
    close(fd);
    peers_done(&peers);
}

/* ---- the interface and who serves it ------------------------------------------------------ */

static void never_called(struct varlink_call *call, struct json_object *parameters, void *owner)
{
    (void)parameters;
    (void)owner;
    varlink_reply(call, NULL, false);
}

static const struct varlink_method two_methods[] = {{"A", never_called}, {"B", never_called}};

/* clang-format off */
static struct interface_case {
    const char *name, *description;
    size_t n_methods;
    const char *message; /* NULL: it is good */
} interfaces[] = {
    {"methods are those that are described", "interface a.b\nmethod B() -> ()\nmethod A() -> ()", 2, NULL},
    {"a described method is served", "interface a.b\nmethod A() -> ()\nmethod B() -> ()", 1, "nothing serves a.b.B"},
    {"a served method is described", "interface a.b\nmethod A() -> ()", 2, "B is not described in a.b"},
    {"a description is that of its interface", "interface a.c", 0, "the description of a.b is that of a.c"},
    {"a description is one", "interface a.b\nmethod", 0, "line 2: expected a name"},
};
/* clang-format on */

static void check_interface(void **state)
{
    struct interface_case *c = *state;
    const struct varlink_interface interface = {
        .name = "a.b",
        .description = c->description,
        .methods = two_methods,
        .n_methods = c->n_methods,
    };
    struct idl *idl = NULL;
    struct err err;
    bool loaded = varlink_interface_load(&interface, &idl, &err);
    assert_int_equal(loaded, !c->message);
    if (c->message) {
        assert_string_equal(err.code, "BadInterface");
        assert_ptr_equal(strstr(err.message, c->message), err.message);
    }
    idl_free(idl);
}

/* ---- the order of things ------------------------------------------------------------------ */

static void calls_in_a_row_are_answered_in_order(void **state)
{
    (void)state;
    struct peers peers;
    peers_start(&peers, NULL);
    int fd = peer_connect(&peers);
    peer_call(&peers, fd, SAY("1"));
    peer_call(&peers, fd, KEEP);
    peer_call(&peers, fd, SAY("2"));
    peer_expect(&peers, fd, SAID("1"));
    while (!peers.n_kept)
        peers_turn(&peers);
    peers_expect_alive(&peers); /* somebody else's turn comes meanwhile */
    assert_int_equal(peers.n_calls, 2);

    varlink_reply(TAKE(peers.kept[0]), NULL, false);
    peer_expect(&peers, fd, "{'parameters': {}}");
    peer_expect(&peers, fd, SAID("2"));
    close(fd);
    peers_done(&peers);
}

static void oneway_gets_no_reply_and_no_error(void **state)
{
    (void)state;
    struct peers peers;
    peers_start(&peers, NULL);
    int fd = peer_connect(&peers);
    peer_call(&peers, fd, "{'method': 't.t.Echo', 'parameters': {'text': 'x'}, 'oneway': true}");
    peer_call(&peers, fd, "{'method': 't.t.Nope', 'oneway': true}");
    peer_call(&peers, fd, SAY("y"));
    peer_expect(&peers, fd, SAID("y"));
    assert_int_equal(peers.n_calls, 2);
    close(fd);
    peers_done(&peers);
}

static void oneway_is_done_though_the_caller_has_gone(void **state)
{
    (void)state;
    struct peers peers;
    peers_start(&peers, NULL);
    int fd = peer_connect(&peers);
    for (int i = 0; i < 20; i++)
        peer_call(&peers, fd,
                  "{'method': 't.t.Echo', 'parameters': {'text': 'x'}, 'oneway': true}");
    close(fd);
    while (peers.n_calls < 20)
        peers_turn(&peers);
    peers_done(&peers);
}

static void replies_come_one_by_one_with_more(void **state)
{
    (void)state;
    struct peers peers;
    peers_start(&peers, NULL);
    int fd = peer_connect(&peers);
    peer_call(&peers, fd, WATCH);
    while (!peers.n_kept)
        peers_turn(&peers);
    assert_true(varlink_wants_more(peers.kept[0]));
    assert_string_equal(varlink_method_name(peers.kept[0]), "t.t.Keep");
    for (int i = 0; i < 3; i++) {
        AUTO(json) struct json_object *reply = json_tokener_parse("{'n': 1}");
        varlink_reply(peers.kept[0], reply, true);
        peer_expect(&peers, fd, "{'continues': true, 'parameters': {'n': 1}}");
    }
    varlink_error(TAKE(peers.kept[0]), "t.t.Ended", NULL);
    peer_expect(&peers, fd, "{'error': 't.t.Ended', 'parameters': {}}");
    close(fd);
    peers_done(&peers);
}

static void who_only_reads_from_now_on_is_still_answered(void **state)
{
    (void)state;
    struct peers peers;
    peers_start(&peers, NULL);
    int fd = peer_connect(&peers);
    peer_call(&peers, fd, KEEP);
    peer_call(&peers, fd, SAY("x"));
    shutdown(fd, SHUT_WR);
    while (!peers.n_kept)
        peers_turn(&peers);
    varlink_reply(TAKE(peers.kept[0]), NULL, false);
    peer_expect(&peers, fd, "{'parameters': {}}");
    peer_expect(&peers, fd, SAID("x"));
    peer_expect_end(&peers, fd);
    close(fd);
    peers_done(&peers);
}

static void a_caller_is_who_the_kernel_says(void **state)
{
    (void)state;
    struct peers peers;
    peers_start(&peers, NULL);
    varlink_server_close(peers.server);
    const struct group *group = getgrgid(getgid());
    assert_non_null(group);
    struct err err;
    peers.service.group = group->gr_name;
    assert_true(varlink_server_new(&peers.loop, &peers.service, &peers.server, &err));

    int fd = peer_connect(&peers);
    AUTO(text)
    char *expected =
        mem_format("{\"parameters\":{\"uid\":%d,\"gid\":%d,\"pid\":%d,\"member\":true}}",
                   (int)getuid(), (int)getgid(), (int)getpid());
    peer_call(&peers, fd, "{'method': 't.t.Who'}");
    peer_expect(&peers, fd, expected);
    close(fd);
    peers_done(&peers);
}

static void a_stop_tells_the_calls_under_way(void **state)
{
    (void)state;
    struct peers peers;
    peers_start(&peers, NULL);
    int answered = peer_connect(&peers), left = peer_connect(&peers);
    peer_call(&peers, answered, KEEP);
    while (peers.n_kept < 1)
        peers_turn(&peers);
    peer_call(&peers, left, KEEP);
    while (peers.n_kept < 2)
        peers_turn(&peers);
    varlink_error(TAKE(peers.kept[0]), "t.t.Stopping", NULL);
    peers_done(&peers); /* shows that kept[1] was told */
    assert_int_equal(peers.n_gone, 1);
    peer_expect(&peers, answered, "{'error': 't.t.Stopping', 'parameters': {}}");
    close(answered);
    close(left);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_in_a_row_are_answered_in_order),
        cmocka_unit_test(oneway_gets_no_reply_and_no_error),
        cmocka_unit_test(oneway_is_done_though_the_caller_has_gone),
        cmocka_unit_test(replies_come_one_by_one_with_more),
        cmocka_unit_test(who_only_reads_from_now_on_is_still_answered),
        cmocka_unit_test(a_caller_is_who_the_kernel_says),
        cmocka_unit_test(a_stop_tells_the_calls_under_way),
    };
    return CASES_RUN(calls, check_call) + CASES_RUN(interfaces, check_interface) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
