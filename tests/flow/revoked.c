#include "revoked.h"

#include "base/js.h"
#include "model/orders.h"
#include "varlink/client.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define TIMEOUT_MS 30000
#define KEY_URL "https://kv-openai-prod.vault.azure.net/keys/openai-cmk"

/* ---- the key -------------------------------------------------------------------------------- */

static size_t count_versions(void **flow, bool enabled)
{
    size_t count = 0;
    AUTO(json) struct json_object *state = flow_state(flow);
    struct json_object *versions = js_array(state, "keys.kv-openai-prod.openai-cmk");
    for (size_t i = 0; i < json_object_array_length(versions); i++)
        count += js_bool(json_object_array_get_idx(versions, i), "enabled", true) == enabled;
    return count;
}

void expect_versions(void **flow, size_t enabled, size_t disabled)
{
    size_t found_enabled = count_versions(flow, true), found_disabled = count_versions(flow, false);
    if (found_enabled != enabled || found_disabled != disabled)
        flow_fail(flow, "%zu versions are enabled and %zu disabled, not %zu and %zu", found_enabled,
                  found_disabled, enabled, disabled);
}

/* Somebody with all rights asks the vault for something. */
void somebody(void **flow, const char *method, const char *path, const char *body)
{
    AUTO(text) char *url = mem_format(KEY_URL "%s?api-version=7.4", path);
    struct flow_answer answer = flow_request(flow, method, url, body, 20000);
    if (answer.status != 200)
        flow_fail(flow, "%s %s: %ld %s", method, url, answer.status, answer.body);
    flow_answer_done(&answer);
}

void somebody_switches(void **flow, const char *version, bool enabled)
{
    AUTO(text) char *path = mem_format("/%s", version);
    somebody(flow, "PATCH", path,
             enabled ? "{\"attributes\": {\"enabled\": true}}"
                     : "{\"attributes\": {\"enabled\": false}}");
}

/* ---- orders --------------------------------------------------------------------------------- */

struct json_object *call_cmkd(void **flow, const char *method, const char *parameters)
{
    AUTO(text) char *path = mem_format("%s/io.cmkd", flow_directory(flow));
    AUTO(text) char *name = mem_format("io.cmkd.%s", method);
    AUTO(json) struct json_object *in = flow_json(parameters);
    struct varlink_client *client = NULL;
    struct json_object *reply = NULL;
    struct err err;
    if (!varlink_connect(path, TIMEOUT_MS, &client, &err) ||
        !varlink_call(client, name, in, TIMEOUT_MS, &reply, &err))
        flow_fail(flow, "%s: %s %s", method, err.code, err.message);
    varlink_disconnect(client);
    return reply;
}

struct json_object *revoke_key(void **flow, const char *stack)
{
    AUTO(text) char *parameters = mem_format("{'stack': '%s', 'reason': 'SEC-1234'}", stack);
    return call_cmkd(flow, "Revoke", parameters);
}

void restore_key(void **flow, const char *stack)
{
    AUTO(text) char *parameters = mem_format("{'stack': '%s'}", stack);
    AUTO(json) struct json_object *reply = call_cmkd(flow, "Restore", parameters);
    assert_true(js_bool(reply, "order.restoring", false));
}

static char *state_directory(void **flow)
{
    char *folder = mem_format("%s/state", flow_directory(flow));
    mkdir(folder, 0700);
    return folder;
}

/* root records the order while no cmkd runs. */
void record_revocation(void **flow, const char *stack)
{
    AUTO(text) char *folder = state_directory(flow);
    struct order_folder at = {.state_directory = folder};
    struct err err;
    struct order order = {
        .kind = ORDER_REVOKE,
        .stack = mem_text(stack),
        .reason = mem_text("SEC-1234"),
        .by = mem_text("root"),
        .since_s = (int64_t)time(NULL),
        .until_s = ORDER_FOR_EVER,
        .key_id = mem_text(KEY),
    };
    if (!orders_revoke(&at, &order, &err))
        flow_fail(flow, "%s", err.message);
    order_done(&order);
}

void record_restoration(void **flow)
{
    AUTO(text) char *folder = state_directory(flow);
    struct order_folder at = {.state_directory = folder};
    struct order order;
    struct err err;
    if (!orders_restore(&at, KEY, "root", (int64_t)time(NULL), &order, &err))
        flow_fail(flow, "%s", err.message);
    order_done(&order);
}

/* The order as it is on disk. The caller frees both. */
static struct order *standing(void **flow)
{
    AUTO(text) char *folder = state_directory(flow);
    struct order_folder at = {.state_directory = folder};
    struct orders orders;
    struct order *copy = NULL;
    if (!orders_load(&at, &orders))
        flow_fail(flow, "%s", orders.err.message);
    for (size_t i = 0; i < orders.count; i++)
        if (orders.list[i].kind == ORDER_REVOKE) {
            copy = mem_new(1, sizeof *copy);
            *copy = orders.list[i];
            memset(&orders.list[i], 0, sizeof orders.list[i]);
        }
    orders_done(&orders);
    return copy;
}

void order_is_older(void **flow, int days)
{
    AUTO(text) char *folder = state_directory(flow);
    struct order_folder at = {.state_directory = folder};
    struct order *order = standing(flow);
    struct err err;
    if (!order)
        flow_fail(flow, "no order stands");
    order->since_s -= days * INT64_C(86400);
    order->revoked_s -= days * INT64_C(86400);
    if (!orders_put(&at, order, &err))
        flow_fail(flow, "%s", err.message);
    order_done(order);
    free(order);
}

void expect_recorded(void **flow, size_t count)
{
    struct order *order = standing(flow);
    if (!order)
        flow_fail(flow, "no order stands");
    size_t found = order->versions ? json_object_array_length(order->versions) : 0;
    order_done(order);
    free(order);
    if (found != count)
        flow_fail(flow, "%zu versions are recorded, not %zu", found, count);
}

void expect_no_order(void **flow)
{
    struct order *order = standing(flow);
    if (order)
        flow_fail(flow, "an order stands");
}

void cmkd_running(void **flow, const char *config)
{
    prod_good(flow, config);
    cmkd_start(flow, NULL);
    cmkd_wait_notify(flow, "in sync");
    flow_log_clear(flow);
}
