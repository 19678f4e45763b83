/* JSON trees by property path, with types checked. */
#include "cases.h"

#include "base/js.h"

static struct json_object *tree_of(const char *text)
{
    enum json_tokener_error error;
    struct json_object *tree = json_tokener_parse_verbose(text, &error);
    assert_int_equal(error, json_tokener_success);
    return tree;
}

static void assert_tree(struct json_object *tree, const char *expected)
{
    AUTO(json) struct json_object *other = tree_of(expected);
    if (!js_same(tree, other))
        fail_msg("%s is not %s", json_object_to_json_string(tree), expected);
}

/* ---- parsing -------------------------------------------------------------------------------- */

static struct parse_case {
    const char *name, *text;
    const char *printed; /* NULL: refused */
    size_t length;       /* 0: of the text */
} texts[] = {
    /* clang-format off */
    {"an object", "{\"a\": [1, 2.5, \"x\", true, null]}", "{\"a\":[1,2.5,\"x\",true,null]}", 0},
    {"a bare number", "12", "12", 0},
    {"a bare text", "\"x\"", "\"x\"", 0},
    {"null is no tree", "null", "null", 0},
    {"blanks around it", " \r\n\t{} \n", "{}", 0},
    {"a byte order mark is skipped", "\xEF\xBB\xBF{}", "{}", 0},
    {"only one is", "\xEF\xBB\xBF\xEF\xBB\xBF{}", NULL, 0},
    {"an empty document", "", NULL, 0},
    {"blanks alone", "  ", NULL, 0},
    {"a byte order mark alone", "\xEF\xBB\xBF", NULL, 0},
    {"an unfinished object", "{\"a\": 1", NULL, 0},
    {"an unfinished text", "\"a", NULL, 0},
    {"an unfinished word", "tru", NULL, 0},
    {"something behind it", "{} x", NULL, 0},
    {"a second document", "{}{}", NULL, 0},
    {"a NUL and something behind it", "{}\0{}", NULL, 5},
    {"a NUL inside", "{\"a\"\0: 1}", NULL, 9},
    {"single quotes", "{'a': 1}", NULL, 0},
    {"a comma at the end of an array", "[1,]", NULL, 0},
    {"a comma at the end of an object", "{\"a\": 1,}", NULL, 0},
    {"a comment", "{} // x", NULL, 0},
    {"a word in capitals", "TRUE", NULL, 0},
    {"not a number", "[NaN]", NULL, 0},
    {"infinity", "[Infinity]", NULL, 0},
    {"infinity below zero", "[-Infinity]", NULL, 0},
    {"a leading zero", "[01]", NULL, 0},
    {"a byte that is not UTF-8", "\"\xFF\"", NULL, 0},
    {"a UTF-8 character cut short", "\"\xC3\"", NULL, 0},
    {"a line end inside a text", "\"a\nb\"", NULL, 0},
    {"a name without quotes", "{a: 1}", NULL, 0},
    {"HTML", "<html>", NULL, 0},
    /* clang-format on */
};

static void check_text(void **state)
{
    const struct parse_case *c = *state;
    AUTO(json) struct json_object *tree = NULL;
    struct err err = {0};
    size_t length = c->length ? c->length : strlen(c->text);
    if (!js_parse(c->text, length, &tree, &err)) {
        assert_null(c->printed);
        assert_null(tree);
        assert_true(err_is(&err, "BadJson"));
        return;
    }
    if (!c->printed)
        fail_msg("accepted as %s", json_object_to_json_string(tree));
    assert_string_equal(json_object_to_json_string_ext(tree, JSON_C_TO_STRING_PLAIN), c->printed);
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    for (size_t depth = JS_DEPTH_MAX - 2; depth <= 2 * JS_DEPTH_MAX; depth++) {
        AUTO(json) struct json_object *tree = NULL;
        char text[4 * JS_DEPTH_MAX];
        struct err err;
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        bool is_read = js_parse(text, 2 * depth, &tree, &err);
        if (depth < JS_DEPTH_MAX - 1)
            assert_true(is_read);
        if (depth > JS_DEPTH_MAX)
            assert_false(is_read);
    }
}

