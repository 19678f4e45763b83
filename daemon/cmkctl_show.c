/* cmkctl_show.c: how replies of the daemon look at a terminal. What comes from outside is escaped.
 *
 *     cmkd 0.1.0, process 4711: 1 of 2 stacks in sync; test drifted
 *     a pass every 60 s, the next one in 12 s
 *
 *     STACK  MODE     STATE    SEEN
 *     prod   enforce  insync   8 s ago
 *     test   audit    drifted  8 s ago
 *       kv-test: properties.networkAcls.defaultAction is Allow, should be Deny: audit
 */
#include "cmkctl.h"

#include "base/armid.h"
#include "base/iso8601.h"
#include "base/js.h"
#include "report/document.h"
#include "report/escape.h"
#include "report/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#define VALUE_MAX 120 /* bytes of one value in a line */

#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define RED "\033[31m"
#define PLAIN "\033[0m"

struct table {
    FILE *out;
    int64_t now_s;
    bool has_colour;
    int name_width;
};

static struct json_object *at(struct json_object *list, size_t index)
{
    return json_object_array_get_idx(list, index);
}

static size_t count_of(struct json_object *list)
{
    return list ? json_object_array_length(list) : 0;
}

char *ctl_span(int64_t seconds)
{
    if (seconds < 0)
        seconds = 0;
    if (seconds < 120)
        return mem_format("%" PRId64 " s", seconds);
    if (seconds < 7200)
        return mem_format("%" PRId64 " min", seconds / 60);
    if (seconds < 172800)
        return mem_format("%" PRId64 " h", seconds / 3600);
    return mem_format("%" PRId64 " d", seconds / 86400);
}

/* "8 s ago", or "never". */
static char *ago(const struct table *table, struct json_object *object, const char *member)
{
    int64_t time_s;
    if (!iso8601_parse_time(js_string(object, member, ""), &time_s))
        return mem_text("never");
    AUTO(text) char *words = ctl_span(table->now_s - time_s);
    return mem_format("%s ago", words);
}

/* ---- the head ------------------------------------------------------------------------------ */

/* Of a hold there is more to say only where it stands beyond its time. */
static void print_order(const struct table *table, struct json_object *order)
{
    AUTO(text) char *text = ctl_show_order(order, "ON HOLD");
    bool is_hold = strcmp(js_string(order, "kind", "hold"), "hold") == 0;
    const char *says = is_hold ? js_string(order, "says", NULL) : NULL;
    fputs(text, table->out);
    if (says)
        escape_print(table->out, "  its time is over, and it STANDS: ", says, "\n");
}

static void print_head(const struct table *table, struct json_object *status)
{
    int64_t next_s = 0;
    fprintf(table->out, "cmkd %s, process %" PRId64 ": ", js_string(status, "version", "?"),
            js_int(status, "pid", 0));
    escape_print(table->out, "", js_string(status, "sentence", ""), "\n");
    fprintf(table->out, "a pass every %" PRId64 " s", js_int(status, "intervalSeconds", 0));
    if (iso8601_parse_time(js_string(status, "nextPass", ""), &next_s)) {
        AUTO(text) char *words = ctl_span(next_s - table->now_s);
        fprintf(table->out, ", the next one in %s", words);
    }
    fputs("\n", table->out);
    const char *refused = js_string(status, "reloadRefused", NULL);
    const char *unreadable = js_string(status, "ordersUnreadable", NULL);
    if (refused)
        escape_print(table->out, "the configuration in force is not what the file says: ", refused,
                     "\n");
    if (unreadable)
        escape_print(table->out, "NOTHING is written, the orders cannot be read: ", unreadable,
                     "\n");
    struct json_object *others = js_array(status, "otherOrders");
    for (size_t i = 0; i < count_of(others); i++) {
        fputs("about what is not declared: ", table->out);
        print_order(table, at(others, i));
    }
}

/* ---- what is to be said of a stack ----------------------------------------------------------- */

static void print_finding(const struct table *table, struct json_object *finding)
{
    const char *path = js_string(finding, "path", ""), *reason = js_string(finding, "reason", "");
    const char *status = js_string(finding, "status", NULL);
    bool is_done = status && strcmp(status, "done") == 0;
    struct author author;
    AUTO(text) char *observed = words_of(js_find(finding, "observed"), VALUE_MAX);
    AUTO(text) char *desired = words_of(js_find(finding, "desired"), VALUE_MAX);
    escape_print(table->out, "  ", armid_name(js_string(finding, "resource", "")), ": ");
    if (*path) {
        escape_print(table->out, "", path, is_done ? " was " : " is ");
        escape_print(table->out, "", observed, is_done ? ", is " : ", should be ");
        escape_print(table->out, "",
                     js_find(finding, "desired") ? desired : "something unknown yet", ": ");
    }
    escape_print(table->out, "", js_string(finding, "outcome", ""), status ? ", " : "");
    escape_print(table->out, status ? status : "", *reason ? ": " : "", "");
    escape_print(table->out, "", reason, "");
    if (document_read_author(js_object(finding, "author"), &author)) {
        AUTO(text) char *who = author_words(&author);
        escape_print(table->out, "; changed by ", who, "");
    }
    fputs("\n", table->out);
}

