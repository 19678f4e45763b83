/* Diagnostic settings of a vault and an account. */
#include "azure.h"

#define SETTINGS "/providers/Microsoft.Insights/diagnosticSettings"
#define AUDIT VAULT SETTINGS "/Audit"
#define WORKSPACE RG "/providers/Microsoft.OperationalInsights/workspaces/"
#define TO(workspace, logs)                                                                        \
    "{'properties': {'workspaceId': '" WORKSPACE workspace "', 'logs': [" logs "]}}"
#define GROUP "{'categoryGroup': 'audit', 'enabled': true}"
#define EVENTS "{'category': 'AuditEvent', 'enabled': true}"
#define LOWER                                                                                      \
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourcegroups/rg/providers/"             \
    "microsoft.keyvault/vaults/kvt/providers/microsoft.insights/diagnosticSettings/"
#define FULL(metrics)                                                                              \
    "{\"storageAccountId\":null,\"serviceBusRuleId\":null,\"workspaceId\":\"" WORKSPACE "w\","     \
    "\"eventHubAuthorizationRuleId\":null,\"eventHubName\":null,\"metrics\":[" metrics "],"        \
    "\"logs\":[{\"category\":null,\"categoryGroup\":\"audit\",\"enabled\":true,"                   \
    "\"retentionPolicy\":{\"enabled\":false,\"days\":0}}],\"logAnalyticsDestinationType\":null}"
#define ALL_METRICS                                                                                \
    "{\"category\":\"AllMetrics\",\"enabled\":false,"                                              \
    "\"retentionPolicy\":{\"enabled\":false,\"days\":0}}"

/* clang-format off */
static struct story stories[] = {
    {"a setting answers 200 always, its id in lower case, what is unset null", NULL, {
        {"PUT " AUDIT, TO("w", GROUP), 200, .path = "id", .value = LOWER "Audit",
         .path2 = "properties", .value2 = FULL("")},
        {"PUT " AUDIT, TO("w", GROUP), 200, .path = "location", .value = NULL},
    }},
    {"a GET knows the location, and a metric that nobody sent", NULL, {
        {"PUT " AUDIT, TO("w", GROUP), 200},
        {"GET " AUDIT, NULL, 200, .path = "location", .value = "swedencentral",
         .path2 = "properties", .value2 = FULL(ALL_METRICS)},
        {"GET " VAULT SETTINGS "/audit", NULL, 200, .path = "name", .value = "Audit"},
    }},
    {"a PUT replaces the whole setting", NULL, {
        {"PUT " AUDIT, TO("w", GROUP ", " EVENTS), 200},
        {"PUT " AUDIT, TO("w", GROUP), 200},
        {"GET " AUDIT, NULL, 200, .path = "properties", .value = FULL(ALL_METRICS)},
    }},
    {"errors have no envelope", NULL, {
        {"GET " AUDIT, NULL, 404, "", .path = "code", .value = "ResourceNotFound",
         .path2 = "message", .value2 = "The diagnostic setting 'Audit' doesn't exist."},
        {"PUT " AUDIT, "{'properties': {'logs': [" GROUP "]}}", 400, "", .path = "code",
         .value = "BadRequest"},
        {"PUT " AUDIT, TO("w", "{'category': 'Hats', 'enabled': true}"), 400, "",
         .path = "message", .value = "Category 'Hats' is not supported."},
        {"PUT " AUDIT, TO("w", "{'enabled': true}"), 400, "", .path = "code",
         .value = "BadRequest"},
    }},
    {"a deleted setting is gone", NULL, {
        {"PUT " AUDIT, TO("w", GROUP), 200},
        {"DELETE " AUDIT, NULL, 200},
        {"DELETE " AUDIT, NULL, 204},
        {"GET " VAULT SETTINGS, NULL, 200, .path = "value", .value = "[]", .path2 = "nextLink",
         .value2 = NULL},
    }},
    {"a list has the settings of this resource alone", NULL, {
        {"PUT " ACCOUNT SETTINGS "/a", TO("w", "{'category': 'Audit', 'enabled': true}"), 200},
        {"GET " VAULT SETTINGS, NULL, 200, .path = "value", .value = "[]"},
        {"PUT " AUDIT, TO("w", GROUP), 200},
        {"GET " VAULT SETTINGS, NULL, 200, .path = "value", .value =
         "[{\"id\":\"" LOWER "Audit\",\"type\":\"Microsoft.Insights/diagnosticSettings\","
         "\"name\":\"Audit\",\"location\":null,\"kind\":null,\"tags\":null,\"properties\":"
         FULL(ALL_METRICS) ",\"identity\":null}]"},
    }},
    {"the same category goes to the same place once", NULL, {
        {"PUT " AUDIT, TO("w", EVENTS), 200},
        {"PUT " VAULT SETTINGS "/two", TO("w", EVENTS), 409, "", .path = "code",
         .value = "Conflict"},
        {"PUT " VAULT SETTINGS "/two", TO("other", EVENTS), 200},
        {"PUT " VAULT SETTINGS "/three", TO("w", GROUP), 200},
        {"PUT " AUDIT, TO("w", EVENTS), 200},
    }},
    {"a resource has five settings at most", NULL, {
        {"PUT " VAULT SETTINGS "/1", TO("1", GROUP), 200},
        {"PUT " VAULT SETTINGS "/2", TO("2", GROUP), 200},
        {"PUT " VAULT SETTINGS "/3", TO("3", GROUP), 200},
        {"PUT " VAULT SETTINGS "/4", TO("4", GROUP), 200},
        {"PUT " VAULT SETTINGS "/5", TO("5", GROUP), 200},
        {"PUT " VAULT SETTINGS "/6", TO("6", GROUP), 409, "", .path = "code", .value = "Conflict"},
        {"PUT " VAULT SETTINGS "/5", TO("6", GROUP), 200},
        {"PUT " ACCOUNT SETTINGS "/6", TO("6", GROUP), 200},
    }},
    {"what can be logged is listed", NULL, {
        {"GET " VAULT "/providers/Microsoft.Insights/diagnosticSettingsCategories", NULL, 200,
         .path = "nextLink", .value = NULL},
        {"GET " VAULTS "none/providers/Microsoft.Insights/diagnosticSettingsCategories", NULL, 404,
         "ResourceNotFound"},
    }},
};
/* clang-format on */

int main(void)
{
    return CASES_RUN(stories, story_check);
}
