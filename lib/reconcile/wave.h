/* wave.h: the islands of one cohort, begun in their turn for one pass.
 *
 *     wave_start ─► (its time) ─► survey ─► begin ─► begin ─► ... ─► done
 *
 * A cohort is what one survey covers: the islands whose first node is in one subscription. A wave
 * has few islands at their first look at once: the others wait in their turn and cost nothing. One
 * that has looked goes on by itself, and nobody waits for it. */
#pragma once

#include "reconcile/reconciler.h"
#include "reconcile/survey.h"

struct island;
struct wave;

struct cohort {
    const char *subscription_id; /* borrowed */
    struct survey *survey;       /* owned */
};

/* The cohorts of the reconciler's islands: their number is reconciler->n_cohorts. */
void cohorts_make(struct reconciler *reconciler);
void cohorts_done(struct reconciler *reconciler);

/* A wave for the pass over count of its islands, which are all of the cohort; islands is given up
 * (free()d). The one number i is begun at first_ms + i * slot_ms, in uv_now() time, or soon after.
 * Nothing is begun inside this. It ends by itself. */
void wave_start(struct pass *pass, struct cohort *cohort, struct island **islands, size_t count,
                uint64_t first_ms, double slot_ms);

/* The island, which has not been begun yet, is begun next, whatever its time. */
void wave_hasten(struct wave *wave, struct island *island);

/* Looks again whether anything is to be done: the reconciler is stopping, or hurried. */
void wave_wake(struct wave *wave);

/* An island of it has been looked at once, or is through without. */
void wave_looked(struct wave *wave);
