/* test_guards.c: what cmkd must not do, against azsim: the guards of the asynchronous part. Those
 * that are pure decisions have their tests in tests/unit/reconcile. */
#include "prod.h"

#include "base/js.h"

#include <string.h>
#include <time.h>

static void audit_mode_finds_and_writes_nothing(void **flow)
{
    prod_good(flow, PROD("'mode': 'audit', ", "", "", ""));
    flow_drift(flow, VAULT, "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}");
    cmkd_once(flow);
    expect_finding(flow, VAULT, "properties.networkAcls.defaultAction", "audit", "null");
    expect_exit(flow, 1);
    expect_writes(flow, 0);
}

static void an_exempt_path_is_reported_and_left_alone(void **flow)
{
    prod_good(flow, "{'stacks': {'prod': {" PLACE ", 'vault': {'name': 'kv-openai-prod'}, "
                    "'key': {'name': 'openai-cmk'}, 'account': {'name': 'oai-prod'}, "
                    "'exemptions': [{'path': 'account.properties.networkAcls', "
                    "'reason': 'SEC-1234: load test'}]}}}");
    flow_drift(flow, ACCOUNT, "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}");
    cmkd_once(flow);
    expect_finding(flow, ACCOUNT, "properties.networkAcls.defaultAction", "exempt", "null");
    expect_exit(flow, 0);
    expect_writes(flow, 0);
}

/* The same requests that the first round of a real run sends, and none of them sent. */
static void a_dry_run_plans_what_the_first_round_sends_and_writes_nothing(void **flow)
{
    static const char drift[] = "{'properties': {'enablePurgeProtection': null, 'networkAcls': {"
                                "'defaultAction': 'Allow'}}}";
    prod_good(flow, PROD("", "", ", 'rotation': {'every': 'P7D'}", ""));
    flow_drift(flow, VAULT, drift);
    cmkd_run(flow, "--once", "--dry-run", "--output", "json", NULL);
    struct json_object *planned =
        expect_finding(flow, VAULT, "properties.enablePurgeProtection", "patch", "planned");
    AUTO(json) struct json_object *request = js_copy(js_object(planned, "request"));
    expect_finding(flow, KEY, "rotation.every", "action", "planned");
    expect_exit(flow, 1);
    expect_writes(flow, 0);

    cmkd_once(flow);
    struct json_object *done =
        expect_finding(flow, VAULT, "properties.enablePurgeProtection", "patch", "done");
    assert_true(js_same(request, js_object(done, "request")));
    expect_finding(flow, KEY, "rotation.every", "action", "done");
}

static void a_stack_that_cannot_be_seen_whole_has_nothing_written(void **flow)
{
    prod_good(flow, PROD("", "", "", ""));
    flow_drift(flow, ACCOUNT, "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}");
    flow_faults(flow, "[{'match': 'GET .*/vaults/kv-openai-prod\\\\?', 'status': 403, "
                      "'code': 'AuthorizationFailed', 'message': 'no', 'times': 0}]");
    cmkd_once(flow);
    expect_error(flow, VAULT, "AuthorizationFailed");
    expect_finding(flow, ACCOUNT, "properties.networkAcls.defaultAction", "waiting", "null");
    expect_state(flow, "prod", "unknown");
    expect_exit(flow, 2);
    expect_writes(flow, 0);
}

/* A group that is gone is lost sight, not a lost vault. */
static void a_missing_resource_group_makes_nothing(void **flow)
{
    flow_seed(flow, "{'subscriptions': ['" SUBSCRIPTION "']}");
    flow_config(flow, PROD("", "", "", ""));
    cmkd_once(flow);
    expect_error(flow, VAULT, "ResourceGroupNotFound");
    expect_exit(flow, 2);
    expect_writes(flow, 0);
}

/* More vaults and accounts gone than limits.creations: none is made. */
static void a_mass_absence_makes_nothing(void **flow)
{
    flow_seed(flow, "{'resourceGroups': ['" GROUP "']}");
    flow_config(flow, PROD("'limits': {'creations': 1}, ", "", "", ""));
    cmkd_once(flow);
    expect_finding(flow, VAULT, "", "refused", "null");
    expect_finding(flow, ACCOUNT, "", "refused", "null");
    expect_exit(flow, 1);
    expect_writes(flow, 0);
}

