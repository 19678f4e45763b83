/* vault_deleted.c: soft-deleted vaults: they keep their name, their keys and what they were, but
 * not the role assignments on them. */
#include "vault.h"

#include "base/armid.h"
#include "grant.h"
#include "key.h"
#include "operation.h"

#include <stdlib.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)
#define RETENTION 90

void vault_bury(struct sim *sim, struct resource *vault, int64_t now_ms)
{
    grants_drop_below(sim, vault->id);
    vault = table_take(sim->vaults, vault->id);
    vault->deleted_ms = now_ms;
    vault->settles_ms = 0;
    table_put(sim->deleted_vaults, vault->id, vault);
}

static int64_t purge_ms(const struct resource *vault)
{
    return vault->deleted_ms +
           js_int(vault->body, "properties.softDeleteRetentionInDays", RETENTION) * DAY_MS;
}

static void purge(struct sim *sim, const struct resource *vault)
{
    AUTO(text) char *id = mem_text(vault->id);
    keys_drop(sim, armid_name(id));
    table_remove(sim->vault_names, armid_name(id));
    table_remove(sim->deleted_vaults, id);
}

void vaults_expire(struct sim *sim)
{
    int64_t now_ms = state_now_ms(sim);
    struct lh_entry *next;
    for (struct lh_entry *at = lh_table_head(sim->deleted_vaults); at; at = next) {
        const struct resource *vault = lh_entry_v(at);
        next = lh_entry_next(at);
        if (purge_ms(vault) <= now_ms)
            purge(sim, vault);
    }
}

struct resource *vault_recover(struct sim *sim, struct resource *deleted)
{
    struct resource *vault = table_take(sim->deleted_vaults, deleted->id);
    struct json_object *body = js_copy(vault->body);
    vault->deleted_ms = 0;
    js_put(body, "properties.provisioningState", json_object_new_string("Succeeded"));
    resource_set(vault, body);
    table_put(sim->vaults, vault->id, vault);
    return vault;
}

/* ---- reading --------------------------------------------------------------------------------- */

static struct json_object *record(struct resource *vault)
{
    AUTO(text) char *subscription = armid_part(vault->id, "subscriptions");
    AUTO(text) char *location = armid_location(js_string(vault->body, "location", ""));
    AUTO(text) char *from = state_time(vault->deleted_ms, false);
    AUTO(text) char *to = state_time(purge_ms(vault), false);
    AUTO(text)
    char *id = mem_format("/subscriptions/%s/providers/Microsoft.KeyVault/locations/%s/"
                          "deletedVaults/%s",
                          subscription, location, armid_name(vault->id));

    struct json_object *body = json_object_new_object(), *tags = js_object(vault->body, "tags");
    js_put(body, "id", json_object_new_string(id));
    js_put(body, "name", json_object_new_string(armid_name(vault->id)));
    js_put(body, "type", json_object_new_string("Microsoft.KeyVault/deletedVaults"));
    js_put(body, "properties.vaultId", json_object_new_string(vault->id));
    js_put(body, "properties.location", js_copy(js_find(vault->body, "location")));
    js_put(body, "properties.tags", tags ? js_copy(tags) : json_object_new_object());
    js_put(body, "properties.deletionDate", json_object_new_string(from));
    js_put(body, "properties.scheduledPurgeDate", json_object_new_string(to));
    if (js_bool(vault->body, "properties.enablePurgeProtection", false))
        js_put(body, "properties.purgeProtectionEnabled", json_object_new_boolean(true));
    return body;
}

/* args: subscription, location, name */
static struct resource *find(struct call *call)
{
    struct resource *vault = state_vault(call->sim, call->args[2]);
    if (vault && vault->deleted_ms && call_covers(call, vault->id, false)) {
        AUTO(text) char *there = armid_location(js_string(vault->body, "location", ""));
        AUTO(text) char *asked = armid_location(call->args[1]);
        if (strcmp(there, asked) == 0)
            return vault;
    }
    call_fail(call, 404, "DeletedVaultNotFound",
              "The specified deleted vault '%s' does not exist. Ensure that the vault was indeed "
              "deleted and that it is in recoverable state. If soft delete was not enabled then "
              "the vault is permanently deleted. Follow this link for more information: "
              "https://go.microsoft.com/fwlink/?linkid=2149745",
              call->args[2]);
    return NULL;
}

void deleted_vault_get(struct call *call)
{
    struct resource *vault = find(call);
    if (vault)
        call_answer(call, 200, record(vault));
}

static struct json_object *take(struct call *call, struct resource *vault)
{
    return call_covers(call, vault->id, false) ? record(vault) : NULL;
}

void deleted_vaults_list(struct call *call)
{
    call_list(call, call->sim->deleted_vaults, take);
}

/* ---- the end --------------------------------------------------------------------------------- */

/* The text is quoted; that it is a 403 is SEMANTICS' reading of the public pages. */
void deleted_vault_purge(struct call *call)
{
    struct resource *vault = find(call);
    if (!vault)
        return;
    if (js_bool(vault->body, "properties.enablePurgeProtection", false)) {
        call_fail(call, 403, "MethodNotAllowed", "Operation 'DeletedVaultPurge' is not allowed.");
        return;
    }
    int64_t ends_ms = state_now_ms(call->sim) + call->sim->settings.operation_ms;
    AUTO(text) char *url = operation_start_purge(call, call->args[1], ends_ms);
    purge(call->sim, vault);
    call_answer(call, 202, NULL);
    call_header(call, "Location", "%s", url);
    call_header(call, "Retry-After", "5");
}
