/* One value of a JSON text, without a tree. */
#include "cases.h"

#include "base/js.h"
#include "base/peek.h"

/* clang-format off */
static struct peek_case {
    const char *name, *text, *path;
    const char *value;  /* as it stands there; NULL: it is not there */
    const char *string; /* NULL: it is none */
} peeks[] = {
    {"a string", "{'id':'x','a':1}", "id", "'x'", "x"},
    {"the last", "{'a':{'id':'y'},'id':'x'}", "id", "'x'", "x"},
    {"a path", "{'p':{'q':1,'state':'Succeeded'},'state':0}", "p.state", "'Succeeded'", "Succeeded"},
    {"a number", "{'a':-1.5e3,'b':2}", "a", "-1.5e3", NULL},
    {"null", "{'a':null}", "a", "null", NULL},
    {"an object", "{'i':{'a':[1,{'b':'}'}]},'j':1}", "i", "{'a':[1,{'b':'}'}]}", NULL},
    {"an array", "{'i':['a]','b'],'j':1}", "i", "['a]','b']", NULL},
    {"an empty string", "{'a':''}", "a", "''", ""},
    {"an empty object", "{}", "a", NULL, NULL},
    {"a longer name", "{'ids':'x','i':'y'}", "id", NULL, NULL},
    {"a name in another case", "{'ID':'x'}", "id", NULL, NULL},
    {"deeper than meant", "{'a':{'id':'x'}}", "id", NULL, NULL},
    {"less deep than meant", "{'a':'id'}", "a.id", NULL, NULL},
    {"through a list", "{'a':[{'id':'x'}]}", "a.id", NULL, NULL},
    {"twice: the last counts, as in a tree", "{'id':'x','id':'y'}", "id", "'y'", "y"},
    {"an escape", "{'id':'a\\u0062\\\\'}", "id", "'a\\u0062\\\\'", "ab\\"},
    {"marks in strings", "{'a':'{\\\\','id':'x'}", "id", "'x'", "x"},
    {"a quote in a string", "{'a':'\\','id':'x'}", "id", NULL, NULL},
    {"an escape that is none", "{'id':'\\x'}", "id", "'\\x'", NULL},
    {"many bytes a character", "{'id':'\xC3\xA9'}", "id", "'\xC3\xA9'", "\xC3\xA9"},
    {"no object", "['id']", "id", NULL, NULL},
    {"cut off", "{'id':'x", "id", "'x", NULL},
    {"cut off after a name", "{'id'", "id", NULL, NULL},
};
/* clang-format on */

static char *quoted(const char *text)
{
    char *copy = mem_text(text);
    for (char *at = copy; at && *at; at++)
        *at = (char)(*at == '\'' ? '"' : *at);
    return copy;
}

static void assert_text(const char *found, const char *expected)
{
    if (expected)
        assert_string_equal(found ? found : "nothing", expected);
    else
        assert_null(found);
}

static void check(void **state)
{
    const struct peek_case *c = *state;
    AUTO(text) char *text = quoted(c->text);
    AUTO(text) char *value = quoted(c->value);
    size_t length = 0;
    const char *found = peek_find(text, c->path, &length);
    AUTO(text) char *copy = found ? mem_text_n(found, length) : NULL;
    assert_text(copy, value);
    AUTO(text) char *string = peek_string(text, c->path);
    assert_text(string, c->string);
}

static void what_is_read_as_a_tree_is_judged(void **state)
{
    (void)state;
    AUTO(json) struct json_object *good = peek_tree("{\"a\":{\"b\":[1]}}", "a");
    assert_string_equal(json_object_to_json_string_ext(good, JSON_C_TO_STRING_PLAIN),
                        "{\"b\":[1]}");
    assert_null(peek_tree("{\"a\":{\"b\":01}}", "a"));
    assert_null(peek_tree("{\"a\":\"\xFF\"}", "a"));
    assert_null(peek_tree("{\"a\":1}", "b"));
}

static void several_are_one_object(void **state)
{
    static const char *const paths[] = {"a", "b.c.d", "b.none", "e.f", NULL};
    (void)state;
    AUTO(json)
    struct json_object *found = peek_trees(
        "{\"z\":1,\"a\":{\"x\":[1]},\"b\":{\"c\":{\"d\":\"y\",\"e\":2}},\"e\":3}", paths);
    assert_string_equal(json_object_to_json_string_ext(found, JSON_C_TO_STRING_PLAIN),
                        "{\"a\":{\"x\":[1]},\"b\":{\"c\":{\"d\":\"y\"}}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_read_as_a_tree_is_judged),
                                       cmocka_unit_test(several_are_one_object)};
    return CASES_RUN(peeks, check) + cmocka_run_group_tests(tests, NULL, NULL);
}
