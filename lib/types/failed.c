#include "types/failed.h"

#include <strings.h>

static bool is_failed(const char *state)
{
    static const char *const failed[] = {"Failed", "Canceled", "Cancelled"};
    for (size_t i = 0; i < COUNT(failed); i++)
        if (strcasecmp(state, failed[i]) == 0)
            return true;
    return false;
}

bool failed_find(const struct neighbours *near, struct findings *findings)
{
    const char *state = js_string(near->self.now->body, FAILED_STATE, "");
    if (!is_failed(state))
        return false;
    AUTO(json) struct json_object *observed = json_object_new_string(state);
    AUTO(json) struct json_object *desired = json_object_new_string("Succeeded");
    findings_add(findings, near, NEED_ACTION, FAILED_STATE, observed, desired)->is_rewrite = true;
    return true;
}
