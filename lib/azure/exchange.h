/* exchange.h: one HTTP request carried to its final answer: a token, a turn in its queue, and
 * again after what passes by itself. */
#pragma once

#include "azure/answer.h"
#include "azure/gate.h"
#include "azure/split.h"
#include "azure/tokens.h"
#include "base/err.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct azure;
struct exchange;

/* All borrowed until the end. */
struct exchange_request {
    const char *method;
    const char *url; /* its origin is checked: a token goes there */
    const char *audience;
    unsigned moves; /* of the engine, when the call began: see engine.h */
    const char *queue;
    enum quota_kind kind;
    const char *body;    /* JSON, or NULL */
    struct split *split; /* or NULL: takes the body of a 2xx answer apart as it comes */
    bool is_write;
    bool as_text;         /* the body of a 2xx answer stays in the answer, unread */
    bool repeatable;      /* may be sent again though the first may have had its effect */
    bool once;            /* the host is not asked again soon */
    bool fresh;           /* a connection of its own, and sent again only after a 401 */
    uint64_t deadline_ms; /* uv_now() time: nothing is sent later; a write that was sent just before
                           * is given some seconds to be answered */
};

typedef void exchange_done_fn(struct exchange *exchange);

/* The caller's memory, from exchange_init() to the callback of exchange_close(). */
struct exchange {
    /* The result, for done and until the next start. */
    struct err err;            /* ERR_NONE: a 2xx answer */
    struct http_answer answer; /* the last one */
    struct json_object *body;  /* owned: its JSON, or NULL; with split, the rest of the page */
    bool is_ambiguous;         /* a write that may have had an effect in one of its attempts */
    unsigned requests;         /* sent */
    int64_t date_s;
    char client_request_id[40];
    char request_id[64];
    char correlation_id[64];

    /* Its own. */
    struct azure *azure;
    void *owner;
    struct exchange_request request;
    exchange_done_fn *done;
    enum { EXCHANGE_IDLE, AT_TOKEN, AT_GATE, IN_FLIGHT, AT_PAUSE, AT_END } state;
    uv_timer_t timer; /* the deadline; the pause; the end */
    struct token_wait wait;
    struct gate_ticket ticket;
    struct http_request *http;
    char *token; /* owned, a secret */
    unsigned attempt;
    bool has_renewed; /* the token, after a 401 */
    bool is_cancelled;
};

void exchange_init(struct exchange *exchange, struct azure *azure, void *owner);

/* done is called once, from the loop, never inside another function of this file. Errors: those of
 * http.h, split.h and tokens.h; ERR_AZURE with Azure's code, "Redirect", "BadJson" (a read without
 * a JSON body), "ForeignOrigin" (a challenge that leads elsewhere); ERR_TRANSPORT "Timeout". */
void exchange_start(struct exchange *exchange, const struct exchange_request *request,
                    exchange_done_fn *done);

/* done comes soon, with ERR_CANCELLED unless its answer was already there. */
void exchange_cancel(struct exchange *exchange);

/* The same, but a request that has been sent is given the time to end. */
void exchange_stop(struct exchange *exchange);

/* Must not be running. */
void exchange_close(struct exchange *exchange, uv_close_cb closed);
