/* Token relay: whatever Azure's answers name, in links, redirects, challenges and other headers, a
 * token goes to nobody but Azure. It is looked for on the receiving side (relay.h). Each trick with
 * a link is played as well on a client that does not look: it falls for it, so the trap is open. */
#include "base/js.h"
#include "cases.h"
#include "relay.h"

/* ---- links --------------------------------------------------------------------------------- */

/* Where a link can stand: %s in a header as it is, in a body as JSON. */
/* clang-format off */
static const struct place {
    const char *name, *host;
    struct call_request request;
    bool is_header;
    struct script_step steps[SCRIPT_STEPS_MAX];
} places[] = {
    {"the nextLink of a list", "management.azure.com", {.method = "GET", .path = "/a", .list = true}, false,
     {{"GET {arm}/a", 200, NULL, "{'value': [], 'nextLink': %s}"}}},
    {"the nextLink of a second page", "management.azure.com", {.method = "GET", .path = "/a", .list = true}, false,
     {{"GET {arm}/a", 200, NULL, "{'value': [], 'nextLink': '{arm}/b'}"},
      {"GET {arm}/b", 200, NULL, "{'value': [], 'nextLink': %s}"}}},
    {"the nextLink of a vault's list", "kv-test.vault.azure.net",
     {.audience = AUDIENCE_KEY_VAULT, .vault = "kv-test", .method = "GET", .path = "/a", .list = true}, false,
     {{"GET {vault}/a", 200, NULL, "{'value': [], 'nextLink': %s}"}}},
    {"Azure-AsyncOperation", "management.azure.com", {.method = "PUT", .path = "/a"}, true,
     {{"PUT {arm}/a", 201, "Azure-AsyncOperation: %s", "{}"}, {"GET {arm}/a", 200, NULL, "{}"}}},
    {"Location", "management.azure.com", {.method = "PATCH", .path = "/a"}, true,
     {{"PATCH {arm}/a", 202, "Location: %s", "{}"}, {"GET {arm}/a", 200, NULL, "{}"}}},
    {"Azure-AsyncOperation of a poll", "management.azure.com", {.method = "PUT", .path = "/a"}, true,
     {{"PUT {arm}/a", 202, "Azure-AsyncOperation: {arm}/op", "{}"},
      {"GET {arm}/op", 200, "Azure-AsyncOperation: %s", "{'status': 'InProgress'}"},
      {"GET {arm}/op", 200, NULL, "{'status': 'Succeeded'}"}, {"GET {arm}/a", 200, NULL, "{}"}}},
    {"Location of a poll", "management.azure.com", {.method = "POST", .path = "/a"}, true,
     {{"POST {arm}/a", 202, "Location: {arm}/op", NULL}, {"GET {arm}/op", 202, "Location: %s", NULL},
      {"GET {arm}/op", 200, NULL, "{}"}}},
};

