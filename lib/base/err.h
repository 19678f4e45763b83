/* err.h: an error is a value. Reporting one allocates nothing, nobody owns it, `=` copies it.
 *
 * What can fail returns bool and fills *err on false; code decides on domain and code, never on
 * the text; who handles an error reports it, once. */
#pragma once

#include "base/mem.h"

#include <stdbool.h>

enum err_domain {
    ERR_NONE,
    ERR_CONFIG,    /* what the operator wrote; status 0 */
    ERR_SYSTEM,    /* status is the errno, code its name */
    ERR_TRANSPORT, /* status is the CURLcode; code "Timeout", "Tls", "Resolve", "Connect", ... */
    ERR_AZURE,     /* status is the HTTP status, code Azure's own word or "Http<status>" */
    ERR_CANCELLED, /* the daemon is stopping */
};

struct err {
    enum err_domain domain;
    int status;
    char code[64];           /* the word to decide on: "AuthorizationFailed", "ENOENT" */
    char message[400];       /* one sentence: what was tried, what happened, what to do */
    char resource_id[512];   /* the ARM id it is about, or "" */
    char path[160];          /* the property, or file:line and JSON pointer; or "" */
    char correlation_id[40]; /* what Microsoft's support asks for, or "" */
};

/* Fills *err whole and returns false. A message that does not fit is cut at a character. */
bool err_set(struct err *err, enum err_domain domain, const char *code, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* The same from errno: domain ERR_SYSTEM, code "ENOENT", message "<format>: No such file...". */
bool err_errno(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* Adds the resource and the property it is about where they are still empty, and returns false.
 * Either may be NULL. */
bool err_at(struct err *err, const char *resource_id, const char *path);

/* True for an error with exactly this code. */
bool err_is(const struct err *err, const char *code);

/* Copies text into a fixed field: cut at a UTF-8 character, always terminated. */
void err_copy(char *field, size_t size, const char *text);
