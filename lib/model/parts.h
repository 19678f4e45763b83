/* parts.h: what a resource is made of and says of itself: an array of objects to whose members
 * Azure adds its own (the connections of a private endpoint, the zones of a zone group). Pure. */
#pragma once

#include "base/js.h"

#include <stdbool.h>

/* True if the parts are the same set: of each the declared members, texts and ids without case. */
bool parts_equal(struct json_object *declared, struct json_object *observed);

/* A copy of the parts for sending, without what is Azure's own. A new reference. */
struct json_object *parts_copy(struct json_object *parts);
