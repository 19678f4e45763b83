#include "report/journal.h"

#include "base/iso8601.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

/* The location of this file in the fields would say nothing. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

/* ---- which way ----------------------------------------------------------------------------- */

static bool is_stream(const struct journal_setting *setting)
{
    uintmax_t device, inode;
    char rest;
    if (!setting->journal_stream || (!setting->device && !setting->inode))
        return false;
    return sscanf(setting->journal_stream, "%ju:%ju%c", &device, &inode, &rest) == 2 &&
           device == setting->device && inode == setting->inode;
}

enum journal_way journal_choose(const struct journal_setting *setting)
{
    if (is_stream(setting))
        return JOURNAL_FIELDS;
    return setting->is_service && setting->has_socket && !setting->is_terminal ? JOURNAL_FIELDS
                                                                               : JOURNAL_LINES;
}

/* systemd.exec(5): $SYSTEMD_EXEC_PID is the process that the manager has started; a shell that
 * inherits the variable is another one. */
static bool is_service(void)
{
    const char *started = secure_getenv("SYSTEMD_EXEC_PID");
    AUTO(text) char *own = mem_format("%" PRIdMAX, (intmax_t)getpid());
    return started && strcmp(started, own) == 0;
}

enum journal_way journal_way(void)
{
    struct stat st;
    bool is_open = fstat(STDERR_FILENO, &st) == 0;
    const struct journal_setting setting = {
        .journal_stream = secure_getenv("JOURNAL_STREAM"),
        .device = is_open ? st.st_dev : 0,
        .inode = is_open ? st.st_ino : 0,
        .is_terminal = isatty(STDERR_FILENO) == 1,
        .has_socket = access(JOURNAL_SOCKET, W_OK) == 0,
        .is_service = is_service(),
    };
    return journal_choose(&setting);
}

/* ---- to the journal ------------------------------------------------------------------------ */

static void add(struct journal_entry *entry, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    entry->fields = mem_resize(entry->fields, entry->count + 1, sizeof *entry->fields);
    entry->fields[entry->count++] = mem_format("%s=%s", name, value);
}

static void add_values(struct journal_entry *entry, const struct event *event)
{
    if (!event->has_values)
        return;
    AUTO(text) char *observed = js_words(event->observed, SIZE_MAX);
    AUTO(text) char *desired = js_words(event->desired, SIZE_MAX);
    add(entry, "CMKD_OBSERVED", observed);
    add(entry, "CMKD_DESIRED", desired);
}

static void add_author(struct journal_entry *entry, const struct author *author)
{
    char time_text[ISO8601_TIME_SIZE];
    if (!author || !author->time_s)
        return;
    iso8601_format_time(author->time_s, time_text);
    add(entry, "CMKD_AUTHOR", author->caller);
    add(entry, "CMKD_AUTHOR_CLIENT", author->client);
    add(entry, "CMKD_AUTHOR_CORRELATION_ID", author->correlation_id);
    add(entry, "CMKD_AUTHOR_OPERATION", author->operation);
    add(entry, "CMKD_AUTHOR_POLICY", author->policy);
    add(entry, "CMKD_AUTHOR_TIME", time_text);
}

void journal_entry_make(const struct event *event, struct journal_entry *entry)
{
    const struct event_form *form = event_form(event->kind);
    AUTO(text) char *message = event_message(event);
    AUTO(text) char *priority = mem_format("%d", form->priority);
    memset(entry, 0, sizeof *entry);
    add(entry, "MESSAGE", message);
    add(entry, "MESSAGE_ID", form->message_id);
    add(entry, "PRIORITY", priority);
    add(entry, "SYSLOG_IDENTIFIER", "cmkd");
    for (size_t i = 0; i < event->n_stacks; i++)
        add(entry, "CMKD_STACK", event->stacks[i]);
    add(entry, "CMKD_PASS", event->pass);
    add(entry, "CMKD_OUTCOME", event->outcome);
    add(entry, "CMKD_PATH", event->path);
    add_values(entry, event);
    add(entry, "CMKD_CONTROL", event->control);
    add(entry, "CMKD_REASON", event->reason);
    add_author(entry, event->author);
    add(entry, "AZURE_RESOURCE_ID", event->resource_id);
    add(entry, "AZURE_CORRELATION_ID", event->correlation_id);
    add(entry, "AZURE_REQUEST_ID", event->request_id);
    add(entry, "AZURE_ERROR_CODE", event->error_code);
}

void journal_entry_done(struct journal_entry *entry)
{
    for (size_t i = 0; i < entry->count; i++)
        free(entry->fields[i]);
    free(entry->fields);
    memset(entry, 0, sizeof *entry);
}

static bool send_entry(const struct event *event)
{
    struct journal_entry entry;
    journal_entry_make(event, &entry);
    struct iovec *fields = mem_new(entry.count, sizeof *fields);
    for (size_t i = 0; i < entry.count; i++)
        fields[i] = (struct iovec){entry.fields[i], strlen(entry.fields[i])};
    int failure = sd_journal_sendv(fields, (int)entry.count);
    free(fields);
    journal_entry_done(&entry);
    return failure == 0;
}

/* ---- to standard error --------------------------------------------------------------------- */

char *journal_line(const struct event *event, int64_t now_s)
{
    static const char *const levels[] = {
        [LOG_EMERG] = "EMERGENCY", [LOG_ALERT] = "ALERT",     [LOG_CRIT] = "CRITICAL",
        [LOG_ERR] = "ERROR",       [LOG_WARNING] = "WARNING", [LOG_NOTICE] = "NOTICE",
        [LOG_INFO] = "INFO",       [LOG_DEBUG] = "DEBUG",
    };
    char time_text[ISO8601_TIME_SIZE];
    AUTO(text) char *message = event_message(event);
    iso8601_format_time(now_s, time_text);
    return mem_format("%s %s %s\n", time_text, levels[event_form(event->kind)->priority], message);
}

/* In one write where the file takes it, so that lines of several processes do not mix. There is
 * nowhere left to report a failure to. */
static void write_line(const char *line)
{
    size_t left = strlen(line);
    while (left > 0) {
        ssize_t written = write(STDERR_FILENO, line, left);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return;
        line += written;
        left -= (size_t)written;
    }
}

void journal_tell(enum journal_way way, const struct event *event)
{
    if (way == JOURNAL_FIELDS && send_entry(event))
        return;
    if (event_form(event->kind)->priority > LOG_INFO)
        return;
    AUTO(text) char *line = journal_line(event, (int64_t)time(NULL));
    write_line(line);
}
