#include "types/roles.h"

#include "base/armid.h"

#include <strings.h>

const char *role_guid(const char *role_definition_id)
{
    return armid_name(role_definition_id);
}

/* True for a role that lets its holder wrap and unwrap with keys. */
static bool is_for_keys(const char *role_definition_id)
{
    static const char *const sufficient[] = {
        ROLE_CRYPTO_SERVICE_ENCRYPTION_USER,
        ROLE_CRYPTO_USER,
    };
    for (size_t i = 0; i < COUNT(sufficient); i++)
        if (strcasecmp(role_guid(role_definition_id), sufficient[i]) == 0)
            return true;
    return false;
}

bool role_can_use_key(struct json_object *assignment, const char *principal_id, const char *scope)
{
    return is_for_keys(js_string(assignment, "properties.roleDefinitionId", "")) &&
           strcasecmp(js_string(assignment, "properties.principalId", ""), principal_id) == 0 &&
           armid_within(scope, js_string(assignment, "properties.scope", ""));
}
