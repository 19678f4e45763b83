/* decide.h: what becomes of each finding. Pure: all it knows are its arguments.
 * DESIGN section 5: the outcomes and the guards. */
#pragma once

#include "model/finding.h"
#include "model/observed.h"
#include "reconcile/memory.h"

#define CLOCK_SKEW_MAX_S 300 /* beyond it nothing is done that hangs on an age or a date */

/* What all decisions of a round share. */
struct situation {
    int64_t now_s;
    int64_t clock_skew_s;        /* own clock minus Azure's */
    const struct memory *memory; /* borrowed; NULL: nothing is remembered */
    bool is_all_seen;            /* every island has been looked at once in this pass */
    unsigned creations;          /* vaults and accounts that the pass made or would make */
    unsigned creations_max;      /* limits.creations */
    int64_t absent_for_s;        /* limits.absentFor */
};

/* Why nothing of a node may be written now; each a text or NULL. */
struct restraint {
    const char *held;  /* an order */
    const char *blind; /* what of its stack cannot be seen: "kv-openai-prod: AuthorizationFailed" */
};

/* Gives the findings from first on, all of near->self, their outcome, reason and wake_s. */
void decide_node(const struct situation *situation, const struct neighbours *near,
                 const struct restraint *restraint, struct findings *findings, size_t first);
