/* observe.h: one look at every node of an island. */
#pragma once

#include "azure/azure.h"
#include "model/graph.h"
#include "model/observed.h"

struct observation;

/* What a list showed of near->self, as JSON for the caller: its body, or the elements that it is
 * found among. NULL: nothing. */
typedef char *observe_listed_fn(void *owner, const struct neighbours *near);

/* Called exactly once, from the loop; observed[] is filled for every node then. */
typedef void observe_done_fn(void *owner);

/* Looks at count nodes, those of one island in the graph's order, each request within deadline_ms
 * milliseconds.
 *
 * listed    what lists showed of a node, which is taken for what it shows; NULL: of none
 * observed  one for each, its members freed and made anew; the caller's, must live until done
 *
 * Frees itself after done. */
struct observation *observe_start(uv_loop_t *loop, struct azure *azure, struct node *const *nodes,
                                  observe_listed_fn *listed, struct observed *observed,
                                  size_t count, uint64_t deadline_ms, observe_done_fn *done,
                                  void *owner);
