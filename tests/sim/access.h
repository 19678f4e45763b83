/* access.h: what a caller may do: the assignments of roles to its identity, and a vault's access
 * policies. Asked only where settings.authorization is "enforced". */
#pragma once

#include "call.h"

/* The gateway's question. If the caller may not, a 403 has been answered as Azure words it.
 * Sets call->filters where a list is cut down to what the caller may read instead. */
bool access_arm(struct call *call);

/* True if the list that is being answered may show the resource. */
bool access_shows(struct call *call, const char *id);

/* The action that the request is, "Microsoft.KeyVault/vaults/write"; the caller frees. */
char *access_action(const struct call *call);

/* The vault's question, of a call whose route is known. */
bool access_vault(struct call *call, struct resource *vault);

/* The name of the assignment that gives the caller the data action at the id; borrowed, for the
 * call. NULL if there is none. */
const char *access_data(struct call *call, const char *action, const char *id);

void access_done(struct call *call); /* frees what the questions have kept in the call */
