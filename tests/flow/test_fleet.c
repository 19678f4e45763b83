/* test_fleet.c: many deployments are looked at by the page, and evenly. What a list shows is
 * believed where it is right, and nothing is made of it where it is not. */
#include "fleet.h"

#include "base/iso8601.h"
#include "base/js.h"

#include <signal.h>

#define COUNT_OF_FLEET 20
#define VAULTS "/providers/Microsoft.KeyVault/vaults"
#define ACCOUNTS "/providers/Microsoft.CognitiveServices/accounts"
#define ASSIGNMENTS "/providers/Microsoft.Authorization/roleAssignments"
#define BY_SUBSCRIPTION "^GET https://management.azure.com/subscriptions/[^/]*"
#define BY_GROUP BY_SUBSCRIPTION "/resourceGroups/[^/]*"
#define OPEN "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}"

static void expect_lists(void **flow, const char *scope, int count)
{
    AUTO(text) char *vaults = mem_format("%s" VAULTS "\\?", scope);
    AUTO(text) char *accounts = mem_format("%s" ACCOUNTS "\\?", scope);
    expect_sent(flow, vaults, NULL, count);
    expect_sent(flow, accounts, NULL, count);
}

/* Reads of single vaults and accounts. */
static void expect_reads(void **flow, int vaults, int accounts)
{
    expect_sent(flow, BY_GROUP VAULTS "/[^/]*\\?", NULL, vaults);
    expect_sent(flow, BY_GROUP ACCOUNTS "/[^/]*\\?", NULL, accounts);
}

static void a_fleet_is_read_by_the_page(void **flow)
{
    fleet_good(flow, COUNT_OF_FLEET, "");
    cmkd_once(flow);
    expect_no_findings(flow);
    expect_exit(flow, 0);
    expect_lists(flow, BY_SUBSCRIPTION, 1);
    expect_lists(flow, BY_GROUP, 0);
    expect_reads(flow, 0, 0);
    /* By its roles cmkd may read the assignments of the group, but not all of the subscription's.
     */
    expect_sent(flow, BY_SUBSCRIPTION ASSIGNMENTS "\\?", NULL, 1);
    expect_sent(flow, BY_GROUP ASSIGNMENTS "\\?", NULL, 1);
    /* Of each key itself and its versions, and a probe of the vault. */
    expect_sent(flow, ".", NULL, 4 + 3 * COUNT_OF_FLEET);
}

static void a_few_are_read_singly(void **flow)
{
    fleet_good(flow, 3, "");
    cmkd_once(flow);
    expect_no_findings(flow);
    expect_lists(flow, BY_SUBSCRIPTION, 0);
    expect_reads(flow, 3, 3);
}

static void what_a_list_shows_to_be_wrong_is_read_before_it_is_repaired(void **flow)
{
    fleet_good(flow, COUNT_OF_FLEET, "");
    flow_drift(flow, FLEET_VAULT("007"), OPEN);
    AUTO(json) struct json_object *before = flow_state(flow);
    cmkd_once(flow);
    expect_finding(flow, FLEET_VAULT("007"), "properties.networkAcls.defaultAction", "patch",
                   "done");
    expect_writes(flow, 1);
    expect_lists(flow, BY_SUBSCRIPTION, 1);
    expect_reads(flow, 2, 2); /* of the one deployment, before and after */
    expect_changed_only(flow, before, FLEET_VAULT("007") ": properties.networkAcls.defaultAction",
                        NULL);
}

/* What a list answers is not what the vault is: a cache behind it is old, or somebody lies. */
static void a_list_alone_is_no_ground_to_write(void **flow)
{
    fleet_good(flow, COUNT_OF_FLEET, "");
    AUTO(json) struct json_object *state = flow_state(flow);
    AUTO(json)
    struct json_object *vault =
        js_copy(json_object_object_get(js_object(state, "live"), FLEET_VAULT("003")));
    AUTO(json)
    struct json_object *fault =
        flow_json("{'match': '" BY_SUBSCRIPTION VAULTS "\\\\?', 'status': 200, 'times': 0}");
    struct json_object *list = json_object_new_array();
    js_put(vault, "properties.networkAcls.defaultAction", json_object_new_string("Allow"));
    json_object_array_add(list, json_object_get(vault));
    js_put(fault, "body.value", list);
    AUTO(json) struct json_object *faults = json_object_new_array();
    json_object_array_add(faults, json_object_get(fault));
    flow_faults_tree(flow, faults);
    cmkd_once(flow);
    expect_no_findings(flow);
    expect_writes(flow, 0);
    expect_reads(flow, COUNT_OF_FLEET, 1); /* what is not in the list is looked for, too */
}

