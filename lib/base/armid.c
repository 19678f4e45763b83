#include "base/armid.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* The length without one trailing slash. */
static size_t bare_length(const char *id)
{
    size_t length = strlen(id);
    return length > 1 && id[length - 1] == '/' ? length - 1 : length;
}

bool armid_same(const char *a, const char *b)
{
    size_t length = bare_length(a);
    return length == bare_length(b) && strncasecmp(a, b, length) == 0;
}

bool armid_within(const char *id, const char *scope)
{
    size_t length = bare_length(scope);
    if (length == 1 && *scope == '/')
        return true;
    return length > 0 && strncasecmp(id, scope, length) == 0 &&
           (id[length] == '\0' || id[length] == '/');
}

char *armid_part(const char *id, const char *word)
{
    const char *found = NULL;
    size_t length = strlen(word);
    for (const char *at = strchr(id, '/'); at; at = strchr(at + 1, '/'))
        if (strncasecmp(at + 1, word, length) == 0 && at[1 + length] == '/')
            found = at + 1 + length + 1;
    return found ? mem_text_n(found, strcspn(found, "/")) : NULL;
}

const char *armid_name(const char *id)
{
    const char *slash = strrchr(id, '/');
    return slash ? slash + 1 : id;
}

static size_t cut_segment(const char *id, size_t length)
{
    while (length > 0 && id[length - 1] != '/')
        length--;
    return length > 0 ? length - 1 : 0;
}

char *armid_parent(const char *id)
{
    static const char providers[] = "/providers/";
    size_t length = cut_segment(id, cut_segment(id, bare_length(id)));
    if (!length)
        return NULL;
    /* ".../providers/Microsoft.X" is left of a top-level or extension resource: its scope. */
    size_t scope = cut_segment(id, length);
    const size_t word = sizeof providers - 2;
    if (scope >= word && strncasecmp(id + scope - word, providers, word) == 0)
        length = scope - word;
    return length ? mem_text_n(id, length) : NULL;
}

char *armid_key(const char *id)
{
    char *key = mem_text_n(id, bare_length(id));
    for (char *at = key; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return key;
}

bool armid_valid(const char *id)
{
    if (*id != '/' || strstr(id, "//") || strstr(id, ".."))
        return false;
    for (; *id; id++)
        if (!isgraph((unsigned char)*id) || strchr("?#%\"<>\\", *id))
            return false;
    return true;
}

char *armid_location(const char *location)
{
    char *normal = mem_new(strlen(location) + 1, 1), *to = normal;
    for (; *location; location++)
        if (*location != ' ')
            *to++ = (char)tolower((unsigned char)*location);
    return normal;
}

bool armid_uri_is_of(const char *uri, const char *vault_name)
{
    static const char scheme[] = "https://";
    size_t length = strlen(vault_name);
    return strncasecmp(uri, scheme, sizeof scheme - 1) == 0 &&
           strncasecmp(uri + sizeof scheme - 1, vault_name, length) == 0 &&
           uri[sizeof scheme - 1 + length] == '.';
}
