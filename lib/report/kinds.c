#include "report/kinds.h"

#include "base/js.h"

#include <stdlib.h>

static enum event_kind kind_of_action(enum action action)
{
    switch (action) {
    case ACTION_ROTATE:
        return EVENT_ROTATED;
    case ACTION_ENABLE:
        return EVENT_ENABLED;
    case ACTION_RETIRE:
        return EVENT_RETIRED;
    case ACTION_EXPIRE:
        return EVENT_EXPIRY;
    case ACTION_APPROVE:
        return EVENT_APPROVED;
    case ACTION_NONE:
        return EVENT_REPAIRED;
    }
    abort();
}

static bool is_repointing(const struct entry *entry)
{
    static const char link[] = "properties.encryption.keyVaultProperties.keyVersion";
    return entry->observed && *js_string(entry->observed, "", "") &&
           js_path_covers(link, entry->path);
}

enum event_kind kinds_of_done(const struct entry *entry)
{
    switch (entry->need) {
    case NEED_CREATION:
        return EVENT_CREATED;
    case NEED_RECOVERY:
        return EVENT_RECOVERED;
    case NEED_ACTION:
        return kind_of_action(entry->action);
    case NEED_FIELD:
        return is_repointing(entry) ? EVENT_REPOINTED : EVENT_REPAIRED;
    }
    abort();
}

static enum event_kind kind_of_outcome(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_HELD:
        return EVENT_HELD;
    case OUTCOME_EXEMPT:
        return EVENT_EXEMPT;
    case OUTCOME_IMPOSSIBLE:
        return EVENT_IMPOSSIBLE;
    case OUTCOME_AUDIT:
        return EVENT_DRIFT;
    case OUTCOME_REFUSED:
        return EVENT_REFUSED;
    case OUTCOME_CONTENDED:
        return EVENT_CONTENDED;
    case OUTCOME_WAITING:
        return EVENT_WAITING;
    case OUTCOME_CREATE:
    case OUTCOME_RECOVER:
    case OUTCOME_PATCH:
    case OUTCOME_ACTION:
        return EVENT_KINDS; /* it will be told when it is sent */
    }
    abort();
}

enum event_kind kinds_of(const struct entry *entry)
{
    enum event_kind kind;
    switch (entry->status) {
    case STATUS_PLANNED:
        return EVENT_KINDS; /* a dry run's document says it */
    case STATUS_RUNNING:
        return EVENT_REPAIRING;
    case STATUS_DONE:
        return kinds_of_done(entry);
    case STATUS_FAILED:
        return EVENT_FAILED;
    case STATUS_NONE:
        kind = kind_of_outcome(entry->outcome);
        if (kind == EVENT_DRIFT && entry->need == NEED_FIELD && !entry->desired)
            return EVENT_KINDS; /* what it should be is not known: no drift is established */
        if (entry->action == ACTION_ENABLE && kind != EVENT_HELD && kind != EVENT_EXEMPT &&
            kind != EVENT_KINDS)
            return EVENT_KEY_DISABLED;
        return kind;
    }
    abort();
}
