#include "cases.h"

#include "lock.h"

#include <sys/stat.h>
#include <unistd.h>

static int make_place(void **state)
{
    char *place = mem_text("/tmp/cmkd-lock-XXXXXX");
    *state = place;
    return mkdtemp(place) ? 0 : -1;
}

static int remove_place(void **state)
{
    AUTO(text) char *place = *state;
    AUTO(text) char *directory = mem_format("%s/state", place);
    AUTO(text) char *file = mem_format("%s/lock", directory);
    unlink(file);
    rmdir(directory);
    return rmdir(place);
}

static void a_second_writer_is_kept_out_until_the_first_ends(void **state)
{
    AUTO(text) char *directory = mem_format("%s/state", (const char *)*state);
    struct err err;
    int first, second;
    assert_true(lock_take(directory, &first, &err));
    assert_false(lock_take(directory, &second, &err));
    assert_true(err_is(&err, "Locked"));
    AUTO(text) char *holder = mem_format("(process %ld)", (long)getpid());
    assert_non_null(strstr(err.message, holder));
    close(first);
    assert_true(lock_take(directory, &second, &err));
    close(second);
}

static void the_directory_is_made_for_its_owner_alone(void **state)
{
    AUTO(text) char *directory = mem_format("%s/state", (const char *)*state);
    struct err err;
    struct stat st;
    int fd;
    assert_true(lock_take(directory, &fd, &err));
    assert_int_equal(stat(directory, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    close(fd);
}

static void a_place_that_cannot_be_made_says_what_to_do(void **state)
{
    AUTO(text) char *directory = mem_format("%s/no/such/state", (const char *)*state);
    struct err err;
    int fd;
    assert_false(lock_take(directory, &fd, &err));
    assert_true(err_is(&err, "ENOENT"));
    assert_non_null(strstr(err.message, "stateDirectory"));
}

static void a_link_in_the_place_of_the_lock_is_not_followed(void **state)
{
    AUTO(text) char *directory = mem_format("%s/state", (const char *)*state);
    AUTO(text) char *file = mem_format("%s/lock", directory);
    struct err err;
    int fd;
    assert_int_equal(mkdir(directory, 0700), 0);
    assert_int_equal(symlink("/tmp/cmkd-lock-elsewhere", file), 0);
    assert_false(lock_take(directory, &fd, &err));
    assert_true(err_is(&err, "ELOOP"));
    assert_int_equal(access("/tmp/cmkd-lock-elsewhere", F_OK), -1);
}

#define PLACED(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACED(a_second_writer_is_kept_out_until_the_first_ends),
        PLACED(the_directory_is_made_for_its_owner_alone),
        PLACED(a_place_that_cannot_be_made_says_what_to_do),
        PLACED(a_link_in_the_place_of_the_lock_is_not_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
