/* test_control.c: io.cmkd on the control socket of a real cmkd. What it answers fits its interface
 * file, every time. */
#include "prod.h"

#include "base/js.h"
#include "interface.h"
#include "varlink/client.h"
#include "varlink/idl.h"

#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TIMEOUT_MS 30000
#define OPEN "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}"
#define ACTION "properties.networkAcls.defaultAction"
#define SLOWLY "'interval': 'PT1H', "

/* ---- calls --------------------------------------------------------------------------------- */

static struct varlink_client *connect_to(void **flow)
{
    AUTO(text) char *path = mem_format("%s/io.cmkd", flow_directory(flow));
    struct varlink_client *client = NULL;
    struct err err;
    if (!varlink_connect(path, TIMEOUT_MS, &client, &err))
        flow_fail(flow, "%s", err.message);
    return client;
}

/* Every reply and every error is what the interface file says. */
static void expect_shape(void **flow, const char *method, const struct err *err,
                         struct json_object *parameters)
{
    struct idl *idl = NULL;
    struct err bad;
    if (!idl_parse(interface_text(), &idl, &bad))
        flow_fail(flow, "%s", bad.message);
    bool is_error = err && strncmp(err->code, "io.cmkd.", 8) == 0;
    const char *wrong = is_error ? idl_wrong_error(idl, err->code + 8, parameters)
                        : err    ? NULL
                                 : idl_wrong_out(idl, method, parameters);
    if (wrong)
        flow_fail(flow, "%s: %s is not as the interface says: %s", method, wrong,
                  json_object_to_json_string(parameters));
    idl_free(idl);
}

/* The reply, for the caller; NULL and *err for an error. */
static struct json_object *call(void **flow, const char *method, const char *parameters,
                                struct err *err)
{
    struct varlink_client *client = connect_to(flow);
    AUTO(text) char *name = mem_format("io.cmkd.%s", method);
    AUTO(json) struct json_object *in = flow_json(parameters);
    struct json_object *reply = NULL;
    if (varlink_call(client, name, in, TIMEOUT_MS, &reply, err))
        expect_shape(flow, method, NULL, reply);
    else if (varlink_is_answer(err))
        expect_shape(flow, method, err, varlink_error_parameters(client));
    else
        flow_fail(flow, "%s: %s", method, err->message);
    varlink_disconnect(client);
    return reply;
}

static struct json_object *call_well(void **flow, const char *method, const char *parameters)
{
    struct err err;
    struct json_object *reply = call(flow, method, parameters, &err);
    if (!reply)
        flow_fail(flow, "%s %s: %s", method, parameters, err.code);
    return reply;
}

static void expect_refused(void **flow, const char *method, const char *parameters,
                           const char *error)
{
    struct err err;
    AUTO(json) struct json_object *reply = call(flow, method, parameters, &err);
    if (reply)
        flow_fail(flow, "%s %s is not refused", method, parameters);
    assert_string_equal(err.code, error);
}

/* cmkd has begun, and has been through with its first pass. */
static void running(void **flow, const char *config)
{
    prod_good(flow, config);
    cmkd_start(flow, NULL);
    cmkd_wait_notify(flow, "1 of 1 stack in sync");
    flow_log_clear(flow);
}

static struct json_object *stack_of(struct json_object *status)
{
    return json_object_array_get_idx(js_array(status, "stacks"), 0);
}

/* ---- asking -------------------------------------------------------------------------------- */

