#include "reconcile/glance.h"

#include "base/peek.h"
#include "model/observed.h"
#include "types/versions.h"

#include <stdlib.h>
#include <string.h>

/* Of a key, and of its versions (some 600): what is longer is looked at the long way, where it is
 * reduced to what counts before anything of it is kept. */
#define TEXT_MAX 262144

/* One key. */
struct sighting {
    struct glance *glance;
    struct shown *shown;
    char *elements; /* owned: of its versions so far, with commas between them */
    bool is_odd;    /* they are too many, or a page was read twice */
};

struct glance {
    size_t left; /* calls under way */
    bool has_failed;
    glance_done_fn *done;
    void *owner;
    size_t count;
    struct sighting sightings[]; /* of the keys */
};

static void end_call(struct glance *glance, const struct call_answer *answer)
{
    glance->has_failed |= answer->err.domain != ERR_NONE;
    if (--glance->left)
        return;
    for (size_t i = 0; i < glance->count; i++)
        free(glance->sightings[i].elements);
    glance->done(glance->owner, glance->has_failed);
    free(glance);
}

static void on_key(void *owner, const struct call_answer *answer)
{
    struct sighting *sighting = owner;
    bool is_usual = answer->text && strlen(answer->text) <= TEXT_MAX;
    if (answer->err.domain == ERR_NONE && is_usual)
        sighting->shown->body = mem_text(answer->text);
    end_call(sighting->glance, answer);
}

static bool on_version(void *owner, const char *text, size_t length, struct err *err)
{
    struct sighting *sighting = owner;
    char *before = sighting->elements;
    AUTO(text) char *id = peek_string(text, "id");
    (void)err;
    if (!id || (before && (strstr(before, id) || strlen(before) + length > TEXT_MAX)))
        sighting->is_odd = true;
    if (sighting->is_odd)
        return true;
    sighting->elements = before ? mem_format("%s,%s", before, text) : mem_text(text);
    free(before);
    return true;
}

static void on_versions(void *owner, const struct call_answer *answer)
{
    struct sighting *sighting = owner;
    if (answer->err.domain == ERR_NONE && !sighting->is_odd && sighting->elements)
        sighting->shown->versions = mem_format("[%s]", sighting->elements);
    end_call(sighting->glance, answer);
}

static void ask(struct sighting *sighting, struct azure *azure, const struct neighbours *near,
                uint64_t deadline_ms)
{
    const struct node *node = near->self.node;
    AUTO(text) char *live = mem_format("%s?api-version=%s", node->id, node->type->api_version);
    AUTO(text) char *versions = node->type->versions_path(near);
    struct call_request request = {
        .audience = AUDIENCE_RESOURCE_MANAGER,
        .method = "GET",
        .path = live,
        .as_text = true,
        .deadline_ms = deadline_ms,
    };
    call_start(azure, &request, NULL, on_key, sighting);
    request.path = versions;
    request.as_text = false;
    request.list = true;
    request.keep = version_facts;
    request.each = on_version;
    call_start(azure, &request, NULL, on_versions, sighting);
    sighting->glance->left += 2;
}

/* Whose vault nobody has seen is not asked for: it may not be there. */
static bool is_to_be_read(struct node *const *nodes, size_t count, const struct shown *shown,
                          size_t index)
{
    size_t vault = 0;
    if (!nodes[index]->type->versions_path)
        return false;
    while (vault < count && nodes[vault] != nodes[index]->vault)
        vault++;
    return vault < count && shown[vault].body;
}

bool glance_start(struct azure *azure, struct node *const *nodes, size_t count, struct shown *shown,
                  uint64_t deadline_ms, glance_done_fn *done, void *owner)
{
    size_t keys = 0;
    for (size_t i = 0; i < count; i++)
        keys += is_to_be_read(nodes, count, shown, i);
    if (!keys)
        return false;
    struct glance *glance = mem_new(1, sizeof *glance + keys * sizeof *glance->sightings);
    glance->done = done;
    glance->owner = owner;
    for (size_t i = 0; i < count; i++) {
        const struct neighbours near = {.self = {nodes[i], NULL}};
        if (!is_to_be_read(nodes, count, shown, i))
            continue;
        struct sighting *sighting = &glance->sightings[glance->count++];
        *sighting = (struct sighting){.glance = glance, .shown = &shown[i]};
        ask(sighting, azure, &near, deadline_ms);
    }
    return true;
}