/* ---- paths ---------------------------------------------------------------------------------- */

static struct path_case {
    const char *name, *path;
    bool is_valid;
    const char *found; /* in tree_text; NULL: nothing */
} paths[] = {
    /* clang-format off */
    {"a member", "a", true, "{'b': 1, 'C.d': 2}"},
    {"a member of a member", "a.b", true, "1"},
    {"in another case", "A.B", true, "1"},
    {"an odd name", "a['C.d']", true, "2"},
    {"an odd name in another case", "a['c.D']", true, "2"},
    {"a name with a quote", "['it\\'s']", true, "3"},
    {"a name with a backslash", "['back\\\\slash']", true, "4"},
    {"the empty name", "['']", true, "5"},
    {"a plain name may be quoted", "['a'].b", true, "1"},
    {"below what is no object", "a.b.c", true, NULL},
    {"a null is absent", "nothing", true, NULL},
    {"what is not there", "b", true, NULL},
    {"an exact name wins over the same in another case", "Twin", true, "7"},
    {"and the other way round", "twin", true, "6"},
    {"a point at the end", "a.", false, NULL},
    {"a point at the beginning", ".a", false, NULL},
    {"two points", "a..b", false, NULL},
    {"a quote that is not closed", "a['b", false, NULL},
    {"a bracket that is not closed", "a['b'", false, NULL},
    {"something behind a bracket", "a['b']c", false, NULL},
    {"a point before a bracket", "a.['b']", false, NULL},
    {"a number in brackets", "a[0]", false, NULL},
    /* clang-format on */
};

static const char tree_text[] = "{'a': {'b': 1, 'C.d': 2}, \"it's\": 3, 'back\\\\slash': 4, '': 5,"
                                " 'twin': 6, 'Twin': 7, 'nothing': null}";

static void check_path(void **state)
{
    const struct path_case *c = *state;
    AUTO(json) struct json_object *tree = tree_of(tree_text);
    struct json_object *found = js_find(tree, c->path);
    assert_int_equal(js_path_valid(c->path), c->is_valid);
    if (c->found)
        assert_tree(found, c->found);
    else
        assert_null(found);
}

static void an_empty_path_is_the_tree_itself_and_not_a_valid_one(void **state)
{
    AUTO(json) struct json_object *tree = tree_of("{'a': 1}");
    (void)state;
    assert_ptr_equal(js_find(tree, ""), tree);
    assert_false(js_path_valid(""));
    assert_null(js_find(NULL, "a"));
}

static void a_name_too_long_for_a_path_finds_nothing(void **state)
{
    char path[JS_SEGMENT_MAX + 2];
    AUTO(json) struct json_object *tree = tree_of("{'a': 1}");
    (void)state;
    memset(path, 'a', sizeof path);
    path[JS_SEGMENT_MAX - 1] = '\0';
    assert_true(js_path_valid(path));
    path[JS_SEGMENT_MAX - 1] = 'a';
    path[JS_SEGMENT_MAX] = '\0';
    assert_false(js_path_valid(path));
    assert_null(js_find(tree, path));
}

static struct join_case {
    const char *name, *parent, *member, *path;
} joins[] = {
    /* clang-format off */
    {"a plain name", "properties", "x", "properties.x"},
    {"at the top", "", "x", "x"},
    {"a name with a point", "tags", "a.b", "tags['a.b']"},
    {"a name with a quote needs an escape", "tags", "it's", "tags['it\\'s']"},
    {"a name with a backslash needs one too", "tags", "a\\b", "tags['a\\\\b']"},
    {"a name with a bracket", "tags", "a[0]", "tags['a[0]']"},
    {"an odd name at the top", "", "gpt-4.1", "['gpt-4.1']"},
    {"the name of nothing", "a", "", "a['']"},
    /* clang-format on */
};

