#include "reconcile/diff.h"

#include "model/compare.h"

#include <stdlib.h>

/* What Azure shows at path; where it shows nothing, what that means. A new reference. */
static struct json_object *meaning(struct json_object *body, const struct want *want)
{
    struct json_object *value = js_find(body, want->path);
    if (value)
        return json_object_get(value);
    return want->field && want->field->absent ? json_tokener_parse(want->field->absent) : NULL;
}

static void diff_row(const struct neighbours *near, const struct want *want,
                     struct findings *findings)
{
    const struct node *node = near->self.node;
    const char *unknown = NULL;
    AUTO(json)
    struct json_object *desired = node->type->derive
                                      ? node->type->derive(near, want->path, want->value, &unknown)
                                      : json_object_get(want->value);
    AUTO(json) struct json_object *observed = meaning(near->self.now->body, want);
    enum compare how = want->field ? want->field->compare : BY_VALUE;
    if (unknown ? near_is_blind(near) : compare_equal(how, desired, observed))
        return; /* what follows from something unseen is no difference yet */
    struct finding *finding =
        findings_add(findings, near, NEED_FIELD, want->path, observed, desired);
    finding->unknown = unknown;
    finding->is_supposed = unknown != NULL;
}

void diff_node(const struct neighbours *near, int64_t now_s, struct findings *findings)
{
    const struct node *node = near->self.node;
    switch (near->self.now->sight) {
    case SIGHT_UNREACHABLE:
    case SIGHT_FORBIDDEN:
    case SIGHT_UNSETTLED:
        return;
    case SIGHT_ABSENT:
        if (near->self.now->is_below_missing && near_is_blind(near))
            return; /* nobody looked for it */
        findings_add(findings, near, NEED_CREATION, "", NULL, NULL)->is_supposed =
            near->self.now->is_below_missing;
        return;
    case SIGHT_DELETED:
        findings_add(findings, near, NEED_RECOVERY, "", NULL, NULL);
        return;
    case SIGHT_PRESENT:
        if (!node->type->find_in_list)
            for (size_t i = 0; i < node->n_wants; i++)
                diff_row(near, &node->wants[i], findings);
        if (node->type->changes)
            node->type->changes(near, now_s, findings);
        return;
    }
    abort();
}