static void status_says_how_a_stack_stands(void **flow)
{
    prod_good(flow, "{'mode': 'audit', " SLOWLY "'stacks': {'prod': {" PLACE ","
                    " 'vault': {'name': 'kv-openai-prod'}, 'key': {'name': 'openai-cmk'},"
                    " 'account': {'name': 'oai-prod'}, 'exemptions': [{'path':"
                    " 'account.properties.networkAcls', 'reason': 'SEC-1', 'until':"
                    " '2999-01-31'}]}}}");
    flow_drift(flow, VAULT, OPEN);
    cmkd_start(flow, NULL);
    cmkd_wait_notify(flow, "prod drifted");
    flow_await(flow, "^GET .*/eventtypes/"); /* who did it */
    flow_log_clear(flow);
    AUTO(json) struct json_object *status = call_well(flow, "Status", "{'stacks': ['prod']}");
    struct json_object *stack = stack_of(status);
    assert_string_equal(js_string(stack, "name", ""), "prod");
    assert_string_equal(js_string(stack, "mode", ""), "audit");
    assert_string_equal(js_string(stack, "state", ""), "drifted");
    assert_non_null(js_string(stack, "lastGoodLook", NULL));
    assert_null(js_string(stack, "blindSince", NULL));
    struct json_object *finding = json_object_array_get_idx(js_array(stack, "findings"), 0);
    assert_string_equal(js_string(finding, "path", ""), ACTION);
    assert_string_equal(js_string(finding, "outcome", ""), "audit");
    struct json_object *exemption = json_object_array_get_idx(js_array(stack, "exemptions"), 0);
    assert_string_equal(js_string(exemption, "until", ""), "2999-02-01T00:00:00Z");
    assert_int_equal(js_int(status, "intervalSeconds", 0), 3600);
    assert_non_null(js_string(status, "nextPass", NULL));
    expect_requests_at_most(flow, 0); /* nobody asks Azure for that */
    assert_int_equal(cmkd_stop(flow), 0);
}

static void a_plan_looks_and_writes_nothing(void **flow)
{
    running(flow, PROD(SLOWLY, "", "", ""));
    flow_drift(flow, VAULT, OPEN);
    AUTO(json) struct json_object *reply = call_well(flow, "Plan", "{}");
    struct json_object *stack =
        json_object_array_get_idx(js_array(js_object(reply, "document"), "stacks"), 0);
    struct json_object *finding = json_object_array_get_idx(js_array(stack, "findings"), 0);
    assert_string_equal(js_string(finding, "status", ""), "planned");
    assert_string_equal(js_string(finding, "request.method", ""), "PATCH");
    expect_writes(flow, 0);
    assert_int_equal(cmkd_stop(flow), 0);
}

static void a_reconcile_sees_what_was_changed_just_before_and_repairs_it(void **flow)
{
    running(flow, PROD(SLOWLY, "", "", ""));
    for (int i = 0; i < 3; i++) {
        flow_drift(flow, VAULT, OPEN);
        AUTO(json) struct json_object *reply = call_well(flow, "Reconcile", "{}");
        assert_int_equal(js_int(reply, "exitStatus", -1), 0);
        expect_writes(flow, i + 1);
    }
    assert_int_equal(cmkd_stop(flow), 0);
}

/* A pass is under way: what it has looked at already is looked at again. */
static void a_reconcile_in_the_middle_of_a_pass_looks_again(void **flow)
{
    running(flow, PROD(SLOWLY, "", "", ""));
    flow_faults(flow, "[{'op': 'delay', 'match': '^GET .*/accounts/oai-prod[?]', 'ms': 1000}]");
    cmkd_signal(flow, SIGUSR1);
    flow_await(flow, "^GET .*/accounts/oai-prod[?]");
    flow_drift(flow, VAULT, OPEN); /* seen already, and good then */
    AUTO(json) struct json_object *reply = call_well(flow, "Reconcile", "{'stacks': ['prod']}");
    assert_int_equal(js_int(reply, "exitStatus", -1), 0);
    expect_writes(flow, 1);
    assert_int_equal(cmkd_stop(flow), 0);
}

/* Two stacks with nothing in common: the seed has the second without its account. */
#define TWO_ISLANDS                                                                                \
    "{" SLOWLY "'stacks': {'prod': {" PLACE ", 'vault': {'name': 'kv-openai-prod'}, 'key':"        \
    " {'name': 'openai-cmk'}, 'account': {'name': 'oai-prod'}}, 'test': {" PLACE ", 'vault':"      \
    " {'name': 'kv-openai-test'}, 'key': {'name': 'openai-cmk'}, 'account': {'name':"              \
    " 'oai-test'}, 'mode': 'audit'}}}"

