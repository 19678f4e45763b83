/* When a key is rotated next, and by which rule: DESIGN section 6, rule 1. */
#include "cases.h"

#include "base/iso8601.h"
#include "types/rotate.h"

#define DAY INT64_C(86400)
#define START INT64_C(1767225600) /* 2026-01-01T00:00:00Z: day 0 */

/* Days after START; 0: none. */
struct row {
    const char *id; /* NULL: the list ends */
    int created, expires;
    bool is_disabled;
};

static struct next_case {
    const char *name, *every, *before; /* declared, or NULL */
    struct row versions[3];
    int at; /* days after START */
    enum rotate_rule rule;
    const char *version, *period;
    const char *never; /* a part of the sentence; NULL: it will be rotated */
} cases[] = {
    /* clang-format off */
    {"so long after the newest was created", "P90D", NULL, {{"a", 1, 0, false}, {"b", 10, 0, false}},
     100, ROTATE_EVERY, "b", "P90D", NULL},
    {"months are those of the calendar", "P2M", NULL, {{"a", 31, 0, false}},
     31 + 28 + 31, ROTATE_EVERY, "a", "P2M", NULL},
    {"so long before it expires", NULL, "P14D", {{"a", 10, 100, false}},
     86, ROTATE_BEFORE_EXPIRY, "a", "P14D", NULL},
    {"whichever comes first: its age", "P30D", "P14D", {{"a", 10, 100, false}},
     40, ROTATE_EVERY, "a", "P30D", NULL},
    {"whichever comes first: its expiry", "P90D", "P14D", {{"a", 10, 50, false}},
     36, ROTATE_BEFORE_EXPIRY, "a", "P14D", NULL},
    {"at one time the age says so", "P50D", "P40D", {{"a", 10, 100, false}},
     60, ROTATE_EVERY, "a", "P50D", NULL},
    {"one that expires before its time is due when it does", "P90D", NULL, {{"a", 10, 50, false}},
     50, ROTATE_EXPIRED, "a", "P90D", NULL},
    {"not within a day of the newest version", NULL, "P30D", {{"a", 10, 40, false}},
     11, ROTATE_BEFORE_EXPIRY, "a", "P30D", NULL},
    {"be it disabled", "P10D", NULL, {{"a", 10, 0, false}, {"b", 30, 0, true}},
     31, ROTATE_EVERY, "a", "P10D", NULL},
    {"nothing is declared", NULL, NULL, {{"a", 10, 50, false}}, 0, 0, NULL, NULL, "is declared"},
    {"no version expires", NULL, "P30D", {{"a", 10, 0, false}}, 0, 0, NULL, NULL, "never expires"},
    {"no version is enabled", "P30D", "P30D", {{"a", 10, 20, true}}, 0, 0, NULL, NULL, "enabled"},
    {"there is none", "P30D", "P30D", {{NULL, 0, 0, false}}, 0, 0, NULL, NULL, "enabled"},
    /* clang-format on */
};

static struct json_object *list_of(const struct row *rows)
{
    struct json_object *list = json_object_new_array();
    for (const struct row *row = rows; row < rows + 3 && row->id; row++) {
        struct json_object *item = json_object_new_object();
        js_put(item, "kid", json_object_new_string(row->id));
        js_put(item, "attributes.enabled", json_object_new_boolean(!row->is_disabled));
        js_put(item, "attributes.created", json_object_new_int64(START + row->created * DAY));
        if (row->expires)
            js_put(item, "attributes.exp", json_object_new_int64(START + row->expires * DAY));
        json_object_array_add(list, item);
    }
    return list;
}

static void check(void **state)
{
    const struct next_case *c = *state;
    struct node node = {.name = NULL};
    struct observed now = {.sight = SIGHT_PRESENT, .versions = list_of(c->versions)};
    struct rotation *rotation = &node.rotation;
    struct rotate_next next;
    char period[ISO8601_DURATION_SIZE];
    rotation->has_every = c->every && iso8601_parse_duration(c->every, &rotation->every);
    rotation->has_before_expiry =
        c->before && iso8601_parse_duration(c->before, &rotation->before_expiry);
    const char *never = rotate_next(&(struct seen){&node, &now}, &next);
    if (c->never) {
        assert_non_null(never);
        assert_non_null(strstr(never, c->never));
    } else {
        assert_null(never);
        assert_int_equal(next.at_s, START + c->at * DAY);
        assert_int_equal(next.rule, c->rule);
        assert_string_equal(next.version.id, c->version);
        iso8601_format_duration(*next.period, period);
        assert_string_equal(period, c->period);
    }
    json_object_put(now.versions);
}

int main(void)
{
    return CASES_RUN(cases, check);
}
