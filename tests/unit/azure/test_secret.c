#include "azure/secret.h"
#include "cases.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* clang-format off */
static struct secret_case {
    const char *name;
    const char *text;
    size_t repeat; /* the text's last byte; 0: once */
    mode_t mode;
    const char *secret; /* NULL: refused, with */
    const char *code;
} cases[] = {
    {"a secret",                         "s3cr3t",     0, 0600, "s3cr3t",   NULL},
    {"the line end after it is cut",     "s3cr3t\n",   0, 0400, "s3cr3t",   NULL},
    {"both bytes of it",                 "s3cr3t\r\n", 0, 0400, "s3cr3t",   NULL},
    {"one line end only",                "s3cr3t\n\n", 0, 0400, "s3cr3t\n", NULL},
    {"the group may read: systemd's ACL shows so", "s", 0, 0440, "s",       NULL},
    {"others may read",                  "s3cr3t",     0, 0604, NULL,       "SecretExposed"},
    {"others may write",                 "s3cr3t",     0, 0602, NULL,       "SecretExposed"},
    {"an empty file",                    "",           0, 0600, NULL,       "SecretInvalid"},
    {"a line end alone",                 "\n",         0, 0600, NULL,       "SecretInvalid"},
    {"a file that is too large",         "x",      65537, 0600, NULL,       "SecretInvalid"},
};
/* clang-format on */

static void check(void **state)
{
    const struct secret_case *c = *state;
    char path[] = "/tmp/cmkd-test-secret-XXXXXX";
    AUTO(secret) char *secret = NULL;
    struct err err;
    FILE *file = fdopen(mkstemp(path), "w");
    fputs(c->text, file);
    for (size_t i = 1; i < c->repeat; i++)
        fputc(c->text[0], file);
    fclose(file);
    chmod(path, c->mode);

    bool is_loaded = secret_load(path, &secret, &err);
    unlink(path);
    assert_int_equal(is_loaded, c->secret != NULL);
    if (is_loaded)
        assert_string_equal(secret, c->secret);
    else
        assert_string_equal(err.code, c->code);
}

static void the_largest_secret_is_read_whole(void **state)
{
    (void)state;
    char path[] = "/tmp/cmkd-test-secret-XXXXXX";
    AUTO(secret) char *secret = NULL;
    struct err err;
    FILE *file = fdopen(mkstemp(path), "w");
    for (int i = 0; i < SECRET_SIZE_MAX; i++)
        fputc('x', file);
    fclose(file);
    bool is_loaded = secret_load(path, &secret, &err);
    unlink(path);
    assert_true(is_loaded);
    assert_int_equal(strlen(secret), SECRET_SIZE_MAX);
}

static void what_is_no_file_is_refused(void **state)
{
    (void)state;
    AUTO(secret) char *secret = NULL;
    struct err err;
    assert_false(secret_load("/tmp", &secret, &err));
    assert_string_equal(err.code, "SecretInvalid");
    assert_false(secret_load("/nonexistent/secret", &secret, &err));
    assert_string_equal(err.code, "ENOENT");
    assert_int_equal(err.status, ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_largest_secret_is_read_whole),
        cmocka_unit_test(what_is_no_file_is_refused),
    };
    return CASES_RUN(cases, check) + cmocka_run_group_tests_name("files", tests, NULL, NULL);
}
