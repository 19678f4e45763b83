/* Which versions of a revoked key are switched, and which are on record. DESIGN section 7. */
#include "cases.h"

#include "base/js.h"
#include "reconcile/switching.h"

#define V(id) #id #id #id #id #id #id #id #id
#define A V(aaaa)
#define B V(bbbb)
#define C V(cccc)
#define ON(version, created)                                                                       \
    "{'kid': 'https://kv.vault.azure.net/keys/k/" version                                          \
    "', 'attributes': {'enabled': true, 'created': " #created "}}"
#define OFF(version, created)                                                                      \
    "{'kid': 'https://kv.vault.azure.net/keys/k/" version                                          \
    "', 'attributes': {'enabled': false, 'created': " #created "}}"

static struct switching_case {
    const char *name;
    const char *record; /* before; NULL: nobody has looked */
    bool is_revoked, is_restoring;
    const char *list;
    const char *todo, *recorded, *left;
} cases[] = {
    {
        .name = "every enabled version is recorded and disabled, the newest first",
        .list = "[" ON(A, 100) ", " ON(C, 300) ", " ON(B, 200) "]",
        .todo = "['" C "', '" B "', '" A "']",
        .recorded = "['" C "', '" B "', '" A "']",
        .left = "[]",
    },
    {
        .name = "one that was disabled before is not on record",
        .list = "[" OFF(A, 100) ", " ON(B, 200) "]",
        .todo = "['" B "']",
        .recorded = "['" B "']",
        .left = "['" A "']",
    },
    {
        .name = "a key without an enabled version has a record, an empty one",
        .list = "[" OFF(A, 100) "]",
        .todo = "[]",
        .recorded = "[]",
        .left = "['" A "']",
    },
    {
        .name = "after a cut the record is kept, and the rest disabled",
        .record = "['" B "', '" A "']",
        .list = "[" ON(A, 100) ", " OFF(B, 200) "]",
        .todo = "['" A "']",
        .recorded = "['" B "', '" A "']",
        .left = "[]",
    },
    {
        .name = "what nobody had seen yet joins the record until all were disabled once",
        .record = "['" A "']",
        .list = "[" OFF(A, 100) ", " ON(B, 200) "]",
        .todo = "['" B "']",
        .recorded = "['" A "', '" B "']",
        .left = "[]",
    },
    {
        .name = "what a rotation under way has made within a minute joins it too",
        .record = "['" A "']",
        .is_revoked = true,
        .list = "[" OFF(A, 100) ", " ON(B, 1060) "]",
        .todo = "['" B "']",
        .recorded = "['" A "', '" B "']",
        .left = "[]",
    },
    {
        .name = "what appears later is disabled and not on record",
        .record = "['" A "']",
        .is_revoked = true,
        .list = "[" OFF(A, 100) ", " ON(B, 1061) "]",
        .todo = "['" B "']",
        .recorded = "['" A "']",
        .left = "[]",
    },
    {
        .name = "what somebody enables again is disabled again",
        .record = "['" A "']",
        .is_revoked = true,
        .list = "[" ON(A, 100) "]",
        .todo = "['" A "']",
        .recorded = "['" A "']",
        .left = "[]",
    },
    {
        .name = "ids compare without case",
        .record = "['" V(AAAA) "']",
        .list = "[" ON(A, 100) "]",
        .todo = "['" A "']",
        .recorded = "['" V(AAAA) "']",
        .left = "[]",
    },
    {
        .name = "restoring enables what is on record and disabled, and no other",
        .record = "['" A "', '" B "']",
        .is_revoked = true,
        .is_restoring = true,
        .list = "[" OFF(A, 100) ", " ON(B, 200) ", " OFF(C, 300) "]",
        .todo = "['" A "']",
        .recorded = "['" A "', '" B "']",
        .left = "['" C "']",
    },
    {
        .name = "restoring disables nothing and records nothing",
        .record = "['" A "']",
        .is_restoring = true,
        .list = "[" ON(A, 100) ", " ON(B, 200) "]",
        .todo = "[]",
        .recorded = "['" A "']",
        .left = "[]",
    },
    {
        .name = "without a list there is nothing to do",
        .record = "['" A "']",
        .todo = "[]",
        .recorded = "['" A "']",
        .left = "[]",
    },
};

static void expect(struct json_object *value, const char *text)
{
    AUTO(json) struct json_object *expected = json_tokener_parse(text);
    assert_non_null(expected);
    if (!js_same(value, expected))
        fail_msg("%s\n  is not %s", json_object_to_json_string(value), text);
}

static void check(void **state)
{
    const struct switching_case *c = *state;
    AUTO(json) struct json_object *list = c->list ? json_tokener_parse(c->list) : NULL;
    struct order order = {
        .kind = ORDER_REVOKE,
        .since_s = 1000,
        .versions = c->record ? json_tokener_parse(c->record) : NULL,
        .revoked_s = c->is_revoked ? 1 : 0,
        .restore_by = c->is_restoring ? mem_text("root") : NULL,
    };
    bool has_grown = switching_record(&order, list);
    bool is_other = true;
    if (c->record) {
        AUTO(json) struct json_object *before = json_tokener_parse(c->record);
        is_other = !js_same(order.versions, before);
    }
    assert_int_equal(has_grown, is_other);
    expect(order.versions, c->recorded);
    AUTO(json) struct json_object *todo = switching_todo(&order, list);
    expect(todo, c->todo);
    AUTO(json) struct json_object *left = switching_left(&order, list);
    expect(left, c->left);
    order_done(&order);
}

int main(void)
{
    return CASES_RUN(cases, check);
}
