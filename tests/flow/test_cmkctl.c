/* test_cmkctl.c: cmkctl and a real cmkd: what it prints, and how it ends. */
#include "prod.h"

#include "base/js.h"
#include "child.h"

#include <unistd.h>

#define OPEN "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}"
#define ACTION "properties.networkAcls.defaultAction"
#define SLOWLY "'interval': 'PT1H', "

/* Runs cmkctl with these words; *out and *err, for the caller, what it said. Its exit status. */
static int ctl(void **flow, const char *const words[], char **out, char **err)
{
    const char *argv[16] = {CMKCTL_BINARY};
    struct child child = {0};
    for (size_t i = 0; words[i]; i++)
        argv[i + 1] = words[i];
    child_start(&child, argv, NULL);
    int status = child_wait_end(&child);
    *out = mem_text(child.text[STREAM_OUT]);
    *err = mem_text(child.text[STREAM_ERR]);
    child_done(&child);
    if (status < 0)
        flow_fail(flow, "cmkctl does not end");
    return status;
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* It must end like this, and say that: on standard output if all is well. */
static void expect(void **flow, const char *const words[], int status, const char *said)
{
    AUTO(text) char *out = NULL;
    AUTO(text) char *err = NULL;
    int ended = ctl(flow, words, &out, &err);
    if (ended != status)
        flow_fail(flow, "cmkctl %s ended with %d, not %d: %s%s", words[0], ended, status, out, err);
    if (!strstr(out, said) && !strstr(err, said))
        flow_fail(flow, "cmkctl %s does not say \"%s\": %s%s", words[0], said, out, err);
}

static void running(void **flow, const char *config)
{
    prod_good(flow, config);
    cmkd_start(flow, NULL);
    cmkd_wait_notify(flow, "1 of 1 stack in sync");
    flow_log_clear(flow);
}

static void it_asks_a_running_cmkd(void **flow)
{
    running(flow, PROD(SLOWLY, "", "", ""));
    expect(flow, WORDS("status"), 0, "prod   enforce  insync");
    flow_drift(flow, VAULT, OPEN);
    expect(flow, WORDS("plan"), 0, "    " ACTION ": patch, planned\n      - Allow\n      + Deny\n");
    expect_writes(flow, 0);
    expect(flow, WORDS("reconcile", "--wait", "prod"), 0, ACTION " was Allow, is Deny again");
    expect_writes(flow, 1);
    flow_drift(flow, VAULT, OPEN);
    expect(flow, WORDS("reconcile"), 0, "cmkd looks now");
    cmkd_wait_line(flow, ACTION " was Allow, is Deny again");
    cmkd_wait_line(flow, ACTION " was Allow, is Deny again");
    assert_int_equal(cmkd_stop(flow), 0);
}

static void what_it_prints_for_programs_is_json(void **flow)
{
    static const char *const commands[] = {"status", "plan", "reconcile"};
    running(flow, PROD(SLOWLY, "", "", ""));
    for (size_t i = 0; i < COUNT(commands); i++) {
        AUTO(text) char *out = NULL;
        AUTO(text) char *said = NULL;
        struct err err;
        AUTO(json) struct json_object *tree = NULL;
        bool waits = strcmp(commands[i], "reconcile") == 0;
        assert_int_equal(
            ctl(flow, WORDS(commands[i], "--json", waits ? "--wait" : "prod"), &out, &said), 0);
        assert_true(js_parse(out, strlen(out), &tree, &err));
        assert_non_null(js_array(tree, "stacks"));
    }
    assert_int_equal(cmkd_stop(flow), 0);
}

static void orders_go_through_the_daemon(void **flow)
{
    running(flow, PROD(SLOWLY, "", "", ""));
    expect(flow, WORDS("hold", "prod"), 64, "wants a --reason");
    expect(flow, WORDS("hold", "prod", "--reason", "x", "--until", "2020-01-01"), 64,
           "not a time to come");
    expect(flow, WORDS("hold", "nobody", "--reason", "x"), 64, "no such stack");
    expect(flow, WORDS("hold", "prod", "--reason", "SEC-1", "--until", "2999-01-01"), 0,
           "prod: on hold, by root since ");
    expect(flow, WORDS("status"), 0, "ON HOLD, by root since ");
    expect(flow, WORDS("status"), 0, "until 2999-01-02T00:00:00Z: SEC-1");
    flow_drift(flow, VAULT, OPEN);
    expect(flow, WORDS("reconcile", "--wait"), 1, "held");
    expect_writes(flow, 0);
    expect(flow, WORDS("release", "prod"), 0, "prod: released");
    cmkd_wait_line(flow, ACTION " was Allow, is Deny again");
    expect(flow, WORDS("release", "prod"), 65, "there is no order for prod");
    assert_int_equal(cmkd_stop(flow), 0);
}

/* The order is on disk, and the daemon obeys it when it starts. */
static void with_the_daemon_down_root_records_an_order(void **flow)
{
    AUTO(text) char *config = mem_format("%s/cmkd.json", flow_directory(flow));
    if (geteuid() != 0)
        flow_fail(flow, "orders need root: run the tests as root");
    prod_good(flow, PROD(SLOWLY, "", "", ""));
    expect(flow, WORDS("status"), 69, "cmkd does not run");
    expect(flow, WORDS("plan"), 69, "cmkd does not run");
    expect(flow, WORDS("reconcile"), 69, "cmkd does not run");
    expect(flow, WORDS("hold", "prod", "--reason", "SEC-1", "--config", config), 75,
           "recorded, NOT executed");
    flow_drift(flow, VAULT, OPEN);
    cmkd_once(flow);
    expect_finding(flow, VAULT, ACTION, "held", "null");
    expect_writes(flow, 0);
    expect(flow, WORDS("release", "prod", "--config", config), 75, "recorded, NOT executed");
    expect(flow, WORDS("release", "prod", "--config", config), 65, "there is no order");
    expect(flow, WORDS("hold", "prod", "--reason", "x", "--config", "/nonexistent"), 78,
           "NOT recorded");
    cmkd_once(flow);
    expect_exit(flow, 0);
}

static void what_needs_no_daemon_works_without(void **flow)
{
    expect(flow, WORDS("explain", "vault.properties.enablePurgeProtection"), 0, "held at true");
    expect(flow, WORDS("explain", "vault.properties.enablePurgeProtection"), 0, "PCI DSS");
    expect(flow, WORDS("explain", "vault.properties.enablePurgeProtecton"), 64,
           "did you mean \"vault.properties.enablePurgeProtection\"");
    expect(flow, WORDS("explain", "tags.owner"), 0, "key.tags.*");
    expect(flow, WORDS("history", "--directory", "/nonexistent"), 66, "cannot read the journal");
    expect(flow, WORDS("history", "--since", "whenever"), 64, "--since is not a time");
    expect(flow, WORDS("--version"), 0, "cmkctl ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_TEST(it_asks_a_running_cmkd),
        FLOW_TEST(what_it_prints_for_programs_is_json),
        FLOW_TEST(orders_go_through_the_daemon),
        FLOW_TEST(with_the_daemon_down_root_records_an_order),
        FLOW_TEST(what_needs_no_daemon_works_without),
    };
    return cmocka_run_group_tests_name("cmkctl", tests, NULL, NULL);
}
