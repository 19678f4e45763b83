#include "model/observed.h"

#include <stdlib.h>
#include <string.h>

void observed_done(struct observed *observed)
{
    json_object_put(observed->body);
    json_object_put(observed->versions);
    free(observed->tenant_id);
    free(observed->err);
    memset(observed, 0, sizeof *observed);
}

struct json_object *seen_body(const struct seen *seen)
{
    bool is_there = seen_is(seen, SIGHT_PRESENT) || seen_is(seen, SIGHT_UNSETTLED);
    return is_there ? seen->now->body : NULL;
}

bool seen_is(const struct seen *seen, enum sight sight)
{
    return seen->now && seen->now->sight == sight;
}
