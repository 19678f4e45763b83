/* grant.h: Microsoft.Authorization/roleAssignments, at any scope.
 * REST: Authorization, Role Assignments: Create, Get, Delete, List For Scope. */
#pragma once

#include "call.h"

void grant_get(struct call *call);
void grant_put(struct call *call);
void grant_delete(struct call *call);
void grants_list(struct call *call);

/* Drops the assignments at the id and below it, as the deletion of a resource does. */
void grants_drop_below(struct sim *sim, const char *id);

/* True if the principal holds one of the roles (NULL-ended definition ids) at the id or above it,
 * in effect now. */
bool grant_holds(struct sim *sim, const char *principal, const char *const *roles, const char *id);

/* The assignment as Azure shows it: members that are unset are null. A copy for the caller. */
struct json_object *grant_complete(struct json_object *body, const char *id);

/* Tells the directory of a principal. */
void principal_add(struct sim *sim, const char *id, int64_t since_ms);
