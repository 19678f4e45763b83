/* order_folder.c: the folder that orders are kept in: found, made, and missed when it is gone. */
#include "model/orders.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "orders"
#define BESIDE ".orders.new" /* what is not in its place yet */
#define TICK_S 2             /* the longest, on a file system of old */
#define FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)

void order_folder_done(struct order_folder *folder)
{
    if (folder->was_found)
        close(folder->found);
    folder->was_found = folder->is_empty = false;
}

bool order_folder_give(int above, int fd)
{
    struct stat owner;
    return geteuid() != 0 ||
           (fstat(above, &owner) == 0 && fchown(fd, owner.st_uid, owner.st_gid) == 0);
}

/* It is its owner's before it is in its place: a cut leaves nothing there that the daemon cannot
 * use. */
static bool make(int above)
{
    unlinkat(above, BESIDE, AT_REMOVEDIR); /* of a cut */
    if (mkdirat(above, BESIDE, 0700) < 0)
        return false;
    AUTO(fd) int folder = openat(above, BESIDE, FLAGS);
    return folder >= 0 && order_folder_give(above, folder) &&
           renameat(above, BESIDE, above, FOLDER) == 0 && fsync(above) == 0;
}

static bool gone(const struct order_folder *folder, struct err *err)
{
    return err_set(err, ERR_SYSTEM, "OrdersGone",
                   "%s/" FOLDER
                   " is not the folder that cmkd has found there: it has been removed, "
                   "moved or replaced, and the orders with it; stop cmkd, record with cmkctl what "
                   "shall stand (cmkctl status shows what stood), and start it",
                   folder->state_directory);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool is_found(const struct order_folder *folder, int fd)
{
    struct stat found, now;
    return fstat(folder->found, &found) == 0 && fstat(fd, &now) == 0 && is_same(&found, &now);
}

/* ---- an empty one --------------------------------------------------------------------------- */

bool order_folder_is_empty(const struct order_folder *folder)
{
    struct stat found, now;
    if (!folder->is_empty)
        return false;
    AUTO(text) char *path = mem_format("%s/" FOLDER, folder->state_directory);
    return fstat(folder->found, &found) == 0 && lstat(path, &now) == 0 && is_same(&found, &now) &&
           is_same_time(&now.st_mtim, &folder->changed);
}

/* Its time stands still for a tick of the file system's clock: what is put into it meanwhile does
 * not show. So it counts as empty once it was found so twice, ticks apart, and not changed. */
void order_folder_was_read(struct order_folder *folder, const struct stat *before, bool is_empty,
                           int64_t now_s)
{
    if (!is_empty) {
        folder->changed = (struct timespec){0};
        folder->is_empty = false;
    } else if (is_same_time(&folder->changed, &before->st_mtim)) {
        folder->is_empty = now_s - folder->emptied_s > TICK_S;
    } else {
        folder->changed = before->st_mtim;
        folder->emptied_s = now_s;
        folder->is_empty = false;
    }
}

/* ---- opening it ----------------------------------------------------------------------------- */

/* TAKE() for what is no pointer. */
static int take(int *fd)
{
    int taken = *fd;
    *fd = -1;
    return taken;
}

bool order_folder_open(struct order_folder *folder, bool is_to_be_made, int *fd, struct err *err)
{
    AUTO(fd) int above = open(folder->state_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    AUTO(fd) int opened = above < 0 ? -1 : openat(above, FOLDER, FLAGS);
    bool is_missing = opened < 0 && errno == ENOENT;
    bool is_to_be = is_to_be_made || folder->must_stay;
    if (folder->was_found && (is_missing || (opened >= 0 && !is_found(folder, opened))))
        return gone(folder, err);
    if (is_missing && !is_to_be) {
        *fd = -1;
        return true;
    }
    if (is_missing && above >= 0 && make(above))
        opened = openat(above, FOLDER, FLAGS);
    if (opened < 0)
        return err_errno(err, "cannot %s the folder of orders in %s", is_missing ? "make" : "read",
                         folder->state_directory);
    if (folder->must_stay && !folder->was_found) {
        folder->found = fcntl(opened, F_DUPFD_CLOEXEC, 0);
        folder->was_found = folder->found >= 0;
        if (!folder->was_found)
            return err_errno(err, "cannot keep the folder of orders in %s",
                             folder->state_directory);
    }
    *fd = take(&opened);
    return true;
}
