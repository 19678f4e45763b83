#include "model/finding.h"

#include <stdlib.h>
#include <string.h>

/* What is made under a name that only Azure's facts give (a role assignment) is called by it as
 * soon as it is known. */
static char *resource_id(const struct neighbours *near)
{
    const struct node *node = near->self.node;
    char *path = node->type->create_path ? node->type->create_path(near) : NULL;
    if (!path)
        return mem_text(node->id);
    path[strcspn(path, "?")] = '\0';
    return path;
}

struct finding *findings_add(struct findings *findings, const struct neighbours *near,
                             enum need need, const char *path, struct json_object *observed,
                             struct json_object *desired)
{
    const struct node *node = near->self.node;
    findings->list = mem_resize(findings->list, findings->count + 1, sizeof *findings->list);
    struct finding *finding = &findings->list[findings->count++];
    memset(finding, 0, sizeof *finding);
    finding->node = node;
    finding->need = need;
    finding->resource_id = resource_id(near);
    finding->path = mem_text(path);
    finding->field = type_field(node->type, path);
    finding->observed = json_object_get(observed);
    finding->desired = json_object_get(desired);
    return finding;
}

void findings_done(struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        free(findings->list[i].resource_id);
        free(findings->list[i].path);
        json_object_put(findings->list[i].observed);
        json_object_put(findings->list[i].desired);
    }
    free(findings->list);
    memset(findings, 0, sizeof *findings);
}

const char *outcome_word(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_HELD:
        return "held";
    case OUTCOME_EXEMPT:
        return "exempt";
    case OUTCOME_IMPOSSIBLE:
        return "impossible";
    case OUTCOME_AUDIT:
        return "audit";
    case OUTCOME_REFUSED:
        return "refused";
    case OUTCOME_CONTENDED:
        return "contended";
    case OUTCOME_WAITING:
        return "waiting";
    case OUTCOME_CREATE:
        return "create";
    case OUTCOME_RECOVER:
        return "recover";
    case OUTCOME_PATCH:
        return "patch";
    case OUTCOME_ACTION:
        return "action";
    }
    abort();
}

const char *status_word(enum finding_status status)
{
    switch (status) {
    case STATUS_NONE:
        return NULL;
    case STATUS_PLANNED:
        return "planned";
    case STATUS_RUNNING:
        return "running";
    case STATUS_DONE:
        return "done";
    case STATUS_FAILED:
        return "failed";
    }
    abort();
}

bool outcome_is_write(enum outcome outcome)
{
    return outcome >= OUTCOME_CREATE;
}
