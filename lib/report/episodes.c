#include "report/episodes.h"

#include <stdlib.h>
#include <string.h>

#define CLOCKS_APART_S 5 /* Azure's and the own, and a look takes its time */

static char *text_or_empty(const char *text)
{
    return mem_text(text ? text : "");
}

static bool same(const char *owned, const char *text)
{
    return strcmp(owned, text ? text : "") == 0;
}

/* ---- what a kind of event says of an episode ------------------------------------------------- */

enum role { ROLE_NONE, ROLE_FOUND, ROLE_ENDED };

/* Not by a write that is known to have done it. */
static bool is_by_itself(enum event_kind kind)
{
    return kind == EVENT_SETTLED || kind == EVENT_UNSURE;
}

static enum role role_of(enum event_kind kind)
{
    if (kind == EVENT_DRIFT || kind == EVENT_REPAIRING || kind == EVENT_ACCEPTED ||
        (kind >= EVENT_FAILED && kind <= EVENT_KEY_DISABLED))
        return ROLE_FOUND;
    if ((kind >= EVENT_REPAIRED && kind <= EVENT_ENABLED) || is_by_itself(kind))
        return ROLE_ENDED;
    return ROLE_NONE;
}

const char *episode_end_words(const struct episode *episode)
{
    switch (episode->end) {
    case EVENT_REPAIRED:
        return "repaired";
    case EVENT_CREATED:
        return "created";
    case EVENT_RECOVERED:
        return "recovered";
    case EVENT_ROTATED:
        return "rotated";
    case EVENT_REPOINTED:
        return "repointed";
    case EVENT_RETIRED:
        return "retired";
    case EVENT_EXPIRY:
        return "given a date of expiry";
    case EVENT_APPROVED:
        return "approved";
    case EVENT_ENABLED:
        return "enabled again";
    case EVENT_SETTLED:
        return "right again, and not by cmkd";
    case EVENT_UNSURE:
        return "right again, and nobody knows by whom";
    default:
        return "goes on";
    }
}

/* ---- episodes ------------------------------------------------------------------------------ */

static bool is_same_path(const struct episode *episode, const struct record *record)
{
    return same(episode->resource_id, record->resource_id) && same(episode->path, record->path);
}

static struct episode *find_open(struct history *history, const struct record *record)
{
    for (size_t i = history->n_episodes; i-- > 0;) {
        struct episode *episode = &history->episodes[i];
        if (!episode->ended_s && is_same_path(episode, record))
            return episode;
    }
    return NULL;
}

static struct episode *open_episode(struct history *history, const struct record *record)
{
    history->episodes =
        mem_resize(history->episodes, history->n_episodes + 1, sizeof *history->episodes);
    struct episode *episode = &history->episodes[history->n_episodes++];
    *episode = (struct episode){
        .stacks = text_or_empty(record->stacks),
        .resource_id = text_or_empty(record->resource_id),
        .path = text_or_empty(record->path),
        .observed = text_or_empty(record->observed),
        .desired = text_or_empty(record->desired),
        .correlation_id = mem_text(""),
        .pass = text_or_empty(record->pass),
        .good_s = history->pass_s,
        .found_s = record->time_s,
        .end = EVENT_KINDS,
    };
    return episode;
}

/* What is told of a resource as a whole has no path: it is an episode of its own. */
static void add_finding(struct history *history, const struct record *record)
{
    enum role role = role_of(record->kind);
    if (role == ROLE_NONE || !record->resource_id)
        return;
    struct episode *episode = find_open(history, record);
    if (!episode && is_by_itself(record->kind))
        return; /* what began before the journal does, and nobody knows when */
    if (!episode)
        episode = open_episode(history, record);
    if (role == ROLE_FOUND)
        return;
    episode->ended_s = record->time_s;
    episode->end = record->kind;
    free(episode->correlation_id);
    episode->correlation_id = text_or_empty(record->correlation_id);
}

/* What the pass found that the author is told of; else, as a wait is told late, the last one. */
static struct episode *find_told(struct history *history, const struct record *record)
{
    struct episode *last = NULL;
    for (size_t i = history->n_episodes; i-- > 0;) {
        struct episode *episode = &history->episodes[i];
        if (!is_same_path(episode, record))
            continue;
        if (record->pass && same(episode->pass, record->pass))
            return episode;
        if (!last)
            last = episode;
    }
    return last;
}

static void add_author(struct history *history, const struct record *record)
{
    struct episode *episode = record->author && record->author->time_s && record->resource_id
                                  ? find_told(history, record)
                                  : NULL;
    if (!episode)
        return;
    if (!episode->author)
        episode->author = mem_new(1, sizeof *episode->author);
    *episode->author = *record->author;
}

/* ---- what was not watched ---------------------------------------------------------------------
 */

static void add_gap(struct history *history, const struct record *record, const char *resource_id,
                    const char *code, int64_t from_s, int64_t to_s)
{
    history->gaps = mem_resize(history->gaps, history->n_gaps + 1, sizeof *history->gaps);
    history->gaps[history->n_gaps++] = (struct unwatched){
        .stacks = text_or_empty(record->stacks),
        .resource_id = text_or_empty(resource_id),
        .code = text_or_empty(code),
        .from_s = from_s,
        .to_s = to_s,
    };
}

