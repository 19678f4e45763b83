/* The graph: one node for each ARM id, islands of stacks that share one, and what becomes of two
 * declarations of one resource. */
#include "cases.h"

#include "base/js.h"
#include "model/loading.h"

#include <time.h>

#define OPEN_TO_NOBODY "'properties': {'networkAcls': {'ipRules': []}},"

/* Two stacks, "one" and "two"; the parts of the second are of the case. */
static struct pair_case {
    const char *name;
    const char *stack, *vault, *key, *account; /* of "two"; NULL: of its own */
    size_t nodes, islands;                     /* if it loads */
    const char *fault;                         /* what the only error says, else NULL */
} pairs[] = {
    /* clang-format off */
    {.name = "two stacks without anything in common are two islands",
     .nodes = 8, .islands = 2},
    {.name = "two stacks may share a vault",
     .vault = "'name': 'kv-one',", .nodes = 7, .islands = 1},
    {.name = "two stacks may share a key",
     .vault = "'name': 'kv-one',", .key = "'name': 'key-one',", .nodes = 6, .islands = 1},
    {.name = "names do not differ by case",
     .vault = "'name': 'KV-ONE',", .key = "'name': 'Key-One',", .nodes = 6, .islands = 1},
    {.name = "a key of the same name in another vault is another key",
     .key = "'name': 'key-one',", .nodes = 8, .islands = 2},
    {.name = "two stacks may be equal",
     .vault = "'name': 'kv-one',", .key = "'name': 'key-one',", .account = "'name': 'oai-one',",
     .nodes = 4, .islands = 1},
    {.name = "a value that one says and the other does not",
     .vault = "'name': 'kv-one', 'tags': {'a': 'b'},", .fault = "differently: tags.a;"},
    {.name = "a value that both say in other words is equal",
     .vault = "'name': 'kv-one', 'location': 'Sweden Central', 'properties': {'enableSoftDelete': true},",
     .nodes = 7, .islands = 1},
    {.name = "two rotations of one key",
     .vault = "'name': 'kv-one',", .key = "'name': 'key-one', 'rotation': {'every': 'P30D'},",
     .fault = "differently: rotation;"},
    {.name = "one account under two keys",
     .account = "'name': 'oai-one',", .fault = "differently: its vault;"},
    /* clang-format on */
};

static bool load_pair(const struct pair_case *c, struct config *config, struct problems *problems)
{
    AUTO(text)
    char *one =
        stack_text("one", "", "'name': 'kv-one',", "'name': 'key-one',", "'name': 'oai-one',");
    AUTO(text)
    char *two = stack_text(
        "two", c->stack ? c->stack : "", c->vault ? c->vault : "'name': 'kv-two',",
        c->key ? c->key : "'name': 'key-two',", c->account ? c->account : "'name': 'oai-two',");
    AUTO(text) char *text = mem_format("{'stacks': {\n%s,\n%s}}", one, two);
    return load_text(text, config, problems);
}

static const char *only_error(const struct problems *problems)
{
    const char *text = NULL;
    for (size_t i = 0; i < problems->count; i++)
        if (!problems->list[i].is_warning) {
            assert_null(text);
            text = problems->list[i].text;
        }
    return text;
}

/* Sorted by island, then in the order of repair, so that what a node hangs on comes before it. */
static void check_order(const struct graph *graph)
{
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const struct node *node = graph->nodes[i];
        const struct node *above[] = {node->vault, node->cmk, node->account};
        if (i > 0)
            assert_true(graph->nodes[i - 1]->island <= node->island);
        for (size_t j = 0; j < COUNT(above); j++) {
            size_t at = 0;
            while (above[j] && graph->nodes[at] != above[j])
                at++;
            assert_true(!above[j] || (at < i && above[j]->island == node->island));
        }
        assert_ptr_equal(graph_find(graph, node->key), node);
    }
}

static void check_pair(void **state)
{
    const struct pair_case *c = *state;
    struct config config;
    struct problems problems = {0};
    bool loaded = load_pair(c, &config, &problems);
    const char *error = only_error(&problems);
    assert_int_equal(loaded, !c->fault);
    if (loaded) {
        assert_int_equal(config.graph.n_nodes, c->nodes);
        assert_int_equal(config.graph.n_islands, c->islands);
        check_order(&config.graph);
        config_done(&config);
    } else if (!error || !c->fault) {
        fail_msg("it did not load: %s", error ? error : "nothing was said");
    } else {
        assert_non_null(strstr(error, ":3: /stacks/two/"));
        assert_non_null(strstr(error, ":2 too, and ")); /* the other place */
        if (!strstr(error, c->fault))
            assert_string_equal(error, c->fault);
    }
    problems_done(&problems);
}

