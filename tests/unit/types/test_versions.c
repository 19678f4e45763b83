/* Versions of a key, and what lets an account use one. */
#include "cases.h"

#include "types/roles.h"
#include "types/versions.h"

#define ROLES "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/"

static struct json_object *tree_of(const char *text)
{
    enum json_tokener_error error;
    struct json_object *tree = json_tokener_parse_verbose(text, &error);
    assert_int_equal(error, json_tokener_success);
    return tree;
}

/* Which of a list is the newest, of all and of the enabled. */
static struct newest_case {
    const char *name, *list, *newest, *newest_enabled; /* NULL: none */
} newest[] = {
    {
        .name = "by date of creation and not by place, as Resource Manager lists them",
        .list = "[{'properties': {'keyUriWithVersion': 'https://v/keys/k/c',"
                "  'attributes': {'enabled': true, 'created': 30}}},"
                " {'properties': {'keyUriWithVersion': 'https://v/keys/k/a',"
                "  'attributes': {'enabled': true, 'created': 10}}}]",
        .newest = "c",
        .newest_enabled = "c",
    },
    {
        .name = "the same, as the data plane lists them",
        .list = "[{'kid': 'https://v/keys/k/a', 'attributes': {'enabled': true, 'created': 10}},"
                " {'kid': 'https://v/keys/k/c', 'attributes': {'enabled': false, 'created': 30}}]",
        .newest = "c",
        .newest_enabled = "a",
    },
    {
        .name = "the same, by the ids of Resource Manager alone",
        .list = "[{'id': '/x/keys/k/versions/a', 'properties': {'attributes': {'created': 1}}}]",
        .newest = "a",
    },
    {
        .name = "what does not say whether it is enabled is not",
        .list = "[{'kid': 'https://v/keys/k/a', 'attributes': {'created': 10}}]",
        .newest = "a",
    },
    {
        .name = "what does not say when it was made is none",
        .list = "[{'kid': 'https://v/keys/k/a', 'attributes': {'enabled': true}}]",
    },
    {
        .name = "what says it in a text is none",
        .list = "[{'kid': 'https://v/keys/k/a', 'attributes': {'created': '10'}}]",
    },
    {
        .name = "what has no name is none",
        .list = "[{'attributes': {'enabled': true, 'created': 10}}, 7, 7.5, null]",
    },
    {
        .name = "what is no name in a URL is none",
        .list = "[{'kid': 'https://v/keys/k/a?b', 'attributes': {'created': 10}},"
                " {'kid': 'https://v/keys/k/..', 'attributes': {'created': 10}},"
                " {'kid': 'https://v/keys/k/%2e', 'attributes': {'created': 10}},"
                " {'kid': 'https://v/keys/k/a b', 'attributes': {'created': 10}}]",
    },
    {
        .name = "an empty list has none",
        .list = "[]",
    },
    {
        .name = "no list has none",
        .list = "null",
    },
};

static void assert_newest(struct json_object *list, bool enabled_only, const char *expected)
{
    struct version version;
    bool found = version_newest(list, enabled_only, &version);
    assert_int_equal(found, expected != NULL);
    if (found)
        assert_string_equal(version.id, expected);
}

static void check_newest(void **state)
{
    const struct newest_case *c = *state;
    AUTO(json) struct json_object *list = tree_of(c->list);
    assert_newest(list, false, c->newest);
    assert_newest(list, true, c->newest_enabled);
    AUTO(text) char *text = version_text(list);
    AUTO(json) struct json_object *again = tree_of(text);
    assert_newest(again, false, c->newest);
    assert_newest(again, true, c->newest_enabled);
}

static void a_text_holds_all_that_is_read_of_a_version(void **state)
{
    (void)state;
    AUTO(json)
    struct json_object *list =
        tree_of("[{'id': '/v/keys/k/versions/a', 'tags': {}, 'properties': {'keyUriWithVersion':"
                " 'https://v/keys/k/a', 'attributes': {'enabled': true, 'created': 10, 'exp': 30,"
                " 'nbf': 20, 'updated': 11}}}, {'kid': 'b', 'attributes': {'created': 9}}]");
    AUTO(text) char *text = version_text(list);
    assert_string_equal(text, "[{\"kid\":\"a\",\"attributes\":{\"enabled\":true,\"created\":10,"
                              "\"nbf\":20,\"exp\":30}},"
                              "{\"kid\":\"b\",\"attributes\":{\"enabled\":false,\"created\":9}}]");
}

static void a_version_is_found_in_any_case(void **state)
{
    struct version version;
    AUTO(json)
    struct json_object *list =
        tree_of("[{'kid': 'https://v/keys/k/AB', 'attributes': {'created': 10}}]");
    (void)state;
    assert_true(version_find(list, "ab", &version));
    assert_false(version_find(list, "a", &version));
    assert_false(version_find(NULL, "a", &version));
}

static struct valid_case {
    const char *name;
    struct version version;
    int64_t now_s;
    enum version_state state;
} valid[] = {
    /* clang-format off */
    {"an enabled version without dates is valid", {"v", true, 1, 0, INT64_MAX}, 100, VERSION_ENABLED},
    {"a disabled one is not", {"v", false, 1, 0, INT64_MAX}, 100, VERSION_DISABLED},
    {"whatever its dates", {"v", false, 1, 0, 50}, 100, VERSION_DISABLED},
    {"it is valid from its first second", {"v", true, 1, 100, INT64_MAX}, 100, VERSION_ENABLED},
    {"and not before it", {"v", true, 1, 101, INT64_MAX}, 100, VERSION_NOT_YET_VALID},
    {"it is valid up to its expiry", {"v", true, 1, 0, 101}, 100, VERSION_ENABLED},
    {"and not from then on", {"v", true, 1, 0, 100}, 100, VERSION_EXPIRED},
    /* clang-format on */
};

