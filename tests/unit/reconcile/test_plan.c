/* The requests: what is in their bodies, and above all what is not. */
#include "world.h"

#include "base/uuid.h"

#define USER GROUP "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/uai-1"
#define VNET GROUP "/providers/Microsoft.Network/virtualNetworks/v/subnets/s"
#define MICROSOFTS                                                                                 \
    "{'properties': {'encryption': {'keySource': 'Microsoft.CognitiveServices',"                   \
    " 'keyVaultProperties': null}}}"

static struct body_case {
    const char *name;
    const char *declared, *vault, *key, *account, *versions;
    const char *requests;
    const char *body; /* of the first request */
} cases[] = {
    {
        .name = "all changes of a vault go out in one request, and nothing else with them",
        .vault = "{'properties': {'enablePurgeProtection': null, 'softDeleteRetentionInDays': 7,"
                 " 'networkAcls': {'defaultAction': 'Allow'}, 'publicNetworkAccess': 'Disabled'},"
                 " 'tags': {'owner': 'x'}}",
        .requests = "PATCH vault",
        .body = "{'properties': {'enablePurgeProtection': true, 'networkAcls': {"
                " 'bypass': 'AzureServices', 'defaultAction': 'Deny', 'ipRules': [],"
                " 'virtualNetworkRules': []}}}",
    },
    {
        .name = "C018 purge protection is switched on without the retention beside it",
        .vault = "{'properties': {'enablePurgeProtection': null, 'softDeleteRetentionInDays': 7}}",
        .requests = "PATCH vault",
        .body = "{'properties': {'enablePurgeProtection': true}}",
    },
    {
        .name = "undeclared network rules are repeated around a change",
        .account = "{'properties': {'networkAcls': {'defaultAction': 'Allow', 'future': [1],"
                   " 'ipRules': [{'value': '198.51.100.7'}],"
                   " 'virtualNetworkRules': [{'id': '" VNET "',"
                   "  'ignoreMissingVnetServiceEndpoint': true}]}}}",
        .requests = "PATCH account",
        .body = "{'properties': {'networkAcls': {'defaultAction': 'Deny', 'future': [1],"
                " 'ipRules': [{'value': '198.51.100.7'}],"
                " 'virtualNetworkRules': [{'id': '" VNET "',"
                "  'ignoreMissingVnetServiceEndpoint': true}]}}}",
    },
    {
        .name = "C003 a rule that the vault spells its own way is in the body once",
        .declared = "{'vault': {'properties': {'networkAcls': {'virtualNetworkRules': ["
                    " {'id': '" VNET "'}]}}}}",
        .vault = "{'properties': {'networkAcls': {'defaultAction': 'Allow',"
                 " 'virtualNetworkRules': [{'id': '/subscriptions/00000000-0000-0000-0000-"
                 "000000000001/resourcegroups/rg-openai-prod/providers/microsoft.network/"
                 "virtualnetworks/v/subnets/s'}]}}}",
        .requests = "PATCH vault",
        .body = "{'properties': {'networkAcls': {'bypass': 'AzureServices',"
                " 'defaultAction': 'Deny', 'ipRules': [], 'virtualNetworkRules': [{'id':"
                " '/subscriptions/00000000-0000-0000-0000-000000000001/resourcegroups/"
                "rg-openai-prod/providers/microsoft.network/virtualnetworks/v/subnets/s'}]}}}",
    },
    {
        .name = "C006 what was pasted and is read-only goes into no body",
        .declared = "{'vault': {'id': '" VAULT_ID "', 'systemData': {'createdBy': 'x'},"
                    " 'properties': {'vaultUri': 'https://kv-openai-prod.vault.azure.net/',"
                    "  'provisioningState': 'Succeeded', 'hsmPoolResourceId': null}}}",
        .vault = "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}",
        .requests = "PATCH vault",
        .body = "{'properties': {'networkAcls': {'bypass': 'AzureServices',"
                " 'defaultAction': 'Deny', 'ipRules': [], 'virtualNetworkRules': []}}}",
    },
    {
        .name = "C009 a tag is changed under the name that Azure gives it, beside foreign ones",
        .declared = "{'vault': {'tags': {'CostCenter': '42'}}}",
        .vault = "{'tags': {'costCenter': '41', 'createdBy': 'policy'}}",
        .requests = "PATCH vault",
        .body = "{'tags': {'costCenter': '42', 'createdBy': 'policy'}}",
    },
    {
        .name = "a tag with an odd name is one tag",
        .declared = "{'vault': {'tags': {'cost.center': '42', \"it's\": 'x'}}}",
        .vault = "{'tags': {'cost': 'y'}}",
        .requests = "PATCH vault",
        .body = "{'tags': {'cost': 'y', 'cost.center': '42', \"it's\": 'x'}}",
    },
    {
        .name = "C011 an identity is given back beside a foreign user identity, by names alone",
        .account = "{'identity': {'type': 'UserAssigned', 'principalId': null, 'tenantId':"
                   " '" TENANT "', 'userAssignedIdentities': {'" USER "': {'clientId': 'x',"
                   " 'principalId': 'y'}}}}",
        .requests = "PATCH account",
        .body = "{'identity': {'type': 'SystemAssigned, UserAssigned',"
                " 'userAssignedIdentities': {'" USER "': {}}}}",
    },
    {
        .name = "an identity that was removed is asked for anew",
        .account = "{'identity': {'type': 'None', 'principalId': null, 'tenantId': null}}",
        .requests = "PATCH account",
        .body = "{'identity': {'type': 'SystemAssigned'}}",
    },
    {
        .name = "a declared user identity is attached and a foreign one stays",
        .declared = "{'account': {'identity': {'type': 'SystemAssigned, UserAssigned',"
                    " 'userAssignedIdentities': {'/subscriptions/x/uai-2': {}}}}}",
        .account = "{'identity': {'type': 'SystemAssigned, UserAssigned',"
                   " 'userAssignedIdentities': {'" USER "': {'clientId': 'x'}}}}",
        .requests = "PATCH account",
        .body = "{'identity': {'type': 'SystemAssigned, UserAssigned',"
                " 'userAssignedIdentities': {'" USER "': {}, '/subscriptions/x/uai-2': {}}}}",
    },
    {
        .name = "C065 an explicit empty list empties the list, and keeps what is beside it",
        .declared = "{'account': {'properties': {'networkAcls': {'ipRules': []}}}}",
        .account = "{'properties': {'networkAcls': {'ipRules': [{'value': '198.51.100.7'}]}}}",
        .requests = "PATCH account",
        .body = "{'properties': {'networkAcls': {'defaultAction': 'Deny', 'ipRules': [],"
                " 'virtualNetworkRules': []}}}",
    },
    {
        .name = "C066 the account's ranges are sent without /32 and without /31",
        .declared = "{'account': {'properties': {'networkAcls': {'ipRules': ["
                    " {'value': '203.0.113.7/32'}, {'value': '203.0.113.10/31'}]}}}}",
        .requests = "PATCH account",
        .body = "{'properties': {'networkAcls': {'defaultAction': 'Deny', 'ipRules': ["
                " {'value': '203.0.113.7'}, {'value': '203.0.113.10'}, {'value': '203.0.113.11'}],"
                " 'virtualNetworkRules': []}}}",
    },
    {
        .name = "a link names the vault's own address, the key and its newest version",
        .account = MICROSOFTS,
        .requests = "PATCH account",
        .body = "{'properties': {'encryption': {'keySource': 'Microsoft.KeyVault',"
                " 'keyVaultProperties': {"
                "  'keyVaultUri': 'https://kv-openai-prod.vault.azure.net/',"
                "  'keyName': 'openai-cmk', 'keyVersion': '" VERSION_B "'}}}}",
    },
    {
        .name = "C022 a sub-domain that is as declared is in no body",
        .declared = "{'account': {'properties': {'customSubDomainName': 'oai-prod'}}}",
        .account = "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}",
        .requests = "PATCH account",
        .body = "{'properties': {'networkAcls': {'defaultAction': 'Deny', 'ipRules': [],"
                " 'virtualNetworkRules': []}}}",
    },
    {
        .name = "a versionless link is sent without a version of any key",
        .declared = "{'account': {'properties': {'encryption': {'keyVaultProperties': {"
                    " 'keyVersion': ''}}}}}",
        .account = MICROSOFTS,
        .requests = "PATCH account",
        .body = "{'properties': {'encryption': {'keySource': 'Microsoft.KeyVault',"
                " 'keyVaultProperties': {"
                "  'keyVaultUri': 'https://kv-openai-prod.vault.azure.net/',"
                "  'keyName': 'openai-cmk'}}}}",
    },
    {
        .name = "a link to another key of the vault does not carry that key's version along",
        .account = "{'properties': {'encryption': {'keyVaultProperties': {'keyName': 'other',"
                   " 'keyVersion': '0123'}}}}",
        .requests = "PATCH account",
        .body = "{'properties': {'encryption': {'keySource': 'Microsoft.KeyVault',"
                " 'keyVaultProperties': {"
                "  'keyVaultUri': 'https://kv-openai-prod.vault.azure.net/',"
                "  'keyName': 'openai-cmk', 'keyVersion': '" VERSION_B "'}}}}",
    },
    /* ---- the data plane ---- */
    {
        .name = "a rotation is one bare POST",
        .declared = "{'key': {'rotation': {'every': 'P7D'}}}",
        .requests = "POST /keys/openai-cmk/rotate?api-version=7.4",
        .body = "null",
    },
    {
        .name = "a version is enabled again by that alone",
        .declared = "{'key': {'reenable': true}}",
        .versions = "[{'version': '" VERSION_B "', 'ageDays': 30, 'enabled': false}]",
        .requests = "PATCH /keys/openai-cmk/" VERSION_B "?api-version=7.4",
        .body = "{'attributes': {'enabled': true}}",
    },
    {
        .name = "tags, operations and expiry of a key go out in one request",
        .declared = "{'key': {'tags': {'a': '1', 'B': '2'}, 'properties': {"
                    " 'keyOps': ['wrapKey', 'unwrapKey'], 'attributes': {'exp': 1893456000}}}}",
        .key = "{'tags': {'b': 'old', 'foreign': 'x'}, 'properties': {'keyOps': ['sign']}}",
        .requests = "PATCH /keys/openai-cmk/" VERSION_B "?api-version=7.4",
        .body = "{'attributes': {'exp': 1893456000}, 'key_ops': ['wrapKey', 'unwrapKey'],"
                " 'tags': {'a': '1', 'b': '2', 'foreign': 'x'}}",
    },
    {
        .name = "a rotation policy goes out whole, in the data plane's spelling",
        .declared = "{'key': {'properties': {'rotationPolicy': {'lifetimeActions': ["
                    " {'trigger': {'timeAfterCreate': 'P90D'}, 'action': {'type': 'rotate'}}],"
                    " 'attributes': {'expiryTime': 'P1Y'}}}}}",
        .key = "{'properties': {'rotationPolicy': {'attributes': {'created': 1, 'updated': 2},"
               " 'lifetimeActions': [{'trigger': {'timeBeforeExpiry': 'P7D'},"
               "  'action': {'type': 'notify'}}]}}}",
        .requests = "PUT /keys/openai-cmk/rotationpolicy?api-version=7.4",
        .body = "{'attributes': {'expiryTime': 'P1Y'}, 'lifetimeActions': ["
                " {'trigger': {'timeAfterCreate': 'P90D'}, 'action': {'type': 'Rotate'}},"
                " {'trigger': {'timeBeforeExpiry': 'P7D'}, 'action': {'type': 'Notify'}}]}",
    },
    {
        .name = "what is not declared of a policy is repeated around the change",
        .declared = "{'key': {'properties': {'rotationPolicy': {"
                    " 'attributes': {'expiryTime': 'P1Y'}}}}}",
        .key = "{'properties': {'rotationPolicy': {'lifetimeActions': ["
               " {'trigger': {'timeAfterCreate': 'P90D'}, 'action': {'type': 'rotate'}}]}}}",
        .requests = "PUT /keys/openai-cmk/rotationpolicy?api-version=7.4",
        .body = "{'attributes': {'expiryTime': 'P1Y'}, 'lifetimeActions': ["
                " {'trigger': {'timeAfterCreate': 'P90D'}, 'action': {'type': 'Rotate'}}]}",
    },
    {
        .name = "and comes after all else that is done to the key",
        .declared = "{'key': {'rotation': {'every': 'P7D'}, 'tags': {'a': '1'}, 'properties': {"
                    " 'rotationPolicy': {'attributes': {'expiryTime': 'P1Y'}}}}}",
        .requests = "PATCH /keys/openai-cmk/" VERSION_B "?api-version=7.4,"
                    " POST /keys/openai-cmk/rotate?api-version=7.4,"
                    " PUT /keys/openai-cmk/rotationpolicy?api-version=7.4",
        .body = "{'tags': {'a': '1'}}",
    },
};

