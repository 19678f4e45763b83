#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void PRINTF_LIKE(2, 0)
    set_message(struct err *err, const char *format, va_list arguments, const char *suffix)
{
    AUTO(text) char *text = mem_format_v(format, arguments);
    AUTO(text) char *whole = mem_format("%s%s%s", text, suffix ? ": " : "", suffix ? suffix : "");
    err_copy(err->message, sizeof err->message, whole);
}

bool err_set(struct err *err, enum err_domain domain, const char *code, const char *format, ...)
{
    va_list arguments;
    memset(err, 0, sizeof *err);
    err->domain = domain;
    err_copy(err->code, sizeof err->code, code);
    va_start(arguments, format);
    set_message(err, format, arguments, NULL);
    va_end(arguments);
    return false;
}

bool err_errno(struct err *err, const char *format, ...)
{
    int number = errno;
    const char *name = strerrorname_np(number);
    va_list arguments;
    memset(err, 0, sizeof *err);
    err->domain = ERR_SYSTEM;
    err->status = number;
    err_copy(err->code, sizeof err->code, name ? name : "EUNKNOWN");
    va_start(arguments, format);
    set_message(err, format, arguments, strerrordesc_np(number));
    va_end(arguments);
    return false;
}

bool err_at(struct err *err, const char *resource_id, const char *path)
{
    if (resource_id && !err->resource_id[0])
        err_copy(err->resource_id, sizeof err->resource_id, resource_id);
    if (path && !err->path[0])
        err_copy(err->path, sizeof err->path, path);
    return false;
}

bool err_is(const struct err *err, const char *code)
{
    return err->domain != ERR_NONE && strcmp(err->code, code) == 0;
}

void err_copy(char *field, size_t size, const char *text)
{
    size_t length = text ? strlen(text) : 0;
    if (length >= size) {
        length = size - 1;
        while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80)
            length--; /* not in the middle of a UTF-8 character */
    }
    if (length)
        memcpy(field, text, length);
    field[length] = '\0';
}
