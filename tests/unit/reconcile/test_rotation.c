/* DESIGN section 6: keys rotate on schedule, from observed facts alone. */
#include "world.h"

#define VERSION "properties.encryption.keyVaultProperties.keyVersion"
#define V(version, more) "{'version': '" version "', " more "}"
#define NAMES(version)                                                                             \
    "{'properties': {'encryption': {'keyVaultProperties': {'keyVersion': '" version "'}}}}"
#define EVERY(period) "{'key': {'rotation': {'every': '" period "'}}}"
#define BEFORE(period) "{'key': {'rotation': {'beforeExpiry': '" period "'}}}"
#define VERSIONLESS                                                                                \
    "{'account': {'properties': {'encryption': {'keyVaultProperties': {'keyVersion': ''}}}}}"

#define POLICY(after, more)                                                                        \
    "'properties': {'rotationPolicy': {'lifetimeActions': [{'trigger': {'timeAfterCreate': "       \
    "'" after "'}, 'action': {'type': 'rotate'}}]" more "}}"
#define OWN(after, more) "{'key': {" POLICY(after, "") more "}}"
#define SHOWS(after, more) "{" POLICY(after, more) "}"

static struct rotation_case {
    const char *name;
    const char *declared, *versions, *key, *account;
    const char *words;
} cases[] = {
    /* ---- when it is due ---- */
    {
        .name = "a key younger than its period is left alone",
        .declared = EVERY("P31D"),
        .words = "",
    },
    {
        .name = "a key as old as its period is rotated",
        .declared = EVERY("P30D"),
        .words = "key rotation.every action",
    },
    {
        .name = "a month is a month of the calendar: 1 December to 1 January",
        .declared = EVERY("P1M"),
        .versions = "[" V(VERSION_B, "'ageDays': 31") "]",
        .words = "key rotation.every action",
    },
    {
        .name = "a month is not thirty days",
        .declared = EVERY("P1M"),
        .versions = "[" V(VERSION_B, "'ageDays': 30") "]",
        .words = "",
    },
    {
        .name = "a key without a declared rotation is never rotated",
        .versions = "[" V(VERSION_B, "'ageDays': 3000") "]",
        .words = "",
    },
    {
        .name = "the newest is the one created last, not the last of the list",
        .declared = EVERY("P60D"),
        .versions = "[" V(VERSION_B, "'ageDays': 30") ", " V(VERSION_C, "'ageDays': 90") "]",
        .words = "",
    },
    {
        .name = "a key that nears its expiry is rotated",
        .declared = BEFORE("P14D"),
        .versions = "[" V(VERSION_B, "'ageDays': 30, 'expDays': 14") "]",
        .words = "key rotation.beforeExpiry action",
    },
    {
        .name = "a key that does not near its expiry yet is left alone",
        .declared = BEFORE("P14D"),
        .versions = "[" V(VERSION_B, "'ageDays': 30, 'expDays': 15") "]",
        .words = "",
    },
    {
        .name = "a key that never expires is not rotated before its expiry",
        .declared = BEFORE("P14D"),
        .words = "",
    },
    {
        .name = "C051 an expired key is rotated and nothing is pointed to the expired version",
        .declared = "{'key': {'rotation': {'every': 'P90D', 'beforeExpiry': 'P14D'}}}",
        .versions = "[" V(VERSION_A, "'ageDays': 120") ", " V(VERSION_B,
                                                              "'ageDays': 30, 'expDays': -7") "]",
        .words = "key rotation.beforeExpiry action",
    },
    {
        .name = "an expired key is due though its period is not over",
        .declared = EVERY("P90D"),
        .versions = "[" V(VERSION_B, "'ageDays': 30, 'expDays': -7") "]",
        .words = "key rotation.every action",
    },
    {
        .name = "C051 an expired key that nobody rotates is a loud finding and no write",
        .versions = "[" V(VERSION_B, "'ageDays': 30, 'expDays': -7") "]",
        .words = "key properties.attributes.exp refused",
    },
    {
        .name = "nothing is rotated while a version is younger than a day",
        .declared = BEFORE("P30D"),
        .versions = "[" V(VERSION_B, "'ageSeconds': 86399, 'expDays': 8") "]",
        .words = "",
    },
    {
        .name = "a day after the last version it may be",
        .declared = BEFORE("P30D"),
        .versions = "[" V(VERSION_B, "'ageSeconds': 86400, 'expDays': 8") "]",
        .words = "key rotation.beforeExpiry action",
    },
    {
        .name = "a version that is from the future by our clock is younger than a day",
        .declared = BEFORE("P30D"),
        .versions = "[" V(VERSION_B, "'ageDays': -1, 'expDays': 8") "]",
        .words = "",
    },
    {
        .name = "a version too young to be rotated that is disabled counts too",
        .declared = EVERY("P30D"),
        .versions = "[" V(VERSION_B, "'ageDays': 30") ", " V(
            VERSION_C, "'ageSeconds': 60, 'enabled': false") "]",
        .words = "key properties.attributes.enabled refused",
    },
    {
        .name = "a key that may not wrap is a loud finding and no write",
        .key = "{'properties': {'keyOps': ['sign', 'verify', 'unwrapKey']}}",
        .words = "key properties.keyOps refused",
    },
    {
        .name = "a key that may do all that is needed, and more, is right",
        .key = "{'properties': {'keyOps': ['sign', 'WrapKey', 'unwrapKey']}}",
        .words = "",
    },
    {
        .name = "nothing is linked to a key that may not wrap",
        .key = "{'properties': {'keyOps': ['sign']}}",
        .account = NAMES(VERSION_A),
        .words = "key properties.keyOps refused, account " VERSION " refused",
    },
    {
        .name = "operations that are declared are repaired",
        .declared = "{'key': {'properties': {'keyOps': ['wrapKey', 'unwrapKey']}}}",
        .key = "{'properties': {'keyOps': ['sign']}}",
        .words = "key properties.keyOps patch",
    },
    /* ---- repointing ---- */
    {
        .name = "an account that names an older version is pointed to the newest",
        .account = NAMES(VERSION_A),
        .words = "account " VERSION " patch",
    },
    {
        .name = "by the date of creation, whatever the order of the list",
        .versions = "[" V(VERSION_B, "'ageDays': 30") ", " V(VERSION_C, "'ageDays': 90") "]",
        .account = NAMES(VERSION_C),
        .words = "account " VERSION " patch",
    },
    {
        .name = "an account is never pointed back",
        .versions = "[" V(VERSION_A, "'ageDays': 120") ", " V(VERSION_B, "'ageDays': 30") "]",
        .words = "",
    },
    {
        .name = "an account is never pointed back to an enabled version from a disabled one",
        .versions = "[" V(VERSION_A, "'ageDays': 120") ", " V(
            VERSION_B, "'ageDays': 30, 'enabled': false") "]",
        .words = "key properties.attributes.enabled refused",
    },
    {
        .name = "a version is the same in upper case",
        .account = NAMES("BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"),
        .words = "",
    },
    {
        .name = "an account that shows no version where one is pinned is pinned",
        .account = "{'properties': {'encryption': {'keyVaultProperties': {'keyVersion': null}}}}",
        .words = "account " VERSION " patch",
    },
    {
        .name = "while key and list of versions disagree on the newest, the account waits",
        .key = "{'properties': {'keyUriWithVersion':"
               " 'https://kv-openai-prod.vault.azure.net/keys/openai-cmk/" VERSION_C "'}}",
        .words = "account " VERSION " waiting",
    },
    {
        .name = "while no version is shown, the account waits",
        .versions = "[]",
        .words = "account " VERSION " waiting",
    },
    {
        .name = "a version without a date of creation is none",
        .versions = "[" V(VERSION_B, "'ageDays': 100000") "]",
        .words = "account " VERSION " waiting",
    },
    {
        .name = "C054 an account that was pinned back is pointed forward, and nothing is retired",
        .declared = "{'key': {'rotation': {'every': 'P90D', 'retireAfter': 'P1D'}}}",
        .versions = "[" V(VERSION_B, "'ageDays': 40") ", " V(VERSION_C, "'ageDays': 2") "]",
        .account = NAMES(VERSION_B),
        .words = "key rotation.retireAfter['" VERSION_B "'] waiting, account " VERSION " patch",
    },
    {
        .name = "of two versions made in one second the newest is the one that the key shows",
        .versions = "[" V(VERSION_C, "'ageDays': 30") ", " V(VERSION_B, "'ageDays': 30") "]",
        .key = "{'properties': {'keyUriWithVersion':"
               " 'https://kv-openai-prod.vault.azure.net/keys/openai-cmk/" VERSION_B "'}}",
        .words = "",
    },
    {
        .name = "an account that names the other of the two is not pointed back and forth",
        .versions = "[" V(VERSION_C, "'ageDays': 30") ", " V(VERSION_B, "'ageDays': 30") "]",
        .key = "{'properties': {'keyUriWithVersion':"
               " 'https://kv-openai-prod.vault.azure.net/keys/openai-cmk/" VERSION_B "'}}",
        .account = NAMES(VERSION_C),
        .words = "",
    },
    /* ---- the vault rotates too ---- */
    {
        .name = "a policy of the vault's own that is not there is written, and nothing is rotated",
        .declared = OWN("P90D", ""),
        .words = "key properties.rotationPolicy.lifetimeActions patch",
    },
    {
        .name = "one that is there is right",
        .declared = OWN("P90D", ""),
        .key = SHOWS("P90D", ""),
        .words = "",
    },
    {
        .name = "none is declared: whatever there is is not cmkd's",
        .key = SHOWS("P10D", ""),
        .words = "",
    },
    {
        .name = "only a notice is declared: that is what a key has by default",
        .declared = "{'key': {'properties': {'rotationPolicy': {'lifetimeActions': [{'trigger': {"
                    "'timeBeforeExpiry': 'P1M'}, 'action': {'type': 'notify'}}]}}}}",
        .words = "key properties.rotationPolicy.lifetimeActions patch",
    },
    {
        .name = "and that of thirty days is right where there is none",
        .declared = "{'key': {'properties': {'rotationPolicy': {'lifetimeActions': [{'trigger': {"
                    "'timeBeforeExpiry': 'P30D'}, 'action': {'type': 'Notify'}}]}}}}",
        .words = "",
    },
    {
        .name = "while the newest version is disabled, no policy is written that would rotate",
        .declared = OWN("P90D", ""),
        .versions = "[" V(VERSION_B, "'ageDays': 30, 'enabled': false") "]",
        .words = "key properties.rotationPolicy.lifetimeActions refused,"
                 " key properties.attributes.enabled refused",
    },
    {
        .name = "both due in the same hour: the vault goes first",
        .declared = OWN("P30D", ", 'rotation': {'every': 'P30D'}"),
        .key = SHOWS("P30D", ""),
        .words = "key rotation.every waiting",
    },
    {
        .name = "the vault is due tomorrow, cmkd today: the vault goes first",
        .declared = OWN("P31D", ", 'rotation': {'every': 'P30D'}"),
        .key = SHOWS("P31D", ""),
        .words = "key rotation.every waiting",
    },
    {
        .name = "the vault is due the day after tomorrow: cmkd goes first",
        .declared = OWN("P32D", ", 'rotation': {'every': 'P30D'}"),
        .key = SHOWS("P32D", ""),
        .words = "key rotation.every action",
    },
    {
        .name = "the vault has had its day and has not rotated: cmkd does",
        .declared = OWN("P29D", ", 'rotation': {'every': 'P29D'}"),
        .key = SHOWS("P29D", ""),
        .words = "key rotation.every action",
    },
    {
        .name = "a policy that came late has its day from then on",
        .declared = OWN("P20D", ", 'rotation': {'every': 'P30D'}"),
        .key = SHOWS("P20D", ", 'attributes': {'updated': 1798700000}"),
        .words = "key rotation.every waiting",
    },
    {
        .name = "somebody's own policy is waited for like a declared one",
        .declared = EVERY("P30D"),
        .key = SHOWS("P30D", ""),
        .words = "key rotation.every waiting",
    },
    {
        .name = "a version that either has made is young for both",
        .declared = OWN("P30D", ", 'rotation': {'every': 'P30D'}"),
        .versions = "[" V(VERSION_B, "'ageDays': 30") ", " V(VERSION_C, "'ageDays': 0") "]",
        .key = SHOWS("P30D", ""),
        .words = "account " VERSION " patch",
    },
    {
        .name = "the vault rotates a week before the expiry, and so does cmkd",
        .declared = "{'key': {'rotation': {'beforeExpiry': 'P7D'}}}",
        .versions = "[" V(VERSION_B, "'ageDays': 30, 'expDays': 7") "]",
        .key = "{'properties': {'rotationPolicy': {'lifetimeActions': [{'trigger': {"
               "'timeBeforeExpiry': 'P7D'}, 'action': {'type': 'rotate'}}]}}}",
        .words = "key rotation.beforeExpiry waiting",
    },
    {
        .name = "a version that has expired waits for nobody",
        .declared = EVERY("P90D"),
        .versions = "[" V(VERSION_B, "'ageDays': 30, 'expDays': -1") "]",
        .key = SHOWS("P30D", ""),
        .words = "key rotation.every action",
    },
    {
        .name = "before an expiry that there is not the vault does nothing: nobody waits",
        .declared = EVERY("P30D"),
        .key = "{'properties': {'rotationPolicy': {'lifetimeActions': [{'trigger': {"
               "'timeBeforeExpiry': 'P7D'}, 'action': {'type': 'rotate'}}]}}}",
        .words = "key rotation.every action",
    },
    /* ---- versionless ---- */
    {
        .name = "a versionless link that shows none is right",
        .declared = VERSIONLESS,
        .account = "{'properties': {'encryption': {'keyVaultProperties': {'keyVersion': null}}}}",
        .words = "",
    },
    {
        .name = "a versionless link that shows the newest is right",
        .declared = VERSIONLESS,
        .words = "",
    },
    {
        .name = "a versionless link that shows an older version is drift",
        .declared = VERSIONLESS,
        .account = NAMES(VERSION_A),
        .words = "account " VERSION " patch",
    },
    {
        .name = "a declared version is held as it is, newest or not",
        .declared = "{'account': {'properties': {'encryption': {'keyVaultProperties': {"
                    " 'keyVersion': '" VERSION_A "'}}}}}",
        .words = "account " VERSION " patch",
    },
};

