/* test_credentials.c: who cmkd is, in each way that there is but by a secret (test_once.c), and
 * what an operator is told when Azure does not believe it. */
#include "prod.h"

#include "signer.h"

#include "base/js.h"
#include "sim/file.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

#define TENANT "11111111-1111-1111-1111-111111111111"
#define CLIENT "22222222-2222-2222-2222-222222222222"
#define ISSUER "https://issuer.example/"
#define SUBJECT "system:serviceaccount:keys:cmkd"

static struct signer own, strange;

/* ---- who is who ------------------------------------------------------------------------------ */

/* A file of the test's own. */
static char *path_of(void **flow, const char *name)
{
    return mem_format("%s/%s", flow_directory(flow), name);
}

static void save(void **flow, const char *name, const char *text, mode_t mode)
{
    AUTO(text) char *path = path_of(flow, name);
    struct err err;
    if (!file_save(path, text, mode, &err))
        flow_fail(flow, "%s", err.message);
}

/* Azure as it should be, and cmkd with that credential. Members of azsim's client are laid over the
 * one that cmkd is; it has no secret. */
static void seed(void **flow, const char *credential, struct json_object *client,
                 struct json_object *arc)
{
    AUTO(text) char *config = mem_format(PROD("'credential': %s, ", "", "", ""), credential);
    prod_good(flow, config);
    AUTO(json) struct json_object *state = flow_state(flow);
    struct json_object *known = json_object_array_get_idx(js_array(state, "clients"), 0);
    json_object_object_del(known, "secret");
    json_object_object_foreach(client, name, value)
        json_object_object_add(known, name, json_object_get(value));
    if (arc)
        json_object_object_add(state, "arc", json_object_get(arc));
    struct flow_answer answer = flow_control(flow, "POST", "/seed", state);
    assert_int_equal(answer.status, 200);
    flow_answer_done(&answer);
    flow_log_clear(flow);
}

static void expect_refused(void **flow, const char *code, const char *advice)
{
    expect_exit(flow, 2);
    expect_error(flow, VAULT, code);
    expect_said(flow, advice);
    expect_requests_at_most(flow, 0); /* nothing without a token */
}

/* ---- by certificate -------------------------------------------------------------------------- */

static void save_certificate(void **flow, const struct signer *signer, mode_t mode)
{
    AUTO(text) char *certificate = signer_certificate(signer);
    AUTO(text) char *key = signer_key(signer, NULL);
    AUTO(text) char *pem = mem_format("%s%s", certificate, key);
    save(flow, "client.pem", pem, mode);
}

static void seed_certificate(void **flow)
{
    AUTO(text) char *certificate = signer_certificate(&own);
    AUTO(json) struct json_object *client = json_object_new_object();
    json_object_object_add(client, "certificate", json_object_new_string(certificate));
    seed(flow,
         "{'type': 'clientCertificate', 'tenantId': '" TENANT "', 'clientId': '" CLIENT
         "', 'certificateFile': 'client.pem'}",
         client, NULL);
}

static void a_certificate_opens(void **flow)
{
    seed_certificate(flow);
    save_certificate(flow, &own, 0600);
    flow_drift(flow, VAULT, "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}");
    cmkd_once(flow);
    expect_finding(flow, VAULT, "properties.networkAcls.defaultAction", "patch", "done");
    expect_exit(flow, 0);
    expect_quiet(flow);
}

static void another_certificate_does_not(void **flow)
{
    seed_certificate(flow);
    save_certificate(flow, &strange, 0600);
    cmkd_once(flow);
    expect_refused(flow, "invalid_client", "upload it to the application's registration.*AADSTS");

    save_certificate(flow, &own, 0600); /* and the right one needs no reload */
    cmkd_once(flow);
    expect_exit(flow, 0);
}

static void a_certificate_that_others_can_read_is_not_used(void **flow)
{
    seed_certificate(flow);
    save_certificate(flow, &own, 0644);
    cmkd_once(flow);
    expect_refused(flow, "SecretExposed", "anyone can read the secret file .*client.pem: chmod o=");
}

static void a_certificate_without_its_key_is_told_as_that(void **flow)
{
    AUTO(text) char *certificate = signer_certificate(&own);
    seed_certificate(flow);
    save(flow, "client.pem", certificate, 0600);
    cmkd_once(flow);
    expect_refused(flow, "CertificateInvalid", "client.pem holds no private key in PEM");
}

