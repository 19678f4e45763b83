/* Tokens: where they come from, how long they are used, and what happens when none comes. */
#include "base/js.h"
#include "cases.h"
#include "fixture.h"
#include "signer.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define IMDS "GET https://127.0.0.1"
#define TWO_GETS                                                                                   \
    {"GET {arm}/a", 200, NULL, "{}"},                                                              \
    {                                                                                              \
        "GET {arm}/a", 200, NULL, "{}"                                                             \
    }

/* ---- one call, with what the credential meets ----------------------------------------------- */

/* clang-format off */
static struct token_case {
    const char *name;
    enum credential_type type;
    struct script_step steps[SCRIPT_STEPS_MAX];
    enum err_domain domain;
    const char *code;
    size_t asked; /* requests to the token endpoint or to the metadata service */
} cases[] = {
    {"a managed identity gets its token from the metadata service", CREDENTIAL_MANAGED_IDENTITY,
     {{IMDS, 200, NULL, "{'access_token': 'm', 'expires_in': '86399', 'resource': 'x'}"}, {"GET {arm}/a", 200, NULL, "{}"}},
     ERR_NONE, "", 1},
    {"C071: the metadata service is away for a while", CREDENTIAL_MANAGED_IDENTITY,
     {{IMDS, 410, NULL, NULL}, {IMDS, 410, NULL, NULL}, {IMDS, 410, NULL, NULL},
      {IMDS, 500, "Content-Type: text/plain", "pod list is empty"}, {IMDS, 404, NULL, NULL},
      {IMDS, 200, NULL, "{'access_token': 'm', 'expires_on': '4000000000'}"}, {"GET {arm}/a", 200, NULL, "{}"}},
     ERR_NONE, "", 6},
    {"C071: an identity that was assigned just now", CREDENTIAL_MANAGED_IDENTITY,
     {{IMDS, 400, NULL, "{'error': 'invalid_request', 'error_description': 'Identity not found'}"},
      {IMDS, 200, NULL, "{'access_token': 'm'}"}, {"GET {arm}/a", 200, NULL, "{}"}},
     ERR_NONE, "", 2},
    {"C071: several identities and no clientId", CREDENTIAL_MANAGED_IDENTITY,
     {{IMDS, 400, NULL, "{'error': 'invalid_request', 'error_description': 'Multiple user assigned identities exist'}"}},
     ERR_CONFIG, "IdentityAmbiguous", 1},
    {"a client secret that is refused is not tried again", CREDENTIAL_CLIENT_SECRET,
     {{"POST {entra}", 401, NULL, "{'error': 'invalid_client', 'error_description': 'AADSTS7000215: no', 'trace_id': 't'}"}},
     ERR_AZURE, "invalid_client", 1},
    {"a credential of which nothing is found is no resource that is not there", CREDENTIAL_CLIENT_SECRET,
     {{"POST {entra}", 404, NULL, "{'error': 'ResourceNotFound', 'error_description': 'no such tenant'}"}},
     ERR_AZURE, "ResourceNotFound", 1},
    {"Entra's weather is sat out", CREDENTIAL_CLIENT_SECRET,
     {{"POST {entra}", 503, NULL, NULL}, {"POST {entra}", RESET, NULL, NULL}, {"POST {entra}", 429, "Retry-After: 2", NULL},
      {"POST {entra}", 200, NULL, "{'access_token': 'e', 'expires_in': 3599}"}, {"GET {arm}/a", 200, NULL, "{}"}},
     ERR_NONE, "", 4},
    {"an answer without a token", CREDENTIAL_CLIENT_SECRET,
     {{"POST {entra}", 200, NULL, "{}"}}, ERR_AZURE, "BadToken", 1},
    {"the agent of Azure Arc wants no file of somebody's", CREDENTIAL_AZURE_ARC,
     {{IMDS, 401, "WWW-Authenticate: Basic realm=/etc/shadow", "{'error': 'unauthorized'}"}},
     ERR_AZURE, "BadChallenge", 1},
    {"the agent of Azure Arc is away for a while", CREDENTIAL_AZURE_ARC,
     {{IMDS, 503, NULL, NULL}, {IMDS, 200, NULL, "{'access_token': 'm', 'expires_in': '86399'}"}, {"GET {arm}/a", 200, NULL, "{}"}},
     ERR_NONE, "", 2},
    {"a key file that is not there", CREDENTIAL_AZURE_ARC,
     {{IMDS, 401, "WWW-Authenticate: Basic realm=/tmp/cmkd-there-is-none.key", NULL}},
     ERR_SYSTEM, "ENOENT", 1},
    {"a token of a workload that is refused is not tried again", CREDENTIAL_WORKLOAD_IDENTITY,
     {{"POST {entra}", 401, NULL, "{'error': 'invalid_client', 'error_description': 'AADSTS700211: no'}"}},
     ERR_AZURE, "invalid_client", 1},
    {"a workload sits Entra's weather out", CREDENTIAL_WORKLOAD_IDENTITY,
     {{"POST {entra}", 503, NULL, NULL}, {"GET {arm}/a", 200, NULL, "{}"}}, ERR_NONE, "", 2},
    {"a certificate file that holds none", CREDENTIAL_CLIENT_CERTIFICATE, {{0}}, ERR_CONFIG, "CertificateInvalid", 0},
};
/* clang-format on */

