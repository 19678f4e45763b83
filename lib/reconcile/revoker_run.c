/* revoker_run.c: one run for one key.
 *
 *     run_begin ─► ask_list ─► on_list ─► send_next ─► on_sent ─► send_next ... ─► ask_list
 *                                 │ all as ordered
 *                                 └─► conclude (a restoration: ask_shown ─► on_shown) ─► the end
 */
#include "reconcile/revoker_private.h"

#include "base/armid.h"
#include "reconcile/switching.h"
#include "types/registry.h"
#include "types/versions.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DATA_API_VERSION "7.4"
#define CALL_MS 30000
#define LISTS_MAX 4 /* of one run: what does not show by then is looked at again later */

static void ask_list(struct run *run);
static void on_list(void *owner, const struct call_answer *answer);
static void send_next(struct run *run);
static void on_sent(void *owner, const struct call_answer *answer);
static void conclude(struct run *run);
static void on_shown(void *owner, const struct call_answer *answer);

/* ---- looking --------------------------------------------------------------------------------- */

/* The order as it stands now. False: it is gone, or nothing may be written; see trouble. */
static bool read_order(struct run *run)
{
    struct orders orders;
    orders_load(run->revoker->folder, &orders);
    const struct order *found = orders_revocation(&orders, run->order.key_id);
    run->is_over = !found && orders.err.domain == ERR_NONE;
    if (orders.err.domain != ERR_NONE)
        run->trouble = orders.err;
    for (size_t i = 0; found && i < orders.count; i++)
        if (&orders.list[i] == found) {
            struct order before = run->order;
            run->order = orders.list[i];
            orders.list[i] = before;
        }
    bool may_go_on = found && orders.err.domain == ERR_NONE && !run->revoker->is_stopping;
    orders_done(&orders);
    return may_go_on;
}

static void take_todo(struct run *run, struct json_object *todo)
{
    json_object_put(run->todo);
    run->todo = todo;
    run->next = 0;
}

void run_begin(struct run *run)
{
    run->wants_again = false;
    run->has_switched = false;
    run->lists = 0;
    run->due_ms = 0;
    memset(&run->trouble, 0, sizeof run->trouble);
    if (!read_order(run)) {
        revoker_ended(run);
    } else if (run->order.restore_by && !run->order.versions) {
        json_object_put(TAKE(run->list));
        conclude(run); /* nobody has looked, and so nothing has been disabled */
    } else {
        ask_list(run);
    }
}

static void start(struct run *run, const struct call_request *request, call_done_fn *done)
{
    run->call = call_start(run->revoker->azure, request, NULL, done, run);
}

/* Get Key Versions: https://learn.microsoft.com/rest/api/keyvault/keys/get-key-versions */
static void ask_list(struct run *run)
{
    AUTO(text) char *vault = armid_part(run->order.key_id, "vaults");
    AUTO(text)
    char *path = mem_format("/keys/%s/versions?api-version=" DATA_API_VERSION,
                            armid_name(run->order.key_id));
    const struct call_request request = {
        .audience = AUDIENCE_KEY_VAULT,
        .vault = vault,
        .method = "GET",
        .path = path,
        .list = true,
        .keep = (const char *const[]){"kid", "attributes", NULL},
        .deadline_ms = CALL_MS,
    };
    run->lists++;
    start(run, &request, on_list);
}

static void fail(struct run *run, const char *code, const char *why)
{
    err_set(&run->trouble, ERR_AZURE, code, "%s", why);
    revoker_ended(run);
}

static bool record(struct run *run)
{
    return !switching_record(&run->order, run->list) ||
           orders_put(run->revoker->folder, &run->order, &run->trouble);
}

/* The order is read again before it is written: it may have been turned round meanwhile. */
static void on_list(void *owner, const struct call_answer *answer)
{
    struct run *run = owner;
    run->call = NULL;
    if (answer->err.domain != ERR_NONE) {
        run->trouble = answer->err;
        revoker_ended(run);
        return;
    }
    json_object_put(run->list);
    run->list = json_object_get(js_array(answer->body, "value"));
    if (!run->list ||
        !json_object_array_length(run->list)) { /* so a vault lists what is not there */
        fail(run, "KeyNotFound", "the vault shows no version of the key");
        return;
    }
    if (!read_order(run) || !record(run)) {
        revoker_ended(run);
        return;
    }
    take_todo(run, switching_todo(&run->order, run->list));
    bool is_done = !json_object_array_length(run->todo);
    if (is_done && !run->order.restore_by && !versions_are_whole(run->list)) {
        fail(run, "BadAnswer",
             "the vault lists a version without its name, its date, or whether it is enabled");
    } else if (is_done) {
        conclude(run);
    } else if (run->lists >= LISTS_MAX) {
        fail(run, REVOKER_NOT_SHOWN, "the vault does not show the versions as they were written");
    } else {
        send_next(run);
    }
}

