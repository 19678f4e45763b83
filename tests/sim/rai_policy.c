/* rai_policy.c: content filters of an account. No exchange about them was recorded: all here is a
 * belief, by analogy with deployments and from the official schema (schemas/). */
#include "rai_policy.h"

#include "account.h"
#include "child.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TYPE "Microsoft.CognitiveServices/accounts/raiPolicies"

/* Every account has these, and nobody can change them. Their names stand in recorded deployments.
 */
static const char *const built_in[] = {"Microsoft.Default", "Microsoft.DefaultV2"};

static struct resource *find_account(struct call *call)
{
    AUTO(text)
    char *id = mem_format("/subscriptions/%s/resourceGroups/%s/providers/"
                          "Microsoft.CognitiveServices/accounts/%s",
                          call->args[0], call->args[1], call->args[2]);
    struct resource *account = child_parent(call, call->sim->accounts, id, "accounts/raiPolicies");
    if (account)
        account_settle(call->sim, account);
    return account;
}

static bool is_built_in(const char *name)
{
    for (size_t i = 0; i < COUNT(built_in); i++)
        if (strcasecmp(built_in[i], name) == 0)
            return true;
    return false;
}

static struct json_object *show_built_in(const char *account_id, const char *name)
{
    AUTO(text) char *id = mem_format("%s/raiPolicies/%s", account_id, name);
    struct json_object *body = json_object_new_object();
    js_put(body, "id", json_object_new_string(id));
    js_put(body, "type", json_object_new_string(TYPE));
    js_put(body, "name", json_object_new_string(name));
    js_put(body, "properties.mode", json_object_new_string("Blocking"));
    js_put(body, "properties.type", json_object_new_string("SystemManaged"));
    return body;
}

void rai_policy_get(struct call *call)
{
    struct resource *account = find_account(call);
    struct resource *policy = account ? child_find(call) : NULL;
    if (policy)
        child_show(call, 200, policy->body);
    else if (account && is_built_in(call->args[3]))
        call_answer(call, 200, show_built_in(account->id, call->args[3]));
    else if (account)
        call_fail(call, 404, "NotFound", "Specified resource '%s' cannot be found.", call->id);
}

static bool is_writable(struct call *call, struct resource *account)
{
    if (!account_idle(call, account))
        return false;
    if (is_built_in(call->args[3]))
        return call_fail(call, 400, "BadRequest",
                         "The policy '%s' is managed by the system and cannot be changed.",
                         call->args[3]);
    return true;
}

void rai_policy_put(struct call *call)
{
    static const char *const names[] = {"basePolicyName", "contentFilters", "customBlocklists"};
    struct resource *account = find_account(call), *old = child_find(call);
    struct json_object *sent = account ? call_object(call) : NULL;
    if (!sent || !is_writable(call, account))
        return;

    struct json_object *wanted = js_object(sent, "properties"), *body = child_begin(call, TYPE);
    struct json_object *properties = json_object_new_object();
    js_put(properties, "type", json_object_new_string("UserManaged"));
    js_put(properties, "mode", json_object_new_string(js_string(wanted, "mode", "Default")));
    for (size_t i = 0; i < COUNT(names); i++)
        if (js_find(wanted, names[i]))
            js_put(properties, names[i], js_copy(js_find(wanted, names[i])));
    js_put(body, "properties", properties);
    js_put(body, "systemData",
           child_system_data(call, old ? js_object(old->body, "systemData") : NULL));
    child_stamp(body);
    child_show(call, old ? 200 : 201, child_store(call, body)->body);
}

void rai_policy_delete(struct call *call)
{
    struct resource *account = find_account(call);
    if (account && is_writable(call, account))
        child_delete(call);
}

void rai_policies_list(struct call *call)
{
    struct resource *account = find_account(call);
    if (!account)
        return;
    call_list(call, call->sim->others, child_take);
    struct json_object *value = js_array(call->response->body, "value");
    for (size_t i = 0; i < COUNT(built_in); i++)
        json_object_array_add(value, show_built_in(account->id, built_in[i]));
}
