/* ledger.h: what a pass found and did, as it is told to people: one entry for each resource and
 * path, its last write, else its last round. */
#pragma once

#include "model/finding.h"
#include "reconcile/plan.h"

struct entry {
    const struct node *node;   /* borrowed from the graph: gives the stacks and the type */
    char *resource_id;         /* owned */
    char *path;                /* owned; "" for the resource as a whole */
    const struct field *field; /* or NULL */
    enum need need;
    enum action action;
    struct json_object *observed, *desired; /* owned */
    bool is_supposed;                       /* as of the finding */
    enum outcome outcome;
    enum finding_status status;
    char reason[REASON_SIZE];
    unsigned round;       /* from 1 */
    bool is_open;         /* sent, and a look since has found it wrong still, or again */
    bool is_unsure;       /* sent, and nobody has told what came of it: a look must */
    enum outcome unsure;  /* as what it was sent */
    bool may_have_acted;  /* sent, and not done for all that is known: it may be all the same */
    int64_t answered_s;   /* when that was known; wall clock */
    unsigned shown_round; /* whose look was the first to show what was sent; 0: none yet */
    struct json_object *request; /* owned: {method, url, body}; NULL: none */
    char correlation_id[64];     /* "" while none is known */
    char request_id[64];
    char error_code[64]; /* of a failed one */
};

/* A node that could not be seen. */
struct blindness {
    const struct node *node;
    struct err err;
};

struct ledger {
    struct entry *entries; /* owned */
    size_t n_entries;
    struct blindness *errors; /* owned: as of the last round */
    size_t n_errors;
    bool is_unsettled; /* a node was in a state that is not final, in the last round */
};

/* Takes in the findings of a round, all decided: entries without a write that are no finding any
 * more go, the others are made or renewed. In round 1 what was sent in the pass before goes too. */
void ledger_round(struct ledger *ledger, const struct findings *findings, unsigned round);

/* The entry of a finding; it is there after ledger_round(). */
struct entry *ledger_find(struct ledger *ledger, const struct finding *finding);

/* The node was seen in this round, which ledger_round() has taken in: of what was done to it, what
 * is no finding shows. */
void ledger_shown(struct ledger *ledger, const struct node *node, unsigned round);

/* Forgets the errors of the last round, notes one. */
void ledger_clear_errors(struct ledger *ledger);
void ledger_error(struct ledger *ledger, const struct node *node, const struct err *err);

void ledger_done(struct ledger *ledger); /* frees the members, zeroes it */

/* DESIGN section 9: the state of a stack, by the entries and errors of its nodes. */
enum stack_state {
    STACK_INSYNC,
    STACK_REPAIRED,
    STACK_DRIFTED,
    STACK_BUSY,
    STACK_HELD,
    STACK_UNKNOWN,
};

enum stack_state ledger_stack_state(const struct ledger *ledger, size_t stack);
const char *stack_state_word(enum stack_state state);

/* DESIGN section 9, exit status of --once: 2, 1 or 0 as far as this ledger goes. */
int ledger_exit_status(const struct ledger *ledger);

/* True if the node belongs to the stack. */
bool node_is_of(const struct node *node, size_t stack);
