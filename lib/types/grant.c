/* grant.c: Microsoft.Authorization/roleAssignments, the right of the account's identity to use
 * the key.
 *
 * REST: Role Assignments, operations List For Scope, Create.
 * https://learn.microsoft.com/rest/api/authorization/role-assignments
 * A grant is right if one is seen that suffices, at the key or any scope above, under any name. A
 * new one gets a name that follows from scope, principal and role, so that trying again can never
 * make a second one. On a vault that uses access policies the grant is an entry there. */
#include "types/registry.h"

#include "base/armid.h"
#include "base/uuid.h"
#include "model/finding.h"
#include "model/observed.h"
#include "types/controls.h"
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
    return js_string(seen_body(&near->account), "identity.principalId", NULL);
}

static const char *role_of(const struct node *node)
{
    const struct want *want = node_want(node, "properties.roleDefinitionId");
    return want ? js_string(want->value, "", "") : "";
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
    AUTO(text) char *text = mem_format("%s|%s|%s", node->id, principal, role_guid(role_of(node)));
    AUTO(text) char *key = armid_key(text);
    uuid_of_name(key, name);
    return mem_format("%s/%s?api-version=" API_VERSION, node->id,
                      node->name[0] ? node->name : name);
}

/* ---- is one there? ------------------------------------------------------------------------ */

static bool uses_policies(const struct neighbours *near)
{
    struct json_object *vault = seen_body(&near->vault);
    return vault && !js_bool(vault, "properties.enableRbacAuthorization", false);
}

static bool lists_word(struct json_object *array, const char *word)
{
    size_t count = array ? json_object_array_length(array) : 0;
    for (size_t i = 0; i < count; i++) {
        const char *text = js_string(json_object_array_get_idx(array, i), "", "");
        if (strcasecmp(text, word) == 0 || strcasecmp(text, "all") == 0)
            return true;
    }
    return false;
}

/* The access policy that lets the principal use the vault's keys, or NULL. */
static struct json_object *find_policy(struct json_object *vault, const char *principal)
{
    struct json_object *policies = js_array(vault, "properties.accessPolicies");
    size_t count = policies ? json_object_array_length(policies) : 0;
    for (size_t i = 0; i < count; i++) {
        struct json_object *policy = json_object_array_get_idx(policies, i);
        struct json_object *keys = js_array(policy, "permissions.keys");
        bool is_direct = !js_string(policy, "applicationId", NULL); /* else on behalf of it */
        if (is_direct && strcasecmp(js_string(policy, "objectId", ""), principal) == 0 &&
            lists_word(keys, "get") && lists_word(keys, "wrapKey") && lists_word(keys, "unwrapKey"))
            return policy;
    }
    return NULL;
}

static struct json_object *find_in_list(const struct neighbours *near, struct json_object *list)
{
    const char *principal = principal_of(near);
    const char *wanted = role_guid(role_of(near->self.node));
    bool is_key_role = strcasecmp(wanted, ROLE_CRYPTO_SERVICE_ENCRYPTION_USER) == 0;
    AUTO(text) char *scope = scope_of(near->self.node);
    if (uses_policies(near) && is_key_role)
        return find_policy(seen_body(&near->vault), principal);

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
    if (uses_policies(near) &&
        strcasecmp(role_guid(role_of(near->self.node)), ROLE_CRYPTO_SERVICE_ENCRYPTION_USER) == 0)
        obstacles->impossible = "the vault uses access policies, which cmkd does not write: give "
                                "the account's identity get, wrapKey and unwrapKey there, or move "
                                "the vault to RBAC";
    obstacles->refused = incident_at_link(near);
    obstacles->waiting = missing(near);
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
    .create_path = create_path,
};
