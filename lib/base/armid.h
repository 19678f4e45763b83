/* armid.h: Azure resource ids. They compare without case, and so do their parts.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules */
#pragma once

#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>

/* True if both name the same resource: ASCII case and one trailing slash do not count. */
bool armid_same(const char *a, const char *b);

/* True if id is scope itself or lies below it ("/subscriptions/S" is above all in it; "/" is
 * above everything). */
bool armid_within(const char *id, const char *scope);

/* The value that follows the segment word: ("/subscriptions/S/resourceGroups/G", "resourcegroups")
 * gives "G". A copy, NULL if there is none. The last occurrence counts. */
char *armid_part(const char *id, const char *word);

/* The last segment (the resource's own name), borrowed from id. */
const char *armid_name(const char *id);

/* The id without its last two segments (type and name): a key's vault. A copy, or NULL. For an
 * extension resource (".../providers/Microsoft.Authorization/roleAssignments/N") its scope. */
char *armid_parent(const char *id);

/* The id in lower case: the form to look things up by. A copy. */
char *armid_key(const char *id);

/* True for a text of the form of a resource group name or deeper that is safe in a URL path as
 * it is: starts with '/', no "//", "..", '?', '#', '%', blanks or control characters. */
bool armid_valid(const char *id);

/* A location in its normal form, "East US" is "eastus". A copy. */
char *armid_location(const char *location);

/* True if the URI is of the vault of that name: "https://kv.vault.azure.net/" of kv. */
bool armid_uri_is_of(const char *uri, const char *vault_name);
