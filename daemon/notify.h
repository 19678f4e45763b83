/* notify.h: what the service manager is told, sd_notify(3). Nothing happens where there is no
 * manager that wants to know. */
#pragma once

#include <uv.h>

/* One sentence: how things stand. */
void notify_status(const char *status);
void notify_ready(const char *status);

/* RELOADING=1 with MONOTONIC_USEC in the same datagram; notify_ready() must follow in every
 * case, or `systemctl reload` waits for ever. */
void notify_reloading(void);
void notify_stopping(void);

/* WATCHDOG=1 from the loop itself, twice in each period that the manager allows: a loop that is
 * stuck is killed and starts anew. */
struct watchdog {
    uv_timer_t timer;
};

void watchdog_start(struct watchdog *watchdog, uv_loop_t *loop);
void watchdog_close(struct watchdog *watchdog);
