#include "varlink/listener.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define GROUP_SIZE_MAX ((size_t)1 << 20) /* of one entry, with its members */
#define NO_GROUP ((gid_t)-1)

bool listener_address(const char *path, struct sockaddr_un *address, struct err *err)
{
    size_t length = strlen(path);
    if (length >= sizeof address->sun_path) {
        errno = ENAMETOOLONG;
        return err_errno(err,
                         "cannot use the socket %.200s: its path has %zu bytes, at most %zu fit",
                         path, length, sizeof address->sun_path - 1);
    }
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(address->sun_path, path, length + 1);
    return true;
}

static gid_t group_id(const char *name)
{
    gid_t gid = NO_GROUP;
    int failure = ERANGE;
    for (size_t size = 1024; name && failure == ERANGE && size <= GROUP_SIZE_MAX; size *= 4) {
        AUTO(text) char *text = mem_new(size, 1);
        struct group entry;
        struct group *found = NULL;
        failure = getgrnam_r(name, &entry, text, size, &found);
        if (failure == 0 && found)
            gid = found->gr_gid;
    }
    return gid;
}

/* ---- binding ------------------------------------------------------------------------------ */

/* A socket file outlives its process. It is stale exactly if nobody takes a connection. */
static bool remove_stale(const char *path, const struct sockaddr_un *address, struct err *err)
{
    struct stat st;
    if (lstat(path, &st) < 0)
        return errno == ENOENT || err_errno(err, "cannot look at %s", path);
    if (!S_ISSOCK(st.st_mode)) {
        errno = EEXIST;
        return err_errno(err, "cannot listen on %s: what is there is no socket; remove it", path);
    }

    AUTO(fd) int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0)
        return err_errno(err, "cannot make a socket");
    if (connect(probe, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN) {
        errno = EADDRINUSE;
        return err_errno(err, "cannot listen on %s: another process does", path);
    }
    if (errno != ECONNREFUSED)
        return err_errno(err, "cannot tell whether somebody listens on %s", path);
    if (unlink(path) < 0 && errno != ENOENT)
        return err_errno(err, "cannot remove the stale socket %s", path);
    return true;
}

/* Until listen() every connect() is refused: there is no moment with a wider mode. A group that we
 * may not give away to leaves the socket with ours, which is narrower. */
static bool bind_guarded(int fd, const struct sockaddr_un *address, gid_t gid, struct err *err)
{
    const char *path = address->sun_path;
    mode_t before = umask(0117);
    int bound = bind(fd, (const struct sockaddr *)address, sizeof *address);
    int failure = errno;
    umask(before);
    errno = failure;
    if (bound < 0)
        return err_errno(err, "cannot listen on %s", path);

    bool is_given = gid == NO_GROUP || lchown(path, (uid_t)-1, gid) == 0 || errno == EPERM;
    if (!is_given || listen(fd, SOMAXCONN) < 0) {
        err_errno(err, "cannot listen on %s", path);
        unlink(path);
        return false;
    }
    return true;
}

bool listener_open(const char *path, const char *group, int *fd, gid_t *gid, struct err *err)
{
    struct sockaddr_un address;
    if (!listener_address(path, &address, err) || !remove_stale(path, &address, err))
        return false;

    AUTO(fd) int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (made < 0)
        return err_errno(err, "cannot make a socket");
    gid_t found = group_id(group);
    if (!bind_guarded(made, &address, found, err))
        return false;
    *fd = made;
    *gid = found;
    made = -1;
    return true;
}

/* ---- who comes ---------------------------------------------------------------------------- */

static bool is_among(int fd, gid_t group)
{
    socklen_t size = 0;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) == 0 || errno != ERANGE)
        return false; /* none, or a kernel before 4.13 */

    /* The kernel bounds it: NGROUPS_MAX of 4 bytes. */
    AUTO(text) char *bytes = mem_new(size, 1);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, bytes, &size) < 0)
        return false;
    for (size_t at = 0; at + sizeof group <= size; at += sizeof group)
        if (memcmp(bytes + at, &group, sizeof group) == 0)
            return true;
    return false;
}

bool listener_caller(int fd, gid_t group, struct varlink_caller *caller)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 || size != sizeof peer)
        return false;
    *caller = (struct varlink_caller){.uid = peer.uid, .gid = peer.gid, .pid = peer.pid};
    caller->is_member = group != NO_GROUP && (peer.gid == group || is_among(fd, group));
    return true;
}
