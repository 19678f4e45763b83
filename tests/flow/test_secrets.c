/* test_secrets.c: what cmkd proves itself with, and what it gets for that, is nowhere in what it
 * says: not when all is well, not when it is refused, and not when Azure repeats it in an error, in
 * a header or in a link. With each type of credential, in all that there is to read: standard error
 * and output, JSON, the status. (The journal, memory and cores: tests/systemd/test_secret.py.) */
#include "identities.h"
#include "prod.h"

#include "base/js.h"
#include "flow_private.h"
#include "sim/file.h"

#include <regex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* Of tokens that azsim gives, and of JWTs. */
#define TOKENS "azsim\\.[0-9a-f]|eyJ[A-Za-z0-9_-]"
#define TOKEN_REQUEST "(POST .*/oauth2/|GET .*/metadata/identity/)"
#define ARM "https://management.azure.com"
#define OPEN "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}"

/* ---- who, and what nobody may read ----------------------------------------------------------- */

static void seed_secret(void **flow)
{
    prod_good(flow, PROD("", "", "", ""));
}

static void seed_certificate(void **flow)
{
    identity_seed_certificate(flow);
    identity_save_certificate(flow, &identity_own, 0600);
}

static void seed_arc(void **flow)
{
    identity_seed_arc(flow);
    identity_save(flow, "6f1a.key", "k3y==", 0640);
}

static void seed_machine(void **flow)
{
    flow_credential(flow, "managedIdentity");
    prod_good(flow, PROD("", "", "", ""));
}

static struct identity {
    const char *name;
    void (*seed)(void **flow);
    const char *file; /* no line of it may be read anywhere; NULL: none */
    int before;       /* requests for a token before the one with a proof */
} identities[] = {
    {"a secret", seed_secret, "secret", 0},
    {"a certificate", seed_certificate, "client.pem", 0},
    {"a workload's token", identity_seed_workload, "token", 0},
    {"a machine of Azure Arc", seed_arc, "6f1a.key", 1},
    {"a machine", seed_machine, NULL, 0},
};

static void expect_no_token(void **flow, const char *text, const char *where)
{
    regex_t regex;
    regmatch_t at;
    assert_int_equal(regcomp(&regex, TOKENS, REG_EXTENDED), 0);
    bool is_found = regexec(&regex, text, 1, &at, 0) == 0;
    regfree(&regex);
    if (is_found)
        flow_fail(flow, "%s has a token: %.60s", where, text + at.rm_so);
}

static void expect_no_secret(void **flow, const struct identity *who, const char *text,
                             const char *where)
{
    struct err err;
    AUTO(text) char *content = NULL;
    expect_no_token(flow, text, where);
    if (!who->file)
        return;
    AUTO(text) char *path = identity_path(flow, who->file);
    if (!file_load(path, &content, &err))
        flow_fail(flow, "%s", err.message);
    char *rest = content;
    for (char *line; (line = strtok_r(rest, "\n", &rest));)
        if (strstr(text, line))
            flow_fail(flow, "%s has a line of %s: %s", where, who->file, line);
}

static void expect_clean(void **flow, const struct identity *who)
{
    expect_no_secret(flow, who, cmkd_stderr(flow), "standard error");
    expect_no_secret(flow, who, cmkd_stdout(flow), "standard output");
}

/* ---- what goes wrong ------------------------------------------------------------------------- */

/* Each answer repeats what was sent: its Authorization header, its secret or assertion. */
/* clang-format off */
static const struct trouble {
    const char *name, *match, *answer;
    bool is_shown; /* what came is printed, masked */
} troubles[] = {
    {"a refusal repeats the proof", TOKEN_REQUEST,
     "'status': 401, 'body': {'error': 'invalid_client', 'error_description': 'AADSTS7000215: (@authorization) (@proof)'}", true},
    {"the word of a refusal is the proof", TOKEN_REQUEST, "'status': 400, 'body': {'error': '@proof', 'error_description': '@proof'}", false},
    {"a gateway before Entra shows the request", TOKEN_REQUEST, "'status': 400, 'body': '<html>@authorization @proof</html>'", true},
    {"the token's answer is none", TOKEN_REQUEST, "'status': 200, 'body': '@authorization @proof'", false},
    {"the headers of a refusal have the proof", TOKEN_REQUEST,
     "'status': 400, 'headers': [['x-ms-request-id', 'x@proof'], ['WWW-Authenticate', 'Basic realm=/x@proof@authorization']]", false},
    {"Resource Manager repeats the token", ARM,
     "'status': 403, 'body': {'error': {'code': 'AuthorizationFailed', 'message': 'not with @authorization'}}", true},
    {"its 401 does", ARM, "'status': 401, 'body': {'error': {'code': 'InvalidAuthenticationToken', 'message': '@authorization'}}", true},
    {"its ids are the token", ARM,
     "'status': 400, 'headers': [['x-ms-request-id', '@authorization'], ['x-ms-correlation-request-id', '@authorization']]", false},
    {"its answer is no JSON but the token", ARM, "'status': 200, 'body': 'x @authorization'", true},
    {"a gateway before it shows the request", ARM, "'status': 400, 'body': '<html>@authorization</html>'", true},
    {"a link has the token", ARM, "'status': 200, 'body': {'value': [], 'nextLink': 'https://evil.example/@authorization'}", false},
    {"a challenge has the token", ARM,
     "'status': 401, 'headers': [['WWW-Authenticate', 'Bearer authorization=\\\"https://evil.example/@authorization\\\"']]", true},
    {"a redirect has the token", ARM, "'status': 302, 'headers': [['Location', 'https://evil.example/@authorization']]", false},
    {"a refused write repeats the token", "PATCH " ARM,
     "'status': 400, 'body': {'error': {'code': 'BadRequest', 'message': '@authorization'}}", true},
    {"an operation that fails does", "PATCH " ARM,
     "'status': 202, 'headers': [['Location', 'https://evil.example/@authorization']]", true},
    {"a vault repeats the token", "https://kv-openai-prod.vault.azure.net",
     "'status': 403, 'body': {'error': {'code': 'Forbidden', 'message': '@authorization', 'innererror': {'code': 'ForbiddenByRbac'}}}", false},
};
/* clang-format on */

