/* test_adopt.c: a file of stacks out of what is live; what it says deviates is what cmkd then
 * finds. */
#include "ctl.h"
#include "prod.h"

#include "base/js.h"
#include "base/mem.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOTHING "'stacks': {}"
#define ACTION "properties.networkAcls.defaultAction"

/* The file's path; the caller frees. */
static char *in_folder(void **flow, const char *name)
{
    return mem_format("%s/%s", flow_directory(flow), name);
}

static void write_file(void **flow, const char *name, const char *text)
{
    AUTO(text) char *path = in_folder(flow, name);
    AUTO(fd) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

/* Runs it with these words and the flow's configuration, in which nothing is declared yet; what it
 * prints is for the caller. Nothing but GETs may have been sent. */
static char *adopt(void **flow, const char *first, const char *second, const char *third,
                   const char *fourth, int status, char **said)
{
    AUTO(text) char *config = in_folder(flow, "cmkd.json");
    AUTO(text) char *err = NULL;
    char *out = NULL;
    const char *words[] = {"adopt", "--config", config, first, second, third, fourth, NULL};
    int ended = ctl_run(flow, words, &out, &err);
    if (ended != status)
        flow_fail(flow, "adopt ended with %d, not %d: %s%s", ended, status, out, err);
    expect_sent(flow, "^(PUT|PATCH|POST|DELETE) ", NULL, 0);
    if (said)
        *said = TAKE(err);
    return out;
}

static void declare_nothing(void **flow)
{
    flow_config(flow, "{" NOTHING "}");
}

/* Puts it where the configuration includes it, and looks. */
static void plan(void **flow, const char *text)
{
    write_file(flow, "adopted.json", text);
    flow_config(flow, "{'mode': 'audit', 'include': ['adopted.json']}");
    cmkd_run(flow, "--once", "--dry-run", "--output", "json", NULL);
}

static void expect_text(void **flow, const char *text, const char *part)
{
    if (!strstr(text, part))
        flow_fail(flow, "adopt does not print \"%s\":\n%s", part, text);
}

static void expect_no_text(void **flow, const char *text, const char *part)
{
    if (strstr(text, part))
        flow_fail(flow, "adopt prints \"%s\":\n%s", part, text);
}

static void a_sound_deployment_deviates_in_nothing(void **flow)
{
    prod_seed(flow, "{}", "{" NOTHING "}");
    AUTO(text) char *text = adopt(flow, ACCOUNT, NULL, NULL, NULL, 0, NULL);
    expect_no_text(flow, text, "DEVIATES: p");
    expect_text(flow, text, "// baseline: properties.enablePurgeProtection is true\n");
    expect_no_text(flow, text, "\"mode\":");
    plan(flow, text);
    expect_no_findings(flow);
    expect_exit(flow, 0);
    AUTO(text) char *again = NULL;
    declare_nothing(flow);
    again = adopt(flow, ACCOUNT, NULL, NULL, NULL, 0, NULL);
    assert_string_equal(again, text);
}

/* What somebody did to a sound deployment, and what must come of it. */
static struct drift_case {
    const char *name, *id, *patch, *path, *outcome, *line;
} drifts[] = {
    {"purge protection that is off is told to be switched on for good", VAULT,
     "{'properties': {'enablePurgeProtection': null}}", "properties.enablePurgeProtection", "audit",
     "DEVIATES: properties.enablePurgeProtection is false: will be turned on, cannot be undone\n"},
    {"days of retention cannot be changed", VAULT,
     "{'properties': {'softDeleteRetentionInDays': 7}}", "properties.softDeleteRetentionInDays",
     "impossible",
     "DEVIATES: properties.softDeleteRetentionInDays is 7: the baseline says 90, and cmkd cannot "
     "change it: "},
    {"an open vault will be shut", VAULT,
     "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}", ACTION, "audit",
     "DEVIATES: properties.networkAcls.defaultAction is Allow: will be Deny\n"},
    {"an open account will be shut", ACCOUNT,
     "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}", ACTION, "audit",
     "DEVIATES: properties.networkAcls.defaultAction is Allow: will be Deny\n"},
    {"a value with a line end stays within its comment", VAULT,
     "{'properties': {'networkAcls': {'bypass': 'None\\n\\\"x\\\": {'}}}",
     "properties.networkAcls.bypass", "audit",
     "bypass is None\\n\"x\": {: will be AzureServices\n"},
    {"rules are declared as they are live", ACCOUNT,
     "{'properties': {'networkAcls': {'ipRules': [{'value': '203.0.113.7'}]}}}", NULL, NULL,
     "\"value\": \"203.0.113.7\""},
    {"a versionless link is declared as one", ACCOUNT,
     "{'properties': {'encryption': {'keyVaultProperties': {'keyVersion': ''}}}}", NULL, NULL,
     "\"keyVersion\": \"\""},
    {"a link's address may be in capitals", ACCOUNT,
     "{'properties': {'encryption': {'keyVaultProperties': {'keyVaultUri': "
     "'https://KV-OPENAI-PROD.vault.azure.net/'}}}}",
     NULL, NULL, "\"name\": \"kv-openai-prod\""},
    {"another kind is declared", ACCOUNT, "{'kind': 'AIServices'}", NULL, NULL,
     "\"kind\": \"AIServices\""},
    {"a grant that is gone is told", GRANT, NULL, "", "audit", "DEVIATES: grant: is not there: "},
};

static void what_deviates_is_told_and_found(void **flow)
{
    const struct drift_case *c = flow_row(flow);
    prod_seed(flow, "{}", "{" NOTHING "}");
    flow_drift(flow, c->id, c->patch);
    flow_log_clear(flow);
    AUTO(text) char *text = adopt(flow, ACCOUNT, NULL, NULL, NULL, 0, NULL);
    expect_text(flow, text, c->line);
    plan(flow, text);
    struct json_object *stacks = js_array(cmkd_document(flow), "stacks");
    struct json_object *findings = js_array(json_object_array_get_idx(stacks, 0), "findings");
    if (json_object_array_length(findings) != (c->path ? 1 : 0))
        flow_fail(flow, "other findings than the one:\n%s", text);
    if (c->path)
        expect_finding(flow, "*", c->path, c->outcome, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_TEST(a_sound_deployment_deviates_in_nothing),
    };
    int failed = FLOW_CASES_RUN(drifts, what_deviates_is_told_and_found);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
