/* What Resource Manager asks before a provider sees the request. */
#include "azure.h"

#include "base/mem.h"

/* clang-format off */
static struct story stories[] = {
    {"a request without an api-version is refused", NULL, {
        {"GET " VAULT "?api-version=", NULL, 400, "MissingApiVersionParameter"},
    }},
    {"an unknown api-version is refused with those that are known", NULL, {
        {"GET " VAULT "?api-version=2031-01-01", NULL, 400, "NoRegisteredProviderFound"},
        {"GET " VAULT "?api-version=2026-02-0", NULL, 400, "NoRegisteredProviderFound"},
        {"GET " VAULT "?api-version=2024-11-01", NULL, 200},
        {"GET " ACCOUNT "?api-version=2026-02-01", NULL, 400, "NoRegisteredProviderFound"},
        {"GET " ACCOUNT "?api-version=2023-05-01", NULL, 200},
        {"GET " KEY GRANTS "?api-version=2020-04-01-preview", NULL, 200},
        {"GET " SUB "?api-version=2031-01-01", NULL, 400, "InvalidApiVersionParameter"},
        {"GET " SUB, NULL, 200, .path = "tenantId", .value = TENANT_ID},
    }},
    {"a subscription and a group must be there", NULL, {
        {"GET /subscriptions/none/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kvt", NULL,
         404, "SubscriptionNotFound"},
        {"GET " SUB "/resourceGroups/none/providers/Microsoft.KeyVault/vaults/kvt", NULL, 404,
         "ResourceGroupNotFound", .header = "x-ms-failure-cause", .contains = "gateway"},
        {"GET " SUB "/resourceGroups/none", NULL, 404, "ResourceGroupNotFound"},
        {"GET " RG, NULL, 200, .path = "name", .value = "rg"},
        {"PUT " SUB "/resourceGroups/none", "{'location': 'westus'}", 201},
        {"GET " SUB "/resourceGroups/none", NULL, 200, .path = "location", .value = "westus"},
    }},
    {"a resource group drifts like anything else", NULL, {
        {.drift = RG, .patch = "{'tags': {'a': 'b'}}"},
        {"GET " RG, NULL, 200, .path = "tags.a", .value = "b"},
        {"GET " RG, NULL, 404, "ResourceGroupNotFound", .drift = RG},
    }},
    {"what nobody serves is not found", NULL, {
        {"GET " RG "/providers/Microsoft.Hats/bowlers/b", NULL, 404, "InvalidResourceType"},
        {"POST " VAULT, NULL, 405, "HttpMethodNotSupported"},
    }},
    {"every answer has its ids, and counts only if a provider gave it", NULL, {
        {"GET " VAULT, NULL, 200, .header = "x-ms-request-id", .contains = "-"},
        {"GET " VAULT, NULL, 200, .header = "x-ms-correlation-request-id", .contains = "-"},
        {"GET " VAULT, NULL, 200, .header = "x-ms-ratelimit-remaining-subscription-global-reads",
         .contains = "16"},
        {"PATCH " VAULT, "{}", 200,
         .header = "x-ms-ratelimit-remaining-subscription-global-writes", .contains = "11"},
        {"GET " VAULTS "none", NULL, 404,
         .header = "x-ms-ratelimit-remaining-subscription-global-reads", .contains = NULL},
    }},
    {"what is left falls with each request and rises with time",
     "{'throttling': {'reads': {'size': 5, 'refill': 1}, 'globalReads': {'size': 9, 'refill': 2}}}", {
        {"GET " VAULT, NULL, 200, .header = "x-ms-ratelimit-remaining-subscription-reads",
         .contains = "4"},
        {"GET " VAULT, NULL, 200, .header = "x-ms-ratelimit-remaining-subscription-global-reads",
         .contains = "7"},
        {"GET " VAULTS "none", NULL, 404},
        {"GET " VAULT, NULL, 200, .header = "x-ms-ratelimit-remaining-subscription-reads",
         .contains = "2"},
        {"GET " VAULT, NULL, 200, .header = "x-ms-ratelimit-remaining-subscription-reads",
         .contains = "3", .later_s = 2},
        {"GET " VAULT, NULL, 200, .header = "x-ms-ratelimit-remaining-subscription-reads",
         .contains = "4", .later_s = 3600},
    }},
    {"an empty bucket is a 429 that says when to come again",
     "{'throttling': {'writes': {'size': 1, 'refill': 0.1}}}", {
        {"PATCH " VAULT, "{}", 200},
        {"PATCH " VAULT, "{}", 429, "SubscriptionRequestsThrottled", .header = "Retry-After",
         .contains = "10"},
        {"PATCH " ACCOUNT, "{}", 429, "SubscriptionRequestsThrottled"},
        {"DELETE " VAULT "/keys/cmk" GRANTS "/none", NULL, 204},
        {"GET " VAULT, NULL, 200},
        {"PATCH " VAULT, "{}", 429, "SubscriptionRequestsThrottled", .later_s = 5},
        {"PATCH " VAULT, "{}", 200, .later_s = 6},
    }},
    {"all callers of a subscription share a bucket too",
     "{'throttling': {'globalDeletes': {'size': 1, 'refill': 0.01}}}", {
        {"DELETE " KEY GRANTS "/none", NULL, 204},
        {"DELETE " KEY GRANTS "/none", NULL, 429, "SubscriptionRequestsThrottled",
         .header = "Retry-After", .contains = "100"},
    }},
    {"a vault has buckets of its own, and says nothing of when to come again",
     "{'throttling': {'vault': {'size': 2, 'refill': 1}, 'vaultCreates': {'size': 1,"
     " 'refill': 0.1}}}", {
        {"POST kv:/keys/cmk/rotate", NULL, 200},
        {"POST kv:/keys/cmk/rotate", NULL, 429, "Throttled", .header = "Retry-After",
         .contains = NULL},
        {"GET kv:/keys/cmk", NULL, 200},
        {"GET kv:/keys/cmk", NULL, 200},
        {"GET kv:/keys/cmk", NULL, 429, "Throttled"},
        {"GET " VAULT, NULL, 200},
        {"GET kv:/keys/cmk", NULL, 200, .later_s = 1},
        {"POST kv:/keys/cmk/rotate", NULL, 200, .later_s = 10},
    }},
    {"a body that is no object is refused", NULL, {
        {"PATCH " VAULT, "[]", 400, "InvalidRequestContent"},
        {"PATCH " VAULT, NULL, 400, "InvalidRequestContent"},
        {"PATCH " VAULT, "{'properties': {'networkAcls': 17}}", 400, "BadRequest"},
        {"PATCH " ACCOUNT, "{'identity': 'SystemAssigned'}", 400, "InvalidRequestContent"},
    }},
};
/* clang-format on */

