/* A row is an hour of looks, one a minute: '.' seen, 'x' not, '|' the hour is over. */
#include "cases.h"

#include "base/mem.h"
#include "report/vision.h"

static struct vision_case {
    const char *name, *looks, *expected;
    bool has_gaps;
} cases[] = {
    {"nothing has been looked at", "", "last good look never", false},
    {"all was seen", "...", "last good look 1970-01-01T00:03:00Z", false},
    {"it is blind, and since when", "..xx",
     "last good look 1970-01-01T00:02:00Z; not seen since 1970-01-01T00:03:00Z", true},
    {"it was blind for a while", ".xx..",
     "last good look 1970-01-01T00:05:00Z; not seen from 1970-01-01T00:02:00Z to "
     "1970-01-01T00:04:00Z",
     true},
    {"it was and is", ".x.x",
     "last good look 1970-01-01T00:03:00Z; not seen from 1970-01-01T00:02:00Z to "
     "1970-01-01T00:03:00Z, since 1970-01-01T00:04:00Z",
     true},
    {"what was told last hour is not told again", ".x.|.", "last good look 1970-01-01T00:04:00Z",
     false},
    {"blindness that goes on is told each hour", ".xx|x",
     "last good look 1970-01-01T00:01:00Z; not seen since 1970-01-01T00:02:00Z", true},
    {"it never saw anything", "xx", "last good look never; not seen since 1970-01-01T00:01:00Z",
     true},
};

static void look(struct vision *vision, const char *looks)
{
    int64_t now_s = 0;
    for (; *looks; looks++)
        if (*looks == '|')
            vision_forget(vision);
        else
            vision_looked(vision, *looks == '.', now_s += 60);
}

static void check(void **state)
{
    const struct vision_case *c = *state;
    struct vision vision = {0};
    look(&vision, c->looks);
    AUTO(text) char *words = vision_words(&vision);
    assert_string_equal(words, c->expected);
    assert_int_equal(vision_has_gaps(&vision), c->has_gaps);
}

static void more_gaps_than_are_listed_are_counted(void **state)
{
    (void)state;
    struct vision vision = {0};
    look(&vision, ".x.x.x.x.x.x.x.x.x.x."); /* ten */
    AUTO(text) char *words = vision_words(&vision);
    assert_non_null(strstr(words, ", 2 times more"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(more_gaps_than_are_listed_are_counted)};
    return CASES_RUN(cases, check) + cmocka_run_group_tests(tests, NULL, NULL);
}
