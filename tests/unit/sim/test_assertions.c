/* Clients without a secret: what they sign, and what Entra and the machine make of it. */
#include "azure.h"

#include "base/mem.h"
#include "signer.h"

#include <string.h>

#define CLIENT "22222222-2222-2222-2222-222222222222"
#define ENDPOINT "https://login.localhost:8443/" TENANT_ID "/oauth2/v2.0/token"

/* ---- a client with two keys: its own, and one that nobody knows ------------------------------ */

static struct signer own, strange;

static int make_both(void **state)
{
    (void)state;
    signer_make(&own, GNUTLS_PK_RSA, 4000000000);
    signer_make(&strange, GNUTLS_PK_RSA, 4000000000);
    return 0;
}

static int drop_both(void **state)
{
    (void)state;
    signer_done(&own);
    signer_done(&strange);
    return 0;
}

/* ---- an assertion ---------------------------------------------------------------------------- */

enum thumb { SHA256, SHA1, WRONG_THUMB };

static struct assertion {
    const char *name;
    const char *alg; /* "PS256", "RS256", or another */
    enum thumb thumb;
    bool by_stranger; /* signed with the key that nobody knows */
    const char *issuer, *subject, *audience;
    int expires_s; /* from now */
    int status;
    const char *part;     /* of the answer */
    const char *fraction; /* of expires_s, ".5"; or NULL */
} assertions[] = {
    {"PS256 with the SHA-256 thumbprint opens", "PS256", SHA256, false, CLIENT, CLIENT, ENDPOINT,
     600, 200, "access_token"},
    {"RS256 with the SHA-1 thumbprint opens", "RS256", SHA1, false, CLIENT, CLIENT, ENDPOINT, 600,
     200, "access_token"},
    {"a thumbprint that is not the certificate's is refused", "PS256", WRONG_THUMB, false, CLIENT,
     CLIENT, ENDPOINT, 600, 401, "AADSTS700027"},
    {"a signature of another key is refused", "PS256", SHA256, true, CLIENT, CLIENT, ENDPOINT, 600,
     401, "AADSTS700027"},
    {"an algorithm that is none is refused", "none", SHA256, false, CLIENT, CLIENT, ENDPOINT, 600,
     401, "AADSTS700027"},
    {"another audience is refused", "PS256", SHA256, false, CLIENT, CLIENT, "https://example.com",
     600, 401, "AADSTS700023"},
    {"one that has expired is refused", "PS256", SHA256, false, CLIENT, CLIENT, ENDPOINT, -600, 401,
     "AADSTS700024"},
    {"the time may have a fraction", "RS256", SHA1, false, CLIENT, CLIENT, ENDPOINT, 600, 200,
     "access_token", ".25"},
    {"a federated issuer opens", "RS256", SHA256, false, "https://issuer", "system:cmkd",
     "api://AzureADTokenExchange", 600, 200, "access_token"},
    {"one of several audiences is enough", "RS256", SHA256, false, "https://issuer", "system:cmkd",
     "https://example.com\",\"api://AzureADTokenExchange", 600, 200, "access_token"},
    {"several audiences without the right one are refused", "RS256", SHA256, false,
     "https://issuer", "system:cmkd", "https://a\",\"https://b", 600, 401, "AADSTS700211"},
    {"a federated subject that nobody trusts is refused", "RS256", SHA256, false, "https://issuer",
     "system:other", "api://AzureADTokenExchange", 600, 401, "AADSTS700211"},
    {"a federated issuer's name under another key is refused", "RS256", SHA256, true,
     "https://issuer", "system:cmkd", "api://AzureADTokenExchange", 600, 401, "AADSTS700027"},
};

static char *build(struct sim *sim, const struct assertion *c)
{
    bool several = strchr(c->audience, '"') != NULL;
    AUTO(text)
    char *thumb = signer_thumbprint(&own, c->thumb == SHA1 ? GNUTLS_DIG_SHA1 : GNUTLS_DIG_SHA256);
    AUTO(text)
    char *header =
        mem_format("{\"alg\":\"%s\",\"typ\":\"JWT\",\"%s\":\"%s\"}", c->alg,
                   c->thumb == SHA1 ? "x5t" : "x5t#S256", c->thumb == WRONG_THUMB ? "AAAA" : thumb);
    AUTO(text)
    char *claims =
        mem_format("{\"iss\":\"%s\",\"sub\":\"%s\",\"aud\":%s\"%s\"%s,\"exp\":%lld%s}", c->issuer,
                   c->subject, several ? "[" : "", c->audience, several ? "]" : "",
                   (long long)sim_now_s(sim) + c->expires_s, c->fraction ? c->fraction : "");
    return signer_jwt(c->by_stranger ? &strange : &own, header, claims,
                      strcmp(c->alg, "PS256") == 0);
}

