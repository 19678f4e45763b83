/* apply.h: one planned request, carried to its end. */
#pragma once

#include "azure/azure.h"
#include "model/observed.h"
#include "reconcile/plan.h"

#include <uv.h>

/* What became of it. */
struct applied {
    const struct call_answer *answer; /* of the last call; borrowed */
    bool was_overtaken; /* a rotation that the vault itself shows to be no longer due: not sent */
};

struct application;

/* Called exactly once, from the loop, never inside apply_start() or apply_cancel(). */
typedef void apply_done_fn(void *owner, const struct applied *applied);

/* Sends the request. A rotation reads the versions from the vault's data plane first, which is
 * authoritative, and is not sent if the newest there is not the one that was seen. planned and
 * seen (the node as observed in this round) are borrowed until done; send_by_ms as in struct
 * call_request, running as in call_start(). */
struct application *apply_start(struct azure *azure, const struct planned *planned,
                                const struct observed *seen, uint64_t send_by_ms,
                                call_running_fn *running, apply_done_fn *done, void *owner);

/* Follows an accepted operation no further: done comes, with ERR_CANCELLED. */
void apply_cancel(struct application *application);
