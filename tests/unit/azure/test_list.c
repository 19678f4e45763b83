/* Lists whose elements are shown as they come, and are not kept. */
#include "azure/pages.h"
#include "base/js.h"
#include "cases.h"
#include "fixture.h"

#include <stdio.h>

static const char *const keep_a[] = {"a", NULL};

/* What was shown, as "1 2 3"; each() has the fixture for its owner. */
static char shown[200];
static size_t shown_count;
static struct fixture *cancelled; /* is cancelled when the next page is asked for */

static bool each(void *owner, const char *text, size_t length, struct err *err)
{
    struct fixture *fixture = owner;
    size_t end = strlen(shown);
    AUTO(json) struct json_object *element = NULL;
    assert_int_equal(fixture->done, 0);
    if (!js_parse(text, length, &element, err))
        return false;
    assert_int_equal(json_object_object_length(element), 1);
    snprintf(shown + end, sizeof shown - end, "%s%d", end ? " " : "",
             (int)js_int(element, "a", -1));
    shown_count++;
    return true;
}

static bool count(void *owner, const char *text, size_t length, struct err *err)
{
    (void)owner, (void)text, (void)length, (void)err;
    shown_count++;
    return true;
}

static const struct call_answer *list(struct fixture *fixture, const struct script_step *steps)
{
    struct call_request request = {
        .method = "GET", .path = "/l", .list = true, .keep = keep_a, .each = each};
    shown[0] = '\0';
    shown_count = 0;
    script_play(fixture->script, steps);
    return fixture_call(fixture, &request);
}

static void the_elements_of_all_pages_are_shown_in_order_and_reduced(void **state)
{
    static const struct script_step steps[] = {
        {"GET {arm}/l\n", 200, NULL,
         "{'value': [{'a': 1, 'b': 2}, {'a': 2}], 'nextLink': '{arm}/l?p=2'}"},
        {"GET {arm}/l?p=2", 200, NULL, "{'nextLink': '{arm}/l?p=3', 'value': []}"},
        {"GET {arm}/l?p=3", 200, NULL, "{'value': [{'c': [{}], 'A': 3}]}"},
        {NULL, 0, NULL, NULL},
    };
    const struct call_answer *answer = list(*state, steps);
    assert_int_equal(answer->err.domain, ERR_NONE);
    assert_int_equal(answer->requests, 3);
    assert_null(answer->body);
    assert_string_equal(shown, "1 2 3");
}

static void a_page_that_breaks_off_shows_its_elements_again(void **state)
{
    static const struct script_step steps[] = {
        {"GET {arm}/l", SHORTEN, NULL, "{'value': [{'a': 1}, {'a': 2}, {'a': 3"},
        {"GET {arm}/l", 503, NULL, "{'value': [{'a': 9}]}"},
        {"GET {arm}/l", 200, NULL, "{'value': [{'a': 1}, {'a': 2}, {'a': 3}]}"},
        {NULL, 0, NULL, NULL},
    };
    const struct call_answer *answer = list(*state, steps);
    assert_int_equal(answer->err.domain, ERR_NONE);
    assert_string_equal(shown, "1 2 1 2 3");
}

static void a_page_that_is_wrong_ends_the_list_where_it_is(void **state)
{
    static const struct script_step steps[] = {
        {"GET {arm}/l", 200, NULL, "{'value': [{'a': 1}, {'a': 2}, 7, {'a': 3}]}"},
        {NULL, 0, NULL, NULL},
    };
    const struct call_answer *answer = list(*state, steps);
    assert_string_equal(answer->err.code, "NotAList");
    assert_int_equal(answer->err.status, 200);
    assert_int_equal(answer->requests, 1);
    assert_string_equal(shown, "1 2");
}

static void cancel(struct fixture *fixture)
{
    if (fixture != cancelled || !script_request(fixture->script, "GET {arm}/l?p=2", 0))
        return;
    call_cancel(fixture->call);
    cancelled = NULL;
}

static void a_list_that_is_cancelled_shows_no_more(void **state)
{
    static const struct script_step steps[] = {
        {"GET {arm}/l\n", 200, NULL, "{'value': [{'a': 1}], 'nextLink': '{arm}/l?p=2'}"},
        {"GET {arm}/l?p=2", 200, NULL, "{'value': [{'a': 2}]}"},
        {NULL, 0, NULL, NULL},
    };
    struct fixture *fixture = cancelled = *state;
    fixture->arrived = cancel;
    const struct call_answer *answer = list(fixture, steps);
    assert_int_equal(answer->err.domain, ERR_CANCELLED);
    assert_null(cancelled);
    assert_string_equal(shown, "1");
}

