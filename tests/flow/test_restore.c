/* test_restore.c: a revoked key is brought back, as it was; and orders about keys outlive what is
 * declared. */
#include "revoked.h"

#include "base/js.h"

#include <string.h>

/* ---- restore -------------------------------------------------------------------------------- */

static void exactly_the_recorded_versions_are_enabled_again(void **flow)
{
    prod_good(flow, PROD("", "", "", ""));
    somebody_switches(flow, OLDER, false);
    record_revocation(flow, "prod");
    cmkd_once(flow);
    expect_versions(flow, 0, 2);
    expect_recorded(flow, 1);
    flow_log_clear(flow);

    record_restoration(flow);
    cmkd_once(flow);
    expect_said(flow, "openai-cmk: RESTORED, 1 version is enabled as before.*" OLDER);
    expect_sent(flow, SWITCH, ENABLES, 1);
    expect_sent(flow, SWITCH NEWEST, ENABLES, 1);
    expect_versions(flow, 1, 1);
    expect_no_order(flow);
    expect_exit(flow, 0);
    expect_quiet(flow);
}

/* By hand, after cmkd's last look: that is no version that the order took away. */
static void what_was_disabled_just_before_the_order_stays_disabled(void **flow)
{
    cmkd_running(flow, PROD(SLOWLY, "", "", ""));
    somebody_switches(flow, OLDER, false);
    AUTO(json) struct json_object *reply = revoke_key(flow, "prod");
    cmkd_wait_line(flow, "openai-cmk: REVOKED");
    expect_recorded(flow, 1);
    expect_sent(flow, SWITCH OLDER, NULL, 1); /* somebody's own */
    restore_key(flow, "prod");
    cmkd_wait_line(flow, "openai-cmk: RESTORED, 1 version is enabled as before");
    expect_versions(flow, 1, 1);
    assert_int_equal(cmkd_stop(flow), 0);
}

static void what_was_never_looked_at_is_restored_without_a_request(void **flow)
{
    prod_good(flow, PROD("", "", "", ""));
    record_revocation(flow, "prod");
    record_restoration(flow);
    cmkd_once(flow);
    expect_said(flow, "openai-cmk: RESTORED");
    expect_no_order(flow);
    expect_writes(flow, 0);
    expect_exit(flow, 0);
}

/* Turned round in its middle: the record from before counts. */
static void revoked_again_while_it_is_restored_it_keeps_its_record(void **flow)
{
    prod_good(flow, PROD("", "", "", ""));
    record_revocation(flow, "prod");
    cmkd_once(flow);
    flow_faults(flow, "[{'match': '" SWITCH OLDER "', 'status': 400, 'code': 'BadParameter',"
                      " 'times': 0}]");
    record_restoration(flow);
    cmkd_once(flow);
    expect_said(flow, "openai-cmk: NOT RESTORED: .*BadParameter");
    expect_versions(flow, 1, 1);
    flow_faults_clear(flow);
    record_revocation(flow, "prod");
    cmkd_once(flow);
    expect_versions(flow, 0, 2);
    expect_recorded(flow, 2);
}

/* Resource Manager goes on showing the versions as disabled: nobody takes that for an incident. */
static void what_shows_late_raises_no_alarm(void **flow)
{
    prod_good(flow, PROD("", "", "", ""));
    record_revocation(flow, "prod");
    cmkd_once(flow);
    flow_faults(flow,
                "[{'match': 'GET https://management.azure.com/.*/keys/openai-cmk/versions',"
                " 'status': 200, 'times': 2, 'body': {'value': [{'id': '" KEY "/versions/" NEWEST
                "', 'properties': {'attributes': {'enabled': false, 'created': 1},"
                " 'keyUriWithVersion': 'https://kv-openai-prod.vault.azure.net/keys/"
                "openai-cmk/" NEWEST "'}}]}}]");
    record_restoration(flow);
    cmkd_once(flow);
    assert_int_equal(flow_faults_fired(flow), 2);
    expect_said(flow, "openai-cmk: RESTORED");
    assert_null(strstr(cmkd_stderr(flow), "A KEY VERSION IS DISABLED"));
    expect_no_order(flow);
    expect_exit(flow, 0);
    expect_quiet(flow);
}

#define ROTATE "^POST " KEY_PATTERN "/rotate"

/* The order is ninety days old, and so is all that there is of the key; meanwhile a rotation fell
 * due. It is not done before the restoration; then exactly what was enabled is enabled, and what is
 * due is done. */
