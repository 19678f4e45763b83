/* Where events go, and what an entry holds. C086: entries that lie. */
#include "cases.h"

#include "report/journal.h"

static struct way_case {
    const char *name;
    struct journal_setting setting;
    enum journal_way expected;
} ways[] = {
    {"standard error is the journal's stream", {"8:35", 8, 35, false, true, false}, JOURNAL_FIELDS},
    {"it is so even where the socket cannot be seen",
     {"8:35", 8, 35, false, false, false},
     JOURNAL_FIELDS},
    {"a stream that was inherited, and standard error is a file now",
     {"8:35", 8, 36, false, true, false},
     JOURNAL_LINES},
    {"the same inode on another device", {"8:35", 9, 35, false, true, false}, JOURNAL_LINES},
    {"a service whose standard error goes elsewhere",
     {NULL, 5, 6, false, true, true},
     JOURNAL_FIELDS},
    {"a service on a host without a journal", {NULL, 5, 6, false, false, true}, JOURNAL_LINES},
    {"a terminal, on a host with a journal", {NULL, 5, 6, true, true, false}, JOURNAL_LINES},
    {"a service at a terminal", {NULL, 5, 6, true, true, true}, JOURNAL_LINES},
    {"a pipe, on a host with a journal", {NULL, 5, 6, false, true, false}, JOURNAL_LINES},
    {"nonsense in the variable", {"8:35x", 8, 35, false, true, false}, JOURNAL_LINES},
    {"half a variable", {"8", 8, 0, false, true, false}, JOURNAL_LINES},
    {"standard error is closed", {"0:0", 0, 0, false, true, false}, JOURNAL_LINES},
};

static void check_way(void **state)
{
    const struct way_case *c = *state;
    assert_int_equal(journal_choose(&c->setting), c->expected);
}

/* ---- entries ------------------------------------------------------------------------------- */

static int count_fields(const struct journal_entry *entry, const char *name)
{
    AUTO(text) char *head = mem_format("%s=", name);
    int count = 0;
    for (size_t i = 0; i < entry->count; i++)
        count += strncmp(entry->fields[i], head, strlen(head)) == 0;
    return count;
}

static const char *field(const struct journal_entry *entry, const char *name)
{
    AUTO(text) char *head = mem_format("%s=", name);
    for (size_t i = 0; i < entry->count; i++)
        if (strncmp(entry->fields[i], head, strlen(head)) == 0)
            return entry->fields[i] + strlen(head);
    return NULL;
}

static const char *const stacks[] = {"prod", "test"};

static void an_entry_holds_each_fact_in_a_field_of_its_own(void **state)
{
    (void)state;
    AUTO(json) struct json_object *observed = json_tokener_parse("[{\"value\": \"0.0.0.0/0\"}]");
    const struct event event = {.kind = EVENT_REPAIRED,
                                .stacks = stacks,
                                .n_stacks = 2,
                                .resource = "kv",
                                .resource_id = "/subscriptions/s",
                                .pass = "pass",
                                .outcome = "patch",
                                .path = "p",
                                .has_values = true,
                                .observed = observed,
                                .control = "PCI DSS 1.4.4",
                                .correlation_id = "c",
                                .request_id = "r",
                                .error_code = "e",
                                .reason = "why"};
    static const char *const expected[][2] = {
        {"MESSAGE", "prod, test: kv: p was 0.0.0.0/0, is not known yet again [c]"},
        {"MESSAGE_ID", "d38cc0d6da34472f9d84cc5f805b99fb"},
        {"PRIORITY", "5"},
        {"SYSLOG_IDENTIFIER", "cmkd"},
        {"CMKD_PASS", "pass"},
        {"CMKD_OUTCOME", "patch"},
        {"CMKD_PATH", "p"},
        {"CMKD_OBSERVED", "[{\"value\":\"0.0.0.0/0\"}]"},
        {"CMKD_DESIRED", "none"},
        {"CMKD_CONTROL", "PCI DSS 1.4.4"},
        {"CMKD_REASON", "why"},
        {"AZURE_RESOURCE_ID", "/subscriptions/s"},
        {"AZURE_CORRELATION_ID", "c"},
        {"AZURE_REQUEST_ID", "r"},
        {"AZURE_ERROR_CODE", "e"},
    };
    struct journal_entry entry;
    journal_entry_make(&event, &entry);
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_non_null(field(&entry, expected[i][0]));
        assert_string_equal(field(&entry, expected[i][0]), expected[i][1]);
    }
    assert_int_equal(count_fields(&entry, "CMKD_STACK"), 2);
    assert_int_equal(entry.count, COUNT(expected) + 2);
    journal_entry_done(&entry);
}

