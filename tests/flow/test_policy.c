/* test_policy.c: the vault's own rotation policy is held like any property, and what the vault
 * makes by it is followed. Each test says at its end how many versions there are. */
#include "revoked.h"

#include "base/js.h"

#include <string.h>

#define LINK "properties.encryption.keyVaultProperties.keyVersion"
#define ACTIONS "properties.rotationPolicy.lifetimeActions"
#define EXPIRY "properties.rotationPolicy.attributes.expiryTime"
#define ROTATE "^POST " KEY_PATTERN "/rotate[?]"
#define PUT "^PUT " KEY_PATTERN "/rotationpolicy[?]"
#define AFTER(time) "{'trigger': {'timeAfterCreate': '" time "'}, 'action': {'type': 'rotate'}}"
#define NOTICE(time) "{'trigger': {'timeBeforeExpiry': '" time "'}, 'action': {'type': 'notify'}}"
#define POLICY(actions, expiry)                                                                    \
    "{'lifetimeActions': [" actions "], 'attributes': {'expiryTime': '" expiry "'}}"
#define OWN(time) ", 'properties': {'rotationPolicy': " POLICY(AFTER(time), "P1Y") "}"
#define SOON "'limits': {'onceDeadline': 'PT5S'}, "

/* The policy as the vault has it, or as somebody sets it. */
static void set_policy(void **flow, const char *policy)
{
    AUTO(json) struct json_object *body = flow_json(policy);
    somebody(flow, "PUT", "/rotationpolicy", json_object_to_json_string(body));
}

static struct json_object *policy_of(struct json_object *state)
{
    return js_object(state, "rotationPolicies.kv-openai-prod.openai-cmk");
}

static void expect_policy(void **flow, const char *actions, const char *expiry)
{
    AUTO(json) struct json_object *state = flow_state(flow);
    AUTO(json) struct json_object *wanted = flow_json(actions);
    struct json_object *policy = policy_of(state);
    if (!js_same(js_find(policy, "lifetimeActions"), wanted) ||
        strcmp(js_string(policy, "attributes.expiryTime", ""), expiry) != 0)
        flow_fail(flow, "the vault's policy is %s", json_object_to_json_string(policy));
}

/* The newest version comes to the age of so many days. */
static void grow_old(void **flow, int days)
{
    flow_age(flow, "kv-openai-prod", "openai-cmk", days - 30);
    flow_log_clear(flow);
}

/* ---- held ----------------------------------------------------------------------------------- */

static void a_declared_policy_is_set_in_one_request(void **flow)
{
    prod_good(flow, PROD("", "", OWN("P90D"), ""));
    flow_log_clear(flow);
    cmkd_once(flow);
    expect_finding(flow, KEY, ACTIONS, "patch", "done");
    expect_finding(flow, KEY, EXPIRY, "patch", "done");
    expect_exit(flow, 0);
    expect_writes(flow, 1);
    expect_policy(flow,
                  "[{'trigger': {'timeAfterCreate': 'P90D'}, 'action': {'type': 'Rotate'}},"
                  " {'trigger': {'timeBeforeExpiry': 'P30D'}, 'action': {'type': 'Notify'}}]",
                  "P1Y");
    expect_quiet(flow);
    expect_versions(flow, 2, 0);
}

/* The notice is not declared, and stays as somebody wants it. */
static void one_that_somebody_changed_is_put_back(void **flow)
{
    prod_good(flow, PROD("", "", OWN("P90D"), ""));
    set_policy(flow, POLICY(NOTICE("P14D") ", " AFTER("P2Y"), "P3Y"));
    flow_log_clear(flow);
    cmkd_once(flow);
    expect_finding(flow, KEY, ACTIONS, "patch", "done");
    expect_finding(flow, KEY, EXPIRY, "patch", "done");
    expect_policy(flow,
                  "[{'trigger': {'timeAfterCreate': 'P90D'}, 'action': {'type': 'Rotate'}},"
                  " {'trigger': {'timeBeforeExpiry': 'P14D'}, 'action': {'type': 'Notify'}}]",
                  "P1Y");
    expect_writes(flow, 1);
    expect_quiet(flow);
    expect_versions(flow, 2, 0);
}

static void a_year_is_twelve_months_and_order_does_not_count(void **flow)
{
    prod_good(flow, PROD("", "",
                         ", 'properties': {'rotationPolicy': " POLICY(
                             AFTER("P12M") ", " NOTICE("P2W"), "P24M") "}",
                         ""));
    set_policy(flow, POLICY(NOTICE("P14D") ", " AFTER("P1Y"), "P2Y"));
    expect_quiet(flow);
}

/* Without any rotation declared a policy with one is drift. */
static void a_rotation_that_nobody_declared_is_taken_out(void **flow)
{
    prod_good(flow,
              PROD("", "", ", 'properties': {'rotationPolicy': {'lifetimeActions': []}}", ""));
    expect_quiet(flow); /* there is none */
    set_policy(flow, POLICY(AFTER("P2Y"), "P3Y"));
    cmkd_once(flow);
    expect_finding(flow, KEY, ACTIONS, "patch", "done");
    expect_policy(flow, "[{'trigger': {'timeBeforeExpiry': 'P30D'}, 'action': {'type': 'Notify'}}]",
                  "P3Y");
    expect_quiet(flow);
    expect_versions(flow, 2, 0);
}

