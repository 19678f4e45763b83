/* When the activity log is asked, and what is made of its answers. Time, timers and Azure are the
 * test's own: nothing here waits. */
#include "world.h"

#include "azure/azure.h"
#include "reconcile/activity.h"
#include "reconcile/island.h"

#include <stdlib.h>
#include <string.h>

#define FOUND_S WORLD_NOW_S
#define GOOD_S (FOUND_S - 60)
#define ACTION "properties.networkAcls.defaultAction"
#define WRITE "Microsoft.KeyVault/vaults/write"
#define PRINCIPAL_OF_CMKD "33333333-3333-3333-3333-333333333333"
#define CALLS_MAX 64

/* ---- Azure, and time ------------------------------------------------------------------------ */

struct call {
    int64_t asked_s;
    char *path; /* owned */
    bool (*each)(void *owner, const char *text, size_t length, struct err *err);
    call_done_fn *done;
    void *owner;
    bool is_over, is_cancelled;
};

static struct call calls[CALLS_MAX];
static size_t n_calls;
static int64_t now_s, alarm_s; /* alarm_s: when the timer goes off; INT64_MAX: it is not set */
static uv_timer_cb alarm_cb;
static uv_timer_t *alarm_timer;

int64_t clock_now_s(void)
{
    return now_s;
}

int uv_timer_start(uv_timer_t *timer, uv_timer_cb callback, uint64_t timeout_ms, uint64_t repeat_ms)
{
    assert_int_equal(repeat_ms, 0);
    alarm_timer = timer;
    alarm_cb = callback;
    alarm_s = now_s + (int64_t)(timeout_ms / 1000);
    return 0;
}

int64_t azure_clock_skew_s(const struct azure *azure)
{
    (void)azure;
    return 0;
}

const char *azure_principal(const struct azure *azure)
{
    (void)azure;
    return PRINCIPAL_OF_CMKD;
}

struct call *call_start(struct azure *azure, const struct call_request *request,
                        call_running_fn *running, call_done_fn *done, void *owner)
{
    (void)azure;
    assert_null(running);
    assert_true(n_calls < CALLS_MAX);
    assert_string_equal(request->method, "GET");
    assert_true(request->list);
    struct call *call = &calls[n_calls++];
    *call = (struct call){
        .asked_s = now_s,
        .path = mem_text(request->path),
        .each = request->each,
        .done = done,
        .owner = owner,
    };
    return call;
}

void call_cancel(struct call *call)
{
    call->is_cancelled = true;
}

/* The one that is in flight, or NULL. */
static struct call *in_flight(void)
{
    struct call *last = n_calls ? &calls[n_calls - 1] : NULL;
    return last && !last->is_over ? last : NULL;
}

static void end(struct call *call, const struct err *err)
{
    struct call_answer answer = {.status = 200};
    if (err)
        answer.err = *err;
    call->is_over = true;
    call->done(call->owner, &answer);
}

/* Azure answers with these records: JSON objects, each with a comma before it but the first. */
static void answer(const char *records)
{
    struct call *call = in_flight();
    assert_non_null(call);
    AUTO(text) char *text = mem_format("[%s]", records);
    AUTO(json) struct json_object *list = json_of(text);
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        const char *shown = json_object_to_json_string(json_object_array_get_idx(list, i));
        struct err err;
        assert_true(call->each(call->owner, shown, strlen(shown), &err));
    }
    end(call, NULL);
}

static void refuse(int status, const char *code)
{
    struct err err = {0};
    struct call *call = in_flight();
    err_set(&err, ERR_AZURE, code, "no");
    err.status = status;
    assert_non_null(call);
    if (call)
        end(call, &err);
}

/* Time goes on; what is due on the way happens then, and a question is answered with these
 * records. */
static void pass_time(int64_t seconds, const char *records)
{
    int64_t until_s = now_s + seconds;
    while (alarm_s <= until_s) {
        now_s = alarm_s;
        alarm_s = INT64_MAX;
        alarm_cb(alarm_timer);
        if (in_flight() && records)
            answer(records);
    }
    now_s = until_s;
}

/* ---- what is tested -------------------------------------------------------------------------- */

