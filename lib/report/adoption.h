/* adoption.h: the file of `cmkctl adopt`: what is declared, and in comments what the baseline adds
 * and where Azure deviates from it. Pure. What comes from Azure stays within its comment, whatever
 * is in it. */
#pragma once

#include "model/config.h"
#include "reconcile/ledger.h"

/* What a look at the stacks has found, enforcing them: of each island, as a dry run leaves it. */
typedef const struct ledger *adoption_ledger_fn(void *owner, size_t island);

/* stacks is what graph was loaded from: its stacks in the same order. footnotes: lines for the end,
 * ended by NULL. The caller frees. */
char *adoption_text(struct json_object *stacks, const struct graph *graph,
                    adoption_ledger_fn *ledger, void *owner, char *const *footnotes);

/* One deviation in a sentence: what it is, and what enforcing does. The caller frees. */
char *adoption_sentence(const struct entry *entry);
