/* test_retirement.c: older versions of the key are disabled once nobody uses them, and never
 * before; new ones expire as declared. */
#include "prod.h"

#include "base/js.h"

#define OLDER "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define RETIREMENT "rotation.retireAfter['" OLDER "']"
#define SOON "'limits': {'onceDeadline': 'PT5S'}, "
#define RETIRE PROD(SOON, "", ", 'rotation': {'every': 'P90D', 'retireAfter': 'P30D'}", "")
#define LONG_AGO "'systemData': {'lastModifiedAt': '2020-01-01T00:00:00.0000000Z'}"
#define DISABLE "^PATCH https://kv-openai-prod[.]vault[.]azure[.]net/keys/openai-cmk/" OLDER
#define LIST "^GET [^?]*/subscriptions/[0-9-]*/providers/Microsoft.CognitiveServices/accounts[?]"
#define DELETED "^GET [^?]*/providers/Microsoft.CognitiveServices/deletedAccounts[?]"

/* Somebody's account, which nobody has declared, in a group of which cmkd knows nothing. */
#define ELSEWHERE                                                                                  \
    SUBSCRIPTION                                                                                   \
    "/resourceGroups/rg-somebody/providers/Microsoft.CognitiveServices/accounts/oai-somebody"
#define RECORD                                                                                     \
    SUBSCRIPTION                                                                                   \
    "/providers/Microsoft.CognitiveServices/locations/swedencentral/resourceGroups/rg-somebody/"   \
    "deletedAccounts/oai-somebody"
#define NAMES(version)                                                                             \
    "'properties': {'provisioningState': 'Succeeded', 'encryption': {'keySource':"                 \
    " 'Microsoft.KeyVault', 'keyVaultProperties': {"                                               \
    "'keyVaultUri': 'https://kv-openai-prod.vault.azure.net/', 'keyName': 'openai-cmk',"           \
    " 'keyVersion': '" version "'}}}"
#define SOMEBODY(version)                                                                          \
    "{'id': '" ELSEWHERE "', 'name': 'oai-somebody', 'location': 'swedencentral',"                 \
    " 'kind': 'OpenAI', 'sku': {'name': 'S0'}, " LONG_AGO ", " NAMES(version) "}"

/* The newest version is thirty days old, and the account has named it all along. */
static void old_enough(void **flow, const char *config)
{
    prod_seed(flow, "{'live': {'" ACCOUNT "': {" LONG_AGO "}}}", config);
    flow_log_clear(flow);
}

/* A resource is there that the harness has not given cmkd any right to. */
static void appear(void **flow, const char *id, const char *body)
{
    AUTO(json) struct json_object *state = flow_state(flow);
    json_object_object_add(js_object(state, "live"), id, flow_json(body));
    struct flow_answer answer = flow_control(flow, "POST", "/seed", state);
    assert_int_equal(answer.status, 200);
    flow_answer_done(&answer);
    flow_log_clear(flow);
}

static bool is_enabled(void **flow, const char *version)
{
    AUTO(json) struct json_object *state = flow_state(flow);
    struct json_object *versions = js_array(state, "keys.kv-openai-prod.openai-cmk");
    for (size_t i = 0; i < json_object_array_length(versions); i++) {
        struct json_object *item = json_object_array_get_idx(versions, i);
        if (strcmp(js_string(item, "version", ""), version) == 0)
            return js_bool(item, "enabled", true);
    }
    flow_fail(flow, "there is no version %s", version);
}

static void expect_versions(void **flow, size_t count)
{
    AUTO(json) struct json_object *state = flow_state(flow);
    assert_int_equal(json_object_array_length(js_array(state, "keys.kv-openai-prod.openai-cmk")),
                     count);
}

static void an_older_version_that_nobody_uses_is_disabled_once(void **flow)
{
    old_enough(flow, RETIRE);
    cmkd_once(flow);
    expect_finding(flow, KEY, RETIREMENT, "action", "done");
    expect_exit(flow, 0);
    expect_writes(flow, 1);
    assert_false(is_enabled(flow, OLDER));
    assert_true(is_enabled(flow, NEWEST));
    expect_said(flow, "an older key version has been disabled");

    flow_log_clear(flow);
    expect_quiet(flow);
    expect_sent(flow, LIST, NULL, 0); /* nothing is due: nobody is asked for */
    expect_sent(flow, DELETED, NULL, 0);
}

static void before_its_time_nothing_is_listed_and_nothing_disabled(void **flow)
{
    old_enough(flow, PROD(SOON, "", ", 'rotation': {'every': 'P90D', 'retireAfter': 'P31D'}", ""));
    cmkd_once(flow);
    expect_no_findings(flow);
    expect_sent(flow, LIST, NULL, 0);
    assert_true(is_enabled(flow, OLDER));
}

static void it_waits_for_an_account_that_nobody_declared(void **flow)
{
    old_enough(flow, RETIRE);
    appear(flow, ELSEWHERE, SOMEBODY(OLDER));
    cmkd_once(flow);
    struct json_object *found = expect_finding(flow, KEY, RETIREMENT, "waiting", "null");
    assert_string_equal(js_string(found, "observed.keptFor", ""), ELSEWHERE);
    expect_exit(flow, 1);
    expect_writes(flow, 0);
    assert_true(is_enabled(flow, OLDER));

    flow_drift(flow, ELSEWHERE, "{" NAMES(NEWEST) "}");
    cmkd_once(flow);
    expect_finding(flow, KEY, RETIREMENT, "action", "done");
    assert_false(is_enabled(flow, OLDER));
}

