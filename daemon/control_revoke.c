/* control_revoke.c: Revoke, Restore and Dependants of io.cmkd: what concerns a key and whoever uses
 * it.
 */
#include "control_private.h"

#include "base/armid.h"
#include "reconcile/switching.h"
#include "types/registry.h"
#include "types/versions.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* ---- orders --------------------------------------------------------------------------------- */

/* The accounts that are declared with the key. */
static struct json_object *accounts_of(const struct graph *graph, const struct node *key)
{
    struct json_object *ids = json_object_new_array();
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const struct node *node = graph->nodes[i];
        if (node->type == &type_account && node->cmk == key)
            json_object_array_add(ids, json_object_new_string(node->id));
    }
    return ids;
}

/* The same, less the stack's own. */
static struct json_object *others_than(const struct graph *graph, const struct stack *stack)
{
    struct json_object *ids = accounts_of(graph, stack->key);
    for (size_t i = json_object_array_length(ids); i-- > 0;)
        if (armid_same(json_object_get_string(json_object_array_get_idx(ids, i)),
                       stack->account->id))
            json_object_array_del_idx(ids, i, 1);
    return ids;
}

/* Carries the order out now. A pass that is under way looks again, and finds its stacks held. */
static void act(struct daemon *daemon)
{
    daemon_look_at_orders(daemon);
    revoker_look(daemon->revoker);
    daemon_begin_pass(daemon);
    daemon_update_status(daemon);
}

void control_revoke(struct varlink_call *call, struct json_object *parameters, void *owner)
{
    const struct control *control = owner;
    struct daemon *daemon = control->daemon;
    const char *name = js_string(parameters, "stack", "");
    const char *reason = js_string(parameters, "reason", "");
    const struct stack *stack = control_stack(control, name);
    struct err err;
    if (!control_may_order(call))
        return;
    if (!stack) {
        control_answer_about(call, "io.cmkd.NoSuchStack", "stack", name);
        return;
    }
    if (!*reason || strlen(reason) > ORDER_REASON_MAX) {
        varlink_invalid(call, "reason");
        return;
    }
    struct order order = {
        .kind = ORDER_REVOKE,
        .stack = mem_text(name),
        .reason = mem_text(reason),
        .by = mem_text("root"),
        .since_s = (int64_t)time(NULL),
        .until_s = ORDER_FOR_EVER,
        .key_id = mem_text(stack->key->id),
    };
    if (orders_revoke(&daemon->folder, &order, &err)) {
        AUTO(json) struct json_object *reply = json_object_new_object();
        act(daemon);
        json_object_object_add(reply, "order", control_order(control, &order));
        json_object_object_add(reply, "alsoAffected", others_than(&daemon->config->graph, stack));
        varlink_reply(call, reply, false);
    } else {
        control_answer_about(call, "io.cmkd.NotRecorded", "reason", err.message);
    }
    order_done(&order);
}

void control_restore(struct varlink_call *call, struct json_object *parameters, void *owner)
{
    const struct control *control = owner;
    struct daemon *daemon = control->daemon;
    const char *name = js_string(parameters, "stack", "");
    struct orders orders;
    struct order order;
    struct err err;
    if (!control_may_order(call))
        return;
    orders_load(&daemon->folder, &orders);
    const struct order *found = orders_revocation_of(&orders, &daemon->config->graph, name);
    if (!found && orders.err.domain != ERR_NONE) {
        control_answer_about(call, "io.cmkd.NotRecorded", "reason", orders.err.message);
    } else if (!found) {
        control_answer_about(call, "io.cmkd.NotRevoked", "stack", name);
    } else if (!orders_restore(&daemon->folder, found->key_id, "root", (int64_t)time(NULL), &order,
                               &err)) {
        control_answer_about(call, "io.cmkd.NotRecorded", "reason", err.message);
    } else {
        AUTO(json) struct json_object *reply = json_object_new_object();
        act(daemon);
        json_object_object_add(reply, "order", control_order(control, &order));
        varlink_reply(call, reply, false);
        order_done(&order);
    }
    orders_done(&orders);
}

/* ---- who uses a key -------------------------------------------------------------------------- */

struct inquiry {
    struct control *control;
    struct varlink_call *call; /* owned: to be ended once; NULL: it has been */
    char *stack;               /* owned: its name */
    char **subscriptions;      /* owned, NULL at the end */
    size_t next;
    struct json_object *others; /* owned */
    struct inquiry *after;
};

static void ask_next(struct inquiry *inquiry);

static bool is_listed(char *const *names, const char *name)
{
    for (; *names; names++)
        if (strcasecmp(*names, name) == 0)
            return true;
    return false;
}

