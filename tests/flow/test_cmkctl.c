/* test_cmkctl.c: cmkctl and a real cmkd: what it prints, and how it ends. */
#include "ctl.h"
#include "prod.h"

#include "base/js.h"

#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#define OPEN "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}"
#define ACTION "properties.networkAcls.defaultAction"
#define SLOWLY "'interval': 'PT1H', "

static void running(void **flow, const char *config)
{
    prod_good(flow, config);
    cmkd_start(flow, NULL);
    cmkd_wait_notify(flow, "1 of 1 stack in sync");
    flow_log_clear(flow);
}

static struct json_object *at(struct json_object *list, size_t index)
{
    return json_object_array_get_idx(list, index);
}

static void it_asks_a_running_cmkd(void **flow)
{
    running(flow, PROD(SLOWLY, "", "", ""));
    expect_ctl(flow, WORDS("status"), 0, "prod   enforce  insync");
    flow_drift(flow, VAULT, OPEN);
    expect_ctl(flow, WORDS("plan"), 0,
               "    " ACTION ": patch, planned\n      - Allow\n      + Deny\n");
    expect_writes(flow, 0);
    expect_ctl(flow, WORDS("reconcile", "--wait", "prod"), 0, ACTION " was Allow, is Deny again");
    expect_writes(flow, 1);
    flow_drift(flow, VAULT, OPEN);
    expect_ctl(flow, WORDS("reconcile"), 0, "cmkd looks now");
    cmkd_wait_line(flow, ACTION " was Allow, is Deny again");
    cmkd_wait_line(flow, ACTION " was Allow, is Deny again");
    assert_int_equal(cmkd_stop(flow), 0);
}

static void what_it_prints_for_programs_is_json(void **flow)
{
    static const char *const commands[] = {"status", "plan", "reconcile"};
    running(flow, PROD(SLOWLY, "", "", ""));
    for (size_t i = 0; i < COUNT(commands); i++) {
        bool waits = strcmp(commands[i], "reconcile") == 0;
        AUTO(json)
        struct json_object *tree =
            ctl_json(flow, WORDS(commands[i], "--json", waits ? "--wait" : "prod"));
        assert_non_null(js_array(tree, "stacks"));
    }
    assert_int_equal(cmkd_stop(flow), 0);
}

static void orders_go_through_the_daemon(void **flow)
{
    running(flow, PROD(SLOWLY, "", "", ""));
    expect_ctl(flow, WORDS("hold", "prod"), 64, "wants a --reason");
    expect_ctl(flow, WORDS("hold", "prod", "--reason", "x", "--until", "2020-01-01"), 64,
               "not a time to come");
    expect_ctl(flow, WORDS("hold", "nobody", "--reason", "x"), 64, "no such stack");
    expect_ctl(flow, WORDS("hold", "prod", "--reason", "SEC-1", "--until", "2999-01-01"), 0,
               "prod: on hold, by root since ");
    expect_ctl(flow, WORDS("status"), 0, "ON HOLD, by root since ");
    expect_ctl(flow, WORDS("status"), 0, "until 2999-01-02T00:00:00Z: SEC-1");
    flow_drift(flow, VAULT, OPEN);
    expect_ctl(flow, WORDS("reconcile", "--wait"), 1, "held");
    expect_writes(flow, 0);
    expect_ctl(flow, WORDS("release", "prod"), 0, "prod: released");
    cmkd_wait_line(flow, ACTION " was Allow, is Deny again");
    expect_ctl(flow, WORDS("release", "prod"), 65, "there is no order for prod");
    assert_int_equal(cmkd_stop(flow), 0);
}

/* What stands is shown with who has made it so, once Azure's log has told. */
static void a_status_names_who_changed_what_stands(void **flow)
{
    running(flow, PROD(SLOWLY "'mode': 'audit', ", "", "", ""));
    flow_drift_by(flow, VAULT, OPEN, "{'caller': 'alice@contoso.com'}");
    flow_drift(flow, ACCOUNT, OPEN); /* by whom, the log does not know */
    expect_ctl(flow, WORDS("reconcile", "--wait"), 1, ACTION ": audit\n");
    cmkd_wait_line(flow, ACTION " was changed by alice@contoso.com at ");
    expect_ctl(flow, WORDS("status"), 0,
               "kv-openai-prod: " ACTION " is Allow, should be Deny: audit: the mode is audit; "
               "changed by alice@contoso.com at ");
    AUTO(json) struct json_object *status = ctl_json(flow, WORDS("status", "--json"));
    struct json_object *findings = js_array(at(js_array(status, "stacks"), 0), "findings");
    assert_int_equal(json_object_array_length(findings), 2);
    for (size_t i = 0; i < 2; i++) {
        bool is_vault = strcmp(js_string(at(findings, i), "resource", ""), VAULT) == 0;
        assert_string_equal(js_string(at(findings, i), "author.caller", ""),
                            is_vault ? "alice@contoso.com" : "");
    }
    assert_int_equal(cmkd_stop(flow), 0);
}

