/* The probes of a fleet by themselves: Azure is the test, which answers when it likes. */
#include "cases.h"

#include "base/js.h"
#include "reconcile/reach.h"

#include <stdlib.h>
#include <string.h>

#define AT_ONCE 16
#define KID "https://kv.vault.azure.net/keys/k/0123"

struct fleet {
    uv_loop_t loop;
    struct reach *reach;
    struct node vault, key;
    void *asked[3 * AT_ONCE]; /* who waits for an answer, in turn */
    size_t n_asked, n_answered;
    call_done_fn *answer;
    size_t n_done, n_reached;
};

static struct fleet fleet;

struct call *call_start(struct azure *azure, const struct call_request *request,
                        call_running_fn *running, call_done_fn *done, void *owner)
{
    (void)azure, (void)running;
    assert_string_equal(request->path, "/keys/k?api-version=7.4");
    assert_string_equal(request->vault, "kv");
    assert_true(request->once); /* thousands of idle connections would be no use */
    assert_true(request->deadline_ms <= REACH_MAX_MS);
    assert_true(fleet.n_asked < COUNT(fleet.asked));
    fleet.answer = done;
    fleet.asked[fleet.n_asked++] = owner;
    return NULL;
}

static void on_done(void *owner, const struct node *vault, const struct err *err)
{
    assert_ptr_equal(owner, &fleet);
    assert_ptr_equal(vault, &fleet.vault);
    fleet.n_done++;
    fleet.n_reached += !err;
}

static int setup(void **state)
{
    (void)state;
    memset(&fleet, 0, sizeof fleet);
    fleet.vault.name = mem_text("kv");
    fleet.key.name = mem_text("k");
    uv_loop_init(&fleet.loop);
    fleet.reach = reach_new(&fleet.loop, NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    reach_free(fleet.reach);
    uv_run(&fleet.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&fleet.loop), 0);
    free(fleet.vault.name);
    free(fleet.key.name);
    return 0;
}

static void probe(size_t count)
{
    for (size_t i = 0; i < count; i++)
        reach_probe(fleet.reach, &fleet.vault, &fleet.key, 60000, on_done, &fleet);
}

static void answer_with(const struct call_answer *answer)
{
    fleet.answer(fleet.asked[fleet.n_answered++], answer);
}

static void refuse_next(enum err_domain domain, int status, const char *code)
{
    struct call_answer answer = {.err = {.domain = domain, .status = status}};
    err_copy(answer.err.code, sizeof answer.err.code, code);
    answer_with(&answer);
}

/* 200, with that kid; NULL: without a body. */
static void show_next(const char *kid)
{
    AUTO(json) struct json_object *body = kid ? json_object_new_object() : NULL;
    if (kid)
        js_put(body, "key.kid", json_object_new_string(kid));
    answer_with(&(struct call_answer){.status = 200, .body = body});
}

static void a_fleet_is_asked_a_few_at_a_time(void **state)
{
    (void)state;
    probe(AT_ONCE + 2);
    assert_int_equal(fleet.n_asked, AT_ONCE);
    show_next(KID);
    assert_int_equal(fleet.n_asked, AT_ONCE + 1);
    while (fleet.n_answered < fleet.n_asked)
        show_next(KID);
    assert_int_equal(fleet.n_done, AT_ONCE + 2);
    assert_int_equal(fleet.n_reached, AT_ONCE + 2);
}

static void a_key_that_is_not_there_is_an_answer(void **state)
{
    (void)state;
    probe(3);
    refuse_next(ERR_AZURE, 404, "KeyNotFound");
    refuse_next(ERR_AZURE, 403, "ForbiddenByFirewall");
    refuse_next(ERR_TRANSPORT, 0, "Timeout");
    assert_int_equal(fleet.n_done, 3);
    assert_int_equal(fleet.n_reached, 1);
}

/* Something answers, but not the vault, or not of this key. */
static void what_else_is_said_there_is_none(void **state)
{
    static const char *const kids[] = {
        NULL,
        "",
        "https://kv.vault.azure.net/keys/other/0123",
        "https://kv.vault.azure.net/secrets/k/0123",
        "https://kv.vault.azure.net/keys/k",
        "https://kv2.vault.azure.net/keys/k/0123",
        "https://elsewhere.example/kv/keys/k/0123",
    };
    (void)state;
    probe(COUNT(kids) + 2);
    for (size_t i = 0; i < COUNT(kids); i++)
        show_next(kids[i]);
    refuse_next(ERR_AZURE, 404, "Http404"); /* of a gateway */
    assert_int_equal(fleet.n_done, COUNT(kids) + 1);
    assert_int_equal(fleet.n_reached, 0);
    show_next("https://KV.vault.azure.net:443/keys/K/0123");
    assert_int_equal(fleet.n_reached, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_fleet_is_asked_a_few_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_that_is_not_there_is_an_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(what_else_is_said_there_is_none, setup, teardown),
    };
    return cmocka_run_group_tests_name("reach", tests, NULL, NULL);
}
