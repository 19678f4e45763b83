#include "control_private.h"

#include "base/iso8601.h"
#include "interface.h"
#include "socket.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define GROUP "cmkd"

/* ---- who may ------------------------------------------------------------------------------- */

/* root, the members of the group, and whoever is what cmkd runs as. */
bool control_may_ask(struct varlink_call *call)
{
    const struct varlink_caller *caller = varlink_caller(call);
    if (caller->uid == 0 || caller->uid == geteuid() || caller->is_member)
        return true;
    varlink_error(call, VARLINK_PERMISSION_DENIED, NULL);
    return false;
}

bool control_may_order(struct varlink_call *call)
{
    if (!control_may_ask(call))
        return false;
    if (varlink_caller(call)->uid == 0)
        return true;
    varlink_error(call, "io.cmkd.OrdersNeedRoot", NULL);
    return false;
}

/* ---- stacks by name ------------------------------------------------------------------------ */

const struct stack *control_stack(const struct control *control, const char *name)
{
    const struct graph *graph = &control->daemon->config->graph;
    for (size_t i = 0; i < graph->n_stacks; i++)
        if (strcmp(graph->stacks[i].name, name) == 0)
            return &graph->stacks[i];
    return NULL;
}

/* --stack names some; those that share resources with them are looked at too. */
bool control_looks_at(const struct control *control, const char *name)
{
    const struct stack *stack = control_stack(control, name);
    const char *const *named = control->daemon->options->stacks;
    for (size_t i = 0; stack && named && named[i]; i++) {
        const struct stack *other = control_stack(control, named[i]);
        if (other && other->island == stack->island)
            return true;
    }
    return stack && !named;
}

const char *control_unknown(const struct control *control, struct json_object *stacks)
{
    for (size_t i = 0; stacks && i < json_object_array_length(stacks); i++) {
        const char *name = json_object_get_string(json_object_array_get_idx(stacks, i));
        if (!control_looks_at(control, name))
            return name;
    }
    return NULL;
}

void control_answer_about(struct varlink_call *call, const char *error, const char *member,
                          const char *text)
{
    AUTO(json) struct json_object *parameters = json_object_new_object();
    json_object_object_add(parameters, member, json_object_new_string(text));
    varlink_error(call, error, parameters);
}

/* True if all are declared; else the call is ended. */
static bool knows(const struct control *control, struct varlink_call *call,
                  struct json_object *stacks)
{
    const char *unknown = control_unknown(control, stacks);
    if (unknown)
        control_answer_about(call, "io.cmkd.NoSuchStack", "stack", unknown);
    return !unknown;
}

/* ---- methods ------------------------------------------------------------------------------- */

static void on_status(struct varlink_call *call, struct json_object *parameters, void *owner)
{
    struct control *control = owner;
    struct json_object *stacks = js_array(parameters, "stacks");
    if (!control_may_ask(call) || !knows(control, call, stacks))
        return;
    AUTO(json) struct json_object *reply = control_status(control, stacks);
    varlink_reply(call, reply, false);
}

static void on_key(struct varlink_call *call, struct json_object *parameters, void *owner)
{
    struct control *control = owner;
    struct json_object *stacks = js_array(parameters, "stacks");
    if (!control_may_ask(call) || !knows(control, call, stacks))
        return;
    AUTO(json) struct json_object *reply = control_keys(control, stacks);
    varlink_reply(call, reply, false);
}

static void begin(struct varlink_call *call, struct json_object *parameters, void *owner,
                  enum ask_kind kind)
{
    struct control *control = owner;
    struct json_object *stacks = js_array(parameters, "stacks");
    if (control_may_ask(call) && knows(control, call, stacks))
        ask_begin(control, call, kind, stacks);
}

static void on_plan(struct varlink_call *call, struct json_object *parameters, void *owner)
{
    begin(call, parameters, owner, ASK_PLAN);
}

static void on_reconcile(struct varlink_call *call, struct json_object *parameters, void *owner)
{
    begin(call, parameters, owner, ASK_RECONCILE);
}

static void on_watch(struct varlink_call *call, struct json_object *parameters, void *owner)
{
    if (varlink_wants_more(call))
        begin(call, parameters, owner, ASK_WATCH);
    else
        varlink_error(call, VARLINK_EXPECTED_MORE, NULL);
}

