#include "seed.h"

#include "account.h"
#include "base/armid.h"
#include "base/iso8601.h"
#include "grant.h"
#include "key.h"
#include "role.h"
#include "throttle.h"
#include "vault.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool bad(struct err *err, const char *place, const char *what)
{
    return err_set(err, ERR_CONFIG, "BadSeed", "%s: %s", place, what);
}

/* ---- settings -------------------------------------------------------------------------------- */

/* Seconds in a seed, with fractions; milliseconds in memory. */
static const struct {
    const char *name;
    size_t offset;
    bool plain; /* a count, not seconds */
} numbers[] = {
    {"grantDelay", offsetof(struct settings, grant_delay_ms), false},
    {"operation", offsetof(struct settings, operation_ms), false},
    {"deployment", offsetof(struct settings, deployment_ms), false},
    {"registeringDns", offsetof(struct settings, registering_dns_ms), false},
    {"recovering", offsetof(struct settings, recovering_ms), false},
    {"activityLag", offsetof(struct settings, activity_lag_ms), false},
    {"deleting", offsetof(struct settings, deleting_ms), false},
    {"principalDelay", offsetof(struct settings, principal_delay_ms), false},
    {"tokenLifetime", offsetof(struct settings, token_ms), false},
    {"pageSize", offsetof(struct settings, page_size), true},
};

static int64_t *number_at(struct settings *settings, size_t offset)
{
    return (int64_t *)(void *)((char *)settings + offset);
}

static bool set_one(struct settings *settings, const char *name, struct json_object *value,
                    struct err *err)
{
    AUTO(text) char *place = mem_format("settings.%s", name);
    if (strcmp(name, "authorization") == 0) {
        const char *word =
            json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
        settings->enforced = strcmp(word, "enforced") == 0;
        return settings->enforced || strcmp(word, "off") == 0 ||
               bad(err, place, "expected \"enforced\" or \"off\"");
    }
    if (strcmp(name, "callerAddress") == 0) {
        if (!json_object_is_type(value, json_type_string))
            return bad(err, place, "expected \"allowed\" or an IPv4 address");
        free(settings->caller_address);
        settings->caller_address = mem_text(json_object_get_string(value));
        return true;
    }
    if (strcmp(name, "claims") == 0) {
        if (value && !json_object_is_type(value, json_type_object))
            return bad(err, place, "expected an object, or null");
        free(settings->claims);
        settings->claims =
            value ? mem_text(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN)) : NULL;
        return true;
    }
    if (strcmp(name, "throttling") == 0)
        return throttle_set(settings, value, err);
    for (size_t i = 0; i < COUNT(numbers); i++) {
        if (strcmp(numbers[i].name, name) != 0)
            continue;
        double number = json_object_get_double(value);
        if ((!json_object_is_type(value, json_type_int) &&
             !json_object_is_type(value, json_type_double)) ||
            number < (numbers[i].plain ? 1 : 0) || number > 1e9)
            return bad(err, place, "expected a number that is not negative");
        *number_at(settings, numbers[i].offset) =
            (int64_t)(numbers[i].plain ? number : number * 1000);
        return true;
    }
    return bad(err, place, "there is no such setting");
}

bool sim_settings(struct sim *sim, struct json_object *settings, struct err *err)
{
    if (!json_object_is_type(settings, json_type_object))
        return bad(err, "settings", "expected an object");
    json_object_object_foreach(settings, name, value)
    {
        if (!set_one(&sim->settings, name, value, err))
            return false;
    }
    return true;
}

static struct json_object *dump_settings(struct sim *sim)
{
    struct json_object *dump = json_object_new_object();
    for (size_t i = 0; i < COUNT(numbers); i++) {
        int64_t number = *number_at(&sim->settings, numbers[i].offset);
        json_object_object_add(
            dump, numbers[i].name,
            numbers[i].plain || number % 1000 == 0
                ? json_object_new_int64(numbers[i].plain ? number : number / 1000)
                : json_object_new_double((double)number / 1000));
    }
    json_object_object_add(dump, "authorization",
                           json_object_new_string(sim->settings.enforced ? "enforced" : "off"));
    json_object_object_add(dump, "callerAddress",
                           json_object_new_string(sim->settings.caller_address));
    json_object_object_add(dump, "claims",
                           sim->settings.claims ? json_tokener_parse(sim->settings.claims) : NULL);
    json_object_object_add(dump, "throttling", throttle_dump(&sim->settings));
    return dump;
}

/* ---- resources ------------------------------------------------------------------------------- */

/* "/subscriptions/S/.../providers/A/b/c/d/e" is of type "A/b/d"; the caller frees. */
static char *type_of(const char *id)
{
    const char *last = NULL;
    for (const char *at = id; (at = strcasestr(at, "/providers/")); at++)
        last = at;
    if (!last)
        return NULL;
    last += strlen("/providers/");
    char *type = mem_text_n(last, strcspn(last, "/"));
    for (bool is_type = true; *(last += strcspn(last, "/")); is_type = !is_type) {
        size_t length = strcspn(++last, "/");
        if (!is_type)
            continue;
        char *longer = mem_format("%s/%.*s", type, (int)length, last);
        free(type);
        type = longer;
    }
    return type;
}

