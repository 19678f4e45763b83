/* plain.c: the least that any server on libmicrohttpd can spend: one constant body over kept-alive
 * TLS, under the same certificate, whatever is asked for. What azsim serves in a second is given as
 * a ratio to this.
 *
 * usage: plain BODY_FILE      prints "plain ready https://127.0.0.1:PORT"; ends with its input */
#include "sim/file.h"
#include "sim/tls.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum MHD_Result on_request(void *owner, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *length, void **request)
{
    (void)url, (void)method, (void)version, (void)data, (void)length;
    static char seen;
    if (!*request) { /* the headers alone: the body is to come */
        *request = &seen;
        return MHD_YES;
    }
    return MHD_queue_response(connection, 200, owner);
}

static struct MHD_Daemon *start(const struct tls *tls, struct MHD_Response *response)
{
    struct sockaddr_in loopback = {.sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TLS, 0, NULL, NULL, on_request,
                            response, MHD_OPTION_SOCK_ADDR, &loopback, MHD_OPTION_HTTPS_MEM_KEY,
                            tls->key, MHD_OPTION_HTTPS_MEM_CERT, tls->certificate, MHD_OPTION_END);
}

static bool serve(const char *file, struct err *err)
{
    struct tls tls = {0};
    AUTO(text) char *body = NULL;
    if (!file_load(file, &body, err) || !tls_make(&tls, err))
        return false;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(body), body, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(response, "Content-Type", "application/json; charset=utf-8");
    struct MHD_Daemon *daemon = start(&tls, response);
    if (daemon) {
        printf("plain ready https://127.0.0.1:%u\n",
               MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
        fflush(stdout);
        for (char byte; read(STDIN_FILENO, &byte, 1) > 0;)
            ;
        MHD_stop_daemon(daemon);
    }
    MHD_destroy_response(response);
    tls_done(&tls);
    return daemon || err_errno(err, "cannot listen");
}

int main(int argc, char **argv)
{
    struct err err;
    if (argc != 2) {
        fputs("usage: plain BODY_FILE\n", stderr);
        return 2;
    }
    if (serve(argv[1], &err))
        return 0;
    fprintf(stderr, "plain: %s\n", err.message);
    return 1;
}
