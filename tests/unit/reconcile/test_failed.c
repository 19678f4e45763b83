/* What Azure could not finish: it is told, and written again as it is, once, with all that is to be
 * changed; and not for ever. */
#include "world.h"

#define STATE "properties.provisioningState"
#define FAILED "{'properties': {'provisioningState': 'Failed'}}"
#define NAMED(account) "{'account': {" account "}}"
#define MODEL                                                                                      \
    "'deployments': {'gpt': {'sku': {'name': 'Standard', 'capacity': 10}, 'properties': {"         \
    "'model': {'format': 'OpenAI', 'name': 'gpt-4o', 'version': '1'}, 'raiPolicyName': 'strict'}}}"
#define FILTER "'raiPolicies': {'strict': {'properties': {'mode': 'Blocking'}}}"
#define ACLS "'networkAcls': {'defaultAction': 'Deny', 'ipRules': [], 'virtualNetworkRules': []}"
#define LINK                                                                                       \
    "'encryption': {'keySource': 'Microsoft.KeyVault', 'keyVaultProperties': {"                    \
    "'keyVaultUri': 'https://kv-openai-prod.vault.azure.net/', 'keyName': 'openai-cmk',"           \
    "'keyVersion': '" VERSION_B "'}}"
#define WHO "'identity': {'type': 'SystemAssigned'}"
#define EXEMPT(path) "'exemptions': [{'path': 'account." path "', 'reason': 'SEC-1'}]"

