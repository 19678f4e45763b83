/* operation.h: long-running operations and where they are polled, as recorded: Cognitive Services
 * says Creating, Updating or Deleting, then Succeeded; Key Vault's purge answers 202 while it
 * runs. */
#pragma once

#include "call.h"

/* The Location of an operation on an account is its Azure-AsyncOperation and this (recorded:
 * cs-networkacls, cs-softdelete-restore-purge). */
#define LOCATION_SUFFIX "&operationResultResponseType=Location"

/* Starts one that ends at ends_ms. location as the client wrote it, word its status until then,
 * account the id of what its Location leads to, or NULL. The result is the poll URL; the caller
 * frees. */
char *operation_start(struct call *call, const char *location, const char *word,
                      const char *account, int64_t ends_ms);
char *operation_start_purge(struct call *call, const char *location, int64_t ends_ms);

/* One of Microsoft.Network's, in the form of the REST reference (none was recorded). */
char *operation_start_network(struct call *call, const char *location, int64_t ends_ms);

void operation_get(struct call *call);
