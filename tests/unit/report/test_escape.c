#include "cases.h"

#include "report/escape.h"

static struct escape_case {
    const char *name, *text, *expected;
    size_t max;
} cases[] = {
    {"plain text stays as it is", "prod: 50% of C:\\x", "prod: 50% of C:\\x", 0},
    {"nothing stays nothing", "", "", 0},
    {"line ends cannot begin another line", "a\r\nb\nc", "a\\r\\nb\\nc", 0},
    {"a tab is one line's business, and shown", "a\tb", "a\\tb", 0},
    {"a terminal is not commanded", "\x1b[2J\x07", "\\x1b[2J\\x07", 0},
    {"DEL and the C1 controls neither", "\x7f\xc2\x9b", "\\x7f\\xc2\\x9b", 0},
    {"UTF-8 stays", "G\xc3\xb6teborg \xe2\x82\xac \xf0\x9f\x94\x91",
     "G\xc3\xb6teborg \xe2\x82\xac \xf0\x9f\x94\x91", 0},
    {"a character cut in the middle is shown as bytes", "x\xe2\x82", "x\\xe2\\x82", 0},
    {"an overlong slash is no slash", "\xc0\xaf", "\\xc0\\xaf", 0},
    {"a surrogate is no character", "\xed\xa0\x80", "\\xed\\xa0\\x80", 0},
    {"beyond the last character is none", "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", 0},
    {"a line separator breaks no line",
     "a\xe2\x80\xa8"
     "b",
     "a\\xe2\\x80\\xa8b", 0},
    {"an override of direction turns nothing",
     "\xe2\x80\xae"
     "evil",
     "\\xe2\\x80\\xae"
     "evil",
     0},
    {"a long text is cut and says so", "0123456789", "01234...", 8},
    {"what just fits is not cut", "01234567", "01234567", 8},
    {"it is not cut within a character", "abc\xc3\xb6\xc3\xb6\xc3\xb6\xc3\xb6", "abc\xc3\xb6...",
     9},
};

static void check(void **state)
{
    const struct escape_case *c = *state;
    AUTO(text) char *line = escape_line(c->text, c->max);
    assert_string_equal(line, c->expected);
}

int main(void)
{
    return CASES_RUN(cases, check);
}
