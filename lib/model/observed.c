#include "model/observed.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void observed_done(struct observed *observed)
{
    json_object_put(observed->body);
    json_object_put(observed->versions);
    json_object_put(observed->others);
    free(observed->tenant_id);
    free(observed->err);
    memset(observed, 0, sizeof *observed);
}

bool observed_is_final_state(const char *state)
{
    static const char *const final[] = {"", "Succeeded", "Failed", "Canceled", "Cancelled"};
    for (size_t i = 0; i < COUNT(final); i++)
        if (strcasecmp(state, final[i]) == 0)
            return true;
    return false;
}

bool observed_is_final(struct json_object *body)
{
    return observed_is_final_state(js_string(body, "properties.provisioningState", ""));
}

struct seen near_at(const struct neighbours *near, size_t index)
{
    return (struct seen){near->nodes[index], &near->observed[index]};
}

struct json_object *seen_body(const struct seen *seen)
{
    bool is_there = seen_is(seen, SIGHT_PRESENT) || seen_is(seen, SIGHT_UNSETTLED);
    return is_there ? seen->now->body : NULL;
}

bool seen_is(const struct seen *seen, enum sight sight)
{
    return seen->now && seen->now->sight == sight;
}

bool observed_is_blind(const struct observed *observed)
{
    return observed->sight == SIGHT_FORBIDDEN || observed->sight == SIGHT_UNREACHABLE;
}

bool near_is_blind(const struct neighbours *near)
{
    const struct seen *const around[] = {&near->self, &near->vault, &near->cmk, &near->account,
                                         &near->parent};
    for (size_t i = 0; i < COUNT(around); i++)
        if (around[i]->now && observed_is_blind(around[i]->now))
            return true;
    return false;
}

static struct seen find(struct node *const *nodes, const struct observed *observed, size_t count,
                        const struct node *node)
{
    for (size_t i = 0; node && i < count; i++)
        if (nodes[i] == node)
            return (struct seen){node, &observed[i]};
    return (struct seen){NULL, NULL};
}

/* A grant hangs on its account, else on its key; an account on its key. */
static const struct node *hangs_on(const struct node *node)
{
    return node->account ? node->account : node->cmk;
}

struct neighbours neighbours_of(struct node *const *nodes, const struct observed *observed,
                                size_t count, size_t index, struct seen *dependants)
{
    const struct node *node = nodes[index];
    struct neighbours near = {
        .self = {node, &observed[index]},
        .vault = find(nodes, observed, count, node->vault),
        .cmk = find(nodes, observed, count, node->cmk),
        .account = find(nodes, observed, count, node->account),
        .parent = find(nodes, observed, count, node->parent),
        .dependants = dependants,
        .nodes = nodes,
        .observed = observed,
        .count = count,
    };
    for (size_t i = 0; i < count; i++)
        if (hangs_on(nodes[i]) == node)
            dependants[near.n_dependants++] = (struct seen){nodes[i], &observed[i]};
    return near;
}
