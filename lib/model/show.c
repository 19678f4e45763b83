/* show.c: the configuration as it was understood, as a tree to print. */
#include "model/config.h"

#include "base/iso8601.h"
#include "base/js.h"

#include <string.h>

static void put_text(struct json_object *object, const char *key, const char *text)
{
    if (text)
        json_object_object_add(object, key, json_object_new_string(text));
}

static void put_duration(struct json_object *object, const char *key, struct duration duration)
{
    char text[ISO8601_DURATION_SIZE];
    iso8601_format_duration(duration, text);
    put_text(object, key, text);
}

static void put_seconds(struct json_object *object, const char *key, int64_t seconds)
{
    put_duration(object, key, (struct duration){0, 0, seconds});
}

/* ---- nodes --------------------------------------------------------------------------------- */

static struct json_object *show_rotation(const struct rotation *rotation)
{
    struct json_object *shown = json_object_new_object();
    if (rotation->has_every)
        put_duration(shown, "every", rotation->every);
    if (rotation->has_before_expiry)
        put_duration(shown, "beforeExpiry", rotation->before_expiry);
    if (rotation->has_expire_after)
        put_duration(shown, "expireAfter", rotation->expire_after);
    if (rotation->has_retire_after)
        put_duration(shown, "retireAfter", rotation->retire_after);
    return shown;
}

static struct json_object *show_exemptions(const struct node *node)
{
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; i < node->n_exemptions; i++) {
        const struct exemption *exemption = &node->exemptions[i];
        struct json_object *shown = json_object_new_object();
        put_text(shown, "path", exemption->path);
        put_text(shown, "reason", exemption->reason);
        if (exemption->until_s != INT64_MAX) {
            char text[ISO8601_TIME_SIZE];
            iso8601_format_time(exemption->until_s, text);
            put_text(shown, "until", text);
        }
        json_object_array_add(list, shown);
    }
    return list;
}

static struct json_object *show_node(const struct node *node)
{
    struct json_object *shown = json_object_new_object(), *hold = json_object_new_object();
    put_text(shown, "id", node->id);
    put_text(shown, "mode", node->mode == MODE_ENFORCE ? "enforce" : "audit");
    for (size_t i = 0; i < node->n_wants; i++)
        js_put(hold, node->wants[i].path, js_copy(node->wants[i].value));
    json_object_object_add(shown, "hold", hold);
    if (node->create)
        json_object_object_add(shown, "create", node_create(node));
    if (node->rotation.is_declared)
        json_object_object_add(shown, "rotation", show_rotation(&node->rotation));
    if (node->reenable)
        json_object_object_add(shown, "reenable", json_object_new_boolean(true));
    if (node->n_exemptions)
        json_object_object_add(shown, "exemptions", show_exemptions(node));
    return shown;
}

static bool is_of_stack(const struct node *node, size_t stack)
{
    for (size_t i = 0; i < node->n_stacks; i++)
        if (node->stacks[i] == stack)
            return true;
    return false;
}

/* Adds one to the list that shown has of it. */
static void add_to(struct json_object *shown, const char *word, struct json_object *one)
{
    struct json_object *list = js_array(shown, word);
    if (!list) {
        list = json_object_new_array();
        json_object_object_add(shown, word, list);
    }
    json_object_array_add(list, one);
}

/* The stack's resources by their words, all of its grants, and what hangs under them. */
static struct json_object *show_stack(const struct graph *graph, size_t index)
{
    const struct stack *stack = &graph->stacks[index];
    size_t first, count = graph_island(graph, stack->island, &first);
    struct json_object *shown = json_object_new_object();
    put_text(shown, "source", stack->source);
    for (size_t i = first; i < first + count; i++) {
        const struct node *node = graph->nodes[i];
        if (!is_of_stack(node, index))
            continue;
        if (node == stack->vault || node == stack->key || node == stack->account)
            json_object_object_add(shown, node->type->word, show_node(node));
        else
            add_to(shown, node->type->child ? node->type->child->map : "grants", show_node(node));
    }
    return shown;
}

/* ---- settings ------------------------------------------------------------------------------ */

static struct json_object *show_cloud(const struct cloud *cloud)
{
    struct json_object *shown = json_object_new_object();
    put_text(shown, "name", cloud->name);
    put_text(shown, "resourceManager", cloud->resource_manager);
    put_text(shown, "authority", cloud->authority);
    put_text(shown, "keyVaultSuffix", cloud->key_vault_suffix);
    js_put(shown, "audience.resourceManager", json_object_new_string(cloud->audience_arm));
    js_put(shown, "audience.keyVault", json_object_new_string(cloud->audience_vault));
    put_text(shown, "imds", cloud->imds);
    put_text(shown, "caFile", cloud->ca_file);
    return shown;
}

static struct json_object *show_credential(const struct credential_config *credential)
{
    static const struct {
        const char *word, *file;
    } kinds[] = {
        [CREDENTIAL_MANAGED_IDENTITY] = {"managedIdentity", "file"},
        [CREDENTIAL_AZURE_ARC] = {"azureArc", "file"},
        [CREDENTIAL_WORKLOAD_IDENTITY] = {"workloadIdentity", "tokenFile"},
        [CREDENTIAL_CLIENT_SECRET] = {"clientSecret", "secretFile"},
        [CREDENTIAL_CLIENT_CERTIFICATE] = {"clientCertificate", "certificateFile"},
    };
    struct json_object *shown = json_object_new_object();
    put_text(shown, "type", kinds[credential->type].word);
    put_text(shown, "tenantId", credential->tenant_id);
    put_text(shown, "clientId", credential->client_id);
    put_text(shown, kinds[credential->type].file, credential->file);
    return shown;
}

static struct json_object *show_limits(const struct limits *limits)
{
    struct json_object *shown = json_object_new_object();
    json_object_object_add(shown, "changesPerPass",
                           json_object_new_int64((int64_t)limits->changes_per_pass));
    json_object_object_add(shown, "creations", json_object_new_int64((int64_t)limits->creations));
    put_seconds(shown, "absentFor", limits->absent_for_s);
    put_seconds(shown, "onceDeadline", limits->once_deadline_s);
    json_object_object_add(shown, "share", json_object_new_double(limits->share));
    return shown;
}

struct json_object *config_show(const struct config *config)
{
    struct json_object *shown = json_object_new_object(), *stacks = json_object_new_object();
    json_object_object_add(shown, "cloud", show_cloud(&config->cloud));
    json_object_object_add(shown, "credential", show_credential(&config->credential));
    put_text(shown, "proxy", config->proxy);
    put_seconds(shown, "interval", config->interval_s);
    json_object_object_add(shown, "limits", show_limits(&config->limits));
    put_text(shown, "stateDirectory", config->state_directory);
    for (size_t i = 0; i < config->graph.n_stacks; i++)
        json_object_object_add(stacks, config->graph.stacks[i].name, show_stack(&config->graph, i));
    json_object_object_add(shown, "stacks", stacks);
    return shown;
}
