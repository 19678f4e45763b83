#include "cases.h"

#include "base/js.h"
#include "interface.h"
#include "varlink/idl.h"

#include <stdio.h>

/* clang-format off */
static struct text_case {
    const char *name, *text, *message; /* NULL: it is a good one; else its beginning */
} texts[] = {
    {"an interface may be empty", "interface a.b", NULL},
    {"comments may stand anywhere", "# c\ninterface a.b # c\n# c\nmethod M(# c\n) -> () # c", NULL},
    {"a type may be used before it is defined", "interface a.b\nmethod M(a: T) -> ()\ntype T (a: int)", NULL},
    {"types nest", "interface a.b\ntype T (a: ?[]?[string](b: (x, y), c: ?T))", NULL},
    {"a type may be an enum", "interface a.b\ntype T (a, b)", NULL},
    {"an interface comes first", "method M() -> ()", "line 1: expected interface"},
    {"an interface has a name", "interface\n", "line 2: expected the interface's name"},
    {"a name has a dot", "interface a\n", "line 1: expected the interface's name"},
    {"a method replies", "interface a.b\nmethod M()\n", "line 3: expected ->"},
    {"a method's name is a capital", "interface a.b\nmethod m() -> ()", "line 2: expected a name with a capital"},
    {"a method's parameters have types", "interface a.b\nmethod M(a) -> ()", "line 2: expected types"},
    {"a field has a type or not, like the others", "interface a.b\ntype T (a, b: int)", "line 2: expected a type for each"},
    {"no field stands twice", "interface a.b\ntype T (a: int, a: int)", "line 2: expected no name twice"},
    {"no member stands twice", "interface a.b\ntype T ()\nerror T ()", "line 3: expected no name twice"},
    {"a type is defined", "interface a.b\nmethod M() -> (a: []T)", "the type T of M is not defined"},
    {"a type is no error", "interface a.b\nerror T ()\nmethod M() -> (a: T)", "the type T of M is not defined"},
    {"a type has a known name", "interface a.b\ntype T (a: text)", "line 2: expected a type"},
    {"one question is enough", "interface a.b\ntype T (a: ??int)", "line 2: expected one"},
    {"brackets are closed", "interface a.b\ntype T (a: int", "line 2: expected )"},
    {"depth has a bound", "interface a.b\ntype T (a: [][][][][][][][][][][][][][][][][][][][][][][][][][][][][][][][]int)",
     "line 2: expected less depth"},
    {"a word is type, method or error", "interface a.b\nfoo T ()", "line 2: expected type, method"},
};
/* clang-format on */

static void check_text(void **state)
{
    struct text_case *c = *state;
    struct idl *idl = NULL;
    struct err err;
    bool parsed = idl_parse(c->text, &idl, &err);
    assert_int_equal(parsed, !c->message);
    if (c->message) {
        assert_string_equal(err.code, "BadInterface");
        if (strncmp(err.message, c->message, strlen(c->message)) != 0)
            assert_string_equal(err.message, c->message);
    }
    idl_free(idl);
}

static const char interface[] = "interface a.b\n"
                                "type Color (red, green)\n"
                                "type Tree (name: string, leaves: []Tree)\n"
                                "method M(b: ?bool, i: ?int, f: ?float, s: ?string, o: ?object,\n"
                                "  a: ?[]int, m: ?[string]int, e: ?Color, t: ?Tree) -> (n: int)\n"
                                "method N(n: int) -> ()\n"
                                "error E (e: string)\n";

