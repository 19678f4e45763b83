/* What a 401 demands of the next token: claims, another audience. One more try, and what an
 * operator is told when that does not help. */
#include "base/js.h"
#include "cases.h"
#include "fixture.h"
#include "signer.h"

#include <stdio.h>
#include <sys/stat.h>

#define IMDS "GET https://127.0.0.1"
/* {"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}, and of another value */
#define NBF "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxNjA0MTA2NjUxIn19fQ"
#define NBF_SENT                                                                                   \
    "&claims=%7B%22access_token%22%3A%7B%22nbf%22%3A%7B%22essential%22%3Atrue%2C%22value%22%3A%"   \
    "221604106651%22%7D%7D%7D&"
/* {"access_token":{"acrs":{"value":"c1"}}} */
#define ACRS "eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJ2YWx1ZSI6ImMxIn19fQ"
#define DEMAND(claims)                                                                             \
    "WWW-Authenticate: Bearer realm=\"\", error=\"insufficient_claims\", claims=\"" claims "\""
#define UNAUTHORIZED "{'error': {'code': 'InvalidAuthenticationToken', 'message': 'no'}}"
#define AKV10022                                                                                   \
    "{'error': {'code': 'Unauthorized', 'message': 'AKV10022: Invalid audience. Expected "         \
    "https://vault.usgovcloudapi.net, found: https://vault.example.'}}"

