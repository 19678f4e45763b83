/* test_endpoints.c: private endpoints: whose connection is approved, what is left to an operator,
 * and a deployment with endpoints made from nothing, whatever is cut on the way. test_children.c
 * has their drifts. */
#include "prod.h"

#include "base/js.h"
#include "base/mem.h"

#include <string.h>

#define NETWORK SUBSCRIPTION "/resourceGroups/rg-network"
#define OF_NETWORK NETWORK "/providers/Microsoft.Network"
#define SUBNET OF_NETWORK "/virtualNetworks/vnet/subnets/endpoints"
#define ENDPOINT(name) OF_NETWORK "/privateEndpoints/" name
#define ZONE_GROUP(name) ENDPOINT(name) "/privateDnsZoneGroups/default"
#define STATUS "properties.privateLinkServiceConnectionState.status"
#define PLACES "{'resourceGroups': ['" GROUP "', '" NETWORK "']}"

#define DECLARED(name, zone)                                                                       \
    ", 'privateEndpoints': {'" name                                                                \
    "': {'resourceGroup': 'rg-network', 'properties': {'subnet': {'id': '" SUBNET                  \
    "'}}, 'privateDnsZoneGroups': {'default': {'properties': {'privateDnsZoneConfigs': "           \
    "[{'name': 'zone', 'properties': {'privateDnsZoneId': '" OF_NETWORK                            \
    "/privateDnsZones/privatelink." zone "'}}]}}}}}"
#define ENDPOINTS(file)                                                                            \
    PROD(file, DECLARED("pe-kv", "vaultcore.azure.net"), "", DECLARED("pe-oai", "openai.azure.com"))

/* ---- connections ----------------------------------------------------------------------------- */

/* Somebody who has no say over the vault or the account makes an endpoint, and so asks for it. */
static void ask(void **flow, const char *name, const char *target, const char *group)
{
    AUTO(text)
    char *url =
        mem_format("https://management.azure.com" ENDPOINT("%s") "?api-version=2024-05-01", name);
    AUTO(text)
    char *body = mem_format(
        "{\"location\":\"swedencentral\",\"properties\":{\"subnet\":{\"id\":\"" SUBNET
        "\"},\"manualPrivateLinkServiceConnections\":[{\"name\":\"%s\",\"properties\":{"
        "\"privateLinkServiceId\":\"%s\",\"groupIds\":[\"%s\"],\"requestMessage\":\"please\"}}]}}",
        name, target, group);
    struct flow_answer answer = flow_request(flow, "PUT", url, body, 10000);
    assert_int_equal(answer.status, 201);
    flow_answer_done(&answer);
}

/* The status of the connection of the endpoint, as what it leads to has it; for the caller. */
static char *status_of(void **flow, const char *target, const char *name)
{
    AUTO(json) struct json_object *state = flow_state(flow);
    AUTO(text) char *above = mem_format("%s/privateEndpointConnections/", target);
    AUTO(text) char *endpoint = mem_format(ENDPOINT("%s"), name);
    char *found = NULL;
    json_object_object_foreach(js_object(state, "live"), id, body)
    {
        if (strncmp(id, above, strlen(above)) != 0 ||
            strcmp(js_string(body, "properties.privateEndpoint.id", ""), endpoint) != 0)
            continue;
        if (found)
            flow_fail(flow, "%s has two connections at %s", name, target);
        found = mem_text(js_string(body, STATUS, "none"));
    }
    return found ? found : mem_text("no connection");
}

static void expect_status(void **flow, const char *target, const char *name, const char *status)
{
    AUTO(text) char *found = status_of(flow, target, name);
    if (strcmp(found, status) != 0)
        flow_fail(flow, "the connection of %s is %s, not %s", name, found, status);
}

static void made(void **flow)
{
    prod_seed(flow, PLACES, ENDPOINTS(""));
    flow_settings(flow, "{'operation': 0.1}");
    cmkd_once(flow);
    expect_exit(flow, 0);
    expect_quiet(flow);
}

