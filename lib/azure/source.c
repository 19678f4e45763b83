#include "azure/source.h"

#include "azure/secret.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Appends text to what has room for it, percent-encoded as application/x-www-form-urlencoded and
 * URL queries both understand it; returns the new end. */
static char *put_encoded(char *to, const char *text)
{
    static const char hex[] = "0123456789ABCDEF";
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (isalnum(byte) || strchr("-._~", byte)) {
            *to++ = *text;
        } else {
            *to++ = '%';
            *to++ = hex[byte >> 4];
            *to++ = hex[byte & 15];
        }
    }
    *to = '\0';
    return to;
}

static char *encoded(const char *text)
{
    char *copy = mem_new(3 * strlen(text) + 1, 1);
    put_encoded(copy, text);
    return copy;
}

static bool managed_identity(const struct credential_config *config, const struct cloud *cloud,
                             const char *audience, struct source_request *request)
{
    AUTO(text) char *resource = encoded(audience);
    AUTO(text) char *client = encoded(config->client_id ? config->client_id : "");
    request->url = mem_format("%s/metadata/identity/oauth2/token?api-version=2018-02-01&resource=%s"
                              "%s%s",
                              cloud->imds, resource, *client ? "&client_id=" : "", client);
    request->headers[0] = "Metadata: true";
    request->send.method = "GET";
    request->send.is_plain = true;
    return true;
}

static bool client_secret(const struct credential_config *config, const struct cloud *cloud,
                          const char *audience, struct source_request *request, struct err *err)
{
    AUTO(secret) char *secret = NULL;
    if (!config->tenant_id || !config->client_id || !config->file)
        return err_set(err, ERR_CONFIG, "CredentialIncomplete",
                       "credential clientSecret needs tenantId, clientId and secretFile");
    if (!secret_load(config->file, &secret, err))
        return false;

    AUTO(text) char *tenant = encoded(config->tenant_id);
    AUTO(text) char *client = encoded(config->client_id);
    AUTO(text) char *scope = encoded(audience);
    AUTO(text)
    char *start = mem_format("grant_type=client_credentials&client_id=%s&scope=%s"
                             "%%2F.default&client_secret=",
                             client, scope);
    request->url = mem_format("%s/%s/oauth2/v2.0/token", cloud->authority, tenant);
    request->body = mem_new(strlen(start) + 3 * strlen(secret) + 1, 1);
    memcpy(request->body, start, strlen(start));
    put_encoded(request->body + strlen(start), secret);
    request->headers[0] = "Content-Type: application/x-www-form-urlencoded";
    request->send.method = "POST";
    return true;
}

static bool unsupported(const char *type, struct err *err)
{
    return err_set(err, ERR_CONFIG, "CredentialUnsupported",
                   "credential type %s cannot be used yet: use managedIdentity or clientSecret",
                   type);
}

static bool build(const struct credential_config *config, const struct cloud *cloud,
                  const char *audience, struct source_request *request, struct err *err)
{
    switch (config->type) {
    case CREDENTIAL_MANAGED_IDENTITY:
        return managed_identity(config, cloud, audience, request);
    case CREDENTIAL_CLIENT_SECRET:
        return client_secret(config, cloud, audience, request, err);
    case CREDENTIAL_AZURE_ARC:
        return unsupported("azureArc", err);
    case CREDENTIAL_WORKLOAD_IDENTITY:
        return unsupported("workloadIdentity", err);
    case CREDENTIAL_CLIENT_CERTIFICATE:
        return unsupported("clientCertificate", err);
    }
    abort();
}

bool source_request(const struct credential_config *config, const struct cloud *cloud,
                    const char *audience, struct source_request *request, struct err *err)
{
    *request = (struct source_request){0};
    if (!build(config, cloud, audience, request, err))
        return false;
    request->send.url = request->url;
    request->send.headers = request->headers;
    request->send.body = request->body;
    request->send.body_length = request->body ? strlen(request->body) : 0;
    return true;
}

void source_request_done(struct source_request *request)
{
    free(request->url);
    mem_free_secret(request->body);
    *request = (struct source_request){0};
}
