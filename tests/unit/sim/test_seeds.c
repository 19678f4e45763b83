/* Seeds and dumps: what goes in comes out, and every case that is kept loads as it is. */
#include "azure.h"

#include "base/mem.h"
#include "file.h"

#include <dirent.h>

#define PROD                                                                                       \
    SUB "/resourceGroups/rg-openai-prod/providers/Microsoft.CognitiveServices/accounts/oai-prod/"  \
        "deployments/"

static struct seed_case {
    const char *name, *seed;
    const char *place; /* in the message; NULL: it loads */
} cases[] = {
    {"an empty seed is an empty Azure", "{}", NULL},
    {"a seed is an object", "[]", "seed"},
    {"settings that do not exist are errors", "{'settings': {'speed': 1}}", "settings.speed"},
    {"a time is a number", "{'settings': {'operation': '1'}}", "settings.operation"},
    {"a time may have a fraction", "{'settings': {'operation': 0.25}}", NULL},
    {"what is no id is an error", "{'live': {'vault': {}}}", "vault"},
    {"a body is an object", "{'live': {'" VAULT "': 3}}", VAULT},
    {"only vaults and accounts are soft-deleted",
     "{'live': {'" RG "/providers/A/b/c': {'@deleted':"
     " {}}}}",
     RG "/providers/A/b/c"},
    {"a key has versions", "{'keys': {'kvt': {'cmk': []}}}", "keys.kvt.cmk"},
    {"versions are objects", "{'keys': {'kvt': {'cmk': [1]}}}", "keys.kvt.cmk"},
    {"null is known to be absent", "{'live': {'" VAULT "': null}}", NULL},
    {"a resource is like one that stands before it",
     "{'live': {'" VAULT "': {}, '" VAULT "2': {'@like': '" VAULT "'}}}", NULL},
    {"and not like one that comes after it",
     "{'live': {'" VAULT "2': {'@like': '" VAULT "'}, '" VAULT "': {}}}", VAULT "2"},
    {"nor like one of another type",
     "{'live': {'" VAULT "': {}, '" ACCOUNT "': {'@like': '" VAULT "'}}}", ACCOUNT},
};

static void check_seed(void **state)
{
    const struct seed_case *c = *state;
    struct err err = {0};
    struct sim *sim = sim_new(8443);
    AUTO(json) struct json_object *seed = azure_json(c->seed);
    assert_int_equal(sim_seed(sim, seed, &err), c->place == NULL);
    if (c->place && strncmp(err.message, c->place, strlen(c->place)) != 0)
        fail_msg("the message does not name the place: %s", err.message);
    sim_free(sim);
}

static void a_dump_seeds_the_same_azure(void **state)
{
    (void)state;
    struct err err;
    struct sim *sim = azure_new("{'callerAddress': '198.51.100.7', 'operation': 0.5}");
    struct sim *other = sim_new(8443);
    struct json_object *dump = sim_state(sim);
    assert_true(sim_seed(other, dump, &err));
    struct json_object *again = sim_state(other);
    assert_true(js_same(dump, again));
    assert_non_null(js_find(dump, "live['" VAULT "']"));
    json_object_put(dump);
    json_object_put(again);
    sim_free(sim);
    sim_free(other);
}

static void a_dump_of_deleted_things_seeds_them_deleted(void **state)
{
    (void)state;
    struct err err;
    struct sim *sim = sim_new(8443);
    AUTO(json)
    struct json_object *seed =
        azure_json("{'live': {'" VAULT "': {'@deleted': {'location': 'westus', 'properties': {}},"
                   " 'deletionDate': '2999-01-01T00:00:00Z'}, '" ACCOUNT "': {'@deleted':"
                   " {'location': 'westus', 'properties': {}}}},"
                   " 'keys': {'@deletedKeys': {'kvt': {'cmk': [{'version': '" OLD "'}]}}}}");
    assert_true(sim_seed(sim, seed, &err));
    struct json_object *dump = sim_state(sim);
    assert_true(sim_seed(sim, dump, &err));
    struct json_object *again = sim_state(sim);
    assert_true(js_same(dump, again));
    assert_string_equal(js_string(again, "live['" VAULT "'].deletionDate", ""),
                        "2999-01-01T00:00:00Z");
    assert_non_null(js_array(again, "keys['@deletedkeys'].kvt.cmk"));
    json_object_put(dump);
    json_object_put(again);
    sim_free(sim);
}

#define OTHER ACCOUNT "2"

