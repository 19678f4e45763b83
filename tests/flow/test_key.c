/* test_key.c: the life of a key at a glance, as cmkctl tells it. What it prints for programs is
 * what the interface file says, every time. */
#include "ctl.h"
#include "two.h"

#include "base/iso8601.h"
#include "base/js.h"
#include "interface.h"
#include "varlink/idl.h"

#define OLDER "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SLOWLY "'interval': 'PT1H', "
#define KEY_URL "https://kv-openai-prod.vault.azure.net/keys/openai-cmk"
#define LINK "properties.encryption.keyVaultProperties.keyVersion"
#define LONG_AGO "'systemData': {'lastModifiedAt': '2020-01-01T00:00:00.0000000Z'}"
#define SETTLED "{'live': {'" ACCOUNT "': {" LONG_AGO "}}}"
#define STEADY ", 'rotation': {'every': 'P90D', 'retireAfter': 'P60D'}"

/* ---- asking --------------------------------------------------------------------------------- */

static void expect_shape(void **flow, struct json_object *reply)
{
    struct idl *idl = NULL;
    struct err err;
    if (!idl_parse(interface_text(), &idl, &err))
        flow_fail(flow, "%s", err.message);
    const char *wrong = idl_wrong_out(idl, "Key", reply);
    if (wrong)
        flow_fail(flow, "%s is not as the interface says: %s", wrong,
                  json_object_to_json_string(reply));
    idl_free(idl);
}

/* The reply, for the caller, and its one key. */
static struct json_object *ask(void **flow, struct json_object **key)
{
    struct json_object *reply = ctl_json(flow, WORDS("key", "--json"));
    expect_shape(flow, reply);
    assert_int_equal(json_object_array_length(js_array(reply, "keys")), 1);
    *key = json_object_array_get_idx(js_array(reply, "keys"), 0);
    return reply;
}

/* cmkd has begun, and has been through with its first pass. */
static void running(void **flow, const char *patch, const char *config)
{
    prod_seed(flow, patch, config);
    flow_settings(flow, "{'operation': 0}");
    cmkd_start(flow, NULL);
    cmkd_wait_notify(flow, " in sync"); /* or 0 of them */
    flow_log_clear(flow);
}

static struct json_object *version_of(void **flow, struct json_object *key, const char *id)
{
    struct json_object *versions = js_array(key, "versions");
    for (size_t i = 0; i < json_object_array_length(versions); i++)
        if (strcmp(js_string(json_object_array_get_idx(versions, i), "version", ""), id) == 0)
            return json_object_array_get_idx(versions, i);
    flow_fail(flow, "version %s is not told: %s", id, json_object_to_json_string(key));
}

static struct json_object *user_of(void **flow, struct json_object *key, const char *id)
{
    struct json_object *users = js_array(key, "accounts");
    for (size_t i = 0; i < json_object_array_length(users); i++)
        if (strcmp(js_string(json_object_array_get_idx(users, i), "account", ""), id) == 0)
            return json_object_array_get_idx(users, i);
    flow_fail(flow, "account %s is not told: %s", id, json_object_to_json_string(key));
}

static void expect_words(struct json_object *list, const char *words)
{
    AUTO(text) char *found = js_words(list, SIZE_MAX);
    assert_string_equal(found, words);
}

static void expect_version(void **flow, struct json_object *key, const char *id, const char *state,
                           const char *accounts)
{
    struct json_object *version = version_of(flow, key, id);
    assert_string_equal(js_string(version, "state", ""), state);
    expect_words(js_array(version, "accounts"), accounts);
}

