/* split.c
 *
 *     bytes ─► strings, words and marks ─► values begin and end ─┬─► text of an element ─► give
 *                                                                ├─► text of the rest
 *                                                                └─► nowhere: unwanted
 *
 * This knows of JSON what tells where a value ends; what is kept is for js_parse() to judge. */
#include "azure/split.h"

#include "azure/problem.h"
#include "base/js.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NEAR_MAX 120    /* bytes of what is wrong that are shown */
#define ELEMENT_DEPTH 3 /* levels that are open within an element: the page, its list, itself */

struct text {
    char *bytes; /* owned */
    size_t length, room, most;
};

/* An object or array that is open. */
struct level {
    bool is_array, has_member;
    bool is_list;            /* the array "value" of the page */
    const struct want *want; /* which members of an object are kept; NULL: all */
};

enum expected { VALUE, VALUE_OR_END, NAME, NAME_OR_END, COLON, COMMA_OR_END, NOTHING };
enum wrong { WRONG_NOTHING, WRONG_JSON, WRONG_ELEMENT, WRONG_KIND, WRONG_SECOND, WRONG_SIZE };

struct split {
    const struct want *want; /* borrowed */
    split_each_fn *each;
    void *owner;

    struct text rest, element;
    struct text *out; /* where the bytes go; NULL: nowhere */
    enum { BETWEEN, IN_WORD, IN_STRING, IN_ESCAPE } inside;
    enum expected expected;
    bool is_name; /* the string is one */
    struct level levels[JS_DEPTH_MAX];
    size_t depth;
    bool has_list;
    bool is_odd; /* the element's text is not what reduce_body() would make of it */
    size_t given;
    /* Of the member whose name was read last. */
    bool is_list;
    const struct want *member_want;
    size_t member_at, name_at; /* where it begins in the text: with its comma; its name alone */
    size_t unwanted_depth;     /* how deep it was found, while out is NULL */

    enum wrong wrong;
    char near[NEAR_MAX]; /* what came where it went wrong */
    size_t near_length;
    struct err err; /* of WRONG_ELEMENT */
};

/* ---- texts --------------------------------------------------------------------------------- */

static void append(struct split *split, const char *bytes, size_t length)
{
    struct text *text = split->out;
    if (length > text->most - text->length) {
        split->wrong = WRONG_SIZE;
        return;
    }
    if (text->length + length >= text->room) { /* with room for an end */
        text->room = 2 * (text->length + length) + 1;
        text->bytes = mem_resize(text->bytes, text->room, 1);
    }
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
}

/* Most bytes of a large page are unwanted: this is to cost them nothing. */
static inline void put(struct split *split, const char *bytes, size_t length)
{
    if (split->out)
        append(split, bytes, length);
}

/* ---- names and values ---------------------------------------------------------------------- */

static struct level *innermost(struct split *split)
{
    return &split->levels[split->depth - 1];
}

static void put_comma(struct split *split)
{
    if (innermost(split)->has_member)
        put(split, ",", 1);
}

static void begin_name(struct split *split)
{
    split->is_name = true;
    if (!split->out)
        return;
    split->member_at = split->out->length;
    put_comma(split);
    split->name_at = split->out->length + 1;
}

/* Its closing quote is still to come. One with an escape in it is left to json-c to read. */
static void end_name(struct split *split)
{
    static const char value[] = "value";
    struct level *level = innermost(split);
    split->is_name = false;
    split->expected = COLON;
    if (!split->out)
        return;

    const char *name = split->out->bytes + split->name_at;
    size_t length = split->out->length - split->name_at;
    const struct want *want = level->want ? want_find(level->want, name, length) : NULL;
    if (level->want && !want && !memchr(name, '\\', length)) {
        split->out->length = split->member_at;
        split->out = NULL;
        split->unwanted_depth = split->depth;
        return;
    }
    level->has_member = true;
    split->member_want = want;
    split->is_odd |= level->want && (!want || memcmp(name, want->name, length) != 0);
    split->is_list =
        split->depth == 1 && length == strlen(value) && strncasecmp(name, value, length) == 0;
    if (split->is_list && split->has_list)
        split->wrong = WRONG_SECOND;
    split->has_list |= split->is_list;
}

static void begin_element(struct split *split, char first)
{
    if (first != '{')
        split->wrong = WRONG_KIND;
    split->element.length = 0;
    split->out = &split->element;
    split->member_want = split->want;
    split->is_odd = false;
}

