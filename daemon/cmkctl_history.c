/* cmkctl_history.c: what the journal has of cmkd, for whoever asks "was the firewall ever open,
 * by whom, from when to when?". It needs no daemon: sd-journal(3). */
#include "cmkctl.h"

#include "base/armid.h"
#include "base/iso8601.h"
#include "base/js.h"
#include "report/document.h"
#include "report/episodes.h"
#include "report/escape.h"
#include "report/events.h"
#include "report/words.h"
#include "types/registry.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include <systemd/sd-journal.h>

#define IDENTIFIER "SYSLOG_IDENTIFIER=cmkd"

/* What is asked for, and what was found. */
struct search {
    const struct ctl_options *options;
    int64_t from_s, to_s, now_s;
    const char *path; /* without the resource's word before it; NULL: all */
    const char *word; /* that word; NULL: there was none */
    struct history history;
    struct json_object *events; /* owned: those that concern the question */
};

/* ---- one entry ----------------------------------------------------------------------------- */

/* The field's value, for the caller; several are joined by commas. NULL: there is none. */
static char *field(sd_journal *journal, const char *name)
{
    const void *data;
    size_t length, prefix = strlen(name);
    char *value = NULL;
    sd_journal_restart_data(journal);
    while (sd_journal_enumerate_data(journal, &data, &length) > 0) {
        const char *text = data;
        if (length <= prefix || text[prefix] != '=' || memcmp(text, name, prefix) != 0)
            continue;
        AUTO(text) char *before = value;
        AUTO(text) char *more = mem_text_n(text + prefix + 1, length - prefix - 1);
        value = mem_format("%s%s%s", before ? before : "", before ? "," : "", more);
    }
    return value;
}

static bool kind_of(const char *message_id, enum event_kind *kind)
{
    for (int i = 0; message_id && i < EVENT_KINDS; i++)
        if (strcmp(event_form((enum event_kind)i)->message_id, message_id) == 0) {
            *kind = (enum event_kind)i;
            return true;
        }
    return false;
}

/* ---- what concerns the question ------------------------------------------------------------- */

static bool is_named(const struct search *search, const char *stacks)
{
    AUTO(text) char *copy = mem_text(stacks ? stacks : "");
    char *rest = copy;
    for (char *name = strsep(&rest, ","); name; name = strsep(&rest, ","))
        for (size_t i = 0; i < search->options->n_words; i++)
            if (strcmp(name, search->options->words[i]) == 0)
                return true;
    return !search->options->n_words;
}

static bool is_at_path(const struct search *search, const char *resource_id, const char *path)
{
    const char *word = resource_id ? words_kind(resource_id) : "";
    if (search->word && strcmp(word, search->word) != 0)
        return false;
    return !search->path || (path && js_path_covers(search->path, path));
}

/* "vault.properties.x" is what the configuration calls it; the journal has "properties.x" of a
 * vault. The word alone is about all of it. */
static void read_path(struct search *search, const char *path)
{
    search->path = path;
    for (size_t i = 0; path && registry[i]; i++) {
        size_t length = strlen(registry[i]->word);
        if (strncmp(path, registry[i]->word, length) != 0 || !strchr(".", path[length]))
            continue;
        search->word = registry[i]->word;
        search->path = path[length] ? path + length + 1 : NULL;
    }
}

static void put(struct json_object *object, const char *name, const char *text)
{
    json_object_object_add(object, name, text && *text ? json_object_new_string(text) : NULL);
}

static void put_time(struct json_object *object, const char *name, int64_t time_s)
{
    char text[ISO8601_TIME_SIZE];
    iso8601_format_time(time_s, text);
    put(object, name, time_s ? text : NULL);
}

static void keep_event(struct search *search, const struct record *record, const char *message)
{
    const struct event_form *form = event_form(record->kind);
    bool is_silent = record->kind == EVENT_PASS_QUIET || record->kind == EVENT_REPAIRING;
    if (is_silent || !is_named(search, record->stacks) ||
        !is_at_path(search, record->resource_id, record->path) || record->time_s < search->from_s ||
        record->time_s >= search->to_s)
        return;
    struct json_object *event = json_object_new_object();
    put_time(event, "time", record->time_s);
    put(event, "event", form->name);
    put(event, "stacks", record->stacks);
    put(event, "resource", record->resource_id);
    put(event, "path", record->path);
    put(event, "correlationId", record->correlation_id);
    put(event, "message", message);
    json_object_array_add(search->events, event);
}

