/* test_users.c: an account that reaches its key with a user-assigned identity. */
#include "prod.h"

#include "base/js.h"
#include "base/mem.h"

#define USER(name) GROUP "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/" name
#define MINE USER("uai-key")
#define THEIRS USER("uai-app")
#define CLIENT "aaaaaaaa-0000-4000-8000-00000000000c"
#define MY_PRINCIPAL "aaaaaaaa-0000-4000-8000-00000000000e"
#define THEIR_CLIENT "bbbbbbbb-0000-4000-8000-00000000000c"
#define THEIR_PRINCIPAL "bbbbbbbb-0000-4000-8000-00000000000e"
#define LINK "properties.encryption.keyVaultProperties.identityClientId"

#define IDS(client, principal) "{'clientId': '" client "', 'principalId': '" principal "'}"
#define MINE_IS "'" MINE "': " IDS(CLIENT, MY_PRINCIPAL)
#define THEIRS_IS "'" THEIRS "': " IDS(THEIR_CLIENT, THEIR_PRINCIPAL)
#define RESOURCE(id, client, principal)                                                            \
    "'" id "': {'location': 'swedencentral', 'properties': {'tenantId': "                          \
    "'11111111-1111-1111-1111-111111111111', 'clientId': '" client "', 'principalId': "            \
    "'" principal "'}}"
#define IDENTITIES                                                                                 \
    RESOURCE(MINE, CLIENT, MY_PRINCIPAL) ", " RESOURCE(THEIRS, THEIR_CLIENT, THEIR_PRINCIPAL)
#define ACCOUNT_IS(users, client)                                                                  \
    "'" ACCOUNT "': {'identity': {'type': 'SystemAssigned, UserAssigned', "                        \
    "'userAssignedIdentities': {" users "}}, 'properties': {'encryption': {'keyVaultProperties': " \
    "{'identityClientId': " client "}}}}"
#define GRANTED "'" GRANT "': {'properties': {'principalId': '" MY_PRINCIPAL "'}}"

#define DECLARED(user, client)                                                                     \
    PROD("", "", "",                                                                               \
         ", 'identity': {'userAssignedIdentities': {'" user "': {}}}, 'properties': "              \
         "{'encryption': {'keyVaultProperties': {'identityClientId': '" client "'}}}")

/* The account as declared, with somebody else's identity beside. */
static void good(void **flow)
{
    static const char seed[] =
        "{'live': {" IDENTITIES ", " ACCOUNT_IS(MINE_IS ", " THEIRS_IS, "'" CLIENT "'") ", " GRANTED
                                                                                        "}}";
    prod_seed(flow, seed, DECLARED(MINE, CLIENT));
    flow_settings(flow, "{'operation': 0.1}");
    expect_quiet(flow);
}

static void an_account_is_made_with_its_identity_and_linked_by_it(void **flow)
{
    static const char seed[] = "{'live': {" IDENTITIES ", '" ACCOUNT "': null, '" GRANT "': null}}";
    prod_seed(flow, seed, DECLARED(MINE, CLIENT));
    flow_settings(flow, "{'operation': 0.1}");
    cmkd_once(flow);
    expect_finding(flow, ACCOUNT, "", "create", "done");
    expect_finding(flow, GRANTS "*", "", "create", "done");
    expect_finding(flow, ACCOUNT, LINK, "patch", "done");
    expect_sent(flow, "PUT .*/roleAssignments/.*", MY_PRINCIPAL, 1);
    expect_exit(flow, 0);
    expect_quiet(flow);
}

/* ---- drift ---------------------------------------------------------------------------------- */

static struct drift {
    const char *name, *id, *patch, *path;
    const char *outcome;
} drifts[] = {
    {"an identity that somebody took off is attached again, others stay", ACCOUNT,
     "{'identity': {'userAssignedIdentities': {'" MINE "': null}}}",
     "identity.userAssignedIdentities", "patch"},
    {"a link of another identity is set back", ACCOUNT,
     "{'properties': {'encryption': {'keyVaultProperties': {'identityClientId': '" THEIR_CLIENT
     "'}}}}",
     LINK, "patch"},
    {"a link of the system-assigned identity is set back", ACCOUNT,
     "{'properties': {'encryption': {'keyVaultProperties': {'identityClientId': null}}}}", LINK,
     "patch"},
    {"the identity's grant is made anew", GRANT, NULL, "", "create"},
};

