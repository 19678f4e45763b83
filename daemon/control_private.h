/* control_private.h: what the parts of the control socket share. */
#pragma once

#include "control.h"

#include "varlink/server.h"

/* A Plan or a Reconcile under way, or a Watch. */
enum ask_kind { ASK_PLAN, ASK_RECONCILE, ASK_WATCH };

enum ask_state {
    ASK_NOT,     /* not of this island */
    ASK_PENDING, /* the island was at work when it was asked for: it is looked at anew */
    ASK_RUNNING, /* a pass has begun for it */
    ASK_DONE,
};

struct ask {
    enum ask_kind kind;
    struct control *control;
    struct varlink_call *call;  /* owned: to be ended once */
    char **names;               /* owned, NULL at the end: of stacks; NULL: all */
    enum ask_state *islands;    /* owned: one an island; NULL for a Watch */
    const struct pass **passes; /* owned: of each that runs, the pass that looks for us; borrowed */
    int64_t started_s;
    uint64_t started_ms; /* uv_now() */
    uint64_t requests;   /* of its passes */
    char pass[40];       /* the id of the last one */
    struct ask *next;
};

struct inquiry; /* control_revoke.c */

struct control {
    struct daemon *daemon;
    struct varlink_server *server; /* owned; NULL once it is closed */
    struct varlink_service service;
    char *path;                /* owned: of the socket */
    struct ask *first;         /* owned: in the order in which they came */
    struct inquiry *inquiries; /* owned */
    int64_t started_s;
    bool is_closing;
};

/* ---- control_ask.c ---- */
void ask_begin(struct control *control, struct varlink_call *call, enum ask_kind kind,
               struct json_object *stacks);
void ask_end_all(struct control *control, const char *error);

/* ---- control_status.c ---- */

/* The reply of Status about the named stacks (a JSON array, or NULL for all); a new reference. */
struct json_object *control_status(const struct control *control, struct json_object *stacks);
struct json_object *control_order(const struct control *control, const struct order *order);

/* True if the array (or NULL) names the stack, or none at all. */
bool control_is_asked(struct json_object *stacks, const char *name);

/* 0 and INT64_MAX (no end) are no times, and NULL and "" no texts: null. */
struct json_object *control_time(int64_t time_s);
struct json_object *control_text(const char *text);

/* ---- control_key.c ---- */

/* The reply of Key about the named stacks' keys; a new reference. */
struct json_object *control_keys(const struct control *control, struct json_object *stacks);

/* ---- control_revoke.c ---- */
varlink_method_fn control_revoke, control_restore, control_dependants;

/* Ends the calls of all inquiries with this error; what they ask of Azure ends by itself. */
void inquiries_end_all(struct control *control, const char *error);

/* ---- control.c ---- */

/* True if the caller may give orders, or ask; else the call is ended. */
bool control_may_order(struct varlink_call *call);
bool control_may_ask(struct varlink_call *call);

/* Ends the call with an error that has one text. */
void control_answer_about(struct varlink_call *call, const char *error, const char *member,
                          const char *text);

/* The declared stack of that name, or NULL. */
const struct stack *control_stack(const struct control *control, const char *name);

/* True for a declared stack that this daemon looks at: see --stack. */
bool control_looks_at(const struct control *control, const char *name);

/* The name in stacks (an array, or NULL) that is none of these, or NULL. Borrowed. */
const char *control_unknown(const struct control *control, struct json_object *stacks);
