#include "account.h"

#include "base/armid.h"
#include "base/uuid.h"
#include "grant.h"
#include "operation.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- finding --------------------------------------------------------------------------------- */

void account_stamp(struct json_object *body, const char *state)
{
    char uuid[UUID_SIZE];
    uuid_random(uuid);
    AUTO(text) char *etag = mem_format("\"%s\"", uuid);
    js_put(body, "etag", json_object_new_string(etag));
    js_put(body, "properties.provisioningState", json_object_new_string(state));
}

void account_settle(struct sim *sim, struct resource *account)
{
    if (!account->settles_ms || account->settles_ms > state_now_ms(sim))
        return;
    struct json_object *body = js_copy(account->body);
    account_stamp(body, "Succeeded");
    resource_set(account, body);
    account->settles_ms = 0;
}

static struct resource *find(struct call *call)
{
    struct resource *account = table_find(call->sim->accounts, call->id);
    if (account)
        account_settle(call->sim, account);
    else
        call_fail_gateway(call, 404, "ResourceNotFound",
                          "The Resource 'Microsoft.CognitiveServices/accounts/%s' under resource "
                          "group '%s' was not found. For more details please go to "
                          "https://aka.ms/ARMResourceNotFoundFix",
                          call->args[2], call->args[1]);
    return account;
}

static void show(struct call *call, int status, struct resource *account)
{
    call_show(call, status, account->body);
    if (js_string(account->body, "etag", NULL))
        call_header(call, "ETag", "%s", js_string(account->body, "etag", ""));
}

void account_get(struct call *call)
{
    struct resource *account = find(call);
    if (account)
        show(call, 200, account);
}

/* ---- writing --------------------------------------------------------------------------------- */

/* One write at a time, to the account and to what is below it: while one runs, the next is refused
 * (SEMANTICS 1.4, cases C048; the text is a belief). */
bool account_idle(struct call *call, const struct resource *account)
{
    if (!account->settles_ms && account->child_ms <= state_now_ms(call->sim))
        return true;
    return call_fail(call, 409, "RequestConflict",
                     "Cannot modify resource with id '%s' because the resource entity "
                     "provisioning state is not terminal. Please wait for the provisioning state "
                     "to become terminal and then retry the request.",
                     account->id);
}

/* Recorded: a new account is Creating in the api-versions before 2025, Accepted since. */
static const char *first_state(const struct call *call, int status)
{
    return status == 201 && strcmp(call->api_version, "2025") < 0 ? "Creating" : "Accepted";
}

/* Stores the body and starts the operation that ends its Accepted. A PATCH is told where to poll
 * in two headers, a PUT in one; what takes no time needs no operation (recorded:
 * cs-put-201-sync-and-deployment-creating). */
static void accept(struct call *call, struct resource *account, struct json_object *body,
                   int status, const char *word)
{
    bool at_once = status == 201 && !call->sim->settings.operation_ms;
    account_stamp(body, at_once ? "Succeeded" : first_state(call, status));
    account->settles_ms = at_once ? 0 : state_now_ms(call->sim) + call->sim->settings.operation_ms;
    resource_set(account, body);
    if (at_once) {
        show(call, status, account);
        return;
    }
    AUTO(text)
    char *url = operation_start(call, js_string(body, "location", ""), word, account->id,
                                account->settles_ms);
    show(call, status, account);
    call_header(call, "Azure-AsyncOperation", "%s", url);
    if (call_is(call, "PATCH"))
        call_header(call, "Location", "%s" LOCATION_SUFFIX, url);
}

static void restore(struct call *call, struct resource *deleted)
{
    struct resource *account = account_restore(call->sim, deleted);
    struct json_object *body = js_copy(account->body);
    account_stamp(body, "Succeeded");
    resource_set(account, body);
    show(call, 201, account);
}

/* A soft-deleted account blocks its id until it is restored or purged. */
static bool id_free(struct call *call, struct json_object *sent)
{
    struct resource *deleted = table_find(call->sim->deleted_accounts, call->id);
    if (!deleted)
        return true;
    if (js_bool(sent, "properties.restore", false)) {
        restore(call, deleted);
        return false;
    }
    return call_fail(call, 409, "FlagMustBeSetForRestore",
                     "An existing resource with ID '%s' has been soft-deleted. To restore the "
                     "resource, you must specify 'restore' to be 'true' in the property. If you "
                     "don't want to restore existing resource, please purge it first.",
                     deleted->id);
}

