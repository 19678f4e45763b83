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
    return version_newest_of(key, false, &newest) && !newest.is_enabled;
}

static const char *incident_of(const struct neighbours *near, const struct seen *key)
{
    if (!key->node || !key->now || !key->now->versions)
        return NULL;
    if (newest_is_disabled(key))
        return INCIDENT_DISABLED;
    for (size_t i = 0; i < near->count; i++) {
        struct seen other = near_at(near, i);
        if (names_disabled(&other, key))
            return INCIDENT_DISABLED;
    }
    return NULL;
}

const char *incident_at_key(const struct neighbours *near)
{
    return incident_of(near, &near->self);
}

const char *incident_at_link(const struct neighbours *near)
{
    return incident_of(near, &near->cmk);
}

const char *incident_at_vault(const struct neighbours *near, const struct node *vault)
{
    const char *incident = NULL;
    for (size_t i = 0; i < near->count && !incident; i++) {
        struct seen other = near_at(near, i);
        if (other.node->vault == vault)
            incident = incident_of(near, &other);
    }
    return incident;
}