static void check_valid(void **state)
{
    const struct valid_case *c = *state;
    assert_int_equal(version_state_at(&c->version, c->now_s), c->state);
    assert_int_equal(version_is_valid_at(&c->version, c->now_s), c->state == VERSION_ENABLED);
}

/* ---- whose key it is ------------------------------------------------------------------------ */

static struct link_case {
    const char *name, *link; /* keyVaultProperties */
    bool is_named;
    const char *version; /* NULL: none */
} links[] = {
    /* clang-format off */
    {"the very key", "{'keyVaultUri': 'https://kv.vault.azure.net/', 'keyName': 'k', 'keyVersion': 'v'}", true, "v"},
    {"in any case and without a slash", "{'keyVaultUri': 'HTTPS://KV.vault.azure.net', 'keyName': 'K', 'keyVersion': 'v'}", true, "v"},
    {"in another cloud", "{'keyVaultUri': 'https://kv.vault.azure.cn/', 'keyName': 'k', 'keyVersion': 'v'}", true, "v"},
    {"without a version", "{'keyVaultUri': 'https://kv.vault.azure.net/', 'keyName': 'k', 'keyVersion': ''}", true, NULL},
    {"another key", "{'keyVaultUri': 'https://kv.vault.azure.net/', 'keyName': 'k2', 'keyVersion': 'v'}", false, NULL},
    {"another vault", "{'keyVaultUri': 'https://kv2.vault.azure.net/', 'keyName': 'k', 'keyVersion': 'v'}", false, NULL},
    {"a vault whose name only ends the same", "{'keyVaultUri': 'https://mykv.vault.azure.net/', 'keyName': 'k', 'keyVersion': 'v'}", false, NULL},
    {"no link", "null", false, NULL},
    /* clang-format on */
};

static void check_link(void **state)
{
    const struct link_case *c = *state;
    char k[] = "k", kv[] = "kv";
    struct node vault = {.name = kv}, key = {.name = k, .vault = &vault};
    AUTO(json) struct json_object *body = json_object_new_object();
    js_put(body, "properties.encryption.keyVaultProperties", tree_of(c->link));
    struct observed now = {.sight = SIGHT_PRESENT, .body = body};
    struct node node = {.cmk = &key}, grant = {.cmk = &key, .account = &node};
    struct seen account = {&node, &now};
    assert_int_equal(version_link_names(&account, &key), c->is_named);
    if (c->version)
        assert_string_equal(version_named_by(&account, &key), c->version);
    else
        assert_null(version_named_by(&account, &key));
    assert_false(version_link_names(&(struct seen){&grant, &now}, &key)); /* it is no account */
    now.sight = SIGHT_DELETED; /* a record is no account */
    assert_false(version_link_names(&account, &key));
}

static struct role_case {
    const char *name, *assignment;
    bool suffices; /* for principal p at /s/g/v/k */
} roles[] = {
    /* clang-format off */
    {"the encryption user on the key", "{'roleDefinitionId': '" ROLES "e147488a-f6f5-4113-8e2d-b22465e65bf6', 'principalId': 'P', 'scope': '/s/g/v/k'}", true},
    {"the crypto user above it", "{'roleDefinitionId': '" ROLES "12338AF0-0E69-4776-BEA7-57AE8D297424', 'principalId': 'p', 'scope': '/S/G'}", true},
    {"a role that may read alone", "{'roleDefinitionId': '" ROLES "21090545-7ca7-4776-b22c-e363652d74d2', 'principalId': 'p', 'scope': '/s/g/v/k'}", false},
    {"somebody else", "{'roleDefinitionId': '" ROLES "e147488a-f6f5-4113-8e2d-b22465e65bf6', 'principalId': 'q', 'scope': '/s/g/v/k'}", false},
    {"another key", "{'roleDefinitionId': '" ROLES "e147488a-f6f5-4113-8e2d-b22465e65bf6', 'principalId': 'p', 'scope': '/s/g/v/k2'}", false},
    {"below the key", "{'roleDefinitionId': '" ROLES "e147488a-f6f5-4113-8e2d-b22465e65bf6', 'principalId': 'p', 'scope': '/s/g/v/k/x'}", false},
    {"no scope", "{'roleDefinitionId': '" ROLES "e147488a-f6f5-4113-8e2d-b22465e65bf6', 'principalId': 'p'}", false},
    {"nothing", "{}", false},
    /* clang-format on */
};

static void check_role(void **state)
{
    const struct role_case *c = *state;
    AUTO(json) struct json_object *assignment = json_object_new_object();
    js_put(assignment, "properties", tree_of(c->assignment));
    assert_int_equal(role_can_use_key(assignment, "p", "/s/g/v/k"), c->suffices);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_version_is_found_in_any_case),
        cmocka_unit_test(a_text_holds_all_that_is_read_of_a_version)};
    int failed = CASES_RUN(newest, check_newest);
    failed += CASES_RUN(valid, check_valid);
    failed += CASES_RUN(links, check_link);
    failed += CASES_RUN(roles, check_role);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
