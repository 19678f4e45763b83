/* diff.h: what is declared against what was seen. Pure. */
#pragma once

#include "model/finding.h"
#include "model/observed.h"

/* Appends one finding for each difference of near->self: the resource as a whole where it is
 * absent or deleted, its declared paths where it is present, and what its type finds besides.
 * Nothing about what is forbidden, unreachable or unsettled: it was not seen. */
void diff_node(const struct neighbours *near, int64_t now_s, struct findings *findings);
