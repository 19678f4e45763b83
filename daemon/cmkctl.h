/* cmkctl.h: the operator's program. Each command is a function here and a row of the table in
 * cmkctl_options.c; it returns the exit status (sysexits(3), or that of cmkd --once). */
#pragma once

#include "base/err.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ctl_options;

struct ctl_command {
    const char *name;
    const char *arguments; /* after the name, in the synopsis */
    const char *summary;
    const char *options; /* the names of those it takes, a blank around each */
    size_t least, most;  /* words besides options */
    int (*run)(const struct ctl_options *options);
};

struct ctl_options {
    const struct ctl_command *command; /* NULL: --help or --version alone */
    bool wants_help, wants_version;
    char **words; /* borrowed from argv: stacks, a path */
    size_t n_words;
    bool json, wait, yes, token;
    const char *reason, *until, *since, *path, *directory, *config;
    const char *subscription, *terraform, *vault_id;
};

/* ---- cmkctl_options.c ---- */

/* False with code "Usage". */
bool ctl_options_parse(int argc, char **argv, struct ctl_options *options,
                       struct err *err) MUST_CHECK;

/* The help of a command, or of the program (NULL). The caller frees. */
char *ctl_help(const struct ctl_command *command);

/* "2026-11-25", an instant of RFC 3339, "today", "yesterday" (in UTC), "-2h", "-30min", "-7d". A
 * date stands for its first second; is_end: for the first one after it. */
bool ctl_time(const char *text, int64_t now_s, bool is_end, int64_t *time_s) MUST_CHECK;

/* ---- cmkctl_ask.c: what the daemon is asked ---- */
int ctl_status(const struct ctl_options *options);
int ctl_plan(const struct ctl_options *options);
int ctl_reconcile(const struct ctl_options *options);

/* ---- cmkctl_order.c ---- */
int ctl_hold(const struct ctl_options *options);
int ctl_release(const struct ctl_options *options);

/* ---- cmkctl_revoke.c ---- */
int ctl_revoke(const struct ctl_options *options);
int ctl_restore(const struct ctl_options *options);

/* ---- cmkctl_key.c ---- */
int ctl_key(const struct ctl_options *options);

/* The reply of io.cmkd.Key for a person. The caller frees. */
char *ctl_show_keys(struct json_object *reply, int64_t now_s);

/* ---- cmkctl_show.c: how it looks ---- */

/* "8 s", "3 min", "5 h", "12 d". The caller frees. */
char *ctl_span(int64_t seconds);

/* The reply of io.cmkd.Status for a person. The caller frees. */
char *ctl_show_status(struct json_object *status, int64_t now_s, bool has_colour);

/* An order in a sentence; what has been done with a hold: "on hold", "released"; of a revocation
 * how it stands. The caller frees. */
char *ctl_show_order(struct json_object *order, const char *done);

/* ---- cmkctl_history.c ---- */
int ctl_history(const struct ctl_options *options);

/* ---- cmkctl_explain.c ---- */
int ctl_explain(const struct ctl_options *options);

/* ---- cmkctl_adopt.c ---- */
int ctl_adopt(const struct ctl_options *options);

/* ---- shared ---- */

/* With the daemon down: what orders are recorded for. Nobody is asked: only root may, and only
 * while no cmkd is at work. config is filled, for config_done(); *lock is held until it is closed.
 * False: told, and *status is the exit status. */
struct config;
bool ctl_take_over(const struct ctl_options *options, struct config *config, int *lock,
                   int *status);

/* Says that it is recorded and not executed; the exit status. */
int ctl_recorded(const struct ctl_options *options, const char *what);

/* The daemon has not made its socket, or nobody listens on it. */
bool ctl_is_down(void);

/* Prints the text, gives back the status. */
int ctl_fail(int status, const char *text);

/* A connection, or NULL and *status, told; what went wrong with a call on it, told: the status. */
struct varlink_client *ctl_open(int *status);
int ctl_went_wrong(const struct varlink_client *client, const struct err *err);

/* ctl_call() that may take longer, in milliseconds. */
struct json_object *ctl_call_within(const char *method, struct json_object *parameters,
                                    int64_t timeout_ms, int *status);

/* One call; prints what went wrong. NULL and *status: the exit status. */
struct json_object *ctl_call(const char *method, struct json_object *parameters, int *status);

/* True if somebody listens there, whether or not we may ask. */
bool ctl_is_served(const char *path);

/* {"stacks": [...]} of the words. */
struct json_object *ctl_stacks(const struct ctl_options *options);

/* Prints a tree as --json does; EX_OK, or EX_IOERR if standard output takes no more. */
int ctl_print_json(struct json_object *tree);
int ctl_print(const char *text);