/* The assignments of others are passed over, and one that is missing is looked for, and made. */
static void a_grant_that_no_list_shows_is_made(void **flow)
{
    fleet_good(flow, COUNT_OF_FLEET, "");
    flow_drift(flow, FLEET_GRANT("013"), NULL);
    cmkd_once(flow);
    expect_finding(flow, FLEET_KEY("013") "*", "", "create", "done");
    expect_writes(flow, 1);
    expect_exit(flow, 0);
    expect_sent(flow, "^GET .*/kv-fleet-0(0.|1[0-24-9])/keys/.*" ASSIGNMENTS, NULL, 0);
}

/* A vault that no list shows is gone, or is not: only a read of its own says which. */
static void what_no_list_shows_is_looked_for(void **flow)
{
    fleet_good(flow, COUNT_OF_FLEET, "");
    flow_drift(flow, FLEET_ACCOUNT("011"), NULL);
    cmkd_once(flow);
    expect_finding(flow, FLEET_ACCOUNT("011"), "", "create", "done");
    expect_state(flow, "fleet-011", "repaired");
    expect_exit(flow, 0);
}

/* cmkd's roles need not reach beyond its groups: then it lists these. */
static void lists_by_subscription_that_are_forbidden_are_replaced_by_lists_by_group(void **flow)
{
    fleet_good(flow, COUNT_OF_FLEET, "");
    flow_faults(flow, "[{'match': '" BY_SUBSCRIPTION VAULTS "\\\\?', 'status': 403, "
                      "'code': 'AuthorizationFailed', 'message': 'no', 'times': 0}]");
    cmkd_once(flow);
    expect_no_findings(flow);
    expect_exit(flow, 0);
    expect_sent(flow, BY_SUBSCRIPTION VAULTS "\\?", NULL, 1);
    expect_sent(flow, BY_GROUP VAULTS "\\?", NULL, 1);
    expect_reads(flow, 0, 0);
}

/* Azure answers 500 for a list that is too big for it. */
static void lists_that_fail_are_replaced_by_smaller_ones_and_these_by_reads(void **flow)
{
    fleet_good(flow, COUNT_OF_FLEET, "'interval': 'PT10S', ");
    flow_faults(flow, "[{'match': '" BY_SUBSCRIPTION VAULTS "\\\\?', 'status': 400, "
                      "'code': 'ResponseTooLarge', 'message': 'too big', 'times': 0},"
                      "{'match': '" BY_SUBSCRIPTION ACCOUNTS "\\\\?', 'status': 400, "
                      "'code': 'ResponseTooLarge', 'message': 'too big', 'times': 0},"
                      "{'match': '" BY_GROUP ACCOUNTS "\\\\?', 'status': 400, "
                      "'code': 'ResponseTooLarge', 'message': 'too big', 'times': 0}]");
    cmkd_once(flow);
    expect_no_findings(flow);
    expect_exit(flow, 0);
    expect_lists(flow, BY_SUBSCRIPTION, 1);
    expect_lists(flow, BY_GROUP, 1);
    expect_reads(flow, 0, COUNT_OF_FLEET);
}

/* ---- all was right --------------------------------------------------------------------------- */

/* What shows itself as it did is not judged again, and what does not is. */
static void what_changes_after_all_was_right_is_seen_by_the_next_pass(void **flow)
{
    fleet_good(flow, COUNT_OF_FLEET, "'interval': 'PT1H', ");
    cmkd_start(flow, NULL);
    for (int pass = 0; pass < 3; pass++) {
        flow_await(flow, "^GET .*/kv-fleet-019/keys/openai-cmk/versions");
        cmkd_signal(flow, SIGUSR1);
    }
    expect_writes(flow, 0);
    flow_drift(flow, FLEET_VAULT("003"), OPEN);
    cmkd_signal(flow, SIGUSR1);
    cmkd_wait_line(flow, "kv-fleet-003: properties.networkAcls.defaultAction was Allow, is Deny");
    flow_drift(flow, FLEET_ACCOUNT("003"), OPEN);
    cmkd_signal(flow, SIGUSR1);
    cmkd_wait_line(flow, "oai-fleet-003: properties.networkAcls.defaultAction was Allow, is Deny");
    flow_drift(flow, FLEET_GRANT("004"), NULL);
    cmkd_signal(flow, SIGUSR1);
    cmkd_wait_line(flow, "was not there, has been created");
    flow_drift(flow, FLEET_KEY("005") "/versions/" NEWEST,
               "{'properties': {'attributes': {'enabled': false}}}");
    cmkd_signal(flow, SIGUSR1);
    cmkd_wait_line(flow, "A KEY VERSION IS DISABLED");
    assert_int_equal(cmkd_stop(flow), 0);
    expect_writes(flow, 3);
    expect_sent(flow, "^P[A-Z]* [^?]*fleet-0(0[0-2]|0[5-9]|1.)", NULL, 0);
}

/* The others are through; of this one the vault has been read, or only the probe of its data plane
 * is not back. */
