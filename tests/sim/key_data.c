#include "key_data.h"

#include "access.h"
#include "base/armid.h"
#include "base/cidr.h"
#include "base/uuid.h"
#include "claims.h"
#include "route.h"
#include "throttle.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PAGE_MAX 25 /* what the vault gives at most in one page */

/* ---- showing --------------------------------------------------------------------------------- */

/* Moduli are of no use to anybody here, so every key has the same; its length is a real one's. */
static void put_material(struct json_object *key, const struct key_version *version)
{
    if (version->curve) {
        js_put(key, "crv", json_object_new_string(version->curve));
        js_put(key, "x", json_object_new_string("bK69YBZfJ66BV3wt7w-3_RYzBb0UTnpuU-zyxzcdsLE"));
        js_put(key, "y", json_object_new_string("rsPaY5kySD0zr-QxalAxr2M334G2KU2fw7Cy7txBdzg"));
        return;
    }
    size_t length = ((size_t)version->size / 8 * 4 + 2) / 3; /* base64url without padding */
    AUTO(text) char *modulus = mem_new(length + 1, 1);
    memset(modulus, 'A', length);
    modulus[0] = 'w'; /* the highest bit is set, as in a key of that size */
    modulus[length - 1] = 'Q';
    js_put(key, "n", json_object_new_string(modulus));
    js_put(key, "e", json_object_new_string("AQAB"));
}

static char *kid(struct call *call, const struct key *key, const struct key_version *version)
{
    AUTO(text) char *origin = key_origin(call->sim, key->vault);
    return version ? mem_format("%s/keys/%s/%s", origin, key->name, version->id)
                   : mem_format("%s/keys/%s", origin, key->name);
}

struct json_object *key_attributes(struct call *call, const struct key *key,
                                   const struct key_version *version)
{
    int64_t days;
    const char *level = key_recovery_level(call->sim, key->vault, &days);
    struct json_object *shown = json_object_new_object();
    js_put(shown, "enabled", json_object_new_boolean(version->enabled));
    if (version->nbf_s)
        js_put(shown, "nbf", json_object_new_int64(version->nbf_s));
    if (version->exp_s)
        js_put(shown, "exp", json_object_new_int64(version->exp_s));
    js_put(shown, "created", json_object_new_int64(version->created_s));
    js_put(shown, "updated", json_object_new_int64(version->updated_s));
    js_put(shown, "recoveryLevel", json_object_new_string(level));
    js_put(shown, "recoverableDays", json_object_new_int64(days));
    if (strcmp(call->api_version, "7.4") >= 0 || call->api_version[0] == '2')
        js_put(shown, "exportable", json_object_new_boolean(false));
    if (strcmp(call->api_version, "7.5") >= 0 || call->api_version[0] == '2')
        js_put(shown, "hsmPlatform", json_object_new_string("0"));
    return shown;
}

