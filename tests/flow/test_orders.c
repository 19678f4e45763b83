/* test_orders.c: an operator orders cmkd to stand back, and it does: over restarts, in mid-pass,
 * for what other stacks share with the held one, and for everything if the orders cannot be read.
 */
#include "prod.h"

#include "base/js.h"
#include "model/orders.h"

#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define OPEN "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}"
#define ACTION "properties.networkAcls.defaultAction"
#define OTHER_STACK                                                                                \
    "{'stacks': {'prod': {" PLACE ", 'vault': {'name': 'kv-openai-prod'}, 'key': {'name': "        \
    "'openai-cmk'}, 'account': {'name': 'oai-prod'}}, 'held': {" PLACE ", 'vault': {'name': "      \
    "'kv-openai-prod'}, 'key': {'name': 'openai-cmk'}, 'account': {'name': 'oai-held'}}}}"

static char *state_directory(void **flow)
{
    return mem_format("%s/state", flow_directory(flow));
}

static void hold_until(void **flow, const char *stack, int64_t until_s)
{
    struct err err;
    AUTO(text) char *folder = state_directory(flow);
    struct order order = {
        .stack = mem_text(stack),
        .reason = mem_text("SEC-1234"),
        .by = mem_text("root"),
        .since_s = 1798761600,
        .until_s = until_s,
    };
    struct order_folder at = {.state_directory = folder};
    mkdir(folder, 0700);
    if (!orders_put(&at, &order, &err))
        flow_fail(flow, "%s", err.message);
    order_done(&order);
}

static void hold(void **flow, const char *stack)
{
    hold_until(flow, stack, ORDER_FOR_EVER);
}

static void release(void **flow, const char *stack)
{
    struct err err;
    AUTO(text) char *folder = state_directory(flow);
    struct order_folder at = {.state_directory = folder};
    if (!orders_remove(&at, ORDER_HOLD, stack, &err))
        flow_fail(flow, "%s", err.message);
}

static void drifted(void **flow, const char *config)
{
    prod_good(flow, config);
    flow_drift(flow, VAULT, OPEN);
    flow_drift(flow, ACCOUNT, OPEN);
    flow_log_clear(flow);
}

static void what_is_on_hold_is_looked_at_and_not_written(void **flow)
{
    drifted(flow, PROD("", "", "", ""));
    hold(flow, "prod");
    cmkd_once(flow);
    struct json_object *found = expect_finding(flow, VAULT, ACTION, "held", "null");
    assert_non_null(strstr(js_string(found, "reason", ""), "SEC-1234"));
    expect_finding(flow, ACCOUNT, ACTION, "held", "null");
    expect_state(flow, "prod", "held");
    expect_said(flow, "prod: ON HOLD.*by root.*SEC-1234");
    expect_exit(flow, 1);
    expect_writes(flow, 0);

    release(flow, "prod");
    cmkd_once(flow);
    expect_exit(flow, 0);
    expect_writes(flow, 2);
    expect_quiet(flow);
}

static void what_another_stack_shares_with_it_is_not_written_either(void **flow)
{
    drifted(flow, OTHER_STACK);
    hold(flow, "held");
    cmkd_once(flow);
    expect_finding(flow, VAULT, ACTION, "held", "null");
    expect_finding(flow, ACCOUNT, ACTION, "patch", "done");
    expect_writes(flow, 1);
}

static void a_hold_of_a_stack_that_is_not_declared_holds_nobody_else(void **flow)
{
    drifted(flow, PROD("", "", "", ""));
    hold(flow, "gone");
    cmkd_once(flow);
    expect_exit(flow, 0);
    expect_writes(flow, 2);
}

static void it_outlives_a_daemon_that_is_killed(void **flow)
{
    prod_good(flow, PROD("'interval': 'PT1H', ", "", "", ""));
    hold(flow, "prod");
    cmkd_start(flow, NULL);
    cmkd_wait_line(flow, "prod: ON HOLD");
    cmkd_kill(flow);

    flow_drift(flow, VAULT, OPEN);
    flow_log_clear(flow);
    cmkd_start(flow, NULL);
    cmkd_wait_notify(flow, "on hold: prod");
    cmkd_wait_line(flow, ACTION " is Allow, should be Deny; held by order");
    expect_writes(flow, 0);

    release(flow, "prod");
    cmkd_signal(flow, SIGUSR1);
    cmkd_wait_line(flow, "no longer on hold");
    cmkd_wait_line(flow, ACTION " was Allow, is Deny again");
    assert_int_equal(cmkd_stop(flow), 0);
}

