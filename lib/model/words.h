/* words.h: the configuration's own words, and what was probably meant by a misspelt one. */
#pragma once

#include "model/place.h"

#include <json-c/json.h>

/* The candidate nearest to word by edit distance (a swap of neighbours counts once, case not at
 * all), or NULL where none is near. candidates is ended by NULL. */
const char *words_nearest(const char *word, const char *const *candidates);

/* Reports each member of object whose name is not among those allowed (ended by NULL). */
void words_check(struct faults *faults, const struct place *place, struct json_object *object,
                 const char *const *allowed);

/* All of them, each in quotes, with commas and an "or" between. The caller frees. */
char *words_list(const char *const *words);

/* The member called key, exactly; NULL if absent or null, or reported as not of this type. */
struct json_object *words_get(struct faults *faults, const struct place *place,
                              struct json_object *object, const char *key, enum json_type type);

/* The same for a string, reported too where it is absent. */
const char *words_need(struct faults *faults, const struct place *place, struct json_object *object,
                       const char *key, const char *expected);

/* "an object", "a boolean", ...: a JSON type with its article. */
const char *words_type(enum json_type type);
