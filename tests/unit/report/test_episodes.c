/* What was otherwise than declared, from when to when, as the journal's events tell it. */
#include "cases.h"

#include "report/episodes.h"

#include <stdlib.h>

#define VAULT "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv"
#define ACTION "properties.networkAcls.defaultAction"
#define STEPS_MAX 8

/* One event; of a step without a kind the row ends. */
struct step {
    int64_t time_s;
    enum event_kind kind;
    const char *resource; /* NULL: the vault, of a kind that has one */
    const char *path;     /* NULL: ACTION, likewise */
    const char *pass, *author, *run;
};

#define AT(time, event)                                                                            \
    {                                                                                              \
        .time_s = (time), .kind = (event)                                                          \
    }
#define OF(time, event, of)                                                                        \
    {                                                                                              \
        .time_s = (time), .kind = (event), .resource = (of)                                        \
    }
#define END                                                                                        \
    {                                                                                              \
        .kind = EVENT_KINDS                                                                        \
    }

#define IN(time, event, of_pass)                                                                   \
    {                                                                                              \
        .time_s = (time), .kind = (event), .pass = (of_pass)                                       \
    }
#define BY(time, of_pass, who)                                                                     \
    {                                                                                              \
        .time_s = (time), .kind = EVENT_AUTHOR, .pass = (of_pass), .author = (who)                 \
    }

#define RUN(time, event, which)                                                                    \
    {                                                                                              \
        .time_s = (time), .kind = (event), .run = (which)                                          \
    }

/* clang-format off */
static struct fold_case {
    const char *name;
    struct step steps[STEPS_MAX];
    const char *episodes; /* "found-ended(last seen right) how", joined by ", " */
    const char *gaps;     /* "from-to what", likewise */
} cases[] = {
    {"what is found and repaired in one pass is an instant",
     {AT(10, EVENT_PASS_QUIET), AT(20, EVENT_REPAIRED), END}, "20-20(10) repaired", ""},
    {"what is found first and repaired later lasts from one to the other",
     {AT(10, EVENT_PASS), AT(20, EVENT_DRIFT), AT(30, EVENT_PASS), AT(40, EVENT_REPAIRED), END}, "20-40(10) repaired", ""},
    {"what is not repaired goes on", {AT(20, EVENT_DRIFT), END}, "20-0(0) goes on", ""},
    {"several events are one episode",
     {AT(20, EVENT_WAITING), AT(30, EVENT_FAILED), AT(40, EVENT_REFUSED), AT(50, EVENT_REPAIRED), END}, "20-50(0) repaired", ""},
    {"a second time is a second episode",
     {AT(20, EVENT_REPAIRED), AT(25, EVENT_PASS), AT(30, EVENT_DRIFT), AT(40, EVENT_SETTLED), END},
     "20-20(0) repaired, 30-40(25) right again, and not by cmkd", ""},
    {"who put it right may be unsure", {AT(30, EVENT_DRIFT), AT(40, EVENT_UNSURE), END},
     "30-40(0) right again, and nobody knows by whom", ""},
    {"what settles and was never found has no beginning that anybody knows", {AT(20, EVENT_SETTLED), END}, "", ""},
    {"each path has episodes of its own",
     {{20, EVENT_DRIFT, NULL, "a", NULL, NULL, NULL}, {30, EVENT_DRIFT, NULL, "b", NULL, NULL, NULL}, {40, EVENT_REPAIRED, NULL, "a", NULL, NULL, NULL}, END},
     "20-40(0) repaired, 30-0(0) goes on", ""},
    {"each resource too",
     {OF(20, EVENT_DRIFT, "x"), OF(30, EVENT_REPAIRED, "y"), END}, "20-0(0) goes on, 30-30(0) repaired", ""},
    {"held, exempt and contended are otherwise than declared",
     {{20, EVENT_HELD, NULL, "a", NULL, NULL, NULL}, {20, EVENT_EXEMPT, NULL, "b", NULL, NULL, NULL}, {20, EVENT_CONTENDED, NULL, "c", NULL, NULL, NULL}, END},
     "20-0(0) goes on, 20-0(0) goes on, 20-0(0) goes on", ""},
    {"a drift outlives a restart: who finds it again goes on with it",
     {AT(20, EVENT_DRIFT), AT(30, EVENT_STOPPING), AT(40, EVENT_STARTED), AT(50, EVENT_DRIFT), AT(60, EVENT_REPAIRED), END},
     "20-60(0) repaired", "30-40 not running"},
    {"what cannot be seen is not watched until it can",
     {AT(20, EVENT_FORBIDDEN), AT(30, EVENT_FORBIDDEN), AT(40, EVENT_SEEN_AGAIN), END}, "", "20-40 vault"},
    {"what still cannot be seen is not watched to this day", {AT(20, EVENT_UNREACHABLE), END}, "", "20-0 vault"},
    {"a daemon that was killed is missed from the last that it said",
     {AT(20, EVENT_PASS_QUIET), AT(70, EVENT_STARTED), END}, "", "20-70 not running"},
    {"what a start tells before it tells that it has started is no sign of the run before",
     {RUN(20, EVENT_PASS_QUIET, "1"), RUN(69, EVENT_CONFIG_WARNING, "2"), RUN(70, EVENT_LOADED, "2"), RUN(70, EVENT_STARTED, "2"), END},
     "", "20-70 not running"},
    {"nor is it a run of its own", {RUN(19, EVENT_CONFIG_WARNING, "1"), RUN(20, EVENT_LOADED, "1"), RUN(20, EVENT_STARTED, "1"), END}, "", ""},
    {"one that stopped is missed from then on",
     {RUN(20, EVENT_STOPPING, "1"), RUN(69, EVENT_LOADED, "2"), RUN(70, EVENT_STARTED, "2"), END}, "", "20-70 not running"},
    {"the first start misses nothing", {AT(20, EVENT_STARTED), END}, "", ""},
    {"a start ends what could not be seen before: it is told anew",
     {AT(20, EVENT_UNREACHABLE), AT(30, EVENT_STOPPING), AT(40, EVENT_STARTED), END}, "", "20-40 vault, 30-40 not running"},
    {"who did it is told later, of what the pass had found",
     {IN(20, EVENT_REPAIRED, "p1"), IN(30, EVENT_REPAIRED, "p2"), BY(40, "p1", "alice"), BY(50, "p2", "bob"), END},
     "20-20(0) repaired by alice, 30-30(0) repaired by bob", ""},
    {"who did it does not end it", {IN(20, EVENT_DRIFT, "p1"), BY(40, "p1", "alice"), END}, "20-0(0) goes on by alice", ""},
    {"who did what nobody found begins nothing", {BY(40, "p1", "alice"), END}, "", ""},
    {"who did what was told in a later pass did the last", {IN(20, EVENT_WAITING, "p2"), BY(40, "p1", "alice"), END}, "20-0(0) goes on by alice", ""},
    {"a later word of the log counts",
     {IN(20, EVENT_DRIFT, "p1"), BY(40, "p1", "alice"), BY(50, "p1", "bob"), END}, "20-0(0) goes on by bob", ""},
};
/* clang-format on */

