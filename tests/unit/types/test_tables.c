/* The tables of the types: what must be true of every row, and what Azure's rules are. */
#include "cases.h"

#include "model/graph.h"
#include "model/observed.h"
#include "types/registry.h"

#include <stdbool.h>
#include <strings.h>

static struct type_case {
    const char *name;
    const struct type *type;
} types[] = {
    {"the table of vaults is sound", &type_vault},
    {"the table of keys is sound", &type_key},
    {"the table of accounts is sound", &type_account},
    {"the table of grants is sound", &type_grant},
    {"the table of access policies is sound", &type_access_policy},
    {"the table of content filters is sound", &type_rai_policy},
    {"the table of model deployments is sound", &type_deployment},
    {"the table of diagnostic settings is sound", &type_diagnostic_setting},
    {"the table of private endpoints is sound", &type_private_endpoint},
    {"the table of zone groups is sound", &type_zone_group},
    {"the table of locks is sound", &type_lock},
};

static bool is_known(const struct type *type, const char *path)
{
    size_t length = strlen(path);
    if (length > 2 && strcmp(path + length - 2, ".*") == 0)
        length -= 2;
    for (const char *const *known = type->known; *known; known++)
        if (strncasecmp(*known, path, length) == 0 &&
            strchr(".", (*known)[length] ? (*known)[length] : '.'))
            return true;
    return false;
}

static void check_type(void **state)
{
    const struct type_case *c = *state;
    const struct type *type = c->type;
    for (size_t i = 0; i < type->n_fields; i++) {
        const struct field *field = &type->fields[i];
        bool is_pattern = strstr(field->path, ".*") != NULL;
        assert_true(is_pattern || js_path_valid(field->path));
        if (type->known && field->mutability != READ_ONLY && !is_known(type, field->path))
            fail_msg("the official schema has no %s", field->path);
        if (field->absent) {
            enum json_tokener_error error;
            AUTO(json)
            struct json_object *value = json_tokener_parse_verbose(field->absent, &error);
            assert_int_equal(error, json_tokener_success);
            assert_non_null(value);
        }
        for (size_t j = 0; j < i; j++)
            if (strcasecmp(field->path, type->fields[j].path) == 0)
                fail_msg("%s stands there twice", field->path);
    }
    assert_non_null(type->facts);
    assert_non_null(type->not_found);
    assert_true(!type->deleted_path || type->deleted_not_found);
    for (const char *const *fact = type->facts; *fact; fact++)
        assert_true(js_path_valid(*fact));
    assert_true(!type->find_in_list || type->list_must);
    assert_true(!type->others_path || type->others_must);
    assert_true(!type->others_path || type->others_facts);
}

static void the_registry_is_in_the_order_of_repair(void **state)
{
    (void)state;
    assert_ptr_equal(registry[0], &type_vault);
    assert_ptr_equal(registry[1], &type_key);
    assert_ptr_equal(registry[2], &type_account);
    assert_ptr_equal(registry[3], &type_grant);
    assert_ptr_equal(registry[4], &type_access_policy);
    assert_ptr_equal(registry[5], &type_rai_policy);
    assert_ptr_equal(registry[6], &type_deployment);
    assert_ptr_equal(registry[7], &type_diagnostic_setting);
    assert_ptr_equal(registry[8], &type_private_endpoint);
    assert_ptr_equal(registry[9], &type_zone_group);
    assert_ptr_equal(registry[10], &type_lock);
    assert_null(registry[11]);
}

/* ---- what Azure lets change ----------------------------------------------------------------- */

static struct field_case {
    const char *name;
    const struct type *type;
    const char *path;
    enum mutability mutability;
    const char *absent;
} fields[] = {
    /* clang-format off */
    {"purge protection goes on and never off", &type_vault, "properties.enablePurgeProtection", ONE_WAY, "false"},
    {"the retention is fixed at creation, absent it is 90", &type_vault, "properties.softDeleteRetentionInDays", ONCE, "90"},
    {"the permission model is never switched", &type_vault, "properties.enableRbacAuthorization", REPORT, "false"},
    {"access policies are never written", &type_vault, "properties.accessPolicies", REPORT, "[]"},
    {"a vault without rules is open", &type_vault, "properties.networkAcls.defaultAction", PATCH, "\"Allow\""},
    {"a vault without rules lets services by", &type_vault, "properties.networkAcls.bypass", PATCH, "\"AzureServices\""},
    {"names have no case", &type_vault, "PROPERTIES.NETWORKACLS.BYPASS", PATCH, "\"AzureServices\""},
    {"a key's tags are the data plane's", &type_key, "tags.owner", DATA_PLANE, NULL},
    {"with odd names too", &type_key, "tags['cost.center']", DATA_PLANE, NULL},
    {"a key's rotation policy is the data plane's, whole", &type_key,
     "properties.rotationPolicy.attributes.expiryTime", DATA_PLANE_WHOLE, NULL},
    {"a key's type is for ever", &type_key, "properties.kty", ONCE, NULL},
    {"an account without encryption has Microsoft's", &type_account, "properties.encryption.keySource", PATCH, "\"Microsoft.CognitiveServices\""},
    {"a sub-domain is set once", &type_account, "properties.customSubDomainName", ONCE_UNSET, NULL},
    /* clang-format on */
};

