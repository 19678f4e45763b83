/* deployment.c: model deployments. A write is synchronous for the models of today; while one is on
 * its way (the setting "deployment"), the account and all below it take no other.
 * OBSERVED 1.1 and 1.6; traffic/cs-deployment-2025-06-01, cs-deployments-2023-05-01. */
#include "deployment.h"

#include "account.h"
#include "child.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TYPE "Microsoft.CognitiveServices/accounts/deployments"

/* The version is the one that a deployment gets which names none. Capabilities of gpt-4o and
 * gpt-35-turbo were recorded; of the others azsim believes what public model pages say. */
/* clang-format off */
static const struct model {
    const char *name, *version, *capabilities;
} models[] = {
    {"gpt-4o",                 "2024-11-20", "{'area': 'US', 'chatCompletion': 'true',"
     " 'assistants': 'true', 'jsonSchemaResponse': 'true', 'responses': 'true',"
     " 'agentsV2': 'true'}"},
    {"gpt-4o-mini",            "2024-07-18", "{'area': 'US', 'chatCompletion': 'true'}"},
    {"gpt-4.1",                "2025-04-14", "{'area': 'US', 'chatCompletion': 'true'}"},
    {"gpt-4.1-mini",           "2025-04-14", "{'area': 'US', 'chatCompletion': 'true'}"},
    {"gpt-4",                  "0613",       "{'chatCompletion': 'true'}"},
    {"gpt-35-turbo",           "0613",       "{'chatCompletion': 'true'}"},
    {"o3-mini",                "2025-01-31", "{'area': 'US', 'chatCompletion': 'true'}"},
    {"ada",                    "1",          "{'completion': 'true', 'search': 'true'}"},
    {"text-embedding-ada-002", "2",          "{'embeddings': 'true'}"},
    {"text-embedding-3-small", "1",          "{'embeddings': 'true'}"},
    {"text-embedding-3-large", "1",          "{'embeddings': 'true'}"},
};

/* What a deployment is limited to, for each unit of its capacity. Recorded for Standard. */
static const struct {
    const char *key;
    int period_s;
    int64_t per_unit;
} limits[] = {
    {"request", 10, 1},
    {"token",   60, 1000},
};
/* clang-format on */

/* ---- finding --------------------------------------------------------------------------------- */

static struct resource *find_account(struct call *call)
{
    AUTO(text)
    char *id = mem_format("/subscriptions/%s/resourceGroups/%s/providers/"
                          "Microsoft.CognitiveServices/accounts/%s",
                          call->args[0], call->args[1], call->args[2]);
    struct resource *account = child_parent(call, call->sim->accounts, id, "accounts/deployments");
    if (account)
        account_settle(call->sim, account);
    return account;
}

static void settle(struct sim *sim, struct resource *deployment)
{
    if (!deployment->settles_ms || deployment->settles_ms > state_now_ms(sim))
        return;
    struct json_object *body = js_copy(deployment->body);
    js_put(body, "properties.provisioningState", json_object_new_string("Succeeded"));
    resource_set(deployment, body);
    deployment->settles_ms = 0;
}

/* The provider's own 404, with the path as the client wrote it. */
static struct resource *find(struct call *call)
{
    struct resource *deployment = child_find(call);
    if (deployment)
        settle(call->sim, deployment);
    else
        call_fail(call, 404, "NotFound", "Specified resource '%s' cannot be found.", call->id);
    return deployment;
}

void deployment_get(struct call *call)
{
    struct resource *deployment = find_account(call) ? find(call) : NULL;
    if (deployment)
        child_show(call, 200, deployment->body);
}

/* ---- refusals -------------------------------------------------------------------------------- */

static const struct model *model_of(struct json_object *sent)
{
    const char *name = js_string(sent, "properties.model.name", "");
    for (size_t i = 0; i < COUNT(models); i++)
        if (strcasecmp(models[i].name, name) == 0)
            return &models[i];
    return NULL;
}

/* Beliefs: no refused deployment was recorded; the codes are those that users quote. */
static bool allowed(struct call *call, struct json_object *sent)
{
    if (!js_string(sent, "properties.model.format", NULL) ||
        !js_string(sent, "properties.model.name", NULL))
        return call_fail(call, 400, "InvalidResourceProperties",
                         "The format and the name of properties.model are required to deploy a "
                         "model.");
    if (strcasecmp(js_string(sent, "properties.model.format", ""), "OpenAI") != 0 ||
        !model_of(sent))
        return call_fail(call, 400, "DeploymentModelNotSupported",
                         "The model 'Format:%s,Name:%s,Version:%s' of account deployment is not "
                         "supported.",
                         js_string(sent, "properties.model.format", ""),
                         js_string(sent, "properties.model.name", ""),
                         js_string(sent, "properties.model.version", ""));
    if (js_int(sent, "sku.capacity", 1) < 1)
        return call_fail(call, 400, "InvalidCapacity",
                         "The capacity of the deployment should be at least 1.");
    return true;
}

/* ---- the body -------------------------------------------------------------------------------- */

/* Standard of one unit if nothing was sent: C050 shows that the service fills the sku in; with
 * what, was not recorded. */
static struct json_object *build_sku(struct json_object *sent)
{
    struct json_object *sku = json_object_new_object();
    js_put(sku, "name", json_object_new_string(js_string(sent, "sku.name", "Standard")));
    js_put(sku, "capacity", json_object_new_int64(js_int(sent, "sku.capacity", 1)));
    return sku;
}

