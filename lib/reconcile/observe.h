/* observe.h: one look at every node of an island. */
#pragma once

#include "azure/azure.h"
#include "model/graph.h"
#include "model/observed.h"

struct observation;

/* What a list showed of near->self, as JSON for the caller: its body, or the elements that it is
 * found among. NULL: nothing. */
typedef char *observe_listed_fn(void *owner, const struct neighbours *near);

/* What has been shown already, and need not be read if there is nothing wrong with it. */
struct observe_known {
    observe_listed_fn *listed;
    observe_listed_fn *versions; /* of a key that is listed: an array */
};

/* Called exactly once, from the loop; observed[] is filled for every node then. */
typedef void observe_done_fn(void *owner);

/* Looks at count nodes, those of one island in the graph's order, each request within deadline_ms
 * milliseconds.
 *
 * known     static: what is taken for what a node shows, which marks it as listed; NULL: nothing
 * observed  one for each, its members freed and made anew; the caller's, must live until done
 *
 * Frees itself after done. */
struct observation *observe_start(uv_loop_t *loop, struct azure *azure, struct node *const *nodes,
                                  const struct observe_known *known, struct observed *observed,
                                  size_t count, uint64_t deadline_ms, observe_done_fn *done,
                                  void *owner);
