/* rai_policy.h: Microsoft.CognitiveServices/accounts/raiPolicies, the content filters.
 * REST: Cognitive Services management, Rai Policies: Create Or Update, Get, Delete, List. */
#pragma once

#include "call.h"

void rai_policy_get(struct call *call);
void rai_policy_put(struct call *call);
void rai_policy_delete(struct call *call);
void rai_policies_list(struct call *call);
