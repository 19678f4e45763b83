/* The outcomes of DESIGN section 5 in their order: where two fit, the first wins. Then the guards
 * that hang on the pass and its clock. */
#include "world.h"

#include <stdio.h>

#define OPEN "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}"
#define ACTION "properties.networkAcls.defaultAction"
#define EXEMPT                                                                                     \
    "'exemptions': [{'path': 'account.properties.networkAcls', 'reason': 'SEC-1: load test',"      \
    " 'until': '2027-01-31'}]"

/* What is the matter with one path of the account. Each row has the causes of two outcomes that
 * are neighbours in the list, or of one. */
static struct outcome_case {
    const char *name;
    const char *declared, *account;
    const char *held, *blind;
    bool contended, refused_before, written;
    const char *path, *outcome;
} outcome_cases[] = {
    {
        .name = "an opened firewall is a patch",
        .account = OPEN,
        .outcome = "patch",
    },
    {
        .name = "held comes before exempt",
        .declared = "{" EXEMPT "}",
        .account = OPEN,
        .held = "an order",
        .outcome = "held",
    },
    {
        .name = "held comes before all else",
        .account = OPEN,
        .held = "an order",
        .outcome = "held",
    },
    {
        .name = "exempt comes before impossible",
        .declared = "{" EXEMPT "}",
        .account = "{'properties': {'customSubDomainName': null, 'networkAcls': null}}",
        .outcome = "exempt",
    },
    {
        .name = "impossible comes before audit",
        .declared = "{'mode': 'audit'}",
        .account = "{'properties': {'customSubDomainName': null, 'networkAcls': null}}",
        .outcome = "impossible",
    },
    {
        .name = "exempt comes before audit",
        .declared = "{'mode': 'audit', " EXEMPT "}",
        .account = OPEN,
        .outcome = "exempt",
    },
    {
        .name = "audit comes before refused",
        .declared = "{'mode': 'audit'}",
        .account = "{'properties': {'encryption': {'keySource': 'Microsoft.CognitiveServices'}}}",
        .path = "properties.encryption.keySource",
        .outcome = "audit",
    },
    {
        .name = "audit comes before contended",
        .declared = "{'mode': 'audit'}",
        .account = OPEN,
        .contended = true,
        .outcome = "audit",
    },
    {
        .name = "refused comes before contended",
        .account = "{'properties': {'encryption': {'keySource': 'Microsoft.CognitiveServices'}}}",
        .contended = true,
        .path = "properties.encryption.keySource",
        .outcome = "refused",
    },
    {
        .name = "contended comes before waiting",
        .account = OPEN,
        .contended = true,
        .blind = "kv-openai-prod: Timeout",
        .outcome = "contended",
    },
    {
        .name = "waiting for sight comes before a patch",
        .account = OPEN,
        .blind = "kv-openai-prod: Timeout",
        .outcome = "waiting",
    },
    {
        .name = "waiting after a refusal comes before a patch",
        .account = OPEN,
        .refused_before = true,
        .outcome = "waiting",
    },
    {
        .name = "waiting for a write to show comes before a patch",
        .account = OPEN,
        .written = true,
        .outcome = "waiting",
    },
};

static void write_and_undo(struct world *world, const char *word, const char *path)
{
    memory_wrote(world->memory, world_finding(world, word, path), world->at.now_s);
    world_later(world, memory_grace_s(path));
    world_later(world, 30);
}

static void check_outcome(void **state)
{
    const struct outcome_case *c = *state;
    const char *path = c->path ? c->path : ACTION;
    struct world *world = world_new(c->declared);
    struct err why;
    world_show(world, "account", c->account);
    if (strcmp(c->outcome, "refused") == 0 || c->path)
        world_show(world, "key", "{'properties': {'kty': 'EC'}}");
    world_round(world);
    for (unsigned i = 0; c->contended && i < MEMORY_REVERSALS; i++)
        write_and_undo(world, "account", path);
    err_set(&why, ERR_AZURE, "BadRequest", "no");
    if (c->refused_before)
        memory_refused(world->memory, world_finding(world, "account", path), &why, 0, 60,
                       world->at.now_s);
    if (c->written)
        memory_wrote(world->memory, world_finding(world, "account", path), world->at.now_s);
    world->restraint = (struct restraint){.held = c->held, .blind = c->blind};
    world_round(world);
    assert_string_equal(world_outcome(world, "account", path), c->outcome);
    assert_int_equal(world->plan.count, strcmp(c->outcome, "patch") == 0);
    world_free(world);
}