/* The step is in whose way? reason is a part of it; outcome NULL: nothing is. */
static void expect_obstacle(void **flow, struct json_object *key, const char *step, size_t index,
                            const char *outcome, const char *reason, const char *account)
{
    struct json_object *list = js_array(js_object(key, step), "obstacles");
    struct json_object *found = json_object_array_get_idx(list, index);
    if (!outcome && !found)
        return;
    if (!outcome || strcmp(js_string(found, "outcome", ""), outcome) != 0 ||
        !strstr(js_string(found, "reason", ""), reason))
        flow_fail(flow, "number %zu of what is in the way of the %s: %s", index, step,
                  json_object_to_json_string(list));
    assert_string_equal(js_string(found, "account", "nobody"), account ? account : "nobody");
}

static void expect_nothing_in_the_way(void **flow, struct json_object *key)
{
    expect_obstacle(flow, key, "rotation", 0, NULL, NULL, NULL);
    expect_obstacle(flow, key, "retirement", 0, NULL, NULL, NULL);
}

static void stop(void **flow)
{
    assert_int_equal(cmkd_stop(flow), 0);
}

/* ---- a good day ----------------------------------------------------------------------------- */

/* When Azure has made the version, and that much later. */
static char *created(void **flow, const char *version, const char *after)
{
    AUTO(json) struct json_object *state = flow_state(flow);
    struct json_object *versions = js_array(state, "keys.kv-openai-prod.openai-cmk");
    struct duration duration = {0};
    char text[ISO8601_TIME_SIZE];
    if (after && !iso8601_parse_duration(after, &duration))
        flow_fail(flow, "%s is no duration", after);
    for (size_t i = 0; i < json_object_array_length(versions); i++) {
        struct json_object *item = json_object_array_get_idx(versions, i);
        if (strcmp(js_string(item, "version", ""), version) != 0)
            continue;
        iso8601_format_time(iso8601_add(js_int(item, "created", 0), duration), text);
        return mem_text(text);
    }
    flow_fail(flow, "there is no version %s", version);
}

static const char steady[] =
    "{'keys': [{'key': '" KEY "', 'stacks': ['prod'], 'mode': 'enforce', 'sight': 'present',"
    " 'seen': '%s', 'order': null, 'incident': null, 'unreached': null, 'versions': ["
    "{'version': '" NEWEST "', 'created': '%s', 'notBefore': null, 'expires': null,"
    " 'state': 'enabled', 'newest': true, 'accounts': ['" ACCOUNT "'], 'restored': false},"
    "{'version': '" OLDER "', 'created': '%s', 'notBefore': null, 'expires': null,"
    " 'state': 'enabled', 'newest': false, 'accounts': [], 'restored': false}],"
    " 'accounts': [{'account': '" ACCOUNT "', 'stacks': ['prod'], 'declared': true,"
    " 'use': 'version', 'version': '" NEWEST "'}], 'othersListed': false,"
    " 'rotation': {'at': '%s', 'never': null, 'due': false, 'rule': 'every', 'period': 'P90D',"
    " 'versions': [], 'obstacles': []},"
    " 'retirement': {'at': '%s', 'never': null, 'due': false, 'rule': 'retireAfter',"
    " 'period': 'P60D', 'versions': ['" OLDER "'], 'obstacles': []}}]}";

static void a_steady_key_tells_all_of_its_life(void **flow)
{
    running(flow, SETTLED, PROD(SLOWLY, "", STEADY, ""));
    struct json_object *key;
    AUTO(json) struct json_object *reply = ask(flow, &key);
    AUTO(text) char *newest = created(flow, NEWEST, NULL);
    AUTO(text) char *older = created(flow, OLDER, NULL);
    AUTO(text) char *rotation = created(flow, NEWEST, "P90D");
    AUTO(text) char *retirement = created(flow, NEWEST, "P60D");
    AUTO(text)
    char *text =
        mem_format(steady, js_string(key, "seen", ""), newest, older, rotation, retirement);
    AUTO(json) struct json_object *expected = flow_json(text);
    if (!js_same(reply, expected))
        flow_fail(flow, "found %s", json_object_to_json_string(reply));
    expect_requests_at_most(flow, 0); /* nobody asks Azure for that */

    expect_ctl(flow, WORDS("key"), 0, "key openai-cmk in kv-openai-prod, of prod: enforce, seen ");
    expect_ctl(flow, WORDS("key", "prod"), 0,
               "  enabled    never                 oai-prod (prod)\n");
    AUTO(text) char *line = mem_format("  rotation:   %s, in ", rotation);
    expect_ctl(flow, WORDS("key"), 0, line);
    expect_ctl(flow, WORDS("key"), 0, ", by retireAfter P60D: " OLDER "\n");
    expect_ctl(flow, WORDS("key", "nobody"), 64, "no such stack is declared: nobody");
    stop(flow);
    expect_ctl(flow, WORDS("key"), 69, "cmkd does not run");
}

