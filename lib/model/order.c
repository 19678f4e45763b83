/* order.c: one order, from the text of its file and back: pure. */
#include "model/orders.h"

#include "base/iso8601.h"
#include "model/rules.h"

#include <stdlib.h>
#include <string.h>

#define VERSION 1

static bool bad(struct err *err, const char *what)
{
    return err_set(err, ERR_CONFIG, "BadOrder", "%s", what);
}

static bool has_only_known(struct json_object *tree, struct err *err)
{
    static const char *const known[] = {"version", "order", "stack", "reason",
                                        "by",      "since", "until"};
    json_object_object_foreach(tree, name, value)
    {
        bool is_known = false;
        (void)value;
        for (size_t i = 0; i < COUNT(known); i++)
            is_known |= strcmp(known[i], name) == 0;
        if (!is_known)
            return err_set(err, ERR_CONFIG, "BadOrder", "\"%s\" is not a key of an order", name);
    }
    return true;
}

/* "until" as it stands: absent or null is for ever. */
static bool read_until(struct json_object *tree, int64_t *until_s)
{
    struct json_object *until = NULL;
    *until_s = ORDER_FOR_EVER;
    if (!json_object_object_get_ex(tree, "until", &until) || !until)
        return true;
    return json_object_is_type(until, json_type_string) &&
           iso8601_parse_time(json_object_get_string(until), until_s);
}

static bool read_members(struct json_object *tree, struct order *order, struct err *err)
{
    const char *stack = js_string(tree, "stack", "");
    const char *reason = js_string(tree, "reason", "");
    const char *by = js_string(tree, "by", "");
    if (js_int(tree, "version", 0) != VERSION)
        return bad(err, "\"version\" is not 1: another version of cmkd has written it");
    if (strcmp(js_string(tree, "order", ""), "hold") != 0)
        return bad(err, "\"order\" is not \"hold\": this version of cmkd does not know it");
    if (!rule_stack(stack))
        return bad(err, "\"stack\" is not the name of a stack");
    if (!*reason || strlen(reason) > ORDER_REASON_MAX)
        return bad(err, "\"reason\" is missing, or too long");
    if (!*by || strlen(by) > ORDER_REASON_MAX)
        return bad(err, "\"by\" is missing, or too long");
    if (!iso8601_parse_time(js_string(tree, "since", ""), &order->since_s))
        return bad(err, "\"since\" is not a time of RFC 3339");
    if (!read_until(tree, &order->until_s))
        return bad(err, "\"until\" is neither null nor a time of RFC 3339");
    order->kind = ORDER_HOLD;
    order->stack = mem_text(stack);
    order->reason = mem_text(reason);
    order->by = mem_text(by);
    return true;
}

bool order_parse(const char *text, size_t length, struct order *order, struct err *err)
{
    AUTO(json) struct json_object *tree = NULL;
    memset(order, 0, sizeof *order);
    if (!js_parse(text, length, &tree, err))
        return bad(err, "it is not JSON");
    if (!json_object_is_type(tree, json_type_object))
        return bad(err, "it is not a JSON object");
    return has_only_known(tree, err) && read_members(tree, order, err);
}

static struct json_object *time_text(int64_t time_s)
{
    char text[ISO8601_TIME_SIZE];
    iso8601_format_time(time_s, text);
    return json_object_new_string(text);
}

char *order_text(const struct order *order)
{
    AUTO(json) struct json_object *tree = json_object_new_object();
    json_object_object_add(tree, "version", json_object_new_int(VERSION));
    json_object_object_add(tree, "order", json_object_new_string("hold"));
    json_object_object_add(tree, "stack", json_object_new_string(order->stack));
    json_object_object_add(tree, "reason", json_object_new_string(order->reason));
    json_object_object_add(tree, "by", json_object_new_string(order->by));
    json_object_object_add(tree, "since", time_text(order->since_s));
    json_object_object_add(tree, "until",
                           order->until_s == ORDER_FOR_EVER ? NULL : time_text(order->until_s));
    return mem_format("%s\n", json_object_to_json_string_ext(
                                  tree, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
                                            JSON_C_TO_STRING_NOSLASHESCAPE));
}

void order_done(struct order *order)
{
    free(order->stack);
    free(order->reason);
    free(order->by);
    memset(order, 0, sizeof *order);
}

/* ---- which of them counts ------------------------------------------------------------------- */

const struct order *orders_find(const struct orders *orders, enum order_kind kind,
                                const char *stack, int64_t now_s)
{
    for (size_t i = 0; i < orders->count; i++) {
        const struct order *order = &orders->list[i];
        if (order->kind == kind && now_s < order->until_s && strcmp(order->stack, stack) == 0)
            return order;
    }
    return NULL;
}

static char *words_of(const struct order *order)
{
    char since[ISO8601_TIME_SIZE], until[ISO8601_TIME_SIZE];
    bool ends = order->until_s != ORDER_FOR_EVER;
    iso8601_format_time(order->since_s, since);
    if (ends)
        iso8601_format_time(order->until_s, until);
    return mem_format("%s on hold by %s since %s%s%s: %s", order->stack, order->by, since,
                      ends ? ", until " : "", ends ? until : "", order->reason);
}

char *orders_against(const struct orders *orders, const struct graph *graph,
                     const struct node *node, int64_t now_s)
{
    if (orders->err.domain != ERR_NONE)
        return mem_format("the orders cannot be read, so nothing is written: %s",
                          orders->err.message);
    for (size_t i = 0; i < node->n_stacks; i++) {
        const struct order *order =
            orders_find(orders, ORDER_HOLD, graph->stacks[node->stacks[i]].name, now_s);
        if (order)
            return words_of(order);
    }
    return NULL;
}
