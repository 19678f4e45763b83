/* The grammar: what is JSON (RFC 8259, with comments) and what is not, and on which line. */
#include "cases.h"

#include "base/js.h"
#include "model/jsonfile.h"

#include <unistd.h>

static struct scan_case {
    const char *name, *text;
    size_t length;        /* 0: of the text */
    const char *expected; /* the beginning of the only message, behind "t:"; NULL: it is JSON */
} cases[] = {
    /* clang-format off */
    {"an empty object", "{}", 0, NULL},
    {"all kinds of values", "[null, true, false, 0, -1.5e+3, 1E5, \"x\", {\"a\": []}]", 0, NULL},
    {"blanks of all kinds", " \t\r\n[ \t\r\n1 , 2 ]\r\n", 0, NULL},
    {"comments of both kinds", "// one\n{ /* two * / // */ \"a\" /**/: //\n 1 }//", 0, NULL},
    {"slashes in a string are no comment", "[\"https://example/*x*/\"]", 0, NULL},
    {"every escape", "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u20ac\\ud83d\\ude00\"]", 0, NULL},
    {"UTF-8 up to four bytes", "[\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"]", 0, NULL},
    {"C074: a byte order mark is skipped", "\xef\xbb\xbf{}", 0, NULL},
    {"thirty-one levels", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", 0, NULL},

    {"nothing", "", 0, "1: /: not JSON: the file is empty"},
    {"a comment alone", "// nothing\n", 0, "2: /: not JSON: the file is empty"},
    {"C074: UTF-16 with its mark", "\xff\xfe{\0}\0", 6, "1: /: the file begins with the byte order mark of UTF-16"},
    {"UTF-16 big-endian with its mark", "\xfe\xff\0{\0}", 6, "1: /: the file begins with the byte order mark of UTF-16"},
    {"UTF-16 without a mark", "{\0}\0", 4, "1: /: the file looks like UTF-16"},
    {"thirty-two levels", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", 0, "1: /0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0: not JSON: nested too deep"},
    {"a comma before a bracket", "[1,\n2,\n]", 0, "3: /: not JSON: a comma before \"]\""},
    {"a comma before a brace", "{\"a\": 1,\n}", 0, "2: /: not JSON: a comma before \"}\""},
    {"two commas", "[1,,2]", 0, "1: /1: not JSON: expected a value"},
    {"no comma", "[1\n2]", 0, "2: /: not JSON: expected ',' or ']'"},
    {"no comma between members", "{\"a\": 1\n\"b\": 2}", 0, "2: /: not JSON: expected ',' or '}'"},
    {"no colon", "{\"a\" 1}", 0, "1: /a: not JSON: expected ':'"},
    {"a bare key", "{a: 1}", 0, "1: /: not JSON: expected a key in double quotes"},
    {"single quotes", "['a']", 0, "1: /0: not JSON: strings have double quotes"},
    {"an open object", "{\"a\": 1\n", 0, "2: /: not JSON: the file ends inside an object"},
    {"an open array", "[1", 0, "1: /: not JSON: the file ends inside an array"},
    {"an open string", "[\"a", 0, "1: /0: not JSON: the file ends inside a string"},
    {"a value that is not there", "{\"a\":", 0, "1: /a: not JSON: the file ends where a value"},
    {"an open comment", "{}\n/* no end\n\n", 0, "2: /: not JSON: a comment opens here"},
    {"half a comment", "{} /", 0, "1: /: not JSON: something follows"},
    {"a line break in a string", "[\n\"a\n\"]", 0, "2: /0: not JSON: a string does not end on its line"},
    {"a tab in a string", "[\"a\tb\"]", 0, "1: /0: not JSON: a control character"},
    {"the first half of a pair", "[\"\\ud83d\"]", 0, "1: /0: not JSON: half of a surrogate pair"},
    {"the second half of a pair", "[\"\\ude00\"]", 0, "1: /0: not JSON: half of a surrogate pair"},
    {"two first halves", "[\"\\ud83d\\ud83d\"]", 0, "1: /0: not JSON: half of a surrogate pair"},
    {"NUL as an escape", "[\"a\\u0000b\"]", 0, "1: /0: not JSON: a string cannot hold"},
    {"NUL as a byte", "[\"a\0b\"]", 7, "1: /0: not JSON: a control character"},
    {"NUL between values", "[1,\0 2]", 7, "1: /1: not JSON: expected a value"},
    {"three hexadecimal digits", "[\"\\u00e\"]", 0, "1: /0: not JSON: \\u wants four"},
    {"an unknown escape", "[\"\\x\"]", 0, "1: /0: not JSON: an unknown escape"},
    {"an escape at the end", "[\"\\", 0, "1: /0: not JSON: an unknown escape"},
    {"Latin-1", "[\"\xe9\"]", 0, "1: /0: not JSON: a string is not valid UTF-8"},
    {"an overlong character", "[\"\xc0\xaf\"]", 0, "1: /0: not JSON: a string is not valid UTF-8"},
    {"an overlong character of three", "[\"\xe0\x80\xaf\"]", 0, "1: /0: not JSON: a string is not valid UTF-8"},
    {"a surrogate in UTF-8", "[\"\xed\xa0\x80\"]", 0, "1: /0: not JSON: a string is not valid UTF-8"},
    {"beyond the last character", "[\"\xf4\x90\x80\x80\"]", 0, "1: /0: not JSON: a string is not valid UTF-8"},
    {"a character that is cut", "[\"\xe2\x82", 0, "1: /0: not JSON: a string is not valid UTF-8"},
    {"a leading zero", "[01]", 0, "1: /0: not JSON: a number cannot begin with 0"},
    {"a plus sign", "[+1]", 0, "1: /0: not JSON: expected a value"},
    {"a minus alone", "[-]", 0, "1: /0: not JSON: expected a digit"},
    {"a point at the end", "[1.]", 0, "1: /0: not JSON: expected a digit after the decimal point"},
    {"a point at the start", "[.5]", 0, "1: /0: not JSON: expected a value"},
    {"an exponent without digits", "[1e+]", 0, "1: /0: not JSON: expected a digit in the exponent"},
    {"NaN", "[NaN]", 0, "1: /0: not JSON: expected a value"},
    {"True", "[True]", 0, "1: /0: not JSON: expected a value"},
    {"a longer word", "[nullx]", 0, "1: /: not JSON: expected ',' or ']'"},
    {"two documents", "{}\n{}", 0, "2: /: not JSON: something follows"},
    {"two equal keys", "{\"a\": 1,\n\"b\": 2,\n\"a\": 3}", 0, "3: /a: duplicate key, first on line 1"},
    {"two keys that are equal unescaped", "{\"a\": 1,\n\"\\u0061\": 3}", 0, "2: /a: duplicate key, first on line 1"},
    {"the members of a duplicate are not duplicates", "{\"a\": {\"b\": 1},\n\"a\": {\"b\": 1}}", 0, "2: /a: duplicate key, first on line 1"},
    {"equal keys of different objects", "[{\"a\": 1}, {\"a\": 1}, {\"b\": {\"a\": 1}}]", 0, NULL},
    {"keys that join to the same pointer", "{\"a\": {\"b\": 1}, \"a/b\": 2, \"a~1b\": 3, \"0\": [1], \"\": 1}", 0, NULL},
    {"a pointer is escaped", "{\"a/b~c\": [\n+]}", 0, "2: /a~1b~0c/0: not JSON"},
    {"a message is one line", "{\"a\\nb\": +}", 0, "1: /a?b: not JSON"},
    {"C074: lines that end in CR LF count once", "{\r\n\"a\": 1,\r\n// x\r\n\"b\": +\r\n}", 0, "4: /b: not JSON"},
    {"a byte order mark does not move the lines", "\xef\xbb\xbf{\n\"a\": +}", 0, "2: /a: not JSON"},
    {"lines inside a comment count", "/*\n\n*/ [+]", 0, "3: /0: not JSON"},
    /* clang-format on */
};

static void check(void **state)
{
    const struct scan_case *c = *state;
    struct jsonfile document = {.path = mem_text("t")};
    struct faults faults = {0};
    struct problems problems = {0};
    size_t length = c->length ? c->length : strlen(c->text);
    char *text = mem_new(length + 1, 1);
    memcpy(text, c->text, length);
    bool parsed = jsonfile_parse(&document, text, length, &faults);
    faults_take(&faults, &problems);

    if (c->expected) {
        assert_int_equal(problems.count, 1);
        assert_memory_equal(problems.list[0].text, "t:", 2);
        if (strncmp(problems.list[0].text + 2, c->expected, strlen(c->expected)) != 0)
            assert_string_equal(problems.list[0].text + 2, c->expected);
    } else {
        assert_int_equal(problems.count, 0);
        assert_true(parsed);
        assert_non_null(document.tree);
    }
    problems_done(&problems);
    jsonfile_done(&document);
    free(text);
}

static void what_the_scanner_unescapes_is_what_json_c_does(void **state)
{
    (void)state;
    struct jsonfile document = {.path = mem_text("t")};
    struct faults faults = {0};
    char text[] = "{\"\\u20ac\\ud83d\\ude00\\t\": \"\\u00e9\"}";
    assert_true(jsonfile_parse(&document, text, sizeof text - 1, &faults));
    const struct place root = place_of(&document);
    json_object_object_foreach(document.tree, key, value)
    {
        const struct place place = place_key(&root, key);
        assert_int_equal(jsonfile_line(&document, place_hash(&place)), 1);
        assert_string_equal(json_object_get_string(value), "\xc3\xa9");
    }
    jsonfile_done(&document);
}

static void every_value_is_found_on_its_line(void **state)
{
    (void)state;
    struct jsonfile document = {.path = mem_text("t")};
    struct faults faults = {0};
    char text[] = "{\n\"a\": [\n1,\n{\"b\":\n2}],\n\"c\": null}";
    assert_true(jsonfile_parse(&document, text, sizeof text - 1, &faults));
    const struct place root = place_of(&document);
    const struct place a = place_key(&root, "a"), c = place_key(&root, "c");
    const struct place first = place_index(&a, 0), second = place_index(&a, 1);
    const struct place b = place_key(&second, "b"), absent = place_key(&second, "absent");
    assert_int_equal(place_line(&root), 1);
    assert_int_equal(place_line(&a), 2);
    assert_int_equal(place_line(&first), 3);
    assert_int_equal(place_line(&second), 4);
    assert_int_equal(place_line(&b), 4);
    assert_int_equal(place_line(&absent), 4);
    assert_int_equal(place_line(&c), 6);
    jsonfile_done(&document);
}

static void a_file_must_be_regular_and_no_larger_than_4_mb(void **state)
{
    (void)state;
    static const struct {
        const char *path, *said;
    } files[] = {
        {"/dev/null", "is not a regular file"},
        {"/", "is not a regular file"},
        {"/no/such/file", "No such file"},
    };
    for (size_t i = 0; i < COUNT(files); i++) {
        struct jsonfile document = {0};
        struct faults faults = {0};
        struct problems problems = {0};
        assert_false(jsonfile_read(&document, files[i].path, NULL, &faults));
        faults_take(&faults, &problems);
        assert_int_equal(problems.count, 1);
        assert_non_null(strstr(problems.list[0].text, files[i].said));
        problems_done(&problems);
        jsonfile_done(&document);
    }

    char path[] = "/tmp/cmkd-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)JSONFILE_SIZE_MAX + 1), 0);
    close(fd);
    struct jsonfile document = {0};
    struct faults faults = {0};
    struct problems problems = {0};
    assert_false(jsonfile_read(&document, path, NULL, &faults));
    faults_take(&faults, &problems);
    assert_non_null(strstr(problems.list[0].text, "larger than 4 MB"));
    problems_done(&problems);
    jsonfile_done(&document);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_scanner_unescapes_is_what_json_c_does),
        cmocka_unit_test(every_value_is_found_on_its_line),
        cmocka_unit_test(a_file_must_be_regular_and_no_larger_than_4_mb),
    };
    return CASES_RUN(cases, check) + cmocka_run_group_tests(tests, NULL, NULL);
}
