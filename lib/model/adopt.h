/* adopt.h: a live account, as a declaration of it: what of it is the operator's to say. The posture
 * is not copied: it comes from the baseline, and what deviates from that is no declaration but a
 * finding. Pure. */
#pragma once

#include "azure/cloud.h"
#include "base/err.h"
#include "model/type.h"

#include <json-c/json.h>
#include <stdbool.h>

/* True for the id of an account, a vault or a private endpoint, and of nothing else: it is safe in
 * a URL. */
bool adopt_is_account(const char *id);
bool adopt_is_vault(const char *id);
bool adopt_is_endpoint(const char *id);

/* The name of the vault that the account's link leads to; the caller frees. False: ERR_AZURE, of
 * code "NoCmk" (the account is encrypted under Microsoft's key), "ForeignVault" (the address is
 * none of a vault in this cloud: a token goes nowhere else) or "BadLink" (no key is named). */
bool adopt_vault(const struct cloud *cloud, struct json_object *account, char **name,
                 struct err *err) MUST_CHECK;

/* Adds the account's stack to stacks, under its name, made unique; borrowed. vault is the body of
 * what vault_id names, NULL where it could not be read: its network rules are left out then. */
const char *adopt_stack(struct json_object *stacks, struct json_object *account,
                        const char *vault_id, struct json_object *vault);

/* Where what hangs under the resource is listed: whatever the registry knows of, in whose maps it
 * is declared. NULL for a type that does not hang under word ("vault"), or not below its parent's
 * id, or that its parent shows. The caller frees. */
char *adopt_list_path(const struct type *type, const char *word, const char *parent_id);

/* Declares in above, the declaration of parent_id, what the list shows right under it: the fields
 * that the type's table knows and Azure lets change or be chosen. */
void adopt_children(struct json_object *above, const struct type *type, const char *parent_id,
                    struct json_object *list);

/* Declares in above, the declaration of what it leads to, the private endpoint (of that type) with
 * this body; home is the id of the stack's account. The declaration, borrowed, for what hangs under
 * it; NULL if one of that name, of another group, is declared there already. */
struct json_object *adopt_endpoint(struct json_object *above, const struct type *type,
                                   const char *home, struct json_object *body);
