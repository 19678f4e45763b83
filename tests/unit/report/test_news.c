/* What is told, and how often. A row is a history of one path: each step is a round, and what is
 * told of all of them is compared. */
#include "sample.h"

#include "report/news.h"
#include "report/told.h"

#define STEPS_MAX 8
#define MANY 1000
#define ACL "properties.networkAcls.defaultAction"

/* An entry; it is right again; the pass ended with it; cmkd stops. */
enum happening { SHOWN, SETTLED, ENDED, STOPPED };

struct step {
    enum outcome outcome;
    enum finding_status status;
    const char *observed; /* NULL: 'Allow' */
    const char *reason;
    enum happening happening;
    int64_t now_s;
    bool is_unseen; /* done, and no look has shown it */
    const char *error_code;
    bool may_have_acted; /* failed, or never told of, and perhaps done */
    bool is_supposed;
};

static struct news_case {
    const char *name, *expected;
    struct step steps[STEPS_MAX];
    size_t n_steps;
    const char *path; /* NULL: ACL */
    bool is_key;      /* about a disabled version of the key */
} cases[] = {
    {
        .name = "drift in audit mode is told once, not in each pass",
        .steps = {{OUTCOME_AUDIT, .reason = "the mode is audit"},
                  {OUTCOME_AUDIT, .reason = "the mode is audit"},
                  {OUTCOME_AUDIT, .reason = "the mode is audit"}},
        .n_steps = 3,
        .expected = "DRIFT ",
    },
    {
        .name = "a refusal that is sat out is told once, however often it is tried again",
        .steps = {{OUTCOME_WAITING, .reason = "until 10:00 to try again: Azure refused it",
                   .error_code = "BadRequest", .happening = ENDED},
                  {OUTCOME_WAITING, .reason = "until 10:00 to try again: Azure refused it",
                   .happening = ENDED},
                  {OUTCOME_WAITING, .reason = "until 10:12 to try again: Azure refused it",
                   .error_code = "BadRequest", .happening = ENDED}},
        .n_steps = 3,
        .expected = "WAITING ",
    },
    {
        .name = "drift to another value is news",
        .steps = {{OUTCOME_AUDIT, .observed = "'Allow'"},
                  {OUTCOME_AUDIT, .observed = "'Log'"},
                  {OUTCOME_AUDIT, .observed = "'Allow'"}},
        .n_steps = 3,
        .expected = "DRIFT DRIFT DRIFT ",
    },
    {
        .name = "what was changed back by somebody is told, and drifts anew",
        .steps = {{OUTCOME_AUDIT}, {.happening = SETTLED}, {OUTCOME_AUDIT}},
        .n_steps = 3,
        .expected = "DRIFT SETTLED DRIFT ",
    },
    {
        .name = "C020: what is impossible is told once per change of state",
        .steps = {{OUTCOME_IMPOSSIBLE},
                  {OUTCOME_IMPOSSIBLE},
                  {OUTCOME_EXEMPT},
                  {OUTCOME_EXEMPT},
                  {OUTCOME_IMPOSSIBLE}},
        .n_steps = 5,
        .expected = "IMPOSSIBLE EXEMPT IMPOSSIBLE ",
    },
    {
        .name = "every repair is told, however often",
        .steps = {{OUTCOME_PATCH},
                  {OUTCOME_PATCH, STATUS_RUNNING},
                  {OUTCOME_PATCH, STATUS_DONE},
                  {OUTCOME_PATCH, STATUS_RUNNING},
                  {OUTCOME_PATCH, STATUS_DONE}},
        .n_steps = 5,
        .expected = "REPAIRING REPAIRED REPAIRING REPAIRED ",
    },
    {
        .name = "waiting for a write to show goes without saying",
        .steps = {{OUTCOME_PATCH, STATUS_DONE},
                  {OUTCOME_WAITING, .reason = "until what was written shows", .now_s = 30}},
        .n_steps = 2,
        .expected = "REPAIRED ",
    },
    {
        .name = "long after a repair, waiting is news",
        .steps = {{OUTCOME_PATCH, STATUS_DONE},
                  {OUTCOME_WAITING, STATUS_NONE, NULL, "until the vault is ready", ENDED, 86400}},
        .n_steps = 2,
        .expected = "REPAIRED WAITING ",
    },
    {
        .name = "a repair that keeps failing is one event",
        .steps = {{OUTCOME_PATCH, STATUS_FAILED, .reason = "Denied: a policy"},
                  {OUTCOME_WAITING, .reason = "until 2026-11-25T03:00:00Z to try again"},
                  {OUTCOME_PATCH, STATUS_FAILED, .reason = "Denied: a policy"},
                  {OUTCOME_WAITING, .reason = "until 2026-11-25T03:02:00Z to try again"}},
        .n_steps = 4,
        .expected = "FAILED ",
    },
    {
        .name = "a failure of another cause is news",
        .steps = {{OUTCOME_PATCH, STATUS_FAILED, .reason = "Denied: a policy"},
                  {OUTCOME_PATCH, STATUS_FAILED, .reason = "Locked: a lock"}},
        .n_steps = 2,
        .expected = "FAILED FAILED ",
    },
    {
        .name = "times and ids in a reason do not make it another one",
        .steps = {{OUTCOME_WAITING, .reason = "until 2026-11-25T03:00:00Z: see 0f6c9a1e-58d2",
                   .happening = ENDED},
                  {OUTCOME_WAITING, .reason = "until 2026-11-25T03:05:00Z: see a77b9a1e-5aaa",
                   .happening = ENDED}},
        .n_steps = 2,
        .expected = "WAITING ",
    },
    {
        .name = "a wait that is over within a pass is no news",
        .steps = {{OUTCOME_WAITING, .reason = "until a grant is seen"},
                  {OUTCOME_WAITING, .reason = "until a grant is seen", .now_s = 9},
                  {OUTCOME_PATCH, STATUS_DONE, .now_s = 9}},
        .n_steps = 3,
        .expected = "REPAIRED ",
    },
    {
        .name = "a wait that is over by itself is none either",
        .steps = {{OUTCOME_WAITING, .reason = "until a grant is seen"}, {.happening = SETTLED}},
        .n_steps = 2,
        .expected = "",
    },
    {
        .name = "a wait that lasts is told while it does",
        .steps = {{OUTCOME_WAITING, .reason = "until a grant is seen"},
                  {OUTCOME_WAITING, .reason = "until a grant is seen", .now_s = 10},
                  {OUTCOME_WAITING, .reason = "until a grant is seen", .now_s = 20}},
        .n_steps = 3,
        .expected = "WAITING ",
    },
    {
        .name = "a repair after a failure is told, and the next failure too",
        .steps = {{OUTCOME_PATCH, STATUS_FAILED, .reason = "Denied: a policy"},
                  {OUTCOME_PATCH, STATUS_DONE},
                  {OUTCOME_PATCH, STATUS_FAILED, .reason = "Denied: a policy"}},
        .n_steps = 3,
        .expected = "FAILED REPAIRED FAILED ",
    },
    {
        .name = "what failed and was put right by somebody is told, and fails anew",
        .steps = {{OUTCOME_PATCH, STATUS_FAILED, .reason = "Denied: a policy"},
                  {.happening = SETTLED},
                  {OUTCOME_PATCH, STATUS_FAILED, .reason = "Denied: a policy"}},
        .n_steps = 3,
        .expected = "FAILED SETTLED FAILED ",
    },
    {
        .name = "a write that failed after Azure had taken it may be what made it right",
        .steps = {{OUTCOME_PATCH, STATUS_FAILED, .error_code = "OperationCanceled",
                   .may_have_acted = true},
                  {OUTCOME_WAITING, .reason = "until 10:00 to try again", .now_s = 60,
                   .happening = ENDED},
                  {.happening = SETTLED, .now_s = 120}},
        .n_steps = 3,
        .expected = "FAILED UNSURE ",
    },
    {
        .name = "not where it was found wrong long after",
        .steps = {{OUTCOME_PATCH, STATUS_FAILED, .error_code = "OperationCanceled",
                   .may_have_acted = true},
                  {OUTCOME_WAITING, .reason = "until 10:00 to try again", .now_s = 3601,
                   .happening = ENDED},
                  {.happening = SETTLED, .now_s = 3700}},
        .n_steps = 3,
        .expected = "FAILED SETTLED ",
    },
    {
        .name = "nor where it was refused, whatever a look before had found",
        .steps = {{OUTCOME_HELD},
                  {OUTCOME_PATCH, STATUS_FAILED, .error_code = "AuthorizationFailed"},
                  {.happening = SETTLED}},
        .n_steps = 3,
        .expected = "HELD FAILED SETTLED ",
    },
    {
        .name = "a later refusal does not take back what may have been done",
        .steps = {{OUTCOME_PATCH, STATUS_FAILED, .error_code = "Timeout", .may_have_acted = true},
                  {OUTCOME_PATCH, STATUS_FAILED, .error_code = "ScopeLocked", .now_s = 60},
                  {.happening = SETTLED, .now_s = 120}},
        .n_steps = 3,
        .expected = "FAILED FAILED UNSURE ",
    },
    {
        .name = "a write of which nobody has told may be what made it right",
        .steps = {{OUTCOME_WAITING, .reason = "until 10:00 to try again: Azure refused it, Timeout",
                   .error_code = "Timeout", .may_have_acted = true, .happening = ENDED},
                  {.happening = SETTLED, .now_s = 120}},
        .n_steps = 2,
        .expected = "WAITING UNSURE ",
    },
    {
        .name = "one that is repaired after all is in no doubt",
        .steps = {{OUTCOME_PATCH, STATUS_FAILED, .error_code = "Timeout", .may_have_acted = true},
                  {OUTCOME_PATCH, STATUS_DONE, .now_s = 60},
                  {.happening = SETTLED, .now_s = 120}},
        .n_steps = 3,
        .expected = "FAILED REPAIRED ",
    },
    {
        .name = "one that is repaired, opened again and shut by somebody is somebody's",
        .steps = {{OUTCOME_PATCH, STATUS_FAILED, .error_code = "Timeout", .may_have_acted = true},
                  {OUTCOME_PATCH, STATUS_DONE, .now_s = 60},
                  {OUTCOME_HELD, .now_s = 120},
                  {.happening = SETTLED, .now_s = 180}},
        .n_steps = 4,
        .expected = "FAILED REPAIRED HELD SETTLED ",
    },
    {
        .name = "what Azure is at work on may make it right while an order holds it",
        .steps = {{OUTCOME_PATCH, STATUS_RUNNING},
                  {OUTCOME_HELD, .now_s = 10, .happening = ENDED},
                  {.happening = SETTLED, .now_s = 60}},
        .n_steps = 3,
        .expected = "REPAIRING HELD UNSURE ",
    },
    {
        .name = "in doubt, it is not told as accepted when cmkd stops",
        .steps = {{OUTCOME_PATCH, STATUS_FAILED, .error_code = "Timeout", .may_have_acted = true},
                  {.happening = STOPPED}},
        .n_steps = 2,
        .expected = "FAILED ",
    },
    {
        .name = "what was only supposed to be wrong was put right by nobody",
        .steps = {{OUTCOME_WAITING, .reason = "until the newest is known", .is_supposed = true,
                   .happening = ENDED},
                  {.happening = SETTLED}},
        .n_steps = 2,
        .expected = "WAITING UNSURE ",
    },
    {
        .name = "what was known to be wrong once was",
        .steps = {{OUTCOME_HELD},
                  {OUTCOME_HELD, .reason = "more", .is_supposed = true},
                  {.happening = SETTLED}},
        .n_steps = 3,
        .expected = "HELD HELD SETTLED ",
    },
    {
        .name = "a repair that shows is no news",
        .steps = {{OUTCOME_PATCH, STATUS_DONE}, {.happening = SETTLED}},
        .n_steps = 2,
        .expected = "REPAIRED ",
    },
    {
        .name = "a repair is told when a look shows it, once",
        .steps = {{OUTCOME_PATCH, STATUS_DONE, .is_unseen = true},
                  {OUTCOME_PATCH, STATUS_DONE},
                  {.happening = SETTLED}},
        .n_steps = 3,
        .expected = "REPAIRED ",
    },
    {
        .name = "a write that no look shows is no repair",
        .steps = {{OUTCOME_PATCH, STATUS_DONE, .is_unseen = true},
                  {OUTCOME_PATCH, STATUS_DONE, .is_unseen = true, .happening = ENDED}},
        .n_steps = 2,
        .expected = "ACCEPTED ",
    },
    {
        .name = "one that shows in the next pass is a repair all the same",
        .steps = {{OUTCOME_PATCH, STATUS_DONE, .is_unseen = true, .happening = ENDED},
                  {OUTCOME_WAITING, .reason = "until what was written shows", .now_s = 30,
                   .happening = ENDED},
                  {.happening = SETTLED, .now_s = 60}},
        .n_steps = 3,
        .expected = "ACCEPTED REPAIRED ",
    },
    {
        .name = "an operation that outlasts its pass is a repair when it shows",
        .steps = {{OUTCOME_PATCH, STATUS_RUNNING}, {.happening = SETTLED}},
        .n_steps = 2,
        .expected = "REPAIRING REPAIRED ",
    },
    {
        .name = "what Azure is at work on when cmkd stops is told as accepted",
        .steps = {{OUTCOME_PATCH, STATUS_RUNNING}, {.happening = STOPPED}},
        .n_steps = 2,
        .expected = "REPAIRING ACCEPTED ",
    },
    {
        .name = "so is what an earlier pass has left to Azure",
        .steps = {{OUTCOME_PATCH, STATUS_RUNNING, .happening = ENDED},
                  {OUTCOME_WAITING, .reason = "until the account is settled", .now_s = 30,
                   .happening = ENDED},
                  {.happening = STOPPED}},
        .n_steps = 3,
        .expected = "REPAIRING ACCEPTED ",
    },
    {
        .name = "what was told as accepted is not told again when cmkd stops",
        .steps = {{OUTCOME_PATCH, STATUS_DONE, .is_unseen = true, .happening = ENDED},
                  {OUTCOME_WAITING, .reason = "until what was written shows", .now_s = 130,
                   .happening = ENDED},
                  {.happening = STOPPED}},
        .n_steps = 3,
        .expected = "ACCEPTED WAITING ",
    },
    {
        .name = "what was seen to be right is not told again when cmkd stops",
        .steps = {{OUTCOME_PATCH, STATUS_RUNNING},
                  {OUTCOME_PATCH, STATUS_DONE},
                  {.happening = STOPPED}},
        .n_steps = 3,
        .expected = "REPAIRING REPAIRED ",
    },
    {
        .name = "one that is undone for good is written again",
        .steps = {{OUTCOME_PATCH, STATUS_DONE, .is_unseen = true, .happening = ENDED},
                  {OUTCOME_WAITING, .reason = "until what was written shows", .now_s = 130,
                   .happening = ENDED},
                  {OUTCOME_PATCH, STATUS_DONE, .is_unseen = true, .now_s = 160},
                  {OUTCOME_CONTENDED, .now_s = 500},
                  {.happening = SETTLED, .now_s = 900}},
        .n_steps = 5,
        .expected = "ACCEPTED WAITING CONTENDED SETTLED ",
    },
    {
        .name = "a dry run tells nothing",
        .steps = {{OUTCOME_PATCH, STATUS_PLANNED}},
        .n_steps = 1,
        .expected = "",
    },
    {
        .name = "contended, refused, held: each is told",
        .steps = {{OUTCOME_CONTENDED}, {OUTCOME_REFUSED}, {OUTCOME_HELD}, {OUTCOME_HELD}},
        .n_steps = 4,
        .expected = "CONTENDED REFUSED HELD ",
    },
    {
        .name = "a creation is told as one",
        .path = "",
        .steps = {{OUTCOME_CREATE, STATUS_DONE}},
        .n_steps = 1,
        .expected = "CREATED ",
    },
    {
        .name = "a link that names another version is told as repointed",
        .path = "properties.encryption.keyVaultProperties.keyVersion",
        .steps = {{OUTCOME_PATCH, STATUS_DONE}},
        .n_steps = 1,
        .expected = "REPOINTED ",
    },
    {
        .name = "a disabled version is the loudest, in audit mode too",
        .is_key = true,
        .steps = {{OUTCOME_AUDIT}, {OUTCOME_REFUSED}, {OUTCOME_REFUSED}},
        .n_steps = 3,
        .expected = "KEY_DISABLED ",
    },
    {
        .name = "a version disabled by order is held, not an alarm",
        .is_key = true,
        .steps = {{OUTCOME_HELD}},
        .n_steps = 1,
        .expected = "HELD ",
    },
};

