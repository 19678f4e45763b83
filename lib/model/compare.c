#include "model/compare.h"

#include "base/armid.h"
#include "base/cidr.h"
#include "base/iso8601.h"
#include "model/categories.h"
#include "model/lifetime.h"
#include "model/parts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool covers(struct json_object *declared, struct json_object *observed);

static size_t length_of(struct json_object *array)
{
    return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

/* ---- by value: arrays are sets, null is absent, undeclared members are not ours ------------- */

static bool covers_object(struct json_object *declared, struct json_object *observed)
{
    json_object_object_foreach(declared, name, value)
    {
        if (value && !covers(value, js_member(observed, name, NULL)))
            return false;
    }
    return true;
}

static bool has_partner(struct json_object *element, struct json_object *others, bool is_declared)
{
    for (size_t i = 0; i < length_of(others); i++) {
        struct json_object *other = json_object_array_get_idx(others, i);
        if (is_declared ? covers(element, other) : covers(other, element))
            return true;
    }
    return false;
}

/* How many elements there are, those that stand there twice counted once: arrays are sets. */
static size_t count_distinct(struct json_object *array)
{
    size_t count = 0;
    for (size_t i = 0; i < length_of(array); i++) {
        size_t j = 0;
        while (j < i &&
               !js_same(json_object_array_get_idx(array, i), json_object_array_get_idx(array, j)))
            j++;
        count += j == i;
    }
    return count;
}

static bool covers_array(struct json_object *declared, struct json_object *observed)
{
    if (count_distinct(declared) != count_distinct(observed))
        return false;
    for (size_t i = 0; i < length_of(declared); i++)
        if (!has_partner(json_object_array_get_idx(declared, i), observed, true))
            return false;
    for (size_t i = 0; i < length_of(observed); i++)
        if (!has_partner(json_object_array_get_idx(observed, i), declared, false))
            return false;
    return true;
}

static bool covers(struct json_object *declared, struct json_object *observed)
{
    if (json_object_is_type(declared, json_type_object))
        return json_object_is_type(observed, json_type_object)
                   ? covers_object(declared, observed)
                   : !json_object_object_length(declared) && !observed;
    if (json_object_is_type(declared, json_type_array))
        return json_object_is_type(observed, json_type_array) && covers_array(declared, observed);
    return js_same(declared, observed);
}

/* ---- texts -------------------------------------------------------------------------------- */

static bool same_location(const char *a, const char *b)
{
    AUTO(text) char *x = armid_location(a);
    AUTO(text) char *y = armid_location(b);
    return strcmp(x, y) == 0;
}

static bool same_duration(const char *a, const char *b)
{
    struct duration x, y;
    return iso8601_parse_duration(a, &x) && iso8601_parse_duration(b, &y) && x.months == y.months &&
           x.days * 86400 + x.seconds == y.days * 86400 + y.seconds;
}

/* Calls each word of a list like "SystemAssigned, UserAssigned" with its length, until one is
 * refused. */
static bool each_word(const char *list, bool (*accept)(const char *word, size_t length, void *with),
                      void *with)
{
    while (*list) {
        size_t length;
        list += strspn(list, ", ");
        length = strcspn(list, ", ");
        if (length && !accept(list, length, with))
            return false;
        list += length;
    }
    return true;
}

struct word {
    const char *text;
    size_t length;
};

static bool is_other_word(const char *word, size_t length, void *with)
{
    const struct word *looked_for = with;
    return length != looked_for->length || strncasecmp(word, looked_for->text, length) != 0;
}

static bool is_in_list(const char *word, size_t length, void *with)
{
    const char *list = with;
    struct word looked_for = {word, length};
    char *copy = mem_text(list);
    bool found = !each_word(copy, is_other_word, &looked_for);
    free(copy);
    return found;
}

static bool has_every_word(const char *declared, const char *observed)
{
    AUTO(text) char *list = mem_text(observed);
    return each_word(declared, is_in_list, list);
}

static bool same_text(enum compare how, const char *declared, const char *observed)
{
    switch (how) {
    case BY_NAME:
        return strcasecmp(declared, observed) == 0;
    case BY_LOCATION:
        return same_location(declared, observed);
    case BY_ID:
    case BY_URI:
        return armid_same(declared, observed);
    case BY_WORDS:
        return has_every_word(declared, observed);
    case BY_DURATION:
        return same_duration(declared, observed);
    case BY_VALUE:
    case BY_NAMES:
    case BY_ID_SET:
    case BY_CIDR:
    case BY_CIDR_BARE:
    case BY_KEYS:
    case BY_LIFETIME:
    case BY_PARTS:
    case BY_CATEGORIES:
        return strcmp(declared, observed) == 0;
    }
    abort();
}

/* ---- sets of addresses and of ids --------------------------------------------------------- */

/* The ranges of [{"value": "203.0.113.0/24"}, ...]; false if an element is not one. */
static bool read_ranges(struct json_object *rules, struct cidr **ranges, size_t *count)
{
    *count = length_of(rules);
    *ranges = mem_new(*count, sizeof **ranges);
    for (size_t i = 0; i < *count; i++) {
        const char *text = js_string(json_object_array_get_idx(rules, i), "value", "");
        if (!cidr_parse(text, &(*ranges)[i]))
            return false;
    }
    *count = cidr_normalise(*ranges, *count);
    return true;
}

static bool same_addresses(struct json_object *declared, struct json_object *observed)
{
    struct cidr *a = NULL, *b = NULL;
    size_t n = 0, m = 0;
    bool are_ranges = read_ranges(declared, &a, &n) && read_ranges(observed, &b, &m);
    bool same = are_ranges && n == m;
    for (size_t i = 0; same && i < n; i++)
        same = a[i].base == b[i].base && a[i].length == b[i].length;
    free(a);
    free(b);
    /* What is not an IPv4 range is compared as it stands. */
    return are_ranges ? same : covers(declared, observed);
}

static bool has_name(struct json_object *names, struct json_object *name)
{
    for (size_t i = 0; i < length_of(names); i++)
        if (compare_equal(BY_NAME, name, json_object_array_get_idx(names, i)))
            return true;
    return false;
}

bool compare_has_name(struct json_object *names, const char *wanted)
{
    AUTO(json) struct json_object *name = json_object_new_string(wanted);
    return has_name(names, name);
}

bool compare_has_names(struct json_object *names, struct json_object *wanted)
{
    for (size_t i = 0; i < length_of(wanted); i++)
        if (!has_name(names, json_object_array_get_idx(wanted, i)))
            return false;
    return true;
}

static struct json_object *find_id(struct json_object *array, const char *id)
{
    for (size_t i = 0; i < length_of(array); i++) {
        struct json_object *element = json_object_array_get_idx(array, i);
        if (armid_same(js_string(element, "id", ""), id))
            return element;
    }
    return NULL;
}

static bool is_id(const char *name)
{
    return strcasecmp(name, "id") == 0;
}

/* True if what is declared of a rule besides its id is as shown. */
static bool same_rule(struct json_object *declared, struct json_object *observed)
{
    if (!json_object_is_type(declared, json_type_object))
        return true;
    json_object_object_foreach(declared, name, value)
    {
        if (value && !is_id(name) && !covers(value, js_member(observed, name, NULL)))
            return false;
    }
    return true;
}

static bool same_ids(struct json_object *declared, struct json_object *observed)
{
    for (size_t i = 0; i < length_of(declared); i++) {
        struct json_object *rule = json_object_array_get_idx(declared, i);
        struct json_object *there = find_id(observed, js_string(rule, "id", ""));
        if (!there || !same_rule(rule, there))
            return false;
    }
    for (size_t i = 0; i < length_of(observed); i++)
        if (!find_id(declared, js_string(json_object_array_get_idx(observed, i), "id", "")))
            return false;
    return true;
}

static bool has_every_key(struct json_object *declared, struct json_object *observed)
{
    if (!json_object_is_type(declared, json_type_object))
        return false;
    json_object_object_foreach(declared, name, value)
    {
        (void)value;
        if (!js_member(observed, name, NULL))
            return false;
    }
    return true;
}

bool compare_equal(enum compare how, struct json_object *declared, struct json_object *observed)
{
    if (json_object_is_type(declared, json_type_string) &&
        json_object_is_type(observed, json_type_string))
        return same_text(how, json_object_get_string(declared), json_object_get_string(observed));
    switch (how) {
    case BY_CIDR:
    case BY_CIDR_BARE:
        return same_addresses(declared, observed);
    case BY_ID_SET:
        return same_ids(declared, observed);
    case BY_NAMES:
        return compare_has_names(observed, declared) && compare_has_names(declared, observed);
    case BY_KEYS:
        return has_every_key(declared, observed);
    case BY_LIFETIME:
        return lifetime_equal(declared, observed);
    case BY_PARTS:
        return parts_equal(declared, observed);
    case BY_CATEGORIES:
        return categories_equal(declared, observed);
    case BY_VALUE:
    case BY_NAME:
    case BY_LOCATION:
    case BY_ID:
    case BY_URI:
    case BY_WORDS:
    case BY_DURATION:
        return covers(declared, observed);
    }
    abort();
}

/* ---- writing ------------------------------------------------------------------------------ */

static void add_range(struct json_object *rules, struct cidr range, struct json_object *like)
{
    char text[CIDR_SIZE];
    struct json_object *rule = js_copy(like);
    cidr_format(range, true, text);
    js_put(rule, "value", json_object_new_string(text));
    json_object_array_add(rules, rule);
}

/* The account's provider takes a single address only bare, and no /31 at all. */
static struct json_object *bare_ranges(struct json_object *declared)
{
    struct json_object *rules = json_object_new_array();
    for (size_t i = 0; i < length_of(declared); i++) {
        struct json_object *rule = json_object_array_get_idx(declared, i);
        struct cidr range;
        if (!cidr_parse(js_string(rule, "value", ""), &range)) {
            json_object_array_add(rules, json_object_get(rule));
        } else if (range.length == 31) {
            add_range(rules, (struct cidr){range.base, 32}, rule);
            add_range(rules, (struct cidr){range.base + 1, 32}, rule);
        } else {
            add_range(rules, range, rule);
        }
    }
    return rules;
}

/* Both lists, the declared words first; "None" beside another word means nothing. */
struct words {
    char *text;
    const char *known; /* words of this list are in text already */
};

static bool append_word(const char *word, size_t length, void *with)
{
    struct words *words = with;
    bool is_none = length == 4 && strncasecmp(word, "None", 4) == 0;
    AUTO(text) char *known = mem_text(words->known ? words->known : "");
    if (is_none || (words->known && is_in_list(word, length, known)))
        return true;
    char *longer =
        mem_format("%s%s%.*s", words->text, words->text[0] ? ", " : "", (int)length, word);
    free(words->text);
    words->text = longer;
    return true;
}

static struct json_object *all_words(const char *declared, const char *observed)
{
    struct words words = {mem_text(""), NULL};
    each_word(declared, append_word, &words);
    words.known = declared;
    each_word(observed, append_word, &words);
    struct json_object *value = json_object_new_string(words.text);
    free(words.text);
    return value;
}

/* The declared rule, within what the service shows of it; its id as the service spells it. */
static struct json_object *rule_within(struct json_object *declared, struct json_object *shown)
{
    struct json_object *rule = js_copy(shown);
    json_object_object_foreach(declared, name, value)
    {
        AUTO(text) char *path = js_join("", name);
        if (value && !is_id(name))
            js_put(rule, path, js_copy(value));
    }
    return rule;
}

static struct json_object *rules_by_id(struct json_object *declared, struct json_object *observed)
{
    struct json_object *rules = json_object_new_array();
    for (size_t i = 0; i < length_of(declared); i++) {
        struct json_object *rule = json_object_array_get_idx(declared, i);
        struct json_object *there = find_id(observed, js_string(rule, "id", ""));
        bool is_within = json_object_is_type(rule, json_type_object) && there;
        json_object_array_add(rules, is_within ? rule_within(rule, there) : js_copy(rule));
    }
    return rules;
}

static struct json_object *all_keys(struct json_object *declared, struct json_object *observed)
{
    struct json_object *all = json_object_is_type(observed, json_type_object)
                                  ? js_copy(observed)
                                  : json_object_new_object();
    json_object_object_foreach(declared, name, value)
    {
        if (!js_member(all, name, NULL))
            json_object_object_add(all, name, js_copy(value));
    }
    return all;
}

struct json_object *compare_write_form(enum compare how, struct json_object *declared,
                                       struct json_object *observed)
{
    switch (how) {
    case BY_CIDR_BARE:
        return bare_ranges(declared);
    case BY_WORDS:
        return all_words(js_string(declared, "", ""), js_string(observed, "", ""));
    case BY_ID_SET:
        return rules_by_id(declared, observed);
    case BY_KEYS:
        return all_keys(declared, observed);
    case BY_LIFETIME:
        return lifetime_write_form(declared, observed);
    case BY_PARTS:
        return parts_copy(declared);
    case BY_VALUE:
    case BY_NAME:
    case BY_NAMES:
    case BY_LOCATION:
    case BY_ID:
    case BY_URI:
    case BY_CIDR:
    case BY_DURATION:
    case BY_CATEGORIES:
        return js_copy(declared);
    }
    abort();
}
