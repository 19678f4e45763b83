/* revoker.c: when the orders about keys are carried out: revoker_look() ─► on_timer ─► run_begin()
 * ... revoker_ended() ─► on_timer: again, later, or idle. */
#include "reconcile/revoker_private.h"

#include "base/armid.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_FIRST_MS 1000
#define RETRY_MAX_MS 60000
#define UNSHOWN_TOLD 6 /* runs in a row after which it is told that nothing shows */

static void on_timer(uv_timer_t *timer);

/* ---- when ---------------------------------------------------------------------------------- */

/* Sets the timer for what is due first. */
static void arm(struct revoker *revoker)
{
    uint64_t now_ms, first_ms = 0;
    uv_update_time(revoker->loop);
    now_ms = uv_now(revoker->loop);
    for (const struct run *run = revoker->first; run; run = run->after) {
        uint64_t due_ms = run->is_over && !run->call ? now_ms : run->due_ms;
        if (!run->call && due_ms && (!first_ms || due_ms < first_ms))
            first_ms = due_ms;
    }
    if (uv_is_closing((uv_handle_t *)&revoker->timer))
        return;
    if (first_ms)
        uv_timer_start(&revoker->timer, on_timer, first_ms > now_ms ? first_ms - now_ms : 0, 0);
    else
        uv_timer_stop(&revoker->timer);
}

static struct run *find(const struct revoker *revoker, const char *key_id)
{
    struct run *run = revoker->first;
    while (run && !armid_same(run->order.key_id, key_id))
        run = run->after;
    return run;
}

/* Behind those that have come before: the key that was ordered first has its turn first. */
static struct run *get(struct revoker *revoker, const char *key_id)
{
    struct run *run = find(revoker, key_id), **last = &revoker->first;
    if (run)
        return run;
    while (*last)
        last = &(*last)->after;
    run = mem_new(1, sizeof *run);
    run->revoker = revoker;
    run->order.key_id = mem_text(key_id);
    *last = run;
    return run;
}

void revoker_look(struct revoker *revoker)
{
    struct orders orders;
    if (revoker->is_stopping)
        return;
    orders_load(revoker->folder, &orders);
    uv_update_time(revoker->loop);
    for (size_t i = 0; i < orders.count; i++) {
        if (orders.list[i].kind != ORDER_REVOKE)
            continue;
        struct run *run = get(revoker, orders.list[i].key_id);
        run->is_over = false;
        run->due_ms = uv_now(revoker->loop);
        run->wants_again = run->call != NULL;
    }
    orders_done(&orders);
    arm(revoker);
}

static void run_free(struct run *run)
{
    order_done(&run->order);
    json_object_put(run->todo);
    json_object_put(run->list);
    free(run);
}

static void drop_finished(struct revoker *revoker)
{
    for (struct run **at = &revoker->first; *at;) {
        struct run *run = *at;
        if (run->is_over && !run->call) {
            *at = run->after;
            run_free(run);
        } else {
            at = &run->after;
        }
    }
}

/* Hooks may ask for another look: that adds to the end of the list, and takes nothing away. */
static void on_timer(uv_timer_t *timer)
{
    struct revoker *revoker = timer->data;
    uint64_t now_ms = uv_now(revoker->loop);
    for (struct run *run = revoker->first; run; run = run->after)
        if (!run->call && !run->is_over && run->due_ms && run->due_ms <= now_ms)
            run_begin(run);
    drop_finished(revoker);
    arm(revoker);
    if (!revoker_is_busy(revoker))
        revoker->hooks.idle(revoker->hooks.owner);
}

/* ---- the end of a run ------------------------------------------------------------------------ */

static uint64_t pause_ms(const struct run *run)
{
    uint64_t pause = RETRY_FIRST_MS;
    for (unsigned i = 1; i < run->failures && pause < RETRY_MAX_MS; i++)
        pause *= 2;
    return pause < RETRY_MAX_MS ? pause : RETRY_MAX_MS;
}

static void note_trouble(struct run *run)
{
    struct revoker *revoker = run->revoker;
    run->failures++;
    bool may_show = err_is(&run->trouble, REVOKER_NOT_SHOWN) && run->failures < UNSHOWN_TOLD;
    if (!revoker->is_once || may_show)
        run->due_ms = uv_now(revoker->loop) + pause_ms(run);
    if (may_show)
        return;
    bool is_known =
        run->stuck.domain != ERR_NONE && strcmp(run->stuck.code, run->trouble.code) == 0;
    run->stuck = run->trouble;
    if (!is_known)
        revoker->hooks.stuck(revoker->hooks.owner, &run->order, &run->stuck);
}

void revoker_ended(struct run *run)
{
    struct revoker *revoker = run->revoker;
    assert(!run->call);
    if (revoker->is_stopping) {
        if (!revoker_is_at_work(revoker))
            revoker->hooks.idle(revoker->hooks.owner);
        return;
    }
    uv_update_time(revoker->loop);
    if (run->trouble.domain != ERR_NONE && !run->is_over) {
        note_trouble(run);
    } else {
        run->failures = 0;
        memset(&run->stuck, 0, sizeof run->stuck);
    }
    if (run->wants_again)
        run->due_ms = uv_now(revoker->loop);
    run->wants_again = false;
    if (!run->due_ms) /* a turn of the loop, to see whether all is idle */
        uv_timer_start(&revoker->timer, on_timer, 0, 0);
    else
        arm(revoker);
}

/* ---- life ---------------------------------------------------------------------------------- */

struct revoker *revoker_new(uv_loop_t *loop, struct azure *azure, struct order_folder *folder,
                            bool once, const struct revoker_hooks *hooks)
{
    struct revoker *revoker = mem_new(1, sizeof *revoker);
    revoker->loop = loop;
    revoker->azure = azure;
    revoker->folder = folder;
    revoker->is_once = once;
    revoker->hooks = *hooks;
    uv_timer_init(loop, &revoker->timer);
    revoker->timer.data = revoker;
    return revoker;
}

bool revoker_is_at_work(const struct revoker *revoker)
{
    for (const struct run *run = revoker->first; run; run = run->after)
        if (run->call)
            return true;
    return false;
}

bool revoker_is_busy(const struct revoker *revoker)
{
    for (const struct run *run = revoker->first; run; run = run->after)
        if (run->call || run->due_ms)
            return true;
    return false;
}

const struct err *revoker_stuck(const struct revoker *revoker, const char *key_id)
{
    const struct run *run = find(revoker, key_id);
    return run && run->stuck.domain != ERR_NONE ? &run->stuck : NULL;
}

void revoker_stop(struct revoker *revoker)
{
    revoker->is_stopping = true;
    uv_timer_stop(&revoker->timer);
}

static void on_closed(uv_handle_t *handle)
{
    struct revoker *revoker = handle->data;
    while (revoker->first) {
        struct run *run = revoker->first;
        revoker->first = run->after;
        run_free(run);
    }
    free(revoker);
}

void revoker_free(struct revoker *revoker)
{
    if (!revoker)
        return;
    assert(!revoker_is_at_work(revoker));
    uv_close((uv_handle_t *)&revoker->timer, on_closed);
}
