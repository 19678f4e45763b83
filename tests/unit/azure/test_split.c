/* Pages, whole and cut in two at every byte, and byte by byte: what comes of them is what json-c
 * makes of the whole. */
#include "azure/split.h"
#include "base/js.h"
#include "cases.h"

#include <stdio.h>

static const char *const keep_few[] = {"id", "properties.acl", "properties.acl.deep", "tags['a.b']",
                                       NULL};

/* clang-format off */
static struct page_case {
    const char *name;
    const char *page; /* double quotes as `, to be read */
    const char *const *keep;
    const char *elements; /* as compact JSON, an array; NULL: it is an error */
    const char *rest;     /* or, then, its code */
} pages[] = {
    {"an empty list", "{`value`:[]}", NULL, "[]", "{`value`:[]}"},
    {"white space anywhere", " \t\r\n{ `value`\n: [ { `a` : [ 1 , 2 ] } , { } ] , `nextLink` : `x` } \n", NULL,
     "[{`a`:[1,2]},{}]", "{`value`:[],`nextLink`:`x`}"},
    {"the rest before, and after", "{`count`:2,`value`:[{`a`:1},{`a`:2}],`nextLink`:null,`x`:{`value`:[1]}}", NULL,
     "[{`a`:1},{`a`:2}]", "{`count`:2,`value`:[],`nextLink`:null,`x`:{`value`:[1]}}"},
    {"a byte order mark", "\xEF\xBB\xBF{`value`:[{}]}", NULL, "[{}]", "{`value`:[]}"},
    {"its name in another case", "{`Value`:[{`a`:1}]}", NULL, "[{`a`:1}]", "{`Value`:[]}"},
    {"marks in strings", "{`value`:[{`a`:`]}`,`[{`:`\\`,:{`}]}", NULL, "[{`a`:`]}`,`[{`:`\\`,:{`}]", "{`value`:[]}"},
    {"a string that ends in a backslash", "{`value`:[{`a`:`\\\\`},{`b`:`\\\\\\``}]}", NULL,
     "[{`a`:`\\\\`},{`b`:`\\\\\\``}]", "{`value`:[]}"},
    {"escapes and characters of many bytes", "{`value`:[{`\\u0061`:`\\ud83d\\ude00 \xC3\xA9`}]}", NULL,
     "[{`a`:`\xF0\x9F\x98\x80 \xC3\xA9`}]", "{`value`:[]}"},
    {"all kinds of words", "{`value`:[{`a`:[true,false,null,-1.5e+3,0]}]}", NULL, "[{`a`:[true,false,null,-1.5e+3,0]}]",
     "{`value`:[]}"},
    {"a name that comes twice counts last", "{`value`:[{`a`:1,`a`:2}]}", NULL, "[{`a`:2}]", "{`value`:[]}"},

    /* ---- what is wanted ---- */
    {"members that nobody wants", "{`value`:[{`id`:`x`,`junk`:{`id`:[1]},`properties`:{`a`:1,`acl`:[2],`b`:{}},`z`:1}]}", keep_few,
     "[{`id`:`x`,`properties`:{`acl`:[2]}}]", "{`value`:[]}"},
    {"unwanted first, unwanted only", "{`value`:[{`junk`:`}`,`id`:`x`},{`junk`:[[]]},{`properties`:{`a`:1}}]}", keep_few,
     "[{`id`:`x`},{},{}]", "{`value`:[]}"},
    {"a wanted name in another case", "{`value`:[{`ID`:1,`Properties`:{`ACL`:2}}]}", keep_few,
     "[{`id`:1,`properties`:{`acl`:2}}]", "{`value`:[]}"},
    {"a wanted name as escapes", "{`value`:[{`\\u0069d`:1,`j\\u0075nk`:{`a`:2}}]}", keep_few, "[{`id`:1}]", "{`value`:[]}"},
    {"an escaped quote in an unwanted name", "{`value`:[{`a\\``:{`b`:1},`id`:1}]}", keep_few, "[{`id`:1}]", "{`value`:[]}"},
    {"something else on the way to what is wanted", "{`value`:[{`properties`:[{`acl`:1}],`tags`:`a.b`,`id`:null}]}", keep_few,
     "[{}]", "{`value`:[]}"},
    {"a name with a dot in it", "{`value`:[{`tags`:{`a.b`:1,`a`:{`b`:2}}}]}", keep_few, "[{`tags`:{`a.b`:1}}]", "{`value`:[]}"},
    {"the same names deeper are not meant", "{`value`:[{`x`:{`id`:1},`properties`:{`id`:2,`properties`:{`acl`:3}}}]}", keep_few,
     "[{}]", "{`value`:[]}"},
    {"what is wanted is wanted whole", "{`value`:[{`properties`:{`acl`:{`b`:[{`c`:1},{}],`d`:{`e`:{}}}}}]}", keep_few,
     "[{`properties`:{`acl`:{`b`:[{`c`:1},{}],`d`:{`e`:{}}}}}]", "{`value`:[]}"},
    {"the first and last bytes of what is unwanted", "{`value`:[{`a`:[],`b`:{},`c`:``,`d`:0,`id`:1,`e`:[{}]}]}", keep_few,
     "[{`id`:1}]", "{`value`:[]}"},

    /* ---- what is wrong ---- */
    {"nothing", "", NULL, NULL, "BadJson"},
    {"HTML", "<html>", NULL, NULL, "BadJson"},
    {"half a byte order mark", "\xEF\xBB{`value`:[]}", NULL, NULL, "BadJson"},
    {"cut off in the page", "{`value`:[]", NULL, NULL, "BadJson"},
    {"cut off in the list", "{`value`:[{}", NULL, NULL, "BadJson"},
    {"a control character after a backslash", "{`value`:[{`junk`:`\\\x01`}]}", keep_few, NULL, "BadJson"},
    {"cut off in what is unwanted", "{`value`:[{`junk`:{`a`:`", keep_few, NULL, "BadJson"},
    {"something after its end", "{`value`:[]}x", NULL, NULL, "BadJson"},
    {"another page after its end", "{`value`:[]}{}", NULL, NULL, "BadJson"},
    {"a comma too many in the list", "{`value`:[{},]}", NULL, NULL, "BadJson"},
    {"a comma too many at its beginning", "{`value`:[,{}]}", NULL, NULL, "BadJson"},
    {"a comma too many in an element", "{`value`:[{`a`:1,}]}", NULL, NULL, "BadJson"},
    {"a comma too many after what is unwanted", "{`value`:[{`junk`:1,}]}", keep_few, NULL, "BadJson"},
    {"a comma too few", "{`value`:[{}{}]}", NULL, NULL, "BadJson"},
    {"a colon too few", "{`value`[]}", NULL, NULL, "BadJson"},
    {"a name that is no string", "{`value`:[{a:1}]}", NULL, NULL, "BadJson"},
    {"the wrong bracket", "{`value`:[{`a`:[}]}]}", NULL, NULL, "BadJson"},
    {"the wrong bracket in what is unwanted", "{`value`:[{`junk`:{`a`:1]}]}", keep_few, NULL, "BadJson"},
    {"a word that is none", "{`value`:[{`a`:nil}]}", NULL, NULL, "BadJson"},
    {"two words", "{`value`:[{`a`:1 2}]}", NULL, NULL, "BadJson"},
    {"a line break in a string", "{`value`:[{`a`:`\n`}]}", NULL, NULL, "BadJson"},
    {"a line break in a string that is unwanted", "{`value`:[{`junk`:`\n`}]}", keep_few, NULL, "BadJson"},
    {"an escape that is none", "{`value`:[{`a`:`\\x`}]}", NULL, NULL, "BadJson"},
    {"no UTF-8", "{`value`:[{`a`:`\xFF`}]}", NULL, NULL, "BadJson"},
    {"single quotes", "{'value':[]}", NULL, NULL, "BadJson"},
    {"a comment", "{`value`:[/* */]}", NULL, NULL, "BadJson"},
    {"an element that is a number", "{`value`:[{},1]}", NULL, NULL, "NotAList"},
    {"an element that is null", "{`value`:[null]}", NULL, NULL, "NotAList"},
    {"an element that is a list", "{`value`:[[]]}", NULL, NULL, "NotAList"},
    {"an element that is a text", "{`value`:[`a`]}", NULL, NULL, "NotAList"},
    {"a value that is an object", "{`value`:{`a`:{}}}", NULL, "[]", "{`value`:{`a`:{}}}"},
    {"a second value", "{`value`:[{}],`value`:[]}", NULL, NULL, "NotAList"},
    {"a second value in another case", "{`value`:1,`VALUE`:[]}", NULL, NULL, "NotAList"},
};
/* clang-format on */

