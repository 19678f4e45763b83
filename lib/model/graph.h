/* graph.h: the desired state: one node for each Azure resource that the operator declared, in
 * islands that are observed, decided and written as units. Built by the configuration loader,
 * then read-only. */
#pragma once

#include "base/iso8601.h"
#include "base/js.h"
#include "model/type.h"

enum mode {
    MODE_AUDIT,   /* report, write nothing */
    MODE_ENFORCE, /* repair */
};

/* Writing to what it covers is suspended; looking and reporting are not. */
struct exemption {
    char *path;      /* owned: below the resource, "properties.networkAcls"; "" covers all of it */
    char *reason;    /* owned */
    int64_t until_s; /* the first second after its end; INT64_MAX: no end */
};

/* One held path of a node, a flat row. Paths are interned in the graph and shared; values are
 * shared by reference between all rows that say the same. */
struct want {
    const char *path;          /* borrowed from the graph's names */
    const struct field *field; /* the type's knowledge of it, or NULL: plain comparison */
    struct json_object *value; /* owned reference; a string "${...}" is derived in each round */
    bool from_baseline;
};

struct rotation {
    bool is_declared;
    struct duration every, before_expiry, expire_after, retire_after;
    bool has_every, has_before_expiry, has_expire_after, has_retire_after;
};

struct node {
    const struct type *type;
    char *id;   /* owned: ARM id as the operator spelt it; of a grant: its scope's collection,
                 * ".../providers/Microsoft.Authorization/roleAssignments" */
    char *key;  /* owned: what it is looked up by: the id in lower case, made unique for grants */
    char *name; /* owned: the resource's own name; of a grant "" unless the operator chose one */
    /* Borrowed from the graph's names. */
    const char *subscription_id, *resource_group;
    const char *location; /* as declared for the stack */
    char *origin;         /* owned: of a vault: of its data plane in this cloud; else NULL */
    char *source;         /* owned: "file:line" of its declaration, for messages */

    struct want *wants; /* owned, sorted by path without case */
    size_t n_wants;
    const char *create; /* borrowed from the graph's names: members for the body of a creation,
                         * below the held ones, as JSON; NULL: none. Most are the same, and most are
                         * never made: a tree for each would be the half of a large graph. */

    enum mode mode;               /* the most restrained of its stacks' */
    struct exemption *exemptions; /* owned: of all its stacks */
    size_t n_exemptions;
    struct rotation rotation; /* keys only */
    bool reenable;            /* keys only */

    size_t island;
    /* Neighbours in the graph, borrowed; NULL where there is none. */
    struct node *vault;   /* of a key, an account, a grant */
    struct node *cmk;     /* of an account, a grant: the key */
    struct node *account; /* of a grant */
    struct node *parent;  /* of what hangs in a map: what it hangs under */
    size_t *stacks;       /* owned: indices into graph.stacks */
    size_t n_stacks;
};

struct stack {
    char *name;                                 /* owned */
    char *source;                               /* owned: "file:line" */
    struct node *vault, *key, *account, *grant; /* borrowed from the graph */
    size_t island;
};

struct graph {
    struct stack *stacks; /* owned, in the order of declaration */
    size_t n_stacks;
    struct node **nodes; /* owned; sorted by island, within it in the order of repair:
                          * vaults, keys, accounts, grants, what hangs under them */
    size_t n_nodes;
    struct node **by_key; /* owned: the same nodes, sorted by key */
    size_t n_islands;
    char **names; /* owned: interned texts */
    size_t n_names;
};

void graph_done(struct graph *graph); /* frees the members */
void node_free(struct node *node);    /* one that no graph owns */

/* The node with this ARM id (any case), or NULL. */
struct node *graph_find(const struct graph *graph, const char *id);

/* The nodes of an island: *first is the index of the first one; returns how many. */
size_t graph_island(const struct graph *graph, size_t island, size_t *first);

/* The name of a node in a sentence: its own name ("kv-openai-prod"). Never NULL. */
const char *node_label(const struct node *node);

/* The host of a vault's data plane, without its port; the caller frees. NULL: it is not known, or
 * there is no vault. */
char *node_host(const struct node *vault);

/* The members for the body of a creation, below the held ones: a new tree, empty if there are none.
 */
struct json_object *node_create(const struct node *node);

/* The row at path (names without case), or NULL. */
const struct want *node_want(const struct node *node, const char *path);

/* The exemption of the node that covers path at now_s, or NULL. */
const struct exemption *node_exemption(const struct node *node, const char *path, int64_t now_s);

/* True if an exemption, over or not, covers the path or anything below it. */
bool node_has_exemption(const struct node *node, const char *path);
