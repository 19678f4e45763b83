/* reach.h: whether a vault's data plane can be reached: what rotation and revocation need. It is
 * probed at start, hourly, and after each write to the vault's network rules, so that "NOT
 * possible" stands in the status before the incident, not after.
 *
 * Each vault is a host of its own, so that a probe is a handshake: those of a fleet take turns. */
#pragma once

#include "azure/azure.h"
#include "model/graph.h"

#define REACH_INTERVAL_S 3600
#define REACH_MAX_MS 10000

struct reach;

/* Called exactly once, from the loop; err NULL if the data plane answered as it should. */
typedef void reach_done_fn(void *owner, const struct node *vault, const struct err *err);

struct reach *reach_new(uv_loop_t *loop, struct azure *azure); /* both borrowed */
void reach_free(struct reach *reach);                          /* no probe may be left */

/* Asks the vault's data plane for the key's newest version (Get Key), when it is its turn. A key
 * that is not there is an answer too. From then on it takes at most deadline_ms milliseconds, and
 * REACH_MAX_MS. */
void reach_probe(struct reach *reach, const struct node *vault, const struct node *key,
                 uint64_t deadline_ms, reach_done_fn *done, void *owner);
