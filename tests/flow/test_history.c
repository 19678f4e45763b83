/* test_history.c: a month of cmkd, in which others open firewalls: a person, a pipeline, a policy;
 * by day and while cmkd is away; on stacks that it repairs and on one that it only reports. At its
 * end cmkctl history answers whether a firewall was ever open, by whom, from when to when: exactly.
 */
#include "ctl.h"
#include "two.h"

#include "base/iso8601.h"
#include "base/js.h"

#include <ctype.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>

#define ACTION "properties.networkAcls.defaultAction"
#define OF_ACCOUNT "account.properties.networkAcls.defaultAction"
#define OF_VAULT "vault.properties.networkAcls.defaultAction"
#define OPEN "{'properties': {'networkAcls': {'defaultAction': 'Allow'}}}"
#define SHUT "{'properties': {'networkAcls': {'defaultAction': 'Deny'}}}"
#define ASSIGNMENT SUBSCRIPTION "/providers/Microsoft.Authorization/policyAssignments/open-all"
#define PIPELINE "7e44af04-0000-4000-8000-000000000002"
#define TERRAFORM "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
#define PASS "^GET .*/keys/openai-cmk/versions"
#define HOUR INT64_C(3600)
#define DAY (24 * HOUR)
#define STEP (6 * HOUR) /* the interval */
#define EXACT_S 3       /* what a test takes to ask, by a clock that goes on meanwhile */

/* prod is repaired; test, whose account hangs on the same vault and key, is only reported, and so
 * is what they share. */
#define MONTH                                                                                      \
    "{'interval': 'PT6H', 'stacks': {"                                                             \
    "'prod': {" PLACE ", 'vault': {'name': 'kv-openai-prod'}, 'key': {'name': 'openai-cmk'},"      \
    " 'account': {'name': 'oai-prod'}},"                                                           \
    "'test': {'mode': 'audit', " PLACE ", 'vault': {'name': 'kv-openai-prod'}, 'key': "            \
    "{'name': 'openai-cmk'}, 'account': {'name': 'oai-test'}}}}"

/* What must be in the answer, and nothing else. */
struct incident {
    const char *resource, *end;
    const char *author, *client, *policy; /* "" where there is none */
    int64_t began_s, ended_s;             /* ended_s 0: it goes on */
    bool is_unknown;                      /* nobody is named, and so is no beginning */
};

struct month {
    int64_t start_s;
    struct incident incidents[16];
    size_t count;
    int64_t away_s, back_s; /* cmkd did not run */
};

/* ---- living through it ---------------------------------------------------------------------- */

static void look(void **flow)
{
    cmkd_signal(flow, SIGUSR1);
    flow_await(flow, PASS);
}

/* So many days after the start, with a look every six hours on the way. */
static void live_until(void **flow, const struct month *month, double day)
{
    int64_t until_s = month->start_s + (int64_t)(day * DAY);
    for (int64_t left_s; (left_s = until_s - flow_now_s(flow)) > 0;) {
        flow_pass_time(flow, left_s < STEP ? left_s : STEP);
        if (left_s >= STEP)
            look(flow);
    }
    flow_pass_time(flow, 0);
}

static struct incident *plant(void **flow, struct month *month, const char *resource,
                              const char *by)
{
    struct incident *incident = &month->incidents[month->count++];
    *incident = (struct incident){.resource = resource,
                                  .author = "",
                                  .client = "",
                                  .policy = "",
                                  .end = "repaired",
                                  .began_s = flow_now_s(flow)};
    if (by)
        flow_drift_by(flow, resource, OPEN, by);
    else
        flow_drift(flow, resource, OPEN);
    incident->is_unknown = !by;
    return incident;
}

/* cmkd looks, and ends it. */
static void repair(void **flow, struct incident *incident)
{
    look(flow);
    cmkd_wait_line(flow, ACTION " was Allow, is Deny again");
    incident->ended_s = flow_now_s(flow);
}