/* One stack would be made at once; another, slower to be seen, turns out to be gone as well. */
static void nothing_is_made_before_every_stack_has_been_looked_at(void **flow)
{
    flow_seed(flow, "{'resourceGroups': ['" GROUP "']}");
    flow_config(flow, "{'stacks': {'prod': {" PLACE ", 'vault': {'name': 'kv-openai-prod'}, "
                      "'key': {'name': 'openai-cmk'}, 'account': {'name': 'oai-prod'}}, "
                      "'slow': {" PLACE ", 'vault': {'name': 'kv-slow'}, 'key': {'name': 'cmk'}, "
                      "'account': {'name': 'oai-slow'}}}}");
    flow_faults(flow, "[{'op': 'delay', 'match': 'GET .*/(kv|oai)-slow', 'ms': 3000}]");
    cmkd_once(flow);
    expect_finding(flow, VAULT, "", "refused", "null");
    expect_finding(flow, ACCOUNT, "", "refused", "null");
    expect_writes(flow, 0);
}

static void changes_stop_at_the_limit_and_go_on_in_the_next_pass(void **flow)
{
    prod_good(flow, PROD("'limits': {'changesPerPass': 1}, ", "", "", ""));
    flow_drift(flow, VAULT, "{'properties': {'enablePurgeProtection': null}}");
    flow_drift(flow, ACCOUNT, "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}");
    cmkd_once(flow);
    expect_finding(flow, VAULT, "properties.enablePurgeProtection", "patch", "done");
    expect_finding(flow, ACCOUNT, "properties.networkAcls.defaultAction", "refused", "null");
    expect_writes(flow, 1);

    cmkd_once(flow);
    expect_finding(flow, ACCOUNT, "properties.networkAcls.defaultAction", "patch", "done");
    expect_writes(flow, 2);
}

/* Somebody switched the version off: it may be an incident. */
static void a_disabled_version_is_left_alone_and_nothing_is_rotated_or_linked(void **flow)
{
    static const char disable[] =
        "{'keys': {'kv-openai-prod': {'openai-cmk': ["
        "{'version': 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'ageDays': 400, 'enabled': true,"
        " 'kty': 'RSA', 'keySize': 2048},"
        "{'version': '" NEWEST "', 'ageDays': 300, 'enabled': false, 'kty': 'RSA',"
        " 'keySize': 2048}]}}}";
    prod_seed(flow, disable, PROD("", "", ", 'rotation': {'every': 'P90D'}", ""));
    cmkd_once(flow);
    expect_finding(flow, KEY, "properties.attributes.enabled", "refused", "null");
    expect_exit(flow, 1);
    expect_writes(flow, 0);
}

static void a_disabled_version_is_enabled_where_the_operator_said_so(void **flow)
{
    static const char disable[] =
        "{'keys': {'kv-openai-prod': {'openai-cmk': ["
        "{'version': '" NEWEST "', 'ageDays': 30, 'enabled': false, 'kty': 'RSA',"
        " 'keySize': 2048}]}}}";
    prod_seed(flow, disable, PROD("", "", ", 'reenable': true", ""));
    cmkd_once(flow);
    expect_finding(flow, KEY, "properties.attributes.enabled", "action", "done");
    expect_exit(flow, 0);
    expect_quiet(flow);
}

/* The service may have rotated although the answer was lost: one due date makes one version. */
static void a_rotation_of_unknown_outcome_makes_one_version(void **flow)
{
    prod_good(flow, PROD("", "", ", 'rotation': {'every': 'P90D'}", ""));
    flow_age(flow, "kv-openai-prod", "openai-cmk", 100);
    flow_faults(flow, "[{'match': 'POST .*/rotate', 'action': 'close', 'takesEffect': true}]");
    cmkd_once(flow);
    expect_sent(flow, "^POST .*/rotate", NULL, 1);
    expect_finding(flow, ACCOUNT, "properties.encryption.keyVaultProperties.keyVersion", "patch",
                   "done");
    expect_quiet(flow);
}

