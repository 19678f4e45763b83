/* cmkctl's command line, its times, and how a status looks. */
#include "cases.h"

#include "cmkctl.h"

#include "base/js.h"

#define NOW INT64_C(1798804800) /* 2027-01-01T12:00:00Z */

/* ---- command lines -------------------------------------------------------------------------- */

static struct line_case {
    const char *name;
    const char *words[8]; /* after "cmkctl" */
    const char *wrong;    /* a part of the message; NULL: it is good */
} lines[] = {
    {"a command alone", {"status"}, NULL},
    {"with stacks", {"status", "prod", "test"}, NULL},
    {"options after it", {"status", "--json", "prod"}, NULL},
    {"options after the stacks", {"status", "prod", "--json"}, NULL},
    {"a hold with all", {"hold", "prod", "--reason", "x", "--until", "2027-02-01"}, NULL},
    {"a revocation with all", {"revoke", "prod", "--reason", "x", "--yes"}, NULL},
    {"a revocation of nothing", {"revoke", "--reason", "x"}, "wants STACK"},
    {"a restoration needs no reason", {"restore", "prod"}, NULL},
    {"and takes none", {"restore", "prod", "--reason", "x"}, "--reason does not go with"},
    {"a time that begins like an option", {"history", "--since", "-2h"}, NULL},
    {"help", {"--help"}, NULL},
    {"help of a command", {"hold", "--help"}, NULL},
    {"version", {"--version"}, NULL},
    {"nothing", {NULL}, "say which command"},
    {"a command that is none", {"burn"}, "no command \"burn\""},
    {"a slip of the pen", {"stauts"}, "did you mean \"status\""},
    {"an option of another command", {"status", "--reason", "x"}, "--reason does not go with"},
    {"an option before any command", {"--json"}, "--json does not go with"},
    {"an option that is none", {"status", "--burn"}, "no option \"--burn\""},
    {"an option without its value", {"hold", "prod", "--reason"}, "--reason wants a value"},
    {"a hold of nothing", {"hold", "--reason", "x"}, "wants STACK"},
    {"a hold of two", {"hold", "prod", "test", "--reason", "x"}, "no \"test\""},
    {"an explanation of two", {"explain", "a", "b"}, "no \"b\""},
    {"an adoption with all",
     {"adopt", "/id", "--vault-id", "/v", "--token-stdin", "--config", "f"},
     NULL},
    {"a token is no argument", {"adopt", "--token-stdin=secret", "/id"}, "there is no option"},
    {"an adoption of two", {"adopt", "a", "b"}, "no \"b\""},
};

static void check_line(void **state)
{
    const struct line_case *c = *state;
    char *argv[COUNT(c->words) + 2] = {mem_text("cmkctl")};
    int argc = 1;
    struct ctl_options options;
    struct err err;
    for (size_t i = 0; i < COUNT(c->words) && c->words[i]; i++)
        argv[argc++] = mem_text(c->words[i]);
    char *all[COUNT(argv)];
    memcpy(all, argv, sizeof argv); /* getopt sorts argv */
    bool is_good = ctl_options_parse(argc, argv, &options, &err);
    for (size_t i = 0; i < COUNT(all); i++)
        free(all[i]);
    assert_int_equal(is_good, c->wrong == NULL);
    if (c->wrong && !strstr(err.message, c->wrong))
        fail_msg("%s", err.message);
}

/* ---- times --------------------------------------------------------------------------------- */

static struct time_case {
    const char *name, *text;
    bool is_end;
    int64_t time_s; /* 0: it is none */
} times[] = {
    {"a date is its first second", "2027-01-01", false, NOW - 43200},
    {"to a date is to its end", "2027-01-01", true, NOW + 43200},
    {"an instant", "2027-01-01T12:00:00Z", false, NOW},
    {"an instant is no day", "2027-01-01T12:00:00Z", true, NOW},
    {"today", "today", false, NOW - 43200},
    {"yesterday", "yesterday", false, NOW - 43200 - 86400},
    {"to yesterday", "yesterday", true, NOW - 43200},
    {"hours ago", "-2h", false, NOW - 7200},
    {"minutes ago", "-30min", false, NOW - 1800},
    {"days ago", "-7d", false, NOW - 7 * 86400},
    {"weeks ago", "-2w", false, NOW - 14 * 86400},
    {"no unit", "-2", false, 0},
    {"no number", "-h", false, 0},
    {"in the future, which has no history", "2h", false, 0},
    {"too long ago", "-99999999999999999999h", false, 0},
    {"nothing", "", false, 0},
    {"a word", "tomorrow", false, 0},
};

static void check_time(void **state)
{
    const struct time_case *c = *state;
    int64_t time_s = 0;
    assert_int_equal(ctl_time(c->text, NOW, c->is_end, &time_s), c->time_s != 0);
    if (c->time_s)
        assert_int_equal(time_s, c->time_s);
}

