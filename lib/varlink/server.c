/* server.c: a Varlink service: its socket, its connections, and who is served next. */
#include "varlink/server.h"

#include "varlink/connection.h"
#include "varlink/listener.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define ACCEPTS_A_TURN 4
#define PAUSE_MS 1000 /* after accept() has failed for want of anything */

static void on_acceptable(uv_poll_t *handle, int status, int events);
static void on_pause_over(uv_timer_t *handle);
static void on_tick(uv_timer_t *handle);
static void on_work(uv_idle_t *handle);
static void on_handle_closed(uv_handle_t *handle);

static const struct varlink_limits limits_usual = {
    .message = 65536,
    .connections = 64,
    .reserved = 8,
    .queued = 1048576,
    .queued_all = 67108864,
    .half_call_ms = 10000,
    .idle_ms = 60000,
    .unread_ms = 30000,
};

static struct varlink_limits limits_of(const struct varlink_limits *given)
{
    struct varlink_limits limits = *given;
    const struct varlink_limits *usual = &limits_usual;
    limits.message = limits.message ? limits.message : usual->message;
    limits.connections = limits.connections ? limits.connections : usual->connections;
    limits.reserved = limits.reserved ? limits.reserved : usual->reserved;
    limits.queued = limits.queued ? limits.queued : usual->queued;
    limits.queued_all = limits.queued_all ? limits.queued_all : usual->queued_all;
    limits.half_call_ms = limits.half_call_ms ? limits.half_call_ms : usual->half_call_ms;
    limits.idle_ms = limits.idle_ms ? limits.idle_ms : usual->idle_ms;
    limits.unread_ms = limits.unread_ms ? limits.unread_ms : usual->unread_ms;
    return limits;
}

/* Whoever is too slow is found out with a delay of a tenth of the shortest limit, a second at
 * most. */
static uint64_t tick_ms(const struct varlink_limits *limits)
{
    uint64_t shortest = limits->half_call_ms;
    if (limits->idle_ms < shortest)
        shortest = limits->idle_ms;
    if (limits->unread_ms < shortest)
        shortest = limits->unread_ms;
    uint64_t tick = shortest / 10;
    return tick > 1000 ? 1000 : tick < 1 ? 1 : tick;
}

/* ---- start and end ------------------------------------------------------------------------ */

static void server_free(struct varlink_server *server)
{
    auto_fd(&server->listener);
    service_unload(server);
    free(server);
}

static void start_handles(struct varlink_server *server)
{
    uv_timer_init(server->loop, &server->pause);
    uv_timer_init(server->loop, &server->tick);
    uv_idle_init(server->loop, &server->work);
    server->acceptable.data = server->pause.data = server->tick.data = server->work.data = server;
    server->n_handles = 4;
    uv_poll_start(&server->acceptable, UV_READABLE, on_acceptable);
}

bool varlink_server_new(uv_loop_t *loop, const struct varlink_service *service,
                        struct varlink_server **server, struct err *err)
{
    struct varlink_server *made = mem_new(1, sizeof *made);
    struct stat st = {0};
    int failure = 0;
    made->loop = loop;
    made->service = service;
    made->limits = limits_of(&service->limits);
    made->listener = -1;

    if (!service_load(made, err) ||
        !listener_open(service->path, service->group, &made->listener, &made->group, err)) {
        server_free(made);
        return false;
    }
    if (lstat(service->path, &st) < 0 ||
        (failure = uv_poll_init(loop, &made->acceptable, made->listener)) < 0) {
        errno = failure ? -failure : errno;
        err_errno(err, "cannot wait for callers on %s", service->path);
        unlink(service->path);
        server_free(made);
        return false;
    }
    made->socket_dev = st.st_dev;
    made->socket_ino = st.st_ino;

    /* libuv writes with write(2): a caller that vanishes would kill the process. */
    signal(SIGPIPE, SIG_IGN);
    start_handles(made);
    *server = made;
    return true;
}

void varlink_server_close(struct varlink_server *server)
{
    struct stat st;
    if (!server || server->is_closing)
        return;
    server->is_closing = true;
    if (lstat(server->service->path, &st) == 0 && st.st_dev == server->socket_dev &&
        st.st_ino == server->socket_ino)
        unlink(server->service->path);
    uv_close((uv_handle_t *)&server->acceptable, on_handle_closed);
    uv_close((uv_handle_t *)&server->pause, on_handle_closed);
    uv_close((uv_handle_t *)&server->tick, on_handle_closed);
    uv_close((uv_handle_t *)&server->work, on_handle_closed);
    for (struct connection *each = server->first; each; each = each->next)
        connection_close(each);
}