/* HOST stands for the right host of the place. */
static struct link_case {
    const char *name, *text;
    /* HARMLESS: no client gets to the thief by it; it is not followed either. */
    enum { A_TRICK, HARMLESS, OURS } kind;
} links[] = {
    {"another host",                       "https://evil.example/next", A_TRICK},
    {"another host in upper case",         "HTTPS://EVIL.EXAMPLE/NEXT", A_TRICK},
    {"a host that begins alike",           "https://HOST.evil.example/next", A_TRICK},
    {"a host that ends alike",             "https://evilHOST/next", A_TRICK},
    {"a host below ours",                  "https://evil.HOST/next", A_TRICK},
    {"a host beside ours",                 "https://evil.azure.com/next", A_TRICK},
    {"a vault that begins alike",          "https://kv-test.vault.azure.net.evil.example/next", A_TRICK},
    {"a vault whose suffix ends alike",    "https://kv-test.evilvault.azure.net/next", A_TRICK},
    {"the suffix as a vault's name",       "https://evilvault.azure.net/next", A_TRICK},
    {"another vault",                      "https://kv-other.vault.azure.net/next", A_TRICK},
    {"the same vault in another cloud",    "https://kv-test.vault.azure.cn/next", A_TRICK},
    {"a managed HSM of that name",         "https://kv-test.managedhsm.azure.net/next", A_TRICK},
    {"Resource Manager of another cloud",  "https://management.usgovcloudapi.net/next", A_TRICK},
    {"Resource Manager's older name",      "https://management.core.windows.net/next", A_TRICK},
    {"another service of Azure's",         "https://graph.microsoft.com/next", A_TRICK},
    {"a dash for a dot",                   "https://management-azure.com/next", A_TRICK},
    {"a dot more",                         "https://management.azure.com.com/next", A_TRICK},
    {"a dash behind",                      "https://HOST-.evil.example/next", A_TRICK},
    {"a trailing dot",                     "https://HOST./next", A_TRICK},
    {"a trailing dot and a port",          "https://HOST.:443/next", A_TRICK},
    {"two trailing dots",                  "https://HOST../next", HARMLESS},
    {"another port",                       "https://HOST:444/next", A_TRICK},
    {"a port that is cut to ours",         "https://HOST:4430/next", A_TRICK},
    {"a port that wraps to ours",          "https://HOST:65979/next", HARMLESS},
    {"a port with zeros before it",        "https://HOST:000444/next", A_TRICK},
    {"a port with a sign",                 "https://HOST:+444/next", HARMLESS},
    {"a port that is a host",              "https://HOST:evil.example/next", HARMLESS},
    {"plain HTTP",                         "http://HOST/next", A_TRICK},
    {"plain HTTP elsewhere",               "http://evil.example/next", A_TRICK},
    {"another scheme",                     "ftp://evil.example/next", HARMLESS},
    {"a file",                             "file:///etc/passwd", HARMLESS},
    {"a scheme that ends alike",           "xhttps://HOST/next", HARMLESS},
    {"userinfo that looks like our host",  "https://HOST@evil.example/next", A_TRICK},
    {"userinfo with our port",             "https://HOST:443@evil.example/next", A_TRICK},
    {"userinfo with an encoded slash",     "https://HOST%2f@evil.example/next", A_TRICK},
    {"two at signs",                       "https://a@HOST@evil.example/next", HARMLESS},
    {"userinfo before our host",           "https://user:password@HOST/next", HARMLESS},
    {"a backslash, then another host",     "https://HOST\\@evil.example/next", A_TRICK},
    {"a backslash in the host",            "https://evil.example\\.HOST/next", HARMLESS},
    {"backslashes for slashes",            "https:\\\\evil.example/next", HARMLESS},
    {"a slash and a backslash",            "/\\evil.example/next", HARMLESS},
    {"no scheme",                          "//evil.example/next", A_TRICK},
    {"no scheme, three slashes",           "///evil.example/next", A_TRICK},
    {"one slash",                          "https:/evil.example/next", A_TRICK},
    {"no slash",                           "https:evil.example/next", HARMLESS},
    {"three slashes",                      "https:///evil.example/next", A_TRICK},
    {"a question mark before our host",    "https://evil.example?HOST/next", A_TRICK},
    {"a hash before our host",             "https://evil.example#HOST/next", A_TRICK},
    {"our URL in the path",                "https://evil.example/https://HOST/next", A_TRICK},
    {"our URL in the query",               "https://evil.example/?x=https://HOST/next", A_TRICK},
    {"a semicolon after our host",         "https://HOST;.evil.example/next", HARMLESS},
    {"a comma after our host",             "https://HOST,.evil.example/next", HARMLESS},
    {"an ampersand after our host",        "https://HOST&.evil.example/next", HARMLESS},
    {"an encoded dot",                     "https://evil%2eexample/next", A_TRICK},
    {"an encoded dot after our host",      "https://HOST%2eevil.example/next", A_TRICK},
    {"an encoded slash after our host",    "https://HOST%2f.evil.example/next", HARMLESS},
    {"an encoded NUL after our host",      "https://HOST%00.evil.example/next", HARMLESS},
    {"our host, encoded",                  "https://%6danagement.azure.com/next", HARMLESS},
    {"punycode",                           "https://xn--management-azure-4of.com/next", A_TRICK},
    {"a Cyrillic letter",                  "https://m\xd0\xb0nagement.azure.com/next", A_TRICK},
    {"an ideographic full stop",           "https://HOST\xe3\x80\x82" "evil.example/next", A_TRICK},
    {"a fullwidth solidus",                "https://HOST\xef\xbc\x8f.evil.example/next", HARMLESS},
    {"a soft hyphen",                      "https://evil\xc2\xad.example/next", A_TRICK},
    {"bytes that are no UTF-8",            "https://HOST\xff.evil.example/next", HARMLESS},
    {"an address",                         "https://127.0.0.1:8443/next", A_TRICK},
    {"an address in one number",           "https://2130706433:8443/next", A_TRICK},
    {"an address in hexadecimal",          "https://0x7f000001:8443/next", A_TRICK},
    {"an IPv6 address",                    "https://[2001:db8::66]/next", HARMLESS},
    {"our host in brackets",               "https://[HOST]/next", HARMLESS},
    {"a blank before it",                  " https://evil.example/next", HARMLESS},
    {"a blank in the host",                "https://evil.example .HOST/next", HARMLESS},
    {"a tab in the host",                  "https://evil.example\t.HOST/next", HARMLESS},
    {"a tab in the scheme",                "ht\ttps://evil.example/next", HARMLESS},
    {"a line end in the host",             "https://evil.example\n.HOST/next", HARMLESS},
    {"a header behind the path",           "https://HOST/next\r\nHost: evil.example\r\n", HARMLESS},
    {"another name of the authority",      "https://login.windows.net/next", A_TRICK},

    {"the same origin",                    "https://HOST/next", OURS},
    {"the default port written out",       "https://HOST:443/next", OURS},
    {"the scheme in upper case",           "HTTPS://HOST/next", OURS},
    {"a path from the root",               "/next", OURS},
    {"another URL in the query",           "https://HOST/next?x=https://evil.example/", OURS},
    {"another host in the fragment",       "https://HOST/next#@evil.example/", OURS},
};
/* clang-format on */

