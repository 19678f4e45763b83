/* access_policy.c: one access policy of a vault, an entry of its list: what somebody may do with
 * keys, secrets and certificates on the data plane.
 *
 * REST: Vaults, operation Update Access Policy.
 * https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/update-access-policy
 * An entry has no read of its own: it is seen in its vault. A vault that is sent with a list loses
 * every entry that is not in it, so that only the operation is ever used, with this one entry:
 * "add", which joins permissions, or, if the entry has more than is declared, "replace". Entries
 * that are not declared stay, and none is ever taken away. */
#include "types/registry.h"

#include "model/compare.h"
#include "model/finding.h"
#include "model/observed.h"
#include "model/rules.h"
#include "types/controls.h"
#include "types/entry.h"
#include "types/identity.h"
#include "types/incident.h"
#include "types/known.h"
#include "types/parent.h"

#include <string.h>
#include <strings.h>

#define KEYS "permissions.keys"

/* clang-format off */
static const struct field fields[] = {
    /* path                     compare   mutability strength severity absent control, why */
    {"tenantId",                 BY_NAME,  ONCE,      FREE,     HIGH,   NULL, CONTROL_GRANT,
     "the tenant that the entry's identity is of: where nothing is declared, the vault's"},
    {"objectId",                 BY_NAME,  ONCE,      FREE,     HIGH,   NULL, CONTROL_GRANT,
     "whose permissions these are: another identity has an entry of its own"},
    {"applicationId",            BY_NAME,  ONCE,      FREE,     HIGH,   NULL, CONTROL_GRANT,
     "the application that acts for the identity: with another, or none, it is another entry"},
    {KEYS,                       BY_NAMES, PATCH,     FREE,     HIGH,   "[]", CONTROL_GRANT,
     "who may use, change and destroy the vault's keys"},
    {"permissions.secrets",      BY_NAMES, PATCH,     FREE,     HIGH,   "[]", CONTROL_GRANT,
     "who may read the vault's secrets"},
    {"permissions.certificates", BY_NAMES, PATCH,     FREE,     HIGH,   "[]", CONTROL_GRANT,
     "who may use and change the vault's certificates"},
    {"permissions.storage",      BY_NAMES, PATCH,     FREE,     MEDIUM, "[]", CONTROL_GRANT,
     "who may use and change the storage accounts whose keys the vault manages"},
};
/* clang-format on */

static const char *const under[] = {"vault", NULL};
static const char *const parts[] = {"objectId", "applicationId", NULL};
static const char *const words[] = {"tenantId", "objectId", "applicationId", "permissions", NULL};
static const struct child child = {.map = "accessPolicies",
                                   .under = under,
                                   .is_name = rule_setting,
                                   .expected = RULE_SETTING,
                                   .list = "properties.accessPolicies",
                                   .parts = parts,
                                   .words = words};

static const char *const not_found[] = {NULL};
static const char *const facts[] = {NULL};

/* ---- what stands in the way ------------------------------------------------------------------ */

/* What the finding is to give of permissions on keys: all that is declared, or what is lacking. */
static bool gives_keys(const struct neighbours *near, const struct finding *finding)
{
    const struct want *want = node_want(near->self.node, KEYS);
    bool is_keys = finding->need == NEED_CREATION || strcasecmp(finding->path, KEYS) == 0;
    return is_keys && want && !compare_has_names(finding->observed, want->value);
}

/* True if an account that uses a key of this vault does so through this entry, and the declared
 * permissions would not let it. */
static bool locks_out(const struct neighbours *near, const struct finding *finding)
{
    struct json_object *self = seen_body(&near->self);
    if (finding->need != NEED_FIELD || strcasecmp(finding->path, KEYS) != 0 ||
        js_string(self, "applicationId", NULL) || !entry_can_use_keys(js_array(self, KEYS)) ||
        entry_can_use_keys(finding->desired))
        return false;
    for (size_t i = 0; i < near->count; i++) {
        struct seen other = near_at(near, i);
        const char *principal = identity_principal(other.node, seen_body(&other));
        if (other.node->vault == near->parent.node && principal &&
            strcasecmp(principal, js_string(self, "objectId", "")) == 0)
            return true;
    }
    return false;
}

