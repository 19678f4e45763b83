/* What a survey makes of lists that show what they should not: Azure is the test. */
#include "world.h"

#include "reconcile/survey.h"

#include <stdlib.h>
#include <string.h>

#define OTHER_ID "00000000-0000-0000-0000-000000000002"
#define OTHER "/subscriptions/" OTHER_ID
#define ASSIGNMENT                                                                                 \
    "{'id': '" SUBSCRIPTION "/providers/Microsoft.Authorization/roleAssignments/a',"               \
    " 'properties': {'principalId': '" PRINCIPAL "', 'scope': '" SUBSCRIPTION "'}}"

/* ---- Azure ---------------------------------------------------------------------------------- */

static struct asked {
    char *path; /* owned */
    bool (*each)(void *owner, const char *text, size_t length, struct err *err);
    call_done_fn *done;
    void *owner;
    bool is_over;
} asked[16];
static size_t n_asked, n_seen;
static bool is_done;

struct call *call_start(struct azure *azure, const struct call_request *request,
                        call_running_fn *running, call_done_fn *done, void *owner)
{
    (void)azure;
    assert_null(running);
    assert_true(request->list && n_asked < COUNT(asked));
    asked[n_asked++] = (struct asked){mem_text(request->path), request->each, done, owner, false};
    return NULL;
}

void call_cancel(struct call *call)
{
    (void)call;
    fail_msg("nothing is cancelled here");
}

static void on_seen(void *owner, const struct node *node, const char *body)
{
    (void)owner, (void)node, (void)body;
    n_seen++;
}

static void on_done(void *owner)
{
    (void)owner;
    is_done = true;
}

/* The list of that type in the first subscription. */
static struct asked *list_of(const char *type)
{
    for (size_t i = 0; i < n_asked; i++)
        if (!asked[i].is_over && strstr(asked[i].path, type) &&
            strncmp(asked[i].path, SUBSCRIPTION, strlen(SUBSCRIPTION)) == 0)
            return &asked[i];
    fail_msg("no list of %s is asked for", type);
    return NULL;
}

static void show(struct asked *list, const char *element)
{
    AUTO(json) struct json_object *tree = json_of(element);
    const char *text = json_object_to_json_string_ext(tree, JSON_C_TO_STRING_PLAIN);
    struct err err;
    assert_true(list->each(list->owner, text, strlen(text), &err));
}

/* All lists that are asked for have come to their end. */
static void end_lists(void)
{
    const struct call_answer answer = {.requests = 1};
    for (size_t i = 0, n = n_asked; i < n; i++)
        if (!asked[i].is_over) {
            asked[i].is_over = true;
            asked[i].done(asked[i].owner, &answer);
        }
}

/* ---- the declaration ------------------------------------------------------------------------ */

static struct world *world;
static struct survey *survey;

static int setup(void **state)
{
    (void)state;
    world = world_of_stacks(
        "{'s0': {}, 's1': {'account': {'name': 'oai-1'}}, 's2': {'account': {'name': 'oai-2'}},"
        " 's3': {'account': {'name': 'oai-3'}}, 's4': {'account': {'name': 'oai-4'}},"
        " 's5': {'account': {'name': 'oai-5'}}, 's6': {'account': {'name': 'oai-6'}},"
        " 's7': {'account': {'name': 'oai-7'}},"
        " 'far': {'subscriptionId': '" OTHER_ID "', 'vault': {'name': 'kv-far'}}}");
    const struct graph *graph = &world->config.graph;
    survey = survey_new(NULL, graph, (const struct node *const *)graph->nodes, graph->n_nodes);
    n_asked = n_seen = 0;
    is_done = false;
    assert_true(survey_start(survey, WORLD_NOW_S, on_seen, on_done, NULL));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    while (!is_done)
        end_lists();
    survey_free(survey);
    world_free(world);
    for (size_t i = 0; i < n_asked; i++)
        free(asked[i].path);
    return 0;
}

#define ACCOUNT(subscription)                                                                      \
    "{'id': '" subscription "/resourceGroups/rg-openai-prod/providers/"                            \
    "Microsoft.CognitiveServices/accounts/oai-prod', 'identity': {'principalId': '" PRINCIPAL      \
    "'}, 'properties': {'provisioningState': 'Succeeded'}}"

/* ---- the tests ------------------------------------------------------------------------------ */

static void a_list_shows_nothing_of_another_subscription(void **state)
{
    (void)state;
    struct asked *list = list_of("CognitiveServices/accounts?");
    show(list, ACCOUNT(SUBSCRIPTION));
    assert_int_equal(n_seen, 1);
    show(list, ACCOUNT(OTHER));
    assert_int_equal(n_seen, 1);
}

/* Each is put after those before it: without end that takes for ever, and all memory. */
static void what_a_list_repeats_without_end_is_not_kept(void **state)
{
    (void)state;
    const struct type *grant = world_node(world, "grant")->type;
    show(list_of("CognitiveServices/accounts?"), ACCOUNT(SUBSCRIPTION));
    end_lists();
    struct asked *list = list_of("Authorization/roleAssignments?");
    for (size_t i = 0; i < 100; i++)
        show(list, ASSIGNMENT);
    AUTO(text) char *some = survey_found(survey, grant, PRINCIPAL);
    assert_non_null(some);
    for (size_t i = 0; i < 20000; i++)
        show(list, ASSIGNMENT);
    AUTO(text) char *all = survey_found(survey, grant, PRINCIPAL);
    assert_null(all); /* a look of its own is to tell */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_list_shows_nothing_of_another_subscription, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_a_list_repeats_without_end_is_not_kept, setup,
                                        teardown),
    };
    return cmocka_run_group_tests_name("survey", tests, NULL, NULL);
}
