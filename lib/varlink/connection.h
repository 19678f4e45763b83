/* connection.h: what server.c and connection.c share of the server. */
#pragma once

#include "varlink/idl.h"
#include "varlink/server.h"

/* Calls that are answered in one turn of the loop, over all connections. */
#define CALLS_A_TURN 4

struct varlink_server {
    uv_loop_t *loop;
    const struct varlink_service *service; /* borrowed */
    struct varlink_limits limits;          /* none is 0 */
    struct varlink_interface itself;       /* org.varlink.service */
    struct idl *itself_idl;                /* owned */
    struct idl **idls;                     /* owned: of service->interfaces, in their order */

    int listener; /* owned: the fd; -1 once it is closed */
    gid_t group;  /* (gid_t)-1: none */
    dev_t socket_dev;
    ino_t socket_ino; /* what we made, to remove nothing else */

    uv_poll_t acceptable;
    uv_timer_t pause; /* until accepting is tried again */
    uv_timer_t tick;  /* looks for who has been too slow */
    uv_idle_t work;   /* runs while a connection has a call that can be answered */
    unsigned int n_handles;
    bool is_closing;

    struct connection *first, *last; /* the longest unserved first */
    size_t n_open;                   /* connections not closing */
    size_t queued;                   /* bytes of replies in memory */
};

struct varlink_call {
    struct connection *connection; /* borrowed; NULL: the caller has gone */
    char method[VARLINK_NAME_SIZE];
    struct varlink_caller caller;
    bool more;
    bool oneway;
    varlink_gone_fn *on_gone;
    void *owner;
};

/*     read ─► whole call? ─► [server: work] ─► method ─► varlink_reply() ─► written ─┐
 *      ▲                                                                             │
 *      └─────────────────────────────────────────────────────────────────────────────┘ */
struct connection {
    uv_pipe_t pipe;
    struct varlink_server *server; /* borrowed */
    struct connection *next, *previous;
    struct varlink_caller caller;
    struct varlink_call *call; /* under way; NULL: none */

    char *in; /* owned: what was read and not yet looked at; NULL while there is nothing */
    size_t in_size, in_length;
    size_t call_length; /* of the first call in it, with its NUL; 0: none is whole */

    bool is_reading; /* false: the buffer is full, or nothing more comes */
    bool has_ended;  /* the caller sends nothing more; it may still read */
    bool is_closing;

    uint64_t half_since_ms;   /* an unfinished call is in the buffer: since when; 0: none */
    uint64_t idle_since_ms;   /* when it last had something to do */
    uint64_t unread_since_ms; /* replies are not all written: since when; 0: they are */
};

/* Takes fd over, nonblocking and just accepted. */
void connection_start(struct varlink_server *server, int fd, const struct varlink_caller *caller);

/* Nothing is asked and nothing is owed. */
bool connection_is_idle(const struct connection *connection);

/* There is a whole call, and nothing before it. */
bool connection_is_ready(const struct connection *connection);

/* Answers the first call in the buffer: only if it is ready. */
void connection_serve(struct connection *connection);

/* Closes it if the caller has vanished, or has been too slow for the limits. */
void connection_check(struct connection *connection, uint64_t now_ms);

void connection_close(struct connection *connection);

/* In server.c: there is work; a connection has gone. */
void server_wake(struct varlink_server *server);
void server_forget(struct varlink_server *server, struct connection *connection);

/* In service.c: the method of the call, or the error that there is none. */
void service_dispatch(struct varlink_server *server, struct varlink_call *call,
                      struct message *message);

/* Reads the descriptions and compares them with the methods. */
bool service_load(struct varlink_server *server, struct err *err) MUST_CHECK;
void service_unload(struct varlink_server *server);
