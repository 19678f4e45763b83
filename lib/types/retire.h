/* retire.h: older versions of a key are disabled once nobody uses them any more. DESIGN section 6,
 * rule 3. */
#pragma once

#include "model/finding.h"
#include "model/observed.h"

/* Lists where accounts that are not declared may be seen to use the key of near->self: the path
 * number index, or NULL. There is none while no version is old enough to be retired. */
char *retire_others_path(const struct neighbours *near, size_t index, int64_t now_s);

/* Appends a finding for each version of the key that is to be retired by now. */
void retire_find(const struct neighbours *near, int64_t now_s, struct findings *findings);

/* What the retirement of such a version waits for: completes "waiting until ...", or NULL. */
const char *retire_waits_for(const struct neighbours *near);
