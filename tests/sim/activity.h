/* activity.h: the activity log: who wrote what through Resource Manager.
 * REST: Monitor, Activity Logs: List.
 * https://learn.microsoft.com/rest/api/monitor/activity-logs/list */
#pragma once

#include "call.h"

/* Remembers a request that was no GET, once it has been answered. */
void activity_note(struct call *call);

void activities_list(struct call *call);
