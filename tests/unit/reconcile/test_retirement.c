/* DESIGN section 6, rule 3: older versions are retired once nobody uses them; and the dates of
 * expiry that new ones get. */
#include "world.h"

#include "types/retire.h"

#define V(version, more) "{'version': '" version "', " more "}"
#define RETIRE(period) "{'key': {'rotation': {'every': 'P90D', 'retireAfter': '" period "'}}}"
#define EXPIRE(period) "{'key': {'rotation': {'every': 'P90D', 'expireAfter': '" period "'}}}"
#define GONE(version) "key rotation.retireAfter['" version "'] "
#define LINK(version)                                                                                \
    "'encryption': {'keyVaultProperties': {'keyVaultUri': 'https://kv-openai-prod.vault.azure.net'," \
    " 'keyName': 'openai-cmk', 'keyVersion': '" version "'}}"
#define OTHER(version, state, modified)                                                            \
    "[{'id': '/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/"   \
    "other', 'properties': {" LINK(version) ", 'provisioningState': '" state "'},"                 \
                                            " 'systemData': {'lastModifiedAt': '" modified "'}}]"
#define DELETED(more)                                                                              \
    "[{'id': '/subscriptions/s/providers/Microsoft.CognitiveServices/locations/swedencentral/"     \
    "resourceGroups/g/deletedAccounts/other'" more "}]"
#define RECORD(link)                                                                               \
    DELETED(", 'properties': {" link "'provisioningState': 'Succeeded'},"                          \
            " 'systemData': {'lastModifiedAt': '" LONG_AGO "'}")
#define LONG_AGO "2026-06-01T00:00:00Z"
#define YESTERDAY "2026-12-31T00:00:00Z"
#define UNLISTED "unlisted"

