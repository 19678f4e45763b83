/* observe.c: one look at every node of an island, each from what it hangs on down.
 *
 *     (neighbours seen) ─► live ─► present ─► versions ─► others ─► done
 *                           │ not found
 *                           └────► deleted? ─► deleted or absent ─► tenant ─► done
 *
 * Each step starts at most one call; what an answer means is told by the type's tables. */
#include "reconcile/observe.h"

#include "base/armid.h"
#include "reconcile/island.h"
#include "reconcile/keep.h"
#include "types/versions.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum step {
    STEP_NEIGHBOURS,
    STEP_LIVE,
    STEP_DELETED,
    STEP_TENANT,
    STEP_VERSIONS,
    STEP_OTHERS,
    STEP_DONE,
};

struct look {
    struct observation *observation;
    size_t index;
    enum step step;
    bool is_asking;
    size_t n_lists; /* of others, read so far */
};

struct observation {
    struct azure *azure;
    struct node *const *nodes;
    struct observed *observed;
    const struct observe_known *known; /* NULL: nothing */
    size_t count;
    struct look *looks;      /* owned, one a node */
    struct seen *dependants; /* owned, room for neighbours_of() */
    uint64_t deadline_ms;
    observe_done_fn *done;
    void *owner;
    uv_idle_t later; /* delivers done from the loop where no call was needed */
};

static void advance(struct observation *observation);
static bool begin(struct look *look);
static void on_live(void *owner, const struct call_answer *answer);
static void on_deleted(void *owner, const struct call_answer *answer);
static void on_tenant(void *owner, const struct call_answer *answer);
static void on_versions(void *owner, const struct call_answer *answer);
static void on_others(void *owner, const struct call_answer *answer);

/* ---- asking ------------------------------------------------------------------------------- */

static struct neighbours near_of(const struct look *look)
{
    const struct observation *of = look->observation;
    return neighbours_of(of->nodes, of->observed, of->count, look->index, of->dependants);
}

static const struct node *node_of(const struct look *look)
{
    return look->observation->nodes[look->index];
}

static struct observed *observed_of(const struct look *look)
{
    return &look->observation->observed[look->index];
}

static void ask(struct look *look, enum step step, struct call_request *request, call_done_fn *done)
{
    request->deadline_ms = look->observation->deadline_ms;
    look->step = step;
    look->is_asking = true;
    call_start(look->observation->azure, request, NULL, done, look);
}

static void finish_look(struct look *look)
{
    look->step = STEP_DONE;
}

static void blind(struct look *look, enum sight sight, const struct err *err)
{
    struct observed *observed = observed_of(look);
    observed->sight = sight;
    observed->err = mem_new(1, sizeof *observed->err);
    *observed->err = *err;
    err_at(observed->err, node_of(look)->id, NULL);
    finish_look(look);
}

static void ask_live(struct look *look)
{
    const struct node *node = node_of(look);
    struct neighbours near = near_of(look);
    AUTO(text)
    char *path = node->type->live_path
                     ? node->type->live_path(&near)
                     : mem_format("%s?api-version=%s", node->id, node->type->api_version);
    if (!path) {
        struct err err;
        err_set(&err, ERR_AZURE, "BadFact", "what %s needs to be looked for is not as it should be",
                node_label(node));
        blind(look, SIGHT_UNREACHABLE, &err);
        return;
    }
    char **keep = keep_new(&node, 1);
    struct call_request request = {
        .audience = AUDIENCE_RESOURCE_MANAGER,
        .method = "GET",
        .path = path,
        .list = node->type->find_in_list != NULL,
        .keep = (const char *const *)keep,
    };
    ask(look, STEP_LIVE, &request, on_live);
    keep_free(keep);
}

static void ask_deleted(struct look *look)
{
    const struct node *node = node_of(look);
    struct neighbours near = near_of(look);
    AUTO(text) char *path = node->type->deleted_path(&near);
    struct call_request request = {
        .audience =
            node->type->is_deleted_on_data_plane ? AUDIENCE_KEY_VAULT : AUDIENCE_RESOURCE_MANAGER,
        .vault = node->vault ? node->vault->name : NULL,
        .method = "GET",
        .path = path,
        .keep = (const char *const[]){"id", "kid", "recoveryId", "properties.vaultId", NULL},
    };
    ask(look, STEP_DELETED, &request, on_deleted);
}

