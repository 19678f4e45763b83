/* test_matrix.c: the matrix, kind by kind, some of them side by side: most of it is waiting.
 *
 * usage: test.flow.matrix [--every N] [KIND]...
 *        of the faults every Nth; of the kinds those named, else all */
#include "matrix.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SIDE_BY_SIDE 8

/* What a cmkd may use for forty stacks while one answer or another has 300 MB. The address
 * sanitizer keeps up to 256 MB that were freed, and shadows of an eighth of all. */
#ifdef __SANITIZE_ADDRESS__
#define PEAK_MAX_KB ((256 + 64) * 9 / 8 * 1024L)
#else
#define PEAK_MAX_KB (64L << 10)
#endif

/* Of the process that runs one kind. */
static const struct kind *kind_now;
static unsigned every = 1;
static struct tally tally;

static void a_kind_of_request_meets_every_fault(void **flow)
{
    matrix_run(flow, kind_now, every, &tally);
    assert_int_equal(tally.failed, 0);
    assert_int_equal(tally.wrong_writes, 0);
    assert_int_equal(tally.passed + tally.senseless + tally.left, tally.cells);
    assert_in_range(tally.peak_kb, 1, PEAK_MAX_KB);
}

static int work(const struct kind *kind, int tally_fd)
{
    const struct CMUnitTest tests[] = {{.name = kind->name,
                                        .test_func = a_kind_of_request_meets_every_fault,
                                        .setup_func = flow_setup,
                                        .teardown_func = flow_teardown}};
    time_t begun = time(NULL);
    kind_now = kind;
    int failed = _cmocka_run_group_tests(kind->name, tests, 1, NULL, NULL);
    printf("matrix: %s: %u cells, %u passed, wrong writes %u, %ld MB, %d s\n", kind->name,
           tally.cells, tally.passed, tally.wrong_writes, tally.peak_kb >> 10,
           (int)(time(NULL) - begun));
    fflush(stdout);
    return write(tally_fd, &tally, sizeof tally) == sizeof tally ? failed : 1;
}

/* ---- all of them ---------------------------------------------------------------------------- */

static void start(const struct kind *kind, int tally_fd)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        exit(work(kind, tally_fd));
    if (pid < 0)
        abort();
}

static int wait_one(void)
{
    int status;
    return wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
}

static bool is_wanted(const struct kind *kind, char **names)
{
    bool any = *names != NULL;
    for (; *names; names++)
        if (strcmp(*names, kind->name) == 0)
            return true;
    return !any;
}

static struct tally sum(int fd, unsigned *kinds)
{
    struct tally all = {0}, one;
    for (; read(fd, &one, sizeof one) == sizeof one; (*kinds)++) {
        all.cells += one.cells;
        all.passed += one.passed;
        all.failed += one.failed;
        all.senseless += one.senseless;
        all.left += one.left;
        all.members += one.members;
        all.wrong_writes += one.wrong_writes;
        all.peak_kb = one.peak_kb > all.peak_kb ? one.peak_kb : all.peak_kb;
    }
    return all;
}

static int run_all(char **names)
{
    int fds[2], running = 0, failed = 0;
    unsigned started = 0, kinds = 0;
    if (pipe(fds) < 0)
        return 1;
    for (size_t i = 0; i < matrix_kinds_count; i++) {
        if (!is_wanted(&matrix_kinds[i], names))
            continue;
        if (running == SIDE_BY_SIDE) {
            failed += wait_one();
            running--;
        }
        start(&matrix_kinds[i], fds[1]);
        running++;
        started++;
    }
    for (; running; running--)
        failed += wait_one();
    close(fds[1]);
    struct tally all = sum(fds[0], &kinds);
    close(fds[0]);
    if (!kinds)
        return 1;
    printf(
        "matrix: %u kinds x %u faults, and %u of single members = %u cells: %u passed, %u failed, "
        "%u make no sense, %u left to another run, wrong writes %u, %ld MB at most\n",
        kinds, (all.cells - all.members) / kinds, all.members, all.cells, all.passed, all.failed,
        all.senseless, all.left, all.wrong_writes, all.peak_kb >> 10);
    return failed || kinds != started;
}

int main(int argc, char **argv)
{
    char **names = argv + 1;
    if (argc > 2 && strcmp(argv[1], "--every") == 0) {
        every = (unsigned)strtoul(argv[2], NULL, 10);
        names += 2;
    }
    return every ? run_all(names) : 2;
}
