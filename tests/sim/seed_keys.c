/* seed_keys.c: keys in seeds, dumps and drift. */
#include "seed.h"

#include "base/armid.h"
#include "key.h"
#include "key_make.h"
#include "key_policy.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DAY_S 86400

/* ---- seeds ----------------------------------------------------------------------------------- */

static bool is_number(struct json_object *value)
{
    return json_object_is_type(value, json_type_int) ||
           json_object_is_type(value, json_type_double);
}

/* Days from now, as an instant; with fractions. fallback where it is not said. */
static int64_t days_from(struct sim *sim, struct json_object *seeded, const char *name, int sign,
                         int64_t fallback)
{
    struct json_object *value = js_find(seeded, name);
    return is_number(value)
               ? sim_now_s(sim) + (int64_t)(sign * json_object_get_double(value) * DAY_S)
               : fallback;
}

static bool add_version(struct sim *sim, struct key *key, struct json_object *seeded,
                        struct err *err)
{
    const struct key_wish wish = {
        .kty = js_string(seeded, "kty", "RSA"),
        .curve = js_string(seeded, "crv", js_string(seeded, "curveName", NULL)),
        .size = js_int(seeded, "keySize", 0),
        .enabled = js_bool(seeded, "enabled", true),
        .exp_s = js_int(seeded, "exp", days_from(sim, seeded, "expDays", 1, 0)),
        .nbf_s = js_int(seeded, "nbf", days_from(sim, seeded, "nbfDays", 1, 0)),
        .ops = js_array(seeded, "key_ops"),
        .tags = js_object(seeded, "tags"),
    };
    const char *id = js_string(seeded, "version", NULL);
    if (!json_object_is_type(seeded, json_type_object) || (id && strlen(id) > 32))
        return err_set(err, ERR_CONFIG, "BadSeed",
                       "keys.%s.%s: expected versions as objects, their ids of 32 digits",
                       key->vault, key->name);
    struct key_version *version = key_make(sim, key, &wish);
    if (id)
        err_copy(version->id, sizeof version->id, id);
    version->created_s =
        js_int(seeded, "created", days_from(sim, seeded, "ageDays", -1, version->created_s));
    version->updated_s = js_int(seeded, "updated", version->created_s);
    return true;
}

static bool add_key(struct sim *sim, const char *vault, const char *name,
                    struct json_object *versions, bool deleted, struct err *err)
{
    if (!json_object_is_type(versions, json_type_array) || !json_object_array_length(versions))
        return err_set(err, ERR_CONFIG, "BadSeed", "keys.%s.%s: expected an array of versions",
                       vault, name);
    struct key *key = key_new(sim, vault, name);
    key->deleted_ms = deleted ? state_now_ms(sim) : 0;
    for (size_t i = 0; i < json_object_array_length(versions); i++)
        if (!add_version(sim, key, json_object_array_get_idx(versions, i), err))
            return false;
    return true;
}

bool seed_keys(struct sim *sim, struct json_object *vaults, bool deleted, struct err *err)
{
    if (!vaults)
        return true;
    json_object_object_foreach(vaults, vault, keys)
    {
        if (*vault == '@')
            continue;
        if (!json_object_is_type(keys, json_type_object))
            return err_set(err, ERR_CONFIG, "BadSeed", "keys.%s: expected an object", vault);
        json_object_object_foreach(keys, name, versions)
        {
            if (!add_key(sim, vault, name, versions, deleted, err))
                return false;
        }
    }
    return true;
}

bool seed_policies(struct sim *sim, struct json_object *vaults, struct err *err)
{
    if (!vaults)
        return true;
    json_object_object_foreach(vaults, vault, keys)
    {
        if (!json_object_is_type(keys, json_type_object))
            return err_set(err, ERR_CONFIG, "BadSeed", "rotationPolicies.%s: expected an object",
                           vault);
        json_object_object_foreach(keys, name, policy)
        {
            struct key *key = key_find(sim, vault, name);
            if (!key)
                return err_set(err, ERR_CONFIG, "BadSeed", "rotationPolicies.%s.%s: no such key",
                               vault, name);
            key->policy = js_copy(policy);
        }
    }
    return true;
}

/* ---- dumps ----------------------------------------------------------------------------------- */

