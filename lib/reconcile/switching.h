/* switching.h: which versions of a revoked key are to be switched off, or on again: from its order
 * and from what the vault itself lists. Pure. DESIGN section 7. */
#pragma once

#include "model/orders.h"

#include <json-c/json.h>
#include <stdbool.h>

/* The ids of the versions that are not as ordered, newest first: for a revocation every enabled
 * one, for a restoration every recorded one that is disabled. An array for the caller. */
struct json_object *switching_todo(const struct order *order, struct json_object *list);

/* Adds to the record of a revocation what is enabled and not in it: until all have been seen to be
 * disabled once, and what was made within a minute of the order, by a rotation that was under way.
 * What appears after that is disabled too, and is not for restore to enable. True if there is a new
 * record, to be on disk before anything is disabled. */
bool switching_record(struct order *order, struct json_object *list);

/* The ids of the disabled versions that are not in the record. An array for the caller. */
struct json_object *switching_left(const struct order *order, struct json_object *list);

/* The ids of the enabled versions; NULL for no list. An array for the caller. */
struct json_object *switching_enabled(struct json_object *list);
