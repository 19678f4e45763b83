#include "azure/answer.h"

#include "base/iso8601.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void answer_add_header(struct http_answer *answer, const char *line, size_t length)
{
    while (length && (unsigned char)line[length - 1] <= ' ')
        length--;
    if (!memchr(line, ':', length) || memchr(line, '\0', length) ||
        answer->headers_length + length + 1 > ANSWER_HEADERS_MAX)
        return;
    answer->headers = mem_resize(answer->headers, answer->headers_length + length + 1, 1);
    memcpy(answer->headers + answer->headers_length, line, length);
    answer->headers_length += length;
    answer->headers[answer->headers_length++] = '\0';
}

static const char *value_of(const char *line)
{
    const char *value = strchr(line, ':') + 1;
    return value + strspn(value, " \t");
}

const char *answer_header(const struct http_answer *answer, const char *name)
{
    size_t length = strlen(name), at = 0;
    for (; at < answer->headers_length; at += strlen(answer->headers + at) + 1)
        if (strncasecmp(answer->headers + at, name, length) == 0 &&
            answer->headers[at + length] == ':')
            return value_of(answer->headers + at);
    return NULL;
}

void answer_each_header(const struct http_answer *answer, const char *prefix,
                        void (*each)(void *owner, const char *name, const char *value), void *owner)
{
    size_t length = strlen(prefix), at = 0;
    for (; at < answer->headers_length; at += strlen(answer->headers + at) + 1) {
        const char *line = answer->headers + at;
        if (strncasecmp(line, prefix, length) != 0)
            continue;
        const char *colon = strchr(line, ':');
        if (colon < line + length)
            continue;
        AUTO(text) char *name = mem_text_n(line + length, (size_t)(colon - line) - length);
        each(owner, name, value_of(line));
    }
}

int64_t answer_date_s(const struct http_answer *answer)
{
    const char *date = answer_header(answer, "Date");
    int64_t date_s;
    return date && iso8601_parse_http_date(date, &date_s) ? date_s : 0;
}

void answer_done(struct http_answer *answer)
{
    if (answer->body)
        mem_zero(answer->body, answer->length);
    free(answer->body);
    free(answer->headers);
    *answer = (struct http_answer){0};
}
