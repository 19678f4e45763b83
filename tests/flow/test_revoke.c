/* test_revoke.c: an incident: one order makes a key unusable and keeps it so, whatever else goes
 * on, is wrong or cannot be reached. */
#include "revoked.h"

#include "base/js.h"

#include <signal.h>
#include <string.h>

#define AUDIT "'mode': 'audit', "
#define EVERY ", 'rotation': {'every': 'P90D'}"
#define TWO                                                                                        \
    "{" SLOWLY "'stacks': {'prod': {" PLACE ", 'vault': {'name': 'kv-openai-prod'}, 'key': "       \
    "{'name': 'openai-cmk'}, 'account': {'name': 'oai-prod'}}, 'other': {" PLACE ", 'vault': "     \
    "{'name': 'kv-openai-prod'}, 'key': {'name': 'openai-cmk'}, 'account': {'name': 'oai-other'}"  \
    "}}}"

/* ---- revoke --------------------------------------------------------------------------------- */

static void one_read_records_one_round_trip_disables_a_version_and_one_read_verifies(void **flow)
{
    cmkd_running(flow, PROD(SLOWLY, "", "", ""));
    AUTO(json) struct json_object *reply = revoke_key(flow, "prod");
    assert_null(js_array(reply, "order.versions")); /* nobody has looked for the order yet */
    assert_string_equal(js_string(reply, "order.key", ""), KEY);
    assert_false(js_bool(reply, "order.done", true));
    cmkd_wait_line(flow, "REVOCATION ORDERED");
    cmkd_wait_line(flow, "openai-cmk: REVOKED");
    expect_sent(flow, SWITCH, DISABLES, 2);
    expect_sent(flow, SWITCH, NULL, 2);
    expect_sent(flow, LIST, NULL, 2);
    expect_versions(flow, 0, 2);
    expect_recorded(flow, 2);

    AUTO(json) struct json_object *status = call_cmkd(flow, "Status", "{}");
    struct json_object *order = json_object_array_get_idx(
        js_array(json_object_array_get_idx(js_array(status, "stacks"), 0), "orders"), 0);
    assert_true(js_bool(order, "done", false));
    assert_non_null(strstr(js_string(order, "says", ""), "already run"));
    assert_non_null(strstr(js_string(status, "sentence", ""), "key openai-cmk REVOKED"));
    assert_int_equal(cmkd_stop(flow), 0);
}

/* It is ordered: nobody is alarmed that a version is disabled, and nothing else is written. */
static void what_uses_a_revoked_key_is_held_and_raises_no_alarm(void **flow)
{
    cmkd_running(flow, PROD(SLOWLY, "", "", ""));
    AUTO(json) struct json_object *reply = revoke_key(flow, "prod");
    cmkd_wait_line(flow, "openai-cmk: REVOKED");
    flow_drift(flow, VAULT, OPEN);
    flow_log_clear(flow);
    AUTO(json) struct json_object *pass = call_cmkd(flow, "Reconcile", "{}");
    assert_int_equal(js_int(pass, "exitStatus", -1), 1);
    expect_writes(flow, 0);
    assert_int_equal(cmkd_stop(flow), 0);

    cmkd_once(flow);
    expect_finding(flow, VAULT, ACTION, "held", "null");
    expect_finding(flow, KEY, "properties.attributes.enabled", "held", "null");
    expect_state(flow, "prod", "held");
    expect_exit(flow, 1);
    expect_writes(flow, 0);
    assert_null(strstr(cmkd_stderr(flow), "A KEY VERSION IS DISABLED"));
}

static void it_overrides_audit(void **flow)
{
    cmkd_running(flow, PROD(AUDIT SLOWLY, "", "", ""));
    AUTO(json) struct json_object *reply = revoke_key(flow, "prod");
    cmkd_wait_line(flow, "openai-cmk: REVOKED");
    expect_versions(flow, 0, 2);
    expect_writes(flow, 2);
    restore_key(flow, "prod");
    cmkd_wait_line(flow, "openai-cmk: RESTORED");
    expect_versions(flow, 2, 0);
    assert_int_equal(cmkd_stop(flow), 0);
}

