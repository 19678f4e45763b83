/* access_vault.c: what a caller may do in a vault's data plane: by its roles on an RBAC vault, by
 * the vault's own list on one with access policies. */
#include "access.h"

#include "base/armid.h"
#include "route.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What each request to a vault asks for: the data action on an RBAC vault, the permission on one
 * with access policies.
 * https://learn.microsoft.com/azure/role-based-access-control/permissions/security */
/* clang-format off */
static const struct need {
    const char *method, *pattern, *action, *permission;
} needs[] = {
    {"GET",    "/keys",                    "keys/read",           "list"},
    {"GET",    "/keys/{}",                 "keys/read",           "get"},
    {"GET",    "/keys/{}/{}",              "keys/read",           "get"},
    {"GET",    "/keys/{}/versions",        "keys/read",           "list"},
    {"GET",    "/keys/{}/rotationpolicy",  "keyrotationpolicies/read",  "getrotationpolicy"},
    {"PUT",    "/keys/{}/rotationpolicy",  "keyrotationpolicies/write", "setrotationpolicy"},
    {"POST",   "/keys/{}/create",          "keys/create/action",  "create"},
    {"POST",   "/keys/{}/rotate",          "keys/rotate/action",  "rotate"},
    {"PATCH",  "/keys/{}",                 "keys/update/action",  "update"},
    {"PATCH",  "/keys/{}/{}",              "keys/update/action",  "update"},
    {"DELETE", "/keys/{}",                 "keys/delete",         "delete"},
    {"GET",    "/deletedkeys",             "keys/read",           "list"},
    {"GET",    "/deletedkeys/{}",          "keys/read",           "get"},
    {"POST",   "/deletedkeys/{}/recover",  "keys/recover/action", "recover"},
    {"DELETE", "/deletedkeys/{}",          "keys/purge/action",   "purge"},
};
/* clang-format on */

static const struct need *need_of(const struct route *route)
{
    for (size_t i = 0; i < COUNT(needs); i++)
        if (strcmp(needs[i].method, route->method) == 0 &&
            strcmp(needs[i].pattern, route->pattern) == 0)
            return &needs[i];
    abort(); /* a route of the data plane without a row here */
}

static bool has_policy(const struct call *call, struct resource *vault, const char *permission)
{
    struct json_object *policies = js_array(vault->body, "properties.accessPolicies");
    for (size_t i = 0; policies && i < json_object_array_length(policies); i++) {
        struct json_object *policy = json_object_array_get_idx(policies, i);
        struct json_object *words = js_array(policy, "permissions.keys");
        if (strcasecmp(js_string(policy, "objectId", ""), call->caller.object) != 0)
            continue;
        for (size_t k = 0; words && k < json_object_array_length(words); k++) {
            const char *word = json_object_get_string(json_object_array_get_idx(words, k));
            if (word && (strcasecmp(word, permission) == 0 || strcasecmp(word, "all") == 0))
                return true;
        }
    }
    return false;
}

/* The first is quoted by users, the second recorded. */
bool access_vault(struct call *call, struct resource *vault)
{
    if (!call->sim->settings.enforced)
        return true;
    const struct need *need = need_of(call->route);
    const char *name = armid_name(vault->id), *key = call->args[0];
    const char *location = js_string(vault->body, "location", "");
    if (js_bool(vault->body, "properties.enableRbacAuthorization", false)) {
        AUTO(text) char *action = mem_format("Microsoft.KeyVault/vaults/%s", need->action);
        AUTO(text)
        char *id = mem_format("%s%s%s", vault->id, key ? "/keys/" : "", key ? key : "");
        const char *grant = access_data(call, action, id);
        if (grant) { /* recorded: kvdata-crud-go-7.4, on every answer behind the door */
            call_header(call, "x-ms-keyvault-rbac-assignment-id", "%s", grant);
            call_header(call, "x-ms-keyvault-rbac-cache",
                        "ra_age=555;da_age=2841;rd_age=2841;brd_age=7182;ra_notif_age=982;"
                        "dec_lev=1;");
            return true;
        }
        AUTO(text) char *shown = armid_key(id);
        return call_fail_inner(
            call, 403, "Forbidden", "ForbiddenByRbac",
            "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny "
            "assignments or role definitions were changed recently, please observe propagation "
            "time.\r\nCaller: appid=%s;oid=%s;iss=https://sts.windows.net/%s/\r\nAction: '%s'\r\n"
            "Resource: '%s'\r\nAssignment: (not found)\r\nDenyAssignmentId: null\r\n"
            "DecisionReason: null \r\nVault: %s;location=%s\r\n",
            call->caller.client, call->caller.object, call->caller.tenant, action, shown, name,
            location);
    }
    return has_policy(call, vault, need->permission) ||
           call_fail_inner(
               call, 403, "Forbidden", "ForbiddenByPolicy",
               "The user, group or application 'appid=%s;oid=%s;iss=https://sts.windows.net/%s/' "
               "does not have keys %s permission on key vault '%s;location=%s'. For help resolving "
               "this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287",
               call->caller.client, call->caller.object, call->caller.tenant, need->permission,
               name, location);
}
