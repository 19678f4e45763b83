/* key_make.h: the making of a key version, the same through either plane. */
#pragma once

#include "key.h"

struct key_wish {
    const char *kty, *curve; /* as sent; NULL: not sent */
    int64_t size;            /* 0: not sent */
    bool enabled;
    int64_t exp_s, nbf_s;           /* 0: not sent */
    struct json_object *ops, *tags; /* borrowed; NULL: not sent */
};

/* NULL if a key can be made like that, else what is wrong, in a sentence. */
const char *key_wish_fault(const struct key_wish *wish);

/* Adds a version as wished, with Azure's defaults. */
struct key_version *key_make(struct sim *sim, struct key *key, const struct key_wish *wish);

/* Names of keys: letters, digits and dashes, at most 127. */
bool key_name_valid(const char *name);
