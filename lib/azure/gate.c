#include "azure/gate.h"

#include "azure/width.h"
#include "base/mem.h"

#include <assert.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#define QUOTA_HEADERS "x-ms-ratelimit-remaining-"
#define FORGET_MS 10000 /* what Azure counts a vault's requests by is over by then */

/* Those of one kind that wait for their turn. */
struct gate_line {
    struct gate_queue *queue; /* borrowed */
    struct quota quota;
    struct gate_ticket *first, **end;
    struct gate_line *next; /* of the queue */
};

struct gate_queue {
    char *key;                /* owned */
    struct gate *gate;        /* borrowed */
    struct gate_line *lines;  /* owned: of the kinds that came */
    uv_timer_t timer;         /* lets those go whose turn it is */
    unsigned through;         /* tickets */
    bool is_counted;          /* in the gate's whole: a subscription's */
    bool is_waiting;          /* for a place in it */
    bool has_place;           /* in it, for the next ticket */
    uint64_t paused_until_ms; /* uv_now() time; 0: not */
    struct err *why;          /* owned: the last 429, or NULL */
    struct gate_queue *next_waiting;
    struct gate_queue *next, **link; /* of all */
};

struct gate {
    uv_loop_t *loop;
    void *tree; /* of tsearch(3), by key */
    struct gate_queue *queues;
    struct width whole;
    struct gate_queue *waiting, **waiting_end; /* for a place, in turn */
    uv_timer_t stalled;                        /* makes places when none comes */
    double share;
    unsigned open; /* handles */
    void (*closed)(void *owner);
    void *owner;
};

static void on_timer(uv_timer_t *timer);
static void on_idle(uv_timer_t *timer);
static void on_stalled(uv_timer_t *timer);

/* ---- queues -------------------------------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct gate_queue *)a)->key, ((const struct gate_queue *)b)->key);
}

static struct gate_queue *queue_of(struct gate *gate, const char *key, enum quota_kind kind)
{
    AUTO(text) char *copy = mem_text(key);
    struct gate_queue wanted = {.key = copy};
    void *node = tfind(&wanted, &gate->tree, by_key);
    if (node)
        return *(struct gate_queue **)node;

    struct gate_queue *queue = mem_new(1, sizeof *queue);
    queue->key = TAKE(copy);
    queue->gate = gate;
    queue->is_counted = kind == QUOTA_READS || kind == QUOTA_WRITES;
    queue->next = gate->queues;
    queue->link = &gate->queues;
    if (queue->next)
        queue->next->link = &queue->next;
    gate->queues = queue;
    uv_timer_init(gate->loop, &queue->timer);
    queue->timer.data = queue;
    if (!tsearch(queue, &gate->tree, by_key))
        abort();
    return queue;
}

static struct gate_line *line_of(struct gate_queue *queue, enum quota_kind kind)
{
    for (struct gate_line *line = queue->lines; line; line = line->next)
        if (line->quota.kind == kind)
            return line;
    struct gate_line *line = mem_new(1, sizeof *line);
    line->queue = queue;
    line->end = &line->first;
    line->next = queue->lines;
    quota_init(&line->quota, kind);
    queue->lines = line;
    return line;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* The line whose first may go soonest, and when; NULL if nobody waits. Where two may go at once the
 * write does, as it mends something. */
static struct gate_line *soonest(struct gate_queue *queue, uint64_t *at_ms)
{
    uint64_t now_ms = uv_now(queue->gate->loop);
    struct gate_line *found = NULL;
    for (struct gate_line *line = queue->lines; line; line = line->next) {
        uint64_t next_ms =
            later(queue->paused_until_ms, quota_next_ms(&line->quota, queue->gate->share, now_ms));
        bool is_sooner = !found || next_ms < *at_ms ||
                         (next_ms == *at_ms && line->quota.kind > found->quota.kind);
        if (!line->first || !is_sooner)
            continue;
        found = line;
        *at_ms = next_ms;
    }
    return found;
}

/* A vault's of which nobody wants anything, and nothing is remembered that counts for long. */
static bool is_to_be_forgotten(const struct gate_queue *queue)
{
    bool is_empty = !queue->through;
    for (const struct gate_line *line = queue->lines; line; line = line->next)
        is_empty &= !line->first && line->quota.kind == QUOTA_VAULT;
    return is_empty && queue->paused_until_ms <= uv_now(queue->gate->loop);
}

