#include "azure/cloud.h"
#include "base/mem.h"
#include "cases.h"

/* clang-format off */
static struct origin_case {
    const char *name, *text;
    bool allow_http;
    const char *origin; /* NULL: refused */
} origins[] = {
    {"an origin in its normal form",      "https://management.azure.com",      false, "https://management.azure.com"},
    {"the default port is dropped",       "https://kv.vault.azure.net:443",    false, "https://kv.vault.azure.net"},
    {"another port is kept",              "https://management.localhost:8443", false, "https://management.localhost:8443"},
    {"case does not count",               "HTTPS://Management.AZURE.com",      false, "https://management.azure.com"},
    {"plain HTTP is refused",             "http://management.azure.com",       false, NULL},
    {"plain HTTP for the metadata",       "http://169.254.169.254:80",         true,  "http://169.254.169.254"},
    {"443 is not the default of HTTP",    "http://h:443",                      true,  "http://h:443"},
    {"an IPv6 address",                   "https://[::1]:8443",                false, "https://[::1]:8443"},
    {"no scheme",                         "management.azure.com",              false, NULL},
    {"a path",                            "https://management.azure.com/",     false, NULL},
    {"userinfo",                          "https://a@management.azure.com",    false, NULL},
    {"a password that looks like a port", "https://management.azure.com:443@e", false, NULL},
    {"a trailing dot",                    "https://management.azure.com.",     false, NULL},
    {"an empty label",                    "https://management..azure.com",     false, NULL},
    {"a leading dot",                     "https://.azure.com",                false, NULL},
    {"a backslash",                       "https://evil.example\\.azure.com",  false, NULL},
    {"a percent sign",                    "https://management%2eazure.com",    false, NULL},
    {"a blank",                           "https://management.azure.com ",     false, NULL},
    {"a line end",                        "https://management.azure.com\n",    false, NULL},
    {"port 0",                            "https://h:0",                       false, NULL},
    {"a port that is too large",          "https://h:65536",                   false, NULL},
    {"a port of many digits",             "https://h:000443",                  false, NULL},
    {"an empty port",                     "https://h:",                        false, NULL},
    {"no host",                           "https://",                          false, NULL},
    {"an open bracket",                   "https://[::1",                      false, NULL},
};

static struct cloud_case {
    const char *name, *cloud, *resource_manager, *authority, *suffix, *audience_arm, *audience_vault;
} clouds[] = {
    {"C069: the public cloud, all from one row", "AzureCloud", "https://management.azure.com", "https://login.microsoftonline.com",
     "vault.azure.net", "https://management.azure.com", "https://vault.azure.net"},
    {"C069: the US Government's, all from one row", "AzureUSGovernment", "https://management.usgovcloudapi.net", "https://login.microsoftonline.us",
     "vault.usgovcloudapi.net", "https://management.usgovcloudapi.net", "https://vault.usgovcloudapi.net"},
    {"C069: China's, all from one row", "AzureChinaCloud", "https://management.chinacloudapi.cn", "https://login.chinacloudapi.cn",
     "vault.azure.cn", "https://management.chinacloudapi.cn", "https://vault.azure.cn"},
};

static struct vault_case {
    const char *name, *vault, *suffix, *origin;
} vaults[] = {
    {"a vault's host",             "kv-openai-prod", "vault.azure.net",      "https://kv-openai-prod.vault.azure.net"},
    {"its case does not count",    "KV-Prod",        "Vault.Azure.net",      "https://kv-prod.vault.azure.net"},
    {"a suffix with a port",       "kv-prod",        "vault.localhost:8443", "https://kv-prod.vault.localhost:8443"},
    {"a slash in the name",        "evil.com/",      "vault.azure.net",      NULL},
    {"a dot in the name",          "a.b",            "vault.azure.net",      NULL},
    {"an at sign in the name",     "abc@evil",       "vault.azure.net",      NULL},
    {"a name that is too short",   "kv",             "vault.azure.net",      NULL},
    {"no name",                    "",               "vault.azure.net",      NULL},
};
/* clang-format on */

static void check_text(char *found, const char *expected)
{
    AUTO(text) char *text = found;
    if (expected)
        assert_string_equal(text ? text : "(refused)", expected);
    else if (text)
        fail_msg("%s was accepted", text);
}

static void check_origin(void **state)
{
    const struct origin_case *c = *state;
    check_text(cloud_origin(c->text, c->allow_http), c->origin);
}

static void check_vault(void **state)
{
    const struct vault_case *c = *state;
    AUTO(text) char *suffix = mem_text(c->suffix);
    struct cloud cloud = {.key_vault_suffix = suffix};
    check_text(cloud_vault_origin(&cloud, c->vault), c->origin);
}

static void check_cloud(void **state)
{
    const struct cloud_case *c = *state;
    struct cloud cloud;
    assert_true(cloud_by_name(c->cloud, &cloud));
    assert_string_equal(cloud.name, c->cloud);
    assert_string_equal(cloud.resource_manager, c->resource_manager);
    assert_string_equal(cloud.authority, c->authority);
    assert_string_equal(cloud.key_vault_suffix, c->suffix);
    assert_string_equal(cloud.audience_arm, c->audience_arm);
    assert_string_equal(cloud.audience_vault, c->audience_vault);
    assert_string_equal(cloud.imds, "http://169.254.169.254");
    assert_null(cloud.ca_file);
    cloud_done(&cloud);
}

static void there_are_no_other_names(void **state)
{
    (void)state;
    struct cloud cloud;
    assert_false(cloud_by_name("AzureGermanCloud", &cloud));
    assert_false(cloud_by_name("azurecloud", &cloud));
    assert_false(cloud_by_name("", &cloud));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_are_no_other_names),
    };
    return CASES_RUN(origins, check_origin) + CASES_RUN(clouds, check_cloud) +
           CASES_RUN(vaults, check_vault) +
           cmocka_run_group_tests_name("clouds", tests, NULL, NULL);
}
