/* http.c
 *
 *     http_start ─► libcurl ─► (socket and timer events) ─► reap ─► settle ─► deliver ─► done()
 *                      ▲                 │                            ▲
 *                      └─ turn ◄─────────┘           http_cancel ─────┘
 *
 * libcurl's callbacks only set watchers and collect bytes, or hand them on. What is finished is
 * taken out of libcurl after curl_multi_socket_action() has returned, and delivered from the timer
 * "soon": so that a done callback may do anything, and comes inside no other function. */
#include "azure/http.h"

#include "azure/wipe.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_TIMEOUT_MS 10000L
#define IDLE_TIMEOUT_S 60L
#define CA_CACHE_S 3600L
/* Each request walks over all names that libcurl remembers, and a fleet has thousands of vaults:
 * long enough for those that are begun at once to share a look-up. */
#define NAMES_KEPT_S 1L
/* The least: libcurl makes a buffer of this size for each request, and it is zeroed as it goes. */
#define SENT_AT_ONCE 16384L
#define USUAL_SIZE 4096L     /* of an answer, which is read in pieces of it */
#define CONNECTIONS_KEPT 64L /* a handshake costs as much as twenty requests */

struct http {
    uv_loop_t *loop;  /* borrowed */
    CURLM *multi;     /* owned */
    uv_timer_t timer; /* libcurl's */
    uv_timer_t soon;  /* delivers what is finished */
    char *ca_file;    /* owned, or NULL: the system's */
    char *proxy;      /* owned, or NULL */
    struct http_request *finished, **finished_end;
    unsigned running; /* requests whose done has not been called */
    unsigned handles; /* libuv handles that are not closed yet */
    void (*closed)(void *owner);
    void *owner;
};

struct http_request {
    struct http *http; /* borrowed */
    CURL *easy;        /* owned */
    struct curl_slist *headers;
    struct http_answer answer;
    size_t capacity; /* of answer.body */
    size_t taken;    /* bytes that went to take() */
    size_t head;     /* bytes of all headers: of interim answers and trailers too */
    bool is_too_large, is_unwanted, is_settled, was_sent;
    struct err err;
    char what[200]; /* for messages: method and URL without its query */
    char why[CURL_ERROR_SIZE];
    http_take_fn *take;
    http_done_fn *done;
    void *owner;
    struct http_request *next; /* of the finished ones */
};

/* One socket of libcurl's that is being watched. */
struct watch {
    uv_poll_t poll;
    struct http *http; /* borrowed */
    curl_socket_t socket;
};

static void on_deliver(uv_timer_t *timer);

/* ---- what libcurl asks of us --------------------------------------------------------------- */

/* Takes what is finished out of libcurl. */
static void settle(struct http_request *request, CURLcode result);

static void reap(struct http *http)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(http->multi, &left))) {
        struct http_request *request = NULL;
        CURLcode result = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&request);
        settle(request, result);
    }
}

static void on_socket_event(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = poll->data;
    struct http *http = watch->http; /* the watch may be closed meanwhile */
    int running, flags = status < 0 ? CURL_CSELECT_ERR : 0;
    flags |= events & UV_READABLE ? CURL_CSELECT_IN : 0;
    flags |= events & UV_WRITABLE ? CURL_CSELECT_OUT : 0;
    curl_multi_socket_action(http->multi, watch->socket, flags, &running);
    reap(http);
}

static void on_timer(uv_timer_t *timer)
{
    struct http *http = timer->data;
    int running;
    curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    reap(http);
}

static void close_handle(struct http *http)
{
    if (--http->handles)
        return;
    void (*closed)(void *owner) = http->closed;
    void *owner = http->owner;
    free(http->ca_file);
    free(http->proxy);
    free(http);
    closed(owner);
}

static void on_watch_closed(uv_handle_t *handle)
{
    struct watch *watch = handle->data;
    struct http *http = watch->http;
    free(watch);
    close_handle(http);
}

static int set_socket(CURL *easy, curl_socket_t socket, int what, void *owner, void *known)
{
    struct http *http = owner;
    struct watch *watch = known;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (watch) {
            curl_multi_assign(http->multi, socket, NULL);
            uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
        }
        return 0;
    }
    if (!watch) {
        watch = mem_new(1, sizeof *watch);
        watch->http = http;
        watch->socket = socket;
        if (uv_poll_init_socket(http->loop, &watch->poll, socket) != 0) {
            free(watch);
            return -1;
        }
        watch->poll.data = watch;
        http->handles++;
        curl_multi_assign(http->multi, socket, watch);
    }
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    return uv_poll_start(&watch->poll, events, on_socket_event) == 0 ? 0 : -1;
}