/* ---- exemptions end ----------------------------------------------------------------------- */

static void an_exemption_ends_with_its_day(void **state)
{
    struct world *world = world_new("{" EXEMPT "}");
    (void)state;
    world_show(world, "account", OPEN);
    world_round(world);
    assert_string_equal(world_outcome(world, "account", ACTION), "exempt");
    assert_string_equal(world_finding(world, "account", ACTION)->reason,
                        "SEC-1: load test, until 2027-02-01T00:00:00Z");
    world_later(world, 31 * DAY_S - 1);
    assert_string_equal(world_outcome(world, "account", ACTION), "exempt");
    world_later(world, 1);
    assert_string_equal(world_outcome(world, "account", ACTION), "patch");
    world_free(world);
}

/* Somebody has set it ahead, perhaps: what he exempted is written to only when that is clear. */
static void an_exemption_does_not_end_by_a_clock_that_is_off(void **state)
{
    struct world *world = world_new("{" EXEMPT "}");
    (void)state;
    world_show(world, "account", OPEN);
    world->at.clock_skew_s = 301;
    world_round(world);
    world_later(world, 31 * DAY_S);
    assert_string_equal(world_outcome(world, "account", ACTION), "exempt");
    assert_non_null(strstr(world_finding(world, "account", ACTION)->reason,
                           "until 2027-02-01T00:00:00Z, and on: this host's clock"));
    world->at.clock_skew_s = 300;
    world_later(world, 1);
    assert_string_equal(world_outcome(world, "account", ACTION), "patch");
    world_free(world);
}

static void an_exemption_covers_its_subtree_alone(void **state)
{
    struct world *world = world_new("{" EXEMPT "}");
    (void)state;
    world_show(world, "account", OPEN);
    world_show(world, "account", "{'identity': {'type': 'UserAssigned'}}");
    world_show(world, "vault", OPEN);
    world_round(world);
    assert_words(world, "vault properties.networkAcls.defaultAction patch, "
                        "account identity.type patch, "
                        "account properties.networkAcls.defaultAction exempt");
    assert_json(world_body(world, 1), "{'identity': {'type': 'SystemAssigned, UserAssigned'}}");
    world_free(world);
}

/* The loader takes no such declaration; the core does not rely on it. */
static void what_goes_one_way_is_never_switched_off(void **state)
{
    struct world *world = world_new(NULL);
    struct node *vault = world_node(world, "vault");
    (void)state;
    for (size_t i = 0; i < vault->n_wants; i++)
        if (strcmp(vault->wants[i].path, "properties.enablePurgeProtection") == 0) {
            json_object_put(vault->wants[i].value);
            vault->wants[i].value = json_object_new_boolean(false);
        }
    world_round(world);
    assert_words(world, "vault properties.enablePurgeProtection impossible");
    world_free(world);
}

/* ---- creations ---------------------------------------------------------------------------- */

static void a_creation_needs_two_looks_apart(void **state)
{
    struct world *world = world_new(NULL);
    (void)state;
    world_sight(world, "account", SIGHT_ABSENT);
    world_round(world);
    assert_string_equal(world_outcome(world, "account", ""), "waiting");
    assert_int_equal(world_finding(world, "account", "")->wake_s, WORLD_NOW_S + 30);
    world_later(world, 29);
    assert_string_equal(world_outcome(world, "account", ""), "waiting");
    world_later(world, 1);
    assert_string_equal(world_outcome(world, "account", ""), "create");
    world_free(world);
}

