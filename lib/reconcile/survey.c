/* survey.c: the lists of a cohort, one chain for each subscription and type.
 *
 *     survey_start ─► by subscription ─► on_list ─► done
 *                                          │ refused, or too big
 *                                          └─► by group ─► by group ... ─► done
 *
 * First those of resources; then those that others are found in by a key, which is known by then:
 * of a subscription's role assignments only the few are kept that a declared account's identity
 * has. */
#include "reconcile/survey.h"

#include "base/armid.h"
#include "base/peek.h"
#include "model/observed.h"
#include "reconcile/keep.h"

#include <assert.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WORTH_A_LIST 8 /* nodes: a first list may be of several pages, and show none of them */
#define RETRY_S 3600   /* a list that failed, or cost too much */
#define PATIENCE_MS 10000
#define PATIENCE_EACH_MS 10
#define FOUND_MAX 65536 /* bytes of what is found under one key: a hundred assignments */

/* The nodes of one type in one subscription. */
struct target {
    struct survey *survey;
    const struct node **nodes; /* owned; borrowed nodes, those of one group together */
    size_t count, room;
    char **keep;     /* owned */
    int64_t retry_s; /* the list by subscription is not asked for before; 0: it is */

    struct call *call; /* NULL: at rest */
    bool is_by_group;  /* in this run */
    size_t end;        /* of the nodes whose groups were asked for */
};

/* What was found under one key. */
struct found {
    const struct type *type; /* of the elements */
    char *key;               /* owned */
    char *elements;          /* owned: JSON, without the brackets; "" */
    bool is_too_much;        /* and not kept, then */
};

struct survey {
    struct azure *azure;
    const struct graph *graph;
    struct target *targets; /* owned */
    size_t count;

    void *found;   /* of tsearch(3): struct found, owned */
    bool is_keyed; /* the lists that others are found in are read now */
    size_t left;   /* targets at work */
    int64_t now_s; /* of the run */
    bool is_cancelled;
    survey_seen_fn *seen;
    survey_done_fn *done;
    void *owner;
};

static void on_list(void *owner, const struct call_answer *answer);

/* ---- targets ------------------------------------------------------------------------------ */

static bool is_of(const struct target *target, const struct node *node)
{
    const struct node *like = target->nodes[0];
    return like->type == node->type &&
           strcasecmp(like->subscription_id, node->subscription_id) == 0;
}

static struct target *target_of(struct survey *survey, const struct node *node)
{
    for (size_t i = survey->count; i-- > 0;)
        if (is_of(&survey->targets[i], node))
            return &survey->targets[i];
    survey->targets = mem_resize(survey->targets, survey->count + 1, sizeof *survey->targets);
    struct target *target = &survey->targets[survey->count++];
    memset(target, 0, sizeof *target);
    target->survey = survey;
    return target;
}

static void add(struct survey *survey, const struct node *node)
{
    struct target *target = target_of(survey, node);
    if (target->count == target->room) {
        target->room = 2 * target->room + 4;
        target->nodes = mem_resize(target->nodes, target->room, sizeof *target->nodes);
    }
    target->nodes[target->count++] = node;
}

static int by_group(const void *a, const void *b)
{
    const struct node *const *left = a, *const *right = b;
    return strcasecmp((*left)->resource_group, (*right)->resource_group);
}

struct survey *survey_new(struct azure *azure, const struct graph *graph,
                          const struct node *const *nodes, size_t count)
{
    struct survey *survey = mem_new(1, sizeof *survey);
    survey->azure = azure;
    survey->graph = graph;
    for (size_t i = 0; i < count; i++)
        if (nodes[i]->type->is_listed)
            add(survey, nodes[i]);
    for (size_t i = 0; i < survey->count; i++) {
        struct target *target = &survey->targets[i];
        target->survey = survey;
        target->keep = keep_new(target->nodes, target->count);
        qsort(target->nodes, target->count, sizeof(struct node *), by_group);
    }
    return survey;
}

void survey_free(struct survey *survey)
{
    if (!survey)
        return;
    assert(!survey->left);
    survey_forget(survey);
    for (size_t i = 0; i < survey->count; i++) {
        keep_free(survey->targets[i].keep);
        free(survey->targets[i].nodes);
    }
    free(survey->targets);
    free(survey);
}

/* ---- what is found by a key ----------------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
    const struct found *left = a, *right = b;
    if (left->type != right->type)
        return left->type < right->type ? -1 : 1;
    return strcasecmp(left->key, right->key);
}

static struct found *find(const struct survey *survey, const struct type *type, const char *key)
{
    AUTO(text) char *copy = mem_text(key);
    struct found wanted = {.type = type, .key = copy};
    void *node = tfind(&wanted, &survey->found, by_key);
    return node ? *(struct found **)node : NULL;
}

/* From now on elements of this key are kept. */
static void expect(struct survey *survey, const struct type *type, const char *key)
{
    if (find(survey, type, key))
        return;
    struct found *found = mem_new(1, sizeof *found);
    found->type = type;
    found->key = mem_text(key);
    found->elements = mem_text("");
    if (!tsearch(found, &survey->found, by_key))
        abort();
}

static void found_free(void *node)
{
    struct found *found = node;
    free(found->key);
    free(found->elements);
    free(found);
}

void survey_forget(struct survey *survey)
{
    tdestroy(TAKE(survey->found), found_free);
}

char *survey_found(const struct survey *survey, const struct type *type, const char *key)
{
    const struct found *found = find(survey, type, key);
    return found && *found->elements ? mem_format("[%s]", found->elements) : NULL;
}

