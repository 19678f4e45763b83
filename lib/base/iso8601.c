#include "base/iso8601.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_S INT64_C(86400)
#define TIME_MAX INT64_C(253402300799) /* 9999-12-31T23:59:59Z */
#define TIME_MIN INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define PART_MAX INT64_C(1000000000)   /* keeps every sum below far from overflow */

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days since 1970-01-01 of a date in the proleptic Gregorian calendar. */
static int64_t days_from_civil(int64_t year, int month, int day)
{
    int64_t y = year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

/* Reads exactly count digits. */
static bool read_digits(const char **at, int count, int *value)
{
    int number = 0;
    for (int i = 0; i < count; i++) {
        if (!isdigit((unsigned char)(*at)[i]))
            return false;
        number = number * 10 + ((*at)[i] - '0');
    }
    *at += count;
    *value = number;
    return true;
}

static bool read_char(const char **at, char expected)
{
    if (**at != expected)
        return false;
    ++*at;
    return true;
}

static bool read_date(const char **at, int64_t *days)
{
    int year, month, day;
    if (!read_digits(at, 4, &year) || !read_char(at, '-') || !read_digits(at, 2, &month) ||
        !read_char(at, '-') || !read_digits(at, 2, &day))
        return false;
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_in(year, month))
        return false;
    *days = days_from_civil(year, month, day);
    return true;
}

static bool read_clock(const char **at, int64_t *seconds)
{
    int hour, minute, second;
    if (!read_digits(at, 2, &hour) || !read_char(at, ':') || !read_digits(at, 2, &minute) ||
        !read_char(at, ':') || !read_digits(at, 2, &second))
        return false;
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    *seconds = hour * 3600 + minute * 60 + second;
    return true;
}

static bool read_zone(const char **at, int64_t *offset_s)
{
    int hour, minute, sign = **at == '-' ? -1 : 1;
    *offset_s = 0;
    if (**at == 'Z' || **at == 'z') {
        ++*at;
        return true;
    }
    if (**at != '+' && **at != '-')
        return false;
    ++*at;
    if (!read_digits(at, 2, &hour) || !read_char(at, ':') || !read_digits(at, 2, &minute) ||
        hour > 23 || minute > 59)
        return false;
    *offset_s = sign * (hour * 3600 + minute * 60);
    return true;
}

bool iso8601_parse_date(const char *text, int64_t *time_s)
{
    int64_t days;
    if (!read_date(&text, &days) || *text)
        return false;
    *time_s = days * DAY_S;
    return true;
}

bool iso8601_parse_time(const char *text, int64_t *time_s)
{
    int64_t days, seconds, offset_s;
    if (!read_date(&text, &days) || (*text != 'T' && *text != 't'))
        return false;
    text++;
    if (!read_clock(&text, &seconds))
        return false;
    if (*text == '.') {
        if (!isdigit((unsigned char)*++text))
            return false;
        while (isdigit((unsigned char)*text))
            text++;
    }
    if (!read_zone(&text, &offset_s) || *text)
        return false;
    *time_s = days * DAY_S + seconds - offset_s;
    return true;
}

void iso8601_format_time(int64_t time_s, char text[ISO8601_TIME_SIZE])
{
    time_t time = (time_t)(time_s < TIME_MIN ? TIME_MIN : time_s > TIME_MAX ? TIME_MAX : time_s);
    struct tm utc;
    gmtime_r(&time, &utc);
    char rest[ISO8601_TIME_SIZE - 11]; /* %Y would print the year 1 with one digit */
    strftime(rest, sizeof rest, "-%m-%dT%H:%M:%SZ", &utc);
    snprintf(text, ISO8601_TIME_SIZE, "%04d%s", utc.tm_year + 1900, rest);
}

bool iso8601_parse_http_date(const char *text, int64_t *time_s)
{
    static const char *const formats[] = {
        "%a, %d %b %Y %H:%M:%S GMT", /* IMF-fixdate */
        "%A, %d-%b-%y %H:%M:%S GMT", /* RFC 850 */
        "%a %b %d %H:%M:%S %Y",      /* asctime */
    };
    for (size_t i = 0; i < COUNT(formats); i++) {
        struct tm utc;
        memset(&utc, 0, sizeof utc);
        const char *end = strptime(text, formats[i], &utc);
        if (end && !*end && utc.tm_mday >= 1 && utc.tm_sec <= 59) {
            int64_t year = (int64_t)utc.tm_year + 1900;
            if (utc.tm_mday > days_in(year, utc.tm_mon + 1))
                return false;
            *time_s = days_from_civil(year, utc.tm_mon + 1, utc.tm_mday) * DAY_S +
                      utc.tm_hour * 3600 + utc.tm_min * 60 + utc.tm_sec;
            return true;
        }
    }
    return false;
}

