/* reduce.h: of what Azure says, only what somebody asked for is kept, so that memory grows with
 * what is declared and not with what Azure says (an account is 40 kB). */
#pragma once

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

/* One name of the paths to keep. The first is the whole body's and has no name of its own. */
struct want {
    char *name;           /* owned */
    bool is_whole;        /* all that is below; then there are no members */
    struct want *members; /* owned: the first of them */
    struct want *next;
};

/* The paths ("properties.networkAcls") as a tree. keep is ended by NULL; NULL: all. */
struct want *want_new(const char *const *keep);
void want_free(struct want *want);

/* The member of that name, of length bytes, without regard to case; NULL if nobody wants it. */
const struct want *want_find(const struct want *want, const char *name, size_t length);

/* What of body is wanted, in a tree for the caller; body is given up. */
struct json_object *reduce_body(struct json_object *body, const struct want *want);
