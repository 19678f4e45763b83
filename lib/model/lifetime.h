/* lifetime.h: the lifetime actions of a vault's own rotation policy, one of a type: "rotate" makes
 * a version, "notify" tells. The vault adds a notice where none was sent. Pure.
 * https://learn.microsoft.com/rest/api/keyvault/keys/update-key-rotation-policy */
#pragma once

#include "base/js.h"

#include <stdbool.h>

/* The action of this type (without case) in an array of them, borrowed, or NULL. */
struct json_object *lifetime_find(struct json_object *actions, const char *type);

/* True if every declared action is there, its trigger as long, and no rotation that is not
 * declared. Other actions that are not declared are the vault's own. */
bool lifetime_equal(struct json_object *declared, struct json_object *observed);

/* What to send, as the vault replaces all of them: the declared ones, and what is there of other
 * types but a rotation. A new reference. */
struct json_object *lifetime_write_form(struct json_object *declared, struct json_object *observed);
