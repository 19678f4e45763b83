/* control_key.c: the reply of io.cmkd.Key: the life of a key, from what the last look at it left
 * and what stands now. Azure is not asked, and no rule is known here: see reconcile/life.h. */
#include "control_private.h"

#include "base/iso8601.h"
#include "reconcile/life.h"
#include "types/retire.h"
#include "types/rotate.h"
#include "types/versions.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* One key, and all that is known of it. Borrowed. */
struct subject {
    const struct control *control;
    const struct node *key;
    const struct life *life;      /* NULL: nobody has looked yet */
    const struct order *order;    /* to revoke it, or NULL */
    struct json_object *versions; /* as they were seen last, or NULL */
    int64_t now_s;
};

static struct json_object *stacks_of(const struct graph *graph, const struct node *node)
{
    struct json_object *names = json_object_new_array();
    for (size_t i = 0; node && i < node->n_stacks; i++)
        json_object_array_add(names, json_object_new_string(graph->stacks[node->stacks[i]].name));
    return names;
}

/* ---- versions ------------------------------------------------------------------------------- */

static const char *state_word(const struct subject *of, const struct version *version)
{
    if (of->life->sight == SIGHT_DELETED)
        return "deleted";
    switch (version_state_at(version, of->now_s)) {
    case VERSION_ENABLED:
        return "enabled";
    case VERSION_DISABLED:
        return "disabled";
    case VERSION_EXPIRED:
        return "expired";
    case VERSION_NOT_YET_VALID:
        return "notYetValid";
    }
    abort();
}

static const char *user_id(const struct life_user *user)
{
    return user->account ? user->account->id : user->id;
}

static struct json_object *namers_of(const struct life *life, const char *version)
{
    struct json_object *ids = json_object_new_array();
    for (size_t i = 0; i < life->n_users; i++)
        if (life->users[i].use == USE_VERSION && strcasecmp(life->users[i].version, version) == 0)
            json_object_array_add(ids, json_object_new_string(user_id(&life->users[i])));
    return ids;
}

static bool is_recorded(const struct order *order, const char *version)
{
    struct json_object *ids = order ? order->versions : NULL;
    for (size_t i = 0; ids && i < json_object_array_length(ids); i++)
        if (strcasecmp(json_object_get_string(json_object_array_get_idx(ids, i)), version) == 0)
            return true;
    return false;
}

static struct json_object *version_json(const struct subject *of, const struct version *version)
{
    struct json_object *object = json_object_new_object();
    const char *newest = of->life->newest;
    json_object_object_add(object, "version", json_object_new_string(version->id));
    json_object_object_add(object, "created", control_time(version->created_s));
    json_object_object_add(object, "notBefore", control_time(version->not_before_s));
    json_object_object_add(object, "expires", control_time(version->expires_s));
    json_object_object_add(object, "state", json_object_new_string(state_word(of, version)));
    json_object_object_add(object, "newest",
                           json_object_new_boolean(newest && strcasecmp(newest, version->id) == 0));
    json_object_object_add(object, "accounts", namers_of(of->life, version->id));
    json_object_object_add(object, "restored",
                           json_object_new_boolean(is_recorded(of->order, version->id)));
    return object;
}

static int by_age(const void *a, const void *b)
{
    const struct version *x = a, *y = b;
    if (x->created_s != y->created_s)
        return x->created_s < y->created_s ? 1 : -1;
    return strcmp(x->id, y->id);
}

/* The newest first. Of a key that is not there none is told, whatever was seen before. */
static struct json_object *versions_json(const struct subject *of)
{
    struct json_object *list = json_object_new_array();
    bool is_known = of->life && of->life->sight != SIGHT_ABSENT && of->versions;
    size_t length = is_known ? json_object_array_length(of->versions) : 0, count = 0;
    struct version *versions = mem_new(length, sizeof *versions);
    for (size_t i = 0; i < length; i++)
        count += version_read(json_object_array_get_idx(of->versions, i), &versions[count]);
    if (count)
        qsort(versions, count, sizeof *versions, by_age);
    for (size_t i = 0; i < count; i++)
        json_object_array_add(list, version_json(of, &versions[i]));
    free(versions);
    return list;
}

/* ---- who uses it ---------------------------------------------------------------------------- */

static const char *use_word(enum life_use use)
{
    switch (use) {
    case USE_UNSEEN:
        return "unseen";
    case USE_NONE:
        return "none";
    case USE_VERSIONLESS:
        return "versionless";
    case USE_VERSION:
        return "version";
    }
    abort();
}

