#include "azure/challenge.h"
#include "base/mem.h"
#include "cases.h"

#define VAULT "https://vault.azure.net"

/* Of the vault's data plane and of Resource Manager; most are recorded answers. */
/* clang-format off */
static struct challenge_case {
    const char *name, *text;
    bool is_read, is_ours;
    const char *error;
} cases[] = {
    {"a vault's, with the older name of the authority",
     "Bearer authorization=\"https://login.windows.net/22222222-2222-4222-8222-222222222221\", resource=\"https://vault.azure.net\"", true, true, ""},
    {"a vault's, with the authority's own name",
     "Bearer authorization=\"https://login.microsoftonline.com/t\", resource=\"https://vault.azure.net\"", true, true, ""},
    {"Resource Manager's",
     "Bearer authorization_uri=\"https://login.windows.net/\", error=\"invalid_token\", error_description=\"The access token is invalid.\"", true, true, "invalid_token"},
    {"blanks and another case",
     "bearer  Authorization = \"https://LOGIN.microsoftonline.com:443/t\" ,resource=\"https://vault.azure.net/\"", true, true, ""},
    {"a value without quotes", "Bearer resource=https://vault.azure.net", true, true, ""},
    {"a second scheme after it", "Bearer error=\"x\", PoP nonce=\"n\"", true, true, "x"},
    {"no parameters", "Bearer", true, true, ""},
    {"another authority", "Bearer authorization=\"https://evil.example/t\", resource=\"https://vault.azure.net\"", true, false, ""},
    {"an authority that begins alike", "Bearer authorization=\"https://login.windows.net.evil.example/t\"", true, false, ""},
    {"another authority behind userinfo", "Bearer authorization=\"https://login.windows.net@evil.example/t\"", true, false, ""},
    {"an authority over plain HTTP", "Bearer authorization=\"http://login.windows.net/t\"", true, false, ""},
    {"the audience of Resource Manager", "Bearer authorization=\"https://login.windows.net/t\", resource=\"https://management.azure.com\"", true, false, ""},
    {"a managed HSM's audience", "Bearer authorization=\"https://login.microsoftonline.com/t\", resource=\"https://managedhsm.azure.net\"", true, false, ""},
    {"the audience as a scope", "Bearer scope=\"https://vault.azure.net/.default\"", true, true, ""},
    {"another scope", "Bearer scope=\"https://evil.example/.default\"", true, false, ""},
    {"two scopes", "Bearer scope=\"https://vault.azure.net/.default https://evil.example/.default\"", true, false, ""},
    {"another scheme", "Basic realm=\"x\"", false, false, ""},
    {"a scheme that begins alike", "BearerX a=\"b\"", false, false, ""},
    {"a quote that is not closed", "Bearer authorization=\"https://login", false, false, ""},
    {"a parameter without a name", "Bearer =\"x\"", false, false, ""},
    {"nothing", "", false, false, ""},
};
/* clang-format on */

/* Recorded: Entra's instance discovery lists them as one authority each. */
/* clang-format off */
static struct alias_case {
    const char *name, *cloud, *authority;
    bool is_ours;
} aliases[] = {
    {"the public authority",                "AzureCloud",        "https://login.microsoftonline.com/t", true},
    {"its name of before",                  "AzureCloud",        "https://login.windows.net/t", true},
    {"its short name",                      "AzureCloud",        "https://login.microsoft.com/t", true},
    {"its name as an issuer",               "AzureCloud",        "https://sts.windows.net/t/", true},
    {"the government's authority",          "AzureUSGovernment", "https://login.microsoftonline.us/t", true},
    {"its other name",                      "AzureUSGovernment", "https://login.usgovcloudapi.net/t", true},
    {"China's authority",                   "AzureChinaCloud",   "https://login.chinacloudapi.cn/t", true},
    {"its newer name",                      "AzureChinaCloud",   "https://login.partner.microsoftonline.cn/t", true},
    {"the public one in the government",    "AzureUSGovernment", "https://login.microsoftonline.com/t", false},
    {"the public one's old name in China",  "AzureChinaCloud",   "https://login.windows.net/t", false},
    {"China's in public",                   "AzureCloud",        "https://login.chinacloudapi.cn/t", false},
    {"the government's in public",          "AzureCloud",        "https://login.microsoftonline.us/t", false},
    {"Germany's, which is no more",         "AzureCloud",        "https://login.microsoftonline.de/t", false},
};
/* clang-format on */

static void check_alias(void **state)
{
    const struct alias_case *c = *state;
    struct challenge challenge = {0};
    struct cloud cloud;
    struct err err;
    assert_true(cloud_by_name(c->cloud, &cloud));
    err_copy(challenge.authority, sizeof challenge.authority, c->authority);
    assert_int_equal(challenge_check(&challenge, &cloud, cloud.audience_vault, &err), c->is_ours);
    cloud_done(&cloud);
}

static void check(void **state)
{
    const struct challenge_case *c = *state;
    struct challenge challenge = {0};
    struct cloud cloud;
    struct err err;
    assert_true(cloud_by_name("AzureCloud", &cloud));
    assert_int_equal(challenge_parse(c->text, &challenge), c->is_read);
    assert_string_equal(challenge.error, c->error);
    if (c->is_read) {
        assert_int_equal(challenge_check(&challenge, &cloud, VAULT, &err), c->is_ours);
        if (!c->is_ours)
            assert_string_equal(err.code, "ForeignOrigin");
    }
    cloud_done(&cloud);
}

int main(void)
{
    return CASES_RUN(cases, check) + CASES_RUN(aliases, check_alias);
}