static void check_join(void **state)
{
    const struct join_case *c = *state;
    AUTO(text) char *path = js_join(c->parent, c->member);
    char step[JS_SEGMENT_MAX];
    const char *at = path;
    assert_string_equal(path, c->path);
    assert_true(js_path_valid(path));
    while (js_step(&at, step))
        ;
    assert_string_equal(step, c->member); /* it comes back as it went in */
}

static struct cover_case {
    const char *name, *prefix, *path;
    bool is_so;
} covers[] = {
    /* clang-format off */
    {"a path covers itself", "a.b", "a.b", true},
    {"and what is below it", "a.b", "a.b.c", true},
    {"in any case", "A.b", "a.B.c", true},
    {"not what only begins the same", "properties.networkAcls", "properties.networkAclsX", false},
    {"not what is above it", "a.b", "a", false},
    {"not what is beside it", "a.b", "a.c", false},
    {"nothing covers all", "", "a.b", true},
    {"an odd name is one step", "tags['a.b']", "tags['a.b'].c", true},
    {"an odd name is not two steps", "tags.a", "tags['a.b']", false},
    {"a quoted plain name is the plain name", "tags['a']", "tags.a", true},
    /* clang-format on */
};

static void check_covers(void **state)
{
    const struct cover_case *c = *state;
    assert_int_equal(js_path_covers(c->prefix, c->path), c->is_so);
}

/* ---- reading and writing -------------------------------------------------------------------- */

static void reads_are_never_coerced(void **state)
{
    AUTO(json)
    struct json_object *tree =
        tree_of("{'text': '12', 'number': 12, 'real': 1.5, 'truth': true, 'list': [], 'map': {}}");
    (void)state;
    assert_string_equal(js_string(tree, "text", "-"), "12");
    assert_string_equal(js_string(tree, "number", "-"), "-");
    assert_string_equal(js_string(tree, "absent", "-"), "-");
    assert_int_equal(js_int(tree, "number", -1), 12);
    assert_int_equal(js_int(tree, "text", -1), -1);
    assert_int_equal(js_int(tree, "real", -1), -1);
    assert_int_equal(js_int(tree, "truth", -1), -1);
    assert_true(js_bool(tree, "truth", false));
    assert_true(js_bool(tree, "number", true));
    assert_false(js_bool(tree, "text", false));
    assert_non_null(js_array(tree, "list"));
    assert_null(js_array(tree, "map"));
    assert_non_null(js_object(tree, "map"));
    assert_null(js_object(tree, "list"));
}

static struct put_case {
    const char *name, *tree, *path, *value, *result;
} writes[] =
    {
        /* clang-format off */
    {"a new member", "{}", "a", "1", "{'a': 1}"},
    {"objects are made on the way", "{}", "a.b['c.d']", "1", "{'a': {'b': {'c.d': 1}}}"},
    {"an old value goes", "{'a': [1, 2]}", "a", "3", "{'a': 3}"},
    {"a member keeps its name's case", "{'CostCenter': 1}", "costcenter", "2", "{'CostCenter': 2}"},
    {"on the way too", "{'Properties': {'x': 1}}", "properties.y", "2", "{'Properties': {'x': 1, 'y': 2}}"},
    {"what is no object gives way to one", "{'a': 1}", "a.b", "2", "{'a': {'b': 2}}"},
    {"a null gives way to an object", "{'a': null}", "a.b", "2", "{'a': {'b': 2}}"},
        /* clang-format on */
},
  removals[] = {
      /* clang-format off */
    {"a member goes", "{'a': 1, 'b': 2}", "a", NULL, "{'b': 2}"},
    {"in any case, from below", "{'a': {'B': 1, 'c': 2}}", "A.b", NULL, "{'a': {'c': 2}}"},
    {"what is not there stays away", "{'a': 1}", "b.c", NULL, "{'a': 1}"},
    {"below what is no object there is nothing", "{'a': 1}", "a.b", NULL, "{'a': 1}"},
      /* clang-format on */
};

static void check_put(void **state)
{
    const struct put_case *c = *state;
    AUTO(json) struct json_object *tree = tree_of(c->tree);
    js_put(tree, c->path, tree_of(c->value));
    assert_tree(tree, c->result);
}

