/* failed.h: a resource that is there and of no use, because Azure could not finish what it was
 * asked for last. It is mended by writing it again as it is:
 * https://learn.microsoft.com/azure/networking/troubleshoot-failed-state
 * States that are the end of an operation, by Resource Manager's contract: Succeeded, Failed,
 * Canceled. https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations */
#pragma once

#include "model/finding.h"

#define FAILED_STATE "properties.provisioningState"

/* Appends the finding if self shows such a state; true if it does. Last of a type's changes(): it
 * waits for whatever of the resource waits. Its request is worded by the planner. */
bool failed_find(const struct neighbours *near, struct findings *findings);
