/* key.c: Microsoft.KeyVault/vaults/keys, the customer-managed key.
 *
 * REST, Resource Manager: Keys, operations Get, List Versions, Create If Not Exist.
 * https://learn.microsoft.com/rest/api/keyvault/keyvault/keys
 * REST, data plane: Rotate Key, Update Key, Update Key Rotation Policy, Recover Deleted Key, Get
 * Deleted Key.
 * https://learn.microsoft.com/rest/api/keyvault/keys/operation-groups
 *
 * Reading goes through Resource Manager, which works when the vault's firewall shuts the daemon
 * out. The creation there never adds a version; the data plane's would. */
#include "types/registry.h"

#include "base/armid.h"
#include "base/iso8601.h"
#include "model/finding.h"
#include "model/observed.h"
#include "types/controls.h"
#include "types/incident.h"
#include "types/known.h"
#include "types/policy.h"
#include "types/retire.h"
#include "types/rotate.h"
#include "types/versions.h"

#include <string.h>
#include <strings.h>

#define API_VERSION "2026-02-01"
#define DATA_API_VERSION "7.4"
#define DAY_S 86400
#define NOTICE                                                                                     \
    "[{\"trigger\": {\"timeBeforeExpiry\": \"P30D\"}, \"action\": {\"type\": \"notify\"}}]"

/* clang-format off */
static const struct field fields[] = {
    /* path                              compare   mutability  strength severity absent control, why */
    {"properties.kty",                   BY_NAME,  ONCE,       FREE,    HIGH,    NULL,  CONTROL_KEY_TYPE,
     "Azure OpenAI can only be encrypted under an RSA key"},
    {"properties.keySize",               BY_VALUE, ONCE,       FREE,    HIGH,    NULL,  CONTROL_KEY_SIZE,
     "Azure OpenAI asks for 2048 bits; longer ones are documented for other kinds alone"},
    {"properties.curveName",             BY_NAME,  ONCE,       FREE,    LOW,     NULL,  CONTROL_KEY_TYPE,
     "of keys on curves, under which Azure OpenAI cannot be encrypted"},
    {"properties.keyOps",                BY_VALUE, DATA_PLANE, FREE,    MEDIUM,  NULL,  CONTROL_KEY_USE,
     "Azure OpenAI needs wrapKey and unwrapKey; what else is allowed can be misused"},
    {"properties.attributes.exp",        BY_VALUE, DATA_PLANE, FREE,    MEDIUM,  NULL,  CONTROL_KEY_EXPIRY,
     "past it nothing new can be encrypted under the version, and what is stays readable"},
    {"properties.attributes.nbf",        BY_VALUE, DATA_PLANE, FREE,    MEDIUM,  NULL,  CONTROL_KEY_ACTIVE,
     "before it the version cannot be used"},
    {"properties.attributes.exportable", BY_VALUE, ONCE,       FREE,    HIGH,    NULL,  CONTROL_KEY_EXPORT,
     "a key that may leave the vault is not in one's own hands alone"},
    {"properties.release_policy.*",      BY_VALUE, REPORT,     FREE,    HIGH,    NULL,  CONTROL_KEY_EXPORT,
     "to whom the vault hands the key out"},
    /* Resource Manager takes a policy with the creation of a key and never changes it. */
    {"properties.rotationPolicy.attributes.created", BY_VALUE, READ_ONLY, FREE, LOW, NULL, NULL, NULL},
    {"properties.rotationPolicy.attributes.updated", BY_VALUE, READ_ONLY, FREE, LOW, NULL, NULL, NULL},
    {"properties.rotationPolicy.attributes.expiryTime", BY_DURATION, DATA_PLANE_WHOLE, FREE, MEDIUM, NULL,
     CONTROL_KEY_EXPIRY, "of the versions that a rotation makes, by the vault or by cmkd"},
    {"properties.rotationPolicy.lifetimeActions", BY_LIFETIME, DATA_PLANE_WHOLE, FREE, MEDIUM, NOTICE,
     CONTROL_KEY_ROTATION, "the vault rotates by itself, and cmkd points the accounts to what it made"},
    {"properties.rotationPolicy.*",      BY_VALUE, DATA_PLANE_WHOLE, FREE, MEDIUM, NULL, CONTROL_KEY_ROTATION,
     "the vault rotates by itself, and cmkd points the accounts to what it made"},
    {"tags.*",                           BY_VALUE, DATA_PLANE, FREE,    LOW,     NULL,  CONTROL_NONE,
     "what others look for and count by; tags that are not declared are left alone"},
    {"properties.keyUri",                BY_URI,   READ_ONLY,  FREE,    LOW,     NULL,  NULL, NULL},
    {"properties.keyUriWithVersion",     BY_URI,   READ_ONLY,  FREE,    LOW,     NULL,  NULL, NULL},
    {"properties.attributes.created",    BY_VALUE, READ_ONLY,  FREE,    LOW,     NULL,  NULL, NULL},
    {"properties.attributes.updated",    BY_VALUE, READ_ONLY,  FREE,    LOW,     NULL,  NULL, NULL},
    {"properties.attributes.recoveryLevel", BY_VALUE, READ_ONLY, FREE,  LOW,     NULL,  NULL, NULL},
    {"location",                         BY_LOCATION, READ_ONLY, FREE,  LOW,     NULL,  NULL, NULL},
};
/* clang-format on */

