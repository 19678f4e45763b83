/* What the process remembers of its own writes: DESIGN section 5, "Patience". Every instant is an
 * argument. */
#include "world.h"

#include <stdio.h>

#define OPEN "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}"
#define SHUT "{'properties': {'networkAcls': {'defaultAction': 'Deny'}}}"
#define ACTION "properties.networkAcls.defaultAction"
#define VERSION "properties.encryption.keyVaultProperties.keyVersion"
#define NAMES(version)                                                                             \
    "{'properties': {'encryption': {'keyVaultProperties': {'keyVersion': '" version "'}}}}"
#define INTERVAL_S 60

static void assert_outcome(const struct world *world, const char *path, const char *outcome)
{
    assert_string_equal(world_outcome(world, "account", path), outcome);
}

static struct world *opened(void)
{
    struct world *world = world_new(NULL);
    world_show(world, "account", OPEN);
    world_round(world);
    assert_outcome(world, ACTION, "patch");
    return world;
}

/* ---- what was written takes a while to show ------------------------------------------------- */

static void a_write_is_not_repeated_while_it_may_still_show(void **state)
{
    struct world *world = opened();
    (void)state;
    world_wrote(world);
    world_later(world, 1);
    assert_outcome(world, ACTION, "waiting");
    world_later(world, 118); /* 119 s after: too early to say anything */
    assert_outcome(world, ACTION, "waiting");
    world_later(world, 1); /* the first look that counts */
    assert_outcome(world, ACTION, "waiting");
    world_later(world, 29);
    assert_outcome(world, ACTION, "waiting");
    world_later(world, 1); /* the second, 30 s after the first */
    assert_outcome(world, ACTION, "patch");
    world_free(world);
}

/* What Azure replaces whole repeats what a read showed around the change; and a read may be old. */
static void what_was_written_is_not_undone_beside_another_change(void **state)
{
    struct world *world = world_new(NULL);
    (void)state;
    world_show(world, "vault", OPEN);
    world_round(world);
    world_wrote(world);
    world_show(world, "vault", "{'properties': {'networkAcls': {'bypass': 'None'}}}");
    world_later(world, 5);
    assert_string_equal(world_outcome(world, "vault", ACTION), "waiting");
    assert_string_equal(world_outcome(world, "vault", "properties.networkAcls.bypass"), "patch");
    struct json_object *acls = js_object(world_body(world, 0), "properties.networkAcls");
    assert_string_equal(js_string(acls, "defaultAction", ""), "Deny");
    assert_string_equal(js_string(acls, "bypass", ""), "AzureServices");
    world_free(world);
}

static void one_late_look_does_not_say_that_it_is_undone(void **state)
{
    struct world *world = opened();
    (void)state;
    world_wrote(world);
    world_later(world, 3600);
    assert_outcome(world, ACTION, "waiting");
    world_later(world, 30);
    assert_outcome(world, ACTION, "patch");
    world_free(world);
}

static void C043_a_link_has_ten_minutes_to_show(void **state)
{
    struct world *world = world_new(NULL);
    (void)state;
    world_show(world, "account", NAMES(VERSION_A));
    world_round(world);
    assert_outcome(world, VERSION, "patch");
    world_wrote(world);
    world_later(world, 300);
    world_later(world, 299);
    assert_outcome(world, VERSION, "waiting");
    world_later(world, 1);
    assert_outcome(world, VERSION, "waiting");
    world_later(world, 30);
    assert_outcome(world, VERSION, "patch");
    world_free(world);
}

static void what_has_shown_and_is_changed_back_is_repaired_at_once(void **state)
{
    struct world *world = opened();
    (void)state;
    world_wrote(world);
    world_show(world, "account", SHUT);
    world_later(world, 5);
    assert_words(world, "");
    world_show(world, "account", OPEN);
    world_later(world, 5);
    assert_outcome(world, ACTION, "patch");
    world_free(world);
}

static void a_look_that_saw_nothing_proves_nothing(void **state)
{
    struct world *world = opened();
    (void)state;
    world_wrote(world);
    world_later(world, 120);
    world_sight(world, "account", SIGHT_UNREACHABLE);
    world_later(world, 60);
    world_sight(world, "account", SIGHT_PRESENT);
    world_show(world, "account", SHUT);
    world_later(world, 1);
    world_show(world, "account", OPEN);
    world_later(world, 1);
    assert_outcome(world, ACTION, "patch"); /* it did show in between: this is a reversal */
    assert_int_equal(
        memory_reversals(memory_find(world->memory, world_node(world, "account"), ACTION),
                         world->at.now_s),
        1);
    world_free(world);
}