/* ---- durations ---------------------------------------------------------------------------- */

/* A part's letter, what it adds to, and where it may stand; in the order ISO 8601 demands. */
static const struct {
    char letter;
    bool of_clock;
    int64_t months, days, seconds;
} parts[] = {
    {'Y', false, 12, 0, 0},  {'M', false, 1, 0, 0}, {'W', false, 0, 7, 0}, {'D', false, 0, 1, 0},
    {'H', true, 0, 0, 3600}, {'M', true, 0, 0, 60}, {'S', true, 0, 0, 1},
};

bool iso8601_parse_duration(const char *text, struct duration *duration)
{
    struct duration sum = {0, 0, 0};
    bool of_clock = false, any = false;
    size_t next = 0;
    if (*text++ != 'P')
        return false;
    while (*text) {
        int64_t number = 0;
        if (*text == 'T') {
            if (of_clock || !text[1])
                return false;
            of_clock = true;
            text++;
        }
        if (!isdigit((unsigned char)*text))
            return false;
        for (; isdigit((unsigned char)*text); text++) {
            number = number * 10 + (*text - '0');
            if (number > PART_MAX)
                return false;
        }
        while (next < COUNT(parts) &&
               (parts[next].letter != *text || parts[next].of_clock != of_clock))
            next++;
        if (next == COUNT(parts))
            return false;
        sum.months += number * parts[next].months;
        sum.days += number * parts[next].days;
        sum.seconds += number * parts[next].seconds;
        next++;
        text++;
        any = true;
    }
    if (!any || sum.months > PART_MAX || sum.days > PART_MAX || sum.seconds / 3600 > PART_MAX)
        return false; /* as a whole no longer than its parts may be */
    *duration = sum;
    return true;
}

void iso8601_format_duration(struct duration duration, char text[ISO8601_DURATION_SIZE])
{
    int64_t hours = duration.seconds / 3600, minutes = duration.seconds / 60 % 60,
            seconds = duration.seconds % 60;
    size_t used = 0;
    const struct {
        int64_t number;
        const char *letter;
        const char *mark;
    } printed[] = {
        {duration.months % 12 ? 0 : duration.months / 12, "Y", ""},
        {duration.months % 12 ? duration.months : 0, "M", ""},
        {duration.days, "D", ""},
        {hours, "H", "T"},
        {minutes, "M", hours ? "" : "T"},
        {seconds, "S", hours || minutes ? "" : "T"},
    };
    text[used++] = 'P';
    for (size_t i = 0; i < COUNT(printed); i++)
        if (printed[i].number)
            used +=
                (size_t)snprintf(text + used, ISO8601_DURATION_SIZE - used, "%s%lld%s",
                                 printed[i].mark, (long long)printed[i].number, printed[i].letter);
    snprintf(text + used, ISO8601_DURATION_SIZE - used, "%s", used == 1 ? "T0S" : "");
}

static int64_t clamp(int64_t time_s)
{
    return time_s < TIME_MIN ? TIME_MIN : time_s > TIME_MAX ? TIME_MAX : time_s;
}

static int64_t shift_months(int64_t time_s, int64_t months)
{
    time_t time = (time_t)clamp(time_s);
    struct tm utc;
    gmtime_r(&time, &utc);
    int64_t month = ((int64_t)utc.tm_year + 1900) * 12 + utc.tm_mon + months;
    if (month < 12)
        return TIME_MIN;
    if (month >= 10000 * 12)
        return TIME_MAX;
    int64_t year = month / 12;
    int of_year = (int)(month % 12) + 1;
    int day = utc.tm_mday > days_in(year, of_year) ? days_in(year, of_year) : utc.tm_mday;
    return days_from_civil(year, of_year, day) * DAY_S + utc.tm_hour * 3600 + utc.tm_min * 60 +
           utc.tm_sec;
}

int64_t iso8601_add(int64_t time_s, struct duration duration)
{
    return clamp(shift_months(time_s, duration.months) + duration.days * DAY_S + duration.seconds);
}

int64_t iso8601_subtract(int64_t time_s, struct duration duration)
{
    return clamp(shift_months(time_s, -duration.months) - duration.days * DAY_S - duration.seconds);
}

int64_t iso8601_nominal_s(struct duration duration)
{
    return (duration.months * 30 + duration.days) * DAY_S + duration.seconds;
}
