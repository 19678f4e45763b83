/* child.h: what the smaller resources of all providers have in common: each is a body in the table
 * of others, found by its id, and hangs on a parent. */
#pragma once

#include "call.h"

/* The resource that the path names, or NULL. */
struct resource *child_find(struct call *call);

/* The gateway's 404 for it; type as in "Microsoft.ManagedIdentity/userAssignedIdentities". */
bool child_missing(struct call *call, const char *type);

/* The parent in table by its id, or NULL with the gateway's 404; type is the child's, below the
 * name space: "accounts/deployments". */
struct resource *child_parent(struct call *call, struct lh_table *table, const char *id,
                              const char *type);

/* {"id", "type", "name"}, the beginning of a new body; for the caller. */
struct json_object *child_begin(struct call *call, const char *type);

/* Replaces what is there, or adds it; body is handed over. */
struct resource *child_store(struct call *call, struct json_object *body);

/* Takes it away: 200, or 204 where it is not. */
void child_delete(struct call *call);

/* Who made it and who changed it last, out of what was there (or NULL); for the caller. */
struct json_object *child_system_data(struct call *call, struct json_object *old);

/* Gives the body a fresh ETag, in quotes as a header's. */
void child_stamp(struct json_object *body);

/* Answers with the body, its ETag as a header too. */
void child_show(struct call *call, int status, struct json_object *body);

/* The resource that an extension hangs on (call->scope) is there; else the gateway's 404. */
bool child_scope(struct call *call);

/* For call_list(): those that lie directly below the path. */
struct json_object *child_take(struct call *call, struct resource *child);

/* Drops the others below the id, as the deletion of a resource does. */
void children_drop(struct sim *sim, const char *id);
