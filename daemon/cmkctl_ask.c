/* cmkctl_ask.c: what the running daemon is asked, over its control socket. */
#include "cmkctl.h"

#include "report/document.h"
#include "report/escape.h"
#include "socket.h"
#include "varlink/client.h"
#include "varlink/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define CONNECT_MS 5000
#define ANSWER_MS 10000 /* what needs no look at Azure */
#define FOR_EVER (-1)   /* a pass ends by itself */

/* ---- what can go wrong ---------------------------------------------------------------------- */

static void complain(const char *text)
{
    AUTO(text) char *line = escape_line(text, 0);
    fprintf(stderr, "cmkctl: %s\n", line);
}

static int failed_to_connect(const struct err *err, const char *path)
{
    if (err_is(err, "ENOENT") || err_is(err, "ECONNREFUSED")) {
        AUTO(text)
        char *text =
            mem_format("cmkd does not run: nobody listens on %s (systemctl start cmkd)", path);
        complain(text);
        return EX_UNAVAILABLE;
    }
    if (err_is(err, "EACCES")) {
        complain("not allowed: root and the members of the group cmkd may ask (adduser NAME cmkd)");
        return EX_NOPERM;
    }
    complain(err->message);
    return EX_UNAVAILABLE;
}

static int refused(const struct err *err, struct json_object *parameters)
{
    static const struct {
        const char *error, *text, *member;
        int status;
    } rows[] = {
        {"io.cmkd.NoSuchStack", "no such stack is declared: ", "stack", EX_USAGE},
        {"io.cmkd.NotHeld", "there is no order for ", "stack", EX_DATAERR},
        {"io.cmkd.NotRevoked", "there is no order to revoke the key of ", "stack", EX_DATAERR},
        {"io.cmkd.NotRecorded", "NOT recorded: ", "reason", EX_CANTCREAT},
        {"io.cmkd.OrdersNeedRoot", "orders need root", NULL, EX_NOPERM},
        {"io.cmkd.Stopping", "cmkd stops; ask again when it is back", NULL, EX_TEMPFAIL},
        {VARLINK_PERMISSION_DENIED, "not allowed: root and the members of the group cmkd may ask",
         NULL, EX_NOPERM},
        {VARLINK_INVALID_PARAMETER, "cmkd does not take this value: ", "parameter", EX_USAGE},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (!err_is(err, rows[i].error))
            continue;
        AUTO(text)
        char *text = mem_format("%s%s", rows[i].text,
                                rows[i].member ? js_string(parameters, rows[i].member, "it") : "");
        complain(text);
        return rows[i].status;
    }
    complain(err->message);
    return EX_PROTOCOL;
}

/* Tells it, and gives the exit status. */
int ctl_went_wrong(const struct varlink_client *client, const struct err *err)
{
    if (varlink_is_answer(err))
        return refused(err, varlink_error_parameters(client));
    if (err_is(err, "ECONNRESET"))
        complain("cmkd has gone before it answered");
    else
        complain(err->message);
    return EX_TEMPFAIL;
}

/* ---- one call ------------------------------------------------------------------------------ */

struct varlink_client *ctl_open(int *status)
{
    struct varlink_client *client = NULL;
    struct err err;
    AUTO(text) char *path = socket_path();
    if (!varlink_connect(path, CONNECT_MS, &client, &err))
        *status = failed_to_connect(&err, path);
    return client;
}

bool ctl_is_served(const char *path)
{
    struct varlink_client *client = NULL;
    struct err err;
    if (!varlink_connect(path, CONNECT_MS, &client, &err))
        return !err_is(&err, "ENOENT") && !err_is(&err, "ECONNREFUSED");
    varlink_disconnect(client);
    return true;
}

struct json_object *ctl_call_within(const char *method, struct json_object *parameters,
                                    int64_t timeout_ms, int *status)
{
    struct err err;
    struct json_object *reply = NULL;
    struct varlink_client *client = ctl_open(status);
    AUTO(text) char *name = mem_format("io.cmkd.%s", method);
    if (!client)
        return NULL;
    if (!varlink_call(client, name, parameters, timeout_ms, &reply, &err))
        *status = ctl_went_wrong(client, &err);
    varlink_disconnect(client);
    return reply;
}

