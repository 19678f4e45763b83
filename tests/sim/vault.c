#include "vault.h"

#include "base/armid.h"
#include "connection.h"
#include "grant.h"
#include "key.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- finding --------------------------------------------------------------------------------- */

void vault_settle(struct sim *sim, struct resource *vault)
{
    if (vault->child_ms && vault->child_ms <= state_now_ms(sim)) {
        vault->child_ms = 0;
        connections_settle(sim, vault);
    }
    if (!vault->settles_ms || vault->settles_ms > state_now_ms(sim))
        return;
    struct json_object *body = js_copy(vault->body);
    js_put(body, "properties.provisioningState", json_object_new_string("Succeeded"));
    resource_set(vault, body);
    vault->settles_ms = 0;
}

/* The vault that the path names, or NULL with the gateway's 404. */
static struct resource *find(struct call *call)
{
    struct resource *vault = table_find(call->sim->vaults, call->id);
    if (vault)
        vault_settle(call->sim, vault);
    else
        call_fail_gateway(call, 404, "ResourceNotFound",
                          "The Resource 'Microsoft.KeyVault/vaults/%s' under resource group '%s' "
                          "was not found. For more details please go to "
                          "https://aka.ms/ARMResourceNotFoundFix",
                          call->args[2], call->args[1]);
    return vault;
}

void vault_get(struct call *call)
{
    struct resource *vault = find(call);
    if (vault)
        call_show(call, 200, vault->body);
}

/* ---- writing --------------------------------------------------------------------------------- */

static struct json_object *system_data(struct call *call, struct json_object *old)
{
    AUTO(text) char *now = state_time(state_now_ms(call->sim), true);
    struct json_object *data = old ? js_copy(old) : json_object_new_object();
    if (!old) {
        js_put(data, "createdBy", json_object_new_string(call->caller.client));
        js_put(data, "createdByType", json_object_new_string("Application"));
        js_put(data, "createdAt", json_object_new_string(now));
    }
    js_put(data, "lastModifiedBy", json_object_new_string(call->caller.client));
    js_put(data, "lastModifiedByType", json_object_new_string("Application"));
    js_put(data, "lastModifiedAt", json_object_new_string(now));
    return data;
}

/* The whole body, out of what was sent and what was there; NULL old: a creation. A PATCH keeps
 * whatever it does not name. */
static struct json_object *build(struct call *call, struct json_object *sent,
                                 struct json_object *old)
{
    bool keep = old && call_is(call, "PATCH");
    struct json_object *body = keep ? js_copy(old) : json_object_new_object();
    struct json_object *tags = js_object(sent, "tags"), *data = js_object(old, "systemData");
    js_put(body, "id", old ? js_copy(js_find(old, "id")) : json_object_new_string(call->id));
    js_put(body, "name",
           old ? js_copy(js_find(old, "name")) : json_object_new_string(call->args[2]));
    js_put(body, "type", json_object_new_string("Microsoft.KeyVault/vaults"));
    js_put(body, "location", js_copy(js_find(old ? old : sent, "location")));
    if (tags || !keep)
        js_put(body, "tags", tags ? js_copy(tags) : json_object_new_object());
    if (data || !keep)
        js_put(body, "systemData", system_data(call, data));
    js_put(body, "properties",
           vault_properties(call, js_object(sent, "properties"), js_object(old, "properties")));
    return body;
}

/* In the answer to a creation the URI has no slash at its end and the caller's capitals; every
 * GET shows it in lower case with the slash. */
static void create(struct call *call, struct json_object *sent)
{
    struct json_object *body = build(call, sent, NULL);
    AUTO(text) char *name = armid_key(call->args[2]);
    AUTO(text) char *origin = key_origin(call->sim, name);
    AUTO(text) char *uri = mem_format("%s/", origin);
    AUTO(text) char *quirk = key_origin(call->sim, call->args[2]);
    int64_t dns_ms = call->sim->settings.registering_dns_ms;
    js_put(body, "properties.vaultUri", json_object_new_string(uri));
    js_put(body, "properties.provisioningState",
           json_object_new_string(dns_ms ? "RegisteringDns" : "Succeeded"));

    struct resource *vault = resource_new(call->id, body);
    vault->settles_ms = dns_ms ? state_now_ms(call->sim) + dns_ms : 0;
    table_put(call->sim->vaults, call->id, vault);
    table_put(call->sim->vault_names, name, vault);

    struct json_object *answer = js_copy(body);
    js_put(answer, "properties.vaultUri", json_object_new_string(quirk));
    call_answer(call, 200, answer);
}

static void replace(struct call *call, struct resource *vault, struct json_object *sent)
{
    resource_set(vault, build(call, sent, vault->body));
    call_show(call, 200, vault->body);
}

static bool name_valid(const char *name)
{
    size_t length = strlen(name);
    for (const char *at = name; *at; at++)
        if (!isalnum((unsigned char)*at) && *at != '-')
            return false;
    return length >= 3 && length <= 24 && isalpha((unsigned char)*name);
}

