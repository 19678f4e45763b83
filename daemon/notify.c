#include "notify.h"

#include "report/escape.h"

#include <inttypes.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>
#include <time.h>

void notify_status(const char *status)
{
    AUTO(text) char *line = escape_line(status, 0);
    sd_notifyf(0, "STATUS=%s", line);
}

void notify_ready(const char *status)
{
    AUTO(text) char *line = escape_line(status, 0);
    sd_notifyf(0, "READY=1\nSTATUS=%s", line);
}

void notify_reloading(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\nSTATUS=reading the configuration again",
               (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

void notify_stopping(void)
{
    sd_notify(0, "STOPPING=1\nSTATUS=stopping: requests in flight are being finished");
}

static void on_timer(uv_timer_t *timer)
{
    (void)timer;
    sd_notify(0, "WATCHDOG=1");
}

void watchdog_start(struct watchdog *watchdog, uv_loop_t *loop)
{
    uint64_t period_us = 0;
    uv_timer_init(loop, &watchdog->timer);
    if (sd_watchdog_enabled(0, &period_us) <= 0)
        return;
    uint64_t half_ms = period_us / 2000 ? period_us / 2000 : 1;
    uv_timer_start(&watchdog->timer, on_timer, 0, half_ms);
}

void watchdog_close(struct watchdog *watchdog)
{
    uv_close((uv_handle_t *)&watchdog->timer, NULL);
}
