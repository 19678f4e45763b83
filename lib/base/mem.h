/* mem.h: memory that is there or ends the process, and clean-up on every way out.
 *
 * Out of memory aborts: systemd restarts the daemon and the next pass starts from what Azure
 * says. So none of these returns NULL and no caller checks. A size that comes from outside is
 * bounded before it gets here. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

/* Frees what the variable holds when it goes out of scope; TAKE() moves it out instead. */
#define AUTO(kind) __attribute__((cleanup(auto_##kind), unused))
#define TAKE(p)                                                                                    \
    ({                                                                                             \
        __typeof__(p) taken_ = (p);                                                                \
        (p) = NULL;                                                                                \
        taken_;                                                                                    \
    })

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Zeroed memory for count things of size bytes each; free() it. */
void *mem_new(size_t count, size_t size);

/* Grows or shrinks; p may be NULL. New bytes are not zeroed. */
void *mem_resize(void *p, size_t count, size_t size);

/* A copy of the text; NULL stays NULL. */
char *mem_text(const char *text);
char *mem_text_n(const char *text, size_t length);

/* A formatted text of its own. */
char *mem_format(const char *format, ...) PRINTF_LIKE(1, 2);
char *mem_format_v(const char *format, va_list arguments) PRINTF_LIKE(1, 0);

/* Zeroes the bytes in a way the compiler keeps, then frees. NULL is fine. */
void mem_free_secret(char *secret);
void mem_zero(void *p, size_t size);

/* For AUTO(): close an fd (-1: none), free a text, zero and free a secret. */
void auto_fd(int *fd);
void auto_text(char **text);
void auto_secret(char **secret);