static struct failed_case {
    const char *name;
    const char *declared, *word, *shown;
    const char *vault, *versions, *held;
    const char *outcome, *reason;
    const char *requests;
    const char *body; /* of the last request */
} cases[] = {
    {
        .name = "an account is written again, what is declared and right as it is shown",
        .word = "account",
        .shown = "{'tags': {'a': 'b'}, 'properties': {'provisioningState': 'Failed',"
                 " 'networkAcls': {'ipRules': [{'value': '198.51.100.7'}]}}}",
        .outcome = "action",
        .requests = "PATCH account",
        .body = "{" WHO ", 'properties': {" LINK ", 'networkAcls': {'defaultAction': 'Deny',"
                " 'ipRules': [{'value': '198.51.100.7'}], 'virtualNetworkRules': []}}}",
    },
    {
        .name = "and so is one whose last write was cancelled",
        .word = "account",
        .shown = "{'properties': {'provisioningState': 'Canceled'}}",
        .outcome = "action",
        .requests = "PATCH account",
        .body = "{" WHO ", 'properties': {" LINK ", " ACLS "}}",
    },
    {
        .name = "spelt in the other way too",
        .word = "account",
        .shown = "{'properties': {'provisioningState': 'CANCELLED'}}",
        .outcome = "action",
        .requests = "PATCH account",
    },
    {
        .name = "one that has drifted besides is written once",
        .word = "account",
        .shown = "{'properties': {'provisioningState': 'Failed',"
                 " 'networkAcls': {'defaultAction': 'Allow'}}}",
        .outcome = "action",
        .requests = "PATCH account",
        .body = "{" WHO ", 'properties': {" LINK ", " ACLS "}}",
    },
    {
        .name = "one whose link is to be repaired is written with it",
        .word = "account",
        .shown = "{'properties': {'provisioningState': 'Failed',"
                 " 'encryption': {'keyVaultProperties': {'keyVersion': '" VERSION_A "'}}}}",
        .outcome = "action",
        .requests = "PATCH account",
        .body = "{" WHO ", 'properties': {" LINK ", " ACLS "}}",
    },
    {
        .name = "a link is not repeated under a vault that is not protected",
        .word = "account",
        .shown = FAILED,
        .vault = "{'properties': {'enablePurgeProtection': null}}",
        .outcome = "waiting",
        .reason = "purge protection",
        .requests = "PATCH vault",
    },
    {
        .name = "nor under a key that somebody has disabled",
        .word = "account",
        .shown = FAILED,
        .versions = "[{'version': '" VERSION_B "', 'ageDays': 30, 'enabled': false}]",
        .outcome = "refused",
        .requests = "",
    },
    {
        .name = "under such a key nothing is taken up again, though the link is exempt",
        .declared = "{" EXEMPT("properties.encryption") "}",
        .word = "account",
        .shown = FAILED,
        .versions = "[{'version': '" VERSION_B "', 'ageDays': 30, 'enabled': false}]",
        .outcome = "refused",
        .requests = "",
    },
    {
        .name = "a link that is exempt is left out, and its guards with it",
        .declared = "{" EXEMPT("properties.encryption") "}",
        .word = "account",
        .shown = FAILED,
        .vault = "{'properties': {'enablePurgeProtection': null}}",
        .outcome = "action",
        .requests = "PATCH vault, PATCH account",
        .body = "{" WHO ", 'properties': {" ACLS "}}",
    },
    {
        .name = "what is exempt is not written, though it is right",
        .declared = "{" EXEMPT("properties.networkAcls.defaultAction") "}",
        .word = "account",
        .shown = FAILED,
        .outcome = "action",
        .requests = "PATCH account",
        .body = "{" WHO ", 'properties': {" LINK "}}",
    },
    {
        .name = "nor what is exempt and wrong",
        .declared = "{" EXEMPT("properties.networkAcls") "}",
        .word = "account",
        .shown = "{'properties': {'provisioningState': 'Failed',"
                 " 'networkAcls': {'defaultAction': 'Allow'}}}",
        .outcome = "action",
        .requests = "PATCH account",
        .body = "{" WHO ", 'properties': {" LINK "}}",
    },
    {
        .name = "it waits with what cannot be written yet",
        .word = "account",
        .shown = "{'properties': {'provisioningState': 'Failed', 'customSubDomainName': null,"
                 " 'networkAcls': {'defaultAction': 'Allow'}}}",
        .declared = "{'account': {'properties': {'customSubDomainName': 'oai-prod'}}}",
        .outcome = "waiting",
        .reason = "properties.networkAcls.defaultAction, which waits too",
        .requests = "PATCH account",
        .body = "{'properties': {'customSubDomainName': 'oai-prod'}}",
    },
    {
        .name = "a watching cmkd tells it",
        .declared = "{'mode': 'audit'}",
        .word = "account",
        .shown = FAILED,
        .outcome = "audit",
        .requests = "",
    },
    {
        .name = "an order holds it",
        .word = "account",
        .shown = FAILED,
        .held = "an order",
        .outcome = "held",
        .requests = "",
    },
    {
        .name = "a deployment is written again without what is Azure's",
        .declared = NAMED(MODEL),
        .word = "deployment",
        .shown = "{'tags': {'a': 'b'}, 'etag': 'x', 'properties': {'provisioningState': 'Failed',"
                 " 'serviceTier': 'Priority', 'capabilities': {'x': 'true'}, 'rateLimits': []}}",
        .outcome = "action",
        .requests = "PUT deployment",
        .body = "{'sku': {'name': 'Standard', 'capacity': 10}, 'tags': {'a': 'b'}, 'properties': {"
                " 'model': {'format': 'OpenAI', 'name': 'gpt-4o', 'version': '1'},"
                " 'serviceTier': 'Priority', 'raiPolicyName': 'strict'}}",
    },
    {
        .name = "one that was cancelled too",
        .declared = NAMED(MODEL),
        .word = "deployment",
        .shown = "{'properties': {'provisioningState': 'Canceled'}}",
        .outcome = "action",
        .requests = "PUT deployment",
    },
    {
        .name = "the repair of a deployment is not undone by writing it again",
        .declared = NAMED(MODEL),
        .word = "deployment",
        .shown = "{'properties': {'provisioningState': 'Failed', 'raiPolicyName': 'lax'}}",
        .outcome = "action",
        .requests = "PUT deployment",
        .body = "{'sku': {'name': 'Standard', 'capacity': 10}, 'properties': {"
                " 'model': {'format': 'OpenAI', 'name': 'gpt-4o', 'version': '1'},"
                " 'raiPolicyName': 'strict'}}",
    },
    {
        .name = "a content filter is written again",
        .declared = NAMED(FILTER),
        .word = "raiPolicy",
        .shown = "{'properties': {'provisioningState': 'Failed', 'type': 'UserManaged'}}",
        .outcome = "action",
        .requests = "PUT raiPolicy",
        .body = "{'properties': {'mode': 'Blocking'}}",
    },
    {
        .name = "and its repair is not undone either",
        .declared = NAMED(FILTER),
        .word = "raiPolicy",
        .shown = "{'properties': {'provisioningState': 'Failed', 'mode': 'Default'}}",
        .outcome = "action",
        .requests = "PUT raiPolicy",
        .body = "{'properties': {'mode': 'Blocking'}}",
    },
    {
        .name = "what has come to a good end is right",
        .word = "account",
        .shown = "{'properties': {'provisioningState': 'succeeded'}}",
        .outcome = "right",
        .requests = "",
    },
    {
        .name = "what does not say how it ended is right",
        .declared = NAMED(FILTER),
        .word = "raiPolicy",
        .shown = "{'properties': {'provisioningState': null}}",
        .outcome = "right",
        .requests = "",
    },
};

