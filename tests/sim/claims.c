#include "claims.h"

#include "base/js.h"

#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

/* True if given has all that is wanted, whatever else there is. */
static bool covers(struct json_object *given, struct json_object *wanted)
{
    if (!json_object_is_type(given, json_type_object) ||
        !json_object_is_type(wanted, json_type_object))
        return js_same(given, wanted);
    json_object_object_foreach(wanted, name, value)
    {
        struct json_object *there = NULL;
        if (!json_object_object_get_ex(given, name, &there) || !covers(there, value))
            return false;
    }
    return true;
}

/* base64url without padding (RFC 4648 section 5); the caller frees. */
static char *encode(const char *text)
{
    const gnutls_datum_t plain = {(unsigned char *)(uintptr_t)text, (unsigned)strlen(text)};
    gnutls_datum_t coded;
    if (gnutls_base64_encode2(&plain, &coded) != 0)
        abort();
    char *copy = mem_text_n((const char *)coded.data, coded.size);
    gnutls_free(coded.data);
    for (char *at = copy; *at; at++)
        *at = (char)(*at == '+' ? '-' : *at == '/' ? '_' : *at);
    copy[strcspn(copy, "=")] = '\0';
    return copy;
}

char *claims_lacking(const struct sim *sim, const struct token *token)
{
    const char *wanted = sim->settings.claims;
    if (!wanted)
        return NULL;
    AUTO(json) struct json_object *tree = json_tokener_parse(wanted);
    AUTO(json)
    struct json_object *given = token->claims ? json_tokener_parse(token->claims) : NULL;
    if (covers(given, tree))
        return NULL;
    AUTO(text) char *coded = encode(wanted);
    return mem_format("error=\"insufficient_claims\", claims=\"%s\"", coded);
}
