/* diagnostic.h: Microsoft.Insights/diagnosticSettings: where a resource's logs go.
 * REST: Monitor, Diagnostic Settings: Create Or Update, Get, Delete, List; Diagnostic Settings
 * Category: List. */
#pragma once

#include "call.h"

void diagnostic_get(struct call *call);
void diagnostic_put(struct call *call);
void diagnostic_delete(struct call *call);
void diagnostics_list(struct call *call);
void diagnostic_categories_list(struct call *call);