static char *quoted(const char *text)
{
    char *copy = mem_text(text);
    for (char *at = copy; *at; at++)
        *at = (char)(*at == '`' ? '"' : *at);
    return copy;
}

static bool collect(void *owner, const char *text, size_t length, struct err *err)
{
    struct json_object *element;
    assert_int_equal(strlen(text), length);
    assert_null(strpbrk(text, "\t\r\n"));
    if (!js_parse(text, length, &element, err))
        return false;
    json_object_array_add(owner, element);
    return true;
}

static void assert_same(struct json_object *found, const char *expected, size_t cut)
{
    AUTO(text) char *text = quoted(expected);
    AUTO(json) struct json_object *tree = json_tokener_parse(text);
    if (!js_same(found, tree))
        fail_msg("cut at %zu: %s", cut, json_object_to_json_string(found));
}

/* The page in pieces: those before cut have that size, the other is the rest. */
static void check_cut(struct split *split, const char *page, size_t size, bool is_every,
                      const struct page_case *c, struct json_object *elements)
{
    struct err err;
    AUTO(json) struct json_object *rest = NULL;
    size_t length = strlen(page), at = 0;
    json_object_array_del_idx(elements, 0, json_object_array_length(elements));
    split_begin(split);
    for (size_t piece = size; at < length; at += piece) {
        piece = (at && !is_every) || piece > length - at ? length - at : size;
        /* Of the very size, so that a byte read past it is seen. */
        AUTO(text) char *copy = mem_new(piece, 1);
        memcpy(copy, page + at, piece);
        if (!split_feed(split, copy, piece)) {
            assert_true(split_is_wrong(split));
            assert_false(split_feed(split, "{}", 2));
            break;
        }
    }
    bool is_whole = split_end(split, &rest, &err);
    assert_int_equal(is_whole, c->elements != NULL);
    if (is_whole) {
        assert_same(elements, c->elements, size);
        assert_same(rest, c->rest, size);
        assert_int_equal(split_given(split), json_object_array_length(elements));
    } else {
        assert_string_equal(err.code, c->rest);
    }
}

