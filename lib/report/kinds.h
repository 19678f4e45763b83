/* kinds.h: which event the state of an entry is. Pure. */
#pragma once

#include "reconcile/ledger.h"
#include "report/events.h"

/* EVENT_KINDS: nothing to tell. */
enum event_kind kinds_of(const struct entry *entry);

/* What it is when the write of the entry is done, and shows. */
enum event_kind kinds_of_done(const struct entry *entry);
