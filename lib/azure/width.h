/* width.h: how many may be at it at once: so many, and twice as many whenever all who are have come
 * to nothing for a while. Where somebody does not answer each try takes long, and those of a fleet
 * must not take as many times as long. Pure: time is an argument, that of one clock. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIDTH_STALL_MS 2000 /* none has begun or ended for so long: they hang */

struct width {
    size_t least, max; /* the same, until they hang */
    size_t most;       /* that max may become */
    size_t taken;
    uint64_t moved_ms; /* when one was taken or left last */
};

#define WIDTH_OF(n) WIDTH_UP_TO(n, SIZE_MAX)
#define WIDTH_UP_TO(n, limit) ((struct width){.least = (n), .max = (n), .most = (limit)})

/* True if one more may be; else *again_ms is when to ask again, should none leave before. */
bool width_has_room(struct width *width, uint64_t now_ms, uint64_t *again_ms);

void width_take(struct width *width, uint64_t now_ms);
/* They do not hang: something has come back. */
void width_move(struct width *width, uint64_t now_ms);

/* With the last of those who came above the least, no more are let in than at first. */
void width_leave(struct width *width, uint64_t now_ms);
