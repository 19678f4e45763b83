#include "report/escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* How many bytes the UTF-8 character at text has, and which one it is; 0 if it is none (RFC 3629:
 * no overlong forms, no surrogates, nothing beyond U+10FFFF). */
static size_t character(const unsigned char *text, uint32_t *code)
{
    static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = text[0] < 0x80             ? 1
                    : (text[0] & 0xE0) == 0xC0 ? 2
                    : (text[0] & 0xF0) == 0xE0 ? 3
                    : (text[0] & 0xF8) == 0xF0 ? 4
                                               : 0;
    if (length <= 1) {
        *code = text[0];
        return length;
    }
    *code = text[0] & (0xFFU >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xC0) != 0x80)
            return 0;
        *code = *code << 6 | (text[i] & 0x3F);
    }
    bool is_surrogate = *code >= 0xD800 && *code <= 0xDFFF;
    return *code < lowest[length] || is_surrogate || *code > 0x10FFFF ? 0 : length;
}

/* C0, DEL, C1; the separators of lines and paragraphs; what embeds, overrides or isolates a
 * direction (Unicode Standard Annex 9). */
static bool is_safe(uint32_t code)
{
    return code >= 0x20 && !(code >= 0x7F && code <= 0x9F) && code != 0x2028 && code != 0x2029 &&
           code != 0x200E && code != 0x200F && !(code >= 0x202A && code <= 0x202E) &&
           !(code >= 0x2066 && code <= 0x2069) && code != 0xFEFF;
}

static size_t escape_byte(char *to, unsigned char byte)
{
    static const char hex[] = "0123456789abcdef";
    const char *short_form = byte == '\n'   ? "\\n"
                             : byte == '\r' ? "\\r"
                             : byte == '\t' ? "\\t"
                                            : NULL;
    if (short_form) {
        memcpy(to, short_form, 2);
        return 2;
    }
    to[0] = '\\';
    to[1] = 'x';
    to[2] = hex[byte >> 4];
    to[3] = hex[byte & 0x0F];
    return 4;
}

static void cut(char *text, size_t max)
{
    static const char ellipsis[] = "...";
    if (!max || strlen(text) <= max)
        return;
    size_t length = max >= sizeof ellipsis ? max - (sizeof ellipsis - 1) : 0;
    while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80)
        length--;
    memcpy(text + length, ellipsis, sizeof ellipsis);
}

char *escape_line(const char *text, size_t max)
{
    char *line = mem_new(4 * strlen(text) + sizeof "...", 1);
    char *to = line;
    for (const unsigned char *at = (const unsigned char *)text; *at;) {
        uint32_t code;
        size_t length = character(at, &code);
        if (length && is_safe(code)) {
            memcpy(to, at, length);
            to += length;
        } else {
            for (size_t i = 0; i < (length ? length : 1); i++)
                to += escape_byte(to, at[i]);
        }
        at += length ? length : 1;
    }
    *to = '\0';
    cut(line, max);
    return line;
}

void escape_print(FILE *out, const char *before, const char *text, const char *after)
{
    AUTO(text) char *safe = escape_line(text, 0);
    fprintf(out, "%s%s%s", before, safe, after);
}
