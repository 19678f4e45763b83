#include "azure.h"

#define NEWEST "https://kvt.vault.localhost:8443/keys/cmk/" NEW

#define POLICY "PUT kv:/keys/cmk/rotationpolicy"
#define ACTION(type, trigger, time)                                                                \
    "{'trigger': {'" trigger "': '" time "'}, 'action': {'type': '" type "'}}"
#define ROTATE(trigger, time) ACTION("Rotate", trigger, time)
#define NOTIFY(trigger, time) ACTION("Notify", trigger, time)

/* clang-format off */
static struct story stories[] = {
    {"Resource Manager shows the newest version of a key", NULL, {
        {"GET " KEY, NULL, 200, .path = "properties.keyUriWithVersion", .value = NEWEST,
         .path2 = "properties.keyUri", .value2 = "https://kvt.vault.localhost:8443/keys/cmk"},
        {"GET " KEY, NULL, 200, .path = "properties.rotationPolicy", .value = NULL,
         .path2 = "properties.attributes.exp", .value2 = NULL},
        {"GET " KEY, NULL, 200, .path = "properties.kty", .value = "RSA",
         .path2 = "properties.keySize", .value2 = "2048"},
        {"GET " KEY, NULL, 200, .path = "properties.attributes.recoveryLevel",
         .value = "Recoverable", .path2 = "tags", .value2 = NULL},
    }},
    {"a version is a resource of its own", NULL, {
        {"GET " KEY "/versions/" OLD, NULL, 200, .path = "type",
         .value = "Microsoft.KeyVault/vaults/keys/versions", .path2 = "name", .value2 = OLD},
        {"GET " KEY "/versions/cccccccccccccccccccccccccccccccc", NULL, 404, "KeyNotFound"},
        {"GET " KEY "/versions", NULL, 200, .path = "nextLink", .value = NULL},
        {"GET " KEY "/versions?$top=1", NULL, 200},
        {"GET @nextLink", NULL, 200, .path = "nextLink", .value = NULL},
    }},
    {"a key below a vault that is not there has no parent", NULL, {
        {"GET " VAULTS "none/keys/cmk", NULL, 404, "ParentResourceNotFound"},
        {"PUT " VAULTS "none/keys/cmk", "{'properties': {'kty': 'RSA'}}", 404,
         "ParentResourceNotFound"},
    }},
    {"a PUT makes a key, and never a second version of it", NULL, {
        {"GET " VAULT "/keys/other", NULL, 404, "KeyNotFound"},
        {"PUT " VAULT "/keys/other", "{'properties': {'kty': 'RSA', 'keySize': 3072}}", 200,
         .path = "properties.keySize", .value = "3072"},
        {"PUT " VAULT "/keys/other", "{'properties': {'kty': 'RSA', 'keySize': 4096,"
         " 'attributes': {'enabled': false}}}", 200, .path = "properties.keySize", .value = "3072",
         .path2 = "properties.attributes.enabled", .value2 = "true"},
        {"GET kv:/keys/other/versions?maxresults=1", NULL, 200, .path = "nextLink", .value = NULL},
        {"PUT " KEY, "{'properties': {'kty': 'RSA'}}", 200,
         .path = "properties.keyUriWithVersion", .value = NEWEST},
    }},
    {"what is no key is refused", NULL, {
        {"PUT " VAULT "/keys/other", "{'properties': {'kty': 'oct'}}", 400, "BadRequest"},
        {"PUT " VAULT "/keys/other", "{'properties': {'kty': 'RSA', 'keySize': 1024}}", 400,
         "BadRequest"},
        {"PUT " VAULT "/keys/a_b", "{'properties': {'kty': 'RSA'}}", 400, "BadRequest"},
        {"POST kv:/keys/other/create", "{'kty': 'EC', 'crv': 'P-1'}", 400, "BadParameter"},
    }},
    {"the vault shows the newest, and any version by its id", NULL, {
        {"GET kv:/keys/cmk", NULL, 200, .path = "key.kid", .value = NEWEST,
         .path2 = "attributes.recoverableDays", .value2 = "90"},
        {"GET kv:/keys/cmk/", NULL, 200, .path = "key.kid", .value = NEWEST},
        {"GET kv:/keys/cmk/" OLD, NULL, 200, .path = "attributes.enabled", .value = "true"},
        {"GET kv:/keys/cmk/cccccccccccccccccccccccccccccccc", NULL, 404, "KeyNotFound"},
        {"GET kv:/keys/none", NULL, 404, "KeyNotFound"},
        {"GET kv:/keys/cmk?api-version=7.5", NULL, 200, .path = "attributes.hsmPlatform",
         .value = "0", .path2 = "attributes.exportable", .value2 = "false"},
        {"GET kv:/keys/cmk?api-version=7.3", NULL, 200, .path = "attributes.exportable",
         .value = NULL},
        {"GET kv:/keys/cmk?api-version=1.0", NULL, 400, "BadParameter"},
    }},
    {"rotating adds a version that is like the newest", NULL, {
        {"POST kv:/keys/cmk/rotate", NULL, 200, .path = "attributes.enabled", .value = "true",
         .path2 = "attributes.exp", .value2 = NULL},
        {"GET kv:/keys/cmk/" OLD, NULL, 200},
        {"POST kv:/keys/none/rotate", NULL, 404, "KeyNotFound"},
    }},
    {"a rotated version expires when the policy says", NULL, {
        {"PUT kv:/keys/cmk/rotationpolicy", "{'lifetimeActions': [{'trigger': {'timeAfterCreate':"
         " 'P15D'}, 'action': {'type': 'rotate'}}], 'attributes': {'expiryTime': 'P90D'}}", 200,
         .path = "lifetimeActions", .value =
         "[{\"trigger\":{\"timeAfterCreate\":\"P15D\"},\"action\":{\"type\":\"Rotate\"}},"
         "{\"trigger\":{\"timeBeforeExpiry\":\"P30D\"},\"action\":{\"type\":\"Notify\"}}]",
         .path2 = "id", .value2 = "https://kvt.vault.localhost:8443/keys/cmk/rotationpolicy"},
        {"GET kv:/keys/cmk/rotationpolicy", NULL, 200, .path = "attributes.expiryTime",
         .value = "P90D"},
        {"GET " KEY, NULL, 200, .path = "properties.rotationPolicy.attributes.expiryTime",
         .value = "P90D"},
        {"PATCH kv:/keys/cmk/" NEW, "{'attributes': {'nbf': 1}}", 200},
        {"POST kv:/keys/cmk/rotate", NULL, 200, .path = "attributes.nbf", .value = NULL},
    }},
    {"a policy that makes no sense is refused", NULL, {
        {POLICY, "{'attributes': {'expiryTime': '90 days'}}", 400, "BadParameter"},
        {POLICY, "{'lifetimeActions': [" NOTIFY("timeAfterCreate", "P15D") "]}", 400, "BadParameter"},
        {POLICY, "{'lifetimeActions': [{'action': {'type': 'Rotate'}}]}", 400, "BadParameter"},
        {POLICY, "{'lifetimeActions': [" ROTATE("timeAfterCreate", "P8D") ", "
         ROTATE("timeAfterCreate", "P9D") "]}", 400, "BadParameter"},
        {"GET kv:/keys/cmk/rotationpolicy", NULL, 200, .path = "lifetimeActions", .value =
         "[{\"trigger\":{\"timeBeforeExpiry\":\"P30D\"},\"action\":{\"type\":\"Notify\"}}]"},
    }},
    {"a policy keeps the minimums of days", NULL, {
        {POLICY, "{'attributes': {'expiryTime': 'P27D'}}", 400, "BadParameter"},
        {POLICY, "{'lifetimeActions': [" ROTATE("timeAfterCreate", "P6D") "]}", 400, "BadParameter"},
        {POLICY, "{'lifetimeActions': [" ROTATE("timeBeforeExpiry", "P6D") "]}", 400, "BadParameter"},
        {POLICY, "{'lifetimeActions': [" ROTATE("timeAfterCreate", "P22D") "],"
         " 'attributes': {'expiryTime': 'P28D'}}", 400, "BadParameter"},
        {POLICY, "{'lifetimeActions': [" ROTATE("timeBeforeExpiry", "P22D") "],"
         " 'attributes': {'expiryTime': 'P28D'}}", 400, "BadParameter"},
        {POLICY, "{'lifetimeActions': [" ROTATE("timeBeforeExpiry", "P21D") "],"
         " 'attributes': {'expiryTime': 'P28D'}}", 200},
    }},
    {"a policy may be set with the creation of a key, and later not there", NULL, {
        {"PUT " VAULT "/keys/second", "{'properties': {'kty': 'RSA', 'rotationPolicy': {"
         "'lifetimeActions': [" ROTATE("timeAfterCreate", "P6D") "]}}}", 400, "BadRequest"},
        {"PUT " VAULT "/keys/second", "{'properties': {'kty': 'RSA', 'rotationPolicy': {"
         "'lifetimeActions': [" ROTATE("timeAfterCreate", "P1Y") "]}}}", 200,
         .path = "properties.rotationPolicy.lifetimeActions", .value =
         "[{\"trigger\":{\"timeAfterCreate\":\"P1Y\"},\"action\":{\"type\":\"rotate\"}},"
         "{\"trigger\":{\"timeBeforeExpiry\":\"P30D\"},\"action\":{\"type\":\"notify\"}}]"},
        {"PUT " KEY, "{'properties': {'kty': 'RSA', 'rotationPolicy': {"
         "'lifetimeActions': [" ROTATE("timeAfterCreate", "P1Y") "]}}}", 200,
         .path = "properties.rotationPolicy", .value = NULL},
        {"GET kv:/keys/second/rotationpolicy", NULL, 200, .path = "lifetimeActions", .value =
         "[{\"trigger\":{\"timeAfterCreate\":\"P1Y\"},\"action\":{\"type\":\"Rotate\"}},"
         "{\"trigger\":{\"timeBeforeExpiry\":\"P30D\"},\"action\":{\"type\":\"Notify\"}}]"},
    }},
    {"a PATCH changes one version, or the newest, and no more", NULL, {
        {"PATCH kv:/keys/cmk/" OLD, "{'attributes': {'enabled': false}}", 200,
         .path = "attributes.enabled", .value = "false"},
        {"GET kv:/keys/cmk", NULL, 200, .path = "attributes.enabled", .value = "true"},
        {"PATCH kv:/keys/cmk", "{'attributes': {'enabled': false, 'exp': 4000000000}, 'tags':"
         " {'a': 'b'}, 'key_ops': ['wrapKey']}", 200, .path = "attributes.exp",
         .value = "4000000000", .path2 = "key.key_ops", .value2 = "[\"wrapKey\"]"},
        {"GET " KEY, NULL, 200, .path = "properties.attributes.enabled", .value = "false",
         .path2 = "tags.a", .value2 = "b"},
        {"PATCH kv:/keys/cmk", "{'attributes': {'nbf': 4000000001}}", 400, "BadParameter"},
        {"PATCH kv:/keys/cmk/cccccccccccccccccccccccccccccccc", "{}", 404, "KeyNotFound"},
    }},
    {"a deleted key blocks its name until it is recovered", NULL, {
        {"DELETE kv:/keys/cmk", NULL, 200, .path = "recoveryId",
         .value = "https://kvt.vault.localhost:8443/deletedkeys/cmk"},
        {"GET kv:/keys/cmk", NULL, 404, "KeyNotFound"},
        {"GET " KEY, NULL, 404, "KeyNotFound"},
        {"DELETE kv:/keys/cmk", NULL, 404, "KeyNotFound"},
        {"POST kv:/keys/cmk/create", "{'kty': 'RSA'}", 409, "Conflict/ObjectIsDeletedButRecoverable"},
        {"PUT " KEY, "{'properties': {'kty': 'RSA'}}", 409,
         "Conflict/ObjectIsDeletedButRecoverable"},
        {"GET kv:/deletedkeys/cmk", NULL, 200, .path = "key.kid", .value = NEWEST},
        {"GET kv:/deletedkeys", NULL, 200, .path = "nextLink", .value = NULL},
        {"POST kv:/deletedkeys/cmk/recover", NULL, 200, .path = "key.kid", .value = NEWEST},
        {"GET kv:/keys/cmk/" OLD, NULL, 200},
        {"GET kv:/deletedkeys/cmk", NULL, 404, "KeyNotFound"},
        {"POST kv:/deletedkeys/cmk/recover", NULL, 400,
         "MethodNotAllowed/RequestNotAllowedOnNonDeletedObject"},
    }},
    {"a key is not found for some seconds after its recovery", "{'recovering': 10}", {
        {"DELETE kv:/keys/cmk", NULL, 200},
        {"POST kv:/deletedkeys/cmk/recover", NULL, 200},
        {"GET kv:/keys/cmk", NULL, 404, "KeyNotFound"},
        {"GET kv:/keys/cmk/" OLD, NULL, 404, "KeyNotFound", .path = "error.message",
         .value = "A key with (name/id) cmk/" OLD " was not found in this key vault. If you "
         "recently deleted this key you may be able to recover it using the correct recovery "
         "command. For help resolving this issue, please see "
         "https://go.microsoft.com/fwlink/?linkid=2125182"},
        {"GET " KEY, NULL, 404, "KeyNotFound"},
        {"POST kv:/keys/cmk/create", "{'kty': 'RSA'}", 409, "Conflict/ObjectIsBeingRecovered"},
        {"GET kv:/keys/cmk", NULL, 200, .later_s = 11},
    }},
    {"a key is not among the deleted for some seconds after its deletion", "{'deleting': 10}", {
        {"DELETE kv:/keys/cmk", NULL, 200},
        {"GET kv:/deletedkeys/cmk", NULL, 404, "KeyNotFound"},
        {"POST kv:/keys/cmk/create", "{'kty': 'RSA'}", 409, "Conflict/ObjectIsBeingDeleted"},
        {"POST kv:/deletedkeys/cmk/recover", NULL, 409, "Conflict/ObjectIsBeingDeleted"},
        {"GET kv:/deletedkeys/cmk", NULL, 200, .later_s = 11},
    }},
    {"a deleted key is gone when its retention is over", NULL, {
        {"DELETE kv:/keys/cmk", NULL, 200},
        {"GET kv:/deletedkeys/cmk", NULL, 200, .later_s = 89 * 86400},
        {"GET kv:/deletedkeys", NULL, 200, .path = "value", .value = "[]", .later_s = 86401},
        {"GET kv:/deletedkeys/cmk", NULL, 404, "KeyNotFound"},
        {"POST kv:/keys/cmk/create", "{'kty': 'RSA'}", 200},
    }},
    {"a protected vault does not purge keys", NULL, {
        {"DELETE kv:/keys/cmk", NULL, 200},
        {"DELETE kv:/deletedkeys/cmk", NULL, 403, "Forbidden/OperationNotAllowed"},
        {.drift = VAULT, .patch = "{'properties': {'enablePurgeProtection': null}}"},
        {"DELETE kv:/deletedkeys/cmk", NULL, 204},
        {"GET kv:/deletedkeys/cmk", NULL, 404, "KeyNotFound"},
        {"POST kv:/keys/cmk/create", "{'kty': 'EC-HSM'}", 200, .path = "key.crv", .value = "P-256",
         .path2 = "attributes.recoveryLevel", .value2 = "Recoverable+Purgeable"},
    }},
    {"a firewall keeps strangers from the data plane and from nothing else",
     "{'callerAddress': '198.51.100.7'}", {
        {"GET kv:/keys/cmk", NULL, 403, "Forbidden/ForbiddenByFirewall"},
        {"GET " KEY, NULL, 200},
        {"PATCH " VAULT, "{'properties': {'networkAcls': {'defaultAction': 'Deny', 'ipRules':"
         " [{'value': '198.51.100.0/24'}]}}}", 200},
        {"GET kv:/keys/cmk", NULL, 200},
        {"PATCH " VAULT, "{'properties': {'publicNetworkAccess': 'Disabled'}}", 200},
        {"GET kv:/keys/cmk", NULL, 403, "Forbidden/ForbiddenByConnection"},
        {"PATCH " VAULT, "{'properties': {'publicNetworkAccess': 'Enabled', 'networkAcls':"
         " {'defaultAction': 'Allow'}}}", 200},
        {"GET kv:/keys/cmk", NULL, 200},
    }},
    {"a key drifts behind Azure's back", NULL, {
        {.drift = KEY "/versions/" OLD, .patch = "{'properties': {'attributes': {'enabled':"
         " false}}}"},
        {"GET kv:/keys/cmk/" OLD, NULL, 200, .path = "attributes.enabled", .value = "false"},
        {"GET kv:/keys/cmk", NULL, 200, .path = "attributes.enabled", .value = "true"},
        {.drift = KEY},
        {"GET kv:/keys/cmk", NULL, 404, "KeyNotFound"},
    }},
};
/* clang-format on */