static void check_removal(void **state)
{
    const struct put_case *c = *state;
    AUTO(json) struct json_object *tree = tree_of(c->tree);
    js_remove(tree, c->path);
    assert_tree(tree, c->result);
}

static struct same_case {
    const char *name, *a, *b;
    bool is_so;
} sames[] = {
    /* clang-format off */
    {"members in any order", "{'a': 1, 'b': 2}", "{'b': 2, 'a': 1}", true},
    {"arrays in order", "[1, 2]", "[2, 1]", false},
    {"numbers by value", "90", "90.0", true},
    {"other numbers", "90", "90.5", false},
    {"a number is no text", "90", "'90'", false},
    {"nothing is nothing", "null", "null", true},
    {"nothing is not false", "null", "false", false},
    {"texts have a case", "'a'", "'A'", false},
    /* clang-format on */
};

static void check_same(void **state)
{
    const struct same_case *c = *state;
    AUTO(json) struct json_object *a = tree_of(c->a);
    AUTO(json) struct json_object *b = tree_of(c->b);
    assert_int_equal(js_same(a, b), c->is_so);
    assert_int_equal(js_same(b, a), c->is_so);
}

static struct words_case {
    const char *name, *value;
    size_t max;
    const char *words;
} words[] = {
    /* clang-format off */
    {"a text loses its quotes", "'Deny'", 80, "Deny"},
    {"nothing is none", "null", 80, "none"},
    {"a list is compact", "[ {'value': 'a/b'} ]", 80, "[{\"value\":\"a/b\"}]"},
    {"a truth is its word", "true", 80, "true"},
    {"what fits is whole", "'12345678'", 8, "12345678"},
    {"what is too long ends in points", "'123456789'", 8, "12345..."},
    {"and is cut at a character", "'1234\xC3\xA9\xC3\xA9\xC3\xA9'", 8, "1234..."},
    /* clang-format on */
};

static void check_words(void **state)
{
    const struct words_case *c = *state;
    AUTO(json) struct json_object *value = tree_of(c->value);
    AUTO(text) char *text = js_words(value, c->max);
    assert_string_equal(text, c->words);
}

static void never(struct json_object *object, void *mark)
{
    (void)object, (void)mark;
}

static void a_copy_leaves_behind_what_hangs_on_the_original(void **state)
{
    int mark;
    AUTO(json) struct json_object *tree = tree_of("{\"a\": {\"b\": 1.50}}");
    (void)state;
    json_object_set_userdata(js_find(tree, "a"), &mark, never);
    AUTO(json) struct json_object *copy = js_copy(tree);
    assert_null(json_object_get_userdata(js_find(copy, "a")));
    assert_string_equal(json_object_to_json_string_ext(copy, JSON_C_TO_STRING_PLAIN),
                        "{\"a\":{\"b\":1.50}}");
}

static void a_copy_is_another_tree(void **state)
{
    AUTO(json) struct json_object *tree = tree_of("{'a': {'b': [1]}}");
    AUTO(json) struct json_object *copy = js_copy(tree);
    (void)state;
    js_put(copy, "a.b", NULL);
    assert_tree(tree, "{'a': {'b': [1]}}");
    assert_null(js_copy(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(an_empty_path_is_the_tree_itself_and_not_a_valid_one),
        cmocka_unit_test(a_name_too_long_for_a_path_finds_nothing),
        cmocka_unit_test(reads_are_never_coerced),
        cmocka_unit_test(a_copy_is_another_tree),
        cmocka_unit_test(a_copy_leaves_behind_what_hangs_on_the_original),
    };
    int failed = CASES_RUN(texts, check_text);
    failed += CASES_RUN(paths, check_path);
    failed += CASES_RUN(joins, check_join);
    failed += CASES_RUN(covers, check_covers);
    failed += CASES_RUN(writes, check_put);
    failed += CASES_RUN(removals, check_removal);
    failed += CASES_RUN(sames, check_same);
    failed += CASES_RUN(words, check_words);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