struct scene {
    uv_loop_t loop;
    struct world *world;
    struct activity *activity;
    struct ledger ledger; /* of the vault's island: ACTION, and no other finding */
    unsigned told, refused, idle;
    const struct node *told_of;
    char told_pass[16], told_path[160];
    struct author author;
};

static void on_author(void *owner, const char *pass, const struct node *node,
                      const char *resource_id, const char *path, const struct author *author)
{
    struct scene *scene = owner;
    assert_string_equal(resource_id, node->id);
    scene->told++;
    scene->told_of = node;
    err_copy(scene->told_pass, sizeof scene->told_pass, pass);
    err_copy(scene->told_path, sizeof scene->told_path, path);
    scene->author = *author;
}

static void on_refused(void *owner, const char *subscription, const struct err *err)
{
    struct scene *scene = owner;
    assert_string_equal(subscription, SUBSCRIPTION);
    assert_string_equal(err->code, "AuthorizationFailed");
    scene->refused++;
}

static void on_idle(void *owner)
{
    ((struct scene *)owner)->idle++;
}

static int set_up(void **state)
{
    struct scene *scene = mem_new(1, sizeof *scene);
    const struct activity_hooks hooks = {
        .owner = scene, .author = on_author, .refused = on_refused, .idle = on_idle};
    *state = scene;
    now_s = FOUND_S;
    alarm_s = INT64_MAX;
    uv_loop_init(&scene->loop);
    scene->world = world_new(NULL);
    scene->activity = activity_new(&scene->loop, NULL, &hooks);
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    activity_stop(scene->activity);
    struct call *call = in_flight();
    if (call) {
        struct err err = {0};
        err_set(&err, ERR_CANCELLED, "Cancelled", "cmkd stops");
        assert_true(call->is_cancelled);
        end(call, &err);
    }
    activity_free(scene->activity);
    uv_run(&scene->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&scene->loop), 0);
    ledger_done(&scene->ledger);
    world_free(scene->world);
    for (; n_calls; n_calls--)
        free(calls[n_calls - 1].path);
    free(scene);
    return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

static struct entry entry_of(struct scene *scene, const char *word, const char *path)
{
    struct node *node = world_node(scene->world, word);
    return (struct entry){.node = node,
                          .resource_id = node->id,
                          .path = (char *)(uintptr_t)path,
                          .field = type_field(node->type, path),
                          .need = NEED_FIELD,
                          .outcome = OUTCOME_AUDIT};
}

/* The vault was seen right, and is found open; the pass is through its island. */
static void find(struct scene *scene)
{
    struct entry entry = entry_of(scene, "vault", ACTION);
    struct node *vault = world_node(scene->world, "vault");
    activity_looked(scene->activity, vault, GOOD_S);
    activity_looked(scene->activity, vault, now_s);
    activity_entry(scene->activity, "pass-1", &entry, now_s);
    ledger_done(&scene->ledger);
    scene->ledger.entries = mem_new(1, sizeof entry);
    scene->ledger.n_entries = 1;
    scene->ledger.entries[0] = entry;
    scene->ledger.entries[0].resource_id = mem_text(entry.resource_id);
    scene->ledger.entries[0].path = mem_text(entry.path);
    activity_island(scene->activity, vault->island, &scene->ledger, now_s);
}

/* A later pass finds nothing there any more. */
static void find_it_right(struct scene *scene)
{
    struct ledger empty = {0};
    activity_island(scene->activity, world_node(scene->world, "vault")->island, &empty, now_s);
}

/* A write by this caller, ten seconds before the finding. */
#define WROTE(who, correlation)                                                                    \
    "{'eventTimestamp': '2026-12-31T23:59:50Z', 'caller': '" who                                   \
    "', 'operationName': {'value': '" WRITE "'}, 'resourceId': '" VAULT_ID                         \
    "', 'status': {'value': 'Succeeded'}, 'correlationId': '" correlation "'}"

/* ---- asking ---------------------------------------------------------------------------------- */