static void copy_field(sd_journal *journal, const char *name, char *to, size_t size)
{
    AUTO(text) char *value = field(journal, name);
    err_copy(to, size, value ? value : "");
}

/* time_s is 0 where the entry names nobody. */
static void read_author(sd_journal *journal, struct author *author)
{
    AUTO(text) char *time_text = field(journal, "CMKD_AUTHOR_TIME");
    if (!time_text || !iso8601_parse_time(time_text, &author->time_s))
        return;
    copy_field(journal, "CMKD_AUTHOR", author->caller, sizeof author->caller);
    copy_field(journal, "CMKD_AUTHOR_CLIENT", author->client, sizeof author->client);
    copy_field(journal, "CMKD_AUTHOR_OPERATION", author->operation, sizeof author->operation);
    copy_field(journal, "CMKD_AUTHOR_POLICY", author->policy, sizeof author->policy);
    copy_field(journal, "CMKD_AUTHOR_CORRELATION_ID", author->correlation_id,
               sizeof author->correlation_id);
}

/* The journal's own fields: which process of which boot and which start of the unit. */
static char *run_of(sd_journal *journal)
{
    AUTO(text) char *boot = field(journal, "_BOOT_ID");
    AUTO(text) char *unit = field(journal, "_SYSTEMD_INVOCATION_ID");
    AUTO(text) char *pid = field(journal, "_PID");
    return pid ? mem_format("%s %s %s", boot ? boot : "", unit ? unit : "", pid) : NULL;
}

static void take_in(struct search *search, sd_journal *journal)
{
    uint64_t time_us = 0;
    enum event_kind kind;
    AUTO(text) char *message_id = field(journal, "MESSAGE_ID");
    if (!kind_of(message_id, &kind) || sd_journal_get_realtime_usec(journal, &time_us) < 0)
        return;
    AUTO(text) char *stacks = field(journal, "CMKD_STACK");
    AUTO(text) char *resource_id = field(journal, "AZURE_RESOURCE_ID");
    AUTO(text) char *path = field(journal, "CMKD_PATH");
    AUTO(text) char *observed = field(journal, "CMKD_OBSERVED");
    AUTO(text) char *desired = field(journal, "CMKD_DESIRED");
    AUTO(text) char *code = field(journal, "AZURE_ERROR_CODE");
    AUTO(text) char *correlation_id = field(journal, "AZURE_CORRELATION_ID");
    AUTO(text) char *message = field(journal, "MESSAGE");
    AUTO(text) char *pass = field(journal, "CMKD_PASS");
    AUTO(text) char *run = run_of(journal);
    struct author author = {0};
    read_author(journal, &author);
    const struct record record = {
        .time_s = (int64_t)(time_us / 1000000),
        .kind = kind,
        .stacks = stacks,
        .resource_id = resource_id,
        .path = path,
        .observed = observed,
        .desired = desired,
        .error_code = code,
        .correlation_id = correlation_id,
        .pass = pass,
        .run = run,
        .author = &author,
    };
    history_add(&search->history, &record);
    keep_event(search, &record, message);
}

/* ---- the journal --------------------------------------------------------------------------- */

static int open_failed(int failure, const char *what)
{
    fprintf(stderr,
            "cmkctl: cannot read the journal%s%s: %s (root and the group systemd-journal "
            "may)\n",
            what ? " in " : "", what ? what : "", strerror(-failure));
    return EX_NOINPUT;
}

static int read_journal(struct search *search)
{
    sd_journal *journal = NULL;
    const char *directory = search->options->directory;
    int done = directory ? sd_journal_open_directory(&journal, directory, 0)
                         : sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY);
    if (done >= 0)
        done = sd_journal_add_match(journal, IDENTIFIER, 0);
    if (done < 0) {
        sd_journal_close(journal);
        return open_failed(done, directory);
    }
    sd_journal_set_data_threshold(journal, 0);
    while ((done = sd_journal_next(journal)) > 0)
        take_in(search, journal);
    sd_journal_close(journal);
    return done < 0 ? open_failed(done, directory) : EX_OK;
}

/* ---- as JSON ------------------------------------------------------------------------------- */

