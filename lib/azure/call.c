/* call.c: one call, carried to its end.
 *
 *     call_start ─► on_timer ─► on_first ─┬─► finish ─► on_..._closed ─► done()
 *                                         ├─► on_page ─┐   ▲
 *                                         │      ▲─────┘   │
 *                                         └─► ask_later ─► on_timer: poll ─► on_poll
 *                                                 ▲───────────────────────────┘
 *
 * A single request is exchange.c's; what an answer means is decided in operation.c and pages.c. */
#include "azure/backoff.h"
#include "azure/engine.h"
#include "azure/exchange.h"
#include "azure/operation.h"
#include "azure/pages.h"
#include "azure/reduce.h"
#include "base/armid.h"
#include "base/js.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DEADLINE_MS 120000
#define POLL_MAX_MS 300000 /* between two polls: whoever waits for the end is blind until then */

struct call {
    struct azure *azure;
    struct call *next, **link; /* of all */
    struct exchange exchange;
    uv_timer_t timer; /* the first step; the wait between polls */
    bool is_finishing, is_cancelled, is_polling;

    /* The request. */
    char *method, *audience, *queue; /* owned */
    unsigned moves;                  /* of the engine, when it began */
    enum quota_kind kind, kind_of_read;
    char *origin, *url;     /* owned; NULL: the vault's name is none */
    char *judge_url, *body; /* owned, or NULL */
    struct want *want;      /* owned */
    bool is_write, is_list, as_text, repeatable, fresh, once;
    uint64_t deadline_ms; /* uv_now() time */
    uint64_t send_by_ms;  /* the same, of all but polls; not after deadline_ms */

    struct operation operation;
    unsigned polls;
    struct pages pages;

    struct call_answer answer;
    struct json_object *body_kept, *error_body; /* owned */
    char *text;                                 /* owned */
    call_running_fn *running;
    call_done_fn *done;
    void *owner;
};

static void on_timer(uv_timer_t *timer);
static void on_first(struct exchange *exchange);
static void on_page(struct exchange *exchange);
static void ask_later(struct call *call, const struct http_answer *answer);
static void poll_now(struct call *call);
static void on_poll(struct exchange *exchange);
static void finish(struct call *call, const struct err *err);
static void on_timer_closed(uv_handle_t *handle);
static void on_exchange_closed(uv_handle_t *handle);

/* ---- beginning ----------------------------------------------------------------------------- */

/* "/subscriptions/S", in lower case, of a Resource Manager path; "tenant" without one. */
static char *subscription_queue(const char *path)
{
    static const char prefix[] = "/subscriptions/";
    if (strncasecmp(path, prefix, strlen(prefix)) != 0)
        return mem_text("tenant");
    size_t length = strlen(prefix) + strcspn(path + strlen(prefix), "/?");
    AUTO(text) char *subscription = mem_text_n(path, length);
    return armid_key(subscription);
}

static void set_target(struct call *call, const struct call_request *request)
{
    struct azure *azure = call->azure;
    switch (request->audience) {
    case AUDIENCE_RESOURCE_MANAGER:
        call->origin = mem_text(azure->cloud.resource_manager);
        call->queue = subscription_queue(request->path);
        call->kind_of_read = QUOTA_READS;
        call->kind = call->is_write ? QUOTA_WRITES : QUOTA_READS;
        break;
    case AUDIENCE_KEY_VAULT:
        call->origin = cloud_vault_origin(&azure->cloud, request->vault ? request->vault : "");
        call->queue = mem_text(call->origin);
        call->kind_of_read = QUOTA_VAULT;
        call->kind = request->fresh ? QUOTA_VAULT_KEYS : QUOTA_VAULT; /* fresh: a rotation */
        break;
    }
    if (!call->origin)
        return;
    bool is_named = strcmp(call->method, "PUT") == 0 || strcmp(call->method, "PATCH") == 0;
    const char *judge = request->judge ? request->judge : is_named ? request->path : NULL;
    call->url = mem_format("%s%s", call->origin, request->path);
    call->judge_url = judge ? mem_format("%s%s", call->origin, judge) : NULL;
}

static void register_call(struct call *call)
{
    struct azure *azure = call->azure;
    call->next = azure->calls;
    call->link = &azure->calls;
    if (call->next)
        call->next->link = &call->next;
    azure->calls = call;
}

