/* The words of every kind of event, and that the journal's catalog has an entry for each. */
#include "cases.h"

#include "report/events.h"

#include <stdio.h>

static const char *const prod[] = {"prod"};
static const char *const many[] = {"a", "b", "c", "d", "e"};

#define VAULT .stacks = prod, .n_stacks = 1, .resource = "kv-openai-prod"
#define ACL VAULT, .has_values = true, .path = "properties.networkAcls.defaultAction"

static const struct author policy = {.time_s = 1, .caller = "x", .policy = "/p/open"};
static const struct author forger = {
    .time_s = 1, .caller = "eve\n2026-01-01T00:00:00Z NOTICE prod\x1b[2J", .operation = "w"};

static struct event_case {
    const char *name, *observed, *desired, *expected;
    struct event event;
} cases[] = {
    {
        .name = "a repair says who is affected, what changed, and the id for support",
        .observed = "'Allow'",
        .desired = "'Deny'",
        .event = {.kind = EVENT_REPAIRED, ACL, .correlation_id = "0f6c9a1e"},
        .expected = "prod: kv-openai-prod: properties.networkAcls.defaultAction was Allow, is Deny "
                    "again [0f6c9a1e]",
    },
    {
        .name = "brackets without an id are left out",
        .observed = "'Allow'",
        .desired = "'Deny'",
        .event = {.kind = EVENT_REPAIRED, ACL, .correlation_id = ""},
        .expected = "prod: kv-openai-prod: properties.networkAcls.defaultAction was Allow, is Deny "
                    "again",
    },
    {
        .name = "what is absent reads as none",
        .desired = "'Deny'",
        .event = {.kind = EVENT_DRIFT, ACL, .reason = "the mode is audit"},
        .expected = "prod: kv-openai-prod: properties.networkAcls.defaultAction is none, should be "
                    "Deny; left alone: the mode is audit",
    },
    {
        .name = "a resource as a whole has no values",
        .event = {.kind = EVENT_WAITING,
                  VAULT,
                  .has_values = true,
                  .path = "",
                  .whole = "it is not found",
                  .reason = "until it has been seen absent twice"},
        .expected = "prod: kv-openai-prod: it is not found; waiting until it has been seen absent "
                    "twice",
    },
    {
        .name = "a failure names the request, the reason and what comes next",
        .observed = "false",
        .desired = "true",
        .event = {.kind = EVENT_FAILED,
                  VAULT,
                  .has_values = true,
                  .outcome = "patch",
                  .path = "properties.enablePurgeProtection",
                  .correlation_id = "c1",
                  .reason = "AuthorizationFailed: no right to write"},
        .expected = "prod: kv-openai-prod: properties.enablePurgeProtection is false, should be "
                    "true; patch FAILED: AuthorizationFailed: no right to write; see to the cause, "
                    "cmkd tries again [c1]",
    },
    {
        .name = "many stacks are counted, not listed",
        .event = {.kind = EVENT_CREATED, .stacks = many, .n_stacks = 5, .resource = "kv"},
        .expected = "a, b, c and 2 more: kv: was not there, has been created",
    },
    {
        .name = "line ends, formats and escapes of Azure's stay text",
        .event = {.kind = EVENT_FORBIDDEN,
                  VAULT,
                  .error_code = "Forbidden",
                  .reason = "no\r\n2026-01-01T00:00:00Z NOTICE prod: %s%n\x1b[2J"},
        .expected = "prod: kv-openai-prod: cannot be seen, nothing of it is written: Forbidden: "
                    "no\\r\\n2026-01-01T00:00:00Z NOTICE prod: %s%n\\x1b[2J",
    },
    {
        .name = "facts that look like sentences of the table are not filled in",
        .event = {.kind = EVENT_STATUS, .reason = "<{stack}> {nothing}"},
        .expected = "<{stack}> {nothing}",
    },
    {
        .name = "a data plane that is shut is told before the incident",
        .event = {.kind = EVENT_NO_REACH, VAULT, .error_code = "ForbiddenByFirewall"},
        .expected = "prod: kv-openai-prod: rotate and revoke NOT possible: ForbiddenByFirewall",
    },
    {
        .name = "who keeps changing it back is named where the log has named them",
        .observed = "'Allow'",
        .desired = "'Deny'",
        .event = {.kind = EVENT_CONTENDED, ACL, .reason = "three times", .author = &policy},
        .expected =
            "prod: kv-openai-prod: properties.networkAcls.defaultAction is Allow, should be "
            "Deny; three times; it is the Azure Policy assignment /p/open at "
            "1970-01-01T00:00:01Z; the activity log names who writes it, let one of the "
            "two have it",
    },
    {
        .name = "who is not known is not named",
        .event = {.kind = EVENT_CONTENDED, VAULT, .reason = "three times"},
        .expected = "prod: kv-openai-prod: three times; the activity log names who writes it, let "
                    "one of the two have it",
    },
    {
        .name = "a name from the log stays text",
        .event = {.kind = EVENT_AUTHOR, VAULT, .path = "tags", .author = &forger},
        .expected = "prod: kv-openai-prod: tags was changed by eve\\n2026-01-01T00:00:00Z NOTICE "
                    "prod\\x1b[2J at 1970-01-01T00:00:01Z, w",
    },
};

