/* server.c: HTTP on two loopback ports, in one thread around one epoll.
 *
 *     on_target ─► on_head ─► on_body ─► hold? ─► serve ─► deliver ─► on_completed
 *
 * libmicrohttpd calls on_request() again and again for one request: first with its head, then
 * with parts of its body, once with nothing when all has come, and again after each hold. */
#include "server.h"

#include "control.h"
#include "deliver.h"
#include "faults.h"
#include "log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 12000         /* a fleet's vaults are hosts each */
#define CONNECTION_MEMORY (64u << 10) /* a poll URL has 3 kB, a token 2 kB */
#define EVENTS_MAX 32

static struct MHD_Daemon *open_port(struct server *server, const struct tls *tls, unsigned *port);
static bool watch(struct server *server, int fd);
static void *on_target(void *owner, const char *target, struct MHD_Connection *connection);
static enum MHD_Result on_request(void *owner, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *length, void **request);
static enum MHD_Result serve(struct exchange *exchange);
static void on_completed(void *owner, struct MHD_Connection *connection, void **request,
                         enum MHD_RequestTerminationCode why);

/* ---- life ----------------------------------------------------------------------------------- */

bool server_open(struct server *server, const struct tls *tls, const struct origins *ports,
                 struct err *err)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }

    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    sigprocmask(SIG_BLOCK, &stop, NULL);
    signal(SIGPIPE, SIG_IGN);

    *server = (struct server){.origins = *ports, .signal_fd = -1};
    server->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    server->signal_fd = signalfd(-1, &stop, SFD_CLOEXEC | SFD_NONBLOCK);
    if (server->epoll_fd < 0 || server->signal_fd < 0 || !watch(server, server->signal_fd))
        return err_errno(err, "cannot set up the event loop");

    server->https = open_port(server, tls, &server->origins.port);
    if (!server->https)
        return err_errno(err, "cannot listen on 127.0.0.1 port %u", ports->port);
    server->http = open_port(server, NULL, &server->origins.imds_port);
    if (!server->http)
        return err_errno(err, "cannot listen on 127.0.0.1 port %u", ports->imds_port);

    server->sim = sim_new(server->origins.port);
    server->faults = faults_new(server->sim);
    server->log = log_new();
    return true;
}

/* Exact and bare: no date of its own (azsim's clock may be shifted), no thread, no idle limit. */
static struct MHD_Daemon *open_port(struct server *server, const struct tls *tls, unsigned *port)
{
    struct sockaddr_in loopback = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)*port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    struct MHD_OptionItem with_tls[] = {
        {MHD_OPTION_HTTPS_MEM_KEY, 0, tls ? tls->key : NULL},
        {MHD_OPTION_HTTPS_MEM_CERT, 0, tls ? tls->certificate : NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_SUPPRESS_DATE_NO_CLOCK |
                     (tls ? MHD_USE_TLS : MHD_NO);
    struct MHD_Daemon *daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_SOCK_ADDR, &loopback,
        MHD_OPTION_URI_LOG_CALLBACK, on_target, server, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
        NULL, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_ARRAY, tls ? with_tls : with_tls + 2,
        MHD_OPTION_END);
    if (!daemon)
        return NULL;

    *port = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    if (!watch(server, MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd)) {
        MHD_stop_daemon(daemon);
        return NULL;
    }
    return daemon;
}

