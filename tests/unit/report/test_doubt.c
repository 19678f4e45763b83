/* Whom cmkd names, or rules out, where something is right again. What a single write leaves in
 * doubt is in test_news.c; here is what others do, before and beside it. */
#include "sample.h"

#include "report/news.h"

#define ACL "properties.networkAcls.defaultAction"

struct scene {
    struct sample sample;
    struct ledger nothing;
    struct news *news;
    char *heard;      /* the kinds */
    char reason[400]; /* of the last that gave one */
};

static void note_reason(void *owner, const struct event *event)
{
    struct scene *scene = owner;
    sample_hear(&scene->heard, event);
    err_copy(scene->reason, sizeof scene->reason, event->reason ? event->reason : "");
}

static void scene_init(struct scene *scene)
{
    *scene = (struct scene){.heard = mem_text("")};
    sample_init(&scene->sample);
    scene->sample.vault->mode = MODE_ENFORCE;
    scene->sample.key->vault = scene->sample.vault;
    scene->news = news_new(&scene->sample.graph, note_reason, scene, 0);
}

static void scene_end(struct scene *scene)
{
    news_free(scene->news);
    sample_done(&scene->sample);
    free(scene->heard);
}

static void find(struct scene *scene, const struct node *node, const char *path, int64_t now_s)
{
    struct entry entry = sample_entry(node, path, "1", "2", OUTCOME_HELD, STATUS_NONE);
    news_entry(scene->news, "p", &entry, now_s);
    sample_entry_done(&entry);
}

static void look_and_find_all_right(struct scene *scene, int64_t now_s)
{
    news_island(scene->news, "q", scene->sample.vault->island, &scene->nothing, now_s);
}

static void whoever_starts_anew_does_not_know_what_was_sent_before(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene);
    find(&scene, scene.sample.vault, ACL, 10);
    look_and_find_all_right(&scene, 100);
    assert_string_equal(scene.heard, "HELD UNSURE ");
    assert_non_null(strstr(scene.reason, "started anew at 1970-01-01T00:00:00Z"));

    find(&scene, scene.sample.vault, ACL, 200); /* it was right when this one looked first */
    look_and_find_all_right(&scene, 300);
    assert_string_equal(scene.heard, "HELD UNSURE HELD SETTLED ");
    scene_end(&scene);
}

static void long_after_the_start_it_does(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene);
    find(&scene, scene.sample.vault, ACL, 10);
    find(&scene, scene.sample.vault, ACL, 3700);
    look_and_find_all_right(&scene, 3800);
    assert_string_equal(scene.heard, "HELD SETTLED ");
    scene_end(&scene);
}

static void nothing_was_sent_before_in_audit_mode(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene);
    scene.sample.vault->mode = MODE_AUDIT;
    find(&scene, scene.sample.vault, ACL, 10);
    look_and_find_all_right(&scene, 100);
    assert_string_equal(scene.heard, "HELD SETTLED ");
    scene_end(&scene);
}

static void what_follows_from_a_deed_is_not_called_somebody_elses(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene);
    look_and_find_all_right(&scene, 5);
    find(&scene, scene.sample.key, "properties.x", 10);
    struct entry recovery =
        sample_entry(scene.sample.vault, "", NULL, NULL, OUTCOME_RECOVER, STATUS_DONE);
    recovery.need = NEED_RECOVERY;
    recovery.shown_round = 1;
    news_entry(scene.news, "p", &recovery, 20);
    sample_entry_done(&recovery);
    look_and_find_all_right(&scene, 30);
    assert_string_equal(scene.heard, "HELD RECOVERED UNSURE ");
    assert_string_equal(scene.reason, "it may have come with what cmkd did to kv-openai-prod at "
                                      "1970-01-01T00:00:20Z");

    find(&scene, scene.sample.key, "properties.x", 3700); /* it has had its effect by now */
    look_and_find_all_right(&scene, 3800);
    assert_string_equal(scene.heard, "HELD RECOVERED UNSURE HELD SETTLED ");
    scene_end(&scene);
}

static void what_is_done_to_a_key_makes_nothing_of_its_vault_right(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene);
    look_and_find_all_right(&scene, 5);
    find(&scene, scene.sample.vault, ACL, 10);
    news_ordered(scene.news, scene.sample.key, "c", "r", 20);
    look_and_find_all_right(&scene, 30);
    assert_string_equal(scene.heard, "HELD SETTLED ");
    scene_end(&scene);
}

static void what_an_order_does_is_cmkds(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene);
    look_and_find_all_right(&scene, 5);
    find(&scene, scene.sample.key, "properties.attributes.enabled", 10);
    news_ordered(scene.news, scene.sample.key, "c", "r", 20);
    look_and_find_all_right(&scene, 30);
    assert_string_equal(scene.heard, "HELD UNSURE ");
    scene_end(&scene);
}

/* Of what is deleted no path is a finding, and none is right either. */
static void what_is_deleted_is_not_right_again(void **state)
{
    (void)state;
    struct scene scene;
    scene_init(&scene);
    look_and_find_all_right(&scene, 5);
    find(&scene, scene.sample.vault, ACL, 10);
    struct entry gone =
        sample_entry(scene.sample.vault, "", NULL, NULL, OUTCOME_AUDIT, STATUS_NONE);
    gone.need = NEED_RECOVERY;
    struct ledger ledger = {.entries = &gone, .n_entries = 1};
    news_entry(scene.news, "q", &gone, 20);
    news_island(scene.news, "q", scene.sample.vault->island, &ledger, 20);
    sample_entry_done(&gone);
    assert_string_equal(scene.heard, "HELD DRIFT ");
    look_and_find_all_right(&scene, 30);
    assert_string_equal(scene.heard, "HELD DRIFT SETTLED SETTLED ");
    scene_end(&scene);
}

static void what_is_declared_otherwise_was_put_right_by_nobody(void **state)
{
    (void)state;
    struct scene scene;
    struct sample other;
    scene_init(&scene);
    sample_init(&other);
    look_and_find_all_right(&scene, 5);
    struct want declared = {.path = ACL, .value = json_object_new_string("Deny")};
    scene.sample.vault->wants = &declared;
    scene.sample.vault->n_wants = 1;
    find(&scene, scene.sample.vault, ACL, 10);
    news_reload(scene.news, &other.graph);
    look_and_find_all_right(&scene, 20);
    assert_string_equal(scene.heard, "HELD UNSURE ");
    assert_string_equal(scene.reason, "the configuration declares it otherwise since");
    scene.sample.vault->wants = NULL;
    scene.sample.vault->n_wants = 0;
    json_object_put(declared.value);
    scene_end(&scene);
    sample_done(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_starts_anew_does_not_know_what_was_sent_before),
        cmocka_unit_test(long_after_the_start_it_does),
        cmocka_unit_test(nothing_was_sent_before_in_audit_mode),
        cmocka_unit_test(what_follows_from_a_deed_is_not_called_somebody_elses),
        cmocka_unit_test(what_is_done_to_a_key_makes_nothing_of_its_vault_right),
        cmocka_unit_test(what_an_order_does_is_cmkds),
        cmocka_unit_test(what_is_deleted_is_not_right_again),
        cmocka_unit_test(what_is_declared_otherwise_was_put_right_by_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
