#include "report/document.h"

#include "base/iso8601.h"

#include <stdlib.h>
#include <string.h>

static struct json_object *text_or_null(const char *text)
{
    return text && *text ? json_object_new_string(text) : NULL;
}

/* Rounded to a millisecond: more digits say nothing. */
static struct json_object *seconds_of(double seconds)
{
    AUTO(text) char *text = mem_format("%.3f", seconds);
    struct json_object *value = json_object_new_double_s(seconds, text);
    if (!value)
        abort(); /* out of memory */
    return value;
}

static struct json_object *finding_json(const struct entry *entry)
{
    struct json_object *finding = json_object_new_object();
    json_object_object_add(finding, "resource", json_object_new_string(entry->resource_id));
    json_object_object_add(finding, "path", json_object_new_string(entry->path));
    json_object_object_add(finding, "observed", json_object_get(entry->observed));
    json_object_object_add(finding, "desired", json_object_get(entry->desired));
    json_object_object_add(finding, "outcome",
                           json_object_new_string(outcome_word(entry->outcome)));
    json_object_object_add(finding, "round", json_object_new_int64(entry->round));
    json_object_object_add(finding, "status", text_or_null(status_word(entry->status)));
    json_object_object_add(finding, "reason", json_object_new_string(entry->reason));
    json_object_object_add(finding, "request", json_object_get(entry->request));
    json_object_object_add(finding, "correlationId", text_or_null(entry->correlation_id));
    return finding;
}

struct json_object *document_author(const struct author *author)
{
    char time_text[ISO8601_TIME_SIZE];
    if (!author || !author->time_s)
        return NULL;
    iso8601_format_time(author->time_s, time_text);
    struct json_object *object = json_object_new_object();
    json_object_object_add(object, "caller", text_or_null(author->caller));
    json_object_object_add(object, "client", text_or_null(author->client));
    json_object_object_add(object, "operation", text_or_null(author->operation));
    json_object_object_add(object, "policy", text_or_null(author->policy));
    json_object_object_add(object, "time", json_object_new_string(time_text));
    json_object_object_add(object, "correlationId", text_or_null(author->correlation_id));
    return object;
}

bool document_read_author(struct json_object *tree, struct author *author)
{
    struct author read = {0};
    if (!iso8601_parse_time(js_string(tree, "time", ""), &read.time_s))
        return false;
    err_copy(read.caller, sizeof read.caller, js_string(tree, "caller", ""));
    err_copy(read.client, sizeof read.client, js_string(tree, "client", ""));
    err_copy(read.operation, sizeof read.operation, js_string(tree, "operation", ""));
    err_copy(read.policy, sizeof read.policy, js_string(tree, "policy", ""));
    err_copy(read.correlation_id, sizeof read.correlation_id, js_string(tree, "correlationId", ""));
    *author = read;
    return true;
}

static struct json_object *error_json(const struct blindness *blindness)
{
    struct json_object *error = json_object_new_object();
    const char *id = blindness->err.resource_id;
    json_object_object_add(error, "resource",
                           json_object_new_string(*id ? id : blindness->node->id));
    json_object_object_add(error, "code", json_object_new_string(blindness->err.code));
    json_object_object_add(error, "message", json_object_new_string(blindness->err.message));
    json_object_object_add(error, "correlationId", text_or_null(blindness->err.correlation_id));
    return error;
}

struct json_object *document_stack(const struct graph *graph, size_t index,
                                   const struct ledger *ledger, document_author_fn *author_of,
                                   void *owner)
{
    const struct stack *stack = &graph->stacks[index];
    struct json_object *object = json_object_new_object();
    struct json_object *findings = json_object_new_array();
    struct json_object *errors = json_object_new_array();
    for (size_t i = 0; i < ledger->n_entries; i++) {
        const struct entry *entry = &ledger->entries[i];
        if (!node_is_of(entry->node, index))
            continue;
        struct json_object *finding = finding_json(entry);
        if (author_of)
            json_object_object_add(finding, "author", document_author(author_of(owner, entry)));
        json_object_array_add(findings, finding);
    }
    for (size_t i = 0; i < ledger->n_errors; i++)
        if (node_is_of(ledger->errors[i].node, index))
            json_object_array_add(errors, error_json(&ledger->errors[i]));
    json_object_object_add(object, "name", json_object_new_string(stack->name));
    json_object_object_add(
        object, "state",
        json_object_new_string(stack_state_word(ledger_stack_state(ledger, index))));
    json_object_object_add(object, "findings", findings);
    json_object_object_add(object, "errors", errors);
    return object;
}

struct json_object *document_json(const struct document *document)
{
    char started[ISO8601_TIME_SIZE];
    struct json_object *object = json_object_new_object();
    struct json_object *stacks = json_object_new_array();
    iso8601_format_time(document->started_s, started);
    for (size_t i = 0; i < document->graph->n_stacks; i++)
        if (document->ledgers[document->graph->stacks[i].island])
            json_object_array_add(
                stacks,
                document_stack(document->graph, i,
                               document->ledgers[document->graph->stacks[i].island], NULL, NULL));
    json_object_object_add(object, "pass", json_object_new_string(document->pass));
    json_object_object_add(object, "started", json_object_new_string(started));
    json_object_object_add(object, "seconds", seconds_of(document->seconds));
    json_object_object_add(object, "requests", json_object_new_int64((int64_t)document->requests));
    json_object_object_add(object, "stacks", stacks);
    return object;
}

char *document_text(struct json_object *tree)
{
    const char *text = json_object_to_json_string_ext(
        tree, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE);
    if (!text)
        abort(); /* out of memory */
    return mem_format("%s\n", text);
}

int document_exit_status(const struct document *document)
{
    int worst = 0;
    for (size_t i = 0; i < document->graph->n_islands; i++) {
        int status = document->ledgers[i] ? ledger_exit_status(document->ledgers[i]) : 0;
        if (status > worst)
            worst = status;
    }
    return worst;
}
