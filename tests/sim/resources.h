/* resources.h: Microsoft.Resources: subscriptions, resource groups, and the list of all that is
 * in them; the metadata of the cloud. */
#pragma once

#include "call.h"

void subscriptions_list(struct call *call);
void subscription_get(struct call *call);
void groups_list(struct call *call);
void group_get(struct call *call);
void group_head(struct call *call);
void group_put(struct call *call);
void resources_list(struct call *call);
void group_resources_list(struct call *call);
void metadata_get(struct call *call);
