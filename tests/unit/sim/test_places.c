/* Resource groups, providers, the activity log and the metadata of the cloud. */
#include "azure.h"

#include "base/iso8601.h"
#include "base/mem.h"

#define PROVIDER SUB "/providers/Microsoft.KeyVault"
#define LOG SUB "/providers/Microsoft.Insights/eventtypes/management/values"
#define SINCE "$filter=eventTimestamp%20ge%20'2999-01-01T00:00:00Z'"
#define NEW_VAULT                                                                                  \
    "{'location': 'swedencentral', 'properties': {'tenantId': '" TENANT_ID "', 'sku': {'family': " \
    "'A', 'name': 'standard'}, 'accessPolicies': []}}"

/* clang-format off */
static struct story stories[] = {
    {"a group is deleted with all that is in it, softly", "{'operation': 60}", {
        {"DELETE " RG, NULL, 202, .header = "Retry-After", .contains = "15"},
        {"GET @Location", NULL, 202, .header = "Location", .contains = "/operationresults/"},
        {"GET @Location", NULL, 200, .later_s = 61, .header = "Location", .contains = NULL},
        {"GET " RG, NULL, 404, "ResourceGroupNotFound"},
        {"GET " SUB "/providers/Microsoft.KeyVault/locations/swedencentral/deletedVaults/kvt", NULL,
         200},
        {"GET " SUB "/providers/Microsoft.CognitiveServices/locations/swedencentral/resourceGroups"
         "/rg/deletedAccounts/oai", NULL, 200},
        {"DELETE " RG, NULL, 404, "ResourceGroupNotFound"},
        {"GET " SUB "/operationresults/none", NULL, 404, "NotFound"},
    }},
    {"a group with a locked resource is not deleted", NULL, {
        {"PUT " VAULT "/providers/Microsoft.Authorization/locks/l",
         "{'properties': {'level': 'CanNotDelete'}}", 201},
        {"DELETE " RG, NULL, 409, "ScopeLocked"},
        {"GET " VAULT, NULL, 200},
    }},
    {"what is not registered cannot be written", NULL, {
        {"GET " PROVIDER "?api-version=2022-12-01", NULL, 200, .path = "registrationState", .value = "Registered",
         .path2 = "namespace", .value2 = "Microsoft.KeyVault"},
        {"POST " PROVIDER "/unregister", NULL, 200},
        {"PUT " VAULTS "kv-new", NEW_VAULT, 409, "MissingSubscriptionRegistration",
         .path = "error.details", .value = "[{\"code\":\"MissingSubscriptionRegistration\","
         "\"target\":\"Microsoft.KeyVault\",\"message\":\"The subscription is not registered to "
         "use namespace 'Microsoft.KeyVault'. See https://aka.ms/rps-not-found for how to register "
         "subscriptions.\"}]", .header = "x-ms-failure-cause", .contains = "gateway"},
        {"GET " VAULT, NULL, 200},
        {"PATCH " ACCOUNT, "{'tags': {}}", 200},
        {"POST " PROVIDER "/register", NULL, 200},
        {"PUT " VAULTS "kv-new", NEW_VAULT, 200},
        {"GET " SUB "/providers/Microsoft.Hats?api-version=2022-12-01", NULL, 404,
         "InvalidResourceNamespace"},
    }},
    {"a registration takes its time", "{'operation': 60}", {
        {"POST " PROVIDER "/unregister", NULL, 200, .path = "registrationState",
         .value = "Unregistering"},
        {"POST " PROVIDER "/register", NULL, 200, .path = "registrationState",
         .value = "Registering", .later_s = 61},
        {"PUT " VAULTS "kv-new", NEW_VAULT, 409, "MissingSubscriptionRegistration"},
        {"PUT " VAULTS "kv-new", NEW_VAULT, 200, .later_s = 61},
    }},
    {"a registration drifts like anything else", NULL, {
        {"POST " PROVIDER "/register", NULL, 200},
        {"PATCH " VAULT, "{}", 409, "MissingSubscriptionRegistration", .drift = PROVIDER,
         .patch = "{'registrationState': 'NotRegistered'}"},
        {"GET " SUB "/providers/Microsoft.Hats", NULL, 404, "InvalidResourceNamespace"},
        {"GET " SUB "/providers", NULL, 200, .path = "nextLink", .value = NULL},
    }},
    {"the activity log refuses without an envelope", NULL, {
        {"GET " LOG, NULL, 400, "", .path = "code", .value = "BadRequest"},
        {"GET " LOG "?$filter=eventTimestamp%20ge%202018-01-01T00%3A00%3A00%2B00%3A00", NULL, 400,
         "", .path = "message",
         .value = "The start time cannot be more than 90 days in the past."},
        {"GET " LOG "?" SINCE, NULL, 200, .path = "value", .value = "[]"},
    }},
    {"the activity log takes a time without a zone for UTC", NULL, {
        {"GET " LOG "?$filter=eventTimestamp%20ge%202999-01-01T00:00:00.25", NULL, 200,
         .path = "value", .value = "[]"},
    }},
    {"a group can be asked for without being shown", NULL, {
        {"HEAD " RG, NULL, 204},
        {"HEAD " SUB "/resourceGroups/none", NULL, 404, "ResourceGroupNotFound"},
    }},
    {"the cloud is one object, and a list since 2022", NULL, {
        {"GET /metadata/endpoints?api-version=2015-01-01", NULL, 200,
         .path = "authentication.loginEndpoint", .value = "https://login.localhost:8443/"},
        {"GET /metadata/endpoints?api-version=2022-09-01", NULL, 200, .path = "authentication",
         .value = NULL},
    }},
};
/* clang-format on */

