/* orders.h: what operators have ordered, as files below the state directory: the same for the
 * daemon,
 * --once and cmkctl, over restarts and reloads, whatever the configuration says. DESIGN section 7.
 *
 *     <stateDirectory>/orders/hold-prod.json
 *     {"version": 1, "order": "hold", "stack": "prod", "reason": "SEC-1", "by": "root",
 *      "since": "2027-01-01T00:00:00Z", "until": null}
 *
 *     <stateDirectory>/orders/revoke-openai-cmk-0123456789abcdef.json
 *     {"version": 1, "order": "revoke", "stack": "prod", "key":
 * "/subscriptions/.../keys/openai-cmk", "reason": "SEC-1", "by": "root", "since":
 * "2027-01-01T00:00:00Z", "versions": ["<32 hexadecimal digits>", ...], "revoked": null, "restore":
 * null}
 *
 * A revocation binds to the ARM id of the key. "versions" are those that restore enables again:
 * null until somebody has looked, and on disk before the first of them is disabled. "revoked" is
 * when all were first seen to be disabled; "restore" ({"by", "since"}) turns the order round.
 *
 * A file is written beside its place, synced, renamed, and its folder is synced: it is there whole
 * or not at all. What is not an order that this version knows stops every write to Azure, for it
 * may be one. Files whose name begins with a dot are none: a write that was cut short leaves one,
 * and the next write takes it away.
 */
#pragma once

#include "base/js.h"
#include "model/graph.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#define ORDER_SIZE_MAX 1048576 /* bytes of one file: some 20000 versions */
#define ORDER_REASON_MAX 1000
#define ORDER_FOR_EVER INT64_MAX

enum order_kind {
    ORDER_HOLD,   /* nothing of the stack's resources is written */
    ORDER_REVOKE, /* every version of the key is disabled and kept so, its stacks are held */
};

struct order {
    enum order_kind kind;
    char *stack;  /* owned: its name; it need not be declared */
    char *reason; /* owned */
    char *by;     /* owned: who gave it */
    int64_t since_s;
    int64_t until_s; /* exclusive; ORDER_FOR_EVER: until it is released */

    /* Of a revocation alone. */
    char *key_id;                 /* owned: the ARM id of the key */
    struct json_object *versions; /* owned: array of ids, those to be enabled again; NULL: nobody
                                   * has looked, and nothing has been disabled */
    int64_t revoked_s;            /* when all were first seen to be disabled; 0: not yet */
    char *restore_by;             /* owned: who took it back; NULL: nobody has */
    int64_t restore_s;
};

/* What a revocation cannot do, to be said wherever one is shown.
 * https://learn.microsoft.com/azure/ai-services/openai/encrypt-data-at-rest */
#define ORDER_REVOKED_LEAVES                                                                        \
    "deployments that already run go on for a time that Azure does not state: only what needs the " \
    "key anew (uploads, fine-tuning, files) fails"

struct orders {
    struct order *list; /* owned, by name */
    size_t count;
    struct err err; /* not ERR_NONE: they could not be read, and nothing may be written */
};

/* Reads one file's text. False with code "BadOrder": the message says what is wrong. */
bool order_parse(const char *text, size_t length, struct order *order, struct err *err) MUST_CHECK;

/* The text of its file; the caller frees. */
char *order_text(const struct order *order);

void order_done(struct order *order); /* frees the members, zeroes it */

/* Where they are kept. Whoever only looks, or records while no cmkd runs, gives the directory
 * alone: a folder that is not there holds no orders to him. */
struct order_folder {
    const char *state_directory; /* borrowed */

    /* Of whoever writes to Azure, with the lock of the state directory: the folder is made where
     * there is none. From then on one that is gone, or another in its place, cannot be read: what
     * stood in it may have been an order to stand back. */
    bool must_stay;
    bool was_found;
    int found; /* owned: it, held open, so that no other can pass for it */

    /* Whoever has it asks often, and mostly nothing is ordered. */
    bool is_empty;           /* it has held no orders since it was changed */
    struct timespec changed; /* its st_mtim when it was found to hold none */
    int64_t emptied_s;       /* when that was found first */
};

void order_folder_done(struct order_folder *folder);

/* Opens it; *fd is the caller's. -1 where there is none, and none is to be made. Code "OrdersGone":
 * it was found before, and is not there. */
bool order_folder_open(struct order_folder *folder, bool is_to_be_made, int *fd,
                       struct err *err) MUST_CHECK;

/* It holds no orders, as far as its time of change tells: false where it must be read. */
bool order_folder_is_empty(const struct order_folder *folder);

/* It was found and read; before is its stat(2) from before that. */
void order_folder_was_read(struct order_folder *folder, const struct stat *before, bool is_empty,
                           int64_t now_s);

/* root may give orders; the daemon, which is another user, must be able to take them away: gives
 * fd to the owner of what it is made in. */
bool order_folder_give(int above, int fd) MUST_CHECK;

/* Reads them all. False, and orders->err, if one of them cannot be read; those that can are there
 * nevertheless. */
bool orders_load(struct order_folder *folder, struct orders *orders);

/* The same, for whoever asks often: a folder that is empty is not read while it does not change. */
bool orders_load_anew(struct order_folder *folder, int64_t now_s, struct orders *orders);
void orders_done(struct orders *orders); /* frees the members, zeroes it */

/* Records an order, in the place of one of its kind for its stack. It is on disk when this returns
 * true. The file belongs to whom the state directory belongs to. */
bool orders_put(struct order_folder *folder, const struct order *order, struct err *err) MUST_CHECK;

/* Records a revocation: kind, stack, key_id, reason, by and since_s; the versions are for whoever
 * carries it out. If one stands for the key already it stays, and *order becomes that; if it was
 * being taken back it is turned round, and keeps its record. Nothing is recorded while orders
 * cannot be read: one of them might be this key's. */
bool orders_revoke(struct order_folder *folder, struct order *order, struct err *err) MUST_CHECK;

/* Turns the revocation of the key round; *order becomes it, for order_done(). Code "NotRevoked" if
 * there is none. */
bool orders_restore(struct order_folder *folder, const char *key_id, const char *by, int64_t now_s,
                    struct order *order, struct err *err) MUST_CHECK;

/* Takes an order away, for good when this returns true. Code "ENOENT" if there is none. */
bool orders_remove(struct order_folder *folder, enum order_kind kind, const char *stack,
                   struct err *err) MUST_CHECK;

/* The order for the stack that is there, and whose time is not over by now_s; or NULL. */
const struct order *orders_find(const struct orders *orders, enum order_kind kind,
                                const char *stack, int64_t now_s);

/* The order to revoke the key with this ARM id, also one that is being taken back; or NULL. */
const struct order *orders_revocation(const struct orders *orders, const char *key_id);

/* The revocation that concerns the stack: of the key that it declares, else one that was asked for
 * by its name; or NULL. */
const struct order *orders_revocation_of(const struct orders *orders, const struct graph *graph,
                                         const char *stack);

/* The same as orders_remove() for a revocation. */
bool orders_remove_revocation(struct order_folder *folder, const char *key_id,
                              struct err *err) MUST_CHECK;

/* Why nothing of the node may be written: an order for one of its stacks or their keys, or orders
 * that cannot be read; NULL: it may. Those whose time is over by now_s do not count; INT64_MIN: all
 * that are there do. The caller frees. */
char *orders_against(const struct orders *orders, const struct graph *graph,
                     const struct node *node, int64_t now_s);
