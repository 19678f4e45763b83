/* identity.c: user-assigned managed identities, and whether one can be attached to a resource.
 * OBSERVED 4, traffic/identity-userassigned, traffic/arm-400-failedidentityoperation. */
#include "identity.h"

#include "base/armid.h"
#include "base/uuid.h"
#include "child.h"
#include "grant.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TYPE "Microsoft.ManagedIdentity/userAssignedIdentities"

/* Ids come back with a small g, whatever the client wrote. */
static char *spelled_id(const char *id)
{
    AUTO(text) char *subscription = armid_part(id, "subscriptions");
    AUTO(text) char *group = armid_part(id, "resourceGroups");
    return mem_format("/subscriptions/%s/resourcegroups/%s/providers/" TYPE "/%s",
                      subscription ? subscription : "", group ? group : "", armid_name(id));
}

static struct resource *find(struct call *call)
{
    struct resource *identity = child_find(call);
    if (!identity)
        child_missing(call, TYPE);
    return identity;
}

void identity_get(struct call *call)
{
    struct resource *identity = find(call);
    if (identity)
        call_show(call, 200, identity->body);
}

/* ---- writing --------------------------------------------------------------------------------- */

/* A new one is a new principal, which the directory gets to know after a while. */
static struct json_object *new_properties(struct call *call)
{
    char principal[UUID_SIZE], client[UUID_SIZE];
    struct json_object *properties = json_object_new_object();
    uuid_random(principal);
    uuid_random(client);
    principal_add(call->sim, principal, state_now_ms(call->sim));
    js_put(properties, "tenantId", json_object_new_string(call->caller.tenant));
    js_put(properties, "principalId", json_object_new_string(principal));
    js_put(properties, "clientId", json_object_new_string(client));
    return properties;
}

static struct json_object *build(struct call *call, struct json_object *sent,
                                 struct json_object *old)
{
    AUTO(text) char *id = spelled_id(call->id);
    struct json_object *body = json_object_new_object(), *tags = js_object(sent, "tags");
    js_put(body, "location", js_copy(js_find(old ? old : sent, "location")));
    js_put(body, "tags", tags ? js_copy(tags) : json_object_new_object());
    js_put(body, "id", json_object_new_string(id));
    js_put(body, "name", json_object_new_string(call->args[2]));
    js_put(body, "type", json_object_new_string(TYPE));
    js_put(body, "properties", old ? js_copy(js_object(old, "properties")) : new_properties(call));
    return body;
}

/* The Location of a 201 is the id alone, without a host. */
void identity_put(struct call *call)
{
    struct resource *old = child_find(call);
    struct json_object *sent = call_object(call);
    if (!sent)
        return;
    if (!js_string(sent, "location", NULL)) {
        call_fail_gateway(call, 400, "LocationRequired",
                          "The location property is required for this definition.");
        return;
    }
    struct resource *identity = child_store(call, build(call, sent, old ? old->body : NULL));
    call_show(call, old ? 200 : 201, identity->body);
    if (!old)
        call_header(call, "Location", "%s", js_string(identity->body, "id", ""));
}

void identity_patch(struct call *call)
{
    struct resource *identity = find(call);
    struct json_object *sent = identity ? call_object(call) : NULL;
    if (!sent)
        return;
    if (js_object(sent, "tags")) {
        struct json_object *body = js_copy(identity->body);
        js_put(body, "tags", js_copy(js_object(sent, "tags")));
        resource_set(identity, body);
    }
    call_show(call, 200, identity->body);
}

void identity_delete(struct call *call)
{
    child_delete(call);
}

/* ---- lists ----------------------------------------------------------------------------------- */

static struct json_object *take(struct call *call, struct resource *child, bool grouped)
{
    bool fits = strcasecmp(js_string(child->body, "type", ""), TYPE) == 0 &&
                call_covers(call, child->id, grouped);
    return fits ? json_object_get(child->body) : NULL;
}

static struct json_object *take_of_subscription(struct call *call, struct resource *child)
{
    return take(call, child, false);
}

static struct json_object *take_of_group(struct call *call, struct resource *child)
{
    return take(call, child, true);
}

void identities_list(struct call *call)
{
    call_list(call, call->sim->others, take_of_subscription);
}

void identities_list_group(struct call *call)
{
    call_list(call, call->sim->others, take_of_group);
}

/* ---- attached to others ---------------------------------------------------------------------- */

/* The provider of identities is asked by the gateway, and its answer stands in the message. */
static bool refuse_unknown(struct call *call, const char *id)
{
    AUTO(text) char *spelled = spelled_id(id);
    return call_fail_gateway(call, 400, "FailedIdentityOperation",
                             "Identity operation for resource '%s' failed with error 'Failed to "
                             "perform resource identity operation. Status: 'BadRequest'. Response: "
                             "'{\"error\":{\"code\":\"BadRequest\",\"message\":\"Resource '%s' was "
                             "not found.\"}}'.'.",
                             call->id, spelled);
}

bool identity_attachable(struct call *call, struct json_object *sent, struct json_object *old)
{
    struct json_object *wanted = js_object(sent, "userAssignedIdentities");
    struct json_object *there = js_object(old, "userAssignedIdentities");
    if (!wanted)
        return true;
    json_object_object_foreach(wanted, id, value)
    {
        if (value && !js_member(there, id, NULL) && !table_find(call->sim->others, id))
            return refuse_unknown(call, id);
    }
    return true;
}

struct json_object *identity_ids(struct sim *sim, const char *id)
{
    const struct resource *identity = table_find(sim->others, id);
    struct json_object *ids = json_object_new_object();
    static const char *const names[] = {"principalId", "clientId"};
    for (size_t i = 0; i < COUNT(names); i++) {
        struct json_object *properties = identity ? js_object(identity->body, "properties") : NULL;
        js_put(ids, names[i], js_copy(js_find(properties, names[i])));
    }
    return ids;
}
