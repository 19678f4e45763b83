/* Looks at an island that lists have shown: what is judged again, and what is known to be right.
 * Azure, the lists and the clock are the test. */
#include "world.h"

#include "base/armid.h"
#include "reconcile/island.h"
#include "types/versions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONG 262144 /* bytes: a glance does not keep them */
#define OTHER "44444444-4444-4444-4444-444444444449"

static struct world *world;
static struct island island;
static struct reconciler reconciler;
static struct pass pass;
static uv_loop_t loop;
static int64_t now_s;
static bool has_finished;
static char first_path[512];    /* that was asked for in this look */
static bool is_over;            /* the look */
static const char *forbidden;   /* part of a path that is not answered */
static const char *assignments; /* as lists show them; "": they show none, NULL: what there is */
static size_t n_found;          /* what is found in lists was asked for, in this look */
static bool is_late;            /* for the first time nothing is there */
static bool is_read_twice;      /* each page of a list */
static size_t n_asked;          /* of Azure, in this look */
static struct asked {
    char *path; /* owned */
    bool as_text;
    bool (*each)(void *owner, const char *text, size_t length, struct err *err);
    call_done_fn *done;
    void *owner;
} asked[32];

int64_t clock_now_s(void)
{
    return now_s;
}

void island_saw(struct island *of)
{
    assert_ptr_equal(of, &island);
    is_over = true;
}

void island_finish(struct island *of)
{
    assert_ptr_equal(of, &island);
    assert_true(reconciler.is_stopping);
    is_over = has_finished = true;
}

/* ---- Azure ---------------------------------------------------------------------------------- */