static void an_island_that_is_through_is_asked_about_at_once(void **state)
{
    struct scene *scene = *state;
    find(scene);
    assert_int_equal(n_calls, 1);
    /* From the good look on, with a slack of five seconds to either side. */
    assert_string_equal(calls[0].path, SUBSCRIPTION
                        "/providers/Microsoft.Insights/eventtypes/management/values?api-version="
                        "2015-04-01&$filter=eventTimestamp%20ge%20%272026-12-31T23%3A58%3A55Z%27%20"
                        "and%20eventTimestamp%20le%20%272027-01-01T00%3A00%3A05Z%27%20and%20"
                        "resourceGroupName%20eq%20%27rg-openai-prod%27");
}

static void one_whose_pass_goes_on_is_asked_about_after_five_seconds(void **state)
{
    struct scene *scene = *state;
    struct entry entry = entry_of(scene, "vault", ACTION);
    activity_entry(scene->activity, "pass-1", &entry, now_s);
    pass_time(4, "");
    assert_int_equal(n_calls, 0);
    pass_time(1, "");
    assert_int_equal(n_calls, 1);
}

/* After 1, 2, 4 ... 32 minutes, then every hour; past the sixth hour no more. */
static void a_log_that_says_nothing_is_asked_for_six_hours_ever_more_seldom(void **state)
{
    static const int64_t at_s[] = {0,    60,   180,   420,   900,   1860,
                                   3780, 7380, 10980, 14580, 18180, 21780};
    struct scene *scene = *state;
    find(scene);
    answer("");
    pass_time(7 * 86400, "");
    assert_int_equal(n_calls, COUNT(at_s));
    for (size_t i = 0; i < COUNT(at_s); i++)
        assert_int_equal(calls[i].asked_s - FOUND_S, at_s[i]);
    assert_int_equal(scene->told, 0);
    assert_int_equal(alarm_s, INT64_MAX);
    find(scene); /* still, or again: it has been given up */
    assert_int_equal(n_calls, COUNT(at_s));
}

static void what_a_failure_hides_is_asked_for_again(void **state)
{
    struct scene *scene = *state;
    find(scene);
    refuse(500, "InternalServerError");
    pass_time(60, WROTE("alice", "c1"));
    assert_int_equal(n_calls, 2);
    assert_int_equal(scene->told, 1);
    assert_int_equal(scene->refused, 0);
}

static void several_findings_of_a_group_are_one_question(void **state)
{
    struct scene *scene = *state;
    struct entry account = entry_of(scene, "account", ACTION);
    activity_entry(scene->activity, "pass-1", &account, now_s);
    find(scene);
    assert_int_equal(n_calls, 1);
    answer(WROTE("alice", "c1"));
    assert_int_equal(scene->told, 1);
    pass_time(60, ""); /* of the account it has said nothing */
    assert_int_equal(n_calls, 2);
}

static void of_a_subscription_there_is_one_question_at_a_time(void **state)
{
    struct scene *scene = *state;
    struct entry account = entry_of(scene, "account", ACTION);
    find(scene);
    activity_entry(scene->activity, "pass-2", &account, now_s);
    pass_time(600, NULL);
    assert_int_equal(n_calls, 1);
    answer(WROTE("alice", "c1"));
    assert_int_equal(n_calls, 2);
}

static void what_is_not_in_the_log_is_not_asked_for(void **state)
{
    struct scene *scene = *state;
    struct entry entry = entry_of(scene, "key", "properties.attributes.exp");
    activity_entry(scene->activity, "pass-1", &entry, now_s); /* of the data plane */
    entry = entry_of(scene, "key", "");
    entry.need = NEED_ACTION; /* a date has passed */
    activity_entry(scene->activity, "pass-1", &entry, now_s);
    pass_time(86400, "");
    assert_int_equal(n_calls, 0);
}

static void an_operator_who_wants_to_know_is_not_kept_waiting(void **state)
{
    struct scene *scene = *state;
    find(scene);
    answer("");
    pass_time(1000, ""); /* the next question is in a quarter of an hour */
    size_t before = n_calls;
    activity_hurry(scene->activity, now_s);
    assert_int_equal(n_calls, before + 1);
    activity_hurry(scene->activity, now_s); /* in mid-question: once more after it */
    assert_int_equal(n_calls, before + 1);
    answer("");
    assert_int_equal(n_calls, before + 2);
    answer("");
    assert_int_equal(n_calls, before + 2);
}

