/* control_status.c: the reply of io.cmkd.Status, from what the daemon knows without asking Azure.
 */
#include "control_private.h"

#include "base/armid.h"
#include "base/iso8601.h"
#include "report/document.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

struct json_object *control_time(int64_t time_s)
{
    char text[ISO8601_TIME_SIZE];
    if (time_s <= 0 || time_s == INT64_MAX)
        return NULL;
    iso8601_format_time(time_s, text);
    return json_object_new_string(text);
}

struct json_object *control_text(const char *text)
{
    return text && *text ? json_object_new_string(text) : NULL;
}

static void add_revocation(struct json_object *object, const struct control *control,
                           const struct order *order)
{
    AUTO(text) char *says = revoking_words(control->daemon, order);
    bool is_stuck =
        control->daemon->revoker && revoker_stuck(control->daemon->revoker, order->key_id) != NULL;
    json_object_object_add(object, "key", json_object_new_string(order->key_id));
    json_object_object_add(object, "versions", json_object_get(order->versions));
    json_object_object_add(
        object, "done",
        json_object_new_boolean(order->revoked_s && !order->restore_by && !is_stuck));
    json_object_object_add(object, "restoring", json_object_new_boolean(order->restore_by != NULL));
    json_object_object_add(object, "says", json_object_new_string(says));
}

struct json_object *control_order(const struct control *control, const struct order *order)
{
    struct json_object *object = json_object_new_object();
    bool is_hold = order->kind == ORDER_HOLD;
    json_object_object_add(object, "kind", json_object_new_string(is_hold ? "hold" : "revoke"));
    json_object_object_add(object, "stack", json_object_new_string(order->stack));
    json_object_object_add(object, "reason", json_object_new_string(order->reason));
    json_object_object_add(object, "by", json_object_new_string(order->by));
    json_object_object_add(object, "since", control_time(order->since_s));
    json_object_object_add(object, "until", is_hold ? control_time(order->until_s) : NULL);
    if (!is_hold) {
        add_revocation(object, control, order);
        return object;
    }
    json_object_object_add(object, "key", NULL);
    json_object_object_add(object, "versions", NULL);
    json_object_object_add(object, "done", json_object_new_boolean(true));
    json_object_object_add(object, "restoring", json_object_new_boolean(false));
    AUTO(text) char *stands = daemon_why_it_stands(control->daemon, order);
    json_object_object_add(object, "says", control_text(stands));
    return object;
}

/* True for a hold of the stack, and the revocation of its key by whichever stack's name. */
static bool is_about(const struct order *order, const struct stack *stack)
{
    return order->kind == ORDER_HOLD ? strcmp(order->stack, stack->name) == 0
                                     : armid_same(order->key_id, stack->key->id);
}

static struct json_object *orders_of(const struct control *control, const struct stack *stack)
{
    const struct orders *orders = &control->daemon->orders;
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; i < orders->count; i++)
        if (is_about(&orders->list[i], stack))
            json_object_array_add(list, control_order(control, &orders->list[i]));
    return list;
}

/* Those about nothing that is declared: they stand all the same. */
static struct json_object *other_orders(const struct control *control)
{
    const struct orders *orders = &control->daemon->orders;
    const struct graph *graph = &control->daemon->config->graph;
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; i < orders->count; i++) {
        bool is_declared = false;
        for (size_t k = 0; k < graph->n_stacks; k++)
            is_declared |= is_about(&orders->list[i], &graph->stacks[k]);
        if (!is_declared)
            json_object_array_add(list, control_order(control, &orders->list[i]));
    }
    return list;
}

/* ---- what is declared ----------------------------------------------------------------------- */

static void add_exemptions(struct json_object *list, const struct node *node, int64_t now_s)
{
    for (size_t i = 0; i < node->n_exemptions; i++) {
        const struct exemption *exemption = &node->exemptions[i];
        struct json_object *object = json_object_new_object();
        json_object_object_add(object, "resource", json_object_new_string(node->id));
        json_object_object_add(object, "path", json_object_new_string(exemption->path));
        json_object_object_add(object, "reason", json_object_new_string(exemption->reason));
        json_object_object_add(object, "until", control_time(exemption->until_s));
        json_object_object_add(object, "ended",
                               json_object_new_boolean(now_s >= exemption->until_s));
        json_object_array_add(list, object);
    }
}