static void free_if_last(struct varlink_server *server)
{
    if (server->is_closing && !server->n_handles && !server->first)
        server_free(server);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct varlink_server *server = handle->data;
    server->n_handles--;
    free_if_last(server);
}

static void unlink_connection(struct varlink_server *server, struct connection *connection)
{
    *(connection->previous ? &connection->previous->next : &server->first) = connection->next;
    *(connection->next ? &connection->next->previous : &server->last) = connection->previous;
}

void server_forget(struct varlink_server *server, struct connection *connection)
{
    unlink_connection(server, connection);
    if (!server->first && !server->is_closing)
        uv_timer_stop(&server->tick);
    free_if_last(server);
}

size_t varlink_server_connections(const struct varlink_server *server)
{
    return server->n_open;
}

/* ---- who comes ---------------------------------------------------------------------------- */

/* Root's make way for root's only. One that has just come is the youngest, and asks before the
 * others have all gone. */
static bool close_oldest_idle(struct varlink_server *server, uid_t uid)
{
    struct connection *oldest = NULL;
    for (struct connection *each = server->first; each; each = each->next) {
        bool may_go = connection_is_idle(each) && (uid == 0 || each->caller.uid != 0);
        if (may_go && (!oldest || each->idle_since_ms < oldest->idle_since_ms))
            oldest = each;
    }
    if (oldest)
        connection_close(oldest);
    return oldest;
}

/* Some places are for root alone: whoever may only look cannot keep an order out. */
static bool has_place(struct varlink_server *server, uid_t uid)
{
    size_t most = server->limits.connections;
    if (uid != 0)
        most -= server->limits.reserved < most ? server->limits.reserved : 0;
    return server->n_open < most || close_oldest_idle(server, uid);
}

static void take_in(struct varlink_server *server, int fd)
{
    struct varlink_caller caller;
    if (!listener_caller(fd, server->group, &caller) || !has_place(server, caller.uid)) {
        close(fd);
        return;
    }
    connection_start(server, fd, &caller);
    uint64_t tick = tick_ms(&server->limits);
    if (!uv_is_active((uv_handle_t *)&server->tick))
        uv_timer_start(&server->tick, on_tick, tick, tick);
}

/* What cannot be accepted stays in the queue and would make the loop spin: look away for a while.
 */
static void pause_accepting(struct varlink_server *server)
{
    close_oldest_idle(server, 0);
    uv_poll_stop(&server->acceptable);
    uv_timer_start(&server->pause, on_pause_over, PAUSE_MS, 0);
}

static void on_acceptable(uv_poll_t *handle, int status, int events)
{
    (void)events;
    struct varlink_server *server = handle->data;
    if (status < 0) {
        pause_accepting(server);
        return;
    }
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) {
            take_in(server, fd);
        } else if (errno != EINTR && errno != ECONNABORTED) {
            if (errno != EAGAIN)
                pause_accepting(server);
            return;
        }
    }
}

static void on_pause_over(uv_timer_t *handle)
{
    struct varlink_server *server = handle->data;
    uv_poll_start(&server->acceptable, UV_READABLE, on_acceptable);
}

/* ---- who is served ------------------------------------------------------------------------ */

static void on_tick(uv_timer_t *handle)
{
    struct varlink_server *server = handle->data;
    for (struct connection *each = server->first; each; each = each->next)
        if (!each->is_closing)
            connection_check(each, uv_now(server->loop));
}

void server_wake(struct varlink_server *server)
{
    if (!server->is_closing && !uv_is_active((uv_handle_t *)&server->work))
        uv_idle_start(&server->work, on_work);
}

static struct connection *next_ready(struct varlink_server *server)
{
    struct connection *each = server->first;
    while (each && !connection_is_ready(each))
        each = each->next;
    return each;
}

/* In turn: who was served goes to the end, and after a few the loop has its turn. */
static void on_work(uv_idle_t *handle)
{
    struct varlink_server *server = handle->data;
    for (int i = 0; i < CALLS_A_TURN && !server->is_closing; i++) {
        struct connection *ready = next_ready(server);
        if (!ready) {
            uv_idle_stop(&server->work);
            return;
        }
        if (ready->next) {
            unlink_connection(server, ready);
            ready->next = NULL;
            ready->previous = server->last;
            server->last->next = ready;
            server->last = ready;
        }
        connection_serve(ready);
    }
}
