/* certify.c: lib/varlink against the Go implementation of Varlink, by org.varlink.certification:
 * a chain of calls in which each one is given what the one before replied. Both ways:
 *
 *     our client ─► varlink-go-certification         what it replies is kept, and so are its types
 *     our service ◄─ varlink-go-certification --client           which is given the same replies
 *
 * https://github.com/varlink/go/tree/master/cmd/varlink-go-certification */
#include "cases.h"

#include "base/js.h"
#include "varlink/client.h"
#include "varlink/listener.h"
#include "varlink/server.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#define PROGRAM "varlink-go-certification"
#define INTERFACE "org.varlink.certification"
#define TIMEOUT_MS 20000
#define LINKS 9    /* Test01 to Test09: one reply each */
#define REPLIES 10 /* of Test10, which has "more" */

struct certification {
    char folder[64];
    char path[96];
    char address[112];
    char *description;                         /* owned */
    struct json_object *replies[LINKS + 1];    /* owned: of Start, Test01, ... */
    struct json_object *more_replies[REPLIES]; /* owned */
    size_t n_calls;
    bool has_ended;
    struct varlink_server *server;
    uv_timer_t watchdog;
};

/* What the link after this one has to be called with. A new tree. */
static struct json_object *parameters_after(const struct certification *all, size_t link)
{
    struct json_object *parameters = js_copy(all->replies[link]);
    json_object_object_add(parameters, "client_id", js_copy(js_find(all->replies[0], "client_id")));
    return parameters;
}

/* ---- our client --------------------------------------------------------------------------- */

/* The service is given its socket as systemd would: we need not wait until it has one. */
static pid_t start_service(const struct certification *all, int listener)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    char self[32];
    snprintf(self, sizeof self, "%d", (int)getpid());
    setenv("LISTEN_PID", self, 1);
    setenv("LISTEN_FDS", "1", 1);
    if ((listener == 3 ? fcntl(3, F_SETFD, 0) : dup2(listener, 3)) >= 0)
        execlp(PROGRAM, PROGRAM, "--varlink", all->address, NULL);
    perror("cannot run " PROGRAM " (Debian's package varlink-go)");
    _exit(127);
}

static struct json_object *ask(struct varlink_client *client, const char *method,
                               struct json_object *parameters)
{
    struct json_object *reply = NULL;
    struct err err;
    if (!varlink_call(client, method, parameters, TIMEOUT_MS, &reply, &err))
        fail_msg("%s: %s", method, err.message);
    return reply;
}

static void read_description(struct certification *all, struct varlink_client *client)
{
    AUTO(json) struct json_object *which = json_tokener_parse("{'interface': '" INTERFACE "'}");
    AUTO(json)
    struct json_object *reply = ask(client, "org.varlink.service.GetInterfaceDescription", which);
    all->description = mem_text(js_string(reply, "description", ""));
}

static void ask_for_more(struct certification *all, struct varlink_client *client,
                         const struct idl *idl)
{
    struct err err = {0};
    AUTO(json) struct json_object *parameters = parameters_after(all, LINKS);
    assert_true(varlink_send(client, INTERFACE ".Test10", parameters, true, TIMEOUT_MS, &err));
    for (size_t i = 0; i < REPLIES; i++) {
        bool continues = false;
        if (!varlink_receive(client, TIMEOUT_MS, &all->more_replies[i], &continues, &err))
            fail_msg("Test10: %s", err.message);
        assert_int_equal(continues, i + 1 < REPLIES);
        assert_null(idl_wrong_out(idl, "Test10", all->more_replies[i]));
    }
}

static void call_their_service(struct certification *all)
{
    struct varlink_client *client = NULL;
    struct idl *idl = NULL;
    struct err err;
    if (!varlink_connect(all->path, TIMEOUT_MS, &client, &err))
        fail_msg("%s", err.message);
    read_description(all, client);
    if (!idl_parse(all->description, &idl, &err))
        fail_msg("%s", err.message);

    all->replies[0] = ask(client, INTERFACE ".Start", NULL);
    for (size_t link = 1; link <= LINKS; link++) {
        char name[16];
        snprintf(name, sizeof name, "Test%02zu", link);
        AUTO(text) char *method = mem_format(INTERFACE ".%s", name);
        AUTO(json) struct json_object *parameters = parameters_after(all, link - 1);
        assert_null(idl_wrong_in(idl, name, parameters));
        all->replies[link] = ask(client, method, parameters);
        assert_null(idl_wrong_out(idl, name, all->replies[link]));
    }
    ask_for_more(all, client, idl);

    /* Not Test11: the service of Go 0.4.0 reads beyond its own array there. */
    AUTO(json) struct json_object *end = ask(client, INTERFACE ".End", all->replies[0]);
    assert_true(js_bool(end, "all_ok", false));
    idl_free(idl);
    varlink_disconnect(client);
}

/* ---- our service -------------------------------------------------------------------------- */

/* A call must be given what the one before replied; it is answered as theirs did. */
static void on_link(struct varlink_call *call, struct json_object *parameters, void *owner)
{
    struct certification *all = owner;
    size_t link = all->n_calls++;
    assert_true(link <= LINKS);
    AUTO(json)
    struct json_object *expected =
        link ? parameters_after(all, link - 1) : json_object_new_object();
    if (js_same(parameters, expected))
        varlink_reply(call, all->replies[link], false);
    else
        varlink_error(call, INTERFACE ".CertificationError", NULL);
}

