/* revoker_private.h: what revoker.c (when) and revoker_run.c (one run for one key) share. */
#pragma once

#include "reconcile/revoker.h"

#define REVOKER_NOT_SHOWN "NotShown" /* code: written, and not to be seen yet */

struct run {
    struct revoker *revoker;
    struct order order;       /* owned: as it was read last */
    struct json_object *todo; /* owned: ids of versions */
    struct json_object *list; /* owned: what the vault showed last */
    size_t next;              /* of todo */
    unsigned lists;           /* asked for in this run */
    bool has_switched;        /* in this run */
    bool wants_again;         /* asked for while at work */
    bool is_over;             /* its order is gone */
    struct call *call;        /* in flight */
    struct err trouble;       /* of this run */
    struct err stuck;         /* of the last one */
    unsigned failures;        /* in a row */
    uint64_t due_ms;          /* uv_now() time of the next run; 0: none */
    struct run *after;        /* of the revoker's list */
};

struct revoker {
    uv_loop_t *loop;
    struct azure *azure;
    struct order_folder *folder; /* borrowed */
    bool is_once, is_stopping;
    struct revoker_hooks hooks;
    struct run *first; /* owned */
    uv_timer_t timer;
};

/* Begins a run: not inside a function of revoker.h. It ends in revoker_ended(). */
void run_begin(struct run *run);

/* The run is through; see its trouble. */
void revoker_ended(struct run *run);