static void check_page(void **state)
{
    const struct page_case *c = *state;
    AUTO(text) char *page = quoted(c->page);
    AUTO(json) struct json_object *elements = json_object_new_array();
    struct want *want = want_new(c->keep);
    struct split *split = split_new(want, collect, elements);
    for (size_t cut = 1; cut <= strlen(page) + 1; cut++)
        check_cut(split, page, cut, false, c, elements);
    check_cut(split, page, 1, true, c, elements);
    check_cut(split, page, 3, true, c, elements);
    split_free(split);
    want_free(want);
}

/* clang-format off */
static struct bound_case {
    const char *name;
    const char *before, *filler;
    size_t count; /* how often the filler is repeated */
    const char *after;
    const char *const *keep;
    const char *code; /* "": it is taken */
} bounds[] = {
    {"as deep as js_parse takes it", "{`value`:[{`a`:", "[", 29, "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}]}", NULL, ""},
    {"deeper", "{`value`:[{`a`:", "[", 30, "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}]}", NULL, "BadJson"},
    {"deeper where nobody looks", "{`value`:[{`junk`:", "[", 30, "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}]}", keep_few, "BadJson"},
    {"a rest that fits", "{`value`:[],`nextLink`:`", "x", 65000, "`}", NULL, ""},
    {"a rest that is too large", "{`value`:[],`nextLink`:`", "x", 66000, "`}", NULL, "TooLarge"},
    {"many elements", "{`value`:[{}", ",{}", 100000, "]}", NULL, ""},
    {"an element that fits", "{`value`:[{`id`:`", "x", 1048000, "`}]}", keep_few, ""},
    {"an element that is too large", "{`value`:[{`id`:`", "x", 1049000, "`}]}", keep_few, "TooLarge"},
    {"an element of which little is wanted", "{`value`:[{`junk`:`", "x", 3000000, "`,`id`:1}]}", keep_few, ""},
    {"an endless name", "{`value`:[{`", "x", 1049000, "`:1}]}", keep_few, "TooLarge"},
};
/* clang-format on */

static void check_bound(void **state)
{
    const struct bound_case *c = *state;
    AUTO(text) char *before = quoted(c->before);
    AUTO(text) char *after = quoted(c->after);
    AUTO(json) struct json_object *elements = json_object_new_array();
    AUTO(json) struct json_object *rest = NULL;
    struct want *want = want_new(c->keep);
    struct split *split = split_new(want, collect, elements);
    struct err err = {0};
    split_feed(split, before, strlen(before));
    for (size_t i = 0; i < c->count; i++)
        split_feed(split, c->filler, strlen(c->filler));
    split_feed(split, after, strlen(after));
    assert_int_equal(split_end(split, &rest, &err), !*c->code);
    assert_string_equal(err.code, c->code);
    split_free(split);
    want_free(want);
}

static bool fail_if_shown(void *owner, const char *text, size_t length, struct err *err)
{
    (void)owner, (void)text, (void)length, (void)err;
    fail_msg("it is shown");
    return false;
}

/* Found by fuzz.page: whoever is shown a text takes its end for the element's. */
static void a_nul_is_no_part_of_a_text(void **state)
{
    static const char page[] = "{\"value\":[{\"a\":\"!\\\0\"}]}";
    struct want *want = want_new(NULL);
    struct split *split = split_new(want, fail_if_shown, NULL);
    struct json_object *rest;
    struct err err;
    (void)state;
    assert_false(split_feed(split, page, sizeof page - 1));
    assert_false(split_end(split, &rest, &err));
    assert_string_equal(err.code, "BadJson");
    split_free(split);
    want_free(want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_nul_is_no_part_of_a_text)};
    return CASES_RUN(pages, check_page) + CASES_RUN(bounds, check_bound) +
           cmocka_run_group_tests(tests, NULL, NULL);
}
