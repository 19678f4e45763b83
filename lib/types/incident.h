/* incident.h: a key version that is disabled without an order: somebody may be having an
 * incident, and nothing that restores access may be done on that key. */
#pragma once

#include "model/observed.h"

#define INCIDENT_DISABLED                                                                          \
    "a version of the key was disabled, and not by cmkd: somebody may be having an incident; "     \
    "enable it by hand, or declare \"reenable\": true"

/* For near->self a key: INCIDENT_DISABLED if its newest version, or one that an account of the
 * island names, is disabled; else NULL. */
const char *incident_at_key(const struct neighbours *near);

/* For near->self an account or a grant: the same of its key, whichever account names it. */
const char *incident_at_link(const struct neighbours *near);

/* The same of any of the vault's keys. */
const char *incident_at_vault(const struct neighbours *near, const struct node *vault);
