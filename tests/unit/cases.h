/* cases.h: cmocka, with one test made of each row of a table, so that rows pass and fail by
 * name. The row's first member is its name. */
#pragma once

/* cmocka wants these before itself. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdlib.h>
#include <string.h>

/* Runs check() once for each of count rows of size bytes; *state is the row. */
static inline int cases_run(const char *group, void *rows, size_t count, size_t size,
                            void (*check)(void **state))
{
    struct CMUnitTest *tests = calloc(count, sizeof *tests);
    if (!tests)
        abort();
    for (size_t i = 0; i < count; i++) {
        char *row = (char *)rows + i * size;
        memcpy(&tests[i].name, row, sizeof tests[i].name);
        tests[i].test_func = check;
        tests[i].initial_state = row;
    }
    int failed = _cmocka_run_group_tests(group, tests, count, NULL, NULL);
    free(tests);
    return failed;
}

#define CASES_RUN(rows, check)                                                                     \
    cases_run(#rows, rows, sizeof(rows) / sizeof((rows)[0]), sizeof((rows)[0]), check)
