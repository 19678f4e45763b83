/* child.h: a program that a test runs, and what it says. Waits for its output or its end, never
 * for time; a deadline turns a hang into a failure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CHILD_DEADLINE_MS 600000 /* generous: sanitizers and a busy machine are slow */

enum stream {
    STREAM_OUT,
    STREAM_ERR,
    STREAM_NOTIFY, /* what it tells systemd, a line each: "READY=1" */
    STREAMS,
};

struct child {
    pid_t pid;    /* 0: not running */
    long peak_kb; /* the most memory that it had, once it has ended */
    int fd[STREAMS];
    char *text[STREAMS]; /* owned: all that it said so far, never NULL once started */
    size_t length[STREAMS];
    size_t seen[STREAMS]; /* where the next child_wait_line() starts */
};

/* Starts the program; it dies with the test. notify: where to make the socket at which it finds
 * its systemd, or NULL for none. */
void child_start(struct child *child, const char *const argv[], const char *notify);

/* Waits until a line that contains text has come on the stream, from where the last such wait on
 * it ended; false if the program ended or the deadline passed before. */
bool child_wait_line(struct child *child, enum stream stream, const char *text);

/* Reads what it has said so far. */
void child_drain(struct child *child);

/* Reads all it still says and waits for its end: its exit status, 128 + the signal that ended it,
 * or -1 if it had to be killed at the deadline. */
int child_wait_end(struct child *child);

void child_signal(struct child *child, int signal);

/* Ends it if it still runs, and frees. */
void child_done(struct child *child);
