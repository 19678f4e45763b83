/* cmkd.c: main(): the command line, the configuration, and then daemon.c. */
#include "daemon.h"
#include "harden.h"
#include "lock.h"

#include "report/escape.h"
#include "types/registry.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

/* Whoever starts us without standard files would get the lock, or a connection to Azure, in their
 * place, and our lines into them. */
static void open_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            abort(); /* the lowest that is free is this one, or there is no /dev/null */
}

/* ---- what prints and ends ------------------------------------------------------------------ */

static int print(const char *text)
{
    return fputs(text, stdout) >= 0 && fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}

static int print_version(void)
{
    AUTO(text)
    char *text =
        mem_format("cmkd " CMKD_VERSION "\n%s\nlibuv/%s json-c/%s libsystemd/" CMKD_SYSTEMD "\n",
                   curl_version(), uv_version_string(), json_c_version());
    return print(text);
}

static int print_config(const struct config *config)
{
    AUTO(json) struct json_object *tree = config_show(config);
    AUTO(text)
    char *text = mem_format("%s\n", json_object_to_json_string_ext(
                                        tree, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
                                                  JSON_C_TO_STRING_NOSLASHESCAPE));
    return print(text);
}

static int usage(const char *message)
{
    fprintf(stderr, "cmkd: %s\nTry: cmkd --help\n", message);
    return EX_USAGE;
}

static void print_problems(const struct problems *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        AUTO(text) char *line = escape_line(problems->list[i].text, 0);
        fprintf(stderr, "%s%s\n", problems->list[i].is_warning ? "warning: " : "", line);
    }
}

/* ---- work ---------------------------------------------------------------------------------- */

/* The first name of --stack that nobody declared, or NULL. */
static const char *unknown_stack(const struct options *options, const struct graph *graph)
{
    for (size_t i = 0; i < options->n_stacks; i++) {
        bool is_known = false;
        for (size_t k = 0; k < graph->n_stacks; k++)
            is_known |= strcmp(graph->stacks[k].name, options->stacks[i]) == 0;
        if (!is_known)
            return options->stacks[i];
    }
    return NULL;
}

static int usage_stack(const char *name, const struct graph *graph)
{
    char *known = mem_text("");
    for (size_t i = 0; i < graph->n_stacks; i++) {
        AUTO(text) char *before = known;
        known = mem_format("%s%s\"%s\"", before, i ? ", " : "", graph->stacks[i].name);
    }
    AUTO(text) char *names = known;
    AUTO(text) char *message = mem_format("no stack \"%s\" is declared; there is %s", name, names);
    return usage(message);
}

/* Whoever only looks needs no lock. */
static int run(const struct options *options, struct config *config, enum journal_way way)
{
    struct err err;
    AUTO(fd) int lock = -1;
    if (!options->dry_run && !lock_take(config->state_directory, &lock, &err)) {
        bool is_locked = err_is(&err, "Locked");
        tell(way, is_locked ? EVENT_LOCKED : EVENT_NO_START, err.message);
        return is_locked ? EX_TEMPFAIL : EX_CONFIG;
    }
    return daemon_run(options, config, way);
}

static int with_config(const struct options *options, struct config *config, enum journal_way way)
{
    const char *unknown = unknown_stack(options, &config->graph);
    if (options->task == TASK_CHECK_CONFIG)
        return EX_OK;
    if (options->task == TASK_SHOW_CONFIG)
        return print_config(config);
    if (unknown)
        return usage_stack(unknown, &config->graph);
    return run(options, config, way);
}

/* To read the configuration and judge it is what a person asks for at a terminal; a service says
 * it in the journal. */
static int load(const struct options *options)
{
    struct config config = {0};
    struct problems problems = {0};
    enum journal_way way = journal_way();
    bool is_good = config_load(options->config, registry, secure_getenv("CREDENTIALS_DIRECTORY"),
                               &config, &problems);
    if (options->task == TASK_CHECK_CONFIG || options->task == TASK_SHOW_CONFIG)
        print_problems(&problems);
    else
        tell_problems(way, &problems, EVENT_CONFIG_ERROR);
    problems_done(&problems);
    int status = is_good ? with_config(options, &config, way) : EX_CONFIG;
    config_done(&config);
    return status;
}

static int perform(const struct options *options)
{
    switch (options->task) {
    case TASK_VERSION:
        return print_version();
    case TASK_HELP:
        return print(options_help());
    case TASK_SHOW_BASELINE:
        return print(baseline_text());
    case TASK_RUN:
    case TASK_ONCE:
    case TASK_CHECK_CONFIG:
    case TASK_SHOW_CONFIG:
        return load(options);
    }
    abort();
}

int main(int argc, char **argv)
{
    struct options options;
    struct err err;
    open_standard_files();
    harden();
    umask(077); /* no file that others can read */
    if (!options_parse(argc, argv, &options, &err))
        return usage(err.message);
    int status = perform(&options);
    options_done(&options);
    return status;
}
