#include "call.h"

#include "access.h"
#include "base/armid.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- answers --------------------------------------------------------------------------------- */

void call_answer(struct call *call, int status, struct json_object *body)
{
    json_object_put(call->response->body);
    call->response->status = status;
    call->response->body = body;
}

void call_show(struct call *call, int status, struct json_object *body)
{
    call_answer(call, status, json_object_get(body));
}

void call_header(struct call *call, const char *name, const char *format, ...)
{
    struct sim_response *response = call->response;
    va_list arguments;
    if (response->n_headers == SIM_HEADERS_MAX)
        abort();
    va_start(arguments, format);
    response->headers[response->n_headers].name = name;
    response->headers[response->n_headers++].value = mem_format_v(format, arguments);
    va_end(arguments);
}

static bool fail(struct call *call, int status, const char *code, const char *inner,
                 const char *format, va_list arguments) PRINTF_LIKE(5, 0);

static bool fail(struct call *call, int status, const char *code, const char *inner,
                 const char *format, va_list arguments)
{
    AUTO(text) char *message = mem_format_v(format, arguments);
    struct json_object *body = json_object_new_object();
    js_put(body, "error.code", json_object_new_string(code));
    js_put(body, "error.message", json_object_new_string(message));
    if (inner)
        js_put(body, "error.innererror.code", json_object_new_string(inner));
    call_answer(call, status, body);
    return false;
}

bool call_fail(struct call *call, int status, const char *code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fail(call, status, code, NULL, format, arguments);
    va_end(arguments);
    return false;
}

bool call_fail_gateway(struct call *call, int status, const char *code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fail(call, status, code, NULL, format, arguments);
    va_end(arguments);
    call_header(call, "x-ms-failure-cause", "gateway");
    return false;
}

bool call_fail_inner(struct call *call, int status, const char *code, const char *inner,
                     const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fail(call, status, code, inner, format, arguments);
    va_end(arguments);
    return false;
}

bool call_fail_bare(struct call *call, int status, const char *code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    AUTO(text) char *message = mem_format_v(format, arguments);
    va_end(arguments);
    struct json_object *body = json_object_new_object();
    js_put(body, "code", json_object_new_string(code));
    js_put(body, "message", json_object_new_string(message));
    call_answer(call, status, body);
    return false;
}

void sim_response_done(struct sim_response *response)
{
    json_object_put(response->body);
    free(response->body_text);
    for (int i = 0; i < response->n_headers; i++)
        free(response->headers[i].value);
    *response = (struct sim_response){0};
}

/* ---- the request ----------------------------------------------------------------------------- */

static int hex(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    digit = (char)tolower((unsigned char)digit);
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static char *decode(const char *text, size_t length)
{
    char *decoded = mem_new(length + 1, 1), *end = decoded;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '%' && i + 2 < length && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
            *end++ = (char)(hex(text[i + 1]) * 16 + hex(text[i + 2]));
            i += 2;
        } else {
            *end++ = text[i] == '+' ? ' ' : text[i];
        }
    }
    return decoded;
}

char *call_query(const struct call *call, const char *name)
{
    const char *at = call->request->query;
    while (at && *at) {
        size_t length = strcspn(at, "&"), key = strcspn(at, "=&");
        AUTO(text) char *decoded = decode(at, key);
        if (strcasecmp(decoded, name) == 0)
            return key < length ? decode(at + key + 1, length - key - 1) : mem_text("");
        at += length;
        at += *at == '&';
    }
    return NULL;
}

struct json_object *call_object(struct call *call)
{
    if (json_object_is_type(call->request->body, json_type_object))
        return call->request->body;
    call_fail(call, 400, "InvalidRequestContent",
              "The request content was invalid and could not be deserialized: 'an object was "
              "expected.'.");
    return NULL;
}

bool call_is(const struct call *call, const char *method)
{
    return strcmp(call->request->method, method) == 0;
}

bool call_is_read(const struct call *call)
{
    return call_is(call, "GET") || call_is(call, "HEAD");
}

/* ---- lists ----------------------------------------------------------------------------------- */

/* A skip token is the last id shown, in hex: opaque enough, and it survives insertions. */
static char *skip_token(const char *id)
{
    static const char digits[] = "0123456789abcdef";
    char *token = mem_new(2 * strlen(id) + 1, 1), *end = token;
    for (; *id; id++) {
        *end++ = digits[(unsigned char)*id >> 4];
        *end++ = digits[(unsigned char)*id & 15];
    }
    return token;
}

static char *id_of(const char *token)
{
    char *id = mem_new(strlen(token) / 2 + 1, 1), *end = id;
    for (; hex(token[0]) >= 0 && hex(token[1]) >= 0; token += 2)
        *end++ = (char)(hex(token[0]) * 16 + hex(token[1]));
    return id;
}

static struct lh_entry *first_entry(struct call *call, struct lh_table *table)
{
    AUTO(text) char *token = call_query(call, "$skiptoken");
    if (!token)
        return lh_table_head(table);
    AUTO(text) char *id = id_of(token);
    AUTO(text) char *key = armid_key(id);
    struct lh_entry *last = lh_table_lookup_entry(table, key);
    return last ? lh_entry_next(last) : NULL;
}

static void add_next_link(struct call *call, struct json_object *body, const char *last)
{
    AUTO(text) char *token = skip_token(last);
    AUTO(text) char *top = call_query(call, "$top");
    AUTO(text)
    char *link = mem_format("https://%s%s?%s%s%sapi-version=%s&$skiptoken=%s", call->request->host,
                            call->request->path, top ? "$top=" : "", top ? top : "", top ? "&" : "",
                            call->api_version ? call->api_version : "", token);
    js_put(body, "nextLink", json_object_new_string(link));
}

void call_list(struct call *call, struct lh_table *table, call_take_fn *take)
{
    AUTO(text) char *top = call_query(call, "$top");
    long long wanted = top ? strtoll(top, NULL, 10) : 0;
    size_t limit = (size_t)(wanted > 0 ? wanted : call->sim->settings.page_size);
    struct json_object *body = json_object_new_object(), *value = json_object_new_array();
    const char *last = "";
    json_object_object_add(body, "value", value);

    for (struct lh_entry *entry = first_entry(call, table); entry; entry = lh_entry_next(entry)) {
        struct resource *resource = lh_entry_v(entry);
        struct json_object *shown = take(call, resource);
        if (!shown)
            continue;
        if (!access_shows(call, resource->id)) {
            json_object_put(shown);
            continue;
        }
        json_object_array_add(value, shown);
        last = lh_entry_k(entry);
        if (json_object_array_length(value) == limit)
            break;
    }
    if (json_object_array_length(value) == limit)
        add_next_link(call, body, last);
    call_answer(call, 200, body);
}

bool call_covers(const struct call *call, const char *id, bool grouped)
{
    AUTO(text)
    char *scope =
        grouped ? mem_format("/subscriptions/%s/resourceGroups/%s", call->args[0], call->args[1])
                : mem_format("/subscriptions/%s", call->args[0]);
    return armid_within(id, scope);
}
