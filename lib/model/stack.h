/* stack.h: one stack while it is read; shared by stack.c, grants.c and children.c. */
#pragma once

#include "model/loader.h"

struct reading {
    struct loader *loader;
    struct place place;
    struct json_object *object;
    size_t index; /* of the stack in the graph */
    struct facts facts;
    struct resource vault, key, account;
    struct node *vault_node, *key_node, *account_node, *grant_node; /* NULL where wrong */
    struct hanging *hanging;                                        /* owned */
    size_t n_hanging;
};

/* A node of the stack's, with its neighbours set: into the graph, if is_good (NULL and freed if
 * not: it was read for its mistakes alone). Exemptions find it at path. */
struct node *stack_keep(struct reading *reading, const struct place *place, bool is_good,
                        struct node *node, const char *path);

/* Lets exemptions find a node (or NULL: it is wrong) at path. */
void stack_hang(struct reading *reading, const char *path, struct node *node);

/* The grants: those declared under vault and account, and the baseline's on the key. */
void grants_read(struct reading *reading);

/* Warns of what is not documented for the account's kind. */
void kind_check(struct reading *reading);

/* What hangs in maps under vault and account. */
void children_read(struct reading *reading);
