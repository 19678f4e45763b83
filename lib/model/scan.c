/* scan.c: the grammar of a configuration file, by recursive descent. */
#include "model/jsonfile.h"

#include <stdlib.h>
#include <string.h>

struct scanner {
    struct jsonfile *document;
    struct faults *faults;
    char *text;
    size_t at, length;
    unsigned line;
    char *word; /* the last string, unescaped */
    size_t room;
};

static bool scan_value(struct scanner *s, const struct place *place, unsigned depth);

static bool fail(struct scanner *s, const struct place *place, const char *what)
{
    return fault_line(s->faults, place, s->line, "not JSON: %s", what);
}

static char peek(const struct scanner *s)
{
    return s->at < s->length ? s->text[s->at] : '\0';
}

static bool take(struct scanner *s, char expected)
{
    if (s->at >= s->length || s->text[s->at] != expected)
        return false;
    s->at++;
    return true;
}

/* ---- blanks and comments ------------------------------------------------------------------ */

/* Steps over one byte and leaves a blank, or the end of the line, in its place. */
static void blank(struct scanner *s)
{
    if (s->text[s->at] == '\n')
        s->line++;
    else
        s->text[s->at] = ' ';
    s->at++;
}

static bool skip_block(struct scanner *s, const struct place *place)
{
    unsigned opened = s->line;
    while (s->at + 1 < s->length && !(s->text[s->at] == '*' && s->text[s->at + 1] == '/'))
        blank(s);
    if (s->at + 1 >= s->length)
        return fault_line(s->faults, place, opened,
                          "not JSON: a comment opens here and never ends, expected \"*/\"");
    blank(s);
    blank(s);
    return true;
}

static bool skip(struct scanner *s, const struct place *place)
{
    while (s->at < s->length) {
        char c = s->text[s->at];
        char next = s->at + 1 < s->length ? s->text[s->at + 1] : '\0';
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            s->line += c == '\n';
            s->at++;
        } else if (c == '/' && next == '/') {
            while (s->at < s->length && s->text[s->at] != '\n')
                blank(s);
        } else if (c == '/' && next == '*') {
            blank(s);
            blank(s);
            if (!skip_block(s, place))
                return false;
        } else {
            break;
        }
    }
    return true;
}

/* ---- strings ------------------------------------------------------------------------------ */

static void put(struct scanner *s, size_t *length, unsigned byte)
{
    if (*length + 1 >= s->room) {
        s->room = s->room ? 2 * s->room : 256;
        s->word = mem_resize(s->word, s->room, 1);
    }
    s->word[(*length)++] = (char)byte;
}

static void put_rune(struct scanner *s, size_t *length, unsigned rune)
{
    if (rune < 0x80) {
        put(s, length, rune);
        return;
    }
    if (rune < 0x800) {
        put(s, length, 0xC0 | rune >> 6);
    } else {
        if (rune < 0x10000) {
            put(s, length, 0xE0 | rune >> 12);
        } else {
            put(s, length, 0xF0 | rune >> 18);
            put(s, length, 0x80 | (rune >> 12 & 0x3F));
        }
        put(s, length, 0x80 | (rune >> 6 & 0x3F));
    }
    put(s, length, 0x80 | (rune & 0x3F));
}

static bool take_hex(struct scanner *s, unsigned *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++) {
        char c = peek(s);
        unsigned digit;
        if (c >= '0' && c <= '9')
            digit = (unsigned)(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            digit = (unsigned)((c | 0x20) - 'a') + 10;
        else
            return false;
        *unit = *unit << 4 | digit;
        s->at++;
    }
    return true;
}

static bool take_unicode(struct scanner *s, const struct place *place, size_t *length)
{
    unsigned unit, low;
    if (!take_hex(s, &unit))
        return fail(s, place, "\\u wants four hexadecimal digits");
    if (!unit)
        return fail(s, place, "a string cannot hold the character NUL");
    if (unit >= 0xD800 && unit < 0xE000) {
        bool paired = unit < 0xDC00 && take(s, '\\') && take(s, 'u') && take_hex(s, &low) &&
                      low >= 0xDC00 && low < 0xE000;
        if (!paired)
            return fail(s, place,
                        "half of a surrogate pair, expected both or the character itself");
        unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    }
    put_rune(s, length, unit);
    return true;
}

static bool take_escape(struct scanner *s, const struct place *place, size_t *length)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    char c = peek(s);
    const char *found = c ? strchr(letters, c) : NULL;
    if (found) {
        s->at++;
        put(s, length, (unsigned char)meant[found - letters]);
        return true;
    }
    if (take(s, 'u'))
        return take_unicode(s, place, length);
    return fail(s, place,
                "an unknown escape, expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u");
}

/* How many bytes the UTF-8 character at bytes has (RFC 3629: shortest form, no surrogates), or
 * 0 if it is none. */
