/* prod.h: the deployment that flow tests begin with: that of case C000, in which everything is
 * right, and the names in it. */
#pragma once

#include "flow.h"

#include <json-c/json.h>

#define SUBSCRIPTION "/subscriptions/00000000-0000-0000-0000-000000000001"
#define GROUP FLOW_GROUP
#define VAULT FLOW_VAULT
#define KEY FLOW_KEY
#define ACCOUNT FLOW_ACCOUNT
#define GRANT FLOW_GRANT
#define GRANTS KEY "/providers/Microsoft.Authorization/roleAssignments/"
#define NEWEST "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

/* The members of a stack that every declaration starts with. */
#define PLACE                                                                                      \
    "'subscriptionId': '00000000-0000-0000-0000-000000000001', 'resourceGroup': "                  \
    "'rg-openai-prod', 'location': 'swedencentral'"

/* A configuration of one stack, with more members of the vault, the key and the account (each
 * with its comma before it), and of the file (with its comma behind it). */
#define PROD(file, vault, key, account)                                                            \
    "{" file "'stacks': {'prod': {" PLACE ", 'vault': {'name': 'kv-openai-prod'" vault             \
    "}, 'key': {'name': 'openai-cmk'" key "}, 'account': {'name': 'oai-prod'" account "}}}}"

/* Azure as in C000, nothing wrong, and cmkd configured for it. */
void prod_good(void **flow, const char *config);

/* The same Azure, with a patch (RFC 7396) of the whole seed first. */
void prod_seed(void **flow, const char *patch, const char *config);

/* Merges a patch into a tree that is being built (RFC 7396). */
void prod_merge(struct json_object *target, struct json_object *patch);

/* A run of cmkd --once that must find nothing and write nothing; or nothing that is not exempt. */
void expect_quiet(void **flow);
void expect_still(void **flow);