/* More than a page of versions: 25 at most, in the order of ids, until nextLink is null. */
static void pages_of_versions_hold_25_and_are_sorted(void **state)
{
    (void)state;
    struct sim *sim = azure_new(NULL);
    char *token = azure_token(sim, "https://vault.azure.net");
    struct sim_request request = {.method = "POST",
                                  .host = "kvt.vault.localhost:8443",
                                  .path = "/keys/cmk/rotate",
                                  .query = "api-version=7.4",
                                  .body_text = "",
                                  .authorization = token};
    struct sim_response response;
    for (int i = 0; i < 28; i++) {
        sim_serve(sim, &request, &response);
        assert_int_equal(response.status, 200);
        sim_response_done(&response);
    }

    char last[200] = "", query[200] = "api-version=7.4";
    size_t sizes[2];
    request.method = "GET";
    request.path = "/keys/cmk/versions";
    request.query = query;
    for (int page = 0; page < 2; page++) {
        sim_serve(sim, &request, &response);
        struct json_object *value = js_array(response.body, "value");
        sizes[page] = json_object_array_length(value);
        for (size_t i = 0; i < sizes[page]; i++) {
            const char *kid = js_string(json_object_array_get_idx(value, i), "kid", "");
            assert_true(strcmp(last, kid) < 0);
            err_copy(last, sizeof last, kid);
        }
        struct json_object *link = NULL;
        assert_true(json_object_object_get_ex(response.body, "nextLink", &link));
        if (page == 0)
            err_copy(query, sizeof query, strchr(json_object_get_string(link), '?') + 1);
        else
            assert_null(link);
        sim_response_done(&response);
    }
    assert_int_equal(sizes[0], 25);
    assert_int_equal(sizes[1], 5);
    free(token);
    sim_free(sim);
}

