/* token.c: Entra's token endpoint, the instance metadata service of virtual machines, and the
 * tokens that both have given out. A token is an opaque text that azsim remembers.
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 * https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
 */
#include "route.h"

#include "assertion.h"
#include "base/uuid.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char arm_audiences[] =
    "https://management.azure.com https://management.core.windows.net";
static const char vault_audiences[] = "https://vault.azure.net https://vault.azure.cn";

/* ---- tokens ---------------------------------------------------------------------------------- */

struct token *token_of(struct sim *sim, const char *authorization, bool *given)
{
    *given = authorization && strncasecmp(authorization, "Bearer ", 7) == 0;
    return *given ? table_find(sim->tokens, authorization + 7) : NULL;
}

static bool among(const char *list, const char *audience)
{
    size_t length = strlen(audience);
    for (const char *at = list; (at = strcasestr(at, audience)); at += length)
        if ((at == list || at[-1] == ' ') && (at[length] == '\0' || at[length] == ' '))
            return length > 0;
    return false;
}

bool token_for_arm(const struct sim *sim, const struct token *token)
{
    AUTO(text) char *own = mem_format("https://management.localhost:%u", sim->port);
    return among(arm_audiences, token->audience) || strcasecmp(own, token->audience) == 0;
}

bool token_for_vaults(const struct sim *sim, const struct token *token)
{
    AUTO(text) char *own = mem_format("https://vault.localhost:%u", sim->port);
    return among(vault_audiences, token->audience) || strcasecmp(own, token->audience) == 0;
}

/* The audience that a resource or a scope means: no trailing slashes, no ".default". */
static char *audience_of(const char *text)
{
    static const char all[] = "/.default";
    size_t length = strcspn(text, " ");
    if (length > strlen(all) && strncmp(text + length - strlen(all), all, strlen(all)) == 0)
        length -= strlen(all);
    while (length && text[length - 1] == '/')
        length--;
    return mem_text_n(text, length);
}

static bool audience_known(const struct sim *sim, char *audience)
{
    const struct token token = {.audience = audience};
    return token_for_arm(sim, &token) || token_for_vaults(sim, &token) ||
           strcasecmp(audience, "https://graph.microsoft.com") == 0;
}

/* Remembers a fresh token for the holder ("tenantId", "objectId", "clientId"); borrowed. */
static const char *issue(struct sim *sim, struct json_object *holder, const char *audience,
                         struct token **issued)
{
    char part[3][UUID_SIZE];
    struct token *token = mem_new(1, sizeof *token);
    for (size_t i = 0; i < COUNT(part); i++)
        uuid_random(part[i]);
    token->tenant = mem_text(js_string(holder, "tenantId", TENANT));
    token->object = mem_text(js_string(holder, "objectId", OPERATOR));
    token->client = mem_text(js_string(holder, "clientId", ""));
    token->audience = mem_text(audience);
    token->expires_ms = state_now_ms(sim) + sim->settings.token_ms;

    AUTO(text) char *text = mem_format("azsim.%s.%s.%s", part[0], part[1], part[2]);
    table_put(sim->tokens, text, token);
    *issued = token;
    struct lh_entry *entry = lh_table_lookup_entry(sim->tokens, text);
    return lh_entry_k(entry);
}

/* ---- Entra ----------------------------------------------------------------------------------- */

static void refuse(struct call *call, int status, const char *error, int code, const char *text)
{
    char trace[UUID_SIZE];
    AUTO(text) char *time = state_time(state_now_ms(call->sim), false);
    struct json_object *body = json_object_new_object(), *codes = json_object_new_array();
    uuid_random(trace);
    time[10] = ' ';
    AUTO(text)
    char *description = mem_format("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s",
                                   code, text, trace, trace, time);
    json_object_array_add(codes, json_object_new_int(code));
    js_put(body, "error", json_object_new_string(error));
    js_put(body, "error_description", json_object_new_string(description));
    js_put(body, "error_codes", codes);
    js_put(body, "timestamp", json_object_new_string(time));
    js_put(body, "trace_id", json_object_new_string(trace));
    js_put(body, "correlation_id", json_object_new_string(trace));
    call_answer(call, status, body);
}

/* A field of the posted form; the caller frees. */
static char *form_field(const struct call *call, const char *name)
{
    const struct sim_request form = {.query = call->request->body_text};
    const struct call reader = {.request = &form};
    return call_query(&reader, name);
}

static struct json_object *default_client(void)
{
    struct json_object *client = json_object_new_object();
    js_put(client, "tenantId", json_object_new_string(TENANT));
    js_put(client, "clientId", json_object_new_string("22222222-2222-2222-2222-222222222222"));
    js_put(client, "secret", json_object_new_string("azsim-secret"));
    js_put(client, "objectId", json_object_new_string(OPERATOR));
    return client;
}