/* Subscriptions - Get. */
static void ask_tenant(struct look *look)
{
    AUTO(text)
    char *path =
        mem_format("/subscriptions/%s?api-version=2022-12-01", node_of(look)->subscription_id);
    struct call_request request = {
        .audience = AUDIENCE_RESOURCE_MANAGER,
        .method = "GET",
        .path = path,
        .keep = (const char *const[]){"tenantId", NULL},
    };
    ask(look, STEP_TENANT, &request, on_tenant);
}

static void ask_versions(struct look *look)
{
    struct neighbours near = near_of(look);
    AUTO(text) char *path = node_of(look)->type->versions_path(&near);
    struct call_request request = {
        .audience = AUDIENCE_RESOURCE_MANAGER,
        .method = "GET",
        .path = path,
        .list = true,
        .keep = version_facts,
    };
    ask(look, STEP_VERSIONS, &request, on_versions);
}

/* The next list of what else the decision hangs on; without one the look is over. */
static void ask_others(struct look *look)
{
    const struct type *type = node_of(look)->type;
    struct neighbours near = near_of(look);
    AUTO(text)
    char *path = type->others_path ? type->others_path(&near, look->n_lists, clock_now_s()) : NULL;
    if (!path) {
        finish_look(look);
        return;
    }
    struct call_request request = {
        .audience = AUDIENCE_RESOURCE_MANAGER,
        .method = "GET",
        .path = path,
        .list = true,
        .keep = type->others_facts,
    };
    ask(look, STEP_OTHERS, &request, on_others);
}

/* ---- what answers mean ---------------------------------------------------------------------- */

static bool is_one_of(const char *code, const char *const *codes)
{
    for (; *codes; codes++)
        if (strcmp(code, *codes) == 0)
            return true;
    return false;
}

/* How an error that is not simply "not found" reads: lost sight, or weather. */
static enum sight sight_of_error(const struct err *err)
{
    static const char *const lost[] = {
        "ResourceGroupNotFound", "SubscriptionNotFound", "ParentResourceNotFound",
        "InvalidSubscriptionId", "ResourceNotFound",     NULL,
    };
    if (err->domain != ERR_AZURE)
        return SIGHT_UNREACHABLE;
    if (err->status == 401 || err->status == 403)
        return SIGHT_FORBIDDEN;
    if (err->status == 404 && is_one_of(err->code, lost))
        return SIGHT_FORBIDDEN;
    if (err->status == 409)
        return SIGHT_UNSETTLED; /* being deleted, being recovered */
    return SIGHT_UNREACHABLE;
}

static void blind_to_another(struct look *look)
{
    struct err err;
    err_set(&err, ERR_AZURE, "BadAnswer",
            "Azure answered for %s with a body that is not what it should be: it does not carry "
            "its id, or lists what nobody can tell apart",
            node_label(node_of(look)));
    blind(look, SIGHT_UNREACHABLE, &err);
}

/* What has been shown already, as a tree for the caller, or NULL. */
static struct json_object *known_of(const struct look *look, observe_listed_fn *shown)
{
    struct neighbours near = near_of(look);
    AUTO(text) char *text = shown(look->observation->owner, &near);
    struct json_object *tree = NULL;
    struct err err;
    return text && js_parse(text, strlen(text), &tree, &err) ? tree : NULL;
}

/* False: the versions have not been shown yet. */
static bool take_versions(struct look *look)
{
    const struct observe_known *known = look->observation->known;
    struct observed *observed = observed_of(look);
    if (observed->is_listed)
        observed->versions = known_of(look, known->versions);
    observed->is_listed = observed->versions != NULL;
    return observed->is_listed;
}

static void take_body(struct look *look, struct json_object *body)
{
    const struct node *node = node_of(look);
    struct observed *observed = observed_of(look);
    bool is_asked_for = node->type->find_in_list || armid_same(js_string(body, "id", ""), node->id);
    if (!is_asked_for) {
        blind_to_another(look);
        return;
    }
    observed->body = json_object_get(body);
    observed->sight = observed_is_final(body) ? SIGHT_PRESENT : SIGHT_UNSETTLED;
    if (!node->type->versions_path || take_versions(look))
        ask_others(look);
    else
        ask_versions(look);
}

static void not_there(struct look *look, enum sight sight)
{
    observed_of(look)->sight = sight;
    if (node_of(look)->type->needs_tenant)
        ask_tenant(look);
    else
        finish_look(look);
}

