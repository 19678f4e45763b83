/* island.h: what reconciler.c and island.c share: one island at work, and the pass it works for. */
#pragma once

#include "azure/width.h"
#include "reconcile/apply.h"
#include "reconcile/decide.h"
#include "reconcile/glance.h"
#include "reconcile/life.h"
#include "reconcile/look.h"
#include "reconcile/observe.h"
#include "reconcile/plan.h"
#include "reconcile/reconciler.h"
#include "reconcile/wave.h"

#include "base/uuid.h"
#include "model/orders.h"

#include <assert.h>

struct pass {
    struct reconciler *reconciler;
    struct pass_options options; /* stacks is NULL here; see covers */
    char id[UUID_SIZE];
    int64_t started_s;
    uint64_t started_ms; /* uv_now() */
    uint64_t requests_before;
    bool *covers;          /* owned, one an island */
    size_t left;           /* islands still at work */
    size_t unseen;         /* islands not looked at yet */
    unsigned creations;    /* vaults and accounts seen absent, and those made */
    unsigned changes_left; /* of limits.changesPerPass */
};

struct island {
    struct reconciler *reconciler; /* borrowed */
    size_t index;
    struct node *const *nodes; /* borrowed from the graph */
    size_t count;
    struct pass *pass; /* NULL: idle */
    size_t cohort;     /* of the reconciler's */
    struct wave *wave; /* borrowed: that begins it; NULL once it has looked */

    struct shown *shown;       /* owned, one a node: what its first look is shown; or NULL */
    struct observed *observed; /* owned, one a node, while at work */
    char **versions; /* owned: of each node, as they were seen last (JSON; a tree is ten times as
                      * much); or NULL */
    struct life **lives;      /* owned: of each key, once it was looked for; else NULL */
    struct seen *dependants;  /* owned: room for neighbours_of() */
    struct findings findings; /* of this round */
    struct plan plan;         /* of this round */
    size_t next;              /* the request to send next */
    bool has_sent;            /* in this round */
    struct application *application;
    bool is_followed; /* Azure has taken what it sends, and is still at it */
    struct ledger ledger;
    struct mark mark;
    bool is_right;     /* nothing is to be found in what was seen last: a list has cleared it */
    bool is_as_marked; /* and all of it is as it was shown when that was found */
    unsigned round;
    unsigned idle_rounds; /* in a row, for the growing pause */
    unsigned absent;      /* what it adds to pass->creations */
    unsigned gone;        /* vaults and accounts that its last look did not find, of any pass */
    bool is_asked_again;  /* a pass was asked for since its look began */
    size_t probes;        /* in flight */
    bool probes_only;     /* it is through but for them, and has nothing else left */
    int64_t probed_s;
    uint64_t deadline_ms; /* uv_now() time */
    uv_timer_t timer;
};

struct reconciler {
    uv_loop_t *loop;
    struct azure *azure;
    const struct config *config;
    struct order_folder *folder;
    struct reconcile_hooks hooks;
    struct memory *memory;  /* owned */
    struct reach *reach;    /* owned */
    struct island *islands; /* owned */
    size_t n_islands, n_busy;
    struct cohort *cohorts; /* owned */
    size_t n_cohorts;
    struct wave *waves;     /* of all passes; they free themselves */
    struct width surveying; /* waves that hold what their survey has shown */
    size_t first;           /* where the next pass begins: in turn, so that none starves */
    bool is_stopping;
    bool is_hurried; /* islands end as soon as they can: a new configuration waits */
};

/* Which of the island's nodes it is. */
static inline size_t island_index(const struct island *island, const struct node *node)
{
    size_t index = 0;
    while (index < island->count && island->nodes[index] != node)
        index++;
    assert(index < island->count);
    return index;
}

/* Part of a pass in which nobody has looked at it yet. */
bool island_is_to_begin(const struct island *island);

/* Begins the island's work for its pass. Ends in island_ended(). */
void island_begin(struct island *island);

/* Ends the island's part of its pass before it was begun. */
void island_skip(struct island *island);

/* Looks at every node, and judges and sends what follows: the next round. */
void island_look(struct island *island);

/* All was looked at: judges it, and sends what follows. */
void island_saw(struct island *island);

/* Sends what the round has planned and not sent yet, then looks again; nothing planned: pauses. */
void island_send(struct island *island);

/* Waits until looking again is worth it, or ends. */
void island_pause(struct island *island);

/* Ends the island's part of the pass: the only way out. */
void island_finish(struct island *island);

/* Looks again after delay_ms; with a request under way, follows its operation no longer then. */
void island_wake_in(struct island *island, uint64_t delay_ms);

/* True if nothing new may be begun. */
bool island_must_end(const struct island *island);

/* The time by which orders have ended that are still there. */
int64_t island_orders_s(const struct island *island);

/* Passes an entry on to whoever reports it. */
void island_tell(const struct island *island, const struct entry *entry);

/* Wakes it from a wait, and from following an operation: it ends as soon as it can if the
 * reconciler is stopping or hurried. */
void island_wake(struct island *island);

/* Another pass is to cover it while it is at work for this one: it looks once more when it would
 * end, or in its turn if it was not begun yet. */
void island_ask(struct island *island);

/* The island is through: called by island.c, written in reconciler.c. */
void island_ended(struct island *island);

/* The wall clock, seconds since 1970. */
int64_t clock_now_s(void);
