/* Management locks: what they forbid, and to whom. */
#include "azure.h"

#define LOCKS "/providers/Microsoft.Authorization/locks"
#define READ_ONLY "{'properties': {'level': 'ReadOnly', 'notes': 'frozen'}}"
#define NO_DELETE "{'properties': {'level': 'CanNotDelete'}}"
#define LATE GRANTS "/66666666-6666-6666-6666-666666666666"
#define GRANT_BODY                                                                                 \
    "{'properties': {'principalId': '" PRINCIPAL "', 'principalType': 'ServicePrincipal', "        \
    "'roleDefinitionId': '" ENCRYPTION_USER "'}}"

/* clang-format off */
static struct story stories[] = {
    {"a new lock answers 201, the same again 200", NULL, {
        {"PUT " VAULT LOCKS "/l", READ_ONLY, 201, .path = "properties",
         .value = "{\"level\":\"ReadOnly\",\"notes\":\"frozen\"}", .path2 = "id",
         .value2 = VAULT LOCKS "/l"},
        {"PUT " VAULT LOCKS "/l", NO_DELETE, 200, .path = "properties.level",
         .value = "CanNotDelete"},
        {"GET " VAULT LOCKS "/l", NULL, 200, .path = "properties.notes", .value = NULL},
        {"DELETE " VAULT LOCKS "/l", NULL, 200},
        {"DELETE " VAULT LOCKS "/l", NULL, 204},
        {"GET " VAULT LOCKS "/l", NULL, 404, "LockNotFound"},
    }},
    {"what is no lock is refused", NULL, {
        {"PUT " VAULT LOCKS "/l", "{'properties': {'level': 'Shut'}}", 400,
         "InvalidRequestContent"},
        {"PUT " VAULT LOCKS "/l", "{}", 400, "InvalidRequestContent"},
        {"PUT " VAULTS "none" LOCKS "/l", READ_ONLY, 404, "ResourceNotFound"},
    }},
    {"a read-only lock stops every write, and says where it hangs", NULL, {
        {"PUT " VAULT LOCKS "/l", READ_ONLY, 201},
        {"PATCH " VAULT, "{}", 409, "ScopeLocked", .path = "error.message", .value =
         "The scope '" VAULT "' cannot perform write operation because following scope(s) are "
         "locked: '" VAULT "'. Please remove the lock and try again.",
         .header = "x-ms-failure-cause", .contains = "gateway"},
        {"PUT " VAULT, "{'location': 'swedencentral'}", 409, "ScopeLocked"},
        {"DELETE " VAULT, NULL, 409, "ScopeLocked", .path = "error.message", .value =
         "The scope '" VAULT "' cannot perform delete operation because following scope(s) are "
         "locked: '" VAULT "'. Please remove the lock and try again."},
        {"PUT " VAULT "/accessPolicies/add", "{'properties': {'accessPolicies': []}}", 409,
         "ScopeLocked"},
        {"PUT " KEY, "{'properties': {'kty': 'RSA'}}", 409, "ScopeLocked"},
        {"GET " VAULT, NULL, 200},
    }},
    {"a read-only lock covers what others hang on the resource", NULL, {
        {"PUT " VAULT LOCKS "/l", READ_ONLY, 201},
        {"PUT " VAULT LATE, GRANT_BODY, 409, "ScopeLocked"},
        {"PUT " KEY LATE, GRANT_BODY, 409, "ScopeLocked"},
        {"PUT " RG LATE, GRANT_BODY, 201},
    }},
    {"a lock can be changed and taken away while it holds", NULL, {
        {"PUT " VAULT LOCKS "/l", READ_ONLY, 201},
        {"PUT " VAULT LOCKS "/other", NO_DELETE, 201},
        {"DELETE " VAULT LOCKS "/other", NULL, 200},
        {"DELETE " VAULT LOCKS "/l", NULL, 200},
        {"PATCH " VAULT, "{}", 200},
    }},
    {"a lock against deletion stops nothing else", NULL, {
        {"PUT " VAULT LOCKS "/l", NO_DELETE, 201},
        {"PATCH " VAULT, "{}", 200},
        {"PUT " VAULT LATE, GRANT_BODY, 201},
        {"DELETE " VAULT LATE, NULL, 409, "ScopeLocked"},
        {"DELETE " VAULT, NULL, 409, "ScopeLocked"},
    }},
    {"locks of the group and the subscription are inherited", NULL, {
        {"PUT " RG LOCKS "/g", NO_DELETE, 201},
        {"DELETE " ACCOUNT, NULL, 409, "ScopeLocked"},
        {"DELETE " RG LOCKS "/g", NULL, 200},
        {"PUT " SUB LOCKS "/s", READ_ONLY, 201},
        {"PATCH " ACCOUNT, "{'tags': {}}", 409, "ScopeLocked"},
        {"PUT " SUB "/resourceGroups/new", "{'location': 'westus'}", 409, "ScopeLocked"},
    }},
    {"a lock below stops the deletion of what is above, not its change", NULL, {
        {"PUT " KEY LOCKS "/k", READ_ONLY, 201},
        {"PATCH " VAULT, "{}", 200},
        {"DELETE " VAULT, NULL, 409, "ScopeLocked"},
        {"PATCH " ACCOUNT, "{'tags': {}}", 200},
    }},
    {"a POST that only asks is not stopped, one that acts is", NULL, {
        {"PUT " SUB LOCKS "/s", READ_ONLY, 201},
        {"POST " SUB "/providers/Microsoft.KeyVault/checkNameAvailability",
         "{'name': 'kv-free', 'type': 'Microsoft.KeyVault/vaults'}", 200},
        {"POST " SUB "/providers/Microsoft.KeyVault/locations/swedencentral/deletedVaults/v/purge",
         NULL, 409, "ScopeLocked"},
    }},
    {"locks do not reach the data plane", NULL, {
        {"PUT " VAULT LOCKS "/l", READ_ONLY, 201},
        {"PATCH kv:/keys/cmk/" OLD, "{'attributes': {'enabled': false}}", 200},
        {"DELETE kv:/keys/cmk", NULL, 200},
    }},
    {"a list has what is inherited, told apart by its id", NULL, {
        {"PUT " RG LOCKS "/g", NO_DELETE, 201},
        {"GET " VAULT LOCKS, NULL, 200, .path = "value", .value =
         "[{\"properties\":{\"level\":\"CanNotDelete\"},\"id\":\"" RG LOCKS "/g\","
         "\"type\":\"Microsoft.Authorization/locks\",\"name\":\"g\"}]", .path2 = "nextLink",
         .value2 = NULL},
        {"GET " SUB LOCKS "?$filter=atScope()", NULL, 200, .path = "value", .value = "[]"},
        {"DELETE " RG LOCKS "/g", NULL, 200},
        {"GET " VAULT LOCKS, NULL, 200, .path = "value", .value = "[]"},
    }},
    {"a lock drifts like anything else", NULL, {
        {"PUT " ACCOUNT LOCKS "/l", NO_DELETE, 201},
        {"PATCH " ACCOUNT, "{'tags': {}}", 409, "ScopeLocked", .drift = ACCOUNT LOCKS "/l",
         .patch = "{'properties': {'level': 'ReadOnly'}}"},
        {"PATCH " ACCOUNT, "{'tags': {}}", 200, .drift = ACCOUNT LOCKS "/l"},
    }},
};
/* clang-format on */

int main(void)
{
    return CASES_RUN(stories, story_check);
}