static void reply_order(const struct control *control, struct varlink_call *call,
                        const struct order *order)
{
    AUTO(json) struct json_object *reply = json_object_new_object();
    json_object_object_add(reply, "order", control_order(control, order));
    varlink_reply(call, reply, false);
}

/* Only of a stack that is declared: another name is a slip of the pen. An order outlives what it
 * was given for all the same. */
static void on_hold(struct varlink_call *call, struct json_object *parameters, void *owner)
{
    struct control *control = owner;
    struct err err;
    const char *until = js_string(parameters, "until", NULL);
    struct order order = {
        .kind = ORDER_HOLD,
        .stack = mem_text(js_string(parameters, "stack", "")),
        .reason = mem_text(js_string(parameters, "reason", "")),
        .by = mem_text("root"),
        .since_s = (int64_t)time(NULL),
        .until_s = ORDER_FOR_EVER,
    };
    if (!control_may_order(call)) {
        ; /* ended */
    } else if (!control_stack(control, order.stack)) {
        control_answer_about(call, "io.cmkd.NoSuchStack", "stack", order.stack);
    } else if (!*order.reason || strlen(order.reason) > ORDER_REASON_MAX) {
        varlink_invalid(call, "reason");
    } else if (until &&
               (!iso8601_parse_time(until, &order.until_s) || order.until_s <= order.since_s)) {
        varlink_invalid(call, "until");
    } else if (!orders_put(&control->daemon->folder, &order, &err)) {
        control_answer_about(call, "io.cmkd.NotRecorded", "reason", err.message);
    } else {
        daemon_look_at_orders(control->daemon);
        daemon_update_status(control->daemon);
        reply_order(control, call, &order);
    }
    order_done(&order);
}

/* What was left alone is looked at as soon as it may be repaired. */
static void on_release(struct varlink_call *call, struct json_object *parameters, void *owner)
{
    struct control *control = owner;
    struct daemon *daemon = control->daemon;
    struct orders orders;
    struct err err;
    const char *stack = js_string(parameters, "stack", "");
    if (!control_may_order(call))
        return;
    orders_load(&daemon->folder, &orders);
    const struct order *order = orders_find(&orders, ORDER_HOLD, stack, INT64_MIN);
    if (!order) {
        control_answer_about(call, "io.cmkd.NotHeld", "stack", stack);
    } else if (!orders_remove(&daemon->folder, ORDER_HOLD, stack, &err)) {
        control_answer_about(call, "io.cmkd.NotRecorded", "reason", err.message);
    } else {
        reply_order(control, call, order);
        daemon_pass(daemon);
        daemon_update_status(daemon);
    }
    orders_done(&orders);
}

static const struct varlink_method methods[] = {
    {"Status", on_status},
    {"Key", on_key},
    {"Plan", on_plan},
    {"Reconcile", on_reconcile},
    {"Hold", on_hold},
    {"Release", on_release},
    {"Watch", on_watch},
    {"Revoke", control_revoke},
    {"Restore", control_restore},
    {"Dependants", control_dependants},
};

/* ---- life ---------------------------------------------------------------------------------- */

bool control_new(struct daemon *daemon, struct control **control, struct err *err)
{
    static struct varlink_interface interface = {
        .name = "io.cmkd",
        .methods = methods,
        .n_methods = COUNT(methods),
    };
    struct control *new = mem_new(1, sizeof *new);
    interface.description = interface_text();
    new->daemon = daemon;
    new->path = socket_path();
    new->started_s = (int64_t)time(NULL);
    new->service = (struct varlink_service){
        .path = new->path,
        .group = GROUP,
        .vendor = "cmkd",
        .product = "cmkd",
        .version = CMKD_VERSION,
        .url = "",
        .interfaces = &interface,
        .n_interfaces = 1,
        .owner = new,
    };
    if (!varlink_server_new(&daemon->loop, &new->service, &new->server, err)) {
        control_free(new);
        return false;
    }
    *control = new;
    return true;
}

void control_close(struct control *control)
{
    if (!control || control->is_closing)
        return;
    control->is_closing = true;
    ask_end_all(control, "io.cmkd.Stopping");
    inquiries_end_all(control, "io.cmkd.Stopping");
    varlink_server_close(TAKE(control->server));
}

void control_free(struct control *control)
{
    if (!control)
        return;
    free(control->path);
    free(control);
}
