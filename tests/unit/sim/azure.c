#include "azure.h"

#include "base/mem.h"

#include <stdio.h>
#include <strings.h>

#define PORT 8443

/* clang-format off */
static const char world[] =
    "{'live': {"
    "  '" VAULT "': {'location': 'swedencentral', 'tags': {}, 'properties': {"
    "    'sku': {'family': 'A', 'name': 'premium'}, 'tenantId': '" TENANT_ID "',"
    "    'networkAcls': {'bypass': 'AzureServices', 'defaultAction': 'Deny', 'ipRules': [],"
    "                    'virtualNetworkRules': []},"
    "    'accessPolicies': [], 'enabledForDeployment': false, 'enableSoftDelete': true,"
    "    'softDeleteRetentionInDays': 90, 'enableRbacAuthorization': true,"
    "    'enablePurgeProtection': true, 'vaultUri': 'https://kvt.vault.azure.net/',"
    "    'provisioningState': 'Succeeded', 'publicNetworkAccess': 'Enabled'}},"
    "  '" ACCOUNT "': {'location': 'swedencentral', 'kind': 'OpenAI', 'sku': {'name': 'S0'},"
    "    'identity': {'type': 'SystemAssigned', 'principalId': '" PRINCIPAL "',"
    "                 'tenantId': '" TENANT_ID "'},"
    "    'properties': {'customSubDomainName': 'oai', 'foreign': {'kept': true},"
    "      'networkAcls': {'defaultAction': 'Deny', 'ipRules': [], 'virtualNetworkRules': []},"
    "      'encryption': {'keySource': 'Microsoft.KeyVault', 'keyVaultProperties': {"
    "        'keyVaultUri': 'https://kvt.vault.azure.net/', 'keyName': 'cmk',"
    "        'keyVersion': '" NEW "'}},"
    "      'publicNetworkAccess': 'Enabled', 'provisioningState': 'Succeeded'}},"
    "  '" KEY GRANTS "/" GRANT_NAME "': {'properties': {"
    "    'roleDefinitionId': '" ENCRYPTION_USER "', 'principalId': '" PRINCIPAL "',"
    "    'principalType': 'ServicePrincipal', 'scope': '" KEY "'}}},"
    " 'keys': {'kvt': {'cmk': [{'version': '" OLD "', 'ageDays': 120},"
    "                         {'version': '" NEW "', 'ageDays': 30}]}},"
    " 'settings': {'operation': 0, 'registeringDns': 0, 'recovering': 0, 'principalDelay': 0}}";

static const struct { const char *part, *version; } versions[] = {
    {"eventtypes", "2015-04-01"},
    {"/register", "2022-12-01"},
    {"/unregister", "2022-12-01"},
    {"Microsoft.Network/privateEndpoints", "2024-05-01"},
    {"Microsoft.ManagedIdentity", "2023-01-31"},
    {"Microsoft.Insights/diag", "2021-05-01-preview"},
    {"Microsoft.Authorization/locks", "2020-05-01"},
    {"Microsoft.Authorization", "2022-04-01"},
    {"operationResults", "2017-04-18"},
    {"/resources?", "2022-12-01"},
    {"Microsoft.CognitiveServices", "2025-06-01"},
    {"Microsoft.KeyVault", "2026-02-01"},
    {"", "2022-12-01"},
};
/* clang-format on */

struct json_object *azure_json(const char *text)
{
    struct json_object *tree = json_tokener_parse(text);
    if (!tree)
        fail_msg("not JSON: %s", text);
    return tree;
}

struct sim *azure_new(const char *settings)
{
    struct err err;
    struct sim *sim = sim_new(PORT);
    AUTO(json) struct json_object *seed = azure_json(world);
    if (!sim_seed(sim, seed, &err))
        fail_msg("%s", err.message);
    AUTO(json) struct json_object *more = settings ? azure_json(settings) : NULL;
    if (more && !sim_settings(sim, more, &err))
        fail_msg("%s", err.message);
    return sim;
}

char *azure_token(struct sim *sim, const char *audience)
{
    AUTO(text)
    char *form = mem_format("grant_type=client_credentials&client_secret=azsim-secret&client_id="
                            "22222222-2222-2222-2222-222222222222&scope=%s/.default",
                            audience);
    const struct sim_request request = {.method = "POST",
                                        .host = "login.localhost:8443",
                                        .path = "/" TENANT_ID "/oauth2/v2.0/token",
                                        .query = "",
                                        .body_text = form};
    struct sim_response response;
    sim_serve(sim, &request, &response);
    assert_int_equal(response.status, 200);
    char *token = mem_format("Bearer %s", js_string(response.body, "access_token", ""));
    sim_response_done(&response);
    return token;
}

/* ---- asking ---------------------------------------------------------------------------------- */

