/* connection.h: privateEndpointConnections of vaults and accounts, and what they can be made to.
 * REST: Key Vault and Cognitive Services management, Private Endpoint Connections: Put / Create Or
 * Update, Get, Delete, List; Private Link Resources: List. */
#pragma once

#include "call.h"

void connection_get(struct call *call);
void connection_put(struct call *call);
void connection_delete(struct call *call);
void connections_list(struct call *call);
void link_resources_list(struct call *call);

/* A private endpoint (its id and name) asks the resource for a connection, which is approved at
 * once or waits. False if the resource cannot be connected to or does not have the group. */
bool connection_add(struct sim *sim, const char *target_id, const char *endpoint_id,
                    const char *connection, const char *group, bool approved);

/* The privateLinkServiceConnectionState of the endpoint's connection to the resource, borrowed;
 * NULL if there is none. */
struct json_object *connection_state(struct sim *sim, const char *target_id,
                                     const char *endpoint_id);

/* Takes away the connections of a private endpoint. */
void connections_drop(struct sim *sim, const char *endpoint_id);

/* Ends what has been Updating long enough below the vault. */
void connections_settle(struct sim *sim, struct resource *vault);