static void of_shared_resources_the_most_restrained_word_wins(void **state)
{
    (void)state;
    const struct pair_case c = {
        .stack = "'mode': 'enforce', 'exemptions': [{'path': 'vault', 'reason': 'SEC-2'}],",
        .vault = "'name': 'kv-one',",
        .key = "'name': 'key-one', 'reenable': true,",
    };
    struct config config;
    struct problems problems = {0};
    assert_true(load_pair(&c, &config, &problems));
    const struct stack *one = &config.graph.stacks[0], *two = &config.graph.stacks[1];
    assert_ptr_equal(one->vault, two->vault);
    assert_ptr_equal(one->key, two->key);
    assert_ptr_not_equal(one->account, two->account);
    assert_int_equal(one->vault->mode, MODE_AUDIT);
    assert_int_equal(one->account->mode, MODE_AUDIT);
    assert_int_equal(two->account->mode, MODE_ENFORCE);
    assert_int_equal(two->grant->mode, MODE_ENFORCE);
    assert_false(one->key->reenable);
    assert_int_equal(one->vault->n_exemptions, 1);
    assert_int_equal(one->vault->n_stacks, 2);
    problems_done(&problems);
    config_done(&config);
}

static void a_node_knows_its_neighbours(void **state)
{
    (void)state;
    const struct pair_case c = {.vault = "'name': 'kv-one',"};
    struct config config;
    struct problems problems = {0};
    assert_true(load_pair(&c, &config, &problems));
    const struct stack *two = &config.graph.stacks[1];
    assert_null(two->vault->vault);
    assert_ptr_equal(two->key->vault, two->vault);
    assert_ptr_equal(two->account->vault, two->vault);
    assert_ptr_equal(two->account->cmk, two->key);
    assert_ptr_equal(two->grant->account, two->account);
    assert_ptr_equal(two->grant->cmk, two->key);
    assert_string_equal(two->grant->name, "");
    assert_string_equal(node_label(two->key), "key-two");
    assert_ptr_equal(graph_find(&config.graph,
                                "/SUBSCRIPTIONS/00000000-0000-0000-0000-000000000001/"
                                "resourcegroups/RG/providers/microsoft.keyvault/"
                                "vaults/KV-ONE/"),
                     two->vault);
    assert_null(graph_find(&config.graph, "/subscriptions/x"));
    problems_done(&problems);
    config_done(&config);
}

static void what_many_stacks_say_is_held_once(void **state)
{
    (void)state;
    struct config config;
    struct problems problems = {0};
    assert_true(load_pair(&pairs[0], &config, &problems));
    const struct stack *one = &config.graph.stacks[0], *two = &config.graph.stacks[1];
    assert_ptr_equal(one->vault->subscription_id, two->account->subscription_id);
    assert_ptr_equal(one->vault->resource_group, two->grant->resource_group);
    assert_ptr_equal(one->vault->location, two->key->location);
    assert_ptr_equal(one->vault->create, two->vault->create);
    assert_ptr_not_equal(one->account->create, two->account->create); /* its own name is in it */
    AUTO(json) struct json_object *create = node_create(two->account);
    assert_string_equal(js_string(create, "properties.customSubDomainName", ""), "oai-two");
    problems_done(&problems);
    config_done(&config);
}

/* Scope, name, and what is there before it can be made. */
static void grants_know_where_they_belong(void **state)
{
    (void)state;
    struct config config;
    struct problems problems = {0};
    assert_true(config_load(TESTS_DIR "/unit/model/files/good/grants.json", registry, NULL, &config,
                            &problems));
    const struct stack *stack = &config.graph.stacks[0];
    assert_int_equal(config.graph.n_nodes, 6);
    assert_ptr_equal(stack->grant->vault, stack->vault);
    assert_null(stack->grant->cmk);
    assert_ptr_equal(stack->grant->account, stack->account);
    size_t named = 0, of_account = 0;
    for (size_t i = 0; i < config.graph.n_nodes; i++) {
        const struct node *node = config.graph.nodes[i];
        if (strcmp(node->type->word, "grant") != 0 || node == stack->grant)
            continue;
        assert_null(node->create); /* who the principal is, Azure knows */
        if (strcmp(node->name, "66666666-6666-6666-6666-666666666666") == 0) {
            named++;
            assert_null(node->account);
            assert_ptr_equal(node->vault, stack->vault);
        } else {
            of_account++;
            assert_ptr_equal(node->account, stack->account);
            assert_null(node->vault);
        }
    }
    assert_int_equal(named, 1);
    assert_int_equal(of_account, 1);
    problems_done(&problems);
    config_done(&config);
}

