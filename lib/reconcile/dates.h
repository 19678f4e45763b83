/* dates.h: by what time orders end that have a date. The own clock alone ends none: it may have
 * been set. It counts as long as Azure has told its own time and the two agree, now: DESIGN
 * sections 5 and 7. */
#pragma once

#include "azure/azure.h"

#include <stdint.h>

/* The time by which they have ended, for orders_find(); INT64_MIN: none has. */
int64_t dates_now_s(const struct azure *azure);

/* Why the own clock does not count, and what to do; NULL: it does. The caller frees. */
char *dates_doubt(const struct azure *azure);