/* The order is on disk, and the daemon obeys it when it starts. */
static void with_the_daemon_down_root_records_an_order(void **flow)
{
    AUTO(text) char *config = mem_format("%s/cmkd.json", flow_directory(flow));
    if (geteuid() != 0)
        flow_fail(flow, "orders need root: run the tests as root");
    prod_good(flow, PROD(SLOWLY, "", "", ""));
    expect_ctl(flow, WORDS("status"), 69, "cmkd does not run");
    expect_ctl(flow, WORDS("plan"), 69, "cmkd does not run");
    expect_ctl(flow, WORDS("reconcile"), 69, "cmkd does not run");
    expect_ctl(flow, WORDS("hold", "prod", "--reason", "SEC-1", "--config", config), 75,
               "recorded, NOT executed");
    flow_drift(flow, VAULT, OPEN);
    cmkd_once(flow);
    expect_finding(flow, VAULT, ACTION, "held", "null");
    expect_writes(flow, 0);
    expect_ctl(flow, WORDS("release", "prod", "--config", config), 75, "recorded, NOT executed");
    expect_ctl(flow, WORDS("release", "prod", "--config", config), 65, "there is no order");
    expect_ctl(flow, WORDS("hold", "prod", "--reason", "x", "--config", "/nonexistent"), 78,
               "NOT recorded");
    cmkd_once(flow);
    expect_exit(flow, 0);
}

/* Who loses access is said before anything is done, and nothing is done that is not meant. */
static void an_incident_is_one_command_and_its_end_another(void **flow)
{
    running(flow, PROD(SLOWLY, "", "", ""));
    expect_ctl(flow, WORDS("revoke", "prod"), 64, "wants a --reason");
    expect_ctl(flow, WORDS("revoke", "nobody", "--reason", "x", "--yes"), 64, "no such stack");
    expect_ctl(flow, WORDS("revoke", "prod", "--reason", "INC-1"), 64, "say --yes");
    expect_ctl(flow, WORDS("revoke", "prod", "--reason", "INC-1"), 64, "accounts/oai-prod");
    expect_ctl(flow, WORDS("revoke", "prod", "--reason", "INC-1"), 64, "does not stop everything");
    expect_writes(flow, 0);
    expect_ctl(flow, WORDS("restore", "prod"), 65, "no order to revoke the key of prod");
    expect_ctl(flow, WORDS("revoke", "prod", "--reason", "INC-1", "--yes"), 0,
               "openai-cmk: REVOKED");
    expect_writes(flow, 2);
    expect_ctl(flow, WORDS("status"), 0, "the key openai-cmk is REVOKED by order of root");
    expect_ctl(flow, WORDS("status"), 0, "INC-1; deployments that already run go on");
    expect_ctl(flow, WORDS("revoke", "prod", "--reason", "again", "--yes"), 0,
               "is REVOKED by order");
    expect_writes(flow, 2);
    expect_ctl(flow, WORDS("restore", "prod"), 0, "openai-cmk: RESTORED, 2 versions");
    expect_writes(flow, 4);
    expect_ctl(flow, WORDS("restore", "prod"), 65, "no order to revoke the key of prod");
    assert_int_equal(cmkd_stop(flow), 0);
}

/* The operator sits at a terminal and types this. The exit status. */
static int revoke_at_a_terminal(const char *typed)
{
    int terminal, status;
    char said[256];
    pid_t child = forkpty(&terminal, NULL, NULL, NULL);
    if (child == 0) {
        execl(CMKCTL_BINARY, CMKCTL_BINARY, "revoke", "prod", "--reason", "INC-1", NULL);
        _exit(127);
    }
    assert_true(child > 0);
    assert_int_equal(write(terminal, typed, strlen(typed)), strlen(typed));
    while (read(terminal, said, sizeof said) > 0)
        ; /* to its end: EIO, once nobody holds the other side */
    assert_int_equal(waitpid(child, &status, 0), child);
    close(terminal);
    return WEXITSTATUS(status);
}

