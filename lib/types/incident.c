#include "types/incident.h"

#include "types/versions.h"

/* True if the version that the account names is disabled. */
static bool names_disabled(const struct seen *account, const struct seen *key)
{
    struct version named;
    const char *id = version_named_by(account, key->node);
    return id && version_find(key->now->versions, id, &named) && !named.is_enabled;
}

static bool newest_is_disabled(const struct seen *key)
{
    struct version newest;
    return version_newest(key->now->versions, false, &newest) && !newest.is_enabled;
}

const char *incident_at_key(const struct neighbours *near)
{
    if (newest_is_disabled(&near->self))
        return INCIDENT_DISABLED;
    for (size_t i = 0; i < near->n_dependants; i++)
        if (names_disabled(&near->dependants[i], &near->self))
            return INCIDENT_DISABLED;
    return NULL;
}

const char *incident_at_link(const struct neighbours *near)
{
    const struct seen *account = near->account.node ? &near->account : &near->self;
    if (!near->cmk.node || !near->cmk.now)
        return NULL;
    return newest_is_disabled(&near->cmk) || names_disabled(account, &near->cmk) ? INCIDENT_DISABLED
                                                                                 : NULL;
}
