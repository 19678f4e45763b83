/* What time Azure says it is, and how far the own clock is from it. */
#include "cases.h"

#include "azure/clock.h"

#define DATE INT64_C(1798761600) /* of the latest answer, which came 1000 s after the start */
#define HEARD                                                                                      \
    {                                                                                              \
        DATE, 1000                                                                                 \
    }

static struct skew_case {
    const char *name;
    struct clock_heard heard;
    int64_t own_s, boot_s;
    int64_t skew_s;
} cases[] = {
    {"nothing has been heard", {0}, DATE, 1000, 0},
    {"the clocks agree as the answer comes", HEARD, DATE, 1000, 0},
    {"the own one is ahead", HEARD, DATE + 400, 1000, 400},
    {"the own one is behind", HEARD, DATE - 400, 1000, -400},
    {"they agree an hour later", HEARD, DATE + 3600, 1000 + 3600, 0},
    {"they agree after a sleep of a day", HEARD, DATE + 86400, 1000 + 86400, 0},
    {"the own one has been set ahead since", HEARD, DATE + 60 + 86400, 1000 + 60, 86400},
    {"the own one has been set back since", HEARD, DATE + 60 - 86400, 1000 + 60, -86400},
    {"one that was ahead has been set right since", {DATE - 400, 1000}, DATE - 340, 1060, 0},
};

static void check(void **state)
{
    const struct skew_case *c = *state;
    assert_int_equal(clock_skew_s(&c->heard, c->own_s, c->boot_s), c->skew_s);
}

int main(void)
{
    return CASES_RUN(cases, check);
}