static void an_aged_key_is_older_in_both_planes(void **state)
{
    (void)state;
    struct err err;
    struct sim *sim = azure_new(NULL);
    struct json_object *before = sim_state(sim);
    assert_true(sim_age_key(sim, "kvt", NULL, 10, &err));
    assert_false(sim_age_key(sim, "kvt", "none", 10, &err));
    struct json_object *after = sim_state(sim);
    for (size_t i = 0; i < 2; i++) {
        struct json_object *old = json_object_array_get_idx(js_array(before, "keys.kvt.cmk"), i);
        struct json_object *new = json_object_array_get_idx(js_array(after, "keys.kvt.cmk"), i);
        assert_int_equal(js_int(old, "created", 0) - js_int(new, "created", 0), 10 * 86400);
    }
    json_object_put(before);
    json_object_put(after);
    sim_free(sim);
}

/* ---- a vault that rotates by itself ---------------------------------------------------------- */

#define DAY_S INT64_C(86400)

/* clang-format off */
static struct run {
    const char *name;
    const char *policy;     /* set when NEW is 30 days old */
    const char *attributes; /* of NEW, before that; or NULL */
    int days;               /* that go by then, in one leap */
    int count;              /* of the versions that are there then */
    int last;               /* the day on which the last of them was made; -30 is NEW's */
    int expires;            /* the day on which it expires; 0: never */
} runs[] = {
    {"not before its time", "{'lifetimeActions': [" ROTATE("timeAfterCreate", "P90D") "]}", NULL,
     59, 2, -30, 0},
    {"on the day", "{'lifetimeActions': [" ROTATE("timeAfterCreate", "P90D") "]}", NULL,
     60, 3, 60, 0},
    {"with a date of expiry", "{'lifetimeActions': [" ROTATE("timeAfterCreate", "P90D") "],"
     " 'attributes': {'expiryTime': 'P120D'}}", NULL, 61, 3, 60, 180},
    {"as often as time has passed", "{'lifetimeActions': [" ROTATE("timeAfterCreate", "P90D") "]}",
     NULL, 250, 5, 240, 0},
    {"at once if it is late already", "{'lifetimeActions': [" ROTATE("timeAfterCreate", "P20D") "]}",
     NULL, 0, 3, 0, 0},
    {"before the expiry", "{'lifetimeActions': [" ROTATE("timeBeforeExpiry", "P30D") "],"
     " 'attributes': {'expiryTime': 'P90D'}}", "{'exp': 70}", 100, 4, 100, 190},
    {"never before an expiry that there is not", "{'lifetimeActions': ["
     ROTATE("timeBeforeExpiry", "P30D") "], 'attributes': {'expiryTime': 'P90D'}}", NULL,
     900, 2, -30, 0},
    {"a notice makes nothing", "{'lifetimeActions': [" NOTIFY("timeBeforeExpiry", "P30D") "]}",
     "{'exp': 70}", 900, 2, -30, 70},
    {"a key whose newest version is disabled all the same", "{'lifetimeActions': ["
     ROTATE("timeAfterCreate", "P90D") "]}", "{'enabled': false}", 60, 3, 60, 0},
};
/* clang-format on */

