/* deliver.c: how an answer goes onto the wire. */
#include "deliver.h"

#include "log.h"
#include "server.h"

#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BLOCK 16384

static ssize_t on_half(void *owner, uint64_t at, char *buffer, size_t max);
static ssize_t on_drip(void *owner, uint64_t at, char *buffer, size_t max);
static ssize_t on_huge(void *owner, uint64_t at, char *buffer, size_t max);

int connection_fd(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

/* An RST, at once: connecting a TCP socket to no address aborts it (connect(2)), with no close
 * alert of TLS before it. What was sent so far is pushed out first. */
static void reset(struct MHD_Connection *connection)
{
    int fd = connection_fd(connection), on = 1, off = 0;
    setsockopt(fd, IPPROTO_TCP, TCP_CORK, &off, sizeof off);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)connect(fd, &(struct sockaddr){.sa_family = AF_UNSPEC}, sizeof(struct sockaddr));
}

static void send_half_a_header(struct exchange *x)
{
    AUTO(text) char *head = mem_format("HTTP/1.1 %d OK\r\nContent-Type: appli", x->response.status);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    if (x->is_plain)
        send(connection_fd(x->connection), head, strlen(head), MSG_NOSIGNAL);
    else
        gnutls_record_send(info->tls_session, head, strlen(head));
}

static void take_body(struct exchange *x)
{
    struct sim_response *response = &x->response;
    x->sending = response->body
                     ? mem_text(json_object_to_json_string_ext(
                           response->body, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE))
                     : mem_text(response->body_text ? response->body_text : "");
    x->sending_length = strlen(x->sending);
}

static struct MHD_Response *make_response(struct exchange *x)
{
    switch (x->wire) {
    case WIRE_RESET_IN_BODY:
    case WIRE_TRUNCATE:
        return MHD_create_response_from_callback(x->sending_length, BLOCK, on_half, x, NULL);
    case WIRE_DRIP:
        return MHD_create_response_from_callback(x->sending_length, 1, on_drip, x, NULL);
    case WIRE_HUGE:
        return MHD_create_response_from_callback(x->announced, BLOCK, on_huge, x, NULL);
    case WIRE_WHOLE:
    case WIRE_RESET_BEFORE:
    case WIRE_RESET_IN_HEADER:
    case WIRE_CLOSE:
    case WIRE_STALL:
        break;
    }
    return MHD_create_response_from_buffer(x->sending_length, x->sending, MHD_RESPMEM_PERSISTENT);
}

static void add_headers(struct exchange *x, struct MHD_Response *wire)
{
    const struct sim_response *response = &x->response;
    char date[HTTP_DATE_SIZE];
    exchange_http_date(x, 0, date);
    MHD_add_response_header(wire, "Date", date);
    if (x->sending_length > 0 || x->wire == WIRE_HUGE)
        MHD_add_response_header(wire, "Content-Type",
                                response->content_type ? response->content_type
                                                       : "application/json; charset=utf-8");
    for (int i = 0; i < response->n_headers; i++)
        MHD_add_response_header(wire, response->headers[i].name, response->headers[i].value);
}

enum MHD_Result deliver(struct exchange *x)
{
    switch (x->wire) {
    case WIRE_RESET_BEFORE:
    case WIRE_RESET_IN_HEADER:
        if (x->wire == WIRE_RESET_IN_HEADER)
            send_half_a_header(x);
        reset(x->connection);
        /* fall through */
    case WIRE_CLOSE:
        log_answer(x, 0);
        return MHD_NO;
    case WIRE_STALL:
        log_answer(x, 0);
        server_hold(x, HOLD_FOR_EVER);
        return MHD_YES;
    case WIRE_WHOLE:
    case WIRE_RESET_IN_BODY:
    case WIRE_TRUNCATE:
    case WIRE_DRIP:
    case WIRE_HUGE:
        break;
    }

    take_body(x);
    struct MHD_Response *wire = make_response(x);
    add_headers(x, wire);
    log_answer(x, x->response.status);
    enum MHD_Result queued = MHD_queue_response(x->connection, (unsigned)x->response.status, wire);
    MHD_destroy_response(wire);
    return queued;
}

/* ---- bodies that libmicrohttpd asks for piece by piece -------------------------------------- */

static ssize_t on_half(void *owner, uint64_t at, char *buffer, size_t max)
{
    struct exchange *x = owner;
    size_t half = x->sending_length / 2, left = half > at ? half - (size_t)at : 0;
    if (left == 0) {
        if (x->wire == WIRE_RESET_IN_BODY)
            reset(x->connection);
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    size_t count = left < max ? left : max;
    memcpy(buffer, x->sending + at, count);
    return (ssize_t)count;
}

/* A byte, then a hold, in turn. */
static ssize_t on_drip(void *owner, uint64_t at, char *buffer, size_t max)
{
    struct exchange *x = owner;
    (void)max;
    if (x->dropped)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    x->drip_due = !x->drip_due;
    if (x->drip_due) {
        server_hold(x, x->pause_ms);
        return 0;
    }
    *buffer = x->sending[at];
    return 1;
}

/* Valid JSON for as long as one cares to read. */
static ssize_t on_huge(void *owner, uint64_t at, char *buffer, size_t max)
{
    static const char start[] = "{\"value\":[\"";
    (void)owner;
    memset(buffer, 'a', max);
    if (at == 0 && max >= sizeof start)
        memcpy(buffer, start, sizeof start - 1);
    return (ssize_t)max;
}