/* What Azure works out is held once; all else is each one's own. */
static void what_is_like_another_differs_where_it_says(void **state)
{
    (void)state;
    struct err err;
    struct sim *sim = sim_new(8443);
    AUTO(json)
    struct json_object *seed =
        azure_json("{'live': {'" ACCOUNT
                   "': {'location': 'westus', 'tags': {'a': '1', 'b': '2'}, 'properties':"
                   " {'capabilities': [{'name': 'x'}], 'networkAcls': {'defaultAction': 'Deny'}}},"
                   " '" OTHER "': {'@like': '" ACCOUNT "', 'tags': {'a': null, 'b': '3'}}}}");
    assert_true(sim_seed(sim, seed, &err));
    AUTO(json)
    struct json_object *drift = azure_json("{'properties': {'capabilities': [], 'networkAcls':"
                                           " {'defaultAction': 'Allow'}}, 'location': 'eastus'}");
    AUTO(json) struct json_object *before = sim_state(sim);
    assert_true(sim_drift(sim, ACCOUNT, drift, &err));
    AUTO(json) struct json_object *after = sim_state(sim);
    struct json_object *other = js_find(after, "live['" OTHER "']");
    assert_true(js_same(js_find(before, "live['" OTHER "']"), other));
    AUTO(json)
    struct json_object *expected =
        azure_json("{'id': '" OTHER
                   "', 'name': 'oai2', 'location': 'westus', 'tags': {'b': '3'}, 'properties':"
                   " {'capabilities': [{'name': 'x'}], 'networkAcls': {'defaultAction': 'Deny'}},"
                   " 'type': 'Microsoft.CognitiveServices/accounts'}");
    if (!js_same(expected, other))
        fail_msg("%s", json_object_to_json_string(other));
    sim_free(sim);
}

static void every_case_loads_as_it_is(void **state)
{
    (void)state;
    size_t loaded = 0;
    DIR *folder = opendir(TESTS_DIR "/cases");
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        struct err err;
        AUTO(text) char *path = mem_format(TESTS_DIR "/cases/%s", entry->d_name);
        AUTO(json) struct json_object *seed = NULL;
        if (!strstr(entry->d_name, ".json"))
            continue;
        struct sim *sim = sim_new(8443);
        if (!file_load_json(path, &seed, &err) || !sim_seed(sim, seed, &err))
            fail_msg("%s: %s", entry->d_name, err.message);
        loaded++;
        sim_free(sim);
    }
    closedir(folder);
    assert_true(loaded >= 30);
}

/* C048 writes three deployments of one account, C050 has one without a declared sku. */
static void the_deployments_of_cases_can_be_held(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        struct step read, write;
    } rows[] = {
        {"/cases/C048.json",
         {"GET " PROD "d3", NULL, 200, .path = "sku.capacity", .value = "10"},
         {"PUT " PROD "d3",
          "{'sku': {'name': 'Standard', 'capacity': 20}, 'properties': {'model': {'format':"
          " 'OpenAI', 'name': 'gpt-4o', 'version': '2024-11-20'}}}",
          200, .path = "properties.currentCapacity", .value = "20"}},
        {"/cases/C050.json",
         {"GET " PROD "gpt-4o", NULL, 200, .path = "sku.name", .value = "Standard"},
         {"PATCH " PROD "gpt-4o", "{'sku': {'capacity': 20}}", 200,
          .path = "properties.model.version", .value = "2024-11-20"}},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err err;
        struct sim_response last = {0};
        struct sim *sim = sim_new(8443);
        AUTO(text) char *path = mem_format(TESTS_DIR "%s", rows[i].file);
        AUTO(json) struct json_object *seed = NULL;
        if (!file_load_json(path, &seed, &err) || !sim_seed(sim, seed, &err))
            fail_msg("%s: %s", path, err.message);
        story_step(sim, &rows[i].read, &last);
        story_step(sim, &rows[i].write, &last);
        sim_response_done(&last);
        sim_free(sim);
    }
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(a_dump_seeds_the_same_azure),
        cmocka_unit_test(a_dump_of_deleted_things_seeds_them_deleted),
        cmocka_unit_test(what_is_like_another_differs_where_it_says),
        cmocka_unit_test(every_case_loads_as_it_is),
        cmocka_unit_test(the_deployments_of_cases_can_be_held),
    };
    return CASES_RUN(cases, check_seed) + cmocka_run_group_tests(others, NULL, NULL);
}
