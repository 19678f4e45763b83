/* faults.h: what goes wrong in the simulated Azure, and when. A fault is a JSON object as in
 * README.md: it selects requests, in the order in which faults were added, and either answers in
 * Azure's place (status, code, body, action ...) or is an "op" that bends what Azure does. */
#pragma once

#include "exchange.h"

#include <regex.h>

struct fault;

/* One kind of "op". A key with '!' before it is required. */
struct op {
    const char *name;
    const char *keys[9];
    bool writes_only;
    bool once;      /* fires once where "times" is not given; else for ever */
    bool by_itself; /* counts by itself how often it fires */
    /* Before the request is served: may answer it, hold it, or leave a note for after(). */
    void (*before)(struct exchange *x, struct fault *fault, struct json_object **note);
    /* After: may change the answer or the state. Not called if the client has gone. */
    void (*after)(struct exchange *x, struct fault *fault, struct json_object *note);
};

struct fault {
    struct fault *next;
    const struct op *op;      /* borrowed */
    struct json_object *rule; /* owned */
    regex_t match, content;   /* of the request line; of the body ("if", "unless") */
    bool has_match, has_content, unless;
    int64_t skip, left, fired; /* matches to let pass; times to fire; times fired */
    struct exchange *holder;   /* serialize: the write in flight */
    struct json_object *stale; /* owned; staleReads: {"value": old}, once something was written */
    bool cleared;              /* kept for exchanges that still refer to it */
};

struct faults *faults_new(struct sim *sim);
void faults_free(struct faults *faults);

/* Appends the faults of an array; all or none. */
bool faults_add(struct faults *faults, struct json_object *array, struct err *err) MUST_CHECK;
void faults_clear(struct faults *faults);

/* [{ "fault": as it was given, "fired": n, "left": n or null for ever }], for the caller. */
struct json_object *faults_list(const struct faults *faults);

/* Chooses who takes part in an exchange whose request is whole. */
void faults_begin(struct faults *faults, struct exchange *x);

/* Has the request answered: by a fault, or by Azure under the eyes of the others. */
void faults_serve(struct faults *faults, struct exchange *x);

/* The exchange is over, answered or not. */
void faults_end(struct faults *faults, struct exchange *x);

/* Counts one firing of a fault that counts by itself. */
void fault_fires(struct fault *fault);

/* ops.c: the row of that name, or NULL. The row without a name is the answer in Azure's place. */
const struct op *op_find(const char *name);

/* replies.c: the answer in Azure's place, or on top of Azure's own. */
extern const struct op op_answer;
bool reply_check(struct json_object *rule, struct err *err) MUST_CHECK;
bool reply_takes_effect(const struct fault *fault);
bool reply_key(const char *key);
