/* test_load.c: azsim under many clients at once, each on kept-alive TLS: every answer is right,
 * nothing is lost, and azsim ends cleanly (it runs under the sanitizers in the dev build). */
#include "flow_private.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#define CLIENTS 64
#define ROUNDS 8
#define HOSTS 4 /* that each client talks to: Resource Manager, its vault, Entra, the control */
#define LONGEST_MS 60000

#define LOGIN "https://login.microsoftonline.com/" FLOW_TENANT "/oauth2/v2.0/token"
#define FORM                                                                                       \
    "grant_type=client_credentials&client_id=" FLOW_OPERATOR "&client_secret=" FLOW_SECRET "&scope="
#define VAULTS FLOW_GROUP "/providers/Microsoft.KeyVault/vaults/"
#define VAULT "https://management.azure.com" VAULTS "kv-load-#?api-version=2026-02-01"
#define NOTHING "https://management.azure.com" VAULTS "kv-none-#?api-version=2026-02-01"
#define KEY "https://kv-load-#.vault.azure.net/keys/cmk?api-version=7.4"

enum token { NO_TOKEN, ARM_TOKEN, VAULT_TOKEN, TOKENS };

/* What each client does in each round. '#' stands for its number, '~' for the round. */
/* clang-format off */
static const struct step {
    const char *name, *method, *url; /* "/...": of the control interface */
    const char *body;
    enum token with, gets;
    long status;
    const char *part; /* of the answer */
} steps[] = {
    {"a token for Resource Manager", "POST", LOGIN, FORM "https://management.azure.com/.default", NO_TOKEN, ARM_TOKEN, 200, "access_token"},
    {"a token for vaults", "POST", LOGIN, FORM "https://vault.azure.net/.default", NO_TOKEN, VAULT_TOKEN, 200, "access_token"},
    {"a read",             "GET",   VAULT,   NULL,                            ARM_TOKEN,   NO_TOKEN, 200, "\"name\":\"kv-load-#\""},
    {"a write",            "PATCH", VAULT,   "{\"tags\":{\"by\":\"#-~\"}}",   ARM_TOKEN,   NO_TOKEN, 200, "\"by\":\"#-~\""},
    {"a read of it",       "GET",   VAULT,   NULL,                            ARM_TOKEN,   NO_TOKEN, 200, "\"by\":\"#-~\""},
    {"a read of nothing",  "GET",   NOTHING, NULL,                            ARM_TOKEN,   NO_TOKEN, 404, "kv-none-#"},
    {"a read by nobody",   "GET",   VAULT,   NULL,                            NO_TOKEN,    NO_TOKEN, 401, "AuthenticationFailed"},
    {"a key is written",   "PATCH", KEY,     "{\"tags\":{\"by\":\"#-~\"}}",   VAULT_TOKEN, NO_TOKEN, 200, "\"by\":\"#-~\""},
    {"a key is read",      "GET",   KEY,     NULL,                            VAULT_TOKEN, NO_TOKEN, 200, "\"by\":\"#-~\""},
    {"another's token",    "GET",   KEY,     NULL,                            ARM_TOKEN,   NO_TOKEN, 401, "Unauthorized"},
    {"a key grows older",  "POST",  "/age",  "{\"vault\":\"kv-load-#\",\"key\":\"cmk\",\"days\":1}", NO_TOKEN, NO_TOKEN, 200, ""},
};
/* clang-format on */

struct client {
    int number, round;
    size_t step;
    CURL *curl;                 /* owned */
    struct curl_slist *headers; /* owned, of the request in flight */
    char *url, *body, *answer;  /* owned, likewise */
    size_t length;
    char *tokens[TOKENS]; /* owned: Authorization headers */
    long connections;     /* that it had to open */
};

/* ---- requests ------------------------------------------------------------------------------- */

/* The text with the client's number and round; the caller frees. */
static char *fill(const struct client *client, const char *text)
{
    char *filled = mem_text("");
    while (*text) {
        size_t length = strcspn(text, "#~");
        char *longer = mem_format("%s%.*s", filled, (int)length, text);
        free(filled);
        filled = longer;
        text += length;
        if (!*text)
            break;
        longer = mem_format("%s%d", filled, *text == '#' ? client->number : client->round);
        free(filled);
        filled = longer;
        text++;
    }
    return filled;
}

static size_t on_bytes(char *bytes, size_t size, size_t count, void *owner)
{
    struct client *client = owner;
    client->answer = mem_resize(client->answer, client->length + count + 1, size);
    memcpy(client->answer + client->length, bytes, count);
    client->length += count;
    client->answer[client->length] = '\0';
    return count;
}

static void forget_request(struct client *client)
{
    curl_slist_free_all(client->headers);
    free(client->url);
    free(client->body);
    free(client->answer);
    client->headers = NULL;
    client->url = client->body = client->answer = NULL;
}

static void send_step(struct flow *flow, CURLM *multi, struct client *client)
{
    const struct step *step = &steps[client->step];
    AUTO(text) char *url = fill(client, step->url);
    bool is_form = step->body && strncmp(step->body, FORM, strlen(FORM)) == 0;
    client->url =
        *url == '/' ? mem_format("%s%s", flow->control, url) : origins_local(&flow->origins, url);
    client->body = step->body ? fill(client, step->body) : NULL;
    client->answer = mem_text("");
    client->length = 0;
    client->headers =
        curl_slist_append(NULL, is_form ? "Content-Type: application/x-www-form-urlencoded"
                                        : "Content-Type: application/json");
    if (step->with != NO_TOKEN)
        client->headers = curl_slist_append(client->headers, client->tokens[step->with]);

    curl_easy_reset(client->curl);
    curl_easy_setopt(client->curl, CURLOPT_URL, client->url);
    curl_easy_setopt(client->curl, CURLOPT_CUSTOMREQUEST, step->method);
    curl_easy_setopt(client->curl, CURLOPT_CAINFO, flow->ca_file);
    curl_easy_setopt(client->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(client->curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(client->curl, CURLOPT_TIMEOUT_MS, (long)LONGEST_MS);
    curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, client->headers);
    curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, client);
    curl_easy_setopt(client->curl, CURLOPT_PRIVATE, client);
    if (client->body)
        curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, client->body);
    curl_multi_add_handle(multi, client->curl);
}

