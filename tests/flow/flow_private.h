/* flow_private.h: what the files of the harness share. Tests include flow.h; this one too
 * only where they make connections of their own. */
#pragma once

#include "child.h"
#include "flow.h"

#include "base/js.h"
#include "sim/origins.h"

/* Who cmkd and the test are to azsim. */
#define FLOW_TENANT "11111111-1111-1111-1111-111111111111"
#define FLOW_CLIENT "22222222-2222-2222-2222-222222222222"
#define FLOW_SECRET "azsim-secret"
#define FLOW_PRINCIPAL "33333333-3333-3333-3333-333333333333"
#define FLOW_OPERATOR "77777777-7777-7777-7777-777777777777" /* the test itself */

struct flow {
    char *directory;        /* owned */
    char *ca_file;          /* owned */
    char *control;          /* owned: "https://localhost:PORT/_sim" */
    const char *credential; /* static */
    const char *withheld;   /* borrowed: an action that cmkd's role lacks, or NULL */
    struct origins origins;
    const void *row; /* borrowed, or NULL */
    struct child azsim, cmkd;
    int exit;
    int64_t awaited;              /* sequence number of the request that was waited for last */
    struct json_object *document; /* owned, or NULL */
    struct json_object *cloud;    /* owned */
    int64_t *ahead_s;             /* mapped: the clock of the test's own, or NULL */
};

struct flow *flow_of(void **flow);

/* The test's own clock, which the programs that are started meanwhile have: flow_time.c. */
bool flow_time_begin(struct flow *flow);
void flow_time_end(struct flow *flow); /* does nothing where there is none */

/* Gives the callers of a seed, which is being built, their roles: flow_role.c. */
void flow_authorize(void **flow, struct json_object *seed);
