/* Who gets a token, and what a token opens. */
#include "azure.h"

#include "base/mem.h"

#define FORM                                                                                       \
    "client_id=22222222-2222-2222-2222-222222222222&grant_type=client_credentials&client_secret="

static struct token_case {
    const char *name, *path, *form;
    int status;
    const char *error;      /* or NULL */
    const char *expires_in; /* as text; NULL: not looked at */
    enum json_type type;    /* of expires_in */
} cases[] = {
    {"the version 2 endpoint gives a token for a scope", "/" TENANT_ID "/oauth2/v2.0/token",
     FORM "azsim-secret&scope=https%3A%2F%2Fvault.azure.net%2F.default", 200, NULL, "86399",
     json_type_int},
    {"the version 1 endpoint gives one for a resource, its numbers as texts",
     "/" TENANT_ID "/oauth2/token", FORM "azsim-secret&resource=https://management.azure.com/", 200,
     NULL, "86399", json_type_string},
    {"an AD FS authority has no tenant in its path", "/adfs/oauth2/v2.0/token",
     FORM "azsim-secret&scope=https://vault.azure.net/.default", 200, NULL, "86399", json_type_int},
    {"a wrong secret is refused", "/" TENANT_ID "/oauth2/v2.0/token",
     FORM "wrong&scope=https://vault.azure.net/.default", 401, "invalid_client", NULL, 0},
    {"an unknown client is refused", "/" TENANT_ID "/oauth2/v2.0/token",
     "client_id=x&grant_type=client_credentials&client_secret=azsim-secret", 400,
     "unauthorized_client", NULL, 0},
    {"a foreign tenant is refused", "/99999999-9999-9999-9999-999999999999/oauth2/v2.0/token",
     FORM "azsim-secret&scope=https://vault.azure.net/.default", 400, "unauthorized_client", NULL,
     0},
    {"another grant is refused", "/" TENANT_ID "/oauth2/v2.0/token", "grant_type=password", 400,
     "unsupported_grant_type", NULL, 0},
    {"an audience that nobody knows is refused", "/" TENANT_ID "/oauth2/v2.0/token",
     FORM "azsim-secret&scope=https://example.com/.default", 400, "invalid_resource", NULL, 0},
};

static void check_token(void **state)
{
    const struct token_case *c = *state;
    struct sim *sim = azure_new(NULL);
    const struct sim_request request = {.method = "POST",
                                        .host = "login.localhost:8443",
                                        .path = c->path,
                                        .query = "",
                                        .body_text = c->form};
    struct sim_response response;
    sim_serve(sim, &request, &response);
    assert_int_equal(response.status, c->status);
    assert_string_equal(js_string(response.body, "error", ""), c->error ? c->error : "");
    if (c->expires_in) {
        struct json_object *expires = js_find(response.body, "expires_in");
        assert_int_equal(json_object_get_type(expires), c->type);
        assert_string_equal(json_object_get_string(expires), c->expires_in);
        assert_non_null(js_string(response.body, "access_token", NULL));
    }
    sim_response_done(&response);
    sim_free(sim);
}

/* ---- the instance metadata service ----------------------------------------------------------- */

static struct imds_case {
    const char *name, *path, *query, *metadata;
    int status;
} imds_cases[] = {
    {"a machine gets a token for its identity", "/metadata/identity/oauth2/token",
     "api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com%2F", "true", 200},
    {"a slash at the end does no harm", "/metadata/identity/oauth2/token/",
     "api-version=2018-02-01&resource=https://vault.azure.net", "True", 200},
    {"without the Metadata header nobody gets one", "/metadata/identity/oauth2/token",
     "api-version=2018-02-01&resource=https://vault.azure.net", NULL, 400},
    {"an identity that is not there is refused", "/metadata/identity/oauth2/token",
     "api-version=2018-02-01&resource=https://vault.azure.net&client_id=other", "true", 400},
    {"a resource is required", "/metadata/identity/oauth2/token", "api-version=2018-02-01", "true",
     400},
};