static void what_is_declared_is_approved_and_nothing_else(void **flow)
{
    prod_seed(flow, PLACES, ENDPOINTS(""));
    flow_settings(flow, "{'operation': 0.1}");
    ask(flow, "pe-kv", VAULT, "vault");
    ask(flow, "pe-oai", ACCOUNT, "account");
    ask(flow, "pe-stranger", VAULT, "vault");
    flow_log_clear(flow);
    cmkd_once(flow);
    expect_finding(flow, ENDPOINT("pe-kv"), STATUS, "action", "done");
    expect_finding(flow, ENDPOINT("pe-oai"), STATUS, "action", "done");
    expect_said(flow,
                "privateEndpoint pe-kv of kv-openai-prod: its connection waited for approval");
    expect_exit(flow, 0);
    expect_writes(flow, 4); /* two approvals, and two zone groups */
    expect_status(flow, VAULT, "pe-kv", "Approved");
    expect_status(flow, ACCOUNT, "pe-oai", "Approved");
    expect_status(flow, VAULT, "pe-stranger", "Pending");
    expect_quiet(flow);
}

static void a_connection_is_approved_where_it_is_seen_to_wait_and_nowhere_else(void **flow)
{
    prod_seed(flow, PLACES, ENDPOINTS("'limits': {'onceDeadline': 'PT3S'}, "));
    ask(flow, "pe-kv", VAULT, "vault");
    /* The list says of it what is said of another's. */
    flow_faults(flow, "[{'match': 'GET .*/vaults/kv-openai-prod/privateEndpointConnections[?]', "
                      "'status': 200, 'body': {'value': [{'id': '" VAULT
                      "/privateEndpointConnections/x', 'properties': {'privateEndpoint': {'id': "
                      "'" ENDPOINT("pe-stranger") "'}, 'privateLinkServiceConnectionState': "
                                                  "{'status': 'Pending'}}}]}, 'times': 1000}]");
    cmkd_once(flow);
    expect_finding(flow, ENDPOINT("pe-kv"), STATUS, "waiting", NULL);
    expect_status(flow, VAULT, "pe-kv", "Pending");
    expect_exit(flow, 1);
}

static void a_watching_cmkd_approves_nothing(void **flow)
{
    prod_seed(flow, PLACES, ENDPOINTS("'mode': 'audit', "));
    ask(flow, "pe-kv", VAULT, "vault");
    flow_log_clear(flow);
    cmkd_once(flow);
    expect_finding(flow, ENDPOINT("pe-kv"), STATUS, "audit", NULL);
    expect_writes(flow, 0);
}

/* ---- what is left to an operator --------------------------------------------------------------
 */

static struct verdict {
    const char *name, *patch, *outcome, *reason;
} verdicts[] = {
    {"a connection that was rejected stays so",
     "{'properties': {'privateLinkServiceConnectionState': {'status': 'Rejected'}}}", "refused",
     "approve it by hand"},
    {"a connection that was cut is not mended", NULL, "impossible", "delete the private endpoint"},
};

static void a_connection_that_somebody_ended_is_reported(void **flow)
{
    const struct verdict *verdict = flow_row(flow);
    made(flow);
    flow_drift(flow, VAULT "/privateEndpointConnections/pe-kv", verdict->patch);
    flow_log_clear(flow);
    cmkd_once(flow);
    struct json_object *finding =
        expect_finding(flow, ENDPOINT("pe-kv"), STATUS, verdict->outcome, NULL);
    assert_non_null(strstr(js_string(finding, "reason", ""), verdict->reason));
    expect_writes(flow, 0);
    expect_exit(flow, 1);
}

/* What is Azure's own is not sent back: who may approve is not for the endpoint to say. */
static void an_endpoint_is_written_again_without_what_is_azures(void **flow)
{
    made(flow);
    flow_drift(flow, ENDPOINT("pe-kv"), "{'properties': {'provisioningState': 'Failed'}}");
    flow_log_clear(flow);
    cmkd_once(flow);
    expect_finding(flow, ENDPOINT("pe-kv"), "properties.provisioningState", "action", "done");
    expect_sent(flow, "^PUT .*/privateEndpoints/pe-kv[?]", "privateLinkServiceId", 1);
    expect_sent(flow, "^PUT .*/privateEndpoints/pe-kv[?]",
                "provisioningState|ConnectionState|networkInterfaces|etag", 0);
    expect_quiet(flow);
}

