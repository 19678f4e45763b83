#include "azure/token.h"

#include "azure/backoff.h"
#include "azure/problem.h"
#include "base/iso8601.h"
#include "base/js.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LIFE_MAX_S (7 * 86400)
#define EPOCH_MAX_S 253402300799 /* the end of the year 9999 */

/* ---- when it expires ------------------------------------------------------------------------ */

static bool number_parse(const char *text, int64_t *number)
{
    size_t digits = strspn(text, "0123456789");
    if (!digits || digits > 12 || text[digits])
        return false;
    *number = strtoll(text, NULL, 10);
    return true;
}

/* "03/26/2026 09:19:37 +00:00" and "3/26/2026 9:19:37 AM +00:00" (App Service's). */
static bool american_parse(const char *text, int64_t *time_s)
{
    int month, day, year, hour, minute, second, end = 0;
    char half[3] = "", zone[8] = "";
    if (sscanf(text, "%2d/%2d/%4d %2d:%2d:%2d %2[APM] %7[-+:0-9]%n", &month, &day, &year, &hour,
               &minute, &second, half, zone, &end) != 8 &&
        sscanf(text, "%2d/%2d/%4d %2d:%2d:%2d %7[-+:0-9]%n", &month, &day, &year, &hour, &minute,
               &second, zone, &end) != 7)
        return false;
    if (text[end] || (*half && (hour < 1 || hour > 12)))
        return false;
    if (strcmp(half, "PM") == 0)
        hour = hour % 12 + 12;
    else if (strcmp(half, "AM") == 0)
        hour %= 12;
    AUTO(text)
    char *rfc3339 =
        mem_format("%04d-%02d-%02dT%02d:%02d:%02d%s", year, month, day, hour, minute, second, zone);
    return iso8601_parse_time(rfc3339, time_s);
}

bool token_parse_instant(const char *text, int64_t *time_s)
{
    int64_t found;
    if (!number_parse(text, &found) && !iso8601_parse_time(text, &found) &&
        !american_parse(text, &found))
        return false;
    if (found <= 0 || found > EPOCH_MAX_S)
        return false;
    *time_s = found;
    return true;
}

/* A member that is a number, or a string; as text for the caller to free, NULL if neither. */
static char *member_text(struct json_object *body, const char *name)
{
    struct json_object *value = js_member(body, name, NULL);
    if (json_object_is_type(value, json_type_int))
        return mem_format("%lld", (long long)json_object_get_int64(value));
    return json_object_is_type(value, json_type_string) ? mem_text(json_object_get_string(value))
                                                        : NULL;
}

/* Both members may be there: the shorter life is believed. None: 0. */
static int64_t life_s(struct json_object *body, int64_t date_s)
{
    AUTO(text) char *in = member_text(body, "expires_in");
    AUTO(text) char *on = member_text(body, "expires_on");
    int64_t life = 0, left, instant;
    if (in && number_parse(in, &left) && left > 0)
        life = left;
    if (on && token_parse_instant(on, &instant)) {
        left = instant > date_s ? instant - date_s : 0;
        if (!life || left < life)
            life = left;
    }
    return life < LIFE_MAX_S ? life : LIFE_MAX_S;
}

/* ---- the token ------------------------------------------------------------------------------- */

/* The end of the JSON string that begins at text (its quote), NULL if it has none. */
static char *string_end(char *text)
{
    for (text++; *text && *text != '"'; text++)
        if (*text == '\\' && text[1])
            text++;
    return *text ? text : NULL;
}

static bool is_key(const char *text, const char *end, const char *name)
{
    size_t length = strlen(name);
    return (size_t)(end - text - 1) == length && strncmp(text + 1, name, length) == 0;
}

/* Moves the value of access_token out of the text before json-c makes copies that nobody zeroes.
 * A token is plain ASCII: one with a backslash in it is refused. NULL if there is none. */
static char *cut_token(char *text)
{
    int depth = 0;
    for (char *at = text; at && *at; at++) {
        depth += *at == '{' || *at == '[';
        depth -= *at == '}' || *at == ']';
        if (*at != '"')
            continue;
        char *end = string_end(at);
        if (!end)
            return NULL;
        char *next = end + 1 + strspn(end + 1, " \t\r\n");
        if (depth != 1 || *next != ':' || !is_key(at, end, "access_token")) {
            at = end;
            continue;
        }
        char *value = next + 1 + strspn(next + 1, " \t\r\n");
        end = *value == '"' ? string_end(value) : NULL;
        size_t length = end ? (size_t)(end - value - 1) : 0;
        if (!length || memchr(value, '\\', length))
            return NULL;
        char *token = mem_text_n(value + 1, length);
        memset(value + 1, '-', length);
        return token;
    }
    return NULL;
}

