/* The life of a key between two passes: what comes next and what is in its way, by the code that
 * does it. */
#include "world.h"

#include "base/iso8601.h"
#include "reconcile/life.h"

#define V(version, more) "{'version': '" version "', " more "}"
#define NAMES(version)                                                                             \
    "{'properties': {'encryption': {'keyVaultProperties': {'keyVersion': " version "}}}}"
#define OTHER(version)                                                                             \
    "[{'id': '/s/accounts/other', 'properties': {'provisioningState': 'Succeeded', 'encryption':"  \
    " {'keyVaultProperties': {'keyVaultUri': 'https://kv-openai-prod.vault.azure.net',"            \
    " 'keyName': 'openai-cmk', 'keyVersion': '" version "'}}},"                                    \
    " 'systemData': {'lastModifiedAt': '2026-06-01T00:00:00Z'}}]"
#define ROTATION(members) "{'key': {'rotation': {" members "}}}"
#define STEADY ROTATION("'every': 'P90D', 'retireAfter': 'P60D'")
#define OWN                                                                                        \
    "{'properties': {'rotationPolicy': {'lifetimeActions': [{'trigger': {'timeAfterCreate': "      \
    "'P90D'}, 'action': {'type': 'rotate'}}]}}}"
#define UNLISTED "unlisted"
#define BLIND "x: Timeout"

