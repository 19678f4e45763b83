/* pages.h: a list that comes in pages, made one.
 * https://github.com/Azure/azure-resource-manager-rpc/blob/master/v1.0/resource-api-reference.md */
#pragma once

#include "base/err.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#define PAGES_MAX 1000

struct pages {
    struct json_object *value; /* owned: all elements so far */
    char **followed;           /* owned: the links */
    size_t count;
};

/* Takes the elements of a page (body is given up), each reduced to keep, and finds the link to
 * the next: *next is borrowed from pages, NULL at the end (no nextLink, null or ""). A page may be
 * empty and still have one. Errors, all ERR_AZURE: "NotAList", "ForeignOrigin", "BadLink",
 * "PagingLoop", "TooManyPages". */
bool pages_add(struct pages *pages, struct json_object *body, const char *const *keep,
               const char *origin, const char **next, struct err *err) MUST_CHECK;

/* {"value": [...]} for the caller. */
struct json_object *pages_take(struct pages *pages);

void pages_done(struct pages *pages); /* frees what it holds */
