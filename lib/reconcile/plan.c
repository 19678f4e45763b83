#include "reconcile/plan.h"

#include "model/compare.h"
#include "reconcile/whole.h"

#include <stdlib.h>
#include <string.h>

static struct planned *append(struct plan *plan, const struct node *node)
{
    plan->list = mem_resize(plan->list, plan->count + 1, sizeof *plan->list);
    struct planned *planned = &plan->list[plan->count++];
    memset(planned, 0, sizeof *planned);
    planned->node = node;
    return planned;
}

static void serve(struct planned *planned, size_t finding)
{
    planned->findings =
        mem_resize(planned->findings, planned->n_findings + 1, sizeof *planned->findings);
    planned->findings[planned->n_findings++] = finding;
}

static char *own_path(const struct node *node)
{
    return mem_format("%s?api-version=%s", node->id, node->type->api_version);
}

/* ---- a creation: what is declared and what a body needs besides ------------------------------ */

/* Fills in the markers of a tree that is being built. */
static void derive_members(const struct neighbours *near, struct json_object *tree)
{
    const struct type *type = near->self.node->type;
    json_object_object_foreach(tree, name, value)
    {
        const char *unknown = NULL;
        if (json_object_is_type(value, json_type_object))
            derive_members(near, value);
        else if (type->derive && strncmp(js_string(value, "", ""), "${", 2) == 0)
            json_object_object_add(tree, name, type->derive(near, name, value, &unknown));
    }
}

/* What Azure would not take yet (the link of an account whose identity is not made) is left for
 * a later round. */
static bool belongs_in_creation(const struct neighbours *near, const struct want *want)
{
    const struct type *type = near->self.node->type;
    struct finding probe = {
        .node = near->self.node, .need = NEED_FIELD, .path = mem_text(want->path)};
    struct obstacles obstacles = {NULL, NULL, NULL};
    if (type->obstruct)
        type->obstruct(near, &probe, INT64_MAX, &obstacles);
    free(probe.path);
    return !obstacles.impossible && !obstacles.refused && !obstacles.waiting;
}

static struct json_object *creation_body(const struct neighbours *near)
{
    const struct node *node = near->self.node;
    struct json_object *body = node_create(node);
    derive_members(near, body);
    for (size_t i = 0; i < node->n_wants; i++) {
        const struct want *want = &node->wants[i];
        const char *unknown = NULL;
        if (!belongs_in_creation(near, want))
            continue;
        AUTO(json)
        struct json_object *value =
            node->type->derive ? node->type->derive(near, want->path, want->value, &unknown)
                               : json_object_get(want->value);
        if (!unknown)
            js_put(body, want->path,
                   compare_write_form(want->field ? want->field->compare : BY_VALUE, value, NULL));
    }
    return body;
}

static void plan_creation(const struct neighbours *near, int64_t now_s, size_t finding,
                          struct plan *plan)
{
    const struct node *node = near->self.node;
    struct planned *planned = append(plan, node);
    planned->write.method = "PUT";
    planned->write.repeatable = true;
    planned->write.path = node->type->create_path ? node->type->create_path(near) : own_path(node);
    planned->write.body = creation_body(near);
    if (node->type->complete)
        node->type->complete(near, now_s, planned->write.body);
    serve(planned, finding);
}

/* ---- a patch: the changed fields, each within what Azure replaces whole -----------------------
 */

static void put_field(const struct neighbours *near, const struct finding *finding,
                      struct json_object *body)
{
    AUTO(text) char *whole = whole_of(finding->path);
    struct json_object *shown = js_object(near->self.now->body, whole);
    if (shown && !js_find(body, whole))
        js_put(body, whole, js_copy(shown));
    enum compare how = finding->field ? finding->field->compare : BY_VALUE;
    js_put(body, finding->path, compare_write_form(how, finding->desired, finding->observed));
}

/* The request that changes what is there, begun if it is not yet. */
static struct planned *own_write(const struct neighbours *near, struct plan *plan)
{
    const struct node *node = near->self.node;
    struct planned *last = plan->count ? &plan->list[plan->count - 1] : NULL;
    bool is_replaced = node->type->is_replaced;
    const char *method = is_replaced ? "PUT" : "PATCH";
    bool is_ours = last && last->node == node && strcmp(last->write.method, method) == 0 &&
                   !last->write.on_data_plane;
    if (!is_ours) {
        last = append(plan, node);
        last->write.method = method;
        last->write.repeatable = true;
        last->write.path = own_path(node);
        last->write.body = is_replaced ? type_writable(node->type, near->self.now->body)
                                       : json_object_new_object();
    }
    return last;
}

static void plan_patch(const struct neighbours *near, const struct findings *findings,
                       size_t finding, struct plan *plan)
{
    struct planned *own = own_write(near, plan);
    put_field(near, &findings->list[finding], own->write.body);
    serve(own, finding);
}

