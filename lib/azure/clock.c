#include "azure/clock.h"

int64_t clock_skew_s(const struct clock_heard *heard, int64_t own_s, int64_t boot_s)
{
    return heard->date_s ? own_s - (heard->date_s + boot_s - heard->boot_s) : 0;
}