/* As README.md says: somebody rotates in the vault, and cmkd points the accounts to the new one. */
static void a_key_that_is_rotated_by_hand_is_followed(void **flow)
{
    running(flow, SETTLED, PROD(SLOWLY, "", STEADY, ""));
    struct flow_answer answer =
        flow_request(flow, "POST", KEY_URL "/rotate?api-version=7.4", "", 20000);
    assert_int_equal(answer.status, 200);
    flow_answer_done(&answer);
    expect_ctl(flow, WORDS("reconcile", "--wait"), 0, "encryption repointed from key version");
    struct json_object *key;
    AUTO(json) struct json_object *reply = ask(flow, &key);
    struct json_object *newest = json_object_array_get_idx(js_array(key, "versions"), 0);
    assert_true(js_bool(newest, "newest", false));
    expect_words(js_array(newest, "accounts"), "[\"" ACCOUNT "\"]");
    expect_version(flow, key, NEWEST, "enabled", "[]");
    expect_words(js_array(key, "retirement.versions"), "[\"" OLDER "\",\"" NEWEST "\"]");
    expect_nothing_in_the_way(flow, key);
    stop(flow);
}

/* ---- on the way ----------------------------------------------------------------------------- */

static void in_the_middle_of_a_rotation_it_tells_who_has_not_followed(void **flow)
{
    prod_seed(flow, TWO_ACCOUNTS,
              "{" SLOWLY
              "'stacks': {'prod': " STACK("oai-prod") ", 'test': " STACK("oai-test") "}}");
    flow_settings(flow, "{'operation': 0}");
    flow_age(flow, "kv-openai-prod", "openai-cmk", 70);
    flow_faults(flow, "[{'match': '^PATCH [^?]*/accounts/oai-test[?]', 'status': 400,"
                      " 'code': 'BadRequest', 'times': 0}]");
    cmkd_start(flow, NULL);
    cmkd_wait_notify(flow, " in sync"); /* or 0 of them */
    struct json_object *key;
    AUTO(json) struct json_object *reply = ask(flow, &key);
    expect_words(js_array(key, "stacks"), "[\"prod\",\"test\"]");
    struct json_object *newest = json_object_array_get_idx(js_array(key, "versions"), 0);
    expect_words(js_array(newest, "accounts"), "[\"" ACCOUNT "\"]");
    expect_version(flow, key, NEWEST, "enabled", "[\"" TEST_ACCOUNT "\"]");
    expect_version(flow, key, OLDER, "disabled", "[]");
    expect_words(js_array(key, "retirement.versions"), "[\"" NEWEST "\"]");
    expect_obstacle(flow, key, "rotation", 0, NULL, NULL, NULL);
    expect_obstacle(flow, key, "retirement", 0, "waiting", "names its newest version",
                    TEST_ACCOUNT);
    expect_ctl(flow, WORDS("key", "test"), 0, "of prod, test: ");
    expect_ctl(flow, WORDS("key"), 0, "names its newest version (oai-test)\n");
    stop(flow);
}

