#include "report/vision.h"

#include "base/iso8601.h"

#include <stdlib.h>
#include <string.h>

static void close_gap(struct vision *vision, int64_t now_s)
{
    if (vision->n_gaps < VISION_GAPS_MAX)
        vision->gaps[vision->n_gaps++] = (struct gap){vision->blind_since_s, now_s};
    else
        vision->n_more++;
    vision->blind_since_s = 0;
}

void vision_looked(struct vision *vision, bool is_good, int64_t now_s)
{
    if (!is_good && !vision->blind_since_s)
        vision->blind_since_s = now_s;
    if (is_good && vision->blind_since_s)
        close_gap(vision, now_s);
    if (is_good)
        vision->last_good_s = now_s;
}

void vision_forget(struct vision *vision)
{
    vision->n_gaps = 0;
    vision->n_more = 0;
}

bool vision_has_gaps(const struct vision *vision)
{
    return vision->n_gaps || vision->n_more || vision->blind_since_s;
}

static void add(char **words, char *more)
{
    AUTO(text) char *before = *words;
    AUTO(text) char *after = more;
    *words = mem_format("%s%s", before, after);
}

char *vision_words(const struct vision *vision)
{
    char from[ISO8601_TIME_SIZE] = "never", to[ISO8601_TIME_SIZE];
    const char *before = "; not seen";
    if (vision->last_good_s)
        iso8601_format_time(vision->last_good_s, from);
    char *words = mem_format("last good look %s", from);
    for (size_t i = 0; i < vision->n_gaps; i++, before = ",") {
        iso8601_format_time(vision->gaps[i].from_s, from);
        iso8601_format_time(vision->gaps[i].to_s, to);
        add(&words, mem_format("%s from %s to %s", before, from, to));
    }
    if (vision->n_more) {
        add(&words, mem_format("%s %zu times more", before, vision->n_more));
        before = ",";
    }
    if (vision->blind_since_s) {
        iso8601_format_time(vision->blind_since_s, from);
        add(&words, mem_format("%s since %s", before, from));
    }
    return words;
}
