/* The program as a user runs it, as far as it needs no Azure: what it prints where, and how it
 * ends. */
#include "cases.h"

#include "base/mem.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENTS_MAX 6
#define TEXT_MAX (1 << 16)

#define STACK                                                                                      \
    "\"stacks\": {\"prod\": {\"subscriptionId\": \"00000000-0000-0000-0000-000000000001\", "       \
    "\"resourceGroup\": \"rg\", \"location\": \"swedencentral\", "                                 \
    "\"vault\": {\"name\": \"kv-openai-prod\"}, \"key\": {\"name\": \"openai-cmk\"}, "             \
    "\"account\": {\"name\": \"oai-prod\"}}}"
#define CREDENTIAL "\"credential\": {\"type\": \"managedIdentity\"}, "

/* A file that is no bundle of certificates: the loop is there when that is found out. */
#define NO_BUNDLE                                                                                  \
    "\"cloud\": {\"resourceManager\": \"https://127.0.0.1:1\", "                                   \
    "\"authority\": \"https://127.0.0.1:1\", \"keyVaultSuffix\": \"vault.example\", "              \
    "\"audience\": {\"resourceManager\": \"https://a.example\", "                                  \
    "\"keyVault\": \"https://v.example\"}, \"imds\": \"http://127.0.0.1:1\", "                     \
    "\"caFile\": \"/etc/passwd\"}, "

static struct program_case {
    const char *name;
    const char *config; /* the text of the file that --config names; NULL: there is none */
    const char *arguments[ARGUMENTS_MAX];
    int status;
    const char *out, *err; /* what must be in them; NULL: they are empty; "": anything */
    bool is_closed;        /* started without standard output and error */
} cases[] = {
    {"help", NULL, {"--help"}, 0, "Usage: cmkd", NULL, false},
    {"the version", NULL, {"--version"}, 0, "cmkd 0.1.0\n", NULL, false},
    {"the baseline", NULL, {"--show-baseline"}, 0, "enablePurgeProtection", NULL, false},
    {"a mistake in the command line", NULL, {"--onec"}, 64, NULL, "Try: cmkd --help", false},
    {"no configuration", NULL, {"--check-config"}, 78, NULL, "cannot read", false},
    {"a configuration that is right",
     "{" CREDENTIAL STACK "}",
     {"--check-config"},
     0,
     NULL,
     "warning: ",
     false},
    {"what is printed is understood",
     "{" CREDENTIAL STACK "}",
     {"--show-config"},
     0,
     "\"interval\": \"PT1M\"",
     "",
     false},
    {"every mistake has its line",
     "{\n\"modus\": 1,\n\"interval\": \"soon\",\n" STACK "}",
     {"--check-config"},
     78,
     NULL,
     "cmkd.json:3: /interval: ",
     false},
    {"a faulty configuration starts nothing",
     "{\"modus\": 1, " STACK "}",
     {"--once"},
     78,
     NULL,
     " ERROR ",
     false},
    {"a stack that nobody declared",
     "{" CREDENTIAL STACK "}",
     {"--once", "--stack", "prdo"},
     64,
     NULL,
     "there is \"prod\"",
     false},
    {"a state directory that cannot be made",
     "{\"stateDirectory\": \"/proc/no/such\", " CREDENTIAL STACK "}",
     {"--once"},
     78,
     NULL,
     "cannot start: cannot make the state directory /proc/no/such",
     false},
    {"a trust store that is none",
     "{" CREDENTIAL NO_BUNDLE STACK "}",
     {"--dry-run"},
     78,
     NULL,
     "cannot start: ",
     false},
    {"the same without standard files",
     "{" CREDENTIAL NO_BUNDLE STACK "}",
     {"--dry-run"},
     78,
     NULL,
     NULL,
     true},
};

/* ---- running it ----------------------------------------------------------------------------- */

struct place {
    char directory[32];
    char *config, *out, *err; /* owned: paths */
};

static void place_init(struct place *place, const char *config)
{
    memcpy(place->directory, "/tmp/cmkd-program-XXXXXX", sizeof "/tmp/cmkd-program-XXXXXX");
    assert_non_null(mkdtemp(place->directory));
    place->config = mem_format("%s/cmkd.json", place->directory);
    place->out = mem_format("%s/out", place->directory);
    place->err = mem_format("%s/err", place->directory);
    if (!config)
        return;
    FILE *file = fopen(place->config, "we");
    assert_non_null(file);
    assert_true(fputs(config, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void place_done(struct place *place)
{
    unlink(place->config);
    unlink(place->out);
    unlink(place->err);
    rmdir(place->directory);
    free(place->config);
    free(place->out);
    free(place->err);
}

static void become(const struct program_case *c, const struct place *place)
{
    char *argv[ARGUMENTS_MAX + 4] = {mem_text("cmkd"), mem_text("--config"),
                                     mem_text(place->config)};
    for (size_t i = 0; i < ARGUMENTS_MAX && c->arguments[i]; i++)
        argv[3 + i] = mem_text(c->arguments[i]);
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
        close(fd);
        if (!c->is_closed)
            open(fd == STDOUT_FILENO ? place->out : place->err, O_WRONLY | O_CREAT, 0600);
    }
    execv(CMKD_BINARY, argv);
    _exit(127);
}

static char *read_all(const char *path)
{
    char *text = mem_new(TEXT_MAX, 1);
    FILE *file = fopen(path, "re");
    if (file) {
        assert_in_range(fread(text, 1, TEXT_MAX - 1, file), 0, TEXT_MAX - 2);
        fclose(file);
    }
    return text;
}

static void expect_text(const char *text, const char *expected)
{
    if (!expected && *text)
        fail_msg("expected nothing, got: %s", text);
    if (expected && !strstr(text, expected))
        fail_msg("expected \"%s\", got: %s", expected, text);
}

static void check(void **state)
{
    const struct program_case *c = *state;
    struct place place;
    int status = 0;
    place_init(&place, c->config);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        become(c, &place);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    AUTO(text) char *out = read_all(place.out);
    AUTO(text) char *err = read_all(place.err);
    place_done(&place);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) != c->status)
        fail_msg("it ended with %d, not %d: %s", WEXITSTATUS(status), c->status, err);
    expect_text(out, c->out);
    expect_text(err, c->err);
}

int main(void)
{
    return CASES_RUN(cases, check);
}