/* The stack's own look is still under way when the pass ends that had it before. */
static void a_reconcile_is_not_answered_by_the_end_of_an_older_pass(void **flow)
{
    prod_good(flow, TWO_ISLANDS);
    cmkd_start(flow, NULL);
    cmkd_wait_notify(flow, "1 of 2 stacks in sync");
    flow_faults(flow, "[{'op': 'delay', 'match': '^GET .*/vaults/kv-openai-test[?]', 'ms': 2500,"
                      " 'times': 1}]");
    cmkd_signal(flow, SIGUSR1); /* a pass over both: prod is through long before test */
    flow_await(flow, "^GET .*/vaults/kv-openai-test[?]");
    flow_await(flow, "^GET .*/accounts/oai-prod[?]");
    flow_drift(flow, ACCOUNT, OPEN);
    flow_settings(flow, "{'operation': 6}"); /* the repair outlasts that pass */
    AUTO(json) struct json_object *reply = call_well(flow, "Reconcile", "{'stacks': ['prod']}");
    assert_int_equal(js_int(reply, "exitStatus", -1), 0);
    expect_sent(flow, "^PATCH .*/accounts/oai-prod[?]", NULL, 1);
    assert_int_equal(cmkd_stop(flow), 0);
}

/* The guard counts what is gone, however the looks are cut up: a Reconcile of one stack after the
 * other would get round it. */
static void a_reconcile_of_one_stack_makes_nothing_in_a_mass_absence(void **flow)
{
    flow_seed(flow, "{'resourceGroups': ['" GROUP "']}");
    flow_config(flow, TWO_ISLANDS);
    cmkd_start(flow, NULL);
    cmkd_wait_line(flow, "mass-absence");
    cmkd_wait_line(flow, "pass: ");
    AUTO(json) struct json_object *reply = call_well(flow, "Reconcile", "{'stacks': ['prod']}");
    assert_int_equal(js_int(reply, "exitStatus", -1), 1);
    expect_writes(flow, 0);
    assert_int_equal(cmkd_stop(flow), 0);
}

/* What --stack leaves out is left out for callers too. */
static void a_stack_that_the_daemon_does_not_look_at_is_not_reconciled(void **flow)
{
    prod_good(flow, TWO_ISLANDS);
    cmkd_start(flow, "--stack", "prod", NULL);
    cmkd_wait_notify(flow, "1 of 2 stacks in sync");
    flow_log_clear(flow);
    AUTO(json) struct json_object *reply = call_well(flow, "Reconcile", "{}");
    assert_int_equal(json_object_array_length(js_array(reply, "document.stacks")), 1);
    expect_refused(flow, "Reconcile", "{'stacks': ['test']}", "io.cmkd.NoSuchStack");
    expect_refused(flow, "Plan", "{'stacks': ['prod', 'test']}", "io.cmkd.NoSuchStack");
    expect_sent(flow, "^GET .*kv-openai-test", NULL, 0);
    assert_int_equal(cmkd_stop(flow), 0);
}

/* Whoever may only look keeps nothing from being repaired, however often he looks. */
static void plans_without_end_keep_no_repair_away(void **flow)
{
    struct err err;
    struct varlink_client *clients[2];
    bool is_repaired = false;
    running(flow, PROD(SLOWLY, "", "", ""));
    flow_drift(flow, VAULT, OPEN);
    flow_faults(flow, "[{'op': 'delay', 'match': '^GET .*/vaults/kv-openai-prod[?]', 'ms': 50}]");
    for (size_t i = 0; i < COUNT(clients); i++) {
        clients[i] = connect_to(flow);
        assert_true(varlink_send(clients[i], "io.cmkd.Plan", NULL, false, TIMEOUT_MS, &err));
    }
    flow_await(flow, "^GET .*/vaults/kv-openai-prod[?]");
    cmkd_signal(flow, SIGUSR1); /* in the middle of a plan */
    for (int i = 0; i < 40 && !is_repaired; i++) {
        struct varlink_client *client = clients[(size_t)i % COUNT(clients)];
        AUTO(json) struct json_object *reply = NULL;
        bool continues = false;
        if (!varlink_receive(client, TIMEOUT_MS, &reply, &continues, &err))
            flow_fail(flow, "%s", err.message);
        assert_true(varlink_send(client, "io.cmkd.Plan", NULL, false, TIMEOUT_MS, &err));
        is_repaired = flow_count_sent(flow, "^PATCH .*/vaults/", NULL, NULL) > 0;
    }
    assert_true(is_repaired);
    for (size_t i = 0; i < COUNT(clients); i++)
        varlink_disconnect(clients[i]);
    assert_int_equal(cmkd_stop(flow), 0);
}