static struct life_case {
    const char *name;
    const char *declared, *versions, *key, *account, *others;
    int skew_s;
    bool is_blind, is_listed_then;
    const char *rotation, *retirement, *users;
} cases[] = {
    {
        .name = "a steady key says when, and nothing is in the way",
        .declared = STEADY,
        .rotation = "2027-03-02 every",
        .retirement = "2027-01-31",
        .users = "oai-prod " VERSION_B,
    },
    {
        .name = "the rule that comes first is named",
        .declared = ROTATION("'every': 'P90D', 'beforeExpiry': 'P14D'"),
        .versions = "[" V(VERSION_B, "'ageDays': 30, 'expDays': 31") "]",
        .rotation = "2027-01-18 beforeExpiry",
        .retirement = "never: no retireAfter is declared",
        .users = "oai-prod " VERSION_B,
    },
    {
        .name = "nothing is declared",
        .rotation = "never: no rotation is declared",
        .retirement = "never: no retireAfter is declared",
        .users = "oai-prod " VERSION_B,
    },
    {
        .name = "nothing is declared, and the vault has a policy of its own",
        .key = OWN,
        .rotation = "never: no rotation is declared: the vault rotates, by a policy of its own",
        .retirement = "never: no retireAfter is declared",
        .users = "oai-prod " VERSION_B,
    },
    {
        .name = "both are due on one day: the vault is left its day",
        .declared = ROTATION("'every': 'P90D'"),
        .key = OWN,
        .rotation = "2027-03-02 every: waiting: until the vault's own rotation policy, due at the "
                    "same time, has had its day: two of them would make two versions",
        .retirement = "never: no retireAfter is declared",
        .users = "oai-prod " VERSION_B,
    },
    {
        .name = "what is due is as decided",
        .declared = ROTATION("'every': 'P30D', 'retireAfter': 'P30D'"),
        .rotation = "2027-01-01 every",
        .retirement = "2027-01-01",
        .users = "oai-prod " VERSION_B ", listed",
    },
    {
        .name = "nothing is left to retire",
        .declared = STEADY,
        .versions = "[" V(VERSION_A, "'ageDays': 120, 'enabled': false") ", " V(
            VERSION_B, "'ageDays': 30") "]",
        .rotation = "2027-03-02 every",
        .retirement = "never: no version before the newest is enabled",
        .users = "oai-prod " VERSION_B,
    },
    {
        .name = "audit does neither",
        .declared = "{'mode': 'audit', 'key': {'rotation': {'every': 'P90D', 'retireAfter':"
                    " 'P60D'}}}",
        .rotation = "2027-03-02 every: audit: the mode is audit",
        .retirement = "2027-01-31: audit: the mode is audit",
        .users = "oai-prod " VERSION_B,
    },
    {
        .name = "an exemption that ends before the time is not in the way",
        .declared = "{'exemptions': [{'path': 'key', 'reason': 'SEC-1', 'until':"
                    " '2027-02-14'}], 'key': {'rotation': {'every': 'P90D',"
                    " 'retireAfter': 'P60D'}}}",
        .rotation = "2027-03-02 every",
        .retirement = "2027-01-31: exempt: SEC-1, until 2027-02-15T00:00:00Z",
        .users = "oai-prod " VERSION_B,
    },
    {
        .name = "clocks that disagree stop both",
        .declared = STEADY,
        .skew_s = 301,
        .rotation = "2027-03-02 every: refused: clock",
        .retirement = "2027-01-31: refused: clock",
        .users = "oai-prod " VERSION_B,
    },
    {
        .name = "what cannot be seen of the stack stops both",
        .declared = STEADY,
        .is_blind = true,
        .rotation = "2027-03-02 every: waiting: until all of the stack can be seen, x: Timeout",
        .retirement = "2027-01-31: waiting: until all of the stack can be seen, x: Timeout",
        .users = "oai-prod " VERSION_B,
    },
    {
        .name = "a versionless account keeps the older versions",
        .declared = "{'key': {'rotation': {'every': 'P90D', 'retireAfter': 'P60D'}}, 'account':"
                    " {'properties': {'encryption': {'keyVaultProperties': {'keyVersion': ''}}}}}",
        .account = NAMES("null"),
        .rotation = "2027-03-02 every",
        .retirement = "2027-01-31: waiting: until every account shows which version it uses: a"
                      " versionless one does not (oai-prod)",
        .users = "oai-prod versionless",
    },
    {
        .name = "an account that has not followed yet keeps them",
        .declared = STEADY,
        .account = NAMES("'" VERSION_A "'"),
        .rotation = "2027-03-02 every",
        .retirement = "2027-01-31: waiting: until every account that uses the key names its newest"
                      " version (oai-prod)",
        .users = "oai-prod " VERSION_A,
    },
    {
        .name = "the last change of an account counts",
        .declared = STEADY,
        .account = "{'systemData': {'lastModifiedAt': '2026-12-31T00:00:00Z'}}",
        .rotation = "2027-03-02 every",
        .retirement = "2027-03-01",
        .users = "oai-prod " VERSION_B,
    },
    {
        .name = "an account that nobody declared is seen when it is looked for",
        .declared = ROTATION("'every': 'P90D', 'retireAfter': 'P30D'"),
        .others = OTHER(VERSION_A),
        .rotation = "2027-03-02 every",
        .retirement = "2027-01-01: waiting: until every account that uses the key names its newest"
                      " version (other)",
        .users = "oai-prod " VERSION_B ", /s/accounts/other " VERSION_A ", listed",
    },
    {
        .name = "accounts that cannot be listed keep them once they are asked for",
        .declared = ROTATION("'every': 'P90D', 'retireAfter': 'P30D'"),
        .others = UNLISTED,
        .rotation = "2027-03-02 every",
        .retirement = "2027-01-01: waiting: until the accounts of the subscription can be listed",
        .users = "oai-prod " VERSION_B,
    },
    {
        .name = "and not before that",
        .declared = STEADY,
        .is_listed_then = true,
        .others = UNLISTED,
        .rotation = "2027-03-02 every",
        .retirement = "2027-01-31",
        .users = "oai-prod " VERSION_B,
    },
    {
        .name = "a newest version that somebody disabled stops both",
        .declared = STEADY,
        .versions = "[" V(VERSION_A, "'ageDays': 60") ", " V(VERSION_B,
                                                             "'ageDays': 30, 'enabled': false") "]",
        .rotation = "2027-01-31 every: refused: a version of the key was disabled, and not by cmkd",
        .retirement = "never: the newest version of the key is disabled",
        .users = "oai-prod " VERSION_B ", incident",
    },
    {
        .name = "all of them disabled",
        .declared = STEADY,
        .versions = "[" V(VERSION_B, "'ageDays': 30, 'enabled': false") "]",
        .rotation = "never: no version of the key is enabled",
        .retirement = "never: the newest version of the key is disabled",
        .users = "oai-prod " VERSION_B ", incident",
    },
    {
        .name = "an account that is not encrypted under the key yet",
        .declared = STEADY,
        .account = "{'properties': {'encryption': {'keySource': 'Microsoft.CognitiveServices',"
                   " 'keyVaultProperties': null}}}",
        .rotation = "2027-03-02 every",
        .retirement = "2027-01-31: waiting: until every account that is declared with the key is"
                      " encrypted under it (oai-prod)",
        .users = "oai-prod none",
    },
};

