/* control.c: /_sim/, one row of a table for each thing that can be asked. */
#include "control.h"

#include "base/js.h"
#include "faults.h"
#include "log.h"
#include "server.h"

#include <stdlib.h>
#include <string.h>

/* Does it and fills *answer (a tree for the caller; NULL: nothing to tell). */
typedef bool control_fn(struct exchange *x, struct json_object **answer, struct err *err);

static bool bad(struct err *err, const char *message)
{
    return err_set(err, ERR_CONFIG, "BadRequest", "%s", message);
}

static bool seed(struct exchange *x, struct json_object **answer, struct err *err)
{
    (void)answer;
    return sim_seed(x->server->sim, x->body, err);
}

static bool state(struct exchange *x, struct json_object **answer, struct err *err)
{
    (void)err;
    *answer = sim_state(x->server->sim);
    return true;
}

static bool drift_one(struct exchange *x, struct json_object *drift, struct err *err)
{
    const char *id = js_string(drift, "id", NULL);
    if (!id || !json_object_object_get_ex(drift, "patch", NULL))
        return bad(err, "a drift is {\"id\": ARM id, \"patch\": what to merge, null to remove}");
    if (!sim_drift(x->server->sim, id, json_object_object_get(drift, "patch"), err))
        return false;
    if (js_object(drift, "by"))
        sim_activity(x->server->sim, id, js_object(drift, "by"));
    return true;
}

static bool drift(struct exchange *x, struct json_object **answer, struct err *err)
{
    (void)answer;
    if (!json_object_is_type(x->body, json_type_array))
        return drift_one(x, x->body, err);
    for (size_t i = 0; i < json_object_array_length(x->body); i++)
        if (!drift_one(x, json_object_array_get_idx(x->body, i), err))
            return false;
    return true;
}

static bool age(struct exchange *x, struct json_object **answer, struct err *err)
{
    (void)answer;
    const char *vault = js_string(x->body, "vault", NULL);
    int64_t days = js_int(x->body, "days", 0);
    if (!vault || days == 0)
        return bad(err, "ageing is {\"vault\": name, \"key\": name or null for all, \"days\": n}");
    return sim_age_key(x->server->sim, vault, js_string(x->body, "key", NULL), days, err);
}

static bool shift_clock(struct exchange *x, struct json_object **answer, struct err *err)
{
    if (!json_object_is_type(js_find(x->body, "shift"), json_type_int))
        return bad(err, "the clock takes {\"shift\": seconds}, added to earlier shifts");
    sim_shift_clock(x->server->sim, js_int(x->body, "shift", 0));
    *answer = json_object_new_object();
    js_put(*answer, "now", json_object_new_int64(sim_now_s(x->server->sim)));
    return true;
}

static bool settings(struct exchange *x, struct json_object **answer, struct err *err)
{
    (void)answer;
    return sim_settings(x->server->sim, x->body, err);
}

static bool add_faults(struct exchange *x, struct json_object **answer, struct err *err)
{
    (void)answer;
    return faults_add(x->server->faults, x->body, err);
}

static bool list_faults(struct exchange *x, struct json_object **answer, struct err *err)
{
    (void)err;
    *answer = faults_list(x->server->faults);
    return true;
}

static bool clear_faults(struct exchange *x, struct json_object **answer, struct err *err)
{
    (void)answer, (void)err;
    faults_clear(x->server->faults);
    return true;
}

static bool read_log(struct exchange *x, struct json_object **answer, struct err *err)
{
    (void)err;
    const char *since = MHD_lookup_connection_value(x->connection, MHD_GET_ARGUMENT_KIND, "since");
    const char *writes =
        MHD_lookup_connection_value(x->connection, MHD_GET_ARGUMENT_KIND, "writes");
    *answer = log_read(x->server->log, since ? strtoll(since, NULL, 10) : 0, writes != NULL);
    return true;
}

static bool await(struct exchange *x, struct json_object **answer, struct err *err)
{
    regex_t match;
    const char *pattern = js_string(x->body, "match", NULL);
    if (!pattern || regcomp(&match, pattern, REG_EXTENDED | REG_NOSUB | REG_ICASE) != 0)
        return bad(err, "waiting takes {\"match\": regular expression, \"since\": seq}");
    int64_t since = js_int(x->body, "since", 0);
    if (x->looked_up_to < since)
        x->looked_up_to = since;
    *answer = json_object_get(log_find(x->server->log, &x->looked_up_to, &match));
    x->awaits = *answer == NULL;
    regfree(&match);
    return true;
}

static bool clear_log(struct exchange *x, struct json_object **answer, struct err *err)
{
    (void)answer, (void)err;
    log_clear(x->server->log);
    return true;
}

/* clang-format off */
static const struct control {
    const char *method, *path;
    control_fn *run;
} controls[] = {
    {"POST",   "/_sim/seed",     seed},
    {"GET",    "/_sim/state",    state},
    {"POST",   "/_sim/drift",    drift},
    {"POST",   "/_sim/age",      age},
    {"POST",   "/_sim/clock",    shift_clock},
    {"POST",   "/_sim/settings", settings},
    {"POST",   "/_sim/faults",   add_faults},
    {"GET",    "/_sim/faults",   list_faults},
    {"DELETE", "/_sim/faults",   clear_faults},
    {"GET",    "/_sim/log",      read_log},
    {"DELETE", "/_sim/log",      clear_log},
    {"POST",   "/_sim/await",    await},
};
/* clang-format on */

void control_serve(struct exchange *x)
{
    const struct control *control = NULL;
    for (size_t i = 0; i < COUNT(controls) && !control; i++)
        if (strcmp(x->method, controls[i].method) == 0 && strcmp(x->path, controls[i].path) == 0)
            control = &controls[i];
    if (x->answered)
        return;
    if (!control) {
        exchange_refuse(x, 404, "NotFound", NULL,
                        "there is no such control; see tests/sim/README.md");
        return;
    }

    struct err err;
    struct json_object *answer = NULL;
    if (!control->run(x, &answer, &err))
        exchange_refuse(x, 400, err.code, NULL, err.message);
    else if (!x->awaits)
        exchange_answer(x, 200, answer ? answer : json_object_new_object());
}
