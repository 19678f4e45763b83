/* peer.h: a Varlink service of the tests' own, and callers of it that do as they like. All of it
 * runs on one loop, in one thread. */
#pragma once

#include "cases.h"

#include "varlink/server.h"

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#define KEPT_MAX 128

struct peers {
    uv_loop_t loop;
    uv_timer_t watchdog; /* fails the test: whatever is waited for does not come */
    char folder[64];
    char path[96];
    struct varlink_service service;
    struct varlink_server *server;

    struct varlink_call *kept[KEPT_MAX]; /* calls of Keep, in their order; NULL: it has gone */
    size_t n_kept;
    size_t n_calls; /* of Echo */
    size_t n_gone;
};

/* The service as a whole, in a folder of its own. limits may be NULL. */
void peers_start(struct peers *peers, const struct varlink_limits *limits);

/* Closes it and shows that nothing is left: no handle, no socket, no folder. */
void peers_done(struct peers *peers);

void peers_turn(struct peers *peers); /* one turn of the loop */

int peer_connect(struct peers *peers);
void peer_send(struct peers *peers, int fd, const char *bytes, size_t length);

/* A call, its NUL with it; quotes may be single ones. */
void peer_call(struct peers *peers, int fd, const char *text);

/* The next message is this (json-c reads single quotes); or the connection is ended. */
void peer_expect(struct peers *peers, int fd, const char *expected);
void peer_expect_end(struct peers *peers, int fd);

/* A caller of its own is answered: what was done to the service does not matter to others. */
void peers_expect_alive(struct peers *peers);
