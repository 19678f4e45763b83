#include "grant.h"

#include "base/armid.h"
#include "base/uuid.h"
#include "child.h"
#include "role.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- the directory --------------------------------------------------------------------------- */

void principal_add(struct sim *sim, const char *id, int64_t since_ms)
{
    int64_t *since = mem_new(1, sizeof *since);
    *since = since_ms;
    table_put(sim->principals, id, since);
}

/* A young principal is not yet known everywhere. Those that azsim did not make count as old. */
static bool principal_known(struct sim *sim, const char *id)
{
    const int64_t *since = table_find(sim->principals, id);
    return !since || *since + sim->settings.principal_delay_ms <= state_now_ms(sim);
}

/* ---- one assignment -------------------------------------------------------------------------- */

/* The scope in which an assignment lies: its id without the last provider. */
static char *scope_of(const char *id)
{
    const char *last = id;
    for (const char *at = id; (at = strcasestr(at, "/providers/")); at++)
        last = at;
    return last == id ? mem_text("/") : mem_text_n(id, (size_t)(last - id));
}

struct json_object *grant_complete(struct json_object *body, const char *id)
{
    /* The order of recorded answers; what is not there is null. */
    static const char *const names[] = {"roleDefinitionId",
                                        "principalId",
                                        "principalType",
                                        "scope",
                                        "condition",
                                        "conditionVersion",
                                        "createdOn",
                                        "updatedOn",
                                        "createdBy",
                                        "updatedBy",
                                        "delegatedManagedIdentityResourceId",
                                        "description"};
    AUTO(text) char *scope = scope_of(id);
    struct json_object *whole = json_object_new_object(), *properties = json_object_new_object();
    for (size_t i = 0; i < COUNT(names); i++)
        json_object_object_add(properties, names[i],
                               js_copy(js_member(js_object(body, "properties"), names[i], NULL)));
    if (!js_string(properties, "scope", NULL))
        json_object_object_add(properties, "scope", json_object_new_string(scope));
    json_object_object_add(whole, "properties", properties);
    json_object_object_add(whole, "id", json_object_new_string(id));
    json_object_object_add(whole, "type",
                           json_object_new_string("Microsoft.Authorization/roleAssignments"));
    json_object_object_add(whole, "name", json_object_new_string(armid_name(id)));
    return whole;
}

static struct resource *find(struct call *call)
{
    struct resource *grant = table_find(call->sim->grants, call->id);
    if (!grant)
        call_fail(call, 404, "RoleAssignmentNotFound", "The role assignment '%s' is not found.",
                  call->args[0]);
    return grant;
}

void grant_get(struct call *call)
{
    struct resource *grant = find(call);
    if (grant)
        call_show(call, 200, grant->body);
}

void grant_delete(struct call *call)
{
    struct resource *grant = table_find(call->sim->grants, call->id);
    if (!grant) {
        call_answer(call, 204, NULL);
        return;
    }
    call_show(call, 200, grant->body);
    table_remove(call->sim->grants, call->id);
}

/* ---- writing --------------------------------------------------------------------------------- */

/* Role definitions compare by their last segment: the id may be written below any scope. */
static bool same_role(const char *a, const char *b)
{
    return strcasecmp(armid_name(a), armid_name(b)) == 0;
}

static bool same_triple(struct json_object *a, struct json_object *b)
{
    return strcasecmp(js_string(a, "principalId", ""), js_string(b, "principalId", "")) == 0 &&
           same_role(js_string(a, "roleDefinitionId", ""), js_string(b, "roleDefinitionId", ""));
}

static struct resource *find_triple(struct call *call, struct json_object *sent)
{
    for (struct lh_entry *at = lh_table_head(call->sim->grants); at; at = lh_entry_next(at)) {
        struct resource *grant = lh_entry_v(at);
        struct json_object *properties = js_object(grant->body, "properties");
        if (same_triple(properties, sent) &&
            armid_same(js_string(properties, "scope", ""), call->scope))
            return grant;
    }
    return NULL;
}