/* clang-format off */
static struct demand_case {
    const char *name;
    enum credential_type type;
    enum audience audience;
    struct script_step steps[SCRIPT_STEPS_MAX];
    enum err_domain domain;
    const char *code, *in_message;
    size_t tokens;    /* asked for */
    const char *sent; /* in the last of these requests; "": no claims */
} cases[] = {
    {"claims that Resource Manager wants are asked for", CREDENTIAL_CLIENT_SECRET, AUDIENCE_RESOURCE_MANAGER,
     {{"GET {arm}/a", 401, DEMAND(NBF), UNAUTHORIZED}, {"GET {arm}/a", 200, NULL, "{}"}}, ERR_NONE, "", "", 2, NBF_SENT},
    {"claims that a vault wants are asked for", CREDENTIAL_CLIENT_SECRET, AUDIENCE_KEY_VAULT,
     {{"GET {vault}/a", 401, DEMAND(NBF), NULL}, {"GET {vault}/a", 200, NULL, "{}"}}, ERR_NONE, "", "", 2, NBF_SENT},
    {"a certificate asks for them", CREDENTIAL_CLIENT_CERTIFICATE, AUDIENCE_RESOURCE_MANAGER,
     {{"GET {arm}/a", 401, DEMAND(NBF), NULL}, {"GET {arm}/a", 200, NULL, "{}"}}, ERR_NONE, "", "", 2, NBF_SENT},
    {"a workload asks for them", CREDENTIAL_WORKLOAD_IDENTITY, AUDIENCE_RESOURCE_MANAGER,
     {{"GET {arm}/a", 401, DEMAND(NBF), NULL}, {"GET {arm}/a", 200, NULL, "{}"}}, ERR_NONE, "", "", 2, NBF_SENT},
    {"they are asked for through Entra's weather", CREDENTIAL_CLIENT_SECRET, AUDIENCE_RESOURCE_MANAGER,
     {{"POST {entra}", 200, NULL, "{'access_token': 'one', 'expires_in': 3599}"}, {"GET {arm}/a", 401, DEMAND(NBF), NULL},
      {"POST {entra}", 503, NULL, NULL}, {"GET {arm}/a", 200, NULL, "{}"}}, ERR_NONE, "", "", 3, NBF_SENT},
    {"a demand that is not met is not tried again", CREDENTIAL_CLIENT_SECRET, AUDIENCE_RESOURCE_MANAGER,
     {{"GET {arm}/a", 401, DEMAND(NBF), UNAUTHORIZED}, {"GET {arm}/a", 401, DEMAND(NBF), UNAUTHORIZED}},
     ERR_AZURE, "InsufficientClaims", "see what Conditional Access asks of the application", 2, NBF_SENT},
    {"nor one that changes", CREDENTIAL_CLIENT_SECRET, AUDIENCE_RESOURCE_MANAGER,
     {{"GET {arm}/a", 401, DEMAND(NBF), NULL}, {"GET {arm}/a", 401, DEMAND(ACRS), NULL}},
     ERR_AZURE, "InsufficientClaims", "{\"access_token\":{\"acrs\":{\"value\":\"c1\"}}}", 2, NBF_SENT},
    {"a demand that Entra refuses is Entra's refusal", CREDENTIAL_CLIENT_SECRET, AUDIENCE_RESOURCE_MANAGER,
     {{"POST {entra}", 200, NULL, "{'access_token': 'one', 'expires_in': 3599}"}, {"GET {arm}/a", 401, DEMAND(NBF), NULL},
      {"POST {entra}", 400, NULL, "{'error': 'invalid_request', 'error_description': 'AADSTS50000: claims'}"}},
     ERR_AZURE, "invalid_request", "AADSTS50000", 2, NBF_SENT},
    {"a demand that is no JSON goes nowhere", CREDENTIAL_CLIENT_SECRET, AUDIENCE_RESOURCE_MANAGER,
     {{"GET {arm}/a", 401, DEMAND("bm8"), NULL}}, ERR_AZURE, "BadChallenge", "no JSON object", 1, ""},
    {"a demand of another authority goes nowhere", CREDENTIAL_CLIENT_SECRET, AUDIENCE_RESOURCE_MANAGER,
     {{"GET {arm}/a", 401, DEMAND(NBF) ", authorization_uri=\"https://evil.example/\"", NULL}}, ERR_AZURE, "ForeignOrigin", "", 1, ""},
    {"a token that is merely invalid is asked for without claims", CREDENTIAL_CLIENT_SECRET, AUDIENCE_RESOURCE_MANAGER,
     {{"GET {arm}/a", 401, "WWW-Authenticate: Bearer error=\"invalid_token\", claims=\"" NBF "\"", NULL}, {"GET {arm}/a", 200, NULL, "{}"}},
     ERR_NONE, "", "", 2, ""},
    {"a managed identity asks for another token", CREDENTIAL_MANAGED_IDENTITY, AUDIENCE_RESOURCE_MANAGER,
     {{"GET {arm}/a", 401, DEMAND(NBF), NULL}, {"GET {arm}/a", 200, NULL, "{}"}}, ERR_NONE, "", "", 2, ""},
    {"and says that it can do no more", CREDENTIAL_MANAGED_IDENTITY, AUDIENCE_RESOURCE_MANAGER,
     {{"GET {arm}/a", 401, DEMAND(NBF), NULL}, {"GET {arm}/a", 401, DEMAND(NBF), NULL}},
     ERR_AZURE, "InsufficientClaims", "which a managed identity cannot ask for: exempt it in Conditional Access", 2, ""},
    {"C069: a vault that wants another audience", CREDENTIAL_CLIENT_SECRET, AUDIENCE_KEY_VAULT,
     {{"GET {vault}/a", 401, NULL, AKV10022}, {"GET {vault}/a", 401, NULL, AKV10022}},
     ERR_CONFIG, "Audience", "a token for https://vault.example is not what is wanted there: check the cloud's audience: "
     "AKV10022: Invalid audience. Expected https://vault.usgovcloudapi.net", 2, ""},
    {"C069: Resource Manager wants another audience", CREDENTIAL_CLIENT_SECRET, AUDIENCE_RESOURCE_MANAGER,
     {{"GET {arm}/a", 401, NULL, "{'error': {'code': 'InvalidAuthenticationTokenAudience', 'message': 'wrong'}}"},
      {"GET {arm}/a", 401, NULL, "{'error': {'code': 'InvalidAuthenticationTokenAudience', 'message': 'wrong'}}"}},
     ERR_CONFIG, "Audience", "a token for https://management.core.example/", 2, ""},
    {"C069: a 401 in XML, as US Government sends it", CREDENTIAL_CLIENT_SECRET, AUDIENCE_RESOURCE_MANAGER,
     {{"GET {arm}/a", 401, NULL, "\xEF\xBB\xBF<Error><Code>AuthenticationFailed</Code></Error>"},
      {"GET {arm}/a", 401, NULL, "\xEF\xBB\xBF<Error><Code>AuthenticationFailed</Code></Error>"}},
     ERR_AZURE, "Http401", "<Code>AuthenticationFailed</Code>", 2, ""},
};
/* clang-format on */

