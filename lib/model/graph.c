#include "model/graph.h"

#include "base/armid.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void node_free(struct node *node)
{
    if (!node)
        return;
    free(node->id);
    free(node->key);
    free(node->name);
    free(node->origin);
    free(node->source);
    for (size_t i = 0; i < node->n_wants; i++)
        json_object_put(node->wants[i].value);
    free(node->wants);
    for (size_t i = 0; i < node->n_exemptions; i++) {
        free(node->exemptions[i].path);
        free(node->exemptions[i].reason);
    }
    free(node->exemptions);
    free(node->stacks);
    free(node);
}

void graph_done(struct graph *graph)
{
    for (size_t i = 0; i < graph->n_nodes; i++)
        node_free(graph->nodes[i]);
    free(graph->nodes);
    free(graph->by_key);
    for (size_t i = 0; i < graph->n_stacks; i++) {
        free(graph->stacks[i].name);
        free(graph->stacks[i].source);
    }
    free(graph->stacks);
    for (size_t i = 0; i < graph->n_names; i++)
        free(graph->names[i]);
    free(graph->names);
    memset(graph, 0, sizeof *graph);
}

struct node *graph_find(const struct graph *graph, const char *id)
{
    AUTO(text) char *key = armid_key(id);
    size_t low = 0, high = graph->n_nodes;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(graph->by_key[middle]->key, key);
        if (order == 0)
            return graph->by_key[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

size_t graph_island(const struct graph *graph, size_t island, size_t *first)
{
    size_t low = 0, high = graph->n_nodes, end;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (graph->nodes[middle]->island < island)
            low = middle + 1;
        else
            high = middle;
    }
    *first = low;
    for (end = low; end < graph->n_nodes && graph->nodes[end]->island == island;)
        end++;
    return end - low;
}

const char *node_label(const struct node *node)
{
    return *node->name ? node->name : armid_name(node->id);
}

char *node_host(const struct node *vault)
{
    static const char scheme[] = "https://";
    const char *origin = vault ? vault->origin : NULL;
    if (!origin || strncmp(origin, scheme, sizeof scheme - 1) != 0)
        return NULL;
    const char *host = origin + sizeof scheme - 1;
    return mem_text_n(host, strcspn(host, ":/"));
}

struct json_object *node_create(const struct node *node)
{
    return node->create ? json_tokener_parse(node->create) : json_object_new_object();
}

const struct want *node_want(const struct node *node, const char *path)
{
    size_t low = 0, high = node->n_wants;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcasecmp(node->wants[middle].path, path);
        if (order == 0)
            return &node->wants[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct exemption *node_exemption(const struct node *node, const char *path, int64_t now_s)
{
    for (size_t i = 0; i < node->n_exemptions; i++)
        if (now_s < node->exemptions[i].until_s && js_path_covers(node->exemptions[i].path, path))
            return &node->exemptions[i];
    return NULL;
}

bool node_has_exemption(const struct node *node, const char *path)
{
    for (size_t i = 0; i < node->n_exemptions; i++)
        if (js_path_covers(node->exemptions[i].path, path) ||
            js_path_covers(path, node->exemptions[i].path))
            return true;
    return false;
}