static void use_type(struct fixture *fixture, enum credential_type type)
{
    struct credential_config *credential = &fixture->azure->credential;
    credential->type = type;
}

static void check(void **state)
{
    const struct token_case *c = *state;
    void *made = NULL;
    fixture_setup(&made);
    struct fixture *fixture = made;
    struct call_request request = fixture_get("/a");
    use_type(fixture, c->type);
    script_play(fixture->script, c->steps);
    const struct call_answer *answer = fixture_call(fixture, &request);
    assert_string_equal(answer->err.code, c->code);
    assert_int_equal(answer->err.domain, c->domain);
    assert_int_equal(answer->err.status, c->domain == ERR_AZURE ? 401 : answer->err.status);
    size_t asked = script_count(fixture->script, IMDS) + script_count(fixture->script, "POST ");
    assert_int_equal(asked, c->asked);
    assert_int_equal(script_unused(fixture->script), 0);
    assert_int_equal(azure_requests(fixture->azure), answer->requests);
    fixture_teardown(&made);
}

/* ---- more than one call -------------------------------------------------------------------- */

static bool used(struct fixture *fixture, size_t n, const char *token)
{
    AUTO(text) char *line = mem_format("\nAuthorization: Bearer %s\n", token);
    const char *request = script_request(fixture->script, "GET {arm}", n);
    return request && strstr(request, line);
}

static void the_metadata_service_is_asked_as_it_wants(void **state)
{
    static const struct script_step steps[] = {{IMDS, 200, NULL, "{'access_token': 'm'}"},
                                               {"GET {arm}/a", 200, NULL, "{}"},
                                               {NULL, 0, NULL, NULL}};
    struct fixture *fixture = *state;
    struct call_request request = fixture_get("/a");
    use_type(fixture, CREDENTIAL_MANAGED_IDENTITY);
    script_play(fixture->script, steps);
    assert_int_equal(fixture_call(fixture, &request)->err.domain, ERR_NONE);
    const char *asked = script_request(fixture->script, IMDS, 0);
    assert_non_null(strstr(asked, "/metadata/identity/oauth2/token?"));
    assert_non_null(strstr(asked, "api-version=2018-02-01"));
    assert_non_null(strstr(asked, "resource=https://management.core.example/"));
    assert_non_null(strstr(asked, "client_id=client"));
    assert_non_null(strstr(asked, "Metadata: true"));
    assert_null(strstr(asked, "Authorization"));
}

static void a_token_without_a_life_is_used_once(void **state)
{
    static const struct script_step steps[] = {
        {"POST {entra}", 200, NULL, "{'access_token': 'one'}"},
        {"POST {entra}", 200, NULL, "{'access_token': 'two'}"},
        TWO_GETS,
        {NULL, 0, NULL, NULL},
    };
    struct fixture *fixture = *state;
    struct call_request request = fixture_get("/a");
    script_play(fixture->script, steps);
    fixture_call(fixture, &request);
    fixture_call(fixture, &request);
    assert_true(used(fixture, 0, "one"));
    assert_true(used(fixture, 1, "two"));
}

static void a_refusal_is_not_asked_for_again_at_once(void **state)
{
    static const struct script_step steps[] = {
        {"POST {entra}", 400, NULL, "{'error': 'unauthorized_client'}"}, {NULL, 0, NULL, NULL}};
    struct fixture *fixture = *state;
    struct call_request request = fixture_get("/a");
    fixture->azure->second_ms = 1000;
    script_play(fixture->script, steps);
    fixture_call(fixture, &request);
    assert_string_equal(fixture_call(fixture, &request)->err.code, "unauthorized_client");
    assert_int_equal(script_count(fixture->script, "POST {entra}"), 1);
}

