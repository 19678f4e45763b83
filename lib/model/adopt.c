#include "model/adopt.h"

#include "base/armid.h"
#include "base/js.h"
#include "model/compare.h"
#include "model/parts.h"
#include "model/rules.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LINK "properties.encryption.keyVaultProperties"
#define ACLS "properties.networkAcls"
/* Of 64 bytes that a stack's name may have: the rest tells namesakes apart. */
#define NAME_ROOM 56

/* ---- ids ----------------------------------------------------------------------------------- */

static bool is_id(const char *id, const char *type, bool (*rule)(const char *))
{
    if (!armid_valid(id))
        return false;
    AUTO(text) char *subscription = armid_part(id, "subscriptions");
    AUTO(text) char *group = armid_part(id, "resourceGroups");
    if (!subscription || !group || !rule_guid(subscription) || !rule_group(group) ||
        !rule(armid_name(id)))
        return false;
    AUTO(text)
    char *plain = mem_format("/subscriptions/%s/resourceGroups/%s/providers/%s/%s", subscription,
                             group, type, armid_name(id));
    return armid_same(plain, id);
}

bool adopt_is_account(const char *id)
{
    return is_id(id, "Microsoft.CognitiveServices/accounts", rule_account);
}

bool adopt_is_vault(const char *id)
{
    return is_id(id, "Microsoft.KeyVault/vaults", rule_vault);
}

bool adopt_is_endpoint(const char *id)
{
    return is_id(id, "Microsoft.Network/privateEndpoints", rule_network);
}

/* ---- the link ------------------------------------------------------------------------------ */

/* The first label of the host, if that is how this cloud would spell the address. */
static char *vault_of(const struct cloud *cloud, const char *uri)
{
    static const char scheme[] = "https://";
    size_t above = sizeof scheme - 1;
    if (strncasecmp(uri, scheme, above) != 0)
        return NULL;
    AUTO(text) char *bare = mem_text_n(uri, above + strcspn(uri + above, "/"));
    AUTO(text) char *name = mem_text_n(uri + above, strcspn(uri + above, "./:"));
    AUTO(text) char *expected = rule_vault(name) ? cloud_vault_origin(cloud, name) : NULL;
    AUTO(text) char *origin = cloud_origin(bare, false);
    AUTO(text) char *wanted = cloud_origin(expected ? expected : "", false);
    return origin && wanted && strcmp(origin, wanted) == 0 ? TAKE(name) : NULL;
}

bool adopt_vault(const struct cloud *cloud, struct json_object *account, char **name,
                 struct err *err)
{
    const char *uri = js_string(account, LINK ".keyVaultUri", "");
    if (strcasecmp(js_string(account, "properties.encryption.keySource", ""),
                   "Microsoft.KeyVault") != 0)
        return err_set(err, ERR_AZURE, "NoCmk",
                       "it has no customer-managed key: declare a vault and a key for it by hand, "
                       "and enforcing would make them, grant its identity the key's use, and "
                       "encrypt it under that key");
    if (!rule_key(js_string(account, LINK ".keyName", "")))
        return err_set(err, ERR_AZURE, "BadLink", "its encryption names no key: look at %s", LINK);
    char *vault = vault_of(cloud, uri);
    if (!vault)
        return err_set(
            err, ERR_AZURE, "ForeignVault",
            "its encryption names %s, which is no vault of this cloud (%s): not followed",
            *uri ? uri : "no vault", cloud->key_vault_suffix);
    *name = vault;
    return true;
}

/* ---- the declaration ----------------------------------------------------------------------- */

static void put_text(struct json_object *object, const char *path, const char *text)
{
    js_put(object, path, json_object_new_string(text));
}

/* {"value": ...} or {"id": ...} of each, and nothing that Azure adds. */
static struct json_object *rules_of(struct json_object *body, const char *path, const char *member)
{
    struct json_object *rules = json_object_new_array(), *live = js_array(body, path);
    for (size_t i = 0; live && i < json_object_array_length(live); i++) {
        const char *text = js_string(json_object_array_get_idx(live, i), member, NULL);
        struct json_object *rule = text ? json_object_new_object() : NULL;
        if (!rule)
            continue;
        json_object_object_add(rule, member, json_object_new_string(text));
        json_object_array_add(rules, rule);
    }
    return rules;
}