static bool watch(struct server *server, int fd)
{
    struct epoll_event event = {.events = EPOLLIN};
    return epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

void server_close(struct server *server)
{
    if (server->https)
        MHD_stop_daemon(server->https);
    if (server->http)
        MHD_stop_daemon(server->http);
    log_free(server->log);
    faults_free(server->faults);
    sim_free(server->sim);
    auto_fd(&server->signal_fd);
    auto_fd(&server->epoll_fd);
}

/* ---- the loop ------------------------------------------------------------------------------- */

int64_t server_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static int sooner(int a, int64_t b)
{
    if (b < 0)
        b = 0;
    if (b > INT32_MAX)
        b = INT32_MAX;
    return a < 0 || b < a ? (int)b : a;
}

static int next_timeout(const struct server *server)
{
    int timeout = server->woken ? 0 : -1;
    MHD_UNSIGNED_LONG_LONG ms;
    if (MHD_get_timeout(server->https, &ms) == MHD_YES)
        timeout = sooner(timeout, (int64_t)ms);
    if (MHD_get_timeout(server->http, &ms) == MHD_YES)
        timeout = sooner(timeout, (int64_t)ms);
    for (const struct exchange *x = server->held; x; x = x->next_held)
        if (x->due_ms != HOLD_FOR_EVER)
            timeout = sooner(timeout, x->due_ms - server_now_ms());
    return timeout;
}

void server_hold(struct exchange *x, int64_t ms)
{
    struct epoll_event event = {.events = EPOLLRDHUP, .data.ptr = x};
    epoll_ctl(x->server->epoll_fd, EPOLL_CTL_ADD, connection_fd(x->connection), &event);
    x->due_ms = ms == HOLD_FOR_EVER ? HOLD_FOR_EVER : server_now_ms() + ms;
    x->next_held = x->server->held;
    x->server->held = x;
    MHD_suspend_connection(x->connection);
}

static void let_go(struct exchange *x)
{
    struct exchange **link = &x->server->held;
    while (*link != x)
        link = &(*link)->next_held;
    *link = x->next_held;
    epoll_ctl(x->server->epoll_fd, EPOLL_CTL_DEL, connection_fd(x->connection), NULL);
    MHD_resume_connection(x->connection);
}

/* Those whose time has come; all of them, cut off, when azsim stops. */
static void let_go_due(struct server *server)
{
    struct exchange *next;
    for (struct exchange *x = server->held; x; x = next) {
        next = x->next_held;
        x->dropped = x->dropped || server->stopping;
        if (x->dropped || (x->due_ms != HOLD_FOR_EVER && x->due_ms <= server_now_ms()))
            let_go(x);
    }
}

bool server_run(struct server *server, struct err *err)
{
    while (!server->stopping) {
        struct epoll_event events[EVENTS_MAX];
        int count = epoll_wait(server->epoll_fd, events, EVENTS_MAX, next_timeout(server));
        server->woken = false;
        if (count < 0 && errno != EINTR)
            return err_errno(err, "cannot wait for events");
        for (int i = 0; i < count; i++) {
            struct exchange *gone = events[i].data.ptr; /* NULL: a port or a signal */
            if (gone)
                gone->dropped = true;
        }

        struct signalfd_siginfo signal;
        if (read(server->signal_fd, &signal, sizeof signal) == sizeof signal)
            server->stopping = true;
        let_go_due(server);
        if (MHD_run(server->https) != MHD_YES || MHD_run(server->http) != MHD_YES)
            return err_set(err, ERR_SYSTEM, "Http", "libmicrohttpd gave up");
    }
    return true;
}

/* Those that wait for a request: one has come, and they look whether it is theirs. */
static void wake_awaiting(struct server *server)
{
    struct exchange *next;
    for (struct exchange *x = server->held; x; x = next) {
        next = x->next_held;
        if (x->awaits) {
            let_go(x);
            server->woken = true;
        }
    }
}

/* ---- one request ---------------------------------------------------------------------------- */

static void *on_target(void *owner, const char *target, struct MHD_Connection *connection)
{
    return exchange_new(owner, connection, target);
}

static enum MHD_Result on_request(void *owner, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *length, void **request)
{
    (void)owner, (void)connection, (void)url, (void)version;
    struct exchange *x = *request;

    switch (x->step) {
    case STEP_HEADERS:
        exchange_head(x, method);
        x->step = STEP_BODY;
        return MHD_YES;
    case STEP_BODY:
        if (*length > 0) {
            exchange_more(x, data, *length);
            *length = 0;
            return MHD_YES;
        }
        exchange_whole(x);
        log_request(x->server->log, x);
        x->step = STEP_HELD;
        if (x->audience != AUDIENCE_CONTROL) {
            wake_awaiting(x->server);
            faults_begin(x->server->faults, x);
        }
        if (x->hold_ms > 0) {
            server_hold(x, x->hold_ms);
            return MHD_YES;
        }
        return serve(x);
    case STEP_HELD:
        return x->dropped ? MHD_NO : serve(x);
    case STEP_ANSWERED:
        return MHD_NO;
    }
    return MHD_NO;
}

static enum MHD_Result serve(struct exchange *x)
{
    if (x->audience == AUDIENCE_CONTROL)
        control_serve(x);
    else
        faults_serve(x->server->faults, x);
    if (x->awaits) {
        server_hold(x, HOLD_FOR_EVER);
        return MHD_YES;
    }
    x->step = x->wire == WIRE_STALL ? STEP_HELD : STEP_ANSWERED;
    return deliver(x);
}

static void on_completed(void *owner, struct MHD_Connection *connection, void **request,
                         enum MHD_RequestTerminationCode why)
{
    (void)owner, (void)connection, (void)why;
    struct exchange *x = *request;
    if (x)
        faults_end(x->server->faults, x);
    exchange_free(x);
    *request = NULL;
}
