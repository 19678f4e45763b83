/* role.h: Microsoft.Authorization/roleDefinitions: what a role lets its holder do. The built-in
 * ones in use are there by themselves, custom ones come by a seed or a PUT.
 * REST: Authorization, Role Definitions: List, Get, Create Or Update. */
#pragma once

#include "call.h"

void roles_list(struct call *call);
void role_get(struct call *call);
void role_put(struct call *call);

/* The definition as Azure shows it, by an id below any scope; NULL if there is none. Borrowed. */
struct json_object *role_find(struct sim *sim, const char *id);

/* True if the role lets its holder do the action: of the data plane if is_data. */
bool role_permits(struct json_object *role, const char *action, bool is_data);

/* The one shape of a condition on an assignment that azsim understands: role assignments may be
 * written only for these roles, to principals of these types. False with what is expected. */
bool condition_valid(const char *condition, struct err *err) MUST_CHECK;

/* True if the condition lets this role assignment (its properties) be written. */
bool condition_met(const char *condition, struct json_object *assignment);
