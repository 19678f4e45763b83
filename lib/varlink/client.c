/* client.c: the caller's side of Varlink. Each wait has one deadline, over all its steps. */
#include "varlink/client.h"

#include "base/js.h"
#include "varlink/listener.h"
#include "varlink/message.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define IN_SIZE_FIRST 4096
#define REPLY_SIZE_MAX ((size_t)64 << 20)

struct varlink_client {
    int fd;   /* owned */
    char *in; /* owned: read and not yet handed out */
    size_t in_size, in_length;
    struct json_object *error_parameters; /* owned */
};

/* ---- waiting ------------------------------------------------------------------------------ */

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t deadline_after(int64_t timeout_ms)
{
    return timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
}

static bool wait_for(int fd, short events, int64_t deadline_ms, struct err *err)
{
    for (;;) {
        struct pollfd one = {.fd = fd, .events = events};
        int64_t left = deadline_ms < 0 ? -1 : deadline_ms - now_ms();
        if (deadline_ms >= 0 && left < 0)
            left = 0;
        int found = poll(&one, 1, left > INT32_MAX ? INT32_MAX : (int)left);
        if (found > 0)
            return true;
        if (found == 0 && left <= INT32_MAX) {
            errno = ETIMEDOUT;
            return err_errno(err, "the service did not answer in time");
        }
        if (found < 0 && errno != EINTR)
            return err_errno(err, "cannot wait for the service");
    }
}

/* ---- connecting --------------------------------------------------------------------------- */

/* A full queue answers a nonblocking connect() with EAGAIN, and there is nothing to poll for; a
 * blocking one waits in the kernel, as long as the socket's send timeout says. */
static bool connect_until(int fd, const struct sockaddr_un *address, int64_t timeout_ms,
                          struct err *err)
{
    struct timeval limit = {.tv_sec = (time_t)(timeout_ms / 1000),
                            .tv_usec = (suseconds_t)(timeout_ms % 1000 * 1000)};
    if (timeout_ms == 0)
        limit.tv_usec = 1; /* 0 would be for ever */
    if (timeout_ms >= 0 && setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) < 0)
        return err_errno(err, "cannot set a timeout");

    int connected;
    do {
        connected = connect(fd, (const struct sockaddr *)address, sizeof *address);
    } while (connected < 0 && errno == EINTR);
    if (connected < 0 && errno == EAGAIN)
        errno = ETIMEDOUT;
    return connected == 0 || err_errno(err, "cannot connect to %s", address->sun_path);
}

