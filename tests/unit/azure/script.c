#include "script.h"

#include "base/err.h"
#include "tls.h"

#include <assert.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REQUESTS_MAX 64

struct script {
    pthread_mutex_t lock; /* over all that follows: the servers have threads of their own */
    struct MHD_Daemon *secure, *plain;
    struct tls tls;
    char ca_file[64];
    char arm[64], vault[64], entra[64];
    const struct script_step *steps;
    bool used[SCRIPT_STEPS_MAX];
    char *requests[REQUESTS_MAX];
    size_t count, told; /* told: of how many the test knows */
    pthread_cond_t changed;
    unsigned crowd, most;
    unsigned tokens;
    struct MHD_Connection *stalled[SCRIPT_STEPS_MAX];
    size_t n_stalled;
    bool is_ending;
    uv_async_t async;
    void (*arrived)(void *owner);
    void *owner;
};

/* One request while its body arrives. */
struct arrival {
    char *text; /* owned: as script_request() shows it */
    bool is_stalled;
    struct MHD_Response *response;
    int status;
};

/* ---- texts --------------------------------------------------------------------------------- */

static char *replace(char *text, const char *what, const char *with)
{
    for (char *at; (at = strstr(text, what));) {
        *at = '\0';
        char *longer = mem_format("%s%s%s", text, with, at + strlen(what));
        free(text);
        text = longer;
    }
    return text;
}

char *script_expand(const struct script *script, const char *text)
{
    char *copy = replace(mem_text(text), "{arm}", script->arm);
    return replace(replace(copy, "{vault}", script->vault), "{entra}", script->entra);
}

static bool begins(const struct script *script, const char *request, const char *prefix)
{
    AUTO(text) char *whole = script_expand(script, prefix);
    return strncmp(request, whole, strlen(whole)) == 0;
}

/* ---- answers ------------------------------------------------------------------------------- */

static char *body_text(const struct script *script, const char *body)
{
    char *text = script_expand(script, body ? body : "");
    for (char *at = text; *at; at++)
        *at = (char)(*at == '\'' ? '"' : *at);
    return text;
}

static struct MHD_Response *respond(const struct script *script, const char *headers,
                                    const char *body)
{
    AUTO(text) char *text = body_text(script, body);
    AUTO(text) char *lines = script_expand(script, headers ? headers : "");
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_COPY);
    char *rest = lines;
    for (char *line; (line = strtok_r(rest, "\n", &rest));) {
        char *colon = strchr(line, ':');
        *colon = '\0';
        enum MHD_Result added = MHD_add_response_header(response, line, colon + 2);
        assert(added == MHD_YES);
    }
    return response;
}

static ssize_t shorten(void *owner, uint64_t at, char *to, size_t max)
{
    const char *text = owner;
    size_t left = strlen(text) - (size_t)at;
    if (!left)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t length = left < max ? left : max;
    memcpy(to, text + at, length);
    return (ssize_t)length;
}

static const struct script_step *next_step(struct script *script, const char *request)
{
    for (size_t i = 0; i < SCRIPT_STEPS_MAX && script->steps && script->steps[i].request; i++)
        if (!script->used[i] && begins(script, request, script->steps[i].request)) {
            script->used[i] = true;
            return &script->steps[i];
        }
    return NULL;
}

/* What the script does not know is answered with 599. */
static enum MHD_Result answer(struct script *script, struct MHD_Connection *connection,
                              struct arrival *arrival, const struct script_step *step)
{
    int fault = step && step->status < 0 ? step->status : 0;
    struct MHD_Response *response = NULL;
    unsigned status = !step ? 599 : fault ? 200 : (unsigned)step->status;
    char token[128];