static void one_look_is_not_two_however_late(void **state)
{
    struct world *world = world_new(NULL);
    (void)state;
    world_sight(world, "account", SIGHT_ABSENT);
    world->at.now_s += 3600;
    world_round(world);
    assert_string_equal(world_outcome(world, "account", ""), "waiting");
    world_free(world);
}

static void one_look_is_not_two_even_if_they_need_not_be_apart(void **state)
{
    struct world *world = world_new(NULL);
    (void)state;
    world->at.absent_for_s = 0;
    world_sight(world, "account", SIGHT_ABSENT);
    world_round(world);
    assert_string_equal(world_outcome(world, "account", ""), "waiting");
    world_round(world);
    assert_string_equal(world_outcome(world, "account", ""), "create");
    world_free(world);
}

static void check_reappearance(enum sight sight, const char *after)
{
    struct world *world = world_new(NULL);
    world_sight(world, "account", SIGHT_ABSENT);
    world_round(world);
    world_sight(world, "account", sight);
    world_later(world, 3600);
    world_sight(world, "account", SIGHT_ABSENT);
    world_later(world, 60);
    assert_string_equal(world_outcome(world, "account", ""), after);
    world_free(world);
}

static void an_absence_that_was_interrupted_begins_anew(void **state)
{
    (void)state;
    check_reappearance(SIGHT_PRESENT, "waiting");
    check_reappearance(SIGHT_DELETED, "waiting");
    check_reappearance(SIGHT_UNSETTLED, "waiting");
    check_reappearance(SIGHT_UNREACHABLE, "create"); /* that says nothing either way */
}

static void a_vault_or_account_waits_until_every_stack_was_seen(void **state)
{
    struct world *world = world_new(NULL);
    (void)state;
    world->at.is_all_seen = false;
    world_sight(world, "account", SIGHT_ABSENT);
    world_round(world);
    world_later(world, 60);
    assert_string_equal(world_outcome(world, "account", ""), "waiting");
    world->at.is_all_seen = true;
    world_round(world);
    assert_string_equal(world_outcome(world, "account", ""), "create");
    world_free(world);
}

static void a_grant_need_not_wait_for_other_stacks(void **state)
{
    struct world *world = world_new(NULL);
    (void)state;
    world->at.is_all_seen = false;
    world_show(world, "grant", "[]");
    world_round(world);
    world_later(world, 30);
    assert_string_equal(world_outcome(world, "grant", ""), "create");
    world_free(world);
}

static void more_absences_than_the_limit_create_none(void **state)
{
    struct world *world = world_new(NULL);
    (void)state;
    world_sight(world, "account", SIGHT_ABSENT);
    world->at.creations = 3;
    world_round(world);
    world_later(world, 60);
    assert_string_equal(world_outcome(world, "account", ""), "refused");
    assert_non_null(strstr(world_finding(world, "account", "")->reason, "mass-absence"));
    world->at.creations = 2;
    world_round(world);
    assert_string_equal(world_outcome(world, "account", ""), "create");
    world_free(world);
}

static void a_mass_absence_stops_neither_recovery_nor_patch_nor_grant(void **state)
{
    struct world *world = world_new(NULL);
    (void)state;
    world->at.creations = 100;
    world_show(world, "vault", OPEN);
    world_show(world, "grant", "[]");
    world_round(world);
    world_later(world, 30);
    assert_words(world, "vault properties.networkAcls.defaultAction patch, grant create");
    world_sight(world, "account", SIGHT_DELETED);
    world_round(world);
    assert_string_equal(world_outcome(world, "account", ""), "recover");
    world_free(world);
}

static void a_creation_waits_for_the_tenant(void **state)
{
    struct world *world = world_new(NULL);
    (void)state;
    world_sight(world, "vault", SIGHT_ABSENT);
    free(world->observed[world_index(world, "vault")].tenant_id);
    world->observed[world_index(world, "vault")].tenant_id = NULL;
    world_round(world);
    world_later(world, 60);
    assert_string_equal(world_outcome(world, "vault", ""), "waiting");
    world_free(world);
}