/* Every element says what it must: else what is looked for may be among those that do not. */
static bool is_whole(struct json_object *list, const char *const *must)
{
    for (size_t i = 0; i < json_object_array_length(list); i++)
        for (const char *const *path = must; path && *path; path++)
            if (!js_string(json_object_array_get_idx(list, i), *path, NULL))
                return false;
    return true;
}

static void take_list(struct look *look, struct json_object *list)
{
    const struct type *type = node_of(look)->type;
    struct neighbours near = near_of(look);
    struct json_object *found = type->find_in_list(&near, list);
    if (found)
        take_body(look, found);
    else if (is_whole(list, type->list_must))
        not_there(look, SIGHT_ABSENT);
    else
        blind_to_another(look);
}

static void on_live(void *owner, const struct call_answer *answer)
{
    struct look *look = owner;
    const struct type *type = node_of(look)->type;
    look->is_asking = false;
    if (answer->err.domain == ERR_NONE && type->find_in_list) {
        take_list(look, js_array(answer->body, "value"));
    } else if (answer->err.domain == ERR_NONE) {
        take_body(look, answer->body);
    } else if (answer->err.domain == ERR_AZURE && answer->err.status == 404 &&
               is_one_of(answer->err.code, type->not_found)) {
        if (type->deleted_path)
            ask_deleted(look);
        else
            not_there(look, SIGHT_ABSENT);
    } else if (sight_of_error(&answer->err) == SIGHT_UNSETTLED) {
        observed_of(look)->sight = SIGHT_UNSETTLED;
        finish_look(look);
    } else {
        blind(look, sight_of_error(&answer->err), &answer->err);
    }
    advance(look->observation);
}

/* The record of a deleted one carries its name: at the end of the record's own id or, on the data
 * plane, of the id to recover it by. What carries none is no record, whatever its status. */
static bool is_record_of(struct json_object *body, const struct node *node)
{
    const char *record = js_string(body, "recoveryId", js_string(body, "id", ""));
    return strcasecmp(armid_name(record), node->name) == 0;
}

/* A store of deleted ones that cannot be read is no proof of absence. */
static void on_deleted(void *owner, const struct call_answer *answer)
{
    struct look *look = owner;
    const struct type *type = node_of(look)->type;
    look->is_asking = false;
    if (answer->err.domain == ERR_NONE && is_record_of(answer->body, node_of(look))) {
        observed_of(look)->body = json_object_get(answer->body);
        not_there(look, SIGHT_DELETED);
    } else if (answer->err.domain == ERR_NONE) {
        blind_to_another(look);
    } else if (answer->err.domain == ERR_AZURE && answer->err.status == 404 &&
               strcmp(answer->err.code, type->deleted_not_found) == 0) {
        not_there(look, SIGHT_ABSENT);
    } else {
        bool weather = sight_of_error(&answer->err) == SIGHT_UNREACHABLE;
        blind(look, weather ? SIGHT_UNREACHABLE : SIGHT_FORBIDDEN, &answer->err);
    }
    advance(look->observation);
}

/* Without it nothing can be made or recovered; it is asked for again in the next round. */
static void on_tenant(void *owner, const struct call_answer *answer)
{
    struct look *look = owner;
    look->is_asking = false;
    if (answer->err.domain == ERR_NONE)
        observed_of(look)->tenant_id = mem_text(js_string(answer->body, "tenantId", NULL));
    finish_look(look);
    advance(look->observation);
}

static void on_versions(void *owner, const struct call_answer *answer)
{
    struct look *look = owner;
    struct observed *observed = observed_of(look);
    look->is_asking = false;
    if (answer->err.domain == ERR_NONE) {
        observed->versions = json_object_get(js_array(answer->body, "value"));
        ask_others(look);
    } else {
        json_object_put(TAKE(observed->body));
        blind(look, sight_of_error(&answer->err), &answer->err);
    }
    advance(look->observation);
}

/* A list that cannot be read makes nobody blind: what hangs on it waits. */
static void on_others(void *owner, const struct call_answer *answer)
{
    struct look *look = owner;
    struct observed *observed = observed_of(look);
    struct json_object *list = js_array(answer->body, "value");
    look->is_asking = false;
    if (answer->err.domain == ERR_NONE && list &&
        is_whole(list, node_of(look)->type->others_must)) {
        if (!observed->others)
            observed->others = json_object_new_array();
        for (size_t i = 0; i < json_object_array_length(list); i++)
            json_object_array_add(observed->others,
                                  json_object_get(json_object_array_get_idx(list, i)));
        look->n_lists++;
        ask_others(look);
    } else {
        json_object_put(TAKE(observed->others));
        observed->is_listed = false; /* the next look may see it */
        finish_look(look);
    }
    advance(look->observation);
}