static size_t rune_length(const unsigned char *bytes, size_t left)
{
    unsigned char first = bytes[0], low = 0x80, high = 0xBF;
    size_t length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
    if (!length || length > left)
        return 0;
    if (first == 0xE0)
        low = 0xA0;
    else if (first == 0xED)
        high = 0x9F;
    else if (first == 0xF0)
        low = 0x90;
    else if (first == 0xF4)
        high = 0x8F;
    if (bytes[1] < low || bytes[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

/* Leaves the text in s->word. The opening quote is taken already. */
static bool scan_string(struct scanner *s, const struct place *place)
{
    size_t length = 0;
    while (s->at < s->length) {
        const unsigned char *byte = (const unsigned char *)s->text + s->at;
        if (take(s, '"')) {
            put(s, &length, 0);
            return true;
        }
        if (take(s, '\\')) {
            if (!take_escape(s, place, &length))
                return false;
        } else if (*byte < 0x20) {
            return fail(s, place,
                        *byte == '\n' || *byte == '\r'
                            ? "a string does not end on its line, expected '\"'"
                            : "a control character in a string, expected an escape");
        } else {
            size_t bytes = *byte < 0x80 ? 1 : rune_length(byte, s->length - s->at);
            if (!bytes)
                return fail(s, place, "a string is not valid UTF-8: save the file as UTF-8");
            for (size_t i = 0; i < bytes; i++)
                put(s, &length, byte[i]);
            s->at += bytes;
        }
    }
    return fail(s, place, "the file ends inside a string");
}

/* ---- the other values --------------------------------------------------------------------- */

static bool take_digits(struct scanner *s)
{
    size_t before = s->at;
    while (peek(s) >= '0' && peek(s) <= '9')
        s->at++;
    return s->at > before;
}

static bool scan_number(struct scanner *s, const struct place *place)
{
    (void)take(s, '-');
    bool zero = peek(s) == '0';
    size_t start = s->at;
    if (!take_digits(s))
        return fail(s, place, "expected a digit");
    if (zero && s->at - start > 1)
        return fail(s, place, "a number cannot begin with 0");
    if (take(s, '.') && !take_digits(s))
        return fail(s, place, "expected a digit after the decimal point");
    if (peek(s) == 'e' || peek(s) == 'E') {
        s->at++;
        if (peek(s) == '+' || peek(s) == '-')
            s->at++;
        if (!take_digits(s))
            return fail(s, place, "expected a digit in the exponent");
    }
    return true;
}

static bool scan_word(struct scanner *s, const struct place *place)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < COUNT(words); i++) {
        size_t length = strlen(words[i]);
        if (s->length - s->at >= length && memcmp(s->text + s->at, words[i], length) == 0) {
            s->at += length;
            return true;
        }
    }
    if (s->at >= s->length)
        return fail(s, place, "the file ends where a value is expected");
    if (peek(s) == '\'')
        return fail(s, place, "strings have double quotes");
    return fail(s, place,
                "expected a value: a string, a number, an object, an array, true, false "
                "or null");
}

/* One member; its key is remembered by its line, so that a second one of the name shows. */
static bool scan_member(struct scanner *s, const struct place *object, unsigned depth)
{
    if (!take(s, '"'))
        return fail(s, object,
                    peek(s) == '}' ? "a comma before \"}\", expected none"
                                   : "expected a key in double quotes");
    unsigned line = s->line;
    if (!scan_string(s, object))
        return false;
    AUTO(text) char *key = mem_text(s->word);
    struct place place = place_key(object, key);

    uint64_t hash = place_hash(&place);
    if (!jsonfile_note(s->document, hash, line)) {
        (void)fault_line(s->faults, &place, line,
                         "duplicate key, first on line %u: remove one of them",
                         jsonfile_line(s->document, hash));
        place.index = s->at;
    }

    if (!skip(s, &place))
        return false;
    if (!take(s, ':'))
        return fail(s, &place, "expected ':' after the key");
    return skip(s, &place) && scan_value(s, &place, depth);
}

static bool scan_object(struct scanner *s, const struct place *place, unsigned depth)
{
    if (!skip(s, place))
        return false;
    if (take(s, '}'))
        return true;
    for (;;) {
        if (!scan_member(s, place, depth) || !skip(s, place))
            return false;
        if (take(s, '}'))
            return true;
        if (!take(s, ','))
            return fail(s, place,
                        s->at < s->length ? "expected ',' or '}' after a member"
                                          : "the file ends inside an object");
        if (!skip(s, place))
            return false;
    }
}

static bool scan_array(struct scanner *s, const struct place *place, unsigned depth)
{
    if (!skip(s, place))
        return false;
    if (take(s, ']'))
        return true;
    for (size_t i = 0;; i++) {
        const struct place element = place_index(place, i);
        (void)jsonfile_note(s->document, place_hash(&element), s->line);
        if (peek(s) == ']')
            return fail(s, place, "a comma before \"]\", expected none");
        if (!scan_value(s, &element, depth) || !skip(s, place))
            return false;
        if (take(s, ']'))
            return true;
        if (!take(s, ','))
            return fail(s, place,
                        s->at < s->length ? "expected ',' or ']' after an element"
                                          : "the file ends inside an array");
        if (!skip(s, place))
            return false;
    }
}

static bool scan_value(struct scanner *s, const struct place *place, unsigned depth)
{
    char c = peek(s);
    if ((c == '{' || c == '[') && depth == JSONFILE_DEPTH_MAX)
        return fail(s, place, "nested too deep");
    if (take(s, '{'))
        return scan_object(s, place, depth + 1);
    if (take(s, '['))
        return scan_array(s, place, depth + 1);
    if (take(s, '"'))
        return scan_string(s, place);
    if (c == '-' || (c >= '0' && c <= '9'))
        return scan_number(s, place);
    return scan_word(s, place);
}

static bool scan_document(struct scanner *s)
{
    const struct place all = place_of(s->document);
    if (!skip(s, &all))
        return false;
    if (s->at == s->length)
        return fail(s, &all, "the file is empty, expected an object");
    if (!scan_value(s, &all, 0) || !skip(s, &all))
        return false;
    if (s->at < s->length)
        return fail(s, &all, "something follows the end of the document");
    return true;
}

bool scan(struct jsonfile *document, char *text, size_t length, struct faults *faults)
{
    struct scanner s = {
        .document = document, .faults = faults, .text = text, .length = length, .line = 1};
    bool valid = scan_document(&s);
    free(s.word);
    return valid;
}
