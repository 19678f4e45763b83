/* reduce.h: of what Azure says, only what somebody asked for is kept, so that memory grows with
 * what is declared and not with what Azure says (an account is 40 kB). */
#pragma once

#include <json-c/json.h>

/* The members of body at the paths of keep (ended by NULL; NULL: all), in a tree for the caller;
 * body is given up. */
struct json_object *reduce_body(struct json_object *body, const char *const *keep);
