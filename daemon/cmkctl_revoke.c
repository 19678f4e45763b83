/* cmkctl_revoke.c: revoke and restore. Who else loses access is said before anything is done; then
 * what happens is printed until the key is as ordered, or cannot be for now. */
#include "cmkctl.h"

#include "base/armid.h"
#include "base/js.h"
#include "model/config.h"
#include "model/orders.h"
#include "report/escape.h"
#include "report/events.h"
#include "types/registry.h"
#include "varlink/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define LISTS_MS 130000 /* of all accounts, which are listed subscription by subscription */
#define ANSWER_MS 10000
#define FOLLOW_MS 120000 /* without an event for so long: see the status */

/* ---- is it meant? --------------------------------------------------------------------------- */

static void print_line(const char *before, const char *text, const char *after)
{
    AUTO(text) char *safe = escape_line(text, 0);
    fprintf(stderr, "%s%s%s\n", before, safe, after);
}

static void print_accounts(struct json_object *accounts, const char *after)
{
    for (size_t i = 0; accounts && i < json_object_array_length(accounts); i++)
        print_line("  ", json_object_get_string(json_object_array_get_idx(accounts, i)), after);
}

/* others NULL: nobody knows. */
static void print_affected(const char *key, struct json_object *accounts,
                           struct json_object *others)
{
    print_line("Every version of this key will be disabled: ", key, "");
    fprintf(stderr, "These accounts lose access to their data:\n");
    print_accounts(accounts, "");
    print_accounts(others, " (not declared)");
    if (!others)
        fprintf(stderr, "  and whichever else uses the key: the accounts CANNOT be listed now\n");
    fprintf(stderr, "It does not stop everything: %s.\n", ORDER_REVOKED_LEAVES);
}

/* True if the stack's name was typed in. */
static bool is_typed(const char *stack)
{
    char line[256];
    fprintf(stderr, "Type the name of the stack to go on: ");
    fflush(stderr);
    if (!fgets(line, sizeof line, stdin))
        return false;
    line[strcspn(line, "\r\n")] = '\0';
    return strcmp(line, stack) == 0;
}

static bool is_meant(const struct ctl_options *options, int *status)
{
    if (options->yes)
        return true;
    if (!isatty(STDIN_FILENO))
        *status = ctl_fail(EX_USAGE, "nobody is there to be asked: say --yes if it is meant; NOT "
                                     "revoked");
    else if (is_typed(options->words[0]))
        return true;
    else
        *status = ctl_fail(EX_USAGE, "that is not its name: NOT revoked");
    return false;
}

/* ---- with the daemon down -------------------------------------------------------------------- */

static const struct stack *find_stack(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->graph.n_stacks; i++)
        if (strcmp(config->graph.stacks[i].name, name) == 0)
            return &config->graph.stacks[i];
    return NULL;
}

static struct json_object *declared_with(const struct config *config, const struct node *key)
{
    struct json_object *ids = json_object_new_array();
    for (size_t i = 0; i < config->graph.n_nodes; i++) {
        const struct node *node = config->graph.nodes[i];
        if (node->type == &type_account && node->cmk == key)
            json_object_array_add(ids, json_object_new_string(node->id));
    }
    return ids;
}

static int record_revocation(const struct ctl_options *options, const struct config *config,
                             const struct stack *stack)
{
    struct err err;
    struct order order = {
        .kind = ORDER_REVOKE,
        .stack = mem_text(stack->name),
        .reason = mem_text(options->reason),
        .by = mem_text("root"),
        .since_s = (int64_t)time(NULL),
        .until_s = ORDER_FOR_EVER,
        .key_id = mem_text(stack->key->id),
    };
    struct order_folder folder = {.state_directory = config->state_directory};
    bool is_recorded = orders_revoke(&folder, &order, &err);
    order_done(&order);
    return is_recorded ? ctl_recorded(options, "revoke") : ctl_fail(EX_CANTCREAT, err.message);
}

static int revoke_without_daemon(const struct ctl_options *options)
{
    int status = EX_OK;
    struct config config = {0};
    AUTO(fd) int lock = -1;
    if (!ctl_take_over(options, &config, &lock, &status)) {
        config_done(&config);
        return status;
    }
    const struct stack *stack = find_stack(&config, options->words[0]);
    AUTO(json) struct json_object *accounts = stack ? declared_with(&config, stack->key) : NULL;
    if (stack)
        print_affected(stack->key->id, accounts, NULL);
    if (!stack)
        status = ctl_fail(EX_USAGE, "no such stack is declared");
    else if (is_meant(options, &status))
        status = record_revocation(options, &config, stack);
    config_done(&config);
    return status;
}

