/* build.h: the desired graph in the making: nodes by ARM id, stacks joined into islands. */
#pragma once

#include "model/graph.h"
#include "model/intern.h"
#include "model/place.h"

struct build {
    struct intern intern;
    struct lh_table *by_key; /* owned: node->key to the node */
    struct node **nodes;     /* owned */
    size_t n_nodes, nodes_room;
    struct stack *stacks; /* owned */
    size_t n_stacks, stacks_room;
};

void build_init(struct build *build);
void build_done(struct build *build);

/* Returns the index of the new stack. name and source are copied. */
size_t build_stack(struct build *build, const char *name, const char *source);

/* Puts the node (handed over) into the graph as one of the stack's, or merges it into the one
 * that has its key already; returns the one that stays. Two declarations that are not equal are
 * an error at place. */
struct node *build_add(struct build *build, struct node *node, size_t stack, struct faults *faults,
                       const struct place *place);

/* Adds an exemption to a node (path and reason are copied), unless it has the same already. */
void build_exempt(struct node *node, const char *path, const char *reason, int64_t until_s);

/* Numbers the islands, sorts the nodes, and moves everything into *graph. */
void build_finish(struct build *build, const struct type *const *types, struct graph *graph);
