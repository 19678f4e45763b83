/* observed.h: what one round saw of a node, and of what stands around it. */
#pragma once

#include "base/err.h"
#include "base/js.h"
#include "model/graph.h"

/* One of six, never mixed up. */
enum sight {
    SIGHT_UNREACHABLE, /* timeout, 5xx, a body that is not what it should be */
    SIGHT_FORBIDDEN,   /* by RBAC, a policy, a firewall; or the group or subscription is gone */
    SIGHT_UNSETTLED,   /* there, in a provisioning state that is not final */
    SIGHT_PRESENT,     /* a body that carries the id that was asked for */
    SIGHT_DELETED,     /* soft-deleted, recoverable */
    SIGHT_ABSENT,      /* the not-found code of exactly this type, here and among the deleted */
};

struct observed {
    enum sight sight;
    bool is_listed;           /* a list or a glance showed it: nothing is written on the strength
                               * of that */
    bool is_below_missing;    /* absent because what it hangs on is: nobody looked for it */
    struct json_object *body; /* owned: reduced; of a deleted one its record; or NULL */
    struct json_object *versions; /* owned: array of a key's versions, as Resource Manager shows
                                   * them; or NULL */
    struct json_object *others;   /* owned: array of what the lists of its type's others_path hold;
                                   * NULL: there are none, or they could not be read */
    char *tenant_id;              /* owned: the subscription's, where a creation wants it */
    struct err *err;              /* owned: why it is forbidden or unreachable; or NULL */
};

void observed_done(struct observed *observed); /* frees the members, zeroes it */

/* True if the body's provisioningState, if it shows one, will not change by itself. */
bool observed_is_final(struct json_object *body);
bool observed_is_final_state(const char *state);

/* A node and what was seen of it; both NULL where there is none. */
struct seen {
    const struct node *node;
    const struct observed *now;
};

/* What a decision about self may look at. */
struct neighbours {
    struct seen self;
    struct seen vault, cmk, account, parent;
    /* What hangs on self: of a key the declared accounts that use it, of an account its grants.
     * Borrowed. */
    const struct seen *dependants;
    size_t n_dependants;
    /* All of the island, borrowed: who else uses a key is seen there. */
    struct node *const *nodes;
    const struct observed *observed;
    size_t count;
};

/* The neighbours of nodes[index] among the count nodes of its island. dependants must have room
 * for count entries and live as long as the result. */
struct neighbours neighbours_of(struct node *const *nodes, const struct observed *observed,
                                size_t count, size_t index, struct seen *dependants);

/* The neighbour number index of the whole island. */
struct seen near_at(const struct neighbours *near, size_t index);

/* The body of a neighbour that is present (also if unsettled), else NULL. */
struct json_object *seen_body(const struct seen *seen);

bool seen_is(const struct seen *seen, enum sight sight);

/* True if it was looked for and could not be seen: nothing can be said of it. */
bool observed_is_blind(const struct observed *observed);

/* True if self, or what it hangs on or follows, could not be seen. */
bool near_is_blind(const struct neighbours *near);