/* ---- switching ------------------------------------------------------------------------------ */

/* Update Key: https://learn.microsoft.com/rest/api/keyvault/keys/update-key */
static void send_one(struct run *run, const char *version)
{
    AUTO(text) char *vault = armid_part(run->order.key_id, "vaults");
    AUTO(text)
    char *path = mem_format("/keys/%s/%s?api-version=" DATA_API_VERSION,
                            armid_name(run->order.key_id), version);
    AUTO(json) struct json_object *body = json_object_new_object();
    js_put(body, "attributes.enabled", json_object_new_boolean(run->order.restore_by != NULL));
    const struct call_request request = {
        .audience = AUDIENCE_KEY_VAULT,
        .vault = vault,
        .method = "PATCH",
        .path = path,
        .body = body,
        .repeatable = true,
        .keep = (const char *const[]){"key.kid", "attributes", NULL},
        .deadline_ms = CALL_MS,
    };
    start(run, &request, on_sent);
}

static const char *current(const struct run *run)
{
    return js_string(json_object_array_get_idx(run->todo, run->next), "", "");
}

static void send_next(struct run *run)
{
    bool was_restoring = run->order.restore_by != NULL;
    if (!read_order(run))
        revoker_ended(run);
    else if (was_restoring != (run->order.restore_by != NULL))
        ask_list(run); /* turned round: begin anew with what there is */
    else if (run->next < json_object_array_length(run->todo))
        send_one(run, current(run));
    else if (run->trouble.domain != ERR_NONE)
        revoker_ended(run);
    else
        ask_list(run); /* read it back */
}

/* What is wrong with one version stops no other; without a way to the vault all would fail. */
static void on_sent(void *owner, const struct call_answer *answer)
{
    struct run *run = owner;
    run->call = NULL;
    if (answer->err.domain == ERR_NONE) {
        run->has_switched = true;
        run->revoker->hooks.switched(run->revoker->hooks.owner, &run->order, current(run), answer);
    } else {
        run->trouble = answer->err;
    }
    run->next++;
    if (answer->err.domain == ERR_NONE || answer->err.domain == ERR_AZURE)
        send_next(run);
    else
        revoker_ended(run);
}

/* ---- the end -------------------------------------------------------------------------------- */

static void tell_done(struct run *run)
{
    AUTO(json) struct json_object *left = switching_left(&run->order, run->list);
    run->revoker->hooks.done(run->revoker->hooks.owner, &run->order, left);
}

static void conclude_revocation(struct run *run)
{
    bool is_first = !run->order.revoked_s;
    if (is_first)
        run->order.revoked_s = (int64_t)time(NULL);
    if (is_first && !orders_put(run->revoker->folder, &run->order, &run->trouble)) {
        revoker_ended(run);
        return;
    }
    if (is_first || run->has_switched)
        tell_done(run);
    revoker_ended(run);
}

/* Resource Manager shows versions late. The order stands until it does: what reads there must not
 * take a restored key for one that somebody else has disabled. */
static void ask_shown(struct run *run)
{
    AUTO(text)
    char *path = mem_format("%s/versions?api-version=%s", run->order.key_id, type_key.api_version);
    const struct call_request request = {
        .audience = AUDIENCE_RESOURCE_MANAGER,
        .method = "GET",
        .path = path,
        .list = true,
        .keep =
            (const char *const[]){"properties.attributes", "properties.keyUriWithVersion", NULL},
        .deadline_ms = CALL_MS,
    };
    start(run, &request, on_shown);
}

static void conclude_restoration(struct run *run)
{
    if (orders_remove_revocation(run->revoker->folder, run->order.key_id, &run->trouble)) {
        run->is_over = true;
        tell_done(run);
    }
    revoker_ended(run);
}

/* One that cannot be asked is none to wait for: the vault itself has shown it. */
static void on_shown(void *owner, const struct call_answer *answer)
{
    struct run *run = owner;
    run->call = NULL;
    AUTO(json)
    struct json_object *unshown = switching_todo(&run->order, js_array(answer->body, "value"));
    if (!read_order(run)) {
        revoker_ended(run);
    } else if (!run->order.restore_by) {
        ask_list(run);
    } else if (answer->err.domain == ERR_CANCELLED) {
        run->trouble = answer->err;
        revoker_ended(run);
    } else if (answer->err.domain == ERR_NONE && json_object_array_length(unshown)) {
        err_set(&run->trouble, ERR_AZURE, REVOKER_NOT_SHOWN,
                "the versions are enabled again, but Resource Manager does not show it yet");
        revoker_ended(run);
    } else {
        conclude_restoration(run);
    }
}

static void conclude(struct run *run)
{
    if (!run->order.restore_by)
        conclude_revocation(run);
    else if (run->order.versions)
        ask_shown(run);
    else
        conclude_restoration(run);
}
