/* exchange.c
 *
 *     exchange_start ─► want_token ─► want_turn ─► on_turn: send ─► on_answer ─┬─► end ─► done()
 *                           ▲                                                  │
 *                           └── on_timer ◄──── pause (or at once, a 401) ◄─────┘
 *
 * What an answer means is decided in backoff.c, problem.c and demand.c. */
#include "azure/exchange.h"

#include "azure/backoff.h"
#include "azure/demand.h"
#include "azure/engine.h"
#include "azure/mask.h"
#include "azure/problem.h"
#include "base/js.h"
#include "base/uuid.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a write is given to be answered, at the least: cut off earlier, nobody knows what it did. */
#define WRITE_MIN_MS 15000

static void want_token(struct exchange *exchange);
static void on_token(void *owner, const char *value, const struct err *err);
static void want_turn(struct exchange *exchange);
static void on_turn(void *owner);
static bool on_bytes(void *owner, const char *bytes, size_t length);
static void on_answer(void *owner, struct http_answer *answer, bool was_sent,
                      const struct err *err);
static void judge(struct exchange *exchange);
static void retry(struct exchange *exchange, bool may_have_acted, const struct err *err);
static void end(struct exchange *exchange, const struct err *err);
static void on_timer(uv_timer_t *timer);

static uint64_t left_ms(struct exchange *exchange)
{
    uint64_t now_ms = azure_now_ms(exchange->azure);
    return exchange->request.deadline_ms > now_ms ? exchange->request.deadline_ms - now_ms : 0;
}

static void set_timer(struct exchange *exchange, uint64_t wait_ms)
{
    azure_now_ms(exchange->azure);
    uv_timer_start(&exchange->timer, on_timer, wait_ms, 0);
}

/* ---- the way out --------------------------------------------------------------------------- */

void exchange_start(struct exchange *exchange, const struct exchange_request *request,
                    exchange_done_fn *done)
{
    assert(exchange->state == EXCHANGE_IDLE);
    exchange->err = (struct err){0};
    answer_done(&exchange->answer);
    exchange->request = *request;
    exchange->done = done;
    exchange->attempt = 0;
    exchange->requests = 0;
    exchange->has_renewed = exchange->is_cancelled = exchange->is_ambiguous = false;
    want_token(exchange);
}

static void end_cancelled(struct exchange *exchange)
{
    struct err err;
    err_set(&err, ERR_CANCELLED, "Cancelled", "%s given up before it was answered",
            exchange->request.method);
    end(exchange, &err);
}

/* However the token was refused, of the resource it says no more than that we may not see it: a 404
 * from there is no absence. Its weather stays weather. */
static void end_without_token(struct exchange *exchange, struct err err)
{
    bool is_weather = err.status == 408 || err.status == 429 || err.status >= 500;
    if (err.domain == ERR_AZURE && !is_weather)
        err.status = 401;
    end(exchange, &err);
}

static void end_late(struct exchange *exchange)
{
    struct err err;
    if (tokens_trouble(&exchange->wait, &err)) {
        end_without_token(exchange, err);
        return;
    }
    if (!gate_paused_until_ms(&exchange->ticket, &err))
        err_set(&err, ERR_TRANSPORT, "Timeout", "%s %.*s: its time ran out before it could be sent",
                exchange->request.method, (int)strcspn(exchange->request.url, "?"),
                exchange->request.url);
    end(exchange, &err);
}

/* The cloud is another by now, and so are its tokens: they are not for the old one's hosts. */
static bool is_left_behind(const struct exchange *exchange)
{
    return exchange->request.moves != exchange->azure->moves;
}

static void want_token(struct exchange *exchange)
{
    struct azure *azure = exchange->azure;
    if (azure->is_stopping || is_left_behind(exchange)) {
        end_cancelled(exchange);
        return;
    }
    exchange->token = tokens_find(azure->tokens, exchange->request.audience);
    if (exchange->token) {
        want_turn(exchange);
        return;
    }
    exchange->state = AT_TOKEN;
    set_timer(exchange, left_ms(exchange));
    tokens_wait(azure->tokens, exchange->request.audience, &exchange->wait, on_token, exchange);
}

