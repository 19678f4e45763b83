/* What a pass tells: one entry for each resource and path, states of stacks, exit status. */
#include "world.h"

#include "reconcile/ledger.h"

#define OPEN "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}"
#define SHUT "{'properties': {'networkAcls': {'defaultAction': 'Deny'}}}"
#define ACTION "properties.networkAcls.defaultAction"

/* One round; the first entry, if there is one. */
static struct entry *look(struct ledger *ledger, struct world *world, unsigned round)
{
    world_round(world);
    ledger_round(ledger, &world->findings, round);
    for (size_t i = 0; i < world->config.graph.n_nodes; i++)
        if (world->observed[i].sight == SIGHT_PRESENT)
            ledger_shown(ledger, world->config.graph.nodes[i], round);
    return ledger->entries;
}

/* ---- one entry ------------------------------------------------------------------------------ */

static void an_entry_keeps_its_last_write_when_it_is_right_again(void **state)
{
    struct world *world = world_new(NULL);
    struct ledger ledger = {0};
    struct entry *entry;
    (void)state;
    world_show(world, "vault", OPEN);
    entry = look(&ledger, world, 1);
    assert_int_equal(ledger.n_entries, 1);
    assert_string_equal(entry->path, ACTION);
    assert_string_equal(entry->resource_id, VAULT_ID);
    assert_json(entry->observed, "'Allow'");
    assert_json(entry->desired, "'Deny'");
    assert_int_equal(entry->outcome, OUTCOME_PATCH);
    entry->status = STATUS_DONE;
    world_show(world, "vault", SHUT);
    entry = look(&ledger, world, 2);
    assert_int_equal(ledger.n_entries, 1);
    assert_int_equal(entry->status, STATUS_DONE);
    assert_int_equal(entry->round, 1);
    assert_int_equal(ledger_stack_state(&ledger, 0), STACK_REPAIRED);
    assert_int_equal(ledger_exit_status(&ledger), 0);
    ledger_done(&ledger);
    world_free(world);
}

static void an_entry_keeps_its_last_write_while_it_waits(void **state)
{
    struct world *world = world_new(NULL);
    struct ledger ledger = {0};
    struct entry *entry;
    (void)state;
    world_show(world, "vault", OPEN);
    entry = look(&ledger, world, 1);
    entry->status = STATUS_DONE;
    world_wrote(world);
    entry = look(&ledger, world, 2);
    assert_int_equal(world->findings.list[0].outcome, OUTCOME_WAITING);
    assert_int_equal(ledger.n_entries, 1);
    assert_int_equal(entry->outcome, OUTCOME_PATCH);
    assert_int_equal(entry->status, STATUS_DONE);
    ledger_done(&ledger);
    world_free(world);
}

/* 200 and no effect is no repair, whatever Azure said. */
static void what_was_written_and_does_not_show_is_no_repair(void **state)
{
    struct world *world = world_new(NULL);
    struct ledger ledger = {0};
    (void)state;
    world_show(world, "vault", OPEN);
    look(&ledger, world, 1)->status = STATUS_DONE;
    world_wrote(world);
    look(&ledger, world, 2);
    assert_int_equal(ledger_stack_state(&ledger, 0), STACK_DRIFTED);
    assert_int_equal(ledger_exit_status(&ledger), 1);
    assert_int_equal(ledger.entries->shown_round, 0);
    world_show(world, "vault", SHUT);
    look(&ledger, world, 3);
    assert_int_equal(ledger.entries->shown_round, 3);
    look(&ledger, world, 4);
    assert_int_equal(ledger.entries->shown_round, 3); /* the first */
    assert_int_equal(ledger_stack_state(&ledger, 0), STACK_REPAIRED);
    assert_int_equal(ledger_exit_status(&ledger), 0);
    ledger_done(&ledger);
    world_free(world);
}

/* The answer got lost: until a look shows it, the write counts neither as done nor as never sent.
 */
