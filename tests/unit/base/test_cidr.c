/* IPv4 ranges by meaning. */
#include "cases.h"

#include "base/cidr.h"

#include <stdio.h>

static struct parse_case {
    const char *name, *text;
    const char *printed, *bare; /* NULL: refused */
} texts[] = {
    /* clang-format off */
    {"a bare address is a /32", "203.0.113.7", "203.0.113.7/32", "203.0.113.7"},
    {"a /32 is a bare address", "203.0.113.7/32", "203.0.113.7/32", "203.0.113.7"},
    {"a /31 has two addresses and keeps its length", "203.0.113.10/31", "203.0.113.10/31", "203.0.113.10/31"},
    {"host bits are dropped", "203.0.113.77/24", "203.0.113.0/24", "203.0.113.0/24"},
    {"host bits of a /31 are dropped", "203.0.113.11/31", "203.0.113.10/31", "203.0.113.10/31"},
    {"everything is a /0", "203.0.113.7/0", "0.0.0.0/0", "0.0.0.0/0"},
    {"the highest address", "255.255.255.255", "255.255.255.255/32", "255.255.255.255"},
    {"a length of 33", "10.0.0.0/33", NULL, NULL},
    {"a length of three digits", "10.0.0.0/032", NULL, NULL},
    {"no length behind the slash", "10.0.0.0/", NULL, NULL},
    {"a sign before the length", "10.0.0.0/+8", NULL, NULL},
    {"two slashes", "10.0.0.0/8/8", NULL, NULL},
    {"a number above 255", "10.0.0.256", NULL, NULL},
    {"three numbers", "10.0.0", NULL, NULL},
    {"five numbers", "10.0.0.0.0", NULL, NULL},
    {"an octal number", "010.0.0.1", NULL, NULL},
    {"a blank before it", " 10.0.0.1", NULL, NULL},
    {"a blank behind it", "10.0.0.1 ", NULL, NULL},
    {"a name", "localhost", NULL, NULL},
    {"an address of IPv6", "2001:db8::1", NULL, NULL},
    {"no address", "", NULL, NULL},
    {"a length alone", "/24", NULL, NULL},
    /* clang-format on */
};

static void check_text(void **state)
{
    const struct parse_case *c = *state;
    struct cidr cidr;
    char text[CIDR_SIZE];
    assert_int_equal(cidr_parse(c->text, &cidr), c->printed != NULL);
    if (!c->printed)
        return;
    cidr_format(cidr, false, text);
    assert_string_equal(text, c->printed);
    cidr_format(cidr, true, text);
    assert_string_equal(text, c->bare);
}

static struct set_case {
    const char *name, *ranges, *normal; /* with blanks between */
} sets[] = {
    /* clang-format off */
    {"an empty set stays empty", "", ""},
    {"one range stays as it is", "10.0.0.0/8", "10.0.0.0/8"},
    {"ranges are put in order", "10.2.0.0/16 10.0.0.0/16", "10.0.0.0/16 10.2.0.0/16"},
    {"a range counts once", "10.0.0.1 10.0.0.1/32", "10.0.0.1/32"},
    {"a range inside another adds nothing", "10.0.0.0/8 10.1.2.0/24 10.255.255.255", "10.0.0.0/8"},
    {"two halves are one", "10.0.0.128/25 10.0.0.0/25", "10.0.0.0/24"},
    {"the two addresses of a /31 are one", "203.0.113.10 203.0.113.11", "203.0.113.10/31"},
    {"neighbours that are no halves of one stay two", "203.0.113.11 203.0.113.12", "203.0.113.11/32 203.0.113.12/32"},
    {"ranges of other lengths are no halves", "10.0.0.0/25 10.0.0.128/26", "10.0.0.0/25 10.0.0.128/26"},
    {"joining goes on and on", "10.0.0.0/26 10.0.0.64/26 10.0.0.128/25 10.0.1.0/24", "10.0.0.0/23"},
    {"joining goes on up to everything", "0.0.0.0/1 128.0.0.0/1", "0.0.0.0/0"},
    {"what lies inside what was joined adds nothing", "10.0.0.0/25 10.0.0.128/25 10.0.0.200", "10.0.0.0/24"},
    {"everything swallows all", "0.0.0.0/0 255.255.255.255 10.0.0.0/8", "0.0.0.0/0"},
    {"the ends of the address space are no neighbours", "0.0.0.0 255.255.255.255", "0.0.0.0/32 255.255.255.255/32"},
    /* clang-format on */
};

static void check_set(void **state)
{
    const struct set_case *c = *state;
    struct cidr ranges[16];
    size_t count = 0;
    char copy[200], normal[200] = "";
    snprintf(copy, sizeof copy, "%s", c->ranges);
    for (char *rest = copy, *word; (word = strsep(&rest, " "));)
        if (*word)
            assert_true(cidr_parse(word, &ranges[count++]));
    count = cidr_normalise(ranges, count);
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(normal);
        char text[CIDR_SIZE];
        cidr_format(ranges[i], false, text);
        snprintf(normal + used, sizeof normal - used, "%s%s", used ? " " : "", text);
    }
    assert_string_equal(normal, c->normal);
}

int main(void)
{
    int failed = CASES_RUN(texts, check_text);
    return failed + CASES_RUN(sets, check_set);
}