static void cause(void **flow, const struct identity *who, const struct trouble *trouble)
{
    bool is_of_token = strcmp(trouble->match, TOKEN_REQUEST) == 0;
    AUTO(text)
    char *fault = mem_format("[{'match': '%s', 'times': 0, 'after': %d, %s}]", trouble->match,
                             is_of_token ? who->before : 0, trouble->answer);
    flow_faults_clear(flow);
    flow_faults(flow, fault);
}

static void nothing_of_it_is_said(void **flow)
{
    const struct identity *who = flow_row(flow);
    who->seed(flow);
    flow_drift(flow, VAULT, OPEN);
    cmkd_once(flow);
    expect_exit(flow, 0);
    expect_clean(flow, who);

    for (size_t i = 0; i < COUNT(troubles); i++) {
        bool has_proof = who->file || strcmp(troubles[i].match, TOKEN_REQUEST) != 0;
        cause(flow, who, &troubles[i]);
        flow_drift(flow, VAULT, OPEN);
        cmkd_once(flow);
        print_message("  %s\n", troubles[i].name);
        assert_true(flow_faults_fired(flow) > 0);
        expect_clean(flow, who);
        if (troubles[i].is_shown && has_proof && !strstr(cmkd_stderr(flow), "****"))
            flow_fail(flow, "nothing was masked: %s", troubles[i].name);
    }
}

/* ---- a daemon -------------------------------------------------------------------------------- */

static void expect_no_core(void **flow)
{
    struct rlimit core;
    assert_int_equal(prlimit(flow_of(flow)->cmkd.pid, RLIMIT_CORE, NULL, &core), 0);
    assert_int_equal(core.rlim_cur, 0);
    assert_int_equal(core.rlim_max, 0);
}

/* What cmkctl prints, for the caller. */
static char *status_of(void **flow)
{
    const char *argv[] = {CMKCTL_BINARY, "status", "--json", NULL};
    struct child child = {0};
    child_start(&child, argv, NULL);
    if (child_wait_end(&child) < 0)
        flow_fail(flow, "cmkctl does not end");
    char *text = mem_format("%s%s", child.text[STREAM_OUT], child.text[STREAM_ERR]);
    child_done(&child);
    return text;
}

static void nor_by_a_daemon_or_its_status(void **flow)
{
    const struct identity *who = flow_row(flow);
    static const struct trouble refused = {
        "", ARM,
        "'status': 403, 'body': {'error': {'code': 'AuthorizationFailed', 'message': '@authorization'}}",
        true};
    who->seed(flow);
    cause(flow, who, &refused);
    cmkd_start(flow, NULL);
    cmkd_wait_line(flow, "****");
    cmkd_signal(flow, SIGUSR2);
    cmkd_wait_line(flow, "0 of 1 stack in sync");
    expect_no_core(flow);
    AUTO(text) char *status = status_of(flow);
    assert_non_null(strstr(status, "****"));
    expect_no_secret(flow, who, status, "the status");
    cmkd_stop(flow);
    expect_clean(flow, who);
    expect_no_secret(flow, who, flow_of(flow)->cmkd.text[STREAM_NOTIFY], "what systemd is told");
}

/* No token is asked for from a server whose certificate is not trusted, and none is named. */
static void nor_where_the_server_is_not_trusted(void **flow)
{
    const struct identity *who = flow_row(flow);
    AUTO(text) char *certificate = signer_certificate(&identity_strange);
    AUTO(text) char *path = identity_path(flow, "strange.pem");
    identity_save(flow, "strange.pem", certificate, 0644);
    js_put(flow_of(flow)->cloud, "caFile", json_object_new_string(path));
    who->seed(flow);
    cmkd_once(flow);
    expect_exit(flow, 2);
    expect_error(flow, VAULT, "Tls");
    expect_clean(flow, who);
    expect_requests_at_most(flow, 0);
}

int main(void)
{
    identities_start();
    int failed = FLOW_CASES_RUN(identities, nothing_of_it_is_said) +
                 FLOW_CASES_RUN(identities, nor_by_a_daemon_or_its_status) +
                 FLOW_CASES_RUN(identities, nor_where_the_server_is_not_trusted);
    identities_done();
    return failed;
}