#define ELSEWHERE                                                                                  \
    SUBSCRIPTION                                                                                   \
    "/resourceGroups/rg-openai-prod/providers/Microsoft.CognitiveServices/accounts/oai-somebody"

static void a_retirement_waits_for_an_account_that_nobody_declared(void **flow)
{
    running(flow,
            "{'live': {'" ACCOUNT "': {" LONG_AGO "}, '" ELSEWHERE "': {'id': '" ELSEWHERE "',"
            " 'name': 'oai-somebody', 'location': 'swedencentral', 'kind': 'OpenAI', 'sku':"
            " {'name': 'S0'}, " LONG_AGO ", 'properties': {'provisioningState': 'Succeeded',"
            " 'encryption': {'keySource': 'Microsoft.KeyVault', 'keyVaultProperties': {"
            " 'keyVaultUri': 'https://kv-openai-prod.vault.azure.net/', 'keyName':"
            " 'openai-cmk', 'keyVersion': '" OLDER "'}}}}}}",
            PROD(SLOWLY, "", ", 'rotation': {'every': 'P90D', 'retireAfter': 'P30D'}", ""));
    struct json_object *key;
    AUTO(json) struct json_object *reply = ask(flow, &key);
    struct json_object *user = user_of(flow, key, ELSEWHERE);
    assert_false(js_bool(user, "declared", true));
    expect_words(js_array(user, "stacks"), "[]");
    assert_true(js_bool(key, "othersListed", false));
    expect_version(flow, key, OLDER, "enabled", "[\"" ELSEWHERE "\"]");
    assert_true(js_bool(key, "retirement.due", false));
    expect_obstacle(flow, key, "retirement", 0, "waiting", "names its newest version", ELSEWHERE);
    expect_ctl(flow, WORDS("key"), 0, "oai-somebody (not declared)\n");
    expect_ctl(flow, WORDS("key"), 0, "  retirement: DUE since ");
    stop(flow);
}

static void a_versionless_account_keeps_the_older_versions(void **flow)
{
    running(flow,
            "{'live': {'" ACCOUNT "': {" LONG_AGO ", 'properties': {'encryption':"
            " {'keyVaultProperties': {'keyVersion': null}}}}}}",
            PROD(SLOWLY, "", STEADY,
                 ", 'properties': {'encryption': {'keyVaultProperties': {'keyVersion': ''}}}"));
    struct json_object *key;
    AUTO(json) struct json_object *reply = ask(flow, &key);
    assert_string_equal(js_string(user_of(flow, key, ACCOUNT), "use", ""), "versionless");
    expect_version(flow, key, NEWEST, "enabled", "[]");
    expect_obstacle(flow, key, "retirement", 0, "waiting", "a versionless one does not", ACCOUNT);
    expect_ctl(flow, WORDS("key"), 0, "  without a version: oai-prod (prod)\n");
    stop(flow);
}

/* ---- what stops it -------------------------------------------------------------------------- */

static void audit_says_what_is_due_and_does_nothing(void **flow)
{
    running(flow, SETTLED,
            PROD("'mode': 'audit', " SLOWLY, "",
                 ", 'rotation': {'every': 'P30D', 'retireAfter': 'P60D'}", ""));
    struct json_object *key;
    AUTO(json) struct json_object *reply = ask(flow, &key);
    assert_string_equal(js_string(key, "mode", ""), "audit");
    assert_true(js_bool(key, "rotation.due", false));
    expect_obstacle(flow, key, "rotation", 0, "audit", "the mode is audit", NULL);
    assert_false(js_bool(key, "retirement.due", true));
    expect_obstacle(flow, key, "retirement", 0, "audit", "the mode is audit", NULL);
    expect_ctl(flow, WORDS("key"), 0, "    audit: the mode is audit\n");
    stop(flow);
}