static char *replaced(const char *text, const char *what, const char *with)
{
    const char *at = strstr(text, what);
    return at ? mem_format("%.*s%s%s", (int)(at - text), text, with, at + strlen(what))
              : mem_text(text);
}

/* The steps of a place with the link in them. */
static void fill(const struct place *place, const char *link,
                 struct script_step steps[SCRIPT_STEPS_MAX])
{
    AUTO(json) struct json_object *value = json_object_new_string(link);
    const char *quoted = json_object_to_json_string_ext(value, JSON_C_TO_STRING_NOSLASHESCAPE);
    for (size_t i = 0; i < SCRIPT_STEPS_MAX; i++) {
        steps[i] = place->steps[i];
        if (steps[i].headers)
            steps[i].headers = replaced(steps[i].headers, "%s", link);
        if (steps[i].body)
            steps[i].body = replaced(steps[i].body, "%s", quoted);
    }
}

static void drop(struct script_step steps[SCRIPT_STEPS_MAX])
{
    for (size_t i = 0; i < SCRIPT_STEPS_MAX; i++) {
        free((void *)(uintptr_t)steps[i].headers);
        free((void *)(uintptr_t)steps[i].body);
    }
}

static void follow(const struct link_case *c, const struct place *place)
{
    struct script_step steps[SCRIPT_STEPS_MAX + 1] = {{0}};
    AUTO(text) char *link = replaced(c->text, "HOST", place->host);
    AUTO(text) char *home = mem_format("https://%s", place->host);
    AUTO(text) char *next = mem_format("GET %s/next", home);
    fill(place, link, steps);
    size_t end = 0;
    while (steps[end].request)
        end++;
    steps[end] =
        (struct script_step){next, 200, NULL, mem_text("{'value': [], 'status': 'Succeeded'}")};
    relay_play(steps);
    const struct call_answer *answer = fixture_call(relay.fixture, &place->request);
    print_message("  %s: %s\n", place->name, answer->err.code);
    relay_expect_none(home);
    assert_int_equal(script_count(relay.fixture->script, next), c->kind == OURS);
    drop(steps);
    if (c->kind == OURS) {
        assert_int_equal(answer->err.domain, ERR_NONE);
        return;
    }
    relay.tricks++;
    bool has_fallen = relay_catches(home, link);
    relay.lures += has_fallen;
    assert_int_equal(has_fallen, c->kind == A_TRICK);
}

/* A header cannot have all bytes. */
static bool fits(const char *text, const struct place *place)
{
    return !place->is_header || (*text != ' ' && !text[strcspn(text, "\t\r\n")]);
}

static void check_link(void **state)
{
    const struct link_case *c = *state;
    for (size_t i = 0; i < COUNT(places); i++)
        if (fits(c->text, &places[i]))
            follow(c, &places[i]);
}

/* ---- redirects ----------------------------------------------------------------------------- */

