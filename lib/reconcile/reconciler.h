/* reconciler.h: passes over the desired graph, island by island, round after round.
 *
 *   reconciler_pass() ─► each idle island:   ┌──────────────── next round ───────────────┐
 *                                            ▼                                           │
 *                        observe ─► diff ─► decide ─► plan ─► apply one after the other ─┤
 *                                                       │                                │
 *                                                       └─► nothing to send: wait, or done
 *
 * Islands run side by side and never wait for each other, but for a creation: it wants every
 * island looked at once, so that a lost sight is not taken for a loss (mass-absence). */
#pragma once

#include "azure/azure.h"
#include "model/config.h"
#include "reconcile/ledger.h"

#include <uv.h>

struct life;
struct order_folder;
struct reconciler;
struct pass;

/* What the reconciler tells as it happens. All borrowed for the call. Any may be NULL. */
struct reconcile_hooks {
    void *owner;

    /* An entry was decided or renewed: with a request, when it is sent (STATUS_RUNNING) and when
     * it has ended (DONE, FAILED), and when a look shows what was done; else once a round,
     * also if nothing has changed. */
    void (*entry)(void *owner, const struct pass *pass, const struct entry *entry);

    /* What a look at a node gave: err NULL where it was seen. */
    void (*looked)(void *owner, const struct pass *pass, const struct node *node,
                   const struct err *err);

    /* Whether the vault's data plane can be reached (rotate and revoke): err NULL if so. */
    void (*reach)(void *owner, const struct pass *pass, const struct node *vault,
                  const struct err *err);

    /* An island that was looked at is through with its pass. */
    void (*island)(void *owner, const struct pass *pass, size_t island,
                   const struct ledger *ledger);

    /* Every island that the pass began is through. The pass is freed when this returns. */
    void (*pass)(void *owner, const struct pass *pass);
};

struct pass_options {
    bool dry_run;              /* never write; one round */
    bool spread;               /* many islands are begun evenly over the interval, not at once */
    bool once;                 /* sit out waits up to limits.onceDeadline */
    const char *const *stacks; /* names, ended by NULL: only their islands; NULL: all */
};

/* azure, config and folder are borrowed and outlive it (see reconciler_reload()); hooks is copied.
 */
struct reconciler *reconciler_new(uv_loop_t *loop, struct azure *azure, const struct config *config,
                                  struct order_folder *folder, const struct reconcile_hooks *hooks);

/* Begins a pass over the islands that are idle; one that waits, for its turn too, looks at once,
 * for the pass it is in. False if none is idle, or if one of them is in a dry run: it wants a pass
 * of its own then. In a pass over all at once those that are being looked at look once more, for
 * what they have seen may be older than what was asked. One that is to be spread does nothing, and
 * is no failure, while the one before has not begun all of its islands: Azure is too slow, or what
 * may be used of it too little. The pass hook comes from the loop, never inside this. */
bool reconciler_pass(struct reconciler *reconciler, const struct pass_options *options);

/* True while an island is at work. */
bool reconciler_is_busy(const struct reconciler *reconciler);

/* The pass that the island is at work for, or NULL. */
const struct pass *reconciler_pass_of(const struct reconciler *reconciler, size_t island);

bool reconciler_island_is_busy(const struct reconciler *reconciler, size_t island);

/* Islands end as soon as they can: waits are cut short, operations that Azure has accepted are not
 * followed to their end (the next pass sees what comes of them). Holds until reconciler_reload(),
 * or until reconciler_keep(), if nothing comes of the other configuration. */
void reconciler_hurry(struct reconciler *reconciler);
void reconciler_keep(struct reconciler *reconciler);

/* Takes another configuration into use. Only while nothing is busy; what is remembered of nodes
 * (patience) goes on by their ids. */
void reconciler_reload(struct reconciler *reconciler, const struct config *config);

/* Begins nothing more: islands end as soon as their HTTP exchanges do (call azure_stop() too). */
void reconciler_stop(struct reconciler *reconciler);

/* The ledger of an island as its last pass left it (or as it is, while busy). */
const struct ledger *reconciler_ledger(const struct reconciler *reconciler, size_t island);

/* The versions of the key as they were seen last, as Resource Manager lists them, for the
 * caller; NULL: never. */
struct json_object *reconciler_versions(const struct reconciler *reconciler,
                                        const struct node *key);

/* Who uses the key and what comes next, as of the last look at it; NULL: none yet. Borrowed until
 * the next look. */
const struct life *reconciler_life(const struct reconciler *reconciler, const struct node *key);

/* Only when nothing is busy. Its handles close with the loop's next turns. */
void reconciler_free(struct reconciler *reconciler);

/* ---- about a pass ------------------------------------------------------------------------- */

const char *pass_id(const struct pass *pass); /* a UUID */
int64_t pass_started_s(const struct pass *pass);
double pass_seconds(const struct pass *pass); /* how long it took so far */
uint64_t pass_requests(const struct pass *pass);
const struct pass_options *pass_options_of(const struct pass *pass);
/* True for the islands that the pass covers. */
bool pass_covers(const struct pass *pass, size_t island);