struct call *call_start(struct azure *azure, const struct call_request *request,
                        call_running_fn *running, call_done_fn *done, void *owner)
{
    struct call *call = mem_new(1, sizeof *call);
    call->azure = azure;
    call->method = mem_text(request->method);
    call->audience = mem_text(azure_audience(azure, request->audience));
    call->moves = azure->moves;
    call->want = want_new(request->keep);
    call->is_write = strcmp(request->method, "GET") != 0;
    call->is_list = request->list;
    call->as_text = request->as_text;
    if (call->is_list)
        pages_init(&call->pages, call->want, request->each, owner);
    call->repeatable = request->repeatable;
    call->fresh = request->fresh;
    call->once = request->once;
    call->running = running;
    call->done = done;
    call->owner = owner;
    if (request->body)
        call->body = mem_text(json_object_to_json_string_ext(
            request->body, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
    set_target(call, request);
    call->deadline_ms =
        azure_now_ms(azure) + (request->deadline_ms ? request->deadline_ms : DEADLINE_MS);
    call->send_by_ms = call->deadline_ms;
    if (request->send_by_ms && request->send_by_ms < call->send_by_ms)
        call->send_by_ms = request->send_by_ms;
    register_call(call);

    exchange_init(&call->exchange, azure, call);
    uv_timer_init(azure->loop, &call->timer);
    call->timer.data = call;
    uv_timer_start(&call->timer, on_timer, 0, 0);
    return call;
}

static void ask(struct call *call, const char *method, const char *url, exchange_done_fn *done)
{
    bool is_first = done == on_first;
    struct exchange_request request = {
        .method = method,
        .url = url,
        .audience = call->audience,
        .moves = call->moves,
        .queue = call->queue,
        .kind = is_first ? call->kind : call->kind_of_read,
        .body = is_first ? call->body : NULL,
        .split = call->pages.split,
        .is_write = is_first && call->is_write,
        .as_text = call->as_text,
        .repeatable = call->repeatable,
        .once = call->once,
        .fresh = is_first && call->fresh,
        .deadline_ms = done == on_poll ? call->deadline_ms : call->send_by_ms,
    };
    exchange_start(&call->exchange, &request, done);
}

static void finish_cancelled(struct call *call)
{
    struct err err;
    err_set(&err, ERR_CANCELLED, "Cancelled", "%s given up%s", call->method,
            call->answer.was_accepted ? ": Azure has accepted it, its operation goes on" : "");
    finish(call, &err);
}

static void on_timer(uv_timer_t *timer)
{
    struct call *call = timer->data;
    struct err err;
    if (call->is_cancelled || call->azure->is_stopping) {
        finish_cancelled(call);
    } else if (!call->origin) {
        err_set(&err, ERR_CONFIG, "VaultName", "that is no name of a vault: no request is sent");
        finish(call, &err);
    } else if (call->is_polling) {
        poll_now(call);
    } else {
        ask(call, call->method, call->url, on_first);
    }
}

/* ---- what came ----------------------------------------------------------------------------- */

/* Keeps of an exchange what the caller is told. Once a write was accepted the ids stay those of
 * the write: that is what Azure's Activity Log knows it by. */
static void note(struct call *call)
{
    const struct exchange *exchange = &call->exchange;
    struct call_answer *answer = &call->answer;
    answer->status = exchange->answer.status;
    answer->requests += exchange->requests;
    answer->date_s = exchange->date_s;
    if (answer->was_accepted)
        return;
    memcpy(answer->client_request_id, exchange->client_request_id,
           sizeof answer->client_request_id);
    memcpy(answer->request_id, exchange->request_id, sizeof answer->request_id);
    memcpy(answer->correlation_id, exchange->correlation_id, sizeof answer->correlation_id);
}

/* True if the exchange did not succeed, and thereby the call has ended. */
static bool has_failed(struct call *call)
{
    struct exchange *exchange = &call->exchange;
    note(call);
    if (exchange->err.domain == ERR_NONE)
        return false;
    call->error_body = TAKE(exchange->body);
    finish(call, &exchange->err);
    return true;
}

static void on_first(struct exchange *exchange)
{
    struct call *call = exchange->owner;
    struct err err;
    call->answer.unknown_outcome = exchange->is_ambiguous && exchange->err.domain != ERR_NONE;
    if (has_failed(call))
        return;
    if (call->is_list) {
        on_page(exchange);
        return;
    }
    call->answer.was_accepted = call->is_write;
    enum operation_state state = OPERATION_DONE;
    if (call->is_write)
        state = operation_begin(&exchange->answer, exchange->body, call->origin, &call->operation,
                                &err);
    if (state == OPERATION_FAILED)
        call->error_body = json_object_get(exchange->body);
    if (call->as_text && exchange->answer.body &&
        strlen(exchange->answer.body) == exchange->answer.length)
        call->answer.text = call->text = TAKE(exchange->answer.body);
    call->body_kept = reduce_body(TAKE(exchange->body), call->want);
    call->answer.body = call->body_kept;

    bool is_blind = call->operation.ask == ASK_RESOURCE && !call->judge_url;
    if (state == OPERATION_FAILED) {
        finish(call, &err);
    } else if (state != OPERATION_RUNNING || is_blind) {
        finish(call, NULL);
    } else {
        if (call->running)
            call->running(call->owner, &call->answer);
        ask_later(call, &exchange->answer);
    }
}

static void on_page(struct exchange *exchange)
{
    struct call *call = exchange->owner;
    const char *next;
    struct err err;
    if (call->pages.count && has_failed(call))
        return;
    if (!pages_add(&call->pages, TAKE(exchange->body), call->origin, &next, &err)) {
        err.status = call->answer.status;
        finish(call, &err);
    } else if (next && (call->is_cancelled || call->azure->is_stopping)) {
        finish_cancelled(call);
    } else if (next) {
        ask(call, "GET", next, on_page);
    } else {
        call->body_kept = pages_take(&call->pages);
        call->answer.body = call->body_kept;
        finish(call, NULL);
    }
}

/* ---- the operation ------------------------------------------------------------------------- */

static void finish_late(struct call *call)
{
    struct err err;
    err_set(&err, ERR_TRANSPORT, "Timeout",
            "Azure accepted the %s, but its operation did not end in time; it may go on",
            call->method);
    finish(call, &err);
}

static void ask_later(struct call *call, const struct http_answer *answer)
{
    uint64_t wait_ms, now_ms = azure_now_ms(call->azure);
    if (call->is_cancelled || call->azure->is_stopping) {
        finish_cancelled(call);
        return;
    }
    if (!backoff_retry_after(answer, &wait_ms))
        wait_ms = backoff_poll_ms(call->polls);
    if (wait_ms > POLL_MAX_MS)
        wait_ms = POLL_MAX_MS;
    wait_ms = wait_ms * call->azure->second_ms / 1000;
    uint64_t left_ms = call->deadline_ms > now_ms ? call->deadline_ms - now_ms : 0;
    call->polls++;
    call->is_polling = true;
    uv_timer_start(&call->timer, on_timer, wait_ms < left_ms ? wait_ms : left_ms, 0);
}

static void poll_now(struct call *call)
{
    if (azure_now_ms(call->azure) >= call->deadline_ms)
        finish_late(call);
    else
        ask(call, "GET", call->operation.url ? call->operation.url : call->judge_url, on_poll);
}

/* The operation does not tell how it ended: the resource must. */
static void ask_resource(struct call *call)
{
    operation_ask_resource(&call->operation);
    if (!call->judge_url)
        finish(call, NULL);
    else if (call->is_cancelled || call->azure->is_stopping)
        finish_cancelled(call);
    else
        poll_now(call);
}

static void on_poll(struct exchange *exchange)
{
    struct call *call = exchange->owner;
    struct err err;
    bool is_gone = exchange->err.domain == ERR_AZURE && exchange->answer.status == 404;
    if (is_gone && call->operation.url && call->judge_url) {
        note(call);
        ask_resource(call);
        return;
    }
    if (has_failed(call))
        return;
    switch (
        operation_poll(&call->operation, &exchange->answer, exchange->body, call->origin, &err)) {
    case OPERATION_DONE:
        finish(call, NULL);
        break;
    case OPERATION_RUNNING:
        ask_later(call, &exchange->answer);
        break;
    case OPERATION_UNKNOWN:
        ask_resource(call);
        break;
    case OPERATION_FAILED:
        call->error_body = TAKE(exchange->body);
        finish(call, &err);
        break;
    }
}

/* ---- the end ------------------------------------------------------------------------------- */

/* The only way out. The outcome is delivered from the last close callback: from then on nothing
 * can come back to this memory. */
static void finish(struct call *call, const struct err *err)
{
    struct call_answer *answer = &call->answer;
    call->is_finishing = true;
    if (err)
        answer->err = *err;
    if (err && !answer->err.correlation_id[0])
        err_copy(answer->err.correlation_id, sizeof answer->err.correlation_id,
                 answer->correlation_id);
    answer->error_body = call->error_body;
    uv_close((uv_handle_t *)&call->timer, on_timer_closed);
}

static void call_free(struct call *call)
{
    free(call->method);
    free(call->audience);
    free(call->origin);
    free(call->url);
    free(call->judge_url);
    free(call->queue);
    free(call->body);
    operation_done(&call->operation);
    pages_done(&call->pages);
    want_free(call->want);
    json_object_put(call->body_kept);
    json_object_put(call->error_body);
    free(call->text);
    free(call);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct call *call = handle->data;
    exchange_close(&call->exchange, on_exchange_closed);
}

/* The engine may be freed from within done(): nothing of it is touched afterwards. */
static void on_exchange_closed(uv_handle_t *handle)
{
    struct call *call = ((struct exchange *)handle->data)->owner;
    *call->link = call->next;
    if (call->next)
        call->next->link = call->link;
    call->done(call->owner, &call->answer);
    call_free(call);
}

/* At the next step of the timer, if it waits; the exchange says itself when it has ended. */
static void wake(struct call *call)
{
    if (uv_is_active((uv_handle_t *)&call->timer))
        uv_timer_start(&call->timer, on_timer, 0, 0);
}

void call_cancel(struct call *call)
{
    if (call->is_finishing)
        return;
    call->is_cancelled = true;
    exchange_cancel(&call->exchange);
    wake(call);
}

void call_stop(struct call *call)
{
    if (call->is_finishing)
        return;
    exchange_stop(&call->exchange);
    wake(call);
}

struct call *call_next(const struct call *call)
{
    return call->next;
}