static void a_write_of_which_nothing_was_heard_is_done_once_a_look_shows_it(void **state)
{
    struct world *world = world_new(NULL);
    struct ledger ledger = {0};
    struct entry *entry;
    (void)state;
    world_show(world, "vault", OPEN);
    entry = look(&ledger, world, 1);
    entry->is_unsure = true;
    entry->unsure = entry->outcome;
    entry->outcome = OUTCOME_WAITING;
    world_sight(world, "vault", SIGHT_UNSETTLED);
    entry = look(&ledger, world, 2);
    assert_int_equal(ledger.n_entries, 1);
    assert_int_equal(entry->outcome, OUTCOME_WAITING);
    assert_int_equal(ledger_stack_state(&ledger, 0), STACK_DRIFTED);
    assert_int_equal(ledger_exit_status(&ledger), 1);

    world_sight(world, "vault", SIGHT_PRESENT);
    world_show(world, "vault", SHUT);
    entry = look(&ledger, world, 3);
    assert_int_equal(ledger.n_entries, 1);
    assert_int_equal(entry->outcome, OUTCOME_PATCH);
    assert_int_equal(entry->status, STATUS_DONE);
    assert_int_equal(entry->shown_round, 3);
    assert_int_equal(ledger_stack_state(&ledger, 0), STACK_REPAIRED);
    assert_int_equal(ledger_exit_status(&ledger), 0);
    look(&ledger, world, 1); /* the next pass */
    assert_int_equal(ledger.n_entries, 0);
    ledger_done(&ledger);
    world_free(world);
}

static const struct entry *entry_of(const struct ledger *ledger, const struct world *world,
                                    const char *word, const char *path)
{
    for (size_t i = 0; i < ledger->n_entries; i++)
        if (ledger->entries[i].node == world_node(world, word) &&
            strcmp(ledger->entries[i].path, path) == 0)
            return &ledger->entries[i];
    fail_msg("no entry of %s at \"%s\"", word, path);
    return NULL;
}

/* Nobody has put it right, when it is no finding any more. */
static void what_hangs_on_what_is_not_there_is_only_supposed_to_be_wrong(void **state)
{
    struct world *world = world_new(NULL);
    struct ledger ledger = {0};
    (void)state;
    world_sight(world, "key", SIGHT_DELETED);
    look(&ledger, world, 1);
    assert_false(entry_of(&ledger, world, "key", "")->is_supposed);
    assert_true(entry_of(&ledger, world, "grant", "")->is_supposed);
    assert_true(
        entry_of(&ledger, world, "account", "properties.encryption.keyVaultProperties.keyVersion")
            ->is_supposed);
    ledger_done(&ledger);
    world_free(world);

    world = world_new(NULL);
    world_show(world, "grant", "[]");
    look(&ledger, world, 1);
    assert_false(entry_of(&ledger, world, "grant", "")->is_supposed);
    ledger_done(&ledger);
    world_free(world);
}

static void a_second_write_takes_the_place_of_the_first(void **state)
{
    struct world *world = world_new(NULL);
    struct ledger ledger = {0};
    struct entry *entry;
    (void)state;
    world_show(world, "vault", OPEN);
    entry = look(&ledger, world, 1);
    entry->status = STATUS_FAILED;
    entry = look(&ledger, world, 2);
    assert_int_equal(ledger.n_entries, 1);
    assert_int_equal(entry->status, STATUS_NONE);
    assert_int_equal(entry->round, 2);
    ledger_done(&ledger);
    world_free(world);
}

static void what_came_right_by_itself_goes(void **state)
{
    struct world *world = world_new("{'mode': 'audit'}");
    struct ledger ledger = {0};
    (void)state;
    world_show(world, "vault", OPEN);
    assert_int_equal(look(&ledger, world, 1)->outcome, OUTCOME_AUDIT);
    world_show(world, "vault", SHUT);
    look(&ledger, world, 2);
    assert_int_equal(ledger.n_entries, 0);
    ledger_done(&ledger);
    world_free(world);
}

