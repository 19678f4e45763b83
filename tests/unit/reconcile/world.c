#include "world.h"

#include "reconcile/diff.h"
#include "types/registry.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- JSON --------------------------------------------------------------------------------- */

struct json_object *json_of(const char *text)
{
    enum json_tokener_error error;
    struct json_object *tree = json_tokener_parse_verbose(text, &error);
    if (error != json_tokener_success)
        fail_msg("the test's own JSON is wrong: %s", text);
    return tree;
}

struct json_object *json_merge(struct json_object *target, struct json_object *overlay)
{
    if (!json_object_is_type(overlay, json_type_object))
        return json_object_get(overlay);
    struct json_object *merged = json_object_is_type(target, json_type_object)
                                     ? json_object_get(target)
                                     : json_object_new_object();
    json_object_object_foreach(overlay, name, value)
    {
        struct json_object *member = NULL;
        json_object_object_get_ex(merged, name, &member);
        if (value)
            json_object_object_add(merged, name, json_merge(member, value));
        else
            json_object_object_del(merged, name);
    }
    return merged;
}

void assert_json(struct json_object *value, const char *expected)
{
    AUTO(json) struct json_object *tree = json_of(expected);
    if (!js_same(value, tree))
        fail_msg("%s\n  is not %s", json_object_to_json_string(value),
                 json_object_to_json_string(tree));
}

/* ---- what is declared --------------------------------------------------------------------- */

static struct json_object *stack_with(struct json_object *overlay)
{
    AUTO(json)
    struct json_object *stack = json_of(
        "{'subscriptionId': '00000000-0000-0000-0000-000000000001',"
        " 'resourceGroup': 'rg-openai-prod', 'location': 'swedencentral', 'mode': 'enforce',"
        " 'vault': {'name': 'kv-openai-prod'}, 'key': {'name': 'openai-cmk'},"
        " 'account': {'name': 'oai-prod'}}");
    return overlay ? json_merge(stack, overlay) : json_object_get(stack);
}

static void load(struct world *world, struct json_object *stacks)
{
    AUTO(json) struct json_object *file = json_of("{'credential': {'type': 'managedIdentity'}}");
    json_object_object_add(file, "stacks", json_object_get(stacks));
    const char *text = json_object_to_json_string(file);
    AUTO(fd) int fd = memfd_create("cmkd.json", MFD_CLOEXEC);
    char path[32];
    struct problems problems = {NULL, 0};
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    bool is_good = config_load(path, registry, NULL, &world->config, &problems);
    for (size_t i = 0; !is_good && i < problems.count; i++)
        print_error("%s\n", problems.list[i].text);
    problems_done(&problems);
    assert_true(is_good);
}

/* ---- what there is ------------------------------------------------------------------------ */

static struct json_object *good_vault(const struct node *node)
{
    AUTO(text)
    char *text = mem_format(
        "{'id': '%s', 'name': '%s', 'type': 'Microsoft.KeyVault/vaults',"
        " 'location': 'swedencentral', 'tags': {}, 'properties': {"
        "  'sku': {'family': 'A', 'name': 'premium'}, 'tenantId': '" TENANT "',"
        "  'networkAcls': {'bypass': 'AzureServices', 'defaultAction': 'Deny', 'ipRules': [],"
        "   'virtualNetworkRules': []}, 'accessPolicies': [], 'enabledForDeployment': false,"
        "  'enableSoftDelete': true, 'softDeleteRetentionInDays': 90,"
        "  'enableRbacAuthorization': true, 'enablePurgeProtection': true,"
        "  'vaultUri': 'https://%s.vault.azure.net/', 'provisioningState': 'Succeeded',"
        "  'publicNetworkAccess': 'Enabled'}}",
        node->id, node->name, node->name);
    return json_of(text);
}