static void in_audit_it_is_only_said(void **flow)
{
    prod_good(flow, PROD("'mode': 'audit', ", "", OWN("P90D"), ""));
    cmkd_once(flow);
    expect_finding(flow, KEY, ACTIONS, "audit", "null");
    expect_sent(flow, PUT, NULL, 0);
    expect_exit(flow, 1);
}

/* Resource Manager takes it with the creation of a key: nothing is left to be done at the vault. */
static void a_key_is_made_with_its_policy(void **flow)
{
    prod_seed(flow,
              "{'keys': {'kv-openai-prod': null}, 'live': {'" ACCOUNT "': {'properties': {"
              "'encryption': null}}, '" GRANT "': null}}",
              PROD("", "", OWN("P90D"), ""));
    flow_settings(flow, "{'operation': 0}");
    flow_log_clear(flow);
    cmkd_once(flow);
    expect_finding(flow, KEY, "", "create", "done");
    expect_exit(flow, 0);
    expect_sent(flow, PUT, NULL, 0);
    expect_policy(flow,
                  "[{'trigger': {'timeAfterCreate': 'P90D'}, 'action': {'type': 'Rotate'}},"
                  " {'trigger': {'timeBeforeExpiry': 'P30D'}, 'action': {'type': 'Notify'}}]",
                  "P1Y");
    expect_quiet(flow);
    expect_versions(flow, 1, 0);
}

/* ---- what stands in the way ------------------------------------------------------------------ */

static void a_vault_that_is_shut_is_reported_and_not_hammered(void **flow)
{
    prod_good(flow, PROD(SOON, "", OWN("P90D"), ""));
    flow_settings(flow, "{'callerAddress': '198.51.100.7'}");
    flow_log_clear(flow);
    cmkd_once(flow);
    struct json_object *found = expect_finding(flow, KEY, ACTIONS, "patch", "failed");
    if (!strstr(js_string(found, "reason", ""), "ForbiddenByFirewall"))
        flow_fail(flow, "the reason is %s", js_string(found, "reason", ""));
    expect_said(flow, "rotate and revoke NOT possible");
    expect_exit(flow, 2);
    expect_sent(flow, PUT, NULL, 1);

    flow_settings(flow, "{'callerAddress': 'allowed'}");
    cmkd_once(flow);
    expect_finding(flow, KEY, ACTIONS, "patch", "done");
    expect_quiet(flow);
    expect_versions(flow, 2, 0);
}

static void a_disabled_version_keeps_the_policy_from_being_written(void **flow)
{
    prod_good(flow, PROD(SOON, "", OWN("P90D"), ""));
    somebody_switches(flow, NEWEST, false);
    flow_log_clear(flow);
    cmkd_once(flow);
    expect_finding(flow, KEY, ACTIONS, "refused", "null");
    expect_sent(flow, PUT, NULL, 0);
    expect_versions(flow, 1, 1);
}

/* The vault goes on rotating: what it makes during a revocation is disabled like the rest. */
static void a_revoked_key_that_its_vault_rotates_stays_revoked(void **flow)
{
    prod_good(flow, PROD(SOON, "", OWN("P90D"), ""));
    cmkd_once(flow);
    record_revocation(flow, "prod");
    cmkd_once(flow);
    expect_versions(flow, 0, 2);
    flow_clock(flow, 200); /* what is made within a minute of the order was under way */
    set_policy(flow, POLICY(AFTER("P60D"), "P1Y"));
    grow_old(flow, 60);
    expect_versions(flow, 1, 2); /* the vault has rotated */
    flow_log_clear(flow);
    cmkd_once(flow);
    expect_versions(flow, 0, 3);
    expect_finding(flow, KEY, ACTIONS, "held", "null");
    expect_sent(flow, PUT, NULL, 0);

    record_restoration(flow);
    cmkd_once(flow);
    expect_versions(flow, 2, 1); /* what was made meanwhile stays disabled */
}

/* ---- the vault rotates ----------------------------------------------------------------------- */

static void what_the_vault_makes_is_followed(void **flow)
{
    prod_good(flow, PROD("", "", OWN("P90D"), ""));
    cmkd_once(flow);
    grow_old(flow, 89);
    expect_quiet(flow);
    grow_old(flow, 31);
    cmkd_once(flow);
    expect_finding(flow, ACCOUNT, LINK, "patch", "done");
    expect_exit(flow, 0);
    expect_sent(flow, ROTATE, NULL, 0);
    expect_writes(flow, 1);
    expect_versions(flow, 3, 0);
    expect_quiet(flow);
}

/* Somebody has disabled the version that the account names, and the vault makes another: it may be
 * an incident, and the account stays where it is. */
