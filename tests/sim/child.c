#include "child.h"

#include "base/armid.h"
#include "base/uuid.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct resource *child_find(struct call *call)
{
    return table_find(call->sim->others, call->id);
}

/* OBSERVED 5, traffic/arm-404-variants, identity-userassigned. */
bool child_missing(struct call *call, const char *type)
{
    AUTO(text) char *group = armid_part(call->id, "resourceGroups");
    return call_fail_gateway(call, 404, "ResourceNotFound",
                             "The Resource '%s/%s' under resource group '%s' was not found. For "
                             "more details please go to https://aka.ms/ARMResourceNotFoundFix",
                             type, armid_name(call->id), group ? group : "<null>");
}

/* OBSERVED 5, traffic/arm-404-variants: recorded for 'delete', the other words by analogy. */
struct resource *child_parent(struct call *call, struct lh_table *table, const char *id,
                              const char *type)
{
    struct resource *parent = table_find(table, id);
    if (!parent)
        call_fail_gateway(call, 404, "ParentResourceNotFound",
                          "Failed to perform '%s' on resource(s) of type '%s', because the parent "
                          "resource '%s' could not be found.",
                          call_is(call, "GET")      ? "read"
                          : call_is(call, "DELETE") ? "delete"
                                                    : "write",
                          type, id);
    return parent;
}

struct json_object *child_begin(struct call *call, const char *type)
{
    struct json_object *body = json_object_new_object();
    json_object_object_add(body, "id", json_object_new_string(call->id));
    json_object_object_add(body, "type", json_object_new_string(type));
    json_object_object_add(body, "name", json_object_new_string(armid_name(call->id)));
    return body;
}

struct resource *child_store(struct call *call, struct json_object *body)
{
    struct resource *child = child_find(call);
    if (child) {
        resource_set(child, body);
        return child;
    }
    child = resource_new(js_string(body, "id", call->id), body);
    table_put(call->sim->others, call->id, child);
    return child;
}

void child_delete(struct call *call)
{
    bool there = child_find(call) != NULL;
    table_remove(call->sim->others, call->id);
    call_answer(call, there ? 200 : 204, NULL);
}

struct json_object *child_system_data(struct call *call, struct json_object *old)
{
    AUTO(text) char *now = state_time(state_now_ms(call->sim), true);
    struct json_object *data = old ? js_copy(old) : json_object_new_object();
    if (!old) {
        js_put(data, "createdBy", json_object_new_string(call->caller.client));
        js_put(data, "createdByType", json_object_new_string("Application"));
        js_put(data, "createdAt", json_object_new_string(now));
    }
    js_put(data, "lastModifiedBy", json_object_new_string(call->caller.client));
    js_put(data, "lastModifiedByType", json_object_new_string("Application"));
    js_put(data, "lastModifiedAt", json_object_new_string(now));
    return data;
}

void child_stamp(struct json_object *body)
{
    char uuid[UUID_SIZE];
    uuid_random(uuid);
    AUTO(text) char *etag = mem_format("\"%s\"", uuid);
    js_put(body, "etag", json_object_new_string(etag));
}

void child_show(struct call *call, int status, struct json_object *body)
{
    const char *etag = js_string(body, "etag", NULL);
    call_show(call, status, body);
    if (etag)
        call_header(call, "ETag", "%s", etag);
}

struct json_object *child_take(struct call *call, struct resource *child)
{
    size_t length = strlen(call->id);
    bool below = strncasecmp(child->id, call->id, length) == 0 && child->id[length] == '/' &&
                 !strchr(child->id + length + 1, '/');
    return below ? json_object_get(child->body) : NULL;
}

void children_drop(struct sim *sim, const char *id)
{
    struct lh_entry *next;
    for (struct lh_entry *at = lh_table_head(sim->others); at; at = next) {
        const struct resource *child = lh_entry_v(at);
        next = lh_entry_next(at);
        if (armid_within(child->id, id)) {
            AUTO(text) char *own = mem_text(child->id);
            table_remove(sim->others, own);
        }
    }
}

/* Of resources below a vault or an account (a key) only the vault or the account is asked for, as
 * Resource Manager tracks no more. */
bool child_scope(struct call *call)
{
    const char *at = strcasestr(call->scope, "/providers/");
    if (!at)
        return true;
    size_t slashes = 0, length = (size_t)(at - call->scope) + strlen("/providers/");
    for (; call->scope[length] && (slashes += call->scope[length] == '/') < 3; length++)
        ;
    AUTO(text) char *id = mem_text_n(call->scope, length);
    if (table_find(state_table(call->sim, id), id))
        return true;
    AUTO(text) char *group = armid_part(id, "resourceGroups");
    return call_fail_gateway(call, 404, "ResourceNotFound",
                             "The Resource '%s' under resource group '%s' was not found. For more "
                             "details please go to https://aka.ms/ARMResourceNotFoundFix",
                             at + strlen("/providers/"), group ? group : "<null>");
}
