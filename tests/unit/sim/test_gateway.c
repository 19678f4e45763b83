/* What Resource Manager asks before a provider sees the request. */
#include "azure.h"

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
    {"a body that is no object is refused", NULL, {
        {"PATCH " VAULT, "[]", 400, "InvalidRequestContent"},
        {"PATCH " VAULT, NULL, 400, "InvalidRequestContent"},
        {"PATCH " VAULT, "{'properties': {'networkAcls': 17}}", 400, "BadRequest"},
        {"PATCH " ACCOUNT, "{'identity': 'SystemAssigned'}", 400, "InvalidRequestContent"},
    }},
};
/* clang-format on */

int main(void)
{
    return CASES_RUN(stories, story_check);
}