static void check_field(void **state)
{
    const struct field_case *c = *state;
    const struct field *field = type_field(c->type, c->path);
    assert_non_null(field);
    assert_int_equal(field->mutability, c->mutability);
    if (c->absent)
        assert_string_equal(field->absent, c->absent);
    else
        assert_null(field->absent);
}

static struct read_only_case {
    const char *name;
    const struct type *type;
    const char *path;
    bool is_read_only;
} read_only[] = {
    /* clang-format off */
    {"an id may be pasted", &type_vault, "id", true},
    {"identity is not an id", &type_account, "identity.type", false},
    {"who made it may be pasted", &type_vault, "systemData.createdBy", true},
    {"its state may be pasted", &type_grant, "properties.provisioningState", true},
    {"in any case", &type_vault, "Properties.VaultUri", true},
    {"a principal may be pasted", &type_account, "identity.principalId", true},
    {"all below a list of facts", &type_account, "properties.capabilities.x", true},
    {"a sku is not read-only", &type_account, "sku.name", false},
    {"a name below properties is not the name", &type_account, "properties.name", false},
    {"tags are not read-only", &type_vault, "tags.id", false},
    /* clang-format on */
};

static void check_read_only(void **state)
{
    const struct read_only_case *c = *state;
    assert_int_equal(type_is_read_only(c->type, c->path), c->is_read_only);
}

static void only_what_the_path_names_is_found(void **state)
{
    (void)state;
    assert_null(type_field(&type_key, "tags"));
    assert_null(type_field(&type_vault, "properties.networkAcls"));
    assert_null(type_field(&type_vault, "properties.networkAcls.bypass.x"));
}

/* ---- where things are looked for ------------------------------------------------------------ */

static char subscription[] = "s", group[] = "g", location[] = "Sweden Central", k[] = "k";

static void check_path(type_path_fn *path, const struct neighbours *near, const char *expected)
{
    AUTO(text) char *text = path(near);
    assert_string_equal(text, expected);
}

static void deleted_ones_are_looked_for_where_azure_keeps_them(void **state)
{
    struct node node = {
        .subscription_id = subscription, .resource_group = group, .location = location, .name = k};
    const struct neighbours near = {.self = {&node, NULL}};
    (void)state;
    check_path(type_vault.deleted_path, &near,
               "/subscriptions/s/providers/Microsoft.KeyVault/locations/swedencentral/"
               "deletedVaults/k?api-version=2026-02-01");
    check_path(type_account.deleted_path, &near,
               "/subscriptions/s/providers/Microsoft.CognitiveServices/locations/swedencentral/"
               "resourceGroups/g/deletedAccounts/k?api-version=2025-06-01");
    check_path(type_key.deleted_path, &near, "/deletedkeys/k?api-version=7.4");
    assert_true(type_key.is_deleted_on_data_plane);
    assert_string_equal(type_vault.deleted_not_found, "DeletedVaultNotFound");
}

/* What Azure's refusals mean: wanted all the same, a wait, or neither. */
static struct refusal_case {
    const char *name;
    const struct type *type;
    const char *code;
    bool is_success, is_wait;
} refusals[] = {
    /* clang-format off */
    {"C008 the same grant under another name is what was wanted", &type_grant, "RoleAssignmentExists", true, false},
    {"C016 a new principal reaches the directory by itself", &type_grant, "PrincipalNotFound", false, true},
    {"C026 a key's recovery ends by itself", &type_key, "ObjectIsBeingRecovered", false, true},
    {"C026 a key's deletion does too", &type_key, "ObjectIsBeingDeleted", false, true},
    {"C038 an account settles by itself", &type_account, "AccountProvisioningStateInvalid", false, true},
    {"C048 the other write to the account ends", &type_account, "RequestConflict", false, true},
    {"the other write to the vault does too", &type_vault, "ConflictError", false, true},
    {"C025 a deleted account does not come back by itself", &type_account, "FlagMustBeSetForRestore", false, false},
    {"C061 a lock does not go by itself", &type_account, "ScopeLocked", false, false},
    /* clang-format on */
};

static void check_refusal(void **state)
{
    const struct refusal_case *c = *state;
    bool is_success = false, is_wait = false;
    for (const struct refusal *row = c->type->refusals; row->code; row++)
        if (strcmp(row->code, c->code) == 0) {
            is_success = row->is_success;
            is_wait = row->wait_s > 0;
        }
    assert_int_equal(is_success, c->is_success);
    assert_int_equal(is_wait, c->is_wait);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_registry_is_in_the_order_of_repair),
        cmocka_unit_test(only_what_the_path_names_is_found),
        cmocka_unit_test(deleted_ones_are_looked_for_where_azure_keeps_them),
    };
    int failed = CASES_RUN(types, check_type);
    failed += CASES_RUN(fields, check_field);
    failed += CASES_RUN(read_only, check_read_only);
    failed += CASES_RUN(refusals, check_refusal);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