/* A hold that ends before the time is in nobody's way. */
static void a_hold_is_in_the_way_for_as_long_as_it_stands(void **flow)
{
    running(flow, SETTLED, PROD(SLOWLY, "", STEADY, ""));
    struct json_object *key;
    AUTO(text) char *soon = created(flow, NEWEST, "P59D");
    AUTO(text) char *later = created(flow, NEWEST, "P61D");
    expect_ctl(flow, WORDS("hold", "prod", "--reason", "SEC-1", "--until", soon), 0, "on hold");
    AUTO(json) struct json_object *before = ask(flow, &key);
    expect_nothing_in_the_way(flow, key);
    expect_ctl(flow, WORDS("hold", "prod", "--reason", "SEC-2", "--until", later), 0, "on hold");
    AUTO(json) struct json_object *between = ask(flow, &key);
    expect_obstacle(flow, key, "retirement", 0, "held", "SEC-2", NULL);
    expect_obstacle(flow, key, "rotation", 0, NULL, NULL, NULL);
    expect_ctl(flow, WORDS("hold", "prod", "--reason", "SEC-3"), 0, "on hold");
    AUTO(json) struct json_object *for_ever = ask(flow, &key);
    expect_obstacle(flow, key, "rotation", 0, "held", "prod on hold by root since", NULL);
    expect_ctl(flow, WORDS("release", "prod"), 0, "released");
    AUTO(json) struct json_object *after = ask(flow, &key);
    expect_nothing_in_the_way(flow, key);
    stop(flow);
}

static void a_revoked_key_shows_the_order_and_what_it_will_enable(void **flow)
{
    running(flow, SETTLED, PROD(SLOWLY, "", STEADY, ""));
    struct json_object *key;
    expect_ctl(flow, WORDS("revoke", "prod", "--reason", "INC-1", "--yes"), 0, "REVOKED");
    expect_ctl(flow, WORDS("reconcile", "--wait"), 1, "held");
    AUTO(json) struct json_object *reply = ask(flow, &key);
    assert_string_equal(js_string(key, "order.reason", ""), "INC-1");
    assert_true(js_bool(key, "order.done", false));
    assert_int_equal(json_object_array_length(js_array(key, "order.versions")), 2);
    assert_null(js_string(key, "incident", NULL)); /* it was ordered */
    expect_version(flow, key, NEWEST, "disabled", "[\"" ACCOUNT "\"]");
    assert_true(js_bool(version_of(flow, key, OLDER), "restored", false));
    assert_null(js_string(key, "rotation.at", NULL));
    assert_string_equal(js_string(key, "rotation.never", ""), "no version of the key is enabled");
    expect_obstacle(flow, key, "rotation", 0, "held", "is REVOKED by root", NULL);
    expect_obstacle(flow, key, "retirement", 0, "held", "is REVOKED by root", NULL);
    expect_ctl(flow, WORDS("key"), 0, "the key openai-cmk is REVOKED by order of root");
    expect_ctl(flow, WORDS("key"), 0, "  restore enables: ");

    expect_ctl(flow, WORDS("restore", "prod"), 0, "RESTORED");
    expect_ctl(flow, WORDS("reconcile", "--wait"), 0, "");
    AUTO(json) struct json_object *after = ask(flow, &key);
    assert_null(js_object(key, "order"));
    expect_version(flow, key, NEWEST, "enabled", "[\"" ACCOUNT "\"]");
    expect_nothing_in_the_way(flow, key);
    stop(flow);
}

static void a_version_that_somebody_disabled_is_the_loudest_line(void **flow)
{
    running(flow,
            "{'keys': {'kv-openai-prod': {'openai-cmk': [{'version': '" OLDER "', 'kty': 'RSA',"
            " 'ageDays': 120}, {'version': '" NEWEST "', 'kty': 'RSA', 'ageDays': 30,"
            " 'enabled': false}]}}}",
            PROD(SLOWLY, "", STEADY, ""));
    struct json_object *key;
    AUTO(json) struct json_object *reply = ask(flow, &key);
    assert_non_null(js_string(key, "incident", NULL));
    expect_version(flow, key, NEWEST, "disabled", "[\"" ACCOUNT "\"]");
    expect_obstacle(flow, key, "rotation", 0, "refused", "and not by cmkd", NULL);
    assert_string_equal(js_string(key, "retirement.never", ""),
                        "the newest version of the key is disabled");
    expect_ctl(flow, WORDS("key"), 0, "  INCIDENT? a version of the key was disabled");
    stop(flow);
}

