#include "sample.h"

#include "report/document.h"

/* ---- the exit status ----------------------------------------------------------------------- */

static struct exit_case {
    const char *name;
    enum outcome outcome;
    enum finding_status status;
    int expected;
} exits[] = {
    {"repaired counts as in sync", OUTCOME_PATCH, STATUS_DONE, 0},
    {"exempt counts as in sync", OUTCOME_EXEMPT, STATUS_NONE, 0},
    {"planned is 1", OUTCOME_PATCH, STATUS_PLANNED, 1},
    {"still running is 1", OUTCOME_PATCH, STATUS_RUNNING, 1},
    {"audit is 1", OUTCOME_AUDIT, STATUS_NONE, 1},
    {"waiting is 1", OUTCOME_WAITING, STATUS_NONE, 1},
    {"impossible is 1", OUTCOME_IMPOSSIBLE, STATUS_NONE, 1},
    {"refused is 1", OUTCOME_REFUSED, STATUS_NONE, 1},
    {"contended is 1", OUTCOME_CONTENDED, STATUS_NONE, 1},
    {"held is 1", OUTCOME_HELD, STATUS_NONE, 1},
    {"a failed write is 2", OUTCOME_PATCH, STATUS_FAILED, 2},
    {"a failed creation is 2", OUTCOME_CREATE, STATUS_FAILED, 2},
};

static struct document document_of(const struct sample *sample, const struct ledger *const *ledgers)
{
    return (struct document){
        .pass = "00000000-0000-4000-8000-000000000000",
        .started_s = 1764000000,
        .seconds = 1.25,
        .requests = 14,
        .graph = &sample->graph,
        .ledgers = ledgers,
    };
}

/* The finding stands in the second island: the worst of all islands counts. */
static void check_exit(void **state)
{
    const struct exit_case *c = *state;
    struct sample sample;
    sample_init(&sample);
    struct ledger quiet = {0}, ledger = {0};
    sample_add(&ledger, sample_entry(sample.lone, "properties.sku.name", "'a'", "'b'", c->outcome,
                                     c->status));
    const struct ledger *both[] = {&quiet, &ledger}, *first[] = {&quiet, NULL};
    const struct document covered = document_of(&sample, both);
    const struct document not_covered = document_of(&sample, first);
    assert_int_equal(document_exit_status(&covered), c->expected);
    assert_int_equal(document_exit_status(&not_covered), 0);
    ledger_done(&ledger);
    sample_done(&sample);
}

/* ---- the document --------------------------------------------------------------------------- */

/* A repaired vault that two stacks share, a key that cannot be seen; an island not covered. */
static void fill(const struct sample *sample, struct ledger *ledger)
{
    struct err err;
    struct entry entry = sample_entry(sample->vault, "properties.networkAcls.defaultAction",
                                      "'Allow'", "'Deny'", OUTCOME_PATCH, STATUS_DONE);
    entry.request = json_tokener_parse("{'method': 'PATCH', 'url': 'https://a/b', 'body': {}}");
    err_copy(entry.correlation_id, sizeof entry.correlation_id, "c1");
    sample_add(ledger, entry);
    sample_add(ledger, sample_entry(sample->vault, "tags['\xc3\xb6']", NULL, "[]", OUTCOME_AUDIT,
                                    STATUS_NONE));
    err_set(&err, ERR_AZURE, "AuthorizationFailed", "no right to read");
    ledger_error(ledger, sample->key, &err);
}

static char *flat(struct json_object *tree)
{
    return mem_text(json_object_to_json_string_ext(tree, JSON_C_TO_STRING_PLAIN |
                                                             JSON_C_TO_STRING_NOSLASHESCAPE));
}