static const struct finding *finding_of(const struct world *world, enum action action)
{
    for (size_t i = 0; i < world->findings.count; i++)
        if (world->findings.list[i].action == action)
            return &world->findings.list[i];
    return NULL;
}

static char *name_of(const struct life_user *user)
{
    return mem_text(user->account ? user->account->name : user->id);
}

static void append(char **text, char *more)
{
    AUTO(text) char *before = *text;
    AUTO(text) char *after = more;
    *text = mem_format("%s%s%s", before, *before && *after ? ", " : "", after);
}

static char *users_words(const struct life *life)
{
    static const char *const words[] = {
        [USE_UNSEEN] = "unseen", [USE_NONE] = "none", [USE_VERSIONLESS] = "versionless"};
    char *text = mem_text("");
    for (size_t i = 0; i < life->n_users; i++) {
        const struct life_user *user = &life->users[i];
        AUTO(text) char *name = name_of(user);
        append(&text, mem_format("%s %s", name,
                                 user->use == USE_VERSION ? user->version : words[user->use]));
    }
    append(&text, mem_text(life->has_listed ? "listed" : ""));
    append(&text, mem_text(life->incident ? "incident" : ""));
    return text;
}

static char *step_words(const struct life_step *step, const char *rule)
{
    char at[ISO8601_TIME_SIZE];
    const char *account = step->account ? strrchr(step->account, '/') + 1 : NULL;
    if (step->never)
        return mem_format("never: %s", step->never);
    iso8601_format_time(step->at_s, at);
    return mem_format("%.10s%s%s%s%s%s%s%s%s%s", at, *rule ? " " : "", rule,
                      step->reason ? ": " : "", step->reason ? outcome_word(step->outcome) : "",
                      step->reason ? ": " : "", step->reason ? step->reason : "",
                      account ? " (" : "", account ? account : "", account ? ")" : "");
}

/* The reason may go on. */
static void assert_step(const struct life_step *step, const char *rule, const char *expected)
{
    AUTO(text) char *words = step_words(step, rule);
    bool is_cut = step->outcome == OUTCOME_REFUSED;
    if (is_cut ? strncmp(words, expected, strlen(expected)) != 0 : strcmp(words, expected) != 0)
        fail_msg("found     %s\n  expected %s", words, expected);
}

static struct neighbours near_of(struct world *world, const char *word)
{
    return neighbours_of(world->config.graph.nodes, world->observed, world->config.graph.n_nodes,
                         world_index(world, word), world->dependants);
}

static void note(struct world *world, struct life *life, const char *blind)
{
    world_round(world);
    struct neighbours near = near_of(world, "key");
    life_note(life, &near, &world->at, blind);
}

/* As observe.c does it: nobody is listed before it is time. NULL: there are none. */
static void show_others(struct world *world, const char *others)
{
    world_others(world, "key", NULL);
    struct neighbours near = near_of(world, "key");
    AUTO(text) char *list = near.self.node->type->others_path(&near, 0, WORLD_NOW_S);
    if (list && others && strcmp(others, UNLISTED) == 0)
        return;
    if (list)
        world_others(world, "key", others ? others : "[]");
}

/* What is said to come comes at its second, and not one before, with the outcome that was said. */
static void assert_comes_true(struct world *world, const struct life_step *step, enum action action)
{
    int64_t at_s = step->never || step->at_s < WORLD_NOW_S ? WORLD_NOW_S : step->at_s;
    world->at.now_s = at_s - 1;
    world_round(world);
    if (at_s > WORLD_NOW_S)
        assert_null(finding_of(world, action));
    world->at.now_s = at_s;
    world_round(world);
    const struct finding *finding = finding_of(world, action);
    assert_int_equal(finding != NULL, !step->never);
    if (!finding)
        return;
    assert_int_equal(finding->outcome, step->outcome);
    assert_string_equal(finding->reason, step->reason ? step->reason : "");
}

