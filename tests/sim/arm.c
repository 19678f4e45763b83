/* arm.c: Resource Manager's gateway: what it asks of a request before a resource provider sees
 * it (routes.c has all that the providers serve).
 * Refusals as recorded; those of api-versions and subscriptions are from public documentation. */
#include "route.h"

#include "access.h"
#include "activity.h"
#include "base/armid.h"
#include "base/uuid.h"
#include "claims.h"
#include "lock.h"
#include "registration.h"
#include "resources.h"
#include "schema.h"
#include "throttle.h"

#include <string.h>
#include <strings.h>

/* ---- the gateway's questions ----------------------------------------------------------------- */

/* error: NULL for a token that is merely invalid. */
static bool challenge(struct call *call, const char *code, const char *message, const char *error)
{
    AUTO(text)
    char *invalid = mem_format("error=\"invalid_token\", error_description=\"%s\"", message);
    call_fail_gateway(call, 401, code, "%s", message);
    call_header(call, "WWW-Authenticate",
                "Bearer authorization_uri=\"https://login.localhost:%u/\", %s", call->sim->port,
                error ? error : invalid);
    return false;
}

static bool identify(struct call *call)
{
    bool given;
    struct token *token = token_of(call->sim, call->request->authorization, &given);
    if (!given)
        return challenge(call, "AuthenticationFailed",
                         "Authentication failed. The 'Authorization' header is missing.", NULL);
    if (!token)
        return challenge(call, "InvalidAuthenticationToken", "The access token is invalid.", NULL);
    if (!token_for_arm(call->sim, token))
        return challenge(call, "InvalidAuthenticationTokenAudience",
                         "The access token has been obtained for wrong audience or resource.",
                         NULL);
    if (token->expires_ms <= state_now_ms(call->sim))
        return challenge(call, "ExpiredAuthenticationToken", "The access token has expired.", NULL);
    AUTO(text) char *lacking = claims_lacking(call->sim, token);
    if (lacking)
        return challenge(call, "InvalidAuthenticationToken",
                         "The access token lacks claims that are required.", lacking);
    call->caller = (struct caller){token->tenant, token->object, token->client};
    return true;
}

/* The type's last part, as the refusal names it: "vaults", "vaults/keys". */
static const char *type_of(const struct route *route)
{
    return strstr(route->pattern, route->provider->name)
               ? strstr(route->pattern, route->provider->name) + strlen(route->provider->name) + 1
               : route->provider->name;
}

static bool version_supported(const char *versions, const char *version)
{
    size_t length = strlen(version);
    for (const char *at = versions; (at = strstr(at, version)); at += length)
        if ((at == versions || at[-1] == ' ') && (at[length] == '\0' || at[length] == ','))
            return length > 0;
    return false;
}

static bool check_version(struct call *call)
{
    const struct provider *provider = call->route->provider;
    const char *version = call->api_version;
    if (version_supported(provider->versions, version))
        return true;
    if (provider->is_gateway)
        return call_fail_gateway(call, 400, "InvalidApiVersionParameter",
                                 "The api-version '%s' is invalid. The supported versions are "
                                 "'%s'.",
                                 version, provider->versions);
    const char *type = type_of(call->route);
    return call_fail_gateway(call, 400, "NoRegisteredProviderFound",
                             "No registered resource provider found for location "
                             "'swedencentral' and API version '%s' for type '%.*s'. The supported "
                             "api-versions are '%s'.",
                             version, (int)strcspn(type, "/"), type, provider->versions);
}

/* The subscription that stands in the path is there. */
static bool check_subscription(struct call *call)
{
    AUTO(text) char *subscription = armid_part(call->id, "subscriptions");
    AUTO(text) char *id = mem_format("/subscriptions/%s", subscription ? subscription : "");
    return !subscription || table_find(call->sim->subscriptions, id) ||
           call_fail_gateway(call, 404, "SubscriptionNotFound",
                             "The subscription '%s' could not be found.", subscription);
}

/* The group that stands in the path is there: asked after the caller's right, which is a matter
 * of the path alone, so that who may not look learns nothing. */
