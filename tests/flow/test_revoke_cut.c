/* test_revoke_cut.c: cmkd is killed at every single request of a revocation, and of the restoration
 * after it, Azure having done it or not. The key ends as ordered each time, and what is brought
 * back is what there was: two versions that were enabled, and not the third. */
#include "revoked.h"

#include "base/mem.h"

#define ANY "^[A-Z]+ https://(management[.]azure[.]com|kv-openai-prod[.]vault[.]azure[.]net)/"

static void one_of_three_is_disabled(void **flow)
{
    prod_good(flow, PROD("", "", "", ""));
    somebody(flow, "POST", "/rotate", "");
    somebody_switches(flow, OLDER, false);
    cmkd_once(flow); /* the account follows the new one */
    expect_exit(flow, 0);
    expect_versions(flow, 2, 1);
    flow_log_clear(flow);
}

static void expect_revoked(void **flow)
{
    cmkd_once(flow);
    expect_exit(flow, 1);
    expect_versions(flow, 0, 3);
    expect_recorded(flow, 2);
    flow_log_clear(flow);
}

static void expect_restored(void **flow)
{
    cmkd_once(flow);
    expect_exit(flow, 0);
    expect_versions(flow, 2, 1);
    expect_no_order(flow);
    expect_quiet(flow);
}

/* cmkd is killed while it waits for the answer to the request after so many others. */
static void kill_at(void **flow, int requests, bool takes_effect)
{
    AUTO(text)
    char *fault = mem_format("[{'match': '" ANY "', 'after': %d, 'action': 'stall',"
                             " 'takesEffect': %s}]",
                             requests, takes_effect ? "true" : "false");
    flow_log_clear(flow);
    flow_faults(flow, fault);
    cmkd_start(flow, "--once", NULL);
    for (int i = 0; i <= requests; i++)
        flow_await(flow, ANY);
    cmkd_kill(flow);
    flow_faults_clear(flow);
}

static void sweep(void **flow, bool takes_effect)
{
    one_of_three_is_disabled(flow);
    record_revocation(flow, "prod");
    cmkd_once(flow);
    int revoking = flow_count_sent(flow, ANY, NULL, NULL);
    flow_log_clear(flow);
    record_restoration(flow);
    cmkd_once(flow);
    int restoring = flow_count_sent(flow, ANY, NULL, NULL);
    /* A list, two versions, a list (and one of Resource Manager's); then a look at everything. */
    assert_in_range(revoking, 8, 20);
    assert_in_range(restoring, revoking, 20);

    for (int i = 0; i < restoring; i++) {
        one_of_three_is_disabled(flow);
        record_revocation(flow, "prod");
        if (i < revoking)
            kill_at(flow, i, takes_effect);
        expect_revoked(flow);
        record_restoration(flow);
        kill_at(flow, i, takes_effect);
        expect_restored(flow);
    }
    print_message("killed at each of %d and %d requests, %s: as ordered each time\n", revoking,
                  restoring, takes_effect ? "Azure having done it" : "Azure not having done it");
}

static void killed_before_azure_has_done_it_the_key_ends_as_ordered(void **flow)
{
    sweep(flow, false);
}

static void killed_after_azure_has_done_it_the_key_ends_as_ordered(void **flow)
{
    sweep(flow, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_TEST(killed_before_azure_has_done_it_the_key_ends_as_ordered),
        FLOW_TEST(killed_after_azure_has_done_it_the_key_ends_as_ordered),
    };
    return cmocka_run_group_tests_name("revoke cut", tests, NULL, NULL);
}
