/* listener.h: the UNIX socket that a service listens on, and who comes through it. */
#pragma once

#include "base/err.h"
#include "varlink/server.h"

#include <stdbool.h>
#include <sys/types.h>

/* Fills the address. False with "ENAMETOOLONG" and how long it may be. */
struct sockaddr_un;
bool listener_address(const char *path, struct sockaddr_un *address, struct err *err) MUST_CHECK;

/* Binds and listens, mode 0660 and, if group is one and it may, of that group; nobody can connect
 * before the mode and the group are right. Replaces a socket on which nobody listens; everything
 * else at path stays. *fd is nonblocking. *gid is (gid_t)-1 if there is no such group. */
bool listener_open(const char *path, const char *group, int *fd, gid_t *gid,
                   struct err *err) MUST_CHECK;

/* Who is at the other end of an accepted socket, as it was when it connected. */
bool listener_caller(int fd, gid_t group, struct varlink_caller *caller) MUST_CHECK;