static void C026_a_key_that_was_recovered_and_is_not_there_yet_is_not_made(void **state)
{
    struct world *world = world_new(NULL);
    (void)state;
    world_show(world, "account",
               "{'properties': {'encryption': {'keySource': 'Microsoft.CognitiveServices',"
               " 'keyVaultProperties': null}}}");
    world_sight(world, "key", SIGHT_DELETED);
    world_round(world);
    assert_requests(world, "POST /deletedkeys/openai-cmk/recover?api-version=7.4");
    world_wrote(world);
    world_sight(world, "key", SIGHT_ABSENT);
    world_later(world, 40);
    assert_string_equal(world_outcome(world, "key", ""), "waiting");
    world_later(world, 40);
    assert_string_equal(world_outcome(world, "key", ""), "waiting");
    world_sight(world, "key", SIGHT_UNSETTLED);
    world_later(world, 10);
    assert_string_equal(world_outcome(world, "key", ""), "right");
    world_free(world);
}

/* Azure does not find it for some seconds: it is neither lost, nor anybody's to restore. */
static void a_key_in_use_that_was_recovered_and_is_not_there_yet_is_not_lost(void **state)
{
    struct world *world = world_new(NULL);
    (void)state;
    world_sight(world, "key", SIGHT_DELETED);
    world_round(world);
    world_wrote(world);
    world_sight(world, "key", SIGHT_ABSENT);
    world_later(world, 1);
    assert_string_equal(world_outcome(world, "key", ""), "waiting");
    world_later(world, 149); /* two looks since two minutes have passed: it is not coming */
    world_later(world, 30);
    assert_string_equal(world_outcome(world, "key", ""), "refused");
    world_free(world);
}

static void losing_the_memory_costs_one_try(void **state)
{
    struct world *world = opened();
    (void)state;
    world_wrote(world);
    memory_free(world->memory);
    world->memory = memory_new();
    world->at.memory = world->memory;
    world_later(world, 1);
    assert_outcome(world, ACTION, "patch");
    world_wrote(world);
    world_later(world, 1);
    assert_outcome(world, ACTION, "waiting");
    world_free(world);
}

/* ---- somebody else writes it too ------------------------------------------------------------ */

/* Repairs it, sees it repaired, sees it changed back. */
static void reverse(struct world *world)
{
    world_wrote(world);
    world_show(world, "account", SHUT);
    world_later(world, 5);
    world_show(world, "account", OPEN);
    world_later(world, 5);
}

static void the_third_reversal_within_a_week_is_contended_then_one_try_a_day(void **state)
{
    struct world *world = opened();
    (void)state;
    reverse(world);
    assert_outcome(world, ACTION, "patch");
    reverse(world);
    assert_outcome(world, ACTION, "patch");
    reverse(world);
    assert_outcome(world, ACTION, "contended");
    world_later(world, DAY_S - 11);
    assert_outcome(world, ACTION, "contended");
    world_later(world, 1); /* a day after the last write */
    assert_outcome(world, ACTION, "patch");
    reverse(world);
    assert_outcome(world, ACTION, "contended");
    world_free(world);
}

static void reversals_are_forgotten_after_a_week(void **state)
{
    struct world *world = opened();
    (void)state;
    reverse(world);
    reverse(world);
    world_later(world, 7 * DAY_S);
    reverse(world);
    assert_outcome(world, ACTION, "patch");
    world_free(world);
}

static void a_write_that_never_shows_is_contended_too(void **state)
{
    struct world *world = opened();
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        assert_outcome(world, ACTION, "patch");
        world_wrote(world);
        world_later(world, 120);
        world_later(world, 30);
    }
    assert_outcome(world, ACTION, "contended");
    world_free(world);
}

static void another_path_is_not_contended(void **state)
{
    struct world *world = opened();
    (void)state;
    reverse(world);
    reverse(world);
    reverse(world);
    world_show(world, "vault", OPEN);
    world_round(world);
    assert_string_equal(world_outcome(world, "vault", ACTION), "patch");
    world_free(world);
}

