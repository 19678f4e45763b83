/* place.h: where in which file something stands, and what is wrong there.
 *
 * A place is a chain on the stack of whoever descends a document: the pointer is only written out
 * for a message, so that a faultless file costs nothing. */
#pragma once

#include "base/mem.h"
#include "model/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jsonfile;

struct place {
    const struct jsonfile *document; /* borrowed */
    const struct place *above;       /* NULL: the whole document */
    const char *key;                 /* borrowed: the member's name; NULL: an array's element */
    size_t index; /* of the element; of a duplicate key not 0, to tell their members apart */
};

struct place place_of(const struct jsonfile *document); /* the whole document */
struct place place_key(const struct place *above, const char *key);
struct place place_index(const struct place *above, size_t index);

/* A hash of the place's JSON pointer, for looking up its line. */
uint64_t place_hash(const struct place *place);

/* The line on which the place stands; of one that is absent, the line of what lacks it. */
unsigned place_line(const struct place *place);

/* "file:line". The caller frees. */
char *place_text(const struct place *place);

/* What was found so far. It is sorted by file and line when it is handed over. */
struct fault {
    bool is_warning;
    unsigned file, line;
    char *text; /* owned */
};

struct faults {
    struct fault *list; /* owned */
    size_t count, room;
    size_t n_errors;
};

/* One mistake; returns false, so that failing is one line. */
bool fault(struct faults *faults, const struct place *place, const char *format, ...)
    PRINTF_LIKE(3, 4);
bool fault_line(struct faults *faults, const struct place *place, unsigned line, const char *format,
                ...) PRINTF_LIKE(4, 5);
void fault_warn(struct faults *faults, const struct place *place, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Moves all into *problems, in the order of the files. */
void faults_take(struct faults *faults, struct problems *problems);