/* ---- by another issuer's token --------------------------------------------------------------- */

static void save_token(void **flow, const char *subject, int expires_s)
{
    AUTO(text)
    char *claims = mem_format("{\"iss\":\"" ISSUER "\",\"sub\":\"%s\",\"aud\":[\"api://"
                              "AzureADTokenExchange\"],\"exp\":%lld}",
                              subject, (long long)time(NULL) + expires_s);
    AUTO(text)
    char *jwt = signer_jwt(&own, "{\"alg\":\"RS256\",\"typ\":\"JWT\"}", claims, false);
    save(flow, "token", jwt, 0600);
}

static void seed_workload(void **flow)
{
    AUTO(text) char *certificate = signer_certificate(&own);
    AUTO(text) char *file = path_of(flow, "token");
    AUTO(json)
    struct json_object *client =
        flow_json("{'federated': [{'issuer': '" ISSUER "', 'subject': '" SUBJECT "'}]}");
    js_put(json_object_array_get_idx(js_array(client, "federated"), 0), "certificate",
           json_object_new_string(certificate));
    AUTO(text)
    char *credential = mem_format("{'type': 'workloadIdentity', 'tenantId': '" TENANT
                                  "', 'clientId': '" CLIENT "', 'tokenFile': '%s'}",
                                  file);
    save_token(flow, SUBJECT, 3600);
    seed(flow, credential, client, NULL);
}

static void a_token_of_the_workload_opens(void **flow)
{
    seed_workload(flow);
    expect_quiet(flow);
}

static void a_token_of_another_workload_does_not(void **flow)
{
    seed_workload(flow);
    save_token(flow, "system:serviceaccount:web:shop", 3600);
    cmkd_once(flow);
    expect_refused(flow, "invalid_client", "compare them with the token in tokenFile.*AADSTS");
}

static void a_token_that_others_can_read_is_not_used(void **flow)
{
    seed_workload(flow);
    save(flow, "token", "e30.e30.e30", 0604);
    cmkd_once(flow);
    expect_refused(flow, "SecretExposed", "anyone can read the secret file .*token: chmod o=");
}

/* Kubernetes replaces the file within the hour that its token lives. */
static void a_running_daemon_uses_the_token_that_the_file_holds_now(void **flow)
{
    seed_workload(flow);
    save_token(flow, SUBJECT, -3600);
    cmkd_start(flow, NULL);
    cmkd_wait_line(flow, "this machine's clock, and who renews tokenFile");
    save_token(flow, SUBJECT, 3600);
    cmkd_signal(flow, SIGHUP); /* at once, not half a minute after the refusal */
    cmkd_wait_line(flow, "can be seen again");
    assert_int_equal(cmkd_stop(flow), 0);
}

/* ---- by the agent of Azure Arc --------------------------------------------------------------- */

static void seed_arc(void **flow)
{
    AUTO(text) char *file = path_of(flow, "6f1a.key");
    AUTO(json) struct json_object *client = json_object_new_object();
    AUTO(json) struct json_object *arc = flow_json("{'key': 'k3y=='}");
    json_object_object_add(arc, "file", json_object_new_string(file));
    seed(flow, "{'type': 'azureArc'}", client, arc);
}

static void a_machine_of_azure_arc_opens_with_its_key(void **flow)
{
    seed_arc(flow);
    save(flow, "6f1a.key", "k3y==", 0640);
    expect_quiet(flow);
}

static void another_key_does_not(void **flow)
{
    seed_arc(flow);
    save(flow, "6f1a.key", "another", 0640);
    cmkd_once(flow);
    expect_refused(flow, "unauthorized", "key of the challenge");
}

static void a_key_that_others_can_read_is_not_sent(void **flow)
{
    seed_arc(flow);
    save(flow, "6f1a.key", "k3y==", 0644);
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
    signer_make(&own, GNUTLS_PK_RSA, 4000000000);
    signer_make(&strange, GNUTLS_PK_RSA, 4000000000);
    int failed = cmocka_run_group_tests_name("credentials", tests, NULL, NULL);
    signer_done(&own);
    signer_done(&strange);
    return failed;
}
