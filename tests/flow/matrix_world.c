/* matrix_world.c: the stacks of the cells, alike but for their names. */
#include "matrix.h"

#include "prod.h"

#include "base/js.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SIZE 48
#define COMPANIONS 7u

/* ---- names ---------------------------------------------------------------------------------- */

static char *replace(const char *text, const char *old, const char *new)
{
    char *made = mem_text("");
    for (const char *hit; (hit = strstr(text, old)); text = hit + strlen(old)) {
        char *longer = mem_format("%s%.*s%s", made, (int)(hit - text), text, new);
        free(made);
        made = longer;
    }
    char *whole = mem_format("%s%s", made, text);
    free(made);
    return whole;
}

/* Each pair: what stands in a text, and what stack number n has there. */
static char *replace_all(const char *text, const char *const (*pairs)[2], size_t count,
                         size_t number)
{
    char *made = mem_text(text);
    for (size_t i = 0; i < count; i++) {
        char name[NAME_SIZE];
        snprintf(name, sizeof name, "%s%03zu", pairs[i][1], number);
        char *next = replace(made, pairs[i][0], name);
        free(made);
        made = next;
    }
    return made;
}

#define SUBSCRIPTION_OF "00000000-0000-0000-0000-000000001" /* and the number */

char *matrix_names(const char *text, size_t number)
{
    static const char *const pairs[][2] = {
        {"{v}", "kv-m"}, {"{a}", "oai-m"}, {"{s}", SUBSCRIPTION_OF}};
    return replace_all(text, pairs, COUNT(pairs), number);
}

/* The same for texts with the names of the control case. Companions, from 1 on, are in the same
 * subscription under names of their own. */
static char *rename_case(const char *text, size_t number, unsigned companion)
{
    char mark[16] = "", vault[NAME_SIZE], account[2][NAME_SIZE], principal[NAME_SIZE];
    if (companion)
        snprintf(mark, sizeof mark, "x%u-", companion);
    snprintf(vault, sizeof vault, "kv-%sm", mark);
    snprintf(account[0], NAME_SIZE, "\"oai-%sm", mark);
    snprintf(account[1], NAME_SIZE, "/oai-%sm", mark);
    snprintf(principal, sizeof principal, "4444444%x-4444-4444-4444-444444444", 4 + companion);
    const char *const pairs[][2] = {
        {"00000000-0000-0000-0000-000000000001", SUBSCRIPTION_OF},
        {"44444444-4444-4444-4444-444444444441", principal},
        {"kv-openai-prod", vault},
        {"\"oai-prod", account[0]},
        {"/oai-prod", account[1]},
    };
    return replace_all(text, pairs, COUNT(pairs), number);
}

/* So many that lists are worth it. */
static unsigned companions_of(const struct kind *kind)
{
    return kind->nature == SURVEY ? COMPANIONS : 0;
}

/* ---- Azure ---------------------------------------------------------------------------------- */

static struct json_object *stack_seed(const struct world *world, size_t number, unsigned companion)
{
    AUTO(json) struct json_object *whole = flow_control_case();
    AUTO(json) struct json_object *patch = flow_json(world->patch);
    AUTO(json) struct json_object *seed = flow_json("{'resourceGroups': ['" GROUP "']}");
    prod_merge(whole, patch);
    struct json_object *live = js_object(whole, "live");
    if (world->deleted) {
        struct json_object *deleted = json_object_new_object();
        json_object_object_add(deleted, "@deleted", js_copy(js_member(live, world->deleted, NULL)));
        json_object_object_add(live, world->deleted, deleted);
    }
    json_object_object_add(seed, "live", js_copy(live));
    json_object_object_add(seed, "keys", js_copy(js_object(whole, "keys")));
    AUTO(text)
    char *text = rename_case(json_object_to_json_string_ext(
                                 seed, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
                             number, companion);
    return flow_json(text);
}

static void add_stack(struct json_object *all, const char *world, size_t number, unsigned companion)
{
    AUTO(json) struct json_object *one = stack_seed(matrix_world(world), number, companion);
    struct json_object *group = json_object_array_get_idx(js_array(one, "resourceGroups"), 0);
    json_object_array_add(js_array(all, "resourceGroups"), json_object_get(group));
    json_object_object_del(one, "resourceGroups");
    prod_merge(all, one);
}

void matrix_seed(void **flow, const struct kind *kind, size_t count)
{
    AUTO(json)
    struct json_object *all =
        flow_json("{'resourceGroups': [], 'live': {}, 'keys': {}, 'settings': {'operation': 0.5,"
                  " 'registeringDns': 0.3, 'recovering': 0.3, 'principalDelay': 0}}");
    for (size_t i = 0; i < count; i++)
        for (unsigned companion = 0; companion <= companions_of(kind); companion++)
            add_stack(all, companion ? "all is well" : kind->world, i, companion);
    flow_seed_tree(flow, all);
    flow_log_clear(flow);
}

/* ---- cmkd ----------------------------------------------------------------------------------- */

void matrix_config(void **flow, const struct kind *kind, size_t first, size_t count, int deadline_s)
{
    const struct world *world = matrix_world(kind->world);
    AUTO(json) struct json_object *stacks = json_object_new_object();
    AUTO(text)
    char *plain = mem_format("{" PLACE "%s, 'vault': {'name': 'kv-openai-prod'%s},"
                             " 'key': {'name': 'openai-cmk'%s},"
                             " 'account': {'name': \"oai-prod\"%s}}",
                             world->stack ? world->stack : "", world->vault ? world->vault : "",
                             *world->key ? world->key : ", 'rotation': {'every': 'P90D'}",
                             world->account ? world->account : "");
    for (size_t i = first; i < first + count; i++) {
        for (unsigned companion = 0; companion <= companions_of(kind); companion++) {
            char name[NAME_SIZE];
            AUTO(text) char *text = rename_case(plain, i, companion);
            snprintf(name, sizeof name, companion ? "m%03zu-%u" : "m%03zu", i, companion);
            json_object_object_add(stacks, name, flow_json(text));
        }
    }
    AUTO(text)
    char *head = mem_format("{'interval': 'PT1H', 'limits': {'onceDeadline': 'PT%dS',"
                            " 'creations': 1000, 'changesPerPass': 10000}}",
                            deadline_s);
    AUTO(json) struct json_object *config = flow_json(head);
    json_object_object_add(config, "stacks", json_object_get(stacks));
    flow_config_tree(flow, config);
}

struct json_object *matrix_stack(void **flow, size_t number)
{
    struct json_object *stacks = js_array(cmkd_document(flow), "stacks");
    char name[NAME_SIZE];
    snprintf(name, sizeof name, "m%03zu", number);
    for (size_t i = 0; stacks && i < json_object_array_length(stacks); i++) {
        struct json_object *stack = json_object_array_get_idx(stacks, i);
        if (strcmp(js_string(stack, "name", ""), name) == 0)
            return stack;
    }
    return NULL;
}
