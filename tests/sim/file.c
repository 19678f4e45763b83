/* file.c: small text files, read and written whole. */
#include "file.h"

#include "base/js.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool file_load(const char *path, char **text, struct err *err)
{
    AUTO(fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return err_errno(err, "cannot read %s", path);
    if (!S_ISREG(st.st_mode) || st.st_size > (off_t)FILE_SIZE_MAX)
        return err_set(err, ERR_SYSTEM, "BadFile", "%s is no file, or one of over 64 MB", path);

    AUTO(text) char *bytes = mem_new((size_t)st.st_size + 1, 1);
    size_t length = 0;
    ssize_t got;
    while ((got = read(fd, bytes + length, (size_t)st.st_size - length)) > 0)
        length += (size_t)got;
    if (got < 0)
        return err_errno(err, "cannot read %s", path);
    if (strlen(bytes) != length)
        return err_set(err, ERR_SYSTEM, "BadFile", "%s holds a NUL byte", path);

    *text = TAKE(bytes);
    return true;
}

bool file_load_json(const char *path, struct json_object **tree, struct err *err)
{
    AUTO(text) char *text = NULL;
    if (!file_load(path, &text, err))
        return false;
    assert(text);
    return js_parse(text, strlen(text), tree, err) || err_at(err, NULL, path);
}

bool file_save(const char *path, const char *text, mode_t mode, struct err *err)
{
    AUTO(fd) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (fd < 0 || fchmod(fd, mode) < 0)
        return err_errno(err, "cannot write %s", path);

    for (size_t left = strlen(text); left > 0;) {
        ssize_t put = write(fd, text, left);
        if (put < 0)
            return err_errno(err, "cannot write %s", path);
        text += put;
        left -= (size_t)put;
    }
    return true;
}
