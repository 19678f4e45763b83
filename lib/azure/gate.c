#include "azure/gate.h"

#include "base/mem.h"

#include <assert.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define QUOTA_HEADERS "x-ms-ratelimit-remaining-"
#define QUOTAS_MAX 8
#define LOW 0.8           /* of the share that may be used: what is left may fall by so much */
#define SPACING_MS 1000.0 /* between two requests when nothing is left */

/* One kind of remaining-quota header: what it said at most, and last. */
struct quota {
    char name[64];
    double most, left;
};

struct gate_queue {
    char *key;         /* owned */
    struct gate *gate; /* borrowed */
    uv_timer_t timer;  /* lets those go whose turn it is */
    unsigned through;  /* tickets */
    struct gate_ticket *first, **end;
    uint64_t paused_until_ms, next_ms; /* uv_now() times; 0: none */
    struct err why;                    /* the last 429 */
    struct quota quotas[QUOTAS_MAX];
    struct gate_queue *next; /* of all */
};

struct gate {
    uv_loop_t *loop;
    void *tree; /* of tsearch(3), by key */
    struct gate_queue *queues;
    double share;
    unsigned open; /* handles, and one while gate_free() runs */
    void (*closed)(void *owner);
    void *owner;
};

static void on_timer(uv_timer_t *timer);

/* ---- queues -------------------------------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct gate_queue *)a)->key, ((const struct gate_queue *)b)->key);
}

static struct gate_queue *queue_of(struct gate *gate, const char *key)
{
    AUTO(text) char *copy = mem_text(key);
    struct gate_queue wanted = {.key = copy};
    void *node = tfind(&wanted, &gate->tree, by_key);
    if (node)
        return *(struct gate_queue **)node;

    struct gate_queue *queue = mem_new(1, sizeof *queue);
    queue->key = TAKE(copy);
    queue->gate = gate;
    queue->end = &queue->first;
    queue->next = gate->queues;
    gate->queues = queue;
    uv_timer_init(gate->loop, &queue->timer);
    queue->timer.data = queue;
    if (!tsearch(queue, &gate->tree, by_key))
        abort();
    return queue;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Sets the timer to the moment at which the first that waits may go. */
static void schedule(struct gate_queue *queue)
{
    if (!queue->first || queue->through >= GATE_WIDTH) {
        uv_timer_stop(&queue->timer);
        return;
    }
    uv_update_time(queue->gate->loop); /* the loop's idea of now may be old */
    uint64_t now_ms = uv_now(queue->gate->loop);
    uint64_t at_ms = later(queue->paused_until_ms, queue->next_ms);
    uv_timer_start(&queue->timer, on_timer, at_ms > now_ms ? at_ms - now_ms : 0, 0);
}

/* How long until the next request: the less is left of the scarcest quota, the longer. */
static uint64_t spacing_ms(const struct gate_queue *queue)
{
    double least = 1, allowed = 1 - LOW * queue->gate->share;
    for (size_t i = 0; i < QUOTAS_MAX && queue->quotas[i].most > 0; i++) {
        double left = queue->quotas[i].left / queue->quotas[i].most;
        least = left < least ? left : least;
    }
    return least < allowed ? (uint64_t)(SPACING_MS * (allowed - least) / allowed) : 0;
}

static void on_timer(uv_timer_t *timer)
{
    struct gate_queue *queue = timer->data;
    struct gate_ticket *ticket = queue->first;
    if (!ticket || queue->through >= GATE_WIDTH)
        return;
    queue->first = ticket->next;
    if (!queue->first)
        queue->end = &queue->first;
    queue->through++;
    queue->next_ms = uv_now(queue->gate->loop) + spacing_ms(queue);
    ticket->is_through = true;
    schedule(queue);
    ticket->on_turn(ticket->owner);
}

/* ---- tickets ------------------------------------------------------------------------------- */

void gate_enter(struct gate *gate, const char *key, struct gate_ticket *ticket,
                void (*on_turn)(void *owner), void *owner)
{
    struct gate_queue *queue = queue_of(gate, key);
    assert(!ticket->queue);
    *ticket = (struct gate_ticket){.queue = queue, .on_turn = on_turn, .owner = owner};
    *queue->end = ticket;
    queue->end = &ticket->next;
    schedule(queue);
}

void gate_leave(struct gate_ticket *ticket)
{
    struct gate_queue *queue = ticket->queue;
    if (!queue)
        return;
    if (ticket->is_through) {
        queue->through--;
    } else {
        struct gate_ticket **at = &queue->first;
        while (*at != ticket)
            at = &(*at)->next;
        *at = ticket->next;
        if (!ticket->next)
            queue->end = at;
    }
    ticket->queue = NULL;
    schedule(queue);
}

uint64_t gate_paused_until_ms(const struct gate_ticket *ticket, struct err *why)
{
    const struct gate_queue *queue = ticket->queue;
    if (!queue || queue->paused_until_ms <= uv_now(queue->gate->loop))
        return 0;
    *why = queue->why;
    return queue->paused_until_ms;
}

void gate_pause(struct gate_ticket *ticket, uint64_t until_ms, const struct err *why)
{
    struct gate_queue *queue = ticket->queue;
    queue->paused_until_ms = later(queue->paused_until_ms, until_ms);
    queue->why = *why;
    schedule(queue);
}

static void learn(void *owner, const char *name, const char *value)
{
    struct gate_queue *queue = owner;
    char *end;
    double left = strtod(value, &end);
    if (end == value || left < 0)
        return;
    /* Each resource provider counts its own requests under one and the same name. */
    if (strcasecmp(name, "subscription-resource-requests") == 0)
        return;
    for (size_t i = 0; i < QUOTAS_MAX; i++) {
        struct quota *quota = &queue->quotas[i];
        if (!quota->name[0])
            err_copy(quota->name, sizeof quota->name, name);
        else if (strcmp(quota->name, name) != 0)
            continue;
        quota->left = left;
        quota->most = left > quota->most ? left : quota->most;
        return;
    }
}

void gate_learn(struct gate_ticket *ticket, const struct http_answer *answer)
{
    answer_each_header(answer, QUOTA_HEADERS, learn, ticket->queue);
}

/* ---- life ---------------------------------------------------------------------------------- */

struct gate *gate_new(uv_loop_t *loop)
{
    struct gate *gate = mem_new(1, sizeof *gate);
    gate->loop = loop;
    gate->share = 1;
    return gate;
}

void gate_set_share(struct gate *gate, double share)
{
    gate->share = share;
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
    free(queue->key);
    free(queue);
    close_one(gate);
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
        assert(!queue->first && !queue->through);
        gate->open++;
        uv_close((uv_handle_t *)&queue->timer, on_closed);
    }
    close_one(gate);
}
