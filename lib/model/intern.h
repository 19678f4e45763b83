/* intern.h: texts and values that exist once, however many rows say them. */
#pragma once

#include "base/js.h"

#include <json-c/linkhash.h>
#include <stddef.h>

struct intern {
    struct lh_table *texts;   /* owned: text to itself */
    struct lh_table *strings; /* owned: text to a JSON string of it */
    struct lh_table *values;  /* owned: compact JSON to the array or object */
};

void intern_init(struct intern *intern);
void intern_done(struct intern *intern);

/* The one copy of the text; it lives until intern_done(), or in what intern_take() returns. */
const char *intern_text(struct intern *intern, const char *text);

/* A new reference to a JSON string of this text, always the same one. */
struct json_object *intern_string(struct intern *intern, const char *text);

/* A new reference to the value's equal. Nothing of value itself is kept, so that the document it
 * comes from can be freed without leaving its memory in shreds. */
struct json_object *intern_value(struct intern *intern, struct json_object *value);

/* Moves all texts out to the caller, who frees each, and the array. */
char **intern_take(struct intern *intern, size_t *count);