static void an_exposed_file_is_not_used(void **state)
{
    static const enum credential_type types[] = {
        CREDENTIAL_CLIENT_SECRET, CREDENTIAL_WORKLOAD_IDENTITY, CREDENTIAL_CLIENT_CERTIFICATE};
    struct fixture *fixture = *state;
    struct call_request request = fixture_get("/a");
    chmod(fixture->secret_file, 0644);
    for (size_t i = 0; i < COUNT(types); i++) {
        use_type(fixture, types[i]);
        assert_string_equal(fixture_call(fixture, &request)->err.code, "SecretExposed");
    }
    assert_int_equal(script_count(fixture->script, ""), 0);
}

static void save(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
    chmod(path, 0600);
}

/* Tokens without a life: each call asks for another. */
static const struct script_step two_tokens[] = {
    {"POST {entra}", 200, NULL, "{'access_token': 'one'}"},
    {"POST {entra}", 200, NULL, "{'access_token': 'two'}"},
    TWO_GETS,
    {NULL, 0, NULL, NULL},
};

static bool sent(struct fixture *fixture, size_t n, const char *text)
{
    return strstr(script_request(fixture->script, "POST {entra}", n), text) != NULL;
}

static void a_token_file_is_read_anew_on_every_use(void **state)
{
    static const char assertion[] = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3A"
                                    "client-assertion-type%3Ajwt-bearer&client_assertion=";
    struct fixture *fixture = *state;
    struct call_request request = fixture_get("/a");
    use_type(fixture, CREDENTIAL_WORKLOAD_IDENTITY);
    script_play(fixture->script, two_tokens);
    save(fixture->secret_file, "e30.first.s");
    fixture_call(fixture, &request);
    save(fixture->secret_file, "e30.second.s\n");
    fixture_call(fixture, &request);
    assert_true(sent(fixture, 0, assertion));
    assert_true(sent(fixture, 0, "client_assertion=e30.first.s"));
    assert_true(sent(fixture, 1, "client_assertion=e30.second.s"));
    assert_false(sent(fixture, 0, "client_secret"));
}

static void a_certificate_signs_and_its_key_stays_here(void **state)
{
    struct fixture *fixture = *state;
    struct call_request request = fixture_get("/a");
    struct signer signer;
    signer_make(&signer, GNUTLS_PK_RSA, 4000000000);
    AUTO(text) char *key = signer_key(&signer, NULL);
    AUTO(text) char *certificate = signer_certificate(&signer);
    AUTO(text) char *pem = mem_format("%s%s", certificate, key);
    use_type(fixture, CREDENTIAL_CLIENT_CERTIFICATE);
    script_play(fixture->script, two_tokens);
    save(fixture->secret_file, pem);
    assert_int_equal(fixture_call(fixture, &request)->err.domain, ERR_NONE);
    assert_true(sent(fixture, 0, "client_assertion=ey"));
    assert_false(sent(fixture, 0, "PRIVATE"));
    signer_done(&signer);
}

static void the_agent_of_azure_arc_is_told_what_is_in_its_file(void **state)
{
    struct fixture *fixture = *state;
    struct call_request request = fixture_get("/a");
    AUTO(text) char *file = mem_format("%s.key", fixture->secret_file);
    AUTO(text) char *challenge = mem_format("WWW-Authenticate: Basic realm=%s", file);
    const struct script_step steps[] = {{IMDS, 401, challenge, "{'error': 'unauthorized'}"},
                                        {IMDS, 200, NULL, "{'access_token': 'arc'}"},
                                        {"GET {arm}/a", 200, NULL, "{}"},
                                        {NULL, 0, NULL, NULL}};
    use_type(fixture, CREDENTIAL_AZURE_ARC);
    script_play(fixture->script, steps);
    save(file, "k3y");
    fixture_call(fixture, &request);
    unlink(file);
    assert_true(used(fixture, 0, "arc"));
    const char *first = script_request(fixture->script, IMDS, 0);
    const char *second = script_request(fixture->script, IMDS, 1);
    assert_non_null(strstr(first, "api-version=2020-06-01"));
    assert_null(strstr(first, "client_id"));
    assert_null(strstr(first, "Authorization"));
    assert_non_null(strstr(second, "Authorization: Basic k3y\n"));
    assert_non_null(strstr(second, "Metadata: true\n"));
}