static void check_imds(void **state)
{
    const struct imds_case *c = *state;
    struct sim *sim = azure_new(NULL);
    const struct sim_request request = {.method = "GET",
                                        .host = "127.0.0.1:8080",
                                        .path = c->path,
                                        .query = c->query,
                                        .body_text = "",
                                        .metadata = c->metadata};
    struct sim_response response;
    sim_serve(sim, &request, &response);
    assert_int_equal(response.status, c->status);
    if (c->status == 200) {
        assert_non_null(js_string(response.body, "access_token", NULL));
        assert_non_null(js_string(response.body, "expires_on", NULL));
    }
    sim_response_done(&response);
    sim_free(sim);
}

/* ---- what a token opens ---------------------------------------------------------------------- */

static struct door_case {
    const char *name, *host, *path, *audience; /* audience NULL: no token; "": a bad one */
    int64_t later_s;
    int status;
    const char *code, *challenge;
} doors[] = {
    {"Resource Manager takes its own token", "management.localhost:8443", VAULT,
     "https://management.azure.com", 0, 200, "", NULL},
    {"it takes the one of its old name", "management.localhost:8443", VAULT,
     "https://management.core.windows.net/", 0, 200, "", NULL},
    {"it refuses who has none", "management.localhost:8443", VAULT, NULL, 0, 401,
     "AuthenticationFailed", "Bearer authorization_uri=\"https://login.localhost:8443/\""},
    {"it refuses a made-up one", "management.localhost:8443", VAULT, "", 0, 401,
     "InvalidAuthenticationToken", "error=\"invalid_token\""},
    {"it refuses a vault's", "management.localhost:8443", VAULT, "https://vault.azure.net", 0, 401,
     "InvalidAuthenticationTokenAudience", "Bearer"},
    {"it refuses an old one", "management.localhost:8443", VAULT, "https://management.azure.com",
     90000, 401, "ExpiredAuthenticationToken", "Bearer"},
    {"a vault takes its own token", "kvt.vault.localhost:8443", "/keys/cmk",
     "https://vault.azure.net", 0, 200, "", NULL},
    {"it challenges who has none", "kvt.vault.localhost:8443", "/keys/cmk", NULL, 0, 401,
     "Unauthorized",
     "Bearer authorization=\"https://login.localhost:8443/" TENANT_ID
     "\", resource=\"https://vault.azure.net\""},
    {"it refuses Resource Manager's", "kvt.vault.localhost:8443", "/keys/cmk",
     "https://management.azure.com", 0, 401, "Unauthorized", "resource="},
    {"it refuses an old one", "kvt.vault.localhost:8443", "/keys/cmk", "https://vault.azure.net",
     90000, 401, "Unauthorized", "resource="},
};

static void check_door(void **state)
{
    const struct door_case *c = *state;
    struct sim *sim = azure_new(NULL);
    AUTO(text)
    char *token = c->audience && *c->audience ? azure_token(sim, c->audience)
                  : c->audience               ? mem_text("Bearer made.up")
                                              : NULL;
    bool is_vault = c->path[1] == 'k';
    const struct sim_request request = {.method = "GET",
                                        .host = c->host,
                                        .path = c->path,
                                        .query =
                                            is_vault ? "api-version=7.4" : "api-version=2026-02-01",
                                        .body_text = "",
                                        .authorization = token};
    struct sim_response response;
    sim_shift_clock(sim, c->later_s);
    sim_serve(sim, &request, &response);
    assert_int_equal(response.status, c->status);
    assert_string_equal(js_string(response.body, "error.code", ""), c->code);
    const char *challenge = NULL;
    for (int i = 0; i < response.n_headers; i++)
        if (strcmp(response.headers[i].name, "WWW-Authenticate") == 0)
            challenge = response.headers[i].value;
    assert_true(c->challenge ? challenge && strstr(challenge, c->challenge) : !challenge);
    sim_response_done(&response);
    sim_free(sim);
}