static void a_vault_that_cannot_be_reached_is_in_the_way_before_it_is_needed(void **flow)
{
    prod_seed(flow, SETTLED, PROD(SLOWLY, "", STEADY, ""));
    flow_settings(flow, "{'callerAddress': '198.51.100.7'}");
    cmkd_start(flow, NULL);
    cmkd_wait_notify(flow, " in sync"); /* or 0 of them */
    struct json_object *key;
    AUTO(json) struct json_object *reply = ask(flow, &key);
    assert_string_equal(js_string(key, "unreached", ""), "ForbiddenByFirewall");
    assert_string_equal(js_string(key, "sight", ""), "present"); /* by Resource Manager */
    expect_obstacle(flow, key, "rotation", 0, "unreachable", "ForbiddenByFirewall", NULL);
    expect_obstacle(flow, key, "retirement", 0, "unreachable", "ForbiddenByFirewall", NULL);
    expect_ctl(flow, WORDS("key"), 0, "  rotate and revoke are NOT possible: ForbiddenByFirewall");
    stop(flow);
}

static void a_rotation_that_the_vault_refuses_says_why(void **flow)
{
    prod_seed(flow, SETTLED, PROD(SLOWLY, "", ", 'rotation': {'every': 'P30D'}", ""));
    flow_faults(flow, "[{'match': '^POST " KEY_URL "/rotate', 'status': 403,"
                      " 'code': 'Forbidden', 'times': 0}]");
    cmkd_start(flow, NULL);
    cmkd_wait_notify(flow, " in sync"); /* or 0 of them */
    struct json_object *key;
    AUTO(json) struct json_object *reply = ask(flow, &key);
    assert_true(js_bool(key, "rotation.due", false));
    expect_obstacle(flow, key, "rotation", 0, "waiting", "Azure refused it, Forbidden", NULL);
    stop(flow);
}

static void what_a_limit_leaves_for_the_next_pass_says_so(void **flow)
{
    prod_seed(flow,
              "{'live': {'" VAULT "': {'properties': {'networkAcls': {'defaultAction':"
              " 'Allow'}}}}}",
              PROD("'limits': {'changesPerPass': 1}, " SLOWLY, "",
                   ", 'rotation': {'every': 'P30D'}", ""));
    cmkd_start(flow, NULL);
    cmkd_wait_notify(flow, " in sync"); /* or 0 of them */
    struct json_object *key;
    AUTO(json) struct json_object *reply = ask(flow, &key);
    expect_obstacle(flow, key, "rotation", 0, "refused", "changesPerPass", NULL);
    stop(flow);
}

/* ---- what is not there, or not seen --------------------------------------------------------- */

static void a_key_that_is_not_there_yet_has_nothing_to_tell(void **flow)
{
    running(flow,
            "{'keys': {'kv-openai-prod': {'openai-cmk': null}}, 'live': {'" ACCOUNT "': null}}",
            PROD("'mode': 'audit', " SLOWLY, "", STEADY, ""));
    struct json_object *key;
    AUTO(json) struct json_object *reply = ask(flow, &key);
    assert_string_equal(js_string(key, "sight", ""), "absent");
    expect_words(js_array(key, "versions"), "[]");
    assert_string_equal(js_string(user_of(flow, key, ACCOUNT), "use", ""), "none");
    assert_string_equal(js_string(key, "rotation.never", ""), "the key is not there");
    assert_string_equal(js_string(key, "retirement.never", ""), "the key is not there");
    expect_ctl(flow, WORDS("key"), 0, "of prod: audit, NOT THERE\n");
    stop(flow);
}