static bool principal_allowed(struct call *call, struct json_object *sent)
{
    const char *principal = js_string(sent, "principalId", "");
    if (!uuid_valid(principal))
        return call_fail(call, 400, "InvalidPrincipalId",
                         "The Principal ID '%s' is not valid. Principal ID must be a GUID.",
                         principal);
    if (js_string(sent, "principalType", NULL) || principal_known(call->sim, principal))
        return true;
    char bare[UUID_SIZE], *end = bare;
    for (; *principal; principal++)
        if (*principal != '-')
            *end++ = *principal;
    *end = '\0';
    return call_fail(call, 400, "PrincipalNotFound",
                     "Principal %s does not exist in the directory %s. Check that you have the "
                     "correct principal ID. If you are creating this principal and then "
                     "immediately assigning a role, this error might be related to a replication "
                     "delay. In this case, set the role assignment principalType property to a "
                     "value, such as ServicePrincipal, User, or Group.  See "
                     "https://aka.ms/docs-principaltype",
                     bare, call->caller.tenant);
}

static struct json_object *build(struct call *call, struct json_object *sent)
{
    AUTO(text) char *now = state_time(state_now_ms(call->sim), true);
    AUTO(json) struct json_object *properties = js_copy(sent), *draft = json_object_new_object();
    js_put(properties, "scope", json_object_new_string(call->scope));
    js_put(properties, "createdOn", json_object_new_string(now));
    js_put(properties, "updatedOn", json_object_new_string(now));
    js_put(properties, "createdBy", json_object_new_string(call->caller.object));
    js_put(properties, "updatedBy", json_object_new_string(call->caller.object));
    if (!js_string(properties, "principalType", NULL))
        js_put(properties, "principalType", json_object_new_string("ServicePrincipal"));
    json_object_object_add(draft, "properties", TAKE(properties));
    return grant_complete(draft, call->id);
}

/* The answer to a creation does not know yet who created it; a GET does. */
static void create(struct call *call, struct json_object *sent)
{
    struct resource *grant = resource_new(call->id, build(call, sent));
    grant->since_ms = state_now_ms(call->sim);
    table_put(call->sim->grants, call->id, grant);
    struct json_object *answer = js_copy(grant->body);
    json_object_object_add(js_object(answer, "properties"), "createdBy", NULL);
    call_answer(call, 201, answer);
}

/* Only what describes an assignment can change; its triple cannot. */
static void update(struct call *call, struct resource *grant, struct json_object *sent)
{
    static const char *const names[] = {"condition", "conditionVersion", "description",
                                        "delegatedManagedIdentityResourceId"};
    if (!same_triple(js_object(grant->body, "properties"), sent)) {
        call_fail(call, 400, "RoleAssignmentUpdateNotPermitted",
                  "Tenant ID, application ID, principal ID, and scope are not allowed to be "
                  "updated.");
        return;
    }
    struct json_object *body = js_copy(grant->body), *properties = js_object(body, "properties");
    AUTO(text) char *now = state_time(state_now_ms(call->sim), true);
    for (size_t i = 0; i < COUNT(names); i++)
        if (js_find(sent, names[i]))
            json_object_object_add(properties, names[i], js_copy(js_find(sent, names[i])));
    json_object_object_add(properties, "updatedOn", json_object_new_string(now));
    resource_set(grant, body);
    call_show(call, 200, body);
}

