#include "model/jsonfile.h"

#include "base/err.h"
#include "base/js.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- lines -------------------------------------------------------------------------------- */

static struct position *slot(const struct jsonfile *document, uint64_t hash)
{
    size_t at = (size_t)hash & (document->room - 1);
    while (document->positions[at].line && document->positions[at].hash != hash)
        at = (at + 1) & (document->room - 1);
    return &document->positions[at];
}

static void grow(struct jsonfile *document)
{
    struct jsonfile bigger = *document;
    bigger.room = document->room ? 2 * document->room : 256;
    bigger.positions = mem_new(bigger.room, sizeof *bigger.positions);
    for (size_t i = 0; i < document->room; i++)
        if (document->positions[i].line)
            *slot(&bigger, document->positions[i].hash) = document->positions[i];
    free(document->positions);
    *document = bigger;
}

bool jsonfile_note(struct jsonfile *document, uint64_t hash, unsigned line)
{
    if (2 * document->n_positions >= document->room)
        grow(document);
    struct position *position = slot(document, hash);
    if (position->line)
        return false;
    *position = (struct position){hash, line};
    document->n_positions++;
    return true;
}

unsigned jsonfile_line(const struct jsonfile *document, uint64_t hash)
{
    return document->room ? slot(document, hash)->line : 0;
}

/* ---- reading ------------------------------------------------------------------------------ */

/* Editors on Windows write a byte order mark. That of UTF-8 is skipped. */
static bool check_encoding(struct jsonfile *document, char *text, size_t length,
                           struct faults *faults)
{
    const unsigned char *bytes = (const unsigned char *)text;
    const struct place all = place_of(document);
    if (length >= 2 &&
        ((bytes[0] == 0xFF && bytes[1] == 0xFE) || (bytes[0] == 0xFE && bytes[1] == 0xFF)))
        return fault_line(faults, &all, 1,
                          "the file begins with the byte order mark of UTF-16 (or UTF-32): "
                          "save it as UTF-8");
    if (length >= 2 && (!bytes[0] || !bytes[1]))
        return fault_line(faults, &all, 1,
                          "the file looks like UTF-16 without a byte order mark: save it "
                          "as UTF-8");
    if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        memset(text, ' ', 3);
    return true;
}

bool jsonfile_parse(struct jsonfile *document, char *text, size_t length, struct faults *faults)
{
    struct err err;
    const struct place all = place_of(document);
    if (!check_encoding(document, text, length, faults) || !scan(document, text, length, faults))
        return false;
    if (!js_parse(text, length, &document->tree, &err))
        return fault_line(faults, &all, 1, "%s", err.message);
    return true;
}

static bool read_all(int fd, char *text, size_t size, size_t *length)
{
    *length = 0;
    for (;;) {
        ssize_t got = read(fd, text + *length, size - *length);
        if (got < 0)
            return false;
        if (got == 0 || *length + (size_t)got == size) {
            *length += (size_t)got;
            return true;
        }
        *length += (size_t)got;
    }
}

bool jsonfile_read(struct jsonfile *document, const char *path, const struct place *named_at,
                   struct faults *faults)
{
    struct err err;
    struct stat st;
    document->path = mem_text(path);
    const struct place all = place_of(document);
    const struct place *place = named_at ? named_at : &all;

    /* Not to wait for the writer of a pipe. */
    AUTO(fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0) {
        (void)err_errno(&err, "cannot read %s", path);
        return fault(faults, place, "%s", err.message);
    }
    if (!S_ISREG(st.st_mode))
        return fault(faults, place, "%s is not a regular file", path);
    if ((uintmax_t)st.st_size > JSONFILE_SIZE_MAX)
        return fault(faults, place,
                     "%s is larger than 4 MB, the most that one file may have: split it "
                     "by \"include\"",
                     path);

    size_t size = (size_t)st.st_size, length;
    AUTO(text) char *text = mem_new(size + 1, 1);
    if (!read_all(fd, text, size + 1, &length)) {
        (void)err_errno(&err, "cannot read %s", path);
        return fault(faults, place, "%s", err.message);
    }
    if (length > size)
        return fault(faults, place, "%s grew while it was read: try again", path);
    return jsonfile_parse(document, text, length, faults);
}

void jsonfile_done(struct jsonfile *document)
{
    free(document->path);
    json_object_put(document->tree);
    free(document->positions);
    memset(document, 0, sizeof *document);
}
