/* idl.h: the description of a Varlink interface, read: pure.
 * https://varlink.org/Interface-Definition */
#pragma once

#include "base/err.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

struct idl;

/* Reads a description. False with code "BadInterface": the message says which line is wrong and
 * why; a type that is used is defined, no name stands twice. */
bool idl_parse(const char *text, struct idl **idl, struct err *err) MUST_CHECK;
void idl_free(struct idl *idl);

const char *idl_name(const struct idl *idl);              /* "io.cmkd" */
size_t idl_methods(const struct idl *idl);                /* how many */
const char *idl_method(const struct idl *idl, size_t at); /* "Status" */
bool idl_has_method(const struct idl *idl, const char *method);
bool idl_has_error(const struct idl *idl, const char *error); /* "NoSuchStack" */

/* NULL if parameters (an object) are what the method takes, else the name of the first that is
 * not: unknown, of a wrong type, or missing. The name is borrowed from idl or from parameters. */
const char *idl_wrong_in(const struct idl *idl, const char *method, struct json_object *parameters);

/* The same for what the method replies, and for an error: for tests. */
const char *idl_wrong_out(const struct idl *idl, const char *method,
                          struct json_object *parameters);
const char *idl_wrong_error(const struct idl *idl, const char *error,
                            struct json_object *parameters);
