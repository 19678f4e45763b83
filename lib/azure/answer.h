/* answer.h: one HTTP answer in memory, as it came: status, headers, body. RFC 9110. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define ANSWER_HEADERS_MAX 65536 /* bytes of headers that are kept; the rest is dropped */

struct http_answer {
    int status;            /* 0: none came */
    char *headers;         /* owned: lines "Name: value", each ended by NUL */
    size_t headers_length; /* NULs included */
    char *body;            /* owned: NUL after its end; NULL if empty */
    size_t length;         /* of the body, without that NUL */
};

/* Appends one header line of length bytes; what follows its last printable byte is cut. Lines
 * without a colon and those past ANSWER_HEADERS_MAX are ignored. */
void answer_add_header(struct http_answer *answer, const char *line, size_t length);

/* The value of the first header of that name (case does not count), borrowed; NULL if none. */
const char *answer_header(const struct http_answer *answer, const char *name);

/* Calls each() for every header whose name begins with prefix; name is what follows it. */
void answer_each_header(const struct http_answer *answer, const char *prefix,
                        void (*each)(void *owner, const char *name, const char *value),
                        void *owner);

/* The Date of the answer in seconds since 1970, 0 if it has none. */
int64_t answer_date_s(const struct http_answer *answer);

/* Zeroes the body, which may carry a token, and frees all. */
void answer_done(struct http_answer *answer);
