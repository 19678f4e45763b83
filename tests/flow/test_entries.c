/* test_entries.c: a vault that asks access policies: the account's grant is an entry there, and
 * declared entries are held one by one; all others stay as they are. */
#include "prod.h"

#include "base/js.h"
#include "base/mem.h"

#define SOMEBODY "99999999-9999-9999-9999-999999999999"
#define BACKUP "77777777-7777-7777-7777-777777777777"
#define PORTAL "88888888-8888-8888-8888-888888888888"
#define POLICY VAULT "/accessPolicies/" BACKUP
#define ON_BEHALF POLICY "_" PORTAL
#define PRINCIPAL "44444444-4444-4444-4444-444444444441"
#define TENANT "11111111-1111-1111-1111-111111111111"
#define GIVEN VAULT "/accessPolicies/" PRINCIPAL
#define OF_TENANT "'tenantId': '" TENANT "', "

#define THEIRS                                                                                     \
    "{" OF_TENANT "'objectId': '" SOMEBODY "', 'permissions': {'keys': ['Get', 'Purge'], "         \
    "'secrets': ['all']}}"
#define ACCOUNTS(keys)                                                                             \
    ", {" OF_TENANT "'objectId': '" PRINCIPAL "', 'permissions': {'keys': [" keys "]}}"
#define ALL_OF_IT "'get', 'wrapKey', 'unwrapKey'"
#define OURS(keys, secrets, certificates, storage)                                                 \
    ", {" OF_TENANT "'objectId': '" BACKUP "', 'permissions': {'keys': [" keys                     \
    "], 'secrets': [" secrets "], 'certificates': [" certificates "], 'storage': [" storage "]}}"
#define BEHALF(keys)                                                                               \
    ", {" OF_TENANT "'objectId': '" BACKUP "', 'applicationId': '" PORTAL                          \
    "', 'permissions': {'keys': [" keys "]}}"
#define LIST(entries)                                                                              \
    "{'properties': {'enableRbacAuthorization': false, 'accessPolicies': [" entries "]}}"
#define GOOD_OURS OURS("'get', 'backup'", "'list'", "'get', 'import'", "'get'")
#define GOOD LIST(THEIRS ACCOUNTS(ALL_OF_IT) GOOD_OURS BEHALF("'list'"))

static const char config[] =
    "{'stacks': {'prod': {" PLACE ", 'exemptions': [{'path': "
    "'vault.properties.enableRbacAuthorization', 'reason': 'SEC-7'}], 'vault': {'name': "
    "'kv-openai-prod', 'accessPolicies': {'backup': {'objectId': '" BACKUP "', 'permissions': "
    "{'keys': ['get', 'backup'], 'secrets': ['list'], 'certificates': ['get', 'import'], "
    "'storage': ['get']}}, 'on-behalf': {'objectId': '" BACKUP "', 'applicationId': '" PORTAL
    "', 'permissions': {'keys': ['list']}}}}, 'key': {'name': 'openai-cmk'}, 'account': {'name': "
    "'oai-prod'}}}}";

static void seeded(void **flow, const char *vault)
{
    AUTO(text) char *patch = mem_format("{'live': {'" VAULT "': %s}}", vault);
    prod_seed(flow, patch, config);
}

/* ---- from nothing --------------------------------------------------------------------------- */

static void what_is_missing_is_added_and_the_rest_stays(void **flow)
{
    seeded(flow, LIST(THEIRS));
    AUTO(json) struct json_object *before = flow_state(flow);
    cmkd_once(flow);
    expect_finding(flow, GIVEN, "", "create", "done");
    expect_finding(flow, POLICY, "", "create", "done");
    expect_finding(flow, ON_BEHALF, "", "create", "done");
    expect_exit(flow, 0);
    expect_writes(flow, 3);
    expect_said(flow, "accessPolicy backup of kv-openai-prod");
    expect_still(flow);

    flow_drift(flow, VAULT, LIST(THEIRS));
    expect_changed_only(flow, before, ".*: (etag|systemData.*)", "nothing at all", NULL);
}

/* The grant of a new identity is an entry, and the link waits for it. */
static void an_account_is_made_and_linked_by_an_entry(void **flow)
{
    static const char seed[] = "{'live': {'" ACCOUNT "': null, '" VAULT "': " GOOD "}}";
    prod_seed(flow, seed, config);
    flow_settings(flow, "{'operation': 0.1}");
    cmkd_once(flow);
    expect_finding(flow, ACCOUNT, "", "create", "done");
    expect_finding(flow, ACCOUNT, "properties.encryption.keySource", "patch", "done");
    expect_exit(flow, 0);
    expect_still(flow);
}

