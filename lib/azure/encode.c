#include "azure/encode.h"

#include "base/mem.h"

#include <ctype.h>
#include <string.h>

bool encode_is_plain(char c)
{
    return isalnum((unsigned char)c) || (c && strchr("-._~", c));
}

char *encode_put(char *to, const char *text)
{
    static const char hex[] = "0123456789ABCDEF";
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (encode_is_plain(*text)) {
            *to++ = *text;
        } else {
            *to++ = '%';
            *to++ = hex[byte >> 4];
            *to++ = hex[byte & 15];
        }
    }
    *to = '\0';
    return to;
}

char *encode_text(const char *text)
{
    char *copy = mem_new(3 * strlen(text) + 1, 1);
    encode_put(copy, text);
    return copy;
}