static bool concerns(const struct search *search, const struct episode *episode)
{
    return is_named(search, episode->stacks) &&
           is_at_path(search, episode->resource_id, episode->path) &&
           episode_overlaps(episode, search->from_s, search->to_s);
}

static bool gap_concerns(const struct search *search, const struct unwatched *gap)
{
    return (!*gap->resource_id || is_named(search, gap->stacks)) &&
           unwatched_overlaps(gap, search->from_s, search->to_s);
}

/* The caller frees the array. */
static struct tally *tally_all(const struct search *search, size_t *count)
{
    struct tally *tallies = NULL;
    *count = 0;
    for (size_t i = 0; i < search->history.n_episodes; i++) {
        const struct episode *episode = &search->history.episodes[i];
        if (concerns(search, episode))
            tally_add(&tallies, count, episode,
                      episode_lasted_s(episode, search->from_s, search->to_s, search->now_s));
    }
    return tallies;
}

static struct json_object *tallies_json(const struct search *search)
{
    size_t count;
    struct tally *tallies = tally_all(search, &count);
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; i < count; i++) {
        struct json_object *object = json_object_new_object();
        put(object, "resource", tallies[i].first->resource_id);
        put(object, "path", tallies[i].first->path);
        json_object_object_add(object, "times", json_object_new_int64((int64_t)tallies[i].times));
        json_object_object_add(object, "seconds", json_object_new_int64(tallies[i].lasted_s));
        json_object_object_add(object, "goesOn", json_object_new_boolean(tallies[i].goes_on));
        json_object_array_add(list, object);
    }
    free(tallies);
    return list;
}

static int print_json(const struct search *search)
{
    AUTO(json) struct json_object *tree = json_object_new_object();
    struct json_object *episodes = json_object_new_array(), *gaps = json_object_new_array();
    for (size_t i = 0; i < search->history.n_episodes; i++) {
        const struct episode *episode = &search->history.episodes[i];
        if (!concerns(search, episode))
            continue;
        struct json_object *object = json_object_new_object();
        put(object, "stacks", episode->stacks);
        put(object, "resource", episode->resource_id);
        put(object, "path", episode->path);
        put(object, "observed", episode->observed);
        put(object, "desired", episode->desired);
        put_time(object, "lastSeenRight", episode->good_s);
        put_time(object, "began", episode_began_s(episode));
        put_time(object, "found", episode->found_s);
        put_time(object, "ended", episode->ended_s);
        put(object, "end", episode_end_words(episode));
        put(object, "correlationId", episode->correlation_id);
        json_object_object_add(object, "author", document_author(episode->author));
        json_object_array_add(episodes, object);
    }
    for (size_t i = 0; i < search->history.n_gaps; i++) {
        const struct unwatched *gap = &search->history.gaps[i];
        if (!gap_concerns(search, gap))
            continue;
        struct json_object *object = json_object_new_object();
        put(object, "resource", gap->resource_id);
        put(object, "code", gap->code);
        put_time(object, "from", gap->from_s);
        put_time(object, "to", gap->to_s);
        json_object_array_add(gaps, object);
    }
    json_object_object_add(tree, "episodes", episodes);
    json_object_object_add(tree, "inAll", tallies_json(search));
    json_object_object_add(tree, "unwatched", gaps);
    json_object_object_add(tree, "events", json_object_get(search->events));
    return ctl_print_json(tree);
}

/* ---- for a person -------------------------------------------------------------------------- */

static void print_time(const char *before, int64_t time_s, const char *if_none)
{
    char text[ISO8601_TIME_SIZE];
    iso8601_format_time(time_s, text);
    printf("%s%s", before, time_s ? text : if_none);
}

static void print_episode(const struct episode *episode)
{
    static const struct author nobody = {0};
    int64_t began_s = episode_began_s(episode);
    int64_t lasted_s = episode_lasted_s(episode, INT64_MIN, INT64_MAX, 0);
    print_time("", began_s ? began_s : episode->found_s, "");
    print_time(" to ", episode->ended_s, "now");
    if (lasted_s)
        printf(" (%" PRId64 " s)", lasted_s);
    escape_print(stdout, "  ", episode->stacks, ": ");
    escape_print(stdout, "", armid_name(episode->resource_id), ": ");
    if (*episode->path) {
        escape_print(stdout, "", episode->path, " was ");
        escape_print(stdout, "", *episode->observed ? episode->observed : "absent", ", declared ");
        escape_print(stdout, "", *episode->desired ? episode->desired : "what was not known", ": ");
    }
    AUTO(text) char *who = author_words(episode->author ? episode->author : &nobody);
    escape_print(stdout, "changed by ", who, "");
    if (episode->author && *episode->author->correlation_id)
        escape_print(stdout, " [", episode->author->correlation_id, "]");
    escape_print(stdout, ": ", episode_end_words(episode), "");
    if (*episode->correlation_id)
        escape_print(stdout, " [", episode->correlation_id, "]");
    if (episode->good_s)
        print_time("; last seen right ", episode->good_s, "");
    if (began_s)
        print_time("; found ", episode->found_s, "");
    printf("\n");
}

