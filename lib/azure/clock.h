/* clock.h: what time Azure says it is, from the Date of its answers (RFC 9110, 6.6.1). Between two
 * answers a clock that nobody sets carries it on: an own clock that is set, by hand, by NTP or by a
 * machine that was halted, shows at once, not only with the next answer. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct clock_heard {
    int64_t date_s; /* the latest Date; 0: none has come yet */
    int64_t boot_s; /* CLOCK_BOOTTIME when it came: it goes on while the machine sleeps */
};

/* The own clock minus Azure's; 0 while nothing has been heard. */
int64_t clock_skew_s(const struct clock_heard *heard, int64_t own_s, int64_t boot_s);