/* Who asked first is served first, whatever has come since. */
static void calls_are_served_in_the_order_in_which_they_came(void **flow)
{
    struct err err;
    struct varlink_client *clients[3];
    running(flow, PROD(SLOWLY, "", "", ""));
    flow_faults(flow, "[{'op': 'delay', 'match': '^GET .*/accounts/oai-prod[?]', 'ms': 1000,"
                      " 'times': 1}]");
    cmkd_signal(flow, SIGUSR1);
    flow_await(flow, "^GET .*/accounts/oai-prod[?]");
    flow_drift(flow, VAULT, OPEN); /* seen already, and good then */
    for (size_t i = 0; i < COUNT(clients); i++) {
        const char *method = i == 0 ? "io.cmkd.Reconcile" : "io.cmkd.Plan";
        clients[i] = connect_to(flow);
        assert_true(varlink_send(clients[i], method, NULL, false, TIMEOUT_MS, &err));
        AUTO(json) struct json_object *status = call_well(flow, "Status", "{}"); /* it has come */
    }
    for (size_t i = COUNT(clients); i-- > 0;) {
        AUTO(json) struct json_object *reply = NULL;
        bool continues = false;
        if (!varlink_receive(clients[i], TIMEOUT_MS, &reply, &continues, &err))
            flow_fail(flow, "%s", err.message);
        struct json_object *stack =
            json_object_array_get_idx(js_array(reply, "document.stacks"), 0);
        assert_string_equal(js_string(stack, "state", ""), i == 0 ? "repaired" : "insync");
        varlink_disconnect(clients[i]);
    }
    assert_int_equal(cmkd_stop(flow), 0);
}

/* ---- more than one reply ----------------------------------------------------------------------
 */

static void a_reconcile_with_more_tells_what_happens(void **flow)
{
    struct err err;
    bool continues = true, was_told = false;
    running(flow, PROD(SLOWLY, "", "", ""));
    flow_drift(flow, VAULT, OPEN);
    struct varlink_client *client = connect_to(flow);
    assert_true(varlink_send(client, "io.cmkd.Reconcile", NULL, true, TIMEOUT_MS, &err));
    while (continues) {
        AUTO(json) struct json_object *reply = NULL;
        if (!varlink_receive(client, TIMEOUT_MS, &reply, &continues, &err))
            flow_fail(flow, "%s", err.message);
        expect_shape(flow, "Reconcile", NULL, reply);
        const char *path = js_string(reply, "event.fields.CMKD_PATH", "");
        was_told |= strcmp(path, ACTION) == 0 && js_int(reply, "event.priority", 0) == 5;
        if (!continues)
            assert_int_equal(js_int(reply, "exitStatus", -1), 0);
    }
    assert_true(was_told);
    varlink_disconnect(client);
    assert_int_equal(cmkd_stop(flow), 0);
}

