#include "signals.h"

#include "base/mem.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define EXIT_TORN 2 /* nobody knows what became of the requests in flight */

static const int understood[SIGNALS_COUNT] = {SIGHUP, SIGUSR1, SIGUSR2, SIGTERM, SIGINT};

static void on_signal(uv_signal_t *handle, int signal)
{
    struct signals *signals = handle->data;
    if (signal == SIGTERM || signal == SIGINT) {
        if (signals->was_told_to_stop)
            _exit(EXIT_TORN);
        signals->was_told_to_stop = true;
    }
    signals->on_signal(signals->owner, signal);
}

void signals_start(struct signals *signals, uv_loop_t *loop, signals_fn *callback, void *owner)
{
    signals->on_signal = callback;
    signals->owner = owner;
    signals->was_told_to_stop = false;
    for (size_t i = 0; i < COUNT(understood); i++) {
        uv_signal_t *handle = &signals->handles[i];
        uv_signal_init(loop, handle);
        handle->data = signals;
        int failure = uv_signal_start(handle, on_signal, understood[i]);
        assert(!failure); /* only for signals that do not exist */
        (void)failure;
    }
}

void signals_close(struct signals *signals)
{
    for (size_t i = 0; i < COUNT(understood); i++)
        uv_close((uv_handle_t *)&signals->handles[i], NULL);
}
