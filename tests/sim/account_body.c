/* account_body.c: what a new account looks like: the members of a recorded one (data/account.json),
 * with names, ids and dates of its own. */
#include "account.h"

#include "account_data.h"
#include "base/armid.h"
#include "base/uuid.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static struct json_object *recorded(struct sim *sim)
{
    struct err err;
    const char *text = account_data();
    if (!sim->template && !js_parse(text, strlen(text), &sim->template, &err))
        abort(); /* it is built in, and a test reads it */
    return sim->template;
}

static void put_names(struct call *call, struct json_object *body, struct json_object *sent)
{
    AUTO(text) char *now = state_time(state_now_ms(call->sim), true);
    js_put(body, "id", json_object_new_string(call->id));
    js_put(body, "name", json_object_new_string(call->args[2]));
    js_put(body, "location", js_copy(js_find(sent, "location")));
    js_put(body, "kind", js_copy(js_find(sent, "kind")));
    js_put(body, "sku", js_copy(js_find(sent, "sku")));
    js_put(body, "systemData.createdBy", json_object_new_string(call->caller.client));
    js_put(body, "systemData.createdByType", json_object_new_string("Application"));
    js_put(body, "systemData.createdAt", json_object_new_string(now));
    js_put(body, "properties.dateCreated", json_object_new_string(now));
}

/* The host of every endpoint is the sub-domain, or the region's where there is none. */
static void put_endpoints(struct json_object *properties, const char *domain, const char *location)
{
    AUTO(text) char *region = armid_location(location);
    struct json_object *endpoints = js_object(properties, "endpoints");
    AUTO(text)
    char *endpoint = domain ? mem_format("https://%s.openai.azure.com/", domain)
                            : mem_format("https://%s.api.cognitive.microsoft.com/", region);
    js_put(properties, "endpoint", json_object_new_string(endpoint));
    json_object_object_foreach(endpoints, name, value)
    {
        const char *old = json_object_get_string(value), *dot = strchr(old, '.');
        AUTO(text)
        char *own = domain && dot ? mem_format("https://%s%s", domain, dot) : mem_text(endpoint);
        (void)name;
        json_object_set_string(value, own);
    }
}

struct json_object *account_template(struct call *call, struct json_object *sent)
{
    char uuid[UUID_SIZE], internal[UUID_SIZE], *end = internal;
    struct json_object *body = js_copy(recorded(call->sim));
    struct json_object *properties = js_object(body, "properties");
    uuid_random(uuid);
    for (const char *at = uuid; *at; at++)
        if (*at != '-')
            *end++ = *at;
    *end = '\0';

    json_object_object_del(body, "@source");
    json_object_object_del(body, "identity");
    js_remove(properties, "customSubDomainName");
    js_remove(properties, "allowProjectManagement");
    if (strcasecmp(js_string(sent, "kind", ""), "AIServices") != 0) { /* no other kind has these */
        js_remove(properties, "apiProperties");
        js_remove(properties, "armFeatures");
    }
    js_put(properties, "internalId", json_object_new_string(internal));
    put_names(call, body, sent);
    put_endpoints(properties, js_string(sent, "properties.customSubDomainName", NULL),
                  js_string(sent, "location", ""));
    return body;
}
