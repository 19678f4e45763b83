/* retire.c: when the older versions of a key are retired (disabled), and what forbids it.
 *
 *     created + retireAfter ──► who uses the key? ──► each shows the newest, settled ──► disable
 *                               declared: seen by a read of its own in this round
 *                               others:   seen in the lists of their subscription, of the live
 *                                         and of the deleted, which may be recovered for 48 hours
 *
 * A version that any account is seen to name, or may name unseen, is never disabled. */
#include "types/retire.h"

#include "base/armid.h"
#include "base/iso8601.h"
#include "types/registry.h"
#include "types/versions.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#define ACCOUNTS_API_VERSION "2025-06-01"

/* Why the older versions are still needed: because of an account, or because none can be seen. */
struct user {
    const char *until; /* completes "waiting until ..."; NULL: not needed any more */
    const char *id;    /* borrowed: whose sake it is for, or NULL */
};

/* ---- by age ------------------------------------------------------------------------------- */

bool retire_takes(const struct version *version, const struct version *newest)
{
    return version->is_enabled && version->created_s < newest->created_s;
}

static bool has_older(struct json_object *list, const struct version *newest)
{
    size_t count = json_object_array_length(list);
    for (size_t i = 0; i < count; i++) {
        struct version version;
        if (version_read(json_object_array_get_idx(list, i), &version) &&
            retire_takes(&version, newest))
            return true;
    }
    return false;
}

/* When the newest version is old enough for those before it to go, if some are left. A newest one
 * that is disabled is an incident, and a finding of its own. */
static const char *next_by_age(const struct seen *key, struct retire_next *next)
{
    const struct rotation *rotation = &key->node->rotation;
    if (!rotation->has_retire_after)
        return "no retireAfter is declared";
    if (!key->now->versions || !version_newest_of(key, false, &next->newest))
        return "the key shows no versions";
    if (!next->newest.is_enabled)
        return "the newest version of the key is disabled";
    if (!has_older(key->now->versions, &next->newest))
        return "no version before the newest is enabled";
    next->at_s = iso8601_add(next->newest.created_s, rotation->retire_after);
    return NULL;
}

/* ---- who else uses the key ------------------------------------------------------------------ */

/* The subscription of the island's node number index, if no node before it lies there. */
static const char *subscription_at(const struct neighbours *near, size_t index)
{
    const char *subscription = near->nodes[index]->subscription_id;
    assert(subscription); /* the loader gives every node one */
    for (size_t i = 0; i < index; i++)
        if (strcasecmp(near->nodes[i]->subscription_id, subscription) == 0)
            return NULL;
    return subscription;
}

/* Deleted Accounts - List, then Accounts - List: one that is recovered between the two is seen
 * all the same. */
char *retire_others_path(const struct neighbours *near, size_t index, int64_t now_s)
{
    static const char *const lists[] = {"deletedAccounts", "accounts"};
    struct retire_next next;
    if (next_by_age(&near->self, &next) || next.at_s > now_s)
        return NULL;
    size_t nth = index / COUNT(lists);
    for (size_t i = 0; i < near->count; i++) {
        const char *subscription = subscription_at(near, i);
        if (subscription && nth-- == 0)
            return mem_format("/subscriptions/%s/providers/Microsoft.CognitiveServices/%s"
                              "?api-version=" ACCOUNTS_API_VERSION,
                              subscription, lists[index % COUNT(lists)]);
    }
    return NULL;
}

/* A record of a deleted account repeats what the account was, its state too. Without that it may
 * have been encrypted under any key. */
static bool hides_its_link(struct json_object *account)
{
    AUTO(text) char *deleted = armid_part(js_string(account, "id", ""), "deletedAccounts");
    return deleted && !js_find(account, "properties.provisioningState");
}

static bool is_declared(const struct neighbours *near, const char *id)
{
    for (size_t i = 0; i < near->count; i++)
        if (armid_same(near->nodes[i]->id, id))
            return true;
    return false;
}

bool retire_is_stranger(const struct neighbours *near, struct json_object *account)
{
    return version_body_names(account, near->self.node) &&
           !is_declared(near, js_string(account, "id", ""));
}

/* An account that is seen to use the key. */
static const char *needs_older(struct json_object *account, const struct seen *key,
                               const struct version *newest)
{
    struct version named;
    const char *version =
        js_string(account, "properties.encryption.keyVaultProperties.keyVersion", "");
    int64_t modified_s;
    if (!*version)
        return "every account shows which version it uses: a versionless one does not";
    if (!version_find(key->now->versions, version, &named) || named.created_s < newest->created_s)
        return "every account that uses the key names its newest version";
    if (strcmp(js_string(account, "properties.provisioningState", ""), "Succeeded") != 0)
        return "every account that uses the key has settled";
    if (!iso8601_parse_time(js_string(account, "systemData.lastModifiedAt", ""), &modified_s))
        return "every account that uses the key shows when it was changed last";
    return NULL;
}

static struct user find_declared_user(const struct neighbours *near)
{
    const struct node *key = near->self.node;
    struct user user = {NULL, NULL};
    for (size_t i = 0; i < near->n_dependants && !user.until; i++) {
        const struct seen *account = &near->dependants[i];
        user.id = account->node->id;
        if (!seen_is(account, SIGHT_PRESENT))
            user.until = "every account that is declared with the key is there, seen and settled";
        else if (!version_link_names(account, key))
            user.until = "every account that is declared with the key is encrypted under it";
    }
    return user;
}