static void what_is_missing_has_no_field(void **state)
{
    (void)state;
    const struct event event = {.kind = EVENT_STARTED, .reason = "cmkd", .path = ""};
    struct journal_entry entry;
    journal_entry_make(&event, &entry);
    assert_int_equal(entry.count, 5); /* MESSAGE, its id, priority, identifier, reason */
    journal_entry_done(&entry);
}

static void names_of_fields_are_such_as_the_journal_takes(void **state)
{
    (void)state;
    AUTO(json) struct json_object *value = json_object_new_string("v");
    const struct event event = {.kind = EVENT_REPAIRED,
                                .stacks = stacks,
                                .n_stacks = 2,
                                .resource = "kv",
                                .resource_id = "i",
                                .pass = "p",
                                .outcome = "o",
                                .path = "p",
                                .has_values = true,
                                .observed = value,
                                .desired = value,
                                .control = "c",
                                .correlation_id = "c",
                                .request_id = "r",
                                .error_code = "e",
                                .reason = "w"};
    struct journal_entry entry;
    journal_entry_make(&event, &entry);
    for (size_t i = 0; i < entry.count; i++) {
        size_t length = strspn(entry.fields[i], "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
        assert_int_equal(entry.fields[i][length], '=');
        assert_int_not_equal(entry.fields[i][0], '_');
    }
    journal_entry_done(&entry);
}

/* A message of 6,000 characters with line ends, formats, half a character, and a line that looks
 * like one of ours. */
static char *hostile(void)
{
    static const char forged[] = "\r\n2026-01-01T00:00:00Z NOTICE prod: kv: all is well %s%n ";
    char *text = mem_new(6001, 1);
    memset(text, 'A', 6000);
    memcpy(text, forged, sizeof forged - 1);
    text[5999] = '\xC3';
    return text;
}

static void C086_the_message_is_one_short_line_and_the_whole_text_a_field(void **state)
{
    (void)state;
    AUTO(text) char *text = hostile();
    const struct event event = {.kind = EVENT_FORBIDDEN,
                                .stacks = stacks,
                                .n_stacks = 1,
                                .resource = "kv",
                                .reason = text,
                                .resource_id = text};
    struct journal_entry entry;
    journal_entry_make(&event, &entry);
    assert_null(strpbrk(field(&entry, "MESSAGE"), "\r\n"));
    assert_in_range(strlen(field(&entry, "MESSAGE")), 1, 1000);
    assert_string_equal(field(&entry, "CMKD_REASON"), text);
    assert_string_equal(field(&entry, "AZURE_RESOURCE_ID"), text);
    journal_entry_done(&entry);
}

static void C086_nobody_forges_a_second_line_on_standard_error(void **state)
{
    (void)state;
    AUTO(text) char *text = hostile();
    const struct event event = {
        .kind = EVENT_FORBIDDEN, .stacks = stacks, .n_stacks = 1, .resource = "kv", .reason = text};
    AUTO(text) char *line = journal_line(&event, 0);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    assert_null(strchr(line, '\r'));
    assert_int_equal(strncmp(line, "1970-01-01T00:00:00Z ERROR prod: kv: ", 37), 0);
    assert_non_null(strstr(line, "\\r\\n2026-01-01T00:00:00Z NOTICE prod: kv: all is well %s%n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_holds_each_fact_in_a_field_of_its_own),
        cmocka_unit_test(what_is_missing_has_no_field),
        cmocka_unit_test(names_of_fields_are_such_as_the_journal_takes),
        cmocka_unit_test(C086_the_message_is_one_short_line_and_the_whole_text_a_field),
        cmocka_unit_test(C086_nobody_forges_a_second_line_on_standard_error),
    };
    return CASES_RUN(ways, check_way) + cmocka_run_group_tests(tests, NULL, NULL);
}
