#include "cases.h"

#include "options.h"

#define ARGUMENTS_MAX 8

static struct options_case {
    const char *name;
    const char *arguments[ARGUMENTS_MAX];
    const char *error; /* what the message must hold; NULL: the rest */
    enum options_task task;
    bool dry_run;
    enum options_output output;
    const char *config; /* NULL: the default */
    const char *stacks; /* joined by commas */
} cases[] = {
    {.name = "without options it runs", .task = TASK_RUN},
    {.name = "a configuration", .arguments = {"--config", "f.json"}, .config = "f.json"},
    {.name = "with an equals sign", .arguments = {"--config=f.json"}, .config = "f.json"},
    {.name = "one pass", .arguments = {"--once"}, .task = TASK_ONCE},
    {.name = "one pass as JSON",
     .arguments = {"--once", "--output", "json"},
     .task = TASK_ONCE,
     .output = OUTPUT_JSON},
    {.name = "one pass as text", .arguments = {"--output=text", "--once"}, .task = TASK_ONCE},
    {.name = "a dry run is one pass",
     .arguments = {"--dry-run"},
     .task = TASK_ONCE,
     .dry_run = true},
    {.name = "a dry run, said to be one pass",
     .arguments = {"--once", "--dry-run"},
     .task = TASK_ONCE,
     .dry_run = true},
    {.name = "a dry run as JSON",
     .arguments = {"--dry-run", "--output", "json"},
     .task = TASK_ONCE,
     .dry_run = true,
     .output = OUTPUT_JSON},
    {.name = "several stacks",
     .arguments = {"--stack", "a", "--stack", "b", "--once"},
     .task = TASK_ONCE,
     .stacks = "a,b"},
    {.name = "checking", .arguments = {"--check-config"}, .task = TASK_CHECK_CONFIG},
    {.name = "showing the baseline", .arguments = {"--show-baseline"}, .task = TASK_SHOW_BASELINE},
    {.name = "showing the configuration", .arguments = {"--show-config"}, .task = TASK_SHOW_CONFIG},
    {.name = "the version", .arguments = {"--version"}, .task = TASK_VERSION},
    {.name = "help", .arguments = {"--help"}, .task = TASK_HELP},
    {.name = "twice the same", .arguments = {"--once", "--once"}, .task = TASK_ONCE},

    {.name = "an unknown option", .arguments = {"--onec"}, .error = "\"--onec\""},
    {.name = "a letter", .arguments = {"-v"}, .error = "\"-v\""},
    {.name = "a value that is missing", .arguments = {"--stack"}, .error = "--stack wants a value"},
    {.name = "a value that is not wanted", .arguments = {"--once=yes"}, .error = "--once=yes"},
    {.name = "a word", .arguments = {"once"}, .error = "\"once\" is not an option"},
    {.name = "another output",
     .arguments = {"--once", "--output", "yaml"},
     .error = "not \"yaml\""},
    {.name = "output of what prints nothing",
     .arguments = {"--output", "json"},
     .error = "--output goes with --once"},
    {.name = "two tasks", .arguments = {"--once", "--check-config"}, .error = "give one of them"},
    {.name = "a dry run of a check",
     .arguments = {"--dry-run", "--check-config"},
     .error = "--dry-run goes with"},
    {.name = "a mistake after a stack leaks nothing",
     .arguments = {"--stack", "a", "--no"},
     .error = "\"--no\""},
};

static void expect_stacks(const struct options *options, const char *expected)
{
    AUTO(text) char *all = mem_text("");
    for (size_t i = 0; i < options->n_stacks; i++) {
        AUTO(text) char *before = all;
        all = mem_format("%s%s%s", before, i ? "," : "", options->stacks[i]);
    }
    assert_string_equal(all, expected ? expected : "");
    if (options->stacks)
        assert_null(options->stacks[options->n_stacks]);
    else
        assert_int_equal(options->n_stacks, 0);
}

static void check(void **state)
{
    const struct options_case *c = *state;
    char *argv[ARGUMENTS_MAX + 2] = {mem_text("cmkd")};
    int argc = 1;
    for (size_t i = 0; i < ARGUMENTS_MAX && c->arguments[i]; i++)
        argv[argc++] = mem_text(c->arguments[i]);
    char *owned[ARGUMENTS_MAX + 2];
    memcpy(owned, argv, sizeof owned);

    struct options options = {0};
    struct err err = {0};
    bool is_good = options_parse(argc, argv, &options, &err);
    if (c->error) {
        assert_false(is_good);
        assert_non_null(strstr(err.message, c->error));
    } else {
        assert_true(is_good);
        assert_int_equal(options.task, c->task);
        assert_int_equal(options.dry_run, c->dry_run);
        assert_int_equal(options.output, c->output);
        assert_string_equal(options.config, c->config ? c->config : "/etc/cmkd/cmkd.json");
        expect_stacks(&options, c->stacks);
    }
    options_done(&options);
    for (int i = 0; i < argc; i++)
        free(owned[i]);
}

static void help_names_every_option(void **state)
{
    (void)state;
    static const char *const options[] = {
        "--config FILE",  "--once",          "--dry-run",     "--stack NAME", "--output text|json",
        "--check-config", "--show-baseline", "--show-config", "--version",    "--help",
    };
    for (size_t i = 0; i < COUNT(options); i++)
        assert_non_null(strstr(options_help(), options[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(help_names_every_option)};
    return CASES_RUN(cases, check) + cmocka_run_group_tests(tests, NULL, NULL);
}