/* A new version each time: nobody changes anything back. */
static void what_is_wanted_anew_is_no_reversal(void **state)
{
    static const char *const versions[] = {
        "[{'version': 'c1', 'ageDays': 5}, {'version': '" VERSION_B "', 'ageDays': 30}]",
        "[{'version': 'c1', 'ageDays': 5}, {'version': 'c2', 'ageDays': 4}]",
        "[{'version': 'c2', 'ageDays': 4}, {'version': 'c3', 'ageDays': 3}]",
        "[{'version': 'c3', 'ageDays': 3}, {'version': 'c4', 'ageDays': 2}]",
    };
    struct world *world = world_new(NULL);
    (void)state;
    for (unsigned i = 0; i < COUNT(versions); i++) {
        AUTO(text) char *shown = mem_format(NAMES("c%u"), i + 1);
        world_versions(world, "key", versions[i]);
        world_later(world, 3600);
        assert_outcome(world, VERSION, "patch");
        world_wrote(world);
        world_show(world, "account", shown);
        world_later(world, 60);
        assert_outcome(world, VERSION, "right");
    }
    world_free(world);
}

static void what_is_wanted_anew_does_not_wait_for_what_was_written(void **state)
{
    struct world *world = world_new(NULL);
    (void)state;
    world_show(world, "account", NAMES(VERSION_A));
    world_round(world);
    world_wrote(world);
    world_versions(world, "key",
                   "[{'version': '" VERSION_A "', 'ageDays': 120},"
                   " {'version': '" VERSION_B "', 'ageDays': 30},"
                   " {'version': '" VERSION_C "', 'ageDays': 1}]");
    world_later(world, 60);
    assert_outcome(world, VERSION, "patch");
    world_free(world);
}

/* A list of many addresses, of which the last is another: longer than anybody prints. */
static char *long_list(const char *last)
{
    AUTO(json) struct json_object *rules = json_object_new_array();
    for (unsigned i = 0; i < 200; i++) {
        AUTO(text) char *text = mem_format("203.%u.113.7", i);
        struct json_object *rule = json_object_new_object();
        json_object_object_add(rule, "value", json_object_new_string(text));
        json_object_array_add(rules, rule);
    }
    return mem_format("{'properties': {'networkAcls': {'ipRules': %.*s, {'value': '%s'}]}}}",
                      (int)strlen(json_object_to_json_string(rules)) - 1,
                      json_object_to_json_string(rules), last);
}

static void a_long_value_is_another_though_it_begins_the_same(void **state)
{
    static const char path[] = "properties.networkAcls.ipRules";
    struct world *world =
        world_new("{'account': {'properties': {'networkAcls': {'ipRules': []}}}}");
    struct err why;
    AUTO(text) char *before = long_list("198.51.100.1");
    AUTO(text) char *after = long_list("198.51.100.2");
    (void)state;
    world_show(world, "account", before);
    world_round(world);
    err_set(&why, ERR_AZURE, "BadRequest", "no");
    memory_refused(world->memory, world_finding(world, "account", path), &why, 0, 60,
                   world->at.now_s);
    world_later(world, 1);
    assert_outcome(world, path, "waiting");
    world_show(world, "account", after);
    world_later(world, 1);
    assert_outcome(world, path, "patch");
    world_free(world);
}

static void a_grant_that_cannot_be_looked_for_was_not_taken_away(void **state)
{
    struct world *world = world_new(NULL);
    const struct recollection *known;
    (void)state;
    world_show(world, "grant", "[]");
    world_round(world);
    world_later(world, 30);
    world_wrote(world);
    world_show(world, "grant",
               "[{'id': '/x', 'properties': {'principalId': '" PRINCIPAL "', 'scope': '" KEY_ID
               "', 'roleDefinitionId': '/e147488a-f6f5-4113-8e2d-b22465e65bf6'}}]");
    world_later(world, 10);
    assert_string_equal(world_outcome(world, "grant", ""), "right");
    world_sight(world, "vault", SIGHT_DELETED);
    world_later(world, 10);
    known = memory_find(world->memory, world_node(world, "grant"), "");
    assert_int_equal(memory_reversals(known, world->at.now_s), 0);
    world_free(world);
}

/* ---- refusals ------------------------------------------------------------------------------- */

static void refuse(struct world *world, int64_t patient_until_s)
{
    struct err why;
    err_set(&why, ERR_AZURE, "ScopeLocked", "the scope is locked");
    memory_refused(world->memory, world_finding(world, "account", ACTION), &why, patient_until_s,
                   INTERVAL_S, world->at.now_s);
}

static void C061_what_is_refused_for_good_backs_off_to_six_hours(void **state)
{
    static const int64_t intervals[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360};
    struct world *world = opened();
    (void)state;
    for (unsigned i = 0; i < COUNT(intervals); i++) {
        assert_outcome(world, ACTION, "patch");
        refuse(world, 0);
        world_later(world, intervals[i] * INTERVAL_S - 1);
        assert_outcome(world, ACTION, "waiting");
        assert_non_null(strstr(world_finding(world, "account", ACTION)->reason,
                               "ScopeLocked: the scope is locked"));
        assert_true(world_finding(world, "account", ACTION)->wake_s == INT64_MAX);
        world_later(world, 1);
    }
    assert_outcome(world, ACTION, "patch");
    world_free(world);
}

