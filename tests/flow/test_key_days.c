/* test_key_days.c: the bad days of a key's rotation. Each test ends by counting the versions: what
 * was there, and what one due date made. */
#include "prod.h"

#include "base/js.h"

#include <string.h>
#include <time.h>

#define OLDER "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LINK "properties.encryption.keyVaultProperties.keyVersion"
#define KEY_URL "https://kv-openai-prod.vault.azure.net/keys/openai-cmk"
#define ROTATE "^POST https://kv-openai-prod[.]vault[.]azure[.]net/keys/openai-cmk/rotate"
#define REPOINT "^PATCH [^?]*/accounts/oai-prod[?]"
#define EVERY ", 'rotation': {'every': 'P90D'}"
#define SOON "'limits': {'onceDeadline': 'PT5S'}, "

/* The newest version is a hundred days old. */
static void rotation_is_due(void **flow, const char *config)
{
    prod_good(flow, config);
    flow_settings(flow, "{'operation': 0}");
    flow_age(flow, "kv-openai-prod", "openai-cmk", 70);
    flow_log_clear(flow);
}

static struct json_object *versions_of(struct json_object *state)
{
    return js_array(state, "keys.kv-openai-prod.openai-cmk");
}

static void expect_versions(void **flow, size_t count)
{
    AUTO(json) struct json_object *state = flow_state(flow);
    size_t found = json_object_array_length(versions_of(state));
    if (found != count)
        flow_fail(flow, "%zu versions, not %zu", found, count);
}

/* The versions that are there beside the two of the beginning, the one made last at the end. */
static const char *made_last(struct json_object *state)
{
    struct json_object *versions = versions_of(state);
    const char *last = NULL;
    for (size_t i = 0; i < json_object_array_length(versions); i++) {
        const char *id = js_string(json_object_array_get_idx(versions, i), "version", "");
        if (strcmp(id, OLDER) != 0 && strcmp(id, NEWEST) != 0)
            last = id;
    }
    return last ? last : NEWEST;
}

static bool is_enabled(void **flow, const char *version)
{
    AUTO(json) struct json_object *state = flow_state(flow);
    struct json_object *versions = versions_of(state);
    for (size_t i = 0; i < json_object_array_length(versions); i++) {
        struct json_object *item = json_object_array_get_idx(versions, i);
        if (strcmp(js_string(item, "version", ""), version) == 0)
            return js_bool(item, "enabled", true);
    }
    flow_fail(flow, "there is no version %s", version);
}

static char *named(void **flow)
{
    AUTO(json) struct json_object *state = flow_state(flow);
    struct json_object *body = NULL;
    json_object_object_get_ex(js_object(state, "live"), ACCOUNT, &body);
    return mem_text(js_string(body, LINK, ""));
}

/* The configuration, with a state directory as another host has its own. */
static void config_of_host(void **flow, const char *host)
{
    AUTO(text)
    char *config = mem_format("{'stateDirectory': '%s/%s', 'stacks': {'prod': {" PLACE
                              ", 'vault': {'name': 'kv-openai-prod'}, 'key': {'name': "
                              "'openai-cmk'" EVERY "}, 'account': {'name': 'oai-prod'}}}}",
                              flow_directory(flow), host);
    flow_config(flow, config);
}

/* Somebody with all rights asks the vault for something. */
static void somebody(void **flow, const char *method, const char *path, const char *body)
{
    AUTO(text) char *url = mem_format(KEY_URL "%s?api-version=7.4", path);
    struct flow_answer answer = flow_request(flow, method, url, body, 20000);
    if (answer.status != 200)
        flow_fail(flow, "%s %s: %ld %s", method, url, answer.status, answer.body);
    flow_answer_done(&answer);
}

/* ---- the answer to the rotation ---------------------------------------------------------------
 */

