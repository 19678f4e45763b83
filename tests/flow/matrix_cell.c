/* matrix_cell.c: what must be true of one cell. */
#include "matrix.h"

#include "base/js.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void cell_fail(struct cell *cell, const char *format, ...)
{
    va_list arguments;
    if (cell->why)
        return;
    va_start(arguments, format);
    cell->why = mem_format_v(format, arguments);
    va_end(arguments);
}

void cell_done(struct cell *cell)
{
    json_object_put(cell->writes);
    free(cell->why);
}

/* ---- what cmkd says ------------------------------------------------------------------------- */

static size_t length_of(struct json_object *stack, const char *list)
{
    struct json_object *array = js_array(stack, list);
    return array ? json_object_array_length(array) : 0;
}

static bool is_right(struct json_object *stack)
{
    const char *state = js_string(stack, "state", "");
    return strcmp(state, "insync") == 0 || strcmp(state, "repaired") == 0;
}

/* An error or a failed write that names the resource and why. */
static bool tells(struct json_object *stack, const char *about)
{
    for (size_t i = 0; i < length_of(stack, "errors"); i++) {
        struct json_object *error = json_object_array_get_idx(js_array(stack, "errors"), i);
        if (strncasecmp(js_string(error, "resource", ""), about, strlen(about)) == 0 &&
            *js_string(error, "code", "") && *js_string(error, "message", ""))
            return true;
    }
    for (size_t i = 0; i < length_of(stack, "findings"); i++) {
        struct json_object *finding = json_object_array_get_idx(js_array(stack, "findings"), i);
        if (strncasecmp(js_string(finding, "resource", ""), about, strlen(about)) == 0 &&
            strcmp(js_string(finding, "status", ""), "failed") == 0 &&
            *js_string(finding, "reason", ""))
            return true;
    }
    return false;
}

/* Something is left to be done, or seen: what is found is not done, or cannot be looked at. */
static bool waits(struct json_object *stack)
{
    for (size_t i = 0; i < length_of(stack, "findings"); i++) {
        struct json_object *finding = json_object_array_get_idx(js_array(stack, "findings"), i);
        if (strcmp(js_string(finding, "status", ""), "done") != 0)
            return true;
    }
    return length_of(stack, "errors") > 0 || strcmp(js_string(stack, "state", ""), "busy") == 0;
}

/* A probe changes nothing of what is seen and done, and has an event of its own. */
static void judge_probe(void **flow, struct cell *cell, struct json_object *stack)
{
    AUTO(text) char *word = matrix_names("{v}: rotate and revoke NOT possible: ", cell->number);
    bool is_told = strstr(cmkd_stderr(flow), word) != NULL;
    if (!is_right(stack) || (cell->come != ANY && is_told != (cell->come == TOLD)))
        cell_fail(cell, "%s told that the vault cannot be reached: %s", is_told ? "was" : "was not",
                  json_object_to_json_string(stack));
}

static void judge_words(struct cell *cell, struct json_object *stack)
{
    AUTO(text) char *about = matrix_names(cell->kind->about, cell->number);
    const char *said = json_object_to_json_string_ext(stack, JSON_C_TO_STRING_NOSLASHESCAPE);
    switch (cell->come) {
    case MENDED:
        if (!is_right(stack) || length_of(stack, "errors"))
            cell_fail(cell, "should have been mended: %s", said);
        break;
    case TOLD:
        if (is_right(stack) || !tells(stack, about))
            cell_fail(cell, "should have been told of %s: %s", about, said);
        break;
    case WAITS:
        if (is_right(stack) || !waits(stack))
            cell_fail(cell, "should have been waited for: %s", said);
        break;
    case ANY:
    case EXCLUDED:
        break;
    }
}

/* What cannot be seen is left alone. */
static void judge_blind(struct cell *cell, struct json_object *stack)
{
    enum nature nature = cell->kind->nature;
    bool blinds = nature == LOOK || nature == STORE || (nature == TOKEN && !cell->kind->after);
    if (cell->come == TOLD && blinds && json_object_array_length(cell->writes)) {
        cell->wrote_wrongly = true;
        cell_fail(cell, "was written to unseen: %s, %s", json_object_to_json_string(cell->writes),
                  json_object_to_json_string(stack));
    }
}