static void check(void **state)
{
    const struct life_case *c = *state;
    struct world *world = world_new(c->declared);
    struct life *life = mem_new(1, sizeof *life);
    if (c->versions)
        world_versions(world, "key", c->versions);
    if (c->key)
        world_show(world, "key", c->key);
    if (c->account)
        world_show(world, "account", c->account);
    show_others(world, c->others);
    world->at.clock_skew_s = c->skew_s;
    note(world, life, c->is_blind ? BLIND : NULL);
    AUTO(text) char *users = users_words(life);
    assert_string_equal(users, c->users);
    assert_step(&life->rotation, life->rotation.never ? "" : rotate_rule_member(life->rule),
                c->rotation);
    assert_step(&life->retirement, "", c->retirement);
    world->restraint.blind = c->is_blind ? BLIND : NULL;
    if (!c->others)
        world_others(world, "key", "[]");
    assert_comes_true(world, &life->rotation, ACTION_ROTATE);
    if (!c->is_listed_then)
        assert_comes_true(world, &life->retirement, ACTION_RETIRE);
    life_free(life);
    world_free(world);
}

/* ---- from look to look ---------------------------------------------------------------------- */

static void what_was_to_come_stands_while_the_key_cannot_be_seen(void **state)
{
    struct world *world = world_new(STEADY);
    struct life *life = mem_new(1, sizeof *life);
    (void)state;
    world_sight(world, "key", SIGHT_UNREACHABLE);
    note(world, life, NULL);
    assert_step(&life->rotation, "", "never: the key has not been seen yet");
    world_sight(world, "key", SIGHT_PRESENT);
    note(world, life, NULL);
    world_sight(world, "key", SIGHT_UNREACHABLE);
    note(world, life, NULL);
    assert_step(&life->rotation, "every", "2027-03-02 every: waiting: until the key can be seen");
    assert_step(&life->retirement, "", "2027-01-31: waiting: until the key can be seen");
    assert_string_equal(life->newest, VERSION_B);
    world_sight(world, "key", SIGHT_PRESENT);
    note(world, life, NULL);
    assert_step(&life->rotation, "every", "2027-03-02 every");
    life_free(life);
    world_free(world);
}

static void nothing_comes_of_a_key_that_is_not_there(void **state)
{
    struct world *world = world_new(STEADY);
    struct life *life = mem_new(1, sizeof *life);
    (void)state;
    world_sight(world, "key", SIGHT_ABSENT);
    note(world, life, NULL);
    assert_step(&life->rotation, "", "never: the key is not there");
    assert_step(&life->retirement, "", "never: the key is not there");
    assert_null(life->newest);
    life_free(life);
    world_free(world);
}

/* A rotation that was refused is tried again later: that is in the way of what is due. What is not
 * due yet has nothing to do with it. */
static void a_refusal_counts_for_what_is_due(void **state)
{
    struct world *world = world_new(ROTATION("'every': 'P30D'"));
    struct life *life = mem_new(1, sizeof *life);
    struct err why;
    (void)state;
    world_round(world);
    err_set(&why, ERR_AZURE, "ForbiddenByFirewall", "no");
    memory_refused(world->memory, world_finding(world, "key", "rotation.every"), &why, 0, 60,
                   WORLD_NOW_S);
    note(world, life, NULL);
    assert_step(&life->rotation, "every",
                "2027-01-01 every: waiting: until 2027-01-01T00:01:00Z to try again: Azure refused"
                " it, ForbiddenByFirewall: no");
    life_free(life);
    world_free(world);
}

/* After a rotation the next one is far away: that it has been written is not in its way. */
static void a_rotation_that_was_made_is_not_in_the_way_of_the_next(void **state)
{
    struct world *world = world_new(ROTATION("'every': 'P30D'"));
    struct life *life = mem_new(1, sizeof *life);
    (void)state;
    world_round(world);
    world_wrote(world);
    note(world, life, NULL);
    assert_step(&life->rotation, "every",
                "2027-01-01 every: waiting: until what was written at 2027-01-01T00:00:00Z shows");
    world_versions(world, "key",
                   "[" V(VERSION_B, "'ageDays': 30") ", " V(VERSION_C, "'ageDays': 0") "]");
    note(world, life, NULL);
    assert_step(&life->rotation, "every", "2027-01-31 every");
    life_free(life);
    world_free(world);
}