/* The date of expiry in a row is a day from now on. */
static void set_up(struct sim *sim, const struct run *run)
{
    struct sim_response last = {0};
    AUTO(json) struct json_object *body = azure_json("{'attributes': {}}");
    if (run->attributes) {
        js_put(body, "attributes", azure_json(run->attributes));
        int64_t day = js_int(body, "attributes.exp", 0);
        if (day)
            js_put(body, "attributes.exp", json_object_new_int64(sim_now_s(sim) + day * DAY_S));
    }
    story_step(sim,
               &(struct step){"PATCH kv:/keys/cmk/" NEW, json_object_to_json_string(body), 200},
               &last);
    story_step(sim, &(struct step){POLICY, run->policy, 200}, &last);
    sim_response_done(&last);
}

/* Within an hour: however slow this machine is, the days are right. */
static void assert_day(int64_t time_s, int64_t start_s, int day)
{
    assert_in_range(time_s - start_s + 1000 * DAY_S, (1000 + day) * DAY_S - 3600,
                    (1000 + day) * DAY_S + 3600);
}

static void the_vault_rotates(void **state)
{
    const struct run *run = *state;
    struct sim *sim = azure_new(NULL);
    int64_t start_s = sim_now_s(sim), newest_s = 0, expires_s = 0;
    set_up(sim, run);
    sim_shift_clock(sim, run->days * DAY_S + 1);
    AUTO(json) struct json_object *after = sim_state(sim);
    struct json_object *versions = js_array(after, "keys.kvt.cmk");
    for (size_t i = 0; i < json_object_array_length(versions); i++) {
        struct json_object *version = json_object_array_get_idx(versions, i);
        if (js_int(version, "created", 0) > newest_s) {
            newest_s = js_int(version, "created", 0);
            expires_s = js_int(version, "exp", 0);
        }
    }
    assert_int_equal(json_object_array_length(versions), run->count);
    assert_day(newest_s, start_s, run->last);
    if (run->expires)
        assert_day(expires_s, start_s, run->expires);
    else
        assert_int_equal(expires_s, 0);
    sim_free(sim);
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(pages_of_versions_hold_25_and_are_sorted),
        cmocka_unit_test(an_aged_key_is_older_in_both_planes),
    };
    int failed = CASES_RUN(stories, story_check) + CASES_RUN(runs, the_vault_rotates);
    return failed + cmocka_run_group_tests(others, NULL, NULL);
}
