#include "azure/width.h"

#include <assert.h>

bool width_has_room(struct width *width, uint64_t now_ms, uint64_t *again_ms)
{
    if (width->taken < width->max)
        return true;
    *again_ms = width->moved_ms + WIDTH_STALL_MS;
    if (now_ms < *again_ms)
        return false;
    width->max *= 2;
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