/* Finds by its client id among those of the seed, or the default one; handed to the caller. */
static struct json_object *find_holder(struct json_object *known, const char *client_id)
{
    for (size_t i = 0; known && i < json_object_array_length(known); i++) {
        struct json_object *holder = json_object_array_get_idx(known, i);
        if (!client_id || strcasecmp(js_string(holder, "clientId", ""), client_id) == 0)
            return json_object_get(holder);
    }
    return NULL;
}

static struct json_object *find_client(struct call *call, const char *client_id)
{
    if (call->sim->clients || call->sim->identities)
        return find_holder(call->sim->clients, client_id);
    struct json_object *client = default_client();
    if (strcasecmp(js_string(client, "clientId", ""), client_id) == 0)
        return client;
    json_object_put(client);
    return NULL;
}

static void give_token(struct call *call, struct json_object *client, const char *audience,
                       bool old_form)
{
    struct token *token;
    const char *text = issue(call->sim, client, audience, &token);
    token->claims = form_field(call, "claims");
    int64_t seconds = call->sim->settings.token_ms / 1000;
    struct json_object *body = json_object_new_object();
    js_put(body, "token_type", json_object_new_string("Bearer"));
    if (old_form) { /* numbers are texts in version 1 */
        AUTO(text) char *in = mem_format("%lld", (long long)seconds);
        AUTO(text) char *on = mem_format("%lld", (long long)(token->expires_ms / 1000));
        js_put(body, "expires_in", json_object_new_string(in));
        js_put(body, "ext_expires_in", json_object_new_string(in));
        js_put(body, "expires_on", json_object_new_string(on));
        js_put(body, "resource", json_object_new_string(audience));
    } else {
        js_put(body, "expires_in", json_object_new_int64(seconds));
        js_put(body, "ext_expires_in", json_object_new_int64(seconds));
    }
    js_put(body, "access_token", json_object_new_string(text));
    call_answer(call, 200, body);
    call_header(call, "Cache-Control", "no-store, no-cache");
}

/* By an assertion if there is one, else by the secret. */
static bool proven(struct call *call, struct json_object *client)
{
    AUTO(secret) char *secret = form_field(call, "client_secret");
    AUTO(secret) char *assertion = form_field(call, "client_assertion");
    AUTO(text)
    char *audience = mem_format("https://%s%s", call->request->host, call->request->path);
    const struct refusal *refusal =
        assertion ? assertion_check(call, client, assertion, audience) : NULL;
    const char *own = js_string(client, "secret", NULL);
    if (refusal)
        refuse(call, refusal->status, refusal->error, refusal->code, refusal->text);
    else if (!assertion && (!secret || !own || strcmp(secret, own) != 0))
        refuse(call, 401, "invalid_client", 7000215,
               "Invalid client secret provided. Ensure the secret being sent in the request is "
               "the client secret value, not the client secret ID.");
    else
        return true;
    return false;
}

/* The client's tenant stands in the path. An AD FS authority has one directory, and /adfs there;
 * it is the only one that Azure's command line uses without asking the public cloud. */
static bool is_its_authority(struct json_object *client, const char *name)
{
    return strcasecmp(name, "adfs") == 0 ||
           strcasecmp(js_string(client, "tenantId", TENANT), name) == 0;
}

static void entra_token(struct call *call, bool old_form)
{
    AUTO(text) char *grant = form_field(call, "grant_type");
    AUTO(text) char *client_id = form_field(call, "client_id");
    AUTO(text) char *wanted = form_field(call, old_form ? "resource" : "scope");
    if (!grant || strcmp(grant, "client_credentials") != 0) {
        refuse(call, 400, "unsupported_grant_type", 70003,
               "The app requested an unsupported grant type.");
        return;
    }
    AUTO(json) struct json_object *client = client_id ? find_client(call, client_id) : NULL;
    if (!client || !is_its_authority(client, call->args[0])) {
        refuse(call, 400, "unauthorized_client", 700016,
               "Application was not found in the directory. This can happen if the application "
               "has not been installed by the administrator of the tenant.");
        return;
    }
    if (!proven(call, client))
        return;
    AUTO(text) char *audience = audience_of(wanted ? wanted : "");
    if (!audience_known(call->sim, audience)) {
        refuse(call, 400, "invalid_resource", 500011,
               "The resource principal was not found in the tenant.");
        return;
    }
    give_token(call, client, audience, old_form);
}

static void entra_token_v1(struct call *call)
{
    entra_token(call, true);
}

static void entra_token_v2(struct call *call)
{
    entra_token(call, false);
}