/* An account that is declared with another key may still name this one. What its own read does not
 * show, no list makes good: it may lag, and a deleted account stands in none. */
static const char *may_need_older(const struct seen *other, const struct seen *key,
                                  const struct version *newest)
{
    bool is_account = other->node->cmk && !other->node->account;
    if (is_account && !seen_is(other, SIGHT_PRESENT) && !seen_is(other, SIGHT_ABSENT))
        return "every account that is declared with its vault is seen and settled";
    return version_link_names(other, key->node) ? needs_older(seen_body(other), key, newest) : NULL;
}

static struct user find_neighbouring_user(const struct neighbours *near,
                                          const struct version *newest)
{
    struct user user = {NULL, NULL};
    for (size_t i = 0; i < near->count && !user.until; i++) {
        struct seen other = near_at(near, i);
        user.id = other.node->id;
        user.until = may_need_older(&other, &near->self, newest);
    }
    return user;
}

static struct user find_other_user(const struct neighbours *near, const struct version *newest)
{
    struct json_object *others = near->self.now->others;
    struct user user = {NULL, NULL};
    if (!others)
        return (struct user){"the accounts of the subscription can be listed", NULL};
    for (size_t i = 0; i < json_object_array_length(others) && !user.until; i++) {
        struct json_object *account = json_object_array_get_idx(others, i);
        user.id = js_string(account, "id", "");
        if (hides_its_link(account))
            user.until = "every deleted account shows under which key it was encrypted";
        else if (retire_is_stranger(near, account))
            user.until = needs_older(account, &near->self, newest);
    }
    return user;
}

/* Whose sake the older versions are kept for. */
static struct user find_user(const struct neighbours *near)
{
    struct version newest;
    if (!version_newest_of(&near->self, false, &newest))
        return (struct user){"the key shows its versions", NULL};
    struct user user = find_declared_user(near);
    if (!user.until)
        user = find_neighbouring_user(near, &newest);
    return user.until ? user : find_other_user(near, &newest);
}

const char *retire_waits_for(const struct neighbours *near)
{
    return find_user(near).until;
}

/* ---- when the last of them came ------------------------------------------------------------- */

static int64_t modified_s(struct json_object *account, const struct node *key)
{
    int64_t time_s = 0;
    bool counts = version_body_names(account, key) &&
                  iso8601_parse_time(js_string(account, "systemData.lastModifiedAt", ""), &time_s);
    return counts ? time_s : 0;
}

/* The last change of any account that uses the key: it may have come to the newest only then. */
static int64_t last_modified_s(const struct neighbours *near)
{
    struct json_object *others = near->self.now->others;
    size_t n_others = others ? json_object_array_length(others) : 0;
    int64_t last_s = 0;
    for (size_t i = 0; i < near->count + n_others; i++) {
        struct seen seen = i < near->count ? near_at(near, i) : (struct seen){NULL, NULL};
        struct json_object *account =
            i < near->count ? seen_body(&seen) : json_object_array_get_idx(others, i - near->count);
        int64_t time_s = modified_s(account, near->self.node);
        last_s = time_s > last_s ? time_s : last_s;
    }
    return last_s;
}

const char *retire_next(const struct neighbours *near, struct retire_next *next)
{
    const char *never = next_by_age(&near->self, next);
    int64_t last_s = last_modified_s(near);
    if (never || last_s <= next->newest.created_s)
        return never;
    next->at_s = iso8601_add(last_s, near->self.node->rotation.retire_after);
    return NULL;
}

/* ---- what is found ------------------------------------------------------------------------- */

static struct json_object *describe(const struct version *version, const char *user_id)
{
    char created[ISO8601_TIME_SIZE];
    struct json_object *words = json_object_new_object();
    iso8601_format_time(version->created_s, created);
    json_object_object_add(words, "version", json_object_new_string(version->id));
    json_object_object_add(words, "created", json_object_new_string(created));
    json_object_object_add(words, "enabled", json_object_new_boolean(true));
    if (user_id)
        json_object_object_add(words, "keptFor", json_object_new_string(user_id));
    return words;
}

static void find_version(const struct neighbours *near, const struct version *version,
                         const char *user_id, struct findings *findings)
{
    AUTO(text) char *path = mem_format("rotation.retireAfter['%s']", version->id);
    AUTO(json) struct json_object *observed = describe(version, user_id);
    AUTO(json) struct json_object *desired = json_object_new_object();
    json_object_object_add(desired, "version", json_object_new_string(version->id));
    json_object_object_add(desired, "enabled", json_object_new_boolean(false));
    struct finding *finding = findings_add(findings, near, NEED_ACTION, path, observed, desired);
    finding->action = ACTION_RETIRE;
    finding->depends_on_clock = true;
}

void retire_find(const struct neighbours *near, int64_t now_s, struct findings *findings)
{
    struct retire_next next;
    struct version version;
    if (retire_next(near, &next) || next.at_s > now_s)
        return;
    struct json_object *list = near->self.now->versions;
    struct user user = find_user(near);
    for (size_t i = 0; i < json_object_array_length(list); i++)
        if (version_read(json_object_array_get_idx(list, i), &version) &&
            retire_takes(&version, &next.newest))
            find_version(near, &version, user.until ? user.id : NULL, findings);
}
