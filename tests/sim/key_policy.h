/* key_policy.h: the policy by which a vault rotates a key by itself.
 * REST: Key Vault 7.4, Get and Update Key Rotation Policy; Resource Manager sets it at creation. */
#pragma once

#include "key.h"

/* NULL if a policy, as either plane spells it, may be set; else what is wrong, in a sentence. */
const char *key_policy_fault(struct json_object *policy);

/* Sets it, in the vault's own form. */
void key_policy_set(struct sim *sim, struct key *key, struct json_object *policy);

/* A version more, like the newest one, that expires when the policy says so, or never. */
struct key_version *key_rotate(struct sim *sim, struct key *key, int64_t created_s);

/* Makes the versions that the policy has made by now. */
void key_policy_run(struct sim *sim, struct key *key);
