#include "types/identity.h"

#include "model/compare.h"

#include <strings.h>

#define CLIENT "properties.encryption.keyVaultProperties.identityClientId"
#define USERS "identity.userAssignedIdentities"

/* "" means the system-assigned identity. */
static const char *client_of(const struct node *account, struct json_object *body)
{
    const struct want *want = account ? node_want(account, CLIENT) : NULL;
    return want ? js_string(want->value, "", "") : js_string(body, CLIENT, "");
}

const char *const identity_principal_at[] = {"identity", CLIENT, NULL};

const char *identity_principal(const struct node *account, struct json_object *body)
{
    const char *client = client_of(account, body);
    struct json_object *users = js_object(body, USERS);
    if (!*client)
        return js_string(body, "identity.principalId", NULL);
    if (!users)
        return NULL;
    json_object_object_foreach(users, id, user)
    {
        (void)id;
        if (strcasecmp(js_string(user, "clientId", ""), client) == 0)
            return js_string(user, "principalId", NULL);
    }
    return NULL;
}

void identity_obstruct(const struct neighbours *near, struct obstacles *obstacles)
{
    const struct node *node = near->self.node;
    struct json_object *body = seen_body(&near->self);
    const struct want *client = node_want(node, CLIENT), *users = node_want(node, USERS);
    if (!client || !*js_string(client->value, "", "") || identity_principal(node, body))
        return;
    if (users && !compare_equal(users->field->compare, users->value, js_object(body, USERS)))
        obstacles->waiting = "the account has the identities that are declared";
    else
        obstacles->refused = "the account has no identity of the client id that identityClientId "
                             "names: declare the identity under identity.userAssignedIdentities, "
                             "or correct the client id";
}

/* Azure takes user-assigned identities only beside a type that says so. */
static void fit_type(struct json_object *body)
{
    AUTO(json) struct json_object *word = json_object_new_string("UserAssigned");
    js_put(body, "identity.type",
           compare_write_form(BY_WORDS, js_find(body, "identity.type"), word));
}

void identity_tidy(struct json_object *body)
{
    struct json_object *users = js_object(body, USERS);
    js_remove(body, "identity.principalId");
    js_remove(body, "identity.tenantId");
    if (!users)
        return;
    AUTO(json) struct json_object *names = json_object_new_object();
    json_object_object_foreach(users, name, facts_of_it)
    {
        (void)facts_of_it;
        json_object_object_add(names, name, json_object_new_object());
    }
    js_put(body, USERS, json_object_get(names));
    if (json_object_object_length(names))
        fit_type(body);
}
