/* key_arm.h: keys as Resource Manager shows them. REST: Key Vault control plane, Keys: Create If
 * Not Exist, Get, Get Version, List, List Versions. A PUT never adds a version to a key that is
 * there, and changes nothing of it. */
#pragma once

#include "call.h"

void key_arm_get(struct call *call);
void key_arm_put(struct call *call);
void key_arm_list(struct call *call);
void key_arm_versions(struct call *call);
void key_arm_version(struct call *call);
