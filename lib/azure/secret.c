#include "azure/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads to the end, into one buffer that never moves: no copies are left behind. */
static bool read_text(int fd, const char *path, char **secret, struct err *err)
{
    AUTO(secret) char *text = mem_new(SECRET_SIZE_MAX + 2, 1);
    size_t length = 0;
    while (length <= SECRET_SIZE_MAX) {
        ssize_t got = read(fd, text + length, SECRET_SIZE_MAX + 1 - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_errno(err, "cannot read the secret file %s", path);
        if (got == 0)
            break;
        length += (size_t)got;
    }
    if (length > SECRET_SIZE_MAX || memchr(text, '\0', length)) {
        mem_zero(text, length);
        return err_set(err, ERR_CONFIG, "SecretInvalid",
                       "the secret file %s is larger than %d bytes or is no text", path,
                       SECRET_SIZE_MAX);
    }
    if (length && text[length - 1] == '\n')
        text[--length] = '\0';
    if (length && text[length - 1] == '\r')
        text[--length] = '\0';
    if (!length)
        return err_set(err, ERR_CONFIG, "SecretInvalid", "the secret file %s is empty", path);
    *secret = TAKE(text);
    return true;
}

bool secret_load(const char *path, char **secret, struct err *err)
{
    AUTO(fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return err_errno(err, "cannot read the secret file %s", path);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_CONFIG, "SecretInvalid", "the secret file %s is no regular file",
                       path);

    /* Only the bits for others count: systemd grants its credentials by ACL, and the mask of an
     * ACL shows up as the group's bits. */
    if (st.st_mode & S_IRWXO)
        return err_set(err, ERR_CONFIG, "SecretExposed",
                       "anyone can read the secret file %s: chmod o= it and replace the secret",
                       path);
    return read_text(fd, path, secret, err);
}