static struct signer signer;

static void use_type(struct fixture *fixture, enum credential_type type)
{
    AUTO(text) char *certificate = signer_certificate(&signer);
    AUTO(text) char *key = signer_key(&signer, NULL);
    fixture->azure->credential.type = type;
    if (type != CREDENTIAL_CLIENT_CERTIFICATE)
        return;
    FILE *file = fopen(fixture->secret_file, "w");
    fprintf(file, "%s%s", certificate, key);
    fclose(file);
    chmod(fixture->secret_file, 0600);
}

/* The nth request for a token, of either kind. */
static const char *token_request(struct fixture *fixture, size_t n)
{
    const char *request = script_request(fixture->script, "POST {entra}", n);
    return request ? request : script_request(fixture->script, IMDS, n);
}

static void check(void **state)
{
    const struct demand_case *c = *state;
    void *made = NULL;
    fixture_setup(&made);
    struct fixture *fixture = made;
    struct call_request request = {
        .audience = c->audience, .vault = "kv-test", .method = "GET", .path = "/a"};
    use_type(fixture, c->type);
    script_play(fixture->script, c->steps);
    const struct call_answer *answer = fixture_call(fixture, &request);
    assert_string_equal(answer->err.code, c->code);
    assert_int_equal(answer->err.domain, c->domain);
    if (!strstr(answer->err.message, c->in_message))
        fail_msg("the message is: %s", answer->err.message);
    assert_int_equal(script_unused(fixture->script), 0);

    size_t tokens = 0;
    while (token_request(fixture, tokens))
        tokens++;
    assert_int_equal(tokens, c->tokens);
    assert_null(strstr(token_request(fixture, 0), "claims"));
    const char *last = token_request(fixture, tokens - 1);
    assert_non_null(strstr(last, *c->sent ? c->sent : "\n"));
    assert_int_equal(strstr(last, "claims") != NULL, *c->sent != '\0');
    fixture_teardown(&made);
}

/* ---- more than one call -------------------------------------------------------------------- */

static bool sent(struct fixture *fixture, size_t n, const char *text)
{
    return strstr(token_request(fixture, n), text) != NULL;
}

/* Four requests are on their way with one token; each gets its demand. */
static void demands_of_several_calls_become_one(void **state)
{
    static const struct script_step steps[] = {
        {"GET {arm}/a", 401, DEMAND(NBF), NULL},
        {"GET {arm}/b", 401, DEMAND(ACRS), NULL},
        {"GET {arm}/a", 200, NULL, "{}"},
        {"GET {arm}/b", 200, NULL, "{}"},
        {NULL, 0, NULL, NULL},
    };
    struct fixture *fixture = *state;
    struct call_request a = fixture_get("/a"), b = fixture_get("/b");
    script_play(fixture->script, steps);
    fixture_start(fixture, &a);
    fixture_start(fixture, &b);
    fixture_wait(fixture, 2);
    assert_int_equal(fixture->answer.err.domain, ERR_NONE);
    assert_int_equal(script_unused(fixture->script), 0);

    /* However the two met: the last token was asked for with what both want, or after the other. */
    size_t tokens = script_count(fixture->script, "POST {entra}");
    assert_in_range(tokens, 2, 3);
    bool has_nbf = false, has_acrs = false;
    for (size_t i = 1; i < tokens; i++) {
        has_nbf |= sent(fixture, i, "nbf");
        has_acrs |= sent(fixture, i, "acrs");
    }
    assert_true(has_nbf && has_acrs);
}

