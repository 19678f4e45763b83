#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Who holds it, as far as the file says; only for the message. */
static long holder_of(int fd)
{
    char text[32] = "";
    ssize_t length = pread(fd, text, sizeof text - 1, 0);
    return length > 0 ? strtol(text, NULL, 10) : 0;
}

static void write_holder(int fd)
{
    if (ftruncate(fd, 0) == 0)
        dprintf(fd, "%ld\n", (long)getpid());
}

/* TAKE() for what is no pointer. */
static int take(int *fd)
{
    int taken = *fd;
    *fd = -1;
    return taken;
}

bool lock_take(const char *state_directory, int *fd, struct err *err)
{
    if (mkdir(state_directory, 0700) < 0 && errno != EEXIST)
        return err_errno(err,
                         "cannot make the state directory %s (make it, for the user that cmkd runs "
                         "as, or set \"stateDirectory\")",
                         state_directory);

    AUTO(text) char *path = mem_format("%s/lock", state_directory);
    AUTO(fd) int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return err_errno(err,
                         "cannot open the lock %s (the state directory must be writable for the "
                         "user that cmkd runs as)",
                         path);
    if (flock(file, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK)
            return err_errno(err, "cannot lock %s", path);
        return err_set(err, ERR_SYSTEM, "Locked",
                       "another cmkd (process %ld) is at work and holds %s: stop it first, or look "
                       "only, with --dry-run",
                       holder_of(file), path);
    }
    write_holder(file);
    *fd = take(&file);
    return true;
}
