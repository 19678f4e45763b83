/* test_credentials.c: who cmkd is, in each way that there is but by a secret (test_once.c), and
 * what an operator is told when Azure does not believe it. */
#include "identities.h"
#include "prod.h"

#include "base/mem.h"

#include <signal.h>

static void expect_refused(void **flow, const char *code, const char *advice)
{
    expect_exit(flow, 2);
    expect_error(flow, VAULT, code);
    expect_said(flow, advice);
    expect_requests_at_most(flow, 0); /* nothing without a token */
}

/* ---- by certificate -------------------------------------------------------------------------- */

static void a_certificate_opens(void **flow)
{
    identity_seed_certificate(flow);
    identity_save_certificate(flow, &identity_own, 0600);
    flow_drift(flow, VAULT, "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}");
    cmkd_once(flow);
    expect_finding(flow, VAULT, "properties.networkAcls.defaultAction", "patch", "done");
    expect_exit(flow, 0);
    expect_quiet(flow);
}

static void another_certificate_does_not(void **flow)
{
    identity_seed_certificate(flow);
    identity_save_certificate(flow, &identity_strange, 0600);
    cmkd_once(flow);
    expect_refused(flow, "invalid_client", "upload it to the application's registration.*AADSTS");

    identity_save_certificate(flow, &identity_own, 0600); /* and the right one needs no reload */
    cmkd_once(flow);
    expect_exit(flow, 0);
}

static void a_certificate_that_others_can_read_is_not_used(void **flow)
{
    identity_seed_certificate(flow);
    identity_save_certificate(flow, &identity_own, 0644);
    cmkd_once(flow);
    expect_refused(flow, "SecretExposed", "anyone can read the secret file .*client.pem: chmod o=");
}

static void a_certificate_without_its_key_is_told_as_that(void **flow)
{
    AUTO(text) char *certificate = signer_certificate(&identity_own);
    identity_seed_certificate(flow);
    identity_save(flow, "client.pem", certificate, 0600);
    cmkd_once(flow);
    expect_refused(flow, "CertificateInvalid", "client.pem holds no private key in PEM");
}

/* ---- by another issuer's token --------------------------------------------------------------- */

static void a_token_of_the_workload_opens(void **flow)
{
    identity_seed_workload(flow);
    expect_quiet(flow);
}

static void a_token_of_another_workload_does_not(void **flow)
{
    identity_seed_workload(flow);
    identity_save_token(flow, "system:serviceaccount:web:shop", 3600);
    cmkd_once(flow);
    expect_refused(flow, "invalid_client", "compare them with the token in tokenFile.*AADSTS");
}

static void a_token_that_others_can_read_is_not_used(void **flow)
{
    identity_seed_workload(flow);
    identity_save(flow, "token", "e30.e30.e30", 0604);
    cmkd_once(flow);
    expect_refused(flow, "SecretExposed", "anyone can read the secret file .*token: chmod o=");
}

/* Kubernetes replaces the file within the hour that its token lives. */
static void a_running_daemon_uses_the_token_that_the_file_holds_now(void **flow)
{
    identity_seed_workload(flow);
    identity_save_token(flow, IDENTITY_SUBJECT, -3600);
    cmkd_start(flow, NULL);
    cmkd_wait_line(flow, "this machine's clock, and who renews tokenFile");
    identity_save_token(flow, IDENTITY_SUBJECT, 3600);
    cmkd_signal(flow, SIGHUP); /* at once, not half a minute after the refusal */
    cmkd_wait_line(flow, "can be seen again");
    assert_int_equal(cmkd_stop(flow), 0);
}

/* ---- by the agent of Azure Arc --------------------------------------------------------------- */

static void a_machine_of_azure_arc_opens_with_its_key(void **flow)
{
    identity_seed_arc(flow);
    identity_save(flow, "6f1a.key", "k3y==", 0640);
    expect_quiet(flow);
}

static void another_key_does_not(void **flow)
{
    identity_seed_arc(flow);
    identity_save(flow, "6f1a.key", "another", 0640);
    cmkd_once(flow);
    expect_refused(flow, "unauthorized", "key of the challenge");
}

static void a_key_that_others_can_read_is_not_sent(void **flow)
{
    identity_seed_arc(flow);
    identity_save(flow, "6f1a.key", "k3y==", 0644);
    cmkd_once(flow);
    expect_refused(flow, "SecretExposed", "anyone can read the secret file .*6f1a.key: chmod o=");
}

/* ---- claims ---------------------------------------------------------------------------------- */

#define WANTED "{'access_token': {'nbf': {'essential': true, 'value': '1604106651'}}}"

static void claims_that_azure_wants_are_asked_for(void **flow)
{
    prod_good(flow, PROD("", "", "", ""));
    flow_settings(flow, "{'claims': " WANTED "}");
    flow_drift(flow, VAULT, "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}");
    cmkd_once(flow);
    expect_finding(flow, VAULT, "properties.networkAcls.defaultAction", "patch", "done");
    expect_exit(flow, 0);
    expect_quiet(flow);
}

static void a_machine_cannot_ask_for_claims(void **flow)
{
    flow_credential(flow, "managedIdentity");
    prod_good(flow, PROD("", "", "", ""));
    flow_settings(flow, "{'claims': " WANTED "}");
    cmkd_once(flow);
    expect_exit(flow, 2);
    expect_error(flow, VAULT, "InsufficientClaims");
    expect_said(flow, "which a managed identity cannot ask for: exempt it in Conditional Access");
    expect_writes(flow, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_TEST(claims_that_azure_wants_are_asked_for),
        FLOW_TEST(a_machine_cannot_ask_for_claims),
        FLOW_TEST(a_certificate_opens),
        FLOW_TEST(another_certificate_does_not),
        FLOW_TEST(a_certificate_that_others_can_read_is_not_used),
        FLOW_TEST(a_certificate_without_its_key_is_told_as_that),
        FLOW_TEST(a_token_of_the_workload_opens),
        FLOW_TEST(a_token_of_another_workload_does_not),
        FLOW_TEST(a_token_that_others_can_read_is_not_used),
        FLOW_TEST(a_running_daemon_uses_the_token_that_the_file_holds_now),
        FLOW_TEST(a_machine_of_azure_arc_opens_with_its_key),
        FLOW_TEST(another_key_does_not),
        FLOW_TEST(a_key_that_others_can_read_is_not_sent),
    };
    identities_start();
    int failed = cmocka_run_group_tests_name("credentials", tests, NULL, NULL);
    identities_done();
    return failed;
}
