/* names.h: a world in which every host name leads somewhere and has a certificate that clients
 * trust. The public cloud's names lead to one server, all others, and all other addresses and
 * ports, to the thief: whoever follows a link to him is heard, and nothing protects a token but the
 * look at where the link leads.
 *
 * A program that links this has its getaddrinfo() and connect() replaced. */
#pragma once

#include "script.h"

/* To start servers with: the public cloud's origins, and certificates by an authority of the
 * program's own. */
const struct script_names *names_of_public_cloud(void);

/* Where names lead from now on; both are borrowed. NULL: as usual. */
void names_lead(const struct script *home, const struct script *thief);

void names_done(void);
