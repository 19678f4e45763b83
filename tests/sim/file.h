/* file.h: small text files, read and written whole: seeds, faults, cases, certificates. */
#pragma once

#include "base/err.h"

#include <json-c/json.h>
#include <sys/types.h>

#define FILE_SIZE_MAX (64u << 20)

/* The whole file as a text of its own; it must not hold a NUL byte. */
bool file_load(const char *path, char **text, struct err *err) MUST_CHECK;

/* The same, parsed as JSON. */
bool file_load_json(const char *path, struct json_object **tree, struct err *err) MUST_CHECK;

/* Replaces the file; its mode is exactly that, whatever the umask. */
bool file_save(const char *path, const char *text, mode_t mode, struct err *err) MUST_CHECK;