/* ---- ids ------------------------------------------------------------------------------------ */

#define MINE "abababab-abab-4bab-8bab-abababababab"
#define PLAN "cdcdcdcd-cdcd-4dcd-8dcd-cdcdcdcdcdcd"

/* clang-format off */
static struct id_case {
    const char *name, *client_id, *return_id, *correlation_id;
    const char *header, *value; /* NULL: absent; "*": another than was sent */
} ids[] = {
    {"a correlation id is the client's own if it brings one", MINE, NULL, PLAN, "x-ms-correlation-request-id", PLAN},
    {"it goes into the routing id too",                       MINE, NULL, PLAN, "x-ms-routing-request-id", "SWEDENCENTRAL:" PLAN},
    {"one that is no UUID is not taken",                      MINE, NULL, "x",  "x-ms-correlation-request-id", "*"},
    {"without one Azure makes one up",                        MINE, NULL, NULL, "x-ms-correlation-request-id", "*"},
    {"a request id comes back to who asks for that",          MINE, "true", NULL, "x-ms-client-request-id", MINE},
    {"and to nobody else",                                    MINE, NULL, NULL, "x-ms-client-request-id", NULL},
};
/* clang-format on */

static void check_id(void **state)
{
    const struct id_case *c = *state;
    struct sim *sim = azure_new(NULL);
    AUTO(text) char *token = azure_token(sim, "https://management.azure.com");
    const struct sim_request request = {.method = "GET",
                                        .host = "management.localhost:8443",
                                        .path = VAULT,
                                        .query = "api-version=2026-02-01",
                                        .body_text = "",
                                        .authorization = token,
                                        .client_request_id = c->client_id,
                                        .return_client_id = c->return_id,
                                        .correlation_id = c->correlation_id};
    struct sim_response response;
    const char *value = NULL;
    sim_serve(sim, &request, &response);
    assert_int_equal(response.status, 200);
    for (int i = 0; i < response.n_headers; i++)
        if (strcmp(response.headers[i].name, c->header) == 0)
            value = response.headers[i].value;
    if (!c->value)
        assert_null(value);
    else if (strcmp(c->value, "*") == 0)
        assert_true(value && strlen(value) == strlen(PLAN) && strcmp(value, PLAN) != 0);
    else
        assert_string_equal(value, c->value);
    sim_response_done(&response);
    sim_free(sim);
}

int main(void)
{
    return CASES_RUN(stories, story_check) + CASES_RUN(ids, check_id);
}