static void create(struct call *call, struct json_object *sent)
{
    AUTO(json) struct json_object *body = account_template(call, sent);
    AUTO(json) struct json_object *built = account_build(call, sent, body);
    if (!account_key_allowed(call, built))
        return;
    struct resource *account = resource_new(call->id, NULL);
    table_put(call->sim->accounts, call->id, account);
    accept(call, account, TAKE(built), 201, "Creating");
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

static void update(struct call *call, struct resource *account, struct json_object *sent)
{
    AUTO(json) struct json_object *body = account_build(call, sent, account->body);
    if (account_key_allowed(call, body))
        accept(call, account, TAKE(body), call_is(call, "PUT") ? 200 : 202, "Updating");
}

void account_put(struct call *call)
{
    struct json_object *sent = call_object(call);
    struct resource *account = table_find(call->sim->accounts, call->id);
    if (!sent)
        return;
    if (!js_string(sent, "location", NULL)) {
        call_fail_gateway(call, 400, "LocationRequired",
                          "The location property is required for this definition.");
        return;
    }
    if (!account) {
        if (id_free(call, sent) && account_allowed(call, sent, NULL))
            create(call, sent);
        return;
    }
    account_settle(call->sim, account);
    if (account_idle(call, account) && location_same(call, sent, account->body) &&
        account_allowed(call, sent, account->body))
        update(call, account, sent);
}

/* Tags, and the sku that is there (recorded: cs-crud-tags-list), are written at once. */
static bool has_tags_only(struct json_object *sent, struct json_object *old)
{
    struct json_object *properties = js_object(sent, "properties"), *sku = js_object(sent, "sku");
    return js_object(sent, "tags") && !js_find(sent, "identity") &&
           (!properties || !json_object_object_length(properties)) &&
           (!sku || json_object_equal(sku, js_object(old, "sku")));
}

void account_patch(struct call *call)
{
    struct resource *account = find(call);
    struct json_object *sent = account ? call_object(call) : NULL;
    if (!sent || !account_idle(call, account) || !account_allowed(call, sent, account->body))
        return;
    if (!has_tags_only(sent, account->body)) {
        update(call, account, sent);
        return;
    }
    struct json_object *body = js_copy(account->body);
    js_put(body, "tags", js_copy(js_object(sent, "tags")));
    account_stamp(body, "Succeeded");
    resource_set(account, body);
    show(call, 200, account);
}

/* Children are nested in the id; what another provider hung on the account is none, nor are the
 * connections of private endpoints. */
static const struct resource *find_child(struct call *call)
{
    for (struct lh_entry *at = lh_table_head(call->sim->others); at; at = lh_entry_next(at)) {
        const struct resource *child = lh_entry_v(at);
        if (armid_within(child->id, call->id) &&
            !strcasestr(child->id + strlen(call->id), "/providers/") &&
            !strcasestr(child->id + strlen(call->id), "/privateEndpointConnections/"))
            return child;
    }
    return NULL;
}

/* OBSERVED 5, traffic/arm-409-cannotdeleteresource: the child's id from its name space on. */
static bool has_no_child(struct call *call)
{
    const struct resource *child = find_child(call);
    const char *provider = child ? strcasestr(child->id, "/providers/") : NULL;
    if (!provider)
        return true;
    return call_fail_gateway(call, 409, "CannotDeleteResource",
                             "Cannot delete resource while nested resources exist. Some existing "
                             "nested resource IDs include: '%s'. Please delete all nested "
                             "resources before deleting this resource.",
                             provider + strlen("/providers/"));
}

void account_delete(struct call *call)
{
    struct resource *account = table_find(call->sim->accounts, call->id);
    if (!account) {
        call_answer(call, 204, NULL);
        return;
    }
    account_settle(call->sim, account);
    if (!account_idle(call, account) || !has_no_child(call))
        return;
    account_bury(call->sim, account, state_now_ms(call->sim));
    call_answer(call, 200, NULL);
}

/* ---- lists ----------------------------------------------------------------------------------- */

static struct json_object *take_of_subscription(struct call *call, struct resource *account)
{
    account_settle(call->sim, account);
    return call_covers(call, account->id, false) ? json_object_get(account->body) : NULL;
}

static struct json_object *take_of_group(struct call *call, struct resource *account)
{
    account_settle(call->sim, account);
    return call_covers(call, account->id, true) ? json_object_get(account->body) : NULL;
}

void accounts_list(struct call *call)
{
    call_list(call, call->sim->accounts, take_of_subscription);
}

void accounts_list_group(struct call *call)
{
    call_list(call, call->sim->accounts, take_of_group);
}
