/* status.h: how the stacks stand: one honest sentence for systemd, a line each for whoever asks,
 * and the hourly lines. No clock of its own: now_s is an argument. Pure. */
#pragma once

#include "reconcile/ledger.h"
#include "report/vision.h"

struct status;

/* graph is borrowed (see status_reload()). */
struct status *status_new(const struct graph *graph);
void status_free(struct status *status);

/* Goes on with another graph: what is known of a stack is kept by its name. */
void status_reload(struct status *status, const struct graph *graph);

/* reconciler.h tells when these come. A node that could not be seen makes its stacks blind. */
void status_island(struct status *status, size_t island, const struct ledger *ledger,
                   int64_t now_s);
void status_reach(struct status *status, const struct node *vault, const struct err *err);

/* For STATUS= of sd_notify(3): "2 of 3 stacks in sync; prod drifted; ...". The caller frees. */
char *status_sentence(const struct status *status);

/* What to tell of one stack: its state, its last good look, the intervals in which it could not
 * be seen. The caller frees. */
char *status_line(const struct status *status, size_t stack);

/* True if the stack could not be seen at some time since status_hour_over(). */
bool status_was_blind(const struct status *status, size_t stack);

/* The hourly lines are told: what was missed before is not told again. */
void status_hour_over(struct status *status);

/* How one stack stands, for whoever is not a person. */
struct stack_status {
    bool is_known; /* a pass has been through with it */
    enum stack_state state;
    int64_t last_good_s;   /* 0: never */
    int64_t blind_since_s; /* 0: it can be seen */
};
struct stack_status status_of(const struct status *status, size_t stack);

/* Why the data plane of the vault does not answer as it should: a code, borrowed; NULL: it does, or
 * nobody has tried, or it is no vault. */
const char *status_unreached(const struct status *status, const struct node *vault);

/* Further lines about one stack, each of them one fact that the operator must know: what is not
 * as declared, what is exempt, which data plane cannot be reached. add is called once for each. */
typedef void status_add_fn(void *owner, const char *line);
void status_details(const struct status *status, size_t stack, const struct ledger *ledger,
                    int64_t now_s, status_add_fn *add, void *owner);