static struct json_object *good_key(const struct node *node)
{
    AUTO(text)
    char *text = mem_format("{'id': '%s', 'name': '%s', 'type': 'Microsoft.KeyVault/vaults/keys',"
                            " 'properties': {'kty': 'RSA', 'keySize': 2048,"
                            "  'attributes': {'enabled': true}}}",
                            node->id, node->name);
    return json_of(text);
}

static struct json_object *good_account(const struct node *node)
{
    AUTO(text)
    char *text = mem_format(
        "{'id': '%s', 'name': '%s', 'type': 'Microsoft.CognitiveServices/accounts',"
        " 'location': 'swedencentral', 'kind': 'OpenAI', 'sku': {'name': 'S0'}, 'tags': {},"
        " 'identity': {'type': 'SystemAssigned', 'principalId': '" PRINCIPAL "',"
        "  'tenantId': '" TENANT "'}, 'properties': {"
        "  'customSubDomainName': '%s', 'endpoint': 'https://%s.openai.azure.com/',"
        "  'networkAcls': {'defaultAction': 'Deny', 'ipRules': [], 'virtualNetworkRules': []},"
        "  'encryption': {'keySource': 'Microsoft.KeyVault', 'keyVaultProperties': {"
        "   'keyVaultUri': 'https://%s.vault.azure.net/', 'keyName': '%s',"
        "   'keyVersion': '" VERSION_B "'}}, 'publicNetworkAccess': 'Enabled',"
        "  'privateEndpointConnections': [], 'provisioningState': 'Succeeded'},"
        " 'systemData': {'lastModifiedAt': '2026-07-01T00:00:00.0000000Z'}}",
        node->id, node->name, node->name, node->name, node->vault->name, node->cmk->name);
    return json_of(text);
}

static struct json_object *good_assignments(const struct node *node)
{
    static const char collection[] = "/providers/Microsoft.Authorization/roleAssignments";
    int scope = (int)(strlen(node->id) - strlen(collection));
    const char *role = js_string(node_want(node, "properties.roleDefinitionId")->value, "", "");
    AUTO(text)
    char *text = mem_format(
        "[{'id': '%s/55555555-5555-5555-5555-555555555555',"
        "  'name': '55555555-5555-5555-5555-555555555555', 'properties': {"
        "  'roleDefinitionId': '%s', 'principalId': '" PRINCIPAL "',"
        "  'principalType': 'ServicePrincipal', 'createdOn': '2026-01-01T00:00:00.0000000Z',"
        "  'scope': '%.*s'}}]",
        node->id, role, scope, node->id);
    return json_of(text);
}

/* All that is declared of it, and nothing else. */
static struct json_object *good_child(const struct node *node)
{
    struct json_object *body = json_object_new_object();
    js_put(body, "id", json_object_new_string(node->id));
    js_put(body, "name", json_object_new_string(node->name));
    for (size_t i = 0; i < node->n_wants; i++)
        js_put(body, node->wants[i].path, js_copy(node->wants[i].value));
    js_put(body, "properties.provisioningState", json_object_new_string("Succeeded"));
    return body;
}

static void show_good(struct world *world, size_t index)
{
    static const struct {
        const struct type *type;
        struct json_object *(*body)(const struct node *node);
    } bodies[] = {
        {&type_vault, good_vault},      {&type_key, good_key},
        {&type_account, good_account},  {&type_grant, good_assignments},
        {&type_rai_policy, good_child}, {&type_deployment, good_child},
    };
    const struct node *node = world->config.graph.nodes[index];
    world->observed[index].sight = SIGHT_PRESENT;
    for (size_t i = 0; i < COUNT(bodies); i++)
        if (bodies[i].type == node->type)
            world->bodies[index] = bodies[i].body(node);
}