/* A seeded body needs no id, name and type: they follow from its place. */
static struct json_object *complete(const char *id, struct json_object *body)
{
    AUTO(text) char *type = type_of(id);
    if (!js_find(body, "id"))
        js_put(body, "id", json_object_new_string(id));
    if (!js_find(body, "name"))
        js_put(body, "name", json_object_new_string(armid_name(id)));
    if (!js_find(body, "type") && type)
        js_put(body, "type", json_object_new_string(type));
    return body;
}

/* The body that a seed gives a resource, for the caller; NULL if it is like one that is not there.
 */
static struct json_object *build_body(struct sim *sim, struct lh_table *table,
                                      struct json_object *seeded)
{
    struct json_object *body = state_rehost(sim, seeded);
    const char *like = js_string(body, "['@like']", NULL);
    if (!like)
        return body;
    struct resource *model = table_find(table, like);
    struct json_object *built = model ? seed_like(model->body, body) : NULL;
    json_object_put(body);
    return built;
}

static bool add_resource(struct sim *sim, const char *id, struct json_object *seeded,
                         struct err *err)
{
    struct lh_table *table = state_table(sim, id);
    struct json_object *body = build_body(sim, table, seeded);
    if (!body)
        return bad(err, id, "the resource that it is like must come before it, and be of its type");
    body = complete(id, body);
    const char *spelled = js_string(body, "id", id);
    if (table == sim->grants) {
        struct json_object *whole = grant_complete(body, id);
        json_object_put(body);
        body = whole;
        spelled = id;
        const char *condition = js_string(body, "properties.condition", NULL);
        struct err why;
        if (condition && !condition_valid(condition, &why)) {
            json_object_put(body);
            return bad(err, id, why.message);
        }
    }
    struct resource *resource = resource_new(armid_same(spelled, id) ? spelled : id, body);
    table_put(table, id, resource);
    if (table == sim->vaults)
        table_put(sim->vault_names, armid_name(id), resource);
    return true;
}

static bool add_deleted(struct sim *sim, const char *id, struct json_object *seeded,
                        struct json_object *body, struct err *err)
{
    int64_t deleted_s = sim_now_s(sim);
    const char *date = js_string(seeded, "deletionDate", NULL);
    if (date && !iso8601_parse_time(date, &deleted_s))
        return bad(err, id, "the deletionDate is not a time");
    if (!add_resource(sim, id, body, err))
        return false;
    struct lh_table *table = state_table(sim, id);
    if (table == sim->vaults)
        vault_bury(sim, table_find(table, id), deleted_s * 1000);
    else if (table == sim->accounts)
        account_bury(sim, table_find(table, id), deleted_s * 1000);
    else
        return bad(err, id, "only vaults and accounts can be soft-deleted here");
    return true;
}

static bool seed_live(struct sim *sim, struct json_object *live, struct err *err)
{
    if (!live)
        return true;
    json_object_object_foreach(live, id, body)
    {
        struct json_object *deleted = NULL;
        if (strncasecmp(id, "/subscriptions/", 15) != 0 && strncasecmp(id, "/providers/", 11) != 0)
            return bad(err, id, "expected an ARM id");
        state_place(sim, id);
        if (!body)
            continue; /* known to be absent */
        if (!json_object_is_type(body, json_type_object))
            return bad(err, id, "expected an object or null");
        if (json_object_object_get_ex(body, "@deleted", &deleted)) {
            if (!add_deleted(sim, id, body, deleted, err))
                return false;
        } else if (!add_resource(sim, id, body, err)) {
            return false;
        }
    }
    return true;
}

