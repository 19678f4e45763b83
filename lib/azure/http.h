/* http.h: HTTP/1.1 requests over one libcurl multi handle that libuv drives. TLS is verified
 * always, redirects are not followed, the environment is not looked at, sizes and times are
 * bounded. What an answer means is not known here. The process must ignore SIGPIPE. */
#pragma once

#include "azure/answer.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define HTTP_BODY_MAX (8U << 20)     /* ARM itself drops answers of providers over 8 MB */
#define HTTP_STREAM_MAX (128U << 20) /* of one that is not kept */
#define HTTP_HEAD_MAX (256U << 10)   /* of what comes before and after it */
#define HTTP_TIMEOUT_MS 60000        /* ARM gives a provider as long, then says 504 */

struct http;
struct http_request;

/* Takes the next bytes of a body; false: it wants no more, and the request ends with "Unwanted".
 * Called from within libcurl: nothing may be started or cancelled there. */
typedef bool http_take_fn(void *owner, const char *bytes, size_t length);

struct http_send {
    const char *method;
    const char *url;            /* https, or http with is_plain */
    const char *const *headers; /* "Name: value", ended by NULL; copied, zeroed after use */
    const char *body;           /* or NULL; borrowed until done; zeroing it is the caller's */
    size_t body_length;
    uint64_t timeout_ms; /* 0: HTTP_TIMEOUT_MS, which is also the most */
    http_take_fn *take;  /* or NULL: the body of a 2xx answer is not kept but handed to it */
    bool is_plain;       /* to the metadata service: http, and never by a proxy */
    bool is_once;        /* the host is not asked again soon: its connection is not kept */
    bool is_fresh;       /* a connection of its own: libcurl by itself sends a request again when
                          * a connection that it reused turns out to be dead */
};

/* Called exactly once, from the loop, never inside http_start() or http_cancel(). err is NULL when
 * an answer came, whatever its status; the answer may be moved out (and zeroed) by the callee.
 * was_sent: at least a byte of the request may have left. */
typedef void http_done_fn(void *owner, struct http_answer *answer, bool was_sent,
                          const struct err *err);

/* ca_file and proxy may be NULL. False: code "CaFile", or "Curl". */
bool http_new(uv_loop_t *loop, const char *ca_file, const char *proxy, struct http **http,
              struct err *err) MUST_CHECK;

/* For the requests from now on; connections with other settings are not used again. */
bool http_reconfigure(struct http *http, const char *ca_file, const char *proxy,
                      struct err *err) MUST_CHECK;

/* Errors: ERR_TRANSPORT, status the CURLcode, code "Timeout", "Resolve", "Connect", "Tls",
 * "TooLarge", "Unwanted", "Proxy" or "Broken"; ERR_CANCELLED. */
struct http_request *http_start(struct http *http, const struct http_send *send, http_done_fn *done,
                                void *owner);

/* done comes soon, with ERR_CANCELLED unless the answer was already there. */
void http_cancel(struct http_request *request);

/* True for a transport error that trying again cannot mend: a certificate that does not verify. */
bool http_is_hopeless(const struct err *err);

/* No request may be left. closed is called from the loop when no handle is left. */
void http_free(struct http *http, void (*closed)(void *owner), void *owner);