static void a_key_that_the_agent_does_not_take_is_sent_once(void **state)
{
    struct fixture *fixture = *state;
    struct call_request request = fixture_get("/a");
    AUTO(text) char *file = mem_format("%s.key", fixture->secret_file);
    AUTO(text) char *challenge = mem_format("WWW-Authenticate: Basic realm=%s", file);
    const struct script_step steps[] = {
        {IMDS, 401, challenge, NULL}, {IMDS, 401, challenge, NULL}, {NULL, 0, NULL, NULL}};
    use_type(fixture, CREDENTIAL_AZURE_ARC);
    script_play(fixture->script, steps);
    save(file, "k3y");
    assert_string_equal(fixture_call(fixture, &request)->err.code, "Http401");
    unlink(file);
    assert_int_equal(script_count(fixture->script, IMDS), 2);
}

static void another_credential_is_used_from_the_next_token_on(void **state)
{
    static const struct script_step steps[] = {TWO_GETS, {NULL, 0, NULL, NULL}};
    struct fixture *fixture = *state;
    struct call_request request = fixture_get("/a");
    struct cloud cloud;
    struct err err;
    script_play(fixture->script, steps);
    fixture_call(fixture, &request);
    free(fixture->credential.client_id);
    fixture->credential.client_id = mem_text("another");
    cloud_copy(&fixture->azure->cloud, &cloud);
    assert_true(azure_reconfigure(fixture->azure, &cloud, &fixture->credential, NULL, &err));
    cloud_done(&cloud);
    fixture_call(fixture, &request);
    assert_true(used(fixture, 1, "token-2"));
    assert_non_null(
        strstr(script_request(fixture->script, "POST {entra}", 1), "client_id=another"));
}

static void the_same_credential_keeps_its_token(void **state)
{
    static const struct script_step steps[] = {TWO_GETS, {NULL, 0, NULL, NULL}};
    struct fixture *fixture = *state;
    struct call_request request = fixture_get("/a");
    struct cloud cloud;
    struct err err;
    script_play(fixture->script, steps);
    fixture_call(fixture, &request);
    cloud_copy(&fixture->azure->cloud, &cloud);
    assert_true(azure_reconfigure(fixture->azure, &cloud, &fixture->credential, NULL, &err));
    cloud_done(&cloud);
    fixture_call(fixture, &request);
    assert_true(used(fixture, 1, "token-1"));
}

static void reconfigure(struct fixture *fixture)
{
    struct cloud cloud;
    struct err err;
    fixture->arrived = NULL;
    free(fixture->credential.client_id);
    fixture->credential.client_id = mem_text("another");
    cloud_copy(&fixture->azure->cloud, &cloud);
    assert_true(azure_reconfigure(fixture->azure, &cloud, &fixture->credential, NULL, &err));
    cloud_done(&cloud);
}

static void a_token_on_its_way_is_asked_for_anew_after_a_reload(void **state)
{
    static const struct script_step steps[] = {{"POST {entra}", STALL, NULL, NULL},
                                               {"GET {arm}/a", 200, NULL, "{}"},
                                               {NULL, 0, NULL, NULL}};
    struct fixture *fixture = *state;
    struct call_request request = fixture_get("/a");
    fixture->arrived = reconfigure;
    script_play(fixture->script, steps);
    assert_int_equal(fixture_call(fixture, &request)->err.domain, ERR_NONE);
    assert_int_equal(script_count(fixture->script, "POST {entra}"), 2);
}

static void reconfigure_and_stop(struct fixture *fixture)
{
    reconfigure(fixture);
    azure_stop(fixture->azure);
}

static void a_token_is_not_asked_for_anew_after_a_stop(void **state)
{
    static const struct script_step steps[] = {{"POST {entra}", STALL, NULL, NULL},
                                               {NULL, 0, NULL, NULL}};
    struct fixture *fixture = *state;
    struct call_request request = fixture_get("/a");
    fixture->arrived = reconfigure_and_stop;
    script_play(fixture->script, steps);
    assert_int_equal(fixture_call(fixture, &request)->err.domain, ERR_CANCELLED);
    uv_run(&fixture->loop, UV_RUN_DEFAULT); /* nothing is left to be done */
    assert_int_equal(script_count(fixture->script, "POST {entra}"), 1);
}

