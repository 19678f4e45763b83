/* events.h: everything that cmkd tells, one kind each: which MESSAGE_ID, how loud, in what words.
 * The words for the operator of each kind are in systemd/cmkd.catalog. Pure. */
#pragma once

#include "base/js.h"
#include "reconcile/author.h"

enum event_kind {
    /* what a pass found and did about one path */
    EVENT_DRIFT,
    EVENT_REPAIRING,
    EVENT_ACCEPTED,
    EVENT_REPAIRED,
    EVENT_CREATED,
    EVENT_RECOVERED,
    EVENT_ROTATED,
    EVENT_REPOINTED,
    EVENT_RETIRED,
    EVENT_EXPIRY,
    EVENT_APPROVED,
    EVENT_ENABLED,
    EVENT_FAILED,
    EVENT_IMPOSSIBLE,
    EVENT_REFUSED,
    EVENT_CONTENDED,
    EVENT_WAITING,
    EVENT_HELD,
    EVENT_EXEMPT,
    EVENT_KEY_DISABLED,
    EVENT_SETTLED,
    EVENT_UNSURE, /* right again, and cmkd does not know by whom */
    EVENT_AUTHOR, /* of what was found before: the activity log has caught up */
    /* what can be seen and reached */
    EVENT_FORBIDDEN,
    EVENT_UNREACHABLE,
    EVENT_SEEN_AGAIN,
    EVENT_REACH,
    EVENT_NO_REACH,
    EVENT_NO_AUTHORS, /* the activity log cannot be read */
    /* orders */
    EVENT_HOLD,
    EVENT_RELEASE,
    EVENT_HOLD_STANDS,
    EVENT_REVOKE,
    EVENT_VERSION_REVOKED,
    EVENT_REVOKED,
    EVENT_REVOKE_STUCK,
    EVENT_RESTORE,
    EVENT_VERSION_RESTORED,
    EVENT_RESTORED,
    EVENT_RESTORE_STUCK,
    EVENT_ORDERS_UNREADABLE,
    EVENT_ORDERS_READ,
    /* the daemon's own life */
    EVENT_PASS,
    EVENT_PASS_QUIET,
    EVENT_HOUR,
    EVENT_HOUR_BLIND,
    EVENT_STARTED,
    EVENT_STOPPING,
    EVENT_LOADED,
    EVENT_RELOAD_REFUSED,
    EVENT_CONFIG_ERROR,
    EVENT_CONFIG_WARNING,
    EVENT_LOCKED,
    EVENT_NO_CONTROL,
    EVENT_NO_START,
    EVENT_STATUS,
    EVENT_KINDS, /* how many there are */
};

/* One kind. The sentence names facts in braces; a part in <> is left out where one of its facts
 * is missing. */
struct event_form {
    const char *name;       /* as it is called here: "REPAIRED" */
    const char *message_id; /* 32 hexadecimal digits: systemd-id128 new, never reused */
    int priority;           /* LOG_ALERT ... LOG_DEBUG, syslog(3) */
    const char *sentence;
};

/* What happened. All borrowed; NULL or "" where there is nothing to say. */
struct event {
    enum event_kind kind;
    const char *const *stacks; /* names */
    size_t n_stacks;
    const char *resource; /* what it is called in a sentence */
    const char *resource_id;
    const char *pass;
    const char *outcome;
    const char *path;
    const char *whole; /* what is amiss with the resource as a whole: "it is not found" */
    bool has_values;   /* observed NULL is absent, desired NULL is not known yet */
    struct json_object *observed, *desired;
    const char *control;
    const char *correlation_id;
    const char *request_id;
    const char *error_code;
    const char *reason;
    const struct author *author; /* of what was found */
};

const struct event_form *event_form(enum event_kind kind);

/* The sentence, on one line of at most some 1000 bytes, whatever the facts hold. The caller
 * frees. */
char *event_message(const struct event *event);