static struct unwatched *find_gap(struct history *history, const char *resource_id)
{
    for (size_t i = history->n_gaps; i-- > 0;)
        if (!history->gaps[i].to_s && same(history->gaps[i].resource_id, resource_id))
            return &history->gaps[i];
    return NULL;
}

/* A start tells other things before it tells that it has started: they are of the new run. */
static void note_run(struct history *history, const struct record *record)
{
    if (!record->run || (history->run && same(history->run, record->run)))
        return;
    history->left_s = history->run ? history->last_s : 0;
    free(history->run);
    history->run = mem_text(record->run);
}

/* A daemon that stopped says so; of one that was killed the last thing it said is known. */
static void add_sight(struct history *history, const struct record *record)
{
    struct unwatched *gap = find_gap(history, record->resource_id);
    int64_t left_s = history->run ? history->left_s : history->last_s;
    switch (record->kind) {
    case EVENT_FORBIDDEN:
    case EVENT_UNREACHABLE:
        if (!gap)
            add_gap(history, record, record->resource_id, record->error_code, record->time_s, 0);
        return;
    case EVENT_SEEN_AGAIN:
        if (gap)
            gap->to_s = record->time_s;
        return;
    case EVENT_STOPPING:
        if (!gap)
            add_gap(history, record, NULL, NULL, record->time_s, 0);
        return;
    case EVENT_STARTED:
        if (gap)
            gap->to_s = record->time_s;
        else if (left_s)
            add_gap(history, record, NULL, NULL, left_s, record->time_s);
        return;
    default:
        return;
    }
}

/* After a start nobody remembers what could not be seen before: it is told anew if it still is. */
static void close_sights(struct history *history, int64_t time_s)
{
    for (size_t i = 0; i < history->n_gaps; i++)
        if (!history->gaps[i].to_s)
            history->gaps[i].to_s = time_s;
}

void history_add(struct history *history, const struct record *record)
{
    note_run(history, record);
    add_sight(history, record);
    if (record->kind == EVENT_STARTED)
        close_sights(history, record->time_s);
    add_finding(history, record);
    add_author(history, record);
    if (record->kind == EVENT_PASS || record->kind == EVENT_PASS_QUIET)
        history->pass_s = record->time_s;
    history->last_s = record->time_s;
}

void history_done(struct history *history)
{
    for (size_t i = 0; i < history->n_episodes; i++) {
        struct episode *episode = &history->episodes[i];
        free(episode->stacks);
        free(episode->resource_id);
        free(episode->path);
        free(episode->observed);
        free(episode->desired);
        free(episode->correlation_id);
        free(episode->pass);
        free(episode->author);
    }
    for (size_t i = 0; i < history->n_gaps; i++) {
        free(history->gaps[i].stacks);
        free(history->gaps[i].resource_id);
        free(history->gaps[i].code);
    }
    free(history->episodes);
    free(history->gaps);
    free(history->run);
    memset(history, 0, sizeof *history);
}

/* ---- ranges -------------------------------------------------------------------------------- */

int64_t episode_began_s(const struct episode *episode)
{
    int64_t wrote_s = episode->author ? episode->author->time_s : 0;
    bool is_its = wrote_s <= episode->found_s && wrote_s >= episode->good_s - CLOCKS_APART_S;
    return is_its ? wrote_s : 0;
}

/* The first instant at which it is known to have been so. */
static int64_t start_of(const struct episode *episode)
{
    int64_t began_s = episode_began_s(episode);
    return began_s ? began_s : episode->found_s;
}

int64_t episode_lasted_s(const struct episode *episode, int64_t from_s, int64_t to_s, int64_t now_s)
{
    int64_t start_s = start_of(episode), end_s = episode->ended_s ? episode->ended_s : now_s;
    start_s = start_s > from_s ? start_s : from_s;
    end_s = end_s < to_s ? end_s : to_s;
    return end_s > start_s ? end_s - start_s : 0;
}

void tally_add(struct tally **tallies, size_t *count, const struct episode *episode,
               int64_t lasted_s)
{
    struct tally *tally = NULL;
    for (size_t i = 0; i < *count && !tally; i++) {
        const struct episode *first = (*tallies)[i].first;
        if (same(first->resource_id, episode->resource_id) && same(first->path, episode->path))
            tally = &(*tallies)[i];
    }
    if (!tally) {
        *tallies = mem_resize(*tallies, *count + 1, sizeof **tallies);
        tally = &(*tallies)[(*count)++];
        *tally = (struct tally){.first = episode};
    }
    tally->times++;
    tally->lasted_s += lasted_s;
    tally->goes_on |= !episode->ended_s;
}

bool episode_overlaps(const struct episode *episode, int64_t from_s, int64_t to_s)
{
    return start_of(episode) < to_s && (!episode->ended_s || episode->ended_s >= from_s);
}

bool unwatched_overlaps(const struct unwatched *gap, int64_t from_s, int64_t to_s)
{
    return gap->from_s < to_s && (!gap->to_s || gap->to_s >= from_s);
}