static void check(void **state)
{
    const struct rotation_case *c = *state;
    struct world *world = world_new(c->declared);
    if (c->versions)
        world_versions(world, "key", c->versions);
    if (c->key)
        world_show(world, "key", c->key);
    if (c->account)
        world_show(world, "account", c->account);
    world_round(world);
    assert_words(world, c->words);
    world_free(world);
}

/* ---- several accounts on one key ------------------------------------------------------------ */

static struct world *two_accounts(void)
{
    return world_of_stacks("{'prod': {}, 'test': {'account': {'name': 'oai-test'}}}");
}

static void each_account_of_a_key_is_pointed_to_the_newest(void **state)
{
    struct world *world = two_accounts();
    (void)state;
    assert_ptr_equal(world_node(world, "key"), world_node(world, "test.key"));
    world_show(world, "account", NAMES(VERSION_A));
    world_show(world, "test.account", NAMES(VERSION_A));
    world_round(world);
    assert_words(world, "account " VERSION " patch, test.account " VERSION " patch");
    assert_requests(world, "PATCH account, PATCH test.account");
    world_free(world);
}

/* The version that one of them names was disabled: nothing is relinked on that key. */
static void an_incident_is_the_keys_whichever_account_names_the_version(void **state)
{
    struct world *world = two_accounts();
    (void)state;
    world_versions(world, "key",
                   "[" V(VERSION_A, "'ageDays': 120, 'enabled': false") ", " V(
                       VERSION_B, "'ageDays': 30") "]");
    world_show(world, "account", NAMES(VERSION_A));
    world_show(world, "test.account",
               "{'properties': {'encryption': {'keySource': 'Microsoft.CognitiveServices',"
               " 'keyVaultProperties': null}}}");
    world_show(world, "test.grant", "[]");
    world_round(world);
    assert_string_equal(world_outcome(world, "key", "properties.attributes.enabled"), "refused");
    assert_string_equal(world_outcome(world, "account", VERSION), "refused");
    assert_string_equal(world_outcome(world, "test.account", VERSION), "refused");
    assert_string_equal(world_outcome(world, "test.account", "properties.encryption.keySource"),
                        "refused");
    assert_string_equal(world_outcome(world, "test.grant", ""), "refused");
    assert_requests(world, "");
    world_free(world);
}