/* ---- answers --------------------------------------------------------------------------------- */

static void whom_the_log_names_is_told_once(void **state)
{
    struct scene *scene = *state;
    find(scene);
    assert_null(activity_author(scene->activity, world_node(scene->world, "vault"), ACTION));
    answer(WROTE("alice", "c1"));
    assert_int_equal(scene->told, 1);
    assert_ptr_equal(scene->told_of, world_node(scene->world, "vault"));
    assert_string_equal(scene->told_pass, "pass-1");
    assert_string_equal(scene->told_path, ACTION);
    assert_string_equal(scene->author.caller, "alice");
    assert_int_equal(scene->author.time_s, FOUND_S - 10);
    pass_time(7 * 86400, WROTE("alice", "c1"));
    assert_int_equal(n_calls, 1);
    find(scene);
    assert_int_equal(n_calls, 1);
    assert_int_equal(scene->told, 1);
}

static void who_did_what_is_right_again_is_told_and_not_shown_as_standing(void **state)
{
    struct scene *scene = *state;
    const struct node *vault = world_node(scene->world, "vault");
    find(scene);
    find_it_right(scene);
    answer(WROTE("alice", "c1"));
    assert_int_equal(scene->told, 1);
    assert_null(activity_author(scene->activity, vault, ACTION));
    assert_string_equal(activity_writer(scene->activity, vault, ACTION)->caller, "alice");
}

static void a_second_time_is_asked_about_anew(void **state)
{
    struct scene *scene = *state;
    find(scene);
    answer(WROTE("alice", "c1"));
    find_it_right(scene);
    find(scene);
    assert_int_equal(n_calls, 2);
    answer(WROTE("bob", "c2"));
    assert_int_equal(scene->told, 2);
    assert_string_equal(scene->author.caller, "bob");
}

static void cmkd_is_not_taken_for_the_author(void **state)
{
    struct scene *scene = *state;
    struct entry entry = entry_of(scene, "vault", ACTION);
    find(scene);
    err_copy(entry.correlation_id, sizeof entry.correlation_id, "own");
    activity_entry(scene->activity, "pass-1", &entry, now_s); /* written by now */
    answer(WROTE("whoever", "own") ", " WROTE(PRINCIPAL_OF_CMKD, "of-before-the-restart"));
    assert_int_equal(scene->told, 0);
}

/* It has written again, perhaps somebody else than at first. */
static void of_who_contends_it_is_asked_again(void **state)
{
    struct scene *scene = *state;
    struct entry entry = entry_of(scene, "vault", ACTION);
    find(scene);
    answer(WROTE("alice", "c1"));
    entry.outcome = OUTCOME_CONTENDED;
    activity_entry(scene->activity, "pass-2", &entry, now_s);
    pass_time(5, WROTE("bob", "c2"));
    assert_int_equal(scene->told, 2);
    assert_string_equal(scene->author.caller, "bob");
    activity_entry(scene->activity, "pass-3", &entry, now_s); /* once */
    pass_time(86400, WROTE("carol", "c3"));
    assert_int_equal(scene->told, 2);
}

/* ---- a log that may not be read ----------------------------------------------------------------
 */

static void a_log_that_may_not_be_read_is_tried_every_hour_and_told_once(void **state)
{
    struct scene *scene = *state;
    find(scene);
    for (int hour = 1; hour <= 3; hour++) {
        refuse(403, "AuthorizationFailed");
        assert_int_equal(scene->refused, 1);
        activity_hurry(scene->activity, now_s); /* not even for an operator */
        pass_time(3599, NULL);
        assert_int_equal(n_calls, hour);
        pass_time(1, NULL);
        assert_int_equal(n_calls, hour + 1);
    }
    answer(WROTE("alice", "c1")); /* the right has been given */
    assert_int_equal(scene->told, 1);
    find_it_right(scene);
    find(scene); /* and taken away again: that is news */
    refuse(403, "AuthorizationFailed");
    assert_int_equal(scene->refused, 2);
}

