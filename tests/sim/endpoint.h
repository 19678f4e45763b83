/* endpoint.h: Microsoft.Network/privateEndpoints, as far as vaults and accounts notice them.
 * REST: Virtual Network, Private Endpoints: Create Or Update, Get, Delete, List. */
#pragma once

#include "call.h"

void endpoint_get(struct call *call);
void endpoint_put(struct call *call);
void endpoint_delete(struct call *call);
void endpoints_list(struct call *call);
void endpoints_list_group(struct call *call);
