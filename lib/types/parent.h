/* parent.h: what all that hangs under a vault or an account has in common. */
#pragma once

#include "model/observed.h"
#include "model/type.h"

/* What must be there before it can be looked for, or NULL: a type's missing(). */
const char *parent_missing(const struct neighbours *near);

/* What a write to an account, or to what is below it, may be answered: Azure takes one at a time.
 */
extern const struct refusal parent_account_refusals[];

/* Likewise a vault, and what is written through it. */
extern const struct refusal parent_vault_refusals[];

/* What a write to a private endpoint, or to what is below it, may be answered while something else
 * is being written: the network, or what the endpoint leads to. */
extern const struct refusal parent_network_refusals[];
