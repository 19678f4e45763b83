/* known_access_policy.c: every property path of AccessPolicyEntry 2026-02-01.
 *
 * Made from Microsoft.KeyVault.2026-02-01.json by lib/types/known.py:
 * do not edit, make it again.
 *
 * The schema is Copyright (c) Microsoft Corporation, MIT License:
 * https://github.com/Azure/azure-resource-manager-schemas/blob/main/LICENSE
 * Permission is hereby granted, free of charge, to any person obtaining a copy of this software
 * and associated documentation files (the "Software"), to deal in the Software without
 * restriction, including without limitation the rights to use, copy, modify, merge, publish,
 * distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
 * Software is furnished to do so, subject to the following conditions: the above copyright notice
 * and this permission notice shall be included in all copies or substantial portions of the
 * Software. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED. */
#include "types/known.h"

#include <stddef.h>

/* clang-format off */
const char *const known_access_policy[] = {
    "applicationId",
    "objectId",
    "permissions.certificates",
    "permissions.keys",
    "permissions.secrets",
    "permissions.storage",
    "tenantId",
    NULL,
};
