/* test_relay.c: what bodies name as the vault's place is not where cmkd goes. A second azsim is the
 * thief: its certificates are trusted, it would answer as a vault does, and it must not be asked at
 * all. Links, redirects and challenges: tests/unit/azure/test_relay.c. */
#include "prod.h"

#include "base/js.h"
#include "flow_private.h"
#include "sim/file.h"

#include <stdlib.h>
#include <string.h>

#define ARM "https://management.azure.com"
#define DATA "https://kv-openai-prod.vault.azure.net"

static void *thief; /* a flow of its own */

/* clang-format off */
static struct relay_case {
    const char *name;
    const char *url;   /* whose answer names the thief, in Azure's names */
    const char *match; /* of the requests for it */
    int times;         /* 0: each of them is answered so */
    const char *said;  /* or NULL */
} cases[] = {
    {"a vault's vaultUri", ARM VAULT "?api-version=2026-02-01", "GET .*/vaults/kv-openai-prod\\?", 0,
     "keyVaultUri.*waiting until the vault shows its address in this cloud"},
    {"a key's keyUri and keyUriWithVersion", ARM KEY "?api-version=2026-02-01", "GET .*/keys/openai-cmk\\?api-version=2026", 1, NULL},
    {"those of its versions", ARM KEY "/versions?api-version=2026-02-01", "GET .*/keys/openai-cmk/versions\\?api-version=2026", 1, NULL},
    {"the kid of the vault's own answer", DATA "/keys/openai-cmk?api-version=7.4", "GET " DATA "/keys/openai-cmk\\?", 1, NULL},
    {"the kids of its list", DATA "/keys/openai-cmk/versions?api-version=7.4", "GET " DATA "/keys/openai-cmk/versions\\?", 1, NULL},
    {"the keyVaultUri of an account", ARM ACCOUNT "?api-version=2025-06-01", "GET .*/accounts/oai-prod\\?", 1, "keyVaultUri was .*, is .* again"},
};
/* clang-format on */

/* Both azsims are trusted, and nothing else tells them apart but their names. */
static void trust_both(void **flow)
{
    struct err err;
    AUTO(text) char *first = NULL;
    AUTO(text) char *second = NULL;
    AUTO(text) char *path = mem_format("%s/both.pem", flow_directory(flow));
    if (!file_load(flow_of(flow)->ca_file, &first, &err) ||
        !file_load(flow_of(&thief)->ca_file, &second, &err))
        flow_fail(flow, "%s", err.message);
    AUTO(text) char *both = mem_format("%s%s", first, second);
    if (!file_save(path, both, 0644, &err))
        flow_fail(flow, "%s", err.message);
    js_put(flow_of(flow)->cloud, "caFile", json_object_new_string(path));
}

/* The text with the thief's port for azsim's wherever a vault is named. */
static char *misled(void **flow, const char *text)
{
    AUTO(text)
    char *azure = mem_format(".vault.localhost:%u", flow_of(flow)->origins.port);
    AUTO(text)
    char *his = mem_format(".vault.localhost:%u", flow_of(&thief)->origins.port);
    char *whole = mem_text("");
    for (const char *at; (at = strstr(text, azure)); text = at + strlen(azure)) {
        AUTO(text) char *so_far = whole;
        whole = mem_format("%s%.*s%s", so_far, (int)(at - text), text, his);
    }
    AUTO(text) char *start = whole;
    return mem_format("%s%s", start, text);
}

static void mislead(void **flow, const struct relay_case *c)
{
    struct flow_answer answer = flow_request(flow, "GET", c->url, NULL, 20000);
    assert_int_equal(answer.status, 200);
    AUTO(text) char *body = misled(flow, answer.body);
    assert_string_not_equal(body, answer.body);
    flow_answer_done(&answer);

    AUTO(json) struct json_object *faults = json_object_new_array();
    struct json_object *fault = json_object_new_object();
    js_put(fault, "match", json_object_new_string(c->match));
    js_put(fault, "status", json_object_new_int(200));
    js_put(fault, "times", json_object_new_int(c->times));
    js_put(fault, "body", flow_json(body));
    json_object_array_add(faults, fault);
    flow_faults_tree(flow, faults);
}

static void expect_nothing_of_the_thief(void **flow)
{
    AUTO(json) struct json_object *his = flow_log(&thief);
    if (json_object_array_length(his))
        flow_fail(flow, "the thief was asked: %s", json_object_to_json_string(his));
    AUTO(text) char *port = mem_format(":%u", flow_of(&thief)->origins.port);
    AUTO(json) struct json_object *log = flow_log(flow);
    for (size_t i = 0; i < json_object_array_length(log); i++) {
        struct json_object *entry = json_object_array_get_idx(log, i);
        if (strstr(js_string(entry, "body", ""), port))
            flow_fail(flow, "Azure was told of the thief: %s", json_object_to_json_string(entry));
    }
}

/* A rotation is due, which only the vault itself can do. */
static void check(void **flow)
{
    const struct relay_case *c = flow_row(flow);
    trust_both(flow);
    prod_good(flow, PROD("", "", ", 'rotation': {'every': 'P7D'}", ""));
    mislead(flow, c);
    flow_log_clear(flow);
    cmkd_once(flow);
    expect_nothing_of_the_thief(flow);
    assert_true(flow_faults_fired(flow) > 0);
    if (c->said)
        expect_said(flow, c->said);
    expect_finding(flow, KEY, "rotation.every", "action", "done");
}

int main(void)
{
    if (flow_setup(&thief) != 0)
        return 1;
    int failed = FLOW_CASES_RUN(cases, check);
    return failed + flow_teardown(&thief);
}
