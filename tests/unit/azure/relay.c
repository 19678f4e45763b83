#include "relay.h"

#include "cases.h"
#include "names.h"

#include <curl/curl.h>
#include <locale.h>
#include <stdio.h>
#include <unistd.h>

struct relay relay;

/* ---- who got what -------------------------------------------------------------------------- */

/* What must not arrive anywhere but where it belongs: tokens and what tokens are got for. */
static bool has_secret(const char *request)
{
    return strstr(request, "\nAuthorization:") || strstr(request, "client_secret=") ||
           strstr(request, "client_assertion=");
}

/* True if the request, with its token or secret, is where it belongs, and asks for no other. */
static bool is_at_home(const char *request, const char *origin)
{
    static const char login[] = "https://login.microsoftonline.com/tenant/oauth2/v2.0/token";
    bool is_vault = strcmp(origin, VAULT) == 0;
    const char *url = strchr(request, ' ') + 1;
    size_t length = strlen(origin);
    if (strstr(request, "client_secret=") || strstr(request, "client_assertion="))
        return strncmp(url, login, strlen(login)) == 0 &&
               strstr(request, is_vault ? "scope=https%3A%2F%2Fvault.azure.net%2F.default&"
                                        : "scope=https%3A%2F%2Fmanagement.azure.com%2F.default&");
    return strncmp(url, origin, length) == 0 && url[length] == '/';
}

void relay_expect_none(const char *origin)
{
    const char *request;
    bool has_leaked = false;
    for (size_t i = 0; (request = script_request(relay.thief, "", i)); i++)
        has_leaked |= has_secret(request);
    for (size_t i = 0; (request = script_request(relay.fixture->script, "", i)); i++)
        has_leaked |= has_secret(request) && !is_at_home(request, origin);
    relay.leaks += has_leaked;
    if (has_leaked)
        fail_msg("the thief has it: %s", script_request(relay.thief, "", 0));
    assert_int_equal(script_count(relay.thief, ""), 0); /* not even a visit */
}

void relay_play(const struct script_step *steps)
{
    alarm(60); /* for each trick, as elsewhere for each test */
    script_play(relay.fixture->script, steps);
    script_play(relay.thief, NULL);
}

/* ---- a client that does not look ----------------------------------------------------------- */

static void on_naive(void *owner, struct http_answer *answer, bool was_sent, const struct err *err)
{
    (void)answer, (void)was_sent, (void)err;
    *(bool *)owner = true;
}

/* What a client makes of a link that was found at the base. The caller frees. */
static char *resolve(const char *base, const char *link)
{
    CURLU *url = curl_url();
    char *whole = NULL;
    if (curl_url_set(url, CURLUPART_URL, base, 0) != CURLUE_OK ||
        curl_url_set(url, CURLUPART_URL, link, CURLU_URLENCODE) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_URL, &whole, 0) != CURLUE_OK)
        whole = NULL;
    char *copy = mem_text(whole ? whole : link);
    curl_free(whole);
    curl_url_cleanup(url);
    return copy;
}

/* Follows the link with a token: true if the thief has it. */
bool relay_catches(const char *base, const char *link)
{
    bool is_done = false;
    AUTO(text) char *url = resolve(base, link);
    const char *headers[] = {"Authorization: Bearer bait", NULL};
    struct http_send send = {.method = "GET",
                             .url = url,
                             .headers = headers,
                             .is_plain = strncasecmp(url, "http:", 5) == 0,
                             .timeout_ms = 5000};
    relay_play(NULL);
    http_start(relay.fixture->azure->http, &send, on_naive, &is_done);
    while (!is_done)
        uv_run(&relay.fixture->loop, UV_RUN_ONCE);
    const char *caught = script_request(relay.thief, "", 0);
    return caught && has_secret(caught);
}

/* ---- life ---------------------------------------------------------------------------------- */

void relay_start(void)
{
    void *made = NULL;
    setlocale(LC_ALL, "C.UTF-8"); /* or libcurl takes no names of other scripts */
    fixture_setup_as(&made, names_of_public_cloud());
    relay.fixture = made;
    relay.thief = script_start(&relay.fixture->loop, names_of_public_cloud(), NULL, NULL);
    names_lead(relay.fixture->script, relay.thief);
}

void relay_end(void)
{
    void *made = relay.fixture;
    printf("relay: %u tricks, %u of which catch a client that does not look, %u tokens leaked\n",
           relay.tricks, relay.lures, relay.leaks);
    names_lead(NULL, NULL);
    script_stop(relay.thief);
    fixture_teardown(&made);
    names_done();
}
