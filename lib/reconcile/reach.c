#include "reconcile/reach.h"

#include <stdlib.h>

struct probe {
    const struct node *vault;
    reach_done_fn *done;
    void *owner;
};

static void on_answer(void *owner, const struct call_answer *answer)
{
    struct probe *probe = owner;
    bool reached = answer->err.domain == ERR_NONE ||
                   (answer->err.domain == ERR_AZURE && answer->err.status == 404);
    probe->done(probe->owner, probe->vault, reached ? NULL : &answer->err);
    free(probe);
}

void reach_probe(struct azure *azure, const struct node *vault, const struct node *key,
                 uint64_t deadline_ms, reach_done_fn *done, void *owner)
{
    struct probe *probe = mem_new(1, sizeof *probe);
    *probe = (struct probe){vault, done, owner};
    AUTO(text) char *path = mem_format("/keys/%s?api-version=7.4", key->name);
    struct call_request request = {
        .audience = AUDIENCE_KEY_VAULT,
        .vault = vault->name,
        .method = "GET",
        .path = path,
        .keep = (const char *const[]){"attributes", NULL},
        .deadline_ms = deadline_ms < REACH_MAX_MS ? deadline_ms : REACH_MAX_MS,
    };
    call_start(azure, &request, NULL, on_answer, probe);
}