static void what_was_sent_in_the_pass_before_goes_with_the_first_round(void **state)
{
    struct world *world = world_new(NULL);
    struct ledger ledger = {0};
    (void)state;
    world_show(world, "vault", OPEN);
    look(&ledger, world, 1)->status = STATUS_DONE;
    world_show(world, "vault", SHUT);
    look(&ledger, world, 2);
    assert_int_equal(ledger.n_entries, 1);
    look(&ledger, world, 1); /* the next pass */
    assert_int_equal(ledger.n_entries, 0);
    assert_int_equal(ledger_stack_state(&ledger, 0), STACK_INSYNC);
    ledger_done(&ledger);
    world_free(world);
}

static void one_path_of_two_resources_is_two_entries(void **state)
{
    struct world *world = world_new(NULL);
    struct ledger ledger = {0};
    (void)state;
    world_show(world, "vault", OPEN);
    world_show(world, "account", OPEN);
    look(&ledger, world, 1);
    assert_int_equal(ledger.n_entries, 2);
    assert_ptr_equal(ledger_find(&ledger, world_finding(world, "account", ACTION)),
                     &ledger.entries[1]);
    ledger_done(&ledger);
    world_free(world);
}

/* ---- what it comes to ------------------------------------------------------------------------ */

/* One entry or error of the stack, and what state and exit status it makes. */
static struct state_case {
    const char *name;
    enum outcome outcome;
    enum finding_status status;
    bool is_empty, is_unsettled, has_error;
    enum stack_state state;
    int exit_status;
} states[] = {
    /* clang-format off */
    {.name = "no finding: in sync, 0", .is_empty = true, .state = STACK_INSYNC},
    {"exempt counts as in sync", OUTCOME_EXEMPT, STATUS_NONE, .state = STACK_INSYNC},
    {"a patch that is done is a repair, 0", OUTCOME_PATCH, STATUS_DONE, .state = STACK_REPAIRED},
    {"an action that is done is a repair, 0", OUTCOME_ACTION, STATUS_DONE, .state = STACK_REPAIRED},
    {"what would be sent is drift, 1", OUTCOME_PATCH, STATUS_PLANNED, .state = STACK_DRIFTED, .exit_status = 1},
    {"what was not sent after all is drift, 1", OUTCOME_PATCH, STATUS_NONE, .state = STACK_DRIFTED, .exit_status = 1},
    {"what still runs is busy, 1", OUTCOME_PATCH, STATUS_RUNNING, .state = STACK_BUSY, .exit_status = 1},
    {"what failed is drift, 2", OUTCOME_PATCH, STATUS_FAILED, .state = STACK_DRIFTED, .exit_status = 2},
    {"audit is drift, 1", OUTCOME_AUDIT, STATUS_NONE, .state = STACK_DRIFTED, .exit_status = 1},
    {"waiting is drift, 1", OUTCOME_WAITING, STATUS_NONE, .state = STACK_DRIFTED, .exit_status = 1},
    {"impossible is drift, 1", OUTCOME_IMPOSSIBLE, STATUS_NONE, .state = STACK_DRIFTED, .exit_status = 1},
    {"refused is drift, 1", OUTCOME_REFUSED, STATUS_NONE, .state = STACK_DRIFTED, .exit_status = 1},
    {"contended is drift, 1", OUTCOME_CONTENDED, STATUS_NONE, .state = STACK_DRIFTED, .exit_status = 1},
    {"held is held, 1", OUTCOME_HELD, STATUS_NONE, .state = STACK_HELD, .exit_status = 1},
    {.name = "a state that is not final is busy, 1", .is_empty = true, .is_unsettled = true,
     .state = STACK_BUSY, .exit_status = 1},
    {.name = "a stack that is not seen is unknown, 2", .is_empty = true, .has_error = true,
     .state = STACK_UNKNOWN, .exit_status = 2},
    {"not seen weighs more than held", OUTCOME_HELD, STATUS_NONE, .has_error = true,
     .state = STACK_UNKNOWN, .exit_status = 2},
    {"held weighs more than busy", OUTCOME_HELD, STATUS_NONE, .is_unsettled = true,
     .state = STACK_HELD, .exit_status = 1},
    {"busy weighs more than drift", OUTCOME_AUDIT, STATUS_NONE, .is_unsettled = true,
     .state = STACK_BUSY, .exit_status = 1},
    /* clang-format on */
};

