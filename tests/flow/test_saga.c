/* test_saga.c: a key's rotation, from the rotation to the accounts that follow and the versions
 * that go, under all that can go wrong on the way. Each test says at its end how many versions
 * there are: one due date makes one. */
#include "two.h"

#include "base/js.h"

#include <stdio.h>

#define OLDER "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LINK "properties.encryption.keyVaultProperties.keyVersion"

/* What the saga asks of Azure: tokens are not counted. */
#define ANY "^[A-Z]+ https://(management[.]azure[.]com|kv-openai-prod[.]vault[.]azure[.]net)/"
#define ROTATE "^POST https://kv-openai-prod[.]vault[.]azure[.]net/keys/openai-cmk/rotate"
#define REPOINT "^PATCH [^?]*/accounts/oai-"

/* The newest version is a hundred days old: a rotation is due, and the oldest is to go. */
static void rotation_is_due(void **flow)
{
    prod_seed(flow, TWO_ACCOUNTS, BOTH);
    flow_settings(flow, "{'operation': 0}");
    flow_age(flow, "kv-openai-prod", "openai-cmk", 70);
    flow_log_clear(flow);
}

static struct json_object *versions_of(struct json_object *state)
{
    return js_array(state, "keys.kv-openai-prod.openai-cmk");
}

/* The version made last. Borrowed from the state. */
static const char *newest_of(void **flow, struct json_object *state)
{
    struct json_object *versions = versions_of(state);
    for (size_t i = 0; i < json_object_array_length(versions); i++) {
        const char *id = js_string(json_object_array_get_idx(versions, i), "version", "");
        if (strcmp(id, OLDER) != 0 && strcmp(id, NEWEST) != 0)
            return id;
    }
    flow_fail(flow, "nothing was rotated");
}

static void expect_named(void **flow, struct json_object *state, const char *account,
                         const char *version)
{
    struct json_object *live = js_object(state, "live"), *body = NULL;
    json_object_object_get_ex(live, account, &body);
    const char *named = js_string(body, LINK, "");
    if (strcmp(named, version) != 0)
        flow_fail(flow, "%s names version %s, not %s", account, named, version);
}

static bool is_enabled(struct json_object *state, const char *version)
{
    struct json_object *versions = versions_of(state);
    for (size_t i = 0; i < json_object_array_length(versions); i++) {
        struct json_object *item = json_object_array_get_idx(versions, i);
        if (strcmp(js_string(item, "version", ""), version) == 0)
            return js_bool(item, "enabled", true);
    }
    return false;
}

/* One version more than before, named by both accounts; the one before it is still there. The
 * oldest is retired before the rotation, or its time counts from the new one again. */
static void expect_rotated_once(void **flow)
{
    AUTO(json) struct json_object *state = flow_state(flow);
    size_t count = json_object_array_length(versions_of(state));
    if (count != 3)
        flow_fail(flow, "%zu versions, not 3", count);
    const char *newest = newest_of(flow, state);
    expect_named(flow, state, ACCOUNT, newest);
    expect_named(flow, state, TEST_ACCOUNT, newest);
    assert_true(is_enabled(state, newest));
    assert_true(is_enabled(state, NEWEST));
}

/* All goes well from here on. */
static void expect_to_converge(void **flow)
{
    flow_faults_clear(flow);
    for (int i = 0; i < 3; i++) {
        cmkd_once(flow);
        if (cmkd_exit(flow) == 0)
            break;
    }
    expect_exit(flow, 0);
    expect_quiet(flow);
    expect_rotated_once(flow);
}

/* ---- killed at every request ----------------------------------------------------------------- */

/* How many requests the whole saga takes when nothing goes wrong. */
static int count_requests(void **flow)
{
    rotation_is_due(flow);
    cmkd_once(flow);
    expect_exit(flow, 0);
    int count = flow_count_sent(flow, ANY, NULL, NULL);
    expect_quiet(flow);
    expect_rotated_once(flow);
    return count;
}

/* cmkd is killed while it waits for the answer to the request after so many others. */
static void kill_at(void **flow, int requests, bool takes_effect)
{
    AUTO(text)
    char *fault = mem_format("[{'match': '" ANY "', 'after': %d, 'action': 'stall',"
                             " 'takesEffect': %s}]",
                             requests, takes_effect ? "true" : "false");
    rotation_is_due(flow);
    flow_faults(flow, fault);
    cmkd_start(flow, "--once", NULL);
    for (int i = 0; i <= requests; i++)
        flow_await(flow, ANY);
    cmkd_kill(flow);
}

static void sweep(void **flow, bool takes_effect)
{
    int count = count_requests(flow);
    assert_in_range(count, 15,
                    60); /* looks, a rotation, two accounts that follow it, a last look */
    for (int i = 0; i < count; i++) {
        kill_at(flow, i, takes_effect);
        expect_to_converge(flow);
    }
    print_message("killed at each of %d requests, %s: one new version each time\n", count,
                  takes_effect ? "Azure having done it" : "Azure not having done it");
}

static void killed_before_azure_has_done_it_one_version_is_made(void **flow)
{
    sweep(flow, false);
}

static void killed_after_azure_has_done_it_one_version_is_made(void **flow)
{
    sweep(flow, true);
}

/* usage: test.flow.saga before|after    one of the two, so that they run side by side */
int main(int count, char **arguments)
{
    const struct CMUnitTest before[] = {
        FLOW_TEST(killed_before_azure_has_done_it_one_version_is_made),
    };
    const struct CMUnitTest after[] = {
        FLOW_TEST(killed_after_azure_has_done_it_one_version_is_made),
    };
    if (count == 2 && strcmp(arguments[1], "before") == 0)
        return cmocka_run_group_tests_name("saga before", before, NULL, NULL);
    if (count == 2 && strcmp(arguments[1], "after") == 0)
        return cmocka_run_group_tests_name("saga after", after, NULL, NULL);
    fprintf(stderr, "usage: %s before|after\n", arguments[0]);
    return 64;
}