#define FINDINGS                                                                                   \
    "[{\"resource\":\"" SAMPLE_VAULT "\",\"path\":\"properties.networkAcls.defaultAction\","       \
    "\"observed\":\"Allow\",\"desired\":\"Deny\",\"outcome\":\"patch\",\"round\":1,"               \
    "\"status\":\"done\",\"reason\":\"\",\"request\":{\"method\":\"PATCH\","                       \
    "\"url\":\"https://a/b\",\"body\":{}},\"correlationId\":\"c1\"},"                              \
    "{\"resource\":\"" SAMPLE_VAULT "\",\"path\":\"tags['\xc3\xb6']\",\"observed\":null,"          \
    "\"desired\":[],\"outcome\":\"audit\",\"round\":1,\"status\":null,\"reason\":\"\","            \
    "\"request\":null,\"correlationId\":null}]"

static void a_finding_stands_under_each_stack_of_its_resource(void **state)
{
    (void)state;
    struct sample sample;
    struct ledger ledger = {0};
    sample_init(&sample);
    fill(&sample, &ledger);
    const struct ledger *ledgers[] = {&ledger, NULL};
    const struct document document = document_of(&sample, ledgers);
    AUTO(json) struct json_object *tree = document_json(&document);
    AUTO(text) char *text = flat(tree);
    assert_string_equal(
        text,
        "{\"pass\":\"00000000-0000-4000-8000-000000000000\","
        "\"started\":\"2025-11-24T16:00:00Z\",\"seconds\":1.250,\"requests\":14,\"stacks\":["
        "{\"name\":\"prod\",\"state\":\"unknown\",\"findings\":" FINDINGS
        ",\"errors\":[{\"resource\":\"" SAMPLE_KEY
        "\",\"code\":\"AuthorizationFailed\",\"message\":\"no right to read\","
        "\"correlationId\":null}]},"
        "{\"name\":\"test\",\"state\":\"drifted\",\"findings\":" FINDINGS ",\"errors\":[]}]}");
    ledger_done(&ledger);
    sample_done(&sample);
}

/* Of the vault's firewall the log has told; of nothing else. */
static const struct author *author_of(void *owner, const struct entry *entry)
{
    return strcmp(entry->path, "properties.networkAcls.defaultAction") == 0 ? owner : NULL;
}

static void who_made_a_finding_stands_with_it_and_reads_back_the_same(void **state)
{
    (void)state;
    struct sample sample;
    struct ledger ledger = {0};
    struct author author = {.time_s = 1764000000,
                            .caller = "alice@contoso.com",
                            .client = "c",
                            .operation = "o/write",
                            .policy = "/p",
                            .correlation_id = "id"};
    struct author read;
    sample_init(&sample);
    fill(&sample, &ledger);
    AUTO(json)
    struct json_object *tree = document_stack(&sample.graph, 0, &ledger, author_of, &author);
    struct json_object *findings = js_array(tree, "findings"), *none = NULL;
    struct json_object *vaults = json_object_array_get_idx(findings, 0);
    struct json_object *tags = json_object_array_get_idx(findings, 1);
    AUTO(text) char *text = flat(js_object(vaults, "author"));
    assert_string_equal(text, "{\"caller\":\"alice@contoso.com\",\"client\":\"c\","
                              "\"operation\":\"o/write\",\"policy\":\"/p\","
                              "\"time\":\"2025-11-24T16:00:00Z\",\"correlationId\":\"id\"}");
    assert_true(document_read_author(js_object(vaults, "author"), &read));
    assert_memory_equal(&read, &author, sizeof read);
    assert_true(json_object_object_get_ex(tags, "author", &none));
    assert_null(none);
    assert_false(document_read_author(none, &read));
    ledger_done(&ledger);
    sample_done(&sample);
}

static void what_is_printed_is_that_document_and_a_line_end(void **state)
{
    (void)state;
    AUTO(json) struct json_object *tree = json_tokener_parse("{'url': 'https://\xc3\xb6/b'}");
    AUTO(text) char *text = document_text(tree);
    assert_string_equal(text, "{\n  \"url\": \"https://\xc3\xb6/b\"\n}\n");
}

