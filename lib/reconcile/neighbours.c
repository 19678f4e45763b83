#include "reconcile/observe.h"

static struct seen find(struct node *const *nodes, const struct observed *observed, size_t count,
                        const struct node *node)
{
    for (size_t i = 0; node && i < count; i++)
        if (nodes[i] == node)
            return (struct seen){node, &observed[i]};
    return (struct seen){NULL, NULL};
}

/* The grant that lets an account use its key: the first that is there, else any of its own. */
static struct seen find_grant(struct node *const *nodes, const struct observed *observed,
                              size_t count, const struct node *account)
{
    struct seen found = {NULL, NULL};
    for (size_t i = 0; i < count; i++) {
        if (nodes[i]->account != account)
            continue;
        if (!found.node || observed[i].sight == SIGHT_PRESENT)
            found = (struct seen){nodes[i], &observed[i]};
    }
    return found;
}

struct neighbours neighbours_of(struct node *const *nodes, const struct observed *observed,
                                size_t count, size_t index, struct seen *users)
{
    const struct node *node = nodes[index];
    struct neighbours near = {
        .self = {node, &observed[index]},
        .vault = find(nodes, observed, count, node->vault),
        .cmk = find(nodes, observed, count, node->cmk),
        .account = find(nodes, observed, count, node->account),
        .grant = find_grant(nodes, observed, count, node),
        .users = users,
    };
    for (size_t i = 0; i < count; i++)
        if (nodes[i]->cmk == node && !nodes[i]->account)
            users[near.n_users++] = (struct seen){nodes[i], &observed[i]};
    return near;
}
