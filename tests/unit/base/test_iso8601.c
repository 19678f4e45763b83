/* Instants and durations: what is read, what is refused, and how a calendar counts. */
#include "cases.h"

#include "base/iso8601.h"

#define REFUSED INT64_MIN

/* ---- instants ------------------------------------------------------------------------------ */

static struct time_case {
    const char *name, *text;
    int64_t time_s;      /* or REFUSED */
    const char *printed; /* NULL: as it was written */
} times[] = {
    /* clang-format off */
    {"the epoch", "1970-01-01T00:00:00Z", 0, NULL},
    {"the second before it", "1969-12-31T23:59:59Z", -1, NULL},
    {"a usual instant", "2027-01-31T10:00:00Z", 1801389600, NULL},
    {"29 February of a leap year", "2024-02-29T23:59:59Z", 1709251199, NULL},
    {"29 February of 2000, a leap year", "2000-02-29T00:00:00Z", 951782400, NULL},
    {"29 February of 2100, no leap year", "2100-02-29T00:00:00Z", REFUSED, NULL},
    {"29 February of 2027, no leap year", "2027-02-29T00:00:00Z", REFUSED, NULL},
    {"C077 30 February", "2027-02-30T00:00:00Z", REFUSED, NULL},
    {"31 April", "2027-04-31T00:00:00Z", REFUSED, NULL},
    {"C077 second 60 is refused", "2026-12-31T23:59:60Z", REFUSED, NULL},
    {"C077 no zone is refused", "2027-01-31T10:00:00", REFUSED, NULL},
    {"C077 no seconds and no zone are refused", "2027-01-31T10:00", REFUSED, NULL},
    {"C077 seven digits of a second and a zone are read", "2027-01-31T10:00:00.1234567+02:00", 1801382400, "2027-01-31T08:00:00Z"},
    {"a zone west of Greenwich is later there", "2027-01-31T10:00:00-05:30", 1801409400, "2027-01-31T15:30:00Z"},
    {"a zone may carry into the next year", "2026-12-31T23:00:00-01:00", 1798761600, "2027-01-01T00:00:00Z"},
    {"small letters are fine", "2027-01-31t10:00:00z", 1801389600, "2027-01-31T10:00:00Z"},
    {"a point without a fraction", "2027-01-31T10:00:00.Z", REFUSED, NULL},
    {"hour 24", "2027-01-31T24:00:00Z", REFUSED, NULL},
    {"minute 60", "2027-01-31T10:60:00Z", REFUSED, NULL},
    {"month 13", "2027-13-01T10:00:00Z", REFUSED, NULL},
    {"month 0", "2027-00-01T10:00:00Z", REFUSED, NULL},
    {"day 0", "2027-01-00T10:00:00Z", REFUSED, NULL},
    {"a zone of 24 hours", "2027-01-31T10:00:00+24:00", REFUSED, NULL},
    {"a zone without its colon", "2027-01-31T10:00:00+0200", REFUSED, NULL},
    {"a blank between date and time", "2027-01-31 10:00:00Z", REFUSED, NULL},
    {"one digit too few", "2027-1-31T10:00:00Z", REFUSED, NULL},
    {"something behind it", "2027-01-31T10:00:00Z ", REFUSED, NULL},
    {"something before it", " 2027-01-31T10:00:00Z", REFUSED, NULL},
    {"a sign", "+2027-01-31T10:00:00Z", REFUSED, NULL},
    {"nothing", "", REFUSED, NULL},
    {"a word", "soon", REFUSED, NULL},
    {"a date alone", "2027-01-31", REFUSED, NULL},
    {"the last second that four digits can say", "9999-12-31T23:59:59Z", 253402300799, NULL},
    {"the first year keeps its four digits", "0001-01-01T00:00:00Z", -62135596800, NULL},
    {"the year 0", "0000-12-31T00:00:00Z", REFUSED, NULL},
    /* clang-format on */
};

static void check_time(void **state)
{
    const struct time_case *c = *state;
    int64_t time_s = 4711;
    char printed[ISO8601_TIME_SIZE];
    if (!iso8601_parse_time(c->text, &time_s)) {
        assert_true(c->time_s == REFUSED);
        assert_int_equal(time_s, 4711); /* untouched */
        return;
    }
    assert_int_equal(time_s, c->time_s);
    iso8601_format_time(time_s, printed);
    assert_string_equal(printed, c->printed ? c->printed : c->text);
}

