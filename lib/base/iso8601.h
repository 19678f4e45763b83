/* iso8601.h: instants and durations as texts. RFC 3339, ISO 8601-1, RFC 9110 section 5.6.7.
 * An instant is int64_t seconds since 1970-01-01T00:00:00Z; nothing here reads a clock. */
#pragma once

#include "base/mem.h"

#include <stdbool.h>
#include <stdint.h>

#define ISO8601_TIME_SIZE 32 /* bytes that a formatted instant needs */
#define ISO8601_DURATION_SIZE 64

/* Years, months and weeks keep their calendar meaning until they meet an instant. */
struct duration {
    int64_t months;  /* years count as twelve */
    int64_t days;    /* weeks count as seven */
    int64_t seconds; /* hours and minutes included */
};

/* "2027-01-31T10:00:00.1234567+02:00"; fractions are read and dropped, the zone is required,
 * second 60 is refused. Out on success only. */
bool iso8601_parse_time(const char *text, int64_t *time_s) MUST_CHECK;

/* "2027-01-31" is the first second of that day UTC. */
bool iso8601_parse_date(const char *text, int64_t *time_s) MUST_CHECK;

/* "2027-01-31T10:00:00Z" */
void iso8601_format_time(int64_t time_s, char text[ISO8601_TIME_SIZE]);

/* The HTTP date of RFC 9110: "Sun, 06 Nov 1994 08:49:37 GMT", the obsolete forms too. */
bool iso8601_parse_http_date(const char *text, int64_t *time_s) MUST_CHECK;

/* "P90D", "P1Y6M", "PT1M30S", "P2W": whole numbers only, not negative, at least one part. */
bool iso8601_parse_duration(const char *text, struct duration *duration) MUST_CHECK;

/* Prints what was parsed in a normal form: P18M, P90D, PT90S becomes PT1M30S, zero is PT0S. */
void iso8601_format_duration(struct duration duration, char text[ISO8601_DURATION_SIZE]);

/* The instant that lies duration after (before) time_s, in UTC: a month from 31 January is the
 * last day of February. Saturates at the ends of what a year of four digits can say. */
int64_t iso8601_add(int64_t time_s, struct duration duration);
int64_t iso8601_subtract(int64_t time_s, struct duration duration);

/* The length in seconds, with a month of 30 days: for comparing and for intervals. */
int64_t iso8601_nominal_s(struct duration duration);
