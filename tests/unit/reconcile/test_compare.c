/* The comparison rules of DESIGN section 3: what is drift, and above all what is not. */
#include "world.h"

#include "model/compare.h"

/* ---- whole resources ---------------------------------------------------------------------- */

#define VNET GROUP "/providers/Microsoft.Network/virtualNetworks/Vnet-Prod/subnets/Snet-App"
#define VNET_LOWER                                                                                 \
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourcegroups/rg-openai-prod/providers/" \
    "microsoft.network/virtualnetworks/vnet-prod/subnets/snet-app"
#define USER GROUP "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/uai-1"

/* A world in which something is declared and something shown, and all that is found of it. */
static struct drift_case {
    const char *name;
    const char *declared;        /* laid over the stack, or NULL */
    const char *vault, *account; /* laid over what Azure shows, or NULL */
    const char *words;           /* "": no drift */
} drift_cases[] = {
    {
        .name = "C000 a deployment that is as the baseline wants it has no drift",
        .words = "",
    },
    {
        .name = "C001 a bare address declared is the /32 that the vault answers",
        .declared = "{'vault': {'properties': {'networkAcls': {'ipRules': ["
                    "  {'value': '203.0.113.7'}]}}}}",
        .vault = "{'properties': {'networkAcls': {'ipRules': [{'value': '203.0.113.7/32'}]}}}",
        .words = "",
    },
    {
        .name = "C003 subnet ids that the vault put into lower case are the same subnets",
        .declared = "{'vault': {'properties': {'networkAcls': {'virtualNetworkRules': ["
                    "  {'id': '" VNET "'}]}}},"
                    " 'account': {'properties': {'networkAcls': {'virtualNetworkRules': ["
                    "  {'id': '" VNET "'}]}}}}",
        .vault = "{'properties': {'networkAcls': {'virtualNetworkRules': ["
                 "  {'id': '" VNET_LOWER "'}]}}}",
        .account = "{'properties': {'networkAcls': {'virtualNetworkRules': ["
                   "  {'id': '" VNET "', 'ignoreMissingVnetServiceEndpoint': true}]}}}",
        .words = "",
    },
    {
        .name = "a subnet rule that is not declared is drift",
        .declared = "{'vault': {'properties': {'networkAcls': {'virtualNetworkRules': []}}}}",
        .vault = "{'properties': {'networkAcls': {'virtualNetworkRules': ["
                 "  {'id': '" VNET_LOWER "'}]}}}",
        .words = "vault properties.networkAcls.virtualNetworkRules patch",
    },
    {
        .name = "what is declared of a subnet rule besides its id is held",
        .declared = "{'account': {'properties': {'networkAcls': {'virtualNetworkRules': ["
                    "  {'id': '" VNET "', 'ignoreMissingVnetServiceEndpoint': false}]}}}}",
        .account = "{'properties': {'networkAcls': {'virtualNetworkRules': ["
                   "  {'id': '" VNET_LOWER "', 'ignoreMissingVnetServiceEndpoint': true}]}}}",
        .words = "account properties.networkAcls.virtualNetworkRules patch",
    },
    {
        .name = "C004 Sweden Central and SWEDENCENTRAL are swedencentral, and one region",
        .vault = "{'location': 'Sweden Central'}",
        .account = "{'location': 'SWEDENCENTRAL', 'properties': {'encryption': null}}",
        .words = "account properties.encryption.keySource patch, "
                 "account properties.encryption.keyVaultProperties.keyName patch, "
                 "account properties.encryption.keyVaultProperties.keyVaultUri patch, "
                 "account properties.encryption.keyVaultProperties.keyVersion patch",
    },
    {
        .name = "C006 a pasted vault with its read-only members and a null declares no drift",
        .declared = "{'vault': {'id': '" VAULT_ID "', 'type': 'Microsoft.KeyVault/vaults',"
                    " 'location': 'swedencentral', 'tags': {}, 'properties': {"
                    "  'sku': {'family': 'A', 'name': 'premium'}, 'tenantId': '" TENANT "',"
                    "  'accessPolicies': [], 'enabledForDeployment': false,"
                    "  'vaultUri': 'https://kv-openai-prod.vault.azure.net/',"
                    "  'provisioningState': 'Succeeded', 'hsmPoolResourceId': null,"
                    "  'publicNetworkAccess': 'enabled'}}}",
        .words = "",
    },
    {
        .name = "C009 a tag whose name changed its case is the same, and foreign tags are not ours",
        .declared = "{'vault': {'tags': {'CostCenter': '42'}}}",
        .vault = "{'tags': {'costCenter': '42', 'createdBy': 'policy'}}",
        .words = "",
    },
    {
        .name = "a tag with another value is drift: values have a case",
        .declared = "{'vault': {'tags': {'owner': 'Ops'}}}",
        .vault = "{'tags': {'owner': 'ops'}}",
        .words = "vault tags.owner patch",
    },
    {
        .name = "C011 an identity beside the declared one is no drift",
        .account = "{'identity': {'type': 'SystemAssigned, UserAssigned',"
                   " 'userAssignedIdentities': {'" USER "': {}}}}",
        .words = "",
    },
    {
        .name = "C011 nor is it without the blank and in another order and case",
        .account = "{'identity': {'type': 'userassigned,systemassigned'}}",
        .words = "",
    },
    {
        .name = "an identity that lacks the declared word is drift",
        .account = "{'identity': {'type': 'UserAssigned'}}",
        .words = "account identity.type patch",
    },
    {
        .name = "an account that shows no identity has none, which is drift",
        .account = "{'identity': null}",
        .words = "account identity.type patch, grant waiting",
    },
    {
        .name = "a declared user identity is found whatever the case of its id",
        .declared = "{'account': {'identity': {'type': 'SystemAssigned, UserAssigned',"
                    " 'userAssignedIdentities': {'" USER "': {}}}}}",
        .account = "{'identity': {'type': 'SystemAssigned, UserAssigned',"
                   " 'userAssignedIdentities': {'/subscriptions/00000000-0000-0000-0000-"
                   "000000000001/resourcegroups/RG-OPENAI-PROD/providers/"
                   "Microsoft.ManagedIdentity/userAssignedIdentities/uai-1':"
                   " {'clientId': 'x'}}}}",
        .words = "",
    },
    {
        .name = "a vault that shows no networkAcls is open to all, which is drift",
        .vault = "{'properties': {'networkAcls': null}}",
        .words = "vault properties.networkAcls.defaultAction patch",
    },
    {
        .name = "an account that shows no networkAcls is open to all, which is drift",
        .account = "{'properties': {'networkAcls': null}}",
        .words = "account properties.networkAcls.defaultAction patch",
    },
    {
        .name = "deny in another case is Deny",
        .vault = "{'properties': {'networkAcls': {'defaultAction': 'deny',"
                 " 'bypass': 'azureservices'}}}",
        .words = "",
    },
    {
        .name = "a bypass that is None is drift: the account could not reach its key",
        .vault = "{'properties': {'networkAcls': {'bypass': 'None'}}}",
        .words = "vault properties.networkAcls.bypass patch",
    },
    {
        .name = "Microsoft.Keyvault and an address without its slash are the declared link",
        .account = "{'properties': {'encryption': {'keySource': 'Microsoft.Keyvault',"
                   " 'keyVaultProperties': {"
                   "  'keyVaultUri': 'https://KV-openai-prod.Vault.azure.net',"
                   "  'keyName': 'OpenAI-CMK'}}}}",
        .words = "",
    },
    {
        .name = "an account that shows no encryption is encrypted by Microsoft's key: drift",
        .account = "{'properties': {'encryption': {'keySource': 'Microsoft.CognitiveServices',"
                   " 'keyVaultProperties': null}}}",
        .words = "account properties.encryption.keySource patch, "
                 "account properties.encryption.keyVaultProperties.keyName patch, "
                 "account properties.encryption.keyVaultProperties.keyVaultUri patch, "
                 "account properties.encryption.keyVaultProperties.keyVersion patch",
    },
    {
        .name = "C065 an explicit empty list is a value: the foreign rule is drift",
        .declared = "{'account': {'properties': {'networkAcls': {'ipRules': []}}}}",
        .account = "{'properties': {'networkAcls': {'ipRules': [{'value': '198.51.100.7'}]}}}",
        .words = "account properties.networkAcls.ipRules patch",
    },
    {
        .name = "C065 a list that is not declared is not ours: the foreign rule stays",
        .account = "{'properties': {'networkAcls': {'ipRules': [{'value': '198.51.100.7'}]}}}",
        .words = "",
    },
    {
        .name = "an empty list declared is a list that Azure does not show",
        .declared = "{'account': {'properties': {'networkAcls': {'ipRules': []}}}}",
        .account = "{'properties': {'networkAcls': {'ipRules': null}}}",
        .words = "",
    },
    {
        .name = "C066 the two addresses of a /31 and a bare /32 are what was declared",
        .declared = "{'account': {'properties': {'networkAcls': {'ipRules': ["
                    "  {'value': '203.0.113.7/32'}, {'value': '203.0.113.10/31'}]}}}}",
        .account = "{'properties': {'networkAcls': {'ipRules': [{'value': '203.0.113.11'},"
                   "  {'value': '203.0.113.10'}, {'value': '203.0.113.7'}]}}}",
        .words = "",
    },
    {
        .name = "an address that nobody declared is drift",
        .declared = "{'vault': {'properties': {'networkAcls': {'ipRules': ["
                    "  {'value': '203.0.113.0/24'}]}}}}",
        .vault = "{'properties': {'networkAcls': {'ipRules': [{'value': '203.0.113.0/24'},"
                 "  {'value': '203.0.114.1/32'}]}}}",
        .words = "vault properties.networkAcls.ipRules patch",
    },
    {
        .name = "a range inside a declared one adds nothing, and is no drift",
        .declared = "{'vault': {'properties': {'networkAcls': {'ipRules': ["
                    "  {'value': '203.0.113.0/24'}]}}}}",
        .vault = "{'properties': {'networkAcls': {'ipRules': [{'value': '203.0.113.9/32'},"
                 "  {'value': '203.0.113.0/25'}, {'value': '203.0.113.128/25'}]}}}",
        .words = "",
    },
    {
        .name = "a vault that shows no retention keeps what is deleted for 90 days",
        .vault = "{'properties': {'softDeleteRetentionInDays': null}}",
        .words = "",
    },
    {
        .name = "C018 null purge protection is off, and the retention cannot be repaired",
        .vault = "{'properties': {'enablePurgeProtection': null, 'softDeleteRetentionInDays': 7}}",
        .words = "vault properties.enablePurgeProtection patch, "
                 "vault properties.softDeleteRetentionInDays impossible",
    },
    {
        .name = "C020 another retention is found, once, and nothing else",
        .vault = "{'properties': {'softDeleteRetentionInDays': 30}}",
        .words = "vault properties.softDeleteRetentionInDays impossible",
    },
    {
        .name = "members that nobody declared are nobody's drift",
        .vault = "{'properties': {'enabledForDeployment': true, 'futureThing': {'a': [1]}}}",
        .account = "{'properties': {'futureThing': 7, 'disableLocalAuth': true}}",
        .words = "",
    },
    {
        .name = "a declared property that cmkd knows nothing of is held",
        .declared = "{'account': {'properties': {'futureThing': {'a': ['x', 'y']}}}}",
        .account = "{'properties': {'futureThing': {'a': ['y', 'z'], 'b': 1}}}",
        .words = "account properties.futureThing.a patch",
    },
    {
        .name = "and is right in any order",
        .declared = "{'account': {'properties': {'futureThing': {'a': ['x', 'y']}}}}",
        .account = "{'properties': {'FutureThing': {'a': ['y', 'x'], 'b': 1}}}",
        .words = "",
    },
    {
        .name = "what Azure does not show has Azure's default, which may be the declared value",
        .declared = "{'account': {'properties': {'publicNetworkAccess': 'Enabled',"
                    " 'disableLocalAuth': false, 'allowedFqdnList': []}}}",
        .account = "{'properties': {'publicNetworkAccess': null}}",
        .words = "",
    },
    {
        .name = "public access that is declared off and shown on is drift",
        .declared = "{'account': {'properties': {'publicNetworkAccess': 'Disabled'}}}",
        .words = "account properties.publicNetworkAccess patch",
    },
};

