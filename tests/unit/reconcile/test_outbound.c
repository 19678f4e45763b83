/* An account whose outbound access is restricted keeps its key vault on the list of where it may
 * go. */
#include "world.h"

#define HOST "kv-openai-prod.vault.azure.net"
#define OUTBOUND(restricts, list)                                                                  \
    "{'properties': {'restrictOutboundNetworkAccess': " restricts ", 'allowedFqdnList': " list "}}"
#define DECLARES(members) "{'account': {'properties': {" members "}}}"
#define B_DISABLED                                                                                 \
    "[{'version': '" VERSION_A "', 'ageDays': 120},"                                               \
    " {'version': '" VERSION_B "', 'ageDays': 30, 'enabled': false}]"
#define IS_PATCH "account properties.allowedFqdnList patch"

static struct outbound_case {
    const char *name;
    const char *declared; /* laid over the stack, or NULL */
    const char *account;  /* laid over what Azure shows */
    const char *versions; /* of the key, or NULL */
    const char *words;    /* all that is found */
    const char *body;     /* of the one request; NULL: nothing is sent */
} cases[] = {
    {
        .name = "an account that may go anywhere needs no list",
        .account = OUTBOUND("false", "['files.contoso.com']"),
        .words = "",
    },
    {
        .name = "the vault's host in any case is it",
        .account = OUTBOUND("true", "['files.contoso.com', 'KV-OpenAI-Prod.vault.azure.net']"),
        .words = "",
    },
    {
        .name = "the vault's host joins a list that nobody declares",
        .account = OUTBOUND("true", "['files.contoso.com']"),
        .words = IS_PATCH,
        .body = "{'properties': {'allowedFqdnList': ['files.contoso.com', '" HOST "']}}",
    },
    {
        .name = "no list at all is a list without it",
        .account = OUTBOUND("true", "null"),
        .words = IS_PATCH,
        .body = "{'properties': {'allowedFqdnList': ['" HOST "']}}",
    },
    {
        .name = "a restriction that is declared comes with the vault's host, in one request",
        .declared = DECLARES("'restrictOutboundNetworkAccess': true"),
        .account = OUTBOUND("false", "['files.contoso.com']"),
        .words = "account properties.restrictOutboundNetworkAccess patch, " IS_PATCH,
        .body = "{'properties': {'restrictOutboundNetworkAccess': true, 'allowedFqdnList': "
                "['files.contoso.com', '" HOST "']}}",
    },
    {
        .name = "a restriction that is lifted needs no host",
        .declared = DECLARES("'restrictOutboundNetworkAccess': false"),
        .account = OUTBOUND("true", "['files.contoso.com']"),
        .words = "account properties.restrictOutboundNetworkAccess patch",
        .body = "{'properties': {'restrictOutboundNetworkAccess': false}}",
    },
    {
        .name = "a declared list is held as it is",
        .declared = DECLARES("'restrictOutboundNetworkAccess': true, 'allowedFqdnList': "
                             "['" HOST "', 'files.contoso.com']"),
        .account = OUTBOUND("true", "['files.contoso.com', 'elsewhere.example.com']"),
        .words = IS_PATCH,
        .body = "{'properties': {'allowedFqdnList': ['" HOST "', 'files.contoso.com']}}",
    },
    {
        .name = "a declared list that would cost the account its key is not written",
        .declared = DECLARES("'allowedFqdnList': ['files.contoso.com']"),
        .account = OUTBOUND("true", "['" HOST "']"),
        .words = "account properties.allowedFqdnList refused",
    },
    {
        .name = "the way to the key is not given back while somebody may be having an incident",
        .account = OUTBOUND("true", "[]"),
        .versions = B_DISABLED,
        .words = "key properties.attributes.enabled refused, account properties.allowedFqdnList "
                 "refused",
    },
    {
        .name = "a host that is not declared is taken out all the same",
        .declared = DECLARES("'restrictOutboundNetworkAccess': true, 'allowedFqdnList': "
                             "['" HOST "']"),
        .account = OUTBOUND("true", "['" HOST "', 'elsewhere.example.com']"),
        .versions = B_DISABLED,
        .words = "key properties.attributes.enabled refused, " IS_PATCH,
        .body = "{'properties': {'allowedFqdnList': ['" HOST "']}}",
    },
};

static void check(void **state)
{
    const struct outbound_case *c = *state;
    struct world *world = world_new(c->declared);
    world_show(world, "account", c->account);
    if (c->versions)
        world_versions(world, "key", c->versions);
    world_round(world);
    assert_words(world, c->words);
    assert_requests(world, c->body ? "PATCH account" : "");
    if (c->body)
        assert_json(world_body(world, 0), c->body);
    world_free(world);
}

/* A creation has one body: what restricts the account in it lets it reach its vault. */
static void a_restricted_account_is_made_with_its_vault_on_the_list(void **state)
{
    (void)state;
    struct world *world = world_new(DECLARES("'restrictOutboundNetworkAccess': true"));
    world_sight(world, "account", SIGHT_ABSENT);
    world_round(world);
    world_later(world, 60);
    assert_requests(world, "PUT account");
    AUTO(text)
    char *list = js_words(js_array(world_body(world, 0), "properties.allowedFqdnList"), 100);
    assert_string_equal(list, "[\"" HOST "\"]");
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restricted_account_is_made_with_its_vault_on_the_list),
    };
    return CASES_RUN(cases, check) + cmocka_run_group_tests(tests, NULL, NULL);
}
