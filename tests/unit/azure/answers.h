/* answers.h: HTTP answers for the tests of what they mean. */
#pragma once

#include "azure/answer.h"
#include "base/js.h"

#include <string.h>

/* headers: lines, each ended by "\n", or NULL; body: NULL or text, taken as it is. */
static inline struct http_answer answer_of(int status, const char *headers, const char *body)
{
    struct http_answer answer = {.status = status, .body = mem_text(body)};
    answer.length = body ? strlen(body) : 0;
    while (headers && *headers) {
        size_t length = strcspn(headers, "\n");
        answer_add_header(&answer, headers, length);
        headers += length + (headers[length] == '\n');
    }
    return answer;
}

/* Its JSON, or NULL; single quotes count as double ones. The caller puts it. */
static inline struct json_object *json_of(const char *quoted)
{
    return quoted ? json_tokener_parse(quoted) : NULL;
}
