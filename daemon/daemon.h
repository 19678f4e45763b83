/* daemon.h: cmkd at work: the loop, its timers, passes, and the way out. --once is the same with
 * one pass.
 *
 *     daemon_run ─► open ─► pass ─► (interval, SIGUSR1) ─► pass ...
 *                                        │
 *              SIGTERM, or --once is through ─► stop ─► settle ─► close_all ─► the loop ends
 *                                                         │
 *                       SIGHUP ─► reload.c: read, check ──┴─► swap when no island is at work */
#pragma once

#include "notify.h"
#include "options.h"
#include "signals.h"

#include "model/config.h"
#include "model/orders.h"
#include "reconcile/activity.h"
#include "reconcile/reconciler.h"
#include "reconcile/revoker.h"
#include "report/journal.h"
#include "report/news.h"
#include "report/status.h"

struct control;

struct daemon {
    const struct options *options; /* borrowed */
    enum journal_way way;

    struct config *config; /* owned: in force */
    struct config *next; /* owned: read by a reload, in force once no island is at work; or NULL */

    char *state_directory;      /* owned */
    struct order_folder folder; /* owned: of orders, below it */

    struct azure *azure;           /* owned */
    struct reconciler *reconciler; /* owned */
    struct revoker *revoker;       /* owned */
    struct activity *activity;     /* owned; NULL with --once: the log lags by minutes */
    struct news *news;             /* owned */
    struct orders orders;          /* owned: those that have been told of */
    struct status *status;         /* owned */
    struct control *control;       /* owned; NULL: there is no socket, or --once */
    char *stands_told;    /* owned: which of them stand beyond their time, as told; or NULL */
    char *reload_refused; /* owned: why the file is not what is in force; NULL: it is */
    char *last_sentence;  /* owned: the status that the manager knows, or NULL */
    char *last_summary;   /* owned: what the last pass came to, or NULL */
    bool has_sent;        /* something was sent since the last summary */

    uv_loop_t loop;
    struct signals signals;
    struct watchdog watchdog;
    uv_timer_t interval, hour;
    uv_timer_t settle;       /* a turn of the loop later: see whether all is at rest */
    uv_timer_t status_timer; /* the manager is told of news within a second */

    bool is_stopping;
    bool wants_pass;      /* SIGUSR1 came where no island was idle, or a new configuration is in */
    bool was_interrupted; /* a signal ended --once */
    bool awaits_revoker;  /* --once: its pass begins when the orders have been carried out */
    bool was_stuck;       /* an order about a key could not be carried out */
    int exit_status;
};

/* Runs with a configuration (its content is handed over) until stopped, or for one pass. Returns
 * the exit status. */
int daemon_run(const struct options *options, struct config *config, enum journal_way way);

/* Looks at the orders, and begins a pass over what is idle. */
void daemon_pass(struct daemon *daemon);

/* The pass alone. */
void daemon_begin_pass(struct daemon *daemon);

/* Looks, a turn of the loop later, whether something waited for all islands to be idle. */
void daemon_settle(struct daemon *daemon);

/* Begins nothing more, and ends once what is in flight has ended. */
void daemon_stop(struct daemon *daemon, const char *why);

/* ---- reload.c ---- */

/* SIGHUP: reads the configuration again; a bad one is refused. */
void daemon_reload(struct daemon *daemon);

/* No island is at work: takes the new configuration into use. */
void daemon_swap(struct daemon *daemon);

/* Frees a configuration on the heap; NULL is fine. */
void daemon_free_config(struct config *config);

/* ---- standing.c: orders ---- */

/* Looks which orders there are: tells those that came and went, ends those whose time is over. */
void daemon_look_at_orders(struct daemon *daemon);

/* Azure has been seen, and has told its time: ends those that had to wait for that. */
void daemon_end_orders(struct daemon *daemon);

/* Tells, once, which stand beyond their time, and why. */
void daemon_tell_standing(struct daemon *daemon);

/* Why the order stands beyond its time; NULL: it does not. The caller frees. */
char *daemon_why_it_stands(const struct daemon *daemon, const struct order *order);

/* The status in one sentence, orders included. The caller frees. */
char *daemon_sentence(const struct daemon *daemon);

/* Tells it to the service manager, if it has changed. */
void daemon_update_status(struct daemon *daemon);

/* ---- revoking.c: orders about keys ---- */

struct revoker *revoking_new(struct daemon *daemon);

/* Tells the orders that came, were turned round, or went. */
void revoking_tell_changes(const struct daemon *daemon, const struct orders *before,
                           const struct orders *now);

/* An island is through with its pass. */
void revoking_after(struct daemon *daemon, const struct ledger *ledger);

/* How the order stands: all there is to say, and a few words. The caller frees. */
char *revoking_words(const struct daemon *daemon, const struct order *order);
char *revoking_short(const struct daemon *daemon, const struct order *order);

/* True if something that is declared uses the order's key. */
bool revoking_is_declared(const struct daemon *daemon, const struct order *order);

/* ---- tell.c: what is told, and how ---- */

/* The hooks of a reconciler whose owner is the daemon. */
struct reconcile_hooks tell_hooks(struct daemon *daemon);

/* The hooks of the activity log whose owner is the daemon. */
struct activity_hooks tell_activity_hooks(struct daemon *daemon);

/* What the news are told to; owner is the daemon. */
news_tell_fn tell_news;

/* To the journal, and to whoever watches. */
void tell_all(const struct daemon *daemon, const struct event *event);

/* An event about the daemon itself. */
void tell(enum journal_way way, enum event_kind kind, const char *reason);
void tell_problems(enum journal_way way, const struct problems *problems, enum event_kind error);
void tell_loaded(const struct daemon *daemon);
void tell_hour(struct daemon *daemon);   /* one line for each stack */
void tell_status(struct daemon *daemon); /* SIGUSR2: all there is to know */

/* Prints the document of --once; false: standard output does not take it. */
bool tell_document(struct daemon *daemon, const struct pass *pass);
