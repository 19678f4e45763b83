/* failed.h: a resource that is there and of no use, because Azure could not finish it. It is mended
 * by writing it again as it is:
 * https://learn.microsoft.com/azure/networking/troubleshoot-failed-state */
#pragma once

#include "model/finding.h"

/* Appends the finding if self shows such a state; true if it does. */
bool failed_find(const struct neighbours *near, struct findings *findings);

/* True for a finding of failed_find(). */
bool failed_is(const struct finding *finding);

/* Words the request that writes it again: a type's request(). */
void failed_request(const struct neighbours *near, struct write *write);
