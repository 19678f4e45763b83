/* identity.h: who an account is when it reaches its key: its system-assigned identity, or the
 * user-assigned one whose client id its link names.
 * https://learn.microsoft.com/azure/ai-services/openai/encrypt-data-at-rest */
#pragma once

#include "model/observed.h"

/* The principal of that identity. The link's identityClientId counts as it is declared (account:
 * NULL if nothing is), else as it is shown; the identities as body shows them. Borrowed from body;
 * NULL while it is not known. */
const char *identity_principal(const struct node *account, struct json_object *body);

/* All that it looks at in the body: paths, ended by NULL. */
extern const char *const identity_principal_at[];

/* Why that principal is not known although a client id is declared, as the type's obstruct() says
 * it; nothing where it is known or none is declared. */
void identity_obstruct(const struct neighbours *near, struct obstacles *obstacles);

/* Makes the type of an identity that is to be sent fit the identities that it names, and leaves out
 * what Azure says of them. */
void identity_tidy(struct json_object *body);
