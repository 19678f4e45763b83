/* flow_cmkd.c: the real cmkd from a test's side: its configuration, its runs, its end. */
#include "flow_private.h"

#include "sim/file.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define ARGUMENTS_MAX 16

/* ---- configuration -------------------------------------------------------------------------- */

void flow_credential(void **flow, const char *type)
{
    flow_of(flow)->credential = type;
}

static void save(void **flow, const char *name, const char *text, mode_t mode)
{
    struct err err;
    AUTO(text) char *path = mem_format("%s/%s", flow_directory(flow), name);
    if (!file_save(path, text, mode, &err))
        flow_fail(flow, "%s", err.message);
}

/* Sets value, handed over, where the configuration does not say. */
static void preset(struct json_object *config, const char *path, struct json_object *value)
{
    if (js_find(config, path))
        json_object_put(value);
    else
        js_put(config, path, value);
}

static struct json_object *credential(void **flow)
{
    struct json_object *object = json_object_new_object();
    const char *type = flow_of(flow)->credential;
    json_object_object_add(object, "type", json_object_new_string(type));
    if (strcmp(type, "clientSecret") != 0)
        return object;
    save(flow, "secret", FLOW_SECRET, 0600);
    json_object_object_add(object, "tenantId", json_object_new_string(FLOW_TENANT));
    json_object_object_add(object, "clientId", json_object_new_string(FLOW_CLIENT));
    json_object_object_add(object, "secretFile", json_object_new_string("secret"));
    return object;
}

void flow_config_tree(void **state, struct json_object *given)
{
    struct flow *flow = *state;
    AUTO(json) struct json_object *config = js_copy(given);
    AUTO(text) char *states = mem_format("%s/state", flow->directory);

    preset(config, "cloud", js_copy(flow->cloud));
    preset(config, "credential", credential(state));
    preset(config, "stateDirectory", json_object_new_string(states));
    preset(config, "mode", json_object_new_string("enforce"));
    preset(config, "limits.absentFor", json_object_new_string("PT1S"));
    preset(config, "limits.onceDeadline", json_object_new_string("PT20S"));
    save(state, "cmkd.json",
         json_object_to_json_string_ext(config, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
                                                    JSON_C_TO_STRING_NOSLASHESCAPE),
         0644);
}

void flow_config(void **flow, const char *json)
{
    AUTO(json) struct json_object *config = flow_json(json);
    flow_config_tree(flow, config);
}

void flow_good(void **flow)
{
    AUTO(json) struct json_object *json = flow_control_case();
    flow_seed_case(flow, json);
    flow_config_tree(flow, js_object(json, "declared"));
}

/* ---- running -------------------------------------------------------------------------------- */

static void start(void **state, va_list arguments)
{
    struct flow *flow = *state;
    AUTO(text) char *config = mem_format("%s/cmkd.json", flow->directory);
    AUTO(text) char *notify = mem_format("%s/notify", flow->directory);
    const char *argv[ARGUMENTS_MAX] = {CMKD_BINARY, "--config", config};
    for (size_t i = 3; i + 1 < COUNT(argv) && (argv[i] = va_arg(arguments, const char *)); i++)
        ;
    child_done(&flow->cmkd);
    json_object_put(TAKE(flow->document));
    child_start(&flow->cmkd, argv, notify);
}

static int wait_end(void **state)
{
    struct flow *flow = *state;
    flow->exit = child_wait_end(&flow->cmkd);
    if (flow->exit == -1)
        flow_fail(state, "cmkd does not end");
    return flow->exit;
}

void cmkd_run(void **state, ...)
{
    struct flow *flow = *state;
    struct err err;
    va_list arguments;
    va_start(arguments, state);
    start(state, arguments);
    va_end(arguments);
    wait_end(state);
    const char *text = flow->cmkd.text[STREAM_OUT];
    if (*text == '{' && !js_parse(text, strlen(text), &flow->document, &err))
        flow_fail(state, "what cmkd printed is not JSON (%s): %s", err.message, text);
}

void cmkd_once(void **flow)
{
    cmkd_run(flow, "--once", "--output", "json", NULL);
}

int cmkd_beside(void **state)
{
    struct flow *flow = *state;
    AUTO(text) char *config = mem_format("%s/cmkd.json", flow->directory);
    const char *argv[] = {CMKD_BINARY, "--config", config, "--once", NULL};
    struct child other = {0};
    child_start(&other, argv, NULL);
    int status = child_wait_end(&other);
    child_done(&other);
    return status;
}

void cmkd_start(void **flow, ...)
{
    va_list arguments;
    va_start(arguments, flow);
    start(flow, arguments);
    va_end(arguments);
}

void cmkd_wait_line(void **state, const char *text)
{
    struct flow *flow = *state;
    if (!child_wait_line(&flow->cmkd, STREAM_ERR, text))
        flow_fail(state, "cmkd never said \"%s\"", text);
}

void cmkd_wait_notify(void **state, const char *text)
{
    struct flow *flow = *state;
    if (!child_wait_line(&flow->cmkd, STREAM_NOTIFY, text))
        flow_fail(state, "cmkd never told systemd \"%s\", only: %s", text,
                  flow->cmkd.text[STREAM_NOTIFY]);
}

void cmkd_signal(void **flow, int signal)
{
    child_signal(&flow_of(flow)->cmkd, signal);
}

int cmkd_stop(void **flow)
{
    cmkd_signal(flow, SIGTERM);
    return wait_end(flow);
}

void cmkd_end(void **flow)
{
    wait_end(flow);
}

void cmkd_kill(void **flow)
{
    cmkd_signal(flow, SIGKILL);
    wait_end(flow);
}

/* ---- what the last run left behind ---------------------------------------------------------- */

int cmkd_exit(void **flow)
{
    return flow_of(flow)->exit;
}

long cmkd_peak_kb(void **flow)
{
    return flow_of(flow)->cmkd.peak_kb;
}

struct json_object *cmkd_document(void **flow)
{
    return flow_of(flow)->document;
}

const char *cmkd_stdout(void **flow)
{
    return flow_of(flow)->cmkd.text[STREAM_OUT];
}

const char *cmkd_stderr(void **flow)
{
    return flow_of(flow)->cmkd.text[STREAM_ERR];
}
