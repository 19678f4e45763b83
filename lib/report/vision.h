/* vision.h: when a stack was seen last, and the intervals in which it could not be: silence must
 * be told from blindness. No clock of its own. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VISION_GAPS_MAX 8 /* intervals that are told one by one */

struct gap {
    int64_t from_s, to_s;
};

struct vision {
    int64_t last_good_s;   /* 0: never */
    int64_t blind_since_s; /* 0: it is not blind */
    struct gap gaps[VISION_GAPS_MAX];
    size_t n_gaps;
    size_t n_more; /* gaps that found no place */
};

/* Takes in one look at the whole of the stack. */
void vision_looked(struct vision *vision, bool is_good, int64_t now_s);

/* Nothing but what has been missed since the last vision_forget() is in the words. */
void vision_forget(struct vision *vision);

bool vision_has_gaps(const struct vision *vision);

/* "last good look 2026-11-25T03:00:00Z; not seen from 2026-... to 2026-..., and since 2026-...".
 * The caller frees. */
char *vision_words(const struct vision *vision);