static void somebody_shuts(void **flow, struct incident *incident)
{
    flow_drift(flow, incident->resource, SHUT);
    look(flow);
    flow_pass_time(flow, 0);
    incident->end = "right again, and not by cmkd";
    incident->ended_s = flow_now_s(flow);
}

static void start(void **flow)
{
    cmkd_start(flow, NULL);
    cmkd_wait_line(flow, "started");
    flow_await(flow, PASS);
    flow_pass_time(flow, 60);
    look(flow); /* now all is known to be right */
}

static void live(void **flow, struct month *month)
{
    struct incident *incident, *standing;
    prod_seed(flow, TWO_ACCOUNTS, MONTH);
    flow_keep_journal(flow);
    month->start_s = flow_now_s(flow);
    start(flow);

    /* A person, seen within twenty minutes; at the same time something else of the same account. */
    live_until(flow, month, 2.3);
    incident = plant(flow, month, ACCOUNT, "{'caller': 'alice@contoso.com'}");
    incident->author = "alice@contoso.com";
    flow_drift(flow, ACCOUNT, "{'properties': {'publicNetworkAccess': 'Disabled'}}");
    flow_pass_time(flow, 1200);
    repair(flow, incident);

    /* A pipeline, which the log names three hours after the repair. */
    live_until(flow, month, 5.4);
    flow_settings(flow, "{'activityLag': 10800}");
    incident = plant(flow, month, ACCOUNT, "{'caller': '" PIPELINE "', 'appid': '" TERRAFORM "'}");
    incident->author = PIPELINE;
    incident->client = TERRAFORM;
    flow_pass_time(flow, HOUR);
    repair(flow, incident);
    live_until(flow, month, 6);
    flow_settings(flow, "{'activityLag': 0}");

    /* A policy. */
    live_until(flow, month, 9.1);
    incident = plant(flow, month, ACCOUNT, "{'assignment': '" ASSIGNMENT "'}");
    incident->policy = ASSIGNMENT;
    flow_pass_time(flow, 600);
    repair(flow, incident);

    /* Of the stack that is only reported: bob opens it, and shuts it two days later. */
    live_until(flow, month, 12.2);
    incident = plant(flow, month, TEST_ACCOUNT, "{'caller': 'bob@contoso.com'}");
    incident->author = "bob@contoso.com";
    live_until(flow, month, 14.3);
    somebody_shuts(flow, incident);

    /* While cmkd is away. */
    live_until(flow, month, 16.1);
    month->away_s = flow_now_s(flow);
    assert_int_equal(cmkd_stop(flow), 0);
    flow_pass_time(flow, 2 * HOUR);
    incident = plant(flow, month, ACCOUNT, "{'caller': 'carol@contoso.com'}");
    incident->author = "carol@contoso.com";
    flow_pass_time(flow, 3 * HOUR);
    month->back_s = flow_now_s(flow);
    cmkd_start(flow, NULL);
    cmkd_wait_line(flow, ACTION " was Allow, is Deny again");
    incident->ended_s = flow_now_s(flow);

    /* The vault, by whom the log does not know; shut again by whoever it was. */
    live_until(flow, month, 20.2);
    incident = plant(flow, month, VAULT, NULL);
    live_until(flow, month, 21);
    somebody_shuts(flow, incident);

    /* It is open to this day. */
    live_until(flow, month, 25.6);
    standing = plant(flow, month, TEST_ACCOUNT, "{'caller': 'mallory@contoso.com'}");
    standing->author = "mallory@contoso.com";
    standing->end = "goes on";
    live_until(flow, month, 30);
    look(flow);
    flow_pass_time(flow, 0);
}

/* ---- what history says of it ------------------------------------------------------------------
 */

static int64_t time_of(struct json_object *object, const char *path)
{
    int64_t time_s = 0;
    const char *text = js_string(object, path, NULL);
    assert_true(!text || iso8601_parse_time(text, &time_s));
    return time_s;
}

static bool is_about(int64_t time_s, int64_t expected_s)
{
    return llabs(time_s - expected_s) <= EXACT_S;
}