/* clang-format off */
static struct lost {
    const char *name, *fault;
} answers[] = {
    {"it is lost", "'action': 'close'"},
    {"the connection is reset in its body", "'action': 'reset-in-body'"},
    {"it is cut short", "'action': 'truncate'"},
    {"it is 500", "'status': 500"},
    {"it is 503", "'status': 503, 'headers': [['Retry-After', '1']]"},
    {"it is 504", "'status': 504"},
    {"it is a page of HTML", "'action': 'html'"},
    {"it is 429, and nothing was done", "'status': 429, 'takesEffect': false, 'headers': [['Retry-After', '1']]"},
    {"it is 500, and nothing was done", "'status': 500, 'takesEffect': false"},
};
/* clang-format on */

/* The service has rotated (or not), and cmkd cannot know: it looks before it does anything else. */
static void whatever_becomes_of_the_answer_one_version_is_made(void **flow)
{
    const struct lost *answer = flow_row(flow);
    AUTO(text)
    char *faults = mem_format("[{'match': '" ROTATE "'%s, %s}]",
                              strstr(answer->fault, "takesEffect") ? "" : ", 'takesEffect': true",
                              answer->fault);
    rotation_is_due(flow, PROD("", "", EVERY, ""));
    flow_faults(flow, faults);
    for (int i = 0; i < 3; i++) {
        cmkd_once(flow);
        if (cmkd_exit(flow) == 0)
            break;
    }
    expect_exit(flow, 0);
    expect_versions(flow, 3);
    AUTO(json) struct json_object *state = flow_state(flow);
    AUTO(text) char *version = named(flow);
    assert_string_equal(version, made_last(state));
    expect_quiet(flow);
}

/* clang-format off */
static struct silence {
    const char *name, *takes_effect;
    int rotations; /* in all: what was done is not done again */
} silences[] = {
    {"a rotation that is never answered and was done makes one version",     "true",  1},
    {"a rotation that is never answered and was not done is made once more", "false", 2},
};
/* clang-format on */

/* No answer, no end of the connection. A write is given fifteen seconds at the end of --once, a
 * minute in the daemon; nobody knows then what has become of it. */
static void silence_is_given_up_and_looked_behind(void **flow)
{
    const struct silence *silence = flow_row(flow);
    AUTO(text)
    char *faults =
        mem_format("[{'match': '" ROTATE "', 'action': 'stall', 'takesEffect': %s, 'times': 1}]",
                   silence->takes_effect);
    rotation_is_due(flow, PROD("'limits': {'onceDeadline': 'PT15S'}, ", "", EVERY, ""));
    flow_faults(flow, faults);
    cmkd_once(flow);
    expect_finding(flow, KEY, "rotation.every", "waiting", "null");
    expect_said(flow, "Timeout");
    expect_exit(flow, 1);
    expect_sent(flow, ROTATE, NULL, 1);
    expect_sent(flow, REPOINT, NULL, 0);
    for (int i = 0; i < 3; i++) {
        cmkd_once(flow);
        if (cmkd_exit(flow) == 0)
            break;
    }
    expect_exit(flow, 0);
    expect_sent(flow, ROTATE, NULL, silence->rotations);
    expect_versions(flow, 3);
    AUTO(json) struct json_object *state = flow_state(flow);
    AUTO(text) char *version = named(flow);
    assert_string_equal(version, made_last(state));
    expect_quiet(flow);
}

/* ---- who else is at it ----------------------------------------------------------------------- */

/* Somebody rotates between our last look and our request: two versions, and then agreement on the
 * newest. The vault's own policy is that of test_policy.c. */
