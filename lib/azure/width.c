#include "azure/width.h"

#include <assert.h>

bool width_has_room(struct width *width, uint64_t now_ms, uint64_t *again_ms)
{
    if (width->taken < width->max)
        return true;
    *again_ms = width->moved_ms + WIDTH_STALL_MS;
    if (now_ms < *again_ms)
        return false;
    if (width->max == width->most) {
        *again_ms = now_ms + WIDTH_STALL_MS; /* one leaves before, or nobody does */
        return false;
    }
    width->max = width->max < width->most / 2 ? 2 * width->max : width->most;
    return true;
}

void width_take(struct width *width, uint64_t now_ms)
{
    width->taken++;
    width->moved_ms = now_ms;
}

void width_move(struct width *width, uint64_t now_ms)
{
    width->moved_ms = now_ms;
}

void width_leave(struct width *width, uint64_t now_ms)
{
    assert(width->taken > 0);
    width->taken--;
    width->moved_ms = now_ms;
    if (width->taken < width->least)
        width->max = width->least;
}