static void on_token(void *owner, const char *value, const struct err *err)
{
    struct exchange *exchange = owner;
    if (is_left_behind(exchange)) {
        end_cancelled(exchange);
        return;
    }
    if (err) {
        end_without_token(exchange, *err);
        return;
    }
    exchange->token = mem_text(value);
    want_turn(exchange);
}

static void want_turn(struct exchange *exchange)
{
    struct err throttled;
    exchange->state = AT_GATE;
    set_timer(exchange, left_ms(exchange));
    gate_enter(exchange->azure->gate, exchange->request.queue, exchange->request.kind,
               &exchange->ticket, on_turn, exchange);
    /* No use in waiting for a pause that outlasts us. */
    if (gate_paused_until_ms(&exchange->ticket, &throttled) > exchange->request.deadline_ms)
        end(exchange, &throttled);
}

/* In one piece: a buffer that grows leaves copies behind. */
static char *bearer_header(const char *token)
{
    static const char start[] = "Authorization: Bearer ";
    size_t length = strlen(token);
    char *header = mem_new(sizeof start + length, 1);
    memcpy(header, start, sizeof start);
    memcpy(header + sizeof start - 1, token, length + 1);
    return header;
}

static void on_turn(void *owner)
{
    struct exchange *exchange = owner;
    struct azure *azure = exchange->azure;
    const struct exchange_request *request = &exchange->request;
    AUTO(secret) char *bearer = bearer_header(exchange->token);
    char id[80];
    uint64_t timeout_ms = left_ms(exchange);
    if (!timeout_ms) {
        end_late(exchange);
        return;
    }
    if (request->is_write && timeout_ms < WRITE_MIN_MS)
        timeout_ms = WRITE_MIN_MS;
    uv_timer_stop(&exchange->timer);
    uuid_random(exchange->client_request_id);
    snprintf(id, sizeof id, "x-ms-client-request-id: %s", exchange->client_request_id);
    const char *headers[] = {bearer, id, "x-ms-return-client-request-id: true",
                             request->body ? "Content-Type: application/json" : NULL, NULL};
    struct http_send send = {
        .method = request->method,
        .url = request->url,
        .headers = headers,
        .body = request->body,
        .body_length = request->body ? strlen(request->body) : 0,
        .timeout_ms = timeout_ms,
        .take = request->split ? on_bytes : NULL,
        .is_once = request->once,
        .is_fresh = request->fresh || (request->is_write && !request->repeatable),
    };
    if (request->split)
        split_begin(request->split);
    exchange->state = IN_FLIGHT;
    exchange->attempt++;
    exchange->requests++;
    azure->requests++;
    exchange->http = http_start(azure->http, &send, on_answer, exchange);
}

static bool on_bytes(void *owner, const char *bytes, size_t length)
{
    struct exchange *exchange = owner;
    return split_feed(exchange->request.split, bytes, length);
}

static void note_id(char *field, size_t size, const struct http_answer *answer, const char *name)
{
    const char *value = answer_header(answer, name);
    err_copy(field, size, value ? value : "");
}

/* "tenantId=T,objectId=O/region/id": O is who we are to Resource Manager, which alone is asked. */
static void note_principal(struct azure *azure, const struct http_answer *answer)
{
    static const char name[] = "objectId=";
    const char *value = answer_header(answer, "x-ms-operation-identifier");
    const char *at = value ? strstr(value, name) : NULL;
    if (!at)
        return;
    AUTO(text) char *id = mem_text_n(at + strlen(name), strcspn(at + strlen(name), "/,"));
    if (uuid_valid(id))
        err_copy(azure->principal, sizeof azure->principal, id);
}

/* Azure's ids of an answer; without one they stay empty, and ours is all there is. */
static void take(struct exchange *exchange, struct http_answer *answer)
{
    answer_done(&exchange->answer);
    exchange->answer = *answer;
    *answer = (struct http_answer){0};
    answer = &exchange->answer;
    mask_answer(answer, exchange->token);
    note_id(exchange->request_id, sizeof exchange->request_id, answer, "x-ms-request-id");
    note_id(exchange->correlation_id, sizeof exchange->correlation_id, answer,
            "x-ms-correlation-request-id");
    if (!exchange->correlation_id[0])
        err_copy(exchange->correlation_id, sizeof exchange->correlation_id, exchange->request_id);
    exchange->date_s = answer_date_s(answer);
    azure_note(exchange->azure, exchange->date_s);
    if (exchange->request.kind == QUOTA_READS || exchange->request.kind == QUOTA_WRITES)
        note_principal(exchange->azure, answer);
    gate_learn(&exchange->ticket, answer);
}