static struct time_case dates[] = {
    /* clang-format off */
    {"a date is its first second in UTC", "2027-01-31", 1801353600, NULL},
    {"29 February of a leap year as a date", "2028-02-29", 1835395200, NULL},
    {"C077 30 February as a date", "2027-02-30", REFUSED, NULL},
    {"a date with a time", "2027-01-31T00:00:00Z", REFUSED, NULL},
    {"a date with a blank", "2027-01-31 ", REFUSED, NULL},
    {"a date without its dashes", "20270131", REFUSED, NULL},
    {"no date", "", REFUSED, NULL},
    /* clang-format on */
};

static void check_date(void **state)
{
    const struct time_case *c = *state;
    int64_t time_s = REFUSED;
    assert_int_equal(iso8601_parse_date(c->text, &time_s), c->time_s != REFUSED);
    assert_true(time_s == c->time_s);
}

static struct time_case http_dates[] = {
    /* clang-format off */
    {"the form of today", "Sun, 06 Nov 1994 08:49:37 GMT", 784111777, NULL},
    {"the form of RFC 850", "Sunday, 06-Nov-94 08:49:37 GMT", 784111777, NULL},
    {"the form of asctime", "Sun Nov  6 08:49:37 1994", 784111777, NULL},
    {"30 February in an HTTP date", "Sun, 30 Feb 2020 08:49:37 GMT", REFUSED, NULL},
    {"second 60 in an HTTP date", "Sat, 31 Dec 2016 23:59:60 GMT", REFUSED, NULL},
    {"another zone", "Sun, 06 Nov 1994 08:49:37 CET", REFUSED, NULL},
    {"something behind an HTTP date", "Sun, 06 Nov 1994 08:49:37 GMT x", REFUSED, NULL},
    {"an empty HTTP date", "", REFUSED, NULL},
    {"a number of seconds", "120", REFUSED, NULL},
    /* clang-format on */
};

static void check_http_date(void **state)
{
    const struct time_case *c = *state;
    int64_t time_s = REFUSED;
    assert_int_equal(iso8601_parse_http_date(c->text, &time_s), c->time_s != REFUSED);
    assert_true(time_s == c->time_s);
}

/* ---- durations ----------------------------------------------------------------------------- */

static struct duration_case {
    const char *name, *text;
    int64_t months, days, seconds;
    const char *printed; /* NULL: refused */
} durations[] = {
    /* clang-format off */
    {"days", "P90D", 0, 90, 0, "P90D"},
    {"months", "P18M", 18, 0, 0, "P18M"},
    {"twelve months are a year", "P12M", 12, 0, 0, "P1Y"},
    {"a year and a half", "P1Y6M", 18, 0, 0, "P18M"},
    {"weeks", "P2W", 0, 14, 0, "P14D"},
    {"minutes", "PT1M", 0, 0, 60, "PT1M"},
    {"M is a month before the T and a minute behind it", "P1MT1M", 1, 0, 60, "P1MT1M"},
    {"seconds fill minutes", "PT90S", 0, 0, 90, "PT1M30S"},
    {"an hour and a second have no minute between", "PT3601S", 0, 0, 3601, "PT1H1S"},
    {"all parts", "P1Y2M3W4DT5H6M7S", 14, 25, 18367, "P14M25DT5H6M7S"},
    {"zero", "PT0S", 0, 0, 0, "PT0S"},
    {"zero days", "P0D", 0, 0, 0, "PT0S"},
    {"the largest part", "P1000000000D", 0, 1000000000, 0, "P1000000000D"},
    {"a part too large", "P1000000001D", 0, 0, 0, NULL},
    {"years of too many months", "P112022021Y2M", 0, 0, 0, NULL},
    {"weeks of too many days", "P999999999W", 0, 0, 0, NULL},
    {"minutes of too many hours", "PT1000000000H60M", 0, 0, 0, NULL},
    {"a part far too large", "P99999999999999999999999D", 0, 0, 0, NULL},
    {"nothing at all", "", 0, 0, 0, NULL},
    {"P alone", "P", 0, 0, 0, NULL},
    {"PT alone", "PT", 0, 0, 0, NULL},
    {"a T with nothing behind it", "P1DT", 0, 0, 0, NULL},
    {"two Ts", "PT1HT1M", 0, 0, 0, NULL},
    {"parts out of order", "P1D1Y", 0, 0, 0, NULL},
    {"a part twice", "P1D1D", 0, 0, 0, NULL},
    {"hours without a T", "P1H", 0, 0, 0, NULL},
    {"days behind the T", "PT1D", 0, 0, 0, NULL},
    {"a fraction of a part", "PT0.5S", 0, 0, 0, NULL},
    {"a sign before a duration", "-P1D", 0, 0, 0, NULL},
    {"a sign inside", "P-1D", 0, 0, 0, NULL},
    {"a number without its letter", "P1", 0, 0, 0, NULL},
    {"a letter without its number", "PD", 0, 0, 0, NULL},
    {"small letters in a duration", "p1d", 0, 0, 0, NULL},
    {"a blank behind a duration", "P1D ", 0, 0, 0, NULL},
    {"a plain number", "90", 0, 0, 0, NULL},
    /* clang-format on */
};