/* The subscriptions in which something of the key's island lies. */
static char **subscriptions_of(const struct graph *graph, size_t island)
{
    size_t first, count = graph_island(graph, island, &first), found = 0;
    char **subscriptions = mem_new(count + 1, sizeof *subscriptions);
    for (size_t i = first; i < first + count; i++)
        if (!is_listed(subscriptions, graph->nodes[i]->subscription_id))
            subscriptions[found++] = mem_text(graph->nodes[i]->subscription_id);
    return subscriptions;
}

static void inquiry_free(struct inquiry *inquiry)
{
    struct inquiry **at = &inquiry->control->inquiries;
    struct daemon *daemon = inquiry->control->daemon;
    while (*at != inquiry)
        at = &(*at)->after;
    *at = inquiry->after;
    for (char **name = inquiry->subscriptions; *name; name++)
        free(*name);
    free(inquiry->subscriptions);
    free(inquiry->stack);
    json_object_put(inquiry->others);
    free(inquiry);
    daemon_settle(daemon);
}

/* The only way out. others NULL: they could not be listed. */
static void answer(struct inquiry *inquiry, struct json_object *others)
{
    const struct control *control = inquiry->control;
    const struct stack *stack = control_stack(control, inquiry->stack);
    if (inquiry->call && stack) {
        AUTO(json) struct json_object *reply = json_object_new_object();
        AUTO(json)
        struct json_object *seen = reconciler_versions(control->daemon->reconciler, stack->key);
        json_object_object_add(reply, "key", json_object_new_string(stack->key->id));
        json_object_object_add(reply, "versions", switching_enabled(seen));
        json_object_object_add(reply, "accounts",
                               accounts_of(&control->daemon->config->graph, stack->key));
        json_object_object_add(reply, "others", json_object_get(others));
        varlink_reply(inquiry->call, reply, false);
    } else if (inquiry->call) {
        control_answer_about(inquiry->call, "io.cmkd.NoSuchStack", "stack", inquiry->stack);
    }
    inquiry_free(inquiry);
}

/* Those of the list that name the key and are not declared with it. */
static void take_others(struct inquiry *inquiry, struct json_object *list)
{
    const struct control *control = inquiry->control;
    const struct graph *graph = &control->daemon->config->graph;
    const struct stack *stack = control_stack(control, inquiry->stack);
    for (size_t i = 0; stack && list && i < json_object_array_length(list); i++) {
        struct json_object *account = json_object_array_get_idx(list, i);
        const char *id = js_string(account, "id", "");
        const struct node *node = graph_find(graph, id);
        if (version_body_names(account, stack->key) && !(node && node->cmk == stack->key))
            json_object_array_add(inquiry->others, json_object_new_string(id));
    }
}

static void on_accounts(void *owner, const struct call_answer *listed)
{
    struct inquiry *inquiry = owner;
    if (listed->err.domain != ERR_NONE) {
        answer(inquiry, NULL);
        return;
    }
    take_others(inquiry, js_array(listed->body, "value"));
    inquiry->next++;
    ask_next(inquiry);
}

/* Accounts - List: https://learn.microsoft.com/rest/api/aiservices/accountmanagement/accounts/list
 */
static void ask_next(struct inquiry *inquiry)
{
    const char *subscription = inquiry->subscriptions[inquiry->next];
    if (!subscription) {
        answer(inquiry, inquiry->others);
        return;
    }
    AUTO(text)
    char *path = mem_format("/subscriptions/%s/providers/Microsoft.CognitiveServices/accounts"
                            "?api-version=%s",
                            subscription, type_account.api_version);
    const struct call_request request = {
        .audience = AUDIENCE_RESOURCE_MANAGER,
        .method = "GET",
        .path = path,
        .list = true,
        .keep = (const char *const[]){"id", "properties.encryption", NULL},
        .deadline_ms = 20000,
    };
    call_start(inquiry->control->daemon->azure, &request, NULL, on_accounts, inquiry);
}

void control_dependants(struct varlink_call *call, struct json_object *parameters, void *owner)
{
    struct control *control = owner;
    const char *name = js_string(parameters, "stack", "");
    const struct stack *stack = control_stack(control, name);
    if (!control_may_ask(call))
        return;
    if (!stack) {
        control_answer_about(call, "io.cmkd.NoSuchStack", "stack", name);
        return;
    }
    struct inquiry *inquiry = mem_new(1, sizeof *inquiry);
    inquiry->control = control;
    inquiry->call = call;
    inquiry->stack = mem_text(name);
    inquiry->subscriptions = subscriptions_of(&control->daemon->config->graph, stack->key->island);
    inquiry->others = json_object_new_array();
    inquiry->after = control->inquiries;
    control->inquiries = inquiry;
    ask_next(inquiry);
}

void inquiries_end_all(struct control *control, const char *error)
{
    for (struct inquiry *inquiry = control->inquiries; inquiry; inquiry = inquiry->after)
        if (inquiry->call)
            varlink_error(TAKE(inquiry->call), error, NULL);
}

bool control_is_asking(const struct control *control)
{
    return control && control->inquiries;
}