static void no_limit_of_a_pass_stops_it(void **flow)
{
    cmkd_running(flow, PROD("'limits': {'changesPerPass': 1}, " SLOWLY, "", "", ""));
    AUTO(json) struct json_object *reply = revoke_key(flow, "prod");
    cmkd_wait_line(flow, "openai-cmk: REVOKED");
    expect_versions(flow, 0, 2);
    assert_int_equal(cmkd_stop(flow), 0);
}

static void both_stacks_on_the_key_are_held(void **flow)
{
    prod_good(flow, TWO);
    cmkd_start(flow, NULL);
    cmkd_wait_notify(flow, "2 of 2 stacks in sync");
    AUTO(json) struct json_object *reply = revoke_key(flow, "prod");
    struct json_object *also = js_array(reply, "alsoAffected");
    assert_int_equal(json_object_array_length(also), 1);
    const char *id = json_object_get_string(json_object_array_get_idx(also, 0));
    assert_non_null(strstr(id, "accounts/oai-other"));
    cmkd_wait_line(flow, "prod, other: openai-cmk: REVOKED");
    flow_drift(flow, id, OPEN);
    flow_log_clear(flow);
    AUTO(json) struct json_object *pass = call_cmkd(flow, "Reconcile", "{'stacks': ['other']}");
    expect_writes(flow, 0);
    AUTO(json) struct json_object *status = call_cmkd(flow, "Status", "{'stacks': ['other']}");
    struct json_object *stack = json_object_array_get_idx(js_array(status, "stacks"), 0);
    assert_string_equal(js_string(stack, "state", ""), "held");
    assert_int_equal(json_object_array_length(js_array(stack, "orders")), 1);
    assert_int_equal(cmkd_stop(flow), 0);
}

static void who_uses_the_key_undeclared_is_named_beforehand(void **flow)
{
    prod_seed(flow,
              "{'live': {'" GROUP "/providers/Microsoft.CognitiveServices/accounts/oai-shadow': "
              "{'location': 'swedencentral', 'kind': 'OpenAI', 'sku': {'name': 'S0'}, 'properties':"
              " {'encryption': {'keySource': 'Microsoft.KeyVault', 'keyVaultProperties': "
              "{'keyVaultUri': 'https://kv-openai-prod.vault.azure.net/', 'keyName': 'openai-cmk',"
              " 'keyVersion': '" NEWEST "'}}}}}}",
              PROD(SLOWLY, "", "", ""));
    cmkd_start(flow, NULL);
    cmkd_wait_notify(flow, "1 of 1 stack in sync");
    AUTO(json) struct json_object *reply = call_cmkd(flow, "Dependants", "{'stack': 'prod'}");
    assert_int_equal(json_object_array_length(js_array(reply, "versions")), 2);
    assert_int_equal(json_object_array_length(js_array(reply, "accounts")), 1);
    struct json_object *others = js_array(reply, "others");
    assert_int_equal(json_object_array_length(others), 1);
    assert_non_null(
        strstr(json_object_get_string(json_object_array_get_idx(others, 0)), "oai-shadow"));
    assert_int_equal(cmkd_stop(flow), 0);
}

/* ---- bad days ------------------------------------------------------------------------------- */

static void a_daemon_killed_between_two_versions_goes_on_where_it_was(void **flow)
{
    cmkd_running(flow, PROD(SLOWLY, "", "", ""));
    flow_faults(flow, "[{'op': 'delay', 'match': '" SWITCH OLDER "', 'ms': 60000}]");
    AUTO(json) struct json_object *reply = revoke_key(flow, "prod");
    flow_await(flow, SWITCH OLDER);
    cmkd_kill(flow);
    flow_faults_clear(flow);
    expect_recorded(flow, 2);

    cmkd_once(flow);
    expect_said(flow, "openai-cmk: REVOKED");
    expect_versions(flow, 0, 2);
    expect_recorded(flow, 2);

    record_restoration(flow);
    cmkd_once(flow);
    expect_said(flow, "openai-cmk: RESTORED");
    expect_versions(flow, 2, 0);
    expect_no_order(flow);
    expect_exit(flow, 0);
    expect_quiet(flow);
}

/* The order comes while the rotation is under way: it waits for nothing, and the version that is
 * made all the same is disabled too. */