static void check(void **state)
{
    const struct body_case *c = *state;
    struct world *world = world_new(c->declared);
    if (c->versions)
        world_versions(world, "key", c->versions);
    if (c->vault)
        world_show(world, "vault", c->vault);
    if (c->key)
        world_show(world, "key", c->key);
    if (c->account)
        world_show(world, "account", c->account);
    world_round(world);
    assert_requests(world, c->requests);
    assert_json(world_body(world, 0), c->body);
    world_free(world);
}

/* ---- from nothing --------------------------------------------------------------------------- */

static struct world *with_absent(const char *declared, const char *const *words)
{
    struct world *world = world_new(declared);
    for (; *words; words++)
        world_sight(world, *words, SIGHT_ABSENT);
    world_show(world, "grant", "[]");
    world_round(world);
    world_later(world, 30);
    return world;
}

static void C059_a_vault_is_made_protected_from_the_start(void **state)
{
    static const char *const absent[] = {"vault", "key", "account", NULL};
    struct world *world = with_absent("{'vault': {'properties': {'networkAcls': {'ipRules': ["
                                      " {'value': '203.0.113.7'}]}}}}",
                                      absent);
    (void)state;
    assert_requests(world, "PUT vault, PUT account");
    assert_string_equal(world->plan.list[0].write.path, VAULT_ID "?api-version=2026-02-01");
    assert_json(world_body(world, 0),
                "{'location': 'swedencentral', 'properties': {'tenantId': '" TENANT "',"
                " 'sku': {'family': 'A', 'name': 'premium'}, 'enableSoftDelete': true,"
                " 'softDeleteRetentionInDays': 90, 'enablePurgeProtection': true,"
                " 'enableRbacAuthorization': true, 'networkAcls': {'defaultAction': 'Deny',"
                "  'bypass': 'AzureServices', 'ipRules': [{'value': '203.0.113.7'}]}}}");
    world_free(world);
}

