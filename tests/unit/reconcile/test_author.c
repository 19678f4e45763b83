/* Which record of the activity log tells the author: a row is what the log has, in any order. */
#include "cases.h"

#include "reconcile/author.h"

#include <stdlib.h>
#include <string.h>

#define GROUP "/subscriptions/s/resourceGroups/g"
#define VAULT GROUP "/providers/Microsoft.KeyVault/vaults/kv"
#define VAULT_KEY VAULT "/keys/cmk"
#define GRANTS VAULT "/providers/Microsoft.Authorization/roleAssignments"
#define ASSIGNMENT "/subscriptions/s/providers/Microsoft.Authorization/policyAssignments/open"
#define WRITE "Microsoft.KeyVault/vaults/write"

/* One record; the minute is of the hour in which the resource was right at :10, wrong at :20. */
#define RECORD(minute, who, operation, id, status, correlation, more)                              \
    "{'eventTimestamp': '2026-11-20T10:" minute ":00.1234567Z', 'caller': '" who                   \
    "', 'operationName': {'value': '" operation "'}, 'resourceId': '" id                           \
    "', 'status': {'value': '" status "'}, 'correlationId': '" correlation "'" more "}"
#define WROTE(minute, who) RECORD(minute, who, WRITE, VAULT, "Succeeded", who, "")
#define POLICIES(list) ", 'properties': {'policies': '" list "'}"
#define NAMED POLICIES("[{\\\"policyAssignmentId\\\": \\\"" ASSIGNMENT "\\\"}]")
#define MODIFIED(minute, more)                                                                     \
    RECORD(minute, "cmkd", "Microsoft.Authorization/policies/modify/action", VAULT, "Succeeded",   \
           "own", more)

/* clang-format off */
static struct author_case {
    const char *name, *records;
    const char *author;   /* author_name() */
    const char *resource; /* NULL: the vault */
} cases[] = {
    {"a log that has nothing yet knows nobody", "", "unknown", NULL},
    {"who wrote between the good look and the finding did it", WROTE("15", "alice"), "alice", NULL},
    {"of several the latest did it, in whatever order they come",
     WROTE("12", "alice") "," WROTE("18", "bob") "," WROTE("15", "carol"), "bob", NULL},
    {"what was written before the good look did not do it", WROTE("05", "alice"), "unknown", NULL},
    {"what was written after the finding did not do it", WROTE("25", "alice"), "unknown", NULL},
    {"a write that failed did not do it", RECORD("15", "alice", WRITE, VAULT, "Failed", "c", ""), "unknown", NULL},
    {"a write that has only begun is told of again", RECORD("15", "alice", WRITE, VAULT, "Started", "c", ""), "unknown", NULL},
    {"a write of another resource did not do it", RECORD("15", "alice", WRITE, VAULT "2", "Succeeded", "c", ""), "unknown", NULL},
    {"the log spells ids as it likes",
     RECORD("15", "alice", "MICROSOFT.KEYVAULT/VAULTS/WRITE", "/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/KV", "succeeded", "c", ""), "alice", NULL},
    {"listing secrets is no change",
     RECORD("15", "alice", "Microsoft.KeyVault/vaults/listKeys/action", VAULT, "Succeeded", "c", ""), "unknown", NULL},
    {"cmkd is never the author", RECORD("15", "cmkd", WRITE, VAULT, "Succeeded", "own", ""), "unknown", NULL},
    {"cmkd of before a restart is not either", WROTE("15", "myself"), "unknown", NULL},
    {"cmkd is passed over for who wrote before it",
     RECORD("18", "cmkd", WRITE, VAULT, "Succeeded", "own", "") "," WROTE("15", "alice"), "alice", NULL},
    {"a write to the vault does not change its key", WROTE("15", "alice"), "unknown", VAULT_KEY},
    {"who deletes the vault deletes its key",
     RECORD("15", "alice", "Microsoft.KeyVault/vaults/delete", VAULT, "Succeeded", "c", ""), "alice", VAULT_KEY},
    {"a grant is deleted below the collection that is watched",
     RECORD("15", "alice", "Microsoft.Authorization/roleAssignments/delete", GRANTS "/n", "Succeeded", "c", ""), "alice", GRANTS},
    {"an access policy is a write below its vault",
     RECORD("15", "alice", "Microsoft.KeyVault/vaults/accessPolicies/write", VAULT "/accessPolicies/add", "Succeeded", "c", ""), "alice", NULL},
    {"an entry is changed by the operations of its vault",
     RECORD("15", "alice", "Microsoft.KeyVault/vaults/accessPolicies/write", VAULT "/accessPolicies/replace", "Succeeded", "c", ""), "alice",
     VAULT "/accessPolicies/77777777-7777-7777-7777-777777777777"},
    {"or with the whole list of its vault", WROTE("15", "alice"), "alice",
     VAULT "/accessPolicies/77777777-7777-7777-7777-777777777777"},
    {"a policy that modifies cmkd's own write is named", MODIFIED("30", NAMED), ASSIGNMENT, NULL},
    {"a policy comes before a later writer", MODIFIED("12", NAMED) "," WROTE("18", "alice"), ASSIGNMENT, NULL},
    {"a policy comes before a writer that was found first", WROTE("18", "alice") "," MODIFIED("12", NAMED), ASSIGNMENT, NULL},
    {"a policy of before the good look did not do it", MODIFIED("05", NAMED), "unknown", NULL},
    {"a policy record that names nobody names nobody", MODIFIED("15", ""), "unknown", NULL},
    {"a policy record of garbage names nobody", MODIFIED("15", POLICIES("[{")), "unknown", NULL},
    {"a policy record of other types names nobody", MODIFIED("15", POLICIES("[7]")), "unknown", NULL},
    {"an assignment that deploys writes with its identity",
     RECORD("15", "oid", WRITE, VAULT, "Succeeded", "c", ", 'claims': {'xms_mirid': '" ASSIGNMENT "'}"), ASSIGNMENT, NULL},
    {"another identity is no policy",
     RECORD("15", "oid", WRITE, VAULT, "Succeeded", "c", ", 'claims': {'xms_mirid': '" GROUP "/x/y'}"), "oid", NULL},
    {"a caller without a name is a caller", RECORD("15", "", WRITE, VAULT, "Succeeded", "c", ""), "a caller without a name", NULL},
    {"members of other types are none", "{'eventTimestamp': 7, 'caller': [], 'status': 'Succeeded'}, 7, null, []", "unknown", NULL},
    {"a time that is none tells nothing", "{'eventTimestamp': 'soon', 'status': {'value': 'Succeeded'}}", "unknown", NULL},
};
/* clang-format on */

