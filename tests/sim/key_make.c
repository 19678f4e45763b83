#include "key_make.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    bool is_curve;
} kinds[] = {{"RSA", false}, {"RSA-HSM", false}, {"EC", true}, {"EC-HSM", true}};

/* The row of a key type in any case, or -1. */
static int kind_of(const char *kty)
{
    for (size_t i = 0; kty && i < COUNT(kinds); i++)
        if (strcasecmp(kinds[i].name, kty) == 0)
            return (int)i;
    return -1;
}

const char *key_wish_fault(const struct key_wish *wish)
{
    static const char *const curves[] = {"P-256", "P-384", "P-521", "P-256K"};
    int kind = kind_of(wish->kty);
    if (kind < 0)
        return "The property 'kty' is missing or unknown.";
    if (!kinds[kind].is_curve && wish->size && wish->size != 2048 && wish->size != 3072 &&
        wish->size != 4096)
        return "The key size is not supported for RSA.";
    for (size_t i = 0; wish->curve && i < COUNT(curves); i++)
        if (strcmp(curves[i], wish->curve) == 0)
            return NULL;
    return wish->curve ? "The curve is not supported." : NULL;
}

struct key_version *key_make(struct sim *sim, struct key *key, const struct key_wish *wish)
{
    int kind = kind_of(wish->kty);
    struct key_version *version = key_add(sim, key, kind < 0 ? wish->kty : kinds[kind].name);
    version->enabled = wish->enabled;
    version->exp_s = wish->exp_s;
    version->nbf_s = wish->nbf_s;
    if (kind >= 0 && kinds[kind].is_curve)
        version->curve = mem_text(wish->curve ? wish->curve : "P-256");
    else
        version->size = wish->size ? wish->size : 2048;
    if (wish->ops) {
        json_object_put(version->ops);
        version->ops = js_copy(wish->ops);
    }
    version->tags = js_copy(wish->tags);
    return version;
}

bool key_name_valid(const char *name)
{
    size_t length = strlen(name);
    for (const char *at = name; *at; at++)
        if (!isalnum((unsigned char)*at) && *at != '-')
            return false;
    return length >= 1 && length <= 127;
}
