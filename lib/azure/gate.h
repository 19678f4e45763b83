/* gate.h: manners. Requests stand in queues, one for each subscription and each vault; a queue
 * lets four through at a time, pauses after a 429, and lets no more through than the share of what
 * Azure allows (quota.h). All subscriptions are one host's: together they have no more requests
 * under way than connections are kept, or each would shake hands anew.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
 */
#pragma once

#include "azure/answer.h"
#include "azure/quota.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define GATE_WIDTH 4        /* requests at once in one queue */
#define GATE_WHOLE 48       /* of all subscriptions, unless they hang (width.h) */
#define GATE_WHOLE_MOST 512 /* then: each has a file descriptor, and a process has 1024 */

struct gate;
struct gate_line;

/* The caller's memory; zeroed before its first use. */
struct gate_ticket {
    struct gate_line *line;   /* NULL: in no queue */
    struct gate_ticket *next; /* of those waiting */
    bool is_through;
    void (*on_turn)(void *owner);
    void *owner;
};

struct gate *gate_new(uv_loop_t *loop);

/* How much of what Azure allows may be used, 0 < share <= 1. */
void gate_set_share(struct gate *gate, double share);

/* Joins the queue of that key ("subscriptions/..." or a host), in which each kind has a line of its
 * own. on_turn is called once, from the loop, never inside gate_enter(), unless the ticket leaves
 * before. */
void gate_enter(struct gate *gate, const char *key, enum quota_kind kind,
                struct gate_ticket *ticket, void (*on_turn)(void *owner), void *owner);

/* Until when the ticket's queue is paused (uv_now() time, 0: it is not), and by what 429. */
uint64_t gate_paused_until_ms(const struct gate_ticket *ticket, struct err *why);

/* Notes what the answer tells of the limits. The ticket is through. */
void gate_learn(struct gate_ticket *ticket, const struct http_answer *answer);

/* Azure said 429: nothing more of this queue until then. The ticket is through. */
void gate_pause(struct gate_ticket *ticket, uint64_t until_ms, const struct err *why);

/* Leaves, through or not. Does nothing for a ticket in no queue. */
void gate_leave(struct gate_ticket *ticket);

/* No ticket may be left. closed is called from the loop when no handle is left. */
void gate_free(struct gate *gate, void (*closed)(void *owner), void *owner);
