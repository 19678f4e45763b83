/* identity.h: Microsoft.ManagedIdentity/userAssignedIdentities.
 * REST: Managed Identity, User Assigned Identities: Create Or Update, Update, Get, Delete, List. */
#pragma once

#include "call.h"

void identity_get(struct call *call);
void identity_put(struct call *call);
void identity_patch(struct call *call);
void identity_delete(struct call *call);
void identities_list(struct call *call);
void identities_list_group(struct call *call);

/* True if all that the body wants to attach are there; else the gateway's 400 has been answered.
 * sent and old are "identity" members or NULL; what is attached already is not asked for. */
bool identity_attachable(struct call *call, struct json_object *sent, struct json_object *old);

/* The two ids under which an attached one is shown; for the caller. */
struct json_object *identity_ids(struct sim *sim, const char *id);