static void at_a_terminal_the_stacks_name_is_asked_for(void **flow)
{
    running(flow, PROD(SLOWLY, "", "", ""));
    assert_int_equal(revoke_at_a_terminal("yes\n"), 64);
    expect_writes(flow, 0);
    assert_int_equal(revoke_at_a_terminal("prod\n"), 0);
    expect_writes(flow, 2);
    assert_int_equal(cmkd_stop(flow), 0);
}

static void what_cannot_be_revoked_yet_ends_with_another_status(void **flow)
{
    running(flow, PROD(SLOWLY, "", "", ""));
    flow_settings(flow, "{'callerAddress': '198.51.100.7'}");
    expect_ctl(flow, WORDS("revoke", "prod", "--reason", "INC-1", "--yes", "--json"), 75,
               "NOT REVOKED: ForbiddenByFirewall");
    expect_ctl(flow, WORDS("status"), 0, "the key openai-cmk is NOT REVOKED as root ordered");
    flow_settings(flow, "{'callerAddress': 'allowed'}");
    cmkd_wait_line(flow, "openai-cmk: REVOKED");
    assert_int_equal(cmkd_stop(flow), 0);
}

static void with_the_daemon_down_a_revocation_is_recorded_and_carried_out_later(void **flow)
{
    AUTO(text) char *config = mem_format("%s/cmkd.json", flow_directory(flow));
    prod_good(flow, PROD(SLOWLY, "", "", ""));
    expect_ctl(flow, WORDS("revoke", "prod", "--reason", "INC-1", "--config", config), 64,
               "accounts CANNOT be listed now");
    expect_ctl(flow, WORDS("restore", "prod", "--config", config), 65, "no order to revoke");
    expect_ctl(flow, WORDS("revoke", "nobody", "--reason", "INC-1", "--yes", "--config", config),
               64, "no such stack");
    expect_ctl(flow, WORDS("revoke", "prod", "--reason", "INC-1", "--yes", "--config", config), 75,
               "recorded, NOT executed");
    expect_writes(flow, 0);
    cmkd_once(flow);
    expect_said(flow, "openai-cmk: REVOKED");
    expect_writes(flow, 2);
    expect_ctl(flow, WORDS("restore", "prod", "--config", config), 75, "recorded, NOT executed");
    cmkd_once(flow);
    expect_said(flow, "openai-cmk: RESTORED");
    expect_exit(flow, 0);
    expect_writes(flow, 4);
}

static void what_needs_no_daemon_works_without(void **flow)
{
    expect_ctl(flow, WORDS("explain", "vault.properties.enablePurgeProtection"), 0, "held at true");
    expect_ctl(flow, WORDS("explain", "vault.properties.enablePurgeProtection"), 0, "PCI DSS");
    expect_ctl(flow, WORDS("explain", "vault.properties.enablePurgeProtecton"), 64,
               "did you mean \"vault.properties.enablePurgeProtection\"");
    expect_ctl(flow, WORDS("explain", "tags.owner"), 0, "key.tags.*");
    expect_ctl(flow, WORDS("history", "--directory", "/nonexistent"), 66,
               "cannot read the journal");
    expect_ctl(flow, WORDS("history", "--since", "whenever"), 64, "--since is not a time");
    expect_ctl(flow, WORDS("--version"), 0, "cmkctl ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_TEST(it_asks_a_running_cmkd),
        FLOW_TEST(what_it_prints_for_programs_is_json),
        FLOW_TEST(orders_go_through_the_daemon),
        FLOW_TEST(a_status_names_who_changed_what_stands),
        FLOW_TEST(with_the_daemon_down_root_records_an_order),
        FLOW_TEST(an_incident_is_one_command_and_its_end_another),
        FLOW_TEST(at_a_terminal_the_stacks_name_is_asked_for),
        FLOW_TEST(what_cannot_be_revoked_yet_ends_with_another_status),
        FLOW_TEST(with_the_daemon_down_a_revocation_is_recorded_and_carried_out_later),
        FLOW_TEST(what_needs_no_daemon_works_without),
    };
    return cmocka_run_group_tests_name("cmkctl", tests, NULL, NULL);
}