/* A page of that many elements, each with so many bytes that nobody wants and so many wanted. */
static char *page_of(size_t elements, int unwanted, int wanted)
{
    AUTO(text) char *one = mem_format("{'b': '%0*d', 'a': '%0*d'},", unwanted, 0, wanted, 0);
    size_t length = strlen(one);
    char *page = mem_format("{'value': [");
    size_t at = strlen(page);
    page = mem_resize(page, at + elements * length + 2, 1);
    for (size_t i = 0; i < elements; i++, at += length)
        memcpy(page + at, one, length);
    page[at - 1] = ']'; /* over the last comma */
    page[at] = '}';
    page[at + 1] = '\0';
    return page;
}

/* clang-format off */
static struct size_case {
    const char *name;
    size_t elements;
    int unwanted, wanted;
    const char *code;
    size_t shown;
} sizes[] = {
    {"a page may be larger than an answer that is kept", 90, 100000, 1, "", 90},
    {"a large element of which little is wanted", 1, 2000000, 1, "", 1},
    {"an element that fits", 2, 1, 1000000, "", 2},
    {"an element that is too large", 2, 1, 1100000, "TooLarge", 0},
};
/* clang-format on */

static void check_size(void **state)
{
    const struct size_case *c = *state;
    void *made = NULL;
    fixture_setup(&made);
    struct fixture *fixture = made;
    AUTO(text) char *page = page_of(c->elements, c->unwanted, c->wanted);
    const struct script_step steps[] = {{"GET {arm}/l", 200, NULL, page}, {NULL, 0, NULL, NULL}};
    struct call_request request = {
        .method = "GET", .path = "/l", .list = true, .keep = keep_a, .each = count};
    shown_count = 0;
    script_play(fixture->script, steps);
    const struct call_answer *answer = fixture_call(fixture, &request);
    assert_string_equal(answer->err.code, c->code);
    assert_int_equal(answer->requests, 1);
    assert_int_equal(shown_count, c->shown);
    fixture_teardown(&made);
}

/* ---- a list that is kept -------------------------------------------------------------------- */

#define PAGE_ELEMENTS 100

static bool add_page(struct pages *pages, const char *page, struct err *err)
{
    const char *next;
    struct json_object *rest;
    split_begin(pages->split);
    split_feed(pages->split, page, strlen(page));
    return split_end(pages->split, &rest, err) && pages_add(pages, rest, "https://o", &next, err);
}

/* A server that never comes to an end does not fill the memory. */
static void a_list_without_end_is_kept_no_longer(void **state)
{
    struct want *want = want_new(NULL);
    struct pages pages = {0};
    struct err err;
    size_t n = 0;
    (void)state;
    pages_init(&pages, want, NULL, NULL);
    assert_int_equal(pages.most, PAGES_KEPT_MAX);
    pages.most = 1 << 20;
    AUTO(text) char *page = mem_new(PAGE_ELEMENTS * 40 + 100, 1);
    char *at = stpcpy(page, "{\"value\": [{}");
    for (size_t i = 1; i < PAGE_ELEMENTS; i++)
        at = stpcpy(at, ", {\"a\": [\"b\", {}], \"c\": true}");
    stpcpy(at, "]}");
    while (add_page(&pages, page, &err))
        assert_true(++n < 1000);
    assert_string_equal(err.code, "TooLarge");
    /* An object alone has a table of more than half a kilobyte. */
    assert_in_range(json_object_array_length(pages.value), 300, 2 * pages.most / 1100);
    pages_done(&pages);
    want_free(want);
}

/* What came of a page before it broke off is gone, and takes nothing. */
static void a_page_that_is_read_again_counts_once(void **state)
{
    static const char page[] = "{\"value\": [{\"a\": \"bcd\"}, {\"e\": []}]}";
    struct want *want = want_new(NULL);
    struct pages pages = {0};
    struct err err;
    (void)state;
    pages_init(&pages, want, NULL, NULL);
    assert_true(add_page(&pages, page, &err));
    size_t once = pages.weight;
    for (size_t i = 1; i < 20; i++) {
        split_begin(pages.split);
        assert_true(split_feed(pages.split, page, i)); /* and breaks off */
    }
    for (size_t i = 1; i < 5; i++) {
        split_begin(pages.split);
        assert_true(split_feed(pages.split, page, sizeof page - 3));
    }
    assert_true(add_page(&pages, page, &err));
    assert_int_equal(pages.weight, 2 * once);
    assert_int_equal(json_object_array_length(pages.value), 4);
    pages_done(&pages);
    want_free(want);
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(the_elements_of_all_pages_are_shown_in_order_and_reduced),
        ROW(a_page_that_breaks_off_shows_its_elements_again),
        ROW(a_page_that_is_wrong_ends_the_list_where_it_is),
        ROW(a_list_that_is_cancelled_shows_no_more),
        cmocka_unit_test(a_list_without_end_is_kept_no_longer),
        cmocka_unit_test(a_page_that_is_read_again_counts_once),
    };
    return CASES_RUN(sizes, check_size) + cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
