/* Errors as values. */
#include "cases.h"

#include "base/err.h"

#include <errno.h>

static struct copy_case {
    const char *name, *text, *copy; /* into eight bytes */
} copies[] = {
    /* clang-format off */
    {"what fits is copied whole", "1234567", "1234567"},
    {"what does not fit is cut", "12345678", "1234567"},
    {"a character of two bytes at the edge goes whole", "123456\xC3\xA9", "123456"},
    {"one that fits stays", "12345\xC3\xA9", "12345\xC3\xA9"},
    {"a character of four bytes at the edge goes whole", "1234\xF0\x9F\x98\x80", "1234"},
    {"one that fits stays, of four bytes too", "123\xF0\x9F\x98\x80x", "123\xF0\x9F\x98\x80"},
    {"nothing is copied as nothing", "", ""},
    {"no text is nothing", NULL, ""},
    /* clang-format on */
};

static void check_copy(void **state)
{
    const struct copy_case *c = *state;
    char field[9] = "xxxxxxxx";
    err_copy(field, 8, c->text);
    assert_string_equal(field, c->copy);
    assert_int_equal(field[8], '\0');
}

static void setting_an_error_fills_it_whole(void **state)
{
    struct err err;
    (void)state;
    memset(&err, 'x', sizeof err);
    assert_false(err_set(&err, ERR_AZURE, "AuthorizationFailed", "%s may not %d", "you", 7));
    assert_int_equal(err.domain, ERR_AZURE);
    assert_string_equal(err.code, "AuthorizationFailed");
    assert_string_equal(err.message, "you may not 7");
    assert_int_equal(err.status, 0);
    assert_string_equal(err.resource_id, "");
    assert_string_equal(err.path, "");
    assert_string_equal(err.correlation_id, "");
    assert_true(err_is(&err, "AuthorizationFailed"));
    assert_false(err_is(&err, "authorizationfailed"));
    assert_false(err_is(&err, "Authorization"));
}

static void no_error_is_none(void **state)
{
    const struct err err = {0};
    (void)state;
    assert_false(err_is(&err, ""));
}

static void a_long_message_is_cut_at_a_character(void **state)
{
    struct err err;
    char text[600];
    (void)state;
    for (size_t i = 0; i + 1 < sizeof text; i += 2)
        memcpy(text + i, "\xC3\xA9", 2);
    text[sizeof text - 2] = text[sizeof text - 1] = '\0';
    err_set(&err, ERR_AZURE, "X", "%s", text);
    assert_int_equal(strlen(err.message), sizeof err.message - 2); /* an odd byte is left */
    err_set(&err, ERR_AZURE, "X", "x%s", text);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
}

static void errno_has_its_name_and_its_words(void **state)
{
    struct err err;
    (void)state;
    errno = ENOENT;
    assert_false(err_errno(&err, "cannot read %s", "x"));
    assert_int_equal(err.domain, ERR_SYSTEM);
    assert_int_equal(err.status, ENOENT);
    assert_string_equal(err.code, "ENOENT");
    assert_string_equal(err.message, "cannot read x: No such file or directory");
    errno = 9999;
    err_errno(&err, "odd");
    assert_string_equal(err.code, "EUNKNOWN");
    assert_string_equal(err.message, "odd");
}

static void the_first_who_knows_the_place_says_it(void **state)
{
    struct err err;
    (void)state;
    err_set(&err, ERR_AZURE, "X", "x");
    assert_false(err_at(&err, "/a", NULL));
    assert_false(err_at(&err, "/b", "properties.x"));
    assert_false(err_at(&err, NULL, "properties.y"));
    assert_string_equal(err.resource_id, "/a");
    assert_string_equal(err.path, "properties.x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(setting_an_error_fills_it_whole),
        cmocka_unit_test(no_error_is_none),
        cmocka_unit_test(a_long_message_is_cut_at_a_character),
        cmocka_unit_test(errno_has_its_name_and_its_words),
        cmocka_unit_test(the_first_who_knows_the_place_says_it),
    };
    return CASES_RUN(copies, check_copy) + cmocka_run_group_tests(tests, NULL, NULL);
}