static void one_whose_time_is_over_has_ended(void **flow)
{
    AUTO(text) char *folder = state_directory(flow);
    AUTO(text) char *file = mem_format("%s/orders/hold-prod.json", folder);
    drifted(flow, PROD("", "", "", ""));
    hold_until(flow, "prod", (int64_t)time(NULL) - 1);
    cmkd_once(flow);
    expect_exit(flow, 0);
    expect_writes(flow, 2);
    expect_said(flow, "prod: no longer on hold: its time is over");
    assert_int_equal(access(file, F_OK), -1);
}

#define A_DAY 86400

/* Azure's clock set back is the own one set ahead. */
static void a_clock_that_is_ahead_ends_no_order(void **flow)
{
    AUTO(text) char *folder = state_directory(flow);
    AUTO(text) char *file = mem_format("%s/orders/hold-prod.json", folder);
    drifted(flow, PROD("", "", "", ""));
    hold_until(flow, "prod", (int64_t)time(NULL) - 1);
    flow_clock(flow, -A_DAY);
    cmkd_once(flow);
    expect_finding(flow, VAULT, ACTION, "held", "null");
    expect_said(flow, "prod: STILL ON HOLD, .* 86[34][0-9]{2} s apart: set the clock");
    expect_exit(flow, 1);
    expect_writes(flow, 0);
    assert_int_equal(access(file, F_OK), 0);

    flow_clock(flow, A_DAY);
    cmkd_once(flow);
    expect_said(flow, "prod: no longer on hold: its time is over");
    expect_writes(flow, 2);
    expect_exit(flow, 0);
    assert_int_equal(access(file, F_OK), -1);
}

/* Nobody but this host says what time it is. */
static void before_azure_has_answered_no_order_ends(void **flow)
{
    AUTO(text) char *folder = state_directory(flow);
    AUTO(text) char *file = mem_format("%s/orders/hold-prod.json", folder);
    drifted(flow, PROD("'limits': {'onceDeadline': 'PT3S'}, ", "", "", ""));
    hold_until(flow, "prod", (int64_t)time(NULL) - 1);
    flow_faults(flow, "[{'match': '.*', 'action': 'close', 'times': 0}]");
    cmkd_once(flow);
    expect_said(flow, "prod: STILL ON HOLD, .*no answer of Azure");
    expect_exit(flow, 2);
    assert_int_equal(access(file, F_OK), 0);
    flow_faults_clear(flow);
    cmkd_once(flow);
    expect_said(flow, "prod: no longer on hold: its time is over");
    expect_exit(flow, 0);
}

/* What would be done is what --once would do; and nothing is taken away. */
static void a_dry_run_reads_the_clocks_alike(void **flow)
{
    AUTO(text) char *folder = state_directory(flow);
    AUTO(text) char *file = mem_format("%s/orders/hold-prod.json", folder);
    drifted(flow, PROD("", "", "", ""));
    hold_until(flow, "prod", (int64_t)time(NULL) - 1);
    flow_clock(flow, -A_DAY);
    cmkd_run(flow, "--once", "--dry-run", "--output", "json", NULL);
    expect_finding(flow, VAULT, ACTION, "held", "null");
    flow_clock(flow, A_DAY);
    cmkd_run(flow, "--once", "--dry-run", "--output", "json", NULL);
    expect_finding(flow, VAULT, ACTION, "patch", "planned");
    expect_writes(flow, 0);
    assert_int_equal(access(file, F_OK), 0);
}

