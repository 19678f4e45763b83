/* activity.h: who changed what was found: the activity log is asked, for it lags by minutes again
 * and again, and what it says is told when it says it. No finding and no repair waits for it.
 *
 *     a finding ─► its island is through ─► ask ─► the log names the author ─► told
 *                                            ▲            │
 *                                            └── later ◄──┴─► after six hours: given up
 *
 * REST: Monitor, Activity Logs: List. One question for each resource group, one at a time for each
 * subscription. https://learn.microsoft.com/rest/api/monitor/activity-logs/list */
#pragma once

#include "azure/azure.h"
#include "reconcile/author.h"
#include "reconcile/ledger.h"

#include <uv.h>

struct activity;

/* All borrowed for the call. */
struct activity_hooks {
    void *owner;

    /* The log names who is the author of what the pass found. */
    void (*author)(void *owner, const char *pass, const struct node *node, const char *resource_id,
                   const char *path, const struct author *author);

    /* The log of "/subscriptions/S" may not be read: told once, until it may be. */
    void (*refused)(void *owner, const char *subscription, const struct err *err);

    /* The last question in flight has ended. */
    void (*idle)(void *owner);
};

/* azure is borrowed; hooks is copied. */
struct activity *activity_new(uv_loop_t *loop, struct azure *azure,
                              const struct activity_hooks *hooks);

/* reconciler.h tells when these come: a node was seen, an entry was decided, an island is through.
 */
void activity_looked(struct activity *activity, const struct node *node, int64_t now_s);
void activity_entry(struct activity *activity, const char *pass, const struct entry *entry,
                    int64_t now_s);
void activity_island(struct activity *activity, size_t island, const struct ledger *ledger,
                     int64_t now_s);

/* An operator wants to know: what is open is asked now. */
void activity_hurry(struct activity *activity, int64_t now_s);

/* Who is known to have made what is found at the path now; NULL: nobody. Borrowed until the loop
 * goes on. */
const struct author *activity_author(const struct activity *activity, const struct node *node,
                                     const char *path);

/* The same, else who did so the last time. */
const struct author *activity_writer(const struct activity *activity, const struct node *node,
                                     const char *path);

/* True while a question is in flight. */
bool activity_is_asking(const struct activity *activity);

/* Another graph: what concerns nodes that it does not have is forgotten. */
void activity_reload(struct activity *activity, const struct graph *graph);

/* Asks nothing more. */
void activity_stop(struct activity *activity);

/* Nothing may be in flight. The memory goes with the loop's next turns. NULL is fine. */
void activity_free(struct activity *activity);