/* ---- help ---------------------------------------------------------------------------------- */

static void the_help_of_a_command_has_its_options_and_no_other(void **state)
{
    struct ctl_options options;
    struct err err;
    char *argv[] = {(char[]){"cmkctl"}, (char[]){"release"}, (char[]){"prod"}, NULL};
    (void)state;
    assert_true(ctl_options_parse(3, argv, &options, &err));
    AUTO(text) char *help = ctl_help(options.command);
    assert_non_null(strstr(help, "--config FILE"));
    assert_null(strstr(help, "--reason"));
    AUTO(text) char *all = ctl_help(NULL);
    assert_non_null(strstr(all, "\n  release "));
}

/* ---- a status ------------------------------------------------------------------------------- */

static const char reply[] =
    "{\"version\": \"1\", \"pid\": 7, \"sentence\": \"1 of 2 stacks in sync; test held\","
    " \"intervalSeconds\": 60, \"nextPass\": \"2027-01-01T12:00:12Z\","
    " \"reloadRefused\": \"cmkd.json:3: /mode\", \"ordersUnreadable\": null,"
    " \"otherOrders\": [{\"kind\": \"revoke\", \"stack\": \"gone\", \"says\": \"the key k is REVOKED\"}],"
    " \"stacks\": ["
    " {\"name\": \"prod\", \"mode\": \"enforce\", \"state\": \"insync\","
    "  \"lastGoodLook\": \"2027-01-01T11:59:52Z\", \"blindSince\": null},"
    " {\"name\": \"te\\u001b[31mst\", \"mode\": \"audit\", \"state\": \"held\", \"lastGoodLook\": null,"
    "  \"blindSince\": \"2027-01-01T09:00:00Z\", \"orders\": [{\"stack\": \"test\", \"reason\": \"SEC-1\","
    "   \"by\": \"root\", \"since\": \"2027-01-01T00:00:00Z\", \"until\": null}],"
    "  \"exemptions\": [{\"resource\": \"/x/y/kv\", \"path\": \"properties.a\", \"reason\": \"SEC-2\","
    "   \"until\": \"2027-02-01T00:00:00Z\", \"ended\": false}],"
    "  \"errors\": [{\"resource\": \"/x/y/kv\", \"code\": \"Timeout\", \"message\": \"slow\"}],"
    "  \"unreached\": [{\"resource\": \"/x/y/kv\", \"code\": \"ForbiddenByFirewall\","
    "   \"message\": \"rotate and revoke are NOT possible\"}],"
    "  \"findings\": [{\"resource\": \"/x/y/kv\", \"path\": \"properties.b\", \"observed\": \"Allow\","
    "   \"desired\": \"Deny\", \"outcome\": \"held\", \"status\": null, \"reason\": \"SEC-1\", \"author\": {"
    "   \"caller\": \"eve\\u001b[31m\", \"operation\": \"x/write\", \"time\":"
    "   \"2027-01-01T11:00:00Z\"}}]}]}";

static const char *const lines_of_status[] = {
    "cmkd 1, process 7: 1 of 2 stacks in sync; test held\n",
    "a pass every 60 s, the next one in 12 s\n",
    "the configuration in force is not what the file says: cmkd.json:3: /mode\n",
    "about what is not declared: gone: the key k is REVOKED\n",
    "insync    8 s ago\n",
    "held      never, BLIND since 3 h ago\n",
    "  test: ON HOLD, by root since 2027-01-01T00:00:00Z, until it is released: SEC-1\n",
    "  kv: cannot be seen: Timeout: slow\n",
    "  kv: its data plane cannot be reached: ForbiddenByFirewall: rotate",
    "  kv: exempt: properties.a until 2027-02-01T00:00:00Z: SEC-2\n",
    "  kv: properties.b is Allow, should be Deny: held: SEC-1; changed by eve\\x1b[31m at 2027-01-01T11:00:00Z, x/write\n",
};

static void a_status_says_all_that_an_operator_must_know(void **state)
{
    struct err err;
    AUTO(json) struct json_object *tree = NULL;
    (void)state;
    if (!js_parse(reply, strlen(reply), &tree, &err))
        fail_msg("%s", err.message);
    AUTO(text) char *plain = ctl_show_status(tree, NOW, false);
    for (size_t i = 0; i < COUNT(lines_of_status); i++)
        if (!strstr(plain, lines_of_status[i]))
            fail_msg("missing: %s\nin:\n%s", lines_of_status[i], plain);
    assert_null(strchr(plain, '\033')); /* neither ours nor anybody else's */
    AUTO(text) char *coloured = ctl_show_status(tree, NOW, true);
    assert_non_null(strstr(coloured, "\033[32minsync"));
    assert_non_null(strstr(coloured, "\033[33mheld"));
}