/* clang-format off */
static struct redirect_case {
    const char *name;
    enum credential_type type;
    struct call_request request;
    struct script_step steps[SCRIPT_STEPS_MAX]; /* status 0: the redirect */
} redirects[] = {
    {"a read is redirected", CREDENTIAL_CLIENT_SECRET, {.method = "GET", .path = "/a"}, {{"GET {arm}/a", 0, NULL, NULL}}},
    {"a list is redirected", CREDENTIAL_CLIENT_SECRET, {.method = "GET", .path = "/a", .list = true}, {{"GET {arm}/a", 0, NULL, NULL}}},
    {"a PUT is redirected", CREDENTIAL_CLIENT_SECRET, {.method = "PUT", .path = "/a"}, {{"PUT {arm}/a", 0, NULL, NULL}}},
    {"a POST is redirected", CREDENTIAL_CLIENT_SECRET, {.method = "POST", .path = "/a"}, {{"POST {arm}/a", 0, NULL, NULL}}},
    {"a poll is redirected", CREDENTIAL_CLIENT_SECRET, {.method = "PUT", .path = "/a"},
     {{"PUT {arm}/a", 202, "Azure-AsyncOperation: {arm}/op", NULL}, {"GET {arm}/op", 0, NULL, NULL}}},
    {"a read of a vault is redirected", CREDENTIAL_CLIENT_SECRET,
     {.audience = AUDIENCE_KEY_VAULT, .vault = "kv-test", .method = "GET", .path = "/a"}, {{"GET {vault}/a", 0, NULL, NULL}}},
    {"Entra redirects a secret", CREDENTIAL_CLIENT_SECRET, {.method = "GET", .path = "/a"}, {{"POST {entra}", 0, NULL, NULL}}},
    {"Entra redirects a workload's token", CREDENTIAL_WORKLOAD_IDENTITY, {.method = "GET", .path = "/a"}, {{"POST {entra}", 0, NULL, NULL}}},
    {"the metadata service redirects", CREDENTIAL_MANAGED_IDENTITY, {.method = "GET", .path = "/a"}, {{"GET https://169.254.169.254", 0, NULL, NULL}}},
    {"the agent of Azure Arc redirects", CREDENTIAL_AZURE_ARC, {.method = "GET", .path = "/a"}, {{"GET https://127.0.0.1:40342", 0, NULL, NULL}}},
};
/* clang-format on */

/* As after a start: no token is known, and nothing was refused. */
static void become(enum credential_type type)
{
    relay.fixture->azure->credential.type = type;
    tokens_reset(relay.fixture->azure->tokens);
}

static void redirect(const struct redirect_case *c, int status, const char *location)
{
    struct script_step steps[SCRIPT_STEPS_MAX];
    memcpy(steps, c->steps, sizeof steps);
    for (size_t i = 0; steps[i].request; i++)
        if (!steps[i].status) {
            steps[i].status = status;
            steps[i].headers = location;
        }
    become(c->type);
    relay_play(steps);
    const struct call_answer *answer = fixture_call(relay.fixture, &c->request);
    bool is_vault = c->request.audience == AUDIENCE_KEY_VAULT;
    relay_expect_none(is_vault ? VAULT : ARM);
    bool is_token = !c->steps[0].status && !strstr(c->steps[0].request, "/a");
    assert_int_equal(answer->err.status, is_token ? 401 : status);
    assert_int_equal(script_unused(relay.fixture->script), 0);
    relay.tricks++;
    relay.lures++; /* libcurl follows it when it is let: "another host" above is the same link */
}

static void check_redirect(void **state)
{
    for (int status = 300; status <= 308; status++) {
        redirect(*state, status, "Location: https://evil.example/next");
        redirect(*state, status, "Location: http://evil.example/next");
    }
    become(CREDENTIAL_CLIENT_SECRET);
}

/* ---- challenges ---------------------------------------------------------------------------- */

#define SECOND_HEADER "\nWWW-Authenticate: Bearer authorization=\"https://evil.example/t\""

