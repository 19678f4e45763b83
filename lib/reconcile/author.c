#include "reconcile/author.h"

#include "base/armid.h"
#include "base/iso8601.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define POLICY_MODIFIES "Microsoft.Authorization/policies/modify/action"
#define POLICY_APPENDS "Microsoft.Authorization/policies/append/action"
#define POLICY_DEPLOYS "Microsoft.Authorization/policies/deployIfNotExists/action"
#define IDENTITY_OF "claims.xms_mirid" /* the ARM id of whose managed identity the caller is */

const char *const author_keep[] = {
    "caller",         "claims.appid",  IDENTITY_OF,  "operationName.value", "status.value",
    "eventTimestamp", "correlationId", "resourceId", "properties.policies", NULL,
};

static bool ends_in(const char *text, const char *end)
{
    size_t length = strlen(text), of_end = strlen(end);
    return length >= of_end && strcasecmp(text + length - of_end, end) == 0;
}

static bool is_of_policy(const char *operation)
{
    return strcasecmp(operation, POLICY_MODIFIES) == 0 ||
           strcasecmp(operation, POLICY_APPENDS) == 0 || strcasecmp(operation, POLICY_DEPLOYS) == 0;
}

/* Role assignments are looked for in their collection; access policies have a write of their own,
 * below the vault whose property they are. */
static bool is_part_of(const char *written, const char *resource)
{
    AUTO(text) char *policies = mem_format("%s/accessPolicies", resource);
    bool is_collection = strcasecmp(armid_name(resource), "roleAssignments") == 0;
    return armid_within(written, is_collection ? resource : policies);
}

/* What is an entry of a vault's list is written through the vault; a text. */
static char *written_through(const char *resource)
{
    AUTO(text) char *parent = armid_parent(resource);
    size_t length = parent ? strlen(parent) : 0;
    bool is_entry = parent && strncasecmp(resource + length, "/accessPolicies/", 16) == 0;
    return mem_text(is_entry ? parent : resource);
}

/* A write to what is above a resource does not change it, but for a deletion. */
static bool could_change(const char *operation, const char *written, const char *entry)
{
    AUTO(text) char *resource = written_through(entry);
    bool is_delete = ends_in(operation, "/delete");
    if (!is_delete && !ends_in(operation, "/write") && !is_of_policy(operation))
        return false;
    if (armid_same(written, resource) || is_part_of(written, resource))
        return true;
    return is_delete && *written && armid_within(resource, written);
}

/* The first assignment that the record names; "" if it names none. "policies" is JSON in a text. */
static void read_policy(struct json_object *record, char *policy, size_t size)
{
    struct err err;
    AUTO(json) struct json_object *parsed = NULL;
    const char *text = js_string(record, "properties.policies", "");
    const char *identity = js_string(record, IDENTITY_OF, "");
    if (js_parse(text, strlen(text), &parsed, &err) && json_object_is_type(parsed, json_type_array))
        err_copy(policy, size,
                 js_string(json_object_array_get_idx(parsed, 0), "policyAssignmentId", ""));
    else if (strcasestr(identity, "/policyAssignments/")) /* deployIfNotExists writes as this one */
        err_copy(policy, size, identity);
}

/* Its requests have ids of their own, but those of before a restart nobody remembers. */
static bool is_own(const struct author_question *question, struct json_object *record)
{
    const char *caller = js_string(record, "caller", "");
    return (*caller && strcasecmp(caller, question->principal) == 0) ||
           question->is_own(question->owner, js_string(record, "correlationId", ""));
}

bool author_consider(const struct author_question *question, struct json_object *record,
                     struct author *author)
{
    struct author found = {0};
    const char *operation = js_string(record, "operationName.value", "");
    const char *correlation_id = js_string(record, "correlationId", "");
    if (strcasecmp(js_string(record, "status.value", ""), "Succeeded") != 0 ||
        !iso8601_parse_time(js_string(record, "eventTimestamp", ""), &found.time_s) ||
        found.time_s < question->from_s ||
        !could_change(operation, js_string(record, "resourceId", ""), question->resource_id))
        return false;
    read_policy(record, found.policy, sizeof found.policy);
    /* A policy that modifies does so within a write, cmkd's own too, and after it was found. */
    if (!*found.policy && (found.time_s > question->to_s || is_own(question, record)))
        return false;
    if (!*found.policy && is_of_policy(operation))
        return false; /* names nobody */
    bool is_more = (*found.policy != '\0') > (*author->policy != '\0');
    bool is_less = (*found.policy != '\0') < (*author->policy != '\0');
    if (is_less || (!is_more && found.time_s <= author->time_s))
        return false;
    err_copy(found.caller, sizeof found.caller, js_string(record, "caller", ""));
    err_copy(found.client, sizeof found.client, js_string(record, "claims.appid", ""));
    err_copy(found.operation, sizeof found.operation, operation);
    err_copy(found.correlation_id, sizeof found.correlation_id, correlation_id);
    *author = found;
    return true;
}

const char *author_name(const struct author *author)
{
    if (!author->time_s)
        return "unknown";
    if (*author->policy)
        return author->policy;
    return *author->caller ? author->caller : "a caller without a name";
}

char *author_words(const struct author *author)
{
    char time_text[ISO8601_TIME_SIZE];
    if (!author->time_s)
        return mem_text(author_name(author));
    iso8601_format_time(author->time_s, time_text);
    if (*author->policy)
        return mem_format("the Azure Policy assignment %s at %s", author->policy, time_text);
    return mem_format("%s%s%s at %s, %s", author_name(author), *author->client ? " by client " : "",
                      author->client, time_text, author->operation);
}