static bool is_of_resource(enum event_kind kind)
{
    return kind < EVENT_HOLD;
}

static void append(char **words, char *more)
{
    AUTO(text) char *before = *words;
    AUTO(text) char *after = more;
    *words = mem_format("%s%s%s", before, *before ? ", " : "", after);
}

static void check(void **state)
{
    const struct fold_case *c = *state;
    struct history history = {0};
    for (size_t i = 0; i < STEPS_MAX && c->steps[i].kind != EVENT_KINDS; i++) {
        const struct step *step = &c->steps[i];
        bool has_path = step->kind < EVENT_FORBIDDEN;
        struct author author = {.time_s = step->author != NULL};
        err_copy(author.caller, sizeof author.caller, step->author ? step->author : "");
        const struct record record = {
            .time_s = step->time_s,
            .kind = step->kind,
            .stacks = "prod",
            .resource_id = step->resource               ? step->resource
                           : is_of_resource(step->kind) ? VAULT
                                                        : NULL,
            .path = step->path ? step->path
                    : has_path ? ACTION
                               : NULL,
            .pass = step->pass,
            .run = step->run,
            .author = &author,
        };
        history_add(&history, &record);
    }
    AUTO(text) char *episodes = mem_text("");
    AUTO(text) char *gaps = mem_text("");
    for (size_t i = 0; i < history.n_episodes; i++) {
        const struct episode *episode = &history.episodes[i];
        append(&episodes, mem_format("%d-%d(%d) %s%s%s", (int)episode->found_s,
                                     (int)episode->ended_s, (int)episode->good_s,
                                     episode_end_words(episode), episode->author ? " by " : "",
                                     episode->author ? author_name(episode->author) : ""));
    }
    for (size_t i = 0; i < history.n_gaps; i++)
        append(&gaps, mem_format("%d-%d %s", (int)history.gaps[i].from_s, (int)history.gaps[i].to_s,
                                 *history.gaps[i].resource_id ? "vault" : "not running"));
    history_done(&history);
    assert_string_equal(episodes, c->episodes);
    assert_string_equal(gaps, c->gaps);
}

