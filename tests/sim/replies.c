/* replies.c: answers in Azure's place, or Azure's own spoiled on the way: the faults without an
 * "op". */
#include "faults.h"

#include "base/js.h"
#include "base/uuid.h"
#include "server.h"

#include <stdlib.h>
#include <string.h>

#define DRIP_MS 200
#define HUGE_BYTES (64 << 20)
#define HTTP_DATE "@httpdate"

/* clang-format off */
static const char html[] =
    "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" "
    "\"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd\">\r\n"
    "<html xmlns=\"http://www.w3.org/1999/xhtml\"><head><title>Service Unavailable</title></head>"
    "<body><h2>Our services aren't available right now</h2></body></html>\r\n";

static const struct action {
    const char *name;
    enum wire wire;
    bool real;         /* Azure serves the request, and its answer is what gets spoiled */
    int status;        /* unless the fault names one; 0: Azure's, or 200 */
    const char *type;  /* content type; NULL: JSON */
    const char *body;  /* unless the fault has one */
} actions[] = {
    {"html",            WIRE_WHOLE,           false, 503, "text/html", html},
    {"badJson",         WIRE_WHOLE,           false, 200, NULL, "{\"id\": \"/subscriptions/0000"},
    {"wrongType",       WIRE_WHOLE,           false, 200, NULL,
     "{\"id\":17,\"name\":[],\"location\":{},\"properties\":\"text\",\"value\":{},\"status\":[]}"},
    {"reset-before",    WIRE_RESET_BEFORE,    false, 0,   NULL, NULL},
    {"reset-in-header", WIRE_RESET_IN_HEADER, true,  0,   NULL, NULL},
    {"reset-in-body",   WIRE_RESET_IN_BODY,   true,  0,   NULL, NULL},
    {"truncate",        WIRE_TRUNCATE,        true,  0,   NULL, NULL},
    {"close",           WIRE_CLOSE,           false, 0,   NULL, NULL},
    {"stall",           WIRE_STALL,           false, 0,   NULL, NULL},
    {"drip",            WIRE_DRIP,            true,  0,   NULL, NULL},
    {"huge",            WIRE_HUGE,            false, 200, NULL, NULL},
};

/* The code of an error whose fault names none. */
static const struct { int status; const char *code; } codes[] = {
    {400, "BadRequest"},          {401, "InvalidAuthenticationToken"},
    {403, "AuthorizationFailed"}, {404, "ResourceNotFound"},
    {408, "RequestTimeout"},      {409, "Conflict"},
    {412, "PreconditionFailed"},  {429, "TooManyRequests"},
    {500, "InternalServerError"}, {502, "BadGateway"},
    {503, "ServiceUnavailable"},  {504, "GatewayTimeout"},
};
/* clang-format on */

static const struct action *action_of(struct json_object *rule)
{
    const char *name = js_string(rule, "action", "");
    for (size_t i = 0; i < COUNT(actions); i++)
        if (strcmp(actions[i].name, name) == 0)
            return &actions[i];
    return NULL;
}

/* ---- what is accepted ----------------------------------------------------------------------- */

static bool header_fits(struct json_object *pair)
{
    if (!json_object_is_type(pair, json_type_array) || json_object_array_length(pair) != 2)
        return false;
    for (size_t i = 0; i < 2; i++) {
        struct json_object *part = json_object_array_get_idx(pair, i);
        const char *text =
            json_object_is_type(part, json_type_string) ? json_object_get_string(part) : "";
        if (!*text || strpbrk(text, "\r\n"))
            return false;
    }
    return true;
}

bool reply_check(struct json_object *rule, struct err *err)
{
    int64_t status = js_int(rule, "status", 200);
    struct json_object *headers = js_array(rule, "headers");

    if (js_find(rule, "action") && !action_of(rule))
        return err_set(err, ERR_CONFIG, "BadFault", "there is no action \"%s\"",
                       js_string(rule, "action", ""));
    if (!js_find(rule, "action") && !js_find(rule, "status") && !js_find(rule, "body") && !headers)
        return err_set(err, ERR_CONFIG, "BadFault",
                       "the fault says neither op, action, status, body nor headers");
    if (status < 200 || status > 599)
        return err_set(err, ERR_CONFIG, "BadFault", "there is no answer with status %d",
                       (int)status);
    for (size_t i = 0; headers && i < json_object_array_length(headers); i++)
        if (!header_fits(json_object_array_get_idx(headers, i)))
            return err_set(err, ERR_CONFIG, "BadFault",
                           "a header is [\"name\", \"value\"], neither of them empty");
    return true;
}

/* Azure serves the request all the same if the fault says so, if only its answer is to be spoiled
 * on the way, or if nothing but headers are to be added to it. */
