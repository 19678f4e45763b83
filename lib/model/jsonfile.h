/* jsonfile.h: one configuration file, read and checked as JSON: RFC 8259 with comments
 * (two slashes to the end of the line, slash-star blocks), in UTF-8.
 *
 * json-c 0.16 gives no positions, takes the last of duplicate keys in silence and is lax about
 * grammar. So scan.c checks the grammar, finds duplicate keys, notes on which line each value
 * stands and blanks the comments out; then json-c builds the tree. */
#pragma once

#include "base/js.h"
#include "model/place.h"

#include <json-c/json.h>

#define JSONFILE_SIZE_MAX ((size_t)4 << 20)

/* Of containers: json-c counts what is in them too. */
#define JSONFILE_DEPTH_MAX (JS_DEPTH_MAX - 1)

struct position {
    uint64_t hash; /* of the place */
    unsigned line; /* 0: a free slot */
};

struct jsonfile {
    char *path;                 /* owned: as messages name it */
    unsigned number;            /* in the order of reading */
    struct json_object *tree;   /* owned; NULL if it is not JSON, or is null */
    struct position *positions; /* owned: an open hash table */
    size_t n_positions, room;   /* room is a power of two */
};

/* Reads the file, which must be regular. What is wrong with it goes to *faults; the place of
 * failures to open it is named_at (where an include names it), or NULL for the file itself. */
bool jsonfile_read(struct jsonfile *document, const char *path, const struct place *named_at,
                   struct faults *faults);

/* The same from memory. text is changed: comments become blanks. */
bool jsonfile_parse(struct jsonfile *document, char *text, size_t length, struct faults *faults);

/* Checks the grammar and fills document->positions; false if it is not JSON. Duplicate keys are
 * reported too, but the text can still be parsed. */
bool scan(struct jsonfile *document, char *text, size_t length, struct faults *faults);

/* Notes a line; false if there is one for this place already. */
bool jsonfile_note(struct jsonfile *document, uint64_t hash, unsigned line);
unsigned jsonfile_line(const struct jsonfile *document, uint64_t hash); /* 0: not there */

void jsonfile_done(struct jsonfile *document);
