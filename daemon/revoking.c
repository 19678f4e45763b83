/* revoking.c: the orders to revoke and restore keys, in the daemon: the revoker carries them out;
 * here is told what comes of it. */
#include "daemon.h"

#include "base/armid.h"
#include "base/iso8601.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PATH "properties.attributes.enabled"

/* ---- who is concerned ----------------------------------------------------------------------- */

/* The names of the stacks that declare the key; none does: the one that it was asked for by. The
 * caller frees the array. */
static const char **stacks_of(const struct daemon *daemon, const struct order *order, size_t *count)
{
    const struct graph *graph = &daemon->config->graph;
    const char **names = mem_new(graph->n_stacks + 1, sizeof *names);
    *count = 0;
    for (size_t i = 0; i < graph->n_stacks; i++)
        if (armid_same(graph->stacks[i].key->id, order->key_id))
            names[(*count)++] = graph->stacks[i].name;
    if (!*count)
        names[(*count)++] = order->stack;
    return names;
}

bool revoking_is_declared(const struct daemon *daemon, const struct order *order)
{
    return graph_find(&daemon->config->graph, order->key_id) != NULL;
}

static void tell_about(const struct daemon *daemon, const struct order *order, struct event *event)
{
    const char **names = stacks_of(daemon, order, &event->n_stacks);
    event->stacks = names;
    event->resource = armid_name(order->key_id);
    event->resource_id = order->key_id;
    tell_all(daemon, event);
    free(names);
}

/* ---- orders --------------------------------------------------------------------------------- */

static void tell_order(const struct daemon *daemon, const struct order *order)
{
    bool is_restoring = order->restore_by != NULL;
    AUTO(text)
    char *reason =
        mem_format("by %s: %s%s", is_restoring ? order->restore_by : order->by, order->reason,
                   revoking_is_declared(daemon, order)
                       ? ""
                       : " (nothing that is declared uses this key; the order stands)");
    struct event event = {.kind = is_restoring ? EVENT_RESTORE : EVENT_REVOKE, .reason = reason};
    tell_about(daemon, order, &event);
}

/* A file that somebody has taken away by hand. */
static void tell_gone(const struct daemon *daemon, const struct order *order)
{
    AUTO(text)
    char *reason =
        mem_format("the order to revoke %s has been taken away, what is disabled stays so",
                   armid_name(order->key_id));
    struct event event = {.kind = EVENT_RELEASE, .reason = reason};
    tell_about(daemon, order, &event);
}

void revoking_tell_changes(const struct daemon *daemon, const struct orders *before,
                           const struct orders *now)
{
    for (size_t i = 0; i < now->count; i++) {
        const struct order *order = &now->list[i];
        const struct order *was =
            order->kind == ORDER_REVOKE ? orders_revocation(before, order->key_id) : NULL;
        bool is_same =
            was && was->since_s == order->since_s && !was->restore_by == !order->restore_by;
        if (order->kind == ORDER_REVOKE && !is_same)
            tell_order(daemon, order);
    }
    for (size_t i = 0; i < before->count; i++) {
        const struct order *was = &before->list[i];
        if (was->kind == ORDER_REVOKE && !was->restore_by && !orders_revocation(now, was->key_id))
            tell_gone(daemon, was);
    }
}

/* ---- what the revoker tells ------------------------------------------------------------------
 */

static void on_switched(void *owner, const struct order *order, const char *version,
                        const struct call_answer *answer)
{
    const struct daemon *daemon = owner;
    bool is_enabled = order->restore_by != NULL;
    AUTO(json) struct json_object *observed = json_object_new_object();
    json_object_object_add(observed, "version", json_object_new_string(version));
    json_object_object_add(observed, "enabled", json_object_new_boolean(is_enabled));
    struct event event = {
        .kind = is_enabled ? EVENT_VERSION_RESTORED : EVENT_VERSION_REVOKED,
        .path = PATH,
        .has_values = true,
        .observed = observed,
        .correlation_id = answer->correlation_id,
        .request_id = answer->request_id,
    };
    tell_about(daemon, order, &event);
    const struct node *key = graph_find(&daemon->config->graph, order->key_id);
    if (key)
        news_ordered(daemon->news, key, answer->correlation_id, answer->request_id,
                     (int64_t)time(NULL));
}

static char *names_of(struct json_object *ids)
{
    char *names = mem_text("");
    for (size_t i = 0; i < json_object_array_length(ids); i++) {
        AUTO(text) char *before = names;
        names = mem_format("%s%s%s", before, i ? ", " : "",
                           json_object_get_string(json_object_array_get_idx(ids, i)));
    }
    return names;
}

static void tell_revoked(const struct daemon *daemon, const struct order *order)
{
    AUTO(text)
    char *reason =
        mem_format("every version is disabled, read back from the vault; %s", ORDER_REVOKED_LEAVES);
    struct event event = {.kind = EVENT_REVOKED, .reason = reason};
    tell_about(daemon, order, &event);
}