static void expect_incident(void **flow, struct json_object *episode,
                            const struct incident *incident)
{
    const char *text = json_object_to_json_string(episode);
    int64_t began_s = time_of(episode, "began"), ended_s = time_of(episode, "ended");
    int64_t found_s = time_of(episode, "found"), good_s = time_of(episode, "lastSeenRight");
    assert_string_equal(js_string(episode, "resource", ""), incident->resource);
    assert_string_equal(js_string(episode, "path", ""), ACTION);
    assert_string_equal(js_string(episode, "observed", ""), "Allow");
    assert_string_equal(js_string(episode, "desired", ""), "Deny");
    assert_string_equal(js_string(episode, "end", ""), incident->end);
    assert_string_equal(js_string(episode, "author.caller", ""), incident->author);
    assert_string_equal(js_string(episode, "author.client", ""), incident->client);
    assert_string_equal(js_string(episode, "author.policy", ""), incident->policy);
    if (incident->is_unknown ? began_s != 0 : !is_about(began_s, incident->began_s))
        flow_fail(flow, "it began at another time: %s", text);
    if (incident->ended_s ? !is_about(ended_s, incident->ended_s) : ended_s != 0)
        flow_fail(flow, "it ended at another time: %s", text);
    if (found_s + EXACT_S < incident->began_s || good_s > incident->began_s + EXACT_S ||
        (!good_s && incident->began_s < found_s - DAY))
        flow_fail(flow, "it was found, or seen right, at another time: %s", text);
}

/* The answer has these incidents of the month, in their order, and no other. resource: of one
 * alone; NULL: of all. */
static void expect_answer(void **flow, const struct month *month, const char *resource,
                          const char *const words[])
{
    AUTO(json) struct json_object *answer = ctl_json(flow, words);
    struct json_object *episodes = js_array(answer, "episodes"), *away;
    size_t found = 0;
    for (size_t i = 0; i < month->count; i++) {
        if (resource && strcmp(month->incidents[i].resource, resource) != 0)
            continue;
        if (found >= json_object_array_length(episodes))
            flow_fail(flow, "an incident is missing: %s", json_object_to_json_string(answer));
        expect_incident(flow, json_object_array_get_idx(episodes, found++), &month->incidents[i]);
    }
    if (found != json_object_array_length(episodes))
        flow_fail(flow, "there are more: %s", json_object_to_json_string(answer));
    if (json_object_array_length(js_array(answer, "unwatched")) != 1)
        flow_fail(flow, "cmkd was away once: %s",
                  json_object_to_json_string(js_find(answer, "unwatched")));
    away = json_object_array_get_idx(js_array(answer, "unwatched"), 0);
    assert_null(js_string(away, "resource", NULL));
    assert_true(is_about(time_of(away, "from"), month->away_s));
    assert_true(is_about(time_of(away, "to"), month->back_s));
}

static struct json_object *tally_of(struct json_object *answer, const char *resource)
{
    struct json_object *list = js_array(answer, "inAll");
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *tally = json_object_array_get_idx(list, i);
        if (strcmp(js_string(tally, "resource", ""), resource) == 0)
            return tally;
    }
    return NULL;
}

/* How often, and for how long in all. */
static void expect_tally(void **flow, const struct month *month, const char *resource,
                         const char *const words[])
{
    AUTO(json) struct json_object *answer = ctl_json(flow, words);
    struct json_object *tally = tally_of(answer, resource);
    int64_t times = 0, seconds = 0, goes_on = 0;
    for (size_t i = 0; i < month->count; i++) {
        const struct incident *incident = &month->incidents[i];
        if (strcmp(incident->resource, resource) != 0 || incident->is_unknown)
            continue;
        times++;
        goes_on += !incident->ended_s;
        seconds += (incident->ended_s ? incident->ended_s : flow_now_s(flow)) - incident->began_s;
    }
    assert_int_equal(js_int(tally, "times", 0), times);
    assert_int_equal(js_bool(tally, "goesOn", !goes_on), goes_on);
    assert_true(llabs(js_int(tally, "seconds", 0) - seconds) <= times * EXACT_S * 2);
}