/* ---- the life of keys ----------------------------------------------------------------------- */

#define ID "0123456789abcdef0123456789abcde"

static const char keys[] =
    "{'keys': [{'key': '/x/vaults/kv/keys/k', 'stacks': ['prod', 'test'], 'mode': 'enforce',"
    " 'sight': 'forbidden', 'seen': '2027-01-01T11:59:52Z', 'order': {'kind': 'revoke', 'stack':"
    " 'prod', 'says': 'the key k is REVOKED', 'versions': ['" ID "1']}, 'incident': 'somebody',"
    " 'unreached': 'Timeout', 'versions': ["
    "  {'version': '" ID "2', 'created': '2026-12-30T12:00:00Z', 'expires':"
    "   '2027-12-30T12:00:00Z', 'state': 'notYetValid', 'newest': true},"
    "  {'version': '" ID "1', 'created': '2026-01-01T12:00:00Z', 'state': 'disabled'}],"
    " 'accounts': ["
    "  {'account': '/x/oai-prod', 'stacks': ['prod'], 'declared': true, 'use': 'version',"
    "   'version': '" ID "2'},"
    "  {'account': '/x/oai-other', 'stacks': [], 'declared': false, 'use': 'version', 'version':"
    "   '" ID "2'},"
    "  {'account': '/x/oai-lost', 'stacks': ['lost'], 'declared': false, 'use': 'version',"
    "   'version': 'gone\\u001b[31m'},"
    "  {'account': '/x/oai-test', 'stacks': ['test'], 'declared': true, 'use': 'versionless'},"
    "  {'account': '/x/oai-new', 'stacks': ['new'], 'declared': true, 'use': 'none'},"
    "  {'account': '/x/oai-dark', 'stacks': ['dark'], 'declared': true, 'use': 'unseen'}],"
    " 'rotation': {'at': '2027-01-01T11:00:00Z', 'due': true, 'rule': 'expiry', 'period': 'P90D',"
    "  'obstacles': []},"
    " 'retirement': {'at': '2027-01-31T12:00:00Z', 'due': false, 'rule': 'retireAfter', 'period':"
    "  'P30D', 'versions': ['" ID "1'], 'obstacles': [{'outcome': 'waiting', 'reason': 'until x',"
    "  'account': '/x/oai-test'}]}},"
    " {'key': '/x/vaults/kv/keys/k2', 'stacks': ['new'], 'mode': 'audit', 'sight': 'absent',"
    "  'rotation': {'never': 'no rotation is declared'}, 'retirement': {'never': 'no key'}}]}";

static const char shown_keys[] =
    "key k in kv, of prod, test: enforce, CANNOT be seen (forbidden), seen 8 s ago\n"
    "  prod: the key k is REVOKED\n"
    "  restore enables: " ID "1\n"
    "  INCIDENT? somebody\n"
    "  rotate and revoke are NOT possible: Timeout\n"
    "\n"
    "  VERSION                           CREATED               AGE      STATE      EXPIRES"
    "               USED BY\n"
    "  " ID "2  2026-12-30T12:00:00Z  2 d      not yet    2027-12-30T12:00:00Z"
    "  oai-prod (prod), oai-other (not declared)\n"
    "  " ID "1  2026-01-01T12:00:00Z  365 d    disabled   never                 -\n"
    "  names a version that is not among them, gone\\x1b[31m: oai-lost (lost; declared with"
    " another key)\n"
    "  without a version: oai-test (test)\n"
    "  declared with it, and not encrypted under it: oai-new (new)\n"
    "  declared with it, and CANNOT be seen: oai-dark (dark)\n"
    "\n"
    "  rotation:   DUE since 2027-01-01T11:00:00Z, 60 min ago, by every P90D: it expires then\n"
    "    nothing is in the way: the next pass does it\n"
    "  retirement: 2027-01-31T12:00:00Z, in 30 d, by retireAfter P30D: " ID "1\n"
    "    waiting: until x (oai-test)\n"
    "\n"
    "key k2 in kv, of new: audit, NOT THERE\n"
    "\n"
    "  rotation:   none: no rotation is declared\n"
    "  retirement: none: no key\n";

static void the_life_of_keys_is_told_in_lines_that_nobody_can_forge(void **state)
{
    AUTO(json) struct json_object *tree = json_tokener_parse(keys);
    (void)state;
    assert_non_null(tree);
    AUTO(text) char *shown = ctl_show_keys(tree, NOW);
    assert_string_equal(shown, shown_keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_help_of_a_command_has_its_options_and_no_other),
        cmocka_unit_test(a_status_says_all_that_an_operator_must_know),
        cmocka_unit_test(the_life_of_keys_is_told_in_lines_that_nobody_can_forge),
    };
    int failed = CASES_RUN(lines, check_line) + CASES_RUN(times, check_time);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