static struct json_object *dump_version(const struct key_version *version)
{
    struct json_object *dump = json_object_new_object();
    js_put(dump, "version", json_object_new_string(version->id));
    js_put(dump, "enabled", json_object_new_boolean(version->enabled));
    js_put(dump, "kty", json_object_new_string(version->kty));
    if (version->size)
        js_put(dump, "keySize", json_object_new_int64(version->size));
    if (version->curve)
        js_put(dump, "crv", json_object_new_string(version->curve));
    js_put(dump, "created", json_object_new_int64(version->created_s));
    js_put(dump, "updated", json_object_new_int64(version->updated_s));
    if (version->exp_s)
        js_put(dump, "exp", json_object_new_int64(version->exp_s));
    if (version->nbf_s)
        js_put(dump, "nbf", json_object_new_int64(version->nbf_s));
    js_put(dump, "key_ops", js_copy(version->ops));
    if (version->tags)
        js_put(dump, "tags", js_copy(version->tags));
    return dump;
}

static void dump_into(struct json_object *tree, const struct key *key, struct json_object *value)
{
    struct json_object *vault = js_member(tree, key->vault, NULL);
    if (!vault) {
        vault = json_object_new_object();
        json_object_object_add(tree, key->vault, vault);
    }
    json_object_object_add(vault, key->name, value);
}

void dump_keys(struct sim *sim, struct json_object *keys, struct json_object *policies)
{
    struct json_object *deleted = json_object_new_object();
    for (struct lh_entry *at = lh_table_head(sim->keys); at; at = lh_entry_next(at)) {
        struct key *key = lh_entry_v(at);
        struct json_object *versions = json_object_new_array();
        key_policy_run(sim, key);
        for (size_t i = 0; i < key->count; i++)
            json_object_array_add(versions, dump_version(key->versions[i]));
        dump_into(key->deleted_ms ? deleted : keys, key, versions);
        if (key->policy)
            dump_into(policies, key, js_copy(key->policy));
    }
    if (json_object_object_length(deleted))
        json_object_object_add(keys, "@deletedKeys", deleted);
    else
        json_object_put(deleted);
}

/* ---- drift ----------------------------------------------------------------------------------- */

static void drift_version(struct key_version *version, struct json_object *patch)
{
    struct json_object *attributes = js_object(patch, "properties.attributes"), *value;
    version->enabled = js_bool(attributes, "enabled", version->enabled);
    if (attributes && json_object_object_get_ex(attributes, "exp", &value))
        version->exp_s = js_int(attributes, "exp", 0);
    if (attributes && json_object_object_get_ex(attributes, "nbf", &value))
        version->nbf_s = js_int(attributes, "nbf", 0);
    version->created_s = js_int(attributes, "created", version->created_s);
    version->updated_s = js_int(attributes, "updated", version->updated_s);
    if (js_object(patch, "tags")) {
        json_object_put(version->tags);
        version->tags = js_copy(js_object(patch, "tags"));
    }
}

/* ".../vaults/V/keys/K" or ".../vaults/V/keys/K/versions/N", with nothing behind. */
bool drift_key(struct sim *sim, const char *id, struct json_object *patch, bool *is_key,
               struct err *err)
{
    AUTO(text) char *vault = armid_part(id, "vaults");
    AUTO(text) char *name = armid_part(id, "keys");
    AUTO(text) char *number = armid_part(id, "versions");
    *is_key = vault && name && armid_same(armid_name(id), number ? number : name);
    if (!*is_key)
        return true;

    struct key *key = key_find(sim, vault, name);
    struct key_version *version = key && number ? key_version(key, number)
                                  : key         ? key_newest(key)
                                                : NULL;
    if (!version)
        return err_set(err, ERR_CONFIG, "NotFound", "azsim has no key '%s'", id);
    if (patch) {
        drift_version(version, patch);
        return true;
    }
    if (number)
        return err_set(err, ERR_CONFIG, "BadDrift", "a version cannot be removed alone: '%s'", id);
    AUTO(text) char *both = mem_format("%s/%s", vault, name);
    table_remove(sim->keys, both);
    return true;
}

static void age(struct key *key, int64_t days)
{
    for (size_t i = 0; i < key->count; i++) {
        key->versions[i]->created_s -= days * DAY_S;
        key->versions[i]->updated_s -= days * DAY_S;
    }
}

struct aging {
    int64_t days;
    size_t count;
};

static void on_key(struct key *key, void *owner)
{
    struct aging *aging = owner;
    age(key, aging->days);
    aging->count++;
}

bool sim_age_key(struct sim *sim, const char *vault, const char *key, int64_t days, struct err *err)
{
    struct aging aging = {.days = days};
    struct key *one = key ? key_find(sim, vault, key) : NULL;
    if (one)
        on_key(one, &aging);
    else if (!key)
        key_each(sim, vault, on_key, &aging);
    if (!aging.count)
        return err_set(err, ERR_CONFIG, "NotFound", "azsim has no key '%s' in a vault '%s'",
                       key ? key : "*", vault);
    return true;
}
