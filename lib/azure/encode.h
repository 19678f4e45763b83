/* encode.h: percent-encoding that application/x-www-form-urlencoded and URL queries both
 * understand: RFC 3986 section 2.3. */
#pragma once

#include <stdbool.h>

/* True for what stands for itself. */
bool encode_is_plain(char c);

/* Appends text to what has room for it, three bytes for each; returns the new end. */
char *encode_put(char *to, const char *text);

/* A copy, in one buffer that never moves, for the caller to free. */
char *encode_text(const char *text);