static void stacks_that_share_in_a_chain_are_one_island(void **state)
{
    (void)state;
    struct config config;
    struct problems problems = {0};
    AUTO(text)
    char *a = stack_text("a", "", "'name': 'kv-one',", "'name': 'k1',", "'name': 'oai-a',");
    AUTO(text)
    char *b = stack_text("b", "", "'name': 'kv-two',", "'name': 'k1',", "'name': 'oai-b',");
    AUTO(text)
    char *c = stack_text("c", "", "'name': 'kv-two',", "'name': 'k2',", "'name': 'oai-c',");
    AUTO(text)
    char *d = stack_text("d", "", "'name': 'kv-one',", "'name': 'k2',", "'name': 'oai-d',");
    AUTO(text) char *text = mem_format("{'stacks': {%s,%s,%s,%s}}", a, b, c, d);
    assert_true(load_text(text, &config, &problems));
    const struct stack *stacks = config.graph.stacks;
    assert_int_equal(config.graph.n_islands, 2);
    assert_int_equal(stacks[0].island, stacks[3].island);
    assert_int_equal(stacks[1].island, stacks[2].island);
    size_t first, count = graph_island(&config.graph, stacks[1].island, &first);
    assert_int_equal(count, 7);
    assert_int_equal(first, 7);
    problems_done(&problems);
    config_done(&config);
}

static void rows_are_found_without_regard_to_case(void **state)
{
    (void)state;
    const struct pair_case c = {0};
    struct config config;
    struct problems problems = {0};
    assert_true(load_pair(&c, &config, &problems));
    const struct node *vault = config.graph.stacks[0].vault;
    const struct want *want = node_want(vault, "properties.NetworkACLs.defaultaction");
    assert_non_null(want);
    assert_string_equal(want->path, "properties.networkAcls.defaultAction");
    assert_true(want->from_baseline);
    assert_ptr_equal(want->field, type_field(&type_vault, want->path));
    assert_null(node_want(vault, "properties.networkAcls"));
    /* Paths and the baseline's values exist once. */
    const struct want *other = node_want(config.graph.stacks[1].vault, want->path);
    assert_ptr_equal(want->path, other->path);
    assert_ptr_equal(want->value, other->value);
    problems_done(&problems);
    config_done(&config);
}

static void an_exemption_covers_its_subtree_until_it_ends(void **state)
{
    (void)state;
    const struct pair_case c = {
        .stack = "'exemptions': [{'path': 'vault.properties.networkAcls', 'reason': 'SEC-2',"
                 "'until': '1970-01-01'}],",
    };
    struct config config;
    struct problems problems = {0};
    assert_true(load_pair(&c, &config, &problems));
    const struct node *vault = config.graph.stacks[1].vault;
    const char *below = "properties.networkAcls.defaultAction";
    assert_non_null(node_exemption(vault, below, 86399));
    assert_null(node_exemption(vault, below, 86400));
    assert_null(node_exemption(vault, "properties.enablePurgeProtection", 0));
    assert_null(node_exemption(config.graph.stacks[0].vault, below, 0));
    problems_done(&problems);
    config_done(&config);
}

/* Nothing here may be quadratic: ten times the stacks take ten times the work, not a hundred.
 * Counted in the processor's time of this process, with much to spare. */
static double seconds_for(size_t count)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    fputs("{'stacks': {", out);
    for (size_t i = 0; i < count; i++) {
        AUTO(text) char *vault = mem_format("'name': 'kv-%zu'," OPEN_TO_NOBODY, i);
        AUTO(text) char *account = mem_format("'name': 'oai-%zu'," OPEN_TO_NOBODY, i);
        AUTO(text) char *name = mem_format("stack-%zu", i);
        AUTO(text) char *stack = stack_text(name, "", vault, "'name': 'cmk',", account);
        fprintf(out, "%s%s", i ? ",\n" : "", stack);
    }
    fputs("}}", out);
    fclose(out);
    struct config config;
    struct problems problems = {0};
    clock_t before = clock();
    assert_true(load_text(text, &config, &problems));
    clock_t after = clock();
    assert_int_equal(config.graph.n_nodes, 4 * count);
    assert_int_equal(problems.count, 0);
    problems_done(&problems);
    config_done(&config);
    free(text);
    return (double)(after - before) / CLOCKS_PER_SEC;
}

static void loading_grows_with_the_number_of_stacks_alone(void **state)
{
    (void)state;
    double few = seconds_for(400), many = seconds_for(4000);
    if (many > 40 * few)
        fail_msg("400 stacks took %.3f s, 4000 took %.3f s", few, many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_shared_resources_the_most_restrained_word_wins),
        cmocka_unit_test(a_node_knows_its_neighbours),
        cmocka_unit_test(what_many_stacks_say_is_held_once),
        cmocka_unit_test(grants_know_where_they_belong),
        cmocka_unit_test(stacks_that_share_in_a_chain_are_one_island),
        cmocka_unit_test(rows_are_found_without_regard_to_case),
        cmocka_unit_test(an_exemption_covers_its_subtree_until_it_ends),
        cmocka_unit_test(loading_grows_with_the_number_of_stacks_alone),
    };
    return CASES_RUN(pairs, check_pair) + cmocka_run_group_tests(tests, NULL, NULL);
}
