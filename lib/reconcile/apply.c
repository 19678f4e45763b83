/* apply.c: one planned request, carried to its end.
 *
 *     apply_start ─► (rotation: read the versions) ─► send_write ─► on_sent ─► done()
 */
#include "reconcile/apply.h"

#include "types/versions.h"

#include <stdlib.h>
#include <strings.h>

/* Long enough for an operation of Azure's that takes its time. */
#define WRITE_DEADLINE_MS (30 * 60 * 1000)

struct application {
    struct azure *azure;
    const struct planned *planned;
    const struct observed *seen;
    uint64_t send_by_ms;
    call_running_fn *running;
    apply_done_fn *done;
    void *owner;
    struct call *call; /* in flight */
};

static void read_versions(struct application *application);
static void on_versions(void *owner, const struct call_answer *answer);
static void send_write(struct application *application);
static void on_running(void *owner, const struct call_answer *answer);
static void on_sent(void *owner, const struct call_answer *answer);

static const char *vault_name(const struct node *node)
{
    return node->vault ? node->vault->name : node->name;
}

struct application *apply_start(struct azure *azure, const struct planned *planned,
                                const struct observed *seen, uint64_t send_by_ms,
                                call_running_fn *running, apply_done_fn *done, void *owner)
{
    struct application *application = mem_new(1, sizeof *application);
    *application =
        (struct application){azure, planned, seen, send_by_ms, running, done, owner, NULL};
    if (planned->write.is_rotation)
        read_versions(application);
    else
        send_write(application);
    return application;
}

void apply_cancel(struct application *application)
{
    call_cancel(application->call);
}

/* Get Key Versions: https://learn.microsoft.com/rest/api/keyvault/keys/get-key-versions */
static void read_versions(struct application *application)
{
    const struct node *node = application->planned->node;
    AUTO(text) char *path = mem_format("/keys/%s/versions?api-version=7.4", node->name);
    struct call_request request = {
        .audience = AUDIENCE_KEY_VAULT,
        .vault = vault_name(node),
        .method = "GET",
        .path = path,
        .list = true,
        .keep = (const char *const[]){"kid", "attributes", NULL},
        .send_by_ms = application->send_by_ms,
    };
    application->call = call_start(application->azure, &request, NULL, on_versions, application);
}

static void finish(struct application *application, const struct applied *applied)
{
    application->done(application->owner, applied);
    free(application);
}

static void on_versions(void *owner, const struct call_answer *answer)
{
    struct application *application = owner;
    struct version seen, authoritative;
    if (answer->err.domain != ERR_NONE) {
        finish(application, &(struct applied){answer, false});
        return;
    }
    bool agree = version_newest(application->seen->versions, false, &seen) &&
                 version_newest(js_array(answer->body, "value"), false, &authoritative) &&
                 strcasecmp(seen.id, authoritative.id) == 0 && authoritative.is_enabled;
    if (agree)
        send_write(application);
    else
        finish(application, &(struct applied){answer, true});
}

static void send_write(struct application *application)
{
    const struct write *write = &application->planned->write;
    struct call_request request = {
        .audience = write->on_data_plane ? AUDIENCE_KEY_VAULT : AUDIENCE_RESOURCE_MANAGER,
        .vault = vault_name(application->planned->node),
        .method = write->method,
        .path = write->path,
        .judge = write->judge,
        .body = write->body,
        .repeatable = write->repeatable,
        .fresh = write->is_rotation,
        .keep = (const char *const[]){"id", "key.kid", "properties.provisioningState", NULL},
        .deadline_ms = WRITE_DEADLINE_MS,
        .send_by_ms = application->send_by_ms,
    };
    application->call = call_start(application->azure, &request, on_running, on_sent, application);
}

static void on_running(void *owner, const struct call_answer *answer)
{
    struct application *application = owner;
    if (application->running)
        application->running(application->owner, answer);
}

static void on_sent(void *owner, const struct call_answer *answer)
{
    finish(owner, &(struct applied){answer, false});
}
