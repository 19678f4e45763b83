/* flow_role.c: whom azsim lets do what in a flow: cmkd what README.md says that it needs, the test
 * everything. */
#include "flow_private.h"

#include "base/uuid.h"
#include "sim/file.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ROLES "/providers/Microsoft.Authorization/roleDefinitions/"
#define OWNER ROLES "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
#define KEY_VAULT_ADMINISTRATOR ROLES "00482a5a-887f-4fb3-b363-3b7fe8e74483"

/* ---- README.md ------------------------------------------------------------------------------ */

/* The block of code after a mark, "<!-- role -->". The caller frees. */
char *flow_readme_block(const char *mark)
{
    struct err err;
    AUTO(text) char *text = NULL;
    AUTO(text) char *comment = mem_format("<!-- %s -->", mark);
    if (!file_load(README, &text, &err))
        fail_msg("%s", err.message);
    const char *start = strstr(text, comment);
    start = start ? strstr(start, "```") : NULL;
    start = start ? strchr(start, '\n') : NULL;
    const char *end = start ? strstr(start, "```") : NULL;
    if (!end)
        fail_msg("README.md has no block of code after %s", comment);
    return mem_text_n(start, (size_t)(end - start));
}

struct json_object *flow_readme_role(const char *mark)
{
    AUTO(text) char *block = flow_readme_block(mark);
    return flow_json(block);
}

void flow_withhold(void **flow, const char *action)
{
    flow_of(flow)->withheld = action;
}

/* ---- seeds ---------------------------------------------------------------------------------- */

static struct json_object *without(struct json_object *actions, const char *withheld)
{
    struct json_object *kept = json_object_new_array();
    for (size_t i = 0; actions && i < json_object_array_length(actions); i++) {
        struct json_object *action = json_object_array_get_idx(actions, i);
        if (!withheld || strcmp(json_object_get_string(action), withheld) != 0)
            json_object_array_add(kept, json_object_get(action));
    }
    return kept;
}

/* What of the withheld action concerns this role: "subscription:Microsoft..." is taken from that
 * one alone, for some actions stand in both. */
static const char *withheld_from(const char *mark, const char *withheld)
{
    static const char head[] = "subscription:";
    if (!withheld || strncmp(withheld, head, strlen(head)) != 0)
        return withheld;
    return strncmp(mark, "subscription", strlen("subscription")) == 0 ? withheld + strlen(head)
                                                                      : NULL;
}

/* Adds the role of README.md in the form of Resource Manager; its id, for the caller. A withheld
 * data action is written "data:Microsoft.KeyVault/...", as some actions have a twin. */
static char *add_role(struct json_object *live, const char *mark, const char *action)
{
    const char *withheld = withheld_from(mark, action);
    char name[UUID_SIZE];
    AUTO(json) struct json_object *role = flow_readme_role(mark);
    struct json_object *permission = json_object_new_object();
    bool is_data = withheld && strncmp(withheld, "data:", 5) == 0;
    json_object_object_add(permission, "actions",
                           without(js_array(role, "Actions"), is_data ? NULL : withheld));
    json_object_object_add(permission, "dataActions",
                           without(js_array(role, "DataActions"), is_data ? withheld + 5 : NULL));

    struct json_object *body = json_object_new_object(), *permissions = json_object_new_array();
    json_object_array_add(permissions, permission);
    js_put(body, "properties.roleName", js_copy(js_find(role, "Name")));
    js_put(body, "properties.type", json_object_new_string("CustomRole"));
    js_put(body, "properties.permissions", permissions);
    uuid_of_name(mark, name);
    char *id = mem_format(ROLES "%s", name);
    json_object_object_add(live, id, body);
    return id;
}

