/* rotate.h: when a key is rotated next, and which of its declared rules says so. DESIGN section 6,
 * rule 1. */
#pragma once

#include "model/observed.h"
#include "types/versions.h"

enum rotate_rule {
    ROTATE_EVERY,         /* so long after the newest enabled version was created */
    ROTATE_BEFORE_EXPIRY, /* so long before that version expires */
    ROTATE_EXPIRED,       /* "every" is declared, and the version expires before its time */
};

struct rotate_next {
    int64_t at_s; /* from then on it is due */
    enum rotate_rule rule;
    const struct duration *period; /* borrowed: as the rule is declared */
    struct version version;        /* whose age or expiry counts */
};

/* NULL, and *next; or why no rotation will come, as things are: a static sentence. The key has been
 * seen. */
const char *rotate_next(const struct seen *key, struct rotate_next *next);

/* The member of "rotation" that the rule stands for: "every", "beforeExpiry". */
const char *rotate_rule_member(enum rotate_rule rule);