/* The other call's 401 comes when a token is there already that does not have its claims. */
static void a_demand_that_comes_late_is_met_too(void **state)
{
    static const struct script_step steps[] = {
        {"GET {arm}/a", 401, DEMAND(NBF), NULL},
        {"GET {arm}/a", 200, NULL, "{}"},
        {"GET {arm}/b", 401, DEMAND(ACRS), NULL},
        {"GET {arm}/b", 200, NULL, "{}"},
        {NULL, 0, NULL, NULL},
    };
    struct fixture *fixture = *state;
    struct call_request a = fixture_get("/a"), b = fixture_get("/b");
    script_play(fixture->script, steps);
    fixture_call(fixture, &a);
    fixture_call(fixture, &b);
    assert_int_equal(fixture->answer.err.domain, ERR_NONE);
    assert_int_equal(script_count(fixture->script, "POST {entra}"), 3);
    assert_true(sent(fixture, 2, "nbf") && sent(fixture, 2, "acrs"));
}

/* Of a token that was forgotten meanwhile, with the claims of the one that came. */
static void a_demand_that_was_met_already_asks_for_nothing(void **state)
{
    static const struct script_step steps[] = {{"GET {arm}/a", 401, DEMAND(NBF), NULL},
                                               {"GET {arm}/a", 200, NULL, "{}"},
                                               {NULL, 0, NULL, NULL}};
    struct fixture *fixture = *state;
    struct call_request a = fixture_get("/a");
    const char *audience = azure_audience(fixture->azure, AUDIENCE_RESOURCE_MANAGER);
    script_play(fixture->script, steps);
    fixture_call(fixture, &a);
    tokens_forget(fixture->azure->tokens, audience, "token-1",
                  "{\"access_token\":{\"nbf\":{\"essential\":true,\"value\":\"1604106651\"}}}");
    AUTO(secret) char *token = tokens_find(fixture->azure->tokens, audience);
    assert_string_equal(token ? token : "none", "token-2");
}

static void one_that_was_not_met_yet_asks_for_another_token(void **state)
{
    static const struct script_step steps[] = {{"GET {arm}/a", 200, NULL, "{}"},
                                               {NULL, 0, NULL, NULL}};
    struct fixture *fixture = *state;
    struct call_request a = fixture_get("/a");
    const char *audience = azure_audience(fixture->azure, AUDIENCE_RESOURCE_MANAGER);
    script_play(fixture->script, steps);
    fixture_call(fixture, &a);
    tokens_forget(fixture->azure->tokens, audience, "token-0", "{\"access_token\":{}}");
    AUTO(secret) char *token = tokens_find(fixture->azure->tokens, audience);
    assert_null(token);
}

static void claims_are_asked_for_once(void **state)
{
    static const struct script_step steps[] = {
        {"POST {entra}", 200, NULL, "{'access_token': 'one', 'expires_in': 3599}"},
        {"GET {arm}/a", 401, DEMAND(NBF), NULL},
        {"POST {entra}", 200, NULL, "{'access_token': 'two'}"}, /* of one use */
        {"GET {arm}/a", 200, NULL, "{}"},
        {"GET {arm}/a", 200, NULL, "{}"},
        {NULL, 0, NULL, NULL},
    };
    struct fixture *fixture = *state;
    struct call_request request = fixture_get("/a");
    script_play(fixture->script, steps);
    fixture_call(fixture, &request);
    fixture_call(fixture, &request);
    assert_true(sent(fixture, 1, NBF_SENT));
    assert_false(sent(fixture, 2, "claims"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(demands_of_several_calls_become_one, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_demand_that_comes_late_is_met_too, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_demand_that_was_met_already_asks_for_nothing,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(one_that_was_not_met_yet_asks_for_another_token,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(claims_are_asked_for_once, fixture_setup, fixture_teardown),
    };
    signer_make(&signer, GNUTLS_PK_RSA, 4000000000);
    int failed =
        CASES_RUN(cases, check) + cmocka_run_group_tests_name("demands", tests, NULL, NULL);
    signer_done(&signer);
    return failed;
}
