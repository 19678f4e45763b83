/* pages.h: a list that comes in pages, made one.
 * https://github.com/Azure/azure-resource-manager-rpc/blob/master/v1.0/resource-api-reference.md */
#pragma once

#include "azure/split.h"
#include "base/err.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#define PAGES_MAX 1000
#define PAGES_KEPT_MAX (128U << 20) /* bytes that a list may take, half of what the unit allows */

struct pages {
    struct split *split;       /* owned: takes the pages apart */
    struct json_object *value; /* owned: all elements so far; NULL: they are not kept */
    size_t settled;            /* so many of them are of pages that came whole */
    size_t weight, most;       /* what they take, roughly; may take: PAGES_KEPT_MAX */
    char **followed;           /* owned: the links */
    size_t count;
};

/* want is borrowed. Each element goes to each, or is kept if that is NULL: of a page that was read
 * more than once, those of the last time. What takes more than PAGES_KEPT_MAX is a page that is
 * wrong: ERR_TRANSPORT "TooLarge". */
void pages_init(struct pages *pages, const struct want *want, split_each_fn *each, void *owner);

/* A page came whole: rest (given up) is what its elements left. Finds the link to the next: *next
 * is borrowed from pages, NULL at the end (no nextLink, null or ""). A page may be empty and still
 * have one. Errors, all ERR_AZURE: "NotAList", "ForeignOrigin", "BadLink", "PagingLoop",
 * "TooManyPages". */
bool pages_add(struct pages *pages, struct json_object *rest, const char *origin, const char **next,
               struct err *err) MUST_CHECK;

/* {"value": [...]} for the caller; NULL if the elements were not kept. */
struct json_object *pages_take(struct pages *pages);

void pages_done(struct pages *pages); /* frees what it holds */
