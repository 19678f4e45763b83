/* signals.h: the signals that cmkd understands, as calls from the loop. */
#pragma once

#include <stdbool.h>
#include <uv.h>

#define SIGNALS_COUNT 5

/* Called from the loop. A second SIGTERM or SIGINT does not come here: it ends the process. */
typedef void signals_fn(void *owner, int signal);

struct signals {
    uv_signal_t handles[SIGNALS_COUNT];
    signals_fn *on_signal;
    void *owner;
    bool was_told_to_stop;
};

/* In the caller's memory, which stays until the loop has closed the handles. */
void signals_start(struct signals *signals, uv_loop_t *loop, signals_fn *on_signal, void *owner);
void signals_close(struct signals *signals);
