/* prose.c: document_prose(): the same as the JSON document, for a person who reads it at a
 * terminal. What comes from outside is escaped: a terminal obeys what it is told.
 *
 *     prod: drifted
 *       vault kv-openai-prod  /subscriptions/.../kv-openai-prod
 *         properties.networkAcls.defaultAction: patch, planned
 *           - Allow
 *           + Deny
 *         would send PATCH https://management.azure.com/...
 *           { "properties": ... }
 */
#include "report/document.h"

#include "base/armid.h"
#include "base/iso8601.h"
#include "report/escape.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void print_safe(FILE *out, const char *before, const char *text, const char *after)
{
    AUTO(text) char *safe = escape_line(text, 0);
    fprintf(out, "%s%s%s", before, safe, after);
}

static void print_value(FILE *out, const char *before, struct json_object *value)
{
    AUTO(text) char *words = js_words(value, SIZE_MAX);
    print_safe(out, before, *words ? words : "\"\"", "\n");
}

static void print_finding(FILE *out, const struct entry *entry)
{
    const char *status = status_word(entry->status);
    print_safe(out, "    ", *entry->path ? entry->path : "the resource as a whole", ": ");
    fprintf(out, "%s%s%s\n", outcome_word(entry->outcome), status ? ", " : "",
            status ? status : "");
    if (*entry->path) {
        print_value(out, "      - ", entry->observed);
        if (entry->desired)
            print_value(out, "      + ", entry->desired);
        else
            fputs("      + (not known yet)\n", out);
    }
    if (*entry->reason)
        print_safe(out, "      ", entry->reason, "\n");
    if (*entry->correlation_id)
        print_safe(out, "      correlation id ", entry->correlation_id, "\n");
}

/* The body as it is sent, each of its lines made safe and set in. */
static void print_body(FILE *out, struct json_object *body)
{
    AUTO(text)
    char *text = mem_text(json_object_to_json_string_ext(
        body, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE));
    char *rest = text;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
        print_safe(out, "      ", line, "\n");
}

/* Findings repaired by one call share the request: it is printed once. */
static bool is_same_request(const struct entry *a, const struct entry *b)
{
    return a->node == b->node && js_same(a->request, b->request);
}

static void print_request(FILE *out, const struct ledger *ledger, size_t index)
{
    const struct entry *entry = &ledger->entries[index];
    if (!entry->request)
        return;
    for (size_t i = index + 1; i < ledger->n_entries; i++)
        if (is_same_request(&ledger->entries[i], entry))
            return; /* after the last of them */
    print_safe(out, entry->status == STATUS_PLANNED ? "    would send " : "    sent ",
               js_string(entry->request, "method", ""), " ");
    print_safe(out, "", js_string(entry->request, "url", ""), "\n");
    struct json_object *body = js_find(entry->request, "body");
    if (body)
        print_body(out, body);
}

static void print_node(FILE *out, const struct ledger *ledger, const struct node *node)
{
    bool is_first = true;
    for (size_t i = 0; i < ledger->n_entries; i++) {
        const struct entry *entry = &ledger->entries[i];
        if (entry->node != node)
            continue;
        if (is_first) {
            const char *name = *node->name ? node->name : armid_name(entry->resource_id);
            fprintf(out, "  %s ", node->type->word);
            print_safe(out, "", name, "  ");
            print_safe(out, "", entry->resource_id, "\n");
        }
        is_first = false;
        print_finding(out, entry);
        print_request(out, ledger, i);
    }
}

static void print_stack(FILE *out, const struct document *document, size_t index)
{
    const struct graph *graph = document->graph;
    const struct stack *stack = &graph->stacks[index];
    const struct ledger *ledger = document->ledgers[stack->island];
    size_t first, count = graph_island(graph, stack->island, &first);
    print_safe(out, "\n", stack->name, ": ");
    fprintf(out, "%s\n", stack_state_word(ledger_stack_state(ledger, index)));
    for (size_t i = first; i < first + count; i++)
        if (node_is_of(graph->nodes[i], index))
            print_node(out, ledger, graph->nodes[i]);
    for (size_t i = 0; i < ledger->n_errors; i++) {
        const struct blindness *error = &ledger->errors[i];
        if (!node_is_of(error->node, index))
            continue;
        print_safe(out, "  cannot be seen: ", error->node->id, "\n");
        print_safe(out, "    ", error->err.code, ": ");
        print_safe(out, "", error->err.message, "\n");
        if (*error->err.correlation_id)
            print_safe(out, "    correlation id ", error->err.correlation_id, "\n");
    }
}

char *document_prose(const struct document *document)
{
    char started[ISO8601_TIME_SIZE];
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        abort(); /* out of memory */
    iso8601_format_time(document->started_s, started);
    fprintf(out, "pass %s of %s: %.2f s, %" PRIu64 " requests\n", document->pass, started,
            document->seconds, document->requests);
    for (size_t i = 0; i < document->graph->n_stacks; i++)
        if (document->ledgers[document->graph->stacks[i].island])
            print_stack(out, document, i);
    if (fclose(out) != 0)
        abort(); /* out of memory */
    return text;
}