/* An account that is not of the key's island may be declared in another. */
static struct json_object *user_json(const struct subject *of, const struct life_user *user)
{
    const struct graph *graph = &of->control->daemon->config->graph;
    const struct node *node = user->account ? user->account : graph_find(graph, user->id);
    struct json_object *object = json_object_new_object();
    json_object_object_add(object, "account", json_object_new_string(user_id(user)));
    json_object_object_add(object, "stacks", stacks_of(graph, node));
    json_object_object_add(object, "declared",
                           json_object_new_boolean(node && node->cmk == of->key));
    json_object_object_add(object, "use", json_object_new_string(use_word(user->use)));
    json_object_object_add(object, "version", control_text(user->version));
    return object;
}

static struct json_object *users_json(const struct subject *of)
{
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; of->life && i < of->life->n_users; i++)
        json_object_array_add(list, user_json(of, &of->life->users[i]));
    return list;
}

/* ---- what comes next ------------------------------------------------------------------------ */

static void add_obstacle(struct json_object *list, const char *outcome, const char *reason,
                         const char *account)
{
    struct json_object *object = json_object_new_object();
    json_object_object_add(object, "outcome", json_object_new_string(outcome));
    json_object_object_add(object, "reason", json_object_new_string(reason));
    json_object_object_add(object, "account", control_text(account));
    json_object_array_add(list, object);
}

/* One that is due may have been left for the next pass since it was decided: a limit. */
static void add_outcome(struct json_object *list, const struct subject *of, enum action action)
{
    const struct ledger *ledger =
        reconciler_ledger(of->control->daemon->reconciler, of->key->island);
    for (size_t i = 0; i < ledger->n_entries; i++) {
        const struct entry *entry = &ledger->entries[i];
        if (entry->node != of->key || entry->action != action || outcome_is_write(entry->outcome))
            continue;
        add_obstacle(list, outcome_word(entry->outcome), entry->reason, NULL);
        return;
    }
}

/* Orders come between two looks: those that stand now count, at the time of the step. */
static struct json_object *obstacles_to(const struct subject *of, const struct life_step *step,
                                        enum action action)
{
    const struct daemon *daemon = of->control->daemon;
    struct json_object *list = json_object_new_array();
    bool is_due = !step->never && step->at_s <= of->now_s;
    int64_t then_s = step->never || is_due ? of->now_s : step->at_s;
    AUTO(text)
    char *held = orders_against(&daemon->orders, &daemon->config->graph, of->key, then_s);
    const char *code = status_unreached(daemon->status, of->key->vault);
    if (held)
        add_obstacle(list, outcome_word(OUTCOME_HELD), held, NULL);
    if (!step->never && step->reason)
        add_obstacle(list, outcome_word(step->outcome), step->reason, step->account);
    if (is_due && !json_object_array_length(list))
        add_outcome(list, of, action);
    if (!step->never && code) {
        AUTO(text)
        char *reason = mem_format("the vault's data plane cannot be reached: %s", code);
        add_obstacle(list, "unreachable", reason, NULL);
    }
    return list;
}

static struct json_object *step_json(const struct subject *of, const struct life_step *step,
                                     enum action action)
{
    struct json_object *object = json_object_new_object();
    bool comes = !step->never;
    json_object_object_add(object, "at", comes ? control_time(step->at_s) : NULL);
    json_object_object_add(object, "never", control_text(step->never));
    json_object_object_add(object, "due",
                           json_object_new_boolean(comes && step->at_s <= of->now_s));
    json_object_object_add(object, "rule", NULL);
    json_object_object_add(object, "period", NULL);
    json_object_object_add(object, "versions", json_object_new_array());
    json_object_object_add(object, "obstacles", obstacles_to(of, step, action));
    return object;
}

static void add_rule(struct json_object *object, const char *rule, const struct duration *period)
{
    char text[ISO8601_DURATION_SIZE];
    iso8601_format_duration(*period, text);
    json_object_object_add(object, "rule", json_object_new_string(rule));
    json_object_object_add(object, "period", json_object_new_string(text));
}