/* Of a 401 of Resource Manager and of a vault; AUDIENCE stands for theirs. */
/* clang-format off */
static struct challenge_case {
    const char *name, *text;
    enum { REFUSED, /* the call ends with "ForeignOrigin" */ RENEWED /* another token, of our own authority */ } kind;
} challenges[] = {
    {"another authority",              "Bearer authorization=\"https://evil.example/t\"", REFUSED},
    {"another authority_uri",          "Bearer authorization_uri=\"https://evil.example/t\", error=\"invalid_token\"", REFUSED},
    {"it begins alike",                "Bearer authorization=\"https://login.microsoftonline.com.evil.example/t\"", REFUSED},
    {"it ends alike",                  "Bearer authorization=\"https://evillogin.microsoftonline.com/t\"", REFUSED},
    {"it is below the older name",     "Bearer authorization=\"https://evil.login.windows.net/t\"", REFUSED},
    {"userinfo",                       "Bearer authorization=\"https://login.microsoftonline.com@evil.example/t\"", REFUSED},
    {"userinfo with a port",           "Bearer authorization=\"https://login.windows.net:443@evil.example/t\"", REFUSED},
    {"a port",                         "Bearer authorization=\"https://login.microsoftonline.com:444/t\"", REFUSED},
    {"plain HTTP",                     "Bearer authorization=\"http://login.microsoftonline.com/t\"", REFUSED},
    {"a trailing dot",                 "Bearer authorization=\"https://login.microsoftonline.com./t\"", REFUSED},
    {"a backslash",                    "Bearer authorization=\"https://login.microsoftonline.com\\\\@evil.example/t\"", REFUSED},
    {"an escaped quote",               "Bearer authorization=\"https://login.microsoftonline.com\\\".evil.example/t\"", REFUSED},
    {"an encoded dot",                 "Bearer authorization=\"https://login.microsoftonline.com%2eevil.example/t\"", REFUSED},
    {"a Cyrillic letter",              "Bearer authorization=\"https://login.micr\xd0\xbesoftonline.com/t\"", REFUSED},
    {"no scheme",                      "Bearer authorization=\"//evil.example/t\"", REFUSED},
    {"another cloud's authority",      "Bearer authorization=\"https://login.microsoftonline.us/t\"", REFUSED},
    {"an address",                     "Bearer authorization=\"https://127.0.0.1:8443/t\"", REFUSED},
    {"without quotes",                 "Bearer authorization=https://evil.example/t", REFUSED},
    {"after what is ours",             "Bearer authorization=\"https://login.windows.net/t\", authorization=\"https://evil.example/t\"", REFUSED},
    {"another resource",               "Bearer authorization=\"https://login.windows.net/t\", resource=\"https://evil.example\"", REFUSED},
    {"a resource that begins alike",   "Bearer resource=\"AUDIENCE.evil.example\"", REFUSED},
    {"a resource behind userinfo",     "Bearer resource=\"AUDIENCE@evil.example\"", REFUSED},
    {"a resource that ends alike",     "Bearer resource=\"https://evilvault.azure.net\"", REFUSED},
    {"another service's resource",     "Bearer resource=\"https://graph.microsoft.com\"", REFUSED},
    {"another scope",                  "Bearer scope=\"https://evil.example/.default\"", REFUSED},
    {"another service's scope",        "Bearer scope=\"https://graph.microsoft.com/.default\"", REFUSED},
    {"a second scope",                 "Bearer scope=\"AUDIENCE/.default https://evil.example/.default\"", REFUSED},
    {"a second challenge",             "Bearer realm=\"x\", Bearer authorization=\"https://evil.example/t\"", RENEWED},
    {"a second header",                "Bearer realm=\"x\"" SECOND_HEADER, RENEWED},
    {"a scheme that is not Bearer",    "PoP authorization=\"https://evil.example/t\"", RENEWED},
    {"Basic",                          "Basic realm=\"https://evil.example\"", RENEWED},
    {"Negotiate",                      "Negotiate", RENEWED},
    {"NTLM",                           "NTLM", RENEWED},
    {"Digest",                         "Digest realm=\"x\", nonce=\"y\", uri=\"https://evil.example/\"", RENEWED},
    {"a quote that is not closed",     "Bearer authorization=\"https://evil.example/t", RENEWED},
    {"nothing but the scheme",         "Bearer", RENEWED},
    {"our own authority",              "Bearer authorization=\"https://login.microsoftonline.com/t\", resource=\"AUDIENCE\"", RENEWED},
    {"its older name",                 "Bearer authorization=\"https://login.windows.net/t\", resource=\"AUDIENCE/\"", RENEWED},
    {"its port written out",           "Bearer authorization=\"https://LOGIN.windows.net:443/t\"", RENEWED},
    {"our own scope",                  "Bearer scope=\"AUDIENCE/.default\"", RENEWED},
};
/* clang-format on */