static void an_account_is_made_shut_and_with_its_identity_and_not_linked_yet(void **state)
{
    static const char *const absent[] = {"account", NULL};
    struct world *world = with_absent("{'account': {'properties': {'networkAcls': {'ipRules': ["
                                      " {'value': '203.0.113.7/32'}]}}}}",
                                      absent);
    (void)state;
    assert_requests(world, "PUT account");
    assert_string_equal(world->plan.list[0].write.path, ACCOUNT_ID "?api-version=2025-06-01");
    assert_json(world_body(world, 0),
                "{'location': 'swedencentral', 'kind': 'OpenAI', 'sku': {'name': 'S0'},"
                " 'identity': {'type': 'SystemAssigned'}, 'properties': {"
                "  'customSubDomainName': 'oai-prod', 'networkAcls': {'defaultAction': 'Deny',"
                "   'ipRules': [{'value': '203.0.113.7'}]}}}");
    world_free(world);
}

static void a_key_is_made_through_resource_manager_with_its_type_and_size(void **state)
{
    static const char *const absent[] = {"key", "account", NULL};
    struct world *world = with_absent(NULL, absent);
    (void)state;
    assert_requests(world, "PUT key, PUT account");
    assert_string_equal(world->plan.list[0].write.path, KEY_ID "?api-version=2026-02-01");
    assert_false(world->plan.list[0].write.on_data_plane);
    assert_json(world_body(world, 0), "{'properties': {'kty': 'RSA', 'keySize': 2048}}");
    world_free(world);
}

