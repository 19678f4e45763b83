#include "azure/cloud.h"

#include "base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- the clouds that are compiled in ------------------------------------------------------- */

/* clang-format off */
static const struct cloud_row {
    const char *name, *resource_manager, *authority, *vault_suffix;
} clouds[] = {
    /* name               Resource Manager                       authority                            vaults */
    {"AzureCloud",        "https://management.azure.com",         "https://login.microsoftonline.com", "vault.azure.net"},
    {"AzureUSGovernment", "https://management.usgovcloudapi.net", "https://login.microsoftonline.us",  "vault.usgovcloudapi.net"},
    {"AzureChinaCloud",   "https://management.chinacloudapi.cn",  "https://login.chinacloudapi.cn",    "vault.azure.cn"},
};
/* clang-format on */

bool cloud_by_name(const char *name, struct cloud *cloud)
{
    for (size_t i = 0; i < COUNT(clouds); i++) {
        if (strcmp(clouds[i].name, name) != 0)
            continue;
        *cloud = (struct cloud){
            .name = mem_text(clouds[i].name),
            .resource_manager = mem_text(clouds[i].resource_manager),
            .authority = mem_text(clouds[i].authority),
            .key_vault_suffix = mem_text(clouds[i].vault_suffix),
            .audience_arm = mem_text(clouds[i].resource_manager),
            .audience_vault = mem_format("https://%s", clouds[i].vault_suffix),
            .imds = mem_text(CLOUD_IMDS),
        };
        return true;
    }
    return false;
}

/* ---- origins ------------------------------------------------------------------------------- */

/* The length of a host name, a dotted address or a bracketed IPv6 address at the start of text;
 * 0 if there is none. No empty label, so no trailing dot; no percent, no userinfo, no blank. */
static size_t host_length(const char *text)
{
    if (*text == '[') {
        size_t inside = strspn(text + 1, "0123456789abcdefABCDEF:.");
        return inside && text[1 + inside] == ']' ? inside + 2 : 0;
    }
    size_t length = 0;
    for (char before = '.'; isalnum((unsigned char)text[length]) || text[length] == '-' ||
                            text[length] == '.' || text[length] == '_';
         before = text[length++])
        if (before == '.' && text[length] == '.')
            return 0;
    return length && text[length - 1] != '.' ? length : 0;
}

/* ":8443" up to the end of text; *port is 0 where there is none. */
static bool port_parse(const char *text, long *port)
{
    *port = 0;
    if (!*text)
        return true;
    size_t digits = strspn(text + 1, "0123456789");
    if (*text != ':' || digits < 1 || digits > 5 || text[1 + digits])
        return false;
    *port = strtol(text + 1, NULL, 10);
    return *port >= 1 && *port <= 65535;
}

char *cloud_origin(const char *text, bool allow_http)
{
    bool is_http = strncasecmp(text, "http://", 7) == 0;
    if (is_http ? !allow_http : strncasecmp(text, "https://", 8) != 0)
        return NULL;

    const char *host = text + (is_http ? 7 : 8);
    size_t length = host_length(host);
    long port;
    if (!length || !port_parse(host + length, &port))
        return NULL;

    AUTO(text) char *lower = mem_text_n(host, length);
    for (char *at = lower; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    const char *scheme = is_http ? "http" : "https";
    if (!port || port == (is_http ? 80 : 443))
        return mem_format("%s://%s", scheme, lower);
    return mem_format("%s://%s:%ld", scheme, lower, port);
}

/* Key Vault's own rule for names; it keeps one from changing what the host is. */
static bool vault_name_valid(const char *name)
{
    size_t length = 0;
    for (; isalnum((unsigned char)name[length]) || name[length] == '-'; length++)
        ;
    return !name[length] && length >= 3 && length <= 24;
}

char *cloud_vault_origin(const struct cloud *cloud, const char *vault_name)
{
    if (!vault_name_valid(vault_name))
        return NULL;
    AUTO(text) char *text = mem_format("https://%s.%s", vault_name, cloud->key_vault_suffix);
    return cloud_origin(text, false);
}

/* ---- life ---------------------------------------------------------------------------------- */

void cloud_copy(const struct cloud *from, struct cloud *to)
{
    *to = (struct cloud){
        .name = mem_text(from->name),
        .resource_manager = mem_text(from->resource_manager),
        .authority = mem_text(from->authority),
        .key_vault_suffix = mem_text(from->key_vault_suffix),
        .audience_arm = mem_text(from->audience_arm),
        .audience_vault = mem_text(from->audience_vault),
        .imds = mem_text(from->imds),
        .ca_file = mem_text(from->ca_file),
    };
}

void cloud_done(struct cloud *cloud)
{
    free(cloud->name);
    free(cloud->resource_manager);
    free(cloud->authority);
    free(cloud->key_vault_suffix);
    free(cloud->audience_arm);
    free(cloud->audience_vault);
    free(cloud->imds);
    free(cloud->ca_file);
    *cloud = (struct cloud){0};
}
