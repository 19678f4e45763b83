/* A page of a list, cut anywhere: what comes of it is what json-c makes of the whole. The first
 * byte says how it is cut, and whether all of it is wanted. */
#include "azure/split.h"
#include "base/js.h"
#include "base/peek.h"

#include <stdlib.h>
#include <string.h>

static const char *const keep[] = {"id", "properties.networkAcls", "properties.encryption", NULL};

static bool collect(void *owner, const char *text, size_t length, struct err *err)
{
    struct json_object *element;
    if (strlen(text) != length)
        abort();
    if (!js_parse(text, length, &element, err))
        return false;
    json_object_array_add(owner, element);
    return true;
}

/* Of what is kept by name, and so is spelt as it should be, a peek shows what the tree does. */
static bool peek_and_collect(void *owner, const char *text, size_t length, struct err *err)
{
    if (!collect(owner, text, length, err))
        return false;
    size_t last = json_object_array_length(owner) - 1;
    struct json_object *element = json_object_array_get_idx(owner, last);
    AUTO(text) char *id = peek_string(text, "id");
    AUTO(json) struct json_object *acls = peek_tree(text, "properties.networkAcls");
    const char *read = js_string(element, "id", NULL);
    if (!id != !read || (id && strcmp(id, read) != 0) ||
        !js_same(acls, js_find(element, "properties.networkAcls")))
        abort();
    return true;
}

/* What js_parse() makes of the whole, or NULL if that is no list of objects. */
static struct json_object *expected(const char *text, size_t length, const struct want *want)
{
    struct err err;
    struct json_object *page = NULL;
    if (!js_parse(text, length, &page, &err))
        return NULL;
    struct json_object *value = json_object_get(js_array(page, "value"));
    struct json_object *elements = value ? json_object_new_array() : NULL;
    for (size_t i = 0; value && i < json_object_array_length(value); i++) {
        struct json_object *element = json_object_array_get_idx(value, i);
        json_object_array_add(elements, reduce_body(json_object_get(element), want));
        if (!json_object_is_type(element, json_type_object)) {
            json_object_put(TAKE(elements));
            break;
        }
    }
    json_object_put(value);
    json_object_put(page);
    return elements;
}

/* A repeatable mess of sizes. */
static size_t piece_of(unsigned *cut, size_t left)
{
    *cut = *cut * 1103515245U + 12345U;
    size_t piece = 1 + (*cut >> 16) % 40;
    return piece < left ? piece : left;
}

static struct json_object *take_apart(const char *text, size_t length, const struct want *want,
                                      unsigned cut)
{
    struct err err;
    AUTO(json) struct json_object *rest = NULL;
    AUTO(json) struct json_object *elements = json_object_new_array();
    struct split *split = split_new(want, want->is_whole ? collect : peek_and_collect, elements);
    for (size_t at = 0, piece; at < length; at += piece) {
        piece = piece_of(&cut, length - at);
        AUTO(text) char *copy = mem_new(piece, 1); /* so that a byte read past it is seen */
        memcpy(copy, text + at, piece);
        split_feed(split, copy, piece);
    }
    bool is_whole = split_end(split, &rest, &err) && js_array(rest, "value") &&
                    !json_object_array_length(js_array(rest, "value"));
    split_free(split);
    return is_whole ? TAKE(elements) : NULL;
}

/* Of two members "value" json-c takes the last: to us such a page is none. An escape in its name
 * hides the name from us, but not from json-c. */
static bool is_for_us_alone(const char *text)
{
    const char *first = strcasestr(text, "\"value\"");
    return strstr(text, "\\u") || (first && strcasestr(first + 1, "\"value\""));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    bool is_all = data[0] & 1;
    AUTO(text) char *text = mem_text_n((const char *)data + 1, size - 1);
    struct want *want = want_new(is_all ? NULL : keep);
    AUTO(json) struct json_object *whole = expected(text, size - 1, want);
    AUTO(json) struct json_object *apart = take_apart(text, size - 1, want, data[0]);
    want_free(want);
    if (is_for_us_alone(text))
        return 0;
    if (!whole && apart && !is_all)
        return 0; /* what nobody wants is not judged */
    if (!js_same(whole, apart))
        abort();
    return 0;
}