/* A name is one vault's in all of Azure, and stays so while it is soft-deleted. */
static bool name_free(struct call *call)
{
    struct resource *taken = state_vault(call->sim, call->args[2]);
    if (!name_valid(call->args[2]))
        return call_fail(call, 400, "VaultNameNotValid",
                         "The vault name '%s' is invalid. A vault's name must be between 3-24 "
                         "alphanumeric characters. The name must begin with a letter, end with a "
                         "letter or digit, and not contain consecutive hyphens.",
                         call->args[2]);
    if (taken && taken->deleted_ms)
        return call_fail(call, 409, "ConflictError",
                         "A vault with the same name already exists in deleted state. You need to "
                         "either recover or purge existing key vault. Follow this link "
                         "https://go.microsoft.com/fwlink/?linkid=2149745 for more information on "
                         "soft delete.");
    if (taken)
        return call_fail(call, 409, "VaultAlreadyExists",
                         "The vault name '%s' is already in use. Vault names are globally unique "
                         "so it is possible that the name is already taken.",
                         call->args[2]);
    return true;
}

/* Brings the deleted vault back as it was; what else the body says is not applied. */
static void recover(struct call *call)
{
    struct resource *taken = state_vault(call->sim, call->args[2]);
    if (!taken || !taken->deleted_ms || !armid_same(taken->id, call->id)) {
        call_fail(call, 404, "SoftDeletedVaultDoesNotExist",
                  "A soft deleted vault with the given name does not exist. Ensure that the name "
                  "for the vault that is being attempted to recover is in a recoverable state.");
        return;
    }
    struct resource *vault = vault_recover(call->sim, taken);
    struct json_object *body = js_copy(vault->body);
    js_put(body, "systemData", system_data(call, js_object(body, "systemData")));
    resource_set(vault, body);
    call_show(call, 200, vault->body);
}

static bool location_same(struct call *call, struct json_object *sent, struct json_object *old)
{
    AUTO(text) char *wanted = armid_location(js_string(sent, "location", ""));
    AUTO(text) char *there = armid_location(js_string(old, "location", ""));
    if (!*wanted || strcmp(wanted, there) == 0)
        return true;
    return call_fail_gateway(call, 409, "InvalidResourceLocation",
                             "The resource '%s' already exists in location '%s' in resource group "
                             "'%s'. A resource with the same name cannot be created in location "
                             "'%s'. Please select a new resource name.",
                             call->args[2], there, call->args[1], wanted);
}

void vault_put(struct call *call)
{
    struct json_object *sent = call_object(call);
    struct resource *vault = table_find(call->sim->vaults, call->id);
    if (!sent)
        return;
    struct json_object *properties = js_object(sent, "properties");
    if (!js_string(sent, "location", NULL)) {
        call_fail_gateway(call, 400, "LocationRequired",
                          "The location property is required for this definition.");
        return;
    }
    if (vault && !location_same(call, sent, vault->body))
        return;
    if (!vault && strcasecmp(js_string(properties, "createMode", ""), "recover") == 0) {
        recover(call);
        return;
    }
    if (!vault && !name_free(call))
        return;
    if (!vault_allowed(call, properties, vault ? js_object(vault->body, "properties") : NULL))
        return;
    if (vault) {
        vault_settle(call->sim, vault);
        replace(call, vault, sent);
    } else {
        create(call, sent);
    }
}

void vault_patch(struct call *call)
{
    struct resource *vault = find(call);
    struct json_object *sent = vault ? call_object(call) : NULL;
    if (!sent)
        return;
    if (vault_allowed(call, js_object(sent, "properties"), js_object(vault->body, "properties")))
        replace(call, vault, sent);
}

void vault_delete(struct call *call)
{
    struct resource *vault = find(call);
    if (!vault)
        return;
    vault_bury(call->sim, vault, state_now_ms(call->sim));
    call_answer(call, 200, NULL);
}

/* ---- lists ----------------------------------------------------------------------------------- */

static struct json_object *take_of_subscription(struct call *call, struct resource *vault)
{
    vault_settle(call->sim, vault);
    return call_covers(call, vault->id, false) ? json_object_get(vault->body) : NULL;
}

static struct json_object *take_of_group(struct call *call, struct resource *vault)
{
    vault_settle(call->sim, vault);
    return call_covers(call, vault->id, true) ? json_object_get(vault->body) : NULL;
}

void vaults_list(struct call *call)
{
    call_list(call, call->sim->vaults, take_of_subscription);
}

void vaults_list_group(struct call *call)
{
    call_list(call, call->sim->vaults, take_of_group);
}

/* Azure's command line asks for them along with the vaults. */
void managed_hsms_list(struct call *call)
{
    struct json_object *body = json_object_new_object();
    js_put(body, "value", json_object_new_array());
    call_answer(call, 200, body);
}

void vault_check_name(struct call *call)
{
    struct json_object *sent = call_object(call), *body;
    if (!sent)
        return;
    const char *name = js_string(sent, "name", "");
    struct resource *taken = state_vault(call->sim, name);
    body = json_object_new_object();
    js_put(body, "nameAvailable", json_object_new_boolean(!taken && name_valid(name)));
    if (taken || !name_valid(name)) {
        AUTO(text)
        char *message = taken ? mem_format("The name '%s' is already in use.", name)
                              : mem_format("The vault name '%s' is invalid.", name);
        js_put(body, "reason",
               json_object_new_string(taken ? "AlreadyExists" : "AccountNameInvalid"));
        js_put(body, "message", json_object_new_string(message));
    }
    call_answer(call, 200, body);
}