static struct retirement_case {
    const char *name;
    const char *declared, *versions, *account, *others;
    const char *words;
} cases[] = {
    {
        .name = "an older version is retired once the newest is old enough",
        .declared = RETIRE("P30D"),
        .words = GONE(VERSION_A) "action",
    },
    {
        .name = "not a day before",
        .declared = RETIRE("P31D"),
        .words = "",
    },
    {
        .name = "without retireAfter never",
        .declared = "{'key': {'rotation': {'every': 'P90D'}}}",
        .words = "",
    },
    {
        .name = "every older version that is enabled, and no other",
        .declared = RETIRE("P1D"),
        .versions = "[" V(VERSION_C, "'ageDays': 200, 'enabled': false") ", " V(
            VERSION_A, "'ageDays': 120") ", " V("dddddddddddddddddddddddddddddddd",
                                                "'ageDays': 90") ", " V(VERSION_B,
                                                                        "'ageDays': 30") "]",
        .words = GONE(VERSION_A) "action, " GONE("dddddddddddddddddddddddddddddddd") "action",
    },
    {
        .name = "not while the newest is disabled: that is an incident",
        .declared = RETIRE("P1D"),
        .versions = "[" V(VERSION_A, "'ageDays': 80") ", " V(VERSION_B,
                                                             "'ageDays': 30, 'enabled': false") "]",
        .words = "key properties.attributes.enabled refused",
    },
    {
        .name = "not while the account names an older version",
        .declared = RETIRE("P1D"),
        .account = "{'properties': {'encryption': {'keyVaultProperties': {"
                   " 'keyVersion': '" VERSION_A "'}}}}",
        .words = GONE(VERSION_A) "waiting,"
                                 " account properties.encryption.keyVaultProperties.keyVersion"
                                 " patch",
    },
    {
        .name = "not while the account names a version that the list does not show",
        .declared = RETIRE("P1D"),
        .account = "{'properties': {'encryption': {'keyVaultProperties': {"
                   " 'keyVersion': '" VERSION_C "'}}}}",
        .words = GONE(VERSION_A) "waiting,"
                                 " account properties.encryption.keyVaultProperties.keyVersion"
                                 " patch",
    },
    {
        .name = "not while the account is versionless",
        .declared = "{'key': {'rotation': {'every': 'P90D', 'retireAfter': 'P1D'}}, 'account':"
                    " {'properties': {'encryption': {'keyVaultProperties': {'keyVersion': ''}}}}}",
        .account = "{'properties': {'encryption': {'keyVaultProperties': {'keyVersion': null}}}}",
        .words = GONE(VERSION_A) "waiting",
    },
    {
        .name = "not while the account's last change is younger",
        .declared = RETIRE("P30D"),
        .account = "{'systemData': {'lastModifiedAt': '2026-12-03T00:00:00Z'}}",
        .words = "",
    },
    {
        .name = "once its last change is old enough",
        .declared = RETIRE("P30D"),
        .account = "{'systemData': {'lastModifiedAt': '2026-12-02T00:00:00Z'}}",
        .words = GONE(VERSION_A) "action",
    },
    {
        .name = "not while it is unknown when the account was changed last",
        .declared = RETIRE("P1D"),
        .account = "{'systemData': null}",
        .words = GONE(VERSION_A) "waiting",
    },
    {
        .name = "not while the accounts of the subscription cannot be listed",
        .declared = RETIRE("P1D"),
        .others = UNLISTED,
        .words = GONE(VERSION_A) "waiting",
    },
    {
        .name = "not while an account that is not declared names an older version",
        .declared = RETIRE("P1D"),
        .others = OTHER(VERSION_A, "Succeeded", LONG_AGO),
        .words = GONE(VERSION_A) "waiting",
    },
    {
        .name = "not while one is versionless",
        .declared = RETIRE("P1D"),
        .others = OTHER("", "Succeeded", LONG_AGO),
        .words = GONE(VERSION_A) "waiting",
    },
    {
        .name = "not while one has not settled",
        .declared = RETIRE("P1D"),
        .others = OTHER(VERSION_B, "Accepted", LONG_AGO),
        .words = GONE(VERSION_A) "waiting",
    },
    {
        .name = "not while the last write of one failed",
        .declared = RETIRE("P1D"),
        .others = OTHER(VERSION_B, "Failed", LONG_AGO),
        .words = GONE(VERSION_A) "waiting",
    },
    {
        .name = "not while the change of one is younger",
        .declared = RETIRE("P3D"),
        .others = OTHER(VERSION_B, "Succeeded", YESTERDAY),
        .words = "",
    },
    {
        .name = "one that names the newest, settled, is in nobody's way",
        .declared = RETIRE("P1D"),
        .others = OTHER(VERSION_B, "Succeeded", LONG_AGO),
        .words = GONE(VERSION_A) "action",
    },
    {
        .name = "not while a deleted account names an older version: it may be recovered",
        .declared = RETIRE("P1D"),
        .others = RECORD(LINK(VERSION_A) ", "),
        .words = GONE(VERSION_A) "waiting",
    },
    {
        .name = "not while a deleted account is versionless",
        .declared = RETIRE("P1D"),
        .others = RECORD(LINK("") ", "),
        .words = GONE(VERSION_A) "waiting",
    },
    {
        .name = "not while the record of a deleted account shows nothing of what it was",
        .declared = RETIRE("P1D"),
        .others = DELETED(""),
        .words = GONE(VERSION_A) "waiting",
    },
    {
        .name = "a deleted account that names the newest is in nobody's way",
        .declared = RETIRE("P1D"),
        .others = RECORD(LINK(VERSION_B) ", "),
        .words = GONE(VERSION_A) "action",
    },
    {
        .name = "nor one under Microsoft's keys, which shows no encryption",
        .declared = RETIRE("P1D"),
        .others = RECORD(""),
        .words = GONE(VERSION_A) "action",
    },
    {
        .name = "one that uses a key of the same name in another vault is not concerned",
        .declared = RETIRE("P1D"),
        .others =
            "[{'id': 'x', 'properties': {'provisioningState': 'Succeeded', 'encryption':"
            " {'keyVaultProperties': {'keyVaultUri': 'https://kv-openai-prod2.vault.azure.net',"
            " 'keyName': 'openai-cmk', 'keyVersion': '" VERSION_A "'}}}}]",
        .words = GONE(VERSION_A) "action",
    },
    {
        .name = "a declared account is judged by its own read, not by the list",
        .declared = RETIRE("P1D"),
        .others = "[{'id': '" ACCOUNT_ID "', 'properties': {'provisioningState': 'Succeeded',"
                  " " LINK(VERSION_A) "}}]",
        .words = GONE(VERSION_A) "action",
    },
    {
        .name = "an account that names one of two made in one second names the newest",
        .declared = RETIRE("P30D"),
        .versions = "[" V(VERSION_A, "'ageDays': 120") ", " V(VERSION_C, "'ageDays': 30") ", " V(
            VERSION_B, "'ageDays': 30") "]",
        .words = GONE(VERSION_A) "action",
    },
    {
        .name = "in audit it is only said",
        .declared = "{'mode': 'audit', 'key': {'rotation': {'every': 'P90D', 'retireAfter':"
                    " 'P1D'}}}",
        .words = GONE(VERSION_A) "audit",
    },
    /* ---- expiry ---- */
    {
        .name = "a version that follows another and never expires gets a date",
        .declared = EXPIRE("P1Y"),
        .words = "key rotation.expireAfter action",
    },
    {
        .name = "a date that is there is left alone, whatever it is",
        .declared = EXPIRE("P1Y"),
        .versions = "[" V(VERSION_A, "'ageDays': 120") ", " V(VERSION_B,
                                                              "'ageDays': 30, 'expDays': 400") "]",
        .words = "",
    },
    {
        .name = "the first version of a key was made by others and is left alone",
        .declared = EXPIRE("P1Y"),
        .versions = "[" V(VERSION_B, "'ageDays': 30") "]",
        .words = "",
    },
    {
        .name = "no version is expired by it",
        .declared = EXPIRE("P91D"),
        .versions = "[" V(VERSION_A, "'ageDays': 200") ", " V(VERSION_B, "'ageDays': 91") "]",
        .words = "key rotation.every action",
    },
    {
        .name = "not while the newest is disabled",
        .declared = EXPIRE("P1Y"),
        .versions = "[" V(VERSION_A, "'ageDays': 80") ", " V(VERSION_B,
                                                             "'ageDays': 30, 'enabled': false") "]",
        .words = "key properties.attributes.enabled refused",
    },
};