static bool is_found_in(const struct findings *findings, size_t first, const char *whole)
{
    for (size_t i = first; i < findings->count; i++)
        if (js_path_covers(whole, findings->list[i].path))
            return true;
    return false;
}

/* What is declared, and right, goes out as it is shown, with the changes if there are any. A PUT
 * has all of it anyway. */
static void plan_rewrite(const struct neighbours *near, const struct findings *findings,
                         size_t first, size_t finding, struct plan *plan)
{
    const struct node *node = near->self.node;
    struct planned *own = own_write(near, plan);
    for (size_t i = 0; i < node->n_wants && !node->type->is_replaced; i++) {
        const struct want *want = &node->wants[i];
        AUTO(text) char *whole = whole_of(want->path);
        struct json_object *shown = js_find(near->self.now->body, whole);
        bool is_fixed = want->field && want->field->mutability != PATCH;
        if (shown && !is_fixed && !is_found_in(findings, first, whole) &&
            !node_has_exemption(node, whole))
            js_put(own->write.body, whole, js_copy(shown));
    }
    serve(own, finding);
}

/* What was written a moment ago and does not show yet: what is repeated around a change is what an
 * old read showed, and must not undo it. */
static void repeat_written(const struct findings *findings, size_t first, struct json_object *body)
{
    for (size_t i = first; i < findings->count; i++) {
        const struct finding *finding = &findings->list[i];
        AUTO(text) char *whole = whole_of(finding->path);
        enum compare how = finding->field ? finding->field->compare : BY_VALUE;
        if (finding->is_written && finding->need == NEED_FIELD && js_find(body, whole))
            js_put(body, finding->path,
                   compare_write_form(how, finding->desired, finding->observed));
    }
}

/* What the type words: all of an entry, and what is the data plane's. */
static bool is_worded(const struct neighbours *near, const struct finding *finding)
{
    const struct type *type = near->self.node->type;
    if (type->is_entry && type->is_entry(near))
        return true;
    return finding->field && (finding->field->mutability == DATA_PLANE ||
                              finding->field->mutability == DATA_PLANE_WHOLE);
}

static bool is_whole(const struct finding *finding)
{
    return finding->need == NEED_FIELD && finding->field &&
           finding->field->mutability == DATA_PLANE_WHOLE;
}

/* The fields that the type words go out together too: each request repeats what was seen around
 * its change, so that a second one would undo the first. */
static void plan_request(const struct neighbours *near, const struct findings *findings,
                         size_t finding, struct plan *plan)
{
    const struct node *node = near->self.node;
    bool is_field = findings->list[finding].need == NEED_FIELD;
    struct planned *planned = NULL;
    bool whole = is_whole(&findings->list[finding]);
    for (size_t i = 0; is_field && i < plan->count; i++)
        if (plan->list[i].node == node && plan->list[i].is_fields &&
            plan->list[i].is_whole == whole)
            planned = &plan->list[i];
    if (!planned)
        planned = append(plan, node);
    planned->is_fields = is_field;
    planned->is_whole = whole;
    node->type->request(near, &findings->list[finding], &planned->write);
    serve(planned, finding);
}

void plan_node(const struct neighbours *near, int64_t now_s, const struct findings *findings,
               size_t first, struct plan *plan)
{
    const struct type *type = near->self.node->type;
    size_t before = plan->count;
    for (size_t i = first; i < findings->count; i++) /* one PATCH first, then the rest */
        if (findings->list[i].outcome == OUTCOME_PATCH && !is_worded(near, &findings->list[i]))
            plan_patch(near, findings, i, plan);
    for (size_t i = first; i < findings->count; i++)
        if (findings->list[i].outcome == OUTCOME_ACTION && findings->list[i].is_rewrite)
            plan_rewrite(near, findings, first, i, plan);
    if (plan->count > before)
        repeat_written(findings, first, plan->list[before].write.body);
    for (size_t i = first; i < findings->count; i++) {
        const struct finding *finding = &findings->list[i];
        if (finding->outcome == OUTCOME_CREATE && !is_worded(near, finding))
            plan_creation(near, now_s, i, plan);
        else if (outcome_is_write(finding->outcome) && !finding->is_rewrite &&
                 (finding->outcome != OUTCOME_PATCH || is_worded(near, finding)) &&
                 !is_whole(finding))
            plan_request(near, findings, i, plan);
    }
    for (size_t i = first; i < findings->count; i++)
        if (outcome_is_write(findings->list[i].outcome) && is_whole(&findings->list[i]))
            plan_request(near, findings, i, plan);
    for (size_t i = before; i < plan->count; i++)
        if (type->tidy && plan->list[i].write.body)
            type->tidy(plan->list[i].write.body);
}

void plan_done(struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        write_done(&plan->list[i].write);
        free(plan->list[i].findings);
    }
    free(plan->list);
    memset(plan, 0, sizeof *plan);
}
