/* parent.h: what all that hangs under a vault or an account has in common. */
#pragma once

#include "model/observed.h"

/* What must be there before it can be looked for, or NULL: a type's missing(). */
const char *parent_missing(const struct neighbours *near);