static void check_duration(void **state)
{
    const struct duration_case *c = *state;
    struct duration read = {-1, -1, -1}, again;
    char printed[ISO8601_DURATION_SIZE];
    if (!iso8601_parse_duration(c->text, &read)) {
        assert_null(c->printed);
        assert_int_equal(read.days, -1); /* untouched */
        return;
    }
    assert_non_null(c->printed);
    assert_int_equal(read.months, c->months);
    assert_int_equal(read.days, c->days);
    assert_int_equal(read.seconds, c->seconds);
    iso8601_format_duration(read, printed);
    assert_string_equal(printed, c->printed);
    assert_true(iso8601_parse_duration(printed, &again));
    assert_memory_equal(&read, &again, sizeof read);
}

/* ---- the calendar -------------------------------------------------------------------------- */

static struct calendar_case {
    const char *name, *from, *duration, *after, *before;
} calendar[] = {
    /* clang-format off */
    {"a month from 31 January is the last day of February", "2027-01-31T10:00:00Z", "P1M",
     "2027-02-28T10:00:00Z", "2026-12-31T10:00:00Z"},
    {"the last day of February in a leap year is the 29th", "2024-01-31T10:00:00Z", "P1M",
     "2024-02-29T10:00:00Z", "2023-12-31T10:00:00Z"},
    {"a year from 29 February is 28 February", "2024-02-29T00:00:00Z", "P1Y",
     "2025-02-28T00:00:00Z", "2023-02-28T00:00:00Z"},
    {"four years from 29 February is 29 February", "2024-02-29T00:00:00Z", "P4Y",
     "2028-02-29T00:00:00Z", "2020-02-29T00:00:00Z"},
    {"months carry into years both ways", "2027-01-15T00:00:00Z", "P13M",
     "2028-02-15T00:00:00Z", "2025-12-15T00:00:00Z"},
    {"90 days are 90 times 24 hours", "2027-01-01T12:00:00Z", "P90D",
     "2027-04-01T12:00:00Z", "2026-10-03T12:00:00Z"},
    {"months come before days", "2027-01-31T00:00:00Z", "P1M1D",
     "2027-03-01T00:00:00Z", "2026-12-30T00:00:00Z"},
    {"a time before the epoch counts alike", "1969-12-31T23:59:59Z", "PT2S",
     "1970-01-01T00:00:01Z", "1969-12-31T23:59:57Z"},
    {"the ends of the calendar are where it stops", "2027-01-01T00:00:00Z", "P1000000000M",
     "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"},
    {"and days stop there too", "2027-01-01T00:00:00Z", "P1000000000D",
     "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"},
    /* clang-format on */
};

static void check_calendar(void **state)
{
    const struct calendar_case *c = *state;
    struct duration duration;
    char printed[ISO8601_TIME_SIZE];
    int64_t from_s;
    assert_true(iso8601_parse_time(c->from, &from_s));
    assert_true(iso8601_parse_duration(c->duration, &duration));
    iso8601_format_time(iso8601_add(from_s, duration), printed);
    assert_string_equal(printed, c->after);
    iso8601_format_time(iso8601_subtract(from_s, duration), printed);
    assert_string_equal(printed, c->before);
}

static void a_month_is_thirty_days_only_for_comparing(void **state)
{
    const struct duration duration = {.months = 2, .days = 1, .seconds = 5};
    (void)state;
    assert_int_equal(iso8601_nominal_s(duration), 61 * 86400 + 5);
}

/* Every day of four centuries, through the texts and back. */
static void every_day_of_four_centuries_is_followed_by_the_next(void **state)
{
    (void)state;
    int64_t time_s = 0, again_s;
    for (int day = 0; day < 146097; day++, time_s += 86400) {
        char printed[ISO8601_TIME_SIZE];
        iso8601_format_time(time_s, printed);
        assert_true(iso8601_parse_time(printed, &again_s));
        assert_int_equal(again_s, time_s);
    }
    assert_true(iso8601_parse_time("2370-01-01T00:00:00Z", &again_s));
    assert_int_equal(again_s, time_s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_month_is_thirty_days_only_for_comparing),
        cmocka_unit_test(every_day_of_four_centuries_is_followed_by_the_next),
    };
    int failed = CASES_RUN(times, check_time);
    failed += CASES_RUN(dates, check_date);
    failed += CASES_RUN(http_dates, check_http_date);
    failed += CASES_RUN(durations, check_duration);
    failed += CASES_RUN(calendar, check_calendar);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
