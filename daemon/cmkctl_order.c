/* cmkctl_order.c: orders. A running daemon takes them; with it down, root records them for when it
 * comes back. */
#include "cmkctl.h"

#include "base/iso8601.h"
#include "lock.h"
#include "model/config.h"
#include "model/orders.h"
#include "model/rules.h"
#include "socket.h"
#include "types/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define CONFIG_DEFAULT "/etc/cmkd/cmkd.json"

static int fail(int status, const char *text)
{
    fprintf(stderr, "cmkctl: %s\n", text);
    return status;
}

/* ---- with the daemon down -------------------------------------------------------------------- */

/* What the configuration says, or its default where there is none to read. NULL: told. */
static char *state_directory(const struct ctl_options *options)
{
    struct config config = {0};
    struct problems problems = {0};
    const char *path = options->config ? options->config : CONFIG_DEFAULT;
    char *directory = NULL;
    if (config_load(path, registry, NULL, &config, &problems))
        directory = mem_text(config.state_directory);
    for (size_t i = 0; !directory && i < problems.count; i++)
        if (!problems.list[i].is_warning)
            fprintf(stderr, "cmkctl: %s\n", problems.list[i].text);
    problems_done(&problems);
    config_done(&config);
    return directory;
}

/* Nobody is asked: only root may write there, and only while no cmkd is at work. */
static bool take_over(const struct ctl_options *options, char **directory, int *lock, int *status)
{
    struct err err;
    if (geteuid() != 0) {
        *status = fail(EX_NOPERM, "cmkd does not run, and orders need root");
        return false;
    }
    *directory = state_directory(options);
    if (!*directory) {
        *status = fail(EX_CONFIG, "where the orders are kept stands in the configuration, which is "
                                  "faulty: NOT recorded");
        return false;
    }
    if (!lock_take(*directory, lock, &err)) {
        *status = fail(err_is(&err, "Locked") ? EX_UNAVAILABLE : EX_CANTCREAT, err.message);
        return false;
    }
    return true;
}

static int recorded(const struct ctl_options *options, const char *what)
{
    if (options->json)
        printf("{ \"recorded\": true, \"executed\": false }\n");
    else
        printf("%s: recorded, NOT executed: cmkd does not run; it obeys when it starts\n", what);
    return fflush(stdout) == 0 ? EX_TEMPFAIL : EX_IOERR;
}

static int hold_without_daemon(const struct ctl_options *options, int64_t until_s)
{
    struct err err;
    int status = EX_OK;
    AUTO(text) char *directory = NULL;
    AUTO(fd) int lock = -1;
    struct order order = {
        .kind = ORDER_HOLD,
        .stack = options->words[0],
        .reason = mem_text(options->reason),
        .by = mem_text("root"),
        .since_s = (int64_t)time(NULL),
        .until_s = until_s,
    };
    if (!take_over(options, &directory, &lock, &status))
        ; /* told */
    else if (!rule_stack(order.stack))
        status = fail(EX_USAGE, "that is not the name of a stack");
    else if (!orders_put(directory, &order, &err))
        status = fail(EX_CANTCREAT, err.message);
    else
        status = recorded(options, "hold");
    free(order.reason);
    free(order.by);
    return status;
}

static int release_without_daemon(const struct ctl_options *options)
{
    struct err err;
    int status = EX_OK;
    AUTO(text) char *directory = NULL;
    AUTO(fd) int lock = -1;
    if (!take_over(options, &directory, &lock, &status))
        return status;
    if (!rule_stack(options->words[0]))
        return fail(EX_USAGE, "that is not the name of a stack");
    if (orders_remove(directory, ORDER_HOLD, options->words[0], &err))
        return recorded(options, "release");
    return err_is(&err, "ENOENT") ? fail(EX_DATAERR, "there is no order for that stack")
                                  : fail(EX_CANTCREAT, err.message);
}

/* The daemon has not made its socket, or nobody listens on it. */
static bool is_daemon_down(void)
{
    AUTO(text) char *path = socket_path();
    return !ctl_is_served(path);
}

/* ---- with the daemon ------------------------------------------------------------------------- */

static int print_order(const struct ctl_options *options, struct json_object *reply,
                       const char *done)
{
    if (options->json)
        return ctl_print_json(reply);
    AUTO(text) char *text = ctl_show_order(js_object(reply, "order"), done);
    return ctl_print(text);
}

static int order(const struct ctl_options *options, const char *method,
                 struct json_object *parameters, const char *done)
{
    int status = EX_OK;
    AUTO(json) struct json_object *reply = ctl_call(method, parameters, &status);
    return reply ? print_order(options, reply, done) : status;
}

int ctl_hold(const struct ctl_options *options)
{
    int64_t until_s = ORDER_FOR_EVER;
    char until[ISO8601_TIME_SIZE];
    int64_t now_s = (int64_t)time(NULL);
    if (!options->reason || !*options->reason || strlen(options->reason) > ORDER_REASON_MAX)
        return fail(EX_USAGE, "an order wants a --reason, which stands in the journal and in every "
                              "status");
    if (options->until && (!ctl_time(options->until, now_s, true, &until_s) || until_s <= now_s))
        return fail(EX_USAGE, "--until is not a time to come: 2026-11-25 (to its end, UTC), or "
                              "2026-11-25T10:00:00Z");
    if (is_daemon_down())
        return hold_without_daemon(options, until_s);

    AUTO(json) struct json_object *parameters = json_object_new_object();
    if (options->until)
        iso8601_format_time(until_s, until);
    json_object_object_add(parameters, "stack", json_object_new_string(options->words[0]));
    json_object_object_add(parameters, "reason", json_object_new_string(options->reason));
    json_object_object_add(parameters, "until",
                           options->until ? json_object_new_string(until) : NULL);
    return order(options, "Hold", parameters, "on hold");
}

int ctl_release(const struct ctl_options *options)
{
    if (is_daemon_down())
        return release_without_daemon(options);
    AUTO(json) struct json_object *parameters = json_object_new_object();
    json_object_object_add(parameters, "stack", json_object_new_string(options->words[0]));
    return order(options, "Release", parameters, "released");
}
