/* cmkctl_adopt_read.c: what adopt asks of Azure. Every answer is waited for: there is nothing else
 * to do. That only GETs are sent is the nature of both: a read, and a dry run. */
#include "cmkctl_adopt.h"

#include "model/orders.h"
#include "reconcile/reconciler.h"
#include "report/adoption.h"

#include <assert.h>

static void wait_for(struct reader *reader)
{
    while (!reader->is_done)
        uv_run(&reader->loop, UV_RUN_ONCE);
}

/* ---- life ---------------------------------------------------------------------------------- */

bool reader_open(struct reader *reader, const struct config *config, const char *token,
                 struct err *err)
{
    const struct credential_config given = {.type = CREDENTIAL_GIVEN};
    *reader = (struct reader){0};
    uv_loop_init(&reader->loop);
    if (!azure_new(&reader->loop, &config->cloud, token ? &given : &config->credential,
                   config->proxy, &reader->azure, err)) {
        uv_loop_close(&reader->loop);
        return false;
    }
    if (token)
        azure_give_token(reader->azure, token);
    return true;
}

static void on_closed(void *owner)
{
    struct reader *reader = owner;
    reader->is_done = true;
}

void reader_close(struct reader *reader)
{
    reader->is_done = false;
    azure_free(reader->azure, on_closed, reader);
    wait_for(reader);
    uv_run(&reader->loop, UV_RUN_DEFAULT);
    int failure = uv_loop_close(&reader->loop);
    assert(!failure); /* a handle was left open */
    (void)failure;
}

/* ---- one GET ------------------------------------------------------------------------------- */

static void on_answer(void *owner, const struct call_answer *answer)
{
    struct reader *reader = owner;
    reader->is_done = true;
    reader->err = answer->err;
    reader->body = answer->err.domain == ERR_NONE ? json_object_get(answer->body) : NULL;
}

struct json_object *reader_get(struct reader *reader, const char *path, bool is_list,
                               struct err *err)
{
    const struct call_request request = {
        .audience = AUDIENCE_RESOURCE_MANAGER,
        .method = "GET",
        .path = path,
        .list = is_list,
    };
    reader->is_done = false;
    call_start(reader->azure, &request, NULL, on_answer, reader);
    wait_for(reader);
    if (!reader->body && reader->err.domain == ERR_NONE)
        (void)err_set(&reader->err, ERR_AZURE, "BadJson", "Azure's answer is empty");
    *err = reader->err;
    return TAKE(reader->body);
}

/* ---- the dry run --------------------------------------------------------------------------- */

static void on_pass(void *owner, const struct pass *pass)
{
    struct reader *reader = owner;
    (void)pass;
    reader->is_done = true;
}

static const struct ledger *ledger_of(void *owner, size_t island)
{
    return reconciler_ledger(owner, island);
}

char *reader_plan(struct reader *reader, const struct config *config, struct json_object *stacks,
                  char *const *footnotes, bool *is_whole)
{
    const struct reconcile_hooks hooks = {.owner = reader, .pass = on_pass};
    const struct pass_options options = {.dry_run = true};
    /* Orders are the daemon's: what is live is told as it is, whoever is to stand back. */
    struct order_folder folder = {.state_directory = config->state_directory};
    struct reconciler *reconciler =
        reconciler_new(&reader->loop, reader->azure, config, &folder, &hooks);
    reader->is_done = false;
    bool has_begun = reconciler_pass(reconciler, &options);
    assert(has_begun); /* every island is idle */
    (void)has_begun;
    wait_for(reader);
    char *text = adoption_text(stacks, &config->graph, ledger_of, reconciler, footnotes);
    *is_whole = true;
    for (size_t i = 0; i < config->graph.n_islands; i++)
        *is_whole &= !reconciler_ledger(reconciler, i)->n_errors;
    reconciler_free(reconciler);
    order_folder_done(&folder);
    return text;
}
