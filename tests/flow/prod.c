#include "prod.h"

#include "base/js.h"

void prod_good(void **flow, const char *config)
{
    prod_seed(flow, "{}", config);
}

void prod_merge(struct json_object *target, struct json_object *patch)
{
    json_object_object_foreach(patch, name, value)
    {
        struct json_object *there = NULL;
        json_object_object_get_ex(target, name, &there);
        if (json_object_is_type(value, json_type_object) &&
            json_object_is_type(there, json_type_object))
            prod_merge(there, value);
        else if (value)
            json_object_object_add(target, name, js_copy(value));
        else
            json_object_object_del(target, name);
    }
}

void prod_seed(void **flow, const char *patch, const char *config)
{
    AUTO(json) struct json_object *seed = flow_control_case();
    AUTO(json) struct json_object *changes = flow_json(patch);
    prod_merge(seed, changes);
    flow_seed_case(flow, seed);
    flow_config(flow, config);
}

void expect_still(void **flow)
{
    flow_log_clear(flow);
    cmkd_once(flow);
    expect_exit(flow, 0);
    expect_state(flow, "prod", "insync");
    expect_writes(flow, 0);
}

void expect_quiet(void **flow)
{
    expect_still(flow);
    expect_no_findings(flow);
}