static void a_drift_is_mended(void **flow)
{
    const struct drift *drift = flow_row(flow);
    good(flow);
    AUTO(json) struct json_object *before = flow_state(flow);
    flow_drift(flow, drift->id, drift->patch);
    flow_log_clear(flow);
    cmkd_once(flow);
    expect_finding(flow, drift->patch ? drift->id : "*", drift->path, drift->outcome, "done");
    expect_exit(flow, 0);
    expect_writes(flow, 1);
    if (drift->patch)
        expect_changed_only(flow, before, ".*: (etag|systemData.*|properties.provisioningState)",
                            "nothing at all", NULL);
    expect_quiet(flow);
}

/* ---- without a system-assigned one ---------------------------------------------------------- */

static void an_exempt_account_stays_without_a_system_assigned_identity(void **flow)
{
    static const char seed[] =
        "{'live': {" IDENTITIES ", '" ACCOUNT "': {'identity': {'type': 'UserAssigned', "
        "'principalId': null, 'tenantId': null, 'userAssignedIdentities': {" MINE_IS
        "}}, 'properties': "
        "{'encryption': {'keyVaultProperties': {'identityClientId': '" CLIENT "'}}}}, " GRANTED
        "}}";
    static const char config[] =
        "{'stacks': {'prod': {" PLACE ", 'exemptions': [{'path': 'account.identity.type', "
        "'reason': 'SEC-7'}], 'vault': {'name': 'kv-openai-prod'}, 'key': {'name': 'openai-cmk'}, "
        "'account': {'name': 'oai-prod', 'kind': 'OpenAI', 'identity': "
        "{'userAssignedIdentities': {'" MINE "': {}}}, 'properties': {'encryption': "
        "{'keyVaultProperties': {'identityClientId': '" CLIENT "'}}}}}}}";
    prod_seed(flow, seed, config);
    flow_settings(flow, "{'operation': 0.1}");
    expect_still(flow);
    AUTO(json) struct json_object *before = flow_state(flow);
    flow_drift(flow, ACCOUNT, "{'identity': {'type': 'None', 'userAssignedIdentities': null}}");
    cmkd_once(flow);
    expect_finding(flow, ACCOUNT, "identity.userAssignedIdentities", "patch", "done");
    expect_changed_only(flow, before, ".*: (etag|systemData.*|properties.provisioningState)",
                        "nothing at all", NULL);
    expect_still(flow);
}

/* ---- what is wrong is said ------------------------------------------------------------------ */

#define NOBODY USER("uai-nobody")

static void an_identity_that_is_not_there_is_said_to_be(void **flow)
{
    static const char seed[] = "{'live': {" IDENTITIES "}}";
    prod_seed(flow, seed, DECLARED(NOBODY, CLIENT));
    cmkd_once(flow);
    struct json_object *finding =
        expect_finding(flow, ACCOUNT, "identity.userAssignedIdentities", "patch", "failed");
    assert_non_null(strstr(js_string(finding, "reason", ""), "FailedIdentityOperation"));
    expect_finding(flow, ACCOUNT, LINK, "waiting", NULL);
    expect_exit(flow, 2);
}

static void a_client_id_of_no_identity_is_refused(void **flow)
{
    static const char seed[] = "{'live': {" IDENTITIES ", " ACCOUNT_IS(MINE_IS, "null") "}}";
    prod_seed(flow, seed, DECLARED(MINE, THEIR_CLIENT));
    cmkd_once(flow);
    struct json_object *finding = expect_finding(flow, ACCOUNT, LINK, "refused", NULL);
    assert_non_null(strstr(js_string(finding, "reason", ""), "identity.userAssignedIdentities"));
    expect_writes(flow, 0);
    expect_exit(flow, 1);
}

int main(void)
{
    const struct CMUnitTest whole[] = {
        FLOW_TEST(an_account_is_made_with_its_identity_and_linked_by_it),
        FLOW_TEST(an_exempt_account_stays_without_a_system_assigned_identity),
        FLOW_TEST(an_identity_that_is_not_there_is_said_to_be),
        FLOW_TEST(a_client_id_of_no_identity_is_refused),
    };
    int failed = FLOW_CASES_RUN(drifts, a_drift_is_mended);
    return failed + cmocka_run_group_tests(whole, NULL, NULL);
}