static void show_versions(struct world *world, size_t index, struct json_object *list)
{
    const struct node *node = world->config.graph.nodes[index];
    struct json_object *versions = json_object_new_array();
    int64_t newest_s = 0;
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *row = json_object_array_get_idx(list, i);
        struct json_object *shown = json_object_new_object();
        const char *id = js_string(row, "version", "");
        int64_t created_s =
            WORLD_NOW_S - js_int(row, "ageDays", 0) * DAY_S - js_int(row, "ageSeconds", 0);
        AUTO(text)
        char *uri =
            mem_format("https://%s.vault.azure.net/keys/%s/%s", node->vault->name, node->name, id);
        js_put(shown, "properties.keyUriWithVersion", json_object_new_string(uri));
        js_put(shown, "properties.attributes.enabled",
               json_object_new_boolean(js_bool(row, "enabled", true)));
        js_put(shown, "properties.attributes.created", json_object_new_int64(created_s));
        if (js_find(row, "expDays"))
            js_put(shown, "properties.attributes.exp",
                   json_object_new_int64(WORLD_NOW_S + js_int(row, "expDays", 0) * DAY_S));
        if (js_find(row, "nbfDays"))
            js_put(shown, "properties.attributes.nbf",
                   json_object_new_int64(WORLD_NOW_S + js_int(row, "nbfDays", 0) * DAY_S));
        json_object_array_add(versions, shown);
        if (created_s > newest_s) {
            newest_s = created_s;
            js_put(world->bodies[index], "properties.keyUriWithVersion",
                   json_object_new_string(uri));
        }
    }
    json_object_put(world->observed[index].versions);
    world->observed[index].versions = versions;
}

/* ---- making one --------------------------------------------------------------------------- */

static struct world *make(struct json_object *stacks)
{
    AUTO(json)
    struct json_object *versions = json_of("[{'version': '" VERSION_A "', 'ageDays': 120},"
                                           " {'version': '" VERSION_B "', 'ageDays': 30}]");
    struct world *world = mem_new(1, sizeof *world);
    load(world, stacks);
    size_t count = world->config.graph.n_nodes;
    world->observed = mem_new(count, sizeof *world->observed);
    world->bodies = mem_new(count, sizeof(struct json_object *));
    world->dependants = mem_new(count, sizeof *world->dependants);
    world->memory = memory_new();
    for (size_t i = 0; i < count; i++) {
        show_good(world, i);
        if (world->config.graph.nodes[i]->type != &type_key)
            continue;
        show_versions(world, i, versions);
        world->observed[i].others = json_object_new_array();
    }
    world->at = (struct situation){
        .now_s = WORLD_NOW_S,
        .memory = world->memory,
        .is_all_seen = true,
        .creations_max = 2,
        .absent_for_s = 30,
    };
    return world;
}

struct world *world_new(const char *overlay)
{
    AUTO(json) struct json_object *stacks = json_object_new_object();
    AUTO(json) struct json_object *over = overlay ? json_of(overlay) : NULL;
    json_object_object_add(stacks, "prod", stack_with(over));
    return make(stacks);
}

struct world *world_of_stacks(const char *text)
{
    AUTO(json) struct json_object *overlays = json_of(text);
    AUTO(json) struct json_object *stacks = json_object_new_object();
    json_object_object_foreach(overlays, name, overlay)
    {
        json_object_object_add(stacks, name, stack_with(overlay));
    }
    return make(stacks);
}

void world_free(struct world *world)
{
    for (size_t i = 0; i < world->config.graph.n_nodes; i++) {
        world->observed[i].body = NULL; /* borrowed from bodies */
        observed_done(&world->observed[i]);
        json_object_put(world->bodies[i]);
    }
    free(world->observed);
    free(world->bodies);
    free(world->dependants);
    findings_done(&world->findings);
    plan_done(&world->plan);
    memory_free(world->memory);
    config_done(&world->config);
    free(world);
}

/* ---- changing it -------------------------------------------------------------------------- */