static bool seed_places(struct sim *sim, struct json_object *ids, const char *prefix,
                        struct err *err)
{
    for (size_t i = 0; ids && i < json_object_array_length(ids); i++) {
        struct json_object *item = json_object_array_get_idx(ids, i);
        if (!json_object_is_type(item, json_type_string))
            return bad(err, *prefix ? "subscriptions" : "resourceGroups", "expected ids");
        const char *id = json_object_get_string(item);
        AUTO(text) char *whole = mem_format("%s%s", *id == '/' ? "" : prefix, id);
        if (*whole != '/')
            return bad(err, id, "expected the id of a resource group");
        state_place(sim, whole);
    }
    return true;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool load(struct sim *sim, struct json_object *seed, struct err *err)
{
    struct json_object *settings = js_object(seed, "settings"), *keys = js_object(seed, "keys");
    struct json_object *deleted = NULL;
    if (!json_object_is_type(seed, json_type_object))
        return bad(err, "seed", "expected an object");
    if (keys)
        json_object_object_get_ex(keys, "@deletedKeys", &deleted);
    return (!settings || sim_settings(sim, settings, err)) &&
           seed_places(sim, js_array(seed, "subscriptions"), "/subscriptions/", err) &&
           seed_places(sim, js_array(seed, "resourceGroups"), "", err) &&
           seed_live(sim, js_object(seed, "live"), err) && seed_keys(sim, keys, false, err) &&
           seed_keys(sim, deleted, true, err) &&
           seed_policies(sim, js_object(seed, "rotationPolicies"), err);
}

/* Tokens stay: they are the clients', not Azure's. */
bool sim_seed(struct sim *sim, struct json_object *seed, struct err *err)
{
    struct lh_table *tokens = sim->tokens;
    sim->tokens = NULL;
    state_clear(sim);
    lh_table_free(sim->tokens);
    sim->tokens = tokens;
    if (!load(sim, seed, err))
        return false;
    sim->clients = js_copy(js_array(seed, "clients"));
    sim->identities = js_copy(js_array(seed, "identities"));
    sim->arc = js_copy(js_object(seed, "arc"));
    return true;
}

static void dump_table(struct lh_table *table, struct json_object *live)
{
    for (struct lh_entry *at = lh_table_head(table); at; at = lh_entry_next(at)) {
        struct resource *resource = lh_entry_v(at);
        struct json_object *body = js_copy(resource->body);
        if (resource->deleted_ms) {
            AUTO(text) char *date = state_time(resource->deleted_ms, false);
            struct json_object *wrapped = json_object_new_object();
            json_object_object_add(wrapped, "@deleted", body);
            json_object_object_add(wrapped, "deletionDate", json_object_new_string(date));
            body = wrapped;
        }
        json_object_object_add(live, resource->id, body);
    }
}

static struct json_object *dump_ids(struct lh_table *table)
{
    struct json_object *ids = json_object_new_array();
    for (struct lh_entry *at = lh_table_head(table); at; at = lh_entry_next(at)) {
        struct resource *resource = lh_entry_v(at);
        json_object_array_add(ids, json_object_new_string(resource->id));
    }
    return ids;
}

static void settle_all(struct sim *sim)
{
    vaults_expire(sim);
    accounts_expire(sim);
    for (struct lh_entry *at = lh_table_head(sim->vaults); at; at = lh_entry_next(at))
        vault_settle(sim, lh_entry_v(at));
    for (struct lh_entry *at = lh_table_head(sim->accounts); at; at = lh_entry_next(at))
        account_settle(sim, lh_entry_v(at));
}

struct json_object *sim_state(struct sim *sim)
{
    struct json_object *state = json_object_new_object(), *live = json_object_new_object();
    struct json_object *keys = json_object_new_object(), *policies = json_object_new_object();
    struct lh_table *tables[] = {sim->vaults, sim->accounts,       sim->others,          sim->roles,
                                 sim->grants, sim->deleted_vaults, sim->deleted_accounts};
    settle_all(sim);
    for (size_t i = 0; i < COUNT(tables); i++)
        dump_table(tables[i], live);
    dump_table(sim->locks, live);
    dump_keys(sim, keys, policies);
    json_object_object_add(state, "subscriptions", dump_ids(sim->subscriptions));
    json_object_object_add(state, "resourceGroups", dump_ids(sim->groups));
    json_object_object_add(state, "live", live);
    json_object_object_add(state, "keys", keys);
    json_object_object_add(state, "rotationPolicies", policies);
    json_object_object_add(state, "settings", dump_settings(sim));
    if (sim->clients)
        json_object_object_add(state, "clients", js_copy(sim->clients));
    if (sim->identities)
        json_object_object_add(state, "identities", js_copy(sim->identities));
    if (sim->arc)
        json_object_object_add(state, "arc", js_copy(sim->arc));
    return state;
}

/* ---- drift ----------------------------------------------------------------------------------- */

static void forget(struct sim *sim, struct lh_table *table, const char *id)
{
    if (table == sim->vaults || table == sim->deleted_vaults) {
        table_remove(sim->vault_names, armid_name(id));
        keys_drop(sim, armid_name(id));
    }
    table_remove(table, id);
}

bool sim_drift(struct sim *sim, const char *id, struct json_object *patch, struct err *err)
{
    bool is_key = false;
    if (patch && !json_object_is_type(patch, json_type_object))
        return err_set(err, ERR_CONFIG, "BadDrift", "%s: expected an object or null", id);
    if (!drift_key(sim, id, patch, &is_key, err))
        return false;
    if (is_key)
        return true;
    struct lh_table *tables[] = {state_table(sim, id), sim->deleted_vaults, sim->deleted_accounts};
    for (size_t i = 0; i < COUNT(tables); i++) {
        struct resource *resource = table_find(tables[i], id);
        if (!resource)
            continue;
        if (patch) {
            AUTO(json) struct json_object *local = state_rehost(sim, patch);
            resource_set(resource, state_merge(resource->body, local));
        } else {
            AUTO(text) char *name = mem_text(resource->id);
            forget(sim, tables[i], name);
        }
        return true;
    }
    return err_set(err, ERR_CONFIG, "NotFound", "azsim has no resource '%s'", id);
}
