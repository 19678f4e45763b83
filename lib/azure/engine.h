/* engine.h: the inside of struct azure, for the files of this folder and their tests. */
#pragma once

#include "azure/azure.h"
#include "azure/clock.h"
#include "azure/gate.h"
#include "azure/http.h"
#include "azure/tokens.h"

struct azure {
    uv_loop_t *loop;    /* borrowed */
    struct cloud cloud; /* its origins in normal form */
    unsigned moves;     /* how often it went elsewhere; what was begun before gets no token */
    struct credential_config credential;
    struct http *http;
    struct gate *gate;
    struct tokens *tokens;
    struct call *calls; /* those whose done has not been called */
    bool is_stopping;
    uint64_t requests;
    char principal[40]; /* who Resource Manager says that we are, or "" */
    struct clock_heard heard;
    unsigned second_ms; /* how long a second of waiting lasts: only tests make it shorter */
    void (*closed)(void *owner);
    void *owner;
};

/* The loop's time, brought up to date: what waits is counted from here (the loop's own idea of
 * now is as old as the callback that runs). */
uint64_t azure_now_ms(struct azure *azure);

/* What the token for that audience must be for. Borrowed. */
const char *azure_audience(const struct azure *azure, enum audience audience);

/* Takes note of an answer of Azure's: its Date. */
void azure_note(struct azure *azure, int64_t date_s);

/* A number from 0 to 1, for jitter. */
double azure_random(void);

/* ---- call.c, for azure.c ---- */

/* azure_stop() for one call. */
void call_stop(struct call *call);
struct call *call_next(const struct call *call);
