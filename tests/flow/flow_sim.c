/* flow_sim.c: azsim from a test's side: its control interface, by libcurl. */
#include "flow_private.h"

#include "sim/file.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#define CONTROL_TIMEOUT_MS 30000

struct buffer {
    char *text; /* owned */
    size_t length;
};

static size_t on_bytes(char *bytes, size_t size, size_t count, void *owner)
{
    struct buffer *buffer = owner;
    buffer->text = mem_resize(buffer->text, buffer->length + count + 1, size);
    memcpy(buffer->text + buffer->length, bytes, count);
    buffer->length += count;
    buffer->text[buffer->length] = '\0';
    return count;
}

/* A connection of its own for each request, so that none depends on what an earlier one left. */
static struct flow_answer request(struct flow *flow, const char *method, const char *url,
                                  const char *header, const char *body, long timeout_ms)
{
    struct buffer head = {.text = mem_text("")}, text = {.text = mem_text("")};
    struct flow_answer answer = {0};
    struct curl_slist *headers = curl_slist_append(NULL, header);
    CURL *curl = curl_easy_init();

    if (strncmp(header, "Content-Type", 12) != 0)
        headers = curl_slist_append(headers, "Content-Type: application/json");
    headers = curl_slist_append(headers, "Expect:");
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl, CURLOPT_CAINFO, flow->ca_file);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &text);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &head);
    if (body)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    answer.curl = (int)curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
    answer.headers = head.text;
    answer.body = text.text;
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    return answer;
}

/* A header with a token of the client for the URL. */
static char *authorization(struct flow *flow, const char *url, const char *client)
{
    struct err err;
    AUTO(json) struct json_object *tree = NULL;
    AUTO(text)
    char *login = mem_format("https://login.localhost:%u/" FLOW_TENANT "/oauth2/v2.0/token",
                             flow->origins.port);
    AUTO(text)
    char *form = mem_format(
        "grant_type=client_credentials&client_id=%s"
        "&client_secret=" FLOW_SECRET "&scope=https%%3A%%2F%%2F%s%%2F.default",
        client, strstr(url, ".vault.azure.net") ? "vault.azure.net" : "management.azure.com");
    struct flow_answer answer =
        request(flow, "POST", login, "Content-Type: application/x-www-form-urlencoded", form,
                CONTROL_TIMEOUT_MS);
    bool parsed = js_parse(answer.body, strlen(answer.body), &tree, &err);
    flow_answer_done(&answer);
    return mem_format("Authorization: Bearer %s",
                      parsed ? js_string(tree, "access_token", "none") : "none");
}

static struct flow_answer request_as(struct flow *flow, const char *client, const char *method,
                                     const char *url, const char *body, long timeout_ms)
{
    AUTO(text) char *local = origins_local(&flow->origins, url);
    AUTO(text) char *token = authorization(flow, url, client);
    return request(flow, method, local, token, body, timeout_ms);
}

struct flow_answer flow_request(void **flow, const char *method, const char *url, const char *body,
                                long timeout_ms)
{
    return request_as(*flow, FLOW_OPERATOR, method, url, body, timeout_ms);
}

struct flow_answer flow_request_as_cmkd(void **flow, const char *method, const char *url,
                                        const char *body)
{
    return request_as(*flow, FLOW_CLIENT, method, url, body, CONTROL_TIMEOUT_MS);
}

void flow_answer_done(struct flow_answer *answer)
{
    free(answer->headers);
    free(answer->body);
    *answer = (struct flow_answer){0};
}

struct flow_answer flow_control(void **state, const char *method, const char *path,
                                struct json_object *body)
{
    struct flow *flow = *state;
    AUTO(text) char *url = mem_format("%s%s", flow->control, path);
    const char *text = body ? json_object_to_json_string_ext(body, JSON_C_TO_STRING_PLAIN) : NULL;
    return request(flow, method, url, "Accept: */*", text, CONTROL_TIMEOUT_MS);
}

/* The same for what must succeed; the caller puts the answer. */
static struct json_object *control(void **flow, const char *method, const char *path,
                                   struct json_object *body)
{
    struct flow_answer answer = flow_control(flow, method, path, body);
    if (answer.status != 200)
        flow_fail(flow, "azsim refuses %s %s: %ld %s (curl %d) %s", method, path, answer.status,
                  answer.body, answer.curl, flow_of(flow)->azsim.text[STREAM_ERR]);
    struct json_object *tree = flow_json(answer.body);
    flow_answer_done(&answer);
    return tree;
}

static void command(void **state, const char *method, const char *path, struct json_object *body)
{
    json_object_put(control(state, method, path, body));
}

