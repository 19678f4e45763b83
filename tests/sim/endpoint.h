/* endpoint.h: Microsoft.Network/privateEndpoints, as far as vaults and accounts notice them.
 * REST: Virtual Network, Private Endpoints: Create Or Update, Get, Delete, List. */
#pragma once

#include "call.h"

void endpoint_get(struct call *call);
void endpoint_put(struct call *call);
void endpoint_delete(struct call *call);
void endpoints_list(struct call *call);
void endpoints_list_group(struct call *call);

/* The endpoint by its id, as it is shown now; NULL if there is none. */
struct resource *endpoint_find(struct sim *sim, const char *id);

/* Answers a write of Microsoft.Network's with the resource, and starts the operation that ends it.
 */
void endpoint_answer(struct call *call, int status, const char *location,
                     struct resource *resource);