static void two_accounts_that_name_one_disabled_version_are_one_finding(void **state)
{
    struct world *world = two_accounts();
    (void)state;
    world_versions(world, "key", "[" V(VERSION_B, "'ageDays': 30, 'enabled': false") "]");
    world_round(world);
    assert_words(world, "key properties.attributes.enabled refused");
    world_free(world);
}

/* Versions of two keys may have one name, in a test; a finding is about its own key all the same.
 */
static void a_disabled_version_is_found_for_each_key(void **state)
{
    struct world *world = world_of_stacks("{'prod': {}, 'test': {'key': {'name': 'other-cmk'},"
                                          " 'account': {'name': 'oai-test'}}}");
    (void)state;
    world_versions(world, "key", "[" V(VERSION_B, "'ageDays': 30, 'enabled': false") "]");
    world_versions(world, "test.key", "[" V(VERSION_B, "'ageDays': 30, 'enabled': false") "]");
    world_round(world);
    assert_words(world, "key properties.attributes.enabled refused, "
                        "test.key properties.attributes.enabled refused");
    world_free(world);
}

/* An account declared for one key may still be encrypted under another. */
static void a_key_that_another_stacks_account_names_is_not_made(void **state)
{
    struct world *world = world_of_stacks("{'prod': {}, 'test': {'key': {'name': 'other-cmk'},"
                                          " 'account': {'name': 'oai-test'}}}");
    (void)state;
    world_sight(world, "key", SIGHT_ABSENT);
    world_show(world, "account",
               "{'properties': {'encryption': {'keySource': 'Microsoft.CognitiveServices',"
               " 'keyVaultProperties': null}}}");
    world_show(world, "test.account",
               "{'properties': {'encryption': {'keyVaultProperties': {'keyName':"
               " 'openai-cmk'}}}}");
    world_round(world);
    assert_string_equal(world_outcome(world, "key", ""), "refused");
    world_free(world);
}