/* Resource Manager is at another place from now on. */
static void move_the_cloud(struct fixture *fixture)
{
    struct cloud cloud;
    struct err err;
    fixture->arrived = NULL;
    cloud_copy(&fixture->azure->cloud, &cloud);
    free(cloud.resource_manager);
    cloud.resource_manager = mem_text("https://management.elsewhere.example");
    assert_true(azure_reconfigure(fixture->azure, &cloud, &fixture->credential, NULL, &err));
    cloud_done(&cloud);
}

/* clang-format off */
static struct moved_case {
    const char *name, *method;
    struct script_step steps[3];
    size_t requests; /* that the old place gets */
    bool was_accepted;
} moves[] = {
    {"while the token is on its way", "GET", {{"POST {entra}", STALL, NULL, NULL}}, 0, false},
    {"before a request that is weather is sent again", "GET", {{"GET {arm}/a", 503, NULL, NULL}}, 1, false},
    {"before it is sent again with another token", "GET", {{"GET {arm}/a", 401, NULL, NULL}}, 1, false},
    {"before an operation is asked for", "PUT", {{"PUT {arm}/a", 202, "Location: {arm}/op", NULL}}, 1, true},
    {"before the next page", "LIST", {{"GET {arm}/a", 200, NULL, "{'value': [], 'nextLink': '{arm}/b'}"}}, 1, false},
};
/* clang-format on */

static void on_request(struct fixture *fixture)
{
    if (script_count(fixture->script, "GET {arm}") + script_count(fixture->script, "PUT {arm}"))
        move_the_cloud(fixture);
}

/* The new cloud's token is none of the old one's business. */
static void check_move(void **state)
{
    const struct moved_case *c = *state;
    struct fixture *fixture;
    fixture_setup((void **)&fixture);
    bool is_list = strcmp(c->method, "LIST") == 0;
    struct call_request request = {
        .method = is_list ? "GET" : c->method, .path = "/a", .list = is_list};
    fixture->arrived = c->requests ? on_request : move_the_cloud;
    script_play(fixture->script, c->steps);
    assert_int_equal(fixture_call(fixture, &request)->err.domain, ERR_CANCELLED);
    assert_int_equal(fixture->answer.was_accepted, c->was_accepted);
    assert_int_equal(script_count(fixture->script, "GET {arm}") +
                         script_count(fixture->script, "PUT {arm}"),
                     c->requests);
    assert_int_equal(script_unused(fixture->script), 0);
    fixture_teardown((void **)&fixture);
}

static void a_token_on_its_way_is_given_up_at_the_end(void **state)
{
    static const struct script_step steps[] = {{"POST {entra}", STALL, NULL, NULL},
                                               {NULL, 0, NULL, NULL}};
    struct fixture *fixture = *state;
    struct call_request request = fixture_get("/a");
    script_play(fixture->script, steps);
    fixture_start(fixture, &request);
    while (!script_count(fixture->script, "POST {entra}"))
        uv_run(&fixture->loop, UV_RUN_ONCE);
    call_cancel(fixture->call);
    fixture_wait(fixture, 1); /* and the tear-down finds the token still on its way */
    assert_int_equal(fixture->answer.err.domain, ERR_CANCELLED);
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(the_metadata_service_is_asked_as_it_wants),
        ROW(a_token_without_a_life_is_used_once),
        ROW(a_refusal_is_not_asked_for_again_at_once),
        ROW(an_exposed_file_is_not_used),
        ROW(a_token_file_is_read_anew_on_every_use),
        ROW(a_certificate_signs_and_its_key_stays_here),
        ROW(the_agent_of_azure_arc_is_told_what_is_in_its_file),
        ROW(a_key_that_the_agent_does_not_take_is_sent_once),
        ROW(another_credential_is_used_from_the_next_token_on),
        ROW(the_same_credential_keeps_its_token),
        ROW(a_token_on_its_way_is_asked_for_anew_after_a_reload),
        ROW(a_token_is_not_asked_for_anew_after_a_stop),
        ROW(a_token_on_its_way_is_given_up_at_the_end),
    };
    return CASES_RUN(cases, check) + CASES_RUN(moves, check_move) +
           cmocka_run_group_tests_name("tokens", tests, NULL, NULL);
}
