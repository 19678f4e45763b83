/* registration.c: a subscription is registered for all providers that azsim has, unless it has been
 * unregistered or seeded so: "live": {"/subscriptions/S/providers/Microsoft.KeyVault":
 * {"registrationState": "NotRegistered"}}.
 * OBSERVED 5, traffic/arm-missing-subscription-registration (of a PUT; that a GET passes is a
 * belief). The shape of providers is that of the REST reference. */
#include "registration.h"

#include "route.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* clang-format off */
static const struct {
    const char *name;
    const char *types[4]; /* NULL-ended */
} spaces[] = {
    {"Microsoft.KeyVault",          {"vaults", "deletedVaults", "vaults/keys"}},
    {"Microsoft.CognitiveServices", {"accounts", "deletedAccounts", "accounts/deployments"}},
    {"Microsoft.ManagedIdentity",   {"userAssignedIdentities"}},
    {"Microsoft.Network",           {"privateEndpoints"}},
    {"Microsoft.Insights",          {"diagnosticSettings"}},
};
/* clang-format on */

static int space_of(const char *name)
{
    for (size_t i = 0; i < COUNT(spaces); i++)
        if (strcasecmp(spaces[i].name, name) == 0)
            return (int)i;
    return -1;
}

/* ---- the state ------------------------------------------------------------------------------- */

static char *id_of(const struct call *call, const char *name)
{
    return mem_format("/subscriptions/%s/providers/%s", call->args[0], name);
}

/* What passes with time: Registering becomes Registered, Unregistering NotRegistered. */
static const char *state_of(const struct call *call, const char *name)
{
    AUTO(text) char *id = id_of(call, name);
    const struct resource *record = table_find(call->sim->others, id);
    const char *state =
        record ? js_string(record->body, "registrationState", "Registered") : "Registered";
    bool settled = !record || record->settles_ms <= state_now_ms(call->sim);
    if (settled && strcasecmp(state, "Registering") == 0)
        return "Registered";
    return settled && strcasecmp(state, "Unregistering") == 0 ? "NotRegistered" : state;
}

static void set_state(struct call *call, const char *name, const char *state)
{
    AUTO(text) char *id = id_of(call, name);
    struct json_object *body = json_object_new_object();
    js_put(body, "id", json_object_new_string(id));
    js_put(body, "registrationState", json_object_new_string(state));
    struct resource *record = resource_new(id, body);
    record->settles_ms = state_now_ms(call->sim) + call->sim->settings.operation_ms;
    table_put(call->sim->others, id, record);
}

bool registration_allows(struct call *call)
{
    const char *name = call->route->provider->name;
    if (call_is(call, "GET") || !call->args[0] || space_of(name) < 0 ||
        strcasestr(call->route->pattern, "{scope}") ||
        strcmp(state_of(call, name), "Registered") == 0)
        return true;
    AUTO(text)
    char *message = mem_format("The subscription is not registered to use namespace '%s'. See "
                               "https://aka.ms/rps-not-found for how to register subscriptions.",
                               name);
    struct json_object *details = json_object_new_array(), *detail = json_object_new_object();
    js_put(detail, "code", json_object_new_string("MissingSubscriptionRegistration"));
    js_put(detail, "target", json_object_new_string(name));
    js_put(detail, "message", json_object_new_string(message));
    json_object_array_add(details, detail);
    call_fail_gateway(call, 409, "MissingSubscriptionRegistration", "%s", message);
    js_put(call->response->body, "error.details", details);
    return false;
}

/* ---- serving --------------------------------------------------------------------------------- */

/* "2023-07-01, 2024-11-01" as an array, the newest first as Azure lists them. */
static struct json_object *split_versions(const char *versions)
{
    AUTO(json) struct json_object *forth = json_object_new_array();
    struct json_object *back = json_object_new_array();
    for (const char *at = versions; *at; at += strspn(at, ", ")) {
        size_t length = strcspn(at, ",");
        json_object_array_add(forth, json_object_new_string_len(at, (int)length));
        at += length;
    }
    for (size_t i = json_object_array_length(forth); i > 0; i--)
        json_object_array_add(back, json_object_get(json_object_array_get_idx(forth, i - 1)));
    return back;
}

static struct json_object *show(struct call *call, int row)
{
    AUTO(text) char *id = id_of(call, spaces[row].name);
    struct json_object *body = json_object_new_object(), *list = json_object_new_array();
    const char *versions = routes_versions(spaces[row].name);
    for (size_t i = 0; spaces[row].types[i]; i++) {
        struct json_object *type = json_object_new_object(), *places = json_object_new_array();
        json_object_array_add(places, json_object_new_string("Sweden Central"));
        js_put(type, "resourceType", json_object_new_string(spaces[row].types[i]));
        js_put(type, "locations", places);
        js_put(type, "apiVersions", split_versions(versions));
        json_object_array_add(list, type);
    }
    js_put(body, "id", json_object_new_string(id));
    js_put(body, "namespace", json_object_new_string(spaces[row].name));
    js_put(body, "resourceTypes", list);
    js_put(body, "registrationState", json_object_new_string(state_of(call, spaces[row].name)));
    js_put(body, "registrationPolicy", json_object_new_string("RegistrationRequired"));
    return body;
}

void providers_list(struct call *call)
{
    struct json_object *body = json_object_new_object(), *value = json_object_new_array();
    json_object_object_add(body, "value", value);
    for (size_t i = 0; i < COUNT(spaces); i++)
        json_object_array_add(value, show(call, (int)i));
    call_answer(call, 200, body);
}

static int find(struct call *call)
{
    int row = space_of(call->args[1]);
    if (row < 0)
        call_fail_gateway(call, 404, "InvalidResourceNamespace",
                          "The resource namespace '%s' is invalid.", call->args[1]);
    return row;
}

void provider_get(struct call *call)
{
    int row = find(call);
    if (row >= 0)
        call_answer(call, 200, show(call, row));
}

static void change(struct call *call, const char *state)
{
    int row = find(call);
    if (row < 0)
        return;
    set_state(call, spaces[row].name, state);
    call_answer(call, 200, show(call, row));
}

void provider_register(struct call *call)
{
    change(call, "Registering");
}

void provider_unregister(struct call *call)
{
    change(call, "Unregistering");
}