static void begin_value(struct split *split, char first)
{
    split->is_odd |=
        split->member_want && (first == 'n' || (!split->member_want->is_whole && first != '{'));
    if (split->depth >= JS_DEPTH_MAX ||
        (split->expected != VALUE && split->expected != VALUE_OR_END)) {
        split->wrong = WRONG_JSON;
    } else if (split->depth && innermost(split)->is_list) {
        begin_element(split, first);
    } else if (split->depth && innermost(split)->is_array) {
        put_comma(split);
        innermost(split)->has_member = true;
    }
}

/* The text of one that is spelt or shaped oddly is made anew. */
static bool give_odd(struct split *split)
{
    AUTO(json) struct json_object *element = NULL;
    if (!js_parse(split->element.bytes, split->element.length, &element, &split->err))
        return false;
    element = reduce_body(element, split->want);
    const char *text = json_object_to_json_string_ext(element, JSON_C_TO_STRING_PLAIN);
    return split->each(split->owner, text, strlen(text), &split->err);
}

static void give(struct split *split)
{
    struct text *text = &split->element;
    text->bytes[text->length] = '\0';
    bool is_good = split->is_odd
                       ? give_odd(split)
                       : split->each(split->owner, text->bytes, text->length, &split->err);
    if (is_good)
        split->given++;
    else
        split->wrong = WRONG_ELEMENT;
}

static void end_value(struct split *split)
{
    split->member_want = NULL;
    split->is_list = false;
    split->expected = split->depth ? COMMA_OR_END : NOTHING;
    if (!split->out && split->depth == split->unwanted_depth) {
        split->out = &split->element; /* of the rest all is kept */
    } else if (split->depth && innermost(split)->is_list) {
        give(split);
        split->out = &split->rest;
    }
}

/* ---- marks --------------------------------------------------------------------------------- */

static void open_level(struct split *split, char mark)
{
    begin_value(split, mark);
    if (split->wrong)
        return;
    const struct want *want = split->member_want;
    split->levels[split->depth++] = (struct level){
        .is_array = mark == '[',
        .is_list = mark == '[' && split->is_list,
        .want = want && !want->is_whole ? want : NULL,
    };
    split->member_want = NULL;
    split->is_list = false;
    split->expected = mark == '[' ? VALUE_OR_END : NAME_OR_END;
    put(split, &mark, 1);
}

static void close_level(struct split *split, char mark)
{
    bool is_array = mark == ']';
    if (!split->depth || innermost(split)->is_array != is_array ||
        (split->expected != COMMA_OR_END &&
         split->expected != (is_array ? VALUE_OR_END : NAME_OR_END))) {
        split->wrong = WRONG_JSON;
        return;
    }
    split->is_odd |=
        split->depth > ELEMENT_DEPTH && innermost(split)->want && !innermost(split)->has_member;
    split->depth--;
    put(split, &mark, 1);
    end_value(split);
}

static void take_comma(struct split *split)
{
    if (split->expected == COMMA_OR_END)
        split->expected = innermost(split)->is_array ? VALUE : NAME;
    else
        split->wrong = WRONG_JSON;
}

static void take_colon(struct split *split)
{
    if (split->expected != COLON)
        split->wrong = WRONG_JSON;
    split->expected = VALUE;
    put(split, ":", 1);
}

/* ---- bytes --------------------------------------------------------------------------------- */

/* Of numbers and of true, false and null. */
static bool is_of_word(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ||
           (byte >= 'A' && byte <= 'Z') || byte == '-' || byte == '+' || byte == '.';
}

/* Each of these takes the bytes from at on that are its own, and returns where they end. */

static const char *take_between(struct split *split, const char *at)
{
    switch (*at) {
    case ' ':
    case '\t':
    case '\n':
    case '\r':
        break;
    case '{':
    case '[':
        open_level(split, *at);
        break;
    case '}':
    case ']':
        close_level(split, *at);
        break;
    case ',':
        take_comma(split);
        break;
    case ':':
        take_colon(split);
        break;
    case '"':
        if (split->expected == NAME || split->expected == NAME_OR_END)
            begin_name(split);
        else
            begin_value(split, *at);
        put(split, at, 1);
        split->inside = IN_STRING;
        break;
    default:
        if (is_of_word(*at)) {
            begin_value(split, *at);
            split->inside = IN_WORD;
            return at;
        }
        /* A byte order mark may stand before all else, and js_parse() knows how it looks. */
        if (split->depth || split->expected != VALUE || !(*at & 0x80))
            split->wrong = WRONG_JSON;
        put(split, at, 1);
    }
    return at + 1;
}