static void command_text(void **state, const char *path, const char *json)
{
    AUTO(json) struct json_object *body = flow_json(json);
    command(state, "POST", path, body);
}

void flow_seed_tree(void **flow, struct json_object *seed)
{
    AUTO(json) struct json_object *whole = js_copy(seed);
    flow_authorize(flow, whole);
    command(flow, "POST", "/seed", whole);
}

void flow_seed(void **flow, const char *json)
{
    AUTO(json) struct json_object *seed = flow_json(json);
    flow_seed_tree(flow, seed);
}

void flow_seed_file(void **flow, const char *path)
{
    struct err err;
    AUTO(json) struct json_object *seed = NULL;
    if (!file_load_json(path, &seed, &err))
        flow_fail(flow, "%s", err.message);
    flow_seed_tree(flow, seed);
}

struct json_object *flow_control_case(void)
{
    struct err err;
    struct json_object *json = NULL;
    if (!file_load_json(TESTS_DIR "/cases/C000.json", &json, &err))
        fail_msg("%s: %s", err.path, err.message);
    return json;
}

void flow_seed_case(void **flow, struct json_object *json)
{
    AUTO(json) struct json_object *seed = json_object_new_object();
    json_object_object_add(seed, "live", js_copy(js_find(json, "live")));
    json_object_object_add(seed, "keys", js_copy(js_find(json, "keys")));
    if (js_array(json, "resourceGroups"))
        json_object_object_add(seed, "resourceGroups", js_copy(js_array(json, "resourceGroups")));
    flow_seed_tree(flow, seed);
}

struct json_object *flow_state(void **flow)
{
    return control(flow, "GET", "/state", NULL);
}

void flow_drift(void **flow, const char *id, const char *patch)
{
    AUTO(json) struct json_object *drift = json_object_new_object();
    json_object_object_add(drift, "id", json_object_new_string(id));
    json_object_object_add(drift, "patch", patch ? flow_json(patch) : NULL);
    command(flow, "POST", "/drift", drift);
}

void flow_drift_by(void **flow, const char *id, const char *patch, const char *by)
{
    AUTO(json) struct json_object *drift = json_object_new_object();
    json_object_object_add(drift, "id", json_object_new_string(id));
    json_object_object_add(drift, "patch", flow_json(patch));
    json_object_object_add(drift, "by", flow_json(by));
    command(flow, "POST", "/drift", drift);
}

void flow_clock(void **flow, int64_t seconds)
{
    AUTO(json) struct json_object *body = json_object_new_object();
    js_put(body, "shift", json_object_new_int64(seconds));
    command(flow, "POST", "/clock", body);
}

void flow_age(void **flow, const char *vault, const char *key, int days)
{
    AUTO(json) struct json_object *body = json_object_new_object();
    js_put(body, "vault", json_object_new_string(vault));
    if (key)
        js_put(body, "key", json_object_new_string(key));
    js_put(body, "days", json_object_new_int(days));
    command(flow, "POST", "/age", body);
}

void flow_settings(void **flow, const char *json)
{
    command_text(flow, "/settings", json);
}

void flow_faults_tree(void **flow, struct json_object *array)
{
    command(flow, "POST", "/faults", array);
}

void flow_faults(void **flow, const char *json_array)
{
    command_text(flow, "/faults", json_array);
}

void flow_faults_clear(void **flow)
{
    command(flow, "DELETE", "/faults", NULL);
}

int64_t flow_faults_fired(void **flow)
{
    AUTO(json) struct json_object *list = control(flow, "GET", "/faults", NULL);
    int64_t fired = 0;
    for (size_t i = 0; i < json_object_array_length(list); i++)
        fired += js_int(json_object_array_get_idx(list, i), "fired", 0);
    return fired;
}

struct json_object *flow_log(void **flow)
{
    AUTO(json) struct json_object *answer = control(flow, "GET", "/log", NULL);
    struct json_object *all = js_array(answer, "entries"), *list = json_object_new_array();
    for (size_t i = 0; i < json_object_array_length(all); i++) {
        struct json_object *entry = json_object_array_get_idx(all, i);
        if (strcmp(js_string(entry, "kind", ""), "azure") == 0)
            json_object_array_add(list, json_object_get(entry));
    }
    return list;
}

void flow_log_clear(void **flow)
{
    command(flow, "DELETE", "/log", NULL);
}

void flow_await(void **flow, const char *match)
{
    AUTO(json) struct json_object *body = json_object_new_object();
    js_put(body, "match", json_object_new_string(match));
    js_put(body, "since", json_object_new_int64(flow_of(flow)->awaited));
    AUTO(json) struct json_object *entry = control(flow, "POST", "/await", body);
    flow_of(flow)->awaited = js_int(entry, "seq", 0);
}
