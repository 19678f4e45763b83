#include "types/failed.h"

#include "base/mem.h"

#include <string.h>
#include <strings.h>

#define STATE "properties.provisioningState"

bool failed_find(const struct neighbours *near, struct findings *findings)
{
    const char *state = js_string(near->self.now->body, STATE, "");
    if (strcasecmp(state, "Failed") != 0)
        return false;
    AUTO(json) struct json_object *observed = json_object_new_string(state);
    AUTO(json) struct json_object *desired = json_object_new_string("Succeeded");
    findings_add(findings, near, NEED_ACTION, STATE, observed, desired);
    return true;
}

bool failed_is(const struct finding *finding)
{
    return finding->need == NEED_ACTION && strcmp(finding->path, STATE) == 0;
}

void failed_request(const struct neighbours *near, struct write *write)
{
    const struct node *node = near->self.node;
    write->method = "PUT";
    write->path = mem_format("%s?api-version=%s", node->id, node->type->api_version);
    write->body = type_writable(node->type, near->self.now->body);
    write->repeatable = true;
}
