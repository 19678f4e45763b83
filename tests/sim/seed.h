/* seed.h: keys in seeds and dumps, and resources like others; the rest of sim_seed() and
 * sim_state() is in seed.c. */
#pragma once

#include "state.h"

/* Adds the keys of {"<vault>": {"<key>": [version...]}}; deleted: as soft-deleted ones. */
bool seed_keys(struct sim *sim, struct json_object *vaults, bool deleted,
               struct err *err) MUST_CHECK;

/* Sets the policies of {"<vault>": {"<key>": policy}}. */
bool seed_policies(struct sim *sim, struct json_object *vaults, struct err *err) MUST_CHECK;

/* The body of a resource that is like the model, changed by the merge patch; for the caller. What
 * Azure works out is held once for both. */
struct json_object *seed_like(struct json_object *model, struct json_object *patch);

/* All keys in that form under keys, and their policies under policies. */
void dump_keys(struct sim *sim, struct json_object *keys, struct json_object *policies);

/* Drift of a key: the id of a key or of one of its versions; NULL patch removes. *is_key tells
 * whether the id is one. */
bool drift_key(struct sim *sim, const char *id, struct json_object *patch, bool *is_key,
               struct err *err) MUST_CHECK;
