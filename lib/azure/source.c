#include "azure/source.h"

#include "azure/arc.h"
#include "azure/assertion.h"
#include "azure/encode.h"
#include "azure/secret.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- the machine's identity ------------------------------------------------------------------ */

static bool metadata_service(const char *origin, const char *version, const char *client_id,
                             const char *audience, struct source_request *request)
{
    AUTO(text) char *resource = encode_text(audience);
    AUTO(text) char *client = encode_text(client_id ? client_id : "");
    request->url = mem_format("%s/metadata/identity/oauth2/token?api-version=%s&resource=%s%s%s",
                              origin, version, resource, *client ? "&client_id=" : "", client);
    request->headers[0] = "Metadata: true";
    request->send.method = "GET";
    request->send.is_plain = true;
    return true;
}

static bool has_own_service(const struct cloud *cloud)
{
    return strcmp(cloud->imds, CLOUD_IMDS) != 0;
}

const char *source_arc_folder(const struct cloud *cloud)
{
    return has_own_service(cloud) ? NULL : ARC_FOLDER;
}

static bool azure_arc(const struct cloud *cloud, const char *audience, const char *key_file,
                      struct source_request *request, struct err *err)
{
    if (key_file && !arc_header(key_file, &request->proof, err))
        return false;
    request->headers[1] = request->proof;
    request->secret = request->proof ? mem_text(strrchr(request->proof, ' ') + 1) : NULL;
    return metadata_service(has_own_service(cloud) ? cloud->imds : ARC_ORIGIN, "2020-06-01", NULL,
                            audience, request);
}

/* ---- an application's, proven to Entra ------------------------------------------------------- */

/* name: the field, and what comes with it, before the proof. */
static void prove(const struct credential_config *config, const char *audience, const char *claims,
                  const char *name, const char *proof, struct source_request *request)
{
    AUTO(text) char *client = encode_text(config->client_id);
    AUTO(text) char *scope = encode_text(audience);
    AUTO(text) char *wanted = encode_text(claims ? claims : "");
    AUTO(text)
    char *start = mem_format("grant_type=client_credentials&client_id=%s&scope=%s"
                             "%%2F.default%s%s&%s=",
                             client, scope, claims ? "&claims=" : "", wanted, name);
    request->body = mem_new(strlen(start) + 3 * strlen(proof) + 1, 1);
    memcpy(request->body, start, strlen(start));
    encode_put(request->body + strlen(start), proof);
    request->headers[0] = "Content-Type: application/x-www-form-urlencoded";
    request->send.method = "POST";
}

static bool by_file(const struct credential_config *config, const struct cloud *cloud,
                    const char *audience, const char *claims, struct source_request *request,
                    struct err *err)
{
    static const char assertion[] = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3A"
                                    "client-assertion-type%3Ajwt-bearer&client_assertion";
    AUTO(secret) char *secret = NULL;
    AUTO(secret) char *jwt = NULL;
    if (!config->tenant_id || !config->client_id || !config->file)
        return err_set(err, ERR_CONFIG, "CredentialIncomplete",
                       "credential needs tenantId, clientId and a file");
    if (!secret_load(config->file, &secret, err))
        return false;

    AUTO(text) char *tenant = encode_text(config->tenant_id);
    request->url = mem_format("%s/%s/oauth2/v2.0/token", cloud->authority, tenant);
    if (config->type == CREDENTIAL_CLIENT_CERTIFICATE &&
        !assertion_sign(secret, config->file, config->client_id, request->url, time(NULL), &jwt,
                        err))
        return false;
    prove(config, audience, claims,
          config->type == CREDENTIAL_CLIENT_SECRET ? "client_secret" : assertion,
          jwt ? jwt : secret, request);
    request->secret = jwt ? TAKE(jwt) : TAKE(secret);
    return true;
}

static bool build(const struct credential_config *config, const struct cloud *cloud,
                  const char *audience, const char *claims, const char *key_file,
                  struct source_request *request, struct err *err)
{
    switch (config->type) {
    case CREDENTIAL_MANAGED_IDENTITY:
        return metadata_service(cloud->imds, "2018-02-01", config->client_id, audience, request);
    case CREDENTIAL_AZURE_ARC:
        return azure_arc(cloud, audience, key_file, request, err);
    case CREDENTIAL_CLIENT_SECRET:
    case CREDENTIAL_WORKLOAD_IDENTITY: /* the file is the assertion, which another program renews */
    case CREDENTIAL_CLIENT_CERTIFICATE:
        return by_file(config, cloud, audience, claims, request, err);
    case CREDENTIAL_GIVEN:
        return err_set(err, ERR_CONFIG, "NoToken",
                       "the token that was given is no longer taken, or not for %s: give a new one",
                       audience);
    }
    abort();
}

bool source_request(const struct credential_config *config, const struct cloud *cloud,
                    const char *audience, const char *claims, const char *key_file,
                    struct source_request *request, struct err *err)
{
    *request = (struct source_request){0};
    if (!build(config, cloud, audience, claims, key_file, request, err)) {
        source_request_done(request);
        return false;
    }
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
    mem_free_secret(request->proof);
    mem_free_secret(request->secret);
    *request = (struct source_request){0};
}