bool reply_takes_effect(const struct fault *fault)
{
    const struct action *action = action_of(fault->rule);
    bool own = js_find(fault->rule, "status") || js_find(fault->rule, "body");
    return js_bool(fault->rule, "takesEffect", !own && (!action || action->real));
}

/* ---- the answer ----------------------------------------------------------------------------- */

static const char *code_of(int status)
{
    for (size_t i = 0; i < COUNT(codes); i++)
        if (codes[i].status == status)
            return codes[i].code;
    return "Failed";
}

static void answer_error(struct exchange *x, struct json_object *rule, int status)
{
    exchange_refuse(x, status, js_string(rule, "code", code_of(status)),
                    js_string(rule, "inner", NULL),
                    js_string(rule, "message", "azsim was told to answer so"));
}

/* A fault may repeat what the caller has sent: for the caller to free. */
static char *echo(const struct exchange *x, char *text)
{
    const char *proof = x->text ? strrchr(x->text, '=') : NULL;
    const struct {
        const char *mark, *with;
    } marks[] = {{"@authorization", x->request.authorization},
                 {"@proof", proof ? proof + 1 : NULL}};
    for (size_t i = 0; i < COUNT(marks); i++) {
        for (char *at; (at = strstr(text, marks[i].mark));) {
            AUTO(text) char *old = text;
            text = mem_format("%.*s%s%s", (int)(at - old), old, marks[i].with ? marks[i].with : "",
                              at + strlen(marks[i].mark));
        }
    }
    return text;
}

static void answer_text(struct exchange *x, int status, char *text, const char *type)
{
    exchange_answer(x, status, NULL);
    x->response.body_text = text;
    x->response.content_type = type;
}

/* A string goes out as it is, bytes and all; anything else as JSON. */
static void answer_body(struct exchange *x, int status, struct json_object *body)
{
    bool is_text = json_object_is_type(body, json_type_string);
    const char *text = is_text ? json_object_get_string(body)
                               : json_object_to_json_string_ext(
                                     body, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
    const char *type = is_text && strstr(text, "<") ? "application/xml; charset=utf-8" : NULL;
    answer_text(x, status, echo(x, origins_local(&x->server->origins, text)), type);
}

static void add_header(struct exchange *x, struct json_object *pair)
{
    const char *name = json_object_get_string(json_object_array_get_idx(pair, 0));
    const char *value = json_object_get_string(json_object_array_get_idx(pair, 1));
    if (strncmp(value, HTTP_DATE, strlen(HTTP_DATE)) == 0) {
        char date[HTTP_DATE_SIZE];
        exchange_http_date(x, strtoll(value + strlen(HTTP_DATE), NULL, 10), date);
        exchange_header(x, name, date);
        return;
    }
    AUTO(text) char *local = echo(x, origins_local(&x->server->origins, value));
    exchange_header(x, name, local);
}

static void add_request_ids(struct exchange *x)
{
    char id[UUID_SIZE];
    uuid_random(id);
    exchange_header(x, "x-ms-request-id", id);
    if (!exchange_to_vault(x))
        exchange_header(x, "x-ms-correlation-request-id", id);
}

static void answer(struct exchange *x, struct fault *fault, struct json_object *note)
{
    (void)note;
    struct json_object *rule = fault->rule, *headers = js_array(rule, "headers");
    const struct action *action = action_of(rule);
    struct json_object *body = NULL;
    bool has_body = json_object_object_get_ex(rule, "body", &body);
    bool served = x->response.status != 0;
    int status = (int)js_int(rule, "status", action && action->status ? action->status : 0);

    if (has_body)
        answer_body(x, status ? status : 200, body);
    else if (action && action->body)
        answer_text(x, status, mem_text(action->body), action->type);
    else if (status >= 400)
        answer_error(x, rule, status);
    else if (status || !served)
        exchange_answer(x, status ? status : 200, json_object_new_object());
    if (x->answered)
        add_request_ids(x);
    for (size_t i = 0; headers && i < json_object_array_length(headers); i++)
        add_header(x, json_object_array_get_idx(headers, i));

    x->wire = action ? action->wire : WIRE_WHOLE;
    x->pause_ms = js_int(rule, "ms", DRIP_MS);
    x->announced = (uint64_t)js_int(rule, "bytes", HUGE_BYTES);
}

const struct op op_answer = {
    .name = "",
    .keys = {"!match"},
    .once = true,
    .after = answer,
};

/* More keys than a row of ops has. */
bool reply_key(const char *key)
{
    static const char *const keys[] = {"status", "code",   "inner",       "message", "headers",
                                       "body",   "action", "takesEffect", "ms",      "bytes"};
    for (size_t i = 0; i < COUNT(keys); i++)
        if (strcmp(keys[i], key) == 0)
            return true;
    return false;
}
