#include "identities.h"

#include "prod.h"

#include "base/js.h"
#include "sim/file.h"

#include <stdlib.h>
#include <time.h>

#define TENANT "11111111-1111-1111-1111-111111111111"
#define CLIENT "22222222-2222-2222-2222-222222222222"
#define ISSUER "https://issuer.example/"

struct signer identity_own, identity_strange;

void identities_start(void)
{
    signer_make(&identity_own, GNUTLS_PK_RSA, 4000000000);
    signer_make(&identity_strange, GNUTLS_PK_RSA, 4000000000);
}

void identities_done(void)
{
    signer_done(&identity_own);
    signer_done(&identity_strange);
}

char *identity_path(void **flow, const char *name)
{
    return mem_format("%s/%s", flow_directory(flow), name);
}

void identity_save(void **flow, const char *name, const char *text, mode_t mode)
{
    AUTO(text) char *path = identity_path(flow, name);
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

/* ---- each way to be it ------------------------------------------------------------------------
 */

void identity_save_certificate(void **flow, const struct signer *signer, mode_t mode)
{
    AUTO(text) char *certificate = signer_certificate(signer);
    AUTO(text) char *key = signer_key(signer, NULL);
    AUTO(text) char *pem = mem_format("%s%s", certificate, key);
    identity_save(flow, "client.pem", pem, mode);
}

void identity_seed_certificate(void **flow)
{
    AUTO(text) char *certificate = signer_certificate(&identity_own);
    AUTO(json) struct json_object *client = json_object_new_object();
    json_object_object_add(client, "certificate", json_object_new_string(certificate));
    seed(flow,
         "{'type': 'clientCertificate', 'tenantId': '" TENANT "', 'clientId': '" CLIENT
         "', 'certificateFile': 'client.pem'}",
         client, NULL);
}

void identity_save_token(void **flow, const char *subject, int expires_s)
{
    AUTO(text)
    char *claims = mem_format("{\"iss\":\"" ISSUER "\",\"sub\":\"%s\",\"aud\":[\"api://"
                              "AzureADTokenExchange\"],\"exp\":%lld}",
                              subject, (long long)time(NULL) + expires_s);
    AUTO(text)
    char *jwt = signer_jwt(&identity_own, "{\"alg\":\"RS256\",\"typ\":\"JWT\"}", claims, false);
    identity_save(flow, "token", jwt, 0600);
}

void identity_seed_workload(void **flow)
{
    AUTO(text) char *certificate = signer_certificate(&identity_own);
    AUTO(text) char *file = identity_path(flow, "token");
    AUTO(json)
    struct json_object *client =
        flow_json("{'federated': [{'issuer': '" ISSUER "', 'subject': '" IDENTITY_SUBJECT "'}]}");
    js_put(json_object_array_get_idx(js_array(client, "federated"), 0), "certificate",
           json_object_new_string(certificate));
    AUTO(text)
    char *credential = mem_format("{'type': 'workloadIdentity', 'tenantId': '" TENANT
                                  "', 'clientId': '" CLIENT "', 'tokenFile': '%s'}",
                                  file);
    identity_save_token(flow, IDENTITY_SUBJECT, 3600);
    seed(flow, credential, client, NULL);
}

void identity_seed_arc(void **flow)
{
    AUTO(text) char *file = identity_path(flow, "6f1a.key");
    AUTO(json) struct json_object *client = json_object_new_object();
    AUTO(json) struct json_object *arc = flow_json("{'key': 'k3y=='}");
    json_object_object_add(arc, "file", json_object_new_string(file));
    seed(flow, "{'type': 'azureArc'}", client, arc);
}