static struct json_object *rotation_json(const struct subject *of, const struct life *life)
{
    const struct rotation *rotation = &of->key->rotation;
    struct json_object *object = step_json(of, &life->rotation, ACTION_ROTATE);
    if (life->rotation.never)
        return object;
    switch (life->rule) {
    case ROTATE_EVERY:
        add_rule(object, "every", &rotation->every);
        break;
    case ROTATE_BEFORE_EXPIRY:
        add_rule(object, "beforeExpiry", &rotation->before_expiry);
        break;
    case ROTATE_EXPIRED:
        add_rule(object, "expiry", &rotation->every);
        break;
    }
    return object;
}

static struct json_object *retirement_json(const struct subject *of, const struct life *life)
{
    struct json_object *object = step_json(of, &life->retirement, ACTION_RETIRE);
    struct json_object *ids = json_object_new_array();
    struct version newest, version;
    bool is_known = life->newest && version_find(of->versions, life->newest, &newest);
    if (life->retirement.never) {
        json_object_put(ids);
        return object;
    }
    for (size_t i = 0; is_known && i < json_object_array_length(of->versions); i++)
        if (version_read(json_object_array_get_idx(of->versions, i), &version) &&
            retire_takes(&version, &newest))
            json_object_array_add(ids, json_object_new_string(version.id));
    add_rule(object, "retireAfter", &of->key->rotation.retire_after);
    json_object_object_add(object, "versions", ids);
    return object;
}

/* ---- a key ---------------------------------------------------------------------------------- */

static const char *sight_word(const struct life *life)
{
    if (!life)
        return "unseen";
    switch (life->sight) {
    case SIGHT_UNREACHABLE:
        return "unreachable";
    case SIGHT_FORBIDDEN:
        return "forbidden";
    case SIGHT_UNSETTLED:
        return "unsettled";
    case SIGHT_PRESENT:
        return "present";
    case SIGHT_DELETED:
        return "deleted";
    case SIGHT_ABSENT:
        return "absent";
    }
    abort();
}

static struct json_object *key_json(const struct subject *of)
{
    static const struct life unseen = {
        .rotation = {.never = "the key has not been looked at yet"},
        .retirement = {.never = "the key has not been looked at yet"},
    };
    const struct daemon *daemon = of->control->daemon;
    const struct life *life = of->life ? of->life : &unseen;
    struct json_object *object = json_object_new_object();
    json_object_object_add(object, "key", json_object_new_string(of->key->id));
    json_object_object_add(object, "stacks", stacks_of(&daemon->config->graph, of->key));
    json_object_object_add(
        object, "mode", json_object_new_string(of->key->mode == MODE_AUDIT ? "audit" : "enforce"));
    json_object_object_add(object, "sight", json_object_new_string(sight_word(of->life)));
    json_object_object_add(object, "seen", control_time(life->seen_s));
    json_object_object_add(object, "order",
                           of->order ? control_order(of->control, of->order) : NULL);
    json_object_object_add(object, "incident", of->order ? NULL : control_text(life->incident));
    json_object_object_add(object, "unreached",
                           control_text(status_unreached(daemon->status, of->key->vault)));
    json_object_object_add(object, "versions", versions_json(of));
    json_object_object_add(object, "accounts", users_json(of));
    json_object_object_add(object, "othersListed", json_object_new_boolean(life->has_listed));
    json_object_object_add(object, "rotation", rotation_json(of, life));
    json_object_object_add(object, "retirement", retirement_json(of, life));
    return object;
}

static struct json_object *key_of(const struct control *control, const struct node *key)
{
    const struct daemon *daemon = control->daemon;
    AUTO(json) struct json_object *versions = reconciler_versions(daemon->reconciler, key);
    const struct subject of = {
        .control = control,
        .key = key,
        .life = reconciler_life(daemon->reconciler, key),
        .order = orders_revocation(&daemon->orders, key->id),
        .versions = versions,
        .now_s = (int64_t)time(NULL),
    };
    return key_json(&of);
}

/* The key of several stacks is told once, where the first of them stands. */
static bool is_told(const struct graph *graph, struct json_object *stacks, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (graph->stacks[i].key == graph->stacks[index].key &&
            control_is_asked(stacks, graph->stacks[i].name))
            return true;
    return false;
}

struct json_object *control_keys(const struct control *control, struct json_object *stacks)
{
    const struct graph *graph = &control->daemon->config->graph;
    struct json_object *reply = json_object_new_object();
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; i < graph->n_stacks; i++)
        if (control_is_asked(stacks, graph->stacks[i].name) && !is_told(graph, stacks, i))
            json_object_array_add(list, key_of(control, graph->stacks[i].key));
    json_object_object_add(reply, "keys", list);
    return reply;
}