    if (fault == RESET)
        return MHD_NO;
    if (fault == STALL) {
        arrival->is_stalled = true;
        script->stalled[script->n_stalled++] = connection;
        MHD_suspend_connection(connection);
        return MHD_YES;
    }
    if (fault == SHORTEN) {
        char *text = body_text(script, step->body);
        response = MHD_create_response_from_callback(strlen(text) + 1, 1000, shorten, text, free);
    } else if (step) {
        response = respond(script, step->headers, step->body);
    } else if (strstr(arrival->text, "/oauth2/")) {
        status = 200;
        snprintf(token, sizeof token, "{'access_token': 'token-%u', 'expires_in': 3599}",
                 ++script->tokens);
        response = respond(script, NULL, token);
    } else {
        response = respond(script, NULL, "not in the script");
    }
    enum MHD_Result queued = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

/* ---- requests ------------------------------------------------------------------------------ */

static void append(struct arrival *arrival, const char *text)
{
    char *longer = mem_format("%s%s", arrival->text, text);
    free(arrival->text);
    arrival->text = longer;
}

static enum MHD_Result add_query(void *owner, enum MHD_ValueKind kind, const char *name,
                                 const char *value)
{
    struct arrival *arrival = owner;
    (void)kind;
    append(arrival, strchr(arrival->text, '?') ? "&" : "?");
    append(arrival, name);
    append(arrival, "=");
    append(arrival, value ? value : "");
    return MHD_YES;
}

static enum MHD_Result add_header(void *owner, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    struct arrival *arrival = owner;
    (void)kind;
    append(arrival, name);
    append(arrival, ": ");
    append(arrival, value ? value : "");
    append(arrival, "\n");
    return MHD_YES;
}

/* The test has its say before the answer leaves: else it would race with it. */
static void tell(struct script *script)
{
    size_t count = script->count;
    uv_async_send(&script->async);
    while (script->told < count && !script->is_ending)
        pthread_cond_wait(&script->changed, &script->lock);
}

static enum MHD_Result on_request(void *owner, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **state)
{
    struct script *script = owner;
    struct arrival *arrival = *state;
    (void)version;
    pthread_mutex_lock(&script->lock);
    if (!arrival) {
        const char *host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host");
        *state = arrival = mem_new(1, sizeof *arrival);
        arrival->text = mem_format("%s https://%s%s", method, host ? host : "", path);
        MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, add_query, arrival);
        append(arrival, "\n");
        MHD_get_connection_values(connection, MHD_HEADER_KIND, add_header, arrival);
        append(arrival, "\n");
        script->crowd++;
        script->most = script->crowd > script->most ? script->crowd : script->most;
        pthread_mutex_unlock(&script->lock);
        return MHD_YES;
    }
    enum MHD_Result result = MHD_YES;
    if (*size) {
        AUTO(text) char *piece = mem_text_n(data, *size);
        append(arrival, piece);
        *size = 0;
    } else if (script->is_ending) {
        result = MHD_NO;
    } else if (!arrival->is_stalled) {
        assert(script->count < REQUESTS_MAX);
        script->requests[script->count++] = mem_text(arrival->text);
        const struct script_step *step = next_step(script, arrival->text);
        tell(script);
        result = script->is_ending ? MHD_NO : answer(script, connection, arrival, step);
    }
    pthread_mutex_unlock(&script->lock);
    return result;
}

static void on_completed(void *owner, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    struct script *script = owner;
    struct arrival *arrival = *state;
    (void)connection, (void)code;
    if (!arrival)
        return;
    pthread_mutex_lock(&script->lock);
    script->crowd--;
    pthread_mutex_unlock(&script->lock);
    free(arrival->text);
    free(arrival);
}

/* ---- what tests ask ------------------------------------------------------------------------ */

void script_play(struct script *script, const struct script_step *steps)
{
    pthread_mutex_lock(&script->lock);
    script->steps = steps;
    memset(script->used, 0, sizeof script->used);
    for (size_t i = 0; i < script->count; i++)
        free(script->requests[i]);
    script->count = script->told = 0;
    script->most = 0;
    pthread_mutex_unlock(&script->lock);
}

const char *script_request(struct script *script, const char *prefix, size_t n)
{
    const char *found = NULL;
    pthread_mutex_lock(&script->lock);
    for (size_t i = 0; i < script->count && !found; i++)
        if (begins(script, script->requests[i], prefix) && n-- == 0)
            found = script->requests[i];
    pthread_mutex_unlock(&script->lock);
    return found;
}

size_t script_count(struct script *script, const char *prefix)
{
    size_t count = 0;
    while (script_request(script, prefix, count))
        count++;
    return count;
}

size_t script_unused(struct script *script)
{
    size_t count = 0;
    pthread_mutex_lock(&script->lock);
    for (size_t i = 0; i < SCRIPT_STEPS_MAX && script->steps && script->steps[i].request; i++)
        count += !script->used[i];
    pthread_mutex_unlock(&script->lock);
    return count;
}

unsigned script_crowd(struct script *script)
{
    pthread_mutex_lock(&script->lock);
    unsigned most = script->most;
    pthread_mutex_unlock(&script->lock);
    return most;
}

const char *script_ca_file(const struct script *script)
{
    return script->ca_file;
}

