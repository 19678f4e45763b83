/* control_ask.c: calls that last: Plan and Reconcile, until every island that they are about has
 * been looked at anew; Watch, until its caller goes. */
#include "control_private.h"

#include "report/document.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- which stacks -------------------------------------------------------------------------- */

static bool is_named(const struct ask *ask, const char *name)
{
    if (!ask->names)
        return true;
    for (char **at = ask->names; *at; at++)
        if (strcmp(*at, name) == 0)
            return true;
    return false;
}

static char **names_of(struct json_object *stacks)
{
    size_t count = stacks ? json_object_array_length(stacks) : 0;
    if (!count)
        return NULL;
    char **names = mem_new(count + 1, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = mem_text(json_object_get_string(json_object_array_get_idx(stacks, i)));
    return names;
}

/* Of the configuration that is in force now. */
static void find_islands(struct ask *ask)
{
    const struct graph *graph = &ask->control->daemon->config->graph;
    free(ask->islands);
    free(ask->passes);
    ask->islands = mem_new(graph->n_islands, sizeof *ask->islands);
    ask->passes = mem_new(graph->n_islands, sizeof(struct pass *));
    for (size_t i = 0; i < graph->n_stacks; i++)
        if (is_named(ask, graph->stacks[i].name) &&
            control_looks_at(ask->control, graph->stacks[i].name))
            ask->islands[graph->stacks[i].island] = ASK_PENDING;
}

static bool has(const struct ask *ask, enum ask_state state)
{
    for (size_t i = 0; i < ask->control->daemon->config->graph.n_islands; i++)
        if (ask->islands[i] == state)
            return true;
    return false;
}

/* ---- the end ------------------------------------------------------------------------------- */

/* Behind those that have come before: whoever was first is served first. */
static void link_ask(struct ask *ask)
{
    struct ask **at = &ask->control->first;
    while (*at)
        at = &(*at)->next;
    *at = ask;
}

static void unlink_ask(struct ask *ask)
{
    struct ask **at = &ask->control->first;
    while (*at != ask)
        at = &(*at)->next;
    *at = ask->next;
}

static void free_ask(struct ask *ask)
{
    for (char **at = ask->names; at && *at; at++)
        free(*at);
    free(ask->names);
    free(ask->islands);
    free(ask->passes);
    free(ask);
}

static void end_with_error(struct ask *ask, const char *error, struct json_object *parameters)
{
    unlink_ask(ask);
    varlink_error(ask->call, error, parameters);
    free_ask(ask);
}

void ask_end_all(struct control *control, const char *error)
{
    while (control->first)
        end_with_error(control->first, error, NULL);
}

/* Nothing that was begun is cut short: passes go on for whoever has them. */
static void on_gone(struct varlink_call *call, void *owner)
{
    struct ask *ask = owner;
    (void)call;
    end_with_error(ask, "io.cmkd.Stopping", NULL);
}

/* Only the stacks that were asked for: an island may have more. */
static struct json_object *document_of(const struct ask *ask, int *exit_status)
{
    const struct daemon *daemon = ask->control->daemon;
    const struct graph *graph = &daemon->config->graph;
    const struct ledger **ledgers = mem_new(graph->n_islands, sizeof(struct ledger *));
    for (size_t i = 0; i < graph->n_islands; i++)
        if (ask->islands[i] == ASK_DONE)
            ledgers[i] = reconciler_ledger(daemon->reconciler, i);
    const struct document document = {
        .pass = ask->pass,
        .started_s = ask->started_s,
        .seconds = (double)(uv_now(&daemon->loop) - ask->started_ms) / 1000,
        .requests = ask->requests,
        .graph = graph,
        .ledgers = ledgers,
    };
    struct json_object *tree = document_json(&document);
    *exit_status = document_exit_status(&document);
    free(ledgers);
    return tree;
}

static void end_well(struct ask *ask)
{
    int exit_status = 0;
    AUTO(json) struct json_object *reply = json_object_new_object();
    json_object_object_add(reply, "document", document_of(ask, &exit_status));
    if (ask->kind == ASK_RECONCILE) {
        json_object_object_add(reply, "event", NULL);
        json_object_object_add(reply, "exitStatus", json_object_new_int(exit_status));
    }
    unlink_ask(ask);
    varlink_reply(ask->call, reply, false);
    free_ask(ask);
}

/* ---- going on ------------------------------------------------------------------------------ */

/* Begins a pass over those of its islands that wait for one and are idle. */
static void go_on(struct ask *ask)
{
    struct daemon *daemon = ask->control->daemon;
    const struct graph *graph = &daemon->config->graph;
    const char **names = mem_new(graph->n_stacks + 1, sizeof(char *));
    size_t count = 0;
    for (size_t i = 0; i < graph->n_stacks; i++)
        if (ask->islands[graph->stacks[i].island] == ASK_PENDING)
            names[count++] = graph->stacks[i].name;
    const struct pass_options options = {.dry_run = ask->kind == ASK_PLAN, .stacks = names};
    bool *begun = mem_new(graph->n_islands, sizeof *begun);
    bool waits = ask->kind == ASK_PLAN && daemon->wants_pass; /* repairs come first */
    if (count && !waits && !daemon->is_stopping && !daemon->next) {
        for (size_t i = 0; i < graph->n_islands; i++)
            begun[i] = !reconciler_island_is_busy(daemon->reconciler, i);
        daemon_look_at_orders(daemon);
        reconciler_pass(daemon->reconciler, &options);
        for (size_t i = 0; i < graph->n_islands; i++)
            if (begun[i] && ask->islands[i] == ASK_PENDING) {
                ask->islands[i] = ASK_RUNNING;
                ask->passes[i] = reconciler_pass_of(daemon->reconciler, i);
            }
    }
    free(begun);
    free(names);
}

void ask_begin(struct control *control, struct varlink_call *call, enum ask_kind kind,
               struct json_object *stacks)
{
    struct ask *ask = mem_new(1, sizeof *ask);
    ask->kind = kind;
    ask->control = control;
    ask->call = call;
    ask->names = names_of(stacks);
    ask->started_s = (int64_t)time(NULL);
    uv_update_time(&control->daemon->loop);
    ask->started_ms = uv_now(&control->daemon->loop);
    link_ask(ask);
    varlink_on_gone(call, on_gone, ask);
    if (kind == ASK_WATCH)
        return;
    find_islands(ask);
    go_on(ask);
}

void control_pass(struct control *control, const struct pass *pass)
{
    for (struct ask *ask = control ? control->first : NULL, *next; ask; ask = next) {
        next = ask->next;
        bool counts = false;
        size_t count = control->daemon->config->graph.n_islands;
        for (size_t i = 0; ask->islands && i < count; i++)
            if (ask->islands[i] == ASK_RUNNING && ask->passes[i] == pass) {
                ask->islands[i] = ASK_DONE;
                counts = true;
            }
        if (!counts)
            continue;
        ask->requests += pass_requests(pass);
        err_copy(ask->pass, sizeof ask->pass, pass_id(pass));
        if (!has(ask, ASK_PENDING) && !has(ask, ASK_RUNNING))
            end_well(ask);
    }
}

void control_advance(struct control *control)
{
    for (struct ask *ask = control ? control->first : NULL; ask; ask = ask->next)
        if (ask->islands && has(ask, ASK_PENDING))
            go_on(ask);
}

/* What was seen under the configuration of before is no answer. */
void control_reloaded(struct control *control)
{
    for (struct ask *ask = control ? control->first : NULL, *next; ask; ask = next) {
        next = ask->next;
        AUTO(json) struct json_object *parameters = json_object_new_object();
        AUTO(json) struct json_object *names = json_object_new_array();
        for (char **at = ask->names; at && *at; at++)
            json_object_array_add(names, json_object_new_string(*at));
        const char *unknown = control_unknown(control, names);
        if (unknown && ask->kind != ASK_WATCH) {
            json_object_object_add(parameters, "stack", json_object_new_string(unknown));
            end_with_error(ask, "io.cmkd.NoSuchStack", parameters);
        } else if (ask->islands) {
            find_islands(ask);
        }
    }
}

/* ---- events -------------------------------------------------------------------------------- */

/* The fields of an entry that are cmkd's and Azure's own; of a repeated one the values joined. */
static struct json_object *fields_of(const struct event *event)
{
    struct json_object *fields = json_object_new_object();
    struct journal_entry entry;
    journal_entry_make(event, &entry);
    for (size_t i = 0; i < entry.count; i++) {
        const char *text = entry.fields[i], *value = strchr(text, '=');
        if (!value || (strncmp(text, "CMKD_", 5) != 0 && strncmp(text, "AZURE_", 6) != 0))
            continue;
        AUTO(text) char *name = mem_text_n(text, (size_t)(value - text));
        const char *before = js_string(fields, name, NULL);
        AUTO(text)
        char *joined = mem_format("%s%s%s", before ? before : "", before ? "," : "", value + 1);
        json_object_object_add(fields, name, json_object_new_string(joined));
    }
    journal_entry_done(&entry);
    return fields;
}

static struct json_object *event_json(const struct event *event)
{
    const struct event_form *form = event_form(event->kind);
    AUTO(text) char *message = event_message(event);
    AUTO(json) struct json_object *reply = json_object_new_object();
    struct json_object *told = json_object_new_object();
    json_object_object_add(told, "messageId", json_object_new_string(form->message_id));
    json_object_object_add(told, "priority", json_object_new_int(form->priority));
    json_object_object_add(told, "message", json_object_new_string(message));
    json_object_object_add(told, "fields", fields_of(event));
    json_object_object_add(reply, "event", told);
    return TAKE(reply);
}

static bool concerns(const struct ask *ask, const struct event *event)
{
    if (ask->kind == ASK_PLAN || !varlink_wants_more(ask->call))
        return false;
    for (size_t i = 0; i < event->n_stacks; i++)
        if (is_named(ask, event->stacks[i]))
            return true;
    return !event->n_stacks;
}

void control_event(struct control *control, const struct event *event)
{
    AUTO(json) struct json_object *reply = NULL;
    for (struct ask *ask = control ? control->first : NULL; ask; ask = ask->next) {
        if (!concerns(ask, event))
            continue;
        if (!reply)
            reply = event_json(event);
        if (ask->kind == ASK_RECONCILE) {
            json_object_object_add(reply, "document", NULL);
            json_object_object_add(reply, "exitStatus", NULL);
        } else {
            json_object_object_del(reply, "document");
            json_object_object_del(reply, "exitStatus");
        }
        varlink_reply(ask->call, reply, true);
    }
}