static const char *const not_found[] = {"ResourceNotFound", "KeyNotFound", NULL};

static const char *const facts[] = {
    "properties.kty",
    "properties.keyOps",
    "properties.keySize",
    "properties.keyUriWithVersion",
    "properties.attributes",
    "properties.rotationPolicy",
    "tags",
    NULL,
};

/* Of the accounts that may use the key. */
static const char *const others_facts[] = {
    "id", "properties.encryption", "properties.provisioningState", "systemData.lastModifiedAt",
    NULL,
};

static const char *const others_must[] = {"id", "properties.provisioningState", NULL};

static const struct refusal refusals[] = {
    {"RequestNotAllowedOnNonDeletedObject", true, 0}, /* a recovery that nobody heard the end of */
    {"ObjectIsBeingDeleted", false, 600},
    {"ObjectIsBeingRecovered", false, 600},
    {NULL, false, 0},
};

static const char *missing(const struct neighbours *near)
{
    return seen_body(&near->vault) ? NULL : "the vault exists and can be seen";
}

static char *versions_path(const struct neighbours *near)
{
    return mem_format("%s/versions?api-version=" API_VERSION, near->self.node->id);
}

static char *deleted_path(const struct neighbours *near)
{
    return mem_format("/deletedkeys/%s?api-version=" DATA_API_VERSION, near->self.node->name);
}

/* ---- what no comparison shows ------------------------------------------------------------- */

static struct json_object *describe(const struct version *version, const char *member,
                                    struct json_object *value)
{
    struct json_object *words = json_object_new_object();
    json_object_object_add(words, "version", json_object_new_string(version->id));
    json_object_object_add(words, member, value);
    return words;
}

static struct json_object *time_text(int64_t time_s)
{
    char text[ISO8601_TIME_SIZE];
    iso8601_format_time(time_s, text);
    return json_object_new_string(text);
}

/* A version that somebody switched off: it is not for cmkd to switch on, unless the operator said
 * so beforehand. */
static void find_disabled(const struct neighbours *near, const struct version *version,
                          struct findings *findings)
{
    AUTO(json)
    struct json_object *observed = describe(version, "enabled", json_object_new_boolean(false));
    AUTO(json)
    struct json_object *desired = describe(version, "enabled", json_object_new_boolean(true));
    for (size_t i = 0; i < findings->count; i++)
        if (findings->list[i].node == near->self.node &&
            js_same(findings->list[i].observed, observed))
            return; /* several accounts name it */
    findings_add(findings, near, NEED_ACTION, "properties.attributes.enabled", observed, desired)
        ->action = ACTION_ENABLE;
}

