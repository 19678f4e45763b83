/* group.c: a group is deleted with all that is in it, softly where the type has soft deletion.
 * OBSERVED 5: 202 with a Location and Retry-After: 15; the poll answers 202, then 200 with nothing.
 * That what is in it is gone at once, not one by one, is azsim's simplification. */
#include "group.h"

#include "account.h"
#include "base/armid.h"
#include "base/uuid.h"
#include "child.h"
#include "grant.h"
#include "vault.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define RETRY_AFTER "15"

typedef void bury_fn(struct sim *sim, struct resource *resource, int64_t now_ms);

static void bury_within(struct sim *sim, struct lh_table *table, const char *id, bury_fn *bury)
{
    struct lh_entry *next;
    for (struct lh_entry *at = lh_table_head(table); at; at = next) {
        struct resource *resource = lh_entry_v(at);
        next = lh_entry_next(at);
        if (armid_within(resource->id, id))
            bury(sim, resource, state_now_ms(sim));
    }
}

static char *poll_url(const struct call *call, const char *operation)
{
    return mem_format("https://%s/subscriptions/%s/operationresults/%s?api-version=%s",
                      call->request->host, call->args[0], operation, call->api_version);
}

static void show_running(struct call *call, const char *operation)
{
    AUTO(text) char *url = poll_url(call, operation);
    call_answer(call, 202, NULL);
    call_header(call, "Location", "%s", url);
    call_header(call, "Retry-After", RETRY_AFTER);
}

/* The id is opaque: that it starts with GROUPDELETE is what users see. */
static struct operation *start(struct call *call)
{
    struct operation *operation = mem_new(1, sizeof *operation);
    char uuid[UUID_SIZE];
    uuid_random(uuid);
    operation->id = mem_format("GROUPDELETE-%s", uuid);
    operation->path =
        mem_format("/subscriptions/%s/operationresults/%s", call->args[0], operation->id);
    operation->subscription = mem_text(call->args[0]);
    operation->word = "Deleting";
    operation->started_ms = state_now_ms(call->sim);
    operation->ends_ms = operation->started_ms + call->sim->settings.operation_ms;
    table_put(call->sim->operations, operation->id, operation);
    return operation;
}

void group_delete(struct call *call)
{
    struct sim *sim = call->sim;
    bury_within(sim, sim->vaults, call->id, vault_bury);
    bury_within(sim, sim->accounts, call->id, account_bury);
    children_drop(sim, call->id);
    grants_drop_below(sim, call->id);
    table_remove(sim->groups, call->id);
    show_running(call, start(call)->id);
}

/* args: subscription, operation */
void group_operation_get(struct call *call)
{
    const struct operation *operation = table_find(call->sim->operations, call->args[1]);
    if (!operation || strcasecmp(operation->subscription, call->args[0]) != 0)
        call_fail_gateway(call, 404, "NotFound", "The operation '%s' could not be found.",
                          call->args[1]);
    else if (operation->ends_ms > state_now_ms(call->sim))
        show_running(call, operation->id);
    else
        call_answer(call, 200, NULL);
}
