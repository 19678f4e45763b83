/* diagnostic.c: diagnostic settings. A PUT replaces the setting and always answers 200; ids come
 * back in lower case, what is unset as null, and errors without the envelope.
 * OBSERVED 6, traffic/insights-diagnosticsettings; SEMANTICS 2 for what is refused. */
#include "diagnostic.h"

#include "base/armid.h"
#include "child.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TYPE "Microsoft.Insights/diagnosticSettings"
#define SETTINGS_MAX 5

/* clang-format off */
/* What there is to log, by the type that the setting hangs on, from public documentation; groups
 * are the same for all. An unlisted type takes any. */
static const struct {
    const char *type, *category;
} categories[] = {
    {"/providers/Microsoft.KeyVault/vaults/",            "AuditEvent"},
    {"/providers/Microsoft.KeyVault/vaults/",            "AzurePolicyEvaluationDetails"},
    {"/providers/Microsoft.CognitiveServices/accounts/", "Audit"},
    {"/providers/Microsoft.CognitiveServices/accounts/", "RequestResponse"},
    {"/providers/Microsoft.CognitiveServices/accounts/", "AzureOpenAIRequestUsage"},
    {"/providers/Microsoft.CognitiveServices/accounts/", "Trace"},
};

/* In the order of recorded answers. */
static const char *const sinks[] = {"storageAccountId", "serviceBusRuleId", "workspaceId",
                                    "eventHubAuthorizationRuleId"};
/* clang-format on */

static bool refuse_missing(struct call *call)
{
    return call_fail_bare(call, 404, "ResourceNotFound",
                          "The diagnostic setting '%s' doesn't exist.", call->args[0]);
}

/* ---- what is refused: beliefs all, the texts from users' reports ----------------------------- */

static bool has_sink(struct json_object *properties)
{
    for (size_t i = 0; i < COUNT(sinks); i++)
        if (js_string(properties, sinks[i], NULL))
            return true;
    return js_string(properties, "marketplacePartnerId", NULL) != NULL;
}

static bool category_known(const char *scope, const char *name)
{
    bool listed = false;
    for (size_t i = 0; i < COUNT(categories); i++) {
        if (!strcasestr(scope, categories[i].type))
            continue;
        listed = true;
        if (strcasecmp(categories[i].category, name) == 0)
            return true;
    }
    return !listed;
}

static bool categories_allowed(struct call *call, struct json_object *logs)
{
    for (size_t i = 0; logs && i < json_object_array_length(logs); i++) {
        struct json_object *log = json_object_array_get_idx(logs, i);
        const char *name = js_string(log, "category", NULL);
        const char *group = js_string(log, "categoryGroup", NULL);
        if (!name == !group)
            return call_fail_bare(call, 400, "BadRequest",
                                  "A log has either a category or a category group.");
        if (name && !category_known(call->scope, name))
            return call_fail_bare(call, 400, "BadRequest", "Category '%s' is not supported.", name);
    }
    return true;
}

/* Whether a log of the other setting is this one, and on. A group is told by its name alone. */
static bool logs_too(struct json_object *other, struct json_object *log)
{
    static const char *const names[] = {"category", "categoryGroup"};
    struct json_object *logs = js_array(other, "logs");
    for (size_t i = 0; logs && i < json_object_array_length(logs); i++) {
        struct json_object *there = json_object_array_get_idx(logs, i);
        for (size_t n = 0; n < COUNT(names); n++) {
            const char *name = js_string(log, names[n], NULL);
            if (name && js_bool(there, "enabled", false) && js_bool(log, "enabled", false) &&
                strcasecmp(js_string(there, names[n], ""), name) == 0)
                return true;
        }
    }
    return false;
}

static const char *shared_sink(struct json_object *a, struct json_object *b)
{
    for (size_t i = 0; i < COUNT(sinks); i++) {
        const char *sink = js_string(a, sinks[i], NULL);
        if (sink && strcasecmp(js_string(b, sinks[i], ""), sink) == 0)
            return sink;
    }
    return NULL;
}

static bool differs(struct call *call, struct json_object *sent, const struct resource *other)
{
    struct json_object *there = js_object(other->body, "properties"),
                       *logs = js_array(sent, "logs");
    const char *sink = shared_sink(sent, there);
    for (size_t i = 0; sink && logs && i < json_object_array_length(logs); i++) {
        struct json_object *log = json_object_array_get_idx(logs, i);
        if (logs_too(there, log))
            return call_fail_bare(call, 409, "Conflict",
                                  "Data sink '%s' is already used in diagnostic setting '%s' for "
                                  "category '%s'. Data sinks can't be reused in different settings "
                                  "on the same category for the same resource.",
                                  sink, armid_name(other->id),
                                  js_string(log, "category", js_string(log, "categoryGroup", "")));
    }
    return true;
}

/* True if the setting hangs on the same scope as the call's. */
static bool is_sibling(const struct call *call, const struct resource *other)
{
    AUTO(text) char *prefix = mem_format("%s/providers/" TYPE "/", call->scope);
    return strncasecmp(other->id, prefix, strlen(prefix)) == 0;
}

static bool siblings_allow(struct call *call, struct json_object *sent)
{
    size_t count = 0;
    for (struct lh_entry *at = lh_table_head(call->sim->others); at; at = lh_entry_next(at)) {
        const struct resource *other = lh_entry_v(at);
        if (!is_sibling(call, other) || armid_same(other->id, call->id))
            continue;
        count++;
        if (!differs(call, sent, other))
            return false;
    }
    return count < SETTINGS_MAX ||
           call_fail_bare(call, 409, "Conflict",
                          "The resource '%s' has %d diagnostic settings already, which is the "
                          "maximum.",
                          call->scope, SETTINGS_MAX);
}

