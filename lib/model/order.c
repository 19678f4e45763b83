/* order.c: one order, from the text of its file and back: pure. */
#include "model/orders.h"

#include "base/armid.h"
#include "base/iso8601.h"
#include "model/rules.h"

#include <stdlib.h>
#include <string.h>

#define VERSION 1

static bool bad(struct err *err, const char *what)
{
    return err_set(err, ERR_CONFIG, "BadOrder", "%s", what);
}

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

static bool has_only_known(struct json_object *tree, enum order_kind kind, struct err *err)
{
    static const char *const common[] = {"version", "order", "stack", "reason",
                                         "by",      "since", NULL};
    static const char *const of_hold[] = {"until", NULL};
    static const char *const of_revocation[] = {"key", "versions", "revoked", "restore", NULL};
    json_object_object_foreach(tree, name, value)
    {
        (void)value;
        if (!is_one_of(name, common) &&
            !is_one_of(name, kind == ORDER_HOLD ? of_hold : of_revocation))
            return err_set(err, ERR_CONFIG, "BadOrder", "\"%s\" is not a key of such an order",
                           name);
    }
    return true;
}

static bool read_kind(struct json_object *tree, enum order_kind *kind, struct err *err)
{
    const char *word = js_string(tree, "order", "");
    if (js_int(tree, "version", 0) != VERSION)
        return bad(err, "\"version\" is not 1: another version of cmkd has written it");
    *kind = strcmp(word, "revoke") == 0 ? ORDER_REVOKE : ORDER_HOLD;
    if (*kind == ORDER_HOLD && strcmp(word, "hold") != 0)
        return bad(err, "\"order\" is neither \"hold\" nor \"revoke\": this version of cmkd does "
                        "not know it");
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

/* A time that may be absent or null: 0. */
static bool read_time(struct json_object *tree, const char *name, int64_t *time_s)
{
    struct json_object *value = NULL;
    *time_s = 0;
    if (!json_object_object_get_ex(tree, name, &value) || !value)
        return true;
    return json_object_is_type(value, json_type_string) &&
           iso8601_parse_time(json_object_get_string(value), time_s);
}

static bool is_version(struct json_object *value)
{
    const char *text = js_string(value, "", "");
    return strlen(text) == 32 && strspn(text, "0123456789abcdefABCDEF") == 32;
}

/* Null is a record that was never made, and no array at all is half a file. */
static bool read_versions(struct json_object *tree, struct json_object **versions)
{
    struct json_object *value = NULL;
    if (!json_object_object_get_ex(tree, "versions", &value))
        return false;
    if (value && !json_object_is_type(value, json_type_array))
        return false;
    for (size_t i = 0; value && i < json_object_array_length(value); i++)
        if (!is_version(json_object_array_get_idx(value, i)))
            return false;
    *versions = js_copy(value);
    return true;
}

static bool read_restore(struct json_object *tree, struct order *order)
{
    struct json_object *restore = NULL;
    if (!json_object_object_get_ex(tree, "restore", &restore) || !restore)
        return true;
    const char *by = js_string(restore, "by", "");
    if (!json_object_is_type(restore, json_type_object) || !*by || strlen(by) > ORDER_REASON_MAX ||
        !iso8601_parse_time(js_string(restore, "since", ""), &order->restore_s))
        return false;
    order->restore_by = mem_text(by);
    return true;
}

/* ".../Microsoft.KeyVault/vaults/V/keys/K" */
static bool is_key_id(const char *id)
{
    AUTO(text) char *vault = armid_part(id, "vaults");
    AUTO(text) char *key = armid_part(id, "keys");
    return armid_valid(id) && vault && key && strcmp(armid_name(id), key) == 0 && rule_key(key);
}

static bool read_revocation(struct json_object *tree, struct order *order, struct err *err)
{
    const char *key_id = js_string(tree, "key", "");
    if (!is_key_id(key_id))
        return bad(err, "\"key\" is not the ARM id of a key");
    order->key_id = mem_text(key_id);
    if (!read_versions(tree, &order->versions))
        return bad(err, "\"versions\" is neither null nor an array of versions");
    if (!read_time(tree, "revoked", &order->revoked_s))
        return bad(err, "\"revoked\" is neither null nor a time of RFC 3339");
    if (!read_restore(tree, order))
        return bad(err, "\"restore\" is neither null nor says who took the order back, and when");
    return true;
}

static bool read_members(struct json_object *tree, struct order *order, struct err *err)
{
    const char *stack = js_string(tree, "stack", "");
    const char *reason = js_string(tree, "reason", "");
    const char *by = js_string(tree, "by", "");
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
    if (order->kind == ORDER_REVOKE && !read_revocation(tree, order, err))
        return false;
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
    if (read_kind(tree, &order->kind, err) && has_only_known(tree, order->kind, err) &&
        read_members(tree, order, err))
        return true;
    order_done(order);
    return false;
}

static struct json_object *time_text(int64_t time_s)
{
    char text[ISO8601_TIME_SIZE];
    iso8601_format_time(time_s, text);
    return json_object_new_string(text);
}

static struct json_object *time_or_null(int64_t time_s)
{
    return time_s ? time_text(time_s) : NULL;
}

static struct json_object *restore_tree(const struct order *order)
{
    if (!order->restore_by)
        return NULL;
    struct json_object *tree = json_object_new_object();
    json_object_object_add(tree, "by", json_object_new_string(order->restore_by));
    json_object_object_add(tree, "since", time_text(order->restore_s));
    return tree;
}

static void add_revocation(struct json_object *tree, const struct order *order)
{
    json_object_object_add(tree, "key", json_object_new_string(order->key_id));
    json_object_object_add(tree, "versions", json_object_get(order->versions));
    json_object_object_add(tree, "revoked", time_or_null(order->revoked_s));
    json_object_object_add(tree, "restore", restore_tree(order));
}

char *order_text(const struct order *order)
{
    bool is_hold = order->kind == ORDER_HOLD;
    AUTO(json) struct json_object *tree = json_object_new_object();
    json_object_object_add(tree, "version", json_object_new_int(VERSION));
    json_object_object_add(tree, "order", json_object_new_string(is_hold ? "hold" : "revoke"));
    json_object_object_add(tree, "stack", json_object_new_string(order->stack));
    json_object_object_add(tree, "reason", json_object_new_string(order->reason));
    json_object_object_add(tree, "by", json_object_new_string(order->by));
    json_object_object_add(tree, "since", time_text(order->since_s));
    if (is_hold)
        json_object_object_add(tree, "until",
                               order->until_s == ORDER_FOR_EVER ? NULL : time_text(order->until_s));
    else
        add_revocation(tree, order);
    return mem_format("%s\n", json_object_to_json_string_ext(
                                  tree, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
                                            JSON_C_TO_STRING_NOSLASHESCAPE));
}

void order_done(struct order *order)
{
    free(order->stack);
    free(order->reason);
    free(order->by);
    free(order->key_id);
    json_object_put(order->versions);
    free(order->restore_by);
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

const struct order *orders_revocation(const struct orders *orders, const char *key_id)
{
    for (size_t i = 0; i < orders->count; i++)
        if (orders->list[i].kind == ORDER_REVOKE && armid_same(orders->list[i].key_id, key_id))
            return &orders->list[i];
    return NULL;
}

const struct order *orders_revocation_of(const struct orders *orders, const struct graph *graph,
                                         const char *stack)
{
    for (size_t i = 0; i < graph->n_stacks; i++) {
        const struct stack *declared = &graph->stacks[i];
        const struct order *order = strcmp(declared->name, stack) == 0
                                        ? orders_revocation(orders, declared->key->id)
                                        : NULL;
        if (order)
            return order;
    }
    return orders_find(orders, ORDER_REVOKE, stack, 0);
}

static char *revocation_words(const struct order *order)
{
    char since[ISO8601_TIME_SIZE];
    iso8601_format_time(order->restore_by ? order->restore_s : order->since_s, since);
    if (order->restore_by)
        return mem_format("the key %s is being restored by %s since %s, revoked by %s: %s",
                          armid_name(order->key_id), order->restore_by, since, order->by,
                          order->reason);
    return mem_format("the key %s is REVOKED by %s since %s: %s", armid_name(order->key_id),
                      order->by, since, order->reason);
}

static char *hold_words(const struct order *order)
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
        const struct stack *stack = &graph->stacks[node->stacks[i]];
        const struct order *revocation = orders_revocation(orders, stack->key->id);
        const struct order *hold = orders_find(orders, ORDER_HOLD, stack->name, now_s);
        if (revocation)
            return revocation_words(revocation);
        if (hold)
            return hold_words(hold);
    }
    return NULL;
}