static const char *text_of(struct json_object *tree)
{
    return json_object_to_json_string_ext(tree,
                                          JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

/* The assignments of one principal, as the lists of the subscription show them. */
char *survey_found(const struct survey *survey, const struct type *type, const char *key)
{
    size_t index = world_index(world, "grant");
    const char *listed = assignments ? assignments : text_of(world->bodies[index]);
    (void)survey;
    assert_string_equal(type->word, "grant");
    if (n_found++ == 0 && is_late)
        return NULL;
    return *listed && strstr(listed, key) ? mem_text(listed) : NULL;
}

struct call *call_start(struct azure *azure, const struct call_request *request,
                        call_running_fn *running, call_done_fn *done, void *owner)
{
    (void)azure;
    assert_null(running);
    assert_true(n_asked < COUNT(asked));
    asked[n_asked++] =
        (struct asked){mem_text(request->path), request->as_text, request->each, done, owner};
    return NULL;
}

static struct json_object *versions_shown(void)
{
    size_t index = world_index(world, "key");
    struct json_object *list = js_copy(world->observed[index].versions);
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        AUTO(text)
        char *id = mem_format(KEY_ID "/versions/%s",
                              armid_name(js_string(item, "properties.keyUriWithVersion", "")));
        json_object_object_add(item, "id", json_object_new_string(id));
    }
    return list;
}

/* What there is at the path, for the caller: a list's elements, or a body. */
static struct json_object *there(const char *path, bool *is_list)
{
    AUTO(text) char *id = mem_text_n(path, strcspn(path, "?"));
    *is_list = true;
    if (strcmp(id, KEY_ID "/versions") == 0)
        return versions_shown();
    if (strncmp(id, SUBSCRIPTION "/providers/", sizeof SUBSCRIPTION "/providers/" - 1) == 0)
        return json_object_new_array(); /* nobody else has an account */
    for (size_t i = 0; i < world->config.graph.n_nodes; i++) {
        const struct node *node = world->config.graph.nodes[i];
        if (!armid_same(node->id, id) ||
            (node->type->find_in_list != NULL) != (strstr(path, "$filter") != NULL))
            continue;
        *is_list = node->type->find_in_list != NULL;
        return js_copy(world->bodies[i]);
    }
    fail_msg("nobody should ask for %s", path);
    return NULL;
}

static void answer(struct asked *of)
{
    bool is_list;
    struct err err;
    struct call_answer given = {.status = 200, .requests = 1};
    if (forbidden && strstr(of->path, forbidden)) {
        err_set(&given.err, ERR_AZURE, "AuthorizationFailed", "no");
        given.status = given.err.status = 403;
        of->done(of->owner, &given);
        return;
    }
    AUTO(json) struct json_object *found = there(of->path, &is_list);
    AUTO(json) struct json_object *body = json_object_new_object();
    if (of->each) {
        size_t count = json_object_array_length(found);
        for (size_t i = 0; i < (is_read_twice ? 2 * count : count); i++) {
            const char *text = text_of(json_object_array_get_idx(found, i % count));
            assert_true(of->each(of->owner, text, strlen(text), &err));
        }
    } else if (of->as_text) {
        given.text = text_of(found);
    } else if (is_list) {
        json_object_object_add(body, "value", json_object_get(found));
        given.body = body;
    } else {
        given.body = found;
    }
    of->done(of->owner, &given);
}

/* ---- looking -------------------------------------------------------------------------------- */

static void show_listed(const char *word)
{
    size_t index = world_index(world, word);
    look_listed(&island, world->config.graph.nodes[index], text_of(world->bodies[index]));
}

static void await(void)
{
    size_t next = 0;
    is_over = has_finished = false;
    n_asked = n_found = 0;
    look_start(&island);
    while (!is_over) {
        if (next < n_asked)
            answer(&asked[next++]);
        uv_run(&loop, UV_RUN_NOWAIT);
    }
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(next, n_asked);
    snprintf(first_path, sizeof first_path, "%s", n_asked ? asked[0].path : "");
    for (size_t i = 0; i < n_asked; i++)
        free(asked[i].path);
    assert_null(island.shown);
}

/* Lists show the vault, the account and the grant. */
static void look_at_what_is_listed(void)
{
    show_listed("vault");
    show_listed("account");
    await();
}

static void begin(const char *overlay)
{
    world = world_new(overlay);
    world->config.interval_s = 300;
    assert_int_equal(uv_loop_init(&loop), 0);
    static struct cohort cohort;
    reconciler = (struct reconciler){.loop = &loop, .config = &world->config, .cohorts = &cohort};
    pass = (struct pass){.reconciler = &reconciler};
    size_t count = world->config.graph.n_nodes;
    island = (struct island){
        .reconciler = &reconciler,
        .nodes = world->config.graph.nodes,
        .count = count,
        .pass = &pass,
        .observed = mem_new(count, sizeof *island.observed),
        .dependants = mem_new(count, sizeof *island.dependants),
    };
    now_s = WORLD_NOW_S;
    forbidden = NULL;
    assignments = NULL;
    is_read_twice = is_late = false;
}

static void end(void)
{
    for (size_t i = 0; i < island.count; i++)
        observed_done(&island.observed[i]);
    free(island.observed);
    free(island.dependants);
    world_free(world);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void expect_marked(void)
{
    look_at_what_is_listed();
    assert_true(island.is_right && island.is_as_marked);
    assert_int_equal(n_asked, 2); /* the key and its versions */
    for (size_t i = 0; i < island.count; i++)
        assert_int_equal(island.observed[i].sight, SIGHT_PRESENT);
}

/* All was compared. */
static void expect_judged(bool is_right)
{
    look_at_what_is_listed();
    assert_false(island.is_as_marked);
    assert_int_equal(island.is_right, is_right);
    for (size_t i = 0; is_right && i < island.count; i++)
        assert_non_null(island.observed[i].body);
}

static void what_is_as_it_was_when_it_was_right_is_not_judged_again(void **state)
{
    (void)state;
    begin(NULL);
    expect_judged(true);
    assert_int_equal(n_asked, 2);
    expect_marked();
    expect_marked();
    end();
}

/* ---- what is another thing ------------------------------------------------------------------- */

static struct {
    const char *name;
    const char *word, *overlay; /* of the body; NULL: the versions of the key */
    bool is_right;
} changes[] = {
    {"a vault is opened", "vault", "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}",
     false},
    {"an account is opened", "account",
     "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}", false},
    {"something that nobody declared", "vault", "{'tags': {'who': 'knows'}}", true},
    {"the grant is gone, and nothing else is there", "grant", "[]", false},
    {"the grant is another's", "grant",
     "[{'id': '/another', 'properties': {'principalId': '" PRINCIPAL "'}}]", false},
    {"the key shows more", "key", "{'tags': {'who': 'knows'}}", true},
    {"a version nobody uses is disabled", NULL,
     "[{'version': '" VERSION_A "', 'ageDays': 120, 'enabled': false},"
     " {'version': '" VERSION_B "', 'ageDays': 30}]",
     true},
    {"the version in use is disabled", NULL,
     "[{'version': '" VERSION_A "', 'ageDays': 120},"
     " {'version': '" VERSION_B "', 'ageDays': 30, 'enabled': false}]",
     false},
    {"there is a newer version", NULL,
     "[{'version': '" VERSION_B "', 'ageDays': 30}, {'version': '" VERSION_C "', 'ageDays': 0}]",
     false},
};

static void what_has_changed_is_judged(void **state)
{
    size_t row = (size_t)((char *)*state - (char *)changes) / sizeof *changes;
    begin(NULL);
    expect_judged(true);
    expect_marked();
    if (changes[row].word)
        world_show(world, changes[row].word, changes[row].overlay);
    else
        world_versions(world, "key", changes[row].overlay);
    expect_judged(changes[row].is_right);
    if (changes[row].is_right)
        expect_marked();
    else
        expect_judged(false);
    end();
}

/* ---- what is no ground for a mark ------------------------------------------------------------ */

static void a_mark_lasts_for_an_hour(void **state)
{
    (void)state;
    begin(NULL);
    expect_judged(true);
    now_s += 3599;
    expect_marked();
    now_s += 1;
    expect_judged(true);
    expect_marked();
    now_s -= 60; /* the clock was set back */
    expect_judged(true);
    expect_marked();
    end();
}

/* The newest version is 30 days old. */
static void what_comes_due_within_the_hour_is_judged_each_time(void **state)
{
    (void)state;
    begin("{'key': {'rotation': {'every': 'P31D'}}}");
    now_s = WORLD_NOW_S + DAY_S - 3601;
    expect_judged(true);
    expect_marked();
    now_s += 2;
    expect_marked(); /* by the mark of before it is right for another 3,598 s */
    now_s = WORLD_NOW_S + DAY_S - 3599;
    island.mark.right_s = 0;
    expect_judged(true);
    expect_judged(true);
    now_s = WORLD_NOW_S + DAY_S;
    expect_judged(false);
    end();
}

static void what_was_read_singly_is_no_part_of_a_mark(void **state)
{
    (void)state;
    begin(NULL);
    assignments = "";
    expect_judged(true);
    assert_int_equal(n_asked, 3);
    expect_judged(true);
    assignments = NULL;
    expect_judged(true);
    expect_marked();
    end();
}

/* The list shows an assignment of the principal, and it is another one. */
static void what_the_lists_do_not_show_is_no_part_of_a_mark(void **state)
{
    (void)state;
    begin(NULL);
    assignments = "[{\"id\":\"/another\",\"properties\":{\"principalId\":\"" PRINCIPAL "\"}}]";
    expect_judged(true);
    assert_int_equal(n_asked, 3);
    expect_judged(true);
    assert_int_equal(n_asked, 3);
    end();
}

/* What Azure shows of the account's client id counts, too, where none is declared. */
static void a_grant_of_another_identity_is_part_of_a_mark(void **state)
{
    (void)state;
    begin(NULL);
    world_show(world, "account",
               "{'identity': {'userAssignedIdentities': {'/users/u': {'clientId': 'c', "
               "'principalId': '" OTHER "'}}}, 'properties': {'encryption': {'keyVaultProperties':"
               " {'identityClientId': 'c'}}}}");
    AUTO(json) struct json_object *grant = js_copy(world->bodies[world_index(world, "grant")]);
    js_put(json_object_array_get_idx(grant, 0), "properties.principalId",
           json_object_new_string(OTHER));
    world_show(world, "grant", text_of(grant));
    expect_judged(true);
    assert_int_equal(n_asked, 2);
    expect_marked();
    world_show(world, "grant", "[]");
    expect_judged(false);
    end();
}

/* Another pass has the lists read anew meanwhile. */
static void what_was_found_when_all_was_judged_makes_the_mark(void **state)
{
    (void)state;
    begin(NULL);
    is_late = true;
    expect_judged(true);
    expect_judged(true);
    is_late = false;
    expect_judged(true);
    expect_marked();
    end();
}

/* What is too long, or was read twice because a page broke off, is read again, the usual way. */
static void what_is_odd_is_no_part_of_a_mark(void **state)
{
    (void)state;
    begin(NULL);
    AUTO(json) struct json_object *tags = json_object_new_object();
    AUTO(text) char *value = mem_new(LONG + 1, 1);
    memset(value, 'x', LONG);
    js_put(tags, "tags.long", json_object_new_string(value));
    world_show(world, "key", text_of(tags));
    expect_judged(true);
    assert_int_equal(n_asked, 4);
    expect_judged(true);
    end();

    begin(NULL);
    is_read_twice = true;
    expect_judged(true);
    assert_int_equal(n_asked, 3);
    expect_judged(true);
    is_read_twice = false;
    expect_judged(true);
    expect_marked();
    end();
}

static void a_key_that_cannot_be_read_is_no_part_of_a_mark(void **state)
{
    static const char *const parts[] = {"/keys/openai-cmk?", "/keys/openai-cmk/versions?"};
    (void)state;
    for (size_t i = 0; i < COUNT(parts); i++) {
        begin(NULL);
        expect_judged(true);
        expect_marked();
        forbidden = parts[i];
        look_at_what_is_listed();
        assert_false(island.is_right || island.is_as_marked);
        assert_int_equal(n_asked, 5 + i); /* all singly, and no third time */
        assert_int_equal(island.observed[world_index(world, "key")].sight, SIGHT_FORBIDDEN);
        forbidden = NULL;
        expect_judged(true);
        expect_marked();
        end();
    }
}

/* Who else uses the key is asked for, for its older version is old enough to go; the account that
 * is declared has come to the newest only lately, so that nothing is found. */
static void others_are_asked_for_again(void **state)
{
    (void)state;
    begin("{'key': {'rotation': {'every': 'P1Y', 'retireAfter': 'P8D'}}}");
    world_show(world, "account", "{'systemData': {'lastModifiedAt': '2026-12-31T00:00:00Z'}}");
    for (size_t i = 0; i < 2; i++) {
        expect_judged(true);
        assert_int_equal(n_asked, 2 + 2);
    }
    forbidden = "deletedAccounts";
    for (size_t i = 0; i < 2; i++) {
        expect_judged(true);
        assert_int_equal(n_asked, 2 + 1);
    }
    end();
}

/* Its vault is not in the list: it may be gone, and its keys with it. */
static void a_key_whose_vault_is_not_shown_is_looked_for_after_it(void **state)
{
    (void)state;
    begin(NULL);
    show_listed("account");
    await();
    assert_true(island.is_right && !island.is_as_marked);
    assert_int_equal(n_asked, 3);
    assert_null(strstr(first_path, "/keys/"));
    end();
}

static void at_the_end_nothing_more_is_looked_at(void **state)
{
    (void)state;
    begin(NULL);
    reconciler.is_stopping = true;
    forbidden = "/"; /* all are given up */
    look_at_what_is_listed();
    assert_true(has_finished);
    assert_int_equal(n_asked, 2);
    end();
}

static void without_lists_each_is_read(void **state)
{
    (void)state;
    begin(NULL);
    expect_judged(true);
    expect_marked();
    await();
    assert_false(island.is_right || island.is_as_marked);
    assert_int_equal(n_asked, 5);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_as_it_was_when_it_was_right_is_not_judged_again),
        cmocka_unit_test(a_mark_lasts_for_an_hour),
        cmocka_unit_test(what_comes_due_within_the_hour_is_judged_each_time),
        cmocka_unit_test(what_was_read_singly_is_no_part_of_a_mark),
        cmocka_unit_test(what_the_lists_do_not_show_is_no_part_of_a_mark),
        cmocka_unit_test(a_grant_of_another_identity_is_part_of_a_mark),
        cmocka_unit_test(what_was_found_when_all_was_judged_makes_the_mark),
        cmocka_unit_test(what_is_odd_is_no_part_of_a_mark),
        cmocka_unit_test(a_key_that_cannot_be_read_is_no_part_of_a_mark),
        cmocka_unit_test(others_are_asked_for_again),
        cmocka_unit_test(a_key_whose_vault_is_not_shown_is_looked_for_after_it),
        cmocka_unit_test(at_the_end_nothing_more_is_looked_at),
        cmocka_unit_test(without_lists_each_is_read),
    };
    int failed = cmocka_run_group_tests_name("look", tests, NULL, NULL);
    return failed + CASES_RUN(changes, what_has_changed_is_judged);
}
