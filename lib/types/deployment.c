/* deployment.c: Microsoft.CognitiveServices/accounts/deployments, a model that an account serves.
 *
 * REST: Deployments, operations Get, Create Or Update.
 * https://learn.microsoft.com/rest/api/aiservices/accountmanagement/deployments
 * Azure takes one write at a time of an account and all that is below it. It fills in a sku and
 * more where nothing was sent: what is not declared is not held. */
#include "types/registry.h"

#include "base/mem.h"
#include "model/rules.h"
#include "types/controls.h"
#include "types/failed.h"
#include "types/known.h"
#include "types/parent.h"

/* clang-format off */
static const struct field fields[] = {
    /* path                                compare   mutability strength severity absent control, why */
    {"sku.name",                           BY_NAME,  PATCH,     FREE,     MEDIUM, NULL, CONTROL_DATA_ZONE,
     "it says where the model's data is processed: Global and DataZone leave the account's region"},
    {"sku.capacity",                       BY_VALUE, PATCH,     FREE,     LOW,    NULL, CONTROL_CAPACITY,
     "what is taken from the subscription's quota"},
    {"properties.model.format",            BY_NAME,  ONCE,      FREE,     LOW,    NULL, CONTROL_MODEL,
     "whose model it is"},
    {"properties.model.name",              BY_NAME,  ONCE,      FREE,     MEDIUM, NULL, CONTROL_MODEL,
     "another model is another deployment: what uses it would not notice"},
    {"properties.model.version",           BY_NAME,  PATCH,     FREE,     MEDIUM, NULL, CONTROL_MODEL,
     "with an upgrade option Azure moves it on by itself: declare NoAutoUpgrade beside it"},
    {"properties.versionUpgradeOption",    BY_NAME,  PATCH,     FREE,     MEDIUM, NULL, CONTROL_MODEL_CHANGE,
     "when Azure exchanges the model by itself"},
    {"properties.raiPolicyName",           BY_NAME,  PATCH,     FREE,     HIGH,   NULL, CONTROL_CONTENT_FILTER,
     "what the content filter lets through"},
    {FAILED_STATE,                         BY_NAME,  READ_ONLY, FREE,     HIGH,   NULL, CONTROL_MODEL,
     "a deployment that Azure could not finish need not serve: it is written again as it is"},
    {"properties.capabilities",            BY_VALUE, READ_ONLY, FREE,     LOW,    NULL, NULL, NULL},
    {"properties.rateLimits",              BY_VALUE, READ_ONLY, FREE,     LOW,    NULL, NULL, NULL},
    {"properties.callRateLimit",           BY_VALUE, READ_ONLY, FREE,     LOW,    NULL, NULL, NULL},
    {"properties.currentCapacity",         BY_VALUE, READ_ONLY, FREE,     LOW,    NULL, NULL, NULL},
    {"properties.dynamicThrottlingEnabled", BY_VALUE, READ_ONLY, FREE,    LOW,    NULL, NULL, NULL},
};
/* clang-format on */

static const char *const under[] = {"account", NULL};
static const struct child child = {
    .map = "deployments", .under = under, .is_name = rule_account, .expected = RULE_ACCOUNT};

/* Of a missing account it is ResourceNotFound, by the gateway. */
static const char *const not_found[] = {"NotFound", NULL};
static const char *const facts[] = {"sku", "tags", "properties", NULL};

static void changes(const struct neighbours *near, int64_t now_s, struct findings *findings)
{
    (void)now_s;
    (void)failed_find(near, findings);
}

const struct type type_deployment = {
    .arm_type = "Microsoft.CognitiveServices/accounts/deployments",
    .word = "deployment",
    .api_version = "2025-06-01",
    .child = &child,
    .fields = fields,
    .n_fields = COUNT(fields),
    .known = known_deployment,
    .not_found = not_found,
    .control = CONTROL_MODEL,
    .facts = facts,
    .refusals = parent_account_refusals,
    .is_replaced = true,
    .missing = parent_missing,
    .changes = changes,
};
