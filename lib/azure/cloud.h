/* cloud.h: which Azure: where Resource Manager, Entra and the vaults live, and what a token must
 * be for. The named clouds are compiled in, so that no answer can redirect a token; a private
 * or simulated one is written out whole in the configuration. */
#pragma once

#include "base/err.h"

#include <stdbool.h>

#define CLOUD_IMDS "http://169.254.169.254" /* of every cloud that does not say otherwise */

struct cloud {
    char *name;             /* owned: "AzureCloud", ... or "custom" */
    char *resource_manager; /* owned: origin, "https://management.azure.com", no trailing slash */
    char *authority;        /* owned: origin of the token endpoint */
    char *key_vault_suffix; /* owned: "vault.azure.net", perhaps with ":port" */
    char *audience_arm;     /* owned: "https://management.azure.com" */
    char *audience_vault;   /* owned: "https://vault.azure.net" */
    char *imds;             /* owned: origin of the instance metadata service */
    char *ca_file;          /* owned: PEM bundle to trust instead of the system's, or NULL */
};

/* Fills the table's entry for "AzureCloud", "AzureUSGovernment" or "AzureChinaCloud"; false for
 * another name. */
bool cloud_by_name(const char *name, struct cloud *cloud) MUST_CHECK;

/* Splits "https://host[:port]" (nothing after it, no userinfo) and checks it; the default port is
 * dropped and the host lower-cased: the form in which origins compare. The caller frees. NULL if
 * it is not such an origin. http is accepted only with allow_http (IMDS). */
char *cloud_origin(const char *text, bool allow_http);

/* The origin of a vault's data plane: "https://kv-openai-prod.vault.azure.net". The caller frees.
 * NULL if the name is none that Key Vault allows: it must not be able to change the host. */
char *cloud_vault_origin(const struct cloud *cloud, const char *vault_name);

void cloud_copy(const struct cloud *from, struct cloud *to);
void cloud_done(struct cloud *cloud); /* frees the members */