static void two_that_rotate_at_once_make_two_versions_and_agree(void **flow)
{
    rotation_is_due(flow, PROD("", "", EVERY, ""));
    flow_faults(flow, "[{'op': 'delay', 'match': '" ROTATE "', 'ms': 1500}]");
    cmkd_start(flow, "--once", NULL);
    flow_await(flow, "^GET " KEY_URL "/versions");
    flow_faults_clear(flow);
    somebody(flow, "POST", "/rotate", "");
    cmkd_end(flow);
    expect_exit(flow, 0);
    AUTO(json) struct json_object *state = flow_state(flow);
    assert_in_range(json_object_array_length(versions_of(state)), 3, 4);
    AUTO(text) char *version = named(flow);
    assert_true(is_enabled(flow, version));
    expect_quiet(flow);
}

/* Two hosts, by mistake: no lock keeps them apart, and each has looked before the other rotates.
 * Two versions at most, and both hosts find the same newest one. */
static void two_hosts_make_two_versions_at_most_and_agree(void **flow)
{
    rotation_is_due(flow, PROD("", "", EVERY, ""));
    config_of_host(flow, "one");
    flow_faults(flow, "[{'op': 'delay', 'match': '" ROTATE "', 'ms': 2000}]");
    cmkd_start(flow, "--once", NULL);
    flow_await(flow, "^GET " KEY_URL "/versions");
    config_of_host(flow, "two");
    assert_int_equal(cmkd_beside(flow), 0);
    cmkd_end(flow);
    expect_exit(flow, 0);
    AUTO(json) struct json_object *state = flow_state(flow);
    assert_in_range(json_object_array_length(versions_of(state)), 3, 4);
    AUTO(text) char *version = named(flow);
    assert_true(is_enabled(flow, version));
    flow_faults_clear(flow);
    expect_quiet(flow); /* host two */
    config_of_host(flow, "one");
    expect_quiet(flow);
}

/* Between the rotation and the repointing somebody switches the new version off: an incident, and
 * the account stays with what works. */
static void a_new_version_that_is_disabled_by_hand_is_not_followed(void **flow)
{
    rotation_is_due(flow, PROD(SOON, "", EVERY, ""));
    flow_faults(flow, "[{'op': 'delay', 'match': '^GET [^?]*/keys/openai-cmk[?]', 'ms': 1000}]");
    cmkd_start(flow, "--once", NULL);
    flow_await(flow, ROTATE);
    AUTO(json) struct json_object *state = flow_state(flow);
    AUTO(text) char *path = mem_format("/%s", made_last(state));
    somebody(flow, "PATCH", path, "{\"attributes\": {\"enabled\": false}}");
    cmkd_end(flow);
    expect_said(flow, "A KEY VERSION IS DISABLED");
    expect_sent(flow, REPOINT, NULL, 0);
    AUTO(text) char *version = named(flow);
    assert_string_equal(version, NEWEST);
    assert_true(is_enabled(flow, NEWEST));

    flow_faults_clear(flow);
    cmkd_once(flow);
    expect_finding(flow, KEY, "properties.attributes.enabled", "refused", "null");
    expect_exit(flow, 1);
    expect_versions(flow, 3);
}

/* ---- what cannot be reached -------------------------------------------------------------------
 */

static void a_vault_that_is_shut_is_reported_and_not_hammered(void **flow)
{
    rotation_is_due(flow, PROD(SOON, "", EVERY, ""));
    flow_settings(flow, "{'callerAddress': '198.51.100.7'}");
    cmkd_once(flow);
    expect_finding(flow, KEY, "rotation.every", "action", "failed");
    expect_said(flow, "rotate and revoke NOT possible");
    expect_exit(flow, 2);
    assert_in_range(flow_count_sent(flow, "^[A-Z]+ https://kv-openai-prod", NULL, NULL), 1, 4);
    expect_sent(flow, ROTATE, NULL, 0); /* it cannot even be looked at */
    expect_versions(flow, 2);
}

/* For as long as the account cannot follow, the version that it names stays, however old the new
 * one grows. */