static struct sim *seeded(void)
{
    struct err err;
    AUTO(text) char *pem = signer_certificate(&own);
    struct sim *sim = sim_new(8443);
    AUTO(json)
    struct json_object *seed = azure_json(
        "{'clients': [{'tenantId': '" TENANT_ID "', 'clientId': '" CLIENT "', 'federated': "
        "[{'issuer': 'https://issuer', 'subject': 'system:cmkd'}]}]}");
    struct json_object *client = json_object_array_get_idx(js_array(seed, "clients"), 0);
    struct json_object *trusted = json_object_array_get_idx(js_array(client, "federated"), 0);
    js_put(client, "certificate", json_object_new_string(pem));
    js_put(trusted, "certificate", json_object_new_string(pem));
    assert_true(sim_seed(sim, seed, &err));
    return sim;
}

static void ask(struct sim *sim, const char *assertion, int status, const char *part)
{
    AUTO(text)
    char *form = mem_format("grant_type=client_credentials&client_id=" CLIENT
                            "&scope=https://vault.azure.net/.default&client_assertion_type="
                            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer&%s%s",
                            *assertion ? "client_assertion=" : "client_secret=", assertion);
    const struct sim_request request = {.method = "POST",
                                        .host = "login.localhost:8443",
                                        .path = "/" TENANT_ID "/oauth2/v2.0/token",
                                        .query = "",
                                        .body_text = form};
    struct sim_response response;
    sim_serve(sim, &request, &response);
    const char *text = json_object_to_json_string(response.body);
    if (response.status != status || !strstr(text, part))
        fail_msg("%d %s", response.status, text);
    sim_response_done(&response);
}

static void check(void **state)
{
    const struct assertion *c = *state;
    make_both(NULL);
    struct sim *sim = seeded();
    AUTO(text) char *assertion = build(sim, c);
    ask(sim, assertion, c->status, c->part);
    sim_free(sim);
    drop_both(NULL);
}

static void what_is_no_token_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"x",    "a.b", "a.b.c", "e30.e30.", "e30.e30.e30.e30",
                                        "!.!.!"};
    struct sim *sim = seeded();
    for (size_t i = 0; i < COUNT(texts); i++)
        ask(sim, texts[i], i == 3 ? 401 : 400, "AADSTS");
    ask(sim, "", 401, "AADSTS7000215"); /* an empty secret is none */
    sim_free(sim);
}

/* ---- machines -------------------------------------------------------------------------------- */

#define TOKEN "/metadata/identity/oauth2/token"
#define TWO                                                                                        \
    "{'identities': [{'clientId': 'a', 'objectId': 'x'}, {'clientId': 'b', 'objectId': 'y'}]}"
#define ARC                                                                                        \
    "{'identities': [{'clientId': 'a'}], 'arc': {'file': '/var/opt/azcmagent/tokens/k.key', 'key': 'K'}}"

/* clang-format off */
static struct machine {
    const char *name, *seed, *query, *authorization;
    int status;
    const char *part, *challenge;
} machines[] = {
    {"of several identities none is meant by itself", TWO, "", NULL, 400, "Multiple user assigned identities", NULL},
    {"one of them is asked for", TWO, "&client_id=b", NULL, 200, "\"client_id\": \"b\"", NULL},
    {"Arc names the file to read", ARC, "", NULL, 401, "unauthorized", "Basic realm=/var/opt/azcmagent/tokens/k.key"},
    {"and takes what is in it", ARC, "", "Basic K", 200, "access_token", NULL},
    {"and nothing else", ARC, "", "Basic L", 401, "unauthorized", "Basic realm="},
};
/* clang-format on */

static void check_machine(void **state)
{
    const struct machine *c = *state;
    struct err err;
    struct sim *sim = sim_new(8443);
    AUTO(json) struct json_object *seed = azure_json(c->seed);
    assert_true(sim_seed(sim, seed, &err));
    AUTO(text)
    char *query = mem_format("api-version=2019-11-01&resource=https://vault.azure.net%s", c->query);
    const struct sim_request request = {.method = "GET",
                                        .host = "127.0.0.1",
                                        .path = TOKEN,
                                        .query = query,
                                        .body_text = "",
                                        .metadata = "true",
                                        .authorization = c->authorization};
    struct sim_response response;
    sim_serve(sim, &request, &response);
    const char *text = json_object_to_json_string(response.body), *challenge = NULL;
    for (int i = 0; i < response.n_headers; i++)
        if (strcmp(response.headers[i].name, "WWW-Authenticate") == 0)
            challenge = response.headers[i].value;
    if (response.status != c->status || !strstr(text, c->part))
        fail_msg("%d %s", response.status, text);
    assert_true(c->challenge ? challenge && strstr(challenge, c->challenge) : !challenge);
    sim_response_done(&response);
    sim_free(sim);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test_setup_teardown(what_is_no_token_is_refused, make_both, drop_both),
    };
    return CASES_RUN(assertions, check) + CASES_RUN(machines, check_machine) +
           cmocka_run_group_tests(others, NULL, NULL);
}
