/* test_manners.c: many deployments in one subscription, and azsim's real token buckets: cmkd keeps
 * to its share of them whatever starts it, and is not told 429 once. */
#include "fleet.h"

#include "base/iso8601.h"
#include "base/js.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>

#define COUNT_OF_FLEET 36
#define REPAIRS 24
#define LIST                                                                                       \
    "^GET https://management.azure.com/subscriptions/[^/]*/providers/Microsoft.KeyVault/vaults\\?"
#define AT_ONCE 4 /* requests may come so much closer together than they were sent */

/* Azure's buckets made small; they fill in the same time as its own. */
#define SHARE 0.5
#define READS 120.0
#define READS_S 12.0
#define WRITES 24.0
#define WRITES_S 1.2
#define BUCKETS                                                                                    \
    "{'throttling': {'reads': {'size': 120, 'refill': 12}, 'writes': {'size': 24, "                \
    "'refill': 1.2}, 'vault': {'size': 4000, 'refill': 400}}}"
#define LIMITS "'limits': {'share': 0.5, 'onceDeadline': 'PT2M'}, "

static double time_of(struct json_object *entry)
{
    int64_t time_s = 0;
    const char *text = js_string(entry, "time", "");
    assert_true(iso8601_parse_time(text, &time_s));
    return (double)time_s + strtod(strchr(text, '.'), NULL);
}

/* What counts against one bucket: of Resource Manager reads or writes. */
static bool is_counted(struct json_object *entry, bool is_write)
{
    bool is_arm =
        strstr(js_string(entry, "publicUrl", ""), "https://management.azure.com/") != NULL;
    bool is_read = strcmp(js_string(entry, "method", ""), "GET") == 0;
    return is_arm && is_read == !is_write;
}

static void expect_no_429(void **flow, struct json_object *log)
{
    for (size_t i = 0; i < json_object_array_length(log); i++)
        if (js_int(json_object_array_get_idx(log, i), "status", 0) == 429)
            flow_fail(flow, "request %zu of %zu was answered with 429", i,
                      json_object_array_length(log));
}

/* In no stretch of time there are more than the share of a bucket that was full, and of what it got
 * meanwhile. Returns how many there are in all. */
static size_t expect_share(void **flow, struct json_object *log, bool is_write, double size,
                           double refill)
{
    size_t count = 0;
    double filled_s = 0, used = 0; /* of our own bucket */
    for (size_t i = 0; i < json_object_array_length(log); i++) {
        struct json_object *entry = json_object_array_get_idx(log, i);
        if (!is_counted(entry, is_write))
            continue;
        double now_s = time_of(entry);
        used = fmax(0, used - (count ? now_s - filled_s : 0) * SHARE * refill) + 1;
        filled_s = now_s;
        count++;
        if (used > SHARE * size + AT_ONCE)
            flow_fail(flow, "%s %zu is beyond the share", is_write ? "write" : "read", count);
    }
    return count;
}

static void expect_manners(void **flow)
{
    AUTO(json) struct json_object *log = flow_log(flow);
    expect_no_429(flow, log);
    /* There was more to ask than one may at once, or this shows nothing. */
    assert_true((double)expect_share(flow, log, false, READS, READS_S) > SHARE * READS + AT_ONCE);
    expect_share(flow, log, true, WRITES, WRITES_S);
}

static void once_keeps_to_the_share(void **flow)
{
    fleet_good(flow, COUNT_OF_FLEET, LIMITS);
    flow_settings(flow, BUCKETS);
    cmkd_once(flow);
    expect_no_findings(flow);
    expect_exit(flow, 0);
    expect_manners(flow);
}

static void repairs_keep_to_the_share(void **flow)
{
    fleet_good(flow, COUNT_OF_FLEET, LIMITS);
    for (int i = 0; i < REPAIRS; i++) {
        AUTO(text) char *vault = mem_format(FLEET_VAULT("%03d"), i);
        flow_drift(flow, vault, "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}");
    }
    flow_settings(flow, BUCKETS);
    cmkd_once(flow);
    expect_exit(flow, 0);
    expect_manners(flow);
    expect_writes(flow, REPAIRS);
    assert_true(REPAIRS > SHARE * WRITES + AT_ONCE);
}

static void a_signal_to_look_now_keeps_to_the_share(void **flow)
{
    fleet_good(flow, COUNT_OF_FLEET, LIMITS "'interval': 'PT1H', ");
    flow_settings(flow, BUCKETS);
    cmkd_start(flow, NULL);
    for (int passes = 0; passes < 2; passes++) {
        flow_await(flow, LIST);
        cmkd_signal(flow, SIGUSR1); /* another pass after the one that begins here */
    }
    flow_await(flow, LIST);
    assert_int_equal(cmkd_stop(flow), 0);
    expect_manners(flow);
}

/* ---- with another in the subscription -------------------------------------------------------- */

/* The other takes two for each of ours, but leaves a third of what all callers may take. */
#define OTHERS_LEAVE 16

static long left_after_one_more(void **flow)
{
    static const char header[] = "x-ms-ratelimit-remaining-subscription-global-reads:";
    struct flow_answer answer = flow_request(
        flow, "GET", "https://management.azure.com" FLEET_VAULT("000") "?api-version=2026-02-01",
        NULL, 30000);
    const char *value = strcasestr(answer.headers, header);
    long left = value ? strtol(value + strlen(header), NULL, 10) : 0;
    flow_answer_done(&answer);
    return left;
}

static void one_that_uses_all_is_slowed_by_others_before_a_429(void **flow)
{
    long left = OTHERS_LEAVE + 1;
    fleet_good(flow, COUNT_OF_FLEET, "'limits': {'share': 1, 'onceDeadline': 'PT2M'}, ");
    flow_settings(flow, "{'throttling': {'globalReads': {'size': 48, 'refill': 6}}}");
    cmkd_start(flow, "--once", NULL);
    for (int i = 0; i < COUNT_OF_FLEET; i++) {
        flow_await(flow, "GET https://management.azure.com/.*/keys/openai-cmk\\?");
        for (int more = 0; more < 2 && left > OTHERS_LEAVE; more++)
            left = left_after_one_more(flow);
    }
    cmkd_end(flow);
    expect_exit(flow, 0);
    AUTO(json) struct json_object *log = flow_log(flow);
    expect_no_429(flow, log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_TEST(once_keeps_to_the_share),
        FLOW_TEST(repairs_keep_to_the_share),
        FLOW_TEST(a_signal_to_look_now_keeps_to_the_share),
        FLOW_TEST(one_that_uses_all_is_slowed_by_others_before_a_429),
    };
    return cmocka_run_group_tests_name("manners", tests, NULL, NULL);
}