static void a_key_that_nobody_has_looked_at_yet_says_so(void **flow)
{
    prod_seed(flow, SETTLED, PROD(SLOWLY, "", STEADY, ""));
    flow_faults(flow, "[{'op': 'delay', 'match': '^GET [^?]*/vaults/kv-openai-prod[?]', 'ms':"
                      " 5000, 'times': 1}]");
    cmkd_start(flow, NULL);
    flow_await(flow, "^GET [^?]*/vaults/kv-openai-prod[?]");
    struct json_object *key;
    AUTO(json) struct json_object *reply = ask(flow, &key);
    assert_string_equal(js_string(key, "sight", ""), "unseen");
    assert_null(js_string(key, "seen", NULL));
    assert_string_equal(js_string(key, "rotation.never", ""), "the key has not been looked at yet");
    cmkd_wait_notify(flow, " in sync"); /* or 0 of them */
    AUTO(json) struct json_object *after = ask(flow, &key);
    assert_string_equal(js_string(key, "sight", ""), "present");
    stop(flow);
}

/* What was seen before is told as such. */
static void a_key_that_cannot_be_seen_any_more_is_told_as_it_was(void **flow)
{
    running(flow, SETTLED, PROD(SLOWLY, "", STEADY, ""));
    flow_faults(flow, "[{'match': '^GET [^?]*/keys/openai-cmk[?]', 'status': 403,"
                      " 'code': 'AuthorizationFailed', 'times': 0}]");
    expect_ctl(flow, WORDS("reconcile", "--wait"), 2, "AuthorizationFailed");
    struct json_object *key;
    AUTO(json) struct json_object *reply = ask(flow, &key);
    assert_string_equal(js_string(key, "sight", ""), "forbidden");
    assert_non_null(js_string(key, "seen", NULL));
    expect_version(flow, key, NEWEST, "enabled", "[\"" ACCOUNT "\"]");
    AUTO(text) char *at = created(flow, NEWEST, "P90D");
    assert_string_equal(js_string(key, "rotation.at", ""), at);
    expect_obstacle(flow, key, "rotation", 0, "waiting", "until the key can be seen", NULL);
    expect_ctl(flow, WORDS("key"), 0, "CANNOT be seen (forbidden), seen ");
    stop(flow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_TEST(a_steady_key_tells_all_of_its_life),
        FLOW_TEST(a_key_that_is_rotated_by_hand_is_followed),
        FLOW_TEST(in_the_middle_of_a_rotation_it_tells_who_has_not_followed),
        FLOW_TEST(a_retirement_waits_for_an_account_that_nobody_declared),
        FLOW_TEST(a_versionless_account_keeps_the_older_versions),
        FLOW_TEST(audit_says_what_is_due_and_does_nothing),
        FLOW_TEST(a_hold_is_in_the_way_for_as_long_as_it_stands),
        FLOW_TEST(a_revoked_key_shows_the_order_and_what_it_will_enable),
        FLOW_TEST(a_version_that_somebody_disabled_is_the_loudest_line),
        FLOW_TEST(a_vault_that_cannot_be_reached_is_in_the_way_before_it_is_needed),
        FLOW_TEST(a_rotation_that_the_vault_refuses_says_why),
        FLOW_TEST(what_a_limit_leaves_for_the_next_pass_says_so),
        FLOW_TEST(a_key_that_is_not_there_yet_has_nothing_to_tell),
        FLOW_TEST(a_key_that_nobody_has_looked_at_yet_says_so),
        FLOW_TEST(a_key_that_cannot_be_seen_any_more_is_told_as_it_was),
    };
    return cmocka_run_group_tests_name("key", tests, NULL, NULL);
}