static void check(void **state)
{
    const struct retirement_case *c = *state;
    struct world *world = world_new(c->declared);
    if (c->versions)
        world_versions(world, "key", c->versions);
    if (c->account)
        world_show(world, "account", c->account);
    if (c->others)
        world_others(world, "key", strcmp(c->others, UNLISTED) == 0 ? NULL : c->others);
    world_round(world);
    assert_words(world, c->words);
    world_free(world);
}

/* ---- with neighbours ----------------------------------------------------------------------- */

static struct world *two_accounts(void)
{
    return world_of_stacks("{'prod': " RETIRE(
        "P1D") ", 'test': {'account': {'name': 'oai-test'},"
               " 'key': {'rotation': {'every': 'P90D', 'retireAfter': 'P1D'}}}}");
}

static void every_account_of_the_key_counts(void **state)
{
    struct world *world = two_accounts();
    (void)state;
    world_round(world);
    assert_words(world, GONE(VERSION_A) "action");
    world_show(world, "test.account",
               "{'properties': {'encryption': {'keyVaultProperties': {"
               " 'keyVersion': '" VERSION_A "'}}}}");
    world_later(world, 1);
    assert_string_equal(world_outcome(world, "key", "rotation.retireAfter['" VERSION_A "']"),
                        "waiting");
    assert_json(
        js_find(world_finding(world, "key", "rotation.retireAfter['" VERSION_A "']")->observed,
                "keptFor"),
        "'" GROUP "/providers/Microsoft.CognitiveServices/accounts/oai-test'");
    world_free(world);
}

static void it_waits_for_an_account_that_cannot_be_seen_or_is_deleted(void **state)
{
    static const enum sight sights[] = {SIGHT_UNREACHABLE, SIGHT_FORBIDDEN, SIGHT_UNSETTLED,
                                        SIGHT_DELETED, SIGHT_ABSENT};
    (void)state;
    for (size_t i = 0; i < COUNT(sights); i++) {
        struct world *world = two_accounts();
        world_sight(world, "test.account", sights[i]);
        world_round(world);
        assert_string_equal(world_outcome(world, "key", "rotation.retireAfter['" VERSION_A "']"),
                            "waiting");
        world_free(world);
    }
}