struct json_object *key_bundle(struct call *call, const struct key *key,
                               const struct key_version *version)
{
    AUTO(text) char *url = kid(call, key, version);
    struct json_object *body = json_object_new_object(), *shown = json_object_new_object();
    js_put(shown, "kid", json_object_new_string(url));
    js_put(shown, "kty", json_object_new_string(version->kty));
    js_put(shown, "key_ops", js_copy(version->ops));
    put_material(shown, version);
    js_put(body, "key", shown);
    js_put(body, "attributes", key_attributes(call, key, version));
    if (version->tags)
        js_put(body, "tags", js_copy(version->tags));
    return body;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool refuse_missing(struct call *call, const char *name)
{
    return call_fail(call, 404, "KeyNotFound",
                     "A key with (name/id) %s was not found in this key vault. If you recently "
                     "deleted this key you may be able to recover it using the correct recovery "
                     "command. For help resolving this issue, please see "
                     "https://go.microsoft.com/fwlink/?linkid=2125182",
                     name);
}

struct key *key_data_find(struct call *call)
{
    struct key *key = key_find(call->sim, call->scope, call->args[0]);
    if (key && key_visible(call->sim, key))
        return key;
    /* The text repeats what stands in the path, a version too (recorded: kvdata-crud-go-7.4). */
    AUTO(text)
    char *name = mem_format("%s%s%s", call->args[0], call->args[1] ? "/" : "",
                            call->args[1] ? call->args[1] : "");
    refuse_missing(call, name);
    return NULL;
}

/* args[1] is a version, or not there: the newest. A disabled one is shown all the same. */
static void get(struct call *call)
{
    struct key *key = key_data_find(call);
    if (!key)
        return;
    struct key_version *version = call->args[1] ? key_version(key, call->args[1]) : key_newest(key);
    if (version) {
        call_answer(call, 200, key_bundle(call, key, version));
    } else {
        AUTO(text) char *name = mem_format("%s/%s", call->args[0], call->args[1]);
        refuse_missing(call, name);
    }
}

/* ---- pages ----------------------------------------------------------------------------------- */

void page_start(struct page *page, struct call *call)
{
    AUTO(text) char *size = call_query(call, "maxresults");
    AUTO(text) char *token = call_query(call, "$skiptoken");
    int64_t limit = size ? strtoll(size, NULL, 10) : PAGE_MAX;
    *page = (struct page){.call = call, .value = json_object_new_array()};
    page->limit = limit < 1 || limit > PAGE_MAX ? PAGE_MAX : limit;
    page->skip = token ? strtoll(token, NULL, 10) : 0;
}

bool page_wants(struct page *page)
{
    int64_t number = page->seen++;
    return number >= page->skip && number - page->skip < page->limit;
}

/* The last page has a nextLink too: null. */
void page_finish(struct page *page)
{
    struct call *call = page->call;
    struct json_object *body = json_object_new_object();
    json_object_object_add(body, "value", page->value);
    int64_t next = page->skip + page->limit;
    if (page->seen > next) {
        AUTO(text) char *origin = key_origin(call->sim, call->scope);
        AUTO(text)
        char *link = mem_format("%s%s?api-version=%s&$skiptoken=%lld&maxresults=%lld", origin,
                                call->request->path, call->api_version, (long long)next,
                                (long long)page->limit);
        json_object_object_add(body, "nextLink", json_object_new_string(link));
    } else {
        json_object_object_add(body, "nextLink", NULL);
    }
    call_answer(call, 200, body);
}

static struct json_object *item(struct call *call, const struct key *key,
                                const struct key_version *version, bool exact)
{
    AUTO(text) char *url = kid(call, key, exact ? version : NULL);
    struct json_object *shown = json_object_new_object();
    js_put(shown, "kid", json_object_new_string(url));
    js_put(shown, "attributes", key_attributes(call, key, version));
    if (version->tags)
        js_put(shown, "tags", js_copy(version->tags));
    return shown;
}

static void on_key(struct key *key, void *owner)
{
    struct page *page = owner;
    if (key_visible(page->call->sim, key) && page_wants(page))
        json_object_array_add(page->value, item(page->call, key, key_newest(key), false));
}

static void list(struct call *call)
{
    struct page page;
    page_start(&page, call);
    key_each(call->sim, call->scope, on_key, &page);
    page_finish(&page);
}

/* Of a key that is not there, the list is empty. */
static void list_versions(struct call *call)
{
    struct page page;
    struct key *key = key_find(call->sim, call->scope, call->args[0]);
    page_start(&page, call);
    if (key && key_visible(call->sim, key)) {
        struct key_version **sorted = key_by_id(key);
        for (size_t i = 0; i < key->count; i++)
            if (page_wants(&page))
                json_object_array_add(page.value, item(call, key, sorted[i], true));
        free(sorted);
    }
    page_finish(&page);
}

/* ---- the vault's door ------------------------------------------------------------------------ */

/* more: what stands behind the resource, or "". */
static bool challenge(struct call *call, struct resource *vault, const char *message,
                      const char *more)
{
    call_fail(call, 401, "Unauthorized", "%s", message);
    call_header(call, "WWW-Authenticate",
                "Bearer authorization=\"https://login.localhost:%u/%s\", "
                "resource=\"https://vault.azure.net\"%s%s",
                call->sim->port, js_string(vault->body, "properties.tenantId", TENANT),
                *more ? ", " : "", more);
    return false;
}

static bool identify(struct call *call, struct resource *vault)
{
    bool given;
    struct token *token = token_of(call->sim, call->request->authorization, &given);
    if (!given)
        return challenge(call, vault, "AKV10000: Request is missing a Bearer or PoP token.", "");
    if (!token || token->expires_ms <= state_now_ms(call->sim))
        return challenge(call, vault,
                         "AKV10046: Unable to resolve the key used for signature "
                         "validation, or the token has expired.",
                         "");
    if (!token_for_vaults(call->sim, token)) {
        AUTO(text)
        char *message = mem_format("AKV10022: Invalid audience. Expected https://vault.azure.net, "
                                   "found: %s.",
                                   token->audience);
        return challenge(call, vault, message, "");
    }
    AUTO(text) char *lacking = claims_lacking(call->sim, token);
    if (lacking)
        return challenge(call, vault, "The token lacks claims that are required.", lacking);
    call->caller = (struct caller){token->tenant, token->object, token->client};
    return true;
}

static bool address_listed(struct json_object *rules, const char *text)
{
    struct cidr caller, range;
    if (!cidr_parse(text, &caller))
        return false;
    for (size_t i = 0; rules && i < json_object_array_length(rules); i++) {
        struct json_object *rule = json_object_array_get_idx(rules, i);
        if (cidr_parse(js_string(rule, "value", ""), &range)) {
            uint32_t mask = range.length ? UINT32_MAX << (32 - range.length) : 0;
            if ((caller.base & mask) == range.base)
                return true;
        }
    }
    return false;
}

/* The firewall asks for the address that the settings say the caller has. */
static bool pass_firewall(struct call *call, struct resource *vault)
{
    const char *address = call->sim->settings.caller_address;
    struct json_object *acls = js_object(vault->body, "properties.networkAcls");
    bool shut = strcasecmp(js_string(vault->body, "properties.publicNetworkAccess", "Enabled"),
                           "Enabled") != 0;
    bool denies = strcasecmp(js_string(acls, "defaultAction", "Allow"), "Deny") == 0;
    if (strcmp(address, "allowed") == 0)
        return true;
    if (!shut && (!denies || address_listed(js_array(acls, "ipRules"), address)))
        return true;
    if (shut)
        return call_fail_inner(call, 403, "Forbidden", "ForbiddenByConnection",
                               "Public network access is disabled and request is not from a "
                               "trusted service nor via an approved private link.\r\nCaller: "
                               "appid=%s;oid=%s;iss=https://sts.windows.net/%s/\r\nVault: "
                               "%s;location=%s",
                               call->caller.client, call->caller.object, call->caller.tenant,
                               armid_name(vault->id), js_string(vault->body, "location", ""));
    return call_fail_inner(call, 403, "Forbidden", "ForbiddenByFirewall",
                           "Client address is not authorized and caller is not a trusted "
                           "service.\r\nClient address: %s\r\nCaller: appid=%s;oid=%s;"
                           "iss=https://sts.windows.net/%s/\r\nVault: %s;location=%s",
                           address, call->caller.client, call->caller.object, call->caller.tenant,
                           armid_name(vault->id), js_string(vault->body, "location", ""));
}

static bool version_known(const char *version)
{
    static const char *const known[] = {"7.0", "7.1",           "7.2", "7.3",
                                        "7.4", "7.5-preview.1", "7.5", "7.6-preview.2",
                                        "7.6", "2025-07-01"};
    for (size_t i = 0; i < COUNT(known); i++)
        if (strcmp(known[i], version) == 0)
            return true;
    return false;
}

/* ---- the table ------------------------------------------------------------------------------- */

/* clang-format off */
static const struct route routes[] = {
    {"GET",    "/keys",                      NULL, list},
    {"GET",    "/keys/{}",                   NULL, get},
    {"GET",    "/keys/{}/versions",          NULL, list_versions},
    {"GET",    "/keys/{}/rotationpolicy",    NULL, key_data_policy_get},
    {"PUT",    "/keys/{}/rotationpolicy",    NULL, key_data_policy_put},
    {"POST",   "/keys/{}/create",            NULL, key_data_create},
    {"POST",   "/keys/{}/rotate",            NULL, key_data_rotate},
    {"GET",    "/keys/{}/{}",                NULL, get},
    {"PATCH",  "/keys/{}",                   NULL, key_data_update},
    {"PATCH",  "/keys/{}/{}",                NULL, key_data_update},
    {"DELETE", "/keys/{}",                   NULL, key_data_delete},
    {"GET",    "/deletedkeys",               NULL, deleted_keys_list},
    {"GET",    "/deletedkeys/{}",            NULL, deleted_key_get},
    {"POST",   "/deletedkeys/{}/recover",    NULL, deleted_key_recover},
    {"DELETE", "/deletedkeys/{}",            NULL, deleted_key_purge},
};
/* clang-format on */

static bool pass_door(struct call *call, const char *vault_name)
{
    bool wrong_method;
    struct resource *vault = state_vault(call->sim, vault_name);
    if (!vault || vault->deleted_ms) /* its name would not resolve; this is the nearest */
        return call_fail(call, 404, "VaultNotFound", "There is no vault '%s'.", vault_name);
    if (!identify(call, vault))
        return false;
    if (!call->api_version || !version_known(call->api_version))
        return call_fail(call, 400, "BadParameter",
                         "The specified version (%s) is not recognized. Consider using the "
                         "latest supported version (7.6).",
                         call->api_version ? call->api_version : "");
    if (!pass_firewall(call, vault))
        return false;
    call->route = route_find(routes, COUNT(routes), call, call->request->path, &wrong_method);
    if (!call->route)
        return call_fail(call, wrong_method ? 405 : 404,
                         wrong_method ? "MethodNotAllowed" : "NotFound",
                         "The vault does not serve this request.");
    if (!access_vault(call, vault))
        return false;
    if (!throttle_vault(call, vault_name,
                        call->route->serve == key_data_create ||
                            call->route->serve == key_data_rotate))
        return false;
    call->scope = mem_text(vault_name);
    return true;
}

void data_serve(struct call *call, const char *vault_name)
{
    char request_id[UUID_SIZE];
    if (pass_door(call, vault_name))
        call->route->serve(call);
    uuid_random(request_id);
    call_header(call, "x-ms-keyvault-region", "swedencentral");
    call_header(call, "x-ms-keyvault-service-version", "1.9.2484.1");
    call_header(call, "x-ms-keyvault-network-info",
                "conn_type=Ipv4;addr=203.0.113.10;act_addr_fam=InterNetwork;");
    call_header(call, "x-ms-request-id", "%s", request_id);
    if (call->request->client_request_id)
        call_header(call, "x-ms-client-request-id", "%s", call->request->client_request_id);
}