static void check(void **state)
{
    const struct failed_case *c = *state;
    struct world *world = world_new(c->declared);
    world->restraint.held = c->held;
    world_show(world, c->word, c->shown);
    if (c->vault)
        world_show(world, "vault", c->vault);
    if (c->versions)
        world_versions(world, "key", c->versions);
    world_round(world);
    assert_string_equal(world_outcome(world, c->word, STATE), c->outcome);
    assert_requests(world, c->requests);
    if (c->reason)
        assert_non_null(strstr(world_finding(world, c->word, STATE)->reason, c->reason));
    if (c->body)
        assert_json(world_body(world, world->plan.count - 1), c->body);
    world_free(world);
}

/* ---- not for ever --------------------------------------------------------------------------- */

static struct failed_type {
    const char *name, *declared, *word;
} types[] = {
    {"an account is not written for ever", NULL, "account"},
    {"a deployment is not written for ever", NAMED(MODEL), "deployment"},
    {"a content filter is not written for ever", NAMED(FILTER), "raiPolicy"},
};

static void expect(const struct world *world, const struct failed_type *type, const char *outcome)
{
    assert_string_equal(world_outcome(world, type->word, STATE), outcome);
}

/* The write ends as the one before: after 1, 2, 4 ... intervals, and after no more than six
 * hours. */
static void expect_pauses(const struct failed_type *type)
{
    struct world *world = world_new(type->declared);
    struct err why;
    int64_t pause_s = 60;
    err_set(&why, ERR_AZURE, "OperationFailed", "no");
    world_show(world, type->word, FAILED);
    world_round(world);
    for (int i = 0; i < 10; i++) {
        expect(world, type, "action");
        memory_refused(world->memory, world_finding(world, type->word, STATE), &why, 0, 60,
                       world->at.now_s);
        world_later(world, pause_s - 1);
        expect(world, type, "waiting");
        world_later(world, 1);
        pause_s = pause_s < 3 * 3600 ? 2 * pause_s : 6 * 3600;
    }
    world_free(world);
}

/* The write is done, and yet the state is what it was. */
static void expect_contended(const struct failed_type *type)
{
    struct world *world = world_new(type->declared);
    world_show(world, type->word, FAILED);
    world_round(world);
    for (int i = 0; i < MEMORY_REVERSALS; i++) {
        expect(world, type, "action");
        world_wrote(world);
        world_later(world, 120);
        expect(world, type, "waiting");
        world_later(world, 30);
    }
    expect(world, type, "contended");
    world_later(world, DAY_S);
    expect(world, type, "action");
    world_free(world);
}

static void check_end(void **state)
{
    const struct failed_type *type = *state;
    expect_pauses(type);
    expect_contended(type);
}

int main(void)
{
    int failed = CASES_RUN(cases, check);
    return failed + CASES_RUN(types, check_end);
}