static void on_more(struct varlink_call *call, struct json_object *parameters, void *owner)
{
    struct certification *all = owner;
    AUTO(json) struct json_object *expected = parameters_after(all, LINKS);
    assert_true(js_same(parameters, expected));
    assert_true(varlink_wants_more(call));
    all->n_calls++;
    for (size_t i = 0; i < REPLIES; i++)
        varlink_reply(call, all->more_replies[i], i + 1 < REPLIES);
}

static void on_oneway(struct varlink_call *call, struct json_object *parameters, void *owner)
{
    struct certification *all = owner;
    struct json_object *texts = js_array(parameters, "last_more_replies");
    assert_int_equal(json_object_array_length(texts), REPLIES);
    for (size_t i = 0; i < REPLIES; i++)
        assert_true(
            js_same(json_object_array_get_idx(texts, i), js_find(all->more_replies[i], "string")));
    all->n_calls++;
    varlink_reply(call, NULL, false);
}

static void on_end(struct varlink_call *call, struct json_object *parameters, void *owner)
{
    struct certification *all = owner;
    AUTO(json) struct json_object *reply = json_tokener_parse("{'all_ok': true}");
    assert_true(js_same(parameters, all->replies[0]));
    all->has_ended = true;
    varlink_reply(call, reply, false);
}

static const struct varlink_method methods[] = {
    {"Start", on_link},  {"Test01", on_link}, {"Test02", on_link}, {"Test03", on_link},
    {"Test04", on_link}, {"Test05", on_link}, {"Test06", on_link}, {"Test07", on_link},
    {"Test08", on_link}, {"Test09", on_link}, {"Test10", on_more}, {"Test11", on_oneway},
    {"End", on_end},
};

static void on_exit_of_client(uv_process_t *process, int64_t status, int signal_number)
{
    struct certification *all = process->data;
    assert_int_equal(status, 0);
    assert_int_equal(signal_number, 0);
    uv_close((uv_handle_t *)process, NULL);
    uv_close((uv_handle_t *)&all->watchdog, NULL);
    varlink_server_close(all->server);
}

static void on_watchdog(uv_timer_t *timer)
{
    (void)timer;
    fail_msg("the client is not through after %d ms", TIMEOUT_MS);
}

static void serve_their_client(struct certification *all)
{
    const struct varlink_interface interface = {
        .name = INTERFACE,
        .description = all->description,
        .methods = methods,
        .n_methods = COUNT(methods),
    };
    const struct varlink_service service = {
        .path = all->path,
        .vendor = "cmkd",
        .product = "certify",
        .version = "1",
        .url = "https://varlink.org",
        .interfaces = &interface,
        .n_interfaces = 1,
        .owner = all,
    };
    char *arguments[] = {(char[]){PROGRAM}, (char[]){"--client"}, (char[]){"--varlink"},
                         all->address, NULL};
    uv_stdio_container_t streams[] = {
        {.flags = UV_IGNORE},
        {.flags = UV_INHERIT_FD, .data.fd = STDOUT_FILENO},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
    };
    const uv_process_options_t options = {
        .file = PROGRAM,
        .args = arguments,
        .exit_cb = on_exit_of_client,
        .stdio = streams,
        .stdio_count = COUNT(streams),
    };
    uv_process_t process = {.data = all};
    uv_loop_t loop;
    struct err err;

    assert_int_equal(uv_loop_init(&loop), 0);
    if (!varlink_server_new(&loop, &service, &all->server, &err))
        fail_msg("%s", err.message);
    uv_timer_init(&loop, &all->watchdog);
    uv_timer_start(&all->watchdog, on_watchdog, TIMEOUT_MS, 0);
    assert_int_equal(uv_spawn(&loop, &process, &options), 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

/* ---- both --------------------------------------------------------------------------------- */

static void go_and_we_understand_each_other(void **state)
{
    (void)state;
    struct certification all = {.folder = "/tmp/cmkd-certify-XXXXXX"};
    int listener = -1;
    gid_t gid = 0;
    struct err err;
    assert_non_null(mkdtemp(all.folder));
    snprintf(all.path, sizeof all.path, "%s/socket", all.folder);
    snprintf(all.address, sizeof all.address, "unix:%s", all.path);
    if (!listener_open(all.path, NULL, &listener, &gid, &err))
        fail_msg("%s", err.message);
    pid_t pid = start_service(&all, listener);
    close(listener);
    call_their_service(&all);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);

    serve_their_client(&all); /* the socket that is left is a stale one */
    assert_true(all.has_ended);
    assert_int_equal(all.n_calls, 1 + LINKS + 2);

    assert_int_equal(rmdir(all.folder), 0);
    for (size_t i = 0; i <= LINKS; i++)
        json_object_put(all.replies[i]);
    for (size_t i = 0; i < REPLIES; i++)
        json_object_put(all.more_replies[i]);
    free(all.description);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(go_and_we_understand_each_other)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
