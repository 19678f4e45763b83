/* keep.h: the members of an answer that count: those that declared rows or the type's own rules
 * speak of. All else is dropped as it is read. Pure. */
#pragma once

#include "model/graph.h"

/* What to keep of bodies that may be any of the count nodes, all of one type: paths, ended by
 * NULL, for the caller (see call_request.keep). */
char **keep_new(const struct node *const *nodes, size_t count);

void keep_free(char **keep);