/* Somebody with all rights deletes something. */
static void delete (void **flow, const char *id)
{
    AUTO(text)
    char *url = mem_format("https://management.azure.com%s?api-version=2025-06-01", id);
    struct flow_answer answer = flow_request(flow, "DELETE", url, NULL, 20000);
    if (answer.status != 200 && answer.status != 202)
        flow_fail(flow, "DELETE %s: %ld %s", id, answer.status, answer.body);
    flow_answer_done(&answer);
}

/* It may be recovered for two days, and would then name a version that is disabled. */
static void it_waits_for_a_deleted_account_that_nobody_declared(void **flow)
{
    old_enough(flow, RETIRE);
    appear(flow, ELSEWHERE, SOMEBODY(OLDER));
    delete (flow, ELSEWHERE);
    cmkd_once(flow);
    struct json_object *found = expect_finding(flow, KEY, RETIREMENT, "waiting", "null");
    assert_string_equal(js_string(found, "observed.keptFor", ""), RECORD);
    expect_exit(flow, 1);
    assert_true(is_enabled(flow, OLDER));

    delete (flow, RECORD);
    cmkd_once(flow);
    expect_finding(flow, KEY, RETIREMENT, "action", "done");
    assert_false(is_enabled(flow, OLDER));
}

/* What the subscription role's right to read accounts is for: without it a list shows what lies in
 * cmkd's own groups, and says nothing of the rest. */
static void without_the_right_to_read_all_accounts_nobody_else_is_seen(void **flow)
{
    flow_withhold(flow, "subscription:Microsoft.CognitiveServices/accounts/read");
    old_enough(flow, RETIRE);
    appear(flow, ELSEWHERE, SOMEBODY(OLDER));
    cmkd_once(flow);
    expect_finding(flow, KEY, RETIREMENT, "action", "done");
}

static void it_waits_while_the_accounts_cannot_be_listed(void **flow)
{
    static const char *const lists[] = {LIST, DELETED};
    old_enough(flow, RETIRE);
    for (size_t i = 0; i < COUNT(lists); i++) {
        AUTO(text)
        char *faults = mem_format("[{'match': '%s', 'status': 403, 'code': 'AuthorizationFailed',"
                                  " 'times': 0}]",
                                  lists[i]);
        flow_faults(flow, faults);
        cmkd_once(flow);
        expect_finding(flow, KEY, RETIREMENT, "waiting", "null");
        expect_writes(flow, 0);
        assert_true(is_enabled(flow, OLDER));
        flow_faults_clear(flow);
    }
}

static void it_waits_while_a_dependant_cannot_be_seen(void **flow)
{
    old_enough(flow, RETIRE);
    flow_faults(flow, "[{'match': '^GET [^?]*/accounts/oai-prod[?]', 'status': 403,"
                      " 'code': 'AuthorizationFailed', 'times': 0}]");
    cmkd_once(flow);
    expect_finding(flow, KEY, RETIREMENT, "waiting", "null");
    expect_exit(flow, 2);
    expect_writes(flow, 0);
    assert_true(is_enabled(flow, OLDER));
    assert_true(is_enabled(flow, NEWEST));
    expect_versions(flow, 2);
}

/* The one that is rotated away stays until its own time. */
static void a_rotation_and_a_retirement_fall_due_together(void **flow)
{
    prod_seed(flow, "{'live': {'" ACCOUNT "': {" LONG_AGO "}}}", RETIRE);
    flow_age(flow, "kv-openai-prod", "openai-cmk", 60);
    flow_log_clear(flow);
    cmkd_once(flow);
    expect_finding(flow, KEY, "rotation.every", "action", "done");
    expect_finding(flow, KEY, RETIREMENT, "action", "done");
    expect_sent(flow, DISABLE, NULL, 1);
    assert_false(is_enabled(flow, OLDER));
    assert_true(is_enabled(flow, NEWEST));
    expect_versions(flow, 3);
}

static void a_version_that_a_rotation_makes_expires_as_declared(void **flow)
{
    prod_good(flow, PROD("", "", ", 'rotation': {'every': 'P90D', 'expireAfter': 'P1Y'}", ""));
    flow_age(flow, "kv-openai-prod", "openai-cmk", 60);
    flow_log_clear(flow);
    cmkd_once(flow);
    expect_finding(flow, KEY, "rotation.every", "action", "done");
    expect_finding(flow, KEY, "rotation.expireAfter", "action", "done");
    expect_exit(flow, 0);
    expect_sent(flow, "^PATCH https://kv-openai-prod[.]vault[.]azure[.]net/keys/openai-cmk/",
                "\"exp\":", 1);
    expect_writes(flow, 3); /* rotate, expire, repoint */
    expect_quiet(flow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_TEST(an_older_version_that_nobody_uses_is_disabled_once),
        FLOW_TEST(before_its_time_nothing_is_listed_and_nothing_disabled),
        FLOW_TEST(it_waits_for_an_account_that_nobody_declared),
        FLOW_TEST(it_waits_for_a_deleted_account_that_nobody_declared),
        FLOW_TEST(without_the_right_to_read_all_accounts_nobody_else_is_seen),
        FLOW_TEST(it_waits_while_the_accounts_cannot_be_listed),
        FLOW_TEST(it_waits_while_a_dependant_cannot_be_seen),
        FLOW_TEST(a_rotation_and_a_retirement_fall_due_together),
        FLOW_TEST(a_version_that_a_rotation_makes_expires_as_declared),
    };
    return cmocka_run_group_tests_name("retirement", tests, NULL, NULL);
}