static int set_timer(CURLM *multi, long timeout_ms, void *owner)
{
    struct http *http = owner;
    (void)multi;
    if (timeout_ms < 0)
        return uv_timer_stop(&http->timer);
    uv_update_time(http->loop); /* the loop's idea of now may be old */
    return uv_timer_start(&http->timer, on_timer, (uint64_t)timeout_ms, 0) == 0 ? 0 : -1;
}

static size_t take_header(char *line, size_t size, size_t count, void *owner)
{
    struct http_request *request = owner;
    size_t length = size * count;
    request->is_too_large = length > HTTP_HEAD_MAX - request->head;
    if (request->is_too_large)
        return 0; /* libcurl keeps them all, and of trailers any number */
    request->head += length;
    /* A status line begins a new answer: an interim one, or a proxy's, came before. */
    if (length >= 5 && memcmp(line, "HTTP/", 5) == 0)
        request->answer.headers_length = 0;
    else
        answer_add_header(&request->answer, line, length);
    return length;
}

static size_t hand_on(struct http_request *request, const char *bytes, size_t length)
{
    request->is_too_large = length > HTTP_STREAM_MAX - request->taken;
    if (request->is_too_large)
        return CURL_WRITEFUNC_ERROR;
    request->taken += length;
    request->is_unwanted = !request->take(request->owner, bytes, length);
    return request->is_unwanted ? CURL_WRITEFUNC_ERROR : length;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *owner)
{
    struct http_request *request = owner;
    struct http_answer *answer = &request->answer;
    size_t length = size * count;
    long status = 0;
    curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
    if (request->take && status >= 200 && status < 300)
        return hand_on(request, bytes, length);
    if (length > HTTP_BODY_MAX - answer->length) {
        request->is_too_large = true;
        return CURL_WRITEFUNC_ERROR;
    }
    if (answer->length + length + 1 > request->capacity) {
        request->capacity = request->capacity ? 2 * request->capacity : (size_t)USUAL_SIZE;
        if (request->capacity < answer->length + length + 1)
            request->capacity = answer->length + length + 1;
        answer->body = mem_resize(answer->body, request->capacity, 1);
    }
    memcpy(answer->body + answer->length, bytes, length);
    answer->length += length;
    answer->body[answer->length] = '\0';
    return length;
}

/* ---- one request --------------------------------------------------------------------------- */

static void must(CURLcode code)
{
    assert(code == CURLE_OK); /* libcurl was built without what cmkd needs */
    (void)code;
}

static void set_connection(struct http_request *request, const struct http_send *send)
{
    struct http *http = request->http;
    CURL *easy = request->easy;
    uint64_t timeout_ms =
        send->timeout_ms && send->timeout_ms < HTTP_TIMEOUT_MS ? send->timeout_ms : HTTP_TIMEOUT_MS;
    must(curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, send->is_plain ? "http" : "https"));
    must(curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1));
    must(curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L));
    must(curl_easy_setopt(easy, CURLOPT_UNRESTRICTED_AUTH, 0L));
    must(curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L));
    must(curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L));
    must(curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2));
    /* A bundle of one's own replaces the system's: its directory of certificates as well. */
    must(curl_easy_setopt(easy, CURLOPT_CAPATH, NULL));
    if (http->ca_file)
        must(curl_easy_setopt(easy, CURLOPT_CAINFO, http->ca_file));
    must(curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, CA_CACHE_S)); /* bundles are renewed */
    /* "" keeps libcurl from looking at the environment. */
    must(curl_easy_setopt(easy, CURLOPT_PROXY, http->proxy && !send->is_plain ? http->proxy : ""));
    must(curl_easy_setopt(easy, CURLOPT_NOPROXY, send->is_plain ? "*" : ""));
    must(curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L));
    must(curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS));
    must(curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, NAMES_KEPT_S));
    must(curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, SENT_AT_ONCE));
    if (!send->take)
        must(curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, USUAL_SIZE));
    must(curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L));
    must(curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, IDLE_TIMEOUT_S));
    must(curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms));
    must(curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, send->is_fresh ? 1L : 0L));
    must(curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, send->is_fresh || send->is_once ? 1L : 0L));
}

