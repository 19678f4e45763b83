/* clock.c: a machine's clocks that a test moves. Preloaded into a program, it adds to every clock
 * the seconds that stand in the file of SOAK_CLOCK, eight bytes in the machine's order.
 *
 * The file is mapped, so that all programs that have it are ahead by as much at every instant.
 * libfaketime does the same and more, but hangs in a program that is built with AddressSanitizer:
 * both look for the next function of a name before either is ready. Here the kernel is asked. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *ahead_s;

__attribute__((constructor)) static void map(void)
{
    const char *path = secure_getenv("SOAK_CLOCK");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *mapped = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *ahead_s, PROT_READ, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED)
        abort(); /* by the machine's own time the test would prove nothing */
    close(fd);
    ahead_s = mapped;
}

static bool moves(clockid_t which)
{
    switch (which) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_BOOTTIME:
        return true;
    default: /* what a process or a thread has used */
        return false;
    }
}

int clock_gettime(clockid_t which, struct timespec *now)
{
    if (syscall(SYS_clock_gettime, which, now) != 0)
        return -1;
    if (ahead_s && moves(which))
        now->tv_sec += *ahead_s;
    return 0;
}

time_t time(time_t *now)
{
    struct timespec precise;
    clock_gettime(CLOCK_REALTIME, &precise);
    if (now)
        *now = precise.tv_sec;
    return precise.tv_sec;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec precise;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &precise);
    *now = (struct timeval){precise.tv_sec, precise.tv_nsec / 1000};
    return 0;
}
