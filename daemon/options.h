/* options.h: the command line of cmkd, DESIGN section 9. Pure: nothing is printed here. */
#pragma once

#include "base/err.h"

#include <stddef.h>

enum options_task {
    TASK_RUN, /* until stopped */
    TASK_ONCE,
    TASK_CHECK_CONFIG,
    TASK_SHOW_BASELINE,
    TASK_SHOW_CONFIG,
    TASK_VERSION,
    TASK_HELP,
};

enum options_output { OUTPUT_TEXT, OUTPUT_JSON };

struct options {
    enum options_task task;
    const char *config; /* borrowed from argv */
    bool dry_run;
    enum options_output output;
    const char **stacks; /* owned: names borrowed from argv, ended by NULL; NULL: all */
    size_t n_stacks;
};

/* Reads the arguments, which getopt_long(3) puts into another order. False: the message says what
 * is wrong with which one. */
bool options_parse(int argc, char **argv, struct options *options, struct err *err) MUST_CHECK;

void options_done(struct options *options); /* frees the members */

/* What --help prints. */
const char *options_help(void);