static const char *take_word(struct split *split, const char *at, const char *end)
{
    const char *from = at;
    while (at < end && is_of_word(*at))
        at++;
    put(split, from, (size_t)(at - from));
    if (at < end) {
        split->inside = BETWEEN;
        end_value(split);
    }
    return at;
}

/* Where the run of a string's plain bytes ends. */
static const bool ends_run[256] = {[0 ... ' ' - 1] = true, ['"'] = true, ['\\'] = true};

static const char *take_string(struct split *split, const char *at, const char *end)
{
    const char *from = at;
    while (at < end && !ends_run[(unsigned char)*at])
        at++;
    put(split, from, (size_t)(at - from));
    if (at == end)
        return at;
    if (*at == '"') {
        split->inside = BETWEEN;
        bool is_name = split->is_name;
        if (is_name)
            end_name(split);
        put(split, at, 1);
        if (!is_name)
            end_value(split);
    } else if (*at == '\\') {
        split->inside = IN_ESCAPE;
        put(split, at, 1);
    } else {
        split->wrong = WRONG_JSON;
    }
    return at + 1;
}

/* Whether the escape is one is not looked at, but it is a character: nowhere is a NUL in a text. */
static const char *take_escaped(struct split *split, const char *at)
{
    if ((unsigned char)*at < ' ')
        split->wrong = WRONG_JSON;
    put(split, at, 1);
    split->inside = IN_STRING;
    return at + 1;
}

bool split_feed(struct split *split, const char *bytes, size_t length)
{
    const char *at = bytes, *end = bytes + length;
    if (split->wrong)
        return false;
    while (at < end && !split->wrong) {
        bytes = at;
        switch (split->inside) {
        case BETWEEN:
            at = take_between(split, at);
            break;
        case IN_WORD:
            at = take_word(split, at, end);
            break;
        case IN_STRING:
            at = take_string(split, at, end);
            break;
        case IN_ESCAPE:
            at = take_escaped(split, at);
            break;
        }
    }
    if (!split->wrong)
        return true;
    split->near_length = (size_t)(end - bytes) < NEAR_MAX ? (size_t)(end - bytes) : NEAR_MAX;
    memcpy(split->near, bytes, split->near_length);
    return false;
}

bool split_is_wrong(const struct split *split)
{
    return split->wrong != WRONG_NOTHING;
}

size_t split_given(const struct split *split)
{
    return split->given;
}

/* ---- the page ------------------------------------------------------------------------------ */

struct split *split_new(const struct want *want, split_each_fn *each, void *owner)
{
    struct split *split = mem_new(1, sizeof *split);
    split->want = want;
    split->each = each;
    split->owner = owner;
    split->rest.most = SPLIT_REST_MAX;
    split->element.most = SPLIT_ELEMENT_MAX;
    split_begin(split);
    return split;
}

void split_begin(struct split *split)
{
    split->rest.length = split->element.length = 0;
    split->out = &split->rest;
    split->inside = BETWEEN;
    split->expected = VALUE;
    split->depth = split->given = 0;
    split->has_list = split->is_list = split->is_name = split->is_odd = false;
    split->member_want = NULL;
    split->wrong = WRONG_NOTHING;
}

bool split_end(struct split *split, struct json_object **rest, struct err *err)
{
    AUTO(text) char *near = problem_printable(split->near, split->near_length, NEAR_MAX);
    switch (split->wrong) {
    case WRONG_NOTHING:
        return js_parse(split->rest.length ? split->rest.bytes : "", split->rest.length, rest, err);
    case WRONG_JSON:
        return err_set(err, ERR_AZURE, "BadJson", "the page is not JSON: %s", near);
    case WRONG_ELEMENT:
        *err = split->err;
        return false;
    case WRONG_KIND:
        return err_set(err, ERR_AZURE, "NotAList", "the list holds what is no object: %s", near);
    case WRONG_SECOND:
        return err_set(err, ERR_AZURE, "NotAList", "the page has a second \"value\"");
    case WRONG_SIZE:
        return err_set(err, ERR_TRANSPORT, "TooLarge",
                       "an element of the list is larger than %u bytes, or the page without its "
                       "elements larger than %u",
                       SPLIT_ELEMENT_MAX, SPLIT_REST_MAX);
    }
    return false;
}

void split_free(struct split *split)
{
    if (!split)
        return;
    free(split->rest.bytes);
    free(split->element.bytes);
    free(split);
}
