/* policy.h: the vault's own rotation policy of a key. Resource Manager shows it and sets it with a
 * creation; it is changed on the data plane, whole.
 * REST: Keys, Update Key Rotation Policy 7.4. */
#pragma once

#include "model/finding.h"
#include "model/observed.h"
#include "model/type.h"

#define POLICY "properties.rotationPolicy"

/* Words the request for a field of the policy, or adds the field to that of an earlier one. */
void policy_request(const struct neighbours *near, const struct finding *finding,
                    struct write *write);

/* The instant at which the policy that is there has the vault rotate the key, the last one that
 * has passed included; INT64_MAX: it never does. */
int64_t policy_due_s(const struct seen *key);

/* True while the vault may be about to rotate, from a day before that instant to a day after, and
 * can be waited for: the newest version has not expired. */
bool policy_is_at_it(const struct seen *key, int64_t now_s);