static void find_rotation(const struct neighbours *near, int64_t now_s, struct findings *findings)
{
    struct rotate_next next;
    char text[ISO8601_DURATION_SIZE];
    if (rotate_next(&near->self, &next) || next.at_s > now_s)
        return;
    iso8601_format_duration(*next.period, text);
    AUTO(text) char *path = mem_format("rotation.%s", rotate_rule_member(next.rule));
    AUTO(json)
    struct json_object *observed =
        describe(&next.version, "created", time_text(next.version.created_s));
    AUTO(json) struct json_object *desired = json_object_new_string(text);
    struct finding *finding = findings_add(findings, near, NEED_ACTION, path, observed, desired);
    finding->action = ACTION_ROTATE;
    finding->depends_on_clock = true;
}

/* A version that follows another was made by a rotation, and a rotation cannot set a date: it gets
 * one as soon as it is seen. The first version is made with it (see complete()), or by others. */
static void find_expiry(const struct neighbours *near, const struct version *newest, int64_t now_s,
                        struct findings *findings)
{
    const struct rotation *rotation = &near->self.node->rotation;
    int64_t expires_s = iso8601_add(newest->created_s, rotation->expire_after);
    if (!rotation->has_expire_after || newest->expires_s != INT64_MAX || !newest->is_enabled ||
        expires_s <= now_s + DAY_S || !version_has_older(near->self.now->versions, newest))
        return;
    AUTO(json) struct json_object *observed = describe(newest, "expires", NULL);
    AUTO(json) struct json_object *desired = describe(newest, "expires", time_text(expires_s));
    struct finding *finding =
        findings_add(findings, near, NEED_ACTION, "rotation.expireAfter", observed, desired);
    finding->action = ACTION_EXPIRE;
    finding->depends_on_clock = true;
}

/* An expired version still unwraps, so everything seems to work: until a new link is made. */
static void find_invalid(const struct neighbours *near, const struct version *newest_enabled,
                         int64_t now_s, struct findings *findings)
{
    bool expired = newest_enabled->expires_s <= now_s;
    if (!expired && newest_enabled->not_before_s <= now_s)
        return;
    AUTO(json)
    struct json_object *observed =
        describe(newest_enabled, expired ? "expired" : "notBefore",
                 time_text(expired ? newest_enabled->expires_s : newest_enabled->not_before_s));
    AUTO(json) struct json_object *desired = json_object_new_string("valid now");
    struct finding *finding = findings_add(
        findings, near, NEED_ACTION,
        expired ? "properties.attributes.exp" : "properties.attributes.nbf", observed, desired);
    finding->depends_on_clock = true;
}

/* A key without these two cannot carry an encryption; what may be done with it is for whoever made
 * it to say, and is held if it is declared. */
static void find_unable(const struct neighbours *near, struct findings *findings)
{
    if (version_can_wrap(near->self.now->body) || node_want(near->self.node, "properties.keyOps"))
        return;
    AUTO(json)
    struct json_object *desired = json_object_new_string("wrapKey and unwrapKey among them");
    findings_add(findings, near, NEED_ACTION, "properties.keyOps",
                 js_array(near->self.now->body, "properties.keyOps"), desired);
}

static void changes(const struct neighbours *near, int64_t now_s, struct findings *findings)
{
    struct json_object *list = near->self.now->versions;
    struct version newest, newest_enabled, named;
    if (!version_newest_of(&near->self, false, &newest))
        return;
    if (!newest.is_enabled)
        find_disabled(near, &newest, findings);
    find_unable(near, findings);
    for (size_t i = 0; i < near->count; i++) {
        struct seen account = near_at(near, i);
        const char *id = version_named_by(&account, near->self.node);
        if (id && version_find(list, id, &named) && !named.is_enabled)
            find_disabled(near, &named, findings);
    }
    if (version_newest_of(&near->self, true, &newest_enabled)) {
        size_t before = findings->count;
        find_rotation(near, now_s, findings);
        if (findings->count == before) {
            find_invalid(near, &newest_enabled, now_s, findings);
            find_expiry(near, &newest, now_s, findings);
        }
    }
    retire_find(near, now_s, findings);
}

