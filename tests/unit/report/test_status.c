#include "sample.h"

#include "report/status.h"

static const struct err forbidden = {ERR_AZURE, 403, "AuthorizationFailed", "no right", "", "", ""};
static const struct err shut = {ERR_AZURE, 403, "ForbiddenByFirewall", "no", "", "", ""};

/* One island is through, with this entry on its first vault; NULL: with none. */
static void through(struct status *status, const struct sample *sample, size_t island,
                    enum finding_status finding_status, const struct err *err, int64_t now_s)
{
    struct ledger ledger = {0};
    const struct node *node = island ? sample->lone : sample->vault;
    if (finding_status != STATUS_NONE)
        sample_add(&ledger, sample_entry(node, "tags.a", "1", "2", OUTCOME_PATCH, finding_status));
    if (err)
        ledger_error(&ledger, node, err);
    status_island(status, island, &ledger, now_s);
    ledger_done(&ledger);
}

static void expect_sentence(const struct status *status, const char *expected)
{
    AUTO(text) char *sentence = status_sentence(status);
    assert_string_equal(sentence, expected);
}

static void the_sentence_never_says_more_than_is_known(void **state)
{
    (void)state;
    struct sample sample;
    sample_init(&sample);
    struct status *status = status_new(&sample.graph);
    expect_sentence(status, "3 stacks declared, none looked at yet");
    through(status, &sample, 0, STATUS_NONE, NULL, 1000);
    expect_sentence(status, "2 of 3 stacks in sync; lonely not looked at yet");
    through(status, &sample, 1, STATUS_DONE, NULL, 1000);
    expect_sentence(status, "3 of 3 stacks in sync");
    through(status, &sample, 0, STATUS_FAILED, NULL, 1000);
    expect_sentence(status, "1 of 3 stacks in sync; prod drifted; test drifted");
    through(status, &sample, 0, STATUS_NONE, &forbidden, 1000);
    expect_sentence(status, "1 of 3 stacks in sync; prod cannot be seen; test cannot be seen");
    status_free(status);
    sample_done(&sample);
}

static void a_shut_data_plane_stands_in_the_sentence(void **state)
{
    (void)state;
    struct sample sample;
    sample_init(&sample);
    struct status *status = status_new(&sample.graph);
    through(status, &sample, 0, STATUS_NONE, NULL, 1000);
    through(status, &sample, 1, STATUS_NONE, NULL, 1000);
    status_reach(status, sample.vault, &shut);
    status_reach(status, sample.vault, &shut);
    expect_sentence(status, "3 of 3 stacks in sync; rotate and revoke NOT possible on "
                            "kv-openai-prod: ForbiddenByFirewall");
    status_reach(status, sample.lone, &shut);
    expect_sentence(status, "3 of 3 stacks in sync; rotate and revoke NOT possible on "
                            "kv-openai-prod: ForbiddenByFirewall (and 1 vaults more)");
    status_reach(status, sample.vault, NULL);
    status_reach(status, sample.lone, NULL);
    expect_sentence(status, "3 of 3 stacks in sync");
    status_free(status);
    sample_done(&sample);
}

static void the_line_of_a_stack_tells_blindness_from_silence(void **state)
{
    (void)state;
    struct sample sample;
    sample_init(&sample);
    struct status *status = status_new(&sample.graph);
    through(status, &sample, 1, STATUS_NONE, NULL, 0x10000);
    assert_false(status_was_blind(status, SAMPLE_LONELY));
    through(status, &sample, 1, STATUS_NONE, &forbidden, 0x10000 + 60);
    through(status, &sample, 1, STATUS_NONE, &forbidden, 0x10000 + 120);
    through(status, &sample, 1, STATUS_NONE, NULL, 0x10000 + 180);
    assert_true(status_was_blind(status, SAMPLE_LONELY));
    AUTO(text) char *line = status_line(status, SAMPLE_LONELY);
    assert_string_equal(line, "in sync; last good look 1970-01-01T18:15:16Z; not seen from "
                              "1970-01-01T18:13:16Z to 1970-01-01T18:15:16Z");
    status_hour_over(status);
    assert_false(status_was_blind(status, SAMPLE_LONELY));
    status_free(status);
    sample_done(&sample);
}

static void a_reload_keeps_what_is_known_of_the_stacks_that_stay(void **state)
{
    (void)state;
    struct sample sample, other;
    sample_init(&sample);
    sample_init(&other);
    struct status *status = status_new(&sample.graph);
    through(status, &sample, 0, STATUS_NONE, NULL, 1000);
    through(status, &sample, 1, STATUS_NONE, NULL, 1000);
    status_reach(status, sample.vault, &shut);
    free(other.graph.stacks[SAMPLE_TEST].name);
    other.graph.stacks[SAMPLE_TEST].name = mem_text("new");
    free(other.vault->key);
    other.vault->key = mem_text("another vault");
    status_reload(status, &other.graph);
    expect_sentence(status, "2 of 3 stacks in sync; new not looked at yet");
    status_free(status);
    sample_done(&other);
    sample_done(&sample);
}

static void collect(void *owner, const char *line)
{
    char **lines = owner;
    AUTO(text) char *before = *lines;
    *lines = mem_format("%s%s\n", before, line);
}

static void the_details_hold_what_an_operator_must_know(void **state)
{
    (void)state;
    struct sample sample;
    struct ledger ledger = {0};
    sample_init(&sample);
    struct status *status = status_new(&sample.graph);
    AUTO(text) char *lines = mem_text("");
    sample.lone->exemptions = mem_new(1, sizeof *sample.lone->exemptions);
    sample.lone->n_exemptions = 1;
    sample.lone->exemptions[0] = (struct exemption){mem_text("tags"), mem_text("SEC-1"), INT64_MAX};
    sample_add(&ledger, sample_entry(sample.lone, "a", "1", "2", OUTCOME_AUDIT, STATUS_NONE));
    ledger_error(&ledger, sample.lone, &forbidden);
    status_reach(status, sample.lone, &shut);
    status_details(status, SAMPLE_LONELY, &ledger, 1000, collect, &lines);
    assert_string_equal(lines, "kv-lone: rotate and revoke NOT possible: ForbiddenByFirewall\n"
                               "kv-lone: exemption of tags without an end: SEC-1\n"
                               "kv-lone: cannot be seen: AuthorizationFailed: no right\n"
                               "kv-lone: a is 1, declared 2: audit\n");
    ledger_done(&ledger);
    status_free(status);
    sample_done(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sentence_never_says_more_than_is_known),
        cmocka_unit_test(a_shut_data_plane_stands_in_the_sentence),
        cmocka_unit_test(the_line_of_a_stack_tells_blindness_from_silence),
        cmocka_unit_test(a_reload_keeps_what_is_known_of_the_stacks_that_stay),
        cmocka_unit_test(the_details_hold_what_an_operator_must_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
