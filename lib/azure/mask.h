/* mask.h: what we have sent to prove who we are, taken out of what comes back. Services and those
 * between repeat it in errors ("invalid token eyJ..."), and errors are printed. */
#pragma once

#include "azure/answer.h"

/* Overwrites with '*', in the answer's headers and body, every occurrence of the secret: as it is,
 * and as JSON, URLs and forms spell it; of one that is cut off, what there is of it from its first
 * MASK_START bytes on. The secret may be NULL. */
void mask_answer(struct http_answer *answer, const char *secret);

/* The same for a short text that says what came: of the secret every piece of MASK_START bytes. */
void mask_text(char *text, const char *secret);

#define MASK_START 12
#define MASK_MIN 4 /* what is shorter is no secret, and stands in many a word */