/* clang-format off */
static struct value_case {
    const char *name, *method, *parameters, *wrong;
} values[] = {
    {"what may be null may be missing", "M", "{}", NULL},
    {"what may be null may be null", "M", "{'b': null, 'i': null, 't': null}", NULL},
    {"each type takes its own", "M", "{'b': true, 'i': -1, 'f': 0.5, 's': 'x', 'o': {'x': 1}, 'a': [1, 2],"
     "'m': {'x': 1}, 'e': 'red', 't': {'name': 'x', 'leaves': [{'name': 'y', 'leaves': []}]}}", NULL},
    {"an integer is a float too", "M", "{'f': 1}", NULL},
    {"an object is anything", "M", "{'o': 'x'}", NULL},
    {"what must be there must be there", "N", "{}", "n"},
    {"what must be there is not null", "N", "{'n': null}", "n"},
    {"what is unknown is wrong", "N", "{'n': 1, 'x': 1}", "x"},
    {"names are exact", "N", "{'n': 1, 'N': 1}", "N"},
    {"a string is no boolean", "M", "{'b': 'true'}", "b"},
    {"a float is no integer", "M", "{'i': 1.0}", "i"},
    {"a string is no integer", "M", "{'i': '1'}", "i"},
    {"infinity is no float", "M", "{'f': 1e999}", "f"},
    {"an integer is no string", "M", "{'s': 1}", "s"},
    {"a string has no NUL", "M", "{'s': 'x\\u0000'}", "s"},
    {"an object is no array", "M", "{'a': {}}", "a"},
    {"an array has elements of its type", "M", "{'a': [1, null]}", "a"},
    {"an array is no map", "M", "{'m': []}", "m"},
    {"a map has values of its type", "M", "{'m': {'x': 'y'}}", "m"},
    {"an enum has its words", "M", "{'e': 'blue'}", "e"},
    {"a struct within is looked at", "M", "{'t': {'name': 'x', 'leaves': [{'name': 'y'}]}}", "t"},
};
/* clang-format on */

static void check_value(void **state)
{
    struct value_case *c = *state;
    struct idl *idl = NULL;
    struct err err;
    AUTO(json) struct json_object *parameters = json_tokener_parse(c->parameters);
    assert_non_null(parameters);
    assert_true(idl_parse(interface, &idl, &err));
    const char *wrong = idl_wrong_in(idl, c->method, parameters);
    if (c->wrong) {
        assert_non_null(wrong);
        assert_string_equal(wrong, c->wrong);
    } else {
        assert_null(wrong);
    }
    idl_free(idl);
}

static void replies_and_errors_are_held_against_theirs(void **state)
{
    (void)state;
    struct idl *idl = NULL;
    struct err err;
    AUTO(json) struct json_object *reply = json_tokener_parse("{'n': 1}");
    AUTO(json) struct json_object *error = json_tokener_parse("{'e': 'x'}");
    assert_true(idl_parse(interface, &idl, &err));
    assert_null(idl_wrong_out(idl, "M", reply));
    assert_string_equal(idl_wrong_out(idl, "M", error), "n");
    assert_null(idl_wrong_error(idl, "E", error));
    assert_string_equal(idl_wrong_error(idl, "E", reply), "e");
    assert_string_equal(idl_wrong_error(idl, "M", error), "M");
    assert_int_equal(idl_methods(idl), 2);
    assert_string_equal(idl_method(idl, 1), "N");
    assert_null(idl_method(idl, 2));
    assert_true(idl_has_method(idl, "M") && !idl_has_method(idl, "E"));
    assert_true(idl_has_error(idl, "E") && !idl_has_error(idl, "M"));
    idl_free(idl);
}

static void the_interface_of_cmkd_is_the_file_and_is_good(void **state)
{
    (void)state;
    static char text[65536];
    FILE *file = fopen(SOURCE_DIR "/daemon/io.cmkd.varlink", "r");
    assert_non_null(file);
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = '\0';
    assert_string_equal(interface_text(), text);

    struct idl *idl = NULL;
    struct err err;
    if (!idl_parse(text, &idl, &err))
        fail_msg("%s", err.message);
    assert_string_equal(idl_name(idl), "io.cmkd");
    assert_true(idl_has_method(idl, "Status"));
    idl_free(idl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_and_errors_are_held_against_theirs),
        cmocka_unit_test(the_interface_of_cmkd_is_the_file_and_is_good),
    };
    return CASES_RUN(texts, check_text) + CASES_RUN(values, check_value) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
