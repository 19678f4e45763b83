/* standing.c: the orders that stand. The reconciler reads them by itself before it writes; here
 * they are told when they come and go, end when their time is over, and stand in the status. */
#include "daemon.h"

#include "base/iso8601.h"
#include "reconcile/dates.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static void tell_order(const struct daemon *daemon, enum event_kind kind, const struct order *order,
                       const char *reason)
{
    const char *name = order->stack;
    const struct event event = {.kind = kind, .stacks = &name, .n_stacks = 1, .reason = reason};
    tell_all(daemon, &event);
}

static void tell_given(const struct daemon *daemon, const struct order *order)
{
    char until[ISO8601_TIME_SIZE];
    bool ends = order->until_s != ORDER_FOR_EVER;
    if (ends)
        iso8601_format_time(order->until_s, until);
    AUTO(text)
    char *reason = mem_format("by %s, until %s: %s", order->by, ends ? until : "it is released",
                              order->reason);
    tell_order(daemon, EVENT_HOLD, order, reason);
}

static bool is_among(const struct orders *orders, const struct order *order)
{
    for (size_t i = 0; i < orders->count; i++)
        if (orders->list[i].kind == order->kind && orders->list[i].since_s == order->since_s &&
            orders->list[i].until_s == order->until_s &&
            strcmp(orders->list[i].stack, order->stack) == 0 &&
            strcmp(orders->list[i].reason, order->reason) == 0)
            return true;
    return false;
}

static void tell_changes(const struct daemon *daemon, const struct orders *now)
{
    const struct orders *before = &daemon->orders;
    bool was_bad = before->err.domain != ERR_NONE, is_bad = now->err.domain != ERR_NONE;
    if (is_bad && (!was_bad || strcmp(now->err.message, before->err.message) != 0))
        tell(daemon->way, EVENT_ORDERS_UNREADABLE, now->err.message);
    if (is_bad)
        return; /* what is not seen has not gone */
    if (was_bad)
        tell(daemon->way, EVENT_ORDERS_READ, NULL);
    for (size_t i = 0; i < now->count; i++)
        if (now->list[i].kind == ORDER_HOLD && !is_among(before, &now->list[i]))
            tell_given(daemon, &now->list[i]);
    for (size_t i = 0; i < before->count; i++)
        if (before->list[i].kind == ORDER_HOLD && !is_among(now, &before->list[i]) &&
            !orders_find(now, before->list[i].kind, before->list[i].stack, 0))
            tell_order(daemon, EVENT_RELEASE, &before->list[i], "the order has been taken back");
    revoking_tell_changes(daemon, before, now);
}

/* ---- the end of their time ------------------------------------------------------------------ */

static bool is_overdue(const struct order *order)
{
    return (int64_t)time(NULL) >= order->until_s;
}

char *daemon_why_it_stands(const struct daemon *daemon, const struct order *order)
{
    char *doubt = is_overdue(order) ? dates_doubt(daemon->azure) : NULL;
    if (doubt || !is_overdue(order) || daemon->options->dry_run)
        return doubt;
    return mem_format("its file in %s/orders cannot be taken away: see to the rights of the folder",
                      daemon->state_directory);
}

/* So that what has ended is not told as taken back, too. */
static void forget(struct orders *orders, const struct order *ended)
{
    size_t kept = 0;
    for (size_t i = 0; i < orders->count; i++) {
        struct order *order = &orders->list[i];
        if (order->kind == ended->kind && strcmp(order->stack, ended->stack) == 0)
            order_done(order);
        else
            orders->list[kept++] = *order;
    }
    orders->count = kept;
}

/* A dry run only knows that it would. */
static bool ends(struct daemon *daemon, const struct order *order)
{
    struct err err;
    bool is_told = daemon->options->dry_run ? is_among(&daemon->orders, order) : true;
    if (order->until_s > dates_now_s(daemon->azure))
        return false;
    if (!daemon->options->dry_run &&
        !orders_remove(&daemon->folder, order->kind, order->stack, &err))
        return false;
    if (is_told)
        tell_order(daemon, EVENT_RELEASE, order, "its time is over");
    forget(&daemon->orders, order);
    return true;
}

