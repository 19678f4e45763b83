#include "azure/mask.h"

#include "azure/encode.h"
#include "base/js.h"

#include <string.h>

/* All that begins as the spelling does for so many bytes, as far as it goes on so. */
static void mask(char *text, size_t length, const char *spelling, size_t start)
{
    char *end = text + length, *at = text;
    while (at && (at = memmem(at, (size_t)(end - at), spelling, start)))
        for (size_t i = 0; spelling[i] && at < end && (i < start || *at == spelling[i]); i++)
            *at++ = '*';
}

static void mask_spelling(struct http_answer *answer, const char *spelling, size_t start)
{
    if (answer->headers)
        mask(answer->headers, answer->headers_length, spelling, start);
    if (answer->body)
        mask(answer->body, answer->length, spelling, start);
}

/* The text between the quotes of a JSON string, for the caller to free as a secret. */
static char *json_spelling(const char *secret, int flags)
{
    struct json_object *value = json_object_new_string(secret);
    char *quoted = (char *)(uintptr_t)json_object_to_json_string_ext(value, flags);
    size_t length = strlen(quoted);
    char *spelling = mem_text_n(quoted + 1, length - 2);
    mem_zero(quoted, length);
    json_object_put(value);
    return spelling;
}

/* Has bytes that are spelled otherwise somewhere: tokens have none. */
static bool is_odd(const char *secret)
{
    for (; *secret; secret++)
        if (!encode_is_plain(*secret))
            return true;
    return false;
}

/* Whole ones first: what is left of one that is spelled otherwise would not be found any more. */
static void mask_all(struct http_answer *answer, const char *const spellings[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        mask_spelling(answer, spellings[i], strlen(spellings[i]));
    for (size_t i = 0; i < count; i++)
        if (strlen(spellings[i]) > MASK_START)
            mask_spelling(answer, spellings[i], MASK_START);
}

void mask_answer(struct http_answer *answer, const char *secret)
{
    if (!secret || strlen(secret) < MASK_MIN)
        return;
    if (!is_odd(secret)) {
        mask_all(answer, &secret, 1);
        return;
    }
    AUTO(secret) char *slashes = json_spelling(secret, JSON_C_TO_STRING_PLAIN);
    AUTO(secret) char *json = json_spelling(secret, JSON_C_TO_STRING_NOSLASHESCAPE);
    AUTO(secret) char *form = encode_text(secret);
    const char *const spellings[] = {slashes, json, form, secret};
    mask_all(answer, spellings, COUNT(spellings));
}

void mask_text(char *text, const char *secret)
{
    size_t whole = secret ? strlen(secret) : 0, length = strlen(text);
    size_t least = whole < MASK_START ? whole : MASK_START;
    if (whole < MASK_MIN)
        return;
    for (size_t at = 0; at + least <= length;) {
        const char *piece = memmem(secret, whole, text + at, least);
        size_t same = 0;
        while (piece && piece[same] && piece[same] == text[at + same])
            same++;
        memset(text + at, '*', same);
        at += same ? same : 1;
    }
}
