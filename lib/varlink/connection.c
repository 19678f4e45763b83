/* connection.c: one caller of a Varlink service. */
#include "varlink/connection.h"

#include "base/js.h"

#include <assert.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define IN_SIZE_FIRST 4096

struct reply {
    uv_write_t request;
    struct connection *connection; /* borrowed: its close comes after this */
    char *text;                    /* owned */
    size_t length;
};

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *room);
static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *room);
static void on_written(uv_write_t *request, int status);
static void on_closed(uv_handle_t *handle);

static uint64_t now_ms(const struct connection *connection)
{
    return uv_now(connection->server->loop);
}

static uv_stream_t *stream_of(struct connection *connection)
{
    return (uv_stream_t *)&connection->pipe;
}

bool connection_is_idle(const struct connection *connection)
{
    return !connection->is_closing && !connection->call && !connection->in_length &&
           !connection->unread_since_ms;
}

/* That a reply must have been read before the next call counts bounds what a caller that only
 * asks can make us keep. */
bool connection_is_ready(const struct connection *connection)
{
    return !connection->is_closing && !connection->call && connection->call_length &&
           !connection->unread_since_ms;
}

/* After anything has changed: what is next. */
static void settle(struct connection *connection)
{
    if (connection_is_ready(connection))
        server_wake(connection->server);
    else if (!connection->is_closing && connection->has_ended && !connection->call &&
             !connection->unread_since_ms)
        connection_close(connection);
}

/* ---- coming and going --------------------------------------------------------------------- */

static void read_on(struct connection *connection)
{
    if (connection->is_reading || connection->has_ended || connection->is_closing)
        return;
    connection->is_reading = true;
    if (uv_read_start(stream_of(connection), on_room, on_read) < 0)
        connection_close(connection);
}

static void read_off(struct connection *connection)
{
    uv_read_stop(stream_of(connection));
    connection->is_reading = false;
}

void connection_start(struct varlink_server *server, int fd, const struct varlink_caller *caller)
{
    struct connection *connection = mem_new(1, sizeof *connection);
    connection->server = server;
    connection->caller = *caller;
    connection->idle_since_ms = uv_now(server->loop);
    connection->pipe.data = connection;
    connection->previous = server->last;
    *(server->last ? &server->last->next : &server->first) = connection;
    server->last = connection;
    server->n_open++;

    uv_pipe_init(server->loop, &connection->pipe, 0);
    if (uv_pipe_open(&connection->pipe, fd) < 0) {
        auto_fd(&fd);
        connection_close(connection);
        return;
    }
    read_on(connection);
}

void connection_close(struct connection *connection)
{
    if (connection->is_closing)
        return;
    connection->is_closing = true;
    connection->server->n_open--;
    uv_close((uv_handle_t *)&connection->pipe, on_closed);
}

static void on_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;
    struct varlink_call *call = connection->call;

    if (call) {
        call->connection = NULL;
        if (call->on_gone)
            call->on_gone(call, call->owner);
    }
    server_forget(connection->server, connection);
    free(connection->in);
    free(connection);
}

/* A caller that has closed its end, not only its sending half, reads no reply any more. */
static bool has_vanished(struct connection *connection)
{
    uv_os_fd_t fd;
    if (uv_fileno((uv_handle_t *)&connection->pipe, &fd) < 0)
        return false;
    struct pollfd end = {.fd = fd};
    return poll(&end, 1, 0) > 0 && end.revents & (POLLHUP | POLLERR | POLLNVAL);
}

static bool is_over(uint64_t since_ms, uint64_t limit_ms, uint64_t now)
{
    return since_ms && now - since_ms >= limit_ms;
}

void connection_check(struct connection *connection, uint64_t now)
{
    const struct varlink_limits *limits = &connection->server->limits;
    bool is_slow = is_over(connection->half_since_ms, limits->half_call_ms, now) ||
                   is_over(connection->unread_since_ms, limits->unread_ms, now) ||
                   (connection_is_idle(connection) &&
                    is_over(connection->idle_since_ms, limits->idle_ms, now));

    /* While we do not read, libuv does not tell. What it asked before it went, it is given, as long
     * as nothing is under way. */
    bool is_gone =
        !connection->is_reading && !connection_is_ready(connection) && has_vanished(connection);
    if (is_slow || is_gone)
        connection_close(connection);
}

/* ---- reading ------------------------------------------------------------------------------ */

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *room)
{
    (void)suggested;
    struct connection *connection = handle->data;
    size_t most = connection->server->limits.message + 1;

    if (connection->in_length == connection->in_size && connection->in_size < most) {
        size_t size = connection->in_size ? 2 * connection->in_size : IN_SIZE_FIRST;
        connection->in_size = size < most ? size : most;
        connection->in = mem_resize(connection->in, connection->in_size, 1);
    }
    size_t left = connection->in_size - connection->in_length;
    *room = uv_buf_init(connection->in + connection->in_length, (unsigned int)left);
}

/* Looks for the end of the first call, from a place before which there is none. */
static void find_call(struct connection *connection, size_t from)
{
    size_t length = connection->in_length;
    const char *end = length > from ? memchr(connection->in + from, '\0', length - from) : NULL;

    connection->call_length = end ? (size_t)(end - connection->in) + 1 : 0;
    if (end || !length)
        connection->half_since_ms = 0;
    else if (!connection->half_since_ms)
        connection->half_since_ms = now_ms(connection);
}

