/* flow_expect.c: what must be true of cmkd's document, of azsim's log and of Azure's state. */
#include "flow_private.h"

#include "base/armid.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the document --------------------------------------------------------------------------- */

/* One of several words: "refused|patch". */
static bool word_in(const char *words, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = words; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
        if (strncmp(at, word, length) == 0 && (at[length] == '|' || !at[length]))
            return true;
    return false;
}

static bool resource_fits(const char *wanted, const char *id)
{
    size_t length = strlen(wanted);
    if (length > 0 && wanted[length - 1] == '*')
        return strncasecmp(wanted, id, length - 1) == 0;
    return armid_same(wanted, id);
}

static bool status_fits(const char *wanted, struct json_object *finding)
{
    return !wanted || word_in(wanted, js_string(finding, "status", "null"));
}

static struct json_object *stacks_of(void **flow)
{
    struct json_object *stacks = js_array(cmkd_document(flow), "stacks");
    if (!stacks)
        flow_fail(flow, "cmkd printed no document with stacks");
    return stacks;
}

/* The next member of any stack's list ("findings", "errors"), or NULL at the end. *stack and
 * *index start at 0. */
static struct json_object *next_of(struct json_object *stacks, const char *list, size_t *stack,
                                   size_t *index)
{
    for (; *stack < json_object_array_length(stacks); (*stack)++, *index = 0) {
        struct json_object *array = js_array(json_object_array_get_idx(stacks, *stack), list);
        if (array && *index < json_object_array_length(array))
            return json_object_array_get_idx(array, (*index)++);
    }
    return NULL;
}

struct json_object *expect_finding(void **flow, const char *resource, const char *path,
                                   const char *outcome, const char *status)
{
    struct json_object *stacks = stacks_of(flow), *finding;
    size_t stack = 0, index = 0;
    while ((finding = next_of(stacks, "findings", &stack, &index)))
        if (resource_fits(resource, js_string(finding, "resource", "")) &&
            (strcmp(path, "*") == 0 || strcasecmp(path, js_string(finding, "path", "")) == 0) &&
            word_in(outcome, js_string(finding, "outcome", "")) && status_fits(status, finding))
            return finding;
    flow_fail(flow, "no finding of %s, path %s, outcome %s, status %s", resource, path, outcome,
              status ? status : "any");
}

void expect_no_findings(void **flow)
{
    struct json_object *stacks = stacks_of(flow), *finding;
    size_t stack = 0, index = 0;
    while ((finding = next_of(stacks, "findings", &stack, &index)))
        flow_fail(flow, "a finding where none should be: %s",
                  json_object_to_json_string_ext(finding, JSON_C_TO_STRING_NOSLASHESCAPE));
}

void expect_error(void **flow, const char *resource, const char *code)
{
    struct json_object *stacks = stacks_of(flow), *error;
    size_t stack = 0, index = 0;
    while ((error = next_of(stacks, "errors", &stack, &index)))
        if (resource_fits(resource, js_string(error, "resource", "")) &&
            word_in(code, js_string(error, "code", "")))
            return;
    flow_fail(flow, "no error of %s with code %s", resource, code);
}

void expect_state(void **flow, const char *name, const char *state)
{
    struct json_object *stacks = stacks_of(flow);
    for (size_t i = 0; i < json_object_array_length(stacks); i++) {
        struct json_object *stack = json_object_array_get_idx(stacks, i);
        if (strcmp(js_string(stack, "name", ""), name) != 0)
            continue;
        if (!word_in(state, js_string(stack, "state", "")))
            flow_fail(flow, "stack %s is %s, not %s", name, js_string(stack, "state", ""), state);
        return;
    }
    flow_fail(flow, "the document has no stack %s", name);
}

void expect_exit(void **flow, int status)
{
    if (cmkd_exit(flow) != status)
        flow_fail(flow, "cmkd ended with %d, not %d", cmkd_exit(flow), status);
}

static bool matches(void **flow, const char *pattern, int flags, const char *text)
{
    regex_t regex;
    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB | flags) != 0)
        flow_fail(flow, "not a regular expression: %s", pattern);
    bool hit = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return hit;
}

void expect_said(void **flow, const char *line)
{
    if (!matches(flow, line, REG_NEWLINE, cmkd_stderr(flow)))
        flow_fail(flow, "cmkd said no line like %s", line);
}

/* ---- the log -------------------------------------------------------------------------------- */