static void in_the_middle_of_a_rotation_it_wins_at_once(void **flow)
{
    prod_good(flow, PROD(SLOWLY, "", EVERY, ""));
    flow_age(flow, "kv-openai-prod", "openai-cmk", 70);
    flow_faults(flow, "[{'op': 'delay', 'match': '^POST " KEY_PATTERN "/rotate', 'ms': 2000}]");
    cmkd_start(flow, NULL);
    flow_await(flow, "^POST " KEY_PATTERN "/rotate");
    AUTO(json) struct json_object *reply = revoke_key(flow, "prod");
    cmkd_wait_line(flow, "openai-cmk: REVOKED");
    cmkd_wait_line(flow, "key version disabled, for the key is revoked");
    cmkd_wait_line(flow, "openai-cmk: REVOKED");
    expect_versions(flow, 0, 3);
    expect_sent(flow, "^PATCH [^?]*/accounts/", NULL, 0);
    expect_recorded(flow, 3);

    restore_key(flow, "prod"); /* and the rotation goes on where it was */
    cmkd_wait_line(flow, "openai-cmk: RESTORED, 3 versions are enabled as before");
    cmkd_wait_line(flow, "encryption repointed from key version " NEWEST);
    expect_versions(flow, 3, 0);
    assert_int_equal(cmkd_stop(flow), 0);
}

static void a_version_that_appears_later_is_disabled_and_stays_so(void **flow)
{
    cmkd_running(flow, PROD(SLOWLY, "", "", ""));
    AUTO(json) struct json_object *reply = revoke_key(flow, "prod");
    cmkd_wait_line(flow, "openai-cmk: REVOKED");
    flow_clock(flow, 120);
    somebody(flow, "POST", "/rotate", "");
    somebody_switches(flow, NEWEST, true);
    expect_versions(flow, 2, 1);
    cmkd_signal(flow, SIGUSR1);
    cmkd_wait_line(flow, "openai-cmk: REVOKED");
    expect_versions(flow, 0, 3);
    expect_recorded(flow, 2);

    restore_key(flow, "prod");
    cmkd_wait_line(flow, "openai-cmk: RESTORED, 2 versions are enabled as before; disabled before, "
                         "or made since, and left so: ");
    expect_versions(flow, 2, 1);
    assert_int_equal(cmkd_stop(flow), 0);
}

static void without_a_network_it_says_so_and_goes_on_until_it_holds(void **flow)
{
    cmkd_running(flow, PROD(SLOWLY, "", "", ""));
    flow_settings(flow, "{'callerAddress': '198.51.100.7'}");
    AUTO(json) struct json_object *reply = revoke_key(flow, "prod");
    cmkd_wait_line(flow, "openai-cmk: NOT REVOKED: ");
    cmkd_wait_notify(flow, "key openai-cmk NOT REVOKED");
    AUTO(json) struct json_object *status = call_cmkd(flow, "Status", "{}");
    struct json_object *order = json_object_array_get_idx(
        js_array(json_object_array_get_idx(js_array(status, "stacks"), 0), "orders"), 0);
    assert_false(js_bool(order, "done", true));
    assert_non_null(strstr(js_string(order, "says", ""), "NOT REVOKED"));
    expect_versions(flow, 2, 0);

    flow_settings(flow, "{'callerAddress': 'allowed'}");
    cmkd_wait_line(flow, "openai-cmk: REVOKED");
    expect_versions(flow, 0, 2);
    assert_int_equal(cmkd_stop(flow), 0);
}

/* The order stands, and the next cmkd goes on with it. */
static void a_daemon_that_is_stopped_while_it_tries_ends_and_the_next_goes_on(void **flow)
{
    cmkd_running(flow, PROD(SLOWLY, "", "", ""));
    flow_settings(flow, "{'callerAddress': '198.51.100.7'}");
    AUTO(json) struct json_object *reply = revoke_key(flow, "prod");
    cmkd_wait_line(flow, "openai-cmk: NOT REVOKED: ");
    assert_int_equal(cmkd_stop(flow), 0);
    expect_versions(flow, 2, 0);

    flow_settings(flow, "{'callerAddress': 'allowed'}");
    cmkd_start(flow, NULL);
    cmkd_wait_line(flow, "openai-cmk: REVOKED");
    expect_versions(flow, 0, 2);
    assert_int_equal(cmkd_stop(flow), 0);
}

