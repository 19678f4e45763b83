/* life.h: the life of a key as its last look showed it, kept until the next one: who uses which
 * version, what comes next, and what is in its way. What is to come is found and decided by the
 * very code that does it once its time has come, given that time: there is no second rule. Pure. */
#pragma once

#include "model/finding.h"
#include "model/observed.h"
#include "reconcile/decide.h"
#include "types/rotate.h"

enum life_use {
    USE_UNSEEN,      /* declared with the key, and cannot be seen */
    USE_NONE,        /* declared with the key, and not encrypted under it (yet) */
    USE_VERSIONLESS, /* encrypted under the key, and shows no version */
    USE_VERSION,
};

struct life_user {
    const struct node *account; /* borrowed from the graph; NULL: not of this island */
    char *id;                   /* owned: of one that is not; else NULL */
    enum life_use use;
    char *version; /* owned: of USE_VERSION; else NULL */
};

/* A rotation or a retirement to come. */
struct life_step {
    const char *never; /* static: why none comes, as things are; NULL: one does */
    int64_t at_s;
    enum outcome
        outcome;   /* what would be decided then, if no order stood: see outcome_is_write() */
    char *reason;  /* owned: why not; or NULL */
    char *account; /* owned: the id of the account for whose sake it waits, or NULL */
};

struct life {
    enum sight sight;
    int64_t seen_s;          /* when the key was seen last; 0: never */
    const char *incident;    /* static: a version is disabled without an order, or NULL */
    char *newest;            /* owned: the newest version, enabled or not; NULL: none is known */
    struct life_user *users; /* owned: those declared with the key first */
    size_t n_users;
    bool has_listed; /* who uses the key without being declared is known too */
    struct life_step rotation, retirement;
    enum rotate_rule rule; /* of the rotation */
};

/* Takes in a look at the key near->self, and at what stands around it. at is the round's situation,
 * blind what of the key's stacks cannot be seen, or NULL, as for decide_node(). */
void life_note(struct life *life, const struct neighbours *near, const struct situation *at,
               const char *blind);

void life_free(struct life *life);