/* ---- for a person ---------------------------------------------------------------------------- */

static void the_text_shows_a_diff_for_each_resource(void **state)
{
    (void)state;
    struct sample sample;
    struct ledger ledger = {0};
    sample_init(&sample);
    fill(&sample, &ledger);
    const struct ledger *ledgers[] = {&ledger, NULL};
    const struct document document = document_of(&sample, ledgers);
    AUTO(json) struct json_object *tree = document_json(&document);
    AUTO(text) char *text = document_prose(tree);
    const char *prod = strstr(text, "\nprod: unknown\n");
    assert_non_null(prod);
    assert_non_null(strstr(prod, "  vault kv-openai-prod  " SAMPLE_VAULT "\n"
                                 "    properties.networkAcls.defaultAction: patch, done\n"
                                 "      - Allow\n"
                                 "      + Deny\n"
                                 "      correlation id c1\n"
                                 "    sent PATCH https://a/b\n"));
    assert_non_null(strstr(prod, "  cannot be seen: " SAMPLE_KEY "\n"
                                 "    AuthorizationFailed: no right to read\n"));
    assert_non_null(strstr(text, "\ntest: drifted\n"));
    assert_null(strstr(text, "lonely"));
    ledger_done(&ledger);
    sample_done(&sample);
}

static void the_text_says_what_a_dry_run_would_send_once_for_all_it_serves(void **state)
{
    (void)state;
    struct sample sample;
    struct ledger ledger = {0};
    sample_init(&sample);
    struct json_object *request =
        json_tokener_parse("{'method': 'PATCH', 'url': 'https://a/b', 'body': {'tags': {}}}");
    for (int i = 0; i < 2; i++) {
        struct entry entry =
            sample_entry(sample.lone, i ? "a" : "b", "1", "2", OUTCOME_PATCH, STATUS_PLANNED);
        entry.request = json_object_get(request);
        sample_add(&ledger, entry);
    }
    json_object_put(request);
    const struct ledger *ledgers[] = {NULL, &ledger};
    const struct document document = document_of(&sample, ledgers);
    AUTO(json) struct json_object *tree = document_json(&document);
    AUTO(text) char *text = document_prose(tree);
    const char *first = strstr(text, "    would send PATCH https://a/b\n      {\n");
    assert_non_null(first);
    assert_null(strstr(first + 10, "would send"));
    ledger_done(&ledger);
    sample_done(&sample);
}

static void the_text_cannot_command_a_terminal(void **state)
{
    (void)state;
    struct sample sample;
    struct ledger ledger = {0};
    sample_init(&sample);
    struct entry entry = sample_entry(sample.lone, "a", "'\\u001b[2J\\nprod: insync'", "1",
                                      OUTCOME_AUDIT, STATUS_NONE);
    sample_add(&ledger, entry);
    const struct ledger *ledgers[] = {NULL, &ledger};
    const struct document document = document_of(&sample, ledgers);
    AUTO(json) struct json_object *tree = document_json(&document);
    AUTO(text) char *text = document_prose(tree);
    assert_null(strchr(text, '\x1b'));
    assert_non_null(strstr(text, "      - \\x1b[2J\\nprod: insync\n"));
    ledger_done(&ledger);
    sample_done(&sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_finding_stands_under_each_stack_of_its_resource),
        cmocka_unit_test(who_made_a_finding_stands_with_it_and_reads_back_the_same),
        cmocka_unit_test(what_is_printed_is_that_document_and_a_line_end),
        cmocka_unit_test(the_text_shows_a_diff_for_each_resource),
        cmocka_unit_test(the_text_says_what_a_dry_run_would_send_once_for_all_it_serves),
        cmocka_unit_test(the_text_cannot_command_a_terminal),
    };
    return CASES_RUN(exits, check_exit) + cmocka_run_group_tests(tests, NULL, NULL);
}
