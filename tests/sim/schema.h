/* schema.h: request bodies against Azure's official schemas (schemas/), which are built in. */
#pragma once

#include "call.h"

/* False, with a 400 answered, if a member of the body has another type than its schema says.
 * Members that the schema does not know are not looked at: Azure swallows them. */
bool schema_allows(struct call *call);

/* The texts of the schemas, by their row in schema.c; made by CMake out of schemas/. */
const char *schema_text(int row);
