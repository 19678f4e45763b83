/* account_deleted.c: soft-deleted accounts, which keep all that they were for 48 hours. */
#include "account.h"

#include "base/armid.h"
#include "grant.h"
#include "operation.h"

#include <stdlib.h>
#include <string.h>

#define RETENTION_MS INT64_C(172800000)

void account_bury(struct sim *sim, struct resource *account, int64_t now_ms)
{
    grants_drop_below(sim, account->id);
    account = table_take(sim->accounts, account->id);
    account->deleted_ms = now_ms;
    account->settles_ms = 0;
    table_put(sim->deleted_accounts, account->id, account);
}

void accounts_expire(struct sim *sim)
{
    int64_t now_ms = state_now_ms(sim);
    struct lh_entry *next;
    for (struct lh_entry *at = lh_table_head(sim->deleted_accounts); at; at = next) {
        const struct resource *account = lh_entry_v(at);
        AUTO(text) char *id = mem_text(account->id);
        next = lh_entry_next(at);
        if (account->deleted_ms + RETENTION_MS <= now_ms)
            table_remove(sim->deleted_accounts, id);
    }
}

struct resource *account_restore(struct sim *sim, struct resource *deleted)
{
    struct resource *account = table_take(sim->deleted_accounts, deleted->id);
    account->deleted_ms = 0;
    table_put(sim->accounts, account->id, account);
    return account;
}

char *account_deleted_id(const struct resource *account)
{
    AUTO(text) char *subscription = armid_part(account->id, "subscriptions");
    AUTO(text) char *group = armid_part(account->id, "resourceGroups");
    return mem_format("/subscriptions/%s/providers/Microsoft.CognitiveServices/locations/%s/"
                      "resourceGroups/%s/deletedAccounts/%s",
                      subscription, js_string(account->body, "location", ""), group,
                      armid_name(account->id));
}

static struct json_object *record(const struct resource *account)
{
    AUTO(text) char *id = account_deleted_id(account);
    AUTO(text) char *from = state_time(account->deleted_ms, true);
    AUTO(text) char *to = state_time(account->deleted_ms + RETENTION_MS, true);
    struct json_object *body = js_copy(account->body);
    js_put(body, "id", json_object_new_string(id));
    js_put(body, "type", json_object_new_string("Microsoft.CognitiveServices/deletedAccounts"));
    js_put(body, "properties.deletionDate", json_object_new_string(from));
    js_put(body, "properties.scheduledPurgeDate", json_object_new_string(to));
    js_put(body, "properties.provisioningState", json_object_new_string("Succeeded"));
    return body;
}

/* args: subscription, location, group, name */
static struct resource *find(struct call *call)
{
    AUTO(text)
    char *live = mem_format("/subscriptions/%s/resourceGroups/%s/providers/"
                            "Microsoft.CognitiveServices/accounts/%s",
                            call->args[0], call->args[2], call->args[3]);
    struct resource *account = table_find(call->sim->deleted_accounts, live);
    if (account) {
        AUTO(text) char *there = armid_location(js_string(account->body, "location", ""));
        AUTO(text) char *asked = armid_location(call->args[1]);
        if (strcmp(there, asked) == 0)
            return account;
    }
    /* Recorded only for other things that the gateway does not find. */
    call_fail_gateway(call, 404, "ResourceNotFound",
                      "The Resource 'Microsoft.CognitiveServices/locations/%s/resourceGroups/%s/"
                      "deletedAccounts/%s' under resource group '<null>' was not found. For more "
                      "details please go to https://aka.ms/ARMResourceNotFoundFix",
                      call->args[1], call->args[2], call->args[3]);
    return NULL;
}

void deleted_account_get(struct call *call)
{
    struct resource *account = find(call);
    if (account)
        call_answer(call, 200, record(account));
}

static struct json_object *take(struct call *call, struct resource *account)
{
    return call_covers(call, account->id, false) ? record(account) : NULL;
}

void deleted_accounts_list(struct call *call)
{
    call_list(call, call->sim->deleted_accounts, take);
}

void deleted_account_purge(struct call *call)
{
    struct resource *account = find(call);
    if (!account)
        return;
    AUTO(text)
    char *url = operation_start(call, call->args[1], "Deleting", NULL,
                                state_now_ms(call->sim) + call->sim->settings.operation_ms);
    AUTO(text) char *id = mem_text(account->id);
    table_remove(call->sim->deleted_accounts, id);
    call_answer(call, 202, NULL);
    call_header(call, "Azure-AsyncOperation", "%s", url);
    call_header(call, "Location", "%s" LOCATION_SUFFIX, url);
}
