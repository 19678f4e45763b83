#include "cases.h"

#include "varlink/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct place {
    char folder[64];
    char path[96];
};

static void place_make(struct place *place)
{
    *place = (struct place){.folder = "/tmp/cmkd-listener-XXXXXX"};
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->path, sizeof place->path, "%s/socket", place->folder);
}

static void place_remove(struct place *place)
{
    unlink(place->path);
    assert_int_equal(rmdir(place->folder), 0);
}

static int listen_at(const char *path)
{
    int fd = -1;
    gid_t gid = 0;
    struct err err;
    if (!listener_open(path, NULL, &fd, &gid, &err))
        fail_msg("%s", err.message);
    return fd;
}

static void expect_refused(const char *path, const char *code)
{
    int fd = -1;
    gid_t gid = 0;
    struct err err;
    assert_false(listener_open(path, NULL, &fd, &gid, &err));
    assert_string_equal(err.code, code);
    assert_non_null(strstr(err.message, path));
}

static void only_the_user_and_the_group_may_connect(void **state)
{
    (void)state;
    struct place place;
    place_make(&place);
    mode_t before = umask(0);
    int fd = -1;
    gid_t gid = 0;
    struct err err;
    struct stat st;
    const struct group *group = getgrgid(getegid());
    assert_non_null(group);
    assert_true(listener_open(place.path, group->gr_name, &fd, &gid, &err));
    assert_int_equal(umask(before), 0); /* left as it was */
    assert_int_equal(lstat(place.path, &st), 0);
    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 07777, 0660);
    assert_int_equal(st.st_gid, getegid());
    assert_int_equal(gid, getegid());
    close(fd);
    place_remove(&place);
}

static void a_group_that_is_not_there_is_none(void **state)
{
    (void)state;
    struct place place;
    place_make(&place);
    int fd = -1;
    gid_t gid = 0;
    struct err err;
    assert_true(listener_open(place.path, "no-such-group", &fd, &gid, &err));
    assert_int_equal(gid, (gid_t)-1);
    close(fd);
    place_remove(&place);
}

static void a_stale_socket_is_replaced(void **state)
{
    (void)state;
    struct place place;
    place_make(&place);
    close(listen_at(place.path));
    assert_int_equal(access(place.path, F_OK), 0);
    close(listen_at(place.path));
    place_remove(&place);
}

static void a_live_socket_stays(void **state)
{
    (void)state;
    struct place place;
    place_make(&place);
    int fd = listen_at(place.path);
    expect_refused(place.path, "EADDRINUSE");
    assert_int_equal(access(place.path, F_OK), 0);
    close(fd);
    place_remove(&place);
}

static void a_file_that_is_no_socket_stays(void **state)
{
    (void)state;
    struct place place;
    place_make(&place);
    int fd = open(place.path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    expect_refused(place.path, "EEXIST");
    assert_int_equal(access(place.path, F_OK), 0);
    assert_int_equal(unlink(place.path), 0);

    assert_int_equal(symlink("elsewhere", place.path), 0); /* not followed */
    expect_refused(place.path, "EEXIST");
    place_remove(&place);
}

static void a_path_that_is_too_long_is_said_to_be(void **state)
{
    (void)state;
    struct sockaddr_un address;
    char path[sizeof address.sun_path + 2] = "/tmp/";
    memset(path + 5, 'x', sizeof path - 6);
    struct err err;
    assert_false(listener_address(path, &address, &err));
    assert_string_equal(err.code, "ENAMETOOLONG");
    assert_non_null(strstr(err.message, "at most 107"));
    path[sizeof address.sun_path - 1] = '\0';
    assert_true(listener_address(path, &address, &err));
    expect_refused("/nowhere/at/all/socket", "ENOENT");
}

/* root takes some groups for it; whoever else is looked at with those that he has. */
static void a_caller_is_a_member_by_each_of_his_groups(void **state)
{
    (void)state;
    static const gid_t taken[] = {54321, 54323};
    gid_t before[NGROUPS_MAX], groups[NGROUPS_MAX];
    int n_before = getgroups(NGROUPS_MAX, before);
    assert_true(n_before >= 0);
    if (geteuid() == 0)
        assert_int_equal(setgroups(COUNT(taken), taken), 0);
    int n_groups = getgroups(NGROUPS_MAX, groups);

    int ends[2];
    struct varlink_caller caller;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    for (int i = 0; i < n_groups; i++) {
        assert_true(listener_caller(ends[0], groups[i], &caller));
        assert_true(caller.is_member);
    }
    assert_true(listener_caller(ends[0], getegid(), &caller));
    assert_true(caller.is_member);
    assert_int_equal(caller.uid, geteuid());
    assert_int_equal(caller.pid, getpid());
    assert_true(listener_caller(ends[0], 54322, &caller));
    assert_false(caller.is_member);
    assert_true(listener_caller(ends[0], (gid_t)-1, &caller));
    assert_false(caller.is_member);
    close(ends[0]);
    close(ends[1]);
    if (geteuid() == 0)
        assert_int_equal(setgroups((size_t)n_before, before), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_user_and_the_group_may_connect),
        cmocka_unit_test(a_group_that_is_not_there_is_none),
        cmocka_unit_test(a_caller_is_a_member_by_each_of_his_groups),
        cmocka_unit_test(a_stale_socket_is_replaced),
        cmocka_unit_test(a_live_socket_stays),
        cmocka_unit_test(a_file_that_is_no_socket_stays),
        cmocka_unit_test(a_path_that_is_too_long_is_said_to_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
