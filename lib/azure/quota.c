#include "azure/quota.h"

#include "base/err.h"
#include "base/mem.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COUNTS_MAX 8
#define HEARD_MS 60000    /* what was said longer ago says nothing: every bucket is full again */
#define MOST_MS 600000    /* what was not there again for so long is not what is allowed any more */
#define LOW 0.2           /* of what Azure allows: with less than that left it is spared */
#define SPACING_MS 1000.0 /* between two requests when half of that is left */
#define SPACING_MAX_MS 10000.0

/* What Azure publishes; of vaults the older and smaller numbers, as some still have them. Whatever
 * a bucket's size, it fills in the same time. */
/* clang-format off */
static const struct {
    double size, fill_s;
} published[QUOTA_KINDS] = {
    [QUOTA_READS]      = { 250, 10},
    [QUOTA_WRITES]     = { 200, 20},
    [QUOTA_VAULT]      = {2000, 10},
    [QUOTA_VAULT_KEYS] = {  10, 10},
};
/* clang-format on */

/* One of Azure's own counts, by the name of its header: of what is allowed to us, to all callers of
 * the subscription, to those of one resource provider. */
struct remaining {
    char name[48];
    bool is_ours;
    double most, left;          /* what it said at most; last, less what was sent since */
    uint64_t most_ms, heard_ms; /* when it said so; last */
};

void quota_init(struct quota *quota, enum quota_kind kind)
{
    *quota = (struct quota){.kind = kind};
}

void quota_done(struct quota *quota)
{
    free(quota->counts);
    quota->counts = NULL;
    quota->n_counts = 0;
}

static bool is_of_use(const struct remaining *count, uint64_t now_ms)
{
    return now_ms - count->heard_ms <= HEARD_MS;
}

/* What Azure allows at once, as far as is known; the request itself was gone when it said so. */
static double size_of(const struct quota *quota, uint64_t now_ms)
{
    double size = 0;
    for (size_t i = 0; i < quota->n_counts; i++)
        if (quota->counts[i].is_ours && is_of_use(&quota->counts[i], now_ms))
            size = fmax(size, quota->counts[i].most + 1);
    return size > 0 ? size : published[quota->kind].size;
}

/* What comes back of a bucket of that size between two times. */
static double refilled(const struct quota *quota, double size, uint64_t from_ms, uint64_t to_ms)
{
    double passed_s = to_ms > from_ms ? (double)(to_ms - from_ms) / 1000 : 0;
    return size * passed_s / published[quota->kind].fill_s;
}

/* ---- when ---------------------------------------------------------------------------------- */

/* Our bucket is a share of Azure's, and of one request at the least. */
static double wait_for_share_ms(const struct quota *quota, double share, uint64_t now_ms)
{
    double size = share * size_of(quota, now_ms);
    double missing = quota->spent - refilled(quota, size, quota->at_ms, now_ms) + 1 - fmax(1, size);
    return share < 1 && missing > 0 ? missing * published[quota->kind].fill_s / size * 1000 : 0;
}

/* The less is left of the scarcest, the longer it is between two requests, without end: however
 * little others leave to come back, that much is left alone. Of what is ours no more than our share
 * is to be missing. */
static double spacing_ms(const struct quota *quota, double share, uint64_t now_ms)
{
    double spacing = 0;
    for (size_t i = 0; i < quota->n_counts; i++) {
        const struct remaining *count = &quota->counts[i];
        double enough = count->most * (count->is_ours ? fmax(LOW, 1 - share) : LOW);
        if (is_of_use(count, now_ms) && count->left < enough)
            spacing = fmax(spacing, SPACING_MS * (enough - count->left) / fmax(1, count->left));
    }
    return fmin(spacing, SPACING_MAX_MS);
}

uint64_t quota_next_ms(const struct quota *quota, double share, uint64_t now_ms)
{
    uint64_t waited_ms = now_ms - quota->at_ms;
    double wait_ms = spacing_ms(quota, share, now_ms) - (double)waited_ms;
    if (!quota->at_ms)
        wait_ms = 0;
    wait_ms = fmax(wait_ms, wait_for_share_ms(quota, share, now_ms));
    return now_ms + (uint64_t)ceil(fmax(0, wait_ms));
}

void quota_spend(struct quota *quota, double share, uint64_t now_ms)
{
    double back = refilled(quota, share * size_of(quota, now_ms), quota->at_ms, now_ms);
    quota->spent = fmax(0, quota->spent - back) + 1;
    quota->at_ms = now_ms;
    for (size_t i = 0; i < quota->n_counts; i++)
        quota->counts[i].left -= 1;
}

/* ---- what Azure tells ---------------------------------------------------------------------- */

static struct remaining *count_of(struct quota *quota, const char *name)
{
    size_t n = quota->n_counts;
    for (size_t i = 0; i < n; i++)
        if (strcasecmp(quota->counts[i].name, name) == 0)
            return &quota->counts[i];
    if (n == COUNTS_MAX)
        return NULL;
    quota->counts = mem_resize(quota->counts, ++quota->n_counts, sizeof *quota->counts);
    struct remaining *count = &quota->counts[n];
    *count = (struct remaining){
        .is_ours = !strcasestr(name, "-global-") && !strcasestr(name, "-resource-"),
    };
    err_copy(count->name, sizeof count->name, name);
    return count;
}

void quota_learn(struct quota *quota, const char *name, const char *left, uint64_t now_ms)
{
    char *end;
    double number = strtod(left, &end);
    if (end == left || !(number >= 0) || isinf(number))
        return;
    /* Each resource provider counts its own requests under one and the same name. */
    if (strcasecmp(name, "subscription-resource-requests") == 0)
        return;
    struct remaining *count = count_of(quota, name);
    if (!count)
        return;
    /* A bucket that others keep empty is believed to be of the published size, or of what it was.
     */
    bool is_over = now_ms - count->most_ms > MOST_MS;
    double most = is_over ? fmin(count->most, published[quota->kind].size) : count->most;
    count->left = number;
    count->heard_ms = now_ms;
    count->most = fmax(most, number);
    if (is_over || number >= most)
        count->most_ms = now_ms;
}
