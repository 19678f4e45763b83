/* split.h: a page of a list, taken apart while its bytes come: {"value": [{...}, {...}],
 * "nextLink": "..."}. Each element of "value" is reduced, shown and freed as soon as its last byte
 * is there, so that a page of any size takes the memory of one element. Only strings, names and
 * nesting are looked at: members that nobody wants are passed over, the others are shown as text.
 * https://github.com/Azure/azure-resource-manager-rpc/blob/master/v1.0/resource-api-reference.md */
#pragma once

#include "azure/reduce.h"
#include "base/err.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#define SPLIT_ELEMENT_MAX (1U << 20) /* bytes of what is wanted of one element */
#define SPLIT_REST_MAX 65536U        /* of the page without its elements */

struct split;

/* What is wanted of an element, as compact JSON; borrowed until it returns. Its marks stand where
 * they should; of what stands between them js_parse() is to judge. False: that element, and the
 * page with it, is wrong. */
typedef bool split_each_fn(void *owner, const char *text, size_t length, struct err *err);

/* want is borrowed. each is called within split_feed(). */
struct split *split_new(const struct want *want, split_each_fn *each, void *owner);

/* A page begins: what came of another is forgotten. */
void split_begin(struct split *split);

/* The next bytes. False once the page is wrong: the bytes that follow change nothing. */
bool split_feed(struct split *split, const char *bytes, size_t length);

bool split_is_wrong(const struct split *split);

/* How many elements the page has given so far. */
size_t split_given(const struct split *split);

/* The page has ended: rest is all of it but the elements, for the caller. Nested at most
 * JS_DEPTH_MAX deep. Errors: ERR_AZURE "BadJson" (a page that is cut off, too), "NotAList" (an
 * element that is no object, a second "value"); ERR_TRANSPORT "TooLarge". */
bool split_end(struct split *split, struct json_object **rest, struct err *err) MUST_CHECK;

void split_free(struct split *split);