/* ---- clocks that differ --------------------------------------------------------------------- */

static void check_skew(int64_t skew_s, const char *outcome)
{
    struct world *world = world_new("{'key': {'rotation': {'every': 'P7D'}}}");
    world_show(world, "account", OPEN);
    world->at.clock_skew_s = skew_s;
    world_round(world);
    assert_string_equal(world_outcome(world, "key", "rotation.every"), outcome);
    assert_string_equal(world_outcome(world, "account", ACTION), "patch"); /* hangs on no date */
    world_free(world);
}

static void nothing_is_rotated_while_the_clocks_differ_by_more_than_five_minutes(void **state)
{
    (void)state;
    check_skew(301, "refused");
    check_skew(-301, "refused");
    check_skew(300, "action");
    check_skew(-300, "action");
}

static void check_uri(const char *shown, const char *link, const char *outcome)
{
    struct world *world = world_new(NULL);
    AUTO(text) char *vault = mem_format("{'properties': {'vaultUri': '%s'}}", shown);
    AUTO(text)
    char *account = mem_format(
        "{'properties': {'encryption': {'keyVaultProperties': {'keyVaultUri': '%s'}}}}", link);
    world_show(world, "vault", vault);
    world_show(world, "account", account);
    world_round(world);
    assert_string_equal(
        world_outcome(world, "account", "properties.encryption.keyVaultProperties.keyVaultUri"),
        outcome);
    world_free(world);
}

/* The key would be looked for wherever a body says that the vault is. */
static void a_link_leads_to_no_vault_outside_of_the_cloud(void **state)
{
    static const char *const elsewhere[] = {
        "https://evil.example/",
        "https://kv-openai-prod.vault.azure.net.evil.example/",
        "https://kv-openai-prod.evilvault.azure.net/",
        "https://kv-openai-prod.vault.azure.cn/",
        "https://kv-other.vault.azure.net/",
        "http://kv-openai-prod.vault.azure.net/",
        "https://kv-openai-prod.vault.azure.net:444/",
        "https://kv-openai-prod.vault.azure.net@evil.example/",
        "https://kv-openai-prod.vault.azure.net/x",
    };
    static const char own[] = "https://kv-openai-prod.vault.azure.net/";
    (void)state;
    for (size_t i = 0; i < COUNT(elsewhere); i++) {
        check_uri(elsewhere[i], own, "waiting");
        check_uri(own, elsewhere[i], "patch");
    }
    check_uri(own, own, "right");
    check_uri("https://KV-openai-prod.vault.azure.net", own, "right");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_leads_to_no_vault_outside_of_the_cloud),
        cmocka_unit_test(an_exemption_ends_with_its_day),
        cmocka_unit_test(an_exemption_does_not_end_by_a_clock_that_is_off),
        cmocka_unit_test(an_exemption_covers_its_subtree_alone),
        cmocka_unit_test(what_goes_one_way_is_never_switched_off),
        cmocka_unit_test(a_creation_needs_two_looks_apart),
        cmocka_unit_test(one_look_is_not_two_however_late),
        cmocka_unit_test(one_look_is_not_two_even_if_they_need_not_be_apart),
        cmocka_unit_test(an_absence_that_was_interrupted_begins_anew),
        cmocka_unit_test(a_vault_or_account_waits_until_every_stack_was_seen),
        cmocka_unit_test(a_grant_need_not_wait_for_other_stacks),
        cmocka_unit_test(more_absences_than_the_limit_create_none),
        cmocka_unit_test(a_mass_absence_stops_neither_recovery_nor_patch_nor_grant),
        cmocka_unit_test(a_creation_waits_for_the_tenant),
        cmocka_unit_test(nothing_is_rotated_while_the_clocks_differ_by_more_than_five_minutes),
    };
    int failed = CASES_RUN(outcome_cases, check_outcome);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