static void on_read(uv_stream_t *stream, ssize_t length, const uv_buf_t *room)
{
    (void)room;
    struct connection *connection = stream->data;
    size_t from = connection->in_length;

    if (length == 0)
        return;
    if (length < 0) {
        connection->is_reading = false;
        connection->has_ended = true;
        bool is_gone = length != UV_EOF || (connection->call && has_vanished(connection));
        if (is_gone)
            connection_close(connection);
        else
            settle(connection);
        return;
    }

    connection->in_length += (size_t)length;
    if (!connection->call_length)
        find_call(connection, from);
    if (connection->in_length > connection->server->limits.message) {
        if (!connection->call_length) { /* a call without an end */
            connection_close(connection);
            return;
        }
        read_off(connection); /* until there is room again */
    }
    settle(connection);
}

/* Drops the first call from the buffer. An empty one is given back: who waits costs nothing. */
static void consume(struct connection *connection)
{
    connection->in_length -= connection->call_length;
    if (connection->in_length) {
        memmove(connection->in, connection->in + connection->call_length, connection->in_length);
    } else {
        free(connection->in);
        connection->in = NULL;
        connection->in_size = 0;
    }
    find_call(connection, 0);
    read_on(connection);
}

void connection_serve(struct connection *connection)
{
    struct message message;
    enum message_kind kind =
        message_parse_call(connection->in, connection->call_length - 1, &message);

    consume(connection);
    if (kind == MESSAGE_GARBAGE) {
        message_done(&message);
        connection_close(connection);
        return;
    }

    struct varlink_call *call = mem_new(1, sizeof *call);
    call->connection = connection;
    call->caller = connection->caller;
    call->more = message.more;
    call->oneway = message.oneway;
    memcpy(call->method, message.method, sizeof call->method);
    connection->call = call;
    if (kind == MESSAGE_INVALID)
        varlink_invalid(call, message.invalid);
    else
        service_dispatch(connection->server, call, &message);
    message_done(&message);
}

/* ---- replying ----------------------------------------------------------------------------- */

static void send_text(struct connection *connection, char *text)
{
    struct varlink_server *server = connection->server;
    struct reply *reply = mem_new(1, sizeof *reply);
    reply->connection = connection;
    reply->text = text;
    reply->length = strlen(text) + 1; /* its NUL is the message's end */
    reply->request.data = reply;

    server->queued += reply->length;
    if (!connection->unread_since_ms)
        connection->unread_since_ms = now_ms(connection);
    uv_buf_t bytes = uv_buf_init(text, (unsigned int)reply->length);
    int failure = uv_write(&reply->request, stream_of(connection), &bytes, 1, on_written);
    if (failure < 0)
        on_written(&reply->request, failure);
}

static void on_written(uv_write_t *request, int status)
{
    struct reply *reply = request->data;
    struct connection *connection = reply->connection;

    connection->server->queued -= reply->length;
    free(reply->text);
    free(reply);
    if (status < 0) {
        connection_close(connection);
        return;
    }
    if (!uv_stream_get_write_queue_size(stream_of(connection))) {
        connection->unread_since_ms = 0;
        connection->idle_since_ms = now_ms(connection);
    }
    settle(connection);
}

/* A stream of replies does not wait for its caller, and all together have a bound. */
static bool is_too_much(const struct connection *connection, size_t length)
{
    const struct varlink_server *server = connection->server;
    return uv_stream_get_write_queue_size((const uv_stream_t *)&connection->pipe) >
               server->limits.queued ||
           length > server->limits.queued_all ||
           server->queued > server->limits.queued_all - length;
}

static void send_reply(struct varlink_call *call, const char *error, struct json_object *parameters,
                       bool continues)
{
    struct connection *connection = call->connection;
    if (!connection || connection->is_closing || call->oneway)
        return;
    AUTO(text) char *text = message_format_reply(error, parameters, continues);
    if (is_too_much(connection, strlen(text) + 1))
        connection_close(connection);
    else
        send_text(connection, TAKE(text));
}

static void end_call(struct varlink_call *call)
{
    struct connection *connection = call->connection;
    free(call);
    if (!connection)
        return;
    connection->call = NULL;
    connection->idle_since_ms = now_ms(connection);
    settle(connection);
}

void varlink_reply(struct varlink_call *call, struct json_object *parameters, bool continues)
{
    assert(call->more || !continues);
    send_reply(call, NULL, parameters, continues);
    if (!continues)
        end_call(call);
}

void varlink_error(struct varlink_call *call, const char *error, struct json_object *parameters)
{
    send_reply(call, error, parameters, false);
    end_call(call);
}

void varlink_invalid(struct varlink_call *call, const char *parameter)
{
    AUTO(json) struct json_object *parameters = json_object_new_object();
    json_object_object_add(parameters, "parameter", json_object_new_string(parameter));
    varlink_error(call, VARLINK_INVALID_PARAMETER, parameters);
}

/* ---- what a method may ask ---------------------------------------------------------------- */

const struct varlink_caller *varlink_caller(const struct varlink_call *call)
{
    return &call->caller;
}

const char *varlink_method_name(const struct varlink_call *call)
{
    return call->method;
}

bool varlink_wants_more(const struct varlink_call *call)
{
    return call->more;
}

void varlink_on_gone(struct varlink_call *call, varlink_gone_fn *on_gone, void *owner)
{
    call->on_gone = on_gone;
    call->owner = owner;
}