static void on_answer(void *owner, struct http_answer *answer, bool was_sent, const struct err *err)
{
    struct exchange *exchange = owner;
    exchange->http = NULL; /* no longer in flight */
    take(exchange, answer);
    if (err && err->domain == ERR_CANCELLED) {
        exchange->is_ambiguous |= exchange->request.is_write && was_sent;
        end(exchange, err);
    } else if (err && !(exchange->request.split && split_is_wrong(exchange->request.split))) {
        retry(exchange, was_sent, err);
    } else {
        judge(exchange);
    }
}

/* ---- what came ----------------------------------------------------------------------------- */

static bool is_success(int status)
{
    return status >= 200 && status < 300;
}

static void parse(struct exchange *exchange)
{
    struct err not_json;
    bool is_left = exchange->request.as_text && is_success(exchange->answer.status);
    json_object_put(TAKE(exchange->body));
    if (exchange->answer.length && !is_left &&
        !js_parse(exchange->answer.body, exchange->answer.length, &exchange->body, &not_json))
        exchange->body = NULL;
}

/* The text may be 8 MB, and all of it is in the tree by now. */
static void drop_text(struct http_answer *answer)
{
    free(answer->body);
    answer->body = NULL;
    answer->length = 0;
}

/* A page goes by piece by piece: of what is left of it this is shown, if it leads elsewhere. */
static void mask_member(struct exchange *exchange, const char *name)
{
    const char *text = js_string(exchange->body, name, NULL);
    AUTO(text) char *masked = mem_text(text ? text : "");
    mask_text(masked, exchange->token);
    if (text && strcmp(text, masked) != 0)
        js_put(exchange->body, name, json_object_new_string(masked));
}

/* The page has been taken apart: what is left of it is the body. */
static void end_page(struct exchange *exchange)
{
    struct err err;
    bool is_whole = split_end(exchange->request.split, &exchange->body, &err);
    if (!is_whole)
        err.status = exchange->answer.status;
    if (is_whole)
        mask_member(exchange, "nextLink");
    end(exchange, is_whole ? NULL : &err);
}

static void succeed(struct exchange *exchange)
{
    struct err err;
    bool is_read = !exchange->request.is_write;
    if (is_read && exchange->answer.status == 200 && !exchange->body) {
        AUTO(text)
        char *shown = problem_printable(exchange->answer.body ? exchange->answer.body : "",
                                        exchange->answer.length, 120);
        err_set(&err, ERR_AZURE, "BadJson", "the answer is not JSON: %s", shown);
        err.status = exchange->answer.status;
        end(exchange, &err);
        return;
    }
    drop_text(&exchange->answer);
    end(exchange, NULL);
}

/* Azure does not take the token: another one, once. False, with err, if that is no way out. */
static bool renew(struct exchange *exchange, struct err *err)
{
    struct azure *azure = exchange->azure;
    const char *audience = exchange->request.audience;
    AUTO(text) char *claims = NULL;
    if (!demand_read(&exchange->answer, &azure->cloud, audience, &claims, err))
        return false;
    if (exchange->has_renewed) {
        demand_refused(&exchange->answer, exchange->body, audience, azure->credential.type, claims,
                       err);
        return false;
    }
    if (azure->is_stopping || exchange->is_cancelled) {
        end_cancelled(exchange);
        return true;
    }
    exchange->has_renewed = true;
    tokens_forget(azure->tokens, audience, exchange->token, claims);
    mem_free_secret(TAKE(exchange->token));
    gate_leave(&exchange->ticket);
    want_token(exchange);
    return true;
}