struct node *world_node(const struct world *world, const char *word)
{
    const struct graph *graph = &world->config.graph;
    const struct stack *stack = &graph->stacks[0];
    const char *dot = strchr(word, '.');
    for (size_t i = 0; dot && i < graph->n_stacks; i++)
        if (strlen(graph->stacks[i].name) == (size_t)(dot - word) &&
            strncmp(graph->stacks[i].name, word, (size_t)(dot - word)) == 0)
            stack = &graph->stacks[i];
    word = dot ? dot + 1 : word;
    struct node *const nodes[] = {stack->vault, stack->key, stack->account, stack->grant};
    for (size_t i = 0; i < COUNT(nodes); i++)
        if (strcmp(nodes[i]->type->word, word) == 0)
            return nodes[i];
    for (size_t i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i]->parent == stack->account &&
            strcmp(graph->nodes[i]->type->word, word) == 0)
            return graph->nodes[i];
    fail_msg("there is no %s", word);
    return NULL;
}

static size_t index_of(const struct world *world, const struct node *node)
{
    size_t index = 0;
    while (world->config.graph.nodes[index] != node)
        index++;
    return index;
}

size_t world_index(const struct world *world, const char *word)
{
    return index_of(world, world_node(world, word));
}

void world_show(struct world *world, const char *word, const char *overlay)
{
    AUTO(json) struct json_object *over = json_of(overlay);
    struct json_object **body = &world->bodies[world_index(world, word)];
    struct json_object *merged = json_merge(*body, over);
    json_object_put(*body);
    *body = merged;
}

void world_others(struct world *world, const char *word, const char *others)
{
    struct observed *observed = &world->observed[world_index(world, word)];
    json_object_put(observed->others);
    observed->others = others ? json_of(others) : NULL;
}

void world_versions(struct world *world, const char *word, const char *versions)
{
    AUTO(json) struct json_object *list = json_of(versions);
    show_versions(world, world_index(world, word), list);
}

void world_sight(struct world *world, const char *word, enum sight sight)
{
    const struct node *node = world_node(world, word);
    struct observed *observed = &world->observed[world_index(world, word)];
    observed->sight = sight;
    if (node->type->needs_tenant && !observed->tenant_id)
        observed->tenant_id = mem_text(TENANT);
}

/* ---- a round ------------------------------------------------------------------------------ */

static struct neighbours near_of(struct world *world, size_t index)
{
    const struct graph *graph = &world->config.graph;
    return neighbours_of(graph->nodes, world->observed, graph->n_nodes, index, world->dependants);
}

/* As observe.c does it, from what a node hangs on down. */
static void look(struct world *world, size_t index)
{
    struct observed *observed = &world->observed[index];
    struct neighbours near = near_of(world, index);
    const struct type *type = near.self.node->type;
    bool is_there = observed->sight == SIGHT_PRESENT || observed->sight == SIGHT_UNSETTLED ||
                    observed->sight == SIGHT_DELETED;
    bool is_part = type->child && type->child->list;
    if (observed->is_below_missing || type->find_in_list || is_part)
        observed->sight = SIGHT_PRESENT;
    observed->is_below_missing = type->missing && type->missing(&near);
    if (observed->is_below_missing) {
        observed->sight = SIGHT_ABSENT;
        observed->body = NULL;
    } else if (is_part) {
        observed->body =
            type_find_part(type, near.parent.node->id, near.parent.now->body, near.self.node->id);
        observed->sight = observed->body ? SIGHT_PRESENT : SIGHT_ABSENT;
    } else if (type->find_in_list) {
        observed->body = type->find_in_list(&near, world->bodies[index]);
        observed->sight = observed->body ? SIGHT_PRESENT : SIGHT_ABSENT;
    } else {
        observed->body = is_there ? world->bodies[index] : NULL;
    }
}

