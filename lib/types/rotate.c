#include "types/rotate.h"

#include "base/iso8601.h"
#include "types/policy.h"

#include <stdlib.h>

/* Never twice within it. */
static const struct duration a_day = {.days = 1};

static void propose(struct rotate_next *next, enum rotate_rule rule, const struct duration *period,
                    int64_t at_s)
{
    if (at_s >= next->at_s)
        return;
    next->at_s = at_s;
    next->rule = rule;
    next->period = period;
}

const char *rotate_next(const struct seen *key, struct rotate_next *next)
{
    const struct rotation *rotation = &key->node->rotation;
    struct version newest, current;
    if (!rotation->has_every && !rotation->has_before_expiry)
        return policy_due_s(key) == INT64_MAX
                   ? "no rotation is declared"
                   : "no rotation is declared: the vault rotates, by a policy of its own";
    if (!version_newest_of(key, false, &newest) || !version_newest_of(key, true, &current))
        return "no version of the key is enabled";
    bool expires = current.expires_s != INT64_MAX;
    *next = (struct rotate_next){.at_s = INT64_MAX, .version = current};
    if (rotation->has_every)
        propose(next, ROTATE_EVERY, &rotation->every,
                iso8601_add(current.created_s, rotation->every));
    if (rotation->has_before_expiry && expires)
        propose(next, ROTATE_BEFORE_EXPIRY, &rotation->before_expiry,
                iso8601_subtract(current.expires_s, rotation->before_expiry));
    if (rotation->has_every && expires) /* expired before its time: as due as can be */
        propose(next, ROTATE_EXPIRED, &rotation->every, current.expires_s);
    if (!next->period)
        return "only beforeExpiry is declared, and the newest version never expires";
    int64_t again_s = iso8601_add(newest.created_s, a_day); /* whoever rotated */
    if (next->at_s < again_s)
        next->at_s = again_s;
    return NULL;
}

const char *rotate_rule_member(enum rotate_rule rule)
{
    switch (rule) {
    case ROTATE_EVERY:
    case ROTATE_EXPIRED:
        return "every";
    case ROTATE_BEFORE_EXPIRY:
        return "beforeExpiry";
    }
    abort();
}
