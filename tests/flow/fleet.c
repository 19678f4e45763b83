#include "fleet.h"

#include "base/js.h"

#include <stdlib.h>
#include <string.h>

/* What differs between the control case's deployment and the fleet's number so-and-so. */
static const struct {
    const char *from, *to; /* before the number */
} names[] = {
    {"kv-openai-prod", "kv-fleet-"},
    {"oai-prod", "oai-fleet-"},
    {"44444444-4444-4444-4444-444444444441", "44444444-4444-4444-4444-444444444"},
    {"55555555-5555-5555-5555-555555555555", "55555555-5555-5555-5555-555555555"},
};

static char *replaced(const char *text, const char *from, const char *to)
{
    char *made = mem_text("");
    for (const char *at; (at = strstr(text, from)); text = at + strlen(from)) {
        char *longer = mem_format("%s%.*s%s", made, (int)(at - text), text, to);
        free(made);
        made = longer;
    }
    char *whole = mem_format("%s%s", made, text);
    free(made);
    return whole;
}

/* The control case's member as the number has it. The caller puts it. */
static struct json_object *numbered(struct json_object *member, int number)
{
    char *text = mem_text(json_object_to_json_string_ext(member, JSON_C_TO_STRING_NOSLASHESCAPE));
    for (size_t i = 0; i < COUNT(names); i++) {
        AUTO(text) char *to = mem_format("%s%03d", names[i].to, number);
        char *next = replaced(text, names[i].from, to);
        free(text);
        text = next;
    }
    struct json_object *made = flow_json(text);
    free(text);
    return made;
}

static void add_all(struct json_object *to, struct json_object *from)
{
    json_object_object_foreach(from, name, value)
        json_object_object_add(to, name, json_object_get(value));
}

void fleet_good(void **flow, int count, const char *file)
{
    AUTO(json) struct json_object *control = flow_control_case();
    AUTO(json) struct json_object *seed = flow_json("{'live': {}, 'keys': {}}");
    AUTO(text) char *head = mem_format("{%s'stacks': {}}", file);
    AUTO(json) struct json_object *config = flow_json(head);
    for (int i = 0; i < count; i++) {
        AUTO(json) struct json_object *live = numbered(js_object(control, "live"), i);
        AUTO(json) struct json_object *keys = numbered(js_object(control, "keys"), i);
        AUTO(text) char *stack = mem_format("fleet-%03d", i);
        add_all(js_object(seed, "live"), live);
        add_all(js_object(seed, "keys"), keys);
        struct json_object *declared = numbered(js_object(control, "declared.stacks.prod"), i);
        js_put(declared, "vault.properties.networkAcls.ipRules", json_object_new_array());
        js_put(declared, "account.properties.networkAcls.ipRules", json_object_new_array());
        json_object_object_add(js_object(config, "stacks"), stack, declared);
    }
    flow_seed_tree(flow, seed);
    flow_config_tree(flow, config);
}
