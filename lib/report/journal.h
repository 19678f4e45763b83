/* journal.h: events on their way out: to the journal as fields, or without one as lines on
 * standard error. sd_journal_sendv(3), systemd.journal-fields(7). */
#pragma once

#include "report/events.h"

#include <sys/types.h>

enum journal_way {
    JOURNAL_FIELDS, /* to the journal */
    JOURNAL_LINES,  /* one readable line each */
};

/* What the choice hangs on. */
struct journal_setting {
    const char *journal_stream; /* $JOURNAL_STREAM, "device:inode", or NULL */
    dev_t device;               /* of standard error; both 0: it is closed */
    ino_t inode;
    bool is_terminal; /* standard error is one */
    bool has_socket;  /* the journal listens on this host */
    bool is_service;  /* systemd itself has started this process */
};

/* To the journal if standard error leads there, or if we are a service (StandardError= may be
 * anything) and there is one. $JOURNAL_STREAM is inherited by everything that a service starts, so
 * it counts only while standard error is that very stream. */
enum journal_way journal_choose(const struct journal_setting *setting);

/* Looks at this process. */
enum journal_way journal_way(void);

/* The entry of an event: "NAME=value" texts, owned; a value is never cut, and is no format. */
struct journal_entry {
    char **fields;
    size_t count;
};

void journal_entry_make(const struct event *event, struct journal_entry *entry);
void journal_entry_done(struct journal_entry *entry);

/* "2026-11-25T03:00:00Z WARNING prod: ...\n", on one line. The caller frees. */
char *journal_line(const struct event *event, int64_t now_s);

/* Tells it; what the journal does not take goes to standard error. Lines are for LOG_INFO and
 * louder. */
void journal_tell(enum journal_way way, const struct event *event);