/* ---- what README.md shows ----------------------------------------------------------------------
 */

/* The length of a time, a GUID or a number of seconds there; 0: it is none. */
static size_t fleeting(const char *text)
{
    static const char *const forms[] = {"dddd-dd-ddTdd:dd:ddZ",
                                        "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"};
    for (size_t i = 0; i < COUNT(forms); i++) {
        size_t length = 0;
        for (const char *form = forms[i]; *form; form++, length++) {
            int c = (unsigned char)text[length];
            if (*form == 'd'   ? !isdigit(c)
                : *form == 'x' ? !isxdigit(c)
                               : c != (unsigned char)*form)
                break;
        }
        if (length == strlen(forms[i]))
            return length;
    }
    return text[0] == '(' && strstr(text, " s)") ? strspn(text + 1, "0123456789") + 1 : 0;
}

/* The text less what is another with each run; the caller frees. */
static char *shape_of(const char *text)
{
    char *shape = mem_text(text), *to = shape;
    while (*text) {
        size_t length = fleeting(text);
        if (!length)
            *to++ = *text++;
        else
            *to++ = '*';
        text += length;
    }
    *to = '\0';
    return shape;
}

/* Its command, in this journal, prints each of its lines. */
static void expect_readme(void **flow, const char *journal)
{
    const char *words[16] = {0};
    size_t count = 0;
    AUTO(text) char *command = flow_readme_block("history");
    AUTO(text) char *shown = flow_readme_block("history says");
    char *rest = command + 1, *lines = shown; /* a block begins with the end of its first line */
    rest[strcspn(rest, "\n")] = '\0';
    assert_string_equal(strsep(&rest, " "), "cmkctl");
    for (char *word = strsep(&rest, " "); word && count < 12; word = strsep(&rest, " "))
        words[count++] = word;
    words[count++] = "--directory";
    words[count++] = journal;
    AUTO(text) char *out = NULL;
    AUTO(text) char *err = NULL;
    assert_int_equal(ctl_run(flow, words, &out, &err), 0);
    AUTO(text) char *real = shape_of(out);
    for (char *line = strsep(&lines, "\n"); line; line = strsep(&lines, "\n")) {
        AUTO(text) char *shape = shape_of(line);
        AUTO(text) char *whole = mem_format("%s\n", shape);
        if (!strstr(real, whole))
            flow_fail(flow, "README.md shows \"%s\", and that is not in: %s", line, out);
    }
}

static void after_a_month_it_says_who_opened_which_firewall_from_when_to_when(void **flow)
{
    struct month month = {0};
    live(flow, &month);
    AUTO(text) char *journal = flow_journal(flow);

    expect_answer(flow, &month, NULL,
                  WORDS("history", "--json", "--directory", journal, "--path", ACTION));
    expect_answer(flow, &month, ACCOUNT,
                  WORDS("history", "--json", "--directory", journal, "--path", OF_ACCOUNT, "prod"));
    expect_answer(flow, &month, VAULT,
                  WORDS("history", "--json", "--directory", journal, "--path", OF_VAULT));
    expect_tally(flow, &month, ACCOUNT, WORDS("history", "--json", "--directory", journal));
    expect_tally(flow, &month, TEST_ACCOUNT, WORDS("history", "--json", "--directory", journal));

    /* For a person. */
    expect_ctl(flow, WORDS("history", "--directory", journal, "--path", ACTION), 0,
               ": changed by alice@contoso.com at ");
    expect_ctl(flow, WORDS("history", "--directory", journal, "--path", ACTION), 0,
               "oai-prod: " ACTION ": 4 times, ");
    expect_ctl(flow, WORDS("history", "--directory", journal, "--path", ACTION), 0,
               ", and it goes on\n");
    expect_ctl(flow, WORDS("history", "--directory", journal, "--path", "key"), 0,
               "Nothing was found otherwise than declared.");
    expect_readme(flow, journal);
    assert_int_equal(cmkd_stop(flow), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_TEST_TIMED(after_a_month_it_says_who_opened_which_firewall_from_when_to_when),
    };
    return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