/* An order whose time is over is no order any more: it goes, and that is told. */
static void end_overdue(struct daemon *daemon, struct orders *now)
{
    size_t kept = 0;
    for (size_t i = 0; i < now->count; i++) {
        if (ends(daemon, &now->list[i]))
            order_done(&now->list[i]);
        else
            now->list[kept++] = now->list[i];
    }
    now->count = kept;
}

void daemon_look_at_orders(struct daemon *daemon)
{
    struct orders now;
    orders_load(&daemon->folder, &now);
    if (now.err.domain == ERR_NONE)
        end_overdue(daemon, &now);
    tell_changes(daemon, &now);
    if (now.err.domain != ERR_NONE) { /* those that were known still stand */
        daemon->orders.err = now.err;
        orders_done(&now);
        return;
    }
    orders_done(&daemon->orders);
    daemon->orders = now;
}

void daemon_end_orders(struct daemon *daemon)
{
    const struct orders *orders = &daemon->orders;
    int64_t now_s = orders->count ? dates_now_s(daemon->azure) : INT64_MIN;
    for (size_t i = 0; i < orders->count; i++)
        if (now_s >= orders->list[i].until_s) {
            daemon_look_at_orders(daemon);
            return;
        }
}

void daemon_tell_standing(struct daemon *daemon)
{
    char *stands = NULL;
    for (size_t i = 0; i < daemon->orders.count; i++) {
        AUTO(text) char *why = daemon_why_it_stands(daemon, &daemon->orders.list[i]);
        AUTO(text) char *before = why ? stands : NULL;
        if (why) /* not by how much the clock is off: that changes */
            stands = mem_format("%s%s: %.*s\n", before ? before : "", daemon->orders.list[i].stack,
                                (int)strcspn(why, "0123456789"), why);
    }
    bool is_news = stands && !(daemon->stands_told && strcmp(daemon->stands_told, stands) == 0);
    free(daemon->stands_told);
    daemon->stands_told = stands;
    for (size_t i = 0; is_news && i < daemon->orders.count; i++) {
        AUTO(text) char *why = daemon_why_it_stands(daemon, &daemon->orders.list[i]);
        if (why)
            tell_order(daemon, EVENT_HOLD_STANDS, &daemon->orders.list[i], why);
    }
}

/* ---- the status ------------------------------------------------------------------------------ */

/* What keeps the first of those whose time is over; NULL: there is none. */
static char *why_some_stand(const struct daemon *daemon)
{
    for (size_t i = 0; i < daemon->orders.count; i++) {
        char *why = daemon_why_it_stands(daemon, &daemon->orders.list[i]);
        if (why)
            return why;
    }
    return NULL;
}

char *daemon_sentence(const struct daemon *daemon)
{
    char *words = status_sentence(daemon->status);
    const struct orders *orders = &daemon->orders;
    bool is_next = false;
    for (size_t i = 0; i < orders->count; i++) { /* what is most urgent first */
        if (orders->list[i].kind != ORDER_REVOKE)
            continue;
        AUTO(text) char *before = words;
        AUTO(text) char *more = revoking_short(daemon, &orders->list[i]);
        words = mem_format("%s; %s", before, more);
    }
    for (size_t i = 0; i < orders->count; i++) {
        if (orders->list[i].kind != ORDER_HOLD)
            continue;
        AUTO(text) char *before = words;
        words = mem_format("%s%s%s", before, is_next ? ", " : "; on hold: ", orders->list[i].stack);
        is_next = true;
    }
    AUTO(text) char *stand = why_some_stand(daemon);
    if (stand) {
        AUTO(text) char *before = words;
        words = mem_format("%s; holds whose time is over stand: %s", before, stand);
    }
    if (daemon->reload_refused) {
        AUTO(text) char *before = words;
        words = mem_format("%s; reload REFUSED, the file is not what is in force", before);
    }
    if (orders->err.domain == ERR_NONE)
        return words;
    AUTO(text) char *before = words;
    return mem_format("%s; the orders cannot be read: NOTHING is written", before);
}
