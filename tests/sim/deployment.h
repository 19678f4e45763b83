/* deployment.h: Microsoft.CognitiveServices/accounts/deployments, the models of an account.
 * REST: Cognitive Services management, Deployments: Create Or Update, Update, Get, Delete, List. */
#pragma once

#include "call.h"

void deployment_get(struct call *call);
void deployment_put(struct call *call);
void deployment_patch(struct call *call);
void deployment_delete(struct call *call);
void deployments_list(struct call *call);
