/* exchange.h: one request and its answer, from the first byte to the last. */
#pragma once

#include "sim.h"

#include <microhttpd.h>
#include <stddef.h>

#define EXCHANGE_FAULTS_MAX 16 /* that can take part in one exchange */
#define HOLD_FOR_EVER INT64_MAX
#define HTTP_DATE_SIZE 40

/* How an answer goes onto the wire. */
enum wire {
    WIRE_WHOLE,
    WIRE_RESET_BEFORE,    /* TCP reset, no byte sent */
    WIRE_RESET_IN_HEADER, /* ... after a part of the header */
    WIRE_RESET_IN_BODY,   /* ... after half of the announced body */
    WIRE_TRUNCATE,        /* an orderly end after half of the announced body */
    WIRE_CLOSE,           /* an orderly end, no byte sent */
    WIRE_STALL,           /* nothing, and the connection stays open */
    WIRE_DRIP,            /* one byte of the body at a time */
    WIRE_HUGE,            /* a body without sense or end */
};

/* What the request log counts. */
enum audience {
    AUDIENCE_AZURE,   /* counted */
    AUDIENCE_TOKEN,   /* Entra, IMDS: not counted */
    AUDIENCE_CONTROL, /* /_sim/: not counted */
};

enum step {
    STEP_HEADERS,  /* the head has come */
    STEP_BODY,     /* its body is coming */
    STEP_HELD,     /* whole, waiting to be served */
    STEP_ANSWERED, /* the answer is on its way */
};

struct exchange {
    struct server *server;             /* borrowed */
    struct MHD_Connection *connection; /* borrowed */
    bool is_plain;                     /* HTTP, as IMDS */
    enum step step;

    char *target;      /* owned: as in the request line, "/path?query" */
    char *method;      /* owned */
    char *host;        /* owned: lower case, with its port */
    char *path;        /* owned: decoded once, repeated slashes made one */
    const char *query; /* borrowed from target, without '?'; or "" */
    char *url;         /* owned: whole, as it came */
    char *public_url;  /* owned: the same in Azure's own names */
    char *text;        /* owned: the body as it came, or NULL */
    size_t length;
    bool too_large;
    struct json_object *body;      /* owned, or NULL */
    struct sim_request request;    /* borrows from the above */
    struct json_object *log_entry; /* owned: a reference to the log's */
    enum audience audience;

    struct fault *faults[EXCHANGE_FAULTS_MAX];      /* borrowed: that take part, in order */
    struct json_object *notes[EXCHANGE_FAULTS_MAX]; /* owned: what each remembers, or NULL */
    size_t n_faults;
    int64_t hold_ms; /* to wait before serving; HOLD_FOR_EVER */

    bool answered; /* response is filled */
    struct sim_response response;
    enum wire wire;
    int64_t pause_ms;   /* WIRE_DRIP: between two bytes */
    uint64_t announced; /* WIRE_HUGE: bytes */
    char *sending;      /* owned: the answer's body */
    size_t sending_length;

    /* While it is held: server.c's list. */
    struct exchange *next_held;
    int64_t due_ms;
    bool dropped;         /* the client went away, or azsim is stopping */
    bool awaits;          /* control: the request that it waits for has not come yet */
    int64_t looked_up_to; /* control: the last entry of the log that was looked at for that */
    bool drip_due;
};

struct exchange *exchange_new(struct server *server, struct MHD_Connection *connection,
                              const char *target);
void exchange_free(struct exchange *exchange);

/* The parts of the request, in the order in which they come. After exchange_whole() the request
 * is filled, and answered if it is not one that can be served. */
void exchange_head(struct exchange *exchange, const char *method);
void exchange_more(struct exchange *exchange, const char *data, size_t length);
void exchange_whole(struct exchange *exchange);

/* True if the request goes to a vault's data plane. */
bool exchange_to_vault(const struct exchange *exchange);
bool exchange_is_write(const struct exchange *exchange);

/* Replaces the response. body is handed over. */
void exchange_answer(struct exchange *exchange, int status, struct json_object *body);

/* The same with an error in the envelope that ARM and the vaults share, or in Entra's; inner may
 * be NULL. */
void exchange_refuse(struct exchange *exchange, int status, const char *code, const char *inner,
                     const char *message);

/* Adds a header to the response, or replaces it. name outlives the exchange. */
void exchange_header(struct exchange *exchange, const char *name, const char *value);

/* The HTTP date that lies shift_s after the answer's own, by azsim's clock. */
void exchange_http_date(const struct exchange *exchange, int64_t shift_s,
                        char text[HTTP_DATE_SIZE]);