/* Of a process that has looked at all of it, and found all right. */
static struct news *after_a_good_look(const struct sample *sample, char **heard)
{
    struct ledger nothing = {0};
    struct news *news = news_new(&sample->graph, sample_hear, heard, 0);
    for (size_t i = 0; i < sample->graph.n_islands; i++)
        news_island(news, "before", i, &nothing, 500);
    return news;
}

static void go(struct news *news, const struct sample *sample, const struct news_case *c, size_t i)
{
    const struct step *step = &c->steps[i];
    AUTO(text) char *pass = mem_format("pass %zu", i);
    struct entry entry = sample_entry(
        c->is_key ? sample->key : sample->vault, c->path ? c->path : ACL,
        step->observed ? step->observed : "'Allow'", "'Deny'", step->outcome, step->status);
    if (c->is_key) {
        entry.need = NEED_ACTION;
        entry.action = ACTION_ENABLE;
    }
    entry.shown_round = step->status == STATUS_DONE && !step->is_unseen;
    err_copy(entry.reason, sizeof entry.reason, step->reason);
    err_copy(entry.error_code, sizeof entry.error_code, step->error_code);
    entry.may_have_acted = step->may_have_acted;
    entry.is_supposed = step->is_supposed;
    struct ledger ledger = {.entries = &entry, .n_entries = step->happening == ENDED};
    if (step->happening == SHOWN || step->happening == ENDED)
        news_entry(news, pass, &entry, 1000 + step->now_s);
    if (step->happening == ENDED)
        news_written(news, pass, &ledger, 1000 + step->now_s);
    if (step->happening == STOPPED)
        news_stop(news);
    if (step->happening == SETTLED || step->happening == ENDED)
        news_island(news, pass, 0, &ledger, 1000 + step->now_s);
    sample_entry_done(&entry);
}

