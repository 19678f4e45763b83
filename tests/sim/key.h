/* key.h: keys of vaults and their versions, as both planes see them.
 * REST: Key Vault 7.4, Keys. */
#pragma once

#include "state.h"

/* The key, or NULL if there is none; alive or deleted, visible or not. */
struct key *key_find(struct sim *sim, const char *vault, const char *name);

/* Makes a key without versions. */
struct key *key_new(struct sim *sim, const char *vault, const char *name);
void key_free(struct key *key);

/* Appends a version with a fresh id, created now, enabled; the caller fills in the rest. */
struct key_version *key_add(struct sim *sim, struct key *key, const char *kty);

/* The version with the latest creation, the later added where they are equal; NULL without. */
struct key_version *key_newest(const struct key *key);
struct key_version *key_version(const struct key *key, const char *id);

/* The versions in the order of their ids, as lists have them; the array is the caller's. */
struct key_version **key_by_id(const struct key *key);

/* True if it is soft-deleted and its retention is over: it is purged when it is looked for. */
bool key_expired(struct sim *sim, const struct key *key);

/* True if it is alive and its deletion or recovery lies behind it. */
bool key_visible(const struct sim *sim, const struct key *key);

/* "https://<vault>.vault.localhost:<port>"; the caller frees. */
char *key_origin(const struct sim *sim, const char *vault);

/* The six operations of RSA keys, or the two of curves, for the caller. */
struct json_object *key_default_ops(const char *kty);

/* "Recoverable+Purgeable" and its days, by the vault's protection. */
const char *key_recovery_level(struct sim *sim, const char *vault, int64_t *days);

/* Forgets all keys of the vault. */
void keys_drop(struct sim *sim, const char *vault);

/* Calls each() for every key of the vault, deleted ones too, in the order of names. */
void key_each(struct sim *sim, const char *vault, void (*each)(struct key *key, void *owner),
              void *owner);
