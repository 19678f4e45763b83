/* backoff.h: when to try again, and whether. RFC 9110 section 10.2.3 (Retry-After). */
#pragma once

#include "azure/answer.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stdint.h>

#define BACKOFF_MAX_MS 30000
#define RETRY_AFTER_MAX_MS 3600000 /* more is taken for an hour: an answer may be wrong */

/* True if the answer names a wait: seconds, or an HTTP date, which is taken relative to the
 * answer's own Date so that our clock does not matter (without a Date: not understood). Zero, and
 * a date that has passed, name none: who obeyed them would ask without end. */
bool backoff_retry_after(const struct http_answer *answer, uint64_t *wait_ms) MUST_CHECK;

/* The wait before try number attempt + 1 (attempt counts from 1): 1, 2, 4 ... 30 s, of which
 * random (0 to 1) decides the upper half, so that many that failed together do not return
 * together. */
uint64_t backoff_wait_ms(unsigned attempt, double random);

/* The wait before poll number n (from 0) where Azure names none: 1, 2, 4, 5, 5 ... s. */
uint64_t backoff_poll_ms(unsigned n);

/* Statuses after which the same request may succeed: 408, 429, 500, 502, 503, 504. */
bool backoff_is_weather(int status);

/* Those of them after which a write may nevertheless have been carried out: all but 429. */
bool backoff_is_ambiguous(int status);
