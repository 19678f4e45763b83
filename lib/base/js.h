/* js.h: reading and writing JSON trees (json-c) by property path, with types checked.
 *
 * A path is what the operator reads in the journal and writes in an exemption:
 *     properties.networkAcls.ipRules          tags['cost.center']
 * A member is looked for by its exact name, then without regard to case: Azure's own clients
 * accept both. A JSON null and an absent member are the same thing, NULL.
 *
 * What a getter returns is borrowed from the tree. */
#pragma once

#include "base/err.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#define JS_DEPTH_MAX 32
#define JS_SEGMENT_MAX 256 /* bytes of one name in a path, the end included */

void auto_json(struct json_object **tree);

/* Parses length bytes of strict JSON (RFC 8259; a UTF-8 byte order mark is skipped), nested at
 * most JS_DEPTH_MAX deep. False with code "BadJson". A document that is just null gives NULL. */
bool js_parse(const char *text, size_t length, struct json_object **tree,
              struct err *err) MUST_CHECK;

/* The value at path below tree, or NULL if absent, null or below something not an object. */
struct json_object *js_find(struct json_object *tree, const char *path);

/* The member by name (exact, else without case); *actual, if not NULL, gets its real name. */
struct json_object *js_member(struct json_object *object, const char *name, const char **actual);

/* Typed reads: the fallback where the value is absent or of another type, never a coercion. */
const char *js_string(struct json_object *tree, const char *path, const char *fallback);
bool js_bool(struct json_object *tree, const char *path, bool fallback);
int64_t js_int(struct json_object *tree, const char *path, int64_t fallback);
struct json_object *js_array(struct json_object *tree, const char *path);  /* or NULL */
struct json_object *js_object(struct json_object *tree, const char *path); /* or NULL */

/* Sets value (handed over, NULL for null) at path, making the objects on the way; an existing
 * member is matched as js_member() does. Only for trees that are being built. */
void js_put(struct json_object *tree, const char *path, struct json_object *value);

/* Takes the member at path out, if it is there. */
void js_remove(struct json_object *tree, const char *path);

/* A deep copy, handed to the caller; NULL gives NULL. */
struct json_object *js_copy(struct json_object *tree);

/* True if they are the same value: numbers by value, members in any order, arrays in order. */
bool js_same(struct json_object *a, struct json_object *b);

/* How a value reads in a sentence: a string without its quotes, all else as compact JSON, "none"
 * for NULL; cut after max bytes with "..." at the end. The caller frees. */
char *js_words(struct json_object *value, size_t max);

/* Iterates over the steps of a path: *cursor starts at the path's text, step gets each name.
 * False at the end, or where the path is malformed (js_path_valid() tells beforehand). */
bool js_step(const char **cursor, char step[JS_SEGMENT_MAX]);
bool js_path_valid(const char *path);

/* parent + name as a path of its own, quoted where needed: ("tags", "a.b") is tags['a.b']. The
 * caller frees. An empty parent gives the name alone. */
char *js_join(const char *parent, const char *name);

/* True if path is prefix or lies below it: ("properties.networkAcls", "properties.networkAcls
 * .ipRules"). Names compare without case. */
bool js_path_covers(const char *prefix, const char *path);