int flow_count_sent(void **flow, const char *request, const char *body_matches,
                    const char *body_lacks)
{
    AUTO(json) struct json_object *log = flow_log(flow);
    int count = 0;
    for (size_t i = 0; i < json_object_array_length(log); i++) {
        struct json_object *entry = json_object_array_get_idx(log, i);
        const char *body = js_string(entry, "body", "");
        AUTO(text)
        char *line =
            mem_format("%s %s", js_string(entry, "method", ""), js_string(entry, "publicUrl", ""));
        count += matches(flow, request, 0, line) &&
                 (!body_matches || matches(flow, body_matches, 0, body)) &&
                 (!body_lacks || !matches(flow, body_lacks, 0, body));
    }
    return count;
}

void expect_sent(void **flow, const char *request, const char *body, int count)
{
    int sent = flow_count_sent(flow, request, body, NULL);
    if (sent != count)
        flow_fail(flow, "%d requests like %s with a body like %s, not %d", sent, request,
                  body ? body : "any", count);
}

void expect_writes(void **flow, int count)
{
    int sent = flow_count_sent(flow, "^(PUT|PATCH|POST|DELETE) ", NULL, NULL);
    if (sent != count)
        flow_fail(flow, "%d writes, not %d", sent, count);
}

void expect_requests_at_most(void **flow, int count)
{
    int sent = flow_count_sent(flow, ".", NULL, NULL);
    if (sent > count)
        flow_fail(flow, "%d requests, more than %d", sent, count);
}

/* ---- the state ------------------------------------------------------------------------------ */

static void differ(struct json_object *list, const char *label, const char *path,
                   struct json_object *a, struct json_object *b);

/* The members of a, and those of b that a lacks. */
static void differ_members(struct json_object *list, const char *label, const char *path,
                           struct json_object *a, struct json_object *b)
{
    json_object_object_foreach(a, name, value)
    {
        struct json_object *other = NULL;
        AUTO(text) char *below = js_join(path, name);
        json_object_object_get_ex(b, name, &other);
        differ(list, label, below, value, other);
    }
    json_object_object_foreach(b, added, new_value)
    {
        AUTO(text) char *below = js_join(path, added);
        if (!json_object_object_get_ex(a, added, NULL))
            differ(list, label, below, NULL, new_value);
    }
}

static void differ(struct json_object *list, const char *label, const char *path,
                   struct json_object *a, struct json_object *b)
{
    if (json_object_is_type(a, json_type_object) && json_object_is_type(b, json_type_object)) {
        differ_members(list, label, path, a, b);
    } else if (!js_same(a, b)) {
        AUTO(text) char *place = mem_format("%s: %s", label, path);
        json_object_array_add(list, json_object_new_string(place));
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(json_object_get_string(*(struct json_object *const *)a),
                  json_object_get_string(*(struct json_object *const *)b));
}

/* Every resource of one state against the other's; a missing one differs at "". */
static void differ_live(struct json_object *list, struct json_object *a, struct json_object *b)
{
    json_object_object_foreach(a, id, body)
    {
        struct json_object *other = NULL;
        json_object_object_get_ex(b, id, &other);
        differ(list, id, "", body, other);
    }
    json_object_object_foreach(b, added, new_body)
    {
        if (!json_object_object_get_ex(a, added, NULL))
            differ(list, added, "", NULL, new_body);
    }
}

struct json_object *flow_changes(struct json_object *before, struct json_object *after)
{
    struct json_object *list = json_object_new_array();
    differ_live(list, js_object(before, "live"), js_object(after, "live"));
    differ(list, "keys", "", js_object(before, "keys"), js_object(after, "keys"));
    json_object_array_sort(list, by_text);
    return list;
}

void expect_changed_only(void **flow, struct json_object *before, ...)
{
    AUTO(json) struct json_object *after = flow_state(flow);
    AUTO(json) struct json_object *list = flow_changes(before, after);
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        const char *place = json_object_get_string(json_object_array_get_idx(list, i)), *pattern;
        bool allowed = false;
        va_list patterns;
        va_start(patterns, before);
        while (!allowed && (pattern = va_arg(patterns, const char *))) {
            AUTO(text) char *whole = mem_format("^(%s)$", pattern);
            allowed = matches(flow, whole, 0, place);
        }
        va_end(patterns);
        if (!allowed)
            flow_fail(flow, "changed, and should not have: %s", place);
    }
}