/* A seed that names clients or identities leaves no default one. */
static void seeded_clients_and_identities_replace_the_default_ones(void **state)
{
    (void)state;
    struct err err;
    struct sim *sim = sim_new(8443);
    AUTO(json)
    struct json_object *seed = azure_json(
        "{'clients': [{'tenantId': 't', 'clientId': 'c', 'secret': 's', 'objectId': 'o'}],"
        " 'identities': [{'clientId': 'machine', 'objectId': 'o'}]}");
    assert_true(sim_seed(sim, seed, &err));
    const struct {
        const char *host, *path, *query, *form;
        int status;
    } rows[] = {
        {"login.localhost", "/t/oauth2/v2.0/token", "",
         "grant_type=client_credentials&client_id=c&client_secret=s&scope=https://vault.azure.net",
         200},
        {"login.localhost", "/" TENANT_ID "/oauth2/v2.0/token", "",
         FORM "azsim-secret&scope=https://vault.azure.net", 400},
        {"127.0.0.1", "/metadata/identity/oauth2/token",
         "api-version=2018-02-01&resource=https://vault.azure.net&client_id=machine", "", 200},
        {"127.0.0.1", "/metadata/identity/oauth2/token",
         "api-version=2018-02-01&resource=https://vault.azure.net&client_id=other", "", 400},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct sim_request request = {.method = *rows[i].form ? "POST" : "GET",
                                            .host = rows[i].host,
                                            .path = rows[i].path,
                                            .query = rows[i].query,
                                            .body_text = rows[i].form,
                                            .metadata = "true"};
        struct sim_response response;
        sim_serve(sim, &request, &response);
        assert_int_equal(response.status, rows[i].status);
        sim_response_done(&response);
    }
    sim_free(sim);
}

/* A token for that audience, asked for with more fields; "Bearer ...", for the caller. */
static char *token_with(struct sim *sim, const char *audience, const char *more)
{
    AUTO(text) char *form = mem_format(FORM "azsim-secret&scope=%s/.default%s", audience, more);
    const struct sim_request request = {.method = "POST",
                                        .host = "login.localhost:8443",
                                        .path = "/" TENANT_ID "/oauth2/v2.0/token",
                                        .query = "",
                                        .body_text = form};
    struct sim_response response;
    sim_serve(sim, &request, &response);
    char *bearer = mem_format("Bearer %s", js_string(response.body, "access_token", "none"));
    sim_response_done(&response);
    return bearer;
}

static void a_token_that_lacks_claims_is_challenged(void **state)
{
    static const struct {
        const char *host, *path, *query, *audience, *claims;
        int status;
    } rows[] = {
        {"management.localhost:8443", VAULT, "api-version=2026-02-01",
         "https://management.azure.com", "", 401},
        {"management.localhost:8443", VAULT, "api-version=2026-02-01",
         "https://management.azure.com", "&claims=%7B%22a%22%3A2%7D", 401},
        {"management.localhost:8443", VAULT, "api-version=2026-02-01",
         "https://management.azure.com", "&claims=%7B%22a%22%3A1%2C%22b%22%3A2%7D", 200},
        {"kvt.vault.localhost:8443", "/keys/cmk", "api-version=7.4", "https://vault.azure.net", "",
         401},
        {"kvt.vault.localhost:8443", "/keys/cmk", "api-version=7.4", "https://vault.azure.net",
         "&claims=%7B%22a%22%3A1%7D", 200},
    };
    (void)state;
    struct err err;
    struct sim *sim = azure_new(NULL);
    AUTO(json) struct json_object *settings = azure_json("{'claims': {'a': 1}}");
    assert_true(sim_settings(sim, settings, &err));
    for (size_t i = 0; i < COUNT(rows); i++) {
        AUTO(text) char *token = token_with(sim, rows[i].audience, rows[i].claims);
        const struct sim_request request = {.method = "GET",
                                            .host = rows[i].host,
                                            .path = rows[i].path,
                                            .query = rows[i].query,
                                            .body_text = "",
                                            .authorization = token};
        struct sim_response response;
        bool is_challenged = false;
        sim_serve(sim, &request, &response);
        for (int n = 0; n < response.n_headers; n++)
            is_challenged |= strstr(response.headers[n].value,
                                    "error=\"insufficient_claims\", claims=\"eyJhIjoxfQ\"") != NULL;
        assert_int_equal(response.status, rows[i].status);
        assert_int_equal(is_challenged, rows[i].status == 401);
        sim_response_done(&response);
    }
    sim_free(sim);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(a_token_that_lacks_claims_is_challenged),
        cmocka_unit_test(seeded_clients_and_identities_replace_the_default_ones),
    };
    return CASES_RUN(cases, check_token) + CASES_RUN(imds_cases, check_imds) +
           CASES_RUN(doors, check_door) + cmocka_run_group_tests(others, NULL, NULL);
}