/* ---- a reload in mid-question ------------------------------------------------------------------
 */

static void a_reload_in_mid_question_keeps_what_is_declared_still(void **state)
{
    struct scene *scene = *state;
    struct world *next = world_new(NULL);
    find(scene);
    activity_reload(scene->activity, &next->config.graph);
    world_free(scene->world); /* nothing may point to it any more */
    scene->world = next;
    answer(WROTE("alice", "c1"));
    assert_int_equal(scene->told, 1);
    assert_ptr_equal(scene->told_of, world_node(next, "vault"));
    assert_string_equal(activity_author(scene->activity, world_node(next, "vault"), ACTION)->caller,
                        "alice");
}

static void a_reload_in_mid_question_forgets_what_is_not_declared_any_more(void **state)
{
    struct scene *scene = *state;
    struct world *next = world_new("{'vault': {'name': 'kv-openai-other'}}");
    find(scene);
    activity_reload(scene->activity, &next->config.graph);
    world_free(scene->world);
    scene->world = next;
    answer(WROTE("alice", "c1"));
    assert_int_equal(scene->told, 0);
    assert_null(activity_author(scene->activity, world_node(next, "vault"), ACTION));
    pass_time(86400, "");
    assert_int_equal(n_calls, 1);
}

/* What was looked at before still says how far back to look. */
static void a_reload_keeps_the_last_good_looks(void **state)
{
    struct scene *scene = *state;
    struct world *next = world_new(NULL);
    activity_looked(scene->activity, world_node(scene->world, "vault"), GOOD_S);
    activity_reload(scene->activity, &next->config.graph);
    world_free(scene->world);
    scene->world = next;
    struct entry entry = entry_of(scene, "vault", ACTION);
    activity_looked(scene->activity, world_node(next, "vault"), now_s);
    activity_entry(scene->activity, "pass-1", &entry, now_s);
    pass_time(5, NULL);
    assert_non_null(strstr(calls[0].path, "ge%20%272026-12-31T23%3A58%3A55Z"));
}

/* ---- the end -----------------------------------------------------------------------------------
 */

static void at_the_end_the_question_is_cancelled_and_nothing_more_is_asked(void **state)
{
    struct scene *scene = *state;
    struct err err = {0};
    find(scene);
    assert_true(activity_is_asking(scene->activity));
    activity_stop(scene->activity);
    assert_true(calls[0].is_cancelled);
    assert_int_equal(scene->idle, 0);
    err_set(&err, ERR_CANCELLED, "Cancelled", "cmkd stops");
    end(in_flight(), &err);
    assert_int_equal(scene->idle, 1);
    assert_false(activity_is_asking(scene->activity));
    find(scene);
    activity_hurry(scene->activity, now_s);
    assert_int_equal(n_calls, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_island_that_is_through_is_asked_about_at_once),
        TEST(one_whose_pass_goes_on_is_asked_about_after_five_seconds),
        TEST(a_log_that_says_nothing_is_asked_for_six_hours_ever_more_seldom),
        TEST(what_a_failure_hides_is_asked_for_again),
        TEST(several_findings_of_a_group_are_one_question),
        TEST(of_a_subscription_there_is_one_question_at_a_time),
        TEST(what_is_not_in_the_log_is_not_asked_for),
        TEST(an_operator_who_wants_to_know_is_not_kept_waiting),
        TEST(whom_the_log_names_is_told_once),
        TEST(who_did_what_is_right_again_is_told_and_not_shown_as_standing),
        TEST(a_second_time_is_asked_about_anew),
        TEST(cmkd_is_not_taken_for_the_author),
        TEST(of_who_contends_it_is_asked_again),
        TEST(a_log_that_may_not_be_read_is_tried_every_hour_and_told_once),
        TEST(a_reload_in_mid_question_keeps_what_is_declared_still),
        TEST(a_reload_in_mid_question_forgets_what_is_not_declared_any_more),
        TEST(a_reload_keeps_the_last_good_looks),
        TEST(at_the_end_the_question_is_cancelled_and_nothing_more_is_asked),
    };
    return cmocka_run_group_tests_name("activity", tests, NULL, NULL);
}