static void assign(struct json_object *live, const char *scope, const char *principal,
                   const char *role, const char *condition)
{
    char name[UUID_SIZE];
    AUTO(text) char *triple = mem_format("%s %s %s", scope, principal, role);
    uuid_of_name(triple, name);
    AUTO(text)
    char *id = mem_format("%s/providers/Microsoft.Authorization/roleAssignments/%s",
                          strcmp(scope, "/") == 0 ? "" : scope, name);
    struct json_object *body = json_object_new_object();
    js_put(body, "properties.roleDefinitionId", json_object_new_string(role));
    js_put(body, "properties.principalId", json_object_new_string(principal));
    js_put(body, "properties.principalType", json_object_new_string("ServicePrincipal"));
    if (condition) {
        js_put(body, "properties.condition", json_object_new_string(condition));
        js_put(body, "properties.conditionVersion", json_object_new_string("2.0"));
    }
    json_object_object_add(live, id, body);
}

/* Notes the group, or the subscription, that a text starts with, as a member of places. */
static void note_place(struct json_object *places, const char *text, bool grouped)
{
    static const char head[] = "/subscriptions/", middle[] = "/resourceGroups/";
    if (strncasecmp(text, head, strlen(head)) != 0)
        return;
    size_t length = strlen(head) + strcspn(text + strlen(head), "/");
    if (grouped && strncasecmp(text + length, middle, strlen(middle)) != 0)
        return;
    if (grouped) {
        length += strlen(middle);
        length += strcspn(text + length, "/");
    }
    AUTO(text) char *place = mem_text_n(text, length);
    json_object_object_add(places, place, json_object_new_boolean(true));
}

/* All that a seed names: ids of resources, and those of identities and subnets in their bodies. */
static void note_places(struct json_object *places, struct json_object *tree, bool grouped)
{
    if (json_object_is_type(tree, json_type_string)) {
        note_place(places, json_object_get_string(tree), grouped);
    } else if (json_object_is_type(tree, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(tree); i++)
            note_places(places, json_object_array_get_idx(tree, i), grouped);
    } else if (json_object_is_type(tree, json_type_object)) {
        json_object_object_foreach(tree, name, value)
        {
            note_place(places, name, grouped);
            note_places(places, value, grouped);
        }
    }
}

static void assign_everywhere(struct json_object *live, struct json_object *places,
                              const char *role, const char *condition)
{
    json_object_object_foreach(places, place, value)
    {
        (void)value;
        assign(live, place, FLOW_PRINCIPAL, role, condition);
    }
}

/* Who may ask for tokens: cmkd by a secret or as the machine, and the test. */
static const char clients[] = "[{'tenantId': '" FLOW_TENANT "', 'clientId': '" FLOW_CLIENT
                              "', 'secret': '" FLOW_SECRET "', 'objectId': '" FLOW_PRINCIPAL "'},"
                              " {'tenantId': '" FLOW_TENANT "', 'clientId': '" FLOW_OPERATOR
                              "', 'secret': '" FLOW_SECRET "', 'objectId': '" FLOW_OPERATOR "'}]";
static const char identities[] =
    "[{'clientId': '66666666-6666-6666-6666-666666666666', 'objectId': '" FLOW_PRINCIPAL "'}]";

void flow_authorize(void **flow, struct json_object *seed)
{
    const char *withheld = flow_of(flow)->withheld;
    AUTO(json) struct json_object *groups = json_object_new_object();
    AUTO(json) struct json_object *subscriptions = json_object_new_object();
    struct json_object *live = js_object(seed, "live");
    note_places(groups, seed, true);
    note_places(subscriptions, seed, false);

    if (!live)
        js_put(seed, "live", live = json_object_new_object());
    AUTO(text) char *condition = flow_readme_block("condition");
    AUTO(text) char *on_group = add_role(live, "role", withheld);
    AUTO(text) char *on_subscription = add_role(live, "subscription role", withheld);
    assign_everywhere(live, json_object_object_length(groups) ? groups : subscriptions, on_group,
                      condition);
    assign_everywhere(live, subscriptions, on_subscription, NULL);
    AUTO(text) char *for_authors = add_role(live, "optional role", withheld);
    assign_everywhere(live, subscriptions, for_authors, NULL);
    assign(live, "/", FLOW_OPERATOR, OWNER, NULL);
    assign(live, "/", FLOW_OPERATOR, KEY_VAULT_ADMINISTRATOR, NULL);

    js_put(seed, "clients", flow_json(clients));
    js_put(seed, "identities", flow_json(identities));
    js_put(seed, "settings.authorization", json_object_new_string("enforced"));
}
