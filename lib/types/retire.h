/* retire.h: older versions of a key are disabled once nobody uses them any more. DESIGN section 6,
 * rule 3. */
#pragma once

#include "model/finding.h"
#include "model/observed.h"
#include "types/versions.h"

/* Lists where accounts that are not declared, live or deleted, may be seen to use the key of
 * near->self: the path number index, or NULL. There is none while no version is old enough to be
 * retired. */
char *retire_others_path(const struct neighbours *near, size_t index, int64_t now_s);

struct retire_next {
    int64_t at_s;          /* from then on it is due, as far as is known who uses the key */
    struct version newest; /* those before it that are enabled go: see retire_takes() */
};

/* NULL, and *next; or why none will be retired, as things are: a static sentence. The key has been
 * seen. */
const char *retire_next(const struct neighbours *near, struct retire_next *next);

/* True if the version is one of those that go. */
bool retire_takes(const struct version *version, const struct version *newest);

/* True if an element of these lists uses the key and is not declared: it is not of the island. */
bool retire_is_stranger(const struct neighbours *near, struct json_object *account);

/* Appends a finding for each version of the key that is to be retired by now. */
void retire_find(const struct neighbours *near, int64_t now_s, struct findings *findings);

/* What the retirement of such a version waits for: completes "waiting until ...", or NULL. */
const char *retire_waits_for(const struct neighbours *near);