static void entra_configuration(struct call *call)
{
    struct json_object *body = json_object_new_object();
    const char *tenant = call->args[0];
    const struct {
        const char *name, *path;
    } rows[] = {
        {"token_endpoint", "/oauth2/v2.0/token"},
        {"authorization_endpoint", "/oauth2/v2.0/authorize"},
        {"device_authorization_endpoint", "/oauth2/v2.0/devicecode"},
        {"jwks_uri", "/discovery/v2.0/keys"},
        {"issuer", "/v2.0"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        AUTO(text)
        char *url = mem_format("https://%s/%s%s", call->request->host, tenant, rows[i].path);
        js_put(body, rows[i].name, json_object_new_string(url));
    }
    call_answer(call, 200, body);
}

static const struct route routes[] = {
    {"POST", "/{}/oauth2/v2.0/token", NULL, entra_token_v2},
    {"POST", "/{}/oauth2/token", NULL, entra_token_v1},
    {"GET", "/{}/v2.0/.well-known/openid-configuration", NULL, entra_configuration},
    {"GET", "/{}/.well-known/openid-configuration", NULL, entra_configuration},
};

void entra_serve(struct call *call)
{
    bool wrong_method;
    call->route = route_find(routes, COUNT(routes), call, call->request->path, &wrong_method);
    if (call->route)
        call->route->serve(call);
    else
        refuse(call, wrong_method ? 405 : 404, "invalid_request", 900561,
               "The endpoint is not there, or does not accept this method.");
}

/* ---- the instance metadata service ----------------------------------------------------------- */

static void refuse_imds(struct call *call, const char *error, const char *description)
{
    struct json_object *body = json_object_new_object();
    js_put(body, "error", json_object_new_string(error));
    js_put(body, "error_description", json_object_new_string(description));
    call_answer(call, 400, body);
}

static struct json_object *find_identity(struct call *call, const char *client_id)
{
    if (call->sim->clients || call->sim->identities)
        return find_holder(call->sim->identities, client_id);
    if (client_id)
        return NULL;
    struct json_object *identity = default_client();
    js_put(identity, "clientId", json_object_new_string("66666666-6666-6666-6666-666666666666"));
    return identity;
}

/* A machine of Azure Arc asks for a file that only the machine's own can read. Who has read it
 * says so: "Basic <content>". The seed's "arc" has the "file" and the "key" that is in it.
 * https://learn.microsoft.com/azure/azure-arc/servers/managed-identity-authentication */
static bool pass_arc(struct call *call)
{
    struct json_object *arc = call->sim->arc;
    const char *given = call->request->authorization;
    AUTO(secret) char *wanted = mem_format("Basic %s", js_string(arc, "key", ""));
    if (!arc || (given && strcmp(given, wanted) == 0))
        return true;
    refuse_imds(call, "unauthorized", "The key of the challenge is required");
    call->response->status = 401;
    call_header(call, "WWW-Authenticate", "Basic realm=%s", js_string(arc, "file", ""));
    return false;
}

static void imds_token(struct call *call)
{
    AUTO(text) char *resource = call_query(call, "resource");
    AUTO(text) char *client_id = call_query(call, "client_id");
    AUTO(text) char *audience = audience_of(resource ? resource : "");
    if (!call->request->metadata || strcasecmp(call->request->metadata, "true") != 0) {
        refuse_imds(call, "invalid_request", "Required metadata header not specified");
        return;
    }
    if (!pass_arc(call))
        return;
    if (!call->api_version || !resource || !audience_known(call->sim, audience)) {
        refuse_imds(call, call->api_version && resource ? "invalid_resource" : "invalid_request",
                    "Required query variable 'resource' or 'api-version' is missing or unknown");
        return;
    }
    if (!client_id && call->sim->identities &&
        json_object_array_length(call->sim->identities) > 1) {
        refuse_imds(call, "invalid_request",
                    "Multiple user assigned identities exist, please specify the clientId / "
                    "resourceId of the identity in the token request");
        return;
    }
    AUTO(json) struct json_object *identity = find_identity(call, client_id);
    if (!identity) {
        refuse_imds(call, "invalid_request", "Identity not found");
        return;
    }

    struct token *token;
    const char *text = issue(call->sim, identity, audience, &token);
    AUTO(text) char *in = mem_format("%lld", (long long)(call->sim->settings.token_ms / 1000));
    AUTO(text) char *on = mem_format("%lld", (long long)(token->expires_ms / 1000));
    AUTO(text)
    char *from =
        mem_format("%lld", (long long)((token->expires_ms - call->sim->settings.token_ms) / 1000));
    struct json_object *body = json_object_new_object();
    js_put(body, "access_token", json_object_new_string(text));
    js_put(body, "client_id", json_object_new_string(token->client));
    js_put(body, "expires_in", json_object_new_string(in));
    js_put(body, "expires_on", json_object_new_string(on));
    js_put(body, "ext_expires_in", json_object_new_string(in));
    js_put(body, "not_before", json_object_new_string(from));
    js_put(body, "resource", json_object_new_string(resource));
    js_put(body, "token_type", json_object_new_string("Bearer"));
    call_answer(call, 200, body);
}

void imds_serve(struct call *call)
{
    static const struct route route[] = {
        {"GET", "/metadata/identity/oauth2/token", NULL, imds_token},
    };
    bool wrong_method;
    call->route = route_find(route, COUNT(route), call, call->request->path, &wrong_method);
    if (call->route)
        call->route->serve(call);
    else
        call_fail(call, wrong_method ? 405 : 404, "NotFound", "The metadata is not there.");
}
