/* glance.h: the keys of an island, read as texts, where lists have shown the rest.
 *
 * REST: Keys: Get, List Versions (Microsoft.KeyVault, Resource Manager). */
#pragma once

#include "azure/azure.h"
#include "model/graph.h"

/* What a look was shown of a node, as JSON; owned texts, NULL: nothing. */
struct shown {
    char *body;     /* as a list showed it, reduced to what counts; of a key as Azure answered */
    char *versions; /* of a key: an array */
};

/* Called exactly once for each start that was true, from the loop. has_failed: Azure has refused a
 * read, or has not answered it. */
typedef void glance_done_fn(void *owner, bool has_failed);

/* Reads each key among the count nodes whose vault is shown, and its versions, within deadline_ms
 * milliseconds. shown has one for each node and, like the nodes, is borrowed until done; what could
 * not be read, or is too long to be kept as it is, stays NULL. False, and no callback comes, where
 * there is no such key. */
bool glance_start(struct azure *azure, struct node *const *nodes, size_t count, struct shown *shown,
                  uint64_t deadline_ms, glance_done_fn *done, void *owner) MUST_CHECK;