static int record_restoration(const struct ctl_options *options, const struct config *config)
{
    struct err err;
    struct orders orders;
    struct order order;
    int status = EX_OK;
    struct order_folder folder = {.state_directory = config->state_directory};
    orders_load(&folder, &orders);
    const struct order *found = orders_revocation_of(&orders, &config->graph, options->words[0]);
    if (!found && orders.err.domain != ERR_NONE) {
        status = ctl_fail(EX_CANTCREAT, orders.err.message);
    } else if (!found) {
        status = ctl_fail(EX_DATAERR, "there is no order to revoke the key of that stack");
    } else if (!orders_restore(&folder, found->key_id, "root", (int64_t)time(NULL), &order, &err)) {
        status = ctl_fail(EX_CANTCREAT, err.message);
    } else {
        order_done(&order);
        status = ctl_recorded(options, "restore");
    }
    orders_done(&orders);
    return status;
}

static int restore_without_daemon(const struct ctl_options *options)
{
    int status = EX_OK;
    struct config config = {0};
    AUTO(fd) int lock = -1;
    if (ctl_take_over(options, &config, &lock, &status))
        status = record_restoration(options, &config);
    config_done(&config);
    return status;
}

/* ---- with the daemon ------------------------------------------------------------------------- */

static struct json_object *parameters_of(const struct ctl_options *options)
{
    struct json_object *parameters = json_object_new_object();
    json_object_object_add(parameters, "stack", json_object_new_string(options->words[0]));
    if (options->reason)
        json_object_object_add(parameters, "reason", json_object_new_string(options->reason));
    return parameters;
}

static bool is_event(struct json_object *event, enum event_kind kind, const char *key)
{
    return strcmp(js_string(event, "messageId", ""), event_form(kind)->message_id) == 0 &&
           armid_same(js_string(event, "fields.AZURE_RESOURCE_ID", ""), key);
}

/* Prints what happens to the key until it is as ordered, or cannot be for now. */
static int follow(const struct ctl_options *options, struct varlink_client *watch, const char *key)
{
    struct err err;
    bool continues = true;
    while (continues) {
        AUTO(json) struct json_object *reply = NULL;
        if (!varlink_receive(watch, FOLLOW_MS, &reply, &continues, &err)) {
            ctl_went_wrong(watch, &err);
            return ctl_fail(EX_TEMPFAIL, "the order is recorded; how it stands: cmkctl status");
        }
        struct json_object *event = js_object(reply, "event");
        if (!armid_same(js_string(event, "fields.AZURE_RESOURCE_ID", ""), key))
            continue;
        AUTO(text) char *line = escape_line(js_string(event, "message", ""), 0);
        fprintf(options->json ? stderr : stdout, "%s\n", line);
        if (is_event(event, EVENT_REVOKED, key) || is_event(event, EVENT_RESTORED, key))
            return EX_OK;
        if (is_event(event, EVENT_REVOKE_STUCK, key) || is_event(event, EVENT_RESTORE_STUCK, key))
            return EX_TEMPFAIL;
    }
    return EX_TEMPFAIL;
}

static int give(const struct ctl_options *options, const char *method, struct varlink_client *watch)
{
    int status = EX_OK;
    AUTO(json) struct json_object *parameters = parameters_of(options);
    AUTO(json) struct json_object *reply = ctl_call_within(method, parameters, ANSWER_MS, &status);
    if (!reply)
        return status;
    if (options->json)
        ctl_print_json(reply);
    if (js_bool(reply, "order.done", false)) { /* by an order from before */
        AUTO(text) char *text = ctl_show_order(js_object(reply, "order"), "");
        return options->json ? EX_OK : ctl_print(text);
    }
    return follow(options, watch, js_string(reply, "order.key", ""));
}

/* Watching begins before the order is given: an answer on another connection says that it has. */
static int give_and_follow(const struct ctl_options *options, const char *method)
{
    int status = EX_OK;
    struct err err;
    struct varlink_client *watch = ctl_open(&status);
    if (!watch)
        return status;
    if (varlink_send(watch, "io.cmkd.Watch", NULL, true, ANSWER_MS, &err)) {
        AUTO(json)
        struct json_object *begun = ctl_call_within("Status", NULL, ANSWER_MS, &status);
        if (begun)
            status = give(options, method, watch);
    } else {
        status = ctl_went_wrong(watch, &err);
    }
    varlink_disconnect(watch);
    return status;
}

int ctl_revoke(const struct ctl_options *options)
{
    int status = EX_OK;
    if (!options->reason || !*options->reason || strlen(options->reason) > ORDER_REASON_MAX)
        return ctl_fail(EX_USAGE, "an order wants a --reason, which stands in the journal and in "
                                  "every status");
    if (ctl_is_down())
        return revoke_without_daemon(options);
    AUTO(json) struct json_object *asked = json_object_new_object();
    json_object_object_add(asked, "stack", json_object_new_string(options->words[0]));
    AUTO(json)
    struct json_object *found = ctl_call_within("Dependants", asked, LISTS_MS, &status);
    if (!found)
        return status;
    print_affected(js_string(found, "key", ""), js_array(found, "accounts"),
                   js_array(found, "others"));
    return is_meant(options, &status) ? give_and_follow(options, "Revoke") : status;
}

int ctl_restore(const struct ctl_options *options)
{
    return ctl_is_down() ? restore_without_daemon(options) : give_and_follow(options, "Restore");
}
