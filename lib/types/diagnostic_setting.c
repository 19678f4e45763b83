/* diagnostic_setting.c: Microsoft.Insights/diagnosticSettings, where the logs of a vault or an
 * account go.
 *
 * REST: Diagnostic Settings, operations Get, Create Or Update.
 * https://learn.microsoft.com/rest/api/monitor/diagnostic-settings
 * Azure replaces it whole, and shows it with all that was not sent as null. Its id comes back in
 * lower case. */
#include "types/registry.h"

#include "base/mem.h"
#include "model/rules.h"
#include "types/controls.h"
#include "types/known.h"
#include "types/parent.h"

/* clang-format off */
static const struct field fields[] = {
    /* path                                   compare        mutability strength severity absent control, why */
    {"properties.logs",                       BY_CATEGORIES, PATCH,     FREE,     HIGH,   "[]", CONTROL_AUDIT_LOG,
     "who used the key, and who read the account, is seen nowhere else"},
    {"properties.metrics",                    BY_CATEGORIES, PATCH,     FREE,     LOW,    "[]", CONTROL_NONE,
     "how it is loaded and how fast it answers, for who watches that"},
    {"properties.workspaceId",                BY_ID,         PATCH,     FREE,     HIGH,   NULL, CONTROL_AUDIT_LOG,
     "logs that go elsewhere are missing where they are looked for"},
    {"properties.storageAccountId",           BY_ID,         PATCH,     FREE,     HIGH,   NULL, CONTROL_AUDIT_LOG,
     "logs that go elsewhere are missing where they are looked for"},
    {"properties.eventHubAuthorizationRuleId", BY_ID,        PATCH,     FREE,     HIGH,   NULL, CONTROL_AUDIT_LOG,
     "logs that go elsewhere are missing where they are looked for"},
    {"properties.eventHubName",               BY_NAME,       PATCH,     FREE,     HIGH,   NULL, CONTROL_AUDIT_LOG,
     "logs that go elsewhere are missing where they are looked for"},
    {"properties.marketplacePartnerId",       BY_ID,         PATCH,     FREE,     HIGH,   NULL, CONTROL_AUDIT_LOG,
     "logs that go elsewhere are missing where they are looked for"},
    {"properties.serviceBusRuleId",           BY_ID,         PATCH,     FREE,     MEDIUM, NULL, CONTROL_AUDIT_LOG,
     "logs that go elsewhere are missing where they are looked for"},
    {"properties.logAnalyticsDestinationType", BY_NAME,      PATCH,     FREE,     LOW,    NULL, CONTROL_AUDIT_LOG,
     "in which tables of the workspace they are looked for"},
    {"location",                              BY_LOCATION,   READ_ONLY, FREE,     LOW,    NULL, NULL, NULL},
    {"kind",                                  BY_VALUE,      READ_ONLY, FREE,     LOW,    NULL, NULL, NULL},
    {"identity",                              BY_VALUE,      READ_ONLY, FREE,     LOW,    NULL, NULL, NULL},
    {"tags",                                  BY_VALUE,      READ_ONLY, FREE,     LOW,    NULL, NULL, NULL},
};
/* clang-format on */

static const char *const under[] = {"vault", "account", NULL};
static const struct child child = {.map = "diagnosticSettings",
                                   .under = under,
                                   .is_name = rule_setting,
                                   .expected = RULE_SETTING,
                                   .is_extension = true};

static const char *const not_found[] = {"ResourceNotFound", NULL};
static const char *const facts[] = {"properties", NULL};
static const struct refusal refusals[] = {{NULL, false, 0}};

const struct type type_diagnostic_setting = {
    .arm_type = "Microsoft.Insights/diagnosticSettings",
    .word = "diagnosticSetting",
    .api_version = "2021-05-01-preview",
    .child = &child,
    .fields = fields,
    .n_fields = COUNT(fields),
    .known = known_diagnostic_setting,
    .not_found = not_found,
    .control = CONTROL_AUDIT_LOG,
    .facts = facts,
    .refusals = refusals,
    .is_replaced = true,
    .missing = parent_missing,
};
