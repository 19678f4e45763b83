#include "model/build.h"

#include "model/compare.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void build_init(struct build *build)
{
    memset(build, 0, sizeof *build);
    intern_init(&build->intern);
    build->by_key = lh_kchar_table_new(256, NULL);
    if (!build->by_key)
        abort();
}

void build_done(struct build *build)
{
    for (size_t i = 0; i < build->n_nodes; i++)
        node_free(build->nodes[i]);
    free(build->nodes);
    for (size_t i = 0; i < build->n_stacks; i++) {
        free(build->stacks[i].name);
        free(build->stacks[i].source);
    }
    free(build->stacks);
    if (build->by_key)
        lh_table_free(build->by_key);
    intern_done(&build->intern);
    memset(build, 0, sizeof *build);
}

size_t build_stack(struct build *build, const char *name, const char *source)
{
    if (build->n_stacks == build->stacks_room) {
        build->stacks_room = build->stacks_room ? 2 * build->stacks_room : 16;
        build->stacks = mem_resize(build->stacks, build->stacks_room, sizeof *build->stacks);
    }
    build->stacks[build->n_stacks] =
        (struct stack){.name = mem_text(name), .source = mem_text(source)};
    return build->n_stacks++;
}

/* ---- two declarations of one resource ------------------------------------------------------ */

/* Words of a list and members of an object may be more on one side, so both ways. */
static bool want_same(const struct want *a, const struct want *b)
{
    enum compare how = a->field ? a->field->compare : BY_VALUE;
    return compare_equal(how, a->value, b->value) && compare_equal(how, b->value, a->value);
}

/* Members, not padding. */
static bool duration_same(bool has_a, struct duration a, bool has_b, struct duration b)
{
    return has_a == has_b && a.months == b.months && a.days == b.days && a.seconds == b.seconds;
}

static bool rotation_same(const struct rotation *a, const struct rotation *b)
{
    return a->is_declared == b->is_declared &&
           duration_same(a->has_every, a->every, b->has_every, b->every) &&
           duration_same(a->has_before_expiry, a->before_expiry, b->has_before_expiry,
                         b->before_expiry) &&
           duration_same(a->has_expire_after, a->expire_after, b->has_expire_after,
                         b->expire_after) &&
           duration_same(a->has_retire_after, a->retire_after, b->has_retire_after,
                         b->retire_after);
}

/* The first path at which they differ, or NULL. */
static const char *difference(const struct node *a, const struct node *b)
{
    size_t i = 0, j = 0;
    if (a->vault != b->vault)
        return "its vault";
    if (a->cmk != b->cmk)
        return "its key";
    if (a->account != b->account)
        return "its account";
    if (a->parent != b->parent)
        return "what it hangs under";
    while (i < a->n_wants || j < b->n_wants) {
        int order = i == a->n_wants   ? 1
                    : j == b->n_wants ? -1
                                      : strcasecmp(a->wants[i].path, b->wants[j].path);
        if (order != 0)
            return order < 0 ? a->wants[i].path : b->wants[j].path;
        if (!want_same(&a->wants[i], &b->wants[j]))
            return a->wants[i].path;
        i++;
        j++;
    }
    if (!rotation_same(&a->rotation, &b->rotation))
        return "rotation";
    if (a->create != b->create) /* interned */
        return "what it is created with";
    return NULL;
}

static void merge(struct node *kept, const struct node *other, struct faults *faults,
                  const struct place *place)
{
    const char *path = difference(kept, other);
    if (path)
        fault(faults, place,
              "the %s %s is declared at %s too, and differently: %s; expected two "
              "declarations of one resource to be equal",
              kept->type->word, node_label(kept), kept->source, path);
    if (other->mode == MODE_AUDIT)
        kept->mode = MODE_AUDIT;
    kept->reenable = kept->reenable && other->reenable;
    for (size_t i = 0; i < other->n_exemptions; i++)
        build_exempt(kept, other->exemptions[i].path, other->exemptions[i].reason,
                     other->exemptions[i].until_s);
}

static void add_stack(struct node *node, size_t stack)
{
    for (size_t i = 0; i < node->n_stacks; i++)
        if (node->stacks[i] == stack)
            return;
    node->stacks = mem_resize(node->stacks, node->n_stacks + 1, sizeof *node->stacks);
    node->stacks[node->n_stacks++] = stack;
}