static void after_a_rotation_the_account_follows_and_then_all_is_quiet(void **state)
{
    struct world *world = world_new(EVERY("P30D"));
    (void)state;
    world_round(world);
    assert_requests(world, "POST /keys/openai-cmk/rotate?api-version=7.4");
    world_wrote(world);
    world_later(world, 1); /* the new version does not show yet: no second one is made */
    assert_words(world, "key rotation.every waiting");
    world_versions(world, "key",
                   "[" V(VERSION_A, "'ageDays': 120") ", " V(VERSION_B, "'ageDays': 30") ", " V(
                       VERSION_C, "'ageDays': 0") "]");
    world_later(world, 10);
    assert_words(world, "account " VERSION " patch");
    assert_json(js_find(world_body(world, 0), VERSION), "'" VERSION_C "'");
    world_wrote(world);
    world_show(world, "account", NAMES(VERSION_C));
    world_later(world, 10);
    assert_words(world, "");
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_account_of_a_key_is_pointed_to_the_newest),
        cmocka_unit_test(an_incident_is_the_keys_whichever_account_names_the_version),
        cmocka_unit_test(two_accounts_that_name_one_disabled_version_are_one_finding),
        cmocka_unit_test(a_disabled_version_is_found_for_each_key),
        cmocka_unit_test(a_key_that_another_stacks_account_names_is_not_made),
        cmocka_unit_test(after_a_rotation_the_account_follows_and_then_all_is_quiet),
    };
    int failed = CASES_RUN(cases, check);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
