/* activity.c: one record for each write, the terminal one. No recording has any record, so their
 * shape is that of the REST reference; the refusals and the empty answer were recorded.
 * OBSERVED 6, traffic/insights-activitylog; SEMANTICS 5 for the filter. */
#include "activity.h"

#include "access.h"
#include "base/armid.h"
#include "base/iso8601.h"
#include "base/uuid.h"
#include "route.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define EVENTS_MAX 5000 /* of the newest */
#define RETENTION_S (90 * INT64_C(86400))

/* ---- remembering ----------------------------------------------------------------------------- */

static const char *header_of(const struct call *call, const char *name)
{
    for (int i = 0; i < call->response->n_headers; i++)
        if (strcmp(call->response->headers[i].name, name) == 0)
            return call->response->headers[i].value;
    return "";
}

static void put(struct json_object *event, const char *path, const char *text)
{
    js_put(event, path, json_object_new_string(text ? text : ""));
}

static void put_who(struct call *call, struct json_object *event)
{
    put(event, "caller", call->caller.object);
    put(event, "claims.appid", call->caller.client);
    put(event, "claims['http://schemas.microsoft.com/identity/claims/objectidentifier']",
        call->caller.object);
    put(event, "claims['http://schemas.microsoft.com/identity/claims/tenantid']",
        call->caller.tenant);
    put(event, "httpRequest.clientRequestId", call->request->client_request_id);
    put(event, "httpRequest.method", call->request->method);
}

static void put_what(struct call *call, struct json_object *event)
{
    AUTO(text) char *action = access_action(call);
    AUTO(text) char *group = armid_part(call->id, "resourceGroups");
    AUTO(text) char *status = mem_format("%d", call->response->status);
    bool failed = call->response->status >= 400;
    put(event, "authorization.action", action);
    put(event, "authorization.scope", call->id);
    put(event, "operationName.value", action);
    put(event, "operationName.localizedValue", action);
    put(event, "resourceId", call->id);
    put(event, "resourceGroupName", group);
    put(event, "resourceProviderName.value", call->route->provider->name);
    put(event, "status.value", failed ? "Failed" : "Succeeded");
    put(event, "subStatus.value", status);
    put(event, "properties.statusCode", status);
    put(event, "level", failed ? "Error" : "Informational");
}

static void add_event(struct sim *sim, struct json_object *event)
{
    if (!sim->events)
        sim->events = json_object_new_array();
    if (json_object_array_length(sim->events) >= EVENTS_MAX)
        json_object_array_del_idx(sim->events, 0, EVENTS_MAX / 2);
    json_object_array_add(sim->events, event);
}

/* What every record has. The subscription is id's. */
static struct json_object *begin_event(struct sim *sim, const char *id)
{
    char uuid[UUID_SIZE];
    AUTO(text) char *subscription = armid_part(id, "subscriptions");
    AUTO(text) char *now = state_time(state_now_ms(sim), true);
    struct json_object *event = json_object_new_object();
    uuid_random(uuid);
    AUTO(text) char *event_id = mem_format("%s/events/%s", id, uuid);
    put(event, "id", event_id);
    put(event, "eventDataId", uuid);
    put(event, "eventName.value", "EndRequest");
    put(event, "category.value", "Administrative");
    put(event, "eventTimestamp", now);
    put(event, "submissionTimestamp", now);
    put(event, "subscriptionId", subscription);
    return event;
}

void activity_note(struct call *call)
{
    if (call_is_read(call) || !call->route)
        return;
    struct json_object *event = begin_event(call->sim, call->id);
    put(event, "correlationId", header_of(call, "x-ms-correlation-request-id"));
    put(event, "operationId", header_of(call, "x-ms-request-id"));
    put(event, "tenantId", call->caller.tenant);
    put_who(call, event);
    put_what(call, event);

    add_event(call->sim, event);
}

/* ---- what others write ------------------------------------------------------------------------
 */

/* Of the policy category, as the reference shows it: "policies" is JSON in a text.
 * https://learn.microsoft.com/azure/azure-monitor/essentials/activity-log-schema#policy-category */
static void put_policy(struct json_object *event, const char *assignment)
{
    AUTO(json) struct json_object *list = json_object_new_array();
    struct json_object *policy = json_object_new_object();
    put(policy, "policyDefinitionEffect", "modify");
    put(policy, "policyAssignmentId", assignment);
    put(policy, "policyAssignmentName", armid_name(assignment));
    json_object_array_add(list, policy);
    put(event, "category.value", "Policy");
    put(event, "operationName.value", "Microsoft.Authorization/policies/modify/action");
    put(event, "properties.isComplianceCheck", "False");
    put(event, "properties.policies", json_object_to_json_string(list));
}

/* "Microsoft.KeyVault/vaults/write" of a vault's id; the caller frees. */
static char *write_of(const char *id)
{
    const char *type = strcasestr(id, "/providers/");
    type = type ? type + strlen("/providers/") : id;
    size_t provider = strcspn(type, "/"), kind = strcspn(type + provider + 1, "/");
    return mem_format("%.*s/write", (int)(provider + 1 + kind), type);
}