static bool allowed(struct call *call, struct json_object *sent)
{
    if (!has_sink(sent))
        return call_fail_bare(call, 400, "BadRequest",
                              "At least one data sink needs to be specified.");
    return categories_allowed(call, js_array(sent, "logs")) && siblings_allow(call, sent);
}

/* ---- the body -------------------------------------------------------------------------------- */

static void put_or_null(struct json_object *body, const char *name, struct json_object *from)
{
    json_object_object_add(body, name, js_copy(js_member(from, name, NULL)));
}

static struct json_object *build_entry(struct json_object *sent, bool is_log)
{
    struct json_object *entry = json_object_new_object(), *retention = json_object_new_object();
    put_or_null(entry, "category", sent);
    if (is_log)
        put_or_null(entry, "categoryGroup", sent);
    js_put(entry, "enabled", json_object_new_boolean(js_bool(sent, "enabled", false)));
    js_put(retention, "enabled",
           json_object_new_boolean(js_bool(sent, "retentionPolicy.enabled", false)));
    js_put(retention, "days", json_object_new_int64(js_int(sent, "retentionPolicy.days", 0)));
    js_put(entry, "retentionPolicy", retention);
    return entry;
}

static struct json_object *build_entries(struct json_object *sent, bool is_log)
{
    struct json_object *entries = json_object_new_array();
    for (size_t i = 0; sent && i < json_object_array_length(sent); i++)
        json_object_array_add(entries, build_entry(json_object_array_get_idx(sent, i), is_log));
    return entries;
}

/* As the PUT answers it: no location yet, and only the metrics that were sent. */
static struct json_object *build(struct call *call, struct json_object *sent)
{
    AUTO(text) char *scope = armid_key(call->scope);
    AUTO(text)
    char *id =
        mem_format("%s/providers/microsoft.insights/diagnosticSettings/%s", scope, call->args[0]);
    struct json_object *body = json_object_new_object(), *properties = json_object_new_object();
    js_put(body, "id", json_object_new_string(id));
    js_put(body, "type", json_object_new_string(TYPE));
    js_put(body, "name", json_object_new_string(call->args[0]));
    json_object_object_add(body, "location", NULL);
    json_object_object_add(body, "kind", NULL);
    json_object_object_add(body, "tags", NULL);
    for (size_t i = 0; i < COUNT(sinks); i++)
        put_or_null(properties, sinks[i], sent);
    put_or_null(properties, "eventHubName", sent);
    js_put(properties, "metrics", build_entries(js_array(sent, "metrics"), false));
    js_put(properties, "logs", build_entries(js_array(sent, "logs"), true));
    put_or_null(properties, "logAnalyticsDestinationType", sent);
    js_put(body, "properties", properties);
    json_object_object_add(body, "identity", NULL);
    return body;
}

/* A GET shows AllMetrics, off, where nobody asked for it. */
static struct json_object *with_metrics(struct json_object *answer)
{
    struct json_object *body = js_copy(answer), *metrics = js_array(body, "properties.metrics");
    if (json_object_array_length(metrics) == 0) {
        AUTO(json) struct json_object *all = json_object_new_object();
        js_put(all, "category", json_object_new_string("AllMetrics"));
        json_object_array_add(metrics, build_entry(all, false));
    }
    return body;
}

/* ---- serving --------------------------------------------------------------------------------- */

void diagnostic_put(struct call *call)
{
    struct json_object *body = child_scope(call) ? call_object(call) : NULL;
    struct json_object *sent = js_object(body, "properties");
    if (!body || !allowed(call, sent))
        return;
    AUTO(json) struct json_object *answer = build(call, sent);
    child_store(call, with_metrics(answer));
    call_show(call, 200, answer);
}

/* A single GET knows the location of what the setting hangs on. */
void diagnostic_get(struct call *call)
{
    struct resource *setting = child_find(call);
    if (!setting) {
        refuse_missing(call);
        return;
    }
    struct resource *parent = table_find(state_table(call->sim, call->scope), call->scope);
    struct json_object *body = js_copy(setting->body);
    json_object_object_add(body, "location",
                           parent ? js_copy(js_find(parent->body, "location")) : NULL);
    call_answer(call, 200, body);
}

void diagnostic_delete(struct call *call)
{
    child_delete(call);
}

void diagnostics_list(struct call *call)
{
    if (child_scope(call))
        call_list(call, call->sim->others, child_take);
}

static struct json_object *show_category(struct call *call, const char *name, const char *kind)
{
    AUTO(text) char *scope = armid_key(call->scope);
    AUTO(text)
    char *id =
        mem_format("%s/providers/microsoft.insights/diagnosticSettingsCategories/%s", scope, name);
    struct json_object *body = json_object_new_object();
    js_put(body, "id", json_object_new_string(id));
    js_put(body, "type", json_object_new_string("microsoft.insights/diagnosticSettingsCategories"));
    js_put(body, "name", json_object_new_string(name));
    json_object_object_add(body, "location", NULL);
    json_object_object_add(body, "kind", NULL);
    json_object_object_add(body, "tags", NULL);
    js_put(body, "properties.categoryType", json_object_new_string(kind));
    json_object_object_add(body, "identity", NULL);
    return body;
}

void diagnostic_categories_list(struct call *call)
{
    if (!child_scope(call))
        return;
    struct json_object *body = json_object_new_object(), *value = json_object_new_array();
    json_object_object_add(body, "value", value);
    for (size_t i = 0; i < COUNT(categories); i++)
        if (strcasestr(call->scope, categories[i].type))
            json_object_array_add(value, show_category(call, categories[i].category, "Logs"));
    json_object_array_add(value, show_category(call, "AllMetrics", "Metrics"));
    call_answer(call, 200, body);
}
