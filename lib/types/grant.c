/* grant.c: Microsoft.Authorization/roleAssignments, the right of the account's identity to use
 * the key.
 *
 * REST: Role Assignments, operations List For Scope, Create.
 * https://learn.microsoft.com/rest/api/authorization/role-assignments
 * A grant is right if one is seen that suffices, at the key or any scope above, under any name. A
 * new one gets a name that follows from scope, principal and role, so that trying again can never
 * make a second one. On a vault that asks access policies the grant is an entry there. */
#include "types/registry.h"

#include "base/armid.h"
#include "base/uuid.h"
#include "model/finding.h"
#include "model/observed.h"
#include "types/controls.h"
#include "types/entry.h"
#include "types/identity.h"
#include "types/incident.h"
#include "types/known.h"
#include "types/roles.h"

#include <string.h>
#include <strings.h>

#define API_VERSION "2022-04-01"

/* clang-format off */
static const struct field fields[] = {
    /* path                         compare  mutability strength severity  absent control, why */
    {"properties.roleDefinitionId", BY_ID,   ONCE,      FREE,    CRITICAL, NULL,  CONTROL_GRANT,
     "without it the account cannot use its key, and its data becomes unreadable"},
    {"properties.principalId",      BY_NAME, ONCE,      FREE,    CRITICAL, NULL,  CONTROL_GRANT,
     "who may use the key: the account's identity, and a new identity is another principal"},
    {"properties.principalType",    BY_NAME, ONCE,      FREE,    LOW,      NULL,  CONTROL_GRANT,
     "without it Azure refuses an identity that has not reached the directory yet"},
    {"properties.scope",            BY_ID,   READ_ONLY, FREE,    LOW,      NULL,  NULL, NULL},
    {"properties.createdOn",        BY_VALUE, READ_ONLY, FREE,   LOW,      NULL,  NULL, NULL},
    {"properties.updatedOn",        BY_VALUE, READ_ONLY, FREE,   LOW,      NULL,  NULL, NULL},
    {"properties.createdBy",        BY_VALUE, READ_ONLY, FREE,   LOW,      NULL,  NULL, NULL},
    {"properties.updatedBy",        BY_VALUE, READ_ONLY, FREE,   LOW,      NULL,  NULL, NULL},
};
/* clang-format on */

static const char *const facts[] = {"properties", NULL};
static const char *const not_found[] = {NULL};

static const struct refusal refusals[] = {
    {"RoleAssignmentExists", true, 0}, /* the same grant under another name: a race, and won */
    {"PrincipalNotFound", false, 300}, /* a new identity takes a while to reach the directory */
    {NULL, false, 0},
};

/* The resource whose role assignment it is. A copy. */
static char *scope_of(const struct node *node)
{
    static const char collection[] = "/providers/Microsoft.Authorization/roleAssignments";
    size_t length = strlen(node->id), tail = sizeof collection - 1;
    return mem_text_n(node->id, length > tail ? length - tail : length);
}

/* Who gets it; NULL while the account's identity is not known. Borrowed. */
static const char *principal_of(const struct neighbours *near)
{
    const struct want *want = node_want(near->self.node, "properties.principalId");
    const char *declared = want ? js_string(want->value, "", "") : "";
    if (declared[0] && strcmp(declared, "${account.principalId}") != 0)
        return declared;
    return identity_principal(near->account.node, seen_body(&near->account));
}

static const char *role_of(const struct node *node)
{
    const struct want *want = node_want(node, "properties.roleDefinitionId");
    return want ? js_string(want->value, "", "") : "";
}

/* The right to use the key, on a vault that asks its access policies. */
static bool is_entry(const struct neighbours *near)
{
    return entry_counts_at(seen_body(&near->vault)) &&
           strcasecmp(role_guid(role_of(near->self.node)), ROLE_CRYPTO_SERVICE_ENCRYPTION_USER) ==
               0;
}

static const char *missing(const struct neighbours *near)
{
    const struct seen *scope = near->self.node->cmk ? &near->cmk : &near->vault;
    if (scope->node && !seen_body(scope))
        return near->self.node->cmk ? "the key exists and can be seen"
                                    : "the vault exists and can be seen";
    return principal_of(near) ? NULL : "the account's identity is known";
}

static char *live_path(const struct neighbours *near)
{
    const char *principal = principal_of(near);
    if (!principal || !uuid_valid(principal))
        return NULL;
    return mem_format("%s?api-version=" API_VERSION "&$filter=principalId%%20eq%%20'%s'",
                      near->self.node->id, principal);
}

