/* prose.c: a document as it reads at a terminal. It is made of the JSON, so that cmkctl, which has
 * nothing else, says the same as cmkd. What comes from outside is escaped: a terminal obeys what it
 * is told.
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
#include "report/escape.h"
#include "report/words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void print_value(FILE *out, const char *before, struct json_object *value)
{
    AUTO(text) char *words = js_words(value, SIZE_MAX);
    escape_print(out, before, *words ? words : "\"\"", "\n");
}

static struct json_object *at(struct json_object *list, size_t index)
{
    return json_object_array_get_idx(list, index);
}

static size_t count_of(struct json_object *list)
{
    return list ? json_object_array_length(list) : 0;
}

/* ---- a finding ----------------------------------------------------------------------------- */

/* What is wanted of a resource as a whole has no value; of a path it may be unknown so far. */
static void print_values(FILE *out, struct json_object *finding)
{
    struct json_object *desired = js_find(finding, "desired");
    print_value(out, "      - ", js_find(finding, "observed"));
    if (desired)
        print_value(out, "      + ", desired);
    else
        fputs("      + (not known yet)\n", out);
}

static void print_finding(FILE *out, struct json_object *finding)
{
    const char *path = js_string(finding, "path", "");
    const char *status = js_string(finding, "status", NULL);
    const char *reason = js_string(finding, "reason", "");
    const char *correlation_id = js_string(finding, "correlationId", "");
    escape_print(out, "    ", *path ? path : "the resource as a whole", ": ");
    escape_print(out, "", js_string(finding, "outcome", ""), status ? ", " : "");
    escape_print(out, "", status ? status : "", "\n");
    if (*path)
        print_values(out, finding);
    if (*reason)
        escape_print(out, "      ", reason, "\n");
    if (*correlation_id)
        escape_print(out, "      correlation id ", correlation_id, "\n");
}

/* The body as it is sent, each of its lines made safe and set in. */
static void print_body(FILE *out, struct json_object *body)
{
    AUTO(text)
    char *text = mem_text(json_object_to_json_string_ext(
        body, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE));
    char *rest = text;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
        escape_print(out, "      ", line, "\n");
}

static bool is_of(struct json_object *finding, const char *resource)
{
    return strcmp(js_string(finding, "resource", ""), resource) == 0;
}

/* Findings repaired by one call share the request: it is printed once, after the last of them. */
static void print_request(FILE *out, struct json_object *findings, size_t index)
{
    struct json_object *finding = at(findings, index);
    struct json_object *request = js_object(finding, "request");
    const char *resource = js_string(finding, "resource", "");
    bool is_planned = strcmp(js_string(finding, "status", ""), "planned") == 0;
    if (!request)
        return;
    for (size_t i = index + 1; i < count_of(findings); i++)
        if (is_of(at(findings, i), resource) &&
            js_same(js_object(at(findings, i), "request"), request))
            return;
    escape_print(out, is_planned ? "    would send " : "    sent ",
                 js_string(request, "method", ""), " ");
    escape_print(out, "", js_string(request, "url", ""), "\n");
    struct json_object *body = js_find(request, "body");
    if (body)
        print_body(out, body);
}

/* ---- a resource ----------------------------------------------------------------------------- */

static void print_resource(FILE *out, struct json_object *findings, const char *resource)
{
    fprintf(out, "  %s ", words_kind(resource));
    escape_print(out, "", armid_name(resource), "  ");
    escape_print(out, "", resource, "\n");
    for (size_t i = 0; i < count_of(findings); i++) {
        if (!is_of(at(findings, i), resource))
            continue;
        print_finding(out, at(findings, i));
        print_request(out, findings, i);
    }
}

static bool is_first_of(struct json_object *findings, size_t index)
{
    const char *resource = js_string(at(findings, index), "resource", "");
    for (size_t i = 0; i < index; i++)
        if (is_of(at(findings, i), resource))
            return false;
    return true;
}

/* ---- a stack -------------------------------------------------------------------------------- */

static void print_error(FILE *out, struct json_object *error)
{
    const char *correlation_id = js_string(error, "correlationId", "");
    escape_print(out, "  cannot be seen: ", js_string(error, "resource", ""), "\n");
    escape_print(out, "    ", js_string(error, "code", ""), ": ");
    escape_print(out, "", js_string(error, "message", ""), "\n");
    if (*correlation_id)
        escape_print(out, "    correlation id ", correlation_id, "\n");
}

static void print_stack(FILE *out, struct json_object *stack)
{
    struct json_object *findings = js_array(stack, "findings");
    struct json_object *errors = js_array(stack, "errors");
    escape_print(out, "\n", js_string(stack, "name", ""), ": ");
    escape_print(out, "", js_string(stack, "state", ""), "\n");
    for (size_t i = 0; i < count_of(findings); i++)
        if (is_first_of(findings, i))
            print_resource(out, findings, js_string(at(findings, i), "resource", ""));
    for (size_t i = 0; i < count_of(errors); i++)
        print_error(out, at(errors, i));
}

char *document_prose(struct json_object *tree)
{
    struct json_object *stacks = js_array(tree, "stacks");
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        abort(); /* out of memory */
    escape_print(out, "pass ", js_string(tree, "pass", ""), " of ");
    escape_print(out, "", js_string(tree, "started", ""), ": ");
    fprintf(out, "%.2f s, %" PRId64 " requests\n", json_object_get_double(js_find(tree, "seconds")),
            js_int(tree, "requests", 0));
    for (size_t i = 0; i < count_of(stacks); i++)
        print_stack(out, at(stacks, i));
    if (fclose(out) != 0)
        abort(); /* out of memory */
    return text;
}