static void who_watches_is_told_of_a_repair_and_of_the_end(void **flow)
{
    struct err err;
    bool continues = false;
    running(flow, PROD(SLOWLY, "", "", ""));
    struct varlink_client *client = connect_to(flow);
    assert_true(varlink_send(client, "io.cmkd.Watch", NULL, true, TIMEOUT_MS, &err));
    AUTO(json) struct json_object *status = call_well(flow, "Status", "{}"); /* it has begun */
    flow_drift(flow, VAULT, OPEN);
    cmkd_signal(flow, SIGUSR1);
    const char *path = "";
    while (strcmp(path, ACTION) != 0) {
        AUTO(json) struct json_object *reply = NULL;
        if (!varlink_receive(client, TIMEOUT_MS, &reply, &continues, &err))
            flow_fail(flow, "%s", err.message);
        expect_shape(flow, "Watch", NULL, reply);
        assert_true(continues);
        path = strcmp(js_string(reply, "event.fields.CMKD_PATH", ""), ACTION) == 0 ? ACTION : "";
    }
    assert_int_equal(cmkd_stop(flow), 0);
    struct json_object *reply = NULL;
    while (varlink_receive(client, TIMEOUT_MS, &reply, &continues, &err))
        json_object_put(TAKE(reply));
    assert_string_equal(err.code, "io.cmkd.Stopping");
    varlink_disconnect(client);
}

/* ---- orders -------------------------------------------------------------------------------- */

static void a_hold_is_obeyed_at_once_and_a_release_repairs_at_once(void **flow)
{
    running(flow, PROD(SLOWLY, "", "", ""));
    AUTO(json)
    struct json_object *held =
        call_well(flow, "Hold", "{'stack': 'prod', 'reason': 'SEC-1', 'until': null}");
    assert_string_equal(js_string(held, "order.by", ""), "root");
    cmkd_wait_line(flow, "prod: ON HOLD");
    cmkd_wait_notify(flow, "on hold: prod");
    flow_drift(flow, VAULT, OPEN);
    AUTO(json) struct json_object *reply = call_well(flow, "Reconcile", "{}");
    assert_int_equal(js_int(reply, "exitStatus", -1), 1);
    expect_writes(flow, 0);
    AUTO(json) struct json_object *status = call_well(flow, "Status", "{}");
    struct json_object *order = json_object_array_get_idx(js_array(stack_of(status), "orders"), 0);
    assert_string_equal(js_string(order, "reason", ""), "SEC-1");
    assert_string_equal(js_string(stack_of(status), "state", ""), "held");

    AUTO(json) struct json_object *released = call_well(flow, "Release", "{'stack': 'prod'}");
    cmkd_wait_line(flow, "prod: no longer on hold");
    cmkd_wait_line(flow, ACTION " was Allow, is Deny again");
    expect_refused(flow, "Release", "{'stack': 'prod'}", "io.cmkd.NotHeld");
    assert_int_equal(cmkd_stop(flow), 0);
}

/* Its time is over by a clock that is not to be trusted: it stands, and that is said. */
static void a_hold_that_stands_beyond_its_time_can_be_released(void **flow)
{
    running(flow, PROD(SLOWLY, "", "", ""));
    AUTO(json)
    struct json_object *held = call_well(
        flow, "Hold", "{'stack': 'prod', 'reason': 'x', 'until': '2999-01-01T00:00:00Z'}");
    assert_null(js_string(held, "order.says", NULL));
    flow_clock(flow, -86400);
    AUTO(json) struct json_object *heard = call_well(flow, "Reconcile", "{}");
    AUTO(text) char *path = mem_format("%s/state/orders/hold-prod.json", flow_directory(flow));
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("{\"version\": 1, \"order\": \"hold\", \"stack\": \"prod\", \"reason\": \"x\", \"by\": "
          "\"root\", \"since\": \"2026-01-01T00:00:00Z\", \"until\": \"2026-01-02T00:00:00Z\"}",
          file);
    fclose(file);
    AUTO(json) struct json_object *reply = call_well(flow, "Reconcile", "{}");
    AUTO(json) struct json_object *status = call_well(flow, "Status", "{}");
    struct json_object *order = json_object_array_get_idx(js_array(stack_of(status), "orders"), 0);
    assert_non_null(strstr(js_string(order, "says", ""), "set the clock"));
    assert_non_null(strstr(js_string(status, "sentence", ""), "set the clock"));
    AUTO(json) struct json_object *released = call_well(flow, "Release", "{'stack': 'prod'}");
    expect_refused(flow, "Release", "{'stack': 'prod'}", "io.cmkd.NotHeld");
    assert_int_equal(cmkd_stop(flow), 0);
}

