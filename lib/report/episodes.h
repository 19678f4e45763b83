/* episodes.h: what was otherwise than declared, from when to when: folded from the events of a
 * journal, the oldest first. Pure.
 *
 *     good ─► found (drift, refused, held, ...) ─► ... ─► ended (repaired, settled, ...)
 *
 * What was found and repaired within one pass is one event: an episode that ends when it is found.
 * Who changed it is told later, as Azure's log lags: it belongs to what the same pass found.
 * Silence is told from blindness: while cmkd did not run, or could not see, nothing is known. */
#pragma once

#include "report/events.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One event as the journal has it. All borrowed; NULL where the entry has no such field. */
struct record {
    int64_t time_s;
    enum event_kind kind;
    const char *stacks; /* names, joined by commas */
    const char *resource_id, *path;
    const char *observed, *desired; /* as the fields have them */
    const char *error_code, *correlation_id;
    const char *pass;
    const char *run; /* which process of which boot: another one is another run */
    const struct author *author;
};

struct episode {
    char *stacks, *resource_id, *path, *observed, *desired; /* owned; "" where nothing is known */
    char *correlation_id;                                   /* owned: of what ended it */
    char *pass;                                             /* owned: that found it */
    struct author *author; /* owned: who changed it; NULL: the log has not told */
    int64_t good_s;        /* the last pass before, which did not find it; 0: unknown */
    int64_t found_s;       /* when it was told first */
    int64_t ended_s;       /* 0: it goes on */
    enum event_kind end;   /* what ended it; EVENT_KINDS: it goes on */
};

/* In which cmkd saw nothing of a resource; resource_id "": of none, for it did not run. */
struct unwatched {
    char *stacks, *resource_id, *code; /* owned */
    int64_t from_s, to_s;              /* to_s 0: it goes on */
};

struct history {
    struct episode *episodes; /* owned, in the order of found_s */
    size_t n_episodes;
    struct unwatched *gaps; /* owned, in the order of from_s */
    size_t n_gaps;
    int64_t last_s; /* of the records so far */
    char *run;      /* owned: of the last record; NULL: unknown */
    int64_t left_s; /* the last record of the run before; 0: there is none */
    int64_t pass_s; /* the last pass that was through */
};

/* Takes in the next record. */
void history_add(struct history *history, const struct record *record);
void history_done(struct history *history); /* frees the members, zeroes it */

/* When it began: when its author wrote, if that is known and lies between the last good look and
 * the finding; else 0: somewhere between those two. */
int64_t episode_began_s(const struct episode *episode);

/* How long it lasted between the two instants, as far as is known: from its beginning, or from when
 * it was found, to its end, or to now_s. */
int64_t episode_lasted_s(const struct episode *episode, int64_t from_s, int64_t to_s,
                         int64_t now_s);

/* All episodes of one path of one resource. */
struct tally {
    const struct episode *first; /* borrowed */
    size_t times;
    int64_t lasted_s; /* together */
    bool goes_on;
};

/* Adds the episode to the tally of its path among *count, which a new one may join. */
void tally_add(struct tally **tallies, size_t *count, const struct episode *episode,
               int64_t lasted_s);

/* True if it lies in part between the two instants. */
bool episode_overlaps(const struct episode *episode, int64_t from_s, int64_t to_s);
bool unwatched_overlaps(const struct unwatched *gap, int64_t from_s, int64_t to_s);

/* "repaired", "settled, and not by cmkd", ...: how it ended. */
const char *episode_end_words(const struct episode *episode);
