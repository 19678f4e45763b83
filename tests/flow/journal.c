/* journal.c: a journal of the test's own, where no systemd runs. Preloaded into cmkd, it takes what
 * is meant for the journal and appends it to the file of FLOW_JOURNAL, with the time by the clock
 * of the process: in the Journal Export Format, of which systemd-journal-remote(8) makes a journal.
 * https://systemd.io/JOURNAL_EXPORT_FORMATS
 *
 * The message goes to standard error too, where the test waits for it. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BOOT "0123456789abcdef0123456789abcdef"
#define MESSAGE "MESSAGE="

static int64_t now_us(clockid_t which)
{
    struct timespec now;
    clock_gettime(which, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

/* A value with a line end in it is told by its length, eight bytes, the least first. */
static void put_field(FILE *file, const struct iovec *field)
{
    const char *text = field->iov_base, *equals = memchr(text, '=', field->iov_len);
    if (!equals)
        abort();
    size_t name = (size_t)(equals - text), length = field->iov_len - name - 1;
    if (!memchr(equals, '\n', length + 1)) {
        fwrite(text, 1, field->iov_len, file);
    } else {
        fwrite(text, 1, name, file);
        fputc('\n', file);
        for (unsigned i = 0; i < 8; i++)
            fputc((int)(((uint64_t)length >> (8 * i)) & 0xff), file);
        fwrite(equals + 1, 1, length, file);
    }
    fputc('\n', file);
}

int sd_journal_sendv(const struct iovec *fields, int count)
{
    const char *path = secure_getenv("FLOW_JOURNAL");
    FILE *file = path ? fopen(path, "ae") : NULL;
    if (!file)
        abort(); /* what is lost here, no test would miss */
    fprintf(file, "__REALTIME_TIMESTAMP=%" PRId64 "\n", now_us(CLOCK_REALTIME));
    fprintf(file, "__MONOTONIC_TIMESTAMP=%" PRId64 "\n", now_us(CLOCK_MONOTONIC));
    fprintf(file, "_BOOT_ID=" BOOT "\n_PID=%d\n", (int)getpid());
    for (int i = 0; i < count; i++) {
        const char *text = fields[i].iov_base;
        put_field(file, &fields[i]);
        if (strncmp(text, MESSAGE, strlen(MESSAGE)) == 0)
            fprintf(stderr, "%.*s\n", (int)(fields[i].iov_len - strlen(MESSAGE)),
                    text + strlen(MESSAGE));
    }
    fputc('\n', file);
    return fclose(file) == 0 ? 0 : -1;
}