/* The events since an hour ago, of one resource; body of the last answer. */
static struct json_object *ask_log(struct sim *sim, struct sim_response *last, const char *resource)
{
    AUTO(text) char *filter = NULL;
    char from[ISO8601_TIME_SIZE];
    iso8601_format_time(sim_now_s(sim) - 3600, from);
    filter = mem_format("GET " LOG "?$filter=eventTimestamp%%20ge%%20'%s'%%20and%%20resourceUri"
                        "%%20eq%%20'%s'",
                        from, resource);
    const struct step step = {filter, NULL, 200};
    story_step(sim, &step, last);
    return js_array(last->body, "value");
}

static void the_activity_log_says_who_wrote_what(void **state)
{
    (void)state;
    static const struct step write = {"PATCH " VAULT, "{}", 200};
    static const struct step refused = {"PATCH " VAULT, "[]", 400};
    struct sim *sim = azure_new(NULL);
    struct sim_response last = {0};
    story_step(sim, &write, &last);
    AUTO(text) char *correlation = NULL;
    for (int i = 0; i < last.n_headers; i++)
        if (strcmp(last.headers[i].name, "x-ms-correlation-request-id") == 0)
            correlation = mem_text(last.headers[i].value);
    story_step(sim, &refused, &last);

    struct json_object *events = ask_log(sim, &last, VAULT);
    assert_int_equal(json_object_array_length(events), 2);
    struct json_object *newest = json_object_array_get_idx(events, 0);
    struct json_object *oldest = json_object_array_get_idx(events, 1);
    assert_string_equal(js_string(newest, "status.value", ""), "Failed");
    assert_string_equal(js_string(oldest, "status.value", ""), "Succeeded");
    assert_string_equal(js_string(oldest, "operationName.value", ""),
                        "Microsoft.KeyVault/vaults/write");
    assert_string_equal(js_string(oldest, "caller", ""), "33333333-3333-3333-3333-333333333333");
    assert_string_equal(js_string(oldest, "correlationId", ""), correlation);
    assert_int_equal(json_object_array_length(ask_log(sim, &last, ACCOUNT)), 0);
    sim_response_done(&last);
    sim_free(sim);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(the_activity_log_says_who_wrote_what),
    };
    return CASES_RUN(stories, story_check) + cmocka_run_group_tests(others, NULL, NULL);
}
