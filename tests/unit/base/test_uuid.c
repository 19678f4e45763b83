/* UUIDs as texts. */
#include "cases.h"

#include "base/uuid.h"

#include <stdbool.h>

/* Role assignments in customers' subscriptions are called so: this must never change. */
static void the_uuid_of_a_name_is_for_ever(void **state)
{
    char text[UUID_SIZE], again[UUID_SIZE], other[UUID_SIZE];
    (void)state;
    uuid_of_name("/subscriptions/s/keys/k|principal|role", text);
    assert_string_equal(text, "eda7e01a-9b0b-5e13-b738-9d235a75682e");
    uuid_of_name("/subscriptions/s/keys/k|principal|role", again);
    assert_string_equal(again, text);
    uuid_of_name("/subscriptions/s/keys/k|principal|role2", other);
    assert_string_not_equal(other, text);
    assert_int_equal(text[14], '5'); /* version */
    assert_non_null(strchr("89ab", text[19]));
}

static void a_random_uuid_is_valid_and_another_each_time(void **state)
{
    char text[UUID_SIZE], other[UUID_SIZE];
    (void)state;
    uuid_random(text);
    uuid_random(other);
    assert_true(uuid_valid(text));
    assert_int_equal(text[14], '4');
    assert_string_not_equal(text, other);
}

static struct valid_case {
    const char *name, *text;
    bool is_valid;
} valid[] = {
    /* clang-format off */
    {"a UUID is valid", "44444444-4444-4444-4444-444444444441", true},
    {"in upper case too", "ABCDEFAB-4444-4444-4444-444444444441", true},
    {"not without its dashes", "44444444444444444444444444444441", false},
    {"not with a quote behind it", "44444444-4444-4444-4444-444444444441'", false},
    {"not with another letter", "g4444444-4444-4444-4444-444444444441", false},
    {"not when it is empty", "", false},
    /* clang-format on */
};

static void check_valid(void **state)
{
    const struct valid_case *c = *state;
    assert_int_equal(uuid_valid(c->text), c->is_valid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_uuid_of_a_name_is_for_ever),
        cmocka_unit_test(a_random_uuid_is_valid_and_another_each_time),
    };
    return CASES_RUN(valid, check_valid) + cmocka_run_group_tests(tests, NULL, NULL);
}