void world_round(struct world *world)
{
    findings_done(&world->findings);
    plan_done(&world->plan);
    for (size_t i = 0; i < world->config.graph.n_nodes; i++)
        look(world, i);
    for (size_t i = 0; i < world->config.graph.n_nodes; i++) {
        size_t first = world->findings.count;
        struct neighbours near = near_of(world, i);
        diff_node(&near, world->at.now_s, &world->findings);
        memory_saw(world->memory, &near, &world->findings, first, world->at.now_s);
        decide_node(&world->at, &near, &world->restraint, &world->findings, first);
        plan_node(&near, world->at.now_s, &world->findings, first, &world->plan);
    }
}

void world_later(struct world *world, int64_t seconds)
{
    world->at.now_s += seconds;
    world_round(world);
}

void world_wrote(struct world *world)
{
    for (size_t i = 0; i < world->plan.count; i++)
        for (size_t f = 0; f < world->plan.list[i].n_findings; f++)
            memory_wrote(world->memory, &world->findings.list[world->plan.list[i].findings[f]],
                         world->at.now_s);
}

/* ---- what came of it ---------------------------------------------------------------------- */

/* "account", or "other.account" for what is not of the first stack. */
static char *word_of(const struct world *world, const struct node *node)
{
    const struct graph *graph = &world->config.graph;
    size_t stack = node->n_stacks ? node->stacks[0] : 0;
    return mem_format("%s%s%s", stack ? graph->stacks[stack].name : "", stack ? "." : "",
                      node->type->word);
}

static void append(char **list, const char *more)
{
    char *longer = mem_format("%s%s%s", *list, **list ? ", " : "", more);
    free(*list);
    *list = longer;
}

char *world_words(const struct world *world)
{
    char *words = mem_text("");
    for (size_t i = 0; i < world->findings.count; i++) {
        const struct finding *finding = &world->findings.list[i];
        AUTO(text) char *word = word_of(world, finding->node);
        AUTO(text)
        char *text = mem_format("%s %s%s%s", word, finding->path, *finding->path ? " " : "",
                                outcome_word(finding->outcome));
        append(&words, text);
    }
    return words;
}

/* " add" or " replace" where an access policy is written, else "". */
static char *operation_of(const struct write *write)
{
    static const char word[] = "/accessPolicies/";
    const char *at = strstr(write->path, word);
    const char *operation = at ? at + strlen(word) : "";
    return mem_format("%s%.*s", at ? " " : "", (int)strcspn(operation, "?"), operation);
}

char *world_requests(const struct world *world)
{
    char *requests = mem_text("");
    for (size_t i = 0; i < world->plan.count; i++) {
        const struct planned *planned = &world->plan.list[i];
        AUTO(text) char *word = word_of(world, planned->node);
        AUTO(text) char *operation = operation_of(&planned->write);
        AUTO(text)
        char *text =
            mem_format("%s %s%s", planned->write.method,
                       planned->write.on_data_plane ? planned->write.path : word, operation);
        append(&requests, text);
    }
    return requests;
}

struct finding *world_finding(const struct world *world, const char *word, const char *path)
{
    const struct node *node = world_node(world, word);
    for (size_t i = 0; i < world->findings.count; i++)
        if (world->findings.list[i].node == node && strcmp(world->findings.list[i].path, path) == 0)
            return &world->findings.list[i];
    return NULL;
}

const char *world_outcome(const struct world *world, const char *word, const char *path)
{
    const struct finding *finding = world_finding(world, word, path);
    return finding ? outcome_word(finding->outcome) : "right";
}

struct json_object *world_body(const struct world *world, size_t index)
{
    assert_true(index < world->plan.count);
    return world->plan.list[index].write.body;
}

void assert_words(const struct world *world, const char *words)
{
    AUTO(text) char *found = world_words(world);
    if (strcmp(found, words) == 0)
        return;
    for (size_t i = 0; i < world->findings.count; i++)
        print_error("    %s: %s\n", world->findings.list[i].path, world->findings.list[i].reason);
    fail_msg("found     %s\n  expected %s", found, words);
}

void assert_requests(const struct world *world, const char *requests)
{
    AUTO(text) char *planned = world_requests(world);
    assert_string_equal(planned, requests);
}
