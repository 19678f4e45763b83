/* secret.h: secrets come from files, and only from files that others cannot read. */
#pragma once

#include "base/err.h"

#include <stdbool.h>

#define SECRET_SIZE_MAX 65536

/* The text of the file without the line end after it; the caller frees it as a secret. Errors:
 * ERR_SYSTEM; ERR_CONFIG "SecretExposed" (anyone can read it), "SecretInvalid" (empty, larger than
 * SECRET_SIZE_MAX, with a NUL, or no regular file). */
bool secret_load(const char *path, char **secret, struct err *err) MUST_CHECK;
