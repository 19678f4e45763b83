/* exchange.c: one request put together, and the answers that azsim's front gives by itself. */
#include "exchange.h"

#include "base/js.h"
#include "server.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define BODY_MAX (4u << 20) /* what Resource Manager takes */

struct exchange *exchange_new(struct server *server, struct MHD_Connection *connection,
                              const char *target)
{
    struct exchange *x = mem_new(1, sizeof *x);
    x->server = server;
    x->connection = connection;
    x->target = mem_text(target);
    return x;
}

void exchange_free(struct exchange *x)
{
    if (!x)
        return;
    free(x->target);
    free(x->method);
    free(x->host);
    free(x->path);
    free(x->url);
    free(x->public_url);
    mem_free_secret(x->text);
    json_object_put(x->body);
    json_object_put(x->log_entry);
    for (size_t i = 0; i < x->n_faults; i++)
        json_object_put(x->notes[i]);
    sim_response_done(&x->response);
    free(x->sending);
    free(x);
}

/* ---- reading -------------------------------------------------------------------------------- */

static const char *header(const struct exchange *x, const char *name)
{
    return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

/* Decoded once, and repeated slashes made one: SDKs send "//subscriptions", which is no host. */
static char *clean_path(const char *target)
{
    char *path = mem_text_n(target, strcspn(target, "?"));
    MHD_http_unescape(path);

    char *end = path;
    for (const char *from = path; *from; from++)
        if (*from != '/' || end == path || end[-1] != '/')
            *end++ = *from;
    *end = '\0';
    return path;
}

static enum audience audience_of(const struct exchange *x)
{
    bool is_self = strncmp(x->host, "localhost", 9) == 0 || strncmp(x->host, "127.0.0.1", 9) == 0;
    if (is_self && strncmp(x->path, "/_sim/", 6) == 0)
        return AUDIENCE_CONTROL;
    if (strncmp(x->host, "login.", 6) == 0 || strncmp(x->path, "/metadata/", 10) == 0)
        return AUDIENCE_TOKEN;
    return AUDIENCE_AZURE;
}

void exchange_head(struct exchange *x, const char *method)
{
    const char *host = header(x, "Host"), *query = strchr(x->target, '?');
    const union MHD_ConnectionInfo *tls =
        MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);

    x->is_plain = !tls || !tls->tls_session;
    x->method = mem_text(method);
    x->host = mem_text(host ? host : "");
    for (char *c = x->host; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    x->path = clean_path(x->target);
    x->query = query ? query + 1 : "";
    x->audience = audience_of(x);
    x->url = mem_format("%s://%s%s", x->is_plain ? "http" : "https", x->host, x->target);
    x->public_url = origins_public(&x->server->origins, x->url);
}

void exchange_more(struct exchange *x, const char *data, size_t length)
{
    if (x->length + length > BODY_MAX)
        x->too_large = true;
    if (x->too_large)
        return;
    x->text = mem_resize(x->text, x->length + length + 1, 1);
    memcpy(x->text + x->length, data, length);
    x->length += length;
    x->text[x->length] = '\0';
}

void exchange_whole(struct exchange *x)
{
    x->request = (struct sim_request){
        .method = x->method,
        .host = x->host,
        .path = x->path,
        .query = x->query,
        .body_text = x->text ? x->text : "",
        .authorization = header(x, "Authorization"),
        .client_request_id = header(x, "x-ms-client-request-id"),
        .return_client_id = header(x, "x-ms-return-client-request-id"),
        .correlation_id = header(x, "x-ms-correlation-request-id"),
        .metadata = header(x, "Metadata"),
        .content_type = header(x, "Content-Type"),
    };
    bool is_json = x->audience != AUDIENCE_TOKEN; /* whatever the header says: curl -d lies */
    struct err err;

    if (x->too_large)
        exchange_refuse(x, 413, "RequestContentTooLarge", NULL,
                        "The request content is larger than the limit of 4194304 bytes.");
    else if (x->length > 0 && is_json && !js_parse(x->text, x->length, &x->body, &err)) {
        AUTO(text)
        char *message = mem_format(
            "The request content was invalid and could not be deserialized: '%s'.", err.message);
        exchange_refuse(x, 400, exchange_to_vault(x) ? "BadParameter" : "InvalidRequestContent",
                        NULL, message);
    }
    x->request.body = x->body;
}

bool exchange_to_vault(const struct exchange *x)
{
    return strstr(x->host, ".vault.localhost") != NULL;
}

bool exchange_is_write(const struct exchange *x)
{
    return strcmp(x->method, "GET") != 0 && strcmp(x->method, "HEAD") != 0;
}

/* ---- answering ------------------------------------------------------------------------------ */

void exchange_refuse(struct exchange *x, int status, const char *code, const char *inner,
                     const char *message)
{
    bool is_token = x->audience == AUDIENCE_TOKEN;
    struct json_object *body = json_object_new_object();
    js_put(body, is_token ? "error" : "error.code", json_object_new_string(code));
    js_put(body, is_token ? "error_description" : "error.message", json_object_new_string(message));
    if (inner)
        js_put(body, "error.innererror.code", json_object_new_string(inner));
    exchange_answer(x, status, body);
}

void exchange_answer(struct exchange *x, int status, struct json_object *body)
{
    sim_response_done(&x->response);
    x->response = (struct sim_response){.status = status, .body = body};
    x->answered = true;
}

void exchange_header(struct exchange *x, const char *name, const char *value)
{
    struct sim_response *response = &x->response;
    int i = 0;
    while (i < response->n_headers && strcasecmp(response->headers[i].name, name) != 0)
        i++;
    if (i == SIM_HEADERS_MAX)
        return;
    if (i == response->n_headers)
        response->n_headers++;
    else
        free(response->headers[i].value);
    response->headers[i].name = name;
    response->headers[i].value = mem_text(value);
}

void exchange_http_date(const struct exchange *x, int64_t shift_s, char text[HTTP_DATE_SIZE])
{
    time_t at = (time_t)(sim_now_s(x->server->sim) + shift_s);
    struct tm utc;
    strftime(text, HTTP_DATE_SIZE, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&at, &utc));
}