static void an_endpoint_without_a_subnet_is_not_made(void **flow)
{
    prod_seed(flow, PLACES, PROD("", ", 'privateEndpoints': {'pe-kv': {}}", "", ""));
    flow_log_clear(flow);
    cmkd_once(flow);
    struct json_object *finding = expect_finding(
        flow, GROUP "/providers/Microsoft.Network/privateEndpoints/pe-kv", "", "impossible", NULL);
    assert_non_null(strstr(js_string(finding, "reason", ""), "properties.subnet.id"));
    expect_writes(flow, 0);
}

/* ---- alone in its trouble ---------------------------------------------------------------------
 */

static void who_may_not_see_the_network_repairs_the_rest(void **flow)
{
    flow_withhold(flow, "Microsoft.Network/privateEndpoints/read");
    prod_seed(flow, PLACES, ENDPOINTS("'limits': {'onceDeadline': 'PT10S'}, "));
    flow_drift(flow, VAULT, "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}");
    cmkd_once(flow);
    expect_finding(flow, VAULT, "properties.networkAcls.defaultAction", "patch", "done");
    expect_error(flow, ENDPOINT("pe-kv"), "AuthorizationFailed");
    expect_error(flow, ENDPOINT("pe-oai"), "AuthorizationFailed");
    expect_exit(flow, 2);
    expect_writes(flow, 1);
}

static void an_exemption_covers_a_zone_group_of_one_endpoint(void **flow)
{
    static const char config[] =
        "{'stacks': {'prod': {" PLACE ", 'exemptions': [{'path': "
        "'vault.privateEndpoints.pe-kv.privateDnsZoneGroups.default', 'reason': 'SEC-1'}], "
        "'vault': {'name': 'kv-openai-prod'" DECLARED(
            "pe-kv",
            "vaultcore.azure.net") "}, "
                                   "'key': {'name': 'openai-cmk'}, 'account': {'name': 'oai-prod'" DECLARED(
                                       "pe-oai", "openai.azure.com") "}}}}";
    prod_seed(flow, PLACES, config);
    cmkd_once(flow);
    expect_finding(flow, ZONE_GROUP("pe-kv"), "", "exempt", NULL);
    expect_finding(flow, ENDPOINT("pe-kv"), "", "create", "done");
    expect_finding(flow, ZONE_GROUP("pe-oai"), "", "create", "done");
    expect_writes(flow, 3);
    expect_exit(flow, 0);
}

/* ---- from nothing -----------------------------------------------------------------------------
 */

#define WRITE "^(PUT|PATCH|POST) https://management[.]azure[.]com/"

static void nothing_there(void **flow, const char *operation)
{
    AUTO(text)
    char *settings =
        mem_format("{'operation': %s, 'registeringDns': 0, 'recovering': 0}", operation);
    flow_seed(flow, PLACES);
    flow_config(flow, ENDPOINTS(""));
    flow_settings(flow, settings);
    flow_log_clear(flow);
}

static void expect_whole(void **flow)
{
    expect_status(flow, VAULT, "pe-kv", "Approved");
    expect_status(flow, ACCOUNT, "pe-oai", "Approved");
    expect_quiet(flow);
}

/* Nothing is sent before its time. */
static void expect_nothing_refused(void **flow)
{
    AUTO(json) struct json_object *log = flow_log(flow);
    for (size_t i = 0; i < json_object_array_length(log); i++) {
        int64_t status = js_int(json_object_array_get_idx(log, i), "status", 0);
        if (status >= 400 && status != 404)
            flow_fail(flow, "refused with %d", (int)status);
    }
}

static void a_deployment_is_made_with_its_endpoints_in_order(void **flow)
{
    nothing_there(flow, "0.1");
    cmkd_once(flow);
    expect_exit(flow, 0);
    expect_nothing_refused(flow);
    expect_sent(flow, "^PUT .*/privateEndpoints/pe-(kv|oai)[?]", NULL, 2);
    expect_sent(flow, "^PUT .*/privateDnsZoneGroups/default[?]", NULL, 2);
    expect_whole(flow);
}