static void check_drift(void **state)
{
    const struct drift_case *c = *state;
    struct world *world = world_new(c->declared);
    if (c->vault)
        world_show(world, "vault", c->vault);
    if (c->account)
        world_show(world, "account", c->account);
    world_round(world);
    assert_words(world, c->words);
    world_free(world);
}

/* ---- single values ------------------------------------------------------------------------ */

#define ACTION(type, trigger, time)                                                                \
    "{'trigger': {'" trigger "': '" time "'}, 'action': {'type': '" type "'}}"
#define AFTER(time) ACTION("rotate", "timeAfterCreate", time)
#define BEFORE(time) ACTION("rotate", "timeBeforeExpiry", time)
#define NOTIFY(time) ACTION("notify", "timeBeforeExpiry", time)

static struct equal_case {
    const char *name;
    enum compare how;
    const char *declared, *observed; /* JSON; "null": absent */
    bool is_equal;
} equal_cases[] = {
    /* clang-format off */
    {"order never counts in an array", BY_VALUE, "['a', 'b']", "['b', 'a']", true},
    {"an element too many is drift", BY_VALUE, "['a']", "['a', 'b']", false},
    {"an element too few is drift", BY_VALUE, "['a', 'b']", "['a']", false},
    {"an element that stands there twice is there", BY_VALUE, "['a', 'a']", "['a']", true},
    {"an element shown twice is there once", BY_VALUE, "['a', 'b']", "['b', 'a', 'b']", true},
    {"as many elements are not the same elements", BY_VALUE, "['a', 'a']", "['a', 'b']", false},
    {"objects in arrays are told by what is declared of them", BY_VALUE, "[{'n': 1}, {'n': 2}]",
     "[{'n': 2, 'x': 0}, {'N': 1}]", true},
    {"a second object of the same kind is one too many", BY_VALUE, "[{'n': 1}]",
     "[{'n': 1, 'x': 0}, {'n': 1, 'x': 1}]", false},
    {"a null member declares nothing", BY_VALUE, "{'a': null, 'b': 1}", "{'b': 1}", true},
    {"an empty object is what is absent", BY_VALUE, "{}", "null", true},
    {"an empty array is a value", BY_VALUE, "[]", "null", false},
    {"90 and 90.0 are the same number", BY_VALUE, "90", "90.0", true},
    {"\"90\" is not 90", BY_VALUE, "90", "'90'", false},
    {"true is not \"true\"", BY_VALUE, "true", "'true'", false},
    {"false is not absent where no default says so", BY_VALUE, "false", "null", false},
    {"texts have a case where nothing says otherwise", BY_VALUE, "'a'", "'A'", false},
    {"enumerations have no case", BY_NAME, "'Deny'", "'DENY'", true},
    {"an enumeration's other word is another", BY_NAME, "'Deny'", "'Allow'", false},
    {"an enumeration is not its beginning", BY_NAME, "'Deny'", "'Deny '", false},
    {"East US is eastus", BY_LOCATION, "'East US'", "'eastus'", true},
    {"East US 2 is not eastus", BY_LOCATION, "'East US 2'", "'eastus'", false},
    {"ids have no case and no slash at their end", BY_ID, "'/a/B'", "'/A/b/'", true},
    {"ids are compared to their end", BY_ID, "'/a/b'", "'/a/bc'", false},
    {"addresses have no case in their host and no slash at their end", BY_URI,
     "'https://kv.vault.azure.net/'", "'https://KV.vault.azure.net'", true},
    {"another host is another address", BY_URI, "'https://kv.vault.azure.net/'",
     "'https://kw.vault.azure.net/'", false},
    {"P1Y is P12M", BY_DURATION, "'P1Y'", "'P12M'", true},
    {"P2W is P14D and PT336H", BY_DURATION, "'P2W'", "'P13DT24H'", true},
    {"P30D is not P1M", BY_DURATION, "'P30D'", "'P1M'", false},
    {"what is no duration equals none", BY_DURATION, "'P30D'", "'soon'", false},
    {"every declared word must be there", BY_WORDS, "'A, B'", "'A'", false},
    {"words may stand in any order and beside others", BY_WORDS, "'b,A'", "'C, a, B'", true},
    {"a word is not its beginning", BY_WORDS, "'System'", "'SystemAssigned'", false},
    {"a set of addresses has no order", BY_CIDR, "[{'value': '10.0.0.1'}, {'value': '10.1.0.0/16'}]",
     "[{'value': '10.1.0.0/16'}, {'value': '10.0.0.1/32'}]", true},
    {"host bits are of no meaning in a range", BY_CIDR, "[{'value': '10.0.0.77/24'}]",
     "[{'value': '10.0.0.0/24'}]", true},
    {"a /24 is not a /25", BY_CIDR, "[{'value': '10.0.0.0/24'}]", "[{'value': '10.0.0.0/25'}]", false},
    {"what is no IPv4 range is compared as it stands", BY_CIDR, "[{'value': '2001:db8::/32'}]",
     "[{'value': '2001:db8::/32'}]", true},
    {"and is drift if it is another", BY_CIDR, "[{'value': '2001:db8::/32'}]",
     "[{'value': '2001:db9::/32'}]", false},
    {"an IPv4 range is never a text that is none", BY_CIDR, "[{'value': '10.0.0.1'}]",
     "[{'value': 'x'}]", false},
    {"parts are a set, and Azure's own members are not ours", BY_PARTS,
     "[{'name': 'a', 'properties': {'privateDnsZoneId': '/Zones/A'}}, {'name': 'b'}]",
     "[{'name': 'b', 'etag': '1'}, {'name': 'a', 'id': '/a', 'properties': {'privateDnsZoneId': "
     "'/zones/a', 'recordSets': []}}]",
     true},
    {"a pasted part is what was declared", BY_PARTS,
     "[{'name': 'a', 'id': '/old', 'properties': {'provisioningState': 'Updating'}}]",
     "[{'name': 'a', 'id': '/a', 'properties': {'provisioningState': 'Succeeded'}}]", true},
    {"groups of a part have no case", BY_PARTS, "[{'properties': {'groupIds': ['Vault']}}]",
     "[{'properties': {'groupIds': ['vault']}}]", true},
    {"another zone is drift", BY_PARTS, "[{'properties': {'privateDnsZoneId': '/zones/a'}}]",
     "[{'properties': {'privateDnsZoneId': '/zones/b'}}]", false},
    {"a part that was added is drift", BY_PARTS, "[{'name': 'a'}]", "[{'name': 'a'}, {'name': 'b'}]",
     false},
    {"an absent set of rules is empty", BY_ID_SET, "[]", "null", true},
    {"a rule that is missing is drift", BY_ID_SET, "[{'id': '/a'}]", "[]", false},
    {"keys are looked for without case", BY_KEYS, "{'/A': {}}", "{'/a': {'x': 1}, '/b': {}}", true},
    {"a key that is missing is drift", BY_KEYS, "{'/a': {}}", "{}", false},
    {"no keys are declared, none need be there", BY_KEYS, "{}", "null", true},
    {"the actions of a policy have no order", BY_LIFETIME, "[" AFTER("P90D") ", " NOTIFY("P30D") "]",
     "[" NOTIFY("P30D") ", " AFTER("P90D") "]", true},
    {"their triggers are durations, their types have no case", BY_LIFETIME, "[" AFTER("P1Y") "]",
     "[" ACTION("Rotate", "timeAfterCreate", "P12M") "]", true},
    {"the vault's own notice is no drift", BY_LIFETIME, "[" AFTER("P90D") "]",
     "[" AFTER("P90D") ", " NOTIFY("P30D") "]", true},
    {"another notice than the declared one is", BY_LIFETIME, "[" NOTIFY("P7D") "]",
     "[" NOTIFY("P30D") "]", false},
    {"a rotation that is gone is drift", BY_LIFETIME, "[" AFTER("P90D") "]", "[" NOTIFY("P30D") "]", false},
    {"a rotation at another time is drift", BY_LIFETIME, "[" AFTER("P90D") "]", "[" AFTER("P91D") "]", false},
    {"a rotation by another trigger is drift", BY_LIFETIME, "[" AFTER("P90D") "]", "[" BEFORE("P90D") "]", false},
    {"a rotation that nobody declared is drift", BY_LIFETIME, "[" NOTIFY("P30D") "]",
     "[" NOTIFY("P30D") ", " AFTER("P90D") "]", false},
    {"no action declared is no rotation", BY_LIFETIME, "[]", "[" NOTIFY("P30D") "]", true},
    {"and a rotation is drift then too", BY_LIFETIME, "[]", "[" AFTER("P90D") "]", false},
    /* clang-format on */
};