static void add_unreached(struct json_object *list, const struct status *status,
                          const struct node *node)
{
    const char *code = status_unreached(status, node);
    if (!code)
        return;
    struct json_object *object = json_object_new_object();
    json_object_object_add(object, "resource", json_object_new_string(node->id));
    json_object_object_add(object, "code", json_object_new_string(code));
    json_object_object_add(object, "message",
                           json_object_new_string("rotate and revoke are NOT possible"));
    json_object_object_add(object, "correlationId", NULL);
    json_object_array_add(list, object);
}

/* What stands with the nodes of the stack, whatever the last pass found. */
static void add_standing(struct json_object *object, const struct daemon *daemon, size_t stack,
                         int64_t now_s)
{
    const struct graph *graph = &daemon->config->graph;
    struct json_object *exemptions = json_object_new_array();
    struct json_object *unreached = json_object_new_array();
    size_t first, count = graph_island(graph, graph->stacks[stack].island, &first);
    enum mode mode = MODE_ENFORCE;
    for (size_t i = first; i < first + count; i++) {
        const struct node *node = graph->nodes[i];
        if (!node_is_of(node, stack))
            continue;
        add_exemptions(exemptions, node, now_s);
        add_unreached(unreached, daemon->status, node);
        if (node->mode == MODE_AUDIT)
            mode = MODE_AUDIT;
    }
    json_object_object_add(object, "mode",
                           json_object_new_string(mode == MODE_AUDIT ? "audit" : "enforce"));
    json_object_object_add(object, "exemptions", exemptions);
    json_object_object_add(object, "unreached", unreached);
}

/* ---- a stack -------------------------------------------------------------------------------- */

static const struct author *author_of(void *owner, const struct entry *entry)
{
    const struct daemon *daemon = owner;
    return activity_author(daemon->activity, entry->node, entry->path);
}

static struct json_object *stack_json(const struct control *control, size_t stack, int64_t now_s)
{
    struct daemon *daemon = control->daemon;
    const struct graph *graph = &daemon->config->graph;
    const struct stack *of = &graph->stacks[stack];
    struct stack_status status = status_of(daemon->status, stack);
    struct json_object *object = document_stack(
        graph, stack, reconciler_ledger(daemon->reconciler, of->island), author_of, daemon);
    json_object_object_add(
        object, "state",
        json_object_new_string(status.is_known ? stack_state_word(status.state) : "unseen"));
    json_object_object_add(object, "lastGoodLook", control_time(status.last_good_s));
    json_object_object_add(object, "blindSince", control_time(status.blind_since_s));
    json_object_object_add(object, "orders", orders_of(control, of));
    add_standing(object, daemon, stack, now_s);
    return object;
}

bool control_is_asked(struct json_object *stacks, const char *name)
{
    size_t count = stacks ? json_object_array_length(stacks) : 0;
    for (size_t i = 0; i < count; i++)
        if (strcmp(json_object_get_string(json_object_array_get_idx(stacks, i)), name) == 0)
            return true;
    return !count;
}

struct json_object *control_status(const struct control *control, struct json_object *stacks)
{
    const struct daemon *daemon = control->daemon;
    const struct graph *graph = &daemon->config->graph;
    int64_t now_s = (int64_t)time(NULL);
    uint64_t left_ms = uv_timer_get_due_in(&daemon->interval);
    AUTO(text) char *sentence = daemon_sentence(daemon);
    struct json_object *reply = json_object_new_object();
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; i < graph->n_stacks; i++)
        if (control_is_asked(stacks, graph->stacks[i].name))
            json_object_array_add(list, stack_json(control, i, now_s));

    json_object_object_add(reply, "version", json_object_new_string(CMKD_VERSION));
    json_object_object_add(reply, "pid", json_object_new_int64(getpid()));
    json_object_object_add(reply, "started", control_time(control->started_s));
    json_object_object_add(reply, "configuration", json_object_new_string(daemon->options->config));
    json_object_object_add(reply, "intervalSeconds",
                           json_object_new_int64(daemon->config->interval_s));
    json_object_object_add(reply, "nextPass", control_time(now_s + (int64_t)(left_ms / 1000)));
    json_object_object_add(reply, "sentence", json_object_new_string(sentence));
    json_object_object_add(reply, "reloadRefused", control_text(daemon->reload_refused));
    json_object_object_add(reply, "ordersUnreadable", control_text(daemon->orders.err.message));
    json_object_object_add(reply, "otherOrders", other_orders(control));
    json_object_object_add(reply, "stacks", list);
    return reply;
}