static void check_state(void **state)
{
    const struct state_case *c = *state;
    struct world *world = world_new(NULL);
    struct ledger ledger = {0};
    struct err err;
    if (!c->is_empty) {
        world_show(world, "vault", OPEN);
        struct entry *entry = look(&ledger, world, 1);
        entry->outcome = c->outcome;
        entry->status = c->status;
    }
    err_set(&err, ERR_AZURE, "AuthorizationFailed", "no");
    if (c->has_error)
        ledger_error(&ledger, world_node(world, "account"), &err);
    ledger.is_unsettled = c->is_unsettled;
    assert_int_equal(ledger_stack_state(&ledger, 0), c->state);
    assert_int_equal(ledger_exit_status(&ledger), c->exit_status);
    ledger_clear_errors(&ledger);
    assert_int_equal(ledger.n_errors, 0);
    ledger_done(&ledger);
    world_free(world);
}

static void one_stack_does_not_speak_for_another(void **state)
{
    struct world *world = world_of_stacks("{'prod': {}, 'test': {'account': {'name': 'oai-t'}}}");
    struct ledger ledger = {0};
    struct err err;
    (void)state;
    world_show(world, "account", OPEN);
    look(&ledger, world, 1);
    assert_int_equal(ledger_stack_state(&ledger, 0), STACK_DRIFTED);
    assert_int_equal(ledger_stack_state(&ledger, 1), STACK_INSYNC);
    err_set(&err, ERR_AZURE, "AuthorizationFailed", "no");
    ledger_error(&ledger, world_node(world, "test.account"), &err);
    assert_int_equal(ledger_stack_state(&ledger, 0), STACK_DRIFTED);
    assert_int_equal(ledger_stack_state(&ledger, 1), STACK_UNKNOWN);
    ledger_clear_errors(&ledger);
    ledger_error(&ledger, world_node(world, "vault"), &err); /* of both */
    assert_int_equal(ledger_stack_state(&ledger, 0), STACK_UNKNOWN);
    assert_int_equal(ledger_stack_state(&ledger, 1), STACK_UNKNOWN);
    ledger_done(&ledger);
    world_free(world);
}

static void states_have_the_words_of_the_document(void **state)
{
    (void)state;
    assert_string_equal(stack_state_word(STACK_INSYNC), "insync");
    assert_string_equal(stack_state_word(STACK_REPAIRED), "repaired");
    assert_string_equal(stack_state_word(STACK_DRIFTED), "drifted");
    assert_string_equal(stack_state_word(STACK_BUSY), "busy");
    assert_string_equal(stack_state_word(STACK_HELD), "held");
    assert_string_equal(stack_state_word(STACK_UNKNOWN), "unknown");
    assert_null(status_word(STATUS_NONE));
    assert_string_equal(status_word(STATUS_PLANNED), "planned");
    assert_string_equal(status_word(STATUS_RUNNING), "running");
    assert_string_equal(status_word(STATUS_DONE), "done");
    assert_string_equal(status_word(STATUS_FAILED), "failed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_keeps_its_last_write_when_it_is_right_again),
        cmocka_unit_test(an_entry_keeps_its_last_write_while_it_waits),
        cmocka_unit_test(what_was_written_and_does_not_show_is_no_repair),
        cmocka_unit_test(a_write_of_which_nothing_was_heard_is_done_once_a_look_shows_it),
        cmocka_unit_test(what_hangs_on_what_is_not_there_is_only_supposed_to_be_wrong),
        cmocka_unit_test(a_second_write_takes_the_place_of_the_first),
        cmocka_unit_test(what_came_right_by_itself_goes),
        cmocka_unit_test(what_was_sent_in_the_pass_before_goes_with_the_first_round),
        cmocka_unit_test(one_path_of_two_resources_is_two_entries),
        cmocka_unit_test(one_stack_does_not_speak_for_another),
        cmocka_unit_test(states_have_the_words_of_the_document),
    };
    int failed = CASES_RUN(states, check_state);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