static void check_equal(void **state)
{
    const struct equal_case *c = *state;
    AUTO(json) struct json_object *declared = json_of(c->declared);
    AUTO(json) struct json_object *observed = json_of(c->observed);
    assert_int_equal(compare_equal(c->how, declared, observed), c->is_equal);
}

static struct form_case {
    const char *name;
    enum compare how;
    const char *declared, *observed, *written;
} form_cases[] = {
    /* clang-format off */
    {"C066 a single address is written bare and a /31 as its two addresses", BY_CIDR_BARE,
     "[{'value': '203.0.113.7/32'}, {'value': '203.0.113.10/31'}, {'value': '10.0.0.9/8'}]", "null",
     "[{'value': '203.0.113.7'}, {'value': '203.0.113.10'}, {'value': '203.0.113.11'},"
     " {'value': '10.0.0.0/8'}]"},
    {"a vault's ranges are written as they were declared", BY_CIDR, "[{'value': '203.0.113.7'}]",
     "null", "[{'value': '203.0.113.7'}]"},
    {"what is no range goes out as it is", BY_CIDR_BARE, "[{'value': '2001:db8::1'}]", "null",
     "[{'value': '2001:db8::1'}]"},
    {"C011 words that are there stay beside the declared ones", BY_WORDS, "'SystemAssigned'",
     "'UserAssigned'", "'SystemAssigned, UserAssigned'"},
    {"None beside a word means nothing", BY_WORDS, "'SystemAssigned'", "'None'", "'SystemAssigned'"},
    {"a word is written once", BY_WORDS, "'SystemAssigned, UserAssigned'", "'userassigned'",
     "'SystemAssigned, UserAssigned'"},
    {"C003 a rule is written once, as the service shows it", BY_ID_SET,
     "[{'id': '/A'}, {'id': '/c'}]",
     "[{'id': '/a', 'ignoreMissingVnetServiceEndpoint': true}, {'id': '/b'}]",
     "[{'id': '/a', 'ignoreMissingVnetServiceEndpoint': true}, {'id': '/c'}]"},
    {"what is declared of a rule is written over what is shown of it", BY_ID_SET,
     "[{'id': '/A', 'ignoreMissingVnetServiceEndpoint': false}]",
     "[{'id': '/a', 'ignoreMissingVnetServiceEndpoint': true, 'x': 1}]",
     "[{'id': '/a', 'ignoreMissingVnetServiceEndpoint': false, 'x': 1}]"},
    {"foreign keys stay", BY_KEYS, "{'/b': {}}", "{'/A': {'x': 1}}", "{'/A': {'x': 1}, '/b': {}}"},
    {"a key that is there is not written twice", BY_KEYS, "{'/a': {}}", "{'/A': {}}", "{'/A': {}}"},
    {"the notice that is there goes out beside a declared rotation", BY_LIFETIME, "[" AFTER("P90D") "]",
     "[" NOTIFY("P7D") ", " AFTER("P30D") "]", "[" AFTER("P90D") ", " NOTIFY("P7D") "]"},
    {"a declared notice replaces it", BY_LIFETIME, "[" AFTER("P90D") ", " NOTIFY("P14D") "]",
     "[" NOTIFY("P7D") "]", "[" AFTER("P90D") ", " NOTIFY("P14D") "]"},
    {"a rotation that nobody declared is left out", BY_LIFETIME, "[]",
     "[" NOTIFY("P7D") ", " AFTER("P30D") "]", "[" NOTIFY("P7D") "]"},
    {"a plain value is written as declared", BY_NAME, "'Deny'", "'Allow'", "'Deny'"},
    /* clang-format on */
};

static void check_form(void **state)
{
    const struct form_case *c = *state;
    AUTO(json) struct json_object *declared = json_of(c->declared);
    AUTO(json) struct json_object *observed = json_of(c->observed);
    AUTO(json) struct json_object *written = compare_write_form(c->how, declared, observed);
    assert_json(written, c->written);
}

int main(void)
{
    int failed = CASES_RUN(drift_cases, check_drift);
    failed += CASES_RUN(equal_cases, check_equal);
    failed += CASES_RUN(form_cases, check_form);
    return failed;
}