/* ---- what stands in the way --------------------------------------------------------------- */

/* A key that an account is encrypted under and that is not there was lost: a new one of its name
 * would hide that, and open nothing. */
static void obstruct_creation(const struct neighbours *near, struct obstacles *obstacles)
{
    for (size_t i = 0; i < near->count; i++) {
        struct seen other = near_at(near, i);
        if (version_link_names(&other, near->self.node))
            obstacles->refused = "an account is encrypted under this key, which is gone: a new key "
                                 "of its name would hide the loss; restore it from a backup";
    }
    for (size_t i = 0; i < near->n_dependants; i++) {
        const struct seen *account = &near->dependants[i];
        if (!seen_body(account) && !seen_is(account, SIGHT_ABSENT) &&
            !seen_is(account, SIGHT_DELETED))
            obstacles->waiting = "every account that may be encrypted under the key has been seen";
    }
    if (!seen_is(&near->vault, SIGHT_PRESENT))
        obstacles->waiting = "the vault is ready";
}

static void obstruct_action(const struct neighbours *near, const struct finding *finding,
                            int64_t now_s, struct obstacles *obstacles)
{
    switch (finding->action) {
    case ACTION_ENABLE:
        if (!near->self.node->reenable)
            obstacles->refused = INCIDENT_DISABLED;
        return;
    case ACTION_ROTATE:
        obstacles->refused = incident_at_key(near);
        if (!seen_is(&near->vault, SIGHT_PRESENT))
            obstacles->waiting = "the vault is ready";
        else if (policy_is_at_it(&near->self, now_s))
            obstacles->waiting = "the vault's own rotation policy, due at the same time, has had "
                                 "its day: two of them would make two versions";
        return;
    case ACTION_EXPIRE:
        obstacles->refused = incident_at_key(near);
        if (!seen_is(&near->vault, SIGHT_PRESENT))
            obstacles->waiting = "the vault is ready";
        return;
    case ACTION_RETIRE:
        obstacles->refused = incident_at_key(near);
        obstacles->waiting =
            seen_is(&near->vault, SIGHT_PRESENT) ? retire_waits_for(near) : "the vault is ready";
        return;
    case ACTION_APPROVE: /* a private endpoint's */
        return;
    case ACTION_NONE:
        if (strcmp(finding->path, "properties.keyOps") == 0) {
            obstacles->refused = "the key may not wrap and unwrap, so that no account can be "
                                 "encrypted under it: allow it by hand, or declare keyOps";
            return;
        }
        obstacles->refused = "the newest version of the key is not valid now and no rotation is "
                             "due: rotate it by hand, or declare a rotation";
        return;
    }
}

static void obstruct(const struct neighbours *near, const struct finding *finding, int64_t now_s,
                     struct obstacles *obstacles)
{
    switch (finding->need) {
    case NEED_CREATION:
        obstruct_creation(near, obstacles);
        return;
    case NEED_RECOVERY:
        if (!seen_is(&near->vault, SIGHT_PRESENT))
            obstacles->waiting = "the vault is ready";
        return;
    case NEED_ACTION:
        obstruct_action(near, finding, now_s, obstacles);
        return;
    case NEED_FIELD:
        obstacles->refused = incident_at_key(near);
        return;
    }
}

/* ---- what is sent ------------------------------------------------------------------------- */

static void request_rotation(const struct node *node, struct write *write)
{
    write->method = "POST";
    write->path = mem_format("/keys/%s/rotate?api-version=" DATA_API_VERSION, node->name);
    write->is_rotation = true;
}