static void a_daemon_says_that_an_order_stands_and_ends_it_when_the_clocks_agree(void **flow)
{
    prod_good(flow, PROD("'interval': 'PT1H', ", "", "", ""));
    hold_until(flow, "prod", (int64_t)time(NULL) - 1);
    flow_clock(flow, -A_DAY);
    cmkd_start(flow, NULL);
    cmkd_wait_line(flow, "prod: STILL ON HOLD");
    cmkd_wait_notify(flow, "on hold: prod; holds whose time is over stand: ");
    flow_drift(flow, VAULT, OPEN);
    cmkd_signal(flow, SIGUSR1);
    cmkd_wait_line(flow, ACTION " is Allow, should be Deny; held by order");
    cmkd_wait_line(flow, "pass: ");
    flow_clock(flow, A_DAY);
    cmkd_signal(flow, SIGUSR1);
    cmkd_wait_line(flow, "prod: no longer on hold: its time is over");
    cmkd_wait_line(flow, ACTION " was Allow, is Deny again");
    assert_int_equal(cmkd_stop(flow), 0);
    const char *said = strstr(cmkd_stderr(flow), "STILL ON HOLD");
    assert_null(strstr(said + 1, "STILL ON HOLD")); /* once */
}

/* Between two writes of one round: what was judged before the order is not sent after it. */
static void one_that_comes_in_mid_pass_wins_at_once(void **flow)
{
    drifted(flow, PROD("", "", "", ""));
    flow_faults(flow, "[{'op': 'delay', 'match': '^PATCH .*/vaults/', 'ms': 1500}]");
    cmkd_start(flow, "--once", NULL);
    flow_await(flow, "^PATCH .*/vaults/kv-openai-prod");
    hold(flow, "prod");
    cmkd_end(flow);
    expect_exit(flow, 1);
    expect_writes(flow, 1);
    expect_sent(flow, "^PATCH .*/accounts/", NULL, 0);
    expect_said(flow, "oai-prod.*held by order");
}

/* ---- what cannot be read ----------------------------------------------------------------------
 */

static void orders_that_cannot_be_read_stop_every_write(void **flow)
{
    AUTO(text) char *folder = state_directory(flow);
    AUTO(text) char *path = mem_format("%s/orders/hold-somebody.json", folder);
    drifted(flow, PROD("", "", "", ""));
    hold(flow, "somebody");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("{", file);
    fclose(file);
    cmkd_once(flow);
    expect_finding(flow, VAULT, ACTION, "held", "null");
    expect_said(flow, "orders cannot be read, NOTHING is written.*hold-somebody.json.*not JSON");
    expect_exit(flow, 1);
    expect_writes(flow, 0);

    assert_int_equal(unlink(path), 0);
    cmkd_once(flow);
    expect_exit(flow, 0);
    expect_writes(flow, 2);
}

static void a_daemon_says_so_and_goes_on_when_it_is_mended(void **flow)
{
    AUTO(text) char *folder = state_directory(flow);
    AUTO(text) char *orders = mem_format("%s/orders", folder);
    prod_good(flow, PROD("'interval': 'PT1H', ", "", "", ""));
    mkdir(folder, 0700);
    FILE *file = fopen(orders, "w"); /* no folder */
    assert_non_null(file);
    fclose(file);
    flow_drift(flow, VAULT, OPEN);
    flow_log_clear(flow);
    cmkd_start(flow, NULL);
    cmkd_wait_line(flow, "NOTHING is written to Azure");
    cmkd_wait_notify(flow, "NOTHING is written");
    cmkd_wait_line(flow, ACTION " is Allow, should be Deny; held by order");
    expect_writes(flow, 0);

    assert_int_equal(unlink(orders), 0);
    cmkd_signal(flow, SIGUSR1);
    cmkd_wait_line(flow, "the orders can be read again");
    cmkd_wait_line(flow, ACTION " was Allow, is Deny again");
    assert_int_equal(cmkd_stop(flow), 0);
}

/* ---- what was there and is gone ---------------------------------------------------------------
 */

/* At once: whoever removes one file after the other takes orders back, for all that cmkd can see.
 */
static void folder_is_removed(const char *folder)
{
    AUTO(text) char *orders = mem_format("%s/orders", folder);
    AUTO(text) char *elsewhere = mem_format("%s.gone", folder);
    assert_int_equal(rename(orders, elsewhere), 0);
}