static bool is_header_safe(const char *token)
{
    size_t length = 0;
    while (token[length] > ' ' && token[length] < 0x7F)
        length++;
    return !token[length] && length <= TOKEN_MAX;
}

bool token_parse(struct http_answer *answer, int64_t date_s, struct token *token, struct err *err)
{
    AUTO(json) struct json_object *body = NULL;
    AUTO(secret) char *value = answer->body ? cut_token(answer->body) : NULL;
    if (!value || !is_header_safe(value) || !js_parse(answer->body, answer->length, &body, err)) {
        err_set(err, ERR_AZURE, "BadToken",
                "the token endpoint answered %d with something that holds no token",
                answer->status);
        err->status = answer->status;
        return false;
    }
    *token = (struct token){.value = TAKE(value), .life_s = life_s(body, date_s)};
    return true;
}

void token_done(struct token *token)
{
    mem_free_secret(token->value);
    *token = (struct token){0};
}

/* ---- refusals -------------------------------------------------------------------------------- */

/* clang-format off */
static const struct advice {
    const char *sign, *todo;
} advices[] = {
    /* in the text or the code   what to do */
    {"AADSTS7000215",            "the secret is wrong: put the secret's value, not its id, into the secret file"},
    {"AADSTS7000222",            "the secret has expired: create a new one and replace the secret file"},
    {"AADSTS700027",             "the certificate is not the application's: upload it to the application's registration, or replace certificateFile"},
    {"AADSTS700023",             "the proof is meant for somebody else: check the cloud's authority"},
    {"AADSTS700024",             "the proof is too old, or not valid yet: check this machine's clock, and who renews tokenFile"},
    {"AADSTS70021",              "no federated credential of the application has this issuer, subject and audience: compare them with the token in tokenFile"},
    {"AADSTS50027",              "what tokenFile holds is no token"},
    {"AADSTS700016",             "no such application in this tenant: check clientId and tenantId"},
    {"AADSTS90002",              "no such tenant: check tenantId and the cloud"},
    {"AADSTS500011",             "no such audience in this tenant: check the cloud"},
    {"invalid_client",           "check the file of the credential, and clientId"},
    {"unauthorized_client",      "check clientId and tenantId"},
    {"invalid_resource",         "check the cloud's audiences"},
    {"invalid_scope",            "check the cloud's audiences"},
    {"",                         "check the credential"},
};
/* clang-format on */

static const char *todo(const char *code, const char *text)
{
    size_t i = 0;
    while (!strstr(text, advices[i].sign) && !strstr(code, advices[i].sign))
        i++;
    return advices[i].todo;
}

/* {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret provided.
 * ... Trace ID: ...", "trace_id": ..., "correlation_id": ...} */
static void entra_refused(const struct http_answer *answer, struct json_object *body,
                          struct err *err)
{
    problem_read(answer, body, err);
    const char *text = js_string(body, "error_description", NULL);
    if (!text)
        return;
    const char *end = strstr(text, "Trace ID:");
    size_t length = end ? (size_t)(end - text) : strlen(text);
    while (length && (unsigned char)text[length - 1] <= ' ')
        length--;
    AUTO(text) char *shown = problem_printable(text, length, 200);
    AUTO(text) char *code = mem_text(err->code);
    const char *correlation = js_string(body, "correlation_id", "");
    err_set(err, ERR_AZURE, code, "Entra gives no token; %s: %s (trace %s)", todo(code, text),
            shown, js_string(body, "trace_id", "unknown"));
    err->status = answer->status;
    err_copy(err->correlation_id, sizeof err->correlation_id, correlation);
}

/* The service says which of its 400s it is in words only. One of them never passes by itself:
 * several identities and none named. "Identity not found" does, right after one was assigned. */
static bool imds_refused(const struct http_answer *answer, struct json_object *body,
                         struct err *err)
{
    int status = answer->status;
    const char *text = js_string(body, "error_description", "");
    problem_read(answer, body, err);
    if (status == 400 && strcasestr(text, "multiple")) {
        err_set(err, ERR_CONFIG, "IdentityAmbiguous",
                "this machine has several managed identities: name one by its clientId in "
                "credential");
        return false;
    }
    return status == 404 || status == 410 || status == 429 || status >= 500 ||
           (status == 400 && strcasestr(text, "not found"));
}

bool token_refused(const struct http_answer *answer, enum credential_type type, struct err *err)
{
    AUTO(json) struct json_object *body = NULL;
    struct err not_json;
    if (answer->length && !js_parse(answer->body, answer->length, &body, &not_json))
        body = NULL;
    if (type == CREDENTIAL_MANAGED_IDENTITY || type == CREDENTIAL_AZURE_ARC)
        return imds_refused(answer, body, err);
    entra_refused(answer, body, err);
    return backoff_is_weather(answer->status);
}
