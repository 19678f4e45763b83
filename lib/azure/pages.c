#include "azure/pages.h"

#include "azure/link.h"
#include "azure/problem.h"
#include "base/js.h"

#include <stdlib.h>
#include <string.h>

/* What json-c takes for a value, roughly; an object's table has room from the start. */
#define VALUE_BYTES 80
#define OBJECT_BYTES 800

static size_t weight_of(struct json_object *value)
{
    size_t weight = VALUE_BYTES;
    if (json_object_is_type(value, json_type_string))
        weight += (size_t)json_object_get_string_len(value);
    for (size_t i = 0;
         json_object_is_type(value, json_type_array) && i < json_object_array_length(value); i++)
        weight += weight_of(json_object_array_get_idx(value, i));
    if (!json_object_is_type(value, json_type_object))
        return weight;
    json_object_object_foreach(value, name, member) weight += strlen(name) + weight_of(member);
    return weight + OBJECT_BYTES;
}

static bool keep_element(void *owner, const char *text, size_t length, struct err *err)
{
    struct pages *pages = owner;
    struct json_object *element;
    if (!js_parse(text, length, &element, err))
        return false;
    json_object_array_add(pages->value, element);
    pages->weight += weight_of(element);
    return pages->weight <= pages->most ||
           err_set(err, ERR_TRANSPORT, "TooLarge",
                   "the list is too large to be kept: more than %zu bytes by page %zu", pages->most,
                   pages->count + 1);
}

void pages_init(struct pages *pages, const struct want *want, split_each_fn *each, void *owner)
{
    pages->most = PAGES_KEPT_MAX;
    if (!each)
        pages->value = json_object_new_array();
    pages->split = split_new(want, each ? each : keep_element, each ? owner : pages);
}

/* What came of this page before its last time is dropped. */
static void settle(struct pages *pages)
{
    size_t length = json_object_array_length(pages->value);
    size_t given = split_given(pages->split);
    for (size_t i = pages->settled; i < length - given; i++)
        pages->weight -= weight_of(json_object_array_get_idx(pages->value, i));
    json_object_array_del_idx(pages->value, pages->settled, length - given - pages->settled);
    pages->settled += given;
}

/* The link is remembered: one that was followed already would go round for ever. */
static bool follow(struct pages *pages, const char *link, const char *origin, struct err *err)
{
    char *url = NULL;
    AUTO(text) char *shown = problem_printable(link, strcspn(link, "?"), 160);
    switch (link_resolve(link, origin, &url)) {
    case LINK_FOREIGN:
        return err_set(err, ERR_AZURE, "ForeignOrigin",
                       "the list's nextLink leads to %s, outside %s: not followed", shown, origin);
    case LINK_BAD:
        return err_set(err, ERR_AZURE, "BadLink", "the list's nextLink is no URL: %s", shown);
    case LINK_OK:
        break;
    }
    pages->followed = mem_resize(pages->followed, pages->count + 1, sizeof *pages->followed);
    pages->followed[pages->count++] = url;
    if (pages->count >= PAGES_MAX)
        return err_set(err, ERR_AZURE, "TooManyPages", "the list does not end after %d pages",
                       PAGES_MAX);
    for (size_t i = 0; i + 1 < pages->count; i++)
        if (strcmp(pages->followed[i], url) == 0)
            return err_set(err, ERR_AZURE, "PagingLoop",
                           "the list's nextLink leads back to page %zu: %s", i + 2, shown);
    return true;
}

bool pages_add(struct pages *pages, struct json_object *rest, const char *origin, const char **next,
               struct err *err)
{
    AUTO(json) struct json_object *page = rest;
    struct json_object *value = js_array(page, "value");
    if (!value || json_object_array_length(value) != 0)
        return err_set(err, ERR_AZURE, "NotAList", "page %zu of the list holds no array \"value\"",
                       pages->count + 1);
    if (pages->value)
        settle(pages);

    struct json_object *link = js_find(page, "nextLink");
    const char *text =
        json_object_is_type(link, json_type_string) ? json_object_get_string(link) : "";
    if (link && !json_object_is_type(link, json_type_string))
        return err_set(err, ERR_AZURE, "BadLink", "the list's nextLink is no text");
    if (*text && !follow(pages, text, origin, err))
        return false;
    *next = *text ? pages->followed[pages->count - 1] : NULL;
    return true;
}

struct json_object *pages_take(struct pages *pages)
{
    if (!pages->value)
        return NULL;
    struct json_object *whole = json_object_new_object();
    json_object_object_add(whole, "value", TAKE(pages->value));
    return whole;
}

void pages_done(struct pages *pages)
{
    for (size_t i = 0; i < pages->count; i++)
        free(pages->followed[i]);
    free(pages->followed);
    split_free(pages->split);
    json_object_put(pages->value);
    *pages = (struct pages){0};
}