static void add_header(struct http_request *request, const char *line)
{
    struct curl_slist *longer = curl_slist_append(request->headers, line);
    if (!longer)
        abort();
    request->headers = longer;
}

static void set_content(struct http_request *request, const struct http_send *send)
{
    CURL *easy = request->easy;
    for (size_t i = 0; send->headers && send->headers[i]; i++)
        add_header(request, send->headers[i]);
    add_header(request, "Accept: application/json");
    add_header(request, "Expect:"); /* never wait for "100 Continue" */

    must(curl_easy_setopt(easy, CURLOPT_URL, send->url));
    must(curl_easy_setopt(easy, CURLOPT_USERAGENT, "cmkd/" CMKD_VERSION));
    if (strcmp(send->method, "GET") == 0) {
        must(curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L));
    } else {
        must(curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)send->body_length));
        must(curl_easy_setopt(easy, CURLOPT_POSTFIELDS, send->body ? send->body : ""));
        must(curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, send->method));
    }
    must(curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->headers));
    must(curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header));
    must(curl_easy_setopt(easy, CURLOPT_HEADERDATA, request));
    must(curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body));
    must(curl_easy_setopt(easy, CURLOPT_WRITEDATA, request));
    must(curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request->why));
    must(curl_easy_setopt(easy, CURLOPT_PRIVATE, request));
}

struct http_request *http_start(struct http *http, const struct http_send *send, http_done_fn *done,
                                void *owner)
{
    struct http_request *request = mem_new(1, sizeof *request);
    request->http = http;
    request->take = send->take;
    request->done = done;
    request->owner = owner;
    request->easy = curl_easy_init();
    if (!request->easy)
        abort();
    snprintf(request->what, sizeof request->what, "%s %.*s", send->method,
             (int)strcspn(send->url, "?"), send->url);
    set_connection(request, send);
    set_content(request, send);
    http->running++;
    CURLMcode added = curl_multi_add_handle(http->multi, request->easy);
    assert(added == CURLM_OK);
    return request;
}

/* ---- its end ------------------------------------------------------------------------------- */

static const char *word_for(const struct http_request *request, CURLcode code)
{
    if (request->is_too_large)
        return "TooLarge";
    if (request->is_unwanted)
        return "Unwanted";
    if (code == CURLE_OPERATION_TIMEDOUT)
        return "Timeout";
    if (code == CURLE_COULDNT_RESOLVE_HOST)
        return "Resolve";
    if (code == CURLE_COULDNT_CONNECT)
        return "Connect";
    if (code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_PROXY)
        return "Proxy";
    if (code == CURLE_SSL_CONNECT_ERROR || code == CURLE_PEER_FAILED_VERIFICATION ||
        code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_CERTPROBLEM ||
        code == CURLE_SSL_CIPHER || code == CURLE_SSL_ISSUER_ERROR)
        return "Tls";
    return "Broken";
}

bool http_is_hopeless(const struct err *err)
{
    return err->domain == ERR_TRANSPORT &&
           (err->status == CURLE_PEER_FAILED_VERIFICATION ||
            err->status == CURLE_SSL_CACERT_BADFILE || err->status == CURLE_UNSUPPORTED_PROTOCOL ||
            err->status == CURLE_URL_MALFORMAT || strcmp(err->code, "TooLarge") == 0);
}

static void judge(struct http_request *request, CURLcode result)
{
    long status = 0, sent = 0;
    curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(request->easy, CURLINFO_REQUEST_SIZE, &sent);
    request->answer.status = (int)status;
    request->was_sent = sent > 0;
    if (result == CURLE_OK)
        return;
    if (request->is_too_large)
        snprintf(request->why, sizeof request->why,
                 "the answer is larger than %u bytes, or its headers than %u",
                 request->taken ? HTTP_STREAM_MAX : HTTP_BODY_MAX, HTTP_HEAD_MAX);
    err_set(&request->err, ERR_TRANSPORT, word_for(request, result), "%s: %s", request->what,
            *request->why ? request->why : curl_easy_strerror(result));
    request->err.status = (int)result;
}