struct json_object *ctl_call(const char *method, struct json_object *parameters, int *status)
{
    return ctl_call_within(method, parameters, ANSWER_MS, status);
}

struct json_object *ctl_stacks(const struct ctl_options *options)
{
    struct json_object *parameters = json_object_new_object();
    struct json_object *stacks = json_object_new_array();
    for (size_t i = 0; i < options->n_words; i++)
        json_object_array_add(stacks, json_object_new_string(options->words[i]));
    json_object_object_add(parameters, "stacks", stacks);
    return parameters;
}

/* ---- status and plan ------------------------------------------------------------------------ */

/* Colour is for a terminal whose owner has not asked for none: https://no-color.org */
static bool has_colour(void)
{
    const char *no_colour = secure_getenv("NO_COLOR"), *term = secure_getenv("TERM");
    return isatty(STDOUT_FILENO) && !(no_colour && *no_colour) && term && strcmp(term, "dumb") != 0;
}

int ctl_status(const struct ctl_options *options)
{
    int status = EX_OK;
    AUTO(json) struct json_object *parameters = ctl_stacks(options);
    AUTO(json) struct json_object *reply = ctl_call("Status", parameters, &status);
    if (!reply)
        return status;
    if (options->json)
        return ctl_print_json(reply);
    AUTO(text) char *text = ctl_show_status(reply, (int64_t)time(NULL), has_colour());
    return ctl_print(text);
}

static int print_document(const struct ctl_options *options, struct json_object *document)
{
    if (options->json)
        return ctl_print_json(document);
    AUTO(text) char *text = document_prose(document);
    return ctl_print(text);
}

int ctl_plan(const struct ctl_options *options)
{
    int status = EX_OK;
    AUTO(json) struct json_object *parameters = ctl_stacks(options);
    AUTO(json) struct json_object *reply = ctl_call_within("Plan", parameters, FOR_EVER, &status);
    return reply ? print_document(options, js_object(reply, "document")) : status;
}

/* ---- reconcile ----------------------------------------------------------------------------- */

/* What happened, as it happens; to standard error where standard output is for JSON. */
static void print_progress(const struct ctl_options *options, struct json_object *event)
{
    AUTO(text) char *line = escape_line(js_string(event, "message", ""), 0);
    fprintf(options->json ? stderr : stdout, "%s\n", line);
    fflush(stdout);
}

static int follow(const struct ctl_options *options, struct varlink_client *client)
{
    struct err err;
    bool continues = true;
    int status = EX_OK;
    while (continues) {
        AUTO(json) struct json_object *reply = NULL;
        if (!varlink_receive(client, FOR_EVER, &reply, &continues, &err))
            return ctl_went_wrong(client, &err);
        if (js_object(reply, "event"))
            print_progress(options, js_object(reply, "event"));
        if (continues)
            continue;
        status = print_document(options, js_object(reply, "document"));
        if (status == EX_OK)
            status = (int)js_int(reply, "exitStatus", EX_PROTOCOL);
    }
    return status;
}

/* Without --wait it is only set going. Calls are answered in the order in which they come, those of
 * one connection one after the other: an answer on another one says that ours has begun. */
static int set_going(void)
{
    int status = EX_OK;
    AUTO(json) struct json_object *reply = ctl_call("Status", NULL, &status);
    return reply ? ctl_print("cmkd looks now; see: cmkctl status, journalctl -u cmkd\n") : status;
}

int ctl_reconcile(const struct ctl_options *options)
{
    struct err err;
    int status = EX_OK;
    AUTO(json) struct json_object *parameters = ctl_stacks(options);
    struct varlink_client *client = ctl_open(&status);
    if (!client)
        return status;
    if (!varlink_send(client, "io.cmkd.Reconcile", parameters, options->wait, ANSWER_MS, &err))
        status = ctl_went_wrong(client, &err);
    else if (options->wait)
        status = follow(options, client);
    else
        status = set_going();
    varlink_disconnect(client);
    return status;
}
