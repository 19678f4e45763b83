/* revoker.h: the orders to revoke and to restore keys, carried out. Beside the passes, on the
 * vault's data plane: it waits for no island, no rotation, no limit of a pass and no mode, and it
 * needs no configuration that declares the key. DESIGN section 7.
 *
 *     revoker_look ─► list ─► record ─► switch one after the other ─► list ─► all as ordered: done
 *                      ▲                                               │
 *                      └─────────────── (not yet, or failed) ◄─────────┘
 *
 * Level-triggered: each look begins with what the vault itself lists, for what a pass has seen
 * before the order may have changed since; and nothing is disabled that is not in the order's
 * record on disk. The order is read again before each write. */
#pragma once

#include "azure/azure.h"
#include "model/orders.h"

#include <uv.h>

struct revoker;

/* All borrowed for the call, and from the loop: never inside a function of this file. */
struct revoker_hooks {
    void *owner;

    /* A version has been disabled, or enabled again. */
    void (*switched)(void *owner, const struct order *order, const char *version,
                     const struct call_answer *answer);

    /* All is as ordered, and read back: every version disabled (told once, and after each time that
     * something had to be disabled anew), or those recorded enabled again and the order gone. left:
     * ids of versions that stay disabled, for they are not in the record. */
    void (*done)(void *owner, const struct order *order, struct json_object *left);

    /* It could not be carried out, and why; told once for each code in a row. It is tried again. */
    void (*stuck)(void *owner, const struct order *order, const struct err *err);

    /* Nothing is at work or waits to be tried again; after revoker_stop(): nothing is in flight. */
    void (*idle)(void *owner);
};

/* once: what fails is not tried again; what does not show yet is, for half a minute. azure and
 * folder are borrowed, hooks is copied. */
struct revoker *revoker_new(uv_loop_t *loop, struct azure *azure, struct order_folder *folder,
                            bool once, const struct revoker_hooks *hooks);

/* Looks after every order, in the next turn of the loop. */
void revoker_look(struct revoker *revoker);

/* True while a look is due or under way, or something waits to be tried again. */
bool revoker_is_busy(const struct revoker *revoker);

/* True while a request is in flight. */
bool revoker_is_at_work(const struct revoker *revoker);

/* Why the order about the key could not be carried out at the last try; NULL: it could, or none has
 * ended. Borrowed. */
const struct err *revoker_stuck(const struct revoker *revoker, const char *key_id);

/* Begins nothing more (call azure_stop() too). */
void revoker_stop(struct revoker *revoker);

/* Only when nothing is in flight. Its handle closes with the loop's next turns. NULL is fine. */
void revoker_free(struct revoker *revoker);
