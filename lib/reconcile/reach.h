/* reach.h: whether a vault's data plane can be reached: what rotation and revocation need. It is
 * probed at start, hourly, and after each write to the vault's network rules, so that "NOT
 * possible" stands in the status before the incident, not after. */
#pragma once

#include "azure/azure.h"
#include "model/graph.h"

#define REACH_INTERVAL_S 3600
#define REACH_MAX_MS 10000

/* Called exactly once, from the loop; err NULL if the data plane answered as it should. */
typedef void reach_done_fn(void *owner, const struct node *vault, const struct err *err);

/* Asks the vault's data plane for the key's newest version (Get Key). A key that is not there is
 * an answer too. It takes at most deadline_ms milliseconds, and REACH_MAX_MS. */
void reach_probe(struct azure *azure, const struct node *vault, const struct node *key,
                 uint64_t deadline_ms, reach_done_fn *done, void *owner);