static void print_trouble(const struct table *table, const char *before,
                          struct json_object *trouble)
{
    escape_print(table->out, "  ", armid_name(js_string(trouble, "resource", "")), before);
    escape_print(table->out, "", js_string(trouble, "code", ""), ": ");
    escape_print(table->out, "", js_string(trouble, "message", ""), "\n");
}

static void print_exemption(const struct table *table, struct json_object *exemption)
{
    const char *path = js_string(exemption, "path", ""), *until = js_string(exemption, "until", "");
    escape_print(table->out, "  ", armid_name(js_string(exemption, "resource", "")),
                 js_bool(exemption, "ended", false) ? ": exemption ENDED: " : ": exempt: ");
    escape_print(table->out, "", *path ? path : "the whole resource", *until ? " until " : "");
    escape_print(table->out, "", until, ": ");
    escape_print(table->out, "", js_string(exemption, "reason", ""), "\n");
}

static void print_details(const struct table *table, struct json_object *stack)
{
    struct json_object *orders = js_array(stack, "orders");
    for (size_t i = 0; i < count_of(orders); i++) {
        fputs("  ", table->out);
        print_order(table, at(orders, i));
    }
    struct json_object *errors = js_array(stack, "errors");
    for (size_t i = 0; i < count_of(errors); i++)
        print_trouble(table, ": cannot be seen: ", at(errors, i));
    struct json_object *unreached = js_array(stack, "unreached");
    for (size_t i = 0; i < count_of(unreached); i++)
        print_trouble(table, ": its data plane cannot be reached: ", at(unreached, i));
    struct json_object *exemptions = js_array(stack, "exemptions");
    for (size_t i = 0; i < count_of(exemptions); i++)
        print_exemption(table, at(exemptions, i));
    struct json_object *findings = js_array(stack, "findings");
    for (size_t i = 0; i < count_of(findings); i++)
        print_finding(table, at(findings, i));
}

/* ---- a row --------------------------------------------------------------------------------- */

static const char *colour_of(const char *state)
{
    if (strcmp(state, "insync") == 0 || strcmp(state, "repaired") == 0)
        return GREEN;
    return strcmp(state, "unknown") == 0 ? RED : YELLOW;
}

static void print_stack(const struct table *table, struct json_object *stack)
{
    const char *state = js_string(stack, "state", "");
    AUTO(text) char *name = escape_line(js_string(stack, "name", ""), 0);
    AUTO(text) char *seen = ago(table, stack, "lastGoodLook");
    fprintf(table->out, "%-*s  %-7s  %s%-8s%s  %s", table->name_width, name,
            js_string(stack, "mode", ""), table->has_colour ? colour_of(state) : "", state,
            table->has_colour ? PLAIN : "", seen);
    if (js_string(stack, "blindSince", NULL)) {
        AUTO(text) char *blind = ago(table, stack, "blindSince");
        fprintf(table->out, ", BLIND since %s", blind);
    }
    fputs("\n", table->out);
    print_details(table, stack);
}

static int width_of_names(struct json_object *stacks)
{
    size_t width = strlen("STACK");
    for (size_t i = 0; i < count_of(stacks); i++) {
        size_t length = strlen(js_string(at(stacks, i), "name", ""));
        width = length > width ? length : width;
    }
    return (int)width;
}

char *ctl_show_status(struct json_object *status, int64_t now_s, bool has_colour)
{
    struct json_object *stacks = js_array(status, "stacks");
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        abort(); /* out of memory */
    const struct table table = {out, now_s, has_colour, width_of_names(stacks)};
    print_head(&table, status);
    fprintf(out, "\n%-*s  MODE     STATE     SEEN\n", table.name_width, "STACK");
    for (size_t i = 0; i < count_of(stacks); i++)
        print_stack(&table, at(stacks, i));
    if (fclose(out) != 0)
        abort(); /* out of memory */
    return text;
}

char *ctl_show_order(struct json_object *order, const char *done)
{
    const char *until = js_string(order, "until", NULL);
    bool is_hold = strcmp(js_string(order, "kind", "hold"), "hold") == 0;
    AUTO(text)
    char *text =
        !is_hold ? mem_format("%s: %s", js_string(order, "stack", ""), js_string(order, "says", ""))
                 : mem_format("%s: %s, by %s since %s, until %s: %s", js_string(order, "stack", ""),
                              done, js_string(order, "by", ""), js_string(order, "since", ""),
                              until ? until : "it is released", js_string(order, "reason", ""));
    AUTO(text) char *line = escape_line(text, 0);
    return mem_format("%s\n", line);
}

/* ---- on standard output ---------------------------------------------------------------------- */

int ctl_print(const char *text)
{
    return fputs(text, stdout) < 0 || fflush(stdout) != 0 ? EX_IOERR : EX_OK;
}

int ctl_print_json(struct json_object *tree)
{
    AUTO(text) char *text = document_text(tree);
    return ctl_print(text);
}
