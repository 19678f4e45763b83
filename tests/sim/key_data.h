/* key_data.h: the data plane of vaults, Keys. REST: Key Vault 7.4.
 * args of a call: the key's name, the version. call->scope is the vault's name. */
#pragma once

#include "call.h"
#include "key.h"

/* {"key": {...}, "attributes": {...}, "tags"?}: what every call about one version answers. */
struct json_object *key_bundle(struct call *call, const struct key *key,
                               const struct key_version *version);

/* The attributes as the data plane shows them. */
struct json_object *key_attributes(struct call *call, const struct key *key,
                                   const struct key_version *version);

/* The key of args[0] if it can be seen; else NULL with KeyNotFound, or a conflict. */
struct key *key_data_find(struct call *call);

/* Answers with rows [skip, skip + maxresults) that add() makes; see key_data.c. */
struct page {
    struct call *call;
    struct json_object *value; /* owned until page_finish() */
    int64_t skip, limit, seen;
};
void page_start(struct page *page, struct call *call);
bool page_wants(struct page *page);
void page_finish(struct page *page);

/* key_life.c */
void key_data_create(struct call *call);
void key_data_rotate(struct call *call);
void key_data_update(struct call *call);

/* key_policy.c */
void key_data_policy_get(struct call *call);
void key_data_policy_put(struct call *call);

/* key_deleted.c */
void key_data_delete(struct call *call);
void deleted_keys_list(struct call *call);
void deleted_key_get(struct call *call);
void deleted_key_recover(struct call *call);
void deleted_key_purge(struct call *call);