bool varlink_connect(const char *path, int64_t timeout_ms, struct varlink_client **client,
                     struct err *err)
{
    struct sockaddr_un address;
    if (!listener_address(path, &address, err))
        return false;
    AUTO(fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return err_errno(err, "cannot make a socket");
    if (!connect_until(fd, &address, timeout_ms, err))
        return false;

    struct varlink_client *made = mem_new(1, sizeof *made);
    made->fd = fd;
    fd = -1;
    *client = made;
    return true;
}

void varlink_disconnect(struct varlink_client *client)
{
    if (!client)
        return;
    auto_fd(&client->fd);
    free(client->in);
    json_object_put(client->error_parameters);
    free(client);
}

/* ---- sending ------------------------------------------------------------------------------ */

static bool send_all(int fd, const char *text, size_t length, int64_t deadline_ms, struct err *err)
{
    while (length) {
        ssize_t sent = send(fd, text, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            text += sent;
            length -= (size_t)sent;
        } else if (errno == EAGAIN) {
            if (!wait_for(fd, POLLOUT, deadline_ms, err))
                return false;
        } else if (errno != EINTR) {
            errno = errno == EPIPE ? ECONNRESET : errno;
            return err_errno(err, "cannot call the service");
        }
    }
    return true;
}

static bool send_until(struct varlink_client *client, const char *method,
                       struct json_object *parameters, bool more, int64_t deadline_ms,
                       struct err *err)
{
    AUTO(text) char *text = message_format_call(method, parameters, more, false);
    json_object_put(client->error_parameters);
    client->error_parameters = NULL;
    return send_all(client->fd, text, strlen(text) + 1, deadline_ms, err);
}

bool varlink_send(struct varlink_client *client, const char *method, struct json_object *parameters,
                  bool more, int64_t timeout_ms, struct err *err)
{
    return send_until(client, method, parameters, more, deadline_after(timeout_ms), err);
}

/* ---- receiving ---------------------------------------------------------------------------- */

static bool make_room(struct varlink_client *client, struct err *err)
{
    if (client->in_length < client->in_size)
        return true;
    if (client->in_size >= REPLY_SIZE_MAX)
        return err_set(err, ERR_SYSTEM, "EPROTO", "the reply is larger than %zu bytes",
                       REPLY_SIZE_MAX);
    client->in_size = client->in_size ? 2 * client->in_size : IN_SIZE_FIRST;
    client->in = mem_resize(client->in, client->in_size, 1);
    return true;
}

/* Reads on until a message is whole; its length without the NUL. */
static bool read_message(struct varlink_client *client, int64_t deadline_ms, size_t *length,
                         struct err *err)
{
    for (size_t looked_at = 0;;) {
        char *from = client->in ? client->in + looked_at : NULL;
        char *end = from ? memchr(from, '\0', client->in_length - looked_at) : NULL;
        if (end) {
            *length = (size_t)(end - client->in);
            return true;
        }
        looked_at = client->in_length;
        if (!make_room(client, err) || !wait_for(client->fd, POLLIN, deadline_ms, err))
            return false;
        ssize_t got = recv(client->fd, client->in + client->in_length,
                           client->in_size - client->in_length, MSG_DONTWAIT);
        if (got > 0) {
            client->in_length += (size_t)got;
        } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
            errno = got == 0 ? ECONNRESET : errno;
            return err_errno(err, "the service ended the connection without an answer");
        }
    }
}

static bool receive_until(struct varlink_client *client, int64_t deadline_ms,
                          struct json_object **parameters, bool *continues, struct err *err)
{
    size_t length = 0;
    char name[VARLINK_NAME_SIZE];
    AUTO(json) struct json_object *values = NULL;
    bool more_follow = false;

    if (!read_message(client, deadline_ms, &length, err))
        return false;
    bool is_reply = message_parse_reply(client->in, length, name, &values, &more_follow, err);
    client->in_length -= length + 1;
    memmove(client->in, client->in + length + 1, client->in_length);
    if (!is_reply)
        return false;
    if (name[0]) {
        client->error_parameters = TAKE(values);
        return err_set(err, ERR_SYSTEM, name, "the service answered %s", name);
    }
    *parameters = TAKE(values);
    *continues = more_follow;
    return true;
}

bool varlink_receive(struct varlink_client *client, int64_t timeout_ms,
                     struct json_object **parameters, bool *continues, struct err *err)
{
    return receive_until(client, deadline_after(timeout_ms), parameters, continues, err);
}

bool varlink_call(struct varlink_client *client, const char *method, struct json_object *parameters,
                  int64_t timeout_ms, struct json_object **reply, struct err *err)
{
    bool continues = false;
    int64_t deadline_ms = deadline_after(timeout_ms);
    AUTO(json) struct json_object *values = NULL;

    if (!send_until(client, method, parameters, false, deadline_ms, err) ||
        !receive_until(client, deadline_ms, &values, &continues, err))
        return false;
    if (continues)
        return err_set(err, ERR_SYSTEM, "EPROTO", "more replies than one were not asked for");
    *reply = TAKE(values);
    return true;
}

/* ---- errors ------------------------------------------------------------------------------- */

/* The names of errno have no dot, those of Varlink have. */
bool varlink_is_answer(const struct err *err)
{
    return err->domain == ERR_SYSTEM && err->status == 0 && strchr(err->code, '.');
}

struct json_object *varlink_error_parameters(const struct varlink_client *client)
{
    return client->error_parameters;
}