/* --once tries once, and its exit status says that it is not revoked. */
static void once_ends_with_an_error_if_the_key_could_not_be_revoked(void **flow)
{
    prod_good(flow, PROD("", "", "", ""));
    record_revocation(flow, "prod");
    flow_settings(flow, "{'callerAddress': '198.51.100.7'}");
    cmkd_once(flow);
    expect_said(flow, "openai-cmk: NOT REVOKED: ");
    expect_exit(flow, 2);
    expect_versions(flow, 2, 0);

    flow_settings(flow, "{'callerAddress': 'allowed'}");
    cmkd_once(flow);
    expect_said(flow, "openai-cmk: REVOKED");
    expect_exit(flow, 1);
    expect_versions(flow, 0, 2);
}

/* One version that the vault does not switch keeps no other from being disabled. */
static void what_is_wrong_with_one_version_stops_no_other(void **flow)
{
    prod_good(flow, PROD("", "", "", ""));
    record_revocation(flow, "prod");
    flow_faults(flow, "[{'match': '" SWITCH NEWEST "', 'status': 400, 'code': 'BadParameter',"
                      " 'times': 0}]");
    cmkd_once(flow);
    expect_said(flow, "openai-cmk: NOT REVOKED: .*BadParameter");
    expect_exit(flow, 2);
    expect_versions(flow, 1, 1);
    flow_faults_clear(flow);
    cmkd_once(flow);
    expect_said(flow, "openai-cmk: REVOKED");
    expect_versions(flow, 0, 2);
    expect_recorded(flow, 2);
}

/* What is listed without its state, its date or a name may be enabled for all that is known. */
static void a_version_that_cannot_be_read_is_none_that_is_disabled(void **flow)
{
    static const char *const spoilt[] = {
        "'path': 'attributes.enabled'",
        "'path': 'attributes.enabled', 'value': 'false'",
        "'path': 'attributes.created'",
        "'path': 'attributes'",
        "'path': 'kid'",
        "'path': 'kid', 'value': 'https://kv-openai-prod.vault.azure.net/keys/openai-cmk/a?b'"};
    prod_good(flow, PROD("", "", "", ""));
    record_revocation(flow, "prod");
    for (size_t i = 0; i < COUNT(spoilt); i++) {
        AUTO(text)
        char *fault = mem_format("[{'op': 'alter', 'match': '" LIST "', %s}]", spoilt[i]);
        flow_faults(flow, fault);
        cmkd_once(flow);
        expect_said(flow, "openai-cmk: NOT REVOKED: .*BadAnswer");
        expect_exit(flow, 2);
        expect_versions(flow, 1, 1); /* the other one is disabled all the same */
        flow_faults_clear(flow);
    }
    cmkd_once(flow);
    expect_said(flow, "openai-cmk: REVOKED");
    expect_versions(flow, 0, 2);
    expect_recorded(flow, 2);
}

static void a_dry_run_revokes_nothing(void **flow)
{
    prod_good(flow, PROD("", "", "", ""));
    record_revocation(flow, "prod");
    cmkd_run(flow, "--once", "--dry-run", "--output", "json", NULL);
    expect_writes(flow, 0);
    expect_versions(flow, 2, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_TEST(one_read_records_one_round_trip_disables_a_version_and_one_read_verifies),
        FLOW_TEST(what_uses_a_revoked_key_is_held_and_raises_no_alarm),
        FLOW_TEST(a_version_that_cannot_be_read_is_none_that_is_disabled),
        FLOW_TEST(it_overrides_audit),
        FLOW_TEST(no_limit_of_a_pass_stops_it),
        FLOW_TEST(both_stacks_on_the_key_are_held),
        FLOW_TEST(who_uses_the_key_undeclared_is_named_beforehand),
        FLOW_TEST(a_daemon_killed_between_two_versions_goes_on_where_it_was),
        FLOW_TEST(in_the_middle_of_a_rotation_it_wins_at_once),
        FLOW_TEST(a_version_that_appears_later_is_disabled_and_stays_so),
        FLOW_TEST(without_a_network_it_says_so_and_goes_on_until_it_holds),
        FLOW_TEST(a_daemon_that_is_stopped_while_it_tries_ends_and_the_next_goes_on),
        FLOW_TEST(once_ends_with_an_error_if_the_key_could_not_be_revoked),
        FLOW_TEST(what_is_wrong_with_one_version_stops_no_other),
        FLOW_TEST(a_dry_run_revokes_nothing),
    };
    return cmocka_run_group_tests_name("revoke", tests, NULL, NULL);
}
