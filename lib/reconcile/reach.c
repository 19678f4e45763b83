#include "reconcile/reach.h"

#include "azure/width.h"
#include "base/armid.h"
#include "base/js.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define AT_ONCE 16       /* unless none of them answers (width.h) */
#define AT_ONCE_MOST 256 /* each has a file descriptor: see GATE_WHOLE_MOST */

struct probe {
    struct reach *reach;            /* borrowed */
    const struct node *vault, *key; /* borrowed */
    uint64_t deadline_ms;           /* from its turn on */
    reach_done_fn *done;
    void *owner;
    struct probe *next; /* of those that wait */
};

struct reach {
    uv_loop_t *loop;
    struct azure *azure;
    struct width width;
    struct probe *first, **end; /* those that wait for their turn */
    uv_timer_t *stalled;        /* owned; lets go more when none comes back */
};

static void advance(struct reach *reach);

/* "https://kv.vault.azure.net/keys/k/0123..." is of the vault kv and its key k. */
static bool is_of(const char *kid, const struct node *vault, const struct node *key)
{
    AUTO(text) char *path = mem_format("/keys/%s/", key->name);
    const char *at = strstr(kid, "://");
    at = at ? strchr(at + strlen("://"), '/') : NULL;
    return at && armid_uri_is_of(kid, vault->name) && strncasecmp(at, path, strlen(path)) == 0;
}

/* Whatever else answers there is not the vault. */
static bool is_reached(const struct probe *probe, const struct call_answer *answer, struct err *err)
{
    if (answer->err.domain != ERR_NONE) {
        *err = answer->err;
        return answer->err.domain == ERR_AZURE && strcmp(answer->err.code, "KeyNotFound") == 0;
    }
    return is_of(js_string(answer->body, "key.kid", ""), probe->vault, probe->key) ||
           err_set(err, ERR_AZURE, "BadAnswer", "what answers for the vault shows another key");
}

static void on_answer(void *owner, const struct call_answer *answer)
{
    struct probe *probe = owner;
    struct reach *reach = probe->reach;
    struct err err;
    bool reached = is_reached(probe, answer, &err);
    width_leave(&reach->width, uv_now(reach->loop));
    advance(reach); /* first: who is told of the last probe may free us */
    probe->done(probe->owner, probe->vault, reached ? NULL : &err);
    free(probe);
}

/* On a connection that is not kept: the next probe is an hour away. */
static void ask(struct probe *probe)
{
    AUTO(text) char *path = mem_format("/keys/%s?api-version=7.4", probe->key->name);
    struct call_request request = {
        .audience = AUDIENCE_KEY_VAULT,
        .vault = probe->vault->name,
        .method = "GET",
        .path = path,
        .keep = (const char *const[]){"key.kid", NULL},
        .once = true,
        .deadline_ms = probe->deadline_ms < REACH_MAX_MS ? probe->deadline_ms : REACH_MAX_MS,
    };
    call_start(probe->reach->azure, &request, NULL, on_answer, probe);
}

static void on_stalled(uv_timer_t *timer)
{
    advance(timer->data);
}

static void advance(struct reach *reach)
{
    uint64_t again_ms, now_ms = uv_now(reach->loop);
    struct probe *probe;
    while ((probe = reach->first) && width_has_room(&reach->width, now_ms, &again_ms)) {
        reach->first = probe->next;
        if (!reach->first)
            reach->end = &reach->first;
        width_take(&reach->width, now_ms);
        ask(probe);
    }
    if (reach->first)
        uv_timer_start(reach->stalled, on_stalled, again_ms - now_ms, 0);
    else
        uv_timer_stop(reach->stalled);
}

void reach_probe(struct reach *reach, const struct node *vault, const struct node *key,
                 uint64_t deadline_ms, reach_done_fn *done, void *owner)
{
    struct probe *probe = mem_new(1, sizeof *probe);
    *probe = (struct probe){reach, vault, key, deadline_ms, done, owner, NULL};
    *reach->end = probe;
    reach->end = &probe->next;
    advance(reach);
}

struct reach *reach_new(uv_loop_t *loop, struct azure *azure)
{
    struct reach *reach = mem_new(1, sizeof *reach);
    reach->loop = loop;
    reach->azure = azure;
    reach->width = WIDTH_UP_TO(AT_ONCE, AT_ONCE_MOST);
    reach->end = &reach->first;
    reach->stalled = mem_new(1, sizeof *reach->stalled);
    uv_timer_init(loop, reach->stalled);
    reach->stalled->data = reach;
    return reach;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle); /* the timer, which lives until here */
}

void reach_free(struct reach *reach)
{
    assert(!reach->first && !reach->width.taken);
    uv_close((uv_handle_t *)reach->stalled, on_closed);
    free(reach);
}
