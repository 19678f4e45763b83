/* throttle.h: how many requests Azure takes before it says 429. Each limit is a token bucket that
 * azsim's clock fills again. */
#pragma once

#include "call.h"

/* The rates of a new azsim: Azure's sizes, and filled again at once, so that nothing is refused. */
void throttle_init(struct settings *settings);

/* The setting "throttling": true (Azure's own rates), false (as a new azsim) or some rates by
 * name, {"reads": {"size": n, "refill": per second}}, the others as they are. */
bool throttle_set(struct settings *settings, struct json_object *value, struct err *err) MUST_CHECK;

/* The setting as it is now; a new tree for the caller. */
struct json_object *throttle_dump(const struct settings *settings);

/* False: a bucket is empty, and 429 has been answered. Of a vault's requests those that pass are
 * counted by this, of Resource Manager's by throttle_count(), which also tells what is left. */
bool throttle_arm(struct call *call);
void throttle_count(struct call *call);
bool throttle_vault(struct call *call, const char *vault_name, bool makes_key);
