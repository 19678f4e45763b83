/* With cmkd down root records orders, and is killed before each single step that changes a file. As
 * its own user cmkd goes on from whatever that leaves: it gets the lock, reads the orders, gives
 * them and takes them away. */
#include "cases.h"

#include "cmkctl.h"
#include "lock.h"
#include "model/orders.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CMKD 12345 /* the user and the group that cmkd runs as */
#define STEPS_MAX 200

/* ---- the cut -------------------------------------------------------------------------------- */

static int steps_left = -1; /* -1: there is no cut */

static void step(void)
{
    if (steps_left >= 0 && steps_left-- == 0)
        kill(getpid(), SIGKILL);
}

static mode_t mode_of(int flags, va_list more)
{
    return flags & O_CREAT ? va_arg(more, mode_t) : 0;
}

/* The linker sends the calls of what is tested here: --wrap in tests.cmake. */
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_openat(int folder, const char *path, int flags, ...);
int __wrap_openat(int folder, const char *path, int flags, ...);

int __wrap_open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = mode_of(flags, more);
    va_end(more);
    if (flags & O_CREAT)
        step();
    return __real_open(path, flags, mode);
}

int __wrap_openat(int folder, const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = mode_of(flags, more);
    va_end(more);
    if (flags & O_CREAT)
        step();
    return __real_openat(folder, path, flags, mode);
}

#define CUTS(type, name, parameters, arguments)                                                    \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        step();                                                                                    \
        return __real_##name arguments;                                                            \
    }
CUTS(int, mkdir, (const char *path, mode_t mode), (path, mode))
CUTS(int, mkdirat, (int folder, const char *path, mode_t mode), (folder, path, mode))
CUTS(int, fchown, (int fd, uid_t owner, gid_t group), (fd, owner, group))
CUTS(int, link, (const char *from, const char *to), (from, to))
CUTS(int, unlink, (const char *path), (path))
CUTS(int, unlinkat, (int folder, const char *path, int flags), (folder, path, flags))
CUTS(int, renameat, (int from_folder, const char *from, int to_folder, const char *to),
     (from_folder, from, to_folder, to))
CUTS(ssize_t, write, (int fd, const void *bytes, size_t size), (fd, bytes, size))
CUTS(int, fsync, (int fd), (fd))

/* ---- the place ------------------------------------------------------------------------------ */

static char place[64], *state, *config;

