/* A deviation in a sentence. */
#include "cases.h"

#include "report/adoption.h"

#include <stdio.h>

static const struct field one_way = {.path = "p", .mutability = ONE_WAY};
static const struct field plain = {.path = "p", .mutability = PATCH};

static struct sentence_case {
    const char *name;
    enum need need;
    const struct field *field;
    const char *observed, *desired; /* JSON, or NULL */
    enum outcome outcome;
    const char *reason, *sentence;
} sentences[] = {
    {"a switch that stays on", NEED_FIELD, &one_way, "false", "true", OUTCOME_PATCH, "",
     "p is false: will be turned on, cannot be undone"},
    {"a switch", NEED_FIELD, &plain, "false", "true", OUTCOME_PATCH, "",
     "p is false: will be turned on"},
    {"a word", NEED_FIELD, &plain, "\"Allow\"", "\"Deny\"", OUTCOME_PATCH, "",
     "p is Allow: will be Deny"},
    {"a value that nobody knows yet", NEED_FIELD, NULL, NULL, NULL, OUTCOME_WAITING,
     "until the vault's address is known",
     "p is none: will be set, but waits until the vault's address is known"},
    {"what cannot be changed", NEED_FIELD, &plain, "7", "90", OUTCOME_IMPOSSIBLE, "it is fixed",
     "p is 7: the baseline says 90, and cmkd cannot change it: it is fixed"},
    {"what a guard stops", NEED_FIELD, &plain, "\"a\"", "\"b\"", OUTCOME_REFUSED, "a guard",
     "p is a: will stay so: a guard"},
    {"what is missing", NEED_CREATION, NULL, NULL, NULL, OUTCOME_WAITING, "until it is seen twice",
     "is not there: will be created, waits until it is seen twice"},
    {"what is missing and stays so", NEED_CREATION, NULL, NULL, NULL, OUTCOME_IMPOSSIBLE,
     "policies", "is not there: will not be created: policies"},
    {"what is deleted", NEED_RECOVERY, NULL, NULL, NULL, OUTCOME_RECOVER, "",
     "is soft-deleted: will be recovered"},
    {"what a type finds", NEED_ACTION, NULL, NULL, NULL, OUTCOME_ACTION, "it is old",
     "p: action it is old"},
};

static void check(void **state)
{
    const struct sentence_case *c = *state;
    struct entry entry = {.need = c->need, .field = c->field, .outcome = c->outcome};
    AUTO(json) struct json_object *observed = c->observed ? json_tokener_parse(c->observed) : NULL;
    AUTO(json) struct json_object *desired = c->desired ? json_tokener_parse(c->desired) : NULL;
    AUTO(text) char *path = mem_text("p");
    entry.path = path;
    entry.observed = observed;
    entry.desired = desired;
    snprintf(entry.reason, sizeof entry.reason, "%s", c->reason);
    AUTO(text) char *sentence = adoption_sentence(&entry);
    assert_string_equal(sentence, c->sentence);
}

int main(void)
{
    return CASES_RUN(sentences, check);
}