static void obstruct(const struct neighbours *near, const struct finding *finding, int64_t now_s,
                     struct obstacles *obstacles)
{
    struct json_object *vault = seen_body(&near->parent);
    (void)now_s;
    if (vault && !entry_counts_at(vault))
        obstacles->impossible = "the vault asks roles, and its access policies mean nothing: "
                                "declare roleAssignments instead";
    if (locks_out(near, finding))
        obstacles->refused = "an account reaches its key through this entry: declare get, wrapKey "
                             "and unwrapKey among its permissions.keys";
    else if (gives_keys(near, finding))
        obstacles->refused = incident_at_vault(near, near->parent.node);
    if (!js_string(vault, "properties.tenantId", NULL))
        obstacles->waiting = "the vault shows its tenant";
}

/* ---- what is sent ---------------------------------------------------------------------------- */

static bool is_entry(const struct neighbours *near)
{
    (void)near;
    return true;
}

/* Whose it is, and nothing of what it permits. */
static struct json_object *bare(const struct neighbours *near)
{
    const struct node *node = near->self.node;
    const struct want *object = node_want(node, "objectId");
    struct json_object *entry =
        entry_new(seen_body(&near->parent), json_object_get_string(object->value));
    const char *const names[] = {"tenantId", "applicationId"};
    for (size_t i = 0; i < COUNT(names); i++) {
        const struct want *want = node_want(node, names[i]);
        if (want)
            js_put(entry, names[i], js_copy(want->value));
    }
    return entry;
}

/* Puts in the permissions that are shown of what the entry says nothing about: "replace" would take
 * them away. */
static void repeat_shown(const struct neighbours *near, struct json_object *entry)
{
    struct json_object *shown = js_object(near->self.now->body, "permissions");
    if (!shown)
        return;
    json_object_object_foreach(shown, name, list)
    {
        AUTO(text) char *path = js_join("permissions", name);
        if (!js_find(entry, path))
            js_put(entry, path, js_copy(list));
    }
}

static void put_declared(const struct neighbours *near, struct json_object *entry)
{
    const struct node *node = near->self.node;
    for (size_t i = 0; i < node->n_wants; i++)
        if (js_path_covers("permissions", node->wants[i].path))
            js_put(entry, node->wants[i].path, js_copy(node->wants[i].value));
}

/* Adds to what is sent already for this entry, if anything is. */
static void request(const struct neighbours *near, const struct finding *finding,
                    struct write *write)
{
    struct json_object *sent = js_array(write->body, "properties.accessPolicies");
    bool replaces = write->path && strstr(write->path, "/replace?");
    struct json_object *entry = sent ? js_copy(json_object_array_get_idx(sent, 0)) : bare(near);
    if (finding->need == NEED_CREATION) {
        put_declared(near, entry);
    } else {
        replaces |= !compare_has_names(finding->desired, finding->observed);
        js_put(entry, finding->path, js_copy(finding->desired));
    }
    if (replaces)
        repeat_shown(near, entry);
    entry_request(near->parent.node, replaces ? "replace" : "add", entry, write);
}

const struct type type_access_policy = {
    .arm_type = "Microsoft.KeyVault/vaults/accessPolicies",
    .word = "accessPolicy",
    .api_version = "2026-02-01",
    .child = &child,
    .fields = fields,
    .n_fields = COUNT(fields),
    .known = known_access_policy,
    .not_found = not_found,
    .control = CONTROL_GRANT,
    .facts = facts,
    .refusals = parent_vault_refusals,
    .missing = parent_missing,
    .obstruct = obstruct,
    .request = request,
    .is_entry = is_entry,
};