static void check(void **state)
{
    const struct news_case *c = *state;
    struct sample sample;
    sample_init(&sample);
    AUTO(text) char *heard = mem_text("");
    struct news *news = after_a_good_look(&sample, &heard);
    for (size_t i = 0; i < c->n_steps; i++)
        go(news, &sample, c, i);
    assert_string_equal(heard, c->expected);
    news_free(news);
    sample_done(&sample);
}

static void what_cannot_be_seen_is_not_called_right_again(void **state)
{
    (void)state;
    static const struct err blind = {ERR_AZURE, 403, "AuthorizationFailed", "m", "", "", ""};
    struct ledger ledger = {0}, other = {0};
    struct sample sample;
    sample_init(&sample);
    AUTO(text) char *heard = mem_text("");
    struct news *news = after_a_good_look(&sample, &heard);
    struct entry entry = sample_entry(sample.vault, ACL, "1", "2", OUTCOME_AUDIT, STATUS_NONE);
    news_entry(news, "p", &entry, 1000);
    ledger_error(&ledger, sample.key, &blind);
    news_island(news, "p", 0, &ledger, 1000);
    news_island(news, "p", 1, &other, 1000); /* the other island says nothing about this one */
    assert_string_equal(heard, "DRIFT ");
    ledger_clear_errors(&ledger);
    news_island(news, "p", 0, &ledger, 1000);
    assert_string_equal(heard, "DRIFT SETTLED ");
    sample_entry_done(&entry);
    news_free(news);
    sample_done(&sample);
}