/* ---- ranges -------------------------------------------------------------------------------- */

static struct range_case {
    const char *name;
    int64_t found_s, ended_s, from_s, to_s;
    bool overlaps;
} ranges[] = {
    {"before the range", 10, 20, 30, 40, false},
    {"after the range", 50, 60, 30, 40, false},
    {"into the range", 10, 35, 30, 40, true},
    {"out of the range", 35, 60, 30, 40, true},
    {"around the range", 10, 60, 30, 40, true},
    {"going on since before", 10, 0, 30, 40, true},
    {"an instant in it", 35, 35, 30, 40, true},
    {"found at its end, which is exclusive", 40, 50, 30, 40, false},
};

static void check_range(void **state)
{
    const struct range_case *c = *state;
    const struct episode episode = {.found_s = c->found_s, .ended_s = c->ended_s};
    const struct unwatched gap = {.from_s = c->found_s, .to_s = c->ended_s};
    assert_int_equal(episode_overlaps(&episode, c->from_s, c->to_s), c->overlaps);
    assert_int_equal(unwatched_overlaps(&gap, c->from_s, c->to_s), c->overlaps);
}

/* ---- how long ------------------------------------------------------------------------------ */

/* Of an episode that was last seen right at 100, found at 200. */
static struct span_case {
    const char *name;
    int64_t wrote_s; /* its author; 0: unknown */
    int64_t ended_s, from_s, to_s;
    int64_t began_s, lasted_s; /* now is 1000 */
} spans[] = {
    {"whose author is known began when that one wrote", 150, 300, 0, 900, 150, 150},
    {"whose author is unknown began nobody knows when", 0, 300, 0, 900, 0, 100},
    {"Azure's clock may be behind at the good look", 97, 300, 0, 900, 97, 203},
    {"who wrote before the good look did not begin it", 90, 300, 0, 900, 0, 100},
    {"who wrote again while it went on did not begin it", 250, 300, 0, 900, 0, 100},
    {"one that is found and repaired at once lasts from the write on", 150, 200, 0, 900, 150, 50},
    {"one that goes on lasts to this day", 150, 0, 0, INT64_MAX, 150, 850},
    {"and within a range to its end", 150, 0, 0, 900, 150, 750},
    {"what lay before a range does not count", 150, 300, 250, 900, 150, 50},
    {"nor what lay after it", 150, 300, 0, 160, 150, 10},
};

static void check_span(void **state)
{
    const struct span_case *c = *state;
    struct author author = {.time_s = c->wrote_s};
    const struct episode episode = {.author = c->wrote_s ? &author : NULL,
                                    .good_s = 100,
                                    .found_s = 200,
                                    .ended_s = c->ended_s};
    assert_int_equal(episode_began_s(&episode), c->began_s);
    assert_int_equal(episode_lasted_s(&episode, c->from_s, c->to_s, 1000), c->lasted_s);
}

static void what_began_within_a_range_and_was_found_after_it_counts(void **state)
{
    struct author author = {.time_s = 150};
    const struct episode episode = {.author = &author, .good_s = 100, .found_s = 200};
    (void)state;
    assert_true(episode_overlaps(&episode, 140, 160));
    assert_false(episode_overlaps(&episode, 140, 150));
}

static void a_tally_is_of_one_path_of_one_resource(void **state)
{
    static char kv[] = "/kv", oai[] = "/oai", a[] = "a", b[] = "b";
    const struct episode episodes[] = {
        {.resource_id = kv, .path = a, .ended_s = 1},
        {.resource_id = kv, .path = b, .ended_s = 1},
        {.resource_id = oai, .path = a, .ended_s = 1},
        {.resource_id = kv, .path = a},
    };
    struct tally *tallies = NULL;
    size_t count = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(episodes); i++)
        tally_add(&tallies, &count, &episodes[i], 10);
    assert_int_equal(count, 3);
    assert_ptr_equal(tallies[0].first, &episodes[0]);
    assert_int_equal(tallies[0].times, 2);
    assert_int_equal(tallies[0].lasted_s, 20);
    assert_true(tallies[0].goes_on);
    for (size_t i = 1; i < count; i++) {
        assert_int_equal(tallies[i].times, 1);
        assert_int_equal(tallies[i].lasted_s, 10);
        assert_false(tallies[i].goes_on);
    }
    free(tallies);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_began_within_a_range_and_was_found_after_it_counts),
        cmocka_unit_test(a_tally_is_of_one_path_of_one_resource),
    };
    int failed = CASES_RUN(cases, check);
    return failed + CASES_RUN(ranges, check_range) + CASES_RUN(spans, check_span) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