static void what_the_vault_makes_in_an_incident_is_not_followed(void **flow)
{
    prod_good(flow, PROD(SOON, "", OWN("P90D"), ""));
    cmkd_once(flow);
    somebody_switches(flow, NEWEST, false);
    grow_old(flow, 91);
    cmkd_once(flow);
    expect_finding(flow, KEY, "properties.attributes.enabled", "refused", "null");
    expect_finding(flow, ACCOUNT, LINK, "refused", "null");
    expect_said(flow, "A KEY VERSION IS DISABLED");
    expect_writes(flow, 0);
    expect_versions(flow, 2, 1);
}

/* ---- both ------------------------------------------------------------------------------------ */

#define BOTH(own, every) OWN(own) ", 'rotation': {'every': '" every "'}"

static void both_and_cmkd_is_first(void **flow)
{
    prod_good(flow, PROD("", "", BOTH("P100D", "P90D"), ""));
    cmkd_once(flow);
    grow_old(flow, 90);
    cmkd_once(flow);
    expect_finding(flow, KEY, "rotation.every", "action", "done");
    expect_finding(flow, ACCOUNT, LINK, "patch", "done");
    expect_versions(flow, 3, 0);
    grow_old(flow,
             50); /* the policy's hundred days are over for the version before, which is 110 */
    expect_quiet(flow);
    expect_versions(flow, 3, 0);
}

static void both_and_the_vault_is_first(void **flow)
{
    prod_good(flow, PROD("", "", BOTH("P80D", "P90D"), ""));
    cmkd_once(flow);
    grow_old(flow, 90);
    cmkd_once(flow);
    expect_finding(flow, ACCOUNT, LINK, "patch", "done");
    expect_sent(flow, ROTATE, NULL, 0);
    expect_versions(flow, 3, 0);
    expect_quiet(flow);
}

/* The version is as old as cmkd waits for, and the vault rotates within the hour: two requests on
 * their way at once would make two versions. cmkd leaves it to the vault, and follows. */
static void at_the_same_moment_one_version_is_made(void **flow)
{
    prod_seed(flow,
              "{'keys': {'kv-openai-prod': {'openai-cmk': ["
              "{'version': '" OLDER "', 'ageDays': 120}, {'version': '" NEWEST
              "', 'ageDays': 89.998}]}}}",
              PROD(SOON, "", BOTH("P90D", "P89D"), ""));
    set_policy(flow, POLICY(AFTER("P90D"), "P1Y"));
    flow_faults(flow, "[{'op': 'clock', 'match': '" ROTATE "', 'shift': 200}]");
    flow_log_clear(flow);
    cmkd_once(flow);
    expect_finding(flow, KEY, "rotation.every", "waiting", "null");
    expect_sent(flow, ROTATE, NULL, 0);
    expect_versions(flow, 2, 0);

    flow_clock(flow, 200); /* within what clocks may differ */
    cmkd_once(flow);
    expect_finding(flow, ACCOUNT, LINK, "patch", "done");
    expect_exit(flow, 0);
    expect_sent(flow, ROTATE, NULL, 0);
    expect_versions(flow, 3, 0);
    expect_quiet(flow);
}

/* The policy is there only once cmkd's request is on its way: whatever comes first, they agree. */
static void a_policy_that_comes_into_a_rotation_ends_in_agreement(void **flow)
{
    prod_good(flow, PROD("", "", ", 'rotation': {'every': 'P90D'}", ""));
    flow_settings(flow, "{'operation': 0}");
    grow_old(flow, 100);
    flow_faults(flow, "[{'op': 'delay', 'match': '" ROTATE "', 'ms': 1500}]");
    cmkd_start(flow, "--once", NULL);
    flow_await(flow, LIST);
    flow_faults_clear(flow);
    set_policy(flow, POLICY(AFTER("P90D"), "P1Y")); /* a hundred days: it rotates at once */
    cmkd_end(flow);
    expect_exit(flow, 0);
    AUTO(json) struct json_object *state = flow_state(flow);
    assert_in_range(json_object_array_length(js_array(state, "keys.kv-openai-prod.openai-cmk")), 3,
                    4);
    expect_quiet(flow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_TEST(a_declared_policy_is_set_in_one_request),
        FLOW_TEST(one_that_somebody_changed_is_put_back),
        FLOW_TEST(a_year_is_twelve_months_and_order_does_not_count),
        FLOW_TEST(a_rotation_that_nobody_declared_is_taken_out),
        FLOW_TEST(in_audit_it_is_only_said),
        FLOW_TEST(a_key_is_made_with_its_policy),
        FLOW_TEST(a_vault_that_is_shut_is_reported_and_not_hammered),
        FLOW_TEST(a_disabled_version_keeps_the_policy_from_being_written),
        FLOW_TEST(a_revoked_key_that_its_vault_rotates_stays_revoked),
        FLOW_TEST(what_the_vault_makes_is_followed),
        FLOW_TEST(what_the_vault_makes_in_an_incident_is_not_followed),
        FLOW_TEST(both_and_cmkd_is_first),
        FLOW_TEST(both_and_the_vault_is_first),
        FLOW_TEST(at_the_same_moment_one_version_is_made),
        FLOW_TEST(a_policy_that_comes_into_a_rotation_ends_in_agreement),
    };
    return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
