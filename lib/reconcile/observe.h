/* observe.h: one look at every node of an island. */
#pragma once

#include "azure/azure.h"
#include "model/graph.h"
#include "model/observed.h"

struct observation;

/* Called exactly once, from the loop; observed[] is filled for every node then. */
typedef void observe_done_fn(void *owner);

/* Looks at count nodes, those of one island in the graph's order, each request within deadline_ms
 * milliseconds.
 *
 * listed    of each node what a list showed of it (JSON), which is taken for what it shows; NULL
 *           where none did, or for all. Borrowed until done
 * observed  one for each, its members freed and made anew; the caller's, must live until done
 *
 * Frees itself after done. */
struct observation *observe_start(uv_loop_t *loop, struct azure *azure, struct node *const *nodes,
                                  const char *const *listed, struct observed *observed,
                                  size_t count, uint64_t deadline_ms, observe_done_fn *done,
                                  void *owner);