static bool check_group(struct call *call)
{
    AUTO(text) char *subscription = armid_part(call->id, "subscriptions");
    if (!subscription)
        return true;
    size_t head = strlen("/subscriptions/") + strlen(subscription);
    bool grouped = strncasecmp(call->id + head, "/resourceGroups/", 16) == 0;
    if (!grouped || call->route->serve == group_put)
        return true;
    const char *group = call->id + head + 16;
    AUTO(text)
    char *group_id = mem_text_n(call->id, (size_t)(group - call->id) + strcspn(group, "/"));
    if (!table_find(call->sim->groups, group_id))
        return call_fail_gateway(call, 404, "ResourceGroupNotFound",
                                 "Resource group '%s' could not be found.", armid_name(group_id));
    return true;
}

/* What azsim knows no provider of can still be read if the seed had it. */
static bool show_seeded(struct call *call)
{
    struct resource *resource = table_find(call->sim->others, call->id);
    if (resource && call_is(call, "GET") && access_arm(call))
        call_show(call, 200, resource->body);
    return resource && call_is(call, "GET");
}

static bool refuse_path(struct call *call, bool wrong_method)
{
    if (show_seeded(call))
        return false;
    if (wrong_method)
        return call_fail_gateway(call, 405, "HttpMethodNotSupported",
                                 "The http method '%s' is not supported for a resource "
                                 "collection or resource of this type.",
                                 call->request->method);
    const char *type = strcasestr(call->id, "/providers/");
    return call_fail_gateway(call, 404, "InvalidResourceType",
                             "The resource type could not be found in the namespace '%.*s' for "
                             "api version '%s'.",
                             type ? (int)strcspn(type + 11, "/") : 0, type ? type + 11 : "",
                             call->api_version);
}

static bool pass_gateway(struct call *call)
{
    bool wrong_method;
    if (!identify(call))
        return false;
    if (!call->api_version || !*call->api_version)
        return call_fail_gateway(call, 400, "MissingApiVersionParameter",
                                 "The api-version query parameter (?api-version=) is required for "
                                 "all requests.");
    call->route = routes_find(call, &wrong_method);
    if (!call->route)
        return refuse_path(call, wrong_method);
    return check_version(call) && check_subscription(call) && access_arm(call) && check_group(call);
}

/* ---- headers --------------------------------------------------------------------------------- */

/* A client may bring its own correlation id, for a plan of several requests, and have its request
 * id back. */
static void add_ids(struct call *call, const char *request_id)
{
    char made_up[UUID_SIZE];
    const struct sim_request *asked = call->request;
    bool brought = asked->correlation_id && uuid_valid(asked->correlation_id);
    const char *correlation_id = brought ? asked->correlation_id : made_up;
    uuid_random(made_up);
    call_header(call, "x-ms-request-id", "%s", request_id);
    call_header(call, "x-ms-correlation-request-id", "%s", correlation_id);
    call_header(call, "x-ms-routing-request-id", "SWEDENCENTRAL:%s", correlation_id);
    if (asked->client_request_id && asked->return_client_id &&
        strcasecmp(asked->return_client_id, "true") == 0)
        call_header(call, "x-ms-client-request-id", "%s", asked->client_request_id);
}

static void add_headers(struct call *call)
{
    char request_id[UUID_SIZE];
    uuid_random(request_id);
    call_header(call, "Cache-Control", "no-cache");
    add_ids(call, request_id);
    for (int i = 0; i < call->response->n_headers; i++)
        if (strcmp(call->response->headers[i].name, "x-ms-failure-cause") == 0)
            return; /* the provider was never asked, so nothing was counted */
    throttle_count(call);
    call_header(call, "x-ms-operation-identifier", "tenantId=%s,objectId=%s/swedencentral/%s",
                call->caller.tenant, call->caller.object, request_id);
    if (call->route && call->route->provider->service)
        call_header(call, "x-ms-keyvault-service-version", "%s", call->route->provider->service);
}

void arm_serve(struct call *call)
{
    if (strncmp(call->request->path, "/metadata/endpoints", 19) == 0) {
        metadata_get(call);
        return;
    }
    if (pass_gateway(call) && throttle_arm(call) && registration_allows(call) &&
        lock_allows(call) && schema_allows(call))
        call->route->serve(call);
    add_headers(call);
    activity_note(call);
}