void cell_judge(void **flow, struct cell *cell, struct json_object *log)
{
    struct json_object *stack = matrix_stack(flow, cell->number);
    cell_wrote(cell, log);
    if (cell->fault->family != NOTHING && !cell->fired)
        cell_fail(cell, "never met its fault");
    if (!stack)
        cell_fail(cell, "is not in the document");
    if (cell->kind->nature == PROBE)
        judge_probe(flow, cell, stack);
    else
        judge_words(cell, stack);
    judge_blind(cell, stack);
}

/* ---- what was written ------------------------------------------------------------------------ */

void cell_wrote(struct cell *cell, struct json_object *log)
{
    AUTO(json) struct json_object *more = matrix_writes(log, cell->number);
    if (!cell->writes)
        cell->writes = json_object_new_array();
    for (size_t i = 0; i < json_object_array_length(more); i++)
        json_object_array_add(cell->writes, json_object_get(json_object_array_get_idx(more, i)));
}

static const char *member(struct json_object *writes, size_t index, const char *name)
{
    return js_string(json_object_array_get_idx(writes, index), name, "");
}

static int64_t count(struct json_object *writes, const char *name, const char *text)
{
    int64_t found = 0;
    for (size_t i = 0; i < json_object_array_length(writes); i++)
        found += strcmp(member(writes, i, name), text) == 0;
    return found;
}

/* What Azure needs to have done before: a link needs its key and its grant, a key its vault. */
static const struct order {
    const char *before, *after; /* parts of a line */
} orders[] = {
    {"PUT .../vaults/kv*?", "/keys/"},
    {"/keys/openai-cmk?", "\"encryption\""},
    {"/roleAssignments/", "\"encryption\""},
    {"/rotate?", "\"encryption\""},
};

static bool has_part(const char *line, const char *part)
{
    const char *gap = strstr(part, "...");
    if (!gap)
        return strstr(line, part) != NULL;
    return strncmp(line, part, (size_t)(gap - part)) == 0 && strstr(line, gap + 3) != NULL;
}

static void compare_order(struct cell *cell, const struct order *order)
{
    bool was_before = false, is_after = false;
    for (size_t i = 0; i < json_object_array_length(cell->writes); i++) {
        const char *line = member(cell->writes, i, "line");
        bool is_before = has_part(line, order->before) && !has_part(line, order->after);
        is_after = is_after || (has_part(line, order->after) && !has_part(line, order->before));
        if (is_before && is_after && !was_before)
            cell_fail(cell, "%s came too late", line);
        was_before = was_before || is_before;
    }
}

/* Of an answer that lies about the vault or the account, what it hides may be written again. */
static bool is_healing(const struct cell *cell, const char *request)
{
    return cell->fault->family == LIE && strncmp(request, "PATCH https://management", 24) == 0;
}

static void compare_write(struct cell *cell, const struct cell *like, size_t index)
{
    const char *request = member(cell->writes, index, "request");
    const char *line = member(cell->writes, index, "line");
    bool is_right_line = count(like->writes, "line", line) > 0;
    bool is_write = cell->kind->nature == WRITE || cell->kind->nature == ROTATE;
    int64_t again = is_write ? cell->fired : 0;
    if (is_healing(cell, request))
        return;
    if (!is_right_line ||
        count(cell->writes, "line", line) > count(like->writes, "line", line) + again) {
        cell->wrote_wrongly = true;
        cell_fail(cell, "should not have been sent, or not again: %s (all: %s; right: %s)", line,
                  json_object_to_json_string(cell->writes),
                  json_object_to_json_string(like->writes));
    }
}

/* ---- what is there -------------------------------------------------------------------------- */

static void compare_holdings(struct cell *cell, const struct cell *like, struct json_object *state)
{
    AUTO(json) struct json_object *mine = matrix_holdings(state, cell->number);
    AUTO(json) struct json_object *right = matrix_holdings(state, like->number);
    size_t n_mine = json_object_array_length(mine), n_right = json_object_array_length(right);
    for (size_t i = 0; i < n_mine || i < n_right; i++) {
        const char *a = js_string(json_object_array_get_idx(mine, i), "", "nothing");
        const char *b = js_string(json_object_array_get_idx(right, i), "", "nothing");
        if (strcmp(a, b) != 0) {
            cell->wrote_wrongly = true;
            cell_fail(cell, "Azure holds %s, without the fault %s", a, b);
            return;
        }
    }
}

void cell_compare(struct cell *cell, const struct cell *like, struct json_object *state)
{
    for (size_t i = 0; i < json_object_array_length(cell->writes); i++)
        compare_write(cell, like, i);
    for (size_t i = 0; i < COUNT(orders); i++)
        compare_order(cell, &orders[i]);
    compare_holdings(cell, like, state);
}