static void put_rules(struct json_object *object, struct json_object *body)
{
    js_put(object, ACLS ".ipRules", rules_of(body, ACLS ".ipRules", "value"));
    js_put(object, ACLS ".virtualNetworkRules", rules_of(body, ACLS ".virtualNetworkRules", "id"));
}

/* Where it lives, if not where its stack does. */
static void put_home(struct json_object *object, const char *id, const char *stack_id)
{
    static const char *const words[][2] = {{"subscriptions", "subscriptionId"},
                                           {"resourceGroups", "resourceGroup"}};
    for (size_t i = 0; i < COUNT(words); i++) {
        AUTO(text) char *own = armid_part(id, words[i][0]);
        AUTO(text) char *above = stack_id ? armid_part(stack_id, words[i][0]) : NULL;
        if (!above || strcasecmp(own, above) != 0)
            put_text(object, words[i][1], own);
    }
}

static struct json_object *vault_stack(const char *id, struct json_object *body,
                                       const char *account_id)
{
    struct json_object *vault = json_object_new_object();
    put_text(vault, "name", armid_name(id));
    put_home(vault, id, account_id);
    if (body)
        put_rules(vault, body);
    return vault;
}

/* The identities that Azure shows, by their names alone. */
static void put_identities(struct json_object *account, struct json_object *body)
{
    static const char users[] = "identity.userAssignedIdentities";
    struct json_object *live = js_object(body, users);
    const char *client = js_string(body, LINK ".identityClientId", "");
    if (live && json_object_object_length(live)) {
        struct json_object *names = json_object_new_object();
        json_object_object_foreach(live, id, facts)
        {
            (void)facts;
            json_object_object_add(names, id, json_object_new_object());
        }
        js_put(account, users, names);
    }
    if (*client)
        put_text(account, LINK ".identityClientId", client);
}

/* The host of the vault that the link leads to, a copy; "" if it leads to none. */
static char *linked_host(struct json_object *body)
{
    const char *uri = js_string(body, LINK ".keyVaultUri", "");
    const char *host = strncasecmp(uri, "https://", 8) == 0 ? uri + 8 : "";
    return mem_text_n(host, strcspn(host, ":/"));
}

/* Where a restricted account may go; a list without its vault's host is no declaration, for it
 * would not load: that host is missing, and is found to be. */
static void put_outbound(struct json_object *account, struct json_object *body)
{
    static const char restricts[] = "properties.restrictOutboundNetworkAccess";
    static const char list[] = "properties.allowedFqdnList";
    struct json_object *hosts = js_array(body, list);
    AUTO(text) char *host = linked_host(body);
    if (!js_bool(body, restricts, false))
        return;
    js_put(account, restricts, json_object_new_boolean(true));
    if (hosts && (!*host || compare_has_name(hosts, host)))
        js_put(account, list, js_copy(hosts));
}

static struct json_object *account_stack(const char *id, struct json_object *body)
{
    static const char sub_domain[] = "properties.customSubDomainName";
    struct json_object *account = json_object_new_object();
    const char *kind = js_string(body, "kind", "OpenAI");
    const char *named = js_string(body, sub_domain, NULL);
    put_text(account, "name", armid_name(id));
    if (strcasecmp(kind, "OpenAI") != 0)
        put_text(account, "kind", kind);
    if (named && strcasecmp(named, armid_name(id)) != 0)
        put_text(account, sub_domain, named);
    put_rules(account, body);
    put_identities(account, body);
    put_outbound(account, body);
    if (!*js_string(body, LINK ".keyVersion", ""))
        put_text(account, LINK ".keyVersion", "");
    return account;
}

static char *unique_name(struct json_object *stacks, const char *name)
{
    char *unique = mem_text(name);
    for (unsigned i = 2; json_object_object_get_ex(stacks, unique, NULL); i++) {
        free(unique);
        unique = mem_format("%.*s-%u", NAME_ROOM, name, i);
    }
    return unique;
}

const char *adopt_stack(struct json_object *stacks, struct json_object *account,
                        const char *vault_id, struct json_object *vault)
{
    const char *id = js_string(account, "id", "");
    AUTO(text) char *name = unique_name(stacks, armid_name(id));
    AUTO(text) char *location = armid_location(js_string(account, "location", ""));
    struct json_object *stack = json_object_new_object(), *key = json_object_new_object();
    put_home(stack, id, NULL);
    put_text(stack, "location", location);
    put_text(key, "name", js_string(account, LINK ".keyName", ""));
    json_object_object_add(stack, "vault", vault_stack(vault_id, vault, id));
    json_object_object_add(stack, "key", key);
    json_object_object_add(stack, "account", account_stack(id, account));
    json_object_object_add(stacks, name, stack);
    const char *kept = "";
    json_object_object_foreach(stacks, each, value)
    {
        kept = value == stack ? each : kept;
    }
    return kept;
}