static void every_account_of_a_shared_key_is_a_user_of_it(void **state)
{
    struct world *world = world_of_stacks(
        "{'prod': {'key': {'rotation': {'every': 'P90D', 'retireAfter': 'P60D'}}},"
        " 'test': {'key': {'rotation': {'every': 'P90D', 'retireAfter': 'P60D'}}, 'account':"
        " {'name': 'oai-test'}},"
        " 'else': {'key': {'name': 'other-cmk'}, 'account': {'name': 'oai-else'}}}");
    struct life *life = mem_new(1, sizeof *life);
    (void)state;
    world_show(world, "test.account", NAMES("'" VERSION_A "'"));
    world_show(world, "else.account",
               "{'properties': {'encryption': {'keyVaultProperties': {'keyName': 'openai-cmk'}}}}");
    world_sight(world, "account", SIGHT_FORBIDDEN);
    show_others(world, NULL);
    note(world, life, NULL);
    AUTO(text) char *users = users_words(life);
    assert_string_equal(users, "oai-prod unseen, oai-test " VERSION_A ", oai-else " VERSION_B);
    assert_step(&life->retirement, "",
                "2027-01-31: waiting: until every account that is declared with the key is there,"
                " seen and settled (oai-prod)");
    life_free(life);
    world_free(world);
}

/* It may have been encrypted under this one by hand. */
static void an_account_of_another_key_that_cannot_be_seen_is_in_the_way(void **state)
{
    struct world *world = world_of_stacks("{'prod': {'key': {'rotation': {'every': 'P90D',"
                                          " 'retireAfter': 'P60D'}}}, 'else': {'key': {'name':"
                                          " 'other-cmk'}, 'account': {'name': 'oai-else'}}}");
    struct life *life = mem_new(1, sizeof *life);
    (void)state;
    show_others(world, NULL);
    note(world, life, NULL);
    assert_step(&life->retirement, "", "2027-01-31");
    world_sight(world, "else.account", SIGHT_FORBIDDEN);
    note(world, life, NULL);
    assert_step(&life->retirement, "",
                "2027-01-31: waiting: until every account that is declared with its vault is seen"
                " and settled (oai-else)");
    life_free(life);
    world_free(world);
}

/* The list still shows what its own read does not show any more: the read counts. */
static void a_declared_account_in_a_list_is_no_stranger(void **state)
{
    struct world *world = world_of_stacks("{'prod': {'key': {'rotation': {'every': 'P90D',"
                                          " 'retireAfter': 'P30D'}}}, 'else': {'key': {'name':"
                                          " 'other-cmk'}, 'account': {'name': 'other'}}}");
    struct life *life = mem_new(1, sizeof *life);
    AUTO(text)
    char *listed = mem_format("[{'id': '%s', 'properties': {'encryption': {'keyVaultProperties': {"
                              " 'keyVaultUri': 'https://kv-openai-prod.vault.azure.net', 'keyName':"
                              " 'openai-cmk', 'keyVersion': '" VERSION_A "'}}}}]",
                              world_node(world, "else.account")->id);
    (void)state;
    world_others(world, "key", listed);
    note(world, life, NULL);
    AUTO(text) char *users = users_words(life);
    assert_string_equal(users, "oai-prod " VERSION_B ", listed");
    assert_step(&life->retirement, "", "2027-01-01");
    life_free(life);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_to_come_stands_while_the_key_cannot_be_seen),
        cmocka_unit_test(nothing_comes_of_a_key_that_is_not_there),
        cmocka_unit_test(a_refusal_counts_for_what_is_due),
        cmocka_unit_test(a_rotation_that_was_made_is_not_in_the_way_of_the_next),
        cmocka_unit_test(every_account_of_a_shared_key_is_a_user_of_it),
        cmocka_unit_test(an_account_of_another_key_that_cannot_be_seen_is_in_the_way),
        cmocka_unit_test(a_declared_account_in_a_list_is_no_stranger),
    };
    int failed = CASES_RUN(cases, check);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
