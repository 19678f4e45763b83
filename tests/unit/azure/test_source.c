/* The request that gets a token: where it goes and for whom, in each cloud. */
#include "azure/source.h"
#include "cases.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCOPE(encoded) "&scope=" encoded "%2F.default&"
#define RESOURCE(encoded) "&resource=" encoded

/* A private cloud, whose audiences are nobody's hosts. */
#define PRIVATE "private"

/* clang-format off */
static struct source_case {
    const char *name, *cloud;
    enum credential_type type;
    bool for_vaults;
    const char *url, *asks_for;
} cases[] = {
    {"C069: a secret in public",                "AzureCloud", CREDENTIAL_CLIENT_SECRET, false,
     "https://login.microsoftonline.com/tenant/oauth2/v2.0/token", SCOPE("https%3A%2F%2Fmanagement.azure.com")},
    {"C069: a secret in public, for vaults",    "AzureCloud", CREDENTIAL_CLIENT_SECRET, true,
     "https://login.microsoftonline.com/tenant/oauth2/v2.0/token", SCOPE("https%3A%2F%2Fvault.azure.net")},
    {"C069: a secret in the US Government's",   "AzureUSGovernment", CREDENTIAL_CLIENT_SECRET, false,
     "https://login.microsoftonline.us/tenant/oauth2/v2.0/token", SCOPE("https%3A%2F%2Fmanagement.usgovcloudapi.net")},
    {"C069: the same for vaults",               "AzureUSGovernment", CREDENTIAL_CLIENT_SECRET, true,
     "https://login.microsoftonline.us/tenant/oauth2/v2.0/token", SCOPE("https%3A%2F%2Fvault.usgovcloudapi.net")},
    {"C069: a workload in China",               "AzureChinaCloud", CREDENTIAL_WORKLOAD_IDENTITY, false,
     "https://login.chinacloudapi.cn/tenant/oauth2/v2.0/token", SCOPE("https%3A%2F%2Fmanagement.chinacloudapi.cn")},
    {"C069: the same there for vaults",         "AzureChinaCloud", CREDENTIAL_WORKLOAD_IDENTITY, true,
     "https://login.chinacloudapi.cn/tenant/oauth2/v2.0/token", SCOPE("https%3A%2F%2Fvault.azure.cn")},
    {"C069: a private cloud's audience",        PRIVATE, CREDENTIAL_CLIENT_SECRET, false,
     "https://login.example/tenant/oauth2/v2.0/token", SCOPE("https%3A%2F%2Fmanagement.core.example")},
    {"C069: a private cloud's vaults",          PRIVATE, CREDENTIAL_CLIENT_SECRET, true,
     "https://login.example/tenant/oauth2/v2.0/token", SCOPE("urn%3Avaults")},
    {"C069: a machine in the US Government's",  "AzureUSGovernment", CREDENTIAL_MANAGED_IDENTITY, true,
     "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01", RESOURCE("https%3A%2F%2Fvault.usgovcloudapi.net")},
    {"C069: a machine in China",                "AzureChinaCloud", CREDENTIAL_MANAGED_IDENTITY, false,
     "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01", RESOURCE("https%3A%2F%2Fmanagement.chinacloudapi.cn")},
    {"C069: a machine of Azure Arc in China",   "AzureChinaCloud", CREDENTIAL_AZURE_ARC, true,
     "http://127.0.0.1:40342/metadata/identity/oauth2/token?api-version=2020-06-01", RESOURCE("https%3A%2F%2Fvault.azure.cn")},
    {"C069: a machine in a private cloud",      PRIVATE, CREDENTIAL_MANAGED_IDENTITY, true,
     "http://imds.example/metadata/identity/oauth2/token?api-version=2018-02-01", RESOURCE("urn%3Avaults")},
};
/* clang-format on */

static void find_cloud(const char *name, struct cloud *cloud)
{
    if (cloud_by_name(name, cloud))
        return;
    *cloud = (struct cloud){
        .name = mem_text("custom"),
        .resource_manager = mem_text("https://arm.example"),
        .authority = mem_text("https://login.example"),
        .key_vault_suffix = mem_text("vault.example"),
        .audience_arm = mem_text("https://management.core.example"),
        .audience_vault = mem_text("urn:vaults"),
        .imds = mem_text("http://imds.example"),
    };
}

static void check(void **state)
{
    const struct source_case *c = *state;
    char path[] = "/tmp/cmkd-test-secret-XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "s3cr3t", 6), 6);
    close(fd);
    char tenant[] = "tenant", client[] = "client";
    struct credential_config config = {
        .type = c->type, .tenant_id = tenant, .client_id = client, .file = path};
    struct cloud cloud;
    struct source_request request;
    struct err err;
    find_cloud(c->cloud, &cloud);
    const char *audience = c->for_vaults ? cloud.audience_vault : cloud.audience_arm;
    assert_true(source_request(&config, &cloud, audience, NULL, NULL, &request, &err));
    bool is_plain = request.send.is_plain;
    size_t length = strlen(c->url);
    assert_int_equal(strncmp(request.url, c->url, length), 0);
    assert_true(!request.url[length] || request.url[length] == '&');
    const char *asked = strstr(is_plain ? request.url : request.body, c->asks_for);
    assert_non_null(asked);
    assert_true(!is_plain || !asked[strlen(c->asks_for)] || asked[strlen(c->asks_for)] == '&');
    assert_int_equal(is_plain, strncmp(c->url, "http:", 5) == 0);
    source_request_done(&request);
    cloud_done(&cloud);
    unlink(path);
}

int main(void)
{
    return CASES_RUN(cases, check);
}
