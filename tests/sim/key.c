#include "key.h"

#include "base/armid.h"
#include "base/uuid.h"
#include "key_policy.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DAY_MS INT64_C(86400000)

static char *table_name(const char *vault, const char *name)
{
    return mem_format("%s/%s", vault, name);
}

struct key *key_find(struct sim *sim, const char *vault, const char *name)
{
    AUTO(text) char *both = table_name(vault, name);
    struct key *key = table_find(sim->keys, both);
    if (!key || !key_expired(sim, key)) {
        if (key)
            key_policy_run(sim, key);
        return key;
    }
    table_remove(sim->keys, both);
    return NULL;
}

struct key *key_new(struct sim *sim, const char *vault, const char *name)
{
    struct key *key = mem_new(1, sizeof *key);
    AUTO(text) char *both = table_name(vault, name);
    key->vault = armid_key(vault);
    key->name = mem_text(name);
    table_put(sim->keys, both, key);
    return key;
}

void key_free(struct key *key)
{
    if (!key)
        return;
    for (size_t i = 0; i < key->count; i++) {
        struct key_version *version = key->versions[i];
        free(version->kty);
        free(version->curve);
        json_object_put(version->ops);
        json_object_put(version->tags);
        free(version);
    }
    free(key->versions);
    free(key->vault);
    free(key->name);
    json_object_put(key->policy);
    free(key);
}

struct json_object *key_default_ops(const char *kty)
{
    static const char *const rsa[] = {"encrypt", "decrypt", "sign",
                                      "verify",  "wrapKey", "unwrapKey"};
    static const char *const curve[] = {"sign", "verify"};
    bool is_rsa = strncasecmp(kty, "RSA", 3) == 0;
    const char *const *words = is_rsa ? rsa : curve;
    struct json_object *ops = json_object_new_array();
    for (size_t i = 0; i < (is_rsa ? COUNT(rsa) : COUNT(curve)); i++)
        json_object_array_add(ops, json_object_new_string(words[i]));
    return ops;
}

/* 32 hex digits, as version ids are. */
static void make_id(char id[33])
{
    char uuid[UUID_SIZE], *end = id;
    uuid_random(uuid);
    for (const char *at = uuid; *at; at++)
        if (*at != '-')
            *end++ = *at;
    *end = '\0';
}

struct key_version *key_add(struct sim *sim, struct key *key, const char *kty)
{
    struct key_version *version = mem_new(1, sizeof *version);
    make_id(version->id);
    version->enabled = true;
    version->created_s = version->updated_s = sim_now_s(sim);
    version->kty = mem_text(kty);
    version->ops = key_default_ops(kty);
    key->versions = mem_resize(key->versions, key->count + 1, sizeof(struct key_version *));
    key->versions[key->count++] = version;
    return version;
}

struct key_version *key_newest(const struct key *key)
{
    struct key_version *newest = NULL;
    for (size_t i = 0; i < key->count; i++)
        if (!newest || key->versions[i]->created_s >= newest->created_s)
            newest = key->versions[i];
    return newest;
}

struct key_version *key_version(const struct key *key, const char *id)
{
    for (size_t i = 0; i < key->count; i++)
        if (strcasecmp(key->versions[i]->id, id) == 0)
            return key->versions[i];
    return NULL;
}

static int by_id(const void *a, const void *b)
{
    const struct key_version *const *left = a, *const *right = b;
    return strcmp((*left)->id, (*right)->id);
}

struct key_version **key_by_id(const struct key *key)
{
    struct key_version **sorted = mem_new(key->count + 1, sizeof(struct key_version *));
    memcpy(sorted, key->versions, key->count * sizeof(struct key_version *));
    qsort(sorted, key->count, sizeof(struct key_version *), by_id);
    return sorted;
}

bool key_visible(const struct sim *sim, const struct key *key)
{
    return !key->deleted_ms && key->hidden_ms <= state_now_ms(sim);
}

char *key_origin(const struct sim *sim, const char *vault)
{
    return mem_format("https://%s.vault.localhost:%u", vault, sim->port);
}

const char *key_recovery_level(struct sim *sim, const char *vault, int64_t *days)
{
    struct resource *resource = state_vault(sim, vault);
    struct json_object *body = resource ? resource->body : NULL;
    bool kept = js_bool(body, "properties.enablePurgeProtection", false);
    *days = js_int(body, "properties.softDeleteRetentionInDays", 90);
    if (*days < 90)
        return kept ? "CustomizedRecoverable" : "CustomizedRecoverable+Purgeable";
    return kept ? "Recoverable" : "Recoverable+Purgeable";
}

bool key_expired(struct sim *sim, const struct key *key)
{
    int64_t days;
    if (!key->deleted_ms)
        return false;
    (void)key_recovery_level(sim, key->vault, &days);
    return key->deleted_ms + days * DAY_MS <= state_now_ms(sim);
}

/* ---- all of a vault -------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    const struct key *const *left = a, *const *right = b;
    return strcasecmp((*left)->name, (*right)->name);
}

/* Collects the vault's keys; the array is the caller's. */
static struct key **collect(struct sim *sim, const char *vault, size_t *count)
{
    struct key **keys = mem_new((size_t)lh_table_length(sim->keys) + 1, sizeof(struct key *));
    *count = 0;
    for (struct lh_entry *at = lh_table_head(sim->keys); at; at = lh_entry_next(at)) {
        struct key *key = lh_entry_v(at);
        if (strcasecmp(key->vault, vault) == 0)
            keys[(*count)++] = key;
    }
    qsort(keys, *count, sizeof(struct key *), by_name);
    return keys;
}

void key_each(struct sim *sim, const char *vault, void (*each)(struct key *key, void *owner),
              void *owner)
{
    size_t count;
    struct key **keys = collect(sim, vault, &count);
    for (size_t i = 0; i < count; i++) {
        key_policy_run(sim, keys[i]);
        if (!key_expired(sim, keys[i]))
            each(keys[i], owner);
    }
    free(keys);
}

void keys_drop(struct sim *sim, const char *vault)
{
    size_t count;
    struct key **keys = collect(sim, vault, &count);
    for (size_t i = 0; i < count; i++) {
        AUTO(text) char *both = table_name(keys[i]->vault, keys[i]->name);
        table_remove(sim->keys, both);
    }
    free(keys);
}