static void tell_restored(const struct daemon *daemon, const struct order *order,
                          struct json_object *left)
{
    size_t count = order->versions ? json_object_array_length(order->versions) : 0;
    size_t n_left = json_object_array_length(left);
    AUTO(text) char *names = names_of(left);
    AUTO(text)
    char *reason = mem_format(
        "%zu version%s enabled as before%s%s", count, count == 1 ? " is" : "s are",
        n_left ? "; disabled before, or made since, and left so: " : "", n_left ? names : "");
    struct event event = {.kind = EVENT_RESTORED, .reason = reason};
    tell_about(daemon, order, &event);
}

/* What a restored stack was held for is looked at as soon as it may be repaired. */
static void on_done(void *owner, const struct order *order, struct json_object *left)
{
    struct daemon *daemon = owner;
    bool is_restored = order->restore_by != NULL;
    if (is_restored)
        tell_restored(daemon, order, left);
    else
        tell_revoked(daemon, order);
    daemon_look_at_orders(daemon);
    daemon_update_status(daemon);
    if (daemon->options->task == TASK_RUN)
        daemon_begin_pass(daemon);
}

static void on_stuck(void *owner, const struct order *order, const struct err *err)
{
    struct daemon *daemon = owner;
    struct event event = {
        .kind = order->restore_by ? EVENT_RESTORE_STUCK : EVENT_REVOKE_STUCK,
        .correlation_id = err->correlation_id,
        .error_code = err->code,
        .reason = err->message,
    };
    daemon->was_stuck = true;
    tell_about(daemon, order, &event);
    daemon_update_status(daemon);
}

/* --once has waited for it: what it looks at is what the orders have made of it. */
static void on_idle(void *owner)
{
    struct daemon *daemon = owner;
    bool was_awaited = daemon->awaits_revoker;
    daemon->awaits_revoker = false;
    if (daemon->is_stopping)
        daemon_settle(daemon);
    else if (was_awaited)
        daemon_begin_pass(daemon);
}

struct revoker *revoking_new(struct daemon *daemon)
{
    const struct revoker_hooks hooks = {
        .owner = daemon,
        .switched = on_switched,
        .done = on_done,
        .stuck = on_stuck,
        .idle = on_idle,
    };
    return revoker_new(&daemon->loop, daemon->azure, &daemon->folder,
                       daemon->options->task == TASK_ONCE, &hooks);
}

/* A rotation that was in flight when the order came has made a version: it is looked for at once.
 */
void revoking_after(struct daemon *daemon, const struct ledger *ledger)
{
    bool has_rotated = false;
    for (size_t i = 0; i < ledger->n_entries; i++)
        has_rotated |= ledger->entries[i].action == ACTION_ROTATE &&
                       ledger->entries[i].status != STATUS_NONE &&
                       orders_revocation(&daemon->orders, ledger->entries[i].node->id);
    if (has_rotated && !daemon->options->dry_run)
        revoker_look(daemon->revoker);
}

/* ---- the status ------------------------------------------------------------------------------
 */

char *revoking_words(const struct daemon *daemon, const struct order *order)
{
    const struct err *stuck =
        daemon->revoker ? revoker_stuck(daemon->revoker, order->key_id) : NULL;
    const char *name = armid_name(order->key_id);
    char since[ISO8601_TIME_SIZE];
    iso8601_format_time(order->restore_by  ? order->restore_s
                        : order->revoked_s ? order->revoked_s
                                           : order->since_s,
                        since);
    if (order->restore_by)
        return mem_format("the key %s is being restored, ordered by %s since %s%s%s%s%s", name,
                          order->restore_by, since, stuck ? "; NOT RESTORED yet: " : "",
                          stuck ? stuck->code : "", stuck ? ": " : "", stuck ? stuck->message : "");
    if (stuck)
        return mem_format("the key %s is NOT REVOKED as %s ordered: %s: %s", name, order->by,
                          stuck->code, stuck->message);
    if (!order->revoked_s)
        return mem_format("the key %s is being revoked, ordered by %s at %s: %s", name, order->by,
                          since, order->reason);
    return mem_format(
        "the key %s is REVOKED by order of %s, all versions seen disabled at %s: %s; %s", name,
        order->by, since, order->reason, ORDER_REVOKED_LEAVES);
}

char *revoking_short(const struct daemon *daemon, const struct order *order)
{
    const struct err *stuck =
        daemon->revoker ? revoker_stuck(daemon->revoker, order->key_id) : NULL;
    const char *how = order->restore_by  ? "is being restored"
                      : order->revoked_s ? "REVOKED"
                                         : "is being revoked";
    if (stuck)
        return mem_format("key %s NOT %s: %s", armid_name(order->key_id),
                          order->restore_by ? "RESTORED" : "REVOKED", stuck->code);
    return mem_format("key %s %s", armid_name(order->key_id), how);
}
