/* vault.h: Microsoft.KeyVault/vaults and their soft-deleted twins.
 * REST: Key Vault control plane, Vaults: Create Or Update, Update, Get, Delete, Get Deleted, Purge
 * Deleted, Update Access Policy. All but the purge is synchronous. */
#pragma once

#include "call.h"

void vault_get(struct call *call);
void vault_put(struct call *call);
void vault_patch(struct call *call);
void vault_delete(struct call *call);
void vaults_list(struct call *call);
void vaults_list_group(struct call *call);
void managed_hsms_list(struct call *call);  /* azsim has none, live or deleted */
void vault_put_policies(struct call *call); /* accessPolicies/{add,replace,remove} */
void vault_check_name(struct call *call);

void deleted_vault_get(struct call *call);
void deleted_vault_purge(struct call *call);
void deleted_vaults_list(struct call *call);

/* A new vault is RegisteringDns for a while; after that it has settled. */
void vault_settle(struct sim *sim, struct resource *vault);

/* Moves the vault to the deleted ones, its role assignments dropped. */
void vault_bury(struct sim *sim, struct resource *vault, int64_t now_ms);

/* Purges those whose retention is over. */
void vaults_expire(struct sim *sim);

/* Brings the deleted vault back as it was. */
struct resource *vault_recover(struct sim *sim, struct resource *deleted);

/* The members of a new or changed vault in their order, out of what was sent and what is there
 * (properties as a whole, either may be NULL). For the caller. vault_rules.c. */
struct json_object *vault_properties(struct call *call, struct json_object *sent,
                                     struct json_object *old);

/* What Azure refuses: false with the answer given. old is NULL for a creation. vault_rules.c. */
bool vault_allowed(struct call *call, struct json_object *sent, struct json_object *old);

/* The networkAcls as a vault shows them, or NULL where it drops them. For the caller. */
struct json_object *vault_acls(struct json_object *sent);
