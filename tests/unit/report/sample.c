#include "sample.h"

#include "base/armid.h"
#include "types/registry.h"

static struct node *new_node(const struct type *type, const char *id, const char *name,
                             size_t island, size_t first_stack, size_t n_stacks)
{
    struct node *node = mem_new(1, sizeof *node);
    node->type = type;
    node->id = mem_text(id);
    node->key = armid_key(id);
    node->name = mem_text(name);
    node->island = island;
    node->stacks = mem_new(n_stacks, sizeof *node->stacks);
    for (size_t i = 0; i < n_stacks; i++)
        node->stacks[i] = first_stack + i;
    node->n_stacks = n_stacks;
    return node;
}

void sample_init(struct sample *sample)
{
    static const char *const names[] = {"prod", "test", "lonely"};
    struct graph *graph = &sample->graph;
    memset(sample, 0, sizeof *sample);
    graph->n_stacks = COUNT(names);
    graph->stacks = mem_new(graph->n_stacks, sizeof *graph->stacks);
    for (size_t i = 0; i < COUNT(names); i++) {
        graph->stacks[i].name = mem_text(names[i]);
        graph->stacks[i].island = i == SAMPLE_LONELY;
    }
    graph->n_islands = 2;
    graph->n_nodes = 3;
    graph->nodes = mem_new(graph->n_nodes, sizeof *graph->nodes);
    graph->by_key = mem_new(graph->n_nodes, sizeof *graph->by_key);
    graph->nodes[0] = new_node(&type_vault, SAMPLE_VAULT, "kv-openai-prod", 0, SAMPLE_PROD, 2);
    graph->nodes[1] = new_node(&type_key, SAMPLE_KEY, "openai-cmk", 0, SAMPLE_PROD, 1);
    graph->nodes[2] = new_node(&type_vault, SAMPLE_LONE, "kv-lone", 1, SAMPLE_LONELY, 1);
    graph->by_key[0] = graph->nodes[0]; /* '-' comes before '/' */
    graph->by_key[1] = graph->nodes[2];
    graph->by_key[2] = graph->nodes[1];
    sample->vault = graph->nodes[0];
    sample->key = graph->nodes[1];
    sample->lone = graph->nodes[2];
}

void sample_done(struct sample *sample)
{
    graph_done(&sample->graph);
}

static struct json_object *parse(const char *text)
{
    return text ? json_tokener_parse(text) : NULL;
}

struct entry sample_entry(const struct node *node, const char *path, const char *observed,
                          const char *desired, enum outcome outcome, enum finding_status status)
{
    return (struct entry){
        .node = node,
        .resource_id = mem_text(node->id),
        .path = mem_text(path),
        .field = type_field(node->type, path),
        .need = *path ? NEED_FIELD : NEED_CREATION,
        .observed = parse(observed),
        .desired = parse(desired),
        .outcome = outcome,
        .status = status,
        .round = 1,
    };
}

void sample_entry_done(struct entry *entry)
{
    struct ledger ledger = {0};
    sample_add(&ledger, *entry);
    ledger_done(&ledger);
}

void sample_add(struct ledger *ledger, struct entry entry)
{
    ledger->entries = mem_resize(ledger->entries, ledger->n_entries + 1, sizeof *ledger->entries);
    ledger->entries[ledger->n_entries++] = entry;
}

void sample_hear(void *heard_text, const struct event *event)
{
    char **heard = heard_text;
    AUTO(text) char *before = *heard;
    assert_true(event->n_stacks > 0);
    assert_string_equal(event->stacks[0], "prod");
    if (event->outcome) /* of a finding: it carries what asks for it, path or no path */
        assert_true(event->control && strstr(event->control, "PCI DSS"));
    *heard = mem_format("%s%s ", before, event_form(event->kind)->name);
}
