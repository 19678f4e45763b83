/* Small texts from outside: instants, durations, ids, ranges, paths. What is read is printed, and
 * read the same again. */
#include "base/armid.h"
#include "base/cidr.h"
#include "base/iso8601.h"
#include "base/js.h"

#include <stdlib.h>
#include <string.h>

static void try_times(const char *text)
{
    int64_t time_s, again_s;
    char printed[ISO8601_TIME_SIZE];
    if (iso8601_parse_http_date(text, &time_s) || iso8601_parse_date(text, &time_s))
        iso8601_format_time(time_s, printed);
    if (!iso8601_parse_time(text, &time_s))
        return;
    iso8601_format_time(time_s, printed);
    if (!iso8601_parse_time(printed, &again_s) || again_s != time_s)
        abort();
}

static void try_durations(const char *text)
{
    struct duration duration, again;
    char printed[ISO8601_DURATION_SIZE];
    if (!iso8601_parse_duration(text, &duration))
        return;
    iso8601_format_duration(duration, printed);
    if (!iso8601_parse_duration(printed, &again) || again.months != duration.months ||
        again.days != duration.days || again.seconds != duration.seconds)
        abort();
    if (iso8601_add(0, duration) < 0 || iso8601_subtract(0, duration) > 0)
        abort();
}

static void try_ranges(const char *text)
{
    struct cidr cidr, again;
    char printed[CIDR_SIZE];
    if (!cidr_parse(text, &cidr))
        return;
    cidr_format(cidr, false, printed);
    if (!cidr_parse(printed, &again) || again.base != cidr.base || again.length != cidr.length)
        abort();
}

static void try_ids(const char *text)
{
    AUTO(text) char *key = armid_key(text);
    AUTO(text) char *part = armid_part(text, "resourceGroups");
    AUTO(text) char *parent = armid_parent(text);
    if (armid_valid(text) && !armid_same(text, key))
        abort();
    (void)armid_name(text);
}

static void try_paths(const char *text)
{
    char step[JS_SEGMENT_MAX];
    const char *cursor = text;
    bool is_valid = js_path_valid(text);
    while (js_step(&cursor, step))
        ;
    if (is_valid && *text && !js_path_covers(text, text))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(text) char *text = mem_text_n((const char *)data, size);
    try_times(text);
    try_durations(text);
    try_ranges(text);
    try_ids(text);
    try_paths(text);
    return 0;
}
