#include "azure/link.h"

#include "azure/cloud.h"
#include "base/mem.h"

#include <string.h>
#include <strings.h>

/* Bytes that no URL holds, and the backslash, which some parsers take for a slash. */
static bool is_clean(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || (unsigned char)*text >= 0x7F ||
            strchr("\\\"<>^`{|}", *text))
            return false;
    return true;
}

enum link link_resolve(const char *text, const char *origin, char **url)
{
    bool is_absolute =
        strncasecmp(text, "https://", 8) == 0 || strncasecmp(text, "http://", 7) == 0;
    bool is_relative = text[0] == '/' && text[1] != '/';
    if (!is_absolute && !is_relative)
        return strstr(text, "//") ? LINK_FOREIGN : LINK_BAD;
    if (!is_clean(text))
        return is_absolute ? LINK_FOREIGN : LINK_BAD;

    size_t whole = strcspn(text, "#");
    if (is_relative) {
        *url = mem_format("%s%.*s", origin, (int)whole, text);
        return LINK_OK;
    }
    size_t scheme = (size_t)(strstr(text, "//") + 2 - text);
    size_t end = scheme + strcspn(text + scheme, "/?#");
    AUTO(text) char *named = mem_text_n(text, end);
    AUTO(text) char *theirs = cloud_origin(named, false);
    if (!theirs || strcmp(theirs, origin) != 0)
        return LINK_FOREIGN;
    *url =
        mem_format("%s%s%.*s", origin, text[end] == '/' ? "" : "/", (int)(whole - end), text + end);
    return LINK_OK;
}
