/* What the agent of Azure Arc may ask for, and what it gets. */
#include "azure/answer.h"
#include "azure/arc.h"
#include "cases.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* clang-format off */
static struct challenge_case {
    const char *name;
    const char *header; /* or NULL */
    const char *file;   /* NULL: BadChallenge */
    bool is_anywhere;
} cases[] = {
    {"a key file of the agent",         "WWW-Authenticate: Basic realm=" ARC_FOLDER "/6f1a.key", ARC_FOLDER "/6f1a.key", false},
    {"the scheme's case does not count","WWW-Authenticate: basic Realm=" ARC_FOLDER "/6f1a.key", ARC_FOLDER "/6f1a.key", false},
    {"no challenge",                    NULL, NULL, false},
    {"another scheme",                  "WWW-Authenticate: Bearer realm=" ARC_FOLDER "/6f1a.key", NULL, false},
    {"no file",                         "WWW-Authenticate: Basic realm=", NULL, false},
    {"a file that is no key",           "WWW-Authenticate: Basic realm=" ARC_FOLDER "/shadow", NULL, false},
    {"a folder of somebody's",          "WWW-Authenticate: Basic realm=/tmp/6f1a.key", NULL, false},
    {"a folder that begins like it",    "WWW-Authenticate: Basic realm=" ARC_FOLDER "2/6f1a.key", NULL, false},
    {"a folder below it",               "WWW-Authenticate: Basic realm=" ARC_FOLDER "/a/6f1a.key", NULL, false},
    {"a way out of it",                 "WWW-Authenticate: Basic realm=" ARC_FOLDER "/../../ssl/6f1a.key", NULL, false},
    {"a relative path",                 "WWW-Authenticate: Basic realm=6f1a.key", NULL, true},
    {"another cloud's agent has another folder", "WWW-Authenticate: Basic realm=/tmp/6f1a.key", "/tmp/6f1a.key", true},
    {"and no way out of it",            "WWW-Authenticate: Basic realm=/tmp/../etc/6f1a.key", NULL, true},
};
/* clang-format on */

static void check(void **state)
{
    const struct challenge_case *c = *state;
    struct http_answer answer = {.status = 401};
    AUTO(text) char *file = NULL;
    struct err err;
    if (c->header)
        answer_add_header(&answer, c->header, strlen(c->header));
    bool is_taken = arc_challenge(&answer, c->is_anywhere ? NULL : ARC_FOLDER, &file, &err);
    answer_done(&answer);
    assert_int_equal(is_taken, c->file != NULL);
    if (is_taken)
        assert_string_equal(file, c->file);
    else
        assert_string_equal(err.code, "BadChallenge");
}

/* clang-format off */
static struct key_case {
    const char *name, *text;
    mode_t mode;
    const char *header; /* NULL: refused, with */
    const char *code;
} keys[] = {
    {"what is in the file is sent",        "k3y==",          0640, "Authorization: Basic k3y==", NULL},
    {"a line end after it is not",         "k3y==\n",        0640, "Authorization: Basic k3y==", NULL},
    {"nothing that could become a header", "k3y\r\nHost: x", 0640, NULL, "SecretInvalid"},
    {"nothing of a file for all to read",  "k3y==",          0644, NULL, "SecretExposed"},
};
/* clang-format on */

static void check_key(void **state)
{
    const struct key_case *c = *state;
    char path[] = "/tmp/cmkd-test-arc-XXXXXX";
    AUTO(secret) char *header = NULL;
    struct err err;
    FILE *file = fdopen(mkstemp(path), "w");
    fputs(c->text, file);
    fclose(file);
    chmod(path, c->mode);
    bool is_read = arc_header(path, &header, &err);
    unlink(path);
    assert_int_equal(is_read, c->header != NULL);
    if (is_read)
        assert_string_equal(header, c->header);
    else
        assert_string_equal(err.code, c->code);
}

int main(void)
{
    return CASES_RUN(cases, check) + CASES_RUN(keys, check_key);
}