static void what_is_wrong_with_a_call_is_said(void **flow)
{
    running(flow, PROD(SLOWLY, "", "", ""));
    expect_refused(flow, "Status", "{'stacks': ['prod', 'nobody']}", "io.cmkd.NoSuchStack");
    expect_refused(flow, "Plan", "{'stacks': ['nobody']}", "io.cmkd.NoSuchStack");
    expect_refused(flow, "Key", "{'stacks': ['nobody']}", "io.cmkd.NoSuchStack");
    expect_refused(flow, "Hold", "{'stack': 'nobody', 'reason': 'x'}", "io.cmkd.NoSuchStack");
    expect_refused(flow, "Hold", "{'stack': 'prod', 'reason': ''}",
                   "org.varlink.service.InvalidParameter");
    expect_refused(flow, "Hold", "{'stack': 'prod', 'reason': 'x', 'until': 'tomorrow'}",
                   "org.varlink.service.InvalidParameter");
    expect_refused(flow, "Hold",
                   "{'stack': 'prod', 'reason': 'x', 'until': '2020-01-01T00:00:00Z'}",
                   "org.varlink.service.InvalidParameter");
    expect_refused(flow, "Watch", "{}", "org.varlink.service.ExpectedMore");
    expect_refused(flow, "Burn", "{}", "org.varlink.service.MethodNotFound");
    expect_writes(flow, 0);
    assert_int_equal(cmkd_stop(flow), 0);
}

/* The state directory takes nothing: the order is not given, and the caller knows. */
static void an_order_that_cannot_be_recorded_is_none(void **flow)
{
    AUTO(text) char *path = mem_format("%s/state/orders", flow_directory(flow));
    running(flow, PROD(SLOWLY, "", "", ""));
    assert_int_equal(rmdir(path), 0);
    expect_refused(flow, "Hold", "{'stack': 'prod', 'reason': 'x'}", "io.cmkd.NotRecorded");
    expect_refused(flow, "Revoke", "{'stack': 'prod', 'reason': 'x'}", "io.cmkd.NotRecorded");
    AUTO(json) struct json_object *reply = call_well(flow, "Reconcile", "{}");
    AUTO(json) struct json_object *status = call_well(flow, "Status", "{}");
    assert_non_null(js_string(status, "ordersUnreadable", NULL));
    assert_int_equal(cmkd_stop(flow), 0);
}

/* ---- reload -------------------------------------------------------------------------------- */

static void a_refused_reload_stands_in_the_status_until_a_good_one(void **flow)
{
    AUTO(text) char *path = mem_format("%s/cmkd.json", flow_directory(flow));
    running(flow, PROD(SLOWLY, "", "", ""));
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("{ \"mode\": \"burn\" }", file);
    fclose(file);
    cmkd_signal(flow, SIGHUP);
    cmkd_wait_notify(flow, "reload REFUSED");
    AUTO(json) struct json_object *refused = call_well(flow, "Status", "{}");
    assert_non_null(strstr(js_string(refused, "reloadRefused", ""), "cmkd.json:1: /mode"));

    flow_config(flow, PROD(SLOWLY, "", "", ""));
    cmkd_signal(flow, SIGHUP);
    cmkd_wait_line(flow, "configuration loaded");
    AUTO(json) struct json_object *taken = call_well(flow, "Status", "{}");
    assert_null(js_string(taken, "reloadRefused", NULL));
    assert_int_equal(cmkd_stop(flow), 0);
}

/* ---- who calls ----------------------------------------------------------------------------- */