/* ---- what hangs under it ------------------------------------------------------------------- */

/* A collection's id ends with the word before the name; a lock of the group is listed too. */
static char *collection_of(const struct type *type, const char *parent_id)
{
    return type->child->is_extension
               ? mem_format("%s/providers/%s", parent_id, type->arm_type)
               : mem_format("%s/%s", parent_id, strrchr(type->arm_type, '/') + 1);
}

char *adopt_list_path(const struct type *type, const char *word, const char *parent_id)
{
    if (!type->child || type->child->is_apart || type->child->list || !type_hangs_under(type, word))
        return NULL;
    AUTO(text) char *collection = collection_of(type, parent_id);
    return mem_format("%s?api-version=%s", collection, type->api_version);
}

static struct json_object *child_stack(const struct type *type, struct json_object *body)
{
    struct json_object *child = json_object_new_object();
    for (size_t i = 0; i < type->n_fields; i++) {
        const struct field *field = &type->fields[i];
        struct json_object *value = js_find(body, field->path);
        if (value && field->mutability != READ_ONLY)
            js_put(child, field->path,
                   field->compare == BY_PARTS ? parts_copy(value) : js_copy(value));
    }
    /* Of a deployment: a version that Azure moves on by itself would be moved back. */
    if (strcasecmp(js_string(body, "properties.versionUpgradeOption", "NoAutoUpgrade"),
                   "NoAutoUpgrade") != 0)
        js_remove(child, "properties.model.version");
    return child;
}

/* Azure's own content filters are listed beside those of the account, and nobody can change them.
 */
static bool is_azures(struct json_object *body)
{
    return strcasecmp(js_string(body, "properties.type", ""), "SystemManaged") == 0;
}

void adopt_children(struct json_object *above, const struct type *type, const char *parent_id,
                    struct json_object *list)
{
    AUTO(text) char *collection = collection_of(type, parent_id);
    struct json_object *children = json_object_new_object();
    for (size_t i = 0; list && i < json_object_array_length(list); i++) {
        struct json_object *body = json_object_array_get_idx(list, i);
        bool is_part = type->child->list != NULL;
        AUTO(text)
        char *own =
            is_part ? type_part_id(type, parent_id, body) : mem_text(js_string(body, "id", ""));
        const char *name = armid_name(own);
        AUTO(text) char *id = mem_format("%s/%s", collection, name);
        if (type->child->is_name(name) && armid_same(id, own) && !is_azures(body))
            json_object_object_add(children, name, child_stack(type, body));
    }
    if (json_object_object_length(children))
        json_object_object_add(above, type->child->map, json_object_get(children));
    json_object_put(children);
}

/* ---- what lives apart ---------------------------------------------------------------------- */

static bool is_empty(struct json_object *value)
{
    return json_object_is_type(value, json_type_array) ? !json_object_array_length(value)
                                                       : !*js_string(value, "", "-");
}

/* What it leads to is said by where it stands; what it does without need not be held. */
static struct json_object *endpoint_stack(const struct type *type, struct json_object *body)
{
    struct json_object *endpoint = child_stack(type, body);
    js_remove(endpoint, "properties.privateLinkServiceConnections");
    js_remove(endpoint, "properties.manualPrivateLinkServiceConnections");
    for (size_t i = 0; i < type->n_fields; i++) {
        struct json_object *value = js_find(endpoint, type->fields[i].path);
        if (value && is_empty(value))
            js_remove(endpoint, type->fields[i].path);
    }
    return endpoint;
}

struct json_object *adopt_endpoint(struct json_object *above, const struct type *type,
                                   const char *home, struct json_object *body)
{
    const char *id = js_string(body, "id", "");
    struct json_object *map = js_member(above, type->child->map, NULL);
    if (!map) {
        map = json_object_new_object();
        json_object_object_add(above, type->child->map, map);
    }
    if (js_member(map, armid_name(id), NULL))
        return NULL;
    struct json_object *endpoint = endpoint_stack(type, body);
    put_home(endpoint, id, home);
    json_object_object_add(map, armid_name(id), endpoint);
    return endpoint;
}