static void as_somebody(void **flow, const char *method, const char *url, const char *body)
{
    struct flow_answer answer = flow_request(flow, method, url, body, 10000);
    assert_in_range(answer.status, 200, 202);
    flow_answer_done(&answer);
}

/* An endpoint that leads to an account that somebody else is writing would fail for good. */
static void what_somebody_else_is_writing_is_waited_for(void **flow)
{
    prod_seed(flow, PLACES, ENDPOINTS(""));
    flow_settings(flow, "{'operation': 2}");
    as_somebody(flow, "PATCH", "https://management.azure.com" ACCOUNT "?api-version=2025-06-01",
                "{\"properties\":{\"dynamicThrottlingEnabled\":false}}");
    as_somebody(flow, "PUT",
                "https://management.azure.com" ENDPOINT("pe-kv") "?api-version=2024-05-01",
                "{\"location\":\"swedencentral\",\"properties\":{\"subnet\":{\"id\":\"" SUBNET
                "\"},\"privateLinkServiceConnections\":[{\"name\":\"mine\",\"properties\":{"
                "\"privateLinkServiceId\":\"" VAULT "\",\"groupIds\":[\"vault\"]}}]}}");
    flow_settings(flow, "{'operation': 0}");
    flow_log_clear(flow);
    cmkd_once(flow);
    expect_exit(flow, 0);
    expect_nothing_refused(flow);
    expect_writes(flow, 3); /* the account's endpoint, and two zone groups */
    expect_whole(flow);
}

/* cmkd is killed while it waits for the answer to the write after so many others. */
static void cut_at(void **flow, int writes, bool takes_effect)
{
    AUTO(text)
    char *fault = mem_format("[{'match': '" WRITE "', 'after': %d, 'action': 'stall', "
                             "'takesEffect': %s}]",
                             writes, takes_effect ? "true" : "false");
    nothing_there(flow, "0");
    flow_faults(flow, fault);
    cmkd_start(flow, "--once", NULL);
    for (int i = 0; i <= writes; i++)
        flow_await(flow, WRITE);
    cmkd_kill(flow);
    flow_faults_clear(flow);
}

static void sweep(void **flow, bool takes_effect)
{
    nothing_there(flow, "0");
    cmkd_once(flow);
    int count = flow_count_sent(flow, WRITE, NULL, NULL);
    assert_in_range(count, 9, 20); /* vault, key, account, grant, link, and two of each here */
    for (int i = 0; i < count; i++) {
        cut_at(flow, i, takes_effect);
        cmkd_once(flow);
        expect_exit(flow, 0);
        expect_whole(flow);
    }
}

static void killed_before_azure_has_done_it_all_is_made_once(void **flow)
{
    sweep(flow, false);
}

static void killed_after_azure_has_done_it_all_is_made_once(void **flow)
{
    sweep(flow, true);
}

int main(void)
{
    const struct CMUnitTest whole[] = {
        FLOW_TEST(what_is_declared_is_approved_and_nothing_else),
        FLOW_TEST(a_connection_is_approved_where_it_is_seen_to_wait_and_nowhere_else),
        FLOW_TEST(a_watching_cmkd_approves_nothing),
        FLOW_TEST(an_endpoint_is_written_again_without_what_is_azures),
        FLOW_TEST(an_endpoint_without_a_subnet_is_not_made),
        FLOW_TEST(who_may_not_see_the_network_repairs_the_rest),
        FLOW_TEST(an_exemption_covers_a_zone_group_of_one_endpoint),
        FLOW_TEST(a_deployment_is_made_with_its_endpoints_in_order),
        FLOW_TEST(what_somebody_else_is_writing_is_waited_for),
        FLOW_TEST(killed_before_azure_has_done_it_all_is_made_once),
        FLOW_TEST(killed_after_azure_has_done_it_all_is_made_once),
    };
    int failed = FLOW_CASES_RUN(verdicts, a_connection_that_somebody_ended_is_reported);
    return failed + cmocka_run_group_tests(whole, NULL, NULL);
}