static void after_ninety_days_it_comes_back_and_what_was_due_is_done(void **flow)
{
    prod_good(flow, PROD("", "", ", 'rotation': {'every': 'P90D'}", ""));
    flow_settings(flow, "{'operation': 0}");
    somebody_switches(flow, OLDER, false);
    record_revocation(flow, "prod");
    cmkd_once(flow);
    expect_versions(flow, 0, 2);
    flow_age(flow, "kv-openai-prod", "openai-cmk", 90);
    order_is_older(flow, 90);
    flow_log_clear(flow);
    for (int i = 0; i < 3; i++) {
        cmkd_once(flow);
        expect_exit(flow, 1);
        expect_state(flow, "prod", "held");
        expect_finding(flow, KEY, "properties.attributes.enabled", "held", "null");
    }
    expect_writes(flow, 0);
    expect_versions(flow, 0, 2);

    record_restoration(flow);
    cmkd_once(flow);
    expect_said(flow, "openai-cmk: RESTORED, 1 version is enabled as before");
    expect_sent(flow, SWITCH NEWEST, ENABLES, 1);
    expect_sent(flow, SWITCH OLDER, NULL, 0);
    expect_finding(flow, KEY, "rotation.every", "action", "done");
    expect_sent(flow, ROTATE, NULL, 1);
    expect_exit(flow, 0);
    expect_versions(flow, 2, 1); /* one restored, one made; what was disabled before stays so */
    expect_no_order(flow);
    expect_quiet(flow);
}

/* ---- what is declared changes ----------------------------------------------------------------
 */

#define RENAMED                                                                                    \
    "{'stacks': {'renamed': {" PLACE ", 'vault': {'name': 'kv-openai-prod'}, 'key': {'name': "     \
    "'openai-cmk'}, 'account': {'name': 'oai-prod'}}}}"
#define WITHOUT                                                                                    \
    "{" SLOWLY "'stacks': {'elsewhere': {" PLACE ", 'vault': {'name': 'kv-openai-prod'}, 'key': "  \
    "{'name': 'another-cmk'}, 'account': {'name': 'oai-another'}}}}"

static void it_outlives_the_stack_of_its_name(void **flow)
{
    prod_good(flow, PROD("", "", "", ""));
    record_revocation(flow, "prod");
    cmkd_once(flow);
    flow_config(flow, RENAMED);
    flow_drift(flow, VAULT, OPEN);
    flow_log_clear(flow);
    cmkd_once(flow);
    expect_finding(flow, VAULT, ACTION, "held", "null");
    expect_state(flow, "renamed", "held");
    expect_writes(flow, 0);
}

/* Nothing that is declared uses the key: the order is carried out, kept, shown and can be taken
 * back. */
static void it_outlives_the_keys_removal_from_the_configuration(void **flow)
{
    prod_good(flow, PROD("", "", "", ""));
    record_revocation(flow, "prod");
    flow_config(flow, WITHOUT);
    cmkd_start(flow, NULL);
    cmkd_wait_line(flow, "nothing that is declared uses this key");
    cmkd_wait_line(flow, "prod: openai-cmk: REVOKED");
    expect_versions(flow, 0, 2);
    AUTO(json) struct json_object *status = call_cmkd(flow, "Status", "{}");
    struct json_object *others = js_array(status, "otherOrders");
    assert_int_equal(json_object_array_length(others), 1);
    assert_string_equal(js_string(json_object_array_get_idx(others, 0), "key", ""), KEY);
    restore_key(flow, "prod");
    cmkd_wait_line(flow, "prod: openai-cmk: RESTORED");
    expect_versions(flow, 2, 0);
    assert_int_equal(cmkd_stop(flow), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_TEST(exactly_the_recorded_versions_are_enabled_again),
        FLOW_TEST(what_was_disabled_just_before_the_order_stays_disabled),
        FLOW_TEST(what_was_never_looked_at_is_restored_without_a_request),
        FLOW_TEST(revoked_again_while_it_is_restored_it_keeps_its_record),
        FLOW_TEST(what_shows_late_raises_no_alarm),
        FLOW_TEST(after_ninety_days_it_comes_back_and_what_was_due_is_done),
        FLOW_TEST(it_outlives_the_stack_of_its_name),
        FLOW_TEST(it_outlives_the_keys_removal_from_the_configuration),
    };
    return cmocka_run_group_tests_name("restore", tests, NULL, NULL);
}
