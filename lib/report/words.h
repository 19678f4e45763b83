/* words.h: values as they read in a sentence, shorter than JSON where nothing is lost. Pure. */
#pragma once

#include "model/graph.h"

/* "Deny"; a list of rules as "203.0.113.0/24, 198.51.100.7"; a flat object as "version 1f, created
 * 2026-..."; all else as js_words(). Cut after max bytes with "...". The caller frees. */
char *words_of(struct json_object *value, size_t max);

/* What the configuration calls a resource with this id, "vault", "key", ..., by the types in the
 * id; "resource" of any other. An id of a collection is that of what is in it. Static. */
const char *words_kind(const char *resource_id);

/* What a resource is called in a sentence. A role assignment has a GUID for a name, which says
 * nothing: it is told by what it is on, "grant on openai-cmk". The caller frees. */
char *words_node(const struct node *node);
