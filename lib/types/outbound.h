/* outbound.h: where an account may go. With restrictOutboundNetworkAccess it reaches nothing that
 * allowedFqdnList does not name, its key vault neither.
 * https://learn.microsoft.com/azure/ai-services/cognitive-services-data-loss-prevention */
#pragma once

#include "model/finding.h"
#include "model/observed.h"

/* Appends a finding where the vault's host is missing from a list that the operator does not
 * declare: it is to be joined by it, and to lose nothing. */
void outbound_changes(const struct neighbours *near, struct findings *findings);

/* What stands in the way of a finding about the list, as the type's obstruct() says it. */
void outbound_obstruct(const struct neighbours *near, const struct finding *finding,
                       struct obstacles *obstacles);

/* Puts the vault's host on the list of an account that is to be made with outbound access
 * restricted. */
void outbound_complete(const struct neighbours *near, struct json_object *body);
