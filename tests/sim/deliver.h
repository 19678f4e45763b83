/* deliver.h: how an answer goes onto the wire: whole, or in one of the ways in which networks and
 * servers break. */
#pragma once

#include "exchange.h"

/* Queues the answer (or breaks the connection) as exchange->wire says, and notes its status in
 * the log. The result is libmicrohttpd's: MHD_NO ends the connection. */
enum MHD_Result deliver(struct exchange *exchange);

int connection_fd(struct MHD_Connection *connection);
