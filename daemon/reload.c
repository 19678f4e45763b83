/* reload.c: SIGHUP. The new configuration is read and checked whole before anything is touched; it
 * comes into force when no island is at work, so that a running pass never sees half of it; islands
 * hurry for that. To the service manager the reload is over when the file has been judged: it must
 * not hang on Azure. */
#include "control.h"

#include "types/registry.h"

#include <stdlib.h>
#include <string.h>

void daemon_free_config(struct config *config)
{
    if (!config)
        return;
    config_done(config);
    free(config);
}

static bool has_stack(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->graph.n_stacks; i++)
        if (strcmp(config->graph.stacks[i].name, name) == 0)
            return true;
    return false;
}

/* Told, and kept for whoever asks why the file is not what is in force. */
static void refuse(struct daemon *daemon, const char *reason)
{
    tell(daemon->way, EVENT_RELOAD_REFUSED, reason);
    free(daemon->reload_refused);
    daemon->reload_refused = mem_text(reason);
}

static void refuse_problems(struct daemon *daemon, const struct problems *problems)
{
    size_t i = 0;
    tell_problems(daemon->way, problems, EVENT_RELOAD_REFUSED);
    while (i < problems->count && problems->list[i].is_warning)
        i++;
    free(daemon->reload_refused);
    daemon->reload_refused = mem_text(i < problems->count ? problems->list[i].text : "");
}

/* What a running process cannot change; false: told. */
static bool fits(struct daemon *daemon, const struct config *next)
{
    if (strcmp(daemon->config->state_directory, next->state_directory) != 0) {
        refuse(daemon, "\"stateDirectory\" cannot change while cmkd runs: restart it");
        return false;
    }
    for (size_t i = 0; i < daemon->options->n_stacks; i++) {
        if (has_stack(next, daemon->options->stacks[i]))
            continue;
        AUTO(text)
        char *reason = mem_format("the stack \"%s\" of --stack is not declared in it",
                                  daemon->options->stacks[i]);
        refuse(daemon, reason);
        return false;
    }
    return true;
}

/* The file as it is now, or NULL, told. */
static struct config *read_config(struct daemon *daemon)
{
    struct problems problems = {0};
    struct config *next = mem_new(1, sizeof *next);
    bool is_good = config_load(daemon->options->config, registry,
                               secure_getenv("CREDENTIALS_DIRECTORY"), next, &problems);
    if (is_good)
        tell_problems(daemon->way, &problems, EVENT_RELOAD_REFUSED); /* warnings */
    else
        refuse_problems(daemon, &problems);
    problems_done(&problems);
    if (!is_good) {
        free(next);
        return NULL;
    }
    if (!fits(daemon, next)) {
        daemon_free_config(next);
        return NULL;
    }
    return next;
}

void daemon_reload(struct daemon *daemon)
{
    notify_reloading();
    struct config *next = read_config(daemon);
    if (next) {
        free(TAKE(daemon->reload_refused));
        daemon_free_config(daemon->next); /* read, and not in force yet */
        daemon->next = next;
        reconciler_hurry(daemon->reconciler);
        daemon_settle(daemon);
    }
    char *sentence = daemon_sentence(daemon);
    notify_ready(sentence);
    free(daemon->last_sentence);
    daemon->last_sentence = sentence;
}

void daemon_swap(struct daemon *daemon)
{
    struct config *next = TAKE(daemon->next);
    struct err err;
    if (!azure_reconfigure(daemon->azure, &next->cloud, &next->credential, next->proxy, &err)) {
        refuse(daemon, err.message);
        daemon_update_status(daemon);
        daemon_free_config(next);
        reconciler_keep(daemon->reconciler);
        daemon->wants_pass = true; /* what was cut short for it goes on, as does who waits */
        return;
    }
    azure_set_share(daemon->azure, next->limits.share);
    reconciler_reload(daemon->reconciler, next);
    activity_reload(daemon->activity, &next->graph);
    news_reload(daemon->news, &next->graph);
    status_reload(daemon->status, &next->graph);
    daemon_free_config(daemon->config);
    daemon->config = next;
    uint64_t interval_ms = (uint64_t)next->interval_s * 1000;
    uv_timer_set_repeat(&daemon->interval, interval_ms);
    uv_timer_again(&daemon->interval);
    tell_loaded(daemon);
    daemon->wants_pass = true;
    control_reloaded(daemon->control);
}