static void a_reload_tells_findings_anew(void **state)
{
    (void)state;
    struct sample sample;
    sample_init(&sample);
    AUTO(text) char *heard = mem_text("");
    struct news *news = after_a_good_look(&sample, &heard);
    struct entry entry = sample_entry(sample.vault, ACL, "1", "2", OUTCOME_AUDIT, STATUS_NONE);
    news_entry(news, "p", &entry, 1000);
    news_reload(news, &sample.graph);
    news_entry(news, "p", &entry, 1000);
    assert_string_equal(heard, "DRIFT DRIFT ");
    sample_entry_done(&entry);
    news_free(news);
    sample_done(&sample);
}

static void what_is_right_after_a_reload_is_told_so(void **state)
{
    (void)state;
    struct ledger ledger = {0};
    struct sample sample;
    sample_init(&sample);
    AUTO(text) char *heard = mem_text("");
    struct news *news = after_a_good_look(&sample, &heard);
    struct entry entry = sample_entry(sample.vault, ACL, "1", "2", OUTCOME_AUDIT, STATUS_NONE);
    news_entry(news, "p", &entry, 1000);
    news_reload(news, &sample.graph);
    news_island(news, "q", sample.vault->island, &ledger, 1010);
    news_island(news, "r", sample.vault->island, &ledger, 1020);
    assert_string_equal(heard, "DRIFT SETTLED ");
    sample_entry_done(&entry);
    news_free(news);
    sample_done(&sample);
}

