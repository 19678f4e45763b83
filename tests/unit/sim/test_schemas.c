/* Request bodies of wrong types, by provider, as the official schemas say. */
#include "azure.h"

#define DEPLOYMENT ACCOUNT "/deployments/one"
#define SETTING VAULT "/providers/Microsoft.Insights/diagnosticSettings/s"
#define LOCK VAULT "/providers/Microsoft.Authorization/locks/l"
#define IDENTITY RG "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i"
#define WRONG(path, type)                                                                          \
    "The request content was invalid and could not be deserialized: 'Error converting the value "  \
    "of '" path "' to type '" type "'.'."

/* clang-format off */
static struct story stories[] = {
    {"a number in quotes is no number", NULL, {
        {"PUT " DEPLOYMENT, "{'sku': {'name': 'Standard', 'capacity': '10'}, 'properties': "
         "{'model': {'format': 'OpenAI', 'name': 'gpt-4o'}}}", 400, "InvalidRequestContent",
         .path = "error.message", .value = WRONG("sku.capacity", "integer")},
        {"PATCH " VAULT, "{'properties': {'softDeleteRetentionInDays': '90'}}", 400, "BadRequest",
         .path = "error.message", .value = WRONG("properties.softDeleteRetentionInDays",
                                                 "integer")},
    }},
    {"a bool is no text, nor the other way round", NULL, {
        {"PATCH " VAULT, "{'properties': {'enablePurgeProtection': 'true'}}", 400, "BadRequest"},
        {"PATCH " ACCOUNT, "{'properties': {'publicNetworkAccess': true}}", 400,
         "InvalidRequestContent"},
        {"PATCH " ACCOUNT, "{'properties': {'disableLocalAuth': 'true'}}", 400,
         "InvalidRequestContent"},
    }},
    {"what is below a list is looked at too", NULL, {
        {"PATCH " VAULT, "{'properties': {'networkAcls': {'ipRules': [{'value': 17}]}}}", 400,
         "BadRequest", .path = "error.message",
         .value = WRONG("properties.networkAcls.ipRules.value", "string")},
        {"PATCH " VAULT, "{'properties': {'networkAcls': {'ipRules': {}}}}", 400, "BadRequest"},
    }},
    {"tags are texts", NULL, {
        {"PATCH " VAULT, "{'tags': {'a': 1}}", 400, "BadRequest", .path = "error.message",
         .value = WRONG("tags.a", "string")},
        {"PUT " IDENTITY, "{'location': 'westus', 'tags': {'a': []}}", 400,
         "InvalidRequestContent"},
    }},
    {"extension resources have schemas of their own", NULL, {
        {"PUT " LOCK, "{'properties': {'level': 1}}", 400, "InvalidRequestContent"},
        {"PUT " SETTING, "{'properties': {'logs': 'all'}}", 400, "", .path = "code",
         .value = "BadRequest", .path2 = "message", .value2 = WRONG("properties.logs", "array")},
        {"PUT " KEY GRANTS "/66666666-6666-6666-6666-666666666666",
         "{'properties': {'principalId': 1}}", 400, "InvalidRequestContent"},
    }},
    {"a key has a schema too", NULL, {
        {"PUT " VAULT "/keys/new", "{'properties': {'kty': 'RSA', 'keySize': '2048'}}", 400,
         "BadRequest"},
        {"PUT " VAULT "/keys/new", "{'properties': {'kty': 'RSA', 'keySize': 2048}}", 200},
    }},
    {"null and unknown members are swallowed, names compare without case", NULL, {
        {"PATCH " VAULT, "{'properties': {'accessPolicies': null, 'hat': 17}, 'hat': []}", 200,
         .path = "properties.hat", .value = NULL},
        {"PATCH " VAULT, "{'Properties': {'EnablePurgeProtection': 1}}", 400, "BadRequest"},
    }},
};
/* clang-format on */

int main(void)
{
    return CASES_RUN(stories, story_check);
}
