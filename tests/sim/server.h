/* server.h: HTTP/1.1 on two loopback ports, HTTPS for all of Azure and plain HTTP for IMDS, in one
 * thread around one epoll: so the simulated Azure needs no lock, and every request is whole
 * before the next is looked at. libmicrohttpd speaks HTTP and (through GnuTLS) TLS. */
#pragma once

#include "base/err.h"
#include "exchange.h"
#include "origins.h"
#include "tls.h"

struct server {
    struct origins origins;
    struct sim *sim;       /* owned, once it is open */
    struct faults *faults; /* owned */
    struct log *log;       /* owned */
    struct MHD_Daemon *https, *http;
    struct exchange *held; /* those that wait, in no order */
    int epoll_fd, signal_fd;
    bool woken; /* one that was held may go on: libmicrohttpd's timeout does not say so */
    bool stopping;
};

/* Opens both ports (0: any free one) and makes an empty Azure behind them. */
bool server_open(struct server *server, const struct tls *tls, const struct origins *ports,
                 struct err *err) MUST_CHECK;

/* Serves until SIGTERM or SIGINT, which are blocked for it from server_open() on. */
bool server_run(struct server *server, struct err *err) MUST_CHECK;

void server_close(struct server *server);

/* Puts the exchange's connection to rest for that long, or until its client goes away. */
void server_hold(struct exchange *exchange, int64_t ms);

/* Milliseconds of a clock that only goes forward. */
int64_t server_now_ms(void);
