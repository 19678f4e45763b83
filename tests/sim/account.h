/* account.h: Microsoft.CognitiveServices/accounts and their soft-deleted twins.
 * REST: Cognitive Services management, Accounts: Create, Update, Get, Delete, List; Deleted
 * Accounts: Get, Purge, List. Writes are long-running, but for tags alone. */
#pragma once

#include "call.h"

void account_get(struct call *call);
void account_put(struct call *call);
void account_patch(struct call *call);
void account_delete(struct call *call);
void accounts_list(struct call *call);
void accounts_list_group(struct call *call);

void deleted_accounts_list(struct call *call);
void deleted_account_get(struct call *call);
void deleted_account_purge(struct call *call);

/* True if nothing is being written to it or below it; else 409 RequestConflict has been answered.
 * Settle it before. */
bool account_idle(struct call *call, const struct resource *account);

/* Once its operation is over the account says Succeeded and has a new ETag. */
void account_settle(struct sim *sim, struct resource *account);

void account_bury(struct sim *sim, struct resource *account, int64_t now_ms);
void accounts_expire(struct sim *sim); /* purges those whose retention is over */
struct resource *account_restore(struct sim *sim, struct resource *deleted);

/* Gives the body a fresh ETag and the provisioning state. */
void account_stamp(struct json_object *body, const char *state);

/* The id of the subscription-level twin of a deleted account; the caller frees. */
char *account_deleted_id(const struct resource *account);

/* account_rules.c: what an account refuses, and the body that a write leaves. properties are
 * those of the body as it would be after the write. */
bool account_allowed(struct call *call, struct json_object *sent, struct json_object *old);
struct json_object *account_build(struct call *call, struct json_object *sent,
                                  struct json_object *old);

/* account_cmk.c: whether the body, as it would be after the write, may name its vault key. */
bool account_key_allowed(struct call *call, struct json_object *body);

/* account_body.c: the body of a new account: recorded members, with names that fit. */
struct json_object *account_template(struct call *call, struct json_object *sent);
