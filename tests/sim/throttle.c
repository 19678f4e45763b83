/* throttle.c: token buckets. Resource Manager has one for each principal in each subscription, and
 * one for all of a subscription's principals; a vault has one for its key operations, and a small
 * one for those that make a key.
 *
 * SEMANTICS 4 and
 * https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
 * for the buckets; OBSERVED 5 for their sizes of today (the refills grown with them: belief).
 * Vaults: https://learn.microsoft.com/azure/key-vault/general/service-limits, over ten seconds.
 * What Cognitive Services allows on top is unpublished, and not here. */
#include "throttle.h"

#include "base/armid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct limit {
    const char *name;
    double size, refill;  /* requests; requests a second */
    const char *header;   /* tells what is left; NULL: nothing does */
} limits[BUCKETS] = {
    [BUCKET_READS]          = {"reads",          1100, 110, "x-ms-ratelimit-remaining-subscription-reads"},
    [BUCKET_WRITES]         = {"writes",          800,  40, "x-ms-ratelimit-remaining-subscription-writes"},
    [BUCKET_DELETES]        = {"deletes",         800,  40, "x-ms-ratelimit-remaining-subscription-deletes"},
    [BUCKET_GLOBAL_READS]   = {"globalReads",   16500, 1650, "x-ms-ratelimit-remaining-subscription-global-reads"},
    [BUCKET_GLOBAL_WRITES]  = {"globalWrites",  12000, 600, "x-ms-ratelimit-remaining-subscription-global-writes"},
    [BUCKET_GLOBAL_DELETES] = {"globalDeletes", 12000, 600, "x-ms-ratelimit-remaining-subscription-global-deletes"},
    [BUCKET_VAULT]          = {"vault",          4000, 400, NULL},
    [BUCKET_VAULT_CREATES]  = {"vaultCreates",     20,   2, NULL},
};
/* clang-format on */

/* ---- the setting ----------------------------------------------------------------------------- */

static void set_all(struct settings *settings, bool as_azure)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        settings->rates[i].size = limits[i].size;
        settings->rates[i].refill = as_azure ? limits[i].refill : INFINITY;
    }
}

void throttle_init(struct settings *settings)
{
    set_all(settings, false);
}

static bool bad(struct err *err, const char *what)
{
    return err_set(err, ERR_CONFIG, "BadSeed",
                   "settings.throttling: %s; expected true, false or {\"reads\": {\"size\": at "
                   "least 1, \"refill\": per second, more than 0}}",
                   what);
}

static double number(struct json_object *tree, const char *name, double fallback)
{
    struct json_object *value = js_find(tree, name);
    if (!value)
        return fallback;
    bool is_number =
        json_object_is_type(value, json_type_int) || json_object_is_type(value, json_type_double);
    return is_number ? json_object_get_double(value) : -1;
}

static bool set_one(struct settings *settings, const char *name, struct json_object *value,
                    struct err *err)
{
    size_t i = 0;
    while (i < BUCKETS && strcmp(limits[i].name, name) != 0)
        i++;
    double size = number(value, "size", limits[i < BUCKETS ? i : 0].size);
    double refill = number(value, "refill", INFINITY);
    if (i == BUCKETS || !json_object_is_type(value, json_type_object) || !(size >= 1) ||
        !(refill > 0))
        return bad(err, name);
    settings->rates[i].size = size;
    settings->rates[i].refill = refill;
    return true;
}

bool throttle_set(struct settings *settings, struct json_object *value, struct err *err)
{
    if (json_object_is_type(value, json_type_boolean)) {
        set_all(settings, json_object_get_boolean(value));
        return true;
    }
    if (!json_object_is_type(value, json_type_object))
        return bad(err, "of the wrong type");
    json_object_object_foreach(value, name, rate)
    {
        if (!set_one(settings, name, rate, err))
            return false;
    }
    return true;
}

struct json_object *throttle_dump(const struct settings *settings)
{
    struct json_object *dump = json_object_new_object();
    for (size_t i = 0; i < BUCKETS; i++) {
        struct json_object *rate = json_object_new_object();
        js_put(rate, "size", json_object_new_double(settings->rates[i].size));
        if (isfinite(settings->rates[i].refill))
            js_put(rate, "refill", json_object_new_double(settings->rates[i].refill));
        json_object_object_add(dump, limits[i].name, rate);
    }
    return dump;
}