static char *create_path(const struct neighbours *near)
{
    const struct node *node = near->self.node;
    const char *principal = principal_of(near);
    char name[UUID_SIZE];
    if (!principal)
        return NULL;
    if (is_entry(near))
        return mem_format("%s/accessPolicies/%s", near->vault.node->id, principal);
    AUTO(text) char *text = mem_format("%s|%s|%s", node->id, principal, role_guid(role_of(node)));
    AUTO(text) char *key = armid_key(text);
    uuid_of_name(key, name);
    return mem_format("%s/%s?api-version=" API_VERSION, node->id,
                      node->name[0] ? node->name : name);
}

/* ---- is one there? ------------------------------------------------------------------------ */

static struct json_object *find_in_list(const struct neighbours *near, struct json_object *list)
{
    const char *principal = principal_of(near);
    const char *wanted = role_guid(role_of(near->self.node));
    bool is_key_role = strcasecmp(wanted, ROLE_CRYPTO_SERVICE_ENCRYPTION_USER) == 0;
    AUTO(text) char *scope = scope_of(near->self.node);
    if (is_entry(near))
        return entry_find_user(seen_body(&near->vault), principal);

    size_t count = list ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < count; i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        const char *role = role_guid(js_string(item, "properties.roleDefinitionId", ""));
        bool is_it = strcasecmp(role, wanted) == 0 &&
                     strcasecmp(js_string(item, "properties.principalId", ""), principal) == 0 &&
                     armid_within(scope, js_string(item, "properties.scope", ""));
        if (is_it || (is_key_role && role_can_use_key(item, principal, scope)))
            return item;
    }
    return NULL;
}

/* ---- deciding ----------------------------------------------------------------------------- */

static struct json_object *derive(const struct neighbours *near, const char *path,
                                  struct json_object *declared, const char **unknown)
{
    (void)path;
    if (strcmp(js_string(declared, "", ""), "${account.principalId}") != 0)
        return json_object_get(declared);
    const char *principal = principal_of(near);
    if (!principal)
        *unknown = "the account's identity is known";
    return principal ? json_object_new_string(principal) : NULL;
}

static void obstruct(const struct neighbours *near, const struct finding *finding, int64_t now_s,
                     struct obstacles *obstacles)
{
    (void)finding;
    (void)now_s;
    /* Not on a word that an answer lacks, nor where somebody has switched it: an entry stays. */
    if (is_entry(near) && !node_exemption(near->vault.node, ENTRY_OR_ROLES, INT64_MIN))
        obstacles->impossible =
            "the vault asks access policies, though it is declared to ask roles: have it ask roles "
            "again; or exempt vault." ENTRY_OR_ROLES ", and cmkd gives the account an entry";
    obstacles->refused = incident_at_link(near);
    obstacles->waiting = missing(near);
    if (is_entry(near) && !js_string(seen_body(&near->vault), "properties.tenantId", NULL))
        obstacles->waiting = "the vault shows its tenant";
}

/* What Azure wants of an entry for an account: least of all that suffices. An entry that is there
 * and lacks some of it is completed: what else it has stays. */
static void request(const struct neighbours *near, const struct finding *finding,
                    struct write *write)
{
    struct json_object *entry = entry_new(seen_body(&near->vault), principal_of(near));
    struct json_object *keys = json_object_new_array();
    (void)finding;
    for (size_t i = 0; i < COUNT(entry_least); i++)
        json_object_array_add(keys, json_object_new_string(entry_least[i]));
    js_put(entry, "permissions.keys", keys);
    entry_request(near->vault.node, "add", entry, write);
}

/* Azure shows all of them always; without them nobody can tell whose grant it is. */
static const char *const list_must[] = {"properties.roleDefinitionId", "properties.principalId",
                                        "properties.scope", NULL};

const struct type type_grant = {
    .arm_type = "Microsoft.Authorization/roleAssignments",
    .word = "grant",
    .api_version = API_VERSION,
    .fields = fields,
    .n_fields = COUNT(fields),
    .known = known_grant,
    .not_found = not_found,
    .control = CONTROL_GRANT,
    .facts = facts,
    .refusals = refusals,
    .live_path = live_path,
    .is_listed = true,
    .list_key = "properties.principalId",
    .list_key_of = principal_of,
    .find_in_list = find_in_list,
    .list_must = list_must,
    .missing = missing,
    .derive = derive,
    .obstruct = obstruct,
    .request = request,
    .is_entry = is_entry,
    .create_path = create_path,
};