static void what_azure_is_at_work_on_is_told_after_a_reload(void **state)
{
    (void)state;
    struct ledger ledger = {0};
    struct sample sample;
    sample_init(&sample);
    AUTO(text) char *heard = mem_text("");
    struct news *news = after_a_good_look(&sample, &heard);
    struct entry entry = sample_entry(sample.vault, ACL, "1", "2", OUTCOME_PATCH, STATUS_RUNNING);
    news_entry(news, "p", &entry, 1000);
    news_reload(news, &sample.graph);
    news_island(news, "q", sample.vault->island, &ledger, 1010);
    assert_string_equal(heard, "REPAIRING REPAIRED ");
    sample_entry_done(&entry);
    news_free(news);
    sample_done(&sample);
}

/* ---- what it costs ------------------------------------------------------------------------- */

/* The linker puts these in the place of what news.c looks things up by (tests.cmake). */
struct node *__real_graph_find(const struct graph *graph, const char *id);
struct node *__wrap_graph_find(const struct graph *graph, const char *id);
struct told *__real_told_first(const struct told_nodes *nodes, const struct node *node);
struct told *__wrap_told_first(const struct told_nodes *nodes, const struct node *node);
static size_t lookups;

struct node *__wrap_graph_find(const struct graph *graph, const char *id)
{
    lookups++;
    return __real_graph_find(graph, id);
}