/* Sets the timer to the moment at which the next that waits may go. */
static void schedule(struct gate_queue *queue)
{
    uint64_t at_ms;
    uv_update_time(queue->gate->loop); /* the loop's idea of now may be old */
    if (is_to_be_forgotten(queue)) {
        uv_timer_start(&queue->timer, on_idle, FORGET_MS, 0);
        uv_unref((uv_handle_t *)&queue->timer); /* it keeps no loop running */
        return;
    }
    uv_ref((uv_handle_t *)&queue->timer);
    if (queue->has_place) {
        uv_timer_start(&queue->timer, on_timer, 0, 0); /* it is used, or passed on */
        return;
    }
    if (queue->is_waiting || queue->through >= GATE_WIDTH || !soonest(queue, &at_ms)) {
        uv_timer_stop(&queue->timer);
        return;
    }
    uint64_t now_ms = uv_now(queue->gate->loop);
    uv_timer_start(&queue->timer, on_timer, at_ms > now_ms ? at_ms - now_ms : 0, 0);
}

/* ---- places in the whole ------------------------------------------------------------------- */

/* Gives the places that are free to the queues whose turn it is. */
static void give_places(struct gate *gate)
{
    uint64_t again_ms, now_ms = uv_now(gate->loop);
    struct gate_queue *queue;
    while ((queue = gate->waiting) && width_has_room(&gate->whole, now_ms, &again_ms)) {
        gate->waiting = queue->next_waiting;
        if (!gate->waiting)
            gate->waiting_end = &gate->waiting;
        queue->is_waiting = false;
        queue->has_place = true;
        width_take(&gate->whole, now_ms);
        schedule(queue);
    }
    if (gate->waiting)
        uv_timer_start(&gate->stalled, on_stalled, again_ms - now_ms, 0);
    else
        uv_timer_stop(&gate->stalled);
}

static void on_stalled(uv_timer_t *timer)
{
    give_places(timer->data);
}

static void leave_place(struct gate_queue *queue)
{
    if (!queue->is_counted)
        return;
    width_leave(&queue->gate->whole, uv_now(queue->gate->loop));
    give_places(queue->gate);
}

/* True if the queue's next may have one of the places; else it gets one when one is free. */
static bool takes_place(struct gate_queue *queue)
{
    struct gate *gate = queue->gate;
    if (!queue->is_counted)
        return true;
    if (!queue->has_place) {
        queue->is_waiting = true;
        queue->next_waiting = NULL;
        *gate->waiting_end = queue;
        gate->waiting_end = &queue->next_waiting;
        give_places(gate);
    }
    bool has_place = queue->has_place;
    queue->has_place = false;
    return has_place;
}

static void on_timer(uv_timer_t *timer)
{
    struct gate_queue *queue = timer->data;
    uint64_t at_ms, now_ms = uv_now(queue->gate->loop);
    struct gate_line *line = queue->through < GATE_WIDTH ? soonest(queue, &at_ms) : NULL;
    if (!line || at_ms > now_ms) {
        /* Who waited has left, or the share was made smaller, or less is left, since it was set. */
        if (queue->has_place) {
            queue->has_place = false;
            leave_place(queue);
        }
        schedule(queue);
        return;
    }
    if (!takes_place(queue))
        return;
    struct gate_ticket *ticket = line->first;
    line->first = ticket->next;
    if (!line->first)
        line->end = &line->first;
    queue->through++;
    quota_spend(&line->quota, queue->gate->share, now_ms);
    ticket->is_through = true;
    schedule(queue);
    ticket->on_turn(ticket->owner);
}

/* ---- tickets ------------------------------------------------------------------------------- */

void gate_enter(struct gate *gate, const char *key, enum quota_kind kind,
                struct gate_ticket *ticket, void (*on_turn)(void *owner), void *owner)
{
    struct gate_line *line = line_of(queue_of(gate, key, kind), kind);
    assert(!ticket->line);
    *ticket = (struct gate_ticket){.line = line, .on_turn = on_turn, .owner = owner};
    *line->end = ticket;
    line->end = &ticket->next;
    schedule(line->queue);
}