static unsigned port_of(struct MHD_Daemon *daemon)
{
    return MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

unsigned script_port(const struct script *script)
{
    return port_of(script->secure);
}

unsigned script_plain_port(const struct script *script)
{
    return port_of(script->plain);
}

/* ---- life ---------------------------------------------------------------------------------- */

static void on_async(uv_async_t *async)
{
    struct script *script = async->data;
    pthread_mutex_lock(&script->lock);
    size_t count = script->count;
    pthread_mutex_unlock(&script->lock);
    if (script->arrived)
        script->arrived(script->owner);
    pthread_mutex_lock(&script->lock);
    script->told = count;
    pthread_cond_signal(&script->changed);
    pthread_mutex_unlock(&script->lock);
}

static void write_ca_file(struct script *script, const char *ca)
{
    err_copy(script->ca_file, sizeof script->ca_file, "/tmp/cmkd-test-ca-XXXXXX");
    AUTO(fd) int fd = mkstemp(script->ca_file);
    ssize_t written = write(fd, ca, strlen(ca));
    assert(written == (ssize_t)strlen(ca));
}

static struct MHD_Daemon *serve(struct script *script, const struct script_names *names,
                                bool is_secure)
{
    struct sockaddr_in loopback = {.sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    unsigned flags =
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_ALLOW_SUSPEND_RESUME | (is_secure ? MHD_USE_TLS : 0U);
    struct MHD_OptionItem secure[] = {
        {MHD_OPTION_HTTPS_MEM_KEY, 0, script->tls.key},
        {MHD_OPTION_HTTPS_MEM_CERT, 0, script->tls.certificate},
        {MHD_OPTION_END, 0, NULL},
    };
    if (names)
        secure[0] =
            (struct MHD_OptionItem){MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)names->certificate};
    if (names)
        secure[1] = secure[2];
    struct MHD_Daemon *daemon =
        MHD_start_daemon(flags, 0, NULL, NULL, on_request, script, MHD_OPTION_SOCK_ADDR, &loopback,
                         MHD_OPTION_NOTIFY_COMPLETED, on_completed, script, MHD_OPTION_ARRAY,
                         is_secure ? secure : &secure[2], MHD_OPTION_END);
    assert(daemon);
    return daemon;
}

/* Its own, below ".localhost", where no names are given. */
static void take_names(struct script *script, const struct script_names *names)
{
    unsigned port = port_of(script->secure);
    snprintf(script->arm, sizeof script->arm, "https://management.localhost:%u", port);
    snprintf(script->vault, sizeof script->vault, "https://kv-test.vault.localhost:%u", port);
    snprintf(script->entra, sizeof script->entra, "https://login.localhost:%u", port);
    if (!names)
        return;
    err_copy(script->arm, sizeof script->arm, names->arm);
    err_copy(script->vault, sizeof script->vault, names->vault);
    err_copy(script->entra, sizeof script->entra, names->entra);
}

struct script *script_start(uv_loop_t *loop, const struct script_names *names,
                            void (*arrived)(void *owner), void *owner)
{
    struct script *script = mem_new(1, sizeof *script);
    struct err err;
    pthread_mutex_init(&script->lock, NULL);
    pthread_cond_init(&script->changed, NULL);
    script->arrived = arrived;
    script->owner = owner;
    uv_async_init(loop, &script->async, on_async);
    uv_unref((uv_handle_t *)&script->async);
    script->async.data = script;
    if (!tls_make(&script->tls, &err))
        abort();
    write_ca_file(script, names ? names->ca : script->tls.ca);
    script->secure = serve(script, names, true);
    script->plain = serve(script, names, false);
    take_names(script, names);
    return script;
}

static void on_closed(uv_handle_t *handle)
{
    struct script *script = handle->data;
    pthread_cond_destroy(&script->changed);
    pthread_mutex_destroy(&script->lock);
    tls_done(&script->tls);
    free(script);
}

void script_stop(struct script *script)
{
    pthread_mutex_lock(&script->lock);
    script->is_ending = true;
    pthread_cond_broadcast(&script->changed);
    for (size_t i = 0; i < script->n_stalled; i++)
        MHD_resume_connection(script->stalled[i]);
    pthread_mutex_unlock(&script->lock);
    MHD_stop_daemon(script->secure);
    MHD_stop_daemon(script->plain);
    script_play(script, NULL);
    unlink(script->ca_file);
    uv_close((uv_handle_t *)&script->async, on_closed);
}