/* ---- drift ---------------------------------------------------------------------------------- */

#define OPERATION(word) "PUT .*/accessPolicies/" word "\\?.*"
#define KEEPS(ours) LIST(THEIRS ACCOUNTS(ALL_OF_IT) ours BEHALF("'list'"))

static struct drift {
    const char *name, *vault; /* laid over the vault */
    const char *id, *path;
    const char *outcome; /* NULL: it is repaired */
    const char *operation;
} drifts[] = {
    {
        .name = "a permission on keys that is gone is added",
        .vault = KEEPS(OURS("'get'", "'list'", "'get', 'import'", "'get'")),
        .id = POLICY,
        .path = "permissions.keys",
        .operation = OPERATION("add"),
    },
    {
        .name = "a permission on keys that somebody gave is taken away",
        .vault = KEEPS(OURS("'get', 'backup', 'purge'", "'list'", "'get', 'import'", "'get'")),
        .id = POLICY,
        .path = "permissions.keys",
        .operation = OPERATION("replace"),
    },
    {
        .name = "a permission on secrets that somebody gave is taken away",
        .vault = KEEPS(OURS("'get', 'backup'", "'list', 'get'", "'get', 'import'", "'get'")),
        .id = POLICY,
        .path = "permissions.secrets",
        .operation = OPERATION("replace"),
    },
    {
        .name = "a permission on certificates that is gone is added",
        .vault = KEEPS(OURS("'get', 'backup'", "'list'", "'get'", "'get'")),
        .id = POLICY,
        .path = "permissions.certificates",
        .operation = OPERATION("add"),
    },
    {
        .name = "a permission on storage that is gone is added",
        .vault = KEEPS(OURS("'get', 'backup'", "'list'", "'get', 'import'", "")),
        .id = POLICY,
        .path = "permissions.storage",
        .operation = OPERATION("add"),
    },
    {
        .name = "an entry on behalf of an application is an entry of its own",
        .vault = LIST(THEIRS ACCOUNTS(ALL_OF_IT) GOOD_OURS BEHALF("'list', 'delete'")),
        .id = ON_BEHALF,
        .path = "permissions.keys",
        .operation = OPERATION("replace"),
    },
    {
        .name = "an entry that is gone is made anew",
        .vault = LIST(THEIRS ACCOUNTS(ALL_OF_IT) GOOD_OURS),
        .id = ON_BEHALF,
        .path = "",
        .outcome = "create",
        .operation = OPERATION("add"),
    },
    {
        .name = "the account's entry gets back what it lacks",
        .vault = LIST(THEIRS ACCOUNTS("'get', 'wrapKey'") GOOD_OURS BEHALF("'list'")),
        .id = GIVEN,
        .path = "",
        .outcome = "create",
        .operation = OPERATION("add"),
    },
};

static void a_drift_is_mended_and_nothing_else_changes(void **flow)
{
    const struct drift *drift = flow_row(flow);
    seeded(flow, GOOD);
    expect_still(flow);
    AUTO(json) struct json_object *before = flow_state(flow);
    flow_drift(flow, VAULT, drift->vault);
    flow_log_clear(flow);

    cmkd_once(flow);
    expect_finding(flow, drift->id, drift->path, drift->outcome ? drift->outcome : "patch", "done");
    expect_exit(flow, 0);
    expect_writes(flow, 1);
    expect_sent(flow, drift->operation, NULL, 1);
    expect_changed_only(flow, before, ".*: (etag|systemData.*)", "nothing at all", NULL);
    expect_still(flow);
}

/* ---- guards --------------------------------------------------------------------------------- */

static void nothing_is_given_while_somebody_may_be_having_an_incident(void **flow)
{
    static const char seed[] =
        "{'live': {'" VAULT "': " LIST(THEIRS) "}, 'keys': {'kv-openai-prod': {'openai-cmk': "
                                               "[{'version': '" NEWEST "', 'enabled': false}]}}}";
    prod_seed(flow, seed, config);
    cmkd_once(flow);
    expect_finding(flow, GIVEN, "", "refused", NULL);
    expect_finding(flow, POLICY, "", "refused", NULL);
    expect_writes(flow, 0);
    expect_exit(flow, 1);
}

int main(void)
{
    const struct CMUnitTest whole[] = {
        FLOW_TEST(what_is_missing_is_added_and_the_rest_stays),
        FLOW_TEST(an_account_is_made_and_linked_by_an_entry),
        FLOW_TEST(nothing_is_given_while_somebody_may_be_having_an_incident),
    };
    int failed = FLOW_CASES_RUN(drifts, a_drift_is_mended_and_nothing_else_changes);
    return failed + cmocka_run_group_tests(whole, NULL, NULL);
}
