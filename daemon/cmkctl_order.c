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

int ctl_fail(int status, const char *text)
{
    fprintf(stderr, "cmkctl: %s\n", text);
    return status;
}

/* ---- with the daemon down -------------------------------------------------------------------- */

static bool load(const struct ctl_options *options, struct config *config)
{
    struct problems problems = {0};
    const char *path = options->config ? options->config : CONFIG_DEFAULT;
    bool is_good = config_load(path, registry, NULL, config, &problems);
    for (size_t i = 0; !is_good && i < problems.count; i++)
        if (!problems.list[i].is_warning)
            fprintf(stderr, "cmkctl: %s\n", problems.list[i].text);
    problems_done(&problems);
    return is_good;
}

bool ctl_take_over(const struct ctl_options *options, struct config *config, int *lock, int *status)
{
    struct err err;
    if (geteuid() != 0) {
        *status = ctl_fail(EX_NOPERM, "cmkd does not run, and orders need root");
        return false;
    }
    if (!load(options, config)) {
        *status =
            ctl_fail(EX_CONFIG, "where the orders are kept stands in the configuration, which "
                                "is faulty: NOT recorded");
        return false;
    }
    if (!lock_take(config->state_directory, lock, &err)) {
        *status = ctl_fail(err_is(&err, "Locked") ? EX_UNAVAILABLE : EX_CANTCREAT, err.message);
        return false;
    }
    return true;
}

int ctl_recorded(const struct ctl_options *options, const char *what)
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
    struct config config = {0};
    AUTO(fd) int lock = -1;
    struct order order = {
        .kind = ORDER_HOLD,
        .stack = options->words[0],
        .reason = mem_text(options->reason),
        .by = mem_text("root"),
        .since_s = (int64_t)time(NULL),
        .until_s = until_s,
    };
    bool is_ours = ctl_take_over(options, &config, &lock, &status);
    struct order_folder folder = {.state_directory = config.state_directory};
    if (!is_ours)
        ; /* told */
    else if (!rule_stack(order.stack))
        status = ctl_fail(EX_USAGE, "that is not the name of a stack");
    else if (!orders_put(&folder, &order, &err))
        status = ctl_fail(EX_CANTCREAT, err.message);
    else
        status = ctl_recorded(options, "hold");
    free(order.reason);
    free(order.by);
    config_done(&config);
    return status;
}

static int release_without_daemon(const struct ctl_options *options)
{
    struct err err;
    int status = EX_OK;
    struct config config = {0};
    AUTO(fd) int lock = -1;
    bool is_ours = ctl_take_over(options, &config, &lock, &status);
    struct order_folder folder = {.state_directory = config.state_directory};
    if (!is_ours)
        ; /* told */
    else if (!rule_stack(options->words[0]))
        status = ctl_fail(EX_USAGE, "that is not the name of a stack");
    else if (orders_remove(&folder, ORDER_HOLD, options->words[0], &err))
        status = ctl_recorded(options, "release");
    else if (err_is(&err, "ENOENT"))
        status = ctl_fail(EX_DATAERR, "there is no order for that stack");
    else
        status = ctl_fail(EX_CANTCREAT, err.message);
    config_done(&config);
    return status;
}

bool ctl_is_down(void)
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
        return ctl_fail(EX_USAGE,
                        "an order wants a --reason, which stands in the journal and in every "
                        "status");
    if (options->until && (!ctl_time(options->until, now_s, true, &until_s) || until_s <= now_s))
        return ctl_fail(EX_USAGE, "--until is not a time to come: 2026-11-25 (to its end, UTC), or "
                                  "2026-11-25T10:00:00Z");
    if (ctl_is_down())
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
    if (ctl_is_down())
        return release_without_daemon(options);
    AUTO(json) struct json_object *parameters = json_object_new_object();
    json_object_object_add(parameters, "stack", json_object_new_string(options->words[0]));
    return order(options, "Release", parameters, "released");
}
