/* peek.h: one value of a JSON text, without a tree of all the others: that takes ten times as long.
 *
 * The text is compact, and its marks stand where they should (azure/split.h sees to it); of what
 * stands between them nothing is believed before js_parse() has read it. */
#pragma once

#include <json-c/json.h>
#include <stddef.h>

/* Where the value at path stands in the text of an object: plain names with dots between them, each
 * exactly as it is spelt there; of a name that comes twice the last. NULL if it is not there. */
const char *peek_find(const char *text, const char *path, size_t *length);

/* The string at path, for the caller; NULL if there is none, or no valid one. */
char *peek_string(const char *text, const char *path);

/* The value at path as a tree, for the caller; NULL if there is none, or no valid one. */
struct json_object *peek_tree(const char *text, const char *path);

/* An object of the values at the paths, each where it was, for the caller: NULL ends the paths. */
struct json_object *peek_trees(const char *text, const char *const *paths);
