/* lock.h: one writer on a host: flock(2) on a file in the state directory. The kernel lets go of
 * it however the holder ends. */
#pragma once

#include "base/err.h"

/* Makes the directory if only its last part is missing, and takes the lock in it, which
 * belongs to whom the directory belongs to. fd is the caller's, to be closed at the end. Errors:
 * code "Locked" if another process holds it; ERR_SYSTEM if directory or file cannot be used. */
bool lock_take(const char *state_directory, int *fd, struct err *err) MUST_CHECK;