static int remove_one(const char *path, const struct stat *stat, int kind, struct FTW *ftw)
{
    (void)stat;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static int make_place(void **unused)
{
    (void)unused;
    snprintf(place, sizeof place, "/tmp/cmkd-cut-XXXXXX");
    if (!mkdtemp(place) || chmod(place, 0755) < 0)
        return -1;
    state = mem_format("%s/state", place);
    config = mem_format("%s/cmkd.json", place);
    FILE *file = fopen(config, "w");
    if (!file)
        return -1;
    fprintf(file,
            "{\"credential\": {\"type\": \"managedIdentity\"}, \"stateDirectory\": \"%s\", "
            "\"stacks\": {\"prod\": {\"subscriptionId\": \"00000000-0000-0000-0000-000000000001\", "
            "\"resourceGroup\": \"rg\", \"location\": \"swedencentral\", \"vault\": {\"name\": "
            "\"kv-openai-prod\"}, \"key\": {\"name\": \"openai-cmk\"}, \"account\": {\"name\": "
            "\"oai-prod\"}}}}",
            state);
    return fclose(file) == 0 && setenv("RUNTIME_DIRECTORY", place, 1) == 0 ? 0 : -1;
}

static int remove_place(void **unused)
{
    (void)unused;
    free(state);
    free(config);
    return nftw(place, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* As systemd makes it (StateDirectory=): nothing is in it, and it is cmkd's. */
static void begin_anew(void)
{
    nftw(state, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    assert_int_equal(mkdir(state, 0700), 0);
    assert_int_equal(chown(state, CMKD, CMKD), 0);
}

/* ---- who is killed, and who goes on ---------------------------------------------------------- */

static int end_of(pid_t child)
{
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* The exit status of cmkctl, killed after so many steps; -1: not at all. */
static int run_cut(int (*command)(const struct ctl_options *options), int steps)
{
    static char stack[] = "prod", *words[] = {stack, NULL};
    const struct ctl_options options = {
        .words = words, .n_words = 1, .reason = "SEC-1", .yes = true, .config = config};
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child)
        return end_of(child);
    if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
        _exit(1);
    steps_left = steps;
    _exit(command(&options));
}

/* Nothing that begins with a dot. */
static bool is_clear(const char *path)
{
    DIR *folder = opendir(path);
    bool is_good = folder != NULL;
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        is_good &= entry->d_name[0] != '.' || strcmp(entry->d_name, ".") == 0 ||
                   strcmp(entry->d_name, "..") == 0;
    if (folder)
        closedir(folder);
    return is_good;
}

/* What cmkd could not do, or NULL. */
static const char *go_on_as_cmkd(void)
{
    struct orders orders;
    struct err err;
    int lock;
    AUTO(text) char *path = mem_format("%s/orders", state);
    struct order_folder folder = {.state_directory = state, .must_stay = true};
    char stack[] = "prod", reason[] = "SEC-2", by[] = "root";
    struct order hold = {.stack = stack, .reason = reason, .by = by, .until_s = ORDER_FOR_EVER};
    if (setresgid(CMKD, CMKD, CMKD) < 0 || setresuid(CMKD, CMKD, CMKD) < 0)
        return "become another user";
    if (!lock_take(state, &lock, &err))
        return "take the lock";
    bool is_read = orders_load(&folder, &orders);
    orders_done(&orders);
    if (!is_read)
        return "read the orders";
    if (!orders_put(&folder, &hold, &err))
        return "record an order";
    if (!orders_remove(&folder, ORDER_HOLD, "prod", &err))
        return "take an order away";
    if (!is_clear(state) || !is_clear(path))
        return "clear away what was left";
    return NULL;
}

static void expect_cmkd_goes_on(int steps)
{
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child) {
        const char *failure = go_on_as_cmkd();
        if (failure)
            fprintf(stderr, "cut after %d steps, cmkd cannot %s\n", steps, failure);
        fflush(NULL);
        _exit(failure != NULL);
    }
    assert_int_equal(end_of(child), 0);
}

/* ---- the sweeps ------------------------------------------------------------------------------ */

/* least: of steps, so that a sweep that misses them is none. */
static void sweep(int (*before)(const struct ctl_options *options),
                  int (*command)(const struct ctl_options *options), int least)
{
    int steps = 0;
    if (geteuid() != 0)
        fail_msg("orders need root: run the tests as root");
    for (int status = 128 + SIGKILL; status == 128 + SIGKILL; steps++) {
        assert_true(steps < STEPS_MAX);
        begin_anew();
        if (before)
            assert_int_equal(run_cut(before, -1), 75);
        status = run_cut(command, steps);
        assert_true(status == 128 + SIGKILL || status == 75); /* recorded, NOT executed */
        expect_cmkd_goes_on(steps);
    }
    assert_in_range(steps, least, STEPS_MAX);
}

static void a_hold_that_is_cut_short_leaves_what_cmkd_can_use(void **unused)
{
    (void)unused;
    sweep(NULL, ctl_hold, 10);
}

static void so_does_a_second_one(void **unused)
{
    (void)unused;
    sweep(ctl_hold, ctl_hold, 6);
}

static void so_does_a_revocation(void **unused)
{
    (void)unused;
    sweep(NULL, ctl_revoke, 10);
}

static void so_does_a_restoration(void **unused)
{
    (void)unused;
    sweep(ctl_revoke, ctl_restore, 6);
}

static void so_does_a_release(void **unused)
{
    (void)unused;
    sweep(ctl_hold, ctl_release, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hold_that_is_cut_short_leaves_what_cmkd_can_use),
        cmocka_unit_test(so_does_a_second_one),
        cmocka_unit_test(so_does_a_revocation),
        cmocka_unit_test(so_does_a_restoration),
        cmocka_unit_test(so_does_a_release),
    };
    return cmocka_run_group_tests_name("cut", tests, make_place, remove_place);
}
