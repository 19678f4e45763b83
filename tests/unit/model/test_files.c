/* Every file of files/good loads, none of files/bad does, and each says exactly what its last
 * lines expect: "// expect error FILE:LINE: /POINTER: ..." (or "warning"), the beginning of one
 * message each. schema.py judges the same files by the JSON Schema. */
#include "cases.h"

#include "base/mem.h"
#include "model/config.h"
#include "types/registry.h"

#include <glob.h>
#include <stdio.h>
#include <unistd.h>

#define FILES TESTS_DIR "/unit/model/files"
#define EXPECT "// expect "

struct file_case {
    const char *name;
    bool is_good;
};

static char *read_text(const char *name)
{
    char *text = NULL;
    size_t room = 0;
    FILE *in = fopen(name, "r");
    assert_non_null(in);
    assert_true(getdelim(&text, &room, EOF, in) > 0);
    fclose(in);
    return text;
}

/* The next expected message behind *at, cut out; NULL if there is none. */
static char *next_expected(const char **at)
{
    const char *found = strstr(*at, EXPECT);
    if (!found)
        return NULL;
    found += strlen(EXPECT);
    *at = found + strcspn(found, "\n");
    return mem_text_n(found, strcspn(found, "\n"));
}

static void check_problems(const char *text, const struct problems *problems)
{
    const char *at = text;
    for (size_t i = 0; i < problems->count; i++) {
        AUTO(text) char *expected = next_expected(&at);
        AUTO(text)
        char *said = mem_format("%s %s", problems->list[i].is_warning ? "warning" : "error",
                                problems->list[i].text);
        if (!expected)
            fail_msg("not expected: %s", said);
        else if (strncmp(said, expected, strlen(expected)) != 0)
            fail_msg("said:     %s\nexpected: %s", said, expected);
    }
    AUTO(text) char *missing = next_expected(&at);
    if (missing)
        fail_msg("not said: %s", missing);
}

static void check(void **state)
{
    const struct file_case *c = *state;
    struct config config;
    struct problems problems = {0};
    assert_int_equal(chdir(c->is_good ? FILES "/good" : FILES "/bad"), 0);
    AUTO(text) char *text = read_text(c->name);

    bool loaded = config_load(c->name, registry, FILES "/credentials", &config, &problems);
    if (loaded)
        config_done(&config);
    check_problems(text, &problems);
    problems_done(&problems);
    assert_int_equal(loaded, c->is_good);
}

static void twenty_mistakes_get_twenty_messages_each_with_its_place(void **state)
{
    (void)state;
    struct config config;
    struct problems problems = {0};
    assert_int_equal(chdir(FILES "/bad"), 0);
    assert_false(config_load("twenty.json", registry, NULL, &config, &problems));
    assert_int_equal(problems.count, 20);
    for (size_t i = 0; i < problems.count; i++) {
        int line = 0, end = 0;
        assert_int_equal(sscanf(problems.list[i].text, "twenty.json:%d: /%n", &line, &end), 1);
        assert_true(line > 0 && end > 0);
        assert_false(problems.list[i].is_warning);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(problems.list[i].text, problems.list[j].text);
    }
    problems_done(&problems);
}

static int run(const char *group, const char *folder, bool is_good)
{
    glob_t found;
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(glob("*.json", 0, NULL, &found), 0);
    if (found.gl_pathc == 0)
        return 1;
    struct file_case *cases = mem_new(found.gl_pathc, sizeof *cases);
    for (size_t i = 0; i < found.gl_pathc; i++)
        cases[i] = (struct file_case){found.gl_pathv[i], is_good};
    int failed = cases_run(group, cases, found.gl_pathc, sizeof *cases, check);
    free(cases);
    globfree(&found);
    return failed;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twenty_mistakes_get_twenty_messages_each_with_its_place),
    };
    int failed = run("good", FILES "/good", true) + run("bad", FILES "/bad", false);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