struct told *__wrap_told_first(const struct told_nodes *nodes, const struct node *node)
{
    lookups++;
    return __real_told_first(nodes, node);
}

static void ignore(void *owner, const struct event *event)
{
    (void)owner, (void)event;
}

static void the_end_of_an_island_costs_nothing_for_what_was_told_of_others(void **state)
{
    (void)state;
    struct ledger ledger = {0};
    struct sample sample;
    sample_init(&sample);
    struct news *news = news_new(&sample.graph, ignore, NULL, 0);
    for (size_t i = 0; i < MANY; i++) {
        AUTO(text) char *path = mem_format("tags.%zu", i);
        struct entry entry = sample_entry(sample.vault, path, "1", "2", OUTCOME_AUDIT, STATUS_NONE);
        news_entry(news, "p", &entry, 1000);
        sample_entry_done(&entry);
    }
    lookups = 0;
    news_island(news, "p", sample.lone->island, &ledger, 1000);
    assert_int_equal(lookups, 1); /* of its one node */
    news_free(news);
    sample_done(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_end_of_an_island_costs_nothing_for_what_was_told_of_others),
        cmocka_unit_test(what_cannot_be_seen_is_not_called_right_again),
        cmocka_unit_test(a_reload_tells_findings_anew),
        cmocka_unit_test(what_is_right_after_a_reload_is_told_so),
        cmocka_unit_test(what_azure_is_at_work_on_is_told_after_a_reload),
    };
    return CASES_RUN(cases, check) + cmocka_run_group_tests(tests, NULL, NULL);
}