struct node *build_add(struct build *build, struct node *node, size_t stack, struct faults *faults,
                       const struct place *place)
{
    struct lh_entry *entry = lh_table_lookup_entry(build->by_key, node->key);
    if (entry) {
        struct node *kept = lh_entry_v(entry);
        merge(kept, node, faults, place);
        node_free(node);
        add_stack(kept, stack);
        return kept;
    }
    if (build->n_nodes == build->nodes_room) {
        build->nodes_room = build->nodes_room ? 2 * build->nodes_room : 64;
        build->nodes = mem_resize(build->nodes, build->nodes_room, sizeof(struct node *));
    }
    build->nodes[build->n_nodes++] = node;
    if (lh_table_insert(build->by_key, node->key, node) != 0)
        abort();
    add_stack(node, stack);
    return node;
}

void build_exempt(struct node *node, const char *path, const char *reason, int64_t until_s)
{
    for (size_t i = 0; i < node->n_exemptions; i++)
        if (strcasecmp(node->exemptions[i].path, path) == 0 &&
            strcmp(node->exemptions[i].reason, reason) == 0 &&
            node->exemptions[i].until_s == until_s)
            return;
    node->exemptions =
        mem_resize(node->exemptions, node->n_exemptions + 1, sizeof *node->exemptions);
    node->exemptions[node->n_exemptions++] =
        (struct exemption){mem_text(path), mem_text(reason), until_s};
}

/* ---- islands ------------------------------------------------------------------------------- */

static size_t root_of(size_t *above, size_t stack)
{
    while (above[stack] != stack)
        stack = above[stack] = above[above[stack]];
    return stack;
}

/* Stacks that share a node are one island; the first stack in the file gives it its number. */
static size_t number_islands(struct build *build)
{
    size_t count = 0;
    size_t *above = mem_new(build->n_stacks + 1, sizeof *above);
    for (size_t i = 0; i < build->n_stacks; i++)
        above[i] = i;
    for (size_t i = 0; i < build->n_nodes; i++)
        for (size_t j = 1; j < build->nodes[i]->n_stacks; j++) {
            size_t a = root_of(above, build->nodes[i]->stacks[0]);
            size_t b = root_of(above, build->nodes[i]->stacks[j]);
            above[a > b ? a : b] = a > b ? b : a; /* the smallest is the root */
        }
    for (size_t i = 0; i < build->n_stacks; i++) {
        size_t root = root_of(above, i);
        build->stacks[i].island = root == i ? count++ : build->stacks[root].island;
    }
    for (size_t i = 0; i < build->n_nodes; i++)
        build->nodes[i]->island = build->stacks[build->nodes[i]->stacks[0]].island;
    free(above);
    return count;
}

static size_t rank(const struct type *const *types, const struct type *type)
{
    size_t i = 0;
    while (types[i] && types[i] != type)
        i++;
    return i;
}

static int in_order_of_repair(const void *a, const void *b, void *types)
{
    const struct node *left = *(struct node *const *)a, *right = *(struct node *const *)b;
    if (left->island != right->island)
        return left->island < right->island ? -1 : 1;
    size_t left_rank = rank(types, left->type), right_rank = rank(types, right->type);
    if (left_rank != right_rank)
        return left_rank < right_rank ? -1 : 1;
    return strcmp(left->key, right->key);
}

static int by_key(const void *a, const void *b)
{
    const struct node *left = *(struct node *const *)a, *right = *(struct node *const *)b;
    return strcmp(left->key, right->key);
}

void build_finish(struct build *build, const struct type *const *types, struct graph *graph)
{
    memset(graph, 0, sizeof *graph);
    graph->n_islands = number_islands(build);
    graph->n_nodes = build->n_nodes;
    graph->nodes = mem_resize(TAKE(build->nodes), graph->n_nodes + 1, sizeof(struct node *));
    graph->by_key = mem_new(graph->n_nodes + 1, sizeof(struct node *));
    memcpy(graph->by_key, graph->nodes, graph->n_nodes * sizeof(struct node *));
    qsort_r(graph->nodes, graph->n_nodes, sizeof(struct node *), in_order_of_repair,
            (void *)(uintptr_t)types);
    qsort(graph->by_key, graph->n_nodes, sizeof(struct node *), by_key);
    build->n_nodes = 0;

    graph->n_stacks = build->n_stacks;
    graph->stacks = TAKE(build->stacks);
    build->n_stacks = 0;
    graph->names = intern_take(&build->intern, &graph->n_names);
    build_done(build);
}