/* An account on its way from this key to another: only the list tells that it still names it. */
static void a_declared_account_of_another_key_that_cannot_be_seen_counts(void **state)
{
    static const enum sight sights[] = {SIGHT_UNREACHABLE, SIGHT_FORBIDDEN, SIGHT_UNSETTLED,
                                        SIGHT_DELETED};
    (void)state;
    for (size_t i = 0; i < COUNT(sights); i++) {
        struct world *world =
            world_of_stacks("{'prod': " RETIRE("P1D") ", 'test': {'account': {'name': 'oai-test'},"
                                                      " 'key': {'name': 'other-cmk'}}}");
        world_round(world);
        assert_string_equal(world_outcome(world, "key", "rotation.retireAfter['" VERSION_A "']"),
                            "action");
        world_sight(world, "test.account", sights[i]);
        world_later(world, 1);
        assert_string_equal(world_outcome(world, "key", "rotation.retireAfter['" VERSION_A "']"),
                            "waiting");
        world_free(world);
    }
}

static void the_version_is_disabled_on_the_data_plane_and_nothing_else(void **state)
{
    struct world *world = world_new(RETIRE("P30D"));
    (void)state;
    world_round(world);
    assert_requests(world, "PATCH /keys/openai-cmk/" VERSION_A "?api-version=7.4");
    assert_json(world_body(world, 0), "{'attributes': {'enabled': false}}");
    world_free(world);
}

static void the_date_of_expiry_counts_from_the_versions_creation(void **state)
{
    struct world *world = world_new(EXPIRE("P1Y"));
    (void)state;
    world_round(world);
    assert_requests(world, "PATCH /keys/openai-cmk/" VERSION_B "?api-version=7.4");
    assert_json(world_body(world, 0), "{'attributes': {'exp': 1827705600}}"); /* 2027-12-02 */
    world_free(world);
}

static void a_key_that_is_made_expires_from_the_first(void **state)
{
    struct world *world = world_new(EXPIRE("P1Y"));
    (void)state;
    world_sight(world, "key", SIGHT_ABSENT);
    world_show(world, "account",
               "{'properties': {'encryption': {'keySource': 'Microsoft.CognitiveServices',"
               " 'keyVaultProperties': null}}}");
    world_round(world);
    world_later(world, 60);
    assert_json(js_find(world_body(world, 0), "properties.attributes.exp"), "1830297660");
    world_free(world);
}

static void nothing_is_retired_while_the_clocks_disagree(void **state)
{
    struct world *world = world_new(RETIRE("P30D"));
    (void)state;
    world->at.clock_skew_s = 301;
    world_round(world);
    assert_words(world, GONE(VERSION_A) "refused");
    world_free(world);
}

/* ---- which lists are asked for --------------------------------------------------------------- */

static char *path_of(struct world *world, size_t index)
{
    struct neighbours near =
        neighbours_of(world->config.graph.nodes, world->observed, world->config.graph.n_nodes,
                      world_index(world, "key"), world->dependants);
    return retire_others_path(&near, index, world->at.now_s);
}

/* The deleted first: what is recovered meanwhile is then among the live. */
static void each_subscription_is_listed_once_and_only_when_something_is_due(void **state)
{
    struct world *world = world_new(RETIRE("P30D"));
    struct world *early = world_new(RETIRE("P31D"));
    (void)state;
    AUTO(text) char *first = path_of(world, 0);
    AUTO(text) char *second = path_of(world, 1);
    AUTO(text) char *third = path_of(world, 2);
    AUTO(text) char *none = path_of(early, 0);
    assert_string_equal(first, SUBSCRIPTION "/providers/Microsoft.CognitiveServices/deletedAccounts"
                                            "?api-version=2025-06-01");
    assert_string_equal(second, SUBSCRIPTION "/providers/Microsoft.CognitiveServices/accounts"
                                             "?api-version=2025-06-01");
    assert_null(third);
    assert_null(none);
    world_free(world);
    world_free(early);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_account_of_the_key_counts),
        cmocka_unit_test(it_waits_for_an_account_that_cannot_be_seen_or_is_deleted),
        cmocka_unit_test(a_declared_account_of_another_key_that_cannot_be_seen_counts),
        cmocka_unit_test(the_version_is_disabled_on_the_data_plane_and_nothing_else),
        cmocka_unit_test(the_date_of_expiry_counts_from_the_versions_creation),
        cmocka_unit_test(a_key_that_is_made_expires_from_the_first),
        cmocka_unit_test(nothing_is_retired_while_the_clocks_disagree),
        cmocka_unit_test(each_subscription_is_listed_once_and_only_when_something_is_due),
    };
    int failed = CASES_RUN(cases, check);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