void grant_put(struct call *call)
{
    struct json_object *body = call_object(call), *sent = js_object(body, "properties");
    if (!body)
        return;
    if (!uuid_valid(call->args[0])) {
        call_fail(call, 400, "InvalidRoleAssignmentId",
                  "The role assignment ID '%s' is not valid. The role assignment ID must be a "
                  "GUID.",
                  call->args[0]);
        return;
    }
    if (!js_string(sent, "roleDefinitionId", NULL)) {
        call_fail(call, 400, "InvalidCreateRoleAssignmentRequest",
                  "The request to create role assignment is not valid. A role definition ID is "
                  "required.");
        return;
    }
    const char *condition = js_string(sent, "condition", NULL);
    struct err why;
    if (condition && !condition_valid(condition, &why)) {
        call_fail(call, 400, "InvalidRoleAssignmentCondition", "%s.", why.message);
        return;
    }
    if (!child_scope(call) || !principal_allowed(call, sent))
        return;
    struct resource *grant = table_find(call->sim->grants, call->id);
    if (grant)
        update(call, grant, sent);
    else if (find_triple(call, sent))
        call_fail(call, 409, "RoleAssignmentExists", "The role assignment already exists.");
    else
        create(call, sent);
}

/* ---- lists ----------------------------------------------------------------------------------- */

/* What $filter asks for: a principal or NULL, and whether what lies below the scope is left out. */
struct filter {
    char principal[UUID_SIZE];
    bool at_scope;
};

static void read_filter(struct call *call, struct filter *filter)
{
    AUTO(text) char *text = call_query(call, "$filter");
    const char *quote =
        text && (strcasestr(text, "principalId eq") || strcasestr(text, "assignedTo("))
            ? strchr(text, '\'')
            : NULL;
    filter->at_scope = text && strcasestr(text, "atScope()");
    filter->principal[0] = '\0';
    if (quote)
        err_copy(filter->principal, sizeof filter->principal, quote + 1);
    filter->principal[strcspn(filter->principal, "'")] = '\0';
}

static bool wanted(const struct call *call, const struct filter *filter, struct json_object *body)
{
    const char *scope = js_string(body, "properties.scope", "");
    if (filter->principal[0] &&
        strcasecmp(js_string(body, "properties.principalId", ""), filter->principal) != 0)
        return false;
    return armid_within(call->scope, scope) ||
           (!filter->at_scope && armid_within(scope, call->scope));
}

void grants_list(struct call *call)
{
    struct filter filter;
    if (!child_scope(call))
        return;
    read_filter(call, &filter);
    struct json_object *body = json_object_new_object(), *value = json_object_new_array();
    json_object_object_add(body, "value", value);
    for (struct lh_entry *at = lh_table_head(call->sim->grants); at; at = lh_entry_next(at)) {
        struct resource *grant = lh_entry_v(at);
        if (wanted(call, &filter, grant->body))
            json_object_array_add(value, json_object_get(grant->body));
    }
    call_answer(call, 200, body);
}

/* ---- for others ------------------------------------------------------------------------------ */

void grants_drop_below(struct sim *sim, const char *id)
{
    struct lh_entry *next;
    for (struct lh_entry *at = lh_table_head(sim->grants); at; at = next) {
        struct resource *grant = lh_entry_v(at);
        next = lh_entry_next(at);
        if (armid_within(grant->id, id))
            table_remove(sim->grants, grant->id);
    }
}

static bool role_among(const char *role, const char *const *roles)
{
    for (; *roles; roles++)
        if (same_role(role, *roles))
            return true;
    return false;
}

bool grant_holds(struct sim *sim, const char *principal, const char *const *roles, const char *id)
{
    int64_t now_ms = state_now_ms(sim);
    for (struct lh_entry *at = lh_table_head(sim->grants); at; at = lh_entry_next(at)) {
        struct resource *grant = lh_entry_v(at);
        struct json_object *properties = js_object(grant->body, "properties");
        bool in_effect =
            !grant->since_ms || grant->since_ms + sim->settings.grant_delay_ms <= now_ms;
        if (in_effect && strcasecmp(js_string(properties, "principalId", ""), principal) == 0 &&
            role_among(js_string(properties, "roleDefinitionId", ""), roles) &&
            armid_within(id, js_string(properties, "scope", "")))
            return true;
    }
    return false;
}
