/* entry.h: access policies: the entries of a vault's list. Each is written alone, by the vault's
 * own operation; the list is never sent.
 * REST: Vaults, Update Access Policy.
 * https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/update-access-policy */
#pragma once

#include "model/observed.h"
#include "model/type.h"

/* The member of a vault that says whether it asks roles; where it is absent, entries. */
#define ENTRY_OR_ROLES "properties.enableRbacAuthorization"

/* True if the vault (its ARM body; NULL: not seen) asks its access policies, and no roles. */
bool entry_counts_at(struct json_object *vault);

/* What an account needs of keys to be encrypted under one. */
#define ENTRY_LEAST 3
extern const char *const entry_least[ENTRY_LEAST];

/* True if the permissions of keys have all of these, or all there are; NULL has none. */
bool entry_can_use_keys(struct json_object *permissions);

/* The entry that lets the principal itself, not some application on its behalf, use the vault's
 * keys; borrowed, or NULL. */
struct json_object *entry_find_user(struct json_object *vault, const char *principal_id);

/* What of the vault's list a declaration is to have: no entry of a vault that asks roles, and none
 * for the principal that permits just what an account needs, which is its grant. A new array. */
struct json_object *entry_list(struct json_object *vault, const char *principal_id);

/* A new entry without permissions, of the vault's tenant; the caller frees. */
struct json_object *entry_new(struct json_object *vault, const char *object_id);

/* Words the operation "add" (permissions are joined to those of the entry, if there is one) or
 * "replace" (of this entry alone, to hold just these) for an entry, which is handed over. */
void entry_request(const struct node *vault, const char *operation, struct json_object *entry,
                   struct write *write);