static void folder_is_replaced(const char *folder)
{
    AUTO(text) char *orders = mem_format("%s/orders", folder);
    folder_is_removed(folder);
    assert_int_equal(mkdir(orders, 0700), 0);
}

static void state_directory_is_removed(const char *folder)
{
    AUTO(text) char *elsewhere = mem_format("%s.gone", folder);
    assert_int_equal(rename(folder, elsewhere), 0);
}

static struct gone_case {
    const char *name;
    void (*happens)(const char *state_directory);
} gone[] = {
    {"the folder of orders is removed", folder_is_removed},
    {"another, empty one stands in its place", folder_is_replaced},
    {"the state directory is removed", state_directory_is_removed},
};

/* What stood in them is not known any more: no hold may be taken for released by it. */
static void orders_that_are_gone_stop_every_write(void **flow)
{
    const struct gone_case *c = flow_row(flow);
    AUTO(text) char *folder = state_directory(flow);
    prod_good(flow, PROD("'interval': 'PT1H', ", "", "", ""));
    hold(flow, "prod");
    cmkd_start(flow, NULL);
    cmkd_wait_line(flow, "prod: ON HOLD");
    cmkd_wait_notify(flow, "1 of 1 stack in sync; on hold: prod");
    c->happens(folder);
    flow_drift(flow, VAULT, OPEN);
    flow_log_clear(flow);
    cmkd_signal(flow, SIGUSR1);
    cmkd_wait_line(flow, "NOTHING is written to Azure");
    cmkd_wait_line(flow, ACTION " is Allow, should be Deny; held by order");
    cmkd_wait_notify(flow, "on hold: prod; the orders cannot be read: NOTHING is written");
    assert_int_equal(cmkd_stop(flow), 0);
    expect_said(flow, "stop cmkd, record with cmkctl what shall stand .*, and start it");
    expect_writes(flow, 0);

    hold(flow, "prod"); /* as it says */
    cmkd_once(flow);
    expect_finding(flow, VAULT, ACTION, "held", "null");
    expect_writes(flow, 0);
    release(flow, "prod");
    cmkd_once(flow);
    expect_writes(flow, 1);
    expect_exit(flow, 0);
}

static void orders_that_go_in_mid_pass_stop_the_next_write(void **flow)
{
    AUTO(text) char *folder = state_directory(flow);
    drifted(flow, PROD("", "", "", ""));
    hold(flow, "other");
    release(flow, "other"); /* the folder is there from now on */
    flow_faults(flow, "[{'op': 'delay', 'match': '^PATCH .*/vaults/', 'ms': 1500}]");
    cmkd_start(flow, "--once", NULL);
    flow_await(flow, "^PATCH .*/vaults/kv-openai-prod");
    AUTO(text) char *orders = mem_format("%s/orders", folder);
    assert_int_equal(rmdir(orders), 0);
    cmkd_end(flow);
    expect_exit(flow, 1);
    expect_writes(flow, 1);
    expect_sent(flow, "^PATCH .*/accounts/", NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_TEST(what_is_on_hold_is_looked_at_and_not_written),
        FLOW_TEST(what_another_stack_shares_with_it_is_not_written_either),
        FLOW_TEST(a_hold_of_a_stack_that_is_not_declared_holds_nobody_else),
        FLOW_TEST(it_outlives_a_daemon_that_is_killed),
        FLOW_TEST(one_whose_time_is_over_has_ended),
        FLOW_TEST(a_clock_that_is_ahead_ends_no_order),
        FLOW_TEST(before_azure_has_answered_no_order_ends),
        FLOW_TEST(a_dry_run_reads_the_clocks_alike),
        FLOW_TEST(a_daemon_says_that_an_order_stands_and_ends_it_when_the_clocks_agree),
        FLOW_TEST(one_that_comes_in_mid_pass_wins_at_once),
        FLOW_TEST(orders_that_cannot_be_read_stop_every_write),
        FLOW_TEST(a_daemon_says_so_and_goes_on_when_it_is_mended),
        FLOW_TEST(orders_that_go_in_mid_pass_stop_the_next_write),
    };
    int failed = cmocka_run_group_tests_name("orders", tests, NULL, NULL);
    return failed + FLOW_CASES_RUN(gone, orders_that_are_gone_stop_every_write);
}