void gate_leave(struct gate_ticket *ticket)
{
    struct gate_line *line = ticket->line;
    if (!line)
        return;
    if (ticket->is_through) {
        line->queue->through--;
        leave_place(line->queue);
    } else {
        struct gate_ticket **at = &line->first;
        while (*at != ticket)
            at = &(*at)->next;
        *at = ticket->next;
        if (!ticket->next)
            line->end = at;
    }
    ticket->line = NULL;
    schedule(line->queue);
}

uint64_t gate_paused_until_ms(const struct gate_ticket *ticket, struct err *why)
{
    const struct gate_queue *queue = ticket->line ? ticket->line->queue : NULL;
    if (!queue || queue->paused_until_ms <= uv_now(queue->gate->loop))
        return 0;
    *why = *queue->why;
    return queue->paused_until_ms;
}

void gate_pause(struct gate_ticket *ticket, uint64_t until_ms, const struct err *why)
{
    struct gate_queue *queue = ticket->line->queue;
    queue->paused_until_ms = later(queue->paused_until_ms, until_ms);
    if (!queue->why)
        queue->why = mem_new(1, sizeof *queue->why);
    *queue->why = *why;
    schedule(queue);
}

static void learn(void *owner, const char *name, const char *value)
{
    struct gate_line *line = owner;
    quota_learn(&line->quota, name, value, uv_now(line->queue->gate->loop));
}

void gate_learn(struct gate_ticket *ticket, const struct http_answer *answer)
{
    answer_each_header(answer, QUOTA_HEADERS, learn, ticket->line);
}

/* ---- forgetting ----------------------------------------------------------------------------- */

static void queue_free(struct gate_queue *queue)
{
    for (struct gate_line *line; (line = queue->lines);) {
        queue->lines = line->next;
        quota_done(&line->quota);
        free(line);
    }
    free(queue->why);
    free(queue->key);
    free(queue);
}

static void on_forgotten(uv_handle_t *handle)
{
    queue_free(handle->data); /* the gate may be gone */
}

/* A fleet has thousands of vaults, each probed once an hour. */
static void on_idle(uv_timer_t *timer)
{
    struct gate_queue *queue = timer->data;
    *queue->link = queue->next;
    if (queue->next)
        queue->next->link = queue->link;
    tdelete(queue, &queue->gate->tree, by_key);
    uv_close((uv_handle_t *)timer, on_forgotten);
}

/* ---- life ---------------------------------------------------------------------------------- */

struct gate *gate_new(uv_loop_t *loop)
{
    struct gate *gate = mem_new(1, sizeof *gate);
    gate->loop = loop;
    gate->share = 1;
    gate->whole = WIDTH_UP_TO(GATE_WHOLE, GATE_WHOLE_MOST);
    gate->waiting_end = &gate->waiting;
    uv_timer_init(loop, &gate->stalled);
    gate->stalled.data = gate;
    return gate;
}

void gate_set_share(struct gate *gate, double share)
{
    gate->share = share;
    for (struct gate_queue *queue = gate->queues; queue; queue = queue->next)
        schedule(queue);
}

static void close_one(struct gate *gate)
{
    if (--gate->open)
        return;
    void (*closed)(void *owner) = gate->closed;
    void *owner = gate->owner;
    free(gate);
    closed(owner);
}

static void on_closed(uv_handle_t *handle)
{
    struct gate_queue *queue = handle->data;
    struct gate *gate = queue->gate;
    queue_free(queue);
    close_one(gate);
}

static void on_stalled_closed(uv_handle_t *handle)
{
    close_one(handle->data);
}

static void keep_queue(void *queue)
{
    (void)queue; /* it goes when its timer is closed */
}

void gate_free(struct gate *gate, void (*closed)(void *owner), void *owner)
{
    gate->closed = closed;
    gate->owner = owner;
    gate->open = 1;
    tdestroy(gate->tree, keep_queue);
    for (struct gate_queue *queue = gate->queues; queue; queue = queue->next) {
        assert(!queue->through);
        gate->open++;
        uv_close((uv_handle_t *)&queue->timer, on_closed);
    }
    uv_close((uv_handle_t *)&gate->stalled, on_stalled_closed);
}