/* Update Key: attributes, operations and tags of one version. */
static void begin_update(const struct neighbours *near, const char *version, struct write *write)
{
    if (write->body)
        return; /* of an earlier field */
    write->method = "PATCH";
    write->repeatable = true;
    write->path =
        mem_format("/keys/%s/%s?api-version=" DATA_API_VERSION, near->self.node->name, version);
    write->body = json_object_new_object();
}

static void request_field(const struct neighbours *near, const struct finding *finding,
                          struct write *write)
{
    struct json_object *tags = js_object(near->self.now->body, "tags");
    const char *uri = js_string(near->self.now->body, "properties.keyUriWithVersion", "");
    if (js_path_covers(POLICY, finding->path)) {
        policy_request(near, finding, write);
        return;
    }
    begin_update(near, armid_name(uri), write);
    if (js_path_covers("properties.keyOps", finding->path)) {
        js_put(write->body, "key_ops", js_copy(finding->desired));
    } else if (js_path_covers("tags", finding->path)) {
        if (tags && !js_find(write->body, "tags"))
            js_put(write->body, "tags", js_copy(tags));
        js_put(write->body, finding->path, js_copy(finding->desired));
    } else { /* properties.attributes.exp and .nbf */
        js_put(write->body, finding->path + strlen("properties."), js_copy(finding->desired));
    }
}

static void request_expiry(const struct neighbours *near, const struct finding *finding,
                           struct write *write)
{
    int64_t expires_s = 0;
    begin_update(near, js_string(finding->desired, "version", ""), write);
    if (iso8601_parse_time(js_string(finding->desired, "expires", ""), &expires_s))
        js_put(write->body, "attributes.exp", json_object_new_int64(expires_s));
}

static void request(const struct neighbours *near, const struct finding *finding,
                    struct write *write)
{
    const struct node *node = near->self.node;
    write->on_data_plane = true;
    if (finding->need == NEED_RECOVERY) {
        write->method = "POST";
        write->path =
            mem_format("/deletedkeys/%s/recover?api-version=" DATA_API_VERSION, node->name);
        write->repeatable = true;
    } else if (finding->action == ACTION_ROTATE) {
        request_rotation(node, write);
    } else if (finding->action == ACTION_ENABLE || finding->action == ACTION_RETIRE) {
        begin_update(near, js_string(finding->desired, "version", ""), write);
        js_put(write->body, "attributes.enabled",
               json_object_new_boolean(finding->action == ACTION_ENABLE));
    } else if (finding->action == ACTION_EXPIRE) {
        request_expiry(near, finding, write);
    } else {
        request_field(near, finding, write);
    }
}

/* The first version, too, expires as declared. */
static void complete(const struct neighbours *near, int64_t now_s, struct json_object *body)
{
    const struct rotation *rotation = &near->self.node->rotation;
    static const char exp[] = "properties.attributes.exp";
    if (rotation->has_expire_after && !js_find(body, exp))
        js_put(body, exp, json_object_new_int64(iso8601_add(now_s, rotation->expire_after)));
}

const struct type type_key = {
    .arm_type = "Microsoft.KeyVault/vaults/keys",
    .word = "key",
    .api_version = API_VERSION,
    .fields = fields,
    .n_fields = COUNT(fields),
    .known = known_key,
    .not_found = not_found,
    .control = CONTROL_KEY_ROTATION,
    .facts = facts,
    .refusals = refusals,
    .missing = missing,
    .deleted_path = deleted_path,
    .is_deleted_on_data_plane = true,
    .deleted_not_found = "KeyNotFound",
    .versions_path = versions_path,
    .others_path = retire_others_path,
    .others_facts = others_facts,
    .others_must = others_must,
    .obstruct = obstruct,
    .changes = changes,
    .request = request,
    .complete = complete,
};