static void check_answer(void **flow, struct client *client, CURLcode result)
{
    const struct step *step = &steps[client->step];
    long status = 0, opened = 0;
    curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(client->curl, CURLINFO_NUM_CONNECTS, &opened);
    client->connections += opened;
    AUTO(text) char *part = fill(client, step->part);
    if (result != CURLE_OK || status != step->status || !strstr(client->answer, part))
        flow_fail(flow, "client %d, round %d, %s: curl %d, status %ld, %s", client->number,
                  client->round, step->name, (int)result, status, client->answer);
    if (step->gets == NO_TOKEN)
        return;
    AUTO(json) struct json_object *answer = flow_json(client->answer);
    free(client->tokens[step->gets]);
    client->tokens[step->gets] =
        mem_format("Authorization: Bearer %s", js_string(answer, "access_token", ""));
}

/* False when the client has done all its rounds. */
static bool go_on(struct client *client)
{
    client->step = (client->step + 1) % COUNT(steps);
    client->round += client->step == 0;
    return client->round < ROUNDS;
}

static void run_all(void **flow, CURLM *multi)
{
    for (int running = 1, left; running > 0;) {
        curl_multi_perform(multi, &running);
        for (CURLMsg *message; (message = curl_multi_info_read(multi, &left));) {
            struct client *client;
            CURLcode result = message->data.result;
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &client);
            curl_multi_remove_handle(multi, client->curl);
            check_answer(flow, client, result);
            forget_request(client);
            if (go_on(client)) {
                send_step(flow_of(flow), multi, client);
                running++;
            }
        }
        if (running > 0)
            curl_multi_poll(multi, NULL, 0, LONGEST_MS, NULL);
    }
}

/* ---- the test ------------------------------------------------------------------------------- */

static void seed_vaults(void **flow)
{
    AUTO(json) struct json_object *seed = flow_json("{'live': {}, 'keys': {}}");
    for (int i = 0; i < CLIENTS; i++) {
        AUTO(text) char *id = mem_format(VAULTS "kv-load-%d", i);
        AUTO(text) char *name = mem_format("kv-load-%d", i);
        json_object_object_add(
            js_object(seed, "live"), id,
            flow_json("{'location': 'swedencentral', 'properties': {'tenantId': '" FLOW_TENANT
                      "', 'sku': {'family': 'A', 'name': 'standard'},"
                      " 'enableRbacAuthorization': true}}"));
        json_object_object_add(js_object(seed, "keys"), name, flow_json("{'cmk': [{}]}"));
    }
    flow_seed_tree(flow, seed);
    flow_log_clear(flow);
}

/* Each vault shows the last round, each key is a day older for each of them, and the log has every
 * request that was sent to Azure. */
static void expect_nothing_lost(void **flow, int64_t begun_s)
{
    AUTO(json) struct json_object *state = flow_state(flow);
    AUTO(json) struct json_object *log = flow_log(flow);
    size_t to_azure = 0;
    for (size_t i = 0; i < COUNT(steps); i++)
        to_azure += *steps[i].url != '/' && steps[i].gets == NO_TOKEN;
    assert_int_equal(json_object_array_length(log), CLIENTS * ROUNDS * to_azure);
    for (int i = 0; i < CLIENTS; i++) {
        AUTO(text) char *tag = mem_format("live['" VAULTS "kv-load-%d'].tags.by", i);
        AUTO(text) char *key = mem_format("keys['kv-load-%d'].cmk", i);
        AUTO(text) char *last = mem_format("%d-%d", i, ROUNDS - 1);
        struct json_object *version = json_object_array_get_idx(js_array(state, key), 0);
        assert_string_equal(js_string(state, tag, ""), last);
        assert_in_range(begun_s - js_int(version, "created", 0), ROUNDS * 86400 - 1,
                        ROUNDS * 86400 + LONGEST_MS / 1000);
    }
}

static void each_of_64_clients_gets_its_own_answers(void **flow)
{
    struct client clients[CLIENTS] = {0};
    long connections = 0;
    seed_vaults(flow);
    AUTO(json) struct json_object *before = flow_state(flow);
    int64_t begun_s = js_int(
        json_object_array_get_idx(js_array(before, "keys['kv-load-0'].cmk"), 0), "created", 0);

    CURLM *multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)CLIENTS * HOSTS);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = (struct client){.number = i, .curl = curl_easy_init()};
        send_step(flow_of(flow), multi, &clients[i]);
    }
    run_all(flow, multi);
    for (int i = 0; i < CLIENTS; i++) {
        connections += clients[i].connections;
        for (size_t t = 0; t < TOKENS; t++)
            free(clients[i].tokens[t]);
        curl_easy_cleanup(clients[i].curl);
    }
    curl_multi_cleanup(multi);
    assert_in_range(connections, CLIENTS, CLIENTS * HOSTS); /* side by side, and kept */
    expect_nothing_lost(flow, begun_s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FLOW_TEST(each_of_64_clients_gets_its_own_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