static void print_gap(const struct unwatched *gap)
{
    print_time("", gap->from_s, "");
    print_time(" to ", gap->to_s, "now");
    if (!*gap->resource_id) {
        printf("  cmkd did not run\n");
        return;
    }
    escape_print(stdout, "  ", gap->stacks, ": ");
    escape_print(stdout, "", armid_name(gap->resource_id), " could not be seen: ");
    escape_print(stdout, "", gap->code, "\n");
}

static void print_head(const char *text, size_t *count)
{
    if ((*count)++ == 0)
        printf("%s\n", text);
}

static void print_tallies(const struct search *search)
{
    size_t count, printed = 0;
    struct tally *tallies = tally_all(search, &count);
    for (size_t i = 0; i < count; i++) {
        const struct tally *tally = &tallies[i];
        AUTO(text) char *span = ctl_span(tally->lasted_s);
        print_head("\nIn all:", &printed);
        escape_print(stdout, "", armid_name(tally->first->resource_id), ": ");
        escape_print(stdout, "", tally->first->path, *tally->first->path ? ": " : "");
        printf("%zu time%s, %s%s\n", tally->times, tally->times == 1 ? "" : "s", span,
               tally->goes_on ? ", and it goes on" : "");
    }
    free(tallies);
}

static int print_prose(const struct search *search)
{
    size_t episodes = 0, gaps = 0, events = 0;
    for (size_t i = 0; i < search->history.n_episodes; i++)
        if (concerns(search, &search->history.episodes[i])) {
            print_head("Otherwise than declared:", &episodes);
            print_episode(&search->history.episodes[i]);
        }
    if (!episodes)
        printf("Nothing was found otherwise than declared.\n");
    print_tallies(search);
    for (size_t i = 0; i < search->history.n_gaps; i++)
        if (gap_concerns(search, &search->history.gaps[i])) {
            print_head("\nNot watched, so that nothing is known:", &gaps);
            print_gap(&search->history.gaps[i]);
        }
    for (size_t i = 0; i < json_object_array_length(search->events); i++) {
        struct json_object *event = json_object_array_get_idx(search->events, i);
        print_head("\nWhat cmkd said:", &events);
        escape_print(stdout, "", js_string(event, "time", ""), "  ");
        escape_print(stdout, "", js_string(event, "message", ""), "\n");
    }
    return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
}

/* ---- the command --------------------------------------------------------------------------- */

static bool read_range(const struct ctl_options *options, struct search *search)
{
    const char *wrong = NULL;
    search->now_s = (int64_t)time(NULL);
    search->to_s = INT64_MAX;
    if (options->since && !ctl_time(options->since, search->now_s, false, &search->from_s))
        wrong = "--since";
    if (options->until && !ctl_time(options->until, search->now_s, true, &search->to_s))
        wrong = "--until";
    if (wrong)
        fprintf(stderr,
                "cmkctl: %s is not a time: 2026-11-25, 2026-11-25T10:00:00Z, today, "
                "yesterday, -2h, -7d\n",
                wrong);
    return !wrong;
}

int ctl_history(const struct ctl_options *options)
{
    struct search search = {.options = options};
    read_path(&search, options->path);
    if (!read_range(options, &search))
        return EX_USAGE;
    if (search.path && !js_path_valid(search.path)) {
        fprintf(stderr, "cmkctl: --path is not a path: properties.networkAcls.defaultAction\n");
        return EX_USAGE;
    }
    search.events = json_object_new_array();
    int status = read_journal(&search);
    if (status == EX_OK)
        status = options->json ? print_json(&search) : print_prose(&search);
    json_object_put(search.events);
    history_done(&search.history);
    return status;
}
