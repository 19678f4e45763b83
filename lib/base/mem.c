#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *mem_new(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);
    if (!p)
        abort();
    return p;
}

void *mem_resize(void *p, size_t count, size_t size)
{
    void *resized = reallocarray(p, count ? count : 1, size ? size : 1);
    if (!resized)
        abort();
    return resized;
}

char *mem_text(const char *text)
{
    return text ? mem_text_n(text, strlen(text)) : NULL;
}

char *mem_text_n(const char *text, size_t length)
{
    char *copy = mem_new(length + 1, 1);
    memcpy(copy, text, length);
    return copy;
}

char *mem_format(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = mem_format_v(format, arguments);
    va_end(arguments);
    return text;
}

char *mem_format_v(const char *format, va_list arguments)
{
    char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0)
        abort();
    return text;
}

void mem_zero(void *p, size_t size)
{
    explicit_bzero(p, size);
}

void mem_free_secret(char *secret)
{
    if (secret)
        mem_zero(secret, strlen(secret));
    free(secret);
}

void auto_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

void auto_text(char **text)
{
    free(*text);
}

void auto_secret(char **secret)
{
    mem_free_secret(*secret);
}