static void another_value_is_tried_at_once(void **state)
{
    struct world *world = opened();
    (void)state;
    refuse(world, 0);
    refuse(world, 0);
    refuse(world, 0);
    world_show(world, "account", "{'properties': {'networkAcls': {'defaultAction': 'Audit'}}}");
    world_later(world, 1);
    assert_outcome(world, ACTION, "patch");
    refuse(world, 0); /* and begins with one interval again */
    world_later(world, INTERVAL_S);
    assert_outcome(world, ACTION, "patch");
    world_free(world);
}

static void what_passes_by_itself_is_sat_out_with_growing_pauses(void **state)
{
    static const int64_t pauses[] = {2, 4, 8, 16, 32, 60, 60};
    struct world *world = opened();
    (void)state;
    for (unsigned i = 0; i < COUNT(pauses); i++) {
        refuse(world, WORLD_NOW_S + 3600);
        world_later(world, pauses[i] - 1);
        assert_outcome(world, ACTION, "waiting");
        assert_int_equal(world_finding(world, "account", ACTION)->wake_s, world->at.now_s + 1);
        AUTO(text)
        char *words =
            memory_pause_words(memory_find(world->memory, world_node(world, "account"), ACTION));
        assert_string_equal(world_finding(world, "account", ACTION)->reason, words);
        world_later(world, 1);
        assert_outcome(world, ACTION, "patch");
    }
    world_free(world);
}

static void what_did_not_pass_by_itself_begins_with_one_interval(void **state)
{
    struct world *world = opened();
    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        refuse(world, WORLD_NOW_S + 900);
        world_later(world, 60);
    }
    world_later(world, 900);
    refuse(world, WORLD_NOW_S + 900);
    world_later(world, INTERVAL_S - 1);
    assert_outcome(world, ACTION, "waiting");
    world_later(world, 1);
    assert_outcome(world, ACTION, "patch");
    assert_int_equal(
        memory_find(world->memory, world_node(world, "account"), ACTION)->first_refusal_s,
        WORLD_NOW_S); /* so that it is never patient again */
    world_free(world);
}

static void what_came_right_by_itself_is_refused_no_more(void **state)
{
    struct world *world = opened();
    (void)state;
    refuse(world, 0);
    refuse(world, 0);
    world_show(world, "account", SHUT);
    world_later(world, 1);
    world_show(world, "account", OPEN);
    world_later(world, 1);
    assert_outcome(world, ACTION, "patch");
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_write_is_not_repeated_while_it_may_still_show),
        cmocka_unit_test(what_was_written_is_not_undone_beside_another_change),
        cmocka_unit_test(one_late_look_does_not_say_that_it_is_undone),
        cmocka_unit_test(C043_a_link_has_ten_minutes_to_show),
        cmocka_unit_test(what_has_shown_and_is_changed_back_is_repaired_at_once),
        cmocka_unit_test(a_look_that_saw_nothing_proves_nothing),
        cmocka_unit_test(C026_a_key_that_was_recovered_and_is_not_there_yet_is_not_made),
        cmocka_unit_test(a_key_in_use_that_was_recovered_and_is_not_there_yet_is_not_lost),
        cmocka_unit_test(losing_the_memory_costs_one_try),
        cmocka_unit_test(the_third_reversal_within_a_week_is_contended_then_one_try_a_day),
        cmocka_unit_test(reversals_are_forgotten_after_a_week),
        cmocka_unit_test(a_write_that_never_shows_is_contended_too),
        cmocka_unit_test(another_path_is_not_contended),
        cmocka_unit_test(what_is_wanted_anew_is_no_reversal),
        cmocka_unit_test(what_is_wanted_anew_does_not_wait_for_what_was_written),
        cmocka_unit_test(a_long_value_is_another_though_it_begins_the_same),
        cmocka_unit_test(a_grant_that_cannot_be_looked_for_was_not_taken_away),
        cmocka_unit_test(C061_what_is_refused_for_good_backs_off_to_six_hours),
        cmocka_unit_test(another_value_is_tried_at_once),
        cmocka_unit_test(what_passes_by_itself_is_sat_out_with_growing_pauses),
        cmocka_unit_test(what_did_not_pass_by_itself_begins_with_one_interval),
        cmocka_unit_test(what_came_right_by_itself_is_refused_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
