/* zone_group.h: Microsoft.Network/privateEndpoints/privateDnsZoneGroups, the zones in which an
 * endpoint's names are found.
 * REST: Virtual Network, Private Dns Zone Groups: Create Or Update, Get, Delete, List. */
#pragma once

#include "call.h"

void zone_group_get(struct call *call);
void zone_group_put(struct call *call);
void zone_group_delete(struct call *call);
void zone_groups_list(struct call *call);
