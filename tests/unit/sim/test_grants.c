#include "azure.h"

#include <stdio.h>

#define BODY                                                                                       \
    "{'properties': {'principalId': '" PRINCIPAL "', 'principalType': 'ServicePrincipal', "        \
    "'roleDefinitionId': '" ENCRYPTION_USER "'}}"
#define OTHER "66666666-6666-6666-6666-666666666666"

/* clang-format off */
static struct story stories[] = {
    {"a seeded assignment shows every member, null where it is unset", NULL, {
        {"GET " KEY GRANTS "/" GRANT_NAME, NULL, 200, .path = "properties.scope", .value = KEY,
         .path2 = "properties.condition", .value2 = NULL},
    }},
    {"an assignment hangs on any scope, and its creator shows only later", NULL, {
        {"PUT " VAULT GRANTS "/" OTHER, BODY, 201, .path = "properties.scope", .value = VAULT,
         .path2 = "properties.createdBy", .value2 = NULL},
        {"GET " VAULT GRANTS "/" OTHER, NULL, 200, .path = "properties.createdBy",
         .value = "33333333-3333-3333-3333-333333333333", .path2 = "id",
         .value2 = VAULT GRANTS "/" OTHER},
        {"PUT " SUB GRANTS "/" OTHER, BODY, 201},
        {"GET " SUB GRANTS "/" OTHER, NULL, 200, .path = "properties.scope", .value = SUB},
    }},
    {"the same again is no change, another triple is refused", NULL, {
        {"PUT " KEY GRANTS "/" GRANT_NAME, BODY, 200},
        {"PUT " KEY GRANTS "/" GRANT_NAME, "{'properties': {'principalId': '" OTHER "',"
         " 'roleDefinitionId': '" ENCRYPTION_USER "'}}", 400, "RoleAssignmentUpdateNotPermitted"},
    }},
    {"the same triple under another name exists already", NULL, {
        {"PUT " KEY GRANTS "/" OTHER, BODY, 409, "RoleAssignmentExists"},
        {"PUT " VAULT GRANTS "/" OTHER, BODY, 201},
    }},
    {"a deletion answers with what it deleted, then with nothing", NULL, {
        {"DELETE " KEY GRANTS "/" GRANT_NAME, NULL, 200, .path = "name", .value = GRANT_NAME},
        {"GET " KEY GRANTS "/" GRANT_NAME, NULL, 404, "RoleAssignmentNotFound"},
        {"DELETE " KEY GRANTS "/" GRANT_NAME, NULL, 204},
    }},
    {"what is no assignment is refused", NULL, {
        {"PUT " KEY GRANTS "/name", BODY, 400, "InvalidRoleAssignmentId"},
        {"PUT " KEY GRANTS "/" OTHER, "{'properties': {'principalId': 'wow', 'roleDefinitionId':"
         " '" ENCRYPTION_USER "'}}", 400, "InvalidPrincipalId"},
        {"PUT " KEY GRANTS "/" OTHER, "{'properties': {'principalId': '" PRINCIPAL "'}}", 400,
         "InvalidCreateRoleAssignmentRequest"},
        {"PUT " VAULTS "none" GRANTS "/" OTHER, BODY, 404, "ResourceNotFound"},
    }},
    {"a list by principal has what lies at, above and below the scope", NULL, {
        {"GET " SUB GRANTS "?$filter=principalId%20eq%20'" PRINCIPAL "'", NULL, 200,
         .path = "nextLink", .value = NULL},
        {"GET " VAULT GRANTS "?$filter=assignedTo('" OTHER "')", NULL, 200,
         .path = "value", .value = "[]"},
        {"GET " VAULT GRANTS "?$filter=atScope()", NULL, 200, .path = "value", .value = "[]"},
        {"DELETE " KEY GRANTS "/" GRANT_NAME, NULL, 200},
        {"GET " KEY GRANTS, NULL, 200, .path = "value", .value = "[]"},
    }},
};
/* clang-format on */

static struct sim_response ask(struct sim *sim, const char *method, const char *path,
                               const char *query, struct json_object *body)
{
    char *token = azure_token(sim, "https://management.azure.com");
    const struct sim_request request = {.method = method,
                                        .host = "management.localhost:8443",
                                        .path = path,
                                        .query = query,
                                        .body = body,
                                        .body_text = "",
                                        .authorization = token};
    struct sim_response response;
    sim_serve(sim, &request, &response);
    free(token);
    return response;
}

/* How many assignments a list at the scope has. */
static size_t count(struct sim *sim, const char *scope, const char *filter)
{
    char path[500], query[300];
    snprintf(path, sizeof path, "%s" GRANTS, scope);
    snprintf(query, sizeof query, "api-version=2022-04-01&$filter=%s", filter);
    struct sim_response response = ask(sim, "GET", path, query, NULL);
    assert_int_equal(response.status, 200);
    size_t length = json_object_array_length(js_array(response.body, "value"));
    sim_response_done(&response);
    return length;
}

static void lists_differ_by_what_lies_above_and_below(void **state)
{
    (void)state;
    struct sim *sim = azure_new(NULL);
    struct json_object *body = azure_json(BODY);
    struct sim_response response =
        ask(sim, "PUT", RG GRANTS "/" OTHER, "api-version=2022-04-01", body);
    assert_int_equal(response.status, 201);
    sim_response_done(&response);
    json_object_put(body);

    const char *mine = "principalId eq '" PRINCIPAL "'";
    assert_int_equal(count(sim, SUB, mine), 2);          /* below */
    assert_int_equal(count(sim, VAULT, mine), 2);        /* above and below */
    assert_int_equal(count(sim, KEY, mine), 2);          /* above and at */
    assert_int_equal(count(sim, VAULT, "atScope()"), 1); /* above */
    assert_int_equal(count(sim, SUB, "atScope()"), 0);
    assert_int_equal(count(sim, VAULT "/keys/other", mine), 1);
    sim_free(sim);
}

static void a_fresh_principal_is_found_after_a_while(void **state)
{
    (void)state;
    struct sim *sim = azure_new("{'principalDelay': 30}");
    struct json_object *off = azure_json("{'identity': {'type': 'None'}}");
    struct json_object *on = azure_json("{'identity': {'type': 'SystemAssigned'}}");
    struct sim_response response = ask(sim, "PATCH", ACCOUNT, "api-version=2025-06-01", off);
    sim_response_done(&response);
    response = ask(sim, "PATCH", ACCOUNT, "api-version=2025-06-01", on);
    struct json_object *body = azure_json("{'properties': {'roleDefinitionId': 'r'}}");
    js_put(body, "properties.principalId", js_copy(js_find(response.body, "identity.principalId")));
    assert_string_not_equal(js_string(body, "properties.principalId", PRINCIPAL), PRINCIPAL);
    sim_response_done(&response);

    const struct {
        int64_t later_s;
        int status;
    } rows[] = {{0, 400}, {31, 201}};
    for (size_t i = 0; i < 2; i++) {
        sim_shift_clock(sim, rows[i].later_s);
        response = ask(sim, "PUT", KEY GRANTS "/" OTHER, "api-version=2022-04-01", body);
        assert_int_equal(response.status, rows[i].status);
        sim_response_done(&response);
    }
    json_object_put(off);
    json_object_put(on);
    json_object_put(body);
    sim_free(sim);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(lists_differ_by_what_lies_above_and_below),
        cmocka_unit_test(a_fresh_principal_is_found_after_a_while),
    };
    int failed = CASES_RUN(stories, story_check);
    return failed + cmocka_run_group_tests(others, NULL, NULL);
}
