/* How many may be at it at once, and what is done when they hang. */
#include "azure/width.h"
#include "cases.h"

static void no_more_than_so_many(void **state)
{
    struct width width = WIDTH_OF(2);
    uint64_t again_ms = 0;
    (void)state;
    assert_true(width_has_room(&width, 100, &again_ms));
    width_take(&width, 100);
    width_take(&width, 150);
    assert_false(width_has_room(&width, 200, &again_ms));
    assert_int_equal(again_ms, 150 + WIDTH_STALL_MS);
    width_leave(&width, 300);
    assert_true(width_has_room(&width, 300, &again_ms));
}

static void those_that_hang_let_as_many_more_in(void **state)
{
    struct width width = WIDTH_OF(2);
    uint64_t again_ms = 0, now_ms = 10;
    (void)state;
    width_take(&width, now_ms);
    width_take(&width, now_ms);
    assert_false(width_has_room(&width, now_ms + WIDTH_STALL_MS - 1, &again_ms));
    now_ms += WIDTH_STALL_MS;
    for (size_t i = 0; i < 2; i++) {
        assert_true(width_has_room(&width, now_ms, &again_ms));
        width_take(&width, now_ms);
    }
    assert_false(width_has_room(&width, now_ms, &again_ms));
}

static void a_process_has_only_so_many_file_descriptors(void **state)
{
    struct width width = WIDTH_UP_TO(3, 50);
    uint64_t again_ms = 0, now_ms = 10;
    (void)state;
    for (size_t i = 0; i < 100; i++, now_ms += WIDTH_STALL_MS)
        while (width_has_room(&width, now_ms, &again_ms))
            width_take(&width, now_ms);
    assert_int_equal(width.taken, 50);
    assert_false(width_has_room(&width, now_ms, &again_ms));
    assert_true(again_ms > now_ms); /* whoever asks then does not ask for ever */
    width_leave(&width, now_ms);
    assert_true(width_has_room(&width, now_ms, &again_ms));
}

static void what_comes_back_shows_that_they_do_not(void **state)
{
    struct width width = WIDTH_OF(1);
    uint64_t again_ms = 0;
    (void)state;
    width_take(&width, 10);
    width_move(&width, 1000);
    assert_false(width_has_room(&width, 10 + WIDTH_STALL_MS, &again_ms));
    assert_int_equal(again_ms, 1000 + WIDTH_STALL_MS);
}

static void once_they_are_through_it_is_as_before(void **state)
{
    struct width width = WIDTH_OF(2);
    uint64_t again_ms = 0, now_ms = 10;
    (void)state;
    for (size_t i = 0; i < 4; i++, now_ms += WIDTH_STALL_MS)
        if (width_has_room(&width, now_ms, &again_ms))
            width_take(&width, now_ms);
    assert_int_equal(width.taken, 4);
    for (size_t i = 0; i < 3; i++)
        width_leave(&width, now_ms);
    width_take(&width, now_ms);
    assert_false(width_has_room(&width, now_ms, &again_ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_more_than_so_many),
        cmocka_unit_test(those_that_hang_let_as_many_more_in),
        cmocka_unit_test(a_process_has_only_so_many_file_descriptors),
        cmocka_unit_test(what_comes_back_shows_that_they_do_not),
        cmocka_unit_test(once_they_are_through_it_is_as_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
