#include "types/parent.h"

const char *parent_missing(const struct neighbours *near)
{
    return seen_body(&near->parent) ? NULL : "what it hangs under exists and can be seen";
}