static void what_is_declared_stands_above_what_a_creation_adds(void **state)
{
    static const char *const absent[] = {"vault", "key", "account", NULL};
    struct world *world =
        with_absent("{'vault': {'properties': {'sku': {'name': 'standard'}}}}", absent);
    struct json_object *sku;
    (void)state;
    sku = js_find(world_body(world, 0), "properties.sku");
    assert_json(sku, "{'family': 'A', 'name': 'standard'}");
    world_free(world);
}

static void C016_a_grant_says_what_its_principal_is_and_keeps_its_name(void **state)
{
    static const char *const absent[] = {NULL};
    struct world *world = with_absent(NULL, absent);
    const char *path;
    char name[UUID_SIZE];
    (void)state;
    assert_requests(world, "PUT grant");
    assert_json(world_body(world, 0),
                "{'properties': {'principalType': 'ServicePrincipal', 'principalId': '" PRINCIPAL
                "', 'roleDefinitionId': '" SUBSCRIPTION "/providers/Microsoft.Authorization/"
                "roleDefinitions/e147488a-f6f5-4113-8e2d-b22465e65bf6'}}");
    path = world->plan.list[0].write.path;
    assert_int_equal(strncmp(path, KEY_ID "/providers/Microsoft.Authorization/roleAssignments/",
                             strlen(KEY_ID "/providers/Microsoft.Authorization/roleAssignments/")),
                     0);
    err_copy(name, sizeof name,
             path + strlen(KEY_ID "/providers/Microsoft.Authorization/roleAssignments/"));
    assert_true(uuid_valid(name));
    assert_non_null(strstr(world_finding(world, "grant", "")->resource_id, name));
    world_later(world, 60);
    assert_non_null(strstr(world->plan.list[0].write.path, name)); /* the same on each try */
    world_show(world, "account",
               "{'identity': {'principalId': '44444444-4444-4444-4444-444444444442'}}");
    world_later(world, 60);
    assert_null(strstr(world->plan.list[0].write.path, name)); /* another for another principal */
    world_free(world);
}

