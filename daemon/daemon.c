#include "control.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#define HOUR_MS 3600000U
#define EXIT_UNTOLD 2 /* what a pass found could not be printed: nobody may take it for good */

/* ---- the way out --------------------------------------------------------------------------- */

static void on_azure_closed(void *owner)
{
    struct daemon *daemon = owner;
    daemon->azure = NULL;
}

/* Nothing is at work: what is left are handles, and they close with the loop's next turns. */
static void close_all(struct daemon *daemon)
{
    news_stop(daemon->news);
    activity_free(TAKE(daemon->activity));
    reconciler_free(TAKE(daemon->reconciler));
    revoker_free(TAKE(daemon->revoker));
    azure_free(daemon->azure, on_azure_closed, daemon);
    signals_close(&daemon->signals);
    watchdog_close(&daemon->watchdog);
    uv_close((uv_handle_t *)&daemon->interval, NULL);
    uv_close((uv_handle_t *)&daemon->hour, NULL);
    uv_close((uv_handle_t *)&daemon->settle, NULL);
    uv_close((uv_handle_t *)&daemon->status_timer, NULL);
}

static void on_settle(uv_timer_t *timer)
{
    struct daemon *daemon = timer->data;
    control_advance(daemon->control);
    if (reconciler_is_busy(daemon->reconciler))
        return; /* the end of its pass brings us here again */
    if (daemon->is_stopping) {
        if (!revoker_is_at_work(daemon->revoker) && !control_is_asking(daemon->control) &&
            !activity_is_asking(daemon->activity))
            close_all(daemon);
        return; /* else the last of their answers brings us here again */
    }
    if (daemon->next)
        daemon_swap(daemon);
    if (daemon->wants_pass) { /* the revoker has been asked when the pass was */
        daemon_look_at_orders(daemon);
        daemon_begin_pass(daemon);
    }
}

void daemon_settle(struct daemon *daemon)
{
    if (!uv_is_closing((uv_handle_t *)&daemon->settle))
        uv_timer_start(&daemon->settle, on_settle, 0, 0);
}

void daemon_stop(struct daemon *daemon, const char *why)
{
    if (daemon->is_stopping)
        return;
    daemon->is_stopping = true;
    if (daemon->options->task == TASK_RUN)
        tell(daemon->way, EVENT_STOPPING, why);
    notify_stopping();
    uv_timer_stop(&daemon->interval);
    uv_timer_stop(&daemon->hour);
    control_close(daemon->control);
    azure_stop(daemon->azure);
    activity_stop(daemon->activity);
    reconciler_stop(daemon->reconciler);
    revoker_stop(daemon->revoker);
    daemon_settle(daemon);
}

/* ---- what comes from the loop -------------------------------------------------------------- */

static void begin_pass(struct daemon *daemon, bool is_spread)
{
    const struct pass_options options = {
        .spread = is_spread,
        .dry_run = daemon->options->dry_run,
        .once = daemon->options->task == TASK_ONCE,
        .stacks = daemon->options->stacks,
    };
    if (daemon->is_stopping)
        return;
    bool was_wanted = is_spread && daemon->wants_pass;
    daemon->wants_pass =
        was_wanted || daemon->next || !reconciler_pass(daemon->reconciler, &options);
    if (daemon->wants_pass && daemon->options->task == TASK_ONCE)
        daemon_stop(daemon, "there is nothing to look at");
}

void daemon_begin_pass(struct daemon *daemon)
{
    begin_pass(daemon, false);
}

static void look_at_orders(struct daemon *daemon)
{
    daemon_look_at_orders(daemon);
    if (!daemon->options->dry_run)
        revoker_look(daemon->revoker);
}

void daemon_pass(struct daemon *daemon)
{
    if (daemon->is_stopping)
        return;
    look_at_orders(daemon);
    daemon->awaits_revoker = daemon->options->task == TASK_ONCE && revoker_is_busy(daemon->revoker);
    if (!daemon->awaits_revoker)
        daemon_begin_pass(daemon);
}

/* The steady pass. */
static void on_interval(uv_timer_t *timer)
{
    look_at_orders(timer->data);
    begin_pass(timer->data, true);
}

static void on_hour(uv_timer_t *timer)
{
    tell_hour(timer->data);
}

static void ask_now(struct daemon *daemon)
{
    daemon_pass(daemon);
    if (daemon->activity)
        activity_hurry(daemon->activity, (int64_t)time(NULL));
}

static void on_signal(void *owner, int signal)
{
    struct daemon *daemon = owner;
    switch (signal) {
    case SIGHUP:
        if (daemon->options->task == TASK_RUN && !daemon->is_stopping)
            daemon_reload(daemon);
        return;
    case SIGUSR1:
        if (daemon->options->task == TASK_RUN)
            ask_now(daemon);
        return;
    case SIGUSR2:
        tell_status(daemon);
        return;
    default: /* SIGTERM, SIGINT */
        daemon->was_interrupted = !daemon->is_stopping;
        daemon_stop(daemon, signal == SIGTERM ? "SIGTERM" : "SIGINT");
        return;
    }
}

