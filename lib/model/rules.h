/* rules.h: what names Azure accepts. Each returns true for a good one; RULE_... completes the
 * sentence "expected ...".
 * https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules */
#pragma once

#include <stdbool.h>

#define RULE_VAULT                                                                                 \
    "3 to 24 letters, digits and single hyphens, beginning with a letter and not ending with a "   \
    "hyphen"
#define RULE_KEY "1 to 127 letters, digits and hyphens"
#define RULE_ACCOUNT                                                                               \
    "2 to 64 letters, digits, '.', '_' and hyphens, beginning with a letter or digit"
#define RULE_GROUP                                                                                 \
    "1 to 90 letters, digits and '.', '_', '-', '(', ')', not ending with a '.' and without \"..\""
#define RULE_GUID "a GUID like 00000000-0000-0000-0000-000000000001"
#define RULE_LOCATION "an Azure region such as \"swedencentral\""
#define RULE_STACK "1 to 64 letters, digits, '.', '_' and hyphens, beginning with a letter or digit"
#define RULE_TENANT "a tenant's GUID or domain name"
#define RULE_NETWORK                                                                               \
    "1 to 80 letters, digits, '.', '_' and hyphens, beginning with a letter or digit and ending "  \
    "with a letter, digit or '_'"
#define RULE_SETTING "1 to 260 letters, digits and '.', '_', '-', '(', ')'"

bool rule_vault(const char *name);
bool rule_key(const char *name);
bool rule_account(const char *name);
bool rule_group(const char *name);
bool rule_guid(const char *text);
bool rule_location(const char *text);
bool rule_stack(const char *name);
bool rule_tenant(const char *text);
bool rule_setting(const char *name);
bool rule_network(const char *name);