static void zero_headers(struct http_request *request)
{
    for (struct curl_slist *at = request->headers; at; at = at->next)
        mem_zero(at->data, strlen(at->data));
    curl_slist_free_all(request->headers);
    request->headers = NULL;
}

static void settle(struct http_request *request, CURLcode result)
{
    struct http *http = request->http;
    request->is_settled = true;
    if (request->err.domain == ERR_NONE)
        judge(request, result);
    curl_multi_remove_handle(http->multi, request->easy);
    curl_easy_cleanup(request->easy);
    zero_headers(request);
    *http->finished_end = request;
    http->finished_end = &request->next;
    uv_timer_start(&http->soon, on_deliver, 0, 0);
}

void http_cancel(struct http_request *request)
{
    long sent = 0;
    if (request->is_settled)
        return;
    curl_easy_getinfo(request->easy, CURLINFO_REQUEST_SIZE, &sent);
    request->was_sent = sent > 0;
    err_set(&request->err, ERR_CANCELLED, "Cancelled", "%s: given up", request->what);
    settle(request, CURLE_OK);
}

/* Those that finish while the callbacks run have their turn at the timer's next. */
static void on_deliver(uv_timer_t *timer)
{
    struct http *http = timer->data;
    struct http_request *request = http->finished;
    http->finished = NULL;
    http->finished_end = &http->finished;
    while (request) {
        struct http_request *next = request->next;
        bool is_error = request->err.domain != ERR_NONE;
        http->running--;
        request->done(request->owner, &request->answer, request->was_sent,
                      is_error ? &request->err : NULL);
        answer_done(&request->answer);
        free(request);
        request = next;
    }
}

/* ---- life ---------------------------------------------------------------------------------- */

static bool ca_file_usable(const char *path, struct err *err)
{
    char line[256];
    bool is_found = false;
    FILE *file = fopen(path, "re");
    if (!file) {
        err_errno(err, "cannot read caFile %s", path);
        err_copy(err->code, sizeof err->code, "CaFile");
        return false;
    }
    while (!is_found && fgets(line, sizeof line, file))
        is_found = strncmp(line, "-----BEGIN CERTIFICATE-----", 27) == 0 ||
                   strncmp(line, "-----BEGIN TRUSTED CERTIFICATE-----", 35) == 0;
    fclose(file);
    return is_found ||
           err_set(err, ERR_CONFIG, "CaFile", "caFile %s holds no certificate in PEM form", path);
}

bool http_reconfigure(struct http *http, const char *ca_file, const char *proxy, struct err *err)
{
    if (ca_file && !ca_file_usable(ca_file, err))
        return false;
    free(http->ca_file);
    free(http->proxy);
    http->ca_file = mem_text(ca_file);
    http->proxy = mem_text(proxy);
    return true;
}

bool http_new(uv_loop_t *loop, const char *ca_file, const char *proxy, struct http **http,
              struct err *err)
{
    if (ca_file && !ca_file_usable(ca_file, err))
        return false;
    if (!wipe_curl_init())
        return err_set(err, ERR_SYSTEM, "Curl", "libcurl cannot be initialised");

    struct http *made = mem_new(1, sizeof *made);
    made->loop = loop;
    made->ca_file = mem_text(ca_file);
    made->proxy = mem_text(proxy);
    made->finished_end = &made->finished;
    made->multi = curl_multi_init();
    if (!made->multi)
        abort();
    curl_multi_setopt(made->multi, CURLMOPT_SOCKETFUNCTION, set_socket);
    curl_multi_setopt(made->multi, CURLMOPT_SOCKETDATA, made);
    curl_multi_setopt(made->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(made->multi, CURLMOPT_TIMERDATA, made);
    curl_multi_setopt(made->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_KEPT);
    uv_timer_init(loop, &made->timer);
    uv_timer_init(loop, &made->soon);
    made->timer.data = made;
    made->soon.data = made;
    made->handles = 2;
    *http = made;
    return true;
}

static void on_timer_closed(uv_handle_t *handle)
{
    close_handle(handle->data);
}

void http_free(struct http *http, void (*closed)(void *owner), void *owner)
{
    assert(!http->running);
    http->closed = closed;
    http->owner = owner;
    curl_multi_cleanup(http->multi); /* closes the idle connections, and thereby their watches */
    uv_close((uv_handle_t *)&http->timer, on_timer_closed);
    uv_close((uv_handle_t *)&http->soon, on_timer_closed);
    curl_global_cleanup();
}