static void a_version_that_the_account_could_not_leave_stays_enabled(void **flow)
{
    rotation_is_due(flow, PROD(SOON, "", ", 'rotation': {'every': 'P90D', 'retireAfter': 'P1D'}",
                               ", 'tags': {}"));
    flow_faults(flow, "[{'match': '" REPOINT "', 'status': 400, 'code': 'BadRequest',"
                      " 'times': 0}]");
    cmkd_once(flow);
    expect_finding(flow, KEY, "rotation.every", "action", "done");
    expect_finding(flow, ACCOUNT, LINK, "patch", "failed");
    flow_age(flow, "kv-openai-prod", "openai-cmk", 40);
    for (int i = 0; i < 3; i++) {
        cmkd_once(flow);
        expect_finding(flow, KEY, "rotation.retireAfter['" NEWEST "']", "waiting", "null");
        assert_true(is_enabled(flow, NEWEST));
    }
    expect_versions(flow, 3);

    flow_faults_clear(flow);
    cmkd_once(flow);
    AUTO(json) struct json_object *state = flow_state(flow);
    AUTO(text) char *version = named(flow);
    assert_string_equal(version, made_last(state));
    assert_true(is_enabled(flow, NEWEST)); /* a day from the account's last change on */
    expect_versions(flow, 3);
}

/* Resource Manager goes on showing the versions of before: nothing is made twice, and the account
 * follows once it shows the new one. */
static void versions_that_show_late_are_waited_for(void **flow)
{
    AUTO(text)
    char *stale = mem_format(
        "[{'match': 'GET https://management.azure.com/.*/keys/openai-cmk/versions', 'status': 200,"
        " 'times': 4, 'body': {'value': [{'id': '" KEY "/versions/" NEWEST "', 'properties':"
        " {'attributes': {'enabled': true, 'created': %lld}, 'keyUriWithVersion': '" KEY_URL
        "/" NEWEST "'}}]}}]",
        (long long)time(NULL) - 100 * 86400);
    rotation_is_due(flow, PROD("", "", EVERY, ""));
    flow_faults(flow, stale);
    cmkd_once(flow);
    expect_exit(flow, 0);
    expect_sent(flow, ROTATE, NULL, 1);
    expect_versions(flow, 3);
    expect_quiet(flow);
}

/* ---- clocks --------------------------------------------------------------------------------- */

/* By our clock the key is ten years older than by Azure's. */
static void a_clock_that_is_ten_years_ahead_rotates_nothing_and_retires_nothing(void **flow)
{
    prod_good(flow, PROD("", "", ", 'rotation': {'every': 'P90D', 'retireAfter': 'P1D'}", ""));
    flow_clock(flow, -10LL * 365 * 86400);
    cmkd_once(flow);
    expect_finding(flow, KEY, "rotation.retireAfter['" OLDER "']", "refused", "null");
    expect_said(flow, "clock");
    expect_writes(flow, 0);
    expect_versions(flow, 2);
}

/* usage: test.flow.key_days [silence]    what waits for half a minute runs beside the rest */
int main(int count, char **arguments)
{
    if (count == 2 && strcmp(arguments[1], "silence") == 0)
        return FLOW_CASES_RUN(silences, silence_is_given_up_and_looked_behind);
    const struct CMUnitTest tests[] = {
        FLOW_TEST(two_that_rotate_at_once_make_two_versions_and_agree),
        FLOW_TEST(two_hosts_make_two_versions_at_most_and_agree),
        FLOW_TEST(a_new_version_that_is_disabled_by_hand_is_not_followed),
        FLOW_TEST(a_vault_that_is_shut_is_reported_and_not_hammered),
        FLOW_TEST(a_version_that_the_account_could_not_leave_stays_enabled),
        FLOW_TEST(versions_that_show_late_are_waited_for),
        FLOW_TEST(a_clock_that_is_ten_years_ahead_rotates_nothing_and_retires_nothing),
    };
    int failed = FLOW_CASES_RUN(answers, whatever_becomes_of_the_answer_one_version_is_made);
    return failed + cmocka_run_group_tests_name("key days", tests, NULL, NULL);
}
