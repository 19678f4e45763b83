#include "azure/pages.h"

#include "azure/link.h"
#include "azure/problem.h"
#include "azure/reduce.h"
#include "base/js.h"

#include <stdlib.h>
#include <string.h>

static bool take_elements(struct pages *pages, struct json_object *page, const char *const *keep,
                          struct err *err)
{
    struct json_object *elements = js_array(page, "value");
    if (!elements)
        return err_set(err, ERR_AZURE, "NotAList", "page %zu of the list holds no array \"value\"",
                       pages->count + 1);
    if (!pages->value)
        pages->value = json_object_new_array();
    for (size_t i = 0; i < json_object_array_length(elements); i++)
        json_object_array_add(
            pages->value,
            reduce_body(json_object_get(json_object_array_get_idx(elements, i)), keep));
    return true;
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

bool pages_add(struct pages *pages, struct json_object *body, const char *const *keep,
               const char *origin, const char **next, struct err *err)
{
    AUTO(json) struct json_object *page = body;
    if (!take_elements(pages, page, keep, err))
        return false;

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
    struct json_object *whole = json_object_new_object();
    json_object_object_add(whole, "value",
                           pages->value ? TAKE(pages->value) : json_object_new_array());
    return whole;
}

void pages_done(struct pages *pages)
{
    for (size_t i = 0; i < pages->count; i++)
        free(pages->followed[i]);
    free(pages->followed);
    json_object_put(pages->value);
    *pages = (struct pages){0};
}