static bool is_forbidden(const char *path, const char *method)
{
    struct varlink_client *client = NULL;
    struct json_object *reply = NULL;
    struct err err = {0};
    bool is_it = varlink_connect(path, TIMEOUT_MS, &client, &err) &&
                 !varlink_call(client, method, NULL, TIMEOUT_MS, &reply, &err) &&
                 strcmp(err.code, "org.varlink.service.PermissionDenied") == 0;
    varlink_disconnect(client);
    return is_it;
}

static void somebody_else_is_refused(void **flow)
{
    AUTO(text) char *path = mem_format("%s/io.cmkd", flow_directory(flow));
    struct stat socket;
    int status;
    if (geteuid() != 0)
        flow_fail(flow, "only root can become somebody else: run the tests as root");
    running(flow, PROD(SLOWLY, "", "", ""));
    assert_int_equal(stat(path, &socket), 0);
    assert_int_equal(socket.st_mode & 07777, 0660);
    assert_int_equal(chmod(flow_directory(flow), 0755), 0);
    assert_int_equal(chmod(path, 0666), 0); /* so that cmkd itself has to say no */
    pid_t child = fork();
    if (child == 0) {
        bool is_refused = setgid(65534) == 0 && setuid(65534) == 0 &&
                          is_forbidden(path, "io.cmkd.Status") && is_forbidden(path, "io.cmkd.Key");
        _exit(is_refused ? 0 : 1);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(cmkd_stop(flow), 0);
}

/* Half calls, garbage, and callers that never read: the daemon does its work beside them. */
static void bad_callers_keep_the_daemon_from_nothing(void **flow)
{
    static const char *const texts[] = {"{\"method\": \"io.cm", "\0\0\0\0", "[]", ""};
    int sockets[40];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    running(flow, PROD(SLOWLY, "", "", ""));
    snprintf(address.sun_path, sizeof address.sun_path, "%s/io.cmkd", flow_directory(flow));
    for (size_t i = 0; i < COUNT(sockets); i++) {
        const char *text = texts[i % COUNT(texts)];
        sockets[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(sockets[i], (struct sockaddr *)&address, sizeof address), 0);
        (void)!send(sockets[i], text, strlen(text) + i % 2, MSG_NOSIGNAL);
    }
    flow_drift(flow, VAULT, OPEN);
    cmkd_signal(flow, SIGUSR1);
    cmkd_wait_line(flow, ACTION " was Allow, is Deny again");
    AUTO(json) struct json_object *status = call_well(flow, "Status", "{}");
    for (size_t i = 0; i < COUNT(sockets); i++)
        close(sockets[i]);
    assert_int_equal(cmkd_stop(flow), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_TEST(status_says_how_a_stack_stands),
        FLOW_TEST(a_plan_looks_and_writes_nothing),
        FLOW_TEST(a_reconcile_sees_what_was_changed_just_before_and_repairs_it),
        FLOW_TEST(a_reconcile_in_the_middle_of_a_pass_looks_again),
        FLOW_TEST(a_reconcile_is_not_answered_by_the_end_of_an_older_pass),
        FLOW_TEST(a_reconcile_of_one_stack_makes_nothing_in_a_mass_absence),
        FLOW_TEST(a_stack_that_the_daemon_does_not_look_at_is_not_reconciled),
        FLOW_TEST(plans_without_end_keep_no_repair_away),
        FLOW_TEST(calls_are_served_in_the_order_in_which_they_came),
        FLOW_TEST(a_reconcile_with_more_tells_what_happens),
        FLOW_TEST(who_watches_is_told_of_a_repair_and_of_the_end),
        FLOW_TEST(a_hold_is_obeyed_at_once_and_a_release_repairs_at_once),
        FLOW_TEST(a_hold_that_stands_beyond_its_time_can_be_released),
        FLOW_TEST(what_is_wrong_with_a_call_is_said),
        FLOW_TEST(an_order_that_cannot_be_recorded_is_none),
        FLOW_TEST(a_refused_reload_stands_in_the_status_until_a_good_one),
        FLOW_TEST(somebody_else_is_refused),
        FLOW_TEST(bad_callers_keep_the_daemon_from_nothing),
    };
    return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