static struct json_object *parse(const char *text)
{
    return text ? json_tokener_parse(text) : NULL;
}

static void check(void **state)
{
    struct event_case *c = *state;
    AUTO(json) struct json_object *observed = parse(c->observed);
    AUTO(json) struct json_object *desired = parse(c->desired);
    c->event.observed = observed;
    c->event.desired = desired;
    AUTO(text) char *message = event_message(&c->event);
    assert_string_equal(message, c->expected);
}

/* ---- what holds for all kinds ------------------------------------------------------------- */

static void every_sentence_can_be_said_with_all_facts_and_with_none(void **state)
{
    (void)state;
    AUTO(json) struct json_object *value = json_object_new_string("V");
    for (int kind = 0; kind < EVENT_KINDS; kind++) {
        const struct event full = {.kind = (enum event_kind)kind,
                                   VAULT,
                                   .has_values = true,
                                   .path = "p",
                                   .outcome = "o",
                                   .observed = value,
                                   .desired = value,
                                   .whole = "w",
                                   .reason = "r",
                                   .error_code = "c",
                                   .correlation_id = "i",
                                   .author = &policy};
        const struct event none = {.kind = (enum event_kind)kind};
        AUTO(text) char *said = event_message(&full);
        AUTO(text) char *empty = event_message(&none);
        assert_non_null(empty);
        assert_null(strpbrk(said, "{}<>\n"));
        assert_string_not_equal(said, "");
    }
}

static void a_message_is_short_however_long_the_facts_are(void **state)
{
    (void)state;
    AUTO(text) char *text = mem_new(60001, 1);
    memset(text, 'x', 60000);
    AUTO(json) struct json_object *value = json_object_new_string(text);
    for (int kind = 0; kind < EVENT_KINDS; kind++) {
        const struct event event = {.kind = (enum event_kind)kind,
                                    VAULT,
                                    .has_values = true,
                                    .path = text,
                                    .outcome = text,
                                    .observed = value,
                                    .desired = value,
                                    .whole = text,
                                    .reason = text,
                                    .error_code = text,
                                    .correlation_id = text};
        AUTO(text) char *message = event_message(&event);
        assert_in_range(strlen(message), 1, 2000);
    }
}

static void every_kind_has_a_message_id_of_its_own(void **state)
{
    (void)state;
    for (int kind = 0; kind < EVENT_KINDS; kind++) {
        const struct event_form *form = event_form((enum event_kind)kind);
        assert_non_null(form->message_id);
        assert_int_equal(strlen(form->message_id), 32);
        assert_int_equal(strspn(form->message_id, "0123456789abcdef"), 32);
        for (int other = 0; other < kind; other++)
            assert_string_not_equal(form->message_id,
                                    event_form((enum event_kind)other)->message_id);
    }
}

/* ---- the catalog --------------------------------------------------------------------------- */

static char *read_catalog(void)
{
    FILE *file = fopen(SOURCE_DIR "/systemd/cmkd.catalog", "re");
    assert_non_null(file);
    char *text = mem_new(1 << 18, 1);
    size_t length = fread(text, 1, (1 << 18) - 1, file);
    assert_in_range(length, 1, (1 << 18) - 2);
    fclose(file);
    return text;
}

static void every_kind_has_an_entry_in_the_catalog(void **state)
{
    (void)state;
    AUTO(text) char *catalog = read_catalog();
    for (int kind = 0; kind < EVENT_KINDS; kind++) {
        const struct event_form *form = event_form((enum event_kind)kind);
        AUTO(text)
        char *head = mem_format("\n# %s\n-- %s\nSubject: ", form->name, form->message_id);
        if (!strstr(catalog, head))
            fail_msg("no entry in the catalog for %s, %s", form->name, form->message_id);
    }
}

static void every_entry_of_the_catalog_is_of_a_kind(void **state)
{
    (void)state;
    AUTO(text) char *catalog = read_catalog();
    int entries = 0;
    for (const char *at = strstr(catalog, "\n-- "); at; at = strstr(at + 1, "\n-- "), entries++) {
        bool is_known = false;
        for (int kind = 0; kind < EVENT_KINDS; kind++)
            is_known |= strncmp(at + 4, event_form((enum event_kind)kind)->message_id, 32) == 0;
        if (!is_known)
            fail_msg("the catalog has an entry that nothing tells: %.32s", at + 4);
    }
    assert_int_equal(entries, EVENT_KINDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sentence_can_be_said_with_all_facts_and_with_none),
        cmocka_unit_test(a_message_is_short_however_long_the_facts_are),
        cmocka_unit_test(every_kind_has_a_message_id_of_its_own),
        cmocka_unit_test(every_kind_has_an_entry_in_the_catalog),
        cmocka_unit_test(every_entry_of_the_catalog_is_of_a_kind),
    };
    return CASES_RUN(cases, check) + cmocka_run_group_tests(tests, NULL, NULL);
}
