#include "cases.h"

#include "base/mem.h"
#include "model/rules.h"
#include "model/words.h"

static const char *const words[] = {
    "mode", "interval", "include", "limits", "stacks", "subscriptionId", "resourceGroup", NULL,
};

static struct nearest_case {
    const char *name, *word, *nearest;
} nearest_cases[] = {
    {"a letter too much", "modes", "mode"},
    {"a letter too few", "inteval", "interval"},
    {"a wrong letter", "limite", "limits"},
    {"two letters swapped", "satcks", "stacks"},
    {"another case", "SubscriptionID", "subscriptionId"},
    {"a plural and a case", "resourcegroups", "resourceGroup"},
    {"something else", "colour", NULL},
    {"a short word is not near to all", "x", NULL},
    {"the empty word", "", NULL},
};

static void check_nearest(void **state)
{
    const struct nearest_case *c = *state;
    const char *nearest = words_nearest(c->word, words);
    if (c->nearest)
        assert_string_equal(nearest ? nearest : "nothing", c->nearest);
    else
        assert_null(nearest);
}

#define TEN "0123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN

static struct rule_case {
    const char *name, *text;
    bool (*rule)(const char *text);
    bool is_good;
} rule_cases[] = {
    /* clang-format off */
    {"vault: three characters",        "kv1",                       rule_vault, true},
    {"vault: twenty-four",             "a23456789012345678901234",  rule_vault, true},
    {"vault: two",                     "kv",                        rule_vault, false},
    {"vault: twenty-five",             "a234567890123456789012345", rule_vault, false},
    {"vault: a digit first",           "1kv",                       rule_vault, false},
    {"vault: a hyphen last",           "kv-",                       rule_vault, false},
    {"vault: two hyphens",             "kv--a",                     rule_vault, false},
    {"vault: a dot",                   "kv.a",                      rule_vault, false},
    {"vault: a letter that is not ASCII", "kv\xc3\xa9",             rule_vault, false},
    {"key: one character",             "-",                         rule_key, true},
    {"key: 127",                       SIXTY SIXTY "1234567",       rule_key, true},
    {"key: 128",                       SIXTY SIXTY "12345678",      rule_key, false},
    {"key: none",                      "",                          rule_key, false},
    {"key: an underscore",             "a_b",                       rule_key, false},
    {"account: two characters",        "o1",                        rule_account, true},
    {"account: sixty-four",            SIXTY "1234",                rule_account, true},
    {"account: sixty-five",            SIXTY "12345",               rule_account, false},
    {"account: one",                   "o",                         rule_account, false},
    {"account: a hyphen first",        "-oai",                      rule_account, false},
    {"account: up in a path",          "a..b",                      rule_account, false},
    {"group: parentheses and dots",    "rg_(x).y-1",                rule_group, true},
    {"group: ninety",                  SIXTY TEN TEN TEN,           rule_group, true},
    {"group: ninety-one",              SIXTY TEN TEN TEN "1",       rule_group, false},
    {"group: a dot last",              "rg.",                       rule_group, false},
    {"group: a slash",                 "rg/x",                      rule_group, false},
    {"group: none",                    "",                          rule_group, false},
    {"GUID: of both cases",            "0F6c9a1e-58d2-4b5c-9d7e-000000000001", rule_guid, true},
    {"GUID: in braces",                "{0f6c9a1e-58d2-4b5c-9d7e-000000000001}", rule_guid, false},
    {"GUID: too short",                "0f6c9a1e-58d2-4b5c-9d7e",   rule_guid, false},
    {"location: as the portal shows it", "Sweden Central",          rule_location, true},
    {"location: a slash",              "sweden/central",            rule_location, false},
    {"location: none",                 "",                          rule_location, false},
    {"stack: a common one",            "prod-1.eu_west",            rule_stack, true},
    {"stack: a blank",                 "my stack",                  rule_stack, false},
    {"stack: a dot first",             ".hidden",                   rule_stack, false},
    {"tenant: a GUID",                 "0f6c9a1e-58d2-4b5c-9d7e-000000000001", rule_tenant, true},
    {"tenant: a domain",               "contoso.onmicrosoft.com",   rule_tenant, true},
    {"tenant: a path",                 "contoso/../common",         rule_tenant, false},
    /* clang-format on */
};

static void check_rule(void **state)
{
    const struct rule_case *c = *state;
    assert_int_equal(c->rule(c->text), c->is_good);
}

int main(void)
{
    return CASES_RUN(nearest_cases, check_nearest) + CASES_RUN(rule_cases, check_rule);
}
