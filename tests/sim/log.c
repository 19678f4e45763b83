/* log.c: every request that azsim got, in order. */
#include "log.h"

#include "base/js.h"
#include "server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A long benchmark must not grow without end: beyond this the older half is forgotten. */
#define ENTRIES_MAX 100000

struct log {
    struct json_object *entries; /* owned: array */
    int64_t last;
};

static const char *const kinds[] = {
    [AUDIENCE_AZURE] = "azure",
    [AUDIENCE_TOKEN] = "token",
    [AUDIENCE_CONTROL] = "control",
};

struct log *log_new(void)
{
    struct log *log = mem_new(1, sizeof *log);
    log->entries = json_object_new_array();
    return log;
}

void log_free(struct log *log)
{
    if (!log)
        return;
    json_object_put(log->entries);
    free(log);
}

static struct json_object *now_text(void)
{
    struct timespec now;
    struct tm utc;
    char text[40];
    clock_gettime(CLOCK_REALTIME, &now);
    size_t length = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &utc));
    snprintf(text + length, sizeof text - length, ".%03dZ", (int)(now.tv_nsec / 1000000 % 1000));
    return json_object_new_string(text);
}

void log_request(struct log *log, struct exchange *x)
{
    if (json_object_array_length(log->entries) >= ENTRIES_MAX)
        json_object_array_del_idx(log->entries, 0, ENTRIES_MAX / 2);

    struct json_object *entry = json_object_new_object();
    js_put(entry, "seq", json_object_new_int64(++log->last));
    js_put(entry, "time", now_text());
    js_put(entry, "method", json_object_new_string(x->method));
    js_put(entry, "url", json_object_new_string(x->url));
    js_put(entry, "publicUrl", json_object_new_string(x->public_url));
    js_put(entry, "kind", json_object_new_string(kinds[x->audience]));
    if (x->length > 0 && x->audience == AUDIENCE_AZURE)
        js_put(entry, "body", json_object_new_string_len(x->text, (int)x->length));
    if (x->request.client_request_id)
        js_put(entry, "clientRequestId", json_object_new_string(x->request.client_request_id));
    if (MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, "Expect"))
        js_put(entry, "expect", json_object_new_boolean(true));

    json_object_array_add(log->entries, entry);
    x->log_entry = json_object_get(entry);
}

void log_answer(struct exchange *x, int status)
{
    js_put(x->log_entry, "status", json_object_new_int(status));
}

static bool is_counted(struct json_object *entry)
{
    return strcmp(js_string(entry, "kind", ""), kinds[AUDIENCE_AZURE]) == 0;
}

static bool is_write(struct json_object *entry)
{
    const char *method = js_string(entry, "method", "");
    return is_counted(entry) && strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0;
}

/* The first entry with a number above since: numbers have no gaps. */
static size_t first_after(const struct log *log, int64_t since)
{
    int64_t count = (int64_t)json_object_array_length(log->entries);
    int64_t skipped = since - (log->last - count);
    return (size_t)(skipped < 0 ? 0 : skipped > count ? count : skipped);
}

struct json_object *log_read(const struct log *log, int64_t since, bool writes_only)
{
    struct json_object *answer = json_object_new_object(), *list = json_object_new_array();
    int64_t requests = 0, writes = 0;

    for (size_t i = first_after(log, since); i < json_object_array_length(log->entries); i++) {
        struct json_object *entry = json_object_array_get_idx(log->entries, i);
        requests += is_counted(entry);
        writes += is_write(entry);
        if (!writes_only || is_write(entry))
            json_object_array_add(list, json_object_get(entry));
    }
    js_put(answer, "entries", list);
    js_put(answer, "last", json_object_new_int64(log->last));
    js_put(answer, "requests", json_object_new_int64(requests));
    js_put(answer, "writes", json_object_new_int64(writes));
    return answer;
}

struct json_object *log_find(const struct log *log, int64_t *since, const regex_t *match)
{
    for (size_t i = first_after(log, *since); i < json_object_array_length(log->entries); i++) {
        struct json_object *entry = json_object_array_get_idx(log->entries, i);
        AUTO(text)
        char *line =
            mem_format("%s %s", js_string(entry, "method", ""), js_string(entry, "publicUrl", ""));
        if (strcmp(js_string(entry, "kind", ""), kinds[AUDIENCE_CONTROL]) != 0 &&
            regexec(match, line, 0, NULL, 0) == 0)
            return entry;
    }
    *since = log->last;
    return NULL;
}

void log_clear(struct log *log)
{
    json_object_put(log->entries);
    log->entries = json_object_new_array();
}
