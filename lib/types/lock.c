/* lock.c: Microsoft.Authorization/locks, a lock on a vault or an account.
 *
 * REST: Management Locks, operations Get By Scope, Create Or Update By Scope.
 * https://learn.microsoft.com/rest/api/resources/management-locks
 * A lock is of the control plane: it keeps a vault from being deleted, and nobody from deleting
 * its keys on the data plane. A ReadOnly one also stops every repair of cmkd's own. */
#include "types/registry.h"

#include "base/mem.h"
#include "model/finding.h"
#include "model/rules.h"
#include "types/controls.h"
#include "types/known.h"
#include "types/parent.h"

#include <strings.h>

/* clang-format off */
static const struct field fields[] = {
    /* path               compare   mutability strength severity absent control, why */
    {"properties.level",  BY_NAME,  PATCH,     FREE,    HIGH,    NULL,  CONTROL_LOCK,
     "a lock keeps what it covers from being deleted by mistake"},
    {"properties.notes",  BY_VALUE, PATCH,     FREE,    LOW,     NULL,  CONTROL_NONE,
     "why it is there, for whoever wants to remove it"},
    {"properties.owners", BY_VALUE, PATCH,     FREE,    LOW,     NULL,  CONTROL_NONE,
     "which applications hold it"},
};
/* clang-format on */

static const char *const under[] = {"vault", "account", NULL};
static const struct child child = {.map = "locks",
                                   .under = under,
                                   .is_name = rule_group,
                                   .expected = RULE_GROUP,
                                   .is_extension = true};

static const char *const not_found[] = {"LockNotFound", NULL};
static const char *const facts[] = {"properties", NULL};
static const struct refusal refusals[] = {{NULL, false, 0}};

/* A tighter lock than the declared one was put there by somebody who had a reason. */
static void obstruct(const struct neighbours *near, const struct finding *finding, int64_t now_s,
                     struct obstacles *obstacles)
{
    (void)now_s;
    const char *shown = js_string(seen_body(&near->self), "properties.level", "");
    if (finding->need == NEED_FIELD && strcasecmp(finding->path, "properties.level") == 0 &&
        strcasecmp(shown, "ReadOnly") == 0)
        obstacles->refused = "the lock is tighter than declared, and cmkd loosens nothing: an "
                             "operator must";
}

const struct type type_lock = {
    .arm_type = "Microsoft.Authorization/locks",
    .word = "lock",
    .api_version = "2020-05-01",
    .child = &child,
    .fields = fields,
    .n_fields = COUNT(fields),
    .known = known_lock,
    .not_found = not_found,
    .control = CONTROL_LOCK,
    .facts = facts,
    .refusals = refusals,
    .is_replaced = true,
    .missing = parent_missing,
    .obstruct = obstruct,
};
