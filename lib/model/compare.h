/* compare.h: whether two values are equal, and how a value is written. DESIGN section 3,
 * "Comparison". Pure. */
#pragma once

#include "base/js.h"
#include "model/type.h"

/* True if what Azure shows is as declared. Either may be NULL (absent). */
bool compare_equal(enum compare how, struct json_object *declared, struct json_object *observed);

/* True if each of the wanted names is among the names, as BY_NAMES compares them. Either may be
 * NULL: no names. */
bool compare_has_names(struct json_object *names, struct json_object *wanted);

/* The same of one name. */
bool compare_has_name(struct json_object *names, const char *wanted);

/* The value to send for a declared one, given what is there now: foreign user identities stay,
 * ranges are spelt as the service takes them. A new reference. */
struct json_object *compare_write_form(enum compare how, struct json_object *declared,
                                       struct json_object *observed);
