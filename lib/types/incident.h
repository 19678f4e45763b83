/* incident.h: a key version that is disabled without an order: somebody may be having an
 * incident, and nothing that restores access may be done on that key. */
#pragma once

#include "model/observed.h"

#define INCIDENT_DISABLED                                                                          \
    "a version of the key was disabled, and not by cmkd: somebody may be having an incident; "     \
    "enable it by hand, or declare \"reenable\": true"

/* For near->self a key: INCIDENT_DISABLED if its newest version, or one that a declared account
 * names, is disabled; else NULL. */
const char *incident_at_key(const struct neighbours *near);

/* For near->self an account or a grant: the same of its key, as that account names it. */
const char *incident_at_link(const struct neighbours *near);