/* The hook of a pass: every island that it began is through. */
static void on_pass(void *owner, const struct pass *pass)
{
    struct daemon *daemon = owner;
    tell_hooks(daemon).pass(owner, pass);
    control_pass(daemon->control, pass);
    if (daemon->options->task == TASK_ONCE) {
        if (!tell_document(daemon, pass) || daemon->was_stuck)
            daemon->exit_status = EXIT_UNTOLD;
        daemon_stop(daemon, "the pass is through");
    }
    daemon_settle(daemon);
}

/* The hook of an island: who waits for it need not wait for the rest of the pass. */
static void on_island(void *owner, const struct pass *pass, size_t island,
                      const struct ledger *ledger)
{
    struct daemon *daemon = owner;
    tell_hooks(daemon).island(owner, pass, island, ledger);
    revoking_after(daemon, ledger);
    if (daemon->control)
        daemon_settle(daemon);
}

/* ---- life ---------------------------------------------------------------------------------- */

static void start_timer(uv_timer_t *timer, struct daemon *daemon, uv_timer_cb callback,
                        uint64_t period_ms)
{
    uv_timer_init(&daemon->loop, timer);
    timer->data = daemon;
    if (callback)
        uv_timer_start(timer, callback, period_ms, period_ms);
}

static void open_loop(struct daemon *daemon)
{
    bool stays = daemon->options->task == TASK_RUN;
    uint64_t interval_ms = (uint64_t)daemon->config->interval_s * 1000;
    struct reconcile_hooks hooks = tell_hooks(daemon);
    hooks.pass = on_pass;
    hooks.island = on_island;
    daemon->news = news_new(&daemon->config->graph, tell_news, daemon, (int64_t)time(NULL));
    daemon->status = status_new(&daemon->config->graph);
    daemon->reconciler =
        reconciler_new(&daemon->loop, daemon->azure, daemon->config, &daemon->folder, &hooks);
    if (stays && !daemon->options->dry_run) {
        const struct activity_hooks asked = tell_activity_hooks(daemon);
        daemon->activity = activity_new(&daemon->loop, daemon->azure, &asked);
    }
    daemon->revoker = revoking_new(daemon);
    azure_set_share(daemon->azure, daemon->config->limits.share);
    signals_start(&daemon->signals, &daemon->loop, on_signal, daemon);
    watchdog_start(&daemon->watchdog, &daemon->loop);
    start_timer(&daemon->interval, daemon, stays ? on_interval : NULL, interval_ms);
    start_timer(&daemon->hour, daemon, stays ? on_hour : NULL, HOUR_MS);
    start_timer(&daemon->settle, daemon, NULL, 0);
    start_timer(&daemon->status_timer, daemon, NULL, 0);
}

/* Without a socket the daemon holds what it has to hold all the same. */
static void open_control(struct daemon *daemon)
{
    struct err err;
    if (!control_new(daemon, &daemon->control, &err))
        tell(daemon->way, EVENT_NO_CONTROL, err.message);
}

static void begin(struct daemon *daemon)
{
    if (daemon->options->task == TASK_RUN)
        open_control(daemon);
    daemon_look_at_orders(daemon);
    AUTO(text) char *sentence = daemon_sentence(daemon);
    if (daemon->options->task == TASK_RUN) {
        tell_loaded(daemon);
        tell(daemon->way, EVENT_STARTED, "cmkd " CMKD_VERSION);
    }
    notify_ready(sentence);
    daemon_pass(daemon);
}

static void free_all(struct daemon *daemon)
{
    int failure = uv_loop_close(&daemon->loop);
    assert(!failure); /* a handle was left open */
    (void)failure;
    news_free(daemon->news);
    control_free(daemon->control);
    orders_done(&daemon->orders);
    order_folder_done(&daemon->folder);
    free(daemon->state_directory);
    free(daemon->stands_told);
    free(daemon->reload_refused);
    status_free(daemon->status);
    free(daemon->last_sentence);
    free(daemon->last_summary);
    daemon_free_config(daemon->next);
    daemon_free_config(daemon->config);
}

int daemon_run(const struct options *options, struct config *config, enum journal_way way)
{
    struct daemon daemon = {.options = options, .way = way};
    struct err err;
    daemon.config = mem_new(1, sizeof *daemon.config);
    *daemon.config = *config;
    memset(config, 0, sizeof *config);
    daemon.state_directory = mem_text(daemon.config->state_directory);
    daemon.folder = (struct order_folder){.state_directory = daemon.state_directory,
                                          .must_stay = !options->dry_run};
    uv_loop_init(&daemon.loop);
    if (azure_new(&daemon.loop, &daemon.config->cloud, &daemon.config->credential,
                  daemon.config->proxy, &daemon.azure, &err)) {
        open_loop(&daemon);
        begin(&daemon);
    } else {
        tell(way, EVENT_NO_START, err.message);
        daemon.exit_status = EX_CONFIG;
    }
    uv_run(&daemon.loop, UV_RUN_DEFAULT);
    free_all(&daemon);
    return daemon.exit_status;
}