static struct at_work {
    const char *name, *fault;
    int probes; /* that have been asked for then */
} at_work[] = {
    {"its versions are read",
     "[{'op': 'delay', 'match': 'GET .*/kv-fleet-002/keys/openai-cmk/versions', 'ms': 1500}]", 2},
    {"its vault is probed", "[{'match': '^GET https://kv-fleet-002.vault', 'action': 'stall'}]", 3},
};

static void a_signal_is_not_lost_on_one_that_is_at_work(void **flow)
{
    const struct at_work *row = flow_row(flow);
    fleet_good(flow, 3, "'interval': 'PT1H', ");
    flow_faults(flow, row->fault);
    cmkd_start(flow, NULL);
    for (int i = 0; i < row->probes; i++)
        flow_await(flow, "^GET https://kv-fleet-00[0-2].vault");
    flow_drift(flow, FLEET_VAULT("002"), OPEN);
    cmkd_signal(flow, SIGUSR1);
    cmkd_wait_line(flow, "properties.networkAcls.defaultAction was Allow, is Deny again");
    assert_int_equal(cmkd_stop(flow), 0);
}

/* ---- evenly ------------------------------------------------------------------------------- */

#define PARTS 4 /* of an interval */
#define PART_S 3

static int64_t time_of(struct json_object *log, size_t index)
{
    int64_t time_s = 0;
    const char *text = js_string(json_object_array_get_idx(log, index), "time", "");
    assert_true(iso8601_parse_time(text, &time_s));
    return time_s;
}

/* The first pass looks at all at once, for nobody knows yet what it will find; those that follow
 * are spread, so that nothing comes in bursts. */
static void a_steady_pass_is_spread_over_the_interval(void **flow)
{
    fleet_good(flow, COUNT_OF_FLEET, "'interval': 'PT12S', ");
    cmkd_start(flow, NULL);
    flow_await(flow, BY_SUBSCRIPTION VAULTS "\\?");
    flow_await(flow, BY_SUBSCRIPTION VAULTS "\\?"); /* the second pass begins */
    flow_log_clear(flow);
    flow_await(flow, "GET .*/kv-fleet-019/keys/.*/versions");
    AUTO(json) struct json_object *log = flow_log(flow);
    assert_int_equal(cmkd_stop(flow), 0);

    size_t count = json_object_array_length(log), parts[PARTS] = {0};
    for (size_t i = 0; i < count; i++) {
        size_t part = (size_t)(time_of(log, i) - time_of(log, 0)) / PART_S;
        assert_true(part < PARTS);
        parts[part]++;
    }
    for (size_t i = 0; i < PARTS; i++)
        if (!parts[i] || parts[i] * PARTS > 2 * count)
            flow_fail(flow, "of %zu requests %zu %zu %zu %zu in each quarter of the interval",
                      count, parts[0], parts[1], parts[2], parts[3]);
}

/* Nor may it be called a good one, or what waits to show be called right. */
static void a_look_that_a_reload_cuts_off_is_none(void **flow)
{
    fleet_good(flow, COUNT_OF_FLEET, "'interval': 'PT1H', ");
    flow_faults(flow, "[{'match': '" BY_SUBSCRIPTION VAULTS "', 'action': 'stall', 'times': 0}]");
    cmkd_start(flow, NULL);
    cmkd_wait_line(flow, "configuration loaded");
    flow_await(flow, BY_SUBSCRIPTION VAULTS "\\?");
    cmkd_signal(flow, SIGHUP);
    cmkd_wait_line(flow, "configuration loaded");
    cmkd_signal(flow, SIGUSR2);
    cmkd_wait_line(flow, "none looked at yet");
    assert_int_equal(cmkd_stop(flow), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_TEST(a_fleet_is_read_by_the_page),
        FLOW_TEST(a_few_are_read_singly),
        FLOW_TEST(what_a_list_shows_to_be_wrong_is_read_before_it_is_repaired),
        FLOW_TEST(a_list_alone_is_no_ground_to_write),
        FLOW_TEST(a_grant_that_no_list_shows_is_made),
        FLOW_TEST(what_no_list_shows_is_looked_for),
        FLOW_TEST(lists_by_subscription_that_are_forbidden_are_replaced_by_lists_by_group),
        FLOW_TEST(lists_that_fail_are_replaced_by_smaller_ones_and_these_by_reads),
        FLOW_TEST(what_changes_after_all_was_right_is_seen_by_the_next_pass),
        FLOW_TEST(a_steady_pass_is_spread_over_the_interval),
        FLOW_TEST(a_look_that_a_reload_cuts_off_is_none),
    };
    return cmocka_run_group_tests_name("fleet", tests, NULL, NULL) +
           FLOW_CASES_RUN(at_work, a_signal_is_not_lost_on_one_that_is_at_work);
}
