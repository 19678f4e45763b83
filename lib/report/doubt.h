/* doubt.h: whether cmkd may say of what is right again that it was somebody else: only where it
 * cannot have been a write of its own. Pure. */
#pragma once

#include "reconcile/ledger.h"
#include "report/told.h"

/* How long Azure may be at work on a write of which nobody knows how it ended, or show by and by
 * what has come back. Whatever is still found wrong after that is not made right by it. */
#define DOUBT_S 3600

struct doubt_facts {
    const struct told *told;      /* the finding that is none any more */
    enum mode mode;               /* of its node */
    const struct sent *deed;      /* cmkd's last one (SUBJECT_DEED) to it or its neighbours */
    const struct node *deed_node; /* to what */
    int64_t started_s;            /* since when this process runs */
};

/* How long after the write of this entry a look that finds it right may find so by that write. */
int64_t doubt_lasts_s(const struct entry *entry);

/* What stands against "not by cmkd", to complete "is right again; ...", for the caller to free;
 * NULL: nothing does. by is the write that may have done it, borrowed from the facts, or NULL. */
char *doubt_words(const struct doubt_facts *facts, const struct sent **by);