static const char *header_of(const struct sim_response *response, const char *name)
{
    for (int i = 0; i < response->n_headers; i++)
        if (strcasecmp(response->headers[i].name, name) == 0)
            return response->headers[i].value;
    return NULL;
}

/* "https://host/path?query" of what a step names; the caller frees. */
static char *url_of(const char *target, const struct sim_response *last)
{
    if (*target == '@') {
        const char *url = header_of(last, target + 1);
        url = url ? url : js_string(last->body, target + 1, NULL);
        if (!url)
            fail_msg("the last answer has no %s", target);
        return mem_text(url);
    }
    bool is_vault = strncmp(target, "kv:", 3) == 0;
    size_t row = 0;
    while (!strstr(target, versions[row].part))
        row++;
    bool has_version = strstr(target, "api-version") != NULL;
    return mem_format("https://%s:%d%s%s%s",
                      is_vault ? "kvt.vault.localhost" : "management.localhost", PORT,
                      target + (is_vault ? 3 : 0),
                      has_version           ? ""
                      : strchr(target, '?') ? "&api-version="
                                            : "?api-version=",
                      has_version ? ""
                      : is_vault  ? "7.4"
                                  : versions[row].version);
}

static void ask(struct sim *sim, const struct step *step, struct sim_response *last)
{
    AUTO(text) char *method = mem_text_n(step->ask, strcspn(step->ask, " "));
    AUTO(text) char *url = url_of(strchr(step->ask, ' ') + 1, last);
    AUTO(text) char *host = mem_text_n(url + 8, strcspn(url + 8, "/"));
    const char *path = url + 8 + strlen(host), *query = strchr(path, '?');
    AUTO(text) char *alone = mem_text_n(path, strcspn(path, "?"));
    bool is_vault = strstr(host, ".vault.") != NULL;
    AUTO(text)
    char *token =
        azure_token(sim, is_vault ? "https://vault.azure.net" : "https://management.azure.com");
    AUTO(json) struct json_object *body = step->body ? azure_json(step->body) : NULL;
    const struct sim_request request = {.method = method,
                                        .host = host,
                                        .path = alone,
                                        .query = query ? query + 1 : "",
                                        .body = body,
                                        .body_text = step->body ? step->body : "",
                                        .authorization = token};
    struct sim_response answer;
    sim_serve(sim, &request, &answer);
    sim_response_done(last);
    *last = answer;
}

/* ---- checking -------------------------------------------------------------------------------- */

static void check_member(const struct step *step, struct json_object *body, const char *path,
                         const char *value)
{
    AUTO(text) char *words = js_words(js_find(body, path), 2000);
    if (strcmp(words, value ? value : "none") != 0)
        fail_msg("%s: %s is %s, not %s", step->ask, path, words, value ? value : "absent");
}

static void check_answer(const struct step *step, const struct sim_response *answer)
{
    const char *text = answer->body ? json_object_to_json_string(answer->body) : "no body";
    const char *inner = js_string(answer->body, "error.innererror.code", NULL);
    AUTO(text)
    char *code = mem_format("%s%s%s", js_string(answer->body, "error.code", ""), inner ? "/" : "",
                            inner ? inner : "");
    if (answer->status != step->status)
        fail_msg("%s: status %d, not %d: %.600s", step->ask, answer->status, step->status, text);
    if (step->code && strcmp(code, step->code) != 0)
        fail_msg("%s: code %s, not %s", step->ask, code, step->code);
    if (step->path)
        check_member(step, answer->body, step->path, step->value);
    if (step->path2)
        check_member(step, answer->body, step->path2, step->value2);
    const char *header = step->header ? header_of(answer, step->header) : NULL;
    bool fits = step->contains ? header && strstr(header, step->contains) : !header;
    if (step->header && !fits)
        fail_msg("%s: header %s is %s, expected %s", step->ask, step->header,
                 header ? header : "absent", step->contains ? step->contains : "none");
}

static void drift(struct sim *sim, const struct step *step)
{
    struct err err;
    AUTO(json) struct json_object *patch = step->patch ? azure_json(step->patch) : NULL;
    if (!sim_drift(sim, step->drift, patch, &err))
        fail_msg("%s", err.message);
}

void story_step(struct sim *sim, const struct step *step, struct sim_response *last)
{
    if (step->later_s)
        sim_shift_clock(sim, step->later_s);
    if (step->drift)
        drift(sim, step);
    if (step->ask) {
        ask(sim, step, last);
        check_answer(step, last);
    }
}

void story_check(void **state)
{
    const struct story *story = *state;
    struct sim *sim = azure_new(story->settings);
    struct sim_response last = {0};
    for (size_t i = 0; i < STEPS_MAX; i++)
        story_step(sim, &story->steps[i], &last);
    sim_response_done(&last);
    sim_free(sim);
}
