#include "peer.h"

#include "base/js.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define WATCHDOG_MS 20000

/* ---- the service -------------------------------------------------------------------------- */

static const char description[] = "interface t.t\n"
                                  "method Echo(text: string) -> (text: string)\n"
                                  "method Keep() -> (n: ?int)\n"
                                  "method Big(bytes: int) -> (text: string)\n"
                                  "method Who() -> (uid: int, gid: int, pid: int, member: bool)\n"
                                  "method Absent() -> ()\n";

static void on_echo(struct varlink_call *call, struct json_object *parameters, void *owner)
{
    struct peers *peers = owner;
    peers->n_calls++;
    varlink_reply(call, parameters, false);
}

static void on_gone(struct varlink_call *call, void *owner)
{
    struct peers *peers = owner;
    peers->n_gone++;
    for (size_t i = 0; i < peers->n_kept; i++)
        if (peers->kept[i] == call)
            peers->kept[i] = NULL;
    varlink_reply(call, NULL, false); /* leads nowhere, and ends it */
}

static void on_keep(struct varlink_call *call, struct json_object *parameters, void *owner)
{
    (void)parameters;
    struct peers *peers = owner;
    assert_true(peers->n_kept < KEPT_MAX);
    peers->kept[peers->n_kept++] = call;
    varlink_on_gone(call, on_gone, peers);
}

static void on_big(struct varlink_call *call, struct json_object *parameters, void *owner)
{
    (void)owner;
    size_t length = (size_t)js_int(parameters, "bytes", 0);
    AUTO(text) char *text = mem_new(length + 1, 1);
    memset(text, 'x', length);
    AUTO(json) struct json_object *reply = json_object_new_object();
    json_object_object_add(reply, "text", json_object_new_string(text));
    varlink_reply(call, reply, false);
}

static void on_who(struct varlink_call *call, struct json_object *parameters, void *owner)
{
    (void)parameters;
    (void)owner;
    const struct varlink_caller *caller = varlink_caller(call);
    AUTO(json) struct json_object *reply = json_object_new_object();
    json_object_object_add(reply, "uid", json_object_new_int64(caller->uid));
    json_object_object_add(reply, "gid", json_object_new_int64(caller->gid));
    json_object_object_add(reply, "pid", json_object_new_int64(caller->pid));
    json_object_object_add(reply, "member", json_object_new_boolean(caller->is_member));
    varlink_reply(call, reply, false);
}

static const struct varlink_method methods[] = {
    {"Echo", on_echo}, {"Keep", on_keep}, {"Big", on_big}, {"Who", on_who}, {"Absent", NULL},
};

static const struct varlink_interface interfaces[] = {
    {
        .name = "t.t",
        .description = description,
        .methods = methods,
        .n_methods = COUNT(methods),
    },
};

/* ---- start and end ------------------------------------------------------------------------ */

static void on_watchdog(uv_timer_t *handle)
{
    (void)handle;
    fail_msg("what is waited for has not come within %d ms", WATCHDOG_MS);
}

void peers_start(struct peers *peers, const struct varlink_limits *limits)
{
    struct err err = {0};
    *peers = (struct peers){.folder = "/tmp/cmkd-varlink-XXXXXX"};
    assert_non_null(mkdtemp(peers->folder));
    snprintf(peers->path, sizeof peers->path, "%s/socket", peers->folder);
    peers->service = (struct varlink_service){
        .path = peers->path,
        .vendor = "V",
        .product = "P",
        .version = "1",
        .url = "U",
        .interfaces = interfaces,
        .n_interfaces = COUNT(interfaces),
        .owner = peers,
    };
    if (limits)
        peers->service.limits = *limits;
    assert_int_equal(uv_loop_init(&peers->loop), 0);
    uv_timer_init(&peers->loop, &peers->watchdog);
    uv_timer_start(&peers->watchdog, on_watchdog, WATCHDOG_MS, 0);
    if (!varlink_server_new(&peers->loop, &peers->service, &peers->server, &err))
        fail_msg("%s", err.message);
}

void peers_done(struct peers *peers)
{
    varlink_server_close(peers->server);
    uv_close((uv_handle_t *)&peers->watchdog, NULL);
    uv_run(&peers->loop, UV_RUN_DEFAULT);
    for (size_t i = 0; i < peers->n_kept; i++)
        assert_null(peers->kept[i]);
    assert_int_equal(uv_loop_close(&peers->loop), 0);
    assert_int_equal(access(peers->path, F_OK), -1);
    assert_int_equal(rmdir(peers->folder), 0);
}

void peers_turn(struct peers *peers)
{
    uv_run(&peers->loop, UV_RUN_ONCE);
}

/* ---- callers ------------------------------------------------------------------------------ */

int peer_connect(struct peers *peers)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", peers->path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

void peer_send(struct peers *peers, int fd, const char *bytes, size_t length)
{
    while (length) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            peers_turn(peers);
            continue;
        }
        if (sent < 0) /* it was cut off already: what is expected next shows it */
            return;
        bytes += sent;
        length -= (size_t)sent;
    }
}

void peer_call(struct peers *peers, int fd, const char *text)
{
    AUTO(json) struct json_object *tree = json_tokener_parse(text);
    assert_non_null(tree);
    const char *strict = json_object_to_json_string_ext(tree, JSON_C_TO_STRING_PLAIN);
    peer_send(peers, fd, strict, strlen(strict) + 1);
}

/* One byte, or -1 at the end. */
static int next_byte(struct peers *peers, int fd)
{
    unsigned char byte;
    for (;;) {
        ssize_t length = recv(fd, &byte, 1, 0);
        if (length == 1)
            return byte;
        if (length == 0 || errno != EAGAIN)
            return -1;
        peers_turn(peers);
    }
}

void peer_expect(struct peers *peers, int fd, const char *expected)
{
    static char text[65536];
    size_t length = 0;
    int byte;
    while ((byte = next_byte(peers, fd)) > 0 && length < sizeof text - 1)
        text[length++] = (char)byte;
    text[length] = '\0';
    if (byte != 0)
        fail_msg("the connection ended, or the message is too long: \"%.100s\"", text);

    AUTO(json) struct json_object *got = json_tokener_parse(text);
    AUTO(json) struct json_object *wanted = json_tokener_parse(expected);
    assert_non_null(wanted);
    if (!js_same(got, wanted))
        assert_string_equal(text, expected);
}

void peer_expect_end(struct peers *peers, int fd)
{
    int byte = next_byte(peers, fd);
    if (byte >= 0)
        fail_msg("there is a byte 0x%02x instead of the end", (unsigned int)byte);
}

void peers_expect_alive(struct peers *peers)
{
    int fd = peer_connect(peers);
    peer_call(peers, fd, "{'method': 't.t.Echo', 'parameters': {'text': 'alive'}}");
    peer_expect(peers, fd, "{'parameters': {'text': 'alive'}}");
    close(fd);
}