static struct json_object *build_model(struct json_object *sent, const struct model *model)
{
    static const char *const names[] = {"publisher", "format", "name", "version"};
    struct json_object *built = json_object_new_object();
    for (size_t i = 0; i < COUNT(names); i++) {
        struct json_object *value = js_member(sent, names[i], NULL);
        if (value)
            js_put(built, names[i], js_copy(value));
    }
    if (!js_string(built, "version", NULL))
        js_put(built, "version", json_object_new_string(model->version));
    return built;
}

static struct json_object *build_limits(int64_t capacity)
{
    struct json_object *built = json_object_new_array();
    for (size_t i = 0; i < COUNT(limits); i++) {
        struct json_object *limit = json_object_new_object();
        js_put(limit, "key", json_object_new_string(limits[i].key));
        js_put(limit, "renewalPeriod", json_object_new_int(limits[i].period_s));
        js_put(limit, "count", json_object_new_int64(limits[i].per_unit * capacity));
        json_object_array_add(built, limit);
    }
    return built;
}

/* What comes back though it was not sent: versionUpgradeOption, currentCapacity, capabilities,
 * raiPolicyName, rateLimits. */
static struct json_object *build_properties(struct json_object *sent, int64_t capacity)
{
    static const char *const kept[] = {"serviceTier", "spilloverDeploymentName",
                                       "parentDeploymentName", "scaleSettings"};
    const struct model *model = model_of(sent);
    struct json_object *wanted = js_object(sent, "properties"), *built = json_object_new_object();
    js_put(built, "model", build_model(js_object(wanted, "model"), model));
    js_put(built, "versionUpgradeOption",
           json_object_new_string(
               js_string(wanted, "versionUpgradeOption", "OnceNewDefaultVersionAvailable")));
    js_put(built, "currentCapacity", json_object_new_int64(capacity));
    js_put(built, "capabilities", json_tokener_parse(model->capabilities));
    js_put(built, "raiPolicyName",
           json_object_new_string(js_string(wanted, "raiPolicyName", "Microsoft.DefaultV2")));
    for (size_t i = 0; i < COUNT(kept); i++)
        if (js_find(wanted, kept[i]))
            js_put(built, kept[i], js_copy(js_find(wanted, kept[i])));
    js_put(built, "provisioningState", json_object_new_string("Succeeded"));
    js_put(built, "rateLimits", build_limits(capacity));
    return built;
}

static struct json_object *build(struct call *call, struct json_object *sent,
                                 struct json_object *old)
{
    struct json_object *body = child_begin(call, TYPE), *sku = build_sku(sent);
    js_put(body, "sku", sku);
    js_put(body, "properties", build_properties(sent, js_int(sku, "capacity", 1)));
    if (js_object(sent, "tags"))
        js_put(body, "tags", js_copy(js_object(sent, "tags")));
    js_put(body, "systemData", child_system_data(call, js_object(old, "systemData")));
    child_stamp(body);
    return body;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* The account if it takes a write below it now. SEMANTICS 1.4: writes under one account are
 * serialised by the provider, [tf-22607]. */
static struct resource *ready_account(struct call *call)
{
    struct resource *account = find_account(call);
    return account && account_idle(call, account) ? account : NULL;
}

/* How long the write goes on, for the account; the deployment says so. */
static void take_time(struct call *call, struct resource *account, struct resource *deployment,
                      const char *word)
{
    int64_t takes_ms = call->sim->settings.deployment_ms;
    if (!takes_ms)
        return;
    account->child_ms = state_now_ms(call->sim) + takes_ms;
    if (!deployment)
        return;
    struct json_object *body = js_copy(deployment->body);
    js_put(body, "properties.provisioningState", json_object_new_string(word));
    resource_set(deployment, body);
    deployment->settles_ms = account->child_ms;
}

static void store(struct call *call, struct resource *account, struct json_object *sent)
{
    struct resource *old = child_find(call);
    struct json_object *body = build(call, sent, old ? old->body : NULL);
    struct resource *deployment = child_store(call, body);
    take_time(call, account, deployment, old ? "Accepted" : "Creating");
    child_show(call, old ? 200 : 201, deployment->body);
}

void deployment_put(struct call *call)
{
    struct resource *account = ready_account(call);
    struct json_object *sent = account ? call_object(call) : NULL;
    if (sent && allowed(call, sent))
        store(call, account, sent);
}

/* Takes sku and tags only. Its 200 is a belief: no recording has one. */
void deployment_patch(struct call *call)
{
    static const char *const names[] = {"sku", "tags"};
    struct resource *account = ready_account(call);
    struct resource *deployment = account ? find(call) : NULL;
    struct json_object *sent = deployment ? call_object(call) : NULL;
    if (!sent)
        return;
    AUTO(json) struct json_object *patch = json_object_new_object();
    for (size_t i = 0; i < COUNT(names); i++)
        if (js_object(sent, names[i]))
            js_put(patch, names[i], js_copy(js_object(sent, names[i])));
    AUTO(json) struct json_object *whole = state_merge(deployment->body, patch);
    if (allowed(call, whole))
        store(call, account, whole);
}

void deployment_delete(struct call *call)
{
    struct resource *account = ready_account(call);
    if (!account)
        return;
    child_delete(call);
    if (call->response->status == 200)
        take_time(call, account, NULL, NULL);
}

/* ---- lists ----------------------------------------------------------------------------------- */

static struct json_object *take(struct call *call, struct resource *child)
{
    AUTO(json) struct json_object *shown = child_take(call, child);
    if (!shown)
        return NULL;
    settle(call->sim, child);
    return json_object_get(child->body);
}

void deployments_list(struct call *call)
{
    if (find_account(call))
        call_list(call, call->sim->others, take);
}
