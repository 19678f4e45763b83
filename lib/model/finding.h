/* finding.h: one difference between what is declared and what Azure shows, and what becomes of
 * it. */
#pragma once

#include "base/err.h"
#include "base/js.h"
#include "model/graph.h"
#include "model/observed.h"
#include "model/type.h"

/* Exactly one for each finding; where several fit, the first of this list. */
enum outcome {
    OUTCOME_HELD,
    OUTCOME_EXEMPT,
    OUTCOME_IMPOSSIBLE,
    OUTCOME_AUDIT,
    OUTCOME_REFUSED,
    OUTCOME_CONTENDED,
    OUTCOME_WAITING,
    OUTCOME_CREATE,
    OUTCOME_RECOVER,
    OUTCOME_PATCH,
    OUTCOME_ACTION,
};

/* What a finding asks for. */
enum need {
    NEED_CREATION, /* of the whole resource; path "" */
    NEED_RECOVERY, /* likewise */
    NEED_FIELD,    /* another value at path */
    NEED_ACTION,   /* what the type's changes() words: action tells which */
};

enum action {
    ACTION_NONE,
    ACTION_ROTATE,  /* a new version of the key */
    ACTION_ENABLE,  /* of a key's version, with reenable */
    ACTION_RETIRE,  /* of a key's version: it is disabled, nobody uses it any more */
    ACTION_EXPIRE,  /* of a key's version: it gets a date of expiry */
    ACTION_APPROVE, /* of a private endpoint's connection */
};

enum finding_status {
    STATUS_NONE,    /* nothing is sent for it */
    STATUS_PLANNED, /* would be sent (dry run) */
    STATUS_RUNNING, /* Azure has taken it and is still at it */
    STATUS_DONE,
    STATUS_FAILED,
};

#define REASON_SIZE 400

struct finding {
    const struct node *node;
    enum need need;
    enum action action;
    char *resource_id;            /* owned: what Azure calls it */
    char *path;                   /* owned; "" for the resource as a whole */
    const struct field *field;    /* or NULL */
    struct json_object *observed; /* owned; NULL: absent */
    struct json_object *desired;  /* owned; NULL: not known yet, or the resource as a whole */
    const char *unknown;          /* static: what a derived value waits for, or NULL */
    bool is_supposed;             /* nobody can tell that it is wrong: what it should be is not
                                   * known, or it hangs on what is not there */
    bool depends_on_clock;        /* hangs on an age or a date */
    bool is_rewrite;              /* an action: that all of it is written again, as it is */
    bool is_written;              /* Azure has taken what is desired, and no look shows it yet */

    enum outcome outcome;
    char reason[REASON_SIZE]; /* why this outcome, or the error */
    enum finding_status status;
    int64_t wake_s; /* of a waiting one: when looking again is worth it; 0: soon; INT64_MAX: not
                     * for its sake */
};

struct findings {
    struct finding *list; /* owned */
    size_t count;
};

/* Appends a finding about path of near->self, with nothing decided. The new one is borrowed until
 * the next append; observed and desired get a reference of their own. */
struct finding *findings_add(struct findings *findings, const struct neighbours *near,
                             enum need need, const char *path, struct json_object *observed,
                             struct json_object *desired);

void findings_done(struct findings *findings); /* frees the members, zeroes it */

const char *outcome_word(enum outcome outcome);      /* "held", ... */
const char *status_word(enum finding_status status); /* "done", ...; NULL for STATUS_NONE */

/* True for the outcomes that are a request: create, recover, patch, action. */
bool outcome_is_write(enum outcome outcome);
