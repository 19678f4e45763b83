/* A server that does not come to an end: what it sends beside a body fills no memory. */
#include "azure/http.h"

#include "base/mem.h"
#include "cases.h"

#include <arpa/inet.h>
#include <signal.h>
#include <unistd.h>

#define SENT_MAX (64U << 20)   /* then it gives up, and has won */
#define UNREAD_MAX (16U << 20) /* what the kernel may have taken of it */

/* clang-format off */
static struct endless_case {
    const char *name;
    const char *begin, *again; /* what it sends first; what it sends then, over and over */
} cases[] = {
    {"headers",         "HTTP/1.1 200 OK\r\n", "X-A: b\r\n"},
    {"one header",      "HTTP/1.1 200 OK\r\nX-A: ", "bcdefgh"},
    {"cookies",         "HTTP/1.1 200 OK\r\n", "Set-Cookie: a=b; Path=/\r\n"},
    {"interim answers", "", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"},
    {"trailers",        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X-A: b\r\n"},
    {"trailers after a body", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n", "X-A: b\r\n"},
    {"a body",          "HTTP/1.1 200 OK\r\n\r\n", "abcdefg"},
    {"the body of an error", "HTTP/1.1 500 No\r\n\r\n", "abcdefg"},
};
/* clang-format on */

struct server {
    const struct endless_case *row;
    uv_loop_t loop;
    uv_tcp_t listener, client;
    uv_write_t write;
    char *piece; /* owned: again, many times */
    size_t length, sent;
    struct err err;
    bool is_done, is_closed;
};

static void send_more(uv_write_t *write, int status)
{
    struct server *server = write->data;
    if (status < 0 || server->sent >= SENT_MAX) {
        uv_close((uv_handle_t *)&server->client, NULL);
        return;
    }
    server->sent += server->length;
    uv_buf_t buffer = uv_buf_init(server->piece, (unsigned)server->length);
    uv_write(write, (uv_stream_t *)&server->client, &buffer, 1, send_more);
}

static void on_client(uv_stream_t *listener, int status)
{
    struct server *server = listener->data;
    assert_int_equal(status, 0);
    uv_tcp_init(&server->loop, &server->client);
    assert_int_equal(uv_accept(listener, (uv_stream_t *)&server->client), 0);
    uv_buf_t begin =
        uv_buf_init((char *)(uintptr_t)server->row->begin, (unsigned)strlen(server->row->begin));
    server->write.data = server;
    uv_write(&server->write, (uv_stream_t *)&server->client, &begin, 1, send_more);
}

static int listen_to(struct server *server)
{
    struct sockaddr_in address;
    int length = sizeof address;
    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_init(&server->loop, &server->listener);
    server->listener.data = server;
    assert_int_equal(uv_tcp_bind(&server->listener, (struct sockaddr *)&address, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&server->listener, 1, on_client), 0);
    uv_tcp_getsockname(&server->listener, (struct sockaddr *)&address, &length);
    return ntohs(address.sin_port);
}

static void on_done(void *owner, struct http_answer *answer, bool was_sent, const struct err *err)
{
    struct server *server = owner;
    assert_true(was_sent);
    assert_true(answer->headers_length <= ANSWER_HEADERS_MAX);
    if (err)
        server->err = *err;
    server->is_done = true;
}

static void on_closed(void *owner)
{
    ((struct server *)owner)->is_closed = true;
}

static void check(void **state)
{
    struct server server = {.row = *state};
    struct http *http;
    struct err err;
    alarm(60);
    uv_loop_init(&server.loop);
    size_t once = strlen(server.row->again), times = 65536 / once;
    server.length = once * times;
    server.piece = mem_new(server.length + 1, 1);
    for (size_t i = 0; i < times; i++)
        memcpy(server.piece + i * once, server.row->again, once);
    AUTO(text) char *url = mem_format("http://127.0.0.1:%d/", listen_to(&server));
    assert_true(http_new(&server.loop, NULL, NULL, &http, &err));
    http_start(http, &(struct http_send){.method = "GET", .url = url, .is_plain = true}, on_done,
               &server);
    while (!server.is_done)
        uv_run(&server.loop, UV_RUN_ONCE);
    assert_int_equal(server.err.domain, ERR_TRANSPORT);
    assert_in_range(server.sent, 1, UNREAD_MAX + HTTP_BODY_MAX);
    http_free(http, on_closed, &server);
    uv_close((uv_handle_t *)&server.listener, NULL);
    uv_run(&server.loop, UV_RUN_DEFAULT);
    assert_true(server.is_closed);
    assert_int_equal(uv_loop_close(&server.loop), 0);
    free(server.piece);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    return CASES_RUN(cases, check);
}
