#include "cases.h"

#include "report/words.h"

static struct words_case {
    const char *name, *json, *expected;
    size_t max; /* 0: 1000 */
} cases[] = {
    {"nothing is none", NULL, "none", 0},
    {"a text is itself", "'Deny'", "Deny", 0},
    {"a flag", "true", "true", 0},
    {"a list of rules is a list of addresses",
     "[{'value': '203.0.113.0/24'}, {'value': '198.51.100.7'}]", "203.0.113.0/24, 198.51.100.7", 0},
    {"a list of ids too", "[{'id': '/a'}, {'id': '/b'}]", "/a, /b", 0},
    {"a list of words", "['get', 'wrapKey']", "get, wrapKey", 0},
    {"an empty list is no absence", "[]", "[]", 0},
    {"a rule that says more is not shortened", "[{'value': '1.2.3.4', 'action': 'Allow'}]",
     "[{\"value\":\"1.2.3.4\",\"action\":\"Allow\"}]", 0},
    {"nor is a list with one such rule", "['a', {'b': 'c'}]", "[\"a\",{\"b\":\"c\"}]", 0},
    {"a flat object is told member by member", "{'version': '1f', 'created': '2026-01-01'}",
     "version 1f, created 2026-01-01", 0},
    {"a deep one is JSON", "{'a': {'b': 1}}", "{\"a\":{\"b\":1}}", 0},
    {"an empty one too", "{}", "{}", 0},
    {"what is too long is cut and says so", "['aaaa', 'bbbb', 'cccc']", "aaaa, ...", 9},
};

static void check(void **state)
{
    const struct words_case *c = *state;
    AUTO(json) struct json_object *value = c->json ? json_tokener_parse(c->json) : NULL;
    AUTO(text) char *words = words_of(value, c->max ? c->max : 1000);
    assert_string_equal(words, c->expected);
}

/* ---- ids ----------------------------------------------------------------------------------- */

#define VAULT "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv"
#define ACCOUNT "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/a"

static struct kind_case {
    const char *name, *id, *expected;
} kinds[] = {
    {"a vault", VAULT, "vault"},
    {"a key is not its vault", VAULT "/keys/k", "key"},
    {"in whatever case", "/SUBSCRIPTIONS/s/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/kv", "vault"},
    {"a grant is not what it is on",
     VAULT "/keys/k/providers/Microsoft.Authorization/roleAssignments/n", "grant"},
    {"nor where grants are looked for",
     VAULT "/keys/k/providers/Microsoft.Authorization/roleAssignments", "grant"},
    {"a child", ACCOUNT "/deployments/gpt", "deployment"},
    {"a lock on an account", ACCOUNT "/providers/Microsoft.Authorization/locks/l", "lock"},
    {"something else", "/subscriptions/s/providers/Microsoft.Network/virtualNetworks/v",
     "resource"},
    {"a subscription", "/subscriptions/s", "resource"},
    {"nothing", "", "resource"},
};

static void check_kind(void **state)
{
    const struct kind_case *c = *state;
    assert_string_equal(words_kind(c->id), c->expected);
}

int main(void)
{
    return CASES_RUN(cases, check) + CASES_RUN(kinds, check_kind);
}
