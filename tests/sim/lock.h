/* lock.h: Microsoft.Authorization/locks, at any scope, and what they forbid in Resource Manager.
 * REST: Management Locks: Create Or Update By Scope, Get, Delete, List By Scope.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources */
#pragma once

#include "call.h"

void lock_get(struct call *call);
void lock_put(struct call *call);
void lock_delete(struct call *call);
void locks_list(struct call *call);

/* The gateway's question. If a lock forbids the request, 409 ScopeLocked has been answered. */
bool lock_allows(struct call *call);
