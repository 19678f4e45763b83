#include "types/outbound.h"

#include "model/compare.h"
#include "types/incident.h"

#include <strings.h>

#define RESTRICTS "properties.restrictOutboundNetworkAccess"
#define HOSTS "properties.allowedFqdnList"

/* True if outbound access is restricted, or will be. */
static bool restricts(const struct neighbours *near)
{
    const struct want *want = node_want(near->self.node, RESTRICTS);
    return want ? js_bool(want->value, "", false)
                : js_bool(seen_body(&near->self), RESTRICTS, false);
}

/* True if the list names the vault's host: exactly, for Azure documents no patterns. */
static bool has_host(const struct neighbours *near, struct json_object *list)
{
    AUTO(text) char *host = node_host(near->self.node->vault);
    return !host || compare_has_name(list, host);
}

/* The list, and the vault's host; a new array. */
static struct json_object *with_host(const struct neighbours *near, struct json_object *list)
{
    AUTO(text) char *host = node_host(near->self.node->vault);
    struct json_object *all = list ? js_copy(list) : json_object_new_array();
    json_object_array_add(all, json_object_new_string(host));
    return all;
}

void outbound_changes(const struct neighbours *near, struct findings *findings)
{
    struct json_object *list = js_array(near->self.now->body, HOSTS);
    if (!restricts(near) || node_want(near->self.node, HOSTS) || has_host(near, list))
        return;
    AUTO(json) struct json_object *all = with_host(near, list);
    findings_add(findings, near, NEED_FIELD, HOSTS, list, all);
}

void outbound_obstruct(const struct neighbours *near, const struct finding *finding,
                       struct obstacles *obstacles)
{
    if (strcasecmp(finding->path, HOSTS) != 0 || !finding->desired || !restricts(near))
        return;
    if (!has_host(near, finding->desired))
        obstacles->refused = "outbound access is restricted, and the declared list lacks the host "
                             "of the key vault: the account would lose its key; add it";
    else if (!has_host(near, finding->observed))
        obstacles->refused = incident_at_link(near);
}

void outbound_complete(const struct neighbours *near, struct json_object *body)
{
    struct json_object *list = js_array(body, HOSTS);
    if (js_bool(body, RESTRICTS, false) && !has_host(near, list))
        js_put(body, HOSTS, with_host(near, list));
}
