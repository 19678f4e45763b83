#include "azure/problem.h"

#include "base/js.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 200

/* ---- printable ----------------------------------------------------------------------------- */

/* The length of the UTF-8 character at the start of text, 0 if it is none. */
static size_t character_length(const char *text, size_t length)
{
    unsigned char first = (unsigned char)*text;
    size_t want = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (first > 0xF4)
        return 0;
    if (!want || want > length)
        return 0;
    for (size_t i = 1; i < want; i++)
        if (((unsigned char)text[i] & 0xC0) != 0x80)
            return 0;
    return want;
}

static size_t escape(unsigned char byte, char out[8])
{
    if (byte == '\n' || byte == '\r' || byte == '\t')
        return (size_t)snprintf(out, 8, "\\%c", byte == '\n' ? 'n' : byte == '\r' ? 'r' : 't');
    if (byte < ' ' || byte == 0x7F)
        return (size_t)snprintf(out, 8, "\\x%02x", byte);
    return (size_t)snprintf(out, 8, "%c", byte < 0x80 ? byte : '?');
}

char *problem_printable(const char *text, size_t length, size_t max)
{
    char *shown = mem_new(max + 1, 1);
    size_t used = 0;
    if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        length -= 3;
    }
    while (length) {
        char piece[8];
        size_t step = character_length(text, length), wide = step;
        if (step > 1)
            memcpy(piece, text, step);
        else
            wide = escape((unsigned char)*text, piece);
        if (used + wide > max)
            break;
        memcpy(shown + used, piece, wide);
        used += wide;
        text += step ? step : 1;
        length -= step ? step : 1;
    }
    return shown;
}

/* ---- the envelopes ------------------------------------------------------------------------- */

/* A code is a word: what has blanks or worse in it is text, and decides nothing. */
static const char *word(const char *text)
{
    if (!text || !*text)
        return NULL;
    for (const char *at = text; *at; at++)
        if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 0x7F)
            return NULL;
    return text;
}

/* {"error": {...}}; Insights sends what is inside without the wrapping; a plain failure of a
 * provider is {"Message": ...}; Entra's is {"error": "word", "error_description": ...}. */
static void find(struct json_object *body, const char **code, const char **text)
{
    struct json_object *error = js_object(body, "error");
    struct json_object *inside = error ? error : body;
    const char *inner = word(js_string(inside, "innererror.code", NULL));
    *code = inner ? inner : word(js_string(inside, "code", NULL));
    *text = js_string(inside, "message", NULL);
    if (!*code)
        *code = word(js_string(body, "error", NULL));
    if (!*text)
        *text = js_string(body, "error_description", NULL);
}

static void fill(const struct http_answer *answer, const char *code, const char *text,
                 struct err *err)
{
    AUTO(text) char *shown = problem_printable(text, strlen(text), sizeof err->message - 1);
    err_set(err, ERR_AZURE, code, "%s", shown);
    err->status = answer->status;
}

void problem_read(const struct http_answer *answer, struct json_object *body, struct err *err)
{
    const char *code = NULL, *text = NULL;
    AUTO(text) char *fallback = mem_format("Http%d", answer->status);
    find(body, &code, &text);
    if (!code)
        code = fallback;
    if (text && *text) {
        fill(answer, code, text, err);
        return;
    }
    AUTO(text)
    char *shown = problem_printable(answer->body ? answer->body : "", answer->length, SHOWN_MAX);
    if (*shown)
        err_set(err, ERR_AZURE, code, "HTTP %d without an error text of Azure's: %s",
                answer->status, shown);
    else
        err_set(err, ERR_AZURE, code, "HTTP %d with an empty body", answer->status);
    err->status = answer->status;
}

void problem_of_operation(const struct http_answer *answer, struct json_object *body,
                          const char *code, const char *text, struct err *err)
{
    const char *their_code = NULL, *their_text = NULL;
    find(js_object(body, "error") ? body : js_object(body, "properties"), &their_code, &their_text);
    fill(answer, their_code ? their_code : code, their_text && *their_text ? their_text : text,
         err);
}