/* An element of a list that others are found in. */
static bool on_found(void *owner, const char *text, size_t length, struct err *err)
{
    const struct target *target = owner;
    const struct type *type = target->nodes[0]->type;
    AUTO(text) char *key = peek_string(text, type->list_key);
    struct found *found = key ? find(target->survey, type, key) : NULL;
    (void)length, (void)err;
    if (!found || found->is_too_much)
        return true;
    AUTO(text)
    char *longer = mem_format("%s%s%s", found->elements, *found->elements ? "," : "", text);
    found->is_too_much = strlen(longer) > FOUND_MAX;
    free(found->elements);
    found->elements = found->is_too_much ? mem_text("") : TAKE(longer);
    return true;
}

/* A node was seen: what of the lists to come is of use for those that hang on it. */
static void expect_of(struct survey *survey, const struct node *node, const char *text)
{
    AUTO(json) struct json_object *body = peek_trees(text, node->type->list_key_at);
    const char *key = node->type->gives_list_key(node, body);
    for (size_t i = 0; key && i < survey->count; i++)
        if (survey->targets[i].nodes[0]->type->list_key)
            expect(survey, survey->targets[i].nodes[0]->type, key);
}

/* ---- asking ------------------------------------------------------------------------------- */

/* The element is one of the nodes, in a state that is final, or it is none of our business. */
static bool on_element(void *owner, const char *text, size_t length, struct err *err)
{
    struct target *target = owner;
    struct survey *survey = target->survey;
    AUTO(text) char *id = peek_string(text, "id");
    AUTO(text) char *state = peek_string(text, "properties.provisioningState");
    const struct node *node = id && *id ? graph_find(survey->graph, id) : NULL;
    (void)length, (void)err;
    if (!node || !is_of(target, node) || (state && !observed_is_final_state(state)))
        return true;
    survey->seen(survey->owner, node, text);
    if (node->type->gives_list_key)
        expect_of(survey, node, text);
    return true;
}

static void ask(struct target *target, char *scope)
{
    const struct type *type = target->nodes[0]->type;
    AUTO(text)
    char *path =
        mem_format("%s/providers/%s?api-version=%s", scope, type->arm_type, type->api_version);
    struct call_request request = {
        .audience = AUDIENCE_RESOURCE_MANAGER,
        .method = "GET",
        .path = path,
        .list = true,
        .each = type->list_key ? on_found : on_element,
        .keep = (const char *const *)target->keep,
        .deadline_ms = PATIENCE_MS + PATIENCE_EACH_MS * target->count,
    };
    target->call = call_start(target->survey->azure, &request, NULL, on_list, target);
    free(scope);
}

/* The next resource group that has more than one of the nodes; false: there is none (left). */
static bool ask_group(struct target *target)
{
    const struct node *const *nodes = target->nodes;
    size_t at = target->end, end;
    for (; at < target->count; at = end) {
        for (end = at + 1; end < target->count && by_group(&nodes[at], &nodes[end]) == 0;)
            end++;
        if (end - at < 2)
            continue;
        target->is_by_group = true;
        target->end = end;
        ask(target, mem_format("/subscriptions/%s/resourceGroups/%s", nodes[at]->subscription_id,
                               nodes[at]->resource_group));
        return true;
    }
    return false;
}

static bool ask_first(struct target *target, int64_t now_s)
{
    target->is_by_group = false;
    target->end = 0;
    if (target->count < WORTH_A_LIST)
        return false;
    if (now_s < target->retry_s)
        return ask_group(target);
    target->retry_s = 0;
    ask(target, mem_format("/subscriptions/%s", target->nodes[0]->subscription_id));
    return true;
}

/* All lists that are found in by a key, or all that are not. */
static void ask_all(struct survey *survey, bool is_keyed)
{
    survey->is_keyed = is_keyed;
    for (size_t i = 0; i < survey->count; i++)
        if (!survey->targets[i].nodes[0]->type->list_key == !is_keyed &&
            ask_first(&survey->targets[i], survey->now_s))
            survey->left++;
}

bool survey_start(struct survey *survey, int64_t now_s, survey_seen_fn *seen, survey_done_fn *done,
                  void *owner)
{
    if (survey->left)
        return false;
    survey->seen = seen;
    survey->done = done;
    survey->owner = owner;
    survey->is_cancelled = false;
    survey->now_s = now_s;
    survey_forget(survey);
    ask_all(survey, false);
    return survey->left > 0;
}

void survey_cancel(struct survey *survey)
{
    survey->is_cancelled = true;
    for (size_t i = 0; i < survey->count; i++)
        if (survey->targets[i].call)
            call_cancel(survey->targets[i].call);
}

/* ---- what answers mean -------------------------------------------------------------------- */

/* Where Azure, or the role, would answer for less at once. */
static bool is_for_less(const struct err *err)
{
    if (err->domain == ERR_AZURE)
        return err->status != 404; /* the subscription is not there, or cannot be seen at all */
    return err->domain == ERR_TRANSPORT &&
           (strcmp(err->code, "Timeout") == 0 || strcmp(err->code, "TooLarge") == 0);
}

static void on_list(void *owner, const struct call_answer *answer)
{
    struct target *target = owner;
    struct survey *survey = target->survey;
    bool goes_on = target->is_by_group;
    target->call = NULL;
    if (!target->is_by_group) {
        bool is_dear = answer->requests > target->count;
        if (answer->err.domain != ERR_NONE || is_dear)
            target->retry_s = survey->now_s + RETRY_S;
        goes_on = is_for_less(&answer->err);
    }
    if (goes_on && !survey->is_cancelled && ask_group(target))
        return;
    if (--survey->left)
        return;
    if (!survey->is_keyed && !survey->is_cancelled && survey->found)
        ask_all(survey, true);
    if (!survey->left)
        survey->done(survey->owner);
}