/* ---- buckets --------------------------------------------------------------------------------- */

/* The bucket, filled up to now; it is there from its first use on, full. */
static struct bucket *bucket_of(struct sim *sim, enum bucket_kind kind, const char *owner)
{
    const struct bucket_rate *rate = &sim->settings.rates[kind];
    AUTO(text) char *name = mem_format("%s %s", limits[kind].name, owner);
    int64_t now_ms = state_now_ms(sim);
    struct bucket *bucket = table_find(sim->buckets, name);
    if (!bucket) {
        bucket = mem_new(1, sizeof *bucket);
        bucket->tokens = rate->size;
        table_put(sim->buckets, name, bucket);
    } else if (isinf(rate->refill)) {
        bucket->tokens = rate->size;
    } else if (now_ms > bucket->filled_ms) {
        bucket->tokens += (double)(now_ms - bucket->filled_ms) / 1000 * rate->refill;
    }
    bucket->tokens = fmin(bucket->tokens, rate->size);
    bucket->filled_ms = now_ms;
    return bucket;
}

/* Whole seconds until the next token. */
static int wait_s(const struct sim *sim, enum bucket_kind kind, const struct bucket *bucket)
{
    return (int)fmax(1, fmin(3600, ceil((1 - bucket->tokens) / sim->settings.rates[kind].refill)));
}

/* ---- Resource Manager ------------------------------------------------------------------------ */

/* The buckets of a request: the caller's own, and that of the whole subscription. What lies in no
 * subscription is counted under the tenant. */
struct pair {
    enum bucket_kind kinds[2];
    struct bucket *buckets[2];
};

static void find_pair(struct call *call, struct pair *pair)
{
    AUTO(text) char *subscription = armid_part(call->id, "subscriptions");
    const char *place = subscription ? subscription : call->caller.tenant;
    AUTO(text) char *own = mem_format("%s %s", place, call->caller.object);
    int what = call_is_read(call) ? 0 : call_is(call, "DELETE") ? 2 : 1;
    pair->kinds[0] = (enum bucket_kind)(BUCKET_READS + what);
    pair->kinds[1] = (enum bucket_kind)(BUCKET_GLOBAL_READS + what);
    pair->buckets[0] = bucket_of(call->sim, pair->kinds[0], own);
    pair->buckets[1] = bucket_of(call->sim, pair->kinds[1], place);
}

bool throttle_arm(struct call *call)
{
    struct pair pair;
    find_pair(call, &pair);
    for (size_t i = 0; i < COUNT(pair.kinds); i++) {
        if (pair.buckets[i]->tokens >= 1)
            continue;
        int seconds = wait_s(call->sim, pair.kinds[i], pair.buckets[i]);
        AUTO(text) char *subscription = armid_part(call->id, "subscriptions");
        call_fail_gateway(call, 429, "SubscriptionRequestsThrottled",
                          "Number of '%s' requests for subscription '%s' actor '%s' exceeded. "
                          "Please try again after '%d' seconds after additional tokens are "
                          "available. Refer to https://aka.ms/arm-throttling for additional "
                          "information.",
                          limits[pair.kinds[0]].name, subscription ? subscription : "",
                          call->caller.object, seconds);
        call_header(call, "Retry-After", "%d", seconds);
        return false;
    }
    return true;
}

void throttle_count(struct call *call)
{
    struct pair pair;
    find_pair(call, &pair);
    for (size_t i = 0; i < COUNT(pair.kinds); i++) {
        pair.buckets[i]->tokens = fmax(0, pair.buckets[i]->tokens - 1);
        call_header(call, limits[pair.kinds[i]].header, "%d", (int)pair.buckets[i]->tokens);
    }
}

/* ---- vaults ---------------------------------------------------------------------------------- */

/* A vault's 429 may come without Retry-After (SEMANTICS 3); its text was never recorded: belief. */
bool throttle_vault(struct call *call, const char *vault_name, bool makes_key)
{
    enum bucket_kind kind = makes_key ? BUCKET_VAULT_CREATES : BUCKET_VAULT;
    struct bucket *bucket = bucket_of(call->sim, kind, vault_name);
    if (bucket->tokens < 1)
        return call_fail(call, 429, "Throttled",
                         "Request was not processed because too many requests were received. "
                         "Reason: VaultRequestTypeLimitReached");
    bucket->tokens--;
    return true;
}
