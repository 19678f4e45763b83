#include "resources.h"

#include "access.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static struct json_object *take_all(struct call *call, struct resource *resource)
{
    (void)call;
    return json_object_get(resource->body);
}

static struct json_object *take_covered(struct call *call, struct resource *resource)
{
    return call_covers(call, resource->id, false) ? json_object_get(resource->body) : NULL;
}

void subscriptions_list(struct call *call)
{
    call_list(call, call->sim->subscriptions, take_all);
}

/* That it is there, the gateway has seen. */
void subscription_get(struct call *call)
{
    struct resource *resource = table_find(call->sim->subscriptions, call->id);
    call_show(call, 200, resource->body);
}

void groups_list(struct call *call)
{
    call_list(call, call->sim->groups, take_covered);
}

void group_get(struct call *call)
{
    struct resource *resource = table_find(call->sim->groups, call->id);
    call_show(call, 200, resource->body);
}

/* That it is there, the gateway has seen.
 * REST: Resource Management, Resource Groups: Check Existence. */
void group_head(struct call *call)
{
    call_answer(call, 204, NULL);
}

void group_put(struct call *call)
{
    bool is_new = !table_find(call->sim->groups, call->id);
    struct json_object *sent = call_object(call);
    if (!sent)
        return;
    if (!js_string(sent, "location", NULL)) {
        call_fail_gateway(call, 400, "LocationRequired",
                          "The location property is required for this definition.");
        return;
    }
    state_place(call->sim, call->id);
    struct resource *group = table_find(call->sim->groups, call->id);
    struct json_object *body = js_copy(group->body);
    js_put(body, "location", js_copy(js_find(sent, "location")));
    if (js_object(sent, "tags"))
        js_put(body, "tags", js_copy(js_object(sent, "tags")));
    resource_set(group, body);
    call_show(call, is_new ? 201 : 200, body);
}

/* ---- the list of everything ------------------------------------------------------------------ */

/* What the generic list shows of a resource: no properties. */
static struct json_object *summary(struct json_object *body)
{
    static const char *const names[] = {"id",  "name",     "type",     "kind",
                                        "sku", "location", "identity", "tags"};
    struct json_object *shown = json_object_new_object();
    for (size_t i = 0; i < COUNT(names); i++) {
        struct json_object *value = js_find(body, names[i]);
        if (value)
            json_object_object_add(shown, names[i], json_object_get(value));
    }
    return shown;
}

/* Only "resourceType eq '...'" is understood; anything else keeps all. */
static bool type_wanted(const char *filter, struct json_object *body)
{
    const char *quoted = filter ? strcasestr(filter, "resourceType eq '") : NULL;
    if (!quoted)
        return true;
    quoted += strlen("resourceType eq '");
    const char *type = js_string(body, "type", "");
    return strcspn(quoted, "'") == strlen(type) && strncasecmp(quoted, type, strlen(type)) == 0;
}

/* What hangs on another resource is not in the list. */
static bool is_top_level(const char *id)
{
    const char *type = strcasestr(id, "/providers/");
    size_t slashes = 0;
    for (const char *c = type ? type + 1 : ""; *c; c++)
        slashes += *c == '/';
    return slashes == 3;
}

static void list_everything(struct call *call, bool grouped)
{
    struct lh_table *tables[] = {call->sim->vaults, call->sim->accounts, call->sim->others};
    AUTO(text) char *filter = call_query(call, "$filter");
    struct json_object *body = json_object_new_object(), *value = json_object_new_array();
    json_object_object_add(body, "value", value);
    for (size_t i = 0; i < COUNT(tables); i++) {
        for (struct lh_entry *at = lh_table_head(tables[i]); at; at = lh_entry_next(at)) {
            struct resource *resource = lh_entry_v(at);
            if (is_top_level(resource->id) && call_covers(call, resource->id, grouped) &&
                type_wanted(filter, resource->body) && access_shows(call, resource->id))
                json_object_array_add(value, summary(resource->body));
        }
    }
    call_answer(call, 200, body);
}

void resources_list(struct call *call)
{
    list_everything(call, false);
}

void group_resources_list(struct call *call)
{
    list_everything(call, true);
}

/* ---- metadata -------------------------------------------------------------------------------- */

/* The one object of 2015-01-01, as recorded, with azsim's own names; clients know the rest. */
static struct json_object *metadata_object(const char *login)
{
    struct json_object *body = json_object_new_object(), *audiences = json_object_new_array();
    json_object_array_add(audiences,
                          json_object_new_string("https://management.core.windows.net/"));
    json_object_array_add(audiences, json_object_new_string("https://management.azure.com/"));
    js_put(body, "galleryEndpoint", json_object_new_string("https://gallery.azure.com/"));
    js_put(body, "graphEndpoint", json_object_new_string("https://graph.windows.net/"));
    js_put(body, "portalEndpoint", json_object_new_string("https://portal.azure.com/"));
    js_put(body, "authentication.loginEndpoint", json_object_new_string(login));
    js_put(body, "authentication.audiences", audiences);
    return body;
}

/* The list since 2019, one object for each cloud. Not recorded: the members are those that
 * Azure's command line reads. */
static struct json_object *metadata_list(struct call *call, const char *login)
{
    AUTO(text) char *arm = mem_format("https://management.localhost:%u/", call->sim->port);
    AUTO(text) char *vaults = mem_format("vault.localhost:%u", call->sim->port);
    struct json_object *list = json_object_new_array(), *cloud = json_object_new_object();
    AUTO(json) struct json_object *old = metadata_object(login);
    js_put(cloud, "name", json_object_new_string("AzureCloud"));
    js_put(cloud, "portal", json_object_new_string("https://portal.azure.com"));
    js_put(cloud, "authentication.loginEndpoint", json_object_new_string(login));
    js_put(cloud, "authentication.audiences", js_copy(js_find(old, "authentication.audiences")));
    js_put(cloud, "authentication.tenant", json_object_new_string("common"));
    js_put(cloud, "authentication.identityProvider", json_object_new_string("AAD"));
    js_put(cloud, "resourceManager", json_object_new_string(arm));
    js_put(cloud, "graph", json_object_new_string("https://graph.windows.net/"));
    js_put(cloud, "suffixes.keyVaultDns", json_object_new_string(vaults));
    json_object_array_add(list, cloud);
    return list;
}

void metadata_get(struct call *call)
{
    AUTO(text) char *login = mem_format("https://login.localhost:%u/", call->sim->port);
    bool is_list = call->api_version && strcmp(call->api_version, "2019") > 0;
    call_answer(call, 200, is_list ? metadata_list(call, login) : metadata_object(login));
}
