#include "operation.h"

#include "account.h"
#include "base/uuid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TICKS_OF_1970 INT64_C(621355968000000000) /* of 100 ns since the year 1 */
#define HEADROOM 4200
#define RESULTS "operationResults"

/* The signed part of a poll URL since late 2023: t is a time, c a certificate, s a signature, h a
 * hash; their lengths are what matters to a client. */
static char *signed_part(int64_t now_ms)
{
    static const struct {
        const char *name;
        size_t length;
    } parts[] = {{"c", 2787}, {"s", 342}, {"h", 43}};
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char *text = mem_new(HEADROOM, 1);
    uint64_t state = (uint64_t)now_ms | 1;
    int length = snprintf(text, HEADROOM, "&t=%lld", (long long)(TICKS_OF_1970 + now_ms * 10000));
    for (size_t i = 0; i < COUNT(parts); i++) {
        length += snprintf(text + length, HEADROOM - (size_t)length, "&%s=", parts[i].name);
        for (size_t n = 0; n < parts[i].length; n++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            text[length++] = digits[state >> 58];
        }
    }
    return text;
}

static struct operation *start(struct call *call, const char *provider, const char *location,
                               const char *kind, int64_t ends_ms)
{
    struct operation *operation = mem_new(1, sizeof *operation);
    char id[UUID_SIZE];
    uuid_random(id);
    operation->id = mem_text(id);
    operation->subscription = mem_text(call->args[0]);
    operation->path = mem_format("/subscriptions/%s/providers/%s/locations/%s/%s/%s", call->args[0],
                                 provider, location, kind, id);
    operation->started_ms = state_now_ms(call->sim);
    operation->ends_ms = ends_ms;
    table_put(call->sim->operations, id, operation);
    return operation;
}

static char *poll_url(struct call *call, const struct operation *operation, const char *version)
{
    AUTO(text) char *tail = signed_part(state_now_ms(call->sim));
    AUTO(text) char *path = mem_text(operation->path);
    char *blank;
    while ((blank = strchr(path, ' '))) { /* "West US 2" as the client wrote it */
        char *wider = mem_format("%.*s%%20%s", (int)(blank - path), path, blank + 1);
        free(path);
        path = wider;
    }
    return mem_format("https://%s%s?api-version=%s%s", call->request->host, path, version, tail);
}

char *operation_start(struct call *call, const char *location, const char *word,
                      const char *account, int64_t ends_ms)
{
    struct operation *operation =
        start(call, "Microsoft.CognitiveServices", location, RESULTS, ends_ms);
    operation->word = word;
    operation->account = account ? mem_text(account) : NULL;
    return poll_url(call, operation, "2017-04-18");
}

char *operation_start_purge(struct call *call, const char *location, int64_t ends_ms)
{
    struct operation *operation = start(call, "Microsoft.KeyVault", location, RESULTS, ends_ms);
    operation->purge = true;
    operation->word = "NotStarted";
    return poll_url(call, operation, call->api_version);
}

char *operation_start_network(struct call *call, const char *location, int64_t ends_ms)
{
    struct operation *operation = start(call, "Microsoft.Network", location, "operations", ends_ms);
    operation->word = "InProgress";
    return poll_url(call, operation, call->api_version);
}

/* "2023-11-06 12:47:03Z", with a blank. */
static struct json_object *blank_time(int64_t time_ms)
{
    AUTO(text) char *text = state_time(time_ms, false);
    text[10] = ' ';
    return json_object_new_string(text);
}

static void show_purge(struct call *call, struct operation *operation, bool done)
{
    struct json_object *body = json_object_new_object();
    js_put(body, "createdDateTime", blank_time(operation->started_ms));
    if (done)
        js_put(body, "lastActionDateTime", blank_time(operation->ends_ms));
    js_put(body, "status", json_object_new_string(done ? "Succeeded" : operation->word));
    call_answer(call, done ? 200 : 202, body);
    if (!done) {
        AUTO(text) char *url = poll_url(call, operation, call->api_version);
        call_header(call, "Location", "%s", url);
        call_header(call, "Retry-After", "5");
    }
}

static void show(struct call *call, struct operation *operation, bool done)
{
    struct json_object *body = json_object_new_object();
    AUTO(text) char *from = state_time(operation->started_ms, false);
    AUTO(text) char *to = state_time(operation->ends_ms, false);
    js_put(body, "id", json_object_new_string(operation->path));
    js_put(body, "name", json_object_new_string(operation->id));
    js_put(body, "status", json_object_new_string(done ? "Succeeded" : operation->word));
    js_put(body, "startTime", json_object_new_string(from));
    if (done)
        js_put(body, "endTime", json_object_new_string(to));
    call_answer(call, 200, body);
}

/* What operationResultResponseType=Location asks for was never recorded. Resource Manager's rule
 * for a Location is 202 while it runs, then what the request would have answered at once; and
 * Microsoft's client for JavaScript takes the account from there when a PATCH is done.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations */
static void show_location(struct call *call, const struct operation *operation, bool done)
{
    struct resource *account =
        operation->account ? table_find(call->sim->accounts, operation->account) : NULL;
    if (!done) {
        AUTO(text) char *url = poll_url(call, operation, call->api_version);
        call_answer(call, 202, NULL);
        call_header(call, "Location", "%s" LOCATION_SUFFIX, url);
    } else if (account) {
        account_settle(call->sim, account);
        call_show(call, 200, account->body);
    } else {
        call_answer(call, 204, NULL);
    }
}

/* args: subscription, location, id */
void operation_get(struct call *call)
{
    struct operation *operation = table_find(call->sim->operations, call->args[2]);
    if (!operation || strcasecmp(operation->subscription, call->args[0]) != 0) {
        call_fail(call, 404, "NotFound", "Operation results '%s' cannot be found.", call->args[2]);
        return;
    }
    bool done = operation->ends_ms <= state_now_ms(call->sim);
    AUTO(text) char *form = call_query(call, "operationResultResponseType");
    if (operation->purge)
        show_purge(call, operation, done);
    else if (form && strcmp(form, "Location") == 0)
        show_location(call, operation, done);
    else
        show(call, operation, done);
}
