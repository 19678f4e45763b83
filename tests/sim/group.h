/* group.h: the deletion of a resource group, and where it is polled.
 * REST: Resource Management, Resource Groups: Delete. */
#pragma once

#include "call.h"

void group_delete(struct call *call);
void group_operation_get(struct call *call);
