/* User-assigned identities, alone and attached to an account. */
#include "azure.h"

#define IDENTITIES RG "/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
#define MINE IDENTITIES "/id-openai"
#define SPELLED                                                                                    \
    SUB "/resourcegroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-openai"
#define BODY "{'location': 'swedencentral'}"
#define ATTACH                                                                                     \
    "{'identity': {'type': 'SystemAssigned, UserAssigned', 'userAssignedIdentities': {'" MINE      \
    "': {}}}}"

/* clang-format off */
static struct story stories[] = {
    {"a new identity answers 201 with its id for a Location, then 200 without", NULL, {
        {"PUT " MINE, BODY, 201, .path = "id", .value = SPELLED, .path2 = "tags", .value2 = "{}",
         .header = "Location", .contains = SPELLED},
        {"PUT " MINE, BODY, 200, .header = "Location", .contains = NULL},
        {"GET " MINE, NULL, 200, .path = "properties.tenantId", .value = TENANT_ID,
         .path2 = "properties.provisioningState", .value2 = NULL},
    }},
    {"a PUT replaces the tags of an identity, and keeps its principal", NULL, {
        {"PUT " MINE, "{'location': 'swedencentral', 'tags': {'a': 'b'}}", 201},
        {"PUT " MINE, BODY, 200, .path = "tags", .value = "{}"},
        {"PATCH " MINE, "{'tags': {'c': 'd'}}", 200, .path = "tags.c", .value = "d"},
    }},
    {"an identity needs a location", NULL, {{"PUT " MINE, "{}", 400, "LocationRequired"}}},
    {"a deleted identity is the gateway's 404", NULL, {
        {"PUT " MINE, BODY, 201},
        {"DELETE " MINE, NULL, 200},
        {"DELETE " MINE, NULL, 204},
        {"GET " MINE, NULL, 404, "ResourceNotFound", .header = "x-ms-failure-cause",
         .contains = "gateway", .path = "error.message", .value =
         "The Resource 'Microsoft.ManagedIdentity/userAssignedIdentities/id-openai' under resource "
         "group 'rg' was not found. For more details please go to "
         "https://aka.ms/ARMResourceNotFoundFix"},
        {"PATCH " MINE, "{}", 404, "ResourceNotFound"},
    }},
    {"the list of everything has an identity too, and nothing that hangs on another", NULL, {
        {"PUT " MINE, BODY, 201},
        {"PUT " ACCOUNT "/raiPolicies/p", "{'properties': {'basePolicyName': 'Microsoft.Default'}}",
         201},
        {"GET " RG "/resources?api-version=2021-04-01&$filter=resourceType%20eq%20'"
         "Microsoft.ManagedIdentity/userAssignedIdentities'", NULL, 200, .path = "value", .value = "[{\"id\":\"" SPELLED
         "\",\"name\":\"id-openai\",\"type\":\"Microsoft.ManagedIdentity/"
         "userAssignedIdentities\",\"location\":\"swedencentral\",\"tags\":{}}]"},
        {"GET " RG "/resources?api-version=2021-04-01&$filter=resourceType%20eq%20'"
         "Microsoft.CognitiveServices/accounts/raiPolicies'", NULL, 200, .path = "value", .value = "[]"},
    }},
    {"identities are listed by group and by subscription", NULL, {
        {"GET " IDENTITIES, NULL, 200, .path = "value", .value = "[]", .path2 = "nextLink",
         .value2 = NULL},
        {"GET " SUB "/providers/Microsoft.ManagedIdentity/userAssignedIdentities", NULL, 200,
         .path = "value", .value = "[]"},
        {"PUT " MINE, BODY, 201},
        {"GET " IDENTITIES "?$top=1", NULL, 200},
        {"GET @nextLink", NULL, 200, .path = "value", .value = "[]"},
        {"GET " SUB "/providers/Microsoft.ManagedIdentity/userAssignedIdentities?$top=1", NULL,
         200},
        {"GET @nextLink", NULL, 200, .path = "value", .value = "[]"},
    }},
    {"an identity must be there to be attached", NULL, {
        {"PATCH " ACCOUNT, ATTACH, 400, "FailedIdentityOperation", .header = "x-ms-failure-cause",
         .contains = "gateway", .path = "error.message", .value =
         "Identity operation for resource '" ACCOUNT "' failed with error 'Failed to perform "
         "resource identity operation. Status: 'BadRequest'. Response: '{\"error\":{\"code\":"
         "\"BadRequest\",\"message\":\"Resource '" SPELLED "' was not found.\"}}'.'."},
        {"PUT " MINE, BODY, 201},
        {"PATCH " ACCOUNT, ATTACH, 202},
    }},
    {"what is attached already is not looked for again", NULL, {
        {"PUT " MINE, BODY, 201},
        {"PATCH " ACCOUNT, ATTACH, 202},
        {"DELETE " MINE, NULL, 200},
        {"PATCH " ACCOUNT, ATTACH, 202},
        {"PATCH " ACCOUNT, "{'identity': {'type': 'SystemAssigned'}}", 202,
         .path = "identity.userAssignedIdentities", .value = NULL},
        {"PATCH " ACCOUNT, ATTACH, 400, "FailedIdentityOperation"},
    }},
};
/* clang-format on */

/* The account shows the identity's own ids. */
static void an_attached_identity_shows_its_own_ids(void **state)
{
    (void)state;
    static struct step steps[] = {
        {"PUT " MINE, BODY, 201},
        {"PATCH " ACCOUNT, ATTACH, 202},
    };
    struct sim *sim = azure_new(NULL);
    struct sim_response last = {0};
    for (size_t i = 0; i < COUNT(steps); i++)
        story_step(sim, &steps[i], &last);
    struct json_object *users = js_object(last.body, "identity.userAssignedIdentities");
    struct json_object *shown = js_member(users, MINE, NULL), *dump = sim_state(sim);
    struct json_object *own = js_member(js_object(dump, "live"), SPELLED, NULL);
    assert_non_null(js_string(own, "properties.principalId", NULL));
    assert_string_equal(js_string(shown, "principalId", ""),
                        js_string(own, "properties.principalId", NULL));
    assert_string_equal(js_string(shown, "clientId", ""),
                        js_string(own, "properties.clientId", NULL));
    json_object_put(dump);
    sim_response_done(&last);
    sim_free(sim);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(an_attached_identity_shows_its_own_ids),
    };
    return CASES_RUN(stories, story_check) + cmocka_run_group_tests(others, NULL, NULL);
}