static void judge(struct exchange *exchange)
{
    struct err err;
    int status = exchange->answer.status;
    parse(exchange);
    if (is_success(status)) {
        if (exchange->request.split)
            end_page(exchange);
        else if (exchange->request.as_text)
            end(exchange, NULL);
        else
            succeed(exchange);
        return;
    }
    if (status == 401) {
        if (!renew(exchange, &err))
            end(exchange, &err);
        return;
    }
    problem_read(&exchange->answer, exchange->body, &err);
    if (status >= 300 && status < 400) {
        err_set(&err, ERR_AZURE, "Redirect",
                "HTTP %d: Azure's interfaces do not redirect, so this is not followed", status);
        err.status = status;
    }
    if (backoff_is_weather(status))
        retry(exchange, backoff_is_ambiguous(status), &err);
    else
        end(exchange, &err);
}

/* Again after a while, if that is harmless and there is time. */
static void retry(struct exchange *exchange, bool may_have_acted, const struct err *err)
{
    struct azure *azure = exchange->azure;
    const struct exchange_request *request = &exchange->request;
    bool is_harmless = !request->is_write || request->repeatable || !may_have_acted;
    uint64_t wait_ms;
    exchange->is_ambiguous |= request->is_write && may_have_acted;
    if (!backoff_retry_after(&exchange->answer, &wait_ms))
        wait_ms = backoff_wait_ms(exchange->attempt, azure_random());
    wait_ms = wait_ms * azure->second_ms / 1000;

    if (exchange->answer.status == 429)
        gate_pause(&exchange->ticket, azure_now_ms(azure) + wait_ms, err);
    if (request->fresh || !is_harmless || http_is_hopeless(err) || wait_ms >= left_ms(exchange)) {
        end(exchange, err);
    } else if (azure->is_stopping || exchange->is_cancelled) {
        end_cancelled(exchange);
    } else {
        gate_leave(&exchange->ticket);
        mem_free_secret(TAKE(exchange->token));
        exchange->state = AT_PAUSE;
        set_timer(exchange, wait_ms);
    }
}

/* The only way out: the result is delivered from the timer. */
static void end(struct exchange *exchange, const struct err *err)
{
    tokens_leave(&exchange->wait);
    gate_leave(&exchange->ticket);
    if (err)
        exchange->err = *err;
    mask_text(exchange->err.message, exchange->token);
    mem_free_secret(TAKE(exchange->token));
    if (err && !exchange->err.correlation_id[0])
        err_copy(exchange->err.correlation_id, sizeof exchange->err.correlation_id,
                 exchange->correlation_id);
    exchange->state = AT_END;
    set_timer(exchange, 0);
}

static void on_timer(uv_timer_t *timer)
{
    struct exchange *exchange = timer->data;
    switch (exchange->state) {
    case AT_TOKEN:
    case AT_GATE:
        end_late(exchange);
        break;
    case AT_PAUSE:
        want_token(exchange);
        break;
    case AT_END:
        exchange->state = EXCHANGE_IDLE;
        exchange->done(exchange);
        break;
    case EXCHANGE_IDLE:
    case IN_FLIGHT:
        break;
    }
}

/* ---- life ---------------------------------------------------------------------------------- */

void exchange_init(struct exchange *exchange, struct azure *azure, void *owner)
{
    *exchange = (struct exchange){.azure = azure, .owner = owner};
    uv_timer_init(azure->loop, &exchange->timer);
    exchange->timer.data = exchange;
}

void exchange_stop(struct exchange *exchange)
{
    switch (exchange->state) {
    case AT_TOKEN:
    case AT_GATE:
    case AT_PAUSE:
        end_cancelled(exchange);
        break;
    case EXCHANGE_IDLE:
    case IN_FLIGHT:
    case AT_END:
        break;
    }
}

void exchange_cancel(struct exchange *exchange)
{
    exchange->is_cancelled = true;
    if (exchange->state == IN_FLIGHT)
        http_cancel(exchange->http); /* on_answer() comes, with ERR_CANCELLED */
    else
        exchange_stop(exchange);
}

void exchange_close(struct exchange *exchange, uv_close_cb closed)
{
    assert(exchange->state == EXCHANGE_IDLE);
    json_object_put(TAKE(exchange->body));
    answer_done(&exchange->answer);
    uv_close((uv_handle_t *)&exchange->timer, closed);
}