static bool is_own(void *owner, const char *correlation_id)
{
    (void)owner;
    return strcmp(correlation_id, "own") == 0;
}

static void check(void **state)
{
    const struct author_case *c = *state;
    AUTO(text) char *text = mem_format("[%s]", c->records);
    AUTO(json) struct json_object *records = json_tokener_parse(text);
    assert_non_null(records);
    const struct author_question question = {
        .resource_id = c->resource ? c->resource : VAULT,
        .from_s = 1795169400, /* 2026-11-20T10:10:00Z */
        .to_s = 1795170000,
        .principal = "MYSELF",
        .is_own = is_own,
    };
    struct author author = {0};
    for (size_t i = 0; i < json_object_array_length(records); i++)
        author_consider(&question, json_object_array_get_idx(records, i), &author);
    assert_string_equal(author_name(&author), c->author);
}

/* ---- words ---------------------------------------------------------------------------------- */

static void the_words_say_who_with_what_and_when(void **state)
{
    (void)state;
    const struct author person = {.time_s = 1795169400,
                                  .caller = "alice@contoso.com",
                                  .client = "1950a258",
                                  .operation = WRITE};
    const struct author policy = {.time_s = 1795169400, .caller = "x", .policy = ASSIGNMENT};
    const struct author nobody = {0};
    AUTO(text) char *of_person = author_words(&person);
    AUTO(text) char *of_policy = author_words(&policy);
    AUTO(text) char *of_nobody = author_words(&nobody);
    assert_string_equal(of_person,
                        "alice@contoso.com by client 1950a258 at 2026-11-20T10:10:00Z, " WRITE);
    assert_string_equal(of_policy,
                        "the Azure Policy assignment " ASSIGNMENT " at 2026-11-20T10:10:00Z");
    assert_string_equal(of_nobody, "unknown");
}

int main(void)
{
    const struct CMUnitTest words[] = {cmocka_unit_test(the_words_say_who_with_what_and_when)};
    return CASES_RUN(cases, check) + cmocka_run_group_tests(words, NULL, NULL);
}
