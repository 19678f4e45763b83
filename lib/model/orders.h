/* orders.h: what operators have ordered, as files below the state directory: the same for the
 * daemon,
 * --once and cmkctl, over restarts and reloads, whatever the configuration says. DESIGN section 7.
 *
 *     <stateDirectory>/orders/hold-prod.json
 *     {"version": 1, "order": "hold", "stack": "prod", "reason": "SEC-1", "by": "root",
 *      "since": "2027-01-01T00:00:00Z", "until": null}
 *
 * A file is written beside its place, synced, renamed, and its folder is synced: it is there whole
 * or not at all. What is not an order that this version knows stops every write to Azure, for it
 * may be one. Files whose name begins with a dot are none: a write that was cut short leaves one.
 */
#pragma once

#include "base/js.h"
#include "model/graph.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ORDER_SIZE_MAX 65536 /* bytes of one file */
#define ORDER_REASON_MAX 1000
#define ORDER_FOR_EVER INT64_MAX

enum order_kind {
    ORDER_HOLD, /* nothing of the stack's resources is written */
};

struct order {
    enum order_kind kind;
    char *stack;  /* owned: its name; it need not be declared */
    char *reason; /* owned */
    char *by;     /* owned: who gave it */
    int64_t since_s;
    int64_t until_s; /* exclusive; ORDER_FOR_EVER: until it is released */
};

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

/* Reads them all. False, and orders->err, if one of them cannot be read; those that can are there
 * nevertheless. */
bool orders_load(const char *state_directory, struct orders *orders);
void orders_done(struct orders *orders); /* frees the members, zeroes it */

/* Records an order, in the place of one of its kind for its stack. It is on disk when this returns
 * true. The file belongs to whom the state directory belongs to. */
bool orders_put(const char *state_directory, const struct order *order, struct err *err) MUST_CHECK;

/* Takes an order away, for good when this returns true. Code "ENOENT" if there is none. */
bool orders_remove(const char *state_directory, enum order_kind kind, const char *stack,
                   struct err *err) MUST_CHECK;

/* The order for the stack that is in force, or NULL. */
const struct order *orders_find(const struct orders *orders, enum order_kind kind,
                                const char *stack, int64_t now_s);

/* Why nothing of the node may be written: an order for one of its stacks, or orders that cannot be
 * read; NULL: it may. The caller frees. */
char *orders_against(const struct orders *orders, const struct graph *graph,
                     const struct node *node, int64_t now_s);
