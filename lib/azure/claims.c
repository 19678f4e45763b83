#include "azure/claims.h"

#include "base/js.h"

#include <string.h>

/* ---- base64url ----------------------------------------------------------------------------- */

/* Services differ in whether they mean the alphabet of URLs. */
static int sextet(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const char *at = c ? strchr(digits, c) : NULL;
    if (at)
        return (int)(at - digits);
    return c == '-' || c == '+' ? 62 : c == '_' || c == '/' ? 63 : -1;
}

/* With padding or without, and nothing else: no blanks, no bits that are left over. The caller
 * frees; NULL if it is none. */
static char *decode(const char *text, size_t *length)
{
    size_t digits = strcspn(text, "="), padding = strlen(text + digits);
    size_t spare = digits % 4;
    if (spare == 1 || (padding && padding != (4 - spare) % 4) ||
        strspn(text + digits, "=") != padding)
        return NULL;
    AUTO(text) char *bytes = mem_new(digits / 4 * 3 + 3, 1);
    unsigned bits = 0;
    *length = 0;
    for (size_t i = 0; i < digits; i++) {
        int value = sextet(text[i]);
        if (value < 0)
            return NULL;
        bits = bits << 6 | (unsigned)value;
        if (i % 4)
            bytes[(*length)++] = (char)(bits >> (6 - 2 * (i % 4)));
    }
    unsigned left_over = spare == 2 ? 0xF : spare == 3 ? 3 : 0;
    return bits & left_over ? NULL : TAKE(bytes);
}

/* ---- claims -------------------------------------------------------------------------------- */

static char *compact(struct json_object *tree)
{
    return mem_text(json_object_to_json_string_ext(tree, JSON_C_TO_STRING_PLAIN |
                                                             JSON_C_TO_STRING_NOSLASHESCAPE));
}

bool claims_read(const struct challenge *challenge, char **claims, struct err *err)
{
    AUTO(json) struct json_object *tree = NULL;
    size_t length = 0;
    *claims = NULL;
    if (strcmp(challenge->error, "insufficient_claims") != 0 || !challenge->claims[0])
        return true;
    AUTO(text) char *text = decode(challenge->claims, &length);
    if (!text || !js_parse(text, length, &tree, err) ||
        !json_object_is_type(tree, json_type_object))
        return err_set(err, ERR_AZURE, "BadChallenge",
                       "the 401 wants a token with claims that are no JSON object in base64url: "
                       "%.160s",
                       challenge->claims);
    *claims = compact(tree);
    return true;
}

static void merge(struct json_object *into, struct json_object *from)
{
    json_object_object_foreach(from, name, value)
    {
        struct json_object *there = NULL;
        json_object_object_get_ex(into, name, &there);
        if (json_object_is_type(there, json_type_object) &&
            json_object_is_type(value, json_type_object))
            merge(there, value);
        else
            json_object_object_add(into, name, js_copy(value));
    }
}

char *claims_merge(const char *a, const char *b)
{
    AUTO(json) struct json_object *whole = NULL;
    AUTO(json) struct json_object *more = NULL;
    struct err err;
    if (!a || !b)
        return mem_text(a ? a : b);
    if (!js_parse(a, strlen(a), &whole, &err) || !js_parse(b, strlen(b), &more, &err))
        return mem_text(b);
    merge(whole, more);
    return compact(whole);
}
