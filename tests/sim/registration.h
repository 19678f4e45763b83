/* registration.h: which resource providers a subscription is registered to use.
 * REST: Resource Management, Providers: List, Get, Register, Unregister. */
#pragma once

#include "call.h"

void providers_list(struct call *call);
void provider_get(struct call *call);
void provider_register(struct call *call);
void provider_unregister(struct call *call);

/* The gateway's question. If the subscription may not use the provider of what would be written,
 * 409 MissingSubscriptionRegistration has been answered. */
bool registration_allows(struct call *call);
