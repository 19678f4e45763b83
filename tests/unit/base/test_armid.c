/* Resource ids: they and their parts compare without case. */
#include "cases.h"

#include "base/armid.h"

#define VAULT "/subscriptions/S/resourceGroups/G/providers/Microsoft.KeyVault/vaults/V"

static struct pair_case {
    const char *name, *a, *b;
    bool is_so;
} same[] =
    {
        /* clang-format off */
    {"an id is itself", VAULT, VAULT, true},
    {"case does not count", VAULT, "/SUBSCRIPTIONS/s/resourcegroups/g/providers/microsoft.keyvault/vaults/v", true},
    {"one slash at the end does not count", VAULT "/", VAULT, true},
    {"two slashes do", VAULT "//", VAULT, false},
    {"an id is not its beginning", VAULT, VAULT "x", false},
    {"an id is not another of its length", "/a/b", "/a/c", false},
    {"nothing is not the root", "", "/", false},
        /* clang-format on */
},
  within[] = {
      /* clang-format off */
    {"an id lies within itself", VAULT, VAULT, true},
    {"a child lies within", VAULT "/keys/K", VAULT, true},
    {"a resource lies within its group, in any case", VAULT, "/subscriptions/s/RESOURCEGROUPS/g", true},
    {"and within its subscription with a slash behind it", VAULT, "/subscriptions/S/", true},
    {"all lies within the root", VAULT, "/", true},
    {"a longer name is not within a shorter one", VAULT "2", VAULT, false},
    {"a group is not within its resource", "/subscriptions/S/resourceGroups/G", VAULT, false},
    {"nothing is within no scope", VAULT, "", false},
      /* clang-format on */
};

static void check_same(void **state)
{
    const struct pair_case *c = *state;
    assert_int_equal(armid_same(c->a, c->b), c->is_so);
    assert_int_equal(armid_same(c->b, c->a), c->is_so);
}

static void check_within(void **state)
{
    const struct pair_case *c = *state;
    assert_int_equal(armid_within(c->a, c->b), c->is_so);
}

static struct part_case {
    const char *name, *id, *word, *part;
} parts[] =
    {
        /* clang-format off */
    {"the subscription", VAULT, "subscriptions", "S"},
    {"the group, in any case", VAULT, "RESOURCEGROUPS", "G"},
    {"the name at the end", VAULT, "vaults", "V"},
    {"what is not there", VAULT, "accounts", NULL},
    {"a word is not its beginning", VAULT, "vault", NULL},
    {"nor its end", VAULT, "aults", NULL},
    {"of two the last counts", "/a/1/a/2/b", "a", "2"},
    {"a word at the end has no value", "/a/1/b", "b", NULL},
    {"an id without a slash has no parts", "x", "x", NULL},
        /* clang-format on */
},
  parents[] = {
      /* clang-format off */
    {"a key's vault", VAULT "/keys/K", NULL, VAULT},
    {"a slash at the end does not count", VAULT "/keys/K/", NULL, VAULT},
    {"a vault's group", VAULT, NULL, "/subscriptions/S/resourceGroups/G"},
    {"an assignment's scope", VAULT "/keys/K/providers/Microsoft.Authorization/roleAssignments/N", NULL, VAULT "/keys/K"},
    {"a group's subscription", "/subscriptions/S/resourceGroups/G", NULL, "/subscriptions/S"},
    {"a subscription has none", "/subscriptions/S", NULL, NULL},
    {"a group that is called providers is a group", "/subscriptions/S/resourceGroups/providers/providers/M.K/vaults/V", NULL, "/subscriptions/S/resourceGroups/providers"},
      /* clang-format on */
};

static void assert_text(char *text, const char *expected)
{
    if (expected) {
        assert_non_null(text);
        assert_string_equal(text, expected);
    } else {
        assert_null(text);
    }
    free(text);
}

static void check_part(void **state)
{
    const struct part_case *c = *state;
    assert_text(armid_part(c->id, c->word), c->part);
}

static void check_parent(void **state)
{
    const struct part_case *c = *state;
    assert_text(armid_parent(c->id), c->part);
}

static struct valid_case {
    const char *name, *id;
    bool is_valid;
} valid[] = {
    /* clang-format off */
    {"an id is valid", VAULT, true},
    {"it begins with a slash", "subscriptions/S", false},
    {"it has no empty segment", "/subscriptions//S", false},
    {"it does not climb", "/subscriptions/../S", false},
    {"it has no query", "/a/b?x", false},
    {"it has no fragment", "/a/b#x", false},
    {"it has no escapes", "/a/%2e%2e", false},
    {"it has no blank", "/a/b c", false},
    {"it has no line end", "/a/b\n", false},
    {"it has no quote", "/a/\"b", false},
    {"it has no backslash", "/a\\b", false},
    {"it has no byte above ASCII", "/a/\xC3\xA9", false},
    {"it is not empty", "", false},
    /* clang-format on */
};

static void check_valid(void **state)
{
    const struct valid_case *c = *state;
    assert_int_equal(armid_valid(c->id), c->is_valid);
}

static void forms_to_compare_by(void **state)
{
    (void)state;
    assert_text(armid_key("/A/B/"), "/a/b");
    assert_text(armid_key("/"), "/");
    assert_text(armid_location("East US 2"), "eastus2");
    assert_text(armid_location("SWEDENCENTRAL"), "swedencentral");
    assert_text(armid_location(""), "");
    assert_string_equal(armid_name(VAULT), "V");
    assert_string_equal(armid_name("V"), "V");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(forms_to_compare_by)};
    int failed = CASES_RUN(same, check_same);
    failed += CASES_RUN(within, check_within);
    failed += CASES_RUN(parts, check_part);
    failed += CASES_RUN(parents, check_parent);
    failed += CASES_RUN(valid, check_valid);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