/* ---- back from the deleted ------------------------------------------------------------------ */

static void C025_an_account_is_recovered_by_restore_and_nothing_else(void **state)
{
    struct world *world = world_new(NULL);
    (void)state;
    world_sight(world, "account", SIGHT_DELETED);
    world_round(world);
    assert_requests(world, "PUT account");
    assert_json(world_body(world, 0),
                "{'location': 'swedencentral', 'properties': {'restore': true}}");
    assert_false(world->plan.list[0].write.repeatable);
    world_free(world);
}

static void a_vault_is_recovered_with_its_tenant_and_sku(void **state)
{
    struct world *world = world_new(NULL);
    (void)state;
    world_sight(world, "vault", SIGHT_DELETED);
    world_show(world, "vault", "{'properties': {'vaultId': '" VAULT_ID "'}}");
    world_round(world);
    assert_requests(world, "PUT vault");
    assert_json(world_body(world, 0),
                "{'location': 'swedencentral', 'properties': {'createMode': 'recover',"
                " 'tenantId': '" TENANT "', 'sku': {'family': 'A', 'name': 'premium'}}}");
    assert_false(world->plan.list[0].write.repeatable);
    world_free(world);
}

static void a_vault_is_recovered_with_the_sku_that_is_declared(void **state)
{
    struct world *world = world_new("{'vault': {'properties': {'sku': {'name': 'standard'}}}}");
    (void)state;
    world_sight(world, "vault", SIGHT_DELETED);
    world_show(world, "vault", "{'properties': {'vaultId': '" VAULT_ID "'}}");
    world_round(world);
    assert_json(js_find(world_body(world, 0), "properties.sku"),
                "{'family': 'A', 'name': 'standard'}");
    world_free(world);
}

/* ---- what may be sent twice ----------------------------------------------------------------- */

static void only_a_rotation_must_not_be_repeated(void **state)
{
    struct world *world = world_new("{'key': {'rotation': {'every': 'P7D'}}}");
    (void)state;
    world_show(world, "vault", "{'properties': {'enablePurgeProtection': null}}");
    world_round(world);
    assert_int_equal(world->plan.count, 2);
    assert_true(world->plan.list[0].write.repeatable);
    assert_false(world->plan.list[0].write.is_rotation);
    assert_false(world->plan.list[1].write.repeatable);
    assert_true(world->plan.list[1].write.is_rotation);
    world_free(world);
}

static void each_request_serves_the_findings_it_repairs(void **state)
{
    struct world *world = world_new(NULL);
    (void)state;
    world_show(world, "account", MICROSOFTS);
    world_show(world, "account", "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}");
    world_round(world);
    assert_int_equal(world->plan.count, 1);
    assert_int_equal(world->plan.list[0].n_findings, 5);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(C059_a_vault_is_made_protected_from_the_start),
        cmocka_unit_test(an_account_is_made_shut_and_with_its_identity_and_not_linked_yet),
        cmocka_unit_test(a_key_is_made_through_resource_manager_with_its_type_and_size),
        cmocka_unit_test(what_is_declared_stands_above_what_a_creation_adds),
        cmocka_unit_test(C016_a_grant_says_what_its_principal_is_and_keeps_its_name),
        cmocka_unit_test(C025_an_account_is_recovered_by_restore_and_nothing_else),
        cmocka_unit_test(a_vault_is_recovered_with_its_tenant_and_sku),
        cmocka_unit_test(a_vault_is_recovered_with_the_sku_that_is_declared),
        cmocka_unit_test(only_a_rotation_must_not_be_repeated),
        cmocka_unit_test(each_request_serves_the_findings_it_repairs),
    };
    int failed = CASES_RUN(cases, check);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