void sim_activity(struct sim *sim, const char *id, struct json_object *by)
{
    char correlation[UUID_SIZE];
    AUTO(text) char *group = armid_part(id, "resourceGroups");
    AUTO(text) char *operation = write_of(id);
    struct json_object *event = begin_event(sim, id);
    uuid_random(correlation);
    put(event, "resourceId", id);
    put(event, "resourceGroupName", group);
    put(event, "caller", js_string(by, "caller", ""));
    put(event, "claims.appid", js_string(by, "appid", ""));
    put(event, "correlationId", js_string(by, "correlationId", correlation));
    put(event, "operationName.value", js_string(by, "operation", operation));
    put(event, "status.value", "Succeeded");
    put(event, "level", "Informational");
    if (js_string(by, "identityOf", NULL))
        put(event, "claims.xms_mirid", js_string(by, "identityOf", ""));
    if (js_string(by, "assignment", NULL))
        put_policy(event, js_string(by, "assignment", ""));
    add_event(sim, event);
}

/* ---- the list -------------------------------------------------------------------------------- */

struct filter {
    char *from, *to, *resource, *group, *provider, *correlation; /* owned, or NULL */
    int64_t from_s, to_s;
};

/* What stands behind "name op " in the filter, quoted or not; the caller frees. */
static char *operand(const char *filter, const char *name, const char *op)
{
    AUTO(text) char *head = mem_format("%s %s ", name, op);
    const char *at = filter ? strcasestr(filter, head) : NULL;
    if (!at)
        return NULL;
    at += strlen(head);
    return *at == '\'' ? mem_text_n(at + 1, strcspn(at + 1, "'"))
                       : mem_text_n(at, strcspn(at, " "));
}

static void filter_done(struct filter *filter)
{
    free(filter->from);
    free(filter->to);
    free(filter->resource);
    free(filter->group);
    free(filter->provider);
    free(filter->correlation);
}

static void filter_read(struct call *call, struct filter *filter)
{
    AUTO(text) char *text = call_query(call, "$filter");
    *filter = (struct filter){
        .from = operand(text, "eventTimestamp", "ge"),
        .to = operand(text, "eventTimestamp", "le"),
        .resource = operand(text, "resourceUri", "eq"),
        .group = operand(text, "resourceGroupName", "eq"),
        .provider = operand(text, "resourceProvider", "eq"),
        .correlation = operand(text, "correlationId", "eq"),
        .to_s = INT64_MAX,
    };
}

/* Azure's command line sends times without a zone: they are UTC. */
static bool time_read(const char *text, int64_t *time_s)
{
    AUTO(text) char *zoned = mem_format("%sZ", text);
    return iso8601_parse_time(text, time_s) || iso8601_parse_time(zoned, time_s);
}

/* The 90 days were recorded; that a start is needed is what the REST reference says. */
static bool filter_allowed(struct call *call, struct filter *filter)
{
    if (!filter->from || !time_read(filter->from, &filter->from_s) ||
        (filter->to && !time_read(filter->to, &filter->to_s)))
        return call_fail_bare(call, 400, "BadRequest",
                              "The filter needs a valid eventTimestamp to start from.");
    if (filter->from_s < sim_now_s(call->sim) - RETENTION_S)
        return call_fail_bare(call, 400, "BadRequest",
                              "The start time cannot be more than 90 days in the past.");
    return true;
}

static bool equals(const char *wanted, struct json_object *event, const char *path)
{
    return !wanted || strcasecmp(js_string(event, path, ""), wanted) == 0;
}

static bool fits(struct call *call, const struct filter *filter, struct json_object *event)
{
    int64_t at_s = 0;
    int64_t shown_s = (state_now_ms(call->sim) - call->sim->settings.activity_lag_ms) / 1000;
    return iso8601_parse_time(js_string(event, "eventTimestamp", ""), &at_s) &&
           at_s >= filter->from_s && at_s <= filter->to_s && at_s <= shown_s &&
           equals(call->args[0], event, "subscriptionId") &&
           equals(filter->resource, event, "resourceId") &&
           equals(filter->group, event, "resourceGroupName") &&
           equals(filter->provider, event, "resourceProviderName.value") &&
           equals(filter->correlation, event, "correlationId");
}

/* The newest first. */
void activities_list(struct call *call)
{
    struct filter filter;
    filter_read(call, &filter);
    if (filter_allowed(call, &filter)) {
        struct json_object *body = json_object_new_object(), *value = json_object_new_array();
        struct json_object *events = call->sim->events;
        json_object_object_add(body, "value", value);
        for (size_t i = events ? json_object_array_length(events) : 0; i > 0; i--) {
            struct json_object *event = json_object_array_get_idx(events, i - 1);
            if (fits(call, &filter, event))
                json_object_array_add(value, json_object_get(event));
        }
        call_answer(call, 200, body);
    }
    filter_done(&filter);
}
