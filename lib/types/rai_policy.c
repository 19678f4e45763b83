/* rai_policy.c: Microsoft.CognitiveServices/accounts/raiPolicies, a content filter of an account's
 * own.
 *
 * REST: Rai Policies, operations Get, Create Or Update.
 * https://learn.microsoft.com/rest/api/aiservices/accountmanagement/rai-policies
 * Deployments name it: it is made before them. */
#include "types/registry.h"

#include "base/mem.h"
#include "model/rules.h"
#include "types/controls.h"
#include "types/failed.h"
#include "types/known.h"
#include "types/parent.h"

/* clang-format off */
static const struct field fields[] = {
    /* path                        compare   mutability strength severity absent control, why */
    {"properties.mode",            BY_NAME,  PATCH,     FREE,     HIGH,   NULL, CONTROL_CONTENT_FILTER,
     "whether what is found is stopped, and when"},
    {"properties.basePolicyName",  BY_NAME,  PATCH,     FREE,     MEDIUM, NULL, CONTROL_CONTENT_FILTER,
     "what holds where the policy says nothing"},
    {"properties.contentFilters",  BY_VALUE, PATCH,     FREE,     HIGH,   NULL, CONTROL_CONTENT_FILTER,
     "what the content filter lets through"},
    {"properties.customBlocklists", BY_VALUE, PATCH,    FREE,     MEDIUM, NULL, CONTROL_CONTENT_FILTER,
     "words that are stopped besides what the filter finds"},
    {FAILED_STATE,                 BY_NAME,  READ_ONLY, FREE,     HIGH,   NULL, CONTROL_CONTENT_FILTER,
     "a filter that Azure could not finish need not stop anything: it is written again as it is"},
    {"properties.type",            BY_NAME,  READ_ONLY, FREE,     LOW,    NULL, NULL, NULL},
};
/* clang-format on */

static const char *const under[] = {"account", NULL};
static const struct child child = {
    .map = "raiPolicies", .under = under, .is_name = rule_account, .expected = RULE_ACCOUNT};

static const char *const not_found[] = {"NotFound", NULL};
static const char *const facts[] = {"tags", "properties", NULL};

static void changes(const struct neighbours *near, int64_t now_s, struct findings *findings)
{
    (void)now_s;
    (void)failed_find(near, findings);
}

const struct type type_rai_policy = {
    .arm_type = "Microsoft.CognitiveServices/accounts/raiPolicies",
    .word = "raiPolicy",
    .api_version = "2025-06-01",
    .child = &child,
    .fields = fields,
    .n_fields = COUNT(fields),
    .known = known_rai_policy,
    .not_found = not_found,
    .control = CONTROL_CONTENT_FILTER,
    .facts = facts,
    .refusals = parent_account_refusals,
    .is_replaced = true,
    .missing = parent_missing,
    .changes = changes,
};
