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

/* root may come before the user that cmkd runs as, who owns the directory: the lock is given to him
 * before it is in its place, so that no cut leaves one that he cannot open. What fails here shows
 * when it is opened. */
static void make_for_owner(const char *state_directory, const char *path, const char *beside)
{
    struct stat owner;
    AUTO(fd) int file = open(beside, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file >= 0 && stat(state_directory, &owner) == 0 &&
        fchown(file, owner.st_uid, owner.st_gid) == 0)
        (void)!link(beside, path);
}

static int open_lock(const char *state_directory, const char *path, const char *beside)
{
    bool is_root = geteuid() == 0;
    struct stat found;
    if (is_root && lstat(path, &found) < 0)
        make_for_owner(state_directory, path, beside);
    return open(path, (is_root ? 0 : O_CREAT) | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
}

bool lock_take(const char *state_directory, int *fd, struct err *err)
{
    if (mkdir(state_directory, 0700) < 0 && errno != EEXIST)
        return err_errno(err,
                         "cannot make the state directory %s (make it, for the user that cmkd runs "
                         "as, or set \"stateDirectory\")",
                         state_directory);

    AUTO(text) char *path = mem_format("%s/lock", state_directory);
    AUTO(text) char *beside = mem_format("%s/.lock.new", state_directory);
    AUTO(fd) int file = open_lock(state_directory, path, beside);
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
    unlink(beside); /* also one that a cut has left */
    write_holder(file);
    *fd = take(&file);
    return true;
}