/* What a list showed stands for a read of its own; false: no list did. */
static bool take_listed(struct look *look)
{
    const struct observe_known *known = look->observation->known;
    const struct type *type = node_of(look)->type;
    struct neighbours near = near_of(look);
    AUTO(json) struct json_object *shown = known ? known_of(look, known->listed) : NULL;
    if (!shown)
        return false;
    struct json_object *body = type->find_in_list ? type->find_in_list(&near, shown) : shown;
    if (!body)
        return false;
    observed_of(look)->is_listed = true;
    take_body(look, body);
    return true;
}

/* What is an element of a list in its parent's body has been read with that. */
static void take_part(struct look *look)
{
    struct observed *observed = observed_of(look);
    const struct neighbours near = near_of(look);
    const struct type *type = near.self.node->type;
    const struct node *parent = near.parent.node;
    struct json_object *part =
        type_find_part(type, parent->id, seen_body(&near.parent), near.self.node->id);
    bool is_there = part || seen_is(&near.parent, SIGHT_UNSETTLED);
    observed->body = json_object_get(part);
    observed->is_listed = near.parent.now->is_listed;
    observed->sight = is_there ? near.parent.now->sight : SIGHT_ABSENT;
    finish_look(look);
}

/* ---- the whole ---------------------------------------------------------------------------- */

static bool has_been_seen(const struct observation *observation, const struct node *node)
{
    for (size_t i = 0; node && i < observation->count; i++)
        if (observation->nodes[i] == node)
            return observation->looks[i].step == STEP_DONE;
    return true;
}

/* Starts the look at a node once what it hangs on has been seen; true if anything changed. */
static bool begin(struct look *look)
{
    const struct node *node = node_of(look);
    if (look->step != STEP_NEIGHBOURS)
        return false;
    if (node->type->missing) {
        struct neighbours near = near_of(look);
        if (!has_been_seen(look->observation, node->vault) ||
            !has_been_seen(look->observation, node->cmk) ||
            !has_been_seen(look->observation, node->account) ||
            !has_been_seen(look->observation, node->parent))
            return false;
        if (node->type->missing(&near)) {
            observed_of(look)->sight = SIGHT_ABSENT;
            observed_of(look)->is_below_missing = true;
            finish_look(look);
            return true;
        }
    }
    if (node->type->child && node->type->child->list)
        take_part(look);
    else if (!take_listed(look))
        ask_live(look);
    return true;
}

static void on_later_closed(uv_handle_t *handle)
{
    struct observation *observation = handle->data;
    observe_done_fn *done = observation->done;
    void *owner = observation->owner;
    free(observation->looks);
    free(observation->dependants);
    free(observation);
    done(owner);
}

static void advance(struct observation *observation)
{
    bool changed = true;
    size_t left = 0;
    while (changed) {
        changed = false;
        for (size_t i = 0; i < observation->count; i++)
            if (begin(&observation->looks[i]))
                changed = true;
    }
    for (size_t i = 0; i < observation->count; i++)
        if (observation->looks[i].step != STEP_DONE)
            left++;
    if (!left && !uv_is_closing((uv_handle_t *)&observation->later))
        uv_close((uv_handle_t *)&observation->later, on_later_closed);
}

struct observation *observe_start(uv_loop_t *loop, struct azure *azure, struct node *const *nodes,
                                  const struct observe_known *known, struct observed *observed,
                                  size_t count, uint64_t deadline_ms, observe_done_fn *done,
                                  void *owner)
{
    struct observation *observation = mem_new(1, sizeof *observation);
    observation->azure = azure;
    observation->nodes = nodes;
    observation->observed = observed;
    observation->known = known;
    observation->count = count;
    observation->looks = mem_new(count, sizeof *observation->looks);
    observation->dependants = mem_new(count, sizeof *observation->dependants);
    observation->deadline_ms = deadline_ms;
    observation->done = done;
    observation->owner = owner;
    for (size_t i = 0; i < count; i++) {
        observed_done(&observed[i]);
        observation->looks[i].observation = observation;
        observation->looks[i].index = i;
    }
    uv_idle_init(loop, &observation->later);
    observation->later.data = observation;
    advance(observation);
    return observation;
}