/* Resource Manager shows an old list, by which a rotation is due; the vault itself knows better. */
static void a_rotation_that_the_vault_shows_to_be_done_is_not_sent(void **flow)
{
    AUTO(text)
    char *stale = mem_format(
        "[{'match': 'GET https://management.azure.com/.*/keys/openai-cmk/versions', 'status': 200, "
        "'times': 0, 'body': {'value': [{'id': '" KEY "/versions/"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'properties': {'attributes': {'enabled': true, "
        "'created': %lld}, 'keyUriWithVersion': 'https://kv-openai-prod.vault.azure.net/keys/"
        "openai-cmk/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}}]}}]",
        (long long)time(NULL) - 120 * 86400);
    prod_good(flow, PROD("'limits': {'onceDeadline': 'PT5S'}, ", "",
                         ", 'rotation': {'every': 'P90D'}", ""));
    flow_faults(flow, stale);
    cmkd_once(flow);
    expect_finding(flow, KEY, "rotation.every", "waiting", "null");
    assert_in_range(flow_count_sent(flow, "^GET https://kv-openai-prod.vault.azure.net/.*/versions",
                                    NULL, NULL),
                    1, 3);
    expect_sent(flow, "^POST .*/rotate", NULL, 0);
    expect_exit(flow, 1);
}

/* Clocks that are apart, and a rotation that is due by ours: no. */
static void nothing_that_hangs_on_a_date_is_done_while_the_clocks_are_apart(void **flow)
{
    prod_good(flow, PROD("", "", ", 'rotation': {'every': 'P90D'}", ""));
    flow_age(flow, "kv-openai-prod", "openai-cmk", 100);
    flow_clock(flow, 3600);
    cmkd_once(flow);
    expect_finding(flow, KEY, "rotation.every", "refused", "null");
    expect_exit(flow, 1);
    expect_writes(flow, 0);
}

static void a_refused_write_is_reported_whole_and_stops_no_other(void **flow)
{
    prod_good(flow, PROD("", "", "", ""));
    flow_drift(flow, VAULT, "{'properties': {'enablePurgeProtection': null}}");
    flow_drift(flow, ACCOUNT, "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}");
    flow_faults(flow, "[{'match': 'PATCH .*/vaults/kv-openai-prod\\\\?', 'status': 403, "
                      "'code': 'RequestDisallowedByPolicy', 'message': 'a policy says no', "
                      "'times': 0}]");
    cmkd_once(flow);
    struct json_object *failed =
        expect_finding(flow, VAULT, "properties.enablePurgeProtection", "patch", "failed");
    assert_non_null(strstr(js_string(failed, "reason", ""), "a policy says no"));
    assert_string_not_equal(js_string(failed, "correlationId", ""), "");
    expect_finding(flow, ACCOUNT, "properties.networkAcls.defaultAction", "patch", "done");
    expect_exit(flow, 2);
    expect_sent(flow, "^PATCH .*/vaults/", NULL, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_TEST(audit_mode_finds_and_writes_nothing),
        FLOW_TEST(an_exempt_path_is_reported_and_left_alone),
        FLOW_TEST(a_dry_run_plans_what_the_first_round_sends_and_writes_nothing),
        FLOW_TEST(a_stack_that_cannot_be_seen_whole_has_nothing_written),
        FLOW_TEST(a_missing_resource_group_makes_nothing),
        FLOW_TEST(a_mass_absence_makes_nothing),
        FLOW_TEST(nothing_is_made_before_every_stack_has_been_looked_at),
        FLOW_TEST(changes_stop_at_the_limit_and_go_on_in_the_next_pass),
        FLOW_TEST(a_disabled_version_is_left_alone_and_nothing_is_rotated_or_linked),
        FLOW_TEST(a_disabled_version_is_enabled_where_the_operator_said_so),
        FLOW_TEST(a_rotation_of_unknown_outcome_makes_one_version),
        FLOW_TEST(a_rotation_that_the_vault_shows_to_be_done_is_not_sent),
        FLOW_TEST(nothing_that_hangs_on_a_date_is_done_while_the_clocks_are_apart),
        FLOW_TEST(a_refused_write_is_reported_whole_and_stops_no_other),
    };
    return cmocka_run_group_tests_name("guards", tests, NULL, NULL);
}
