/* What Azure may answer, through diff, decide and plan: whatever it says, nothing is sent that
 * weakens, deletes, disables but by retirement, or has the vault rotate otherwise than is declared;
 * and what is told of the key's life is what was decided. The input is one JSON object: {"vault",
 * "key", "account"} are merged over bodies that are right, "grant" is the list of assignments,
 * "versions" and "others" are the lists as Resource Manager shows them. */
#include "world.h"

#include "reconcile/life.h"

#include <stdlib.h>
#include <strings.h>

#define DECLARED                                                                                      \
    "{'key': {'rotation': {'every': 'P90D', 'retireAfter': 'P30D', 'expireAfter': 'P1Y'},"            \
    " 'properties': {'rotationPolicy': {'lifetimeActions': [{'trigger': {'timeAfterCreate': 'P80D'}," \
    " 'action': {'type': 'rotate'}}]}}}}"

static void show(struct world *world, const char *word, struct json_object *input)
{
    struct json_object *overlay = NULL;
    if (json_object_object_get_ex(input, word, &overlay) && overlay)
        world_show(world, word, json_object_to_json_string(overlay));
}

static void list(struct json_object **place, struct json_object *input, const char *member)
{
    struct json_object *value = js_array(input, member);
    if (!value)
        return;
    json_object_put(*place);
    *place = json_object_get(value);
}

static bool is_word(struct json_object *body, const char *path, const char *word)
{
    const char *text = js_string(body, path, NULL);
    return !text || strcasecmp(text, word) == 0;
}

static bool serves_retirement(const struct world *world, const struct planned *planned)
{
    for (size_t f = 0; f < planned->n_findings; f++)
        if (world->findings.list[planned->findings[f]].action == ACTION_RETIRE)
            return true;
    return false;
}

/* The one rotation of a policy is the declared one. */
static bool rotates_as_declared(struct json_object *policy)
{
    struct json_object *actions = js_array(policy, "lifetimeActions");
    size_t count = actions ? json_object_array_length(actions) : 0, rotations = 0;
    for (size_t i = 0; i < count; i++) {
        struct json_object *action = json_object_array_get_idx(actions, i);
        if (strcasecmp(js_string(action, "action.type", ""), "rotate") == 0 && rotations++ == 0 &&
            strcmp(js_string(action, "trigger.timeAfterCreate", ""), "P80D") != 0)
            return false;
    }
    return rotations == 1;
}

/* Ends the process if the request is one that must never be sent. */
static void judge(const struct world *world, const struct planned *planned)
{
    const struct write *write = &planned->write;
    bool is_key = planned->node->type->versions_path != NULL;
    if (strcmp(write->method, "DELETE") == 0 || strcasestr(write->path, "/purge"))
        abort();
    if (!is_word(write->body, "properties.networkAcls.defaultAction", "Deny") ||
        !is_word(write->body, "properties.encryption.keySource", "Microsoft.KeyVault"))
        abort();
    if (!js_bool(write->body, "properties.enablePurgeProtection", true) ||
        !js_bool(write->body, "properties.enableRbacAuthorization", true))
        abort();
    if (is_key && !js_bool(write->body, "attributes.enabled", true) &&
        !serves_retirement(world, planned))
        abort();
    if (strstr(write->path, "/rotationpolicy") && !rotates_as_declared(write->body))
        abort();
}

/* Ends the process if what is told of a rotation or a retirement is not what has been decided. */
static void compare(const struct world *world, const struct life_step *step, enum action action)
{
    bool is_told = !step->never && step->at_s <= world->at.now_s, is_found = false, is_done = false;
    for (size_t i = 0; i < world->findings.count; i++)
        if (world->findings.list[i].action == action) {
            is_done |= outcome_is_write(world->findings.list[i].outcome);
            is_found = true;
        }
    if (is_told != is_found || (is_told && !step->reason && !is_done))
        abort();
}

static void judge_life(struct world *world, struct life *life)
{
    size_t index = world_index(world, "key");
    struct neighbours near = neighbours_of(world->config.graph.nodes, world->observed,
                                           world->config.graph.n_nodes, index, world->dependants);
    life_note(life, &near, &world->at, NULL);
    if (life->sight != SIGHT_PRESENT)
        return;
    compare(world, &life->rotation, ACTION_ROTATE);
    compare(world, &life->retirement, ACTION_RETIRE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(json) struct json_object *input = NULL;
    struct err err;
    if (!js_parse((const char *)data, size, &input, &err) ||
        !json_object_is_type(input, json_type_object))
        return 0;
    struct world *world = world_new(DECLARED);
    static const char *const words[] = {"vault", "key", "account", "grant"};
    for (size_t i = 0; i < COUNT(words); i++)
        show(world, words[i], input);
    struct observed *key = &world->observed[world_index(world, "key")];
    list(&key->versions, input, "versions");
    list(&key->others, input, "others");
    struct life *life = mem_new(1, sizeof *life);
    for (int round = 0; round < 2; round++) {
        world_later(world, 60);
        for (size_t i = 0; i < world->plan.count; i++)
            judge(world, &world->plan.list[i]);
        judge_life(world, life);
    }
    life_free(life);
    world_free(world);
    return 0;
}