static void challenge(const struct challenge_case *c, const char *origin, const char *audience,
                      const struct call_request *request)
{
    AUTO(text) char *text = replaced(c->text, "AUDIENCE", audience);
    AUTO(text) char *header = mem_format("WWW-Authenticate: %s", text);
    AUTO(text) char *get = mem_format("GET %s/a", origin);
    const struct script_step steps[] = {
        {get, 401, header, NULL}, {get, 200, NULL, "{}"}, {NULL, 0, NULL, NULL}};
    become(CREDENTIAL_CLIENT_SECRET);
    relay_play(steps);
    const struct call_answer *answer = fixture_call(relay.fixture, request);
    relay_expect_none(origin);
    assert_string_equal(answer->err.code, c->kind == REFUSED ? "ForeignOrigin" : "");
    assert_int_equal(script_count(relay.fixture->script, "POST {entra}"),
                     c->kind == REFUSED ? 1 : 2);
    relay.tricks += strstr(c->text, "evil") || c->kind == REFUSED;
}

static void check_challenge(void **state)
{
    const struct call_request of_arm = fixture_get("/a");
    const struct call_request of_vault = {
        .audience = AUDIENCE_KEY_VAULT, .vault = "kv-test", .method = "GET", .path = "/a"};
    challenge(*state, ARM, "https://management.azure.com", &of_arm);
    challenge(*state, VAULT, "https://vault.azure.net", &of_vault);
}

/* ---- other headers, other names ------------------------------------------------------------ */

static struct header_case {
    const char *name, *headers;
} headers[] = {
    {"another server for the same", "Alt-Svc: http/1.1=\"evil.example:443\"; ma=86400"},
    {"a refresh", "Refresh: 0; url=https://evil.example/next"},
    {"another address of the content", "Content-Location: https://evil.example/next"},
    {"a link", "Link: <https://evil.example/next>; rel=\"next\""},
    {"a Location that redirects nothing", "Location: https://evil.example/next"},
    {"another operation's", "Operation-Location: https://evil.example/next"},
    {"a cookie for all", "Set-Cookie: a=b; Domain=evil.example"},
};

/* Of an answer that succeeded: what comes next goes home all the same. */
static void check_header(void **state)
{
    const struct header_case *c = *state;
    const struct script_step steps[] = {
        {"GET {arm}/a", 200, c->headers, "{}"},
        {"PUT {arm}/a", 200, c->headers, "{}"},
        {"GET {arm}/a", 200, NULL, "{}"},
        {NULL, 0, NULL, NULL},
    };
    const struct call_request get = fixture_get("/a"), put = {.method = "PUT", .path = "/a"};
    relay_play(steps);
    assert_int_equal(fixture_call(relay.fixture, &get)->err.domain, ERR_NONE);
    assert_int_equal(fixture_call(relay.fixture, &put)->err.domain, ERR_NONE);
    assert_int_equal(fixture_call(relay.fixture, &get)->err.domain, ERR_NONE);
    relay_expect_none(ARM);
    relay.tricks++;
}

static struct vault_case {
    const char *name, *vault;
} vaults[] = {
    {"a whole host", "kv.evil.example"},
    {"a host and a path", "evil.example/"},
    {"a host and a hash", "evil.example#"},
    {"a host and a question mark", "evil.example?"},
    {"a host and a port", "evil.example:443/"},
    {"a backslash in a name", "evil\\"},
    {"userinfo in a name", "kv-test.vault.azure.net@evil"},
    {"an encoded slash", "evil%2f"},
    {"a Cyrillic letter in a name", "kv-t\xd0\xb5st"},
    {"a line end in a name", "kv-test\n"},
    {"a URL", "https://evil.example/"},
};

static void check_vault(void **state)
{
    const struct vault_case *c = *state;
    const struct call_request request = {
        .audience = AUDIENCE_KEY_VAULT, .vault = c->vault, .method = "GET", .path = "/a"};
    relay_play(NULL);
    assert_string_equal(fixture_call(relay.fixture, &request)->err.code, "VaultName");
    relay_expect_none(VAULT);
    assert_int_equal(script_count(relay.fixture->script, ""), 0);
    relay.tricks++;
}

int main(void)
{
    relay_start();
    int failed = CASES_RUN(links, check_link) + CASES_RUN(redirects, check_redirect) +
                 CASES_RUN(challenges, check_challenge) + CASES_RUN(headers, check_header) +
                 CASES_RUN(vaults, check_vault);
    relay_end();
    return failed;
}
